//! Whatever is done to an embedded account, it stays an account, and what is on disk is what was answered.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use iamctl::backend::embedded::{EmbeddedAccount, Machine, Strictness};
use iamctl::backend::{AccountRead, AccountWrite, ReadScope, Silent};
use iamctl::model::{AccountIdentity, Operation, Snapshot};
use iamctl::names::{AccountId, EntityKind};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

const NOW: &str = "2026-01-02T03:04:05Z";
const ACCOUNT: &str = "123456789012";

fn identity() -> AccountIdentity {
    AccountIdentity { id: AccountId::parse(ACCOUNT).unwrap(), partition: "aws".into() }
}

/// The calls whose shape is a name and a few fields, each with its fields' generators.
const CALLS: &[(&str, &[&str])] = &[
    ("CreateRole", &["RoleName", "Path", "AssumeRolePolicyDocument", "?PermissionsBoundary", "?Tags"]),
    ("UpdateRole", &["RoleName", "Description", "MaxSessionDuration"]),
    ("UpdateAssumeRolePolicy", &["RoleName", "TrustDocument"]),
    ("PutRolePermissionsBoundary", &["RoleName", "PermissionsBoundary"]),
    ("DeleteRolePermissionsBoundary", &["RoleName"]),
    ("TagRole", &["RoleName", "Tags"]),
    ("UntagRole", &["RoleName", "TagKeys"]),
    ("PutRolePolicy", &["RoleName", "InlineName", "PolicyDocument"]),
    ("DeleteRolePolicy", &["RoleName", "InlineName"]),
    ("AttachRolePolicy", &["RoleName", "PolicyArn"]),
    ("DetachRolePolicy", &["RoleName", "PolicyArn"]),
    ("DeleteRole", &["RoleName"]),
    ("CreatePolicy", &["PolicyName", "Path", "PolicyDocument", "?Description", "?Tags"]),
    ("CreatePolicyVersion", &["PolicyArn", "PolicyDocument", "SetAsDefault"]),
    ("SetDefaultPolicyVersion", &["PolicyArn", "VersionId"]),
    ("DeletePolicyVersion", &["PolicyArn", "VersionId"]),
    ("DeletePolicy", &["PolicyArn"]),
    ("TagPolicy", &["PolicyArn", "Tags"]),
    ("UntagPolicy", &["PolicyArn", "TagKeys"]),
    ("CreateUser", &["UserName", "Path", "?PermissionsBoundary", "?Tags"]),
    ("UpdateUser", &["UserName", "?NewPath", "?NewUserName"]),
    ("PutUserPermissionsBoundary", &["UserName", "PermissionsBoundary"]),
    ("DeleteUserPermissionsBoundary", &["UserName"]),
    ("TagUser", &["UserName", "Tags"]),
    ("UntagUser", &["UserName", "TagKeys"]),
    ("PutUserPolicy", &["UserName", "InlineName", "PolicyDocument"]),
    ("DeleteUserPolicy", &["UserName", "InlineName"]),
    ("AttachUserPolicy", &["UserName", "PolicyArn"]),
    ("DetachUserPolicy", &["UserName", "PolicyArn"]),
    ("DeleteUser", &["UserName"]),
    ("CreateGroup", &["GroupName", "Path"]),
    ("UpdateGroup", &["GroupName", "?NewPath", "?NewGroupName"]),
    ("PutGroupPolicy", &["GroupName", "InlineName", "PolicyDocument"]),
    ("DeleteGroupPolicy", &["GroupName", "InlineName"]),
    ("AttachGroupPolicy", &["GroupName", "PolicyArn"]),
    ("DetachGroupPolicy", &["GroupName", "PolicyArn"]),
    ("AddUserToGroup", &["GroupName", "UserName"]),
    ("RemoveUserFromGroup", &["GroupName", "UserName"]),
    ("DeleteGroup", &["GroupName"]),
    ("CreateInstanceProfile", &["InstanceProfileName", "Path", "?Tags"]),
    ("AddRoleToInstanceProfile", &["InstanceProfileName", "RoleName"]),
    ("RemoveRoleFromInstanceProfile", &["InstanceProfileName", "RoleName"]),
    ("TagInstanceProfile", &["InstanceProfileName", "Tags"]),
    ("UntagInstanceProfile", &["InstanceProfileName", "TagKeys"]),
    ("DeleteInstanceProfile", &["InstanceProfileName"]),
    ("CreateServiceLinkedRole", &["AWSServiceName", "?CustomSuffix"]),
    ("DeleteServiceLinkedRole", &["LinkedName"]),
    ("CreateOpenIDConnectProvider", &["Url", "?ClientIDList"]),
    ("AddClientIDToOpenIDConnectProvider", &["OpenIDConnectProviderArn", "ClientID"]),
    ("RemoveClientIDFromOpenIDConnectProvider", &["OpenIDConnectProviderArn", "ClientID"]),
    ("UpdateOpenIDConnectProviderThumbprint", &["OpenIDConnectProviderArn", "ThumbprintList"]),
    ("TagOpenIDConnectProvider", &["OpenIDConnectProviderArn", "Tags"]),
    ("UntagOpenIDConnectProvider", &["OpenIDConnectProviderArn", "TagKeys"]),
    ("DeleteOpenIDConnectProvider", &["OpenIDConnectProviderArn"]),
    ("CreateSAMLProvider", &["Name", "SAMLMetadataDocument"]),
    ("UpdateSAMLProvider", &["SAMLProviderArn", "SAMLMetadataDocument"]),
    ("TagSAMLProvider", &["SAMLProviderArn", "Tags"]),
    ("UntagSAMLProvider", &["SAMLProviderArn", "TagKeys"]),
    ("DeleteSAMLProvider", &["SAMLProviderArn"]),
];

