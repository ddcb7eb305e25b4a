//! The flags of `fleet` and of its subcommands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PlanFormat;

/// Flags of `fleet`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl fleet report shards/*")]
pub struct FleetArgs {
    /// What to do
    #[command(subcommand)]
    pub command: FleetCommand,
}

/// What to do with the plans of many accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum FleetCommand {
    /// Join what `plan --select --shard --out` wrote on several machines into one report
    Report(FleetReportArgs),
}

/// Flags of `fleet report`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  iamctl fleet report shards/* --format markdown > comment.md\n  iamctl fleet report shards/* --out plans/"
)]
pub struct FleetReportArgs {
    /// The directories of the shards
    #[arg(value_name = "DIR", required = true)]
    pub directories: Vec<PathBuf>,
    /// Write the plans of all shards and one `fleet.json` to this directory, for `iamctl apply --select`
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the report for people, for programs, as a comment, as a page, for code scanning, or as annotations on GitHub
    #[arg(long, value_enum, value_name = "text|json|markdown|html|sarif|github", hide_possible_values = true, default_value_t)]
    pub format: PlanFormat,
}
