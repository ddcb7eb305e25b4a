use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::model::{AccountIdentity, Group, Policy, PolicyVersion, Role, Snapshot, User};
use crate::names::{AccountId, Name, VersionId};

fn document(action: &str) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#);
    Document::parse(&text).unwrap()
}

fn account() -> Snapshot {
    let id = AccountId::parse("111111111111").unwrap();
    Snapshot::empty(AccountIdentity { id, partition: "aws".to_owned() })
}

fn policy(path: &str, action: &str) -> Policy {
    let first = VersionId::new(1);
    let version = PolicyVersion { document: Seen::Value(document(action)), created: None };
    Policy {
        path: path.to_owned(),
        id: String::new(),
        description: Seen::Unread,
        tags: Seen::Unread,
        default_version: first.clone(),
        versions: BTreeMap::from([(first, version)]),
        last_version: None,
        created: None,
    }
}

fn role(attached: &[&str], boundary: Seen<Option<String>>) -> Role {
    Role {
        path: "/".to_owned(),
        id: "AROAAAAAAAAAAAAAAAAAA".to_owned(),
        trust: Seen::Unread,
        description: Seen::Unread,
        max_session_duration: Seen::Unread,
        permissions_boundary: boundary,
        tags: Seen::Value(BTreeMap::from([("team".to_owned(), "ml".to_owned())])),
        inline_policies: Seen::Value(BTreeMap::from([("own".to_owned(), document("s3:GetObject"))])),
        attached_policies: Seen::Value(attached.iter().map(|arn| (*arn).to_owned()).collect()),
        created: None,
        last_used: Seen::Unread,
    }
}

fn user(groups: Seen<BTreeSet<Name>>) -> User {
    User {
        path: "/".to_owned(),
        id: "AIDAAAAAAAAAAAAAAAAAA".to_owned(),
        permissions_boundary: Seen::Value(None),
        tags: Seen::Unread,
        inline_policies: Seen::Value(BTreeMap::new()),
        attached_policies: Seen::Value(BTreeSet::new()),
        groups,
        credentials: Seen::Unread,
        created: None,
    }
}

fn ids(holdings: &Holdings<'_>) -> Vec<String> {
    holdings.identity.iter().map(Held::id).collect()
}

#[test]
fn a_policy_of_another_path_is_another_policy() {
    let mut snapshot = account();
    snapshot.policies.insert(Name::new("p"), policy("/team/", "s3:*"));
    let right = "arn:aws:iam::111111111111:policy/team/p";
    let wrong = "arn:aws:iam::111111111111:policy/p";
    snapshot.roles.insert(Name::new("a"), role(&[right], Seen::Value(None)));
    snapshot.roles.insert(Name::new("b"), role(&[wrong], Seen::Value(None)));
    let state = AccountState::of_snapshot(&snapshot);
    let held = |name| state.holdings(&Address::new(EntityKind::Role, Name::new(name))).unwrap();
    assert_eq!(ids(&held("A")), ["role/a/inline/own", "policy/p"]);
    assert_eq!(held("A").unknown, []);
    assert_eq!(ids(&held("b")), ["role/b/inline/own"]);
    assert_eq!(held("b").unknown, [Unknown::Document(wrong.to_owned())]);
    assert_eq!(held("b").documents(), Err(format!("the document of `{wrong}` is not known")));
}

#[test]
fn a_user_holds_what_its_groups_hold_and_an_unread_group_is_unknown() {
    let mut snapshot = account();
    let group = |inline| Group {
        path: "/".to_owned(),
        id: String::new(),
        inline_policies: inline,
        attached_policies: Seen::Value(BTreeSet::from(["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()])),
        created: None,
    };
    snapshot.groups.insert(Name::new("g"), group(Seen::Value(BTreeMap::from([("x".to_owned(), document("iam:*"))]))));
    snapshot.groups.insert(Name::new("h"), group(Seen::Unread));
    let names = |names: &[&str]| Seen::Value(names.iter().map(|name| Name::new(*name)).collect());
    snapshot.users.insert(Name::new("u"), user(names(&["g"])));
    snapshot.users.insert(Name::new("v"), user(names(&["h", "gone"])));
    snapshot.users.insert(Name::new("w"), user(Seen::Unread));
    let state = AccountState::of_snapshot(&snapshot);
    let held = |name| state.holdings(&Address::new(EntityKind::User, Name::new(name))).unwrap();
    assert_eq!(ids(&held("u")), ["group/g/inline/x", "arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    let group = |name| Address::new(EntityKind::Group, Name::new(name));
    assert_eq!(held("v").unknown, [Unknown::Group(group("gone")), Unknown::Inline(group("h"))]);
    assert_eq!(held("w").unknown, [Unknown::Groups(Address::new(EntityKind::User, Name::new("w")))]);
}

#[test]
fn a_boundary_is_none_known_or_unknown() {
    let mut snapshot = account();
    let power = "arn:aws:iam::aws:policy/PowerUserAccess".to_owned();
    let foreign = "arn:aws:iam::222222222222:policy/x".to_owned();
    for (name, boundary) in [
        ("none", Seen::Value(None)),
        ("power", Seen::Value(Some(power.clone()))),
        ("foreign", Seen::Value(Some(foreign.clone()))),
        ("unread", Seen::Unread),
    ] {
        snapshot.roles.insert(Name::new(name), role(&[], boundary));
    }
    let state = AccountState::of_snapshot(&snapshot);
    let held = |name| state.holdings(&Address::new(EntityKind::Role, Name::new(name))).unwrap();
    assert_eq!(held("none").boundary, Boundary::None);
    assert_eq!(held("power").boundary.policy().map(Held::label).as_deref(), Some("aws/PowerUserAccess"));
    assert_eq!((held("foreign").boundary, held("foreign").unknown), (Boundary::Unknown, vec![Unknown::Document(foreign)]));
    assert_eq!(held("unread").unknown.first().unwrap().to_string(), "the permissions boundary of `role/unread` was not read");
}

#[test]
fn a_session_is_its_role_and_a_wrong_path_is_nobody() {
    let mut snapshot = account();
    snapshot.roles.insert(Name::new("r"), role(&[], Seen::Value(None)));
    let state = AccountState::of_snapshot(&snapshot);
    let found = |text| state.find(text).map(|address| address.to_string());
    assert_eq!(found("arn:aws:sts::111111111111:assumed-role/r/s").as_deref(), Some("role/r"));
    assert_eq!(found("arn:aws:iam::111111111111:role/r").as_deref(), Some("role/r"));
    assert_eq!(found("arn:aws:iam::111111111111:role/x/r"), None);
    assert_eq!(found("arn:aws:iam::222222222222:role/r"), None);
    assert_eq!(found("group/r"), None);
    let caller = state.evaluated(&"role/r".parse().unwrap()).unwrap().caller;
    assert_eq!(caller.key("aws:principaltag/team"), Some("ml"));
}
