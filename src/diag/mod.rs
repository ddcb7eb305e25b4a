//! Problems as data: what is wrong, where, and the next move. Gathered, sorted, rendered once at the edge.

mod accounts;
mod gathered;
mod json;
pub mod pages;
pub mod place_text;

pub use accounts::{OfAccount, fold};
pub use gathered::{InTemplate, gathered};
pub use iam_policy::{Severity, did_you_mean, nearest};

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::Address;
use crate::policy::GrammarError;

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

/// Which part of iamctl found something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Reading the specs: files, references, the grammar of documents.
    Specs,
    /// A rule of `iamctl lint`.
    Lint,
    /// Planning: the specs against an account.
    #[default]
    Plan,
    /// A spec test that fails.
    Tests,
}

/// What the `use` of a template is to a fault of the template.
pub const USED_BY: &str = "used by `use`";

/// One problem for a person: of specs, rules, plans and reviews alike. `message` is a headline in lower case without a final period; `help`
/// is the next move. As JSON it has the members of `schema/findings.schema.json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "json::Finding", into = "json::Finding")]
pub struct Finding {
    /// A stable word in kebab-case, `unknown-key`; `iamctl explain CODE` has its page.
    pub code: String,
    /// How grave it is.
    pub severity: Severity,
    /// The entity, if it is about one.
    pub address: Option<Address>,
    /// Where, if it has a place.
    pub at: Option<Place>,
    /// The headline.
    pub message: String,
    /// The next move.
    pub help: Option<String>,
    /// Everything of what the message names only the first: the methods of `privilege-escalation`, say.
    pub ways: Vec<String>,
    /// The headline without the ways and whatever else tells two such findings of one entity apart; where there is none, the headline.
    /// Not part of the JSON.
    pub claim: Option<String>,
    /// Whether it is about somebody outside who gets in; `address` is then the role that lets them in. Not part of the JSON.
    pub outsider: bool,
    /// Who found it.
    pub source: Source,
    /// The line of the file at that place, as it stands there; not part of the JSON.
    pub source_line: Option<String>,
    /// Other places that belong to the problem, each with what it is: (`first declared here`, place).
    pub related: Vec<(String, Place)>,
    /// Of what a template makes: where the template writes it. [`gathered`] puts it to use; not part of the JSON.
    pub written: Option<InTemplate>,
    /// The accounts of the project that it holds for, where others were looked at and are without it.
    pub accounts: Vec<String>,
}

impl Finding {
    /// An error of the specs without a place.
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Source::Specs, Severity::Error, code, message)
    }

    /// A warning about the specs without a place.
    pub fn warning(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Source::Specs, Severity::Warning, code, message)
    }

    /// A finding without a place.
    pub fn new(source: Source, severity: Severity, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity,
            address: None,
            at: None,
            message: message.into(),
            help: None,
            ways: Vec::new(),
            claim: None,
            outsider: false,
            source,
            source_line: None,
            related: Vec::new(),
            written: None,
            accounts: Vec::new(),
        }
    }

    /// Adds the place.
    pub fn at(mut self, place: Place) -> Self {
        self.at = Some(place);
        self
    }

    /// Adds the place, if one is known.
    pub fn at_opt(mut self, place: Option<Place>) -> Self {
        self.at = place.or(self.at);
        self
    }

    /// Adds the entity.
    pub fn about(mut self, address: Address) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds the next move.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place.
    pub fn related(mut self, what: impl Into<String>, place: Place) -> Self {
        self.related.push((what.into(), place));
        self
    }

    /// The message, with the accounts where it does not hold for all.
    pub fn headline(&self) -> String {
        match self.accounts.is_empty() {
            true => self.message.clone(),
            false => format!("{} (in {})", self.message, self.accounts.join(", ")),
        }
    }

    /// The other places that the headline does not name; it names the first use of a template, and how many there are.
    pub fn others(&self) -> impl Iterator<Item = &(String, Place)> {
        let is_named = |place: &Place| self.message.contains(&format!("{}:{}", place.file, place.line));
        self.related.iter().filter(move |(what, place)| what != USED_BY && !is_named(place))
    }

    /// Message, accounts, other places and next move as lines of text.
    pub fn text(&self) -> String {
        let others: String = self.others().map(|(what, place)| format!("\n{what}: {place}")).collect();
        let help = self.help.as_ref().map(|help| format!("\nhelp: {help}"));
        self.headline() + &others + &help.unwrap_or_default()
    }

    /// Whether nothing is applied while it stands. What a rule finds is for reviewers: `iamctl lint` has an exit code for it. Tests that
    /// fail are a guard's, which a flag lifts.
    pub fn forbids_apply(&self) -> bool {
        self.severity == Severity::Error && matches!(self.source, Source::Specs | Source::Plan)
    }
}

impl From<GrammarError> for Finding {
    /// A fault of a policy document, without a place.
    fn from(fault: GrammarError) -> Self {
        let GrammarError { path: _, code, message, help, severity } = fault;
        Self { help, ..Self::new(Source::Specs, severity, code, message) }
    }
}

/// Sorts by place, then code and message, and drops repetitions: the same input gives the same report.
pub fn tidy(problems: &mut Vec<Finding>) {
    problems.sort_by(|a, b| (&a.at, &a.code, &a.message, &a.address).cmp(&(&b.at, &b.code, &b.message, &b.address)));
    problems.dedup();
}
