//! Which statements of the specs no case reached.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::run::TestOutcome;
use crate::diag::Place;
use crate::names::EntityKind;
use crate::policy::ast::{Policy, Statement};
use crate::policy::{Document, PathStep};
use crate::spec::{DocumentKey, DocumentPart, Loaded, Resolved};

/// A statement; in the list of a [`Coverage`] one that no case reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeclaredStatement {
    /// `policy/NAME`, `role/NAME/inline/NAME`, `role/NAME/trust`.
    pub policy: String,
    /// Index in the document, from 0.
    pub statement: usize,
    /// The statement's own id.
    pub sid: Option<String>,
    /// Where it is written.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// How much of the specs' policies the cases reach. A statement is reached when it matched a request, deciding or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Coverage {
    /// Statements in the specs.
    pub statements: usize,
    /// Those that matched a request.
    pub reached: usize,
    /// The others, document by document.
    pub unreached: Vec<DeclaredStatement>,
}

/// The statements of the specs in one account, each with whether a case reached it.
pub type Statements = Vec<(DeclaredStatement, bool)>;

impl Coverage {
    /// That of several accounts: a statement is reached where a case reaches it in one of them.
    pub fn of<'s>(accounts: impl Iterator<Item = &'s Statements>) -> Self {
        let mut order = Vec::new();
        let mut reached: BTreeMap<&DeclaredStatement, bool> = BTreeMap::new();
        for (statement, is_reached) in accounts.flatten() {
            *reached.entry(statement).or_insert_with(|| {
                order.push(statement);
                false
            }) |= is_reached;
        }
        let unreached: Vec<DeclaredStatement> =
            order.iter().filter(|s| reached.get(*s) == Some(&false)).map(|s| (*s).clone()).collect();
        Self { statements: order.len(), reached: order.len() - unreached.len(), unreached }
    }
}

/// Compares all declared statements with those that matched.
pub fn statements(resolved: &Resolved, loaded: &Loaded, outcomes: &[TestOutcome]) -> Statements {
    let mut reached: BTreeMap<&DocumentKey, BTreeSet<usize>> = BTreeMap::new();
    for (key, index) in outcomes.iter().flat_map(|test| &test.cases).flat_map(|case| &case.matched) {
        reached.entry(key).or_default().insert(*index);
    }
    let mut found = Vec::new();
    for key in resolved.documents.keys() {
        let Some(document) = document(resolved, key) else { continue };
        for Statement { index, sid, .. } in Policy::read(document).statements {
            let path = [PathStep::Key("Statement".to_owned()), PathStep::Index(index)];
            let place = resolved.place_in(loaded, key, &path);
            let is_reached = reached.get(key).is_some_and(|matched| matched.contains(&index));
            found.push((DeclaredStatement { policy: name(key), statement: index, sid, place }, is_reached));
        }
    }
    found
}

fn name((address, part): &DocumentKey) -> String {
    match part {
        DocumentPart::Document => address.to_string(),
        DocumentPart::Trust => format!("{address}/trust"),
        DocumentPart::Inline(name) => format!("{address}/inline/{name}"),
    }
}

/// A document of the specs by its key.
fn document<'a>(resolved: &'a Resolved, (address, part): &DocumentKey) -> Option<&'a Document> {
    let desired = &resolved.desired;
    match (address.kind, part) {
        (EntityKind::Policy, DocumentPart::Document) => desired.policies.get(&address.name).map(|policy| &policy.document),
        (EntityKind::Role, DocumentPart::Trust) => desired.roles.get(&address.name).map(|role| &role.trust),
        (EntityKind::Role, DocumentPart::Inline(name)) => desired.roles.get(&address.name)?.inline_policies.get(name),
        (EntityKind::User, DocumentPart::Inline(name)) => desired.users.get(&address.name)?.inline_policies.get(name),
        (EntityKind::Group, DocumentPart::Inline(name)) => desired.groups.get(&address.name)?.inline_policies.get(name),
        _ => None,
    }
}
