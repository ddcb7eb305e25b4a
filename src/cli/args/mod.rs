//! The command line: what can be typed. Meaning is given to it in the commands.

mod accounts;
mod commands;
mod data;
mod fleet;
mod global;
mod graph;
mod import;
mod policies;
mod questions;
mod review;
mod select;
mod shape;

#[cfg(test)]
mod tests;

pub use accounts::{AccountsArgs, AccountsCommand};
pub use commands::{
    ApplyArgs, ApplyInput, CheckArgs, CompletionsArgs, DestroyArgs, ExplainArgs, FailOn, FindingsFormat, Format, InitArgs,
    LintArgs, ManArgs, PermissionsArgs, PermissionsFor, PermissionsFormat, PlanArgs, PlanFormat, PolicyTypeArg, RenderArgs,
    SchemaArgs, SchemaName, SnapshotArgs, ValidateArgs,
};
pub use data::{DataArgs, DataCommand, DataUpdateArgs};
pub use fleet::{FleetArgs, FleetCommand, FleetReportArgs};
pub use global::{ColorArg, Global, Var};
pub use graph::{GraphArgs, GraphFormat};
pub use import::{ImportArgs, ImportShape, ImportSource};
pub use policies::{
    AwsPoliciesArgs, AwsPoliciesCommand, DiffArgs, DocumentFormat, HistoryArgs, PolicyName, RollbackArgs, ShowArgs,
};
pub use questions::{AccessArgs, ScpArgs, SimulateArgs, TestArgs, TestFormat, WhoCanArgs};
pub use review::{Accept, Gate, ReviewArgs, ReviewFormat};
pub use select::{FleetGuardArgs, ManyArgs, MaxFailures, SelectArgs};
pub use shape::{Adopt, PreflightArg, ShapeArgs};

use clap::{Parser, Subcommand};

/// Make an AWS account's IAM match YAML files
///
/// `plan` shows exactly what `apply` would do, call by call, and what access changes; `apply` does that and nothing else.
#[derive(Clone, Debug, Parser)]
#[command(name = "iamctl", version = crate::cli::data::version(), arg_required_else_help = true, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Cli {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  iamctl init                        start a project in this directory
  iamctl plan                        show what would change in the default account
  iamctl plan --account prod --out plan.json
  iamctl apply plan.json             apply a saved plan, unless the account has changed since
  iamctl explain exit-4              read what an exit code or a finding means";

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Start a project: project file, a first spec, editor schemas, ignore file, pre-commit hooks, CI workflows
    Init(InitArgs),
    /// Check specs without an account: syntax, references, document grammar, limits
    Validate(ValidateArgs),
    /// Print the specs of the account without templates, parts and variables, as one spec
    Render(RenderArgs),
    /// Check specs or policy documents against the rules: what is dangerous, mistaken or pointless
    Lint(LintArgs),
    /// Show what apply would do, without doing it
    Plan(PlanArgs),
    /// Say what a pull request changes, for every configured account; offline
    Review(ReviewArgs),
    /// Make the account match the specs
    Apply(ApplyArgs),
    /// Tell whether an existing role, or the caller, can serve a workload
    Check(CheckArgs),
    /// Run the specs' tests: what their policies allow and deny; offline, or with IAM's own simulator
    Test(TestArgs),
    /// Say what policies allow and deny, and which statements decide
    Simulate(Box<SimulateArgs>),
    /// List the principals that may do something, with the statements that let them
    WhoCan(WhoCanArgs),
    /// Compare two policies or two principals: what access is gained and lost, with example requests
    Access(AccessArgs),
    /// Draw who can become whom, and what is attached: Mermaid, DOT, SVG
    Graph(GraphArgs),
    /// List the accounts of the project, with their units, groups and waves
    Accounts(AccountsArgs),
    /// Join the plans that several machines made of shares of the accounts
    Fleet(FleetArgs),
    /// Write the account to a file
    Snapshot(SnapshotArgs),
    /// Write spec files from what there is: an account, a snapshot, CloudFormation, Terraform, IAMbic
    Import(ImportArgs),
    /// Show the versions that a managed policy keeps, and what access each one changed
    History(HistoryArgs),
    /// Put an earlier version of a managed policy in force, and keep apply from undoing it
    Rollback(RollbackArgs),
    /// List the policies that AWS manages; print one, compare its versions
    AwsPolicies(AwsPoliciesArgs),
    /// Delete all that the stack owns
    Destroy(DestroyArgs),
    /// Print the JSON Schema of a file format
    Schema(SchemaArgs),
    /// Print the page of a finding, a guard or an exit code
    Explain(ExplainArgs),
    /// Show how old the data of AWS's actions is, install newer data, or go back
    Data(DataArgs),
    /// Print the least policy that iamctl itself needs for the specs
    Permissions(PermissionsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print or write the manual pages
    Man(ManArgs),
}
