//! What policies read of other entities while these change: the target of a request, or whoever asks for a role.

use serde_json::json;

use super::proof::Amiss;
use crate::names::Address;
use crate::planner::access::{self, Held};
use crate::planner::reads::ReadBy;
use crate::policy::Document;
use crate::policy::access::{Fixed, PrincipalPolicies, TrustDiff, TrustGrant};
use crate::policy::ast::Policy;

/// An entity of which the policies of another read what changes.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    /// The entity that changes.
    pub entity: Address,
    /// Which policies read it.
    pub by: ReadBy,
}

/// Whether a caller may assume a role in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// In this state, and at neither end.
    Now,
    /// At both ends, and not in this state.
    Otherwise,
}

/// What is fixed of requests about one entity, before, on the way and after.
///
/// # Errors
/// What is not known of it, in words.
pub(super) fn target(states: &[&Held; 3]) -> Result<[Fixed; 3], String> {
    let keys = access::differing_tags(states)?;
    let name = states.iter().rev().find_map(|held| held.arn.clone()).unwrap_or_default();
    Ok(states.map(|held| Fixed {
        keys: held.target_keys(&keys),
        resource: Some((held.arn.clone().unwrap_or_else(|| name.clone()), name.clone())),
    }))
}

/// What either fixes.
pub(super) fn both(one: &Fixed, other: &Fixed) -> Fixed {
    let keys = one.keys.iter().chain(&other.keys).map(|(key, value)| (key.clone(), value.clone())).collect();
    Fixed { keys, resource: one.resource.clone().or_else(|| other.resource.clone()) }
}

/// Whether a trust policy admits whom both ends admit, and nobody whom neither does; `to`: it against each of the ends.
pub(super) fn admitted(to: [TrustDiff; 2]) -> Result<(), Amiss> {
    let [old, new] = to;
    let amiss = |from_old: &[TrustGrant], from_new: &[TrustGrant], open: [&Option<String>; 2], may: May| {
        if from_old.is_empty() && open[0].is_none() || from_new.is_empty() && open[1].is_none() {
            return Ok(());
        }
        match from_old.iter().find(|one| from_new.iter().any(|other| other.caller == one.caller)) {
            Some(grant) => Err(Amiss::Caller(grant.caller.to_string(), may)),
            None => Err(Amiss::Unproven("who may assume it depends on its tags, which change".to_owned())),
        }
    };
    amiss(&old.gained, &new.gained, [&old.reason, &new.reason], May::Now)?;
    amiss(&old.lost, &new.lost, [&old.lost_reason, &new.lost_reason], May::Otherwise)
}

/// What a trust policy says to one principal of the account, as a policy of that principal.
///
/// # Errors
/// A statement of which it is not known whether it is about the principal.
pub(super) fn admitting(trust: &Document, caller: &[Held; 3], account: &str) -> Result<PrincipalPolicies, String> {
    let policy = Policy::read(trust);
    let mut statements = Vec::new();
    for statement in &policy.statements {
        let Some(principals) = statement.principals.as_ref().filter(|principals| !principals.negated && !statement.faulty) else {
            return Err("a statement of its trust policy names principals in a way that is not told apart".to_owned());
        };
        let is_caller = |name: &str| caller.iter().any(|held| held.arn.as_deref() == Some(name) || held.id() == name);
        let whole = |name: &str| name == "*" || name == account || name.ends_with(&format!("::{account}:root"));
        if !principals.values.iter().any(|(_, name)| whole(name) || is_caller(name)) {
            if principals.values.iter().any(|(_, name)| name.contains(&format!("::{account}:assumed-role/"))) {
                return Err("its trust policy names single sessions".to_owned());
            }
            continue;
        }
        let mut value = statement.to_value();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("Principal");
            fields.insert("Resource".to_owned(), json!("*"));
        }
        statements.push(value);
    }
    let mut whole = trust.value().clone();
    if let Some(fields) = whole.as_object_mut() {
        fields.insert("Statement".to_owned(), json!(statements));
    }
    Ok(PrincipalPolicies {
        identity: vec![("its trust policy".to_owned(), Document::new(whole))],
        ..PrincipalPolicies::default()
    })
}
