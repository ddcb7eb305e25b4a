//! The AWS adapter against an emulator: every write, the whole reading, and the ways in which AWS misbehaves.

mod checking;
mod connecting;
mod faults;
mod reading;
mod whole;
mod writing;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::moto::Moto;
use crate::support::proxy::{Fault, Proxy};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::config::Credentials;
use iamctl::backend::aws::{AwsAccount, Timing};
use iamctl::backend::{AccountRead, AccountWrite, ReadScope, Silent};
use iamctl::model::{Operation, Snapshot};
use iamctl::names::{EntityKind, Name};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a+b/*"}]}"#;
const WRITE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}"#;

/// Short pauses, so that a test of patience is no test of ours.
const TIMING: Timing = Timing {
    window: Duration::from_secs(4),
    base: Duration::from_millis(20),
    cap: Duration::from_millis(200),
    deletion: Duration::from_secs(4),
};

/// An account of the emulator behind a proxy of its own.
struct Lab {
    account: AwsAccount,
    proxy: Proxy,
    id: &'static str,
}

impl Lab {
    async fn new(id: &'static str) -> Self {
        let moto = Moto::shared();
        let session = moto.session(id);
        let proxy = Proxy::start(Some(moto.address()));
        let credentials = Credentials::new(session.key, session.secret, Some(session.token), None, "test");
        let account = connected(&proxy, credentials).await;
        Self { account, proxy, id }
    }

    /// An account of which nothing is known but what the proxy answers.
    async fn canned() -> Self {
        let proxy = Proxy::start(None);
        proxy.fault(
            "GetCallerIdentity",
            usize::MAX,
            Fault::Answer(
                "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><Account>123456789012</Account>\
                 <UserId>AIDA</UserId></GetCallerIdentityResult>"
                    .to_owned(),
            ),
        );
        let account = connected(&proxy, Credentials::new("AKIAIOSFODNN7EXAMPLE", "x", None, None, "test")).await;
        Self { account, proxy, id: "123456789012" }
    }

    /// Another run against this account: it remembers nothing of what was created before.
    async fn again(self) -> Self {
        Self::new(self.id).await
    }

    async fn perform(&self, operations: &[Operation]) {
        for operation in operations {
            let done = self.account.perform(operation).await;
            assert_eq!(done.unwrap_or_else(|e| panic!("{operation:?}: {e}")).note, None, "{operation:?}");
        }
    }

    async fn snapshot(&self, scope: &ReadScope) -> Snapshot {
        self.account.snapshot(scope, &Silent).await.unwrap()
    }

    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:iam::{}:{resource}", self.id)
    }
}

async fn connected(proxy: &Proxy, credentials: Credentials) -> AwsAccount {
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(proxy.url())
        .credentials_provider(credentials)
        .load()
        .await;
    AwsAccount::from_sdk_config(&config, TIMING)
}

fn scope() -> ReadScope {
    ReadScope { tag_key: "iamctl:stack".to_owned(), stacks: vec!["lab".to_owned()], ..ReadScope::default() }
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn ours() -> BTreeMap<String, String> {
    tags(&[("iamctl:stack", "lab")])
}

fn create_role(name: &str) -> Operation {
    Operation::CreateRole {
        role_name: name.into(),
        path: "/team/".to_owned(),
        assume_role_policy_document: TRUST.to_owned(),
        description: Some("said".to_owned()),
        max_session_duration: Some(7200),
        permissions_boundary: None,
        tags: ours(),
    }
}

fn create_policy(name: &str) -> Operation {
    Operation::CreatePolicy {
        policy_name: name.into(),
        path: "/team/".to_owned(),
        policy_document: READ.to_owned(),
        description: Some("reads".to_owned()),
        tags: ours(),
    }
}

fn create_user(name: &str) -> Operation {
    Operation::CreateUser { user_name: name.into(), path: "/".to_owned(), permissions_boundary: None, tags: ours() }
}

fn name(text: &str) -> Name {
    Name::new(text)
}

fn address(kind: EntityKind, text: &str) -> iamctl::names::Address {
    iamctl::names::Address::new(kind, text)
}
