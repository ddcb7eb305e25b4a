use super::*;
use crate::names::AccountId;
use serde_json::json;

fn read(value: &Value) -> Described {
    let account = AccountIdentity { id: AccountId::zero(), partition: "aws".into() };
    read_terraform("state.json", &value.to_string(), &account).unwrap()
}

fn resource(kind: &str, name: &str, values: Value) -> Value {
    json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name, "values": values})
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

#[test]
fn a_state_is_read_through_its_modules() {
    let role = resource(
        "aws_iam_role",
        "app",
        json!({"name": "app", "path": "/", "arn": "arn:aws:iam::111111111111:role/app", "description": "", "assume_role_policy": TRUST, "max_session_duration": 7200, "tags": {"a": "b"}, "tags_all": {"a": "b", "c": "d"}, "inline_policy": [], "managed_policy_arns": []}),
    );
    let attach = resource(
        "aws_iam_role_policy_attachment",
        "x",
        json!({"role": "app", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    );
    let inline = resource(
        "aws_iam_role_policy",
        "y",
        json!({"role": "app", "name": "Read", "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}"}),
    );
    let data = json!({"address": "data.aws_iam_role.z", "mode": "data", "type": "aws_iam_role", "values": {"name": "z"}});
    let key = resource("aws_iam_access_key", "k", json!({"user": "alice"}));
    let foreign = resource("aws_iam_role_policy_attachment", "f", json!({"role": "elsewhere", "policy_arn": "x"}));
    let state = json!({"format_version": "1.0", "values": {"root_module": {"resources": [role, data, key], "child_modules": [{"resources": [attach, inline, foreign]}]}}});
    let described = read(&state);
    assert_eq!(described.snapshot.account.id.as_str(), "111111111111");
    let role = &described.snapshot.roles[&Name::new("app")];
    assert_eq!((role.description.value(), role.max_session_duration.value()), (Some(&None), Some(&7200)));
    assert_eq!(role.tags.value().unwrap().len(), 2);
    assert_eq!(role.attached_policies.value().unwrap().len(), 1);
    assert!(role.inline_policies.value().unwrap().contains_key("Read"));
    assert_eq!(described.snapshot.roles.len(), 1);
    let reasons: Vec<&str> = described.unknown.iter().map(|u| u.reason.as_str()).collect();
    assert!(reasons.len() == 1 && reasons[0].contains("`role/elsewhere`"), "{reasons:?}");
    assert!(described.notes.len() == 1 && described.notes[0].reason.contains("`aws_iam_access_key`"), "{:?}", described.notes);
}

#[test]
fn a_role_whose_policy_is_known_only_after_apply_is_additive() {
    let role = resource("aws_iam_role", "app", json!({"name": "app", "assume_role_policy": TRUST}));
    let inline = resource("aws_iam_role_policy", "y", json!({"role": "app", "name": "Read"}));
    let plan = json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": [role, inline]}},
        "resource_changes": [{"address": "aws_iam_role_policy.y", "change": {"after_unknown": {"policy": true}}}]});
    let described = read(&plan);
    assert_eq!(described.additive, [Address::new(EntityKind::Role, "app")].into());
    assert!(described.unknown.iter().any(|u| u.reason.contains("known only after Terraform has applied it")));
    assert!(described.unknown.iter().any(|u| u.reason.contains("`manage: additive`")));
}

#[test]
fn other_json_is_no_state() {
    let account = AccountIdentity { id: AccountId::zero(), partition: "aws".into() };
    assert!(read_terraform("x", "{}", &account).is_err() && read_terraform("x", "[", &account).is_err());
    assert!(read_terraform("x", r#"{"format_version": "1.0"}"#, &account).is_ok());
}

/// A plan for a new account: what the entities refer to is known only after the apply, and the configuration tells it.
fn plan_with_references(policy_key: Option<Value>, reference: Value) -> Value {
    let mut bound = resource("aws_iam_policy", "bound", json!({"name": "bound", "path": "/b/", "policy": "{\"Statement\":[]}"}));
    if let Some(key) = policy_key {
        bound["index"] = key;
    }
    let role = resource("aws_iam_role", "app", json!({"name": "app", "path": "/", "assume_role_policy": TRUST}));
    let mut attach = resource("aws_iam_role_policy_attachment", "x", json!({}));
    attach["index"] = json!("a");
    json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": [bound, role, attach]}},
        "resource_changes": [
            {"address": "aws_iam_role.app", "change": {"after_unknown": {"permissions_boundary": true, "arn": true}}},
            {"address": "aws_iam_role_policy_attachment.x", "change": {"after_unknown": {"policy_arn": true, "role": true}}}
        ],
        "configuration": {"root_module": {"resources": [
            {"mode": "managed", "type": "aws_iam_role", "name": "app", "expressions": {"permissions_boundary": {"references": reference}}},
            {"mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "x", "expressions": {
                "policy_arn": {"references": reference}, "role": {"references": ["aws_iam_role.app.id", "aws_iam_role.app"]}}}
        ]}}
    })
}

