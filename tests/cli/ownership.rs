//! Guards, ownership and saved plans, from outside: a row is a sentence, what is done, and how it ends.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

pub const LAMBDA: &str = "trust: [{service: lambda.amazonaws.com}]";

pub struct World(tempfile::TempDir);

pub struct Ran {
    pub code: i32,
    pub text: String,
}

impl World {
    pub fn new(stack: &str) -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(world.path().join("specs")).unwrap();
        world.stack(stack);
        world
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn stack(&self, stack: &str) {
        let text = format!(
            "version: 1\nstack: {stack}\nspecs: [specs]\ndefault_account: local\naccounts: {{local: {{embedded: account.json}}}}\n"
        );
        std::fs::write(self.path().join("iamctl.yaml"), text).unwrap();
    }

    pub fn spec(&self, text: &str) {
        std::fs::write(self.path().join("specs/a.yaml"), format!("version: 1\n{text}")).unwrap();
    }

    pub fn run(&self, line: &str) -> Ran {
        let output = Command::cargo_bin("iamctl").unwrap().args(line.split(' ')).current_dir(self.path()).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ran { code: output.status.code().unwrap_or(-1), text }
    }

    pub fn applies(&self, text: &str) {
        self.spec(text);
        let ran = self.run("apply --yes");
        assert_eq!(ran.code, 0, "{}", ran.text);
        let again = self.run("plan --detailed-exitcode");
        assert_eq!(again.code, 0, "a plan after an apply is empty: {}", again.text);
    }

    pub fn account(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path().join("account.json")).unwrap()).unwrap()
    }
}

pub fn roles(count: usize) -> String {
    (0..count).fold("roles:\n".to_owned(), |all, n| format!("{all}  r{n}: {{{LAMBDA}}}\n"))
}

#[test]
fn a_small_stack_is_not_emptied_without_a_second_word() {
    let world = World::new("t");
    world.applies(&roles(4));
    world.spec(&format!("roles: {{other: {{{LAMBDA}}}}}\n"));
    let ran = world.run("apply --yes");
    assert!(ran.code == 4 && ran.text.contains("--max-deletes-percent 100"), "{}", ran.text);
    assert_eq!(world.run("apply --yes --max-deletes-percent 100").code, 0);
    world.applies(&roles(2));
}

#[test]
fn access_is_not_taken_from_many_at_once_without_a_second_word() {
    let world = World::new("t");
    let users = |policies: &str, create: &str| {
        (0..12).fold("users:\n".to_owned(), |all, n| format!("{all}  u{n}: {{{create}{policies}}}\n"))
    };
    world.stack("hr");
    world.applies(&users("", "create: true"));
    world.stack("t");
    world.applies(&users("managed_policies: [aws/AWSBatchFullAccess]", ""));
    world.spec(&users("", ""));
    let ran = world.run("apply --yes");
    assert!(ran.code == 4 && ran.text.contains("--max-revoked 12"), "{}", ran.text);
    assert_eq!(world.run("apply --yes --max-revoked 12").code, 0);
}

