//! An error at the edge: a headline, its causes, the next move, and the exit code.

use std::fmt;

use super::exit::Exit;
use crate::backend::BackendError;
use crate::report::{Paint, Role, escape};

/// Why a command ended without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    /// Lower case, no final period.
    pub headline: String,
    /// Each caused by the next.
    pub causes: Vec<String>,
    /// The next move.
    pub help: Option<String>,
    /// What the process exits with.
    pub exit: Exit,
}

impl CliError {
    /// An error with a given exit code.
    pub fn new(exit: Exit, headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), causes: Vec::new(), help: None, exit }
    }

    /// A file that cannot be understood. Where its reader names a line and a column, they stand behind the file's name.
    pub fn unreadable(file: &str, why: &str) -> Self {
        let placed = || {
            let (what, at) = why.split_once(" at line ")?;
            let (line, rest) = at.split_once(" column ")?;
            let (column, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
            // A reader of JSON counts from 0 at the end of a text.
            let column = column.parse::<u64>().ok()?.max(1);
            Some(format!("`{file}:{line}:{column}` cannot be read: {what}{rest}"))
        };
        Self::failed(placed().unwrap_or_else(|| format!("`{file}` cannot be read: {why}")))
    }

    /// Something outside the specs went wrong (1).
    pub fn failed(headline: impl Into<String>) -> Self {
        Self::new(Exit::FAILED, headline)
    }

    /// The command line is wrong (64).
    pub fn usage(headline: impl Into<String>) -> Self {
        Self::new(Exit::USAGE, headline)
    }

    /// The same with a cause, and the causes of that.
    pub fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// The same with a next move.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The error as it is printed, all its text made harmless.
    pub fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        let mut part = |label: String, text: &str| {
            for (i, line) in escape::block(text).enumerate() {
                if i == 0 { out += &format!("{label} {line}\n") } else { out += &format!("    {line}\n") }
            }
        };
        part(paint.paint(Role::Error, "error:"), &self.headline);
        for cause in &self.causes {
            part(paint.paint(Role::Dim, "Caused by:"), cause);
        }
        if let Some(help) = &self.help {
            part(paint.paint(Role::Note, "help:"), help);
        }
        out
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl std::error::Error for CliError {}

impl From<BackendError> for CliError {
    fn from(error: BackendError) -> Self {
        Self::failed("the account refused a call").caused_by(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_headline_cause_and_next_move() {
        let cause = BackendError::new(crate::backend::ErrorKind::Denied, "ListRoles", "no\u{1b}[0m").with_code("AccessDenied");
        let error = CliError::from(cause).help("use other credentials");
        assert_eq!(
            error.render(Paint::PLAIN),
            "error: the account refused a call\nCaused by: ListRoles: AccessDenied: no\\u{1b}[0m\nhelp: use other credentials\n"
        );
        assert_eq!(error.exit, Exit::FAILED);
    }
}
