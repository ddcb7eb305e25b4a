//! Values punched out of templates, plans and states: the specs never take anything from the account that has them all, and each punch is
//! listed.

use std::collections::{BTreeMap, BTreeSet};

use iamctl::diff::Context;
use iamctl::import::cloudformation::{ANY_REGION, Template, read_templates};
use iamctl::import::terraform::read_terraform;
use iamctl::import::{Described, Import, Imported, Layout, Selection, import};
use iamctl::model::Snapshot;
use iamctl::planner::plan;
use iamctl::spec::source::Sources;
use iamctl::spec::vars::Vars;
use iamctl::spec::{Defaults, UnknownAws};
use serde_json::{Map, Value, json};

use crate::support::specs::resolved_with;
use crate::support::world::{Dice, identity, settings};

fn document(dice: &mut Dice) -> Value {
    let actions = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances"];
    let statements: Vec<Value> = (0..=dice.below(2))
        .map(|_| {
            let effect = if dice.chance(30) { "Deny" } else { "Allow" };
            json!({"Effect": effect, "Action": [actions[dice.below(4)], actions[dice.below(4)]], "Resource": "*"})
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

fn some<T: Clone>(dice: &mut Dice, all: &[T]) -> Vec<T> {
    all.iter().filter(|_| dice.chance(50)).cloned().collect()
}

const AWS: [&str; 2] = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/PowerUserAccess"];

/// A random template in which every resource has a name.
fn template(dice: &mut Dice) -> Value {
    let mut resources = Map::new();
    let mut add = |id: String, kind: &str, properties: Value| {
        resources.insert(id, json!({"Type": format!("AWS::IAM::{kind}"), "Properties": properties}));
    };
    let inline = |dice: &mut Dice, prefix: &str| -> Vec<Value> {
        (0..dice.below(3)).map(|n| json!({"PolicyName": format!("{prefix}{n}"), "PolicyDocument": document(dice)})).collect()
    };
    let tags = |dice: &mut Dice| some(dice, &[json!({"Key": "team", "Value": "ml"}), json!({"Key": "env", "Value": "dev"})]);
    for n in 0..3 {
        add(
            format!("R{n}"),
            "Role",
            json!({"RoleName": format!("role-{n}"), "Path": "/app/", "Description": "A role", "MaxSessionDuration": 7200,
                "AssumeRolePolicyDocument": trust(), "ManagedPolicyArns": some(dice, &AWS), "Policies": inline(dice, "own"), "Tags": tags(dice)}),
        );
    }
    for n in 0..2 {
        add(
            format!("U{n}"),
            "User",
            json!({"UserName": format!("user-{n}"), "ManagedPolicyArns": some(dice, &AWS), "Policies": inline(dice, "own"),
                "Groups": some(dice, &[json!("group-0"), json!({"Ref": "G1"})]), "Tags": tags(dice)}),
        );
        let name = format!("group-{n}");
        add(
            format!("G{n}"),
            "Group",
            json!({"GroupName": name, "ManagedPolicyArns": some(dice, &AWS), "Policies": inline(dice, "own")}),
        );
    }
    let roles = [json!({"Ref": "R0"}), json!("role-1"), json!({"Ref": "R2"})];
    let users = [json!({"Ref": "U0"}), json!("user-1")];
    let groups = [json!({"Ref": "G0"}), json!("group-1")];
    for n in 0..2 {
        add(
            format!("M{n}"),
            "ManagedPolicy",
            json!({"ManagedPolicyName": format!("managed-{n}"), "Path": "/app/", "PolicyDocument": document(dice), "Tags": tags(dice),
                "Roles": some(dice, &roles), "Users": some(dice, &users), "Groups": some(dice, &groups)}),
        );
        add(
            format!("P{n}"),
            "Policy",
            json!({"PolicyName": format!("inline-{n}"), "PolicyDocument": document(dice),
                "Roles": some(dice, &roles), "Users": some(dice, &users), "Groups": some(dice, &groups)}),
        );
        let role = roles[dice.below(3)].clone();
        add(
            format!("S{n}"),
            "RolePolicy",
            json!({"PolicyName": format!("single-{n}"), "PolicyDocument": document(dice), "RoleName": role}),
        );
    }
    add("A0".to_owned(), "UserToGroupAddition", json!({"GroupName": {"Ref": "G0"}, "Users": some(dice, &users)}));
    add(
        "I0".to_owned(),
        "InstanceProfile",
        json!({"InstanceProfileName": "role-0", "Path": if dice.chance(50) { "/app/" } else { "/" }, "Roles": [{"Ref": "R0"}]}),
    );
    json!({"Parameters": {"Nowhere": {"Type": "String"}}, "Resources": resources})
}

/// The paths of all values below a value, itself left out.
fn paths(value: &Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        at.push(key);
        found.push(at.clone());
        paths(value, at, found);
        at.pop();
    }
}

fn step<'v>(value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    match value {
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        other => other.get_mut(key),
    }
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, key| step(value, key))
}

