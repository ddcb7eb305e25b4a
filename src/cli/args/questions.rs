//! The flags of `access`, `test` and `simulate`.

use std::path::PathBuf;

use clap::{ArgAction, ArgMatches, Args, FromArgMatches, ValueEnum};

use super::{Format, SelectArgs};
use crate::names::{AccountId, Address};

/// How the result of `test` is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// JUnit XML, for CI systems
    Junit,
}

/// Flags of `access`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl access old.json new.json
  iamctl access snapshot.json#role/ci role/ci
  iamctl access aws/ReadOnlyAccess policy.json --format json")]
pub struct AccessArgs {
    /// A policy document, `aws/NAME` for an AWS managed policy, `FILE#role/NAME` for a principal of a snapshot or a dump, or
    /// `role/NAME` for one of the account as it is now
    #[arg(value_name = "BEFORE")]
    pub before: String,
    /// The same, for the other side
    #[arg(value_name = "AFTER")]
    pub after: String,
    /// Print the answer for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}

/// Flags of `test`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  iamctl test\n  iamctl test --coverage\n  iamctl test --select 'group:prod' --from-account\n  iamctl test --against prod.json\n  iamctl test --live --account dev\n  iamctl test specs/roles --format junit > tests.xml"
)]
pub struct TestArgs {
    /// Read these files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Ask IAM's own simulator in the account, and show where its answers differ from the offline ones
    #[arg(long, conflicts_with = "against")]
    pub live: bool,
    /// Test the specs together with what this snapshot or dump attaches
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Test the specs together with what the account attaches now
    #[arg(long, conflicts_with_all = ["against", "live"])]
    pub from_account: bool,
    /// List the statements that no case matched
    #[arg(long)]
    pub coverage: bool,
    /// Accept actions, condition keys and service principals that iamctl does not know
    #[arg(long)]
    pub allow_unknown: bool,
    /// Answer `unknown`, which fails the case, if the decision depends on a condition key that the case does not set
    #[arg(long)]
    pub strict_context: bool,
    /// Print the outcomes for people, for programs or for CI
    #[arg(long, value_enum, value_name = "text|json|junit", hide_possible_values = true, default_value_t)]
    pub format: TestFormat,
    /// Which accounts; without it all of the project, or with `--live` and `--from-account` the default one.
    #[command(flatten)]
    pub many: SelectArgs,
}

/// Flags of `simulate`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl simulate --principal role/ci --action s3:GetObject --resource arn:aws:s3:::my-bucket/key
  iamctl simulate --from-account --principal user/alice --action iam:PassRole --context iam:PassedToService=ec2.amazonaws.com
  iamctl simulate --policy read.json --boundary limit.json --action s3:GetObject s3:PutObject
  iamctl simulate --request cases.json --format json")]
