//! The flags of `accounts`.

use clap::{Args, Subcommand};

use super::{Format, SelectArgs};

/// Flags of `accounts`.
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  iamctl accounts
  iamctl accounts sync
  iamctl accounts --select ou:/Workloads --select '!group:canary'
  iamctl accounts --format json --shards 20"
)]
pub struct AccountsArgs {
    /// What to do instead of listing them
    #[command(subcommand)]
    pub command: Option<AccountsCommand>,
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

/// What to do with the accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum AccountsCommand {
    /// Write the file of `accounts_from:` from AWS Organizations: accounts, organisational units, tags, and the policies in force
    #[command(after_help = "Examples:\n  iamctl accounts sync\n  iamctl accounts sync --account management")]
    Sync,
}