fn described(template: &Value) -> Described {
    let text = template.to_string();
    read_templates(&[Template { name: "t.json", text: &text }], &BTreeMap::new(), &identity(), true).unwrap()
}

fn specs(described: &Described) -> Imported {
    let (vars, defaults) = (Vars::new(), Defaults::default());
    let settings = settings("ours");
    let mut out = None;
    // The context that the tests share, lent to the import.
    let _ = resolved_with(&[], &vars, &defaults, |context| {
        context.account_id = identity().id;
        context.snapshot = Some(&described.snapshot);
        context.unknown_aws = UnknownAws::Warn;
        out = Some(import(&Import {
            snapshot: &described.snapshot,
            context: context.clone(),
            settings: &settings,
            region: Some(ANY_REGION),
            template: true,
            additive: &described.additive,
            expires: &described.expires,
            selection: &Selection::default(),
            layout: &Layout::default(),
            existing: &|| Sources::from_memory(std::iter::empty()),
            folder: "",
            taken: &BTreeSet::new(),
        }));
    });
    out.unwrap().unwrap()
}

/// The calls beyond marks that the specs plan against an account.
fn calls(imported: &Imported, truth: &Snapshot) -> Vec<String> {
    let files: Vec<(&str, &str)> = imported.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (vars, defaults) = (Vars::new(), Defaults::default());
    let resolved = resolved_with(&files, &vars, &defaults, |context| {
        context.account_id = identity().id;
        context.snapshot = Some(truth);
        context.unknown_aws = UnknownAws::Warn;
    });
    let desired = resolved.unwrap().desired;
    let mut settings = settings("ours");
    settings.options.adopt_all = true;
    let planned = plan(&Context { desired: &desired, snapshot: truth, settings: &settings });
    let marks = ["TagRole", "TagPolicy", "TagUser", "TagInstanceProfile"];
    planned
        .plan
        .steps
        .iter()
        .map(|s| format!("{} {:?}", s.call.name(), s.call))
        .filter(|c| !marks.contains(&c.split(' ').next().unwrap()))
        .collect()
}