#[test]
fn a_saved_plan_that_was_edited_anywhere_is_refused() {
    let world = World::new("t");
    world.applies(&roles(2));
    world.spec(&format!("roles: {{r0: {{{LAMBDA}, description: new}}, r1: {{{LAMBDA}}}}}\n"));
    let file = world.path().join("plan.json");
    assert_eq!(world.run("plan --out plan.json").code, 0);
    let saved = std::fs::read_to_string(&file).unwrap();
    let plan: Value = serde_json::from_str(&saved).unwrap();
    for key in ["guards", "changes", "access", "fingerprints", "findings", "steps"] {
        let mut edited = plan.clone();
        edited[key] = Value::Array(Vec::new());
        std::fs::write(&file, serde_json::to_string_pretty(&edited).unwrap()).unwrap();
        let ran = world.run("apply --yes plan.json");
        assert!(ran.code == 5 && ran.text.contains("not as it was saved"), "{key}: {}", ran.text);
    }
    let without = |key: &str| {
        let mut edited = plan.clone();
        edited.as_object_mut().unwrap().remove(key);
        serde_json::to_string_pretty(&edited).unwrap()
    };
    // Also where what is left is no plan any more.
    let removed = plan.as_object().unwrap().keys().map(|key| without(key));
    let retyped = [
        ("\"complete\": true", "\"complete\":  true"),
        ("\"complete\": true", "\"complete\": 1"),
        ("\"file_digest\"", "\"file_digest \""),
        ("\"format_version\": 1", "\"format_version\": 2"),
    ];
    for edited in removed.chain(retyped.map(|(from, to)| saved.replacen(from, to, 1))) {
        std::fs::write(&file, &edited).unwrap();
        let ran = world.run("apply --yes plan.json");
        assert!(ran.code == 5 && ran.text.contains("not as it was saved"), "{}\n{edited}", ran.text);
    }
    std::fs::write(&file, "{}").unwrap();
    let ran = world.run("apply --yes plan.json");
    assert!(ran.code == 1 && ran.text.contains("is not a saved plan"), "{}", ran.text);
    std::fs::write(&file, &saved).unwrap();
    assert_eq!(world.run("apply --yes plan.json").code, 0);
}

#[test]
fn a_saved_plan_is_judged_by_the_guards_of_today_and_by_what_holds_the_role_now() {
    let world = World::new("t");
    world.applies(&roles(3));
    world.spec(&roles(2));
    assert_eq!(world.run("plan --out plan.json").code, 0);
    let project = world.path().join("iamctl.yaml");
    let before = std::fs::read_to_string(&project).unwrap();
    std::fs::write(&project, format!("{before}guards: {{max_deletes: 0}}\n")).unwrap();
    let ran = world.run("apply --yes plan.json");
    assert!(ran.code == 4 && ran.text.contains("max_deletes"), "{}", ran.text);
    std::fs::write(&project, before).unwrap();
    // Somebody lets another role be assumed by it.
    let other = World(tempfile::tempdir().unwrap());
    std::fs::create_dir(other.path().join("specs")).unwrap();
    other.stack("other");
    std::fs::copy(world.path().join("account.json"), other.path().join("account.json")).unwrap();
    other.applies("roles: {door: {trust: [{aws: role/r2}]}}\n");
    std::fs::copy(other.path().join("account.json"), world.path().join("account.json")).unwrap();
    let ran = world.run("apply --yes plan.json");
    assert!(ran.code == 5 && ran.text.contains("role/r2"), "{}", ran.text);
}

#[test]
fn what_was_there_before_is_released_and_not_deleted() {
    let world = World::new("maker");
    world.applies(&format!("roles: {{exec: {{{LAMBDA}}}}}\n"));
    world.spec("release: [role/exec]\n");
    assert_eq!(world.run("apply --yes").code, 0);
    world.stack("t");
    world.applies(&format!(
        "roles: {{exec: {{manage: additive, adopt: true, {LAMBDA}, managed_policies: [aws/AmazonSQSReadOnlyAccess]}}, keep: {{{LAMBDA}}}}}\n"
    ));
    world.applies(&format!("roles: {{keep: {{{LAMBDA}}}}}\n"));
    let role = &world.account()["roles"]["exec"];
    assert_eq!((&role["attached_policies"], &role["tags"]), (&serde_json::json!([]), &serde_json::json!({})));
}

