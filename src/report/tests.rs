//! Golden tests over hand-built plans, outcomes and diagnostics.

use serde_json::{Value, json};

use super::*;
use crate::apply::{FailedStep, Outcome, StepOutcome, StepState};
use crate::diag::{Finding, Place};
use crate::plan::{Plan, StepId};

fn plan_text(plan: &Plan, paint: Paint) -> String {
    report_text(&crate::review::of_plan(plan, Default::default()), Detail::Full, paint)
}

fn plan_of(parts: Value) -> Plan {
    let mut plan = json!({
        "format_version": 1, "iamctl_version": "0.1.0", "stack": "ml-platform",
        "account": {"name": "prod", "id": "222222222222", "partition": "aws"},
        "digest": "sha256:0f1e", "complete": true,
        "summary": {"create": 0, "update": 0, "delete": 0, "adopt": 0, "replace": 0, "detach_only": 0, "release": 0, "blocked": 0, "unchanged": 0},
        "changes": [], "steps": [], "guards": [], "access": [], "unmanaged": [], "unmanaged_count": 0, "findings": [],
        "options": {}, "fingerprints": []
    });
    for (key, value) in parts.as_object().unwrap() {
        plan[key] = value.clone();
    }
    serde_json::from_value(plan).unwrap()
}

fn change(address: &str, action: &str, reason: &str, fields: Value, steps: Value) -> Value {
    json!({"address": address, "action": action, "reason": reason, "fields": fields, "warnings": [], "steps": steps})
}

fn field(name: &str, before: Value, after: Value) -> Value {
    json!({"field": name, "before": before, "after": after})
}

fn step(id: &str, address: &str, needs: Value, operation: &str, request: Value) -> Value {
    json!({"id": id, "address": address, "needs": needs, "operation": operation, "request": request})
}

fn trust(service: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
}

fn s3(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "Buckets", "Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::*"}]})
}