/// `IAMCTL_PROPERTY_CASES` accounts with every punch; else one with as many as an ordinary run has time for.
fn cases() -> u64 {
    std::env::var("IAMCTL_PROPERTY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// What is punched out: each value alone, and a few together.
fn punches<T: Clone>(dice: &mut Dice, all: &[T]) -> Vec<Vec<T>> {
    let whole = std::env::var_os("IAMCTL_PROPERTY_CASES").is_some();
    let (single, several) = if whole { (all.len(), 40) } else { (60, 10) };
    let mut left: Vec<Vec<T>> = all.iter().map(|one| vec![one.clone()]).collect();
    let mut found: Vec<Vec<T>> = (0..single.min(all.len())).map(|_| left.swap_remove(dice.below(left.len()))).collect();
    found.extend((0..several).map(|_| (0..3).map(|_| all[dice.below(all.len())].clone()).collect()));
    found
}

#[test]
fn a_template_with_values_that_are_not_known_takes_nothing_from_the_account() {
    let unknown = json!({"Ref": "Nowhere"});
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let whole = template(&mut dice);
        let truth = described(&whole);
        assert_eq!((truth.unknown.as_slice(), truth.additive.len()), ([].as_slice(), 0));
        assert_eq!(calls(&specs(&truth), &truth.snapshot), Vec::<String>::new());
        let mut all = Vec::new();
        paths(&whole["Resources"], &mut Vec::new(), &mut all);
        all.retain(|path| path.len() != 1);
        for punch in punches(&mut dice, &all) {
            let mut template = whole.clone();
            for path in &punch {
                if let Some(value) = at(&mut template["Resources"], path) {
                    *value = unknown.clone();
                }
            }
            let described = described(&template);
            assert!(!described.unknown.is_empty(), "{punch:?} is not listed");
            let imported = specs(&described);
            let calls = calls(&imported, &truth.snapshot);
            assert!(calls.is_empty(), "seed {seed}, {punch:?}: {calls:#?}\n{:#?}\n{:#?}", imported.files, described.unknown);
        }
    }
}

/// The same template as Terraform plans it.
fn terraform(template: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    let resources = template["Resources"].as_object().unwrap();
    let mut add = |kind: &str, name: &str, values: Value| {
        out.push(json!({"address": format!("aws_iam_{kind}.{name}"), "mode": "managed", "type": format!("aws_iam_{kind}"), "name": name, "values": values}));
    };
    // A reference is the name that it leads to.
    let name_of = |value: &Value| match value.get("Ref").and_then(Value::as_str) {
        Some(id) => {
            let properties = &resources[id]["Properties"];
            ["RoleName", "UserName", "GroupName"].iter().find_map(|key| properties.get(key)).unwrap().clone()
        }
        None => value.clone(),
    };
    let names = |value: &Value| -> Vec<Value> { value.as_array().into_iter().flatten().map(name_of).collect() };
    let tags = |value: &Value| -> Map<String, Value> {
        let pair = |tag: &Value| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone());
        value.as_array().into_iter().flatten().map(pair).collect()
    };
    for (id, resource) in resources {
        let p = &resource["Properties"];
        let attached = |kind: &str, word: &str, name: &Value, add: &mut dyn FnMut(&str, &str, Value)| {
            for (n, policy) in p["Policies"].as_array().into_iter().flatten().enumerate() {
                let document = policy["PolicyDocument"].to_string();
                add(
                    &format!("{kind}_policy"),
                    &format!("{id}-{n}"),
                    json!({word: name, "name": policy["PolicyName"], "policy": document}),
                );
            }
            for (n, arn) in p["ManagedPolicyArns"].as_array().into_iter().flatten().enumerate() {
                add(&format!("{kind}_policy_attachment"), &format!("{id}-{n}"), json!({word: name, "policy_arn": arn}));
            }
        };
        match resource["Type"].as_str().unwrap() {
            "AWS::IAM::Role" if id == "R0" => {
                let inline: Vec<Value> = p["Policies"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|i| json!({"name": i["PolicyName"], "policy": i["PolicyDocument"].to_string()}))
                    .collect();
                add(
                    "role",
                    id,
                    json!({"name": p["RoleName"], "path": p["Path"], "assume_role_policy": p["AssumeRolePolicyDocument"].to_string(),
                    "description": "A role", "max_session_duration": 7200, "tags": tags(&p["Tags"]), "managed_policy_arns": p["ManagedPolicyArns"], "inline_policy": inline}),
                );
            }
            "AWS::IAM::Role" => {
                add(
                    "role",
                    id,
                    json!({"name": p["RoleName"], "path": p["Path"], "assume_role_policy": p["AssumeRolePolicyDocument"].to_string(), "tags": tags(&p["Tags"])}),
                );
                attached("role", "role", &p["RoleName"], &mut add);
                let names: Vec<&Value> = p["Policies"].as_array().unwrap().iter().map(|i| &i["PolicyName"]).collect();
                add("role_policies_exclusive", id, json!({"role_name": p["RoleName"], "policy_names": names}));
                add(
                    "role_policy_attachments_exclusive",
                    id,
                    json!({"role_name": p["RoleName"], "policy_arns": p["ManagedPolicyArns"]}),
                );
            }
            "AWS::IAM::User" => {
                add("user", id, json!({"name": p["UserName"], "path": "/", "tags": tags(&p["Tags"])}));
                attached("user", "user", &p["UserName"], &mut add);
                add("user_group_membership", id, json!({"user": p["UserName"], "groups": names(&p["Groups"])}));
            }
            "AWS::IAM::Group" => {
                add("group", id, json!({"name": p["GroupName"], "path": "/"}));
                attached("group", "group", &p["GroupName"], &mut add);
            }
            "AWS::IAM::ManagedPolicy" => {
                let name = p["ManagedPolicyName"].as_str().unwrap();
                add(
                    "policy",
                    id,
                    json!({"name": name, "path": p["Path"], "policy": p["PolicyDocument"].to_string(), "tags": tags(&p["Tags"])}),
                );
                add(
                    "policy_attachment",
                    id,
                    json!({"policy_arn": format!("arn:aws:iam::111111111111:policy/app/{name}"),
                    "roles": names(&p["Roles"]), "users": names(&p["Users"]), "groups": names(&p["Groups"])}),
                );
            }
            "AWS::IAM::Policy" | "AWS::IAM::RolePolicy" => {
                for (key, word) in [("Roles", "role"), ("Users", "user"), ("Groups", "group"), ("RoleName", "role")] {
                    let list = match &p[key] {
                        list @ Value::Array(_) => names(list),
                        Value::Null => Vec::new(),
                        one => vec![name_of(one)],
                    };
                    for (n, holder) in list.iter().enumerate() {
                        add(
                            &format!("{word}_policy"),
                            &format!("{id}-{n}"),
                            json!({word: holder, "name": p["PolicyName"], "policy": p["PolicyDocument"].to_string()}),
                        );
                    }
                }
            }
            "AWS::IAM::UserToGroupAddition" => {
                add("group_membership", id, json!({"group": name_of(&p["GroupName"]), "users": names(&p["Users"])}));
            }
            "AWS::IAM::InstanceProfile" => {
                add(
                    "instance_profile",
                    id,
                    json!({"name": p["InstanceProfileName"], "path": p["Path"], "role": name_of(&p["Roles"][0]), "tags": {"held": "yes"}}),
                );
            }
            other => unreachable!("{other}"),
        }
    }
    // Every second resource with tags is of a provider that adds some.
    for resource in out.iter_mut().step_by(2) {
        let values = resource["values"].as_object_mut().unwrap();
        if let Some(Value::Object(own)) = values.get("tags").cloned() {
            let all: Map<String, Value> = [("managed".to_owned(), json!("tf"))].into_iter().chain(own).collect();
            values.insert("tags_all".to_owned(), Value::Object(all));
        }
    }
    out
}

