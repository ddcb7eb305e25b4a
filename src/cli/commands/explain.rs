//! `iamctl explain`: the page of a code.

use crate::cli::args::ExplainArgs;
use crate::cli::{CliError, Context, Exit};
use crate::diag::did_you_mean;
use crate::diag::pages::{PAGES, Page};
use crate::policy::grammar;
use crate::report::{Paint, Role};
use crate::spec;

/// One entry of the manual: a code, a line for the list, and the text below it.
struct Entry {
    code: &'static str,
    title: &'static str,
    text: &'static str,
}

/// Every entry: what plans, guards and exit codes say, the lint rules, then the errors of specs and of documents, whose page is one paragraph.
fn entries() -> Vec<Entry> {
    let long = PAGES.into_iter().flatten().map(|p: &Page| Entry { code: p.code, title: p.title, text: p.text });
    let has_page = |code: &str| PAGES.into_iter().flatten().any(|p: &Page| p.code == code);
    let short = spec::codes::CODES.iter().chain(grammar::CODES).filter(|(code, _)| !has_page(code)).map(|(code, text)| {
        let title = text.split_once(". ").map_or(*text, |(first, _)| first);
        Entry { code, title, text }
    });
    let rules = crate::lint::rules::ALL.iter().map(|rule| Entry { code: rule.code, title: rule.title(), text: rule.text() });
    let mut entries: Vec<Entry> = long.chain(rules).collect();
    // A code of both tables keeps its long page.
    let known: std::collections::BTreeSet<&str> = entries.iter().map(|e| e.code).collect();
    entries.extend(short.filter(|e| !known.contains(e.code)));
    entries
}

/// Prints a page, or the list of codes.
pub fn run(context: &Context, args: &ExplainArgs) -> Result<Exit, CliError> {
    let paint = context.terminal.paint();
    let text = match &args.code {
        None => list(paint),
        Some(code) => render(&entry(code)?, paint),
    };
    context.terminal.out(&text)?;
    Ok(Exit::FINE)
}

/// The entry of a code. Case does not count, nor whether words are joined by `-` or `_`.
fn entry(code: &str) -> Result<Entry, CliError> {
    let fold = |text: &str| text.trim().to_ascii_lowercase().replace('_', "-");
    let entries = entries();
    let near = did_you_mean(code, entries.iter().map(|e| e.code));
    entries.into_iter().find(|e| fold(e.code) == fold(code)).ok_or_else(|| {
        CliError::usage(format!("no page for `{code}`"))
            .help(near.unwrap_or_else(|| "`iamctl explain` lists all codes".to_owned()))
    })
}

fn list(paint: Paint) -> String {
    let entries = entries();
    let width = entries.iter().map(|e| e.code.len()).max().unwrap_or_default();
    entries.iter().map(|e| format!("{}  {}\n", paint.paint(Role::Strong, &format!("{:width$}", e.code)), e.title)).collect()
}

fn render(entry: &Entry, paint: Paint) -> String {
    let heading = paint.paint(Role::Strong, entry.code);
    if entry.text.starts_with(entry.title) {
        return format!("{heading}\n\n{}\n", entry.text.trim_end());
    }
    format!("{heading}: {}\n\n{}\n", entry.title, entry.text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_and_a_misspelt_code_is_answered_with_the_nearest() {
        assert!(render(&entry("quota").unwrap(), Paint::PLAIN).starts_with("quota: The account's quota leaves no room\n\n"));
        let error = entry("imutable-field").err().unwrap();
        assert_eq!(error.help.as_deref(), Some("did you mean `immutable-field`?"));
        assert_eq!(error.exit, Exit::USAGE);
    }

    #[test]
    fn every_code_has_one_entry() {
        let entries = entries();
        let codes: std::collections::BTreeSet<&str> = entries.iter().map(|e| e.code).collect();
        assert_eq!(codes.len(), entries.len());
        assert_eq!(list(Paint::PLAIN).lines().count(), entries.len());
    }
}