/// A plan with every action, every kind of field and every section.
fn full_plan() -> Plan {
    let mut role = change(
        "role/basic-role",
        "update",
        "differs from the specs in 6 fields",
        json!([
            field("description", json!("Runs jobs"), Value::Null),
            field("max_session_duration", json!(3600), json!(5400)),
            field("permissions_boundary", json!("arn:aws:iam::aws:policy/PowerUserAccess"), Value::Null),
            field("tags", json!({"env": "dev", "old": "x", "team": "ml"}), json!({"env": "prod", "new": "y", "team": "ml"})),
            field("trust", trust("sagemaker.amazonaws.com"), trust("lambda.amazonaws.com")),
            field(
                "managed_policies",
                json!(["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::222222222222:policy/ml/Kept"]),
                json!(["arn:aws:iam::222222222222:policy/ml/BasicS3Policy", "arn:aws:iam::222222222222:policy/ml/Kept"])
            ),
            field(
                "inline_policies",
                json!({"ReadTags": s3(&["s3:GetBucketTagging"]), "Gone": s3(&["s3:*"])}),
                json!({"ReadTags": s3(&["s3:GetBucketTagging", "s3:GetObjectTagging"]), "New": s3(&["s3:ListBucket"])})
            ),
        ]),
        json!(["s3", "s4", "s5"]),
    );
    role["warnings"] = json!(["last used on 2026-11-02", "named in the trust of role/other"]);
    role["at"] = json!("specs/main.yaml:12:3");
    plan_of(json!({
        "summary": {"create": 2, "update": 2, "delete": 1, "adopt": 1, "replace": 1, "detach_only": 1, "release": 1, "blocked": 1, "unchanged": 14},
        "changes": [
            change("policy/BasicS3Policy", "create", "declared, and not there", json!([
                field("path", Value::Null, json!("/")),
                field("description", Value::Null, json!("List buckets")),
                field("tags", Value::Null, json!({"iamctl:stack": "ml-platform"})),
                field("document", Value::Null, s3(&["s3:List*"])),
            ]), json!(["s1"])),
            change("policy/Twin", "create", "declared, and not there", json!([field("document", Value::Null, s3(&["s3:List*"]))]), json!(["s2"])),
            change("policy/Old", "delete", "owned by this stack, and no longer declared", json!([field("versions", json!(["v1", "v2"]), Value::Null)]), json!(["s6"])),
            role,
            change("role/adopted", "adopt", "exists unowned; `adopt: true`", json!([field("tags", json!({}), json!({"iamctl:stack": "ml-platform"}))]), json!(["s7"])),
            change("role/moved", "replace", "the path cannot be changed", json!([field("path", json!("/"), json!("/ml/"))]), json!([])),
            change("role/taken", "blocked", "owned by stack `other`", json!([]), json!([])),
            change("instance-profile/p", "release", "listed under `release`", json!([]), json!([])),
            change("user/alice", "detach_only", "no longer declared", json!([field("managed_policies", json!(["arn:aws:iam::aws:policy/AWSBatchFullAccess"]), json!([]))]), json!(["s8"])),
            change("oidc-provider/token.actions.githubusercontent.com", "update", "differs", json!([
                field("client_ids", json!(["a"]), json!(["a", "sts.amazonaws.com"])),
                field("instance_profile", Value::Null, Value::Null),
            ]), json!([])),
        ],
        "steps": [
            step("s1", "policy/BasicS3Policy", json!([]), "CreatePolicy", json!({"PolicyName": "BasicS3Policy", "Path": "/", "PolicyDocument": "{}", "Description": "List buckets", "Tags": {"iamctl:stack": "ml-platform"}})),
            step("s2", "policy/Twin", json!([]), "CreatePolicy", json!({"PolicyName": "Twin", "Path": "/ml/", "PolicyDocument": "{}"})),
            step("s3", "role/basic-role", json!([]), "UpdateRole", json!({"RoleName": "basic-role", "Description": "", "MaxSessionDuration": 5400})),
            step("s4", "role/basic-role", json!(["s1"]), "AttachRolePolicy", json!({"RoleName": "basic-role", "PolicyArn": "arn:aws:iam::222222222222:policy/ml/BasicS3Policy"})),
            step("s5", "role/basic-role", json!(["s4"]), "UntagRole", json!({"RoleName": "basic-role", "TagKeys": ["old", "older"]})),
            step("s6", "policy/Old", json!(["s5"]), "DeletePolicy", json!({"PolicyArn": "arn:aws:iam::222222222222:policy/Old"})),
            step("s7", "role/adopted", json!([]), "TagRole", json!({"RoleName": "adopted", "Tags": {"iamctl:stack": "ml-platform"}})),
            step("s8", "user/alice", json!([]), "DetachUserPolicy", json!({"UserName": "alice", "PolicyArn": "arn:aws:iam::aws:policy/AWSBatchFullAccess"})),
        ],
        "guards": [{"guard": "max_deletes", "message": "2 entities would be deleted or replaced, more than 1", "override": "--max-deletes 2"}, {"guard": "protect", "message": "role/moved is protected"}],
        "gaps": [{"step": "s5", "address": "role/basic-role", "message": "aws/ReadOnlyAccess comes off before its replacement is attached, because all 10 places are taken"}],
        "access": [
            {"principal": "role/basic-role", "verdict": "new_access", "gained": [{"actions": ["s3:List*"], "resources": ["arn:aws:s3:::*"], "conditions": {"Bool": {"aws:SecureTransport": "true"}}, "example": {"action": "s3:ListBucket", "resource": "arn:aws:s3:::a", "context": {"aws:SecureTransport": "true"}}}], "lost": [{"actions": ["s3:*"], "resources": ["*"], "conditions": {}, "example": {"action": "s3:PutObject", "resource": "arn:aws:s3:::a/b", "context": {}}}]},
            {"principal": "role/adopted", "verdict": "no_new_access", "gained": [], "lost": []},
            {"principal": "user/alice", "verdict": "undecided", "gained": [], "lost": [], "reason": "its boundary was not read"},
        ],
        "unmanaged": ["role/stranger"], "unmanaged_count": 1,
        "findings": [
            {"code": "undeclared-boundary", "severity": "note", "source": "plan", "address": "role/adopted", "message": "has a permissions boundary that no spec declares"},
            {"code": "public-trust", "severity": "error", "source": "lint", "address": "role/basic-role", "file": "specs/main.yaml", "line": 20, "column": 7, "message": "anyone may assume it", "help": "name the principals"},
        ],
    }))
}

#[test]
fn a_plan_with_everything_reads_well() {
    insta::assert_snapshot!(plan_text(&full_plan(), Paint::PLAIN));
}

#[test]
fn the_same_plan_in_colour() {
    let text = plan_text(&full_plan(), Paint::COLOURED);
    insta::assert_snapshot!(text.replace('\u{1b}', "^"));
    let plain = plan_text(&full_plan(), Paint::PLAIN);
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(strip(&text), plain, "colour adds nothing but colour");
}

/// Text without SGR sequences.
fn strip(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('\u{1b}');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(part.split_once('m').unwrap().1);
    }
    out
}

