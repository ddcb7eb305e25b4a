//! The binary from outside, on accounts that are files: each test holds a mistake that was once made.

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

const PROJECT: &str =
    "version: 1\nstack: ml\nspecs: [specs]\ndefault_account: local\naccounts:\n  local: {embedded: account.json}\n";
const EC2: &str = "trust: [{service: ec2.amazonaws.com}]";
const ALLOW: &str = r#"{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}"#;

/// A project in a folder of its own.
struct World(tempfile::TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl World {
    fn new(spec: &str) -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(world.path().join("specs")).unwrap();
        world.write("iamctl.yaml", PROJECT);
        world.spec(spec);
        world
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path().join(file), text).unwrap();
    }

    fn spec(&self, text: &str) {
        self.write("specs/a.yaml", text);
    }

    fn account(&self, content: Value) {
        let mut account = json!({
            "format_version": 1, "account": {"id": "000000000000", "partition": "aws"}, "serial": 0, "roles": {}, "policies": {},
            "users": {}, "groups": {}, "instance_profiles": {}, "oidc_providers": {}, "saml_providers": {}
        });
        for (key, value) in content.as_object().unwrap() {
            account[key] = value.clone();
        }
        self.write("account.json", &account.to_string());
    }

    fn read_account(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path().join("account.json")).unwrap()).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(self.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn plan(&self, args: &[&str]) -> Value {
        let ran = self.run(&[&["plan", "--format", "json"], args].concat());
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}\n{}\n{}", ran.out, ran.err))
    }

    fn apply(&self, args: &[&str]) {
        let ran = self.run(&[&["apply", "--yes"], args].concat());
        assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    }
}

fn role(extra: Value) -> Value {
    let mut role = json!({
        "path": "/", "id": "AROAAAAAAAAAAAAAAAAAA", "description": null, "max_session_duration": 3600,
        "trust": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
        "permissions_boundary": null, "tags": {"iamctl:stack": "ml"}, "inline_policies": {}, "attached_policies": [],
        "created": "2024-01-01T00:00:00Z", "last_used": null
    });
    for (key, value) in extra.as_object().unwrap() {
        role[key] = value.clone();
    }
    role
}

