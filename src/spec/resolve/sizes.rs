//! What is known to be too much for any account, offline: sizes of documents, attachments (iam-facts 3.1).
//!
//! How IAM counts is not published, and some quotas can be raised: a little over is a warning, far over an error. Where the account was
//! read, the plan itself asks its quotas, and nothing is said here.

use super::env::Env;
use crate::diag::{Finding, Place, Severity};
use crate::model::{Desired, InlinePolicies, Limits};
use crate::names::{EntityKind, Name};

/// The largest quota of trust policies that AWS grants, as far as is known.
const MOST_TRUST: u64 = 8192;

pub(super) fn check(env: &mut Env<'_>, desired: &Desired) {
    if env.context.snapshot.is_some() {
        return;
    }
    let quotas = Limits::defaults();
    let mut found = Vec::new();
    for (name, want) in &desired.policies {
        let what = || format!("the document of policy `{name}` has");
        found.extend(size(what, want.document.size(), quotas.policy_size(), None, &want.document_place));
    }
    for (name, want) in &desired.roles {
        let what = || format!("the trust policy of role `{name}` has");
        found.extend(size(what, want.trust.size(), quotas.trust_size(), Some(MOST_TRUST), &want.trust_place));
        found.extend(inline(EntityKind::Role, name, &want.inline_policies, quotas.role_inline_size(), &want.place));
        found.extend(attached(EntityKind::Role, name, want.managed_policies.len(), quotas.attached_per_role(), 25, &want.place));
    }
    for (name, want) in &desired.users {
        found.extend(inline(EntityKind::User, name, &want.inline_policies, quotas.user_inline_size(), &want.place));
        found.extend(attached(EntityKind::User, name, want.managed_policies.len(), quotas.attached_per_user(), 20, &want.place));
    }
    for (name, want) in &desired.groups {
        found.extend(inline(EntityKind::Group, name, &want.inline_policies, quotas.group_inline_size(), &want.place));
        found.extend(attached(
            EntityKind::Group,
            name,
            want.managed_policies.len(),
            quotas.attached_per_group(),
            10,
            &want.place,
        ));
    }
    for (place, problem) in found {
        env.report_at(place, problem);
    }
}

type Found = Option<(Place, Finding)>;

/// `most`: how far AWS raises the quota; quotas without it are fixed, and IAM may count up to a quarter less than we do.
fn size(what: impl Fn() -> String, size: u64, quota: u64, most: Option<u64>, place: &Place) -> Found {
    if size <= quota {
        return None;
    }
    let message = format!("{} {size} characters, and IAM takes {quota}", what());
    let limit = most.unwrap_or(quota);
    let problem = match size > limit + limit / 4 {
        true => Finding::error("too-large", message),
        false => Finding::warning("too-large", message),
    };
    let help = match most {
        Some(most) => format!("merge statements, or have the quota raised (to {most} at most)"),
        None => {
            "move some to policies of their own under `policies:`, or merge statements; white space does not count".to_owned()
        }
    };
    Some((place.clone(), problem.help(help)))
}

fn inline(kind: EntityKind, name: &Name, policies: &InlinePolicies, quota: u64, place: &Place) -> Found {
    let sum = policies.values().map(crate::policy::Document::size).sum();
    size(|| format!("all inline policies of {} `{name}` together have", kind.noun()), sum, quota, None, place)
}

fn attached(kind: EntityKind, name: &Name, count: usize, quota: u64, most: u64, place: &Place) -> Found {
    let count = count as u64;
    if count <= quota {
        return None;
    }
    let problem = Finding {
        severity: if count > most { Severity::Error } else { Severity::Warning },
        ..Finding::error(
            "too-many-policies",
            format!("{} `{name}` has {count} managed policies, and IAM attaches {quota}", kind.noun()),
        )
    };
    let help = match most > quota {
        true => format!("merge policies or write some inline; the quota can be raised, to {most} at most"),
        false => "merge policies or write some inline; this quota cannot be raised".to_owned(),
    };
    Some((place.clone(), problem.help(help)))
}
