//! `iamctl history`: the versions of a managed policy, and what access each one changed.

use std::collections::BTreeSet;

use crate::cli::args::{Format, HistoryArgs, PolicyName};
use crate::cli::flow::block_on;
use crate::cli::flow::versions::{self, Versioned};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::model::PolicyVersion;
use crate::names::VersionId;
use crate::planner::access::{Held, between};
use crate::policy::access::{AccessDiff, PrincipalPolicies};
use crate::policy::{self, Document, DocumentKind};
use crate::report::{self, AccessAnswer, History, HistoryChange, HistoryEntry};
use crate::scope::Hold;

/// Runs the command.
pub fn run(context: &Context, args: &HistoryArgs) -> Result<Exit, CliError> {
    let last = usize::try_from(args.last).unwrap_or(usize::MAX);
    // One more than is shown: the first one shown is compared with it.
    let pick = |ids: &[VersionId]| -> BTreeSet<VersionId> { ids.iter().rev().take(last.saturating_add(1)).cloned().collect() };
    let found = match &args.policy {
        PolicyName::Own(address) => {
            if args.live {
                return Err(CliError::usage(
                    "`--live` is for policies that AWS manages; those of the account are always read there",
                )
                .help("leave it out, or name `aws/NAME`"));
            }
            let session = Session::open(context, None)?;
            block_on(versions::own_policy(context, &session, address, &pick))?
        }
        PolicyName::Aws(name) if args.live => {
            let session = Session::open(context, None)?;
            block_on(versions::live_aws_policy(&session, name, &pick))?
        }
        PolicyName::Aws(name) => versions::aws_policy(name, &pick)?,
    };
    let history = history(found, last);
    context.terminal.out(&match args.format {
        Format::Text => report::history_text(&history, args.full, context.terminal.paint()),
        Format::Json => report::history_json(&history),
    })?;
    Ok(Exit::FINE)
}

fn history(found: Versioned, last: usize) -> History {
    let Versioned { label, arn, partition, policy } = found;
    let hold = Hold::of_policy(&policy);
    let not_shown = policy.versions.len().saturating_sub(last);
    let all: Vec<(&VersionId, &PolicyVersion)> = policy.versions.iter().collect();
    let entry = |at: usize, (id, version): (&VersionId, &PolicyVersion)| {
        let document = version.document.value();
        let held = |d: &Document| hold.as_ref().is_some_and(|hold| hold.entry_for(d, &policy, &partition).is_some());
        let before = at.checked_sub(1).and_then(|at| all.get(at));
        HistoryEntry {
            version: id.clone(),
            created: version.created.clone(),
            default: *id == policy.default_version,
            held: document.is_some_and(held),
            change: before.map(|(since, before)| change(since, before.document.value(), document, &partition)),
        }
    };
    let versions = all.iter().enumerate().skip(not_shown).map(|(at, version)| entry(at, *version)).collect();
    History { policy: label, arn, default: policy.default_version.clone(), versions, not_shown }
}

fn change(since: &VersionId, before: Option<&Document>, after: Option<&Document>, partition: &str) -> HistoryChange {
    let (same_document, access) = match (before, after) {
        (Some(before), Some(after)) => (policy::equal(before, after, DocumentKind::Identity, partition), compare(before, after)),
        _ => (false, AccessDiff::undecided("a document was not read".to_owned())),
    };
    HistoryChange { since: since.clone(), same_document, access: AccessAnswer::of(access) }
}

/// What one document allows as a principal's only policy, and the other does not.
pub(super) fn compare(before: &Document, after: &Document) -> AccessDiff {
    let held = |document: &Document| {
        Held::of(PrincipalPolicies {
            identity: vec![("the policy".to_owned(), document.clone())],
            ..PrincipalPolicies::default()
        })
    };
    between(&held(before), &held(after))
}
