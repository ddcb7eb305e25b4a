//! `iamctl access`: what two policy documents, or two principals, allow and not the other.

use std::path::Path;

use crate::aws_policies;
use crate::backend::ReadScope;
use crate::cli::args::{AccessArgs, Format};
use crate::cli::flow::{self, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::model::Snapshot;
use crate::names::{Address, EntityKind};
use crate::plan::AccessVerdict;
use crate::planner::access::{Held, between, held};
use crate::policy::Document;
use crate::policy::access::{AccessDiff, PrincipalPolicies};
use crate::report::{self, AccessAnswer};

/// Runs the command.
pub fn run(context: &Context, args: &AccessArgs) -> Result<Exit, CliError> {
    let mut account = None;
    let before = side(context, &args.before, &mut account)?;
    let after = side(context, &args.after, &mut account)?;
    let principal = after.address.or(before.address);
    let diff = match (before.held, after.held) {
        (Ok(before), Ok(after)) => between(&before, &after),
        (Err(reason), _) | (_, Err(reason)) => AccessDiff::undecided(reason),
    };
    let answer = AccessAnswer::of(principal, diff);
    let text = match args.format {
        Format::Text => report::access_text(&answer, context.terminal.paint()),
        Format::Json => report::access_json(&answer),
    };
    context.terminal.out(&text)?;
    Ok(if answer.verdict == AccessVerdict::Undecided { Exit::UNDECIDED } else { Exit::FINE })
}

/// One side: whose policies, where they are somebody's, and the policies, or why they are not known.
struct Side {
    address: Option<Address>,
    held: Result<Held, String>,
}

fn side(context: &Context, text: &str, account: &mut Option<Snapshot>) -> Result<Side, CliError> {
    if let Some(name) = text.strip_prefix("aws/") {
        let document = aws_policies::document(name).ok_or_else(|| {
            let error = CliError::usage(format!("no AWS managed policy `{name}` is known"));
            match aws_policies::nearest(name) {
                Some(near) => error.help(format!("did you mean `aws/{near}`?")),
                None => error,
            }
        })?;
        return Ok(bare(text, document));
    }
    if let Some((file, address)) = text.rsplit_once('#')
        && let Some(address) = principal(address)
    {
        return of_snapshot(&flow::load_snapshot(Path::new(file))?, address, text);
    }
    if let Some(address) = principal(text)
        && !Path::new(text).exists()
    {
        let snapshot = match account.take() {
            Some(snapshot) => snapshot,
            None => read_account(context)?,
        };
        let side = of_snapshot(&snapshot, address, text);
        *account = Some(snapshot);
        return side;
    }
    let unusable = |cause: &dyn std::error::Error| {
        CliError::failed(format!("`{text}` cannot be used"))
            .caused_by(cause)
            .help("name a policy document, `aws/NAME`, `FILE#role/NAME` or `role/NAME`")
    };
    let content = std::fs::read_to_string(text).map_err(|error| unusable(&error))?;
    let document = Document::parse(content.trim_start_matches('\u{feff}')).map_err(|error| unusable(&error))?;
    Ok(bare(text, document))
}

/// Roles, users and groups have policies.
fn principal(text: &str) -> Option<Address> {
    let address: Address = text.parse().ok()?;
    matches!(address.kind, EntityKind::Role | EntityKind::User | EntityKind::Group).then_some(address)
}

/// A document that nobody holds.
fn bare(id: &str, document: Document) -> Side {
    let policies = PrincipalPolicies { identity: vec![(id.to_owned(), document)], boundary: None };
    Side { address: None, held: Ok(Held::of(policies)) }
}

fn of_snapshot(snapshot: &Snapshot, address: Address, text: &str) -> Result<Side, CliError> {
    let found = held(snapshot, &address);
    if found.as_ref().is_ok_and(|held| held.arn.is_none()) {
        return Err(CliError::usage(format!("`{text}` is not there")).help("`iamctl snapshot` shows what the account has"));
    }
    Ok(Side { address: Some(address), held: found })
}

fn read_account(context: &Context) -> Result<Snapshot, CliError> {
    let session = Session::open(context, None)?;
    block_on(async {
        let account = session.connect().await?;
        session.caller(&account, None).await?;
        let scope = ReadScope { tag_key: session.project.ownership_tag.clone(), ..ReadScope::default() };
        flow::read(context, &account, &scope).await
    })
}