fn codes(plan: &Value) -> Vec<&str> {
    plan["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect()
}

fn actions(plan: &Value) -> Vec<(&str, &str)> {
    let changes = plan["changes"].as_array().unwrap();
    changes.iter().map(|c| (c["address"].as_str().unwrap(), c["action"].as_str().unwrap())).collect()
}

#[test]
fn an_account_file_that_lists_no_quotas_has_the_default_ones_in_the_plan_too() {
    let names = ["S3", "EC2", "SQS", "SNS", "VPC", "RDS", "DynamoDB", "ECS_", "Route53", "Kinesis"];
    let attached: Vec<String> = names.iter().map(|n| format!("arn:aws:iam::aws:policy/Amazon{n}FullAccess")).collect();
    let kept = names[..9].iter().map(|n| format!("aws/Amazon{n}FullAccess")).collect::<Vec<_>>().join(", ");
    let world = World::new(&format!(
        "policies: {{New: {{document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"kinesis:Get*\", Resource: \"*\"}}]}}}}}}\nroles:\n  full: {{{EC2}, managed_policies: [New, {kept}]}}\n"
    ));
    world.account(json!({"roles": {"full": role(json!({"attached_policies": attached}))}}));
    let plan = world.plan(&[]);
    assert_eq!(plan["gaps"].as_array().map(Vec::len), Some(1), "{plan:#}");
    let message = plan["gaps"][0]["message"].as_str().unwrap();
    assert!(message.contains("until s") && message.contains("`kinesis:Get"), "{message}");
    world.apply(&[]);
    assert_eq!(world.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn what_two_stacks_attached_stays_until_both_let_go() {
    let wants = "users:\n  alice: {managed_policies: [aws/ReadOnlyAccess]}\n";
    let lets_go = "users:\n  alice: {}\n";
    let world = World::new("users:\n  alice: {create: true, managed_policies: [aws/ReadOnlyAccess]}\n");
    world.write("two.yaml", wants);
    world.apply(&[]);
    world.apply(&["--stack", "two", "two.yaml"]);
    world.spec("users:\n  alice: {create: true}\n");
    world.apply(&[]);
    let attached = |world: &World| world.read_account()["users"]["alice"]["attached_policies"].as_array().unwrap().len();
    assert_eq!(attached(&world), 1, "the other stack still wants it");
    assert_eq!(world.run(&["plan", "--stack", "two", "--detailed-exitcode", "two.yaml"]).code, 0);
    world.write("two.yaml", lets_go);
    world.apply(&["--stack", "two", "two.yaml"]);
    assert_eq!(attached(&world), 0, "the last one detaches");
}

#[test]
fn a_stack_whose_entry_is_gone_leaves_what_another_stack_attached_too() {
    let wants = "users:\n  alice: {managed_policies: [aws/ReadOnlyAccess]}\n";
    let world = World::new("users:\n  alice: {create: true, managed_policies: [aws/ReadOnlyAccess]}\n");
    world.write("two.yaml", wants);
    world.apply(&[]);
    world.apply(&["--stack", "two", "two.yaml"]);
    world.write("two.yaml", &format!("roles:\n  other: {{{EC2}}}\n"));
    let plan = world.plan(&["--stack", "two", "--prune", "two.yaml"]);
    assert_eq!(actions(&plan), [("role/other", "create"), ("user/alice", "detach_only")]);
    assert!(!plan.to_string().contains("DetachUserPolicy"), "{plan:#}");
    world.apply(&["--stack", "two", "--prune", "two.yaml"]);
    assert_eq!(world.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn a_trust_that_names_a_role_which_the_plan_deletes_is_an_error_in_the_users_words() {
    let world = World::new(&format!("roles:\n  old: {{{EC2}}}\n  new: {{trust: [{{aws: role/old}}]}}\n"));
    world.apply(&[]);
    world.spec("roles:\n  new:\n    trust: [{aws: role/old}]\n");
    let plan = world.plan(&[]);
    assert_eq!(codes(&plan), ["unknown-principal"], "{plan:#}");
    assert_eq!((plan["findings"][0]["line"].as_u64(), plan["findings"][0]["file"].as_str()), (Some(3), Some("specs/a.yaml")));
    assert!(plan["findings"][0]["help"].as_str().unwrap().contains("release: [role/old]"));
    assert_eq!(world.run(&["apply", "--yes", "--allow-delete", "role/old"]).code, 1);
}

#[test]
fn a_role_on_another_path_is_named_where_a_trust_misses_it() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n  s: {{trust: [{{aws: role/r}}]}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  r: {{{EC2}, path: /new/}}\n  s: {{trust: [{{aws: role/r}}]}}\n"));
    let ran = world.run(&["plan"]);
    assert!(ran.out.contains("the account has it as `arn:aws:iam::000000000000:role/r`"), "{}", ran.out);
    world.apply(&["--replace", "role/r"]);
    assert_eq!(world.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn an_instance_profile_is_replaced_on_the_users_word_alone_and_with_its_role() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}, instance_profile: p}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  r: {{{EC2}, path: /new/, instance_profile: p}}\n"));
    let ran = world.run(&["plan"]);
    assert!(ran.out.contains("cannot change the path of an instance profile"), "{}", ran.out);
    let alone = world.plan(&["--replace", "instance-profile/p"]);
    assert_eq!(actions(&alone), [("instance-profile/p", "replace")], "{alone:#}");
    world.apply(&["--replace", "instance-profile/p", "--replace", "role/r"]);
    let account = world.read_account();
    assert_eq!(account["instance_profiles"]["p"]["path"], "/new/");
    assert_eq!(account["instance_profiles"]["p"]["role"], "r");
    assert_eq!(world.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn a_replaced_policy_moves_on_an_additive_group_too() {
    let spec =
        |path: &str| format!("policies: {{P: {{path: {path}, document: {ALLOW}}}}}\ngroups:\n  g: {{managed_policies: [P]}}\n");
    let world = World::new(&spec("/"));
    world.apply(&[]);
    world.spec(&spec("/new/"));
    let text = world.run(&["plan", "--replace", "policy/P"]).out;
    assert!(text.contains("+ arn:aws:iam::000000000000:policy/new/P"), "the two ARNs are told apart:\n{text}");
    assert!(text.contains("is missing until s"), "{text}");
    world.apply(&["--replace", "policy/P"]);
    assert_eq!(world.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn specs_that_declare_nothing_plan_nothing() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    world.apply(&[]);
    world.spec("version: 1\n");
    let plan = world.plan(&[]);
    assert_eq!((codes(&plan), actions(&plan)), (vec!["empty-set"], Vec::new()));
    assert!(world.run(&["apply", "--yes"]).err.contains("declare nothing"));
}

#[test]
fn a_saved_plan_is_not_given_to_another_stack() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    assert_eq!(world.run(&["plan", "--out", "p.json"]).code, 0);
    let ran = world.run(&["apply", "--yes", "--stack", "other", "p.json"]);
    assert_eq!(ran.code, 64, "{}", ran.err);
    assert!(ran.err.contains("`--stack`"), "{}", ran.err);
}

#[test]
fn a_saved_plan_that_is_missing_or_of_another_format_says_so() {
    let world = World::new("version: 1\n");
    let ran = world.run(&["apply", "--yes", "gone.json"]);
    assert!(ran.err.contains("cannot be read"), "{}", ran.err);
    world.write("p.json", r#"{"format_version": 2}"#);
    let ran = world.run(&["apply", "--yes", "p.json"]);
    assert!(ran.err.contains("plan format 2"), "{}", ran.err);
}

#[test]
fn a_stale_plan_says_that_a_role_was_made_anew() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  r: {{{EC2}, description: d}}\n"));
    assert_eq!(world.run(&["plan", "--out", "p.json"]).code, 0);
    let mut account = world.read_account();
    account["roles"]["r"]["id"] = json!("AROABBBBBBBBBBBBBBBBB");
    world.write("account.json", &account.to_string());
    let ran = world.run(&["apply", "--yes", "p.json"]);
    assert_eq!(ran.code, 5);
    assert!(ran.err.contains("`role/r` (recreated under the same name)"), "{}", ran.err);
}

#[test]
fn a_misspelt_address_is_wrong_usage_and_not_an_empty_plan() {
    let world = World::new(&format!("roles:\n  reader: {{{EC2}}}\n"));
    for flag in ["--target", "--replace", "--take-over"] {
        let ran = world.run(&["plan", flag, "role/raeder"]);
        assert_eq!(ran.code, 64, "{flag}: {}", ran.out);
        assert!(ran.err.contains("did you mean `role/reader`"), "{}", ran.err);
    }
    assert_eq!(world.run(&["plan", "--adopt=role/raeder"]).code, 64);
}

#[test]
fn a_snapshot_never_overwrites_the_account() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    world.apply(&[]);
    let before = world.read_account();
    assert_eq!(world.run(&["snapshot", "-o", "account.json"]).code, 64);
    assert_eq!(world.read_account(), before);
    let ran = world.run(&["snapshot", "-o", "s.json"]);
    assert!(ran.err.contains("1 role, 0 policies"), "{}", ran.err);
}

#[test]
fn blocked_entities_are_named_when_the_rest_was_applied() {
    let world = World::new(&format!("roles:\n  mine: {{{EC2}}}\n  theirs: {{{EC2}}}\n"));
    world.account(json!({"roles": {"theirs": role(json!({"tags": {}}))}}));
    let ran = world.run(&["apply", "--yes"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("blocked, and left alone: `role/theirs`"), "{}", ran.err);
    assert!(ran.out.contains("help: to adopt it"), "{}", ran.out);
    assert!(!ran.out.contains("not-adopted"), "the change says it already:\n{}", ran.out);
    assert_eq!(world.read_account()["roles"]["mine"]["path"], "/");
}

#[test]
fn members_of_a_group_are_not_called_policies() {
    let world = World::new("users: {u: {create: true}}\ngroups: {g: {users: [u]}}\n");
    world.apply(&[]);
    world.spec("users: {u: {create: true}}\ngroups: {g: {users: []}}\n");
    let ran = world.run(&["plan"]);
    assert!(ran.out.contains("1 member not in the spec stays: `u`"), "{}", ran.out);
}

#[test]
fn principals_with_the_same_verdict_share_a_line() {
    let world = World::new(&format!(
        "roles:\n  a: {{{EC2}, managed_policies: [aws/ReadOnlyAccess]}}\n  b: {{{EC2}, managed_policies: [aws/ReadOnlyAccess]}}\n"
    ));
    let text = world.run(&["plan"]).out;
    if text.contains("undecided") {
        assert!(text.contains("role/a, role/b  undecided"), "{text}");
    }
}

#[test]
fn destroy_does_not_speak_of_specs() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    world.apply(&[]);
    let ran = world.run(&["destroy", "--yes"]);
    assert_eq!(ran.code, 0);
    assert!(!ran.out.contains("spec"), "{}", ran.out);
}

#[test]
fn an_apply_that_is_refused_still_reports_in_json() {
    let world = World::new(&format!("roles:\n  a: {{{EC2}}}\n  b: {{{EC2}}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  a: {{{EC2}}}\n"));
    let ran = world.run(&["apply", "--yes", "--format", "json", "--max-deletes", "0"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("1 entity would be deleted"), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((report["done"].as_array().unwrap().len(), report["not_attempted"].as_array().unwrap().len()), (0, 1));
    assert_eq!(report["converged"], false);
}

#[test]
fn a_protected_role_that_is_declared_is_not_asked_to_be_declared_again() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}, protect: true}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  r: {{{EC2}, protect: true, path: /x/}}\n"));
    let plan = world.plan(&["--replace", "role/r"]);
    let message = plan["guards"][0]["message"].as_str().unwrap();
    assert!(message.contains("is not replaced") && !message.contains("declare it again"), "{message}");
}

#[test]
fn a_boundary_that_no_spec_mentions_is_named_as_what_holds_a_policy() {
    let world = World::new(&format!("policies: {{P: {{document: {ALLOW}}}}}\nroles:\n  r: {{{EC2}, permissions_boundary: P}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  r: {{{EC2}}}\n"));
    let plan = world.plan(&[]);
    let finding = plan["findings"].as_array().unwrap().iter().find(|f| f["code"] == "delete-conflict").unwrap();
    assert!(finding["help"].as_str().unwrap().contains("permissions_boundary: none"), "{finding}");
}

#[test]
fn a_target_that_is_owned_and_not_declared_is_spoken_of() {
    let world = World::new(&format!("roles:\n  a: {{{EC2}}}\n  b: {{{EC2}}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  a: {{{EC2}}}\n"));
    let plan = world.plan(&["--target", "role/b"]);
    assert_eq!((codes(&plan), actions(&plan)), (vec!["not-pruned"], Vec::new()));
}

#[test]
fn a_plan_that_is_not_complete_is_not_offered_for_applying() {
    let world = World::new("oidc_providers: {x.example.com: {client_ids: [a]}}\n");
    world.write(
        "dump.json",
        r#"{"UserDetailList": [{"Path": "/", "UserName": "u", "UserId": "AIDAAAAAAAAAAAAAAAAAA", "Arn": "arn:aws:iam::111111111111:user/u",
            "CreateDate": "2024-01-01T00:00:00Z", "GroupList": [], "AttachedManagedPolicies": []}],
            "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#,
    );
    let ran = world.run(&["plan", "--against", "dump.json", "--out", "p.json"]);
    assert!(ran.err.contains("never applied") && !ran.err.contains("apply it with"), "{}", ran.err);
}

#[test]
fn an_address_beside_adopt_is_not_taken_for_a_path() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    let ran = world.run(&["plan", "--adopt", "role/r"]);
    assert_eq!(ran.code, 64);
    assert!(ran.err.contains("write `--adopt=role/r`"), "{}", ran.err);
}

#[test]
fn an_aws_policy_that_nobody_can_be_asked_about_is_a_warning_offline_and_an_error_on_an_account_file() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    world.apply(&[]);
    assert_eq!(world.run(&["snapshot", "-o", "s.json"]).code, 0);
    world.spec(&format!("roles:\n  r: {{{EC2}, managed_policies: [aws/BrandNewAccess]}}\n"));
    let plan = world.plan(&["--against", "s.json"]);
    assert!(codes(&plan).contains(&"unknown-aws-policy"), "{plan:#}");
    assert_eq!(plan["steps"].as_array().unwrap().len(), 1);
    assert_eq!(world.run(&["plan", "--against", "s.json"]).code, 0);
    assert_eq!(world.run(&["plan"]).code, 3);
}

