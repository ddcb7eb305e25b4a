//! `iamctl explain`: the page of a code.

use crate::cli::args::ExplainArgs;
use crate::cli::{CliError, Context, Exit};
use crate::diag::did_you_mean;
use crate::diag::pages::{PAGES, Page, find};
use crate::report::{Paint, Role};

/// Every page, in the order of its tables.
fn pages() -> impl Iterator<Item = &'static Page> {
    PAGES.into_iter().flatten()
}

/// Prints a page, or the list of codes.
pub fn run(context: &Context, args: &ExplainArgs) -> Result<Exit, CliError> {
    let paint = context.terminal.paint();
    let text = match &args.code {
        None => list(paint),
        Some(code) => render(page(code)?, paint),
    };
    context.terminal.out(&text)?;
    Ok(Exit::FINE)
}

fn page(code: &str) -> Result<&'static Page, CliError> {
    find(pages(), code).ok_or_else(|| {
        let near = did_you_mean(code, pages().map(|p| p.code));
        CliError::usage(format!("no page for `{code}`"))
            .help(near.unwrap_or_else(|| "`iamctl explain` lists all codes".to_owned()))
    })
}

fn list(paint: Paint) -> String {
    let width = pages().map(|p| p.code.len()).max().unwrap_or_default();
    pages().map(|p| format!("{}  {}\n", paint.paint(Role::Strong, &format!("{:width$}", p.code)), p.title)).collect()
}

fn render(page: &Page, paint: Paint) -> String {
    format!("{}: {}\n\n{}\n", paint.paint(Role::Strong, page.code), page.title, page.text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_and_a_misspelt_code_is_answered_with_the_nearest() {
        assert!(render(page("quota").unwrap(), Paint::PLAIN).starts_with("quota: The account's quota leaves no room\n\n"));
        let error = page("imutable-field").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `immutable-field`?"));
        assert_eq!(error.exit, Exit::USAGE);
    }

    #[test]
    fn the_list_has_every_code_once() {
        assert_eq!(list(Paint::PLAIN).lines().count(), pages().count());
    }
}