fn own(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

fn trust(principal: Value) -> Value {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]});
    json!(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

fn policy(action: &str) -> Value {
    json!(json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}).to_string())
}

/// A value of a field out of few, so that calls meet; now and then one that no account takes.
fn field(name: &str, pick: usize) -> (&str, Value) {
    let one = |values: &[Value]| values[pick % values.len()].clone();
    let text = |values: &[&str]| json!(values[pick % values.len()]);
    let arns = |values: &[&str]| json!(own(values[pick % values.len()]));
    match name {
        "RoleName" => (name, text(&["a", "a", "A", "b", "b", "no such", "AWSServiceRoleForECS"])),
        "UserName" | "GroupName" | "NewUserName" | "NewGroupName" | "InstanceProfileName" | "PolicyName" => {
            (name, text(&["a", "a", "A", "b", "c", ""]))
        }
        "Name" => (name, text(&["a", "b"])),
        "InlineName" => ("PolicyName", text(&["x", "x", "y", "é"])),
        "LinkedName" => ("RoleName", text(&["AWSServiceRoleForECS", "AWSServiceRoleForAutoScaling_x", "a"])),
        "Path" | "NewPath" => (name, text(&["/", "/", "/", "/x/", "bad"])),
        "AssumeRolePolicyDocument" | "TrustDocument" => (
            if name == "TrustDocument" { "PolicyDocument" } else { name },
            one(&[
                trust(json!({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]})),
                trust(json!({"Service": "ec2.amazonaws.com"})),
                trust(json!({"AWS": [own("role/a"), ACCOUNT]})),
                trust(json!({"AWS": [own("user/a"), own("role/x/b")]})),
                trust(json!({"AWS": own("user/x/a")})),
                json!("{}"),
            ]),
        ),
        "PolicyDocument" => {
            let long = format!("s3:{}", "x".repeat(4000));
            (name, one(&[policy("s3:Get*"), policy("s3:*"), policy(&long), json!("[")]))
        }
        "PolicyArn" | "PermissionsBoundary" => (
            name,
            one(&[
                json!(own("policy/a")),
                json!(own("policy/a")),
                json!(own("policy/b")),
                json!(own("policy/x/c")),
                json!("arn:aws:iam::aws:policy/ReadOnlyAccess"),
                json!("arn:aws:iam::aws:policy/AWSLambdaFullAccess"),
                json!("é"),
            ]),
        ),
        "Description" => (name, text(&["", "one", "two"])),
        "MaxSessionDuration" => (name, one(&[json!(3600), json!(7200), json!(1)])),
        "SetAsDefault" => (name, json!(pick.is_multiple_of(2))),
        "VersionId" => (name, text(&["v1", "v1", "v2", "v3", "v10"])),
        "Tags" => (name, one(&[json!({"k": "v"}), json!({"K": "w", "l": ""}), json!({"aws:x": "y"})])),
        "TagKeys" => (name, json!(["k"])),
        "AWSServiceName" => (name, text(&["ecs.amazonaws.com", "autoscaling.amazonaws.com", "x"])),
        "CustomSuffix" => (name, text(&["x", "é"])),
        "Url" => (name, text(&["https://a.example.com", "https://b.example.com/x", "http://c"])),
        "ClientIDList" | "ThumbprintList" => (name, one(&[json!(["a".repeat(40)]), json!([])])),
        "ClientID" => (name, text(&["1", "2", ""])),
        "OpenIDConnectProviderArn" => (name, arns(&["oidc-provider/a.example.com", "oidc-provider/b.example.com/x", "x"])),
        "SAMLProviderArn" => (name, arns(&["saml-provider/a", "saml-provider/b", "x"])),
        "SAMLMetadataDocument" => (name, one(&[json!(format!("<{}", "x".repeat(1000))), json!("<")])),
        other => panic!("no values for {other}"),
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    (0..CALLS.len(), prop::collection::vec(any::<usize>(), 5)).prop_map(|(call, picks)| {
        let (operation, fields) = CALLS[call];
        let mut request = serde_json::Map::new();
        for (wanted, pick) in fields.iter().zip(picks) {
            // Optional fields are left out every other time.
            let (name, value) = match wanted.strip_prefix('?') {
                Some(_) if pick % 2 == 1 => continue,
                Some(optional) => field(optional, pick / 2),
                None => field(wanted, pick),
            };
            request.insert(name.to_owned(), value);
        }
        serde_json::from_value(json!({"operation": operation, "request": request})).unwrap()
    })
}

