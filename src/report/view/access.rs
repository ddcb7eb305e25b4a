//! Who gains and loses what: equal changes together, and each grant in its parts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::names::Address;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict};
use crate::report::escape;
use crate::report::style::Role;
use crate::review::{AccountReport, caller};

/// Items of one list shown before the rest is counted.
const SHOWN: usize = 8;

/// Said of a grant that no known resource falls under.
pub const NOTHING_TODAY: &str = "grants nothing today: no known resource type of these actions is like these resources";

/// Principals with the same change.
pub struct AccessGroup<'a> {
    /// The principals, by address; never empty.
    pub principals: Vec<&'a Address>,
    /// What happens to each of them.
    pub change: &'a AccessChange,
    /// Newly allowed.
    pub gained: Vec<GrantView<'a>>,
    /// No longer allowed.
    pub lost: Vec<GrantView<'a>>,
    /// No longer denied, and not allowed by their own policies.
    pub ceiling: Vec<GrantView<'a>>,
}

/// A compact statement of access.
pub struct GrantView<'a> {
    /// The grant. Its texts are raw.
    pub grant: &'a AccessGrant,
    /// Of a trust policy: who may assume the role, in words with names between backticks; raw.
    pub caller: Option<String>,
}

/// One request that a grant allows; raw.
pub struct Example<'a> {
    /// The action.
    pub action: &'a str,
    /// The resource.
    pub resource: &'a str,
    /// Who asks, where the grant does not say so itself.
    pub caller: Option<&'a str>,
    /// What the request brings; empty for nothing.
    pub context: Option<&'a Map<String, Value>>,
}

/// The access changes of an account, equal ones together, in the order of the first of each.
pub fn groups(account: &AccountReport) -> Vec<AccessGroup<'_>> {
    let mut groups: Vec<AccessGroup<'_>> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for change in &account.access {
        let AccessChange { principal, verdict, gained, lost, ceiling_loosened, ceiling_lifted, reason, through } = change;
        let (gained, lost) = (views(account, gained), views(account, lost));
        let ceiling = views(account, ceiling_loosened);
        let keys = [&gained, &lost, &ceiling].map(|list| list.iter().map(GrantView::key).collect::<Vec<_>>());
        let key = format!("{:?}", (verdict, keys, ceiling_lifted, reason, through));
        match known.get(&key).and_then(|at| groups.get_mut(*at)) {
            Some(group) => group.principals.push(principal),
            None => {
                known.insert(key, groups.len());
                groups.push(AccessGroup { principals: vec![principal], change, gained, lost, ceiling });
            }
        }
    }
    groups
}

fn views<'a>(account: &AccountReport, list: &'a [AccessGrant]) -> Vec<GrantView<'a>> {
    list.iter().map(|grant| GrantView::of(account, grant)).collect()
}

impl AccessGroup<'_> {
    /// How soon a reader should see it: gains, then doubts, then lifted ceilings, then losses, then what stays as it is.
    pub fn rank(&self) -> usize {
        match self.change.verdict {
            AccessVerdict::NewAccess => 0,
            AccessVerdict::Undecided => 1,
            AccessVerdict::NoNewAccess if !self.ceiling.is_empty() => 2,
            AccessVerdict::NoNewAccess if !self.lost.is_empty() => 3,
            AccessVerdict::NoNewAccess => 4,
        }
    }

    /// `policy/shared, group/ops`: the changes that reach these principals, where they do not change themselves; harmless.
    pub fn through(&self) -> Option<String> {
        let names: Vec<String> = self.change.through.iter().map(ToString::to_string).collect();
        (!names.is_empty()).then(|| list(&names))
    }

    /// `role/a, role/b`, or `222 roles`.
    pub fn counted(&self) -> String {
        let kind = self.principals.first().map(|first| first.kind.word()).unwrap_or_default();
        let noun = if self.principals.iter().all(|who| who.kind.word() == kind) { kind } else { "principal" };
        format!("{} {noun}s", self.principals.len())
    }
}

impl<'a> GrantView<'a> {
    /// A grant of a principal of an account's report.
    pub fn of(account: &AccountReport, grant: &'a AccessGrant) -> Self {
        Self { grant, caller: caller(account, grant) }
    }

    /// A single grant, not part of an account's report.
    pub fn alone(grant: &'a AccessGrant) -> Self {
        let caller = grant.example.get("principal").and_then(Value::as_str);
        Self { grant, caller: caller.map(|caller| format!("`{caller}`")) }
    }

