//! The flags of each command.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::{FleetGuardArgs, Global, ManyArgs, MaxFailures, PreflightArg, SelectArgs, ShapeArgs, Var};
use crate::cli::error::CliError;
use crate::names::{AccountId, Address};
use crate::plan::{PlanOptions, Preflight};
use crate::report::Detail;

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations on GitHub
    Github,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// A comment for the pull request
    Markdown,
    /// A page for the browser, in one file
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations on GitHub
    Github,
}

impl PlanFormat {
    /// Whether a reviewer or a pipeline reads it, for whom a plan of the wrong account would look fine (contract 2).
    pub fn is_for_review(self) -> bool {
        !matches!(self, Self::Text | Self::Json)
    }
}

/// Flags of `init`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl init\n  iamctl init --stack ml-platform iam/")]
pub struct InitArgs {
    /// Start the project in this directory
    #[arg(value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
}

/// Flags of `validate`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  iamctl validate\n  iamctl validate specs/roles --format json\n  iamctl validate --select group:prod"
)]
pub struct ValidateArgs {
    /// Read these files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the findings for people, for programs, for code scanning, or as annotations on GitHub
    #[arg(long, value_enum, value_name = "text|json|sarif|github", hide_possible_values = true, default_value_t)]
    pub format: FindingsFormat,
    /// For which accounts.
    #[command(flatten)]
    pub many: SelectArgs,
}

/// Flags of `render`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl render\n  iamctl render --account prod > prod.yaml")]
pub struct RenderArgs {
    /// Read these files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// Flags of `lint`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl lint
  iamctl lint specs/roles --fail-on warning
  iamctl lint policy.json
  iamctl lint trust.json --type trust --format json")]
pub struct LintArgs {
    /// Read these spec files and directories instead of the project's specs, or bare policy documents (*.json)
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The kind of bare policy documents; an identity policy is judged as if it were everything its holder has
    #[arg(
        long = "type",
        value_enum,
        value_name = "identity|trust|resource|scp|rcp",
        hide_possible_values = true,
        default_value_t
    )]
    pub policy_type: PolicyTypeArg,
    /// The account that bare policy documents belong to; without it, that of the project
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub account_id: Option<AccountId>,
    /// Exit with 3 on findings of this severity or higher
    #[arg(long, value_enum, value_name = "error|warning|note", hide_possible_values = true, default_value_t)]
    pub fail_on: FailOn,
    /// Print the findings for people, for programs, for code scanning, or as annotations on GitHub
    #[arg(long, value_enum, value_name = "text|json|sarif|github", hide_possible_values = true, default_value_t)]
    pub format: FindingsFormat,
    /// For which accounts.
    #[command(flatten)]
    pub many: SelectArgs,
}

/// What a bare policy document is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PolicyTypeArg {
    /// A managed, inline or boundary policy
    #[default]
    Identity,
    /// A role's trust policy
    Trust,
    /// A resource's policy
    Resource,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// The policy of a VPC endpoint
    Endpoint,
}

/// From which severity on findings fail the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Warnings and errors
    Warning,
    /// Every finding
    Note,
}

/// Flags of `plan`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl plan
  iamctl plan --account prod --out plan.json
  iamctl plan --against snapshot.json --detailed-exitcode
  iamctl plan --target role/ci-deploy --adopt=role/ci-deploy
  iamctl plan --select group:prod --out plans/")]
pub struct PlanArgs {
    /// Read these files and directories instead of the project's specs; implies --no-prune
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Save the plan to this file, for `iamctl apply FILE`; of several accounts, the plans and `fleet.json` to this directory, in which `{shard}` is the number of the shard
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<PathBuf>,
    /// Plan offline against a snapshot or a dump of `aws iam get-account-authorization-details`
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// List the entities that no stack owns
    #[arg(long)]
    pub unmanaged: bool,
    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Print the plan for people, for programs, as a comment, as a page, for code scanning, or as annotations on GitHub
    #[arg(long, value_enum, value_name = "text|json|markdown|html|sarif|github", hide_possible_values = true, default_value_t)]
    pub format: PlanFormat,
    /// Print one line for each entity and for each change of access
    #[arg(long, conflicts_with = "format")]
    pub summary: bool,
    /// Which accounts.
    #[command(flatten)]
    pub many: ManyArgs,
    /// Guards over all of them.
    #[command(flatten)]
    pub over_all: FleetGuardArgs,
    /// What the plan may do.
    #[command(flatten)]
    pub shape: ShapeArgs,
}

impl PlanArgs {
    /// The options that these flags make.
    pub fn options(&self) -> PlanOptions {
        self.shape.to_options(!self.paths.is_empty())
    }