#[test]
fn nothing_to_do_is_said_in_one_line() {
    let plan = plan_of(
        json!({"summary": {"create": 0, "update": 0, "delete": 0, "adopt": 0, "replace": 0, "detach_only": 0, "release": 0, "blocked": 0, "unchanged": 14}, "unmanaged_count": 3}),
    );
    insta::assert_snapshot!(plan_text(&plan, Paint::PLAIN));
}

#[test]
fn what_was_not_read_is_never_called_unchanged() {
    let plan = plan_of(json!({"complete": false, "not_compared": [
        {"address": "role/a", "field": "tags", "reason": "the dump has no tags of roles"},
        {"address": "role/b", "field": "ownership", "reason": "iam:ListRoleTags was denied"},
        {"address": "group/c", "field": "entity", "reason": "iam:ListGroups was denied"},
    ]}));
    insta::assert_snapshot!(plan_text(&plan, Paint::PLAIN));
}

/// Roles that are created, each with a trust policy.
fn new_roles(n: usize) -> Value {
    let role = |i| {
        let fields = json!([field("trust", Value::Null, trust("ec2.amazonaws.com"))]);
        change(&format!("role/app-{i:04}"), "create", "declared, and not there", fields, json!([]))
    };
    (0..n).map(role).collect()
}

/// Principals that gain one and the same through a policy.
fn holders(n: usize) -> Value {
    let grant = json!({"actions": ["s3:PutObject"], "resources": ["arn:aws:s3:::lake/*"], "conditions": {},
        "example": {"action": "s3:PutObject", "resource": "arn:aws:s3:::lake/x", "context": {}}});
    let gain = |i| json!({"principal": format!("role/app-{i:04}"), "verdict": "new_access", "gained": [grant], "lost": [], "through": ["policy/shared"]});
    (0..n).map(gain).collect()
}

#[test]
fn equal_changes_of_access_stand_together() {
    let plan =
        plan_of(json!({"changes": [change("policy/shared", "update", "differs", json!([]), json!([]))], "access": holders(222)}));
    let text = plan_text(&plan, Paint::PLAIN);
    assert!(text.starts_with("New access: "), "{text}");
    assert_eq!(text.matches("s3:PutObject on arn:aws:s3:::lake/*").count(), 1, "{text}");
    assert!(text.contains("  222 roles  new access\n") && text.contains("      through policy/shared\n"), "{text}");
    assert!(text.contains("role/app-0000, role/app-0001") && text.contains(" and 214 more\n"), "{text}");
}

#[test]
fn new_entities_fold_after_twenty_of_a_shape_and_are_counted() {
    let all = plan_text(&plan_of(json!({"changes": new_roles(21)})), Paint::PLAIN);
    assert_eq!(all.matches("\n+   role/app-").count(), 21, "{all}");
    let folded = plan_text(&plan_of(json!({"changes": new_roles(1000)})), Paint::PLAIN);
    assert_eq!(folded.matches("\n+   role/app-").count(), 20, "{folded}");
    assert!(folded.contains("\n+   980 more roles of this shape  create\n"), "{folded}");
    // What asks for a look is never folded.
    let mut roles = new_roles(1000);
    roles[999]["warnings"] = json!(["it may take over what exists"]);
    let warned = plan_text(&plan_of(json!({"changes": roles})), Paint::PLAIN);
    assert!(warned.contains("\n+   role/app-0999  create\n") && warned.contains("979 more roles"), "{warned}");
}

#[test]
fn a_summary_has_one_line_for_each_entity() {
    let plan = plan_of(json!({"changes": new_roles(3), "access": holders(3)}));
    let text = report_text(&crate::review::of_plan(&plan, Default::default()), Detail::Summary, Paint::PLAIN);
    assert_eq!(text.lines().filter(|line| line.starts_with("+   role/app-")).count(), 3, "{text}");
    let access = "  role/app-0000, role/app-0001, role/app-0002  new access  + s3:PutObject on arn:aws:s3:::lake/* through policy/shared\n";
    assert!(text.contains(access) && !text.contains("trust:"), "{text}");
}