pub struct SimulateArgs {
    /// Read these spec files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Decide for this principal: `role/NAME`, `user/NAME` or an ARN
    #[arg(long, value_name = "P")]
    pub principal: Option<String>,
    /// Decide for these actions, `service:Name`
    #[arg(long, value_name = "A", num_args = 1.., action = ArgAction::Append)]
    pub action: Vec<String>,
    /// Decide for these resources; default `*`, for actions without resource types
    #[arg(long, value_name = "R", num_args = 1.., action = ArgAction::Append)]
    pub resource: Vec<String>,
    /// Set a condition key of the request; repeat it for a key with several values
    #[arg(long, value_name = "K=V", num_args = 1.., action = ArgAction::Append, value_parser = key_value)]
    pub context: Vec<(String, String)>,
    /// The account that owns the resource; default: the principal's
    #[arg(long, value_name = "ID", value_parser = super::commands::account_id)]
    pub resource_account: Option<AccountId>,
    /// Use a snapshot or a dump of `aws iam get-account-authorization-details` instead of the specs
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Use the account as it is now instead of the specs
    #[arg(long, conflicts_with = "against")]
    pub from_account: bool,
    /// Use these identity policies instead
    #[arg(long, value_name = "FILE", num_args = 1.., action = ArgAction::Append)]
    pub policy: Vec<PathBuf>,
    /// The permissions boundary to use with `--policy`
    #[arg(long, value_name = "FILE", num_args = 1.., action = ArgAction::Append)]
    pub boundary: Vec<PathBuf>,
    /// The policy of the resource
    #[arg(long, value_name = "FILE")]
    pub resource_policy: Option<PathBuf>,
    /// Service control policies of one level.
    #[command(flatten)]
    pub scp: ScpArgs,
    /// Decide the cases in this JSON file: one case, or `{"cases": [...]}`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "principal", "action", "resource", "context", "resource_account",
        "against", "from_account", "policy", "boundary", "resource_policy", "scp"])]
    pub request: Option<PathBuf>,
    /// Answer `unknown` if the decision depends on a condition key that is not set
    #[arg(long)]
    pub strict_context: bool,
    /// Accept actions and condition keys that iamctl does not know
    #[arg(long, conflicts_with = "request")]
    pub allow_unknown: bool,
    /// Print the decisions for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}

/// Flags of `who-can`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  iamctl who-can s3:DeleteObject arn:aws:s3:::my-bucket/key\n  iamctl who-can sts:AssumeRole arn:aws:iam::111111111111:role/admin --from-account\n  iamctl who-can iam:CreateUser arn:aws:iam::111111111111:user/x --against snapshot.json --format json"
)]
pub struct WhoCanArgs {
    /// The action, `service:Name`
    #[arg(value_name = "ACTION")]
    pub action: String,
    /// The ARN of the resource; `*` for actions without resource types
    #[arg(value_name = "RESOURCE")]
    pub resource: String,
    /// Read these spec files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Set a condition key of the request; repeat it for a key with several values
    #[arg(long, value_name = "K=V", num_args = 1, action = ArgAction::Append, value_parser = key_value)]
    pub context: Vec<(String, String)>,
    /// The account that owns the resource; default: the principal's
    #[arg(long, value_name = "ID", value_parser = super::commands::account_id)]
    pub resource_account: Option<AccountId>,
    /// Use a snapshot or a dump of `aws iam get-account-authorization-details` instead of the specs
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Use the account as it is now instead of the specs
    #[arg(long, conflicts_with = "against")]
    pub from_account: bool,
    /// Accept an action and condition keys that iamctl does not know
    #[arg(long)]
    pub allow_unknown: bool,
    /// Print the answer for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}

impl SimulateArgs {
    /// Whether policies are given as files rather than looked up for the principal: where one of its own is given, or one that stands beside
    /// them and the principal is no `role/NAME` or `user/NAME` to look up.
    pub fn is_bare(&self) -> bool {
        let own = !self.policy.is_empty() || !self.boundary.is_empty();
        let beside = self.resource_policy.is_some() || !self.scp.levels.is_empty();
        let looked_up = self.principal.as_ref().is_some_and(|text| text.parse::<Address>().is_ok());
        own || (beside && !looked_up)
    }
}

/// `--scp FILE…`, once for each level of the organisation's tree from the root down. By hand, because each use is a level of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScpArgs {
    /// The files of each level.
    pub levels: Vec<Vec<PathBuf>>,
}

impl FromArgMatches for ScpArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let levels = matches.get_occurrences::<PathBuf>("scp");
        Ok(Self { levels: levels.into_iter().flatten().map(|level| level.cloned().collect()).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ScpArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.arg(
            clap::Arg::new("scp")
                .long("scp")
                .value_name("FILE")
                .num_args(1..)
                .action(ArgAction::Append)
                .value_parser(clap::value_parser!(PathBuf))
                .help("Service control policies of one level; repeat it for each level, from the root down"),
        )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, as in `--context aws:SourceIp=203.0.113.7`".to_owned()),
    }
}
