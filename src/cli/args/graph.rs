//! The flags of `graph`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How a graph is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Mermaid, which code hosts draw in comments
    #[default]
    Mermaid,
    /// DOT, for Graphviz
    Dot,
    /// A picture
    Svg,
}

/// Flags of `graph`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  iamctl graph
  iamctl graph --format svg > iam.svg
  iamctl graph --against snapshot.json --focus role/ci-deploy --format svg > ci-deploy.svg
  iamctl graph --against account --format dot | dot -Tpdf > iam.pdf")]
pub struct GraphArgs {
    /// Read these files and directories instead of the project's specs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Draw this snapshot or dump, or with `account` the selected account, and mark what the specs would change
    #[arg(long, value_name = "FILE|account")]
    pub against: Option<PathBuf>,
    /// Draw only what leads to this entity and what it leads to: an address, a service or an account
    #[arg(long, value_name = "ADDRESS")]
    pub focus: Option<String>,
    /// Draw it as Mermaid, for Graphviz, or as a picture
    #[arg(long, value_enum, value_name = "mermaid|dot|svg", hide_possible_values = true, default_value_t)]
    pub format: GraphFormat,
}