#[test]
fn a_policy_that_goes_comes_off_what_is_released_in_the_same_plan() {
    let world = World::new("s");
    let statement = "{Effect: Allow, Action: 's3:List*', Resource: '*'}";
    world.applies(&format!(
        "policies: {{P: {{document: {{Version: '2012-10-17', Statement: [{statement}]}}}}}}\nroles: {{keep: {{{LAMBDA}}}, gone: {{{LAMBDA}, managed_policies: [P, aws/ReadOnlyAccess]}}}}"
    ));
    world.applies(&format!("release: [role/gone]\nroles: {{keep: {{{LAMBDA}}}}}"));
    let account = world.account();
    assert_eq!(account["roles"]["gone"]["attached_policies"], serde_json::json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]));
    assert_eq!((&account["roles"]["gone"]["tags"], &account["policies"]), (&serde_json::json!({}), &serde_json::json!({})));
}

#[test]
fn what_another_stack_attached_to_is_not_deleted() {
    let world = World::new("t");
    world.applies(&format!("roles: {{shared: {{{LAMBDA}}}, keep: {{{LAMBDA}}}}}\n"));
    world.stack("other");
    world.applies("roles: {shared: {manage: attach_only, managed_policies: [aws/AmazonSQSReadOnlyAccess]}}\n");
    world.stack("t");
    world.spec(&format!("roles: {{keep: {{{LAMBDA}}}}}\n"));
    let ran = world.run("apply --yes");
    assert!(ran.code == 4 && ran.text.contains("`other`"), "{}", ran.text);
    assert!(world.account()["roles"]["shared"].is_object());
}

#[test]
fn attaching_alone_needs_no_trust_and_no_ownership_and_is_remembered() {
    let world = World::new("maker");
    world.applies(&format!("roles: {{exec: {{{LAMBDA}, tags: {{team: a}}}}}}\n"));
    world.stack("t");
    world.applies("roles: {exec: {manage: attach_only, managed_policies: [aws/AmazonSQSReadOnlyAccess]}}\n");
    assert_eq!(world.account()["roles"]["exec"]["tags"]["iamctl:stack"], "maker");
    world.applies("groups: {g: {}}\n");
    assert_eq!(world.account()["roles"]["exec"]["attached_policies"], serde_json::json!([]));
    for (spec, code) in [
        ("roles: {nobody: {manage: attach_only}}\n".to_owned(), "role-missing"),
        (format!("roles: {{exec: {{manage: attach_only, {LAMBDA}}}}}\n"), "wrong-value"),
        ("users: {u: {manage: attach_only}}\n".to_owned(), "wrong-value"),
    ] {
        world.spec(&spec);
        let ran = world.run("plan");
        assert!(ran.code != 0 && ran.text.contains(code) || ran.text.contains("attach_only"), "{spec}: {}", ran.text);
    }
}

#[test]
fn what_is_observed_is_shown_and_never_written() {
    let world = World::new("maker");
    world.applies(&format!("roles: {{exec: {{{LAMBDA}}}}}\n"));
    let before = world.account();
    world.stack("t");
    world.spec(&format!("roles: {{exec: {{manage: observe, description: other, {LAMBDA}}}}}\n"));
    let plan = world.run("plan --detailed-exitcode");
    assert!(plan.code == 2 && plan.text.contains("description"), "{}", plan.text);
    assert_eq!(world.run("apply --yes").code, 0);
    assert_eq!(world.account()["roles"], before["roles"]);
}

#[test]
fn a_policy_that_a_declared_group_holds_by_this_stacks_doing_can_go() {
    let world = World::new("t");
    let spec = |name: &str| {
        format!(
            "policies:\n  {name}: {{document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"s3:Get*\", Resource: \"*\"}}]}}}}\n\
             groups: {{g: {{managed_policies: [{name}]}}}}\n"
        )
    };
    world.applies(&spec("P"));
    world.applies(&spec("Q"));
    assert!(world.account()["policies"]["P"].is_null());
}

