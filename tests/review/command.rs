//! `iamctl review` as users run it: two checkouts, one comment.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn iamctl(directory: &Path, args: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn prepared(name: &str, args: &[&str]) -> Ran {
    let head = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/review/requests").join(name).join("head");
    iamctl(&head, &[&["review", "--base", "../base"], args].concat())
}

/// The first three lines of a comment that say something.
fn first_lines(comment: &str) -> Vec<&str> {
    comment.lines().filter(|line| !line.is_empty()).take(3).collect()
}

const PROJECT: &str = "version: 1\nstack: shop\naccounts:\n  dev: {id: \"111111111111\"}\n  prod: {id: \"222222222222\"}\n";

/// Two checkouts side by side.
struct Trees {
    dir: tempfile::TempDir,
}

impl Trees {
    fn new(base: &str, head: &str) -> Self {
        let trees = Self { dir: tempfile::tempdir().unwrap() };
        for (side, spec) in [("base", base), ("head", head)] {
            trees.write(&format!("{side}/iamctl.yaml"), PROJECT);
            trees.write(&format!("{side}/specs/main.yaml"), &format!("version: 1\n{spec}"));
        }
        trees
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn review(&self, args: &[&str]) -> Ran {
        iamctl(&self.path("head"), &[&["review", "--base", "../base"], args].concat())
    }

    /// The report, valid by its schema.
    fn report(&self, args: &[&str]) -> Value {
        let ran = self.review(&[&["--format", "json"], args].concat());
        let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        let schema = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/review.schema.json")).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        jsonschema::validate(&schema, &report).unwrap_or_else(|error| panic!("{error}: {report:#}"));
        report
    }
}

fn reader(actions: &str) -> String {
    format!(
        "roles:\n  reader:\n    trust: [{{service: lambda.amazonaws.com}}]\n    inline_policies:\n      data: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: [{actions}], Resource: \"arn:aws:s3:::data/*\"}}]}}\n"
    )
}

#[test]
fn a_harmless_respelling_is_called_one() {
    let ran = prepared("respelling", &["--format", "markdown"]);
    let lines = first_lines(&ran.out);
    assert_eq!(
        lines[..2],
        ["<!-- iamctl:review:shop -->", "### ✅ No change in meaning: what is declared is what was declared before"]
    );
    assert_eq!(ran.code, 0);
    assert_eq!(prepared("respelling", &["--format", "markdown", "--skip-unchanged"]).out, "");
}

#[test]
fn a_moved_statement_is_proven_to_give_nothing() {
    let ran = prepared("moved", &["--format", "markdown", "--fail-on", "new_access,undecided,ceiling,escalation"]);
    let expected = "### ✅ No new access (proven): 1 entity created, 1 changed; nobody gains or loses access";
    assert_eq!(first_lines(&ran.out)[1], expected);
    assert_eq!(ran.code, 0);
}

#[test]
fn new_write_access_is_the_first_thing_read() {
    let ran = prepared("new-write", &["--format", "markdown", "--fail-on", "new_access"]);
    let expected = "### ⚠️ New access: `role/billing` may now call `s3:PutObject` on `arn:aws:s3:::orders/*`, \
                    and 2 more grants; 1 test newly fails";
    assert_eq!(first_lines(&ran.out)[1], expected);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("refused by the gate new_access: `role/billing`, "), "{}", ran.err);
    assert!(ran.err.contains("refused by the gate error: `test "), "`error` is always among the gates: {}", ran.err);
}

#[test]
fn two_small_grants_that_make_an_administrator_are_called_an_escalation() {
    let ran = prepared("escalation", &["--format", "markdown", "--fail-on", "escalation"]);
    let expected = "### 🛑 Escalation: `role/dev` can escalate its privileges: \
                    `iam:PassRole` + `lambda:CreateFunction` + `lambda:InvokeFunction`";
    assert_eq!(first_lines(&ran.out)[1], expected);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("refused by the gate escalation: `role/dev`\n"), "{}", ran.err);
}