    /// How much of each entity is printed.
    pub fn detail(&self) -> Detail {
        if self.summary { Detail::Summary } else { Detail::Full }
    }
}

/// Flags of `apply`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl apply
  iamctl apply plan.json
  iamctl apply --yes --expect-account 222222222222 --expect-digest sha256:...
  iamctl apply --select group:prod --yes plans/")]
pub struct ApplyArgs {
    /// Apply these spec files and directories instead of the project's specs, or one saved plan (*.json); with --select the directory that `plan --out` wrote
    #[arg(value_name = "PATH|PLAN|DIR")]
    pub paths: Vec<PathBuf>,
    /// Apply without asking
    #[arg(long)]
    pub yes: bool,
    /// Apply only if the plan made now has this digest
    #[arg(long, value_name = "sha256:...", value_parser = digest)]
    pub expect_digest: Option<String>,
    /// Apply only to the account of this id
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub expect_account: Option<AccountId>,
    /// Wait until the changes are visible; IAM is eventually consistent
    #[arg(long)]
    pub wait: bool,
    /// Report for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
    /// Start no further account after more than N accounts, or P percent of them, failed or were refused; default 0
    #[arg(long, value_name = "N|P%", requires = "select")]
    pub max_failures: Option<MaxFailures>,
    /// Which accounts.
    #[command(flatten)]
    pub many: ManyArgs,
    /// Guards over all of them.
    #[command(flatten)]
    pub over_all: FleetGuardArgs,
    /// What the plan may do.
    #[command(flatten)]
    pub shape: ShapeArgs,
}

/// What `apply` is to apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyInput<'a> {
    /// A plan made now, of these spec paths; of the project's specs where there are none.
    Specs(&'a [PathBuf]),
    /// A plan that was saved.
    Saved(&'a Path),
}

impl ApplyArgs {
    /// Tells a saved plan (one path that ends in `.json`) from specs. Flags that shape a plan are refused beside a saved one,
    /// and so is `--var`, which it could not heed.
    pub fn input(&self, global: &Global) -> Result<ApplyInput<'_>, CliError> {
        self.shape.refuse_strayed_address(&self.paths)?;
        let is_plan = |p: &PathBuf| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        match self.paths.as_slice() {
            [plan] if is_plan(plan) => {
                self.shape
                    .refuse_beside_saved_plan(&[(!global.vars.is_empty(), "--var"), (global.stack.is_some(), "--stack")])?;
                Ok(ApplyInput::Saved(plan))
            }
            paths => match paths.iter().find(|p| is_plan(p)) {
                Some(plan) => Err(CliError::usage(format!("`{}` cannot be combined with other paths", plan.display()))
                    .help("apply one saved plan alone, or spec files and directories")),
                None => Ok(ApplyInput::Specs(paths)),
            },
        }
    }

    /// The options that these flags make, for a plan made now.
    pub fn options(&self) -> PlanOptions {
        self.shape.to_options(!self.paths.is_empty())
    }
}

/// Flags of `check`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl check role/training --for sagemaker/training --with s3_buckets=my-bucket
  iamctl check arn:aws:iam::111111111111:role/ml/training --for sagemaker/training --need vpc
  iamctl check --for sagemaker/training --required
  iamctl check caller --for hyperpod-cli --with cluster=my-cluster")]
pub struct CheckArgs {
    /// The role, by name or ARN; a user, for `hyperpod-cli`; or `caller` for the principal of your credentials
    #[arg(value_name = "role/NAME|ARN|caller", required_unless_present = "required")]
    pub principal: Option<String>,
    /// The template of the workload, or `hyperpod-cli`
    #[arg(long = "for", value_name = "TEMPLATE")]
    pub template: String,
    /// Set a parameter of the template; repeat the name for a list
    #[arg(long, value_name = "NAME=VALUE")]
    pub with: Vec<Var>,
    /// Require this optional feature of the template, or `all`; may be repeated
    #[arg(long, value_name = "FEATURE|all")]
    pub need: Vec<String>,
    /// List what is needed, without checking anyone
    #[arg(long, conflicts_with_all = ["principal", "against"])]
    pub required: bool,
    /// Check offline against a snapshot or a dump of `aws iam get-account-authorization-details`
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Report for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}

