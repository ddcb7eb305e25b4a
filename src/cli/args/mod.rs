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
    /// Print the specs of an account as one spec, with templates, parts and variables expanded
    Render(RenderArgs),
    /// Find dangerous, wrong or pointless policies in specs and policy documents
    Lint(LintArgs),
    /// Show what `apply` would do, without doing it
    Plan(PlanArgs),
    /// Show what a pull request changes in every configured account; offline
    Review(ReviewArgs),
    /// Make the account match the specs
    Apply(ApplyArgs),
    /// Check whether an existing role, or the caller, can serve a workload
    Check(CheckArgs),
    /// Run the tests of the specs; offline, or with IAM's own simulator
    Test(TestArgs),
    /// Show what policies allow and deny, and which statements decide
    Simulate(Box<SimulateArgs>),
    /// List the principals that may perform an action, with the statements that allow it
    WhoCan(WhoCanArgs),
    /// Compare two policies or two principals: what access is gained and lost, with example requests
    Access(AccessArgs),
    /// Draw who can become whom, and what is attached: Mermaid, DOT, SVG
    Graph(GraphArgs),
    /// List the accounts of the project, with their units, groups and waves
    Accounts(AccountsArgs),
    /// Join the plans of several machines into one report
    Fleet(FleetArgs),
    /// Write the account to a file
    Snapshot(SnapshotArgs),
    /// Write spec files from an account, a snapshot, CloudFormation, Terraform or IAMbic
    Import(ImportArgs),
    /// Show the versions of a managed policy, and what access each one changed
    History(HistoryArgs),
    /// Put an earlier version of a managed policy back in force, and keep `apply` from undoing it
    Rollback(RollbackArgs),
    /// List AWS managed policies, print one, or compare its versions
    AwsPolicies(AwsPoliciesArgs),
    /// Delete everything that the stack owns
    Destroy(DestroyArgs),
    /// Print the JSON Schema of a file format
    Schema(SchemaArgs),
    /// Print the page of a finding, a guard or an exit code
    Explain(ExplainArgs),
    /// Show, update or reset the catalog of AWS actions
    Data(DataArgs),
    /// Print the minimal policy that iamctl itself needs for the specs
    Permissions(PermissionsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print or write the manual pages
    Man(ManArgs),
}
