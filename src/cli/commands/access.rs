//! `iamctl access`: what two policy documents, or two principals, allow and not the other.

use std::path::Path;

use crate::aws_policies;
use crate::backend::ReadScope;
use crate::cli::args::{AccessArgs, Format};
use crate::cli::flow::{self, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::holdings::AccountState;
use crate::model::Snapshot;
use crate::names::{Address, EntityKind};
use crate::plan::AccessVerdict;
use crate::planner::access::{Held, between, between_principals, held};
use crate::policy::Document;
use crate::policy::access::{AccessDiff, Options, PrincipalPolicies, compare_trust_of_anybody};
use crate::policy::trust::is_trust;
use crate::report::{self, AccessAnswer};

/// Runs the command.
pub fn run(context: &Context, args: &AccessArgs) -> Result<Exit, CliError> {
    let mut account = None;
    let before = side(context, &args.before, &mut account)?;
    let after = side(context, &args.after, &mut account)?;
    let answer = compared(before, after)?;
    let text = match args.format {
        Format::Text => report::access_text(&answer, context.terminal.paint()),
        Format::Json => report::access_json(&answer),
    };
    context.terminal.out(&text)?;
    Ok(if answer.verdict == AccessVerdict::Undecided { Exit::UNDECIDED } else { Exit::FINE })
}

fn compared(before: Side, after: Side) -> Result<AccessAnswer, CliError> {
    if let (Some(was), Some(is)) = (&before.trust, &after.trust) {
        return Ok(AccessAnswer::of_trust(compare_trust_of_anybody(was, is, Options::default())));
    }
    if before.trust.is_some() != after.trust.is_some() {
        let (trust, other) = if before.trust.is_some() { (before.text, after.text) } else { (after.text, before.text) };
        return Err(CliError::usage(format!("`{trust}` is a trust policy, and `{other}` is none"))
            .help("compare two trust policies, or two identity policies"));
    }
    let both = before.address.is_some() && after.address.is_some();
    let principal = after.address.or(before.address);
    let (was, is) = match (before.held, after.held) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(reason), _) | (_, Err(reason)) => {
            let diff = AccessDiff::undecided(reason);
            return Ok(AccessAnswer { principal, ..AccessAnswer::of(diff) });
        }
    };
    Ok(match principal {
        Some(principal) if both => AccessAnswer::of_principal(between_principals(&was, &is, principal)),
        principal => AccessAnswer { principal, ..AccessAnswer::of(between(&was, &is)) },
    })
}

/// One side: whose policies, where they are somebody's, and the policies, or why they are not known.
struct Side {
    text: String,
    address: Option<Address>,
    /// A document that is a trust policy.
    trust: Option<Document>,
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
        let project = Session::load_project(context)?;
        return of_snapshot(&flow::load_snapshot(&project, Path::new(file))?, address, text);
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
    let trust = is_trust(&document).then(|| document.clone());
    let policies = PrincipalPolicies { identity: vec![(id.to_owned(), document)], ..PrincipalPolicies::default() };
    Side { text: id.to_owned(), address: None, trust, held: Ok(Held::of(policies)) }
}

fn of_snapshot(snapshot: &Snapshot, address: Address, text: &str) -> Result<Side, CliError> {
    let found = held(&AccountState::of_snapshot(snapshot), &address);
    if found.as_ref().is_ok_and(|held| held.arn.is_none()) {
        return Err(CliError::usage(format!("`{text}` is not there")).help("`iamctl snapshot` shows what the account has"));
    }
    Ok(Side { text: text.to_owned(), address: Some(address), trust: None, held: found })
}

fn read_account(context: &Context) -> Result<Snapshot, CliError> {
    let session = Session::open(context, None)?;
    block_on(async {
        let account = session.connect().await?;
        session.caller(&account, None).await?;
        let scope = ReadScope { tag_key: session.project.ownership_tag.clone(), ..ReadScope::default() };
        flow::read(context, &session.project, &account, &scope).await
    })
}
