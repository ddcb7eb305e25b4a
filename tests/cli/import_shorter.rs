//! What `iamctl import` writes shorter: templates with several instances, lists in texts, parts by account. The plan stays the same.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

fn iamctl(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn done(directory: &Path, args: &[&str]) -> String {
    let (code, out, err) = iamctl(directory, args);
    assert_eq!(code, 0, "{args:?}\n{out}{err}");
    out
}

fn read(directory: &Path, name: &str) -> String {
    fs::read_to_string(directory.join("specs").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Text of all files, the longest way to say how long they are.
fn lines(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { lines(&path) } else { fs::read_to_string(path).unwrap().lines().count() }).sum()
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copied(&entry, &target) } else { _ = fs::copy(&entry, target).unwrap() }
    }
}

/// An example of the documentation, applied to its accounts, its specs gone.
fn applied(example: &str, accounts: &[&str]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    copied(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples").join(example), directory.path());
    for account in accounts {
        done(directory.path(), &["apply", "--yes", "--account", account]);
    }
    fs::rename(directory.path().join("specs"), directory.path().join("original")).unwrap();
    directory
}

/// Nothing is left to do, and what is written out plans to the same digest.
fn holds(here: &Path, account: &str) {
    let plan = || -> Value {
        let plan: Value = serde_json::from_str(&done(here, &["plan", "--account", account, "--format", "json"])).unwrap();
        assert_eq!(plan["changes"], json!([]), "{plan:#}");
        plan["digest"].clone()
    };
    let before = plan();
    let rendered = done(here, &["render", "--account", account]);
    let aside = here.join("aside");
    fs::rename(here.join("specs"), &aside).unwrap();
    fs::create_dir(here.join("specs")).unwrap();
    fs::write(here.join("specs/rendered.yaml"), rendered).unwrap();
    assert_eq!(plan(), before);
    fs::remove_dir_all(here.join("specs")).unwrap();
    fs::rename(aside, here.join("specs")).unwrap();
}

#[test]
fn repositories_and_environments_become_one_entry() {
    let project = applied("github-deploy", &["local"]);
    let here = project.path();
    let said = done(here, &["import", "account", "-o", "specs"]);
    assert!(said.contains("37 entities in 3 files: 1 OIDC provider, 36 roles."), "{said}");
    let uses = read(here, "roles/gh.yaml");
    let entry = "    name: gh-${each.repository}-${each.environment}\n    with:\n      repository: ${each.repository}\n      environment: ${each.environment}\n";
    assert!(
        uses.ends_with(entry) && uses.contains("environment: [dev, prod, staging]") && uses.contains("- mobile-bff\n"),
        "{uses}"
    );
    let template = read(here, "templates/gh.yaml");
    assert!(
        template.contains("repository: acme/${param.repository}\n            environment: ${param.environment}\n"),
        "{template}"
    );
    assert!(lines(&here.join("specs")) < 60);
    holds(here, "local");
    let again = done(here, &["import", "account", "-o", "specs"]);
    assert!(again.contains("Nothing new was written."), "{again}");
    // By path all stand in one file.
    fs::remove_dir_all(here.join("specs")).unwrap();
    done(here, &["import", "account", "-o", "specs", "--layout", "path"]);
    assert!(read(here, "root.yaml").contains("\nuse:\n"));
    holds(here, "local");
}

#[test]
fn what_the_name_does_not_say_is_a_parameter_and_lists_stand_in_texts() {
    let project = applied("data-platform", &["local"]);
    let here = project.path();
    done(here, &["import", "account", "-o", "specs"]);
    let template = read(here, "templates/lake.yaml");
    for text in [
        "Resource: \"arn:${partition}:s3:::lake-${param.resource[*]}/${param.item}/*\"",
        "Resource: \"arn:${partition}:s3:::lake-${param.resource[*]}\"",
        "s3:prefix: ${param.item}/*",
        "type: list",
    ] {
        assert!(template.contains(text), "{text}\n{template}");
    }
    let uses = read(here, "roles/lake.yaml");
    assert!(uses.contains("    name: lake-risk\n    with:\n      item: risk\n      resource: [raw, curated, mart]\n"), "{uses}");
    // The one without the optional statement is another role.
    assert!(read(here, "roles/lake-finance.yaml").contains("\n  lake-finance:\n"));
    holds(here, "local");
}

#[test]
fn one_role_that_differs_by_account_is_one_entity_with_parts() {
    let project = applied("differs-by-account", &["dev", "staging", "prod"]);
    let here = project.path();
    let said = done(here, &["import", "account", "--select", "all", "-o", "specs"]);
    assert!(said.contains("roles/account_iambic_test_role.yaml"), "{said}");
    assert!(!said.contains("engineer-prod"), "{said}");
    let text = read(here, "roles/engineer.yaml");
    assert!(text.contains("    description: Engineers in ${account}\n"), "{text}");
    let both = "parts:\n  - accounts: [dev, staging]\n    spec:\n      roles:\n        engineer:\n          max_session_duration: 4h\n          inline_policies:\n            Queues:\n              Statement:\n";
    assert!(text.contains(both) && text.matches("sqs:PurgeQueue").count() == 1, "{text}");
    assert!(text.contains("  - accounts: [dev]\n") && text.contains("managed_policies: [aws/AmazonS3ReadOnlyAccess]"), "{text}");
    for account in ["dev", "staging", "prod"] {
        holds(here, account);
    }
}

/// An account with roles of these names and actions.
fn account(roles: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let role = |(name, action): &(&str, &str)| {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": format!("arn:aws:s3:::data-{name}/*")});
        let trust = json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
        let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
        let role = json!({"path": "/", "id": "", "trust": document(trust), "description": format!("For {name}"), "max_session_duration": 3600,
            "permissions_boundary": null, "tags": {"app": name}, "inline_policies": {"Own": document(statement)}, "attached_policies": []});
        ((*name).to_owned(), role)
    };
    let roles: serde_json::Map<String, Value> = roles.iter().map(role).collect();
    let account = json!({"format_version": 1, "account": {"id": "111111111111", "partition": "aws"}, "roles": roles});
    fs::write(directory.path().join("account.json"), account.to_string()).unwrap();
    let file = "version: 1\nstack: t\ndefault_account: here\naccounts: {here: {embedded: account.json}}\n";
    fs::write(directory.path().join("iamctl.yaml"), file).unwrap();
    directory
}

#[test]
fn names_without_anything_in_common_are_the_list_itself() {
    // A word of every ARN may be the name of a role.
    for last in ["jobs", "s3", "for", "data"] {
        let project =
            account(&[("web", "s3:GetObject"), ("api", "s3:GetObject"), (last, "s3:GetObject"), ("other", "s3:PutObject")]);
        let here = project.path();
        done(here, &["import", "account", "-o", "specs"]);
        if last == "jobs" {
            let uses = read(here, "roles/shared-roles.yaml");
            assert!(uses.ends_with("    each:\n      app: [api, jobs, web]\n    name: ${each.app}\n"), "{uses}");
        }
        assert!(read(here, "roles/other.yaml").contains("s3:PutObject"));
        let adopted = done(here, &["plan", "--adopt", "--format", "json"]);
        let plan: Value = serde_json::from_str(&adopted).unwrap();
        assert!(plan["changes"].as_array().unwrap().iter().all(|change| change["action"] == "adopt"), "{plan:#}");
        done(here, &["apply", "--adopt", "--yes"]);
        holds(here, "here");
    }
}

#[test]
fn few_or_different_roles_stay_as_they_are() {
    for roles in [
        &[("app-web", "s3:GetObject"), ("app-api", "s3:GetObject")][..],
        &[("app-web", "s3:GetObject"), ("app-api", "s3:PutObject"), ("app-job", "s3:DeleteObject")],
    ] {
        let project = account(roles);
        done(project.path(), &["import", "account", "-o", "specs"]);
        assert!(!project.path().join("specs/templates").exists(), "{roles:?}");
        assert!(read(project.path(), "roles/app-web.yaml").contains("description: For app-web\n"));
    }
}

#[test]
fn a_template_of_the_project_keeps_its_name() {
    let roles: Vec<(String, &str)> = (0..4).map(|n| (format!("app-n{n}"), "s3:GetObject")).collect();
    let roles: Vec<(&str, &str)> = roles.iter().map(|(name, action)| (name.as_str(), *action)).collect();
    let project = account(&roles);
    let here = project.path();
    fs::create_dir_all(here.join("specs/templates")).unwrap();
    fs::write(here.join("specs/templates/app.yaml"), "version: 1\ntemplate: app\nspec: {}\n").unwrap();
    done(here, &["import", "account", "-o", "specs"]);
    assert!(read(here, "templates/app-2.yaml").contains("template: app-2\n"));
    done(here, &["apply", "--adopt", "--yes"]);
    holds(here, "here");
    // Where the name is taken in another file, what was imported stays plain.
    fs::remove_dir_all(here.join("specs")).unwrap();
    fs::create_dir_all(here.join("specs/templates")).unwrap();
    fs::write(here.join("specs/templates/mine.yaml"), "version: 1\ntemplate: app\nspec: {}\n").unwrap();
    done(here, &["import", "account", "-o", "specs"]);
    assert!(read(here, "roles/app-n0.yaml").contains("\nroles:\n"));
}