#[test]
fn a_deleted_role_that_is_still_in_use_is_told_at_once() {
    let ran = prepared("deleted-in-use", &["--format", "markdown"]);
    let lines = first_lines(&ran.out);
    assert!(lines[1].starts_with("### ⚠️ ") && lines[1].ends_with("`role/worker` is deleted while still in use"), "{lines:?}");
    let expected = "- ⚠️ `role/worker`: it is deleted while still in use: in instance profile `worker`: instances that run with it lose \
                    their credentials; named by `role/launcher` (inline policy `pass`)";
    assert_eq!(lines[2], expected);
}

#[test]
fn accounts_with_the_same_result_share_an_entry_and_others_do_not() {
    let trees = Trees::new(&reader("\"s3:GetObject\""), &reader("\"s3:GetObject\", \"s3:PutObject\""));
    let report = trees.report(&[]);
    assert_eq!(report["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(report["accounts"][0]["accounts"][1]["id"], "222222222222");
    let other = "  other: {trust: [{service: ec2.amazonaws.com}]}\n";
    let only = format!("{}    accounts: [prod]\n{other}", reader("\"s3:GetObject\", \"s3:PutObject\""));
    let trees = Trees::new(&format!("{}{other}", reader("\"s3:GetObject\"")), &only);
    let report = trees.report(&[]);
    assert_eq!(report["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(report["accounts"][0]["changes"][0]["action"], "delete");
    assert_eq!(report["accounts"][1]["changes"][0]["action"], "update");
    assert_eq!(report["verdict"], "new_access");
    assert_eq!(trees.report(&["--account", "dev"])["verdict"], "no_new_access");
}

#[test]
fn a_lost_project_file_gives_no_green_check() {
    let trees = Trees::new(&reader("\"s3:GetObject\""), &reader("\"s3:GetObject\""));
    let ran = trees.review(&["--head", "../nothing"]);
    assert!(ran.code == 64 && ran.err.contains("is not a directory"), "{ran:?}");
    fs::create_dir(trees.path("empty")).unwrap();
    let ran = trees.review(&["--head", "../empty"]);
    assert!(ran.code == 64 && ran.err.contains("must not pass the check"), "{ran:?}");
    let ran = iamctl(&trees.path("empty"), &["plan", "--format", "markdown"]);
    assert!(ran.code == 64 && ran.err.contains("must not pass the check"), "{ran:?}");
}

#[test]
fn a_base_inside_the_head_is_never_taken_for_the_head() {
    let trees = Trees::new("", &reader("\"s3:GetObject\""));
    fs::create_dir_all(trees.path("head/old")).unwrap();
    let ran = iamctl(&trees.path("head"), &["review", "--base", "old", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["accounts"][0]["changes"][0]["action"], "create", "nothing was there before");
    assert_eq!(report["notices"][0]["subject"], "project file");
}

#[test]
fn errors_in_the_head_fail_whatever_the_gates() {
    let trees = Trees::new(&reader("\"s3:GetObject\""), "roles:\n  reader: {trusts: []}\n");
    let ran = trees.review(&["--fail-on", "ceiling", "--format", "markdown"]);
    assert!(ran.code == 3 && ran.err.ends_with("refused by the gate error: `specs/main.yaml`\n"), "{ran:?}");
    assert!(first_lines(&ran.out)[1].starts_with("### 🛑 Error: "), "{}", ran.out);
}

#[test]
fn errors_in_the_base_are_said_and_fail_only_where_nothing_can_be_compared() {
    let broken = format!("{}    permissions_boundary: ${{var.limit}}\n", reader("\"s3:GetObject\""));
    let trees = Trees::new(&broken, &reader("\"s3:GetObject\""));
    let ran = trees.review(&[]);
    assert!(ran.code == 3 && ran.out.contains("before this change: "), "{ran:?}");
    // With the variable known for one account, that account is compared.
    let project = "version: 1\nstack: shop\naccounts:\n  dev: {id: \"111111111111\"}\n  prod: {id: \"222222222222\", vars: {limit: none}}\n";
    trees.write("base/iamctl.yaml", project);
    let report = trees.report(&[]);
    assert_eq!((&report["verdict"], &report["concerns"]), (&"undecided".into(), &serde_json::json!(["undecided"])));
    assert_eq!(trees.review(&[]).code, 3, "unknown is not no");
    assert_eq!(trees.review(&["--accept", "undecided=account dev"]).code, 0, "the change that mends the base");
    assert_eq!(trees.review(&["--fail-on", "error"]).code, 0);
}

#[test]
fn a_changed_variable_of_the_project_is_seen_as_what_it_does() {
    let spec = reader("\"s3:${var.verb}\"");
    let trees = Trees::new(&spec, &spec);
    trees.write("base/iamctl.yaml", &format!("{PROJECT}vars: {{verb: GetObject}}\n"));
    trees.write("head/iamctl.yaml", &format!("{PROJECT}vars: {{verb: \"*\"}}\nguards: {{max_deletes: 500}}\n"));
    let report = trees.report(&[]);
    assert_eq!(report["verdict"], "new_access");
    let told: Vec<&str> = report["notices"].as_array().unwrap().iter().filter_map(|n| n["subject"].as_str()).collect();
    assert_eq!(told, ["guards.max_deletes", "vars.verb"]);
}

#[test]
fn what_loosens_a_safety_is_told() {
    let base = format!("{}    protect: true\n  old: {{trust: [{{service: ec2.amazonaws.com}}]}}\n", reader("\"s3:GetObject\""));
    let head = format!(
        "{}    manage: additive\n    waive: [{{code: public-trust, reason: \"@all ](x)\"}}]\nrelease: [role/old]\n",
        reader("\"s3:GetObject\"")
    );
    let report = Trees::new(&base, &head).report(&[]);
    let messages: Vec<String> = report["notices"].as_array().unwrap().iter().map(|n| n["message"].to_string()).collect();
    for part in ["no longer protected", "from `exclusive` to `additive`", "`public-trust` is accepted", "it is released"] {
        assert!(messages.iter().any(|m| m.contains(part)), "{part}: {messages:#?}");
    }
}

#[test]
fn a_test_that_asks_less_is_told_as_one_that_is_gone() {
    let tests = |cases: &str, name: &str| {
        format!("{}tests:\n  - {{name: {name}, principal: role/reader, expect: {{{cases}}}}}\n", reader("\"s3:GetObject\""))
    };
    let both = "allowed: [{action: s3:GetObject, resource: \"arn:aws:s3:::data/1\"}], denied: [{action: s3:PutObject}]";
    let one = "allowed: [{action: s3:GetObject, resource: \"arn:aws:s3:::data/1\"}]";
    let report = Trees::new(&tests(both, "reads"), &tests(one, "reads")).report(&[]);
    assert_eq!(report["notices"][0]["message"], "the test checks less than before: denied `s3:PutObject` is no longer expected");
    assert_eq!(report["causes"], serde_json::json!([{"gate": "controls", "subject": "test reads"}]));
    // A case counts whatever its test is called.
    let report = Trees::new(&tests(both, "reads"), &tests(both, "other")).report(&[]);
    assert_eq!(report["accounts"][0]["tests"]["removed"], serde_json::json!(["reads"]));
    assert_eq!((&report["notices"], &report["causes"]), (&serde_json::json!([]), &serde_json::json!([])));
}

/// The first line that is the answer, of a change of one role.
fn told(base: &str, head: &str) -> String {
    let role = |body: &str| format!("roles:\n  app:\n    {}\n", body.replace('\n', "\n    "));
    let ran = Trees::new(&role(base), &role(head)).review(&["--account", "dev"]);
    ran.out.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn who_may_newly_assume_a_role_is_told_in_words() {
    let trust = |entry: &str| format!("trust: [{{service: ec2.amazonaws.com}}, {{{entry}}}]");
    let lambda = "service: lambda.amazonaws.com";
    let github = "github: {repository: acme/app, any: true}";
    for (before, after, expected) in [
        (lambda, "aws: \"333333333333\"", "any principal of account `333333333333` may now assume `role/app`"),
        (
            "aws: \"333333333333\", external_id: x",
            "aws: \"333333333333\"",
            "any principal of account `333333333333` may assume `role/app` in more cases than before",
        ),
        (
            "service: lambda.amazonaws.com, source_account: \"111111111111\"",
            lambda,
            "`lambda.amazonaws.com` may assume `role/app` in more cases than before",
        ),
        (lambda, "aws: role/ci", "`role/ci` may now assume `role/app`"),
        (lambda, "aws: \"arn:aws:iam::333333333333:role/ci\"", "`role/ci` of account `333333333333` may now assume `role/app`"),
        (lambda, github, "`repo:acme/app:*` of `token.actions.githubusercontent.com` may now assume `role/app`"),
    ] {
        assert_eq!(told(&trust(before), &trust(after)), format!("New access: {expected}"), "{after}");
    }
}

#[test]
fn the_gravest_of_what_is_gained_comes_first() {
    let with = |actions: &str| {
        format!(
            "trust: [{{service: ec2.amazonaws.com}}]\ninline_policies: {{p: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: [{actions}], Resource: \"arn:aws:s3:::data/*\"}}]}}}}"
        )
    };
    let told = told(&with("s3:GetObjectAcl"), &with("s3:GetObjectAcl, s3:GetObject, s3:PutObject, s3:GetObjectTagging"));
    assert_eq!(told, "New access: `role/app` may now call `s3:PutObject` and 2 more on `arn:aws:s3:::data/*`");
}

#[test]
fn a_boundary_that_comes_off_is_named() {
    let with = |boundary: &str| format!("permissions_boundary: {boundary}\ntrust: [{{service: ec2.amazonaws.com}}]");
    let told = told(&with("aws/ReadOnlyAccess"), &with("none"));
    let expected = "A ceiling is lifted: the permissions boundary of `role/app` is removed; own policies grant no new access";
    assert_eq!(told, expected);
}

#[test]
fn an_escalation_names_few_ways_and_counts_the_rest_wherever_it_is_told() {
    let with = |action: &str| {
        format!(
            "trust: [{{service: ec2.amazonaws.com}}]\ninline_policies: {{p: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: {action}, Resource: \"*\"}}]}}}}"
        )
    };
    let role = |action: &str| format!("roles:\n  app:\n    {}\n", with(action).replace('\n', "\n    "));
    let trees = Trees::new(&role("\"s3:ListAllMyBuckets\""), &role("[\"iam:*\", \"lambda:*\"]"));
    let report = trees.report(&["--account", "dev"]);
    let begins = "Escalation: `role/app` can escalate its privileges: `iam:CreatePolicyVersion`, `iam:SetDefaultPolicyVersion`, \
                  `iam:CreateAccessKey`, and ";
    let headline = report["headline"].as_str().unwrap();
    assert!(headline.starts_with(begins) && headline.ends_with(" more ways"), "{headline}");
    let new = report["accounts"][0]["findings"]["new"].as_array().unwrap();
    let found = new.iter().find(|f| f["code"] == "privilege-escalation").unwrap();
    assert!(found["ways"].as_array().unwrap().len() > 20, "{found}");
    assert!(found["message"].as_str().unwrap().len() < 250, "{found}");
}

#[test]
fn a_calm_answer_sends_the_reader_on_to_the_warnings() {
    let role = |protect: &str| format!("roles:\n  app:\n    trust: [{{service: ec2.amazonaws.com}}]\n    protect: {protect}\n");
    let trees = Trees::new(&role("true"), &role("false"));
    trees.write("head/iamctl.yaml", &format!("{PROJECT}guards: {{max_deletes: 100}}\n"));
    let ran = trees.review(&["--format", "markdown"]);
    let lines = first_lines(&ran.out);
    assert!(lines[1].starts_with("### ⚠️ No new access (proven)"), "{}", lines[1]);
    assert!(lines[1].ends_with("; 2 controls are weaker than before: `guards.max_deletes` and 1 more"), "{}", lines[1]);
}

#[test]
fn a_boundary_that_is_no_longer_declared_is_told_though_nothing_changes() {
    let role = |boundary: &str| format!("roles:\n  app:\n    {boundary}trust: [{{service: ec2.amazonaws.com}}]\n");
    let trees = Trees::new(&role("permissions_boundary: aws/ReadOnlyAccess\n    "), &role(""));
    let report = trees.report(&[]);
    assert_eq!((&report["verdict"], &report["notices"][0]["subject"]), (&"no_change".into(), &"role/app".into()), "{report:#}");
    assert!(report["notices"][0]["message"].as_str().unwrap().starts_with("its permissions boundary is no longer declared"));
}

#[test]
fn a_principal_that_goes_is_not_told_to_lose_its_ceiling() {
    let stays = "roles:\n  app: {trust: [{service: ec2.amazonaws.com}]}\n";
    let goes = "users:\n  joe: {create: true, permissions_boundary: aws/ReadOnlyAccess}\n";
    let ran = Trees::new(&format!("{stays}{goes}"), stays).review(&["--fail-on", "ceiling"]);
    assert!(ran.out.starts_with("No new access (proven): 1 entity deleted"), "{}", ran.out);
    assert_eq!(ran.code, 0);
}

#[test]
fn a_role_of_another_name_is_told_as_one() {
    let role = |name: &str| format!("roles:\n  {name}: {{trust: [{{service: ec2.amazonaws.com}}]}}\n");
    let report = Trees::new(&role("worker"), &role("worker-v2")).report(&[]);
    let notice = &report["notices"][0];
    assert_eq!((&notice["subject"], &notice["severity"]), (&"role/worker-v2".into(), &"note".into()), "{report:#}");
    assert!(notice["message"].as_str().unwrap().starts_with("it is declared like `role/worker`, which is deleted"), "{notice}");
}

#[test]
fn an_annotation_stands_at_the_policy_that_gives_access_and_once_for_accounts_that_differ_in_their_id_alone() {
    let specs = |action: &str, tag: &str| {
        format!(
            "policies:\n  Shared:\n    document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: [{action}], Resource: \"arn:aws:sqs:us-east-1:${{account_id}}:q\"}}]}}\nroles:\n  reader:\n    trust: [{{service: ec2.amazonaws.com}}]\n    managed_policies: [Shared]\n    tags: {{}}\n  other:\n    accounts: [dev]\n    trust: [{{service: ec2.amazonaws.com}}]\n    tags: {{env: {tag}}}\n"
        )
    };
    let trees = Trees::new(&specs("sqs:ReceiveMessage", "old"), &specs("sqs:ReceiveMessage, sqs:SendMessage", "new"));
    // A tag changes in one account alone, so that they are told apart.
    assert_eq!(trees.report(&[])["accounts"].as_array().unwrap().len(), 2);
    let out = trees.review(&["--format", "github"]).out;
    let told: Vec<&str> = out.lines().filter(|line| line.contains("title=new-access")).collect();
    assert_eq!(told.len(), 1, "{out}");
    assert!(told[0].starts_with("::warning file=specs/main.yaml,line=3,"), "{out}");
}

#[test]
fn an_account_of_another_name_and_the_same_id_is_the_same_account() {
    let role = "roles:\n  app:\n    trust: [{service: ec2.amazonaws.com}]\n";
    let trees = Trees::new(role, role);
    trees.write("head/iamctl.yaml", &PROJECT.replace("  dev:", "  development:"));
    let report = trees.report(&[]);
    assert_eq!(report["verdict"], "no_change", "{report:#}");
    let notices = report["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 1, "{notices:#?}");
    assert_eq!(notices[0]["subject"], "accounts.development");
}

#[test]
fn a_plan_beside_the_review_tells_drift_apart() {
    let base = reader("\"s3:GetObject\"");
    let trees = Trees::new(&base, &format!("{base}    description: reads\n"));
    // The account as the base left it, and then somebody raised the session duration by hand.
    trees.write("base/iamctl.yaml", "version: 1\nstack: shop\naccounts: {dev: {id: \"111111111111\", embedded: account.json}}\n");
    let spec = trees.path("base/specs/main.yaml");
    let declared = fs::read_to_string(&spec).unwrap() + "    max_session_duration: 1h\n";
    fs::write(&spec, &declared).unwrap();
    let head = trees.path("head/specs/main.yaml");
    fs::write(&head, fs::read_to_string(&head).unwrap() + "    max_session_duration: 1h\n").unwrap();
    let applied = iamctl(&trees.path("base"), &["apply", "--account", "dev", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let account = fs::read_to_string(trees.path("base/account.json")).unwrap().replace("3600", "7200");
    trees.write("dev.json", &account);
    let report = trees.report(&["--against", "../dev.json"]);
    let dev = &report["accounts"][0];
    assert_eq!(dev["plan"]["changes"][0]["fields"].as_array().unwrap().len(), 2);
    assert_eq!(dev["drift"][0]["fields"].as_array().unwrap().len(), 1);
    assert_eq!(dev["drift"][0]["fields"][0]["field"], "max_session_duration");
    assert_eq!(dev["changes"][0]["fields"].as_array().unwrap().len(), 1);
    let ran = trees.review(&["--against", "../dev.json", "--account", "prod"]);
    assert!(ran.code == 64 && ran.err.contains("of account 111111111111"), "{ran:?}");
}

#[test]
fn a_plan_is_a_comment_too() {
    let trees = Trees::new("", &reader("\"s3:PutObject\""));
    trees.write("head/iamctl.yaml", "version: 1\nstack: shop\naccounts: {dev: {id: \"111111111111\", embedded: account.json}}\n");
    let ran = iamctl(&trees.path("head"), &["plan", "--account", "dev", "--format", "markdown"]);
    let lines = first_lines(&ran.out);
    assert_eq!(lines[0], "<!-- iamctl:plan:shop:111111111111 -->");
    assert_eq!(
        lines[1],
        "### ⚠️ New access: `role/reader` may now call `s3:PutObject` on `arn:aws:s3:::data/*`, and 1 more grant"
    );
    assert!(ran.out.contains("CreateRole") && ran.out.contains("Digest: `sha256:"), "{}", ran.out);
}

/// What is left of a comment when code is taken out: what Markdown and GitHub look into.
fn outside_code(comment: &str) -> String {
    let mut text = String::new();
    let mut fence: Option<usize> = None;
    for line in comment.lines() {
        let run = line.chars().take_while(|c| *c == '`').count();
        match fence {
            Some(open) if run >= open && line.trim_end_matches('`').is_empty() => fence = None,
            Some(_) => {}
            None if run >= 3 => fence = Some(run),
            None => text += &format!("{line}\n"),
        }
    }
    assert_eq!(fence, None, "every fence is closed");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('`') {
        out += &rest[..start];
        let run = rest[start..].chars().take_while(|c| *c == '`').count();
        let after = &rest[start + run..];
        let mut at = 0;
        let close = loop {
            let found = after[at..].find('`').unwrap_or_else(|| panic!("open code: {after}"));
            let length = after[at + found..].chars().take_while(|c| *c == '`').count();
            if length == run {
                break at + found + length;
            }
            at += found + length;
        };
        assert!(!after[..close].contains('\n'), "code ends on its line: {}", &after[..close]);
        rest = &after[close..];
    }
    out + rest
}

#[test]
fn hostile_names_and_documents_stay_inside_the_comment() {
    let nasty =
        "</details> @admin #1 ``` ~~~ ![x](http://e.example) [a](b) | <!-- <script> `` $x$ \\n# head\\n- item www.e.example";
    // Only what IAM never sees may hold characters that reorder text.
    let odd = format!("{nasty}\\u202e");
    let spec = |extra: &str, waive: &str| {
        format!(
            r#"roles:
  "a@b.c=d,e+f_g-h":
    trust: [{{service: ec2.amazonaws.com}}]
    description: "{nasty}{extra}"
    tags: {{"x@y": "v @{extra}"}}
    {waive}
    inline_policies:
      "p@q=+": {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::{nasty}{extra}", Condition: {{StringEquals: {{"aws:SourceVpc": "{nasty}{extra}"}}}}}}]}}
tests:
  - name: "{odd}{extra}"
    principal: "role/a@b.c=d,e+f_g-h"
    expect: {{allowed: [{{action: s3:PutObject, resource: "arn:aws:s3:::b/{extra}"}}]}}
"#
        )
    };
    let waive = format!("waive: [{{code: public-trust, reason: \"{odd}\"}}]");
    let trees = Trees::new(&spec("1", ""), &spec("Two", &waive));
    for side in ["base", "head"] {
        trees.write(&format!("{side}/iamctl.yaml"), &format!("{PROJECT}vars: {{odd: \"{odd}{side}\"}}\n"));
    }
    let ran = trees.review(&["--format", "markdown"]);
    let shown = |part: &str| assert!(ran.out.contains(part), "{part}: {}", ran.out);
    ["### ⚠️ New access: ", "**fails now**", "vars.odd", "```diff", "description: ", "\\u{202e}"].into_iter().for_each(shown);
    let outside = outside_code(&ran.out);
    let mut text = outside.clone();
    for own in [
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<sub>",
        "</sub>",
        "<code>",
        "</code>",
        "<!-- iamctl:review:shop -->",
    ] {
        text = text.replace(own, "");
    }
    for entity in ["&#64;", "&#58;", "&#95;", "&#35;", "&#42;"] {
        text = text.replace(entity, "");
    }
    for bad in ["<", "@", "](", "http", "www.", "$", "\u{202e}", "|", "#1", "~~"] {
        assert!(!text.contains(bad), "`{bad}` stands outside code:\n{outside}");
    }
    assert_eq!(outside.matches("<details>").count(), outside.matches("</details>").count());
    assert!(!outside.lines().any(|line| line.starts_with("# ") || line.starts_with("- item")));
}

/// Two checkouts, and `dev.json`: the account after an apply of other specs by the same stack.
fn on_account(applied: &str, base: &str, head: &str) -> Trees {
    let trees = Trees::new(base, head);
    trees.write("made/iamctl.yaml", "version: 1\nstack: shop\naccounts: {dev: {id: \"111111111111\", embedded: ../dev.json}}\n");
    trees.write("made/specs/main.yaml", &format!("version: 1\n{applied}"));
    let ran = iamctl(&trees.path("made"), &["apply", "--account", "dev", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    trees
}

#[test]
fn a_boundary_that_the_specs_left_as_it_is_is_seen_in_the_account() {
    let role = |boundary: &str| {
        format!(
            "roles:\n  app:\n    trust: [{{service: ec2.amazonaws.com}}]\n{boundary}    inline_policies: {{a: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}}]}}}}\n"
        )
    };
    let bounded = role("    permissions_boundary: aws/AmazonS3ReadOnlyAccess\n");
    let trees = on_account(&bounded, &role(""), &role("    permissions_boundary: none\n"));
    let report = trees.report(&["--account", "dev"]);
    assert_eq!((&report["verdict"], &report["concerns"]), (&"undecided".into(), &serde_json::json!(["undecided"])));
    let report = trees.report(&["--account", "dev", "--against", "../dev.json"]);
    assert_eq!(report["verdict"], "new_access", "{report:#}");
    assert!(report["causes"].as_array().unwrap().contains(&serde_json::json!({"gate": "ceiling", "subject": "role/app"})));
    let headline = report["headline"].as_str().unwrap();
    assert!(headline.contains("the permissions boundary of `role/app` is removed"), "{headline}");
}

#[test]
fn what_a_group_holds_in_the_account_is_what_its_new_member_gains() {
    let group =
        |users: &str| format!("groups: {{ops: {{users: [{users}]}}}}\nusers: {{ann: {{create: true}}, bob: {{create: true}}}}\n");
    let applied = "groups: {ops: {managed_policies: [aws/AdministratorAccess], users: [ann]}}\nusers: {ann: {create: true}, bob: {create: true}}\n";
    let trees = on_account(applied, &group("ann"), &group("ann, bob"));
    let report = trees.report(&["--account", "dev", "--against", "../dev.json"]);
    assert_eq!(report["verdict"], "escalation", "{report:#}");
    assert_eq!(report["headline"], "Escalation: `user/bob` may do everything");
}

#[test]
fn a_role_that_is_released_keeps_what_it_may_do() {
    let role = "  admin: {trust: [{service: ec2.amazonaws.com}], managed_policies: [aws/AdministratorAccess]}\n";
    let base = format!("roles:\n  app: {{trust: [{{service: ec2.amazonaws.com}}]}}\n{role}");
    let head = "roles:\n  app: {trust: [{service: ec2.amazonaws.com}]}\nrelease: [role/admin]\n";
    let report = Trees::new(&base, head).report(&["--account", "dev"]);
    assert_eq!(report["accounts"][0]["chains"], serde_json::json!([]), "{report:#}");
    assert_eq!(report["causes"], serde_json::json!([{"gate": "controls", "subject": "role/admin"}]));
}

#[test]
fn none_is_the_gate_that_lets_everything_pass_and_stands_alone() {
    let base = reader("\"s3:GetObject\"");
    let trees = Trees::new(&base, &format!("{base}    managed_policies: [aws/AdministratorAccess]\n"));
    assert_eq!(trees.review(&[]).code, 3);
    assert_eq!(trees.review(&["--fail-on", "none"]).code, 0);
    assert_eq!(trees.review(&["--fail-on", "none,error"]).code, 64);
    let ran = trees.review(&["--fail-on", "escalation", "--accept", "escalation=role/reader", "--accept", "error"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = trees.review(&["--fail-on", "escalation", "--accept", "escalation=role/other"]);
    assert!(ran.code == 3 && ran.err.contains("`--accept escalation=role/other` accepts nothing here"), "{}", ran.err);
    let ran = trees.review(&["--accept", "everything"]);
    assert!(ran.code == 64 && ran.err.contains("is not a gate"), "{}", ran.err);
}

#[test]
fn files_that_look_like_specs_and_are_not_read_are_named() {
    let trees = Trees::new(&reader("\"s3:GetObject\""), &reader("\"s3:GetObject\""));
    trees.write("head/specs/.more.yaml", "version: 1\n");
    let report = trees.report(&[]);
    let new = report["accounts"][0]["findings"]["new"].as_array().unwrap();
    let hidden = "`specs/.more.yaml` is not read: its name begins with a dot";
    assert!(new.iter().any(|finding| finding["message"] == hidden), "{new:#?}");
    trees.write("head/specs/team.YAML", "version: 1\n");
    assert_eq!(trees.report(&[])["verdict"], "error");
}

/// One row: the principals of the trust after the change (before: account 222222222222), and how the headline begins.
const CALLERS: &[(&str, &str, &str)] = &[
    (
        "a foreign account stands before the role's own",
        r#"["222222222222", "arn:aws:iam::111111111111:root", "999999999999"]"#,
        "any principal of account `999999999999` and any principal of account `111111111111` may now assume `role/orders`",
    ),
    (
        "names stand beside accounts",
        r#"["222222222222", "999999999999", "arn:aws:iam::888888888888:role/ci", "arn:aws:iam::111111111111:user/ann"]"#,
        "any principal of account `999999999999`, `role/ci` of account `888888888888` and `user/ann` may now assume `role/orders`",
    ),
    (
        "after four the rest is counted",
        r#"["222222222222", "333333333333", "444444444444", "555555555555", "666666666666", "777777777777", "888888888888"]"#,
        "any principal of account `333333333333`, any principal of account `444444444444`, any principal of account `555555555555`, \
         any principal of account `666666666666` and 2 more callers may now assume `role/orders`",
    ),
];

#[test]
fn the_headline_names_every_caller_that_a_trust_gains() {
    for (name, principals, expected) in CALLERS {
        let role = |principals: &str| {
            format!(
                "roles:\n  orders:\n    trust_document:\n      Version: \"2012-10-17\"\n      Statement:\n        - Effect: Allow\n          \
                 Principal: {{AWS: {principals}}}\n          Action: sts:AssumeRole\n"
            )
        };
        let trees = Trees::new(&role(r#""222222222222""#), &role(principals));
        let head = trees.path("head");
        let ran = iamctl(&head, &["review", "--base", "../base", "--account", "dev"]);
        let first = ran.out.lines().next().unwrap_or_default();
        assert_eq!(first, format!("New access: {expected}"), "{name}: {}", ran.err);
    }
}
