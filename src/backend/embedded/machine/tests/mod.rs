//! Each test is one rule of IAM, told in IAM's own calls.

mod policies;
mod providers;
mod rehearsal;
mod roles;
mod trust;
mod users;

use serde_json::{Value, json};

use super::*;
use crate::model::{AccountIdentity, Role};
use crate::names::{AccountId, Name};

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const NOW: &str = "2026-01-02T03:04:05Z";

/// An account to try calls on.
pub(super) struct Lab(pub(super) Machine);

pub(super) fn operation(name: &str, request: Value) -> Operation {
    serde_json::from_value(json!({"operation": name, "request": request})).unwrap()
}

pub(super) fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

pub(super) fn trust(principal: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
        .to_string()
}

pub(super) fn ec2() -> String {
    trust(json!({"Service": "ec2.amazonaws.com"}))
}

pub(super) fn policy(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}).to_string()
}

impl Lab {
    pub(super) fn new() -> Self {
        let account = AccountIdentity { id: AccountId::parse(ACCOUNT).unwrap(), partition: "aws".into() };
        Self(Machine::new(Snapshot::empty(account), Strictness::Account))
    }

    /// The call is taken.
    pub(super) fn ok(&mut self, name: &str, request: Value) -> &mut Self {
        if let Err(error) = self.0.perform(&operation(name, request), NOW) {
            panic!("{error}");
        }
        self
    }

    /// The call is refused with this code and these words, and nothing changes.
    pub(super) fn no(&mut self, name: &str, request: Value, code: &str, words: &str) -> &mut Self {
        let before = self.0.snapshot().clone();
        let error = self.0.perform(&operation(name, request), NOW).expect_err(words);
        assert_eq!(error.code.as_deref(), Some(code), "{error}");
        assert!(error.message.contains(words), "{error}");
        assert_eq!(error.operation, name);
        assert_eq!(&before, self.0.snapshot(), "a refused call changed something");
        self
    }

    pub(super) fn with_role(mut self, name: &str) -> Self {
        self.ok("CreateRole", json!({"RoleName": name, "Path": "/", "AssumeRolePolicyDocument": ec2()}));
        self
    }

    pub(super) fn with_policy(mut self, name: &str) -> Self {
        self.ok("CreatePolicy", json!({"PolicyName": name, "Path": "/", "PolicyDocument": policy("s3:ListBucket")}));
        self
    }

    pub(super) fn with_user(mut self, name: &str) -> Self {
        self.ok("CreateUser", json!({"UserName": name, "Path": "/"}));
        self
    }

    pub(super) fn with_group(mut self, name: &str) -> Self {
        self.ok("CreateGroup", json!({"GroupName": name, "Path": "/"}));
        self
    }

    pub(super) fn role(&self, name: &str) -> &Role {
        &self.0.snapshot().roles[&Name::new(name)]
    }

    pub(super) fn account(&mut self) -> &mut Snapshot {
        &mut self.0.account
    }

    /// The same account, taken as a reading of a live one.
    pub(super) fn rehearse(mut self) -> Self {
        self.0.strictness = Strictness::Rehearsal;
        self
    }
}
