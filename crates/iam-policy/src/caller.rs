//! Who is asking, and which condition keys of a request follow from that.
//!
//! A principal brings its own keys to every request: its ARN, account and type, the name of a user, its tags, its organisation. Each is
//! known, known to be absent, or not known; the evaluator keeps these apart (see [`Context`]).

use std::collections::BTreeMap;

use super::context::{Context, Value};
use super::eval::{Principal, Request};
use super::names::Arn;

/// Keys of requests that a service makes for a resource of its own, in lower case: no request that a principal of an account makes has them (IAM
/// User Guide, "AWS global condition context keys").
pub(crate) const OF_SERVICES: [&str; 6] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
];
/// Whether the caller is a service: every signed request has it.
pub(crate) const IS_SERVICE: &str = "aws:principalisawsservice";

/// A principal and the condition keys that it brings (IAM User Guide, "AWS global condition context keys", properties of the principal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub principal: Principal,
    keys: Context,
}

impl Caller {
    /// A principal with what follows from its ARN alone. The tags and the organisation are not known.
    pub fn new(principal: Principal) -> Self {
        let mut keys = Context::new();
        let account = principal.account().map(str::to_owned);
        match &principal {
            Principal::User { arn, .. } => {
                keys.set("aws:PrincipalArn", arn.clone());
                // A federated user is not an IAM user: it has no user name.
                let parsed = Arn::parse(arn);
                if parsed.as_ref().is_some_and(|arn| arn.service == "sts") {
                    keys.set("aws:PrincipalType", "FederatedUser");
                    keys.set_absent("aws:username");
                } else {
                    keys.set("aws:PrincipalType", "User");
                    parsed.iter().for_each(|arn| keys.set("aws:username", arn.last_segment()));
                }
            }
            Principal::Role { arn, .. } => {
                // Requests are those of its sessions, whose key holds the ARN of the role.
                keys.set("aws:PrincipalArn", arn.clone());
                keys.set("aws:PrincipalType", "AssumedRole");
                keys.set_absent("aws:username");
            }
            Principal::Session { .. } => {
                // The session's ARN has no path, so the role's ARN does not follow from it.
                keys.set("aws:PrincipalType", "AssumedRole");
                keys.set_absent("aws:username");
            }
            Principal::Account(_) => {
                keys.set("aws:PrincipalType", "Account");
                keys.set_absent("aws:username");
            }
            // Nobody in particular: what the ARN would tell is not known.
            Principal::Unspecified { .. } => {}
            Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous => keys.set_absent("aws:username"),
        }
        if let Some(account) = account {
            keys.set("aws:PrincipalAccount", account);
        }
        Self { principal, keys }
    }

    /// A principal that brings no keys: bare documents are asked as IAM's own simulator asks them, with the keys that are given and no others.
    pub fn bare(principal: Principal) -> Self {
        Self { principal, keys: Context::new() }
    }

    /// With the tags of the user or role. A user has these and no others. Those of a role may be overridden by the tags of a session
    /// (IAM User Guide, "Pass session tags in AWS STS"), so they are marked and other tags stay unknown.
    #[must_use]
    pub fn with_tags(mut self, tags: &BTreeMap<String, String>) -> Self {
        let name = |tag: &str| format!("aws:PrincipalTag/{tag}");
        if matches!(self.principal, Principal::User { .. }) {
            self.keys.set_absent(&name(""));
            tags.iter().for_each(|(tag, value)| self.keys.set(&name(tag), value.clone()));
        } else {
            tags.iter().for_each(|(tag, value)| self.keys.set_replaceable(&name(tag), value.clone()));
        }
        self
    }

    /// With a key whose value is known besides, such as the organisation.
    #[must_use]
    pub fn with_key(mut self, key: &str, value: impl Into<String>) -> Self {
        self.keys.set(key, value);
        self
    }

    /// With a key that no request of it has; `aws:PrincipalTag/` stands for every tag that has no value yet.
    #[must_use]
    pub fn with_absent(mut self, key: &str) -> Self {
        self.keys.set_absent(key);
        self
    }

    /// With a key about which nothing is known after all, such as a tag that the principal may write.
    #[must_use]
    pub fn without_key(mut self, key: &str) -> Self {
        self.keys.forget(key);
        self
    }

    /// Asked for under another name: a session of the role stays that session, since a resource's policy may name it alone
    /// (iam-facts 6.2). The keys stay.
    #[must_use]
    pub fn named(mut self, principal: Principal) -> Self {
        self.principal = principal;
        self
    }

    /// Whether its requests are signed. Those of somebody whom an identity provider knows are not (iam-facts 6.7).
    pub fn is_signed(&self) -> bool {
        !matches!(self.principal, Principal::Federated(_) | Principal::Anonymous)
    }

    /// The keys that it brings.
    pub fn keys(&self) -> &Context {
        &self.keys
    }

    /// The value of a key in lower case, where it is known and has one value.
    pub fn key(&self, key: &str) -> Option<&str> {
        match self.keys.get(key)? {
            Value::Single(text) => Some(text),
            Value::Many(_) => None,
        }
    }

    /// A request of this caller. Keys that are given win over its own.
    pub fn request(&self, action: impl Into<String>, resource: impl Into<String>, given: &Context) -> Request {
        let mut request = Request::new(self.principal.clone(), action, resource);
        request.context = self.keys.clone().with(given);
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(arn: &str) -> Caller {
        Caller::new(Principal::parse(arn).unwrap())
    }

    #[test]
    fn a_user_brings_its_name_and_all_its_tags() {
        let user = caller("arn:aws:iam::111111111111:user/team/alice").with_tags(&BTreeMap::from([("Team".into(), "ml".into())]));
        assert_eq!(user.key("aws:username"), Some("alice"));
        assert_eq!(user.key("aws:principalarn"), Some("arn:aws:iam::111111111111:user/team/alice"));
        assert_eq!(user.key("aws:principaltype"), Some("User"));
        assert_eq!(user.key("aws:principalaccount"), Some("111111111111"));
        assert_eq!(user.key("aws:principaltag/team"), Some("ml"));
        assert!(user.keys().is_absent("aws:principaltag/other") && !user.keys().is_absent("aws:principaltag/team"));
    }

    #[test]
    fn a_role_has_no_user_name_and_a_session_may_override_its_tags() {
        let role = caller("arn:aws:iam::111111111111:role/x").with_tags(&BTreeMap::from([("team".into(), "ml".into())]));
        assert!(role.keys().is_absent("aws:username"));
        assert_eq!(role.key("aws:principaltype"), Some("AssumedRole"));
        assert!(role.keys().is_replaceable("aws:principaltag/team"));
        assert!(!role.keys().is_absent("aws:principaltag/other"));
    }

    #[test]
    fn a_given_key_wins() {
        let given: Context = [("AWS:PrincipalTag/Team", Value::Single("ops".into()))].into_iter().collect();
        let user = caller("arn:aws:iam::111111111111:user/alice").with_tags(&BTreeMap::new());
        let request = user.request("s3:GetObject", "*", &given);
        assert_eq!(request.context.get("aws:principaltag/team"), Some(&Value::Single("ops".into())));
        assert_eq!(request.context.get("aws:username"), Some(&Value::Single("alice".into())));
    }

    #[test]
    fn strangers_are_unsigned_and_have_no_user_name() {
        assert!(!caller("accounts.google.com").is_signed() && !caller("*").is_signed());
        assert!(caller("ec2.amazonaws.com").is_signed() && caller("ec2.amazonaws.com").keys().is_absent("aws:username"));
    }
}
