//! One entity as a spec of its own, for commands that tell a user what to write.

use std::collections::BTreeSet;

use super::entity::Writer;
use super::values::Values;
use super::{Yaml, document_text};
use crate::model::{Policy, Snapshot};
use crate::names::Name;
use crate::spec::Defaults;

/// A policy of the account as a whole spec file, with its document in force; `None` where that was not read.
pub fn policy_snippet(snapshot: &Snapshot, name: &Name, policy: &Policy, defaults: &Defaults, tag_key: &str) -> Option<String> {
    let values = Values::new(&snapshot.account, None);
    let (declared, in_full) = (BTreeSet::new(), BTreeSet::new());
    let expires = super::Expiries::new();
    let writer = Writer {
        snapshot,
        values: &values,
        defaults,
        tag_key,
        declared: &declared,
        in_full: &in_full,
        additive: &declared,
        expires: &expires,
    };
    let entity = writer.policy(name, policy)?;
    let policies = Yaml::Map(vec![(name.to_string(), entity)]);
    Some(document_text(&[("version".to_owned(), Yaml::Number("1".to_owned())), ("policies".to_owned(), policies)], 0))
}
