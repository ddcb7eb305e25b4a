//! A comparison of access for people and for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::style::{Paint, Role};
use super::view::access::verdict;
use super::view::{GrantView, line};
use super::{escape, json};
use crate::names::Address;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict};
use crate::policy::access::{AccessDiff, Grant, TrustDiff, TrustGrant};

/// What changes between two sets of policies; the form of a plan's `access`, but that bare documents are nobody's.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccessAnswer {
    /// Whose access; `None` for bare documents.
    pub principal: Option<Address>,
    /// What is proven.
    pub verdict: AccessVerdict,
    /// Allowed after and not before.
    pub gained: Vec<AccessGrant>,
    /// Allowed before and not after.
    pub lost: Vec<AccessGrant>,
    /// What a Deny or the boundary blocked and no longer blocks, so that resource policies may grant it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ceiling_loosened: Vec<AccessGrant>,
    /// Why something is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AccessAnswer {
    /// The answer of a comparison of documents.
    pub fn of(diff: AccessDiff) -> Self {
        let grants = |list: Vec<Grant>| list.into_iter().map(AccessGrant::from).collect();
        Self {
            principal: None,
            verdict: diff.verdict.into(),
            gained: grants(diff.gained),
            lost: grants(diff.lost),
            ceiling_loosened: grants(diff.ceiling_loosened),
            reason: diff.reason,
        }
    }

    /// The answer for a principal.
    pub fn of_principal(change: AccessChange) -> Self {
        let AccessChange { principal, verdict, gained, lost, ceiling_loosened, ceiling_lifted: _, reason, through: _ } = change;
        Self { principal: Some(principal), verdict, gained, lost, ceiling_loosened, reason }
    }

    /// The answer for two trust policies of no role in particular.
    pub fn of_trust(trust: TrustDiff) -> Self {
        let grants = |list: Vec<TrustGrant>| list.into_iter().map(|one| AccessGrant::of_trust(one, "*")).collect();
        Self {
            verdict: trust.verdict().into(),
            gained: grants(trust.gained),
            lost: grants(trust.lost),
            reason: trust.reason,
            principal: None,
            ceiling_loosened: Vec::new(),
        }
    }
}

/// A comparison of access: what `iamctl access --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Access", deny_unknown_fields)]
pub(super) struct Answers<'a> {
    /// One comparison.
    access: [&'a AccessAnswer; 1],
}

/// `{"access": [...]}`.
pub fn access_json(answer: &AccessAnswer) -> String {
    json(&Answers { access: [answer] })
}

/// The verdict, and what is gained and lost.
pub fn access_text(answer: &AccessAnswer, paint: Paint) -> String {
    let (role, word) = verdict(answer.verdict, answer.lost.is_empty());
    let mut out = format!("{}\n", paint.paint(role, word));
    for text in answer.reason.iter().flat_map(|reason| escape::block(reason)) {
        out += &format!("    {}\n", paint.paint(Role::Dim, &text));
    }
    let list = |out: &mut String, grants: &[AccessGrant], role, sign| {
        for grant in grants {
            for line in line::of_grant(&GrantView::alone(grant), 2, role, sign) {
                *out += &format!("{}\n", line.painted(paint));
            }
        }
    };
    list(&mut out, &answer.gained, Role::Create, '+');
    list(&mut out, &answer.lost, Role::Delete, '-');
    if !answer.ceiling_loosened.is_empty() {
        out += &format!("  {}\n", super::text::CEILING);
        list(&mut out, &answer.ceiling_loosened, Role::Warning, '!');
    }
    out
}
