//! What a role holds: the policies that speak for and against it, as far as they were read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::need::Keys;
use super::overlap::meeting;
use super::{Answer, Outcome};
use crate::model::{Role, Snapshot};
use crate::names::{Address, Arn, EntityKind, Name, entity_arn};
use crate::policy::Document;
use crate::policy::eval::{
    self, Context, Decision, Effect, Layer, Named, PolicyKind, PolicySet, Principal, Request, StatementRef,
};

/// The most narrower resources that are told.
const TOLD: usize = 3;

/// A role's policies.
#[derive(Clone, Debug, Default)]
pub struct Held {
    set: PolicySet,
    principal: Option<Principal>,
    context: Context,
    /// Resources of Allow and of Deny statements, as written.
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// What could not be read.
    pub unread: Vec<String>,
}

impl Held {
    /// The policies of a role of a snapshot.
    pub fn of(snapshot: &Snapshot, name: &Name, role: &Role) -> Self {
        let arn = snapshot.arn(EntityKind::Role, &role.path, name);
        let mut held = Self { principal: Principal::parse(&arn), ..Self::default() };
        held.context.set("aws:PrincipalArn", arn);
        held.context.set("aws:PrincipalAccount", snapshot.account.id.to_string());
        held.context.set("aws:PrincipalType", "AssumedRole");
        for (key, value) in role.tags.value().into_iter().flatten() {
            held.context.set(&format!("aws:PrincipalTag/{key}"), value.clone());
        }
        match role.inline_policies.value() {
            Some(policies) => policies.iter().for_each(|(n, document)| held.add(&format!("inline policy `{n}`"), document)),
            None => held.unread.push("the inline policies".to_owned()),
        }
        match role.attached_policies.value() {
            Some(arns) => {
                for arn in arns {
                    match document(snapshot, arn) {
                        Some(document) => held.add(&label(arn), &document),
                        None => held.unread.push(format!("policy `{arn}`")),
                    }
                }
            }
            None => held.unread.push("the attached policies".to_owned()),
        }
        match role.permissions_boundary.value() {
            Some(None) => {}
            Some(Some(arn)) => match document(snapshot, arn) {
                Some(document) => held.set.boundary = Some(vec![Named::new(&label(arn), &document, PolicyKind::Identity)]),
                None => held.unread.push(format!("the permissions boundary `{arn}`")),
            },
            None => held.unread.push("the permissions boundary".to_owned()),
        }
        held
    }

    fn add(&mut self, label: &str, document: &Document) {
        self.set.identity.push(Named::new(label, document, PolicyKind::Identity));
        for statement in document.statements() {
            let to = match statement.get("Effect").and_then(Value::as_str) {
                Some("Allow") => &mut self.allowed,
                Some("Deny") => &mut self.denied,
                _ => continue,
            };
            match statement.get("Resource") {
                Some(Value::String(one)) => drop(to.insert(one.clone())),
                Some(Value::Array(list)) => to.extend(list.iter().filter_map(Value::as_str).map(str::to_owned)),
                _ => {}
            }
        }
    }

