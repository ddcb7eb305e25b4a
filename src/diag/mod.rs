//! Problems as data: what is wrong, where, and the next move. Gathered, sorted, rendered once at the edge.

pub mod pages;

pub use iam_policy::{Severity, did_you_mean, nearest};

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in a source file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file as the user would name it: relative to the project.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One problem. `message` is a headline in lower case without a final period; `help` is the next move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable word in kebab-case, `unknown-key`; `iamctl explain CODE` has its page.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Where, if it has a place.
    pub at: Option<Place>,
    /// The line of the file at that place, as it stands there.
    pub source_line: Option<String>,
    /// A second place that belongs to the problem, with what it is: (`first declared here`, place).
    pub related: Vec<(String, Place)>,
    /// The headline.
    pub message: String,
    /// The next move.
    pub help: Option<String>,
    /// Everything of what the message names only the first: the methods of `privilege-escalation`, say.
    pub ways: Vec<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            at: None,
            source_line: None,
            related: Vec::new(),
            message: message.into(),
            help: None,
            ways: Vec::new(),
        }
    }

    /// A warning without a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same with a place.
    pub fn at(mut self, place: Place) -> Self {
        self.at = Some(place);
        self
    }

    /// The same with a place, if one is known.
    pub fn at_opt(mut self, place: Option<Place>) -> Self {
        self.at = place.or(self.at);
        self
    }

    /// The same with a next move.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with a second place.
    pub fn related(mut self, what: impl Into<String>, place: Place) -> Self {
        self.related.push((what.into(), place));
        self
    }
}

/// Sorts by place, then code and message, and drops repetitions: the same input gives the same report.
pub fn tidy(problems: &mut Vec<Diagnostic>) {
    problems.sort_by(|a, b| (&a.at, a.code, &a.message).cmp(&(&b.at, b.code, &b.message)));
    problems.dedup();
}