/// The paths of all values of resources. Where `tags_all` says all, `tags` says nothing that counts.
fn all_paths(resources: &[Value]) -> Vec<(usize, Vec<String>)> {
    let mut all = Vec::new();
    for (n, resource) in resources.iter().enumerate() {
        let mut found = Vec::new();
        paths(&resource["values"], &mut Vec::new(), &mut found);
        let has_all = resource["values"].get("tags_all").is_some();
        all.extend(found.into_iter().filter(|path| !(has_all && path[0] == "tags")).map(|path| (n, path)));
    }
    all
}

/// A plan of these resources, in which the values at the paths are known only after the apply.
fn planned(resources: &[Value], punch: &[(usize, Vec<String>)]) -> Value {
    let mut resources = resources.to_vec();
    let mut unknown: Vec<Value> = vec![json!({}); resources.len()];
    for (n, path) in punch {
        let (Some((last, before)), values) = (path.split_last(), &mut resources[*n]["values"]) else { continue };
        let Some(parent) = at(values, before) else { continue };
        match parent {
            Value::Object(map) => drop(map.remove(last)),
            Value::Array(list) => list[last.parse::<usize>().unwrap()] = Value::Null,
            _ => continue,
        }
        let mut here = &mut unknown[*n];
        let mut original = &resources[*n]["values"];
        for key in path {
            if here.is_boolean() {
                break;
            }
            if let Value::Array(list) = original {
                if !here.is_array() {
                    *here = list.iter().map(|item| if item.is_object() { json!({}) } else { json!(false) }).collect();
                }
                let n = key.parse::<usize>().unwrap();
                original = &list[n];
                here = &mut here.as_array_mut().unwrap()[n];
            } else {
                if !here.is_object() {
                    *here = json!({});
                }
                original = original.get(key).unwrap_or(&Value::Null);
                here = here.as_object_mut().unwrap().entry(key.clone()).or_insert(json!({}));
            }
        }
        *here = json!(true);
    }
    let changes: Vec<Value> = resources
        .iter()
        .zip(&unknown)
        .map(|(r, u)| json!({"address": r["address"], "change": {"actions": ["create"], "after_unknown": u}}))
        .collect();
    let configured: Vec<Value> = resources
        .iter()
        .zip(&unknown)
        .map(|(r, u)| {
            let keys = r["values"].as_object().unwrap().keys().chain(u.as_object().unwrap().keys());
            let expressions: Map<String, Value> = keys.map(|key| (key.clone(), json!({"references": ["var.x"]}))).collect();
            json!({"mode": "managed", "type": r["type"], "name": r["name"], "expressions": expressions, "provider_config_key": "aws"})
        })
        .collect();
    // A provider knows all tags of a resource, unless it does not know its own yet.
    let late = punch.iter().any(|(_, path)| path[0] == "tags_all");
    let own = if late { json!({"references": ["var.x"]}) } else { json!({"constant_value": {"managed": "tf"}}) };
    let provider = json!({"aws": {"name": "aws", "expressions": {"default_tags": [{"tags": own}]}}});
    json!({"format_version": "1.2", "planned_values": {"root_module": {"resources": resources}}, "resource_changes": changes,
        "configuration": {"provider_config": provider, "root_module": {"resources": configured}}})
}