    /// `s3:GetObject on arn:aws:s3:::a/* when {…}`, or who may assume the role; harmless.
    pub fn sentence(&self) -> String {
        let grant = self.grant;
        let mut text = match &self.caller {
            Some(caller) => format!("{} may assume it ({})", escape::line(caller), list(&grant.actions)),
            None => format!("{} on {}", list(&grant.actions), list(&grant.resources)),
        };
        if !is_nothing(&grant.conditions) {
            text += &format!(" when {}", escape::line(&grant.conditions.to_string()));
        }
        text
    }

    /// Grave actions by what is grave about them; raw.
    pub fn grave(&self) -> impl Iterator<Item = (&'static str, &'a [String])> {
        let grant = self.grant;
        let all = [
            ("changes permissions", grant.permissions_management.as_slice()),
            ("hands out credentials", grant.gives_credentials.as_slice()),
        ];
        all.into_iter().filter(|(_, names)| !names.is_empty())
    }

    /// The conditions, test by test; what is of no known shape as it is; raw. Empty for none.
    pub fn conditions(&self) -> Vec<String> {
        let conditions = &self.grant.conditions;
        if is_nothing(conditions) {
            return Vec::new();
        }
        let mut tests: Vec<String> = Vec::new();
        for (operator, keys) in conditions.as_object().into_iter().flatten() {
            let Some(keys) = keys.as_object() else { return vec![conditions.to_string()] };
            for (key, values) in keys {
                let values = match values {
                    Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
                    one => text(one),
                };
                tests.push(format!("{operator} {key}: {values}"));
            }
        }
        if tests.is_empty() { vec![conditions.to_string()] } else { tests }
    }

    /// One request, where one is given that says more than the grant.
    pub fn example(&self) -> Option<Example<'a>> {
        let part = |key: &str| self.grant.example.get(key).and_then(Value::as_str);
        let example = Example {
            action: part("action")?,
            resource: part("resource").unwrap_or("*"),
            caller: part("principal"),
            context: self.grant.example.get("context").and_then(Value::as_object).filter(|context| !context.is_empty()),
        };
        let says_no_more =
            self.caller.as_ref().zip(example.caller).is_some_and(|(words, caller)| words.replace('`', "") == caller);
        (!says_no_more || example.context.is_some()).then_some(example)
    }

    /// What two grants have in common that read alike. The resource of a trust policy is the role itself, which differs from one to the next.
    fn key(&self) -> String {
        let AccessGrant { actions, conditions, example, .. } = self.grant;
        match &self.caller {
            Some(caller) => format!("{:?}", (caller, actions, conditions, example.get("principal"), example.get("context"))),
            None => format!("{:?}", self.grant),
        }
    }
}

impl Example<'_> {
    /// `s3:GetObject on arn:aws:s3:::a/b by … with {…}`; raw.
    pub fn sentence(&self) -> String {
        let by = self.caller.map(|caller| format!(" by {caller}")).unwrap_or_default();
        format!("{} on {}{by}{}", self.action, self.resource, self.with())
    }

    /// Who asks, of a grant that names the action and the resource itself; raw.
    pub fn asker(&self) -> String {
        format!("{}{}", self.caller.unwrap_or(self.action), self.with())
    }

    fn with(&self) -> String {
        self.context.map(|context| format!(" with {}", Value::Object(context.clone()))).unwrap_or_default()
    }
}

/// A verdict in words.
pub fn verdict(verdict: AccessVerdict, nothing_lost: bool) -> (Role, &'static str) {
    match verdict {
        AccessVerdict::NewAccess => (Role::Warning, "new access"),
        AccessVerdict::NoNewAccess if nothing_lost => (Role::Dim, "no new access"),
        AccessVerdict::NoNewAccess => (Role::Dim, "no new access, less than before"),
        AccessVerdict::Undecided => (Role::Warning, "undecided: may be new access"),
    }
}

/// The first few of a list, and how many more there are; harmless.
pub fn list(items: &[String]) -> String {
    if items.is_empty() {
        return "(not given)".to_owned();
    }
    let mut text = items.iter().take(SHOWN).map(|i| escape::line(i)).collect::<Vec<_>>().join(", ");
    if items.len() > SHOWN {
        text += &format!(" and {} more", items.len() - SHOWN);
    }
    text
}

/// A value of a condition or a context as text; raw.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}