/// Something to work on, then anything.
fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let first: Vec<Operation> = ["CreateRole", "CreatePolicy", "CreateUser", "CreateGroup", "CreateInstanceProfile"]
        .into_iter()
        .map(|name| {
            let fields = CALLS.iter().find(|(call, _)| *call == name).unwrap().1;
            let request: serde_json::Map<_, _> =
                fields.iter().filter(|f| !f.starts_with('?')).map(|f| field(f, 0)).map(|(k, v)| (k.to_owned(), v)).collect();
            serde_json::from_value(json!({"operation": name, "request": request})).unwrap()
        })
        .collect();
    prop::collection::vec(operation(), 0..400).prop_map(move |rest| first.iter().cloned().chain(rest).collect())
}

/// What holds of every account.
fn check(account: &Snapshot) {
    let limits = account.limits();
    let mut ids = std::collections::BTreeSet::new();
    let policies: std::collections::BTreeSet<_> =
        account.policies.iter().map(|(name, p)| account.arn(EntityKind::Policy, &p.path, name)).collect();
    let exists = |arn: &str| policies.contains(arn) || iamctl::aws_policies::find(arn).is_some();
    for policy in account.policies.values() {
        assert!(policy.versions.len() as u64 <= limits.versions_per_policy());
        assert!(policy.default_document().is_some(), "the default version exists");
        assert!(policy.versions.keys().all(|v| v.number() <= policy.last_version.unwrap()));
        assert!(ids.insert(&policy.id));
    }
    for role in account.roles.values() {
        assert!(role.attached_policies.value().unwrap().iter().all(|a| exists(a)));
        assert!(role.permissions_boundary.value().unwrap().iter().all(|a| exists(a)));
        assert!(role.trust.value().is_some() && ids.insert(&role.id));
    }
    for user in account.users.values() {
        assert!(user.attached_policies.value().unwrap().iter().all(|a| exists(a)));
        assert!(user.permissions_boundary.value().unwrap().iter().all(|a| exists(a)));
        assert!(user.groups.value().unwrap().iter().all(|g| account.groups.contains_key(g)));
        assert!(ids.insert(&user.id));
    }
    for group in account.groups.values() {
        assert!(group.attached_policies.value().unwrap().iter().all(|a| exists(a)) && ids.insert(&group.id));
    }
    for profile in account.instance_profiles.values() {
        assert!(profile.role.value().unwrap().iter().all(|r| account.roles.contains_key(r)) && ids.insert(&profile.id));
    }
    for name in account.roles.keys() {
        let lower = name.as_str().to_lowercase();
        assert_eq!(account.roles.keys().filter(|n| n.as_str().to_lowercase() == lower).count(), 1, "names are unique");
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an account in a file does not wait"),
    }
}

