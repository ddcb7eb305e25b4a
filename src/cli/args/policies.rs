//! Flags of the commands about managed policies and their versions.

use clap::{Args, Subcommand, ValueEnum};

use super::commands::{Format, account_id};
use crate::names::{AccountId, Address, EntityKind, VersionId};

/// Flags of `history`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl history policy/ci-deploy --account prod
  iamctl history aws/ReadOnlyAccess --last 3
  iamctl history aws/service-role/AWSLambdaBasicExecutionRole --live")]
pub struct HistoryArgs {
    /// The policy: of the account, or one that AWS manages
    #[arg(value_name = "policy/NAME|aws/NAME")]
    pub policy: PolicyName,
    /// Show the newest N versions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub last: u32,
    /// Show all access gained and lost, each with an example request
    #[arg(long)]
    pub full: bool,
    /// Ask AWS for the versions of an AWS managed policy, instead of using the built-in set
    #[arg(long)]
    pub live: bool,
    /// Print for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}

/// A managed policy as commands name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyName {
    /// Of the account.
    Own(Address),
    /// AWS's: the name with its path, as after `aws/`.
    Aws(String),
}

impl std::str::FromStr for PolicyName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("aws/") {
            Some(name) if !name.is_empty() => Ok(Self::Aws(name.to_owned())),
            _ => own_policy(text).map(Self::Own),
        }
    }
}

/// Flags of `rollback`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl rollback policy/ci-deploy
  iamctl rollback policy/ci-deploy --to v3 --account prod
  iamctl rollback policy/ci-deploy --yes --expect-account 222222222222")]
pub struct RollbackArgs {
    /// The policy
    #[arg(value_name = "policy/NAME", value_parser = own_policy)]
    pub policy: Address,
    /// Make this version the default; without it, the one before the default
    #[arg(long, value_name = "vN", value_parser = version)]
    pub to: Option<VersionId>,
    /// Roll back without asking
    #[arg(long)]
    pub yes: bool,
    /// Roll back only in the account of this id
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub expect_account: Option<AccountId>,
    /// Allow the rollback of this protected policy, or of a policy that this break-glass principal or the caller's own role holds; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow: Vec<Address>,
    /// Allow this break-glass principal or the caller to lose permissions needed to undo the rollback; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow_lockout: Vec<Address>,
    /// Report for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
    /// Check before the first write that the caller may make all calls: with the policies that were read, also with IAM's simulator, or not at all
    #[arg(long, value_enum, value_name = "offline|simulate|off", hide_possible_values = true)]
    pub preflight: Option<super::PreflightArg>,
}

/// Flags of `aws-policies`.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  iamctl aws-policies lambda
  iamctl aws-policies show ReadOnlyAccess --version v80 --format json
  iamctl aws-policies diff AmazonS3ReadOnlyAccess v1 v3"
)]
pub struct AwsPoliciesArgs {
    /// List the policies whose name contains this text; without it, all
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
    /// Ask AWS, instead of using the built-in set
    #[arg(long, global = true)]
    pub live: bool,
    /// Print for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
    /// One policy.
    #[command(subcommand)]
    pub command: Option<AwsPoliciesCommand>,
}

/// What `aws-policies` does with one policy.
#[derive(Clone, Debug, Subcommand)]
pub enum AwsPoliciesCommand {
    /// Print the document of a policy
    Show(ShowArgs),
    /// Compare two versions of a policy: the text, and what access is gained and lost
    Diff(DiffArgs),
}

/// Flags of `aws-policies show`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl aws-policies show ReadOnlyAccess
  iamctl aws-policies show aws/service-role/AWSLambdaBasicExecutionRole --format json
  iamctl aws-policies show ReadOnlyAccess --version v188")]
pub struct ShowArgs {
    /// The policy, by name or ARN
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Print this version instead of the default version
    #[arg(long, value_name = "vN", value_parser = version)]
    pub version: Option<VersionId>,
    /// Print the document in this form
    #[arg(long, value_enum, value_name = "yaml|json", hide_possible_values = true, default_value_t)]
    pub format: DocumentFormat,
}

/// How a document is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    /// As in a spec
    #[default]
    Yaml,
    /// As IAM has it
    Json,
}

/// Flags of `aws-policies diff`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  iamctl aws-policies diff AmazonS3ReadOnlyAccess v1 v3\n  iamctl aws-policies diff ReadOnlyAccess v188 v190 --format json"
)]
pub struct DiffArgs {
    /// The policy, by name or ARN
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The version before
    #[arg(value_name = "vA", value_parser = version)]
    pub before: VersionId,
    /// The version after
    #[arg(value_name = "vB", value_parser = version)]
    pub after: VersionId,
    /// Print for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}

pub(super) fn own_policy(text: &str) -> Result<Address, String> {
    let address: Address = text.parse().map_err(|error: crate::names::AddressError| error.to_string())?;
    if address.kind == EntityKind::Policy {
        return Ok(address);
    }
    Err(format!("versions are kept of managed policies alone, and `{address}` is none; write `policy/NAME`"))
}

fn version(text: &str) -> Result<VersionId, String> {
    VersionId::parse(text).ok_or_else(|| "a version is `v` and a number, as in `v3`".to_owned())
}