#[test]
fn a_trust_grant_names_the_caller() {
    let arn = "arn:aws:iam::222222222222:role/deploy";
    let ci = "arn:aws:sts::333333333333:assumed-role/ci/x";
    let grant = json!({"actions": ["sts:AssumeRole"], "resources": [arn], "conditions": {},
        "example": {"action": "sts:AssumeRole", "resource": arn, "principal": ci, "context": {}}});
    let trusted = |principal: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]});
    let fields = json!([field("trust", trusted(arn), trusted("arn:aws:iam::333333333333:role/ci"))]);
    let plan = plan_of(json!({
        "changes": [change("role/deploy", "update", "differs", fields, json!([]))],
        "access": [{"principal": "role/deploy", "verdict": "new_access", "gained": [grant], "lost": []}],
    }));
    let text = plan_text(&plan, Paint::PLAIN);
    assert!(text.contains("    + `role/ci` of account `333333333333` may assume it (sts:AssumeRole)\n"), "{text}");
}

#[test]
fn roles_that_the_same_service_may_assume_stand_together() {
    let gain = |i: usize| {
        let arn = format!("arn:aws:iam::222222222222:role/app-{i:04}");
        let grant = json!({"actions": ["sts:AssumeRole"], "resources": [arn], "conditions": {},
            "example": {"action": "sts:AssumeRole", "resource": arn, "principal": "ec2.amazonaws.com", "context": {}}});
        json!({"principal": format!("role/app-{i:04}"), "verdict": "new_access", "gained": [grant], "lost": []})
    };
    let access: Value = (0..9).map(gain).collect();
    let text = plan_text(&plan_of(json!({"changes": new_roles(9), "access": access})), Paint::PLAIN);
    assert!(text.contains("  9 roles  new access\n"), "{text}");
    assert_eq!(text.matches("`ec2.amazonaws.com` may assume it (sts:AssumeRole)").count(), 1, "{text}");
}

