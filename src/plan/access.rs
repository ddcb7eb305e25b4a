//! Access as the comparison gives it, in the plan's form.

use serde_json::{Map, Value as Json, json};

use super::{AccessChange, AccessGrant, AccessVerdict};
use crate::names::Address;
use crate::policy::access::{AccessDiff, Grant, Known, TrustDiff, TrustGrant, Verdict};
use crate::policy::context::Value;

impl From<Verdict> for AccessVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::NewAccess => Self::NewAccess,
            Verdict::NoNewAccess => Self::NoNewAccess,
            Verdict::Undecided => Self::Undecided,
        }
    }
}

impl From<Grant> for AccessGrant {
    fn from(grant: Grant) -> Self {
        let Grant { actions, resources, conditions, example, known, document, statement: _ } = grant;
        let Known { summary, levels, permissions, credentials, nothing_today } = known;
        let context: Map<String, Json> = example.context.into_iter().map(|(key, value)| (key, to_json(value))).collect();
        let example = json!({"action": example.action, "resource": example.resource, "context": context});
        Self {
            actions,
            resources,
            conditions,
            example,
            summary,
            access_levels: levels.into_iter().map(|level| level.as_str().to_owned()).collect(),
            permissions_management: permissions,
            gives_credentials: credentials,
            grants_nothing_today: nothing_today,
            policy: document,
        }
    }
}

impl AccessGrant {
    /// What a trust policy gives a caller. `role`: the ARN of whose trust policy it is.
    pub fn of_trust(TrustGrant { caller, grant }: TrustGrant, role: &str) -> Self {
        let mut grant = Self::from(grant);
        grant.resources = vec![role.to_owned()];
        if let Some(example) = grant.example.as_object_mut() {
            example.insert("resource".to_owned(), role.into());
            example.insert("principal".to_owned(), caller.to_string().into());
        }
        grant
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Single(text) => text.into(),
        Value::Many(list) => list.into(),
    }
}

impl AccessChange {
    /// The same with what a changed trust policy of the role means. `role`: its ARN.
    pub fn with_trust(mut self, trust: TrustDiff, role: &str) -> Self {
        let verdicts = [self.verdict, trust.verdict().into()];
        let is = |verdict| verdicts.contains(&verdict);
        self.verdict = if is(AccessVerdict::NewAccess) {
            AccessVerdict::NewAccess
        } else if is(AccessVerdict::Undecided) {
            AccessVerdict::Undecided
        } else {
            AccessVerdict::NoNewAccess
        };
        let grants = |list: Vec<TrustGrant>| list.into_iter().map(|one| AccessGrant::of_trust(one, role));
        self.gained.extend(grants(trust.gained));
        self.lost.extend(grants(trust.lost));
        self.reason = self.reason.or(trust.reason.map(|why| format!("who may assume it: {why}")));
        self
    }

    /// The change of one principal, as the prover reports it.
    pub fn of(principal: Address, diff: AccessDiff) -> Self {
        let AccessDiff { verdict, gained, lost, ceiling_loosened, reason } = diff;
        let grants = |list: Vec<Grant>| list.into_iter().map(AccessGrant::from).collect();
        Self {
            principal,
            verdict: verdict.into(),
            gained: grants(gained),
            lost: grants(lost),
            ceiling_loosened: grants(ceiling_loosened),
            ceiling_lifted: false,
            reason,
            through: Vec::new(),
        }
    }
}
