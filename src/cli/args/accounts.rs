//! The flags of `accounts`.

use clap::Args;

use super::{Format, SelectArgs};

/// Flags of `accounts`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl accounts
  iamctl accounts --select ou:/Workloads --select '!group:canary'
  iamctl accounts --format json --shards 20")]
pub struct AccountsArgs {
    /// Which accounts.
    #[command(flatten)]
    pub many: SelectArgs,
    /// Divide the accounts into N shards; as JSON, a matrix for GitHub Actions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::fleet::MOST_SHARDS)))]
    pub shards: Option<u32>,
    /// List for people or for programs
    #[arg(long, value_enum, value_name = "text|json", hide_possible_values = true, default_value_t)]
    pub format: Format,
}