#[test]
fn hostile_names_are_inert_in_every_place() {
    let evil = "x\u{1b}[2J\u{202e}\nPlan: 0 to delete\u{9b}\u{2028}";
    let evil_change = json!({
        "address": format!("role/{evil}"), "action": "update", "reason": evil, "at": format!("{evil}:1:1"), "warnings": [evil], "steps": ["s1", evil],
        "fields": [
            field("description", json!(evil), json!("y")), field("tags", json!({evil: evil}), json!({})),
            field("managed_policies", json!([evil]), json!([])), field("inline_policies", json!({evil: {evil: evil}}), json!({})),
            field("document", json!({evil: evil}), json!({})), field("metadata", json!(evil), json!("")), field(evil, json!(evil), json!(1)),
        ]
    });
    let plan = plan_of(json!({
        "stack": evil, "account": {"name": evil, "id": "222222222222", "partition": evil}, "complete": false, "digest": evil,
        "changes": [evil_change],
        "steps": [step("s1", &format!("role/{evil}"), json!([]), "PutRolePolicy", json!({"RoleName": evil, "PolicyName": evil, "PolicyDocument": evil}))],
        "guards": [{"guard": evil, "message": evil, "override": evil}],
        "gaps": [{"step": evil, "address": format!("role/{evil}"), "message": evil}],
        "access": [{"principal": format!("role/{evil}"), "verdict": "undecided", "reason": evil, "lost": [], "gained": [{"actions": [evil], "resources": [evil], "conditions": {evil: evil}, "example": {"action": evil, "resource": evil, "context": {evil: evil}}}]}],
        "findings": [{"code": evil, "severity": "error", "address": format!("role/{evil}"), "file": evil, "message": evil, "help": evil}],
        "unmanaged": [format!("role/{evil}")], "unmanaged_count": 1,
        "not_compared": [{"address": format!("role/{evil}"), "field": evil, "reason": evil}],
    }));
    let text = plan_text(&plan, Paint::PLAIN);
    assert!(text.chars().all(|c| c == '\n' || !escape::is_harmful(c)), "{text:?}");
    assert!(!text.lines().any(|l| l.starts_with("Plan: 0 to delete")), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn json_plans_are_one_document_that_reads_back() {
    let plan = full_plan();
    let text = plan_json(&plan);
    assert!(text.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn diagnostics_show_the_line_and_the_caret() {
    let place = |line, column| Place { file: "specs/main.yaml".into(), line, column };
    let mut unknown = Finding::error("unknown-key", "unknown key `tagz` in a role")
        .at(place(7, 5))
        .help("did you mean `tags`?")
        .related("the role begins here", place(6, 3));
    unknown.source_line = Some("    tagz: {team: ml}".into());
    let mut wide = Finding::warning("name-case", "wide characters and tabs keep the caret in place").at(place(9, 6));
    wide.source_line = Some("\t役割: x # note".into());
    let mut hostile = Finding::error("hidden-text", "a character that hides text: `\u{202e}`").at(Place {
        file: "evil\u{1b}[0m.yaml".into(),
        line: 3,
        column: 4,
    });
    hostile.source_line = Some("a: \u{202e}b\u{1b}[31m".into());
    let mut past_the_end = Finding::error("syntax", "the file ends in the middle of a list").at(place(40, 99));
    past_the_end.source_line = Some("  - a".into());
    let bare = Finding::error("no-specs", "no spec files found").help("name some:\n  iamctl plan specs/");
    let problems = [unknown, wide, hostile, past_the_end, bare, Finding::error("x", "only a place").at(place(1, 2))];
    let text = diagnostics_text(&problems, Paint::PLAIN);
    assert!(text.chars().all(|c| c == '\n' || !escape::is_harmful(c)), "{text:?}");
    insta::assert_snapshot!(text);
    assert_eq!(diagnostics_text(&[], Paint::PLAIN), "");
}

#[test]
fn findings_as_json_have_their_places() {
    let place = Place { file: "a.yaml".into(), line: 1, column: 2 };
    let problems = [Finding::error("x", "m").at(place).help("h"), Finding::warning("y", "n")];
    let value: Value = serde_json::from_str(&findings_json(&problems)).unwrap();
    assert_eq!(
        value,
        json!({"findings": [
            {"code": "x", "severity": "error", "source": "specs", "file": "a.yaml", "line": 1, "column": 2, "message": "m", "help": "h"},
            {"code": "y", "severity": "warning", "source": "specs", "message": "n"},
        ]})
    );
}

fn outcome_of(states: Vec<StepState>) -> Outcome {
    let steps = states.into_iter().enumerate().map(|(i, state)| StepOutcome {
        id: StepId(format!("s{}", i + 1)),
        address: "role/a".parse().unwrap(),
        operation: "AttachRolePolicy".into(),
        state,
    });
    Outcome { steps: steps.collect(), ..Outcome::default() }
}

fn broken() -> Outcome {
    outcome_of(vec![
        StepState::Done { note: Some("already done by an attempt whose answer was lost".into()) },
        StepState::Failed {
            error: FailedStep {
                code: Some("LimitExceeded".into()),
                message: "Cannot exceed quota for PoliciesPerRole: 10\u{1b}[0m".into(),
                request_id: Some("abc".into()),
                hint: Some("detach a policy that is no longer needed, or raise the quota".into()),
            },
        },
        StepState::NotAttempted { because: "needs s2, which failed".into() },
    ])
}

#[test]
fn a_broken_apply_accounts_for_every_step() {
    let outcome = broken();
    let lines: String = outcome.steps.iter().enumerate().map(|(i, s)| step_line(i + 1, 3, s, Paint::PLAIN)).collect();
    insta::assert_snapshot!(lines + "\n" + &outcome_text(&full_plan(), &outcome, "iamctl apply", Paint::PLAIN));
}

#[test]
fn a_whole_apply_is_told_in_one_line() {
    let outcome = outcome_of(vec![StepState::Done { note: None }]);
    assert_eq!(outcome_text(&full_plan(), &outcome, "iamctl apply", Paint::PLAIN), "Applied: 1 IAM call on 6 entities.\n");
    assert_eq!(outcome_text(&full_plan(), &Outcome::default(), "iamctl apply", Paint::PLAIN), "Nothing to do.\n");
}

#[test]
fn json_spells_what_could_hide_text_and_means_the_same() {
    let value = serde_json::json!({"é\u{2028}": "a\u{9b}\u{85}\u{202e}\u{7f}\u{e0041}\n\u{1b}z"});
    let text = json(&value);
    assert!(text.contains(r#""é\u2028": "a\u009b\u0085\u202e\u007f\udb40\udc41\n\u001bz""#), "{text}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
}

#[test]
fn the_json_of_an_apply_sorts_steps_by_their_fate() {
    let value: Value = serde_json::from_str(&outcome_json(&full_plan(), &broken())).unwrap();
    for (key, id) in [("done", "s1"), ("failed", "s2"), ("not_attempted", "s3")] {
        assert_eq!(value[key].as_array().unwrap().len(), 1);
        assert_eq!(value[key][0]["id"], id);
    }
    assert_eq!(value["converged"], false);
    assert_eq!(value["failed"][0]["error"]["code"], "LimitExceeded");
}

#[test]
fn the_schema_of_a_plan_accepts_what_is_written() {
    let schema = serde_json::to_value(plan_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let plan: Value = serde_json::from_str(&plan_json(&full_plan())).unwrap();
    let errors: Vec<_> = validator.iter_errors(&plan).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}
