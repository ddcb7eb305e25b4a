//! What a call needs of whoever makes it: the actions, each with its resource and the condition keys that follow from the request.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::one_or_list;
use crate::model::{Act, Operation, Seen, Snapshot, Subject};
use crate::names::{Address, EntityKind, entity_arn};
use crate::policy::Document;
use crate::policy::context::{Context, Value as KeyValue};
use crate::policy::data::VERSION;

/// One permission that a call needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Needed {
    /// `iam:CreateRole`.
    pub action: String,
    /// The ARN that the request names.
    pub resource: String,
    /// The entity, for people.
    pub address: Address,
    /// The condition keys that follow from the request. All others are not known.
    pub keys: Context,
    /// The test by which a statement grants no more than this.
    condition: Option<Value>,
}

/// What a call needs. `accounts` are the account before and after the plan: what the plan creates has its path in the second. Empty where the
/// ARN does not follow from the request, as for most service-linked roles.
pub fn needed_by(operation: &Operation, accounts: &[&Snapshot], retagged: &BTreeSet<Address>) -> Vec<Needed> {
    let (Some(address), Some(arn)) = (operation.subject(), subject_arn(operation, accounts)) else { return Vec::new() };
    let call = operation.call();
    let mut keys = Context::new();
    let mut condition = None;
    let mut more: Vec<Needed> = Vec::new();
    // Only calls that attach or detach have it (AWS Service Authorization Reference, IAM).
    keys.set_absent("iam:PolicyARN");
    resource_tags(&address, accounts, retagged, &mut keys);
    let plain = |action: &str, address: &Address, resource: String, keys: Context| Needed {
        action: format!("iam:{action}"),
        resource,
        address: address.clone(),
        keys,
        condition: None,
    };
    match operation.act() {
        Act::Create { boundary, .. } => {
            match boundary {
                Some(boundary) => {
                    keys.set("iam:PermissionsBoundary", boundary);
                    condition = Some(json!({"StringEquals": {"iam:PermissionsBoundary": boundary}}));
                }
                None => keys.set_absent("iam:PermissionsBoundary"),
            }
            let tags = operation.created_tags();
            request_tags(
                tags.into_iter().flat_map(|tags| tags.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())))),
                &mut keys,
            );
            // Tags in a call that creates need the permission to tag as well (IAM User Guide, "Tags for IAM resources").
            if let Some(tag) = tags.filter(|tags| !tags.is_empty()).and_then(|_| tagging(call.kind)) {
                more.push(plain(tag, &address, arn.clone(), keys.clone()));
            }
        }
        Act::Bound(boundary) => {
            keys.set("iam:PermissionsBoundary", boundary);
            condition = Some(json!({"StringEquals": {"iam:PermissionsBoundary": boundary}}));
        }
        Act::Attach(policy) | Act::Detach(policy) => {
            keys.set("iam:PolicyARN", policy);
            condition = Some(json!({"ArnEquals": {"iam:PolicyARN": policy}}));
        }
        Act::Tag(tags) => request_tags(tags.iter().map(|(key, value)| (key.as_str(), Some(value.as_str()))), &mut keys),
        Act::Untag(names) => request_tags(names.iter().map(|key| (key.as_str(), None)), &mut keys),
        // Whoever puts a role into an instance profile passes it to EC2.
        Act::Join(EntityKind::Role, role) => {
            let role = Address::new(EntityKind::Role, role);
            if let Some(arn) = accounts.iter().find_map(|account| account.arn_of(&role)) {
                more.push(plain("PassRole", &role, arn, Context::new()));
            }
        }
        Act::Delete
        | Act::Settings
        | Act::Move
        | Act::Rename(_)
        | Act::Trust(_)
        | Act::Unbound
        | Act::PutInline(..)
        | Act::DeleteInline(_)
        | Act::Join(..)
        | Act::Leave(..)
        | Act::NewVersion
        | Act::DefaultVersion
        | Act::DropVersion
        | Act::Provide
        | Act::Withhold => {}
    }
    let own = Needed { condition, ..plain(call.name, &address, arn, keys) };
    std::iter::once(own).chain(more).collect()
}

/// The policy that grants these permissions and no others.
pub fn policy_of(needed: &[Needed]) -> Document {
    // By condition and resources: what has the same of both is one statement.
    let mut by_action: Vec<(&str, Option<&Value>, BTreeSet<&str>)> = Vec::new();
    for one in needed {
        match by_action.iter_mut().find(|(action, condition, _)| *action == one.action && *condition == one.condition.as_ref()) {
            Some((.., resources)) => drop(resources.insert(&one.resource)),
            None => by_action.push((&one.action, one.condition.as_ref(), [one.resource.as_str()].into())),
        }
    }
    let mut statements: Vec<(BTreeSet<&str>, Option<&Value>, BTreeSet<&str>)> = Vec::new();
    for (action, condition, resources) in by_action {
        match statements.iter_mut().find(|(_, c, r)| *c == condition && *r == resources) {
            Some((actions, ..)) => drop(actions.insert(action)),
            None => statements.push(([action].into(), condition, resources)),
        }
    }
    let owned = |set: BTreeSet<&str>| one_or_list(set.into_iter().map(str::to_owned).collect());
    let statement = |(actions, condition, resources): (BTreeSet<&str>, Option<&Value>, BTreeSet<&str>)| {
        let mut one = Map::new();
        one.insert("Effect".to_owned(), json!("Allow"));
        one.insert("Action".to_owned(), owned(actions));
        one.insert("Resource".to_owned(), owned(resources));
        if let Some(condition) = condition {
            one.insert("Condition".to_owned(), condition.clone());
        }
        Value::Object(one)
    };
    Document::new(json!({"Version": VERSION, "Statement": statements.into_iter().map(statement).collect::<Vec<_>>()}))
}