/// Flags of `snapshot`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl snapshot --account prod -o snapshot.json")]
pub struct SnapshotArgs {
    /// Write the snapshot to this file
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Flags of `destroy`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl destroy --account dev\n  iamctl destroy --account dev --target role/old")]
pub struct DestroyArgs {
    /// Destroy without asking
    #[arg(long)]
    pub yes: bool,
    /// Destroy only in the account of this id
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub expect_account: Option<AccountId>,
    /// Delete only this entity and what cannot stay without it; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<Address>,
    /// Allow this break-glass principal or the caller's own role to be deleted; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow: Vec<Address>,
    /// Allow this role in use, this adopted entity, or this identity provider to be deleted; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow_delete: Vec<Address>,
    /// Detach this policy, which is deleted, also from holders that the stack does not manage; with `--allow`, also remove it as permissions boundary of the holder; may be repeated
    #[arg(long, value_name = "policy/NAME", value_parser = super::policies::own_policy)]
    pub detach_holders: Vec<Address>,
    /// Allow this break-glass principal or the caller to lose permissions needed to undo the plan; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow_lockout: Vec<Address>,
    /// Delete up to N entities; required with --yes if there are more than ten
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<usize>,
    /// Report for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
    /// Check before the first write that the caller may make all calls: with the policies that were read, also with IAM's simulator, or not at all
    #[arg(long, value_enum, value_name = "offline|simulate|off", hide_possible_values = true)]
    pub preflight: Option<PreflightArg>,
}

impl DestroyArgs {
    /// The options that these flags make.
    pub fn options(&self) -> PlanOptions {
        PlanOptions {
            target: self.target.iter().cloned().collect(),
            prune: true,
            allow: self.allow.iter().cloned().collect(),
            allow_delete: self.allow_delete.iter().cloned().collect(),
            detach_holders: self.detach_holders.iter().cloned().collect(),
            allow_lockout: self.allow_lockout.iter().cloned().collect(),
            // A person who types the stack's name has seen the number.
            max_deletes: self.max_deletes.or((!self.yes).then_some(usize::MAX)),
            destroy: true,
            preflight: self.preflight.map(Preflight::from).unwrap_or_default(),
            ..PlanOptions::default()
        }
    }
}

/// Flags of `schema`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl schema spec > schema/spec.schema.json")]
pub struct SchemaArgs {
    /// Print the schema of this format
    #[arg(value_enum, default_value_t)]
    pub name: SchemaName,
}

/// The formats that have a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum SchemaName {
    /// Spec files
    #[default]
    Spec,
    /// The project file
    Project,
    /// The file of an organisation's accounts
    Accounts,
    /// Template files
    Template,
    /// Plans
    Plan,
    /// Plans of many accounts: `fleet.json`
    Fleet,
    /// Snapshots and embedded accounts
    Snapshot,
    /// The report of `apply --format json`
    Apply,
    /// The report of `review --format json`
    Review,
    /// The report of `check --format json`
    Check,
    /// The list of `check --required --format json`
    CheckRequired,
    /// The outcomes of `test --format json`
    Test,
    /// The decisions of `simulate --format json`
    Simulate,
    /// The comparison of `access --format json`
    Access,
    /// The findings of `lint` and `validate`, `--format json`
    Findings,
}

/// Flags of `explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl explain\n  iamctl explain immutable-field\n  iamctl explain exit-4")]
pub struct ExplainArgs {
    /// Print the page of this code; without one, list all codes
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Flags of `completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl completions bash > ~/.local/share/bash-completion/completions/iamctl")]
pub struct CompletionsArgs {
    /// Print completions for this shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Flags of `permissions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl permissions --account prod > iamctl-policy.json
  iamctl permissions --for plan --account prod
  iamctl permissions specs/roles --for apply --format yaml")]
pub struct PermissionsArgs {
    /// Read these files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to allow: planning, planning and applying, or asking IAM's simulator
    #[arg(long = "for", value_enum, value_name = "plan|apply|test-live", hide_possible_values = true, default_value_t)]
    pub purpose: PermissionsFor,
    /// Print the policy for IAM, or as the `document:` of a spec
    #[arg(long, value_enum, value_name = "json|yaml", hide_possible_values = true, default_value_t)]
    pub format: PermissionsFormat,
}

/// What `permissions` is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PermissionsFor {
    /// Reading: `plan` and `snapshot`
    Plan,
    /// Reading, and writing what the specs declare
    #[default]
    Apply,
    /// Asking IAM's simulator: `test --live`
    TestLive,
}

/// How a policy is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PermissionsFormat {
    /// As IAM takes it
    #[default]
    Json,
    /// As specs are written
    Yaml,
}

/// Flags of `man`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl man | man -l -\n  iamctl man --out ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write the pages of iamctl and of every command to this directory, instead of printing iamctl's own page
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

pub(super) fn account_id(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account id is twelve digits".to_owned())
}

fn digest(text: &str) -> Result<String, String> {
    let hex = text.strip_prefix("sha256:").filter(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit()));
    match hex {
        Some(hex) => Ok(format!("sha256:{}", hex.to_ascii_lowercase())),
        None => Err("a digest is `sha256:` and 64 hexadecimal digits".to_owned()),
    }
}
