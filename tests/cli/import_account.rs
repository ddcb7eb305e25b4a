//! `iamctl import account` and `import snapshot` from outside: import → plan empty → apply --adopt → plan empty.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::odd_account;

fn iamctl(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A project with one embedded account.
fn project(account: &Value, file: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".iamctl")).unwrap();
    fs::write(directory.path().join(".iamctl/account.json"), account.to_string()).unwrap();
    fs::write(directory.path().join("iamctl.yaml"), file).unwrap();
    directory
}

const PROJECT: &str = "version: 1\nstack: team\n";

fn plan(directory: &Path, more: &[&str]) -> Value {
    let mut args = vec!["plan", "--format", "json"];
    args.extend(more);
    let (code, out, err) = iamctl(directory, &args);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// Every change is an adoption that puts ownership tags on.
fn only_ownership(plan: &Value) {
    for change in plan["changes"].as_array().unwrap() {
        let fields: Vec<&str> = change["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
        let action = change["action"].as_str().unwrap();
        assert!(matches!(action, "adopt" | "release"), "{change}");
        assert_eq!(fields, ["tags"], "{change}");
        let added = |side: &str| change["fields"][0][side].as_object().unwrap().clone();
        let (mut before, mut after) = (added("before"), added("after"));
        before.remove("iamctl:stack");
        after.remove("iamctl:stack");
        after.remove("iamctl:adopted");
        assert_eq!(before, after);
    }
}

fn tree(directory: &Path) -> Vec<(String, String)> {
    fn walk(directory: &Path, base: &Path, out: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, base, out);
            } else {
                let name = entry.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
                out.push((name, fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    let mut out = Vec::new();
    walk(directory, directory, &mut out);
    out.sort();
    out
}

#[test]
fn an_account_of_a_thousand_odd_entities_comes_back_as_it_is() {
    for (seed, layout, count) in [(1, "role", 1000), (2, "path", 200), (3, "tag:team", 200), (4, "role", 200)] {
        let account = odd_account::make(seed, count);
        let project = project(&account, PROJECT);
        let here = project.path();
        let (code, out, err) = iamctl(here, &["import", "account", "-o", "specs", "--layout", layout]);
        assert_eq!(code, 7, "{out}{err}");
        let (code, out, err) = iamctl(here, &["validate"]);
        assert_eq!(code, 0, "{out}{err}");
        only_ownership(&plan(here, &["--adopt"]));
        let (code, out, err) = iamctl(here, &["apply", "--adopt", "--yes"]);
        assert_eq!(code, 0, "{out}{err}");
        let (code, out, err) = iamctl(here, &["plan", "--account", "local", "--detailed-exitcode"]);
        assert_eq!(code, 0, "{out}{err}");
        // And once more: everything is declared already.
        let before = tree(&here.join("specs"));
        let (_, out, err) = iamctl(here, &["import", "account", "-o", "specs", "--layout", layout]);
        assert!(out.contains("Nothing new was written."), "{out}{err}");
        assert_eq!(before, tree(&here.join("specs")));
    }
}

#[test]
fn every_dump_comes_back_as_it_is() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/gaad");
    let mut seen = 0;
    for dump in fs::read_dir(vectors).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "json")) {
        let directory = tempfile::tempdir().unwrap();
        let (here, dump) = (directory.path(), dump.to_str().unwrap());
        let (code, out, err) = iamctl(here, &["import", "snapshot", dump, "-o", "specs", "--include-aws-made"]);
        assert!(code == 0 || code == 7, "{out}{err}");
        only_ownership(&plan(here, &["--against", dump, "--adopt"]));
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn an_account_that_terraform_made_comes_back_from_the_account_and_from_the_state() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/terraform");
    let account: Value = serde_json::from_str(&fs::read_to_string(vectors.join("account.json")).unwrap()).unwrap();
    let state = vectors.join("state.json");
    let mut written = Vec::new();
    for from in [vec!["account", "--include-service-linked"], vec!["terraform", state.to_str().unwrap()]] {
        let file = "version: 1\nstack: team\naccounts: {here: {embedded: .iamctl/account.json, region: us-east-1}}\ndefault_account: here\n";
        let project = project(&account, file);
        let here = project.path();
        let (code, out, err) = iamctl(here, &[&["import"], from.as_slice(), &["-o", "specs"]].concat());
        assert_eq!(code, 0, "{out}{err}");
        let made = plan(here, &["--adopt"]);
        only_ownership(&made);
        assert!(made["summary"]["adopt"].as_u64().unwrap() >= 11, "{made}");
        assert_eq!(iamctl(here, &["apply", "--adopt", "--yes"]).0, 0);
        assert_eq!(iamctl(here, &["plan", "--detailed-exitcode"]).0, 0, "nothing is left to do");
        written.push(tree(&here.join("specs")));
    }
    // Terraform makes its users; whoever made those of an account is not known.
    let same = |files: &[(String, String)]| -> Vec<(String, String)> {
        files.iter().map(|(name, text)| (name.clone(), text.replace("    create: true\n", ""))).collect()
    };
    let (account, state) = (same(&written[0]), same(&written[1]));
    assert_eq!(account, state, "state and account say the same");
}

#[test]
fn what_is_not_ours_to_write_is_listed_with_its_reason() {
    let project = project(&odd_account::small(), PROJECT);
    let (code, out, _) = iamctl(project.path(), &["import", "account", "-o", "specs"]);
    assert_eq!(code, 7);
    for line in [
        "role/AWSServiceRoleForSupport: it is service-linked",
        "role/AWSReservedSSO_Admin_0123456789abcdef: it is reserved",
        "role/OrganizationAccountAccessRole: AWS Organizations made it",
        "role/others: the stack `other` owns it",
        "role/stacked: the CloudFormation stack `web` owns it (`--include-cloudformation`)",
        "role/dangling: its trust names `AROAQ3EGRIG2EXAMPLE12`, a principal that was deleted",
        "instance-profile/second: `role/app` has another instance profile, and a spec declares one",
        "instance-profile/empty: it holds no role",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let (code, out, err) = iamctl(
        project.path(),
        &["import", "account", "-o", "all", "--include-cloudformation", "--include-service-linked", "--include-aws-made"],
    );
    assert_eq!(code, 7, "{err}");
    assert!(out.contains("service-linked-roles.yaml") && out.contains("all/roles/stacked.yaml"), "{out}");
}

#[test]
fn a_selection_brings_what_only_it_uses() {
    let project = project(&odd_account::small(), PROJECT);
    let (code, out, err) = iamctl(project.path(), &["import", "account", "-o", "specs", "--select", "role/APP*"]);
    assert_eq!(code, 0, "{out}{err}");
    let files = tree(&project.path().join("specs"));
    let expected = "version: 1

policies:
  app-only:
    description: Reads the bucket
    document:
      Version: \"2012-10-17\"
      Statement:
        Effect: Allow
        Action: s3:GetObject
        Resource: arn:${partition}:s3:::b-${account_id}/${aws:username}/*

roles:
  app:
    path: /team/
    description: |-
      Runs the app:
      day and night
    max_session_duration: 1h30m
    tags:
      \"on\": \"yes\"
      team: \"0042\"
    trust:
      - service: ec2.amazonaws.com
        source_account: ${account_id}
      - aws: role/caller
        mfa: true
    managed_policies:
      - app-only
      - arn:${partition}:iam::${account_id}:policy/shared
      - aws/ReadOnlyAccess
    instance_profile: true
";
    assert_eq!(files, [("roles/app.yaml".to_owned(), expected.to_owned())]);
    let (code, out, _) = iamctl(project.path(), &["import", "account", "-o", "specs", "--select", "role/nobody-*"]);
    assert_eq!(code, 0);
    assert!(out.contains("Nothing in the account matches `role/nobody-*`."), "{out}");
}

#[test]
fn a_second_import_adds_what_is_new_and_touches_nothing_else() {
    let project = project(&odd_account::small(), PROJECT);
    let here = project.path();
    assert_eq!(iamctl(here, &["import", "account", "-o", "specs", "--select", "role/app"]).0, 0);
    let mine = fs::read_to_string(here.join("specs/roles/app.yaml")).unwrap().replace("Reads the bucket", "Reads the bucket ");
    fs::write(here.join("specs/roles/app.yaml"), format!("# mine\n{mine}")).unwrap();
    fs::write(here.join("specs/policies.yaml"), "# kept\n").unwrap();
    assert_eq!(iamctl(here, &["import", "account", "-o", "specs"]).0, 7);
    let files = tree(&here.join("specs"));
    let text = |name: &str| files.iter().find(|(n, _)| n == name).map(|(_, t)| t.as_str()).unwrap();
    assert!(text("roles/app.yaml").starts_with("# mine\n"));
    assert_eq!(text("policies.yaml"), "# kept\n");
    assert!(text("policies/shared.yaml").contains("shared:"));
    assert!(files.iter().any(|(n, _)| n == "roles/caller.yaml"));
}

#[test]
fn specs_that_would_change_the_account_are_not_written() {
    let defaults = "version: 1\nstack: team\ndefaults: {tags: {cost: ml}}\n";
    let project = project(&odd_account::small(), defaults);
    let (code, out, err) = iamctl(project.path(), &["import", "account", "-o", "specs", "--select", "role/app"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("role/app: tags is") && err.contains("nothing was written"), "{err}");
    assert!(!project.path().join("specs").exists());
}

#[test]
fn errors_in_the_specs_that_are_there_stop_an_import() {
    let project = project(&odd_account::small(), PROJECT);
    fs::create_dir(project.path().join("specs")).unwrap();
    fs::write(project.path().join("specs/bad.yaml"), "rolse: {}\n").unwrap();
    let (code, _, err) = iamctl(project.path(), &["import", "account", "-o", "specs"]);
    assert_eq!(code, 3);
    assert!(err.contains("unknown key `rolse`"), "{err}");
}

#[test]
fn an_account_in_another_partition_comes_back_too() {
    let text = odd_account::make(9, 120).to_string().replace("arn:aws:", "arn:aws-cn:");
    let mut account: Value = serde_json::from_str(&text).unwrap();
    account["account"]["partition"] = json!("aws-cn");
    let project = project(&account, PROJECT);
    let (code, out, err) = iamctl(project.path(), &["import", "account", "-o", "specs"]);
    assert_eq!(code, 7, "{out}{err}");
    only_ownership(&plan(project.path(), &["--adopt"]));
}

/// Three accounts of a team: what they share, what each calls its own, and what one has otherwise.
fn three_accounts() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".iamctl")).unwrap();
    let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
    let mut file = "version: 1\nstack: team\ndefault_account: dev\naccounts:\n".to_owned();
    for (name, id, stage) in
        [("dev", "111111111111", "dev"), ("staging", "222222222222", "test"), ("prod", "333333333333", "live")]
    {
        let trust = |aws: &str| document(json!({"Effect": "Allow", "Principal": {"AWS": aws}, "Action": "sts:AssumeRole"}));
        let role = |trust: Value, inline: Value, attached: Value, tags: Value| {
            json!({"path": "/", "id": "", "trust": trust, "description": null, "max_session_duration": 3600,
                "permissions_boundary": null, "tags": tags, "inline_policies": inline, "attached_policies": attached})
        };
        let read = |resource: String| document(json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}));
        let root = format!("arn:aws:iam::{id}:root");
        let mut roles = json!({
            "same": role(trust(&root), json!({}), json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]), json!({})),
            "app": role(trust(&root), json!({"Own": read(format!("arn:aws:s3:::{stage}-data-{id}/*"))}),
                json!([format!("arn:aws:iam::{id}:policy/shared")]), json!({"stage": stage})),
            format!("{name}-deployer"): role(trust(&format!("arn:aws:iam::{id}:role/app")), json!({}), json!([]), json!({"env": name})),
            "helper": role(trust(&root), json!({}), json!([]), json!({})),
        });
        match name {
            "prod" => {
                roles["helper"]["inline_policies"] = json!({"More": read("arn:aws:s3:::more/*".to_owned())});
                roles["break-glass"] = role(trust(&root), json!({}), json!([]), json!({}));
            }
            _ => {
                let owner = if name == "dev" { "444444444444" } else { "555555555555" };
                roles["sandbox"] = role(trust(&format!("arn:aws:iam::{owner}:root")), json!({}), json!([]), json!({}));
            }
        }
        let logs = document(json!({"Effect": "Allow", "Action": "logs:*", "Resource": format!("arn:aws:logs:eu-west-1:{id}:*")}));
        let policies = json!({"shared": {"path": "/", "id": "", "description": null, "tags": {},
            "versions": {"v1": {"document": logs}}, "default_version": "v1"}});
        let account =
            json!({"format_version": 1, "account": {"id": id, "partition": "aws"}, "roles": roles, "policies": policies});
        fs::write(directory.path().join(format!(".iamctl/{name}.json")), account.to_string()).unwrap();
        file += &format!("  {name}: {{id: \"{id}\", embedded: .iamctl/{name}.json}}\n");
    }
    fs::write(directory.path().join("iamctl.yaml"), file).unwrap();
    directory
}

#[test]
fn several_accounts_become_one_set_of_specs() {
    let project = three_accounts();
    let here = project.path();
    let (code, out, err) = iamctl(here, &["import", "account", "--select", "all", "-o", "specs"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("accounts `dev`, `prod`, `staging`, chosen by --select"), "{err}");
    let (said, vars) = out.split_once("Put them into `iamctl.yaml`:\n\n").expect(&out);
    assert!(said.contains("9 entities in 7 files: 1 policy, 8 roles."), "{said}");
    let files = tree(&here.join("specs"));
    let text = |name: &str| files.iter().find(|(n, _)| n == name).map(|(_, t)| t.as_str()).expect(name);
    assert!(!text("roles/same.yaml").contains("accounts:"));
    assert!(text("roles/account-deployer.yaml").contains("  ${account}-deployer:\n    tags:\n      env: ${account}\n"));
    let app = text("roles/app.yaml");
    assert!(app.contains("stage: ${var.app_stage}") && app.contains("s3:::${var.app_stage}-data-${account_id}/*"), "{app}");
    assert!(text("roles/break-glass.yaml").contains("accounts: [prod]"));
    let sandbox = text("roles/sandbox.yaml");
    assert!(sandbox.contains("aws: ${var.sandbox_aws}") && sandbox.contains("accounts: [dev, staging]"), "{sandbox}");
    assert!(text("roles/helper.yaml").contains("accounts: [dev, staging]"));
    let more = text("roles/helper-prod.yaml");
    assert!(more.contains("s3:::more/*") && more.contains("accounts: [prod]"), "{more}");

    // What is printed for the project file is what the plans need.
    let file = fs::read_to_string(here.join("iamctl.yaml")).unwrap();
    let mut with_vars = String::new();
    for line in file.lines() {
        let account = line.strip_prefix("  ").filter(|l| l.contains("embedded")).and_then(|l| l.split(':').next());
        let own = account.map(|name| {
            let (_, rest) = vars.split_once(&format!("  {name}:\n    vars:\n")).unwrap();
            let values: Vec<&str> = rest.lines().take_while(|l| l.starts_with("      ")).map(str::trim).collect();
            line.replace('}', &format!(", vars: {{{}}}}}", values.join(", ")))
        });
        with_vars += &(own.unwrap_or_else(|| line.to_owned()) + "\n");
    }
    fs::write(here.join("iamctl.yaml"), with_vars).unwrap();
    for account in ["dev", "staging", "prod"] {
        only_ownership(&plan(here, &["--account", account, "--adopt"]));
        assert_eq!(iamctl(here, &["apply", "--account", account, "--adopt", "--yes"]).0, 0);
        assert_eq!(iamctl(here, &["plan", "--account", account, "--detailed-exitcode"]).0, 0, "nothing is left to do");
    }
    let (code, out, _) = iamctl(here, &["import", "account", "--select", "all", "-o", "specs"]);
    assert!(code == 0 && out.contains("Nothing new was written."), "{out}");
}

#[test]
fn some_accounts_of_a_project_say_which() {
    let project = three_accounts();
    let here = project.path();
    let select = ["--select", "*", "--select", "!prod", "--select", "role/same"];
    let (code, out, err) = iamctl(here, &[&["import", "account", "-o", "specs"], select.as_slice()].concat());
    assert_eq!(code, 0, "{out}{err}");
    let files = tree(&here.join("specs"));
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].1.ends_with("    accounts: [dev, staging]\n"), "{}", files[0].1);
    for (select, why) in [
        (&["--select", "prd"][..], "no account is called `prd`"),
        (&["--select", "dev", "--select", "!dev"], "no account is selected"),
        (&["--select", "dev", "--account", "prod"], "`--account` and `--select` choose accounts both"),
    ] {
        let (code, _, err) = iamctl(here, &[&["import", "account", "-o", "more"], select].concat());
        assert!(code == 64 && err.contains(why), "{code} {err}");
        assert!(!here.join("more").exists());
    }
    fs::write(here.join(".iamctl/staging.json"), "{").unwrap();
    let (code, _, err) = iamctl(here, &["import", "account", "--select", "all", "-o", "more"]);
    assert!(code == 1 && err.contains("account `staging`:") && !here.join("more").exists(), "{code} {err}");
}