#[test]
fn a_plan_of_terraform_with_values_that_are_not_known_takes_nothing_from_the_account() {
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let resources = terraform(&template(&mut dice));
        let read = |punch: &[(usize, Vec<String>)]| {
            read_terraform("plan.json", &planned(&resources, punch).to_string(), &identity()).unwrap()
        };
        let truth = read(&[]);
        assert_eq!((truth.unknown.as_slice(), truth.additive.len()), ([].as_slice(), 0));
        let all = all_paths(&resources);
        for punch in punches(&mut dice, &all) {
            let described = read(&punch);
            assert!(!described.unknown.is_empty(), "{punch:?} of {} is not listed", resources[punch[0].0]);
            let imported = specs(&described);
            let calls = calls(&imported, &truth.snapshot);
            assert!(calls.is_empty(), "seed {seed}, {punch:?}: {calls:#?}\n{:#?}\n{:#?}", imported.files, described.unknown);
        }
    }
}

#[test]
fn a_state_of_terraform_with_values_that_cannot_be_read_takes_nothing_from_the_account() {
    // What no attribute of these resources holds.
    let unreadable = json!([[true]]);
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let resources = terraform(&template(&mut dice));
        let read = |punch: &[(usize, Vec<String>)]| {
            let mut resources = resources.clone();
            for (n, path) in punch {
                if let Some(value) = at(&mut resources[*n]["values"], path) {
                    *value = unreadable.clone();
                }
            }
            let state = json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}});
            read_terraform("state.json", &state.to_string(), &identity()).unwrap()
        };
        let truth = read(&[]);
        assert_eq!((truth.unknown.as_slice(), truth.additive.len()), ([].as_slice(), 0));
        let all = all_paths(&resources);
        for punch in punches(&mut dice, &all) {
            let described = read(&punch);
            assert!(!described.unknown.is_empty(), "{punch:?} of {} is not listed", resources[punch[0].0]);
            let imported = specs(&described);
            let calls = calls(&imported, &truth.snapshot);
            assert!(calls.is_empty(), "seed {seed}, {punch:?}: {calls:#?}\n{:#?}\n{:#?}", imported.files, described.unknown);
        }
    }
}
