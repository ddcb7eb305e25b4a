//! Flags of `data` and of its subcommands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Flags of `data`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:\n  iamctl data show\n  iamctl data update ~/Downloads/catalogue")]
pub struct DataArgs {
    /// What to do
    #[command(subcommand)]
    pub command: DataCommand,
}

/// What to do with the data.
#[derive(Clone, Debug, Subcommand)]
pub enum DataCommand {
    /// Print date, age, origin and hash of the catalog in use
    #[command(after_help = "Examples:\n  iamctl data show")]
    Show,
    /// Install a newer catalog from a directory, after checking its hashes and format
    Update(DataUpdateArgs),
    /// Return to the catalog built into the binary
    #[command(after_help = "Examples:\n  iamctl data reset")]
    Reset,
}

/// Flags of `data update`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  iamctl data update ~/Downloads/catalogue\n  iamctl data update catalogue/manifest.json --expect sha256:4f1e…"
)]
pub struct DataUpdateArgs {
    /// The directory with the three files of a catalog, or its manifest
    #[arg(value_name = "DIR|MANIFEST")]
    pub path: PathBuf,
    /// Refuse a catalog with another hash
    #[arg(long, value_name = "sha256:HASH")]
    pub expect: Option<String>,
}