fn open(path: &Path) -> EmbeddedAccount {
    EmbeddedAccount::open(path, identity(), || NOW.to_owned()).unwrap()
}

fn read(path: &Path) -> Snapshot {
    run(open(path).snapshot(&ReadScope::default(), &Silent)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_leave_an_account_that_reads_back_as_itself(calls in operations()) {
        let mut machine = Machine::new(Snapshot::empty(identity()), Strictness::Account);
        for call in &calls {
            let before = machine.snapshot().clone();
            if machine.perform(call, NOW).is_err() {
                prop_assert_eq!(&before, machine.snapshot(), "a refused call changed something: {:?}", call);
            }
        }
        check(machine.snapshot());
        let text = serde_json::to_string(machine.snapshot()).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Snapshot>(&text).unwrap(), machine.snapshot());
    }

    #[test]
    fn what_the_account_takes_a_rehearsal_takes_with_the_same_end(calls in operations()) {
        let mut account = Machine::new(Snapshot::empty(identity()), Strictness::Account);
        let mut rehearsal = Machine::new(Snapshot::empty(identity()), Strictness::Rehearsal);
        for call in &calls {
            if account.perform(call, NOW).is_ok() {
                let same = rehearsal.perform(call, NOW);
                prop_assert!(same.is_ok(), "{same:?}: {call:?}");
            }
        }
        prop_assert_eq!(account.into_snapshot(), rehearsal.into_snapshot());
    }

    #[test]
    fn a_writer_killed_anywhere_leaves_what_was_answered(calls in operations(), cut in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("account.json");
        let journal = PathBuf::from(format!("{}.journal", path.display()));
        let mut machine = Machine::new(Snapshot::empty(identity()), Strictness::Account);
        let mut states = vec![machine.snapshot().clone()];
        let writer = open(&path);
        for call in &calls {
            let (done, direct) = (run(writer.perform(call)), machine.perform(call, NOW));
            prop_assert_eq!(done, direct);
            if machine.snapshot().serial != states.last().unwrap().serial {
                states.push(machine.snapshot().clone());
            }
        }
        // Killed after the last call: all of it is there. Killed in the middle of a line: a state on the way.
        prop_assert_eq!(&read(&path), states.last().unwrap());
        let bytes = fs::read(&journal).unwrap();
        let at = cut.index(bytes.len() + 1);
        fs::write(&journal, &bytes[..at]).unwrap();
        let lines = bytes[..at].iter().filter(|b| **b == b'\n').count();
        prop_assert_eq!(&read(&path), &states[lines.saturating_sub(1)]);
        // And whole again, compacted: the same, without a journal.
        fs::write(&journal, &bytes).unwrap();
        run(writer.finish()).unwrap();
        prop_assert!(!journal.exists());
        prop_assert_eq!(&read(&path), states.last().unwrap());
    }
}

#[test]
fn every_operation_is_among_the_random_ones() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut taken = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let calls = operations().new_tree(&mut runner).unwrap().current();
        let mut machine = Machine::new(Snapshot::empty(identity()), Strictness::Account);
        for call in calls {
            if machine.perform(&call, NOW).is_ok() {
                taken.insert(serde_json::to_value(&call).unwrap()["operation"].as_str().unwrap().to_owned());
            }
        }
    }
    let never: Vec<_> = CALLS.iter().map(|(name, _)| *name).filter(|name| !taken.contains(*name)).collect();
    assert!(never.is_empty(), "never taken: {never:?}");
}
