//! Those outside the account whom the trust of a strong role lets in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::actor::{Actor, Actors};
use super::{Escalation, How, Next, Powers, Source, Step, path, reasons};
use crate::model::Seen;
use crate::names::{AccountId, Arn, EntityKind};
use crate::policy::ast::{Effect, Policy, Statement};
use crate::policy::caller::Caller;
use crate::policy::data::{FEDERATED_NAMES, VERSION};
use crate::policy::eval::{Named, PolicyKind, PolicySet, Possible, Principal, Value, possible};
use crate::policy::trust::usual_action;
use crate::policy::{BARE, Document, is_unique_id};

/// Somebody outside the account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outsider {
    /// Whoever asks.
    Anyone,
    /// Any principal of another account.
    Account(String),
    /// A principal of another account, by ARN.
    Principal(String),
    /// Those whom an identity provider knows.
    Provider {
        /// Its ARN or name.
        provider: String,
        /// What the trust asks of them: `token.actions.githubusercontent.com:sub = repo:acme/app:*`.
        claims: BTreeSet<String>,
    },
    /// A service that acts for whoever holds its credentials outside of AWS.
    Service(String),
}

impl fmt::Display for Outsider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::Account(id) => write!(f, "any principal of account {id}"),
            Self::Principal(arn) => write!(f, "`{arn}`"),
            Self::Provider { provider, claims } => {
                let name = Arn::parse(provider).map_or_else(|| provider.clone(), |arn| arn.resource.clone());
                write!(f, "users of `{name}`")?;
                let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
                if claims.is_empty() { Ok(()) } else { write!(f, " with {}", claims.join(" and ")) }
            }
            Self::Service(host) => write!(f, "anyone with credentials for `{host}`"),
        }
    }
}

/// Services that give a role to machines and people outside of AWS, by certificates that the trust does not name (IAM Roles Anywhere User
/// Guide, "Trust policy"; AWS IoT Developer Guide, "Authorizing direct calls to AWS services"; Systems Manager User Guide, "hybrid activations").
const LENDERS: [&str; 3] = ["credentials.iot.amazonaws.com", "rolesanywhere.amazonaws.com", "ssm.amazonaws.com"];

/// Every outsider whom a strong role, or one that can become strong, lets in.
pub(super) fn escalations(actors: &Actors<'_>, next: &Next, powers: &Powers) -> Vec<Escalation> {
    let mut found = Vec::new();
    for (at, actor) in actors.iter().enumerate() {
        let Some((onward, target, power)) = path(actors, next, powers, at) else { continue };
        for (outsider, step) in entrances(actors, actor) {
            let steps = std::iter::once(step).chain(onward.iter().cloned()).collect();
            found.push(Escalation { source: Source::Outsider(outsider), target: target.clone(), steps, power });
        }
    }
    found
}

