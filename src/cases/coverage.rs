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

/// A statement that no case reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Unreached {
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
    pub unreached: Vec<Unreached>,
}

/// Compares all declared statements with those that matched.
pub fn coverage(resolved: &Resolved, loaded: &Loaded, outcomes: &[TestOutcome]) -> Coverage {
    let mut reached: BTreeMap<&DocumentKey, BTreeSet<usize>> = BTreeMap::new();
    for (key, index) in outcomes.iter().flat_map(|test| &test.cases).flat_map(|case| &case.matched) {
        reached.entry(key).or_default().insert(*index);
    }
    let mut found = Coverage { statements: 0, reached: 0, unreached: Vec::new() };
    for key in resolved.documents.keys() {
        let Some(document) = document(resolved, key) else { continue };
        for Statement { index, sid, .. } in Policy::read(document).statements {
            found.statements += 1;
            if reached.get(key).is_some_and(|matched| matched.contains(&index)) {
                found.reached += 1;
                continue;
            }
            let path = [PathStep::Key("Statement".to_owned()), PathStep::Index(index)];
            found.unreached.push(Unreached {
                policy: name(key),
                statement: index,
                sid,
                place: resolved.place_in(loaded, key, &path),
            });
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
