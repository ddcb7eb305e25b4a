//! Every code with its page: one table over those of plans, guards, exit codes, lint rules, specs and documents.

use std::collections::BTreeSet;

use crate::diag::Severity;
use crate::diag::pages::{PAGES, Page};
use crate::policy::grammar;
use crate::spec;

/// One entry of the manual: a code, a line for the list, and the text below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// The page in Markdown.
    pub text: &'static str,
    /// How grave its findings are unless one says otherwise; `None` where the code alone does not tell.
    pub severity: Option<Severity>,
}

/// Every entry: what plans, guards and exit codes say, the lint rules, then the errors of specs and of documents, whose page is one paragraph.
pub fn entries() -> Vec<Entry> {
    let long = PAGES.into_iter().flatten().map(|p: &Page| Entry { code: p.code, title: p.title, text: p.text, severity: None });
    let has_page = |code: &str| PAGES.into_iter().flatten().any(|p: &Page| p.code == code);
    let short = spec::codes::CODES.iter().chain(grammar::CODES).filter(|(code, _)| !has_page(code)).map(|(code, text)| {
        let title = text.split_once(". ").map_or(*text, |(first, _)| first);
        Entry { code, title, text, severity: None }
    });
    let rules = crate::lint::rules::ALL.iter().map(|rule| Entry {
        code: rule.code,
        title: rule.title(),
        text: rule.text(),
        severity: Some(rule.severity),
    });
    let mut entries: Vec<Entry> = long.chain(rules).collect();
    // A code of both tables keeps its long page.
    let known: BTreeSet<&str> = entries.iter().map(|e| e.code).collect();
    entries.extend(short.filter(|e| !known.contains(e.code)));
    entries
}