#[test]
fn a_reference_to_one_entity_of_the_plan_is_known() {
    let bound = "arn:aws:iam::000000000000:policy/b/bound";
    for (key, reference) in [
        (None, json!(["aws_iam_policy.bound.arn", "aws_iam_policy.bound"])),
        (Some(json!(0)), json!(["aws_iam_policy.bound[0].arn", "aws_iam_policy.bound[0]", "aws_iam_policy.bound"])),
    ] {
        let described = read(&plan_with_references(key, reference));
        assert_eq!(described.unknown, []);
        let role = &described.snapshot.roles[&Name::new("app")];
        assert_eq!(role.permissions_boundary, Seen::Value(Some(bound.to_owned())));
        assert_eq!(role.attached_policies, Seen::Value([bound.to_owned()].into()));
    }
    // With `each.key` the instance of the same key is meant; a resource that has no key of its own says nothing then.
    let described = read(&plan_with_references(Some(json!("a")), json!(["aws_iam_policy.bound", "each.key"])));
    let reasons: Vec<&str> = described.unknown.iter().map(|u| u.reason.as_str()).collect();
    assert!(reasons.len() == 2 && reasons[0].contains("`permissions_boundary`"), "{reasons:?}");
    assert!(reasons[1].contains("`role/app` is not described here") && described.snapshot.roles.is_empty());
}

#[test]
fn a_reference_to_more_than_one_thing_is_not_guessed() {
    for reference in [
        json!(["var.on", "aws_iam_policy.bound.arn", "aws_iam_policy.bound"]),
        json!(["aws_iam_policy.bound.policy_id", "aws_iam_policy.bound"]),
        json!(["aws_iam_policy.other.arn", "aws_iam_policy.other"]),
        json!(["aws_iam_policy.bound", "count.index"]),
        json!(["var.arn"]),
        json!([]),
    ] {
        let described = read(&plan_with_references(None, reference.clone()));
        assert!(described.snapshot.roles.is_empty(), "{reference}");
        assert!(described.unknown.iter().any(|u| u.reason.contains("`policy_arn` is known only after")), "{reference}");
    }
}

#[test]
fn references_lead_through_variables_and_outputs_of_modules() {
    let policy = resource("aws_iam_policy", "p", json!({"name": "p", "path": "/", "policy": "{\"Statement\":[]}"}));
    let mut attach = resource("aws_iam_role_policy_attachment", "x", json!({"role": "app"}));
    attach["address"] = json!("module.roles.aws_iam_role_policy_attachment.x");
    let role = resource("aws_iam_role", "app", json!({"name": "app", "path": "/", "assume_role_policy": TRUST}));
    let managed = |kind: &str, name: &str, expressions: Value| json!({"mode": "managed", "type": kind, "name": name, "expressions": expressions});
    let plan = json!({
        "format_version": "1.2",
        "planned_values": {"root_module": {"child_modules": [
            {"address": "module.policies", "resources": [policy]},
            {"address": "module.roles", "resources": [role, attach]}
        ]}},
        "resource_changes": [
            {"address": "module.roles.aws_iam_role_policy_attachment.x", "change": {"after_unknown": {"policy_arn": true}}}
        ],
        "configuration": {"root_module": {"module_calls": {
            "policies": {"module": {
                "outputs": {"arn": {"expression": {"references": ["aws_iam_policy.p.arn", "aws_iam_policy.p"]}}},
                "resources": [managed("aws_iam_policy", "p", json!({}))]
            }},
            "roles": {
                "expressions": {"policy": {"references": ["module.policies.arn", "module.policies"]}},
                "module": {"resources": [
                    managed("aws_iam_role_policy_attachment", "x", json!({"policy_arn": {"references": ["var.policy"]}}))
                ]}
            }
        }}}
    });
    let described = read(&plan);
    assert_eq!(described.unknown, []);
    let attached = described.snapshot.roles[&Name::new("app")].attached_policies.value().unwrap();
    assert_eq!(attached.iter().map(String::as_str).collect::<Vec<_>>(), ["arn:aws:iam::000000000000:policy/p"]);
}
