//! An account on the emulator, made by hand, comes under code without a change to it.

use iamctl::model::{Operation as O, Seen, Snapshot, Tags};
use iamctl::names::Name;
use serde_json::Value;

use crate::support::odd_account;
use crate::support::project::{Project, changes};

/// What only AWS itself writes cannot be written by others.
fn tags(tags: &Seen<Tags>) -> Tags {
    tags.value().unwrap().iter().filter(|(key, _)| !key.starts_with("aws:")).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The calls that make an account, in an order that IAM takes.
fn operations(account: &Snapshot) -> Vec<O> {
    let mut calls = Vec::new();
    for (name, policy) in &account.policies {
        calls.push(O::CreatePolicy {
            policy_name: name.clone(),
            path: policy.path.clone(),
            policy_document: policy.default_document().unwrap().to_compact(),
            description: policy.description.value().unwrap().clone(),
            tags: tags(&policy.tags),
        });
    }
    for (name, group) in &account.groups {
        let group_name = || name.clone();
        calls.push(O::CreateGroup { group_name: group_name(), path: group.path.clone() });
        for arn in group.attached_policies.value().unwrap() {
            calls.push(O::AttachGroupPolicy { group_name: group_name(), policy_arn: arn.clone() });
        }
        for (policy_name, document) in group.inline_policies.value().unwrap() {
            calls.push(O::PutGroupPolicy {
                group_name: group_name(),
                policy_name: policy_name.clone(),
                policy_document: document.to_compact(),
            });
        }
    }
    for (name, user) in &account.users {
        let user_name = || name.clone();
        calls.push(O::CreateUser {
            user_name: user_name(),
            path: user.path.clone(),
            permissions_boundary: user.permissions_boundary.value().unwrap().clone(),
            tags: tags(&user.tags),
        });
        for arn in user.attached_policies.value().unwrap() {
            calls.push(O::AttachUserPolicy { user_name: user_name(), policy_arn: arn.clone() });
        }
        for (policy_name, document) in user.inline_policies.value().unwrap() {
            calls.push(O::PutUserPolicy {
                user_name: user_name(),
                policy_name: policy_name.clone(),
                policy_document: document.to_compact(),
            });
        }
        for group_name in user.groups.value().unwrap() {
            calls.push(O::AddUserToGroup { group_name: group_name.clone(), user_name: user_name() });
        }
    }
    for (url, provider) in &account.oidc_providers {
        calls.push(O::CreateOidcProvider {
            url: format!("https://{url}"),
            client_ids: provider.client_ids.value().unwrap().iter().cloned().collect(),
            thumbprints: provider.thumbprints.value().unwrap().iter().cloned().collect(),
            tags: tags(&provider.tags),
        });
    }
    for (name, role) in &account.roles {
        let role_name = || name.clone();
        calls.push(O::CreateRole {
            role_name: role_name(),
            path: role.path.clone(),
            assume_role_policy_document: role.trust.value().unwrap().to_compact(),
            description: role.description.value().unwrap().clone(),
            max_session_duration: role.max_session_duration.value().copied(),
            permissions_boundary: role.permissions_boundary.value().unwrap().clone(),
            tags: tags(&role.tags),
        });
        for arn in role.attached_policies.value().unwrap() {
            calls.push(O::AttachRolePolicy { role_name: role_name(), policy_arn: arn.clone() });
        }
        for (policy_name, document) in role.inline_policies.value().unwrap() {
            calls.push(O::PutRolePolicy {
                role_name: role_name(),
                policy_name: policy_name.clone(),
                policy_document: document.to_compact(),
            });
        }
    }
    for (name, profile) in &account.instance_profiles {
        let instance_profile_name = || name.clone();
        let (path, tags) = (profile.path.clone(), tags(&profile.tags));
        calls.push(O::CreateInstanceProfile { instance_profile_name: instance_profile_name(), path, tags });
        if let Some(Some(role)) = profile.role.value() {
            calls.push(O::AddRoleToInstanceProfile { instance_profile_name: instance_profile_name(), role_name: role.clone() });
        }
    }
    calls
}

/// An account as hands make it, for the project's id. The emulator takes what IAM refuses: a trust in a principal that is gone.
fn odd(id: &str) -> Snapshot {
    let text = odd_account::make(11, 160).to_string().replace("111111111111", id);
    // It refuses what IAM takes: numbers and booleans in conditions.
    let text = text.replace("Age\":3600", "Age\":\"3600\"").replace("Transport\":true", "Transport\":\"true\"");
    let text = text.replace("Present\":true", "Present\":\"true\"");
    let mut account: Snapshot = serde_json::from_str(&text).unwrap();
    let dangling = |name: &Name| account.roles[name].trust.value().unwrap().to_compact().contains("AROA");
    let gone: Vec<Name> = account.roles.keys().filter(|name| dangling(name)).cloned().collect();
    account.roles.retain(|name, _| !gone.contains(name));
    account.instance_profiles.retain(|_, p| p.role.value().and_then(Option::as_ref).is_none_or(|role| !gone.contains(role)));
    account
}

fn only_marks(plan: &Value) {
    for change in plan["changes"].as_array().unwrap() {
        assert!(matches!(change["action"].as_str().unwrap(), "adopt" | "release"), "{change}");
        let fields: Vec<&str> = change["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["tags"], "{change}");
    }
}

#[test]
fn an_account_made_by_hand_is_imported_and_adopted_without_another_change() {
    let mut project = Project::moto("600000000091");
    project.set_stack("team");
    let account = odd(project.id());
    let calls = operations(&account);
    assert!(calls.len() > 300, "{}", calls.len());
    project.others(&calls);
    let before = project.snapshot();

    let ran = project.runs(&["import", "account", "-o", "specs"], 0);
    assert!(ran.out.contains("Against this account they plan to nothing but ownership tags"), "{}", ran.out);
    assert!(project.proxy().counts().keys().all(|action| crate::support::project::is_read(action)), "an import only reads");
    let plan = project.plan(&["--adopt"]);
    only_marks(&plan);
    assert!(changes(&plan).len() > 100, "{}", changes(&plan).len());
    project.runs(&["apply", "--adopt", "--yes"], 0);
    project.is_settled(&[]);

    // What was there before is there as it was: marks aside, and the kinds of credentials, which are read of our own users alone.
    let unmarked = |mut snapshot: Value| {
        for kind in ["roles", "policies", "users", "instance_profiles", "oidc_providers"] {
            for entity in snapshot[kind].as_object_mut().unwrap().values_mut() {
                entity["tags"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("iamctl:"));
                entity.as_object_mut().unwrap().remove("credentials");
            }
        }
        snapshot
    };
    let (before, after) = (unmarked(before), unmarked(project.snapshot()));
    for (kind, entities) in before.as_object().unwrap() {
        for (name, entity) in entities.as_object().into_iter().flatten() {
            assert_eq!(entity, &after[kind][name], "{kind} {name}");
        }
    }

    // Again: what the specs declare is left alone.
    let again = project.runs(&["import", "account", "-o", "specs"], 0);
    assert!(again.out.contains("Nothing new was written"), "{}", again.out);
}