#[test]
fn a_user_whom_nobody_has_is_named() {
    let world = World::new("groups: {g: {users: [ghost]}}\n");
    let plan = world.plan(&[]);
    assert_eq!(codes(&plan), ["user-missing"]);
    assert!(plan["findings"][0]["message"].as_str().unwrap().contains("`ghost`"), "{plan:#}");
}

/// The operations of a plan, in its order.
fn operations(plan: &Value) -> Vec<&str> {
    plan["steps"].as_array().unwrap().iter().map(|s| s["operation"].as_str().unwrap()).collect()
}

#[test]
fn a_boundary_is_exchanged_where_it_lets_nothing_through_that_neither_end_allows() {
    let spec = |boundary: &str, policies: &str| {
        format!("roles:\n  r: {{{EC2}, permissions_boundary: aws/{boundary}, managed_policies: [{policies}]}}\n")
    };
    let (two, one) = ("aws/AmazonS3FullAccess, aws/AmazonSQSFullAccess", "aws/AmazonS3FullAccess");
    let world = World::new(&spec("PowerUserAccess", two));
    world.apply(&[]);
    world.spec(&spec("ReadOnlyAccess", one));
    // The old boundary would allow all that the new one does: what goes may go before or after.
    assert_eq!(operations(&world.plan(&[])), ["PutRolePermissionsBoundary", "DetachRolePolicy"]);
    world.apply(&[]);
    world.spec(&spec("PowerUserAccess", two));
    assert_eq!(operations(&world.plan(&[])), ["PutRolePermissionsBoundary", "AttachRolePolicy"]);
    world.spec(&spec("PowerUserAccess", "aws/AmazonSQSFullAccess"));
    let plan = world.plan(&[]);
    assert_eq!(operations(&plan), ["AttachRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary"]);
    assert_eq!(plan["order"], "proven", "{plan:#}");
}

#[test]
fn a_new_description_is_no_change_of_access() {
    let world = World::new(&format!("roles:\n  r: {{{EC2}}}\n"));
    world.apply(&[]);
    world.spec(&format!("roles:\n  r: {{{EC2}, description: d}}\n"));
    assert_eq!(world.plan(&[])["access"], json!([]));
}

#[test]
fn what_the_rules_find_is_told_and_forbids_no_apply() {
    let world = World::new(&format!("roles: {{admin: {{{EC2}, managed_policies: [aws/AdministratorAccess]}}}}\n"));
    let planned = world.run(&["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(&planned.out).unwrap();
    let graves = plan["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == "error").count();
    assert!(graves > 0, "an administrator is an error of the rules: {}", planned.out);
    assert_eq!(planned.code, 0, "and leaves the plan's exit code alone");
    let applied = world.run(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}", applied.err);
    assert_eq!(world.read_account()["roles"]["admin"]["attached_policies"][0], "arn:aws:iam::aws:policy/AdministratorAccess");
}