/// The ARN that a request names.
fn subject_arn(operation: &Operation, accounts: &[&Snapshot]) -> Option<String> {
    let identity = &accounts.first()?.account;
    match operation.facts().0 {
        Subject::PolicyArn(arn) | Subject::ProviderArn(arn) => Some(arn.to_owned()),
        Subject::Url(url) => {
            let host = url.trim_start_matches("https://");
            Some(entity_arn(&identity.partition, &identity.id, EntityKind::OidcProvider, "/", host))
        }
        Subject::Linked(..) => None,
        Subject::Named(kind, name) => {
            let address = Address::new(kind, name);
            let found = |account: &&Snapshot| account.arn_of(&address);
            // What is created has the path of the end; what is there may be moved on the way, and then its ARN is not certain.
            let all: BTreeSet<String> = accounts.iter().filter_map(found).collect();
            if operation.creates() {
                accounts.iter().rev().find_map(found)
            } else {
                all.first().filter(|_| all.len() == 1).cloned()
            }
        }
    }
}

/// The tags of what is there, unless the plan changes them on the way.
fn resource_tags(address: &Address, accounts: &[&Snapshot], retagged: &BTreeSet<Address>, keys: &mut Context) {
    if retagged.contains(address) {
        return;
    }
    let Some(tags) = accounts.first().and_then(|account| account.tags_of(address)).and_then(Seen::value) else { return };
    for family in ["aws:ResourceTag/", "iam:ResourceTag/"] {
        keys.set_absent(family);
        tags.iter().for_each(|(key, value)| keys.set(&format!("{family}{key}"), value.clone()));
    }
}

fn request_tags<'t>(tags: impl Iterator<Item = (&'t str, Option<&'t str>)>, keys: &mut Context) {
    let mut names = Vec::new();
    keys.set_absent("aws:RequestTag/");
    for (key, value) in tags {
        if let Some(value) = value {
            keys.set(&format!("aws:RequestTag/{key}"), value);
        }
        names.push(key.to_owned());
    }
    keys.insert("aws:TagKeys", KeyValue::Many(names));
}

/// The call that tags a kind of entity.
fn tagging(kind: EntityKind) -> Option<&'static str> {
    let tags = |call: &&crate::model::Call| call.kind == kind && call.name.starts_with("Tag");
    Operation::CALLS.iter().find(tags).map(|call| call.name)
}

/// Entities whose tags a plan changes.
pub fn retagged<'o>(operations: impl Iterator<Item = &'o Operation>) -> BTreeSet<Address> {
    let changes = |operation: &&Operation| operation.creates() || matches!(operation.act(), Act::Tag(_) | Act::Untag(_));
    operations.filter(changes).filter_map(Operation::subject).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountIdentity, Seen, User};
    use crate::names::{AccountId, Name};

    #[test]
    fn a_creation_with_tags_needs_tagging_too_and_the_policy_says_just_that() {
        let identity = AccountIdentity { id: AccountId::parse("111111111111").unwrap(), partition: "aws".to_owned() };
        let account = Snapshot::empty(identity);
        let create = |name: &str, tags: &[(&str, &str)]| Operation::CreateUser {
            user_name: name.into(),
            path: "/ops/".to_owned(),
            permissions_boundary: None,
            tags: tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        };
        let mut end = account.clone();
        for name in ["a", "b"] {
            let user = User {
                path: "/ops/".to_owned(),
                id: "AIDAEXAMPLE".to_owned(),
                permissions_boundary: Seen::Value(None),
                tags: Seen::Unread,
                inline_policies: Seen::Unread,
                attached_policies: Seen::Unread,
                groups: Seen::Unread,
                credentials: Seen::Unread,
                created: None,
            };
            end.users.insert(Name::new(name), user);
        }
        let ask = |operation: &Operation| needed_by(operation, &[&account, &end], &BTreeSet::new());
        let tagged = ask(&create("a", &[("team", "ml")]));
        let actions: Vec<&str> = tagged.iter().map(|one| one.action.as_str()).collect();
        assert_eq!(actions, ["iam:CreateUser", "iam:TagUser"]);
        let plain = ask(&create("b", &[]));
        assert_eq!((plain.len(), plain[0].resource.as_str()), (1, "arn:aws:iam::111111111111:user/ops/b"));
        let attach =
            ask(&Operation::AttachUserPolicy { user_name: "a".into(), policy_arn: "arn:aws:iam::aws:policy/X".to_owned() });
        let all: Vec<Needed> = tagged.into_iter().chain(plain).chain(attach).collect();
        let (a, b) = ("arn:aws:iam::111111111111:user/ops/a", "arn:aws:iam::111111111111:user/ops/b");
        let wanted = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": [a, b]},
            {"Effect": "Allow", "Action": "iam:TagUser", "Resource": a},
            {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": a,
             "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/X"}}}]});
        assert_eq!(policy_of(&all).value(), &wanted);
    }
}
