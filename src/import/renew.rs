//! Documents of the policy language of 2008 in the words of today's, where that means the same.

use serde_json::{Map, Value};

use super::leave_out::Report;
use crate::model::{InlinePolicies, Seen, Snapshot};
use crate::names::{Address, EntityKind, Name};
use crate::policy::Document;

/// A document of the old version, or without any, as one of today's: where no text has `${`, which is a variable in the new version
/// alone (iam-facts 5.3, 5.7). The second value says what was rewritten.
fn renewed(document: &Document) -> Option<(Document, &'static str)> {
    let Value::Object(fields) = document.value() else { return None };
    let said = match fields.get("Version") {
        None => "has no `Version`",
        Some(version) if version == "2008-10-17" => "says `Version: \"2008-10-17\"`",
        Some(_) => return None,
    };
    if !fields.contains_key("Statement") || document.value().to_string().contains("${") {
        return None;
    }
    let mut renewed = Map::from_iter([("Version".to_owned(), Value::from("2012-10-17"))]);
    renewed.extend(fields.iter().filter(|(name, _)| *name != "Version").map(|(name, value)| (name.clone(), value.clone())));
    Some((Document::new(Value::Object(renewed)), said))
}

/// Rewrites every identity policy of an account that IAM would take no more as it is, and says so.
pub(super) fn documents(snapshot: &mut Snapshot, report: &mut Report) {
    let mut note = |kind, name: &Name, what: String, said: &str| {
        let reason = format!(
            "{what} {said}, and IAM takes no such policy again; the spec says `\"2012-10-17\"`, which means the same, because it has no `${{`"
        );
        report.note(&Address::new(kind, name), reason);
    };
    for (name, policy) in &mut snapshot.policies {
        if let Some(version) = policy.versions.get_mut(&policy.default_version)
            && let Seen::Value(document) = &version.document
            && let Some((new, said)) = renewed(document)
        {
            version.document = Seen::Value(new);
            note(EntityKind::Policy, name, "its document".to_owned(), said);
        }
    }
    let mut inline = |kind, name: &Name, list: &mut Seen<InlinePolicies>| {
        let Seen::Value(list) = list else { return };
        for (policy, document) in list {
            if let Some((new, said)) = renewed(document) {
                *document = new;
                note(kind, name, format!("its inline policy `{}`", policy.escape_debug()), said);
            }
        }
    };
    snapshot.roles.iter_mut().for_each(|(name, role)| inline(EntityKind::Role, name, &mut role.inline_policies));
    snapshot.users.iter_mut().for_each(|(name, user)| inline(EntityKind::User, name, &mut user.inline_policies));
    snapshot.groups.iter_mut().for_each(|(name, group)| inline(EntityKind::Group, name, &mut group.inline_policies));
}
