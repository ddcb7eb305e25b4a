//! `import account --select …`: several accounts of the project file as one set of specs.

use super::{From, write_all};
use crate::cli::args::{ImportShape, SelectArgs};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};

/// The selectors of accounts, and the flags without them. An address of an entity has a slash, the name of an account has none.
pub(super) fn split(shape: &ImportShape) -> (Vec<String>, ImportShape) {
    let is_kind = |text: &str| ["ou:", "tag:", "group:"].iter().any(|kind| text.trim_start_matches('!').starts_with(kind));
    let is_account = |text: &String| !text.contains('/') || is_kind(text);
    let (accounts, select) = shape.select.iter().cloned().partition(is_account);
    (accounts, ImportShape { select, ..shape.clone() })
}

/// Reads every selected account, then writes the files: one that cannot be read stops the import.
pub(super) fn run(context: &Context, selectors: &[String], shape: &ImportShape) -> Result<Exit, CliError> {
    let sessions = Session::selected(context, &SelectArgs { select: selectors.to_vec() })?.unwrap_or_default();
    let everywhere = sessions.first().is_some_and(|first| first.project.roster.active().count() == sessions.len());
    let read = |session: &Session| {
        From::account(context, session).map_err(|error| CliError {
            headline: format!("account `{}`: {}", session.account.name, error.headline),
            help: error.help.or_else(|| Some("nothing was written; leave the account out with `--select '!NAME'`".to_owned())),
            ..error
        })
    };
    let from: Vec<From> = sessions.iter().map(read).collect::<Result<_, _>>()?;
    write_all(context, &sessions.iter().zip(&from).collect::<Vec<_>>(), shape, everywhere)
}