#[test]
fn tags_that_a_stack_set_on_a_user_go_with_their_declaration_and_others_stay() {
    let world = World::new("t");
    world.applies("users: {u: {create: true, tags: {team: admin, x: \"1\"}}}\n");
    world.stack("other");
    world.applies("users: {u: {tags: {cost: \"7\"}}}\n");
    world.stack("t");
    world.applies("users: {u: {create: true, tags: {x: \"1\"}}}\n");
    let tags = &world.account()["users"]["u"]["tags"];
    assert!(tags["team"].is_null() && tags["x"] == "1" && tags["cost"] == "7", "{tags}");
    world.applies("users: {u: {create: true, tags: {X: \"1\"}}}\n");
    let tags = &world.account()["users"]["u"]["tags"];
    assert!(tags["X"] == "1" && tags["x"].is_null(), "letter case is a difference: {tags}");
}

#[test]
fn the_lists_of_a_provider_are_exact_where_this_stack_created_it_and_added_to_where_not() {
    let world = World::new("t");
    let spec = |ids: &str, print: &str, more: &str| {
        format!(
            "oidc_providers: {{idp.example.com/Id: {{client_ids: [{ids}], thumbprints: [\"{}{print}\"]{more}}}}}\n",
            "A".repeat(39)
        )
    };
    world.applies(&spec("app1, app2", "1", ""));
    world.applies(&spec("app1", "2", ""));
    let provider = world.account()["oidc_providers"]["idp.example.com/Id"].clone();
    assert_eq!(provider["client_ids"], serde_json::json!(["app1"]));
    assert_eq!(provider["thumbprints"].as_array().unwrap().len(), 1, "{provider}");
    world.spec(&spec("app1", "2", "").replace("/Id", "/id"));
    let ran = world.run("plan");
    assert!(ran.text.contains("provider-case") || ran.text.contains("letter case"), "{}", ran.text);
    world.stack("other");
    world.applies(&spec("app3", "2", ""));
    assert_eq!(world.account()["oidc_providers"]["idp.example.com/Id"]["client_ids"], serde_json::json!(["app1", "app3"]));
}

#[test]
fn a_profile_may_have_a_path_and_tags_of_its_own() {
    let world = World::new("t");
    world.applies("roles: {r: {path: /app/, tags: {a: b}, trust: [{service: ec2.amazonaws.com}], instance_profile: {name: p, path: /, tags: {c: d}}}}\n");
    let profile = &world.account()["instance_profiles"]["p"];
    assert!(profile["path"] == "/" && profile["tags"]["c"] == "d" && profile["tags"]["a"].is_null(), "{profile}");
}

#[test]
fn what_create_only_began_is_finished_and_what_differs_later_is_a_note() {
    let world = World::new("t");
    let deny = "inline_policies: {d: {Version: \"2012-10-17\", Statement: [{Effect: Deny, Action: \"s3:*\", Resource: \"*\"}]}}";
    let spec = format!("roles: {{r: {{manage: create_only, {LAMBDA}, {deny}}}}}\n");
    world.applies(&spec);
    assert_eq!(world.account()["roles"]["r"]["tags"], serde_json::json!({}));
    // As a run leaves it that is killed after its first call.
    let file = world.path().join("account.json");
    let mut account = world.account();
    account["roles"]["r"]["tags"] = serde_json::json!({"iamctl:making": "t"});
    account["roles"]["r"]["inline_policies"] = serde_json::json!({});
    std::fs::write(&file, account.to_string()).unwrap();
    world.applies(&spec);
    assert!(world.account()["roles"]["r"]["inline_policies"]["d"].is_object());
    world.spec(&format!("roles: {{r: {{manage: create_only, description: other, {LAMBDA}, {deny}}}}}\n"));
    let ran = world.run("plan --detailed-exitcode");
    assert!(ran.code == 0 && ran.text.contains("create_only"), "{}", ran.text);
    // What others attach is drift as well.
    let mut account = world.account();
    account["roles"]["r"]["attached_policies"] = serde_json::json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
    std::fs::write(&file, account.to_string()).unwrap();
    world.spec(&spec);
    let ran = world.run("plan --detailed-exitcode");
    assert!(ran.code == 0 && ran.text.contains("does not list: `aws/AdministratorAccess`; `create_only`"), "{}", ran.text);
}
