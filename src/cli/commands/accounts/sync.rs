//! `iamctl accounts sync`: the accounts of an organisation, written down. Reads AWS Organizations, writes one file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::cli::flow::block_on;
use crate::cli::session::{Account, Session};
use crate::cli::{CliError, Context, Exit};
use crate::fleet::Listing;
use crate::report::{self, escape};

/// Runs the command.
pub(super) fn run(context: &Context) -> Result<Exit, CliError> {
    let (session, source) = Session::of_organization(context)?;
    let before = written(&source.file)?;
    let listing = block_on(read(context, &session))?;
    if let Some(wanted) = source.organization.as_ref().filter(|wanted| **wanted != listing.id) {
        let message = format!(
            "the project is for the organisation `{}`, and the credentials are of `{}`",
            wanted.escape_debug(),
            listing.id
        );
        return Err(CliError::failed(message).help("nothing was written; use credentials of that organisation"));
    }
    let of = |key: &str| before.as_ref().and_then(|file| file.get("organization")?.get(key)?.as_str());
    for (key, what, now) in
        [("id", "organisation", &listing.id), ("management_account", "management account", &listing.management_account)]
    {
        if let Some(old) = of(key).filter(|old| old != now) {
            let message = format!(
                "`{}` is of the {what} `{}`, and the credentials are of `{now}`",
                source.file.display(),
                old.escape_debug()
            );
            return Err(CliError::failed(message)
                .help("nothing was written; use credentials of that organisation, or delete the file to start again"));
        }
    }
    let after = listing.to_json();
    let known = |file: &Value| -> BTreeMap<String, Value> {
        let accounts = file.get("accounts").and_then(Value::as_array).into_iter().flatten();
        accounts.filter_map(|account| Some((account.get("id")?.as_str()?.to_owned(), account.clone()))).collect()
    };
    let (was, is) = (before.as_ref().map(known).unwrap_or_default(), known(&after));
    let new = is.keys().filter(|id| !was.contains_key(*id)).count();
    let gone = was.keys().filter(|id| !is.contains_key(*id)).count();
    let changed = is.iter().filter(|(id, account)| was.get(*id).is_some_and(|old| old != *account)).count();
    super::super::save(&source.file, &report::json(&after))?;
    let name = source.file.display().to_string();
    let policies = match &listing.policies {
        Some(policies) => report::count(policies.len(), "policy in force", "policies in force"),
        None => "no policies known: the credentials may not list them".to_owned(),
    };
    context.terminal.err(&format!(
        "{}: {} ({new} new, {changed} changed, {gone} gone), {}, {policies}\n",
        escape::line(&name),
        report::count(is.len(), "account", "accounts"),
        report::count(listing.units.len(), "unit", "units"),
    ));
    Ok(Exit::FINE)
}

/// The file as it is; a file that is not an accounts file is not overwritten.
fn written(file: &Path) -> Result<Option<Value>, CliError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CliError::failed(format!("`{}` cannot be read", file.display())).caused_by(&error)),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value.get("accounts").is_some() && value.get("format_version").is_some() => Ok(Some(value)),
        _ => Err(CliError::usage(format!("`{}` exists and is not an accounts file; it is not overwritten", file.display()))
            .help("name another file under `accounts_from:`, or delete this one first")),
    }
}

#[cfg(feature = "aws")]
async fn read(context: &Context, session: &Session) -> Result<Listing, CliError> {
    let progress = context.terminal.progress();
    match session.connect().await? {
        Account::Aws(account) => account.organization(progress.as_ref()).await.map_err(|error| {
            CliError::failed("the organisation cannot be read")
                .caused_by(&error)
                .help("nothing was written; docs/fleet/README.md lists the permissions that it needs")
        }),
        Account::Embedded(_) => Err(of_a_file()),
    }
}

#[cfg(not(feature = "aws"))]
async fn read(_: &Context, session: &Session) -> Result<Listing, CliError> {
    let Account::Embedded(_) = session.connect().await?;
    Err(of_a_file())
}

fn of_a_file() -> CliError {
    CliError::usage("an account that is a file is in no organisation").help("choose an AWS account with `--account`")
}