/// The outsiders whom a role's trust lets in.
fn entrances(actors: &Actors<'_>, role: &Actor) -> BTreeMap<Outsider, Step> {
    let mut found = BTreeMap::new();
    let Some(trust) = role.trust.as_ref().filter(|_| role.address.kind == EntityKind::Role) else { return found };
    let Some(Seen::Value(document)) = actors.state.trust(&role.address.name) else { return found };
    // What their own account lets them do is theirs to decide.
    let theirs = Document::new(
        serde_json::json!({"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    );
    let identity = vec![Named::new("their own policies", &theirs, PolicyKind::Identity)];
    let policies = PolicySet { identity, resource: Some(trust.clone()), ..PolicySet::default() };
    let enter = |principal: Principal| {
        let action = usual_action(&principal);
        let request = Caller::new(principal).request(action, &role.arn, &role.as_resource);
        let (conditions, open, arn) = match possible(&policies, &request, &actors.today) {
            Possible::Always => Default::default(),
            Possible::When(mut witness) => {
                let by_arn = witness.keys.remove("aws:principalarn");
                let arn = witness.context.get("aws:principalarn").filter(|_| by_arn).cloned();
                (witness.keys, BTreeSet::new(), arn)
            }
            Possible::Undecided(open) => (BTreeSet::new(), reasons(&open), None),
            Possible::Never => return None,
        };
        let arn = match arn {
            Some(Value::Single(arn)) => Some(arn),
            Some(Value::Many(_)) | None => None,
        };
        Some((Step { how: How::Assume(action), to: role.address.clone(), conditions, open }, arn))
    };
    let own = actors.state.identity().id.as_str();
    let policy = Policy::read(document);
    let mut names_everybody = false;
    for statement in policy.statements.iter().filter(|s| s.effect == Effect::Allow) {
        for (outsider, principal) in named(statement, own) {
            names_everybody |= outsider == Outsider::Anyone;
            if let Some((step, _)) = enter(principal) {
                found.insert(outsider, step);
            }
        }
    }
    // Everybody, narrowed by conditions to some accounts.
    if names_everybody && !found.contains_key(&Outsider::Anyone) {
        for account in accounts(&policy).into_iter().chain([own.to_owned()]) {
            let Some((mut step, arn)) = enter(Principal::Unspecified { account: Some(account.clone()) }) else { continue };
            if account == own {
                // "Trust policies must explicitly allow access for principals" (IAM User Guide, "Policy evaluation logic"): whether `*` does is
                // not said, so a principal of the account may need a policy of its own, or none.
                step.open
                    .insert("whether `*` in a trust is enough for principals of the account itself is not documented".to_owned());
            }
            let written = arn.filter(|arn| document.value().to_string().contains(&format!("\"{arn}\"")));
            found.insert(written.map_or(Outsider::Account(account), Outsider::Principal), step);
        }
    }
    found
}

/// The accounts that the conditions of a trust name.
fn accounts(trust: &Policy) -> BTreeSet<String> {
    let values = trust.statements.iter().flat_map(|statement| &statement.conditions).flat_map(|test| &test.values);
    let ids = values.flat_map(|value| value.split(|c: char| !c.is_ascii_digit()));
    ids.filter(|id| AccountId::parse(id).is_some()).map(str::to_owned).collect()
}

/// Those whom a statement names and who are not of this account.
fn named(statement: &Statement, own: &str) -> Vec<(Outsider, Principal)> {
    let Some(principals) = &statement.principals else { return Vec::new() };
    if principals.negated {
        // Everybody else.
        return vec![(Outsider::Anyone, Principal::Unspecified { account: Some(STRANGER.to_owned()) })];
    }
    let mut found = Vec::new();
    for (kind, value) in &principals.values {
        let outsider = match (kind.as_str(), value.as_str()) {
            (BARE | "AWS", "*") => (Outsider::Anyone, Principal::Unspecified { account: Some(STRANGER.to_owned()) }),
            ("AWS", value) if is_unique_id(value) => continue,
            ("AWS", value) => match Principal::parse(value) {
                Some(Principal::Account(id)) if id != own => {
                    (Outsider::Account(id.clone()), Principal::Unspecified { account: Some(id) })
                }
                Some(principal) if principal.account().is_some_and(|id| id != own) => {
                    (Outsider::Principal(value.to_owned()), principal)
                }
                _ => continue,
            },
            ("Service", host) if LENDERS.contains(&host) => {
                (Outsider::Service(host.to_owned()), Principal::Service(host.to_owned()))
            }
            ("Federated", provider) if provider.starts_with("arn:") || FEDERATED_NAMES.contains(&provider) => {
                let outsider = Outsider::Provider { provider: provider.to_owned(), claims: claims(statement) };
                (outsider, Principal::Federated(provider.to_owned()))
            }
            _ => continue,
        };
        found.push(outsider);
    }
    found
}

/// An account that is nobody's in particular.
const STRANGER: &str = "999999999999";

/// What a statement asks of those whom a provider knows.
fn claims(statement: &Statement) -> BTreeSet<String> {
    let is_claim = |key: &str| key.contains('.') || key.starts_with("saml:") || key.starts_with("cognito-identity");
    let of = |test: &crate::policy::ast::WrittenTest| {
        // Whoever wrote the trust chose these texts.
        let values: Vec<String> = test.values.iter().map(|value| format!("`{}`", value.escape_debug())).collect();
        format!("`{}` = {}", test.key.escape_debug(), values.join(" or "))
    };
    statement.conditions.iter().filter(|test| is_claim(&test.key) && !test.key.ends_with(":aud")).map(of).collect()
}
