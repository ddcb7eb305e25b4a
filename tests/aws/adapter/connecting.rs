//! The standard ways to say who and where: environment, profiles, assumed roles. Each runs in a process of its own, because the
//! environment belongs to the process.

use std::fs;
use std::time::Instant;

use iamctl::backend::aws::{AssumeRole, AwsOptions};

use super::*;
use crate::support::alone;

/// Connects as its environment says, and prints whom it is.
#[tokio::test]
#[ignore = "needs an environment of its own: the tests below run it in a process with one"]
async fn child() {
    let get = |key: &str| std::env::var(key).ok();
    let options = AwsOptions {
        profile: get("TEST_PROFILE"),
        region: get("TEST_REGION"),
        assume_role: get("TEST_ROLE")
            .map(|arn| AssumeRole { arn, external_id: get("TEST_EXTERNAL_ID"), session_name: None })
            .into_iter()
            .collect(),
        label: Default::default(),
    };
    let started = Instant::now();
    let account = AwsAccount::connect(&options).await;
    if get("TEST_READ").is_some() {
        account.snapshot(&scope(), &Silent).await.unwrap();
    }
    match account.caller().await {
        Ok(caller) => println!("\nCALLER {} {} after {:?}", caller.account.id, caller.arn, started.elapsed()),
        Err(error) => println!("\nERROR {:?} {error} after {:?}", error.kind, started.elapsed()),
    }
}

fn run(set: &[(&str, &str)]) -> String {
    let mut command = alone::command(concat!(module_path!(), "::child"));
    for key in std::env::vars().map(|(key, _)| key).filter(|key| key.starts_with("AWS_")) {
        command.env_remove(key);
    }
    command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("NO_PROXY", "127.0.0.1").envs(set.iter().copied());
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}

#[test]
fn keys_and_endpoint_come_from_the_environment() {
    let proxy = Proxy::start(Some(Moto::shared().address()));
    let session = Moto::shared().session("400000000001");
    let env = session.env(&proxy.url());
    let env: Vec<_> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let out = run(&env);
    assert!(out.contains("CALLER 400000000001"), "{out}");
}

#[test]
fn iam_may_have_an_endpoint_of_its_own() {
    let (all, iam) = (Proxy::start(Some(Moto::shared().address())), Proxy::start(Some(Moto::shared().address())));
    let (url, session) = (iam.url(), Moto::shared().session("400000000006"));
    let env = session.env(&all.url());
    let mut env: Vec<_> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    env.extend([("AWS_ENDPOINT_URL_IAM", url.as_str()), ("TEST_READ", "1")]);
    let out = run(&env);
    assert!(out.contains("CALLER 400000000006"), "{out}");
    assert_eq!(all.counts().into_iter().collect::<Vec<_>>(), [("GetCallerIdentity".to_owned(), 1)]);
    assert_eq!((iam.count("GetAccountAuthorizationDetails"), iam.count("GetCallerIdentity")), (1, 0));
}

#[test]
fn a_named_profile_wins_over_keys_in_the_environment_and_may_name_the_endpoint() {
    let proxy = Proxy::start(Some(Moto::shared().address()));
    let (session, other) = (Moto::shared().session("400000000002"), Moto::shared().session("400000000003"));
    let folder = tempfile::tempdir().unwrap();
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    fs::write(&config, format!("[profile dev]\nregion = eu-west-1\nendpoint_url = {}\n", proxy.url())).unwrap();
    let keys = format!(
        "[dev]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        session.key, session.secret, session.token
    );
    fs::write(&credentials, keys).unwrap();
    let files = [("AWS_CONFIG_FILE", config.to_str().unwrap()), ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().unwrap())];
    let named = [
        ("TEST_PROFILE", "dev"),
        ("AWS_ACCESS_KEY_ID", other.key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", other.secret.as_str()),
        ("AWS_SESSION_TOKEN", other.token.as_str()),
    ];
    let out = run(&[files.as_slice(), named.as_slice()].concat());
    assert!(out.contains("CALLER 400000000002"), "{out}");
    let out = run(&[files.as_slice(), &[("AWS_PROFILE", "dev")]].concat());
    assert!(out.contains("CALLER 400000000002"), "{out}");
}

#[test]
fn a_role_is_assumed_with_its_external_id() {
    let proxy = Proxy::start(Some(Moto::shared().address()));
    let session = Moto::shared().session("400000000004");
    let env = session.env(&proxy.url());
    let mut env: Vec<_> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    env.extend([("TEST_ROLE", "arn:aws:iam::400000000005:role/iamctl"), ("TEST_EXTERNAL_ID", "secret-handshake")]);
    let out = run(&env);
    assert!(out.contains("CALLER 400000000005 arn:aws:sts::400000000005:assumed-role/iamctl/iamctl"), "{out}");
    assert!(proxy.bodies("AssumeRole")[0].contains("ExternalId=secret-handshake"));
}

#[test]
fn without_credentials_the_next_move_is_said_at_once() {
    let started = Instant::now();
    let out = run(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    assert!(out.contains("ERROR Credentials") && out.contains("aws sso login"), "{out}");
    let out = run(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("TEST_PROFILE", "no-such-profile")]);
    assert!(out.contains("ERROR Credentials") && out.contains("no-such-profile"), "{out}");
    assert!(started.elapsed() < Duration::from_secs(10), "it took {:?}", started.elapsed());
}

#[test]
fn an_endpoint_that_does_not_answer_is_unavailable_and_no_question_of_credentials() {
    let out = run(&[
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ]);
    assert!(out.contains("ERROR Unavailable"), "{out}");
}

/// The instance metadata service is given two short tries.
#[test]
fn a_machine_without_metadata_service_is_not_waited_for() {
    let out = run(&[
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9"),
    ]);
    assert!(out.contains("ERROR Credentials"), "{out}");
}
