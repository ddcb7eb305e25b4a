//! The flags of `review`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::review::Concern;

/// How a review is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReviewFormat {
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

/// What makes a review fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Gate {
    /// Somebody is allowed what they were not
    NewAccess,
    /// A denial or a boundary keeps less than it did
    Ceiling,
    /// A new way to more than was given
    Escalation,
    /// Errors, new findings of that severity, tests that newly fail
    Error,
    /// What could not be proven either way
    Undecided,
}

impl Gate {
    /// What it refuses, as the report has it.
    pub fn concern(self) -> Concern {
        match self {
            Self::NewAccess => Concern::NewAccess,
            Self::Ceiling => Concern::Ceiling,
            Self::Escalation => Concern::Escalation,
            Self::Error => Concern::Error,
            Self::Undecided => Concern::Undecided,
        }
    }
}

/// Flags of `review`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  git worktree add ../base origin/main && iamctl review --base ../base
  iamctl review --base ../base --format markdown --skip-unchanged > comment.md
  iamctl review --base ../base --fail-on escalation --fail-on new_access
  iamctl review --base ../base --account prod --against prod.json")]
pub struct ReviewArgs {
    /// Compare with the project in this directory, as it was before the change
    #[arg(long, value_name = "DIR")]
    pub base: PathBuf,
    /// Take the project in this directory as the change; default: where the command runs
    #[arg(long, value_name = "DIR")]
    pub head: Option<PathBuf>,
    /// Plan the change offline against a snapshot or a dump of one of the accounts, and tell its drift
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Exit with 3 on this; may be repeated; errors in the specs always do
    #[arg(
        long,
        value_enum,
        value_name = "new_access|ceiling|escalation|error|undecided",
        hide_possible_values = true,
        value_delimiter = ',',
        default_value = "error"
    )]
    pub fail_on: Vec<Gate>,
    /// Print nothing when nothing changes
    #[arg(long)]
    pub skip_unchanged: bool,
    /// Print the review for people, for programs, as a comment, as a page, for code scanning, or as annotations on GitHub
    #[arg(long, value_enum, value_name = "text|json|markdown|html|sarif|github", hide_possible_values = true, default_value_t)]
    pub format: ReviewFormat,
}
