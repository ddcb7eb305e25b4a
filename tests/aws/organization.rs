//! `iamctl accounts sync` against the emulator's AWS Organizations.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_organizations::types::{OrganizationFeatureSet, PolicyType, Tag};
use serde_json::{Value, json};

use crate::support::moto::{Moto, Session};

fn client(session: &Session) -> Client {
    let keys = Credentials::new(&session.key, &session.secret, Some(session.token.clone()), None, "test");
    let config = aws_sdk_organizations::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(keys)
        .endpoint_url(format!("http://{}", Moto::shared().address()));
    Client::from_conf(config.build())
}

/// Makes an account in a unit; gives its id.
async fn account(client: &Client, name: &str, root: &str, unit: Option<&str>) -> String {
    let made = client.create_account().account_name(name).email("a@example.com").send().await.unwrap();
    let id = made.create_account_status().unwrap().account_id().unwrap().to_owned();
    if let Some(unit) = unit {
        client.move_account().account_id(&id).source_parent_id(root).destination_parent_id(unit).send().await.unwrap();
    }
    id
}

fn sync(directory: &Path, session: &Session) -> (i32, String) {
    let env: BTreeMap<&str, String> = session.env(&format!("http://{}", Moto::shared().address()));
    let output =
        Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory).envs(env).args(["accounts", "sync"]).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn an_organisation_is_written_down_sorted_and_stable() {
    let session = Moto::shared().session("400000000301");
    let client = client(&session);
    client.create_organization().feature_set(OrganizationFeatureSet::All).send().await.unwrap();
    let root = client.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    let unit = async |parent: &str, name: &str| {
        let made = client.create_organizational_unit().parent_id(parent).name(name).send().await.unwrap();
        made.organizational_unit().unwrap().id().unwrap().to_owned()
    };
    let workloads = unit(&root, "Workloads").await;
    let prod = unit(&workloads, "Prod").await;
    let team = account(&client, "Team A", &root, Some(&prod)).await;
    let logs = [account(&client, "log", &root, None).await, account(&client, "log", &root, None).await];
    let tag = Tag::builder().key("team").value("a").build().unwrap();
    client.tag_resource().resource_id(&team).tags(tag).send().await.unwrap();
    client.enable_policy_type().root_id(&root).policy_type(PolicyType::ServiceControlPolicy).send().await.unwrap();
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}});
    let policy = client
        .create_policy()
        .name("no-s3")
        .description("none")
        .r#type(PolicyType::ServiceControlPolicy)
        .content(document.to_string())
        .send()
        .await
        .unwrap();
    let policy = policy.policy().unwrap().policy_summary().unwrap().id().unwrap().to_owned();
    client.attach_policy().policy_id(&policy).target_id(&prod).send().await.unwrap();

    let directory = tempfile::tempdir().unwrap();
    let project = "version: 1\nstack: s\ndefault_account: Team-A\naccounts_from: {file: accounts.json, embedded: \"${account}.json\"}\ngroups: {prod: {ou: /Workloads/Prod}}\n";
    fs::write(directory.path().join("iamctl.yaml"), project).unwrap();
    let (code, err) = sync(directory.path(), &session);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("4 accounts (4 new, 0 changed, 0 gone), 3 units, "), "{err}");
    let written = fs::read(directory.path().join("accounts.json")).unwrap();
    let file: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(file["organization"]["management_account"], "400000000301");
    let account = |id: &str| file["accounts"].as_array().unwrap().iter().find(|a| a["id"] == id).unwrap().clone();
    assert_eq!(
        account(&team),
        json!({"id": team, "name": "Team-A", "state": "ACTIVE", "ou": "/Workloads/Prod", "tags": {"team": "a"}})
    );
    for id in &logs {
        assert_eq!((account(id)["name"].as_str().unwrap(), &account(id)["ou"]), (format!("log-{id}").as_str(), &json!("/")));
    }
    let ids: Vec<&str> = file["accounts"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let found = file["policies"].as_array().unwrap().iter().find(|p| p["id"] == policy.as_str()).unwrap();
    assert_eq!((&found["targets"], &found["document"]), (&json!(["/Workloads/Prod"]), &document));
    let schema = Command::new(env!("CARGO_BIN_EXE_iamctl")).args(["schema", "accounts"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&file), "{file:#}");

    // The same organisation is the same file; and the project reads it.
    let (code, err) = sync(directory.path(), &session);
    assert!(code == 0 && err.contains("(0 new, 0 changed, 0 gone)"), "{err}");
    assert_eq!(fs::read(directory.path().join("accounts.json")).unwrap(), written);
    let listed = Command::new(env!("CARGO_BIN_EXE_iamctl")).current_dir(directory.path()).arg("accounts").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.lines().any(|line| line.starts_with("Team-A ") && line.ends_with("prod")), "{listed}");

    // Another organisation does not take the file over, and what is not an accounts file is not overwritten.
    let other = Moto::shared().session("400000000302");
    self::client(&other).create_organization().feature_set(OrganizationFeatureSet::All).send().await.unwrap();
    let (code, err) = sync(directory.path(), &other);
    assert!(code == 1 && err.contains("and the credentials are of `") && err.contains("nothing was written"), "{err}");
    assert_eq!(fs::read(directory.path().join("accounts.json")).unwrap(), written);
    fs::write(directory.path().join("accounts.json"), "notes").unwrap();
    let (code, err) = sync(directory.path(), &session);
    assert!(code == 64 && err.contains("exists and is not an accounts file"), "{err}");
}

#[test]
fn without_an_organisation_nothing_is_written() {
    let session = Moto::shared().session("400000000303");
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("iamctl.yaml"), "version: 1\nstack: s\naccounts_from: {file: accounts.json}\n").unwrap();
    let (code, err) = sync(directory.path(), &session);
    assert!(code == 1 && err.contains("AWSOrganizationsNotInUse"), "{err}");
    assert!(!directory.path().join("accounts.json").exists());
    fs::write(directory.path().join("iamctl.yaml"), "version: 1\nstack: s\n").unwrap();
    let (code, err) = sync(directory.path(), &session);
    assert!(code == 64 && err.contains("does not say where its accounts are written down"), "{err}");
}
