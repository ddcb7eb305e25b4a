//! The JSON Schemas: editors that follow them accept what iamctl accepts and flag what it refuses.

use std::path::{Path, PathBuf};

use iamctl::spec::schema::{project_schema, spec_schema, template_schema};
use serde_json::Value;

fn yaml_files(under: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(under)];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn errors(schema: &Value, text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let documents = serde_yaml::Deserializer::from_str(text);
    documents
        .flat_map(|document| {
            let value: Value = serde::Deserialize::deserialize(document).unwrap();
            validator.iter_errors(&value).map(|e| format!("{} at {}", e, e.instance_path())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_file_that_ships_follows_its_schema() {
    let (specs, templates): (Vec<_>, Vec<_>) =
        yaml_files("specs").into_iter().partition(|p| !p.components().any(|c| c.as_os_str() == "templates"));
    assert!(specs.len() >= 5 && templates.len() >= 7);
    let checked = specs.iter().map(|p| (p, spec_schema())).chain(templates.iter().map(|p| (p, template_schema())));
    for (path, schema) in checked {
        let found = errors(&schema, &std::fs::read_to_string(path).unwrap());
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
    let project = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("iamctl.yaml")).unwrap();
    assert_eq!(errors(&project_schema(), &project), Vec::<String>::new());
}

#[test]
fn what_init_writes_follows_its_schemas() {
    let folder = tempfile::tempdir().unwrap();
    assert_cmd::Command::cargo_bin("iamctl")
        .unwrap()
        .current_dir(folder.path())
        .args(["init", "--stack", "x"])
        .assert()
        .success();
    let project = std::fs::read_to_string(folder.path().join("iamctl.yaml")).unwrap();
    assert_eq!(errors(&project_schema(), &project), Vec::<String>::new());
    for entry in std::fs::read_dir(folder.path().join("specs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            assert_eq!(errors(&spec_schema(), &std::fs::read_to_string(&path).unwrap()), Vec::<String>::new(), "{path:?}");
        }
    }
}

#[test]
fn the_usual_mistakes_are_flagged() {
    let trust = "trust: [{service: ec2.amazonaws.com}]";
    for wrong in [
        "rols: {}".to_owned(),
        "version: 2".to_owned(),
        "roles: []".to_owned(),
        format!("roles: {{a: {{{trust}, tagz: {{}}}}}}"),
        format!("roles: {{a: {{{trust}, tags: [a]}}}}"),
        format!("roles: {{a: {{{trust}, tags: {{a: [b]}}}}}}"),
        format!("roles: {{a: {{{trust}, managed_policies: ReadOnlyAccess}}}}"),
        format!("roles: {{a: {{{trust}, manage: exclusiv}}}}"),
        format!("roles: {{a: {{{trust}, max_session_duration: 60}}}}"),
        format!("roles: {{a: {{{trust}, max_session_duration: an hour}}}}"),
        format!("roles: {{a: {{{trust}, protect: maybe}}}}"),
        format!("roles: {{a: {{{trust}, instance_profile: [x]}}}}"),
        "roles: {a: {trust: {service: ec2.amazonaws.com}}}".to_owned(),
        "roles: {a: {trust: [ec2.amazonaws.com]}}".to_owned(),
        "roles: {a: {trust: [{servce: ec2.amazonaws.com}]}}".to_owned(),
        "roles: {a: {trust: [{github: {repo: a/b}}]}}".to_owned(),
        "roles: {a: {trust: [{service: ec2.amazonaws.com, mfa: sometimes}]}}".to_owned(),
        "roles: {a: {trust: [{aws: 12}]}}".to_owned(),
        "policies: {p: {document_file: [x]}}".to_owned(),
        "policies: {p: {document: text}}".to_owned(),
        "roles: {a: {inline_policies: {p: text}}}".to_owned(),
        "users: {u: {trust: []}}".to_owned(),
        "groups: {g: {tags: {}}}".to_owned(),
        "groups: {g: {users: alice}}".to_owned(),
        "service_linked_roles: [{servic: x}]".to_owned(),
        "oidc_providers: {x.com: {thumbprint: []}}".to_owned(),
        "saml_providers: {X: {}}".to_owned(),
        "use: [{name: x}]".to_owned(),
        "use: [sagemaker/training]".to_owned(),
        "release: role/x".to_owned(),
        "use: [{template: t, each: {}, name: n}]".to_owned(),
        "use: [{template: t, each: {a: []}, name: n}]".to_owned(),
        "use: [{template: t, each: {a: [{b: c}]}, name: n}]".to_owned(),
        "use: [{template: t, each: {a: text}, name: n}]".to_owned(),
        "use: [{template: t, each: {a: [x]}}]".to_owned(),
        "use: [{template: t, each: {\"a b\": [x]}, name: n}]".to_owned(),
        "parts: [{spec: {}}]".to_owned(),
        "parts: [{accounts: [dev]}]".to_owned(),
        "parts: [{when: x, accounts: [dev], spec: {}}]".to_owned(),
        "parts: [{accounts: [dev], spec: {parts: []}}]".to_owned(),
        "parts: [{accounts: [dev], spec: {fragments: {}}}]".to_owned(),
        "parts: [{accounts: [dev], unless: x, spec: {}}]".to_owned(),
        "parts: [{accounts: [dev], spec: {rols: {}}}]".to_owned(),
        "fragments: {F: {Effect: Deny}}".to_owned(),
        "fragments: {F: [text]}".to_owned(),
        "fragments: {\"a b\": []}".to_owned(),
        "tests: [{name: x, principal: role/x}]".to_owned(),
        "tests: [{name: x, principal: role/x, expect: {allow: []}}]".to_owned(),
        "tests: [{name: x, principal: role/x, expect: {allowed: [{actoin: \"s3:x\"}]}}]".to_owned(),
    ] {
        assert!(!errors(&spec_schema(), &wrong).is_empty(), "{wrong}");
    }
    for wrong in [
        "stak: x",
        "specs: specs",
        "accounts: [dev]",
        "accounts: {dev: {embeded: x}}",
        "accounts: {dev: {id: 111111111111}}",
        "accounts: {dev: {id: \"1\"}}",
        "accounts: {dev: {assume_role: x}}",
        "guards: {max_deletes: many}",
        "guards: {max_changes_percent: 200}",
        "defaults: {description: x}",
        "ignore: {policies: []}",
        "stack: \"a b\"",
        "ownership: iamctl",
        "require: {boundary: x}",
        "require: {roles: {paths: /x/}}",
        "require: [team]",
    ] {
        assert!(!errors(&project_schema(), wrong).is_empty(), "{wrong}");
    }
    for wrong in [
        "template: x",
        "spec: {}",
        "{template: x, spec: {}, parameters: {a: {type: strin}}}",
        "{template: x, spec: {}, params: {}}",
        "{template: x, spec: {use: [{template: y}]}}",
        "{template: x, spec: {parts: []}}",
        "{template: x, spec: {}, parts: [{spec: {}}]}",
        "{template: x, spec: {}, parts: [{when: a, spec: {fragments: {}}}]}",
    ] {
        assert!(!errors(&template_schema(), wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn what_is_right_is_not_flagged() {
    for right in [
        "roles: {a: {trust: [{service: [a.amazonaws.com], mfa: true}], max_session_duration: 3600, instance_profile: true}}",
        "roles: {a: {trust: \"${var.trust}\", managed_policies: \"${var.list}\", tags: {n: 1, b: true}, max_session_duration: \"${var.d}\"}}",
        "roles: {a: {trust_document: {Version: \"2012-10-17\"}, inline_policies: {p: {document_file: x.json}}}}",
        "users: {alice: , bob: {create: true}}",
        "use: [{template: t, each: {a: [x, 1], b: \"${var.list}\"}, name: \"${each.a}-${each.b}\", with: {s: \"${fragment.F}\"}, accounts: [dev]}]",
        "parts: [{accounts: [dev, \"!x\"], spec: {roles: {r: {tags: {a: b}}}, use: [{template: t}]}}]",
        "fragments: {F: [\"${fragment.G}\", {Effect: Deny, Action: \"s3:*\", Resource: \"*\"}], G: []}",
        "users:\ngroups: {g: {users: [alice]}}",
        "roles: {a: {trust: [{aws: \"123456789012\"}], accounts: [\"dev-*\"]}}",
        "tests: [{name: x, assume: role/x, expect: {denied: [{aws: \"arn:aws:iam::999999999999:root\", context: {a: [b], c: 1}}]}}]",
    ] {
        assert_eq!(errors(&spec_schema(), right), Vec::<String>::new(), "{right}");
    }
    for right in
        ["accounts: {dev: {id: \"111111111111\", vars: {a: [1, {b: c}]}}}", "defaults: {max_session_duration: 1h}", "vars:\n"]
    {
        assert_eq!(errors(&project_schema(), right), Vec::<String>::new(), "{right}");
    }
}

#[test]
fn every_key_has_a_description() {
    fn undescribed(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    if property.get("description").is_none() {
                        out.push(format!("{path}/{key}"));
                    }
                }
                for (key, inner) in map {
                    undescribed(inner, &format!("{path}/{key}"), out);
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| undescribed(inner, path, out)),
            _ => {}
        }
    }
    for (name, schema) in [("spec", spec_schema()), ("project", project_schema()), ("template", template_schema())] {
        let mut out = Vec::new();
        undescribed(&schema, name, &mut out);
        assert!(out.is_empty(), "{out:#?}");
    }
}

#[test]
fn the_schemas_that_lie_in_the_repository_are_fresh() {
    for name in ["spec", "project", "accounts", "template", "plan", "snapshot", "apply"] {
        let made = assert_cmd::Command::cargo_bin("iamctl").unwrap().args(["schema", name]).assert().success();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
        let lies = std::fs::read_to_string(&path).unwrap();
        assert!(lies.as_bytes() == made.get_output().stdout, "run `iamctl schema {name} > schema/{name}.schema.json`");
    }
}

/// The fenced blocks of YAML in a page.
fn blocks(page: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("```yaml\n") {
        let Some((block, behind)) = after.split_once("```") else { break };
        out.push(block.to_owned());
        rest = behind;
    }
    out
}

/// The pages right in a folder.
fn pages(folder: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

#[test]
fn every_example_in_the_documentation_follows_its_schema() {
    let mut count = 0;
    for page in ["docs", "docs/gitops", "docs/fleet", "docs/commands"].iter().flat_map(|folder| pages(folder)) {
        let text = std::fs::read_to_string(&page).unwrap();
        for block in blocks(&text) {
            let value: Value = serde_yaml::from_str(&block).unwrap();
            if value.is_null() {
                continue;
            }
            let of_project = ["accounts", "accounts_from", "fleet_guards", "require", "forbid", "organization"]
                .iter()
                .any(|key| value.get(key).is_some());
            let (schema, block) = if of_project {
                (project_schema(), block)
            } else if value.get("template").is_some() {
                (template_schema(), block)
            } else if let Some(trust) = value.get("trust") {
                (spec_schema(), format!("roles: {{r: {{trust: {trust}}}}}"))
            } else {
                (spec_schema(), block)
            };
            assert_eq!(errors(&schema, &block), Vec::<String>::new(), "{}:\n{block}", page.display());
            count += 1;
        }
    }
    assert!(count > 12, "{count}");
}

#[test]
fn every_file_of_the_examples_follows_its_schema() {
    let all = yaml_files("docs/examples");
    assert!(all.len() >= 30, "{all:?}");
    for file in all {
        let schema = match file.components().any(|part| part.as_os_str() == "templates") {
            _ if file.ends_with("iamctl.yaml") => project_schema(),
            true => template_schema(),
            false => spec_schema(),
        };
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(errors(&schema, &text), Vec::<String>::new(), "{}", file.display());
    }
}