    /// Whether the role may do this, for each of the resources; `keys` is what the request is known to hold.
    pub(super) fn ask(&self, actions: &[String], resource: &str, keys: &Keys) -> Vec<Answer> {
        let scoped = resource != "*" && resource.contains(['*', '?']);
        let granted = meetings(&self.allowed, resource);
        let refused = if resource.contains(['*', '?']) { meetings(&self.denied, resource) } else { Vec::new() };
        let one = |action: &String| {
            let decision = self.decide(action, resource, keys);
            match &decision.effect {
                Effect::ExplicitDeny => Answer::new(Outcome::ExplicitlyDenied, statements(&decision.because)),
                Effect::Unknown(open) => Answer::new(Outcome::Unknown, vec![hangs_on(open)]),
                Effect::Allow | Effect::ImplicitDeny if !self.unread.is_empty() => {
                    Answer::new(Outcome::Unknown, vec![format!("not read: {}", self.unread.join(", "))])
                }
                Effect::Allow => {
                    let but =
                        refused.iter().filter(|(_, meeting)| self.decide(action, meeting, keys).effect == Effect::ExplicitDeny);
                    let but: Vec<String> = but.map(|(written, _)| written.clone()).collect();
                    let why = if but.is_empty() { Vec::new() } else { vec![format!("denied on {}", few(&but))] };
                    Answer::new(Outcome::Allowed, why)
                }
                Effect::ImplicitDeny => {
                    let on = granted.iter().filter(|(_, meeting)| self.decide(action, meeting, keys).is_allowed());
                    let on: Vec<String> = on.map(|(written, _)| written.clone()).collect();
                    if !on.is_empty() {
                        // A pattern with a place for regions and names stands for the one that the workload uses; `*` means `*`.
                        let outcome = if scoped { Outcome::Narrower } else { Outcome::Denied };
                        return Answer::new(outcome, vec![format!("allowed only on {}", few(&on))]);
                    }
                    let bound =
                        decision.withheld_by.contains(&Layer::Boundary) && !decision.withheld_by.contains(&Layer::Identity);
                    let why = if bound { vec!["the permissions boundary does not allow it".to_owned()] } else { Vec::new() };
                    Answer::new(Outcome::Denied, why)
                }
            }
        };
        actions.iter().map(one).collect()
    }

    fn decide(&self, action: &str, resource: &str, keys: &Keys) -> Decision {
        let principal = self.principal.clone().unwrap_or(Principal::Unspecified { account: None });
        let mut request = Request::new(principal, action, resource);
        request.context = self.context.clone();
        keys.iter().for_each(|(key, value)| request.context.set(key, value.clone()));
        eval::decide_strictly(&self.set, &request)
    }
}

/// Resources as they are written that meet a pattern, each with a resource that both mean.
fn meetings(written: &BTreeSet<String>, pattern: &str) -> Vec<(String, String)> {
    let service = |text: &str| text.split(':').nth(2).filter(|s| !s.contains(['*', '?'])).map(str::to_owned);
    let wanted = service(pattern);
    written
        .iter()
        .filter(|text| *text != pattern && !text.contains("${"))
        .filter(|text| match (&wanted, service(text)) {
            (Some(wanted), Some(found)) => *wanted == found,
            _ => true,
        })
        .filter_map(|text| Some((text.clone(), meeting(text, pattern)?)))
        .collect()
}

/// The document in force of a managed policy.
fn document(snapshot: &Snapshot, arn: &str) -> Option<Document> {
    let parsed = Arn::parse(arn)?;
    if parsed.is_aws_managed_policy() {
        let read = snapshot.aws_policies.get(arn).and_then(|policy| policy.default_document()).cloned();
        return read.or_else(|| crate::aws_policies::document(arn));
    }
    let (name, policy) = snapshot.policies.get_key_value(&Name::new(parsed.last_segment()))?;
    let own = entity_arn(&snapshot.account.partition, &snapshot.account.id, EntityKind::Policy, &policy.path, name.as_str());
    (own == arn).then(|| policy.default_document().cloned())?
}

/// How a managed policy is called in a report: `policy/Name`, `aws/Name`.
fn label(arn: &str) -> String {
    match Arn::parse(arn) {
        Some(parsed) if parsed.is_aws_managed_policy() => parsed.resource.replacen("policy/", "aws/", 1),
        Some(parsed) => Address::new(EntityKind::Policy, parsed.last_segment()).to_string(),
        None => arn.to_owned(),
    }
}

/// The statements that decided, in words.
pub(super) fn statements(list: &[StatementRef]) -> Vec<String> {
    let place = |s: &StatementRef| match &s.sid {
        Some(sid) => format!("statement `{sid}` of {}", s.policy),
        None => format!("statement {} of {}", s.statement.saturating_add(1), s.policy),
    };
    list.iter().map(place).collect()
}

/// Keys on which a decision hangs, in words.
pub(super) fn hangs_on<'a>(keys: impl IntoIterator<Item = &'a String>) -> String {
    let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
    format!("hangs on {}", keys.join(", "))
}

fn few(list: &[String]) -> String {
    let shown: Vec<String> = list.iter().take(TOLD).map(|text| format!("`{text}`")).collect();
    let more = list.len().saturating_sub(TOLD);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}
