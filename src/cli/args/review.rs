//! The flags of `review`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::report::Detail;
use crate::review::{Cause, Concern};

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
    /// Guards, requirements, ownership, `protect`, `manage`, waivers or tests that are weaker than before
    Controls,
    /// Nothing: exit with 0 whatever is found
    None,
}

impl Gate {
    /// What it refuses, as the report has it; `None` for the word `none`.
    pub fn concern(self) -> Option<Concern> {
        Some(match self {
            Self::NewAccess => Concern::NewAccess,
            Self::Ceiling => Concern::Ceiling,
            Self::Escalation => Concern::Escalation,
            Self::Error => Concern::Error,
            Self::Undecided => Concern::Undecided,
            Self::Controls => Concern::Controls,
            Self::None => return None,
        })
    }
}

/// What one `--accept` lets pass: all that a gate refuses, or what it refuses of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    gate: Concern,
    subject: Option<String>,
}

impl Accept {
    /// Whether it lets this pass.
    pub fn covers(&self, cause: &Cause) -> bool {
        self.gate == cause.gate && self.subject.as_ref().is_none_or(|subject| *subject == cause.subject)
    }
}

impl fmt::Display for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{}={subject}", self.gate.word()),
            None => f.write_str(self.gate.word()),
        }
    }
}

impl FromStr for Accept {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (gate, subject) = match text.split_once('=') {
            Some((gate, subject)) => (gate, Some(subject.to_owned())),
            None => (text, None),
        };
        let known = Gate::from_str(gate, false).ok().and_then(Gate::concern);
        let gate = known.ok_or_else(|| {
            format!("`{gate}` is not a gate: write one of new_access, ceiling, escalation, error, undecided, controls")
        })?;
        if subject.as_ref().is_some_and(String::is_empty) {
            return Err("nothing follows `=`: write an address such as role/NAME, or remove the `=`".to_owned());
        }
        Ok(Self { gate, subject })
    }
}

/// Flags of `review`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  git worktree add ../base origin/main && iamctl review --base ../base
  iamctl review --base ../base --format markdown --skip-unchanged > comment.md
  iamctl review --base ../base --fail-on escalation --fail-on new_access
  iamctl review --base ../base --accept undecided=saml-provider/Corp
  iamctl review --base ../base --account prod --against prod.json")]
pub struct ReviewArgs {
    /// The project before the change
    #[arg(long, value_name = "DIR")]
    pub base: PathBuf,
    /// The project with the change; default: the current directory
    #[arg(long, value_name = "DIR")]
    pub head: Option<PathBuf>,
    /// Also plan the change offline against a snapshot or a dump of one of the accounts, and show its drift
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Exit with 3 on this; may be repeated; `error` is always included, unless you pass only `none`
    #[arg(
        long,
        value_enum,
        value_name = "new_access|ceiling|escalation|error|undecided|controls|none",
        hide_possible_values = true,
        value_delimiter = ',',
        default_value = "ceiling,escalation,error,undecided,controls"
    )]
    pub fail_on: Vec<Gate>,
    /// Print one line for each entity and for each change of access
    #[arg(long, conflicts_with = "format")]
    pub summary: bool,
    /// Accept what a gate refuses, for all or for one address; may be repeated
    #[arg(long, value_name = "GATE[=ADDRESS]")]
    pub accept: Vec<Accept>,
    /// Print nothing when nothing changes
    #[arg(long)]
    pub skip_unchanged: bool,
    /// Print the review for people, for programs, as a comment, as a page, for code scanning, or as annotations on GitHub
    #[arg(long, value_enum, value_name = "text|json|markdown|html|sarif|github", hide_possible_values = true, default_value_t)]
    pub format: ReviewFormat,
}

impl ReviewArgs {
    /// How much of each entity is printed.
    pub fn detail(&self) -> Detail {
        if self.summary { Detail::Summary } else { Detail::Full }
    }
}
