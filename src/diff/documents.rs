//! What a document does to access, as far as the order of calls needs it: does it allow, does it deny, and which of both changes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::policy::Document;

use super::Phase;

/// Whether a document holds Allow and Deny statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    pub denies: bool,
}

fn statements(document: &Document) -> Vec<&Value> {
    match document.value().get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

fn is_deny(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str).is_some_and(|e| e.eq_ignore_ascii_case("deny"))
}

impl Effects {
    pub(super) fn of(document: &Document) -> Self {
        Self { denies: statements(document).into_iter().any(is_deny) }
    }

    /// When a policy with these effects is due to come.
    pub(super) fn coming(self) -> Phase {
        if self.denies { Phase::Restrain } else { Phase::Grant }
    }

    /// When a policy with these effects is due to go.
    pub(super) fn going(self) -> Phase {
        if self.denies { Phase::Relax } else { Phase::Withdraw }
    }
}

/// When a document's replacement is due: added denies first, then added grants, then withdrawn grants, lifted denies last.
/// A replacement that does several is placed by the gravest: one that adds denies and lifts none comes early, one that lifts
/// denies comes late.
pub(super) fn replacing(before: &Document, after: &Document) -> Phase {
    let split = |d: &Document| -> (BTreeSet<String>, BTreeSet<String>) {
        let (denies, allows): (Vec<_>, Vec<_>) = statements(d).into_iter().partition(|s| is_deny(s));
        let text = |list: Vec<&Value>| list.into_iter().map(Value::to_string).collect();
        (text(denies), text(allows))
    };
    let ((old_denies, old_allows), (new_denies, new_allows)) = (split(before), split(after));
    let adds = |old: &BTreeSet<String>, new: &BTreeSet<String>| new.difference(old).next().is_some();
    if adds(&new_denies, &old_denies) {
        Phase::Relax
    } else if adds(&old_denies, &new_denies) {
        Phase::Restrain
    } else if adds(&old_allows, &new_allows) {
        Phase::Grant
    } else {
        Phase::Withdraw
    }
}

/// When a trust document's replacement is due: one that only takes statements away or adds denies comes early.
pub(super) fn replacing_trust(before: Option<&Document>, after: &Document) -> Phase {
    match before.map(|b| replacing(b, after)) {
        Some(Phase::Withdraw | Phase::Restrain) => Phase::Restrain,
        _ => Phase::Admit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(statements: &str) -> Document {
        Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
    }

    const ALLOW: &str = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    const DENY: &str = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#;

    #[test]
    fn added_denies_come_first_and_lifted_denies_last() {
        let both = doc(&format!("{ALLOW},{DENY}"));
        assert_eq!(replacing(&doc(ALLOW), &both), Phase::Restrain);
        assert_eq!(replacing(&both, &doc(ALLOW)), Phase::Relax);
        assert_eq!(replacing(&doc(""), &doc(ALLOW)), Phase::Grant);
        assert_eq!(replacing(&doc(ALLOW), &doc("")), Phase::Withdraw);
    }
}
