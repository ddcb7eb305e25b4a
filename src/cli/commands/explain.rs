//! `iamctl explain`: the page of a code.

use crate::cli::args::ExplainArgs;
use crate::cli::data;
use crate::cli::{CliError, Context, Exit};
use crate::diag::did_you_mean;
use crate::report::manual::{Entry, entries};
use crate::report::{Paint, Role};

/// Prints a page, or the list of codes.
pub fn run(context: &Context, args: &ExplainArgs) -> Result<Exit, CliError> {
    let paint = context.terminal.paint();
    let text = match &args.code {
        None => list(paint),
        Some(code) => {
            let entry = entry(code)?;
            let age = if asks_the_data(entry.code) { age(context) } else { String::new() };
            format!("{}{age}", render(&entry, paint))
        }
    };
    context.terminal.out(&text)?;
    Ok(Exit::FINE)
}

/// Whether a code says that the data does not know something.
fn asks_the_data(code: &str) -> bool {
    matches!(
        code,
        "unknown-action" | "unknown-service" | "unknown-condition-key" | "resource-mismatch" | "condition-key-mismatch"
    )
}

/// How old the data in force is; nothing where that cannot be said.
fn age(context: &Context) -> String {
    let pin = data::pinned(context.global.config.as_deref());
    let edition = data::in_force(pin.as_deref()).map(|edition| edition.day());
    edition.map_or_else(
        |_| String::new(),
        |day| format!("\nThe data of AWS's actions is of {day}; `iamctl data update` installs newer data.\n"),
    )
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
