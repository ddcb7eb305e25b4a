//! Amazon Resource Names: six fields, the last of which keeps its own colons.

use std::fmt;

use super::{AccountId, EntityKind};

/// An ARN split into its fields. Nothing but the field count and the leading `arn` is checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// `iam`, `s3`, …
    pub service: String,
    /// Empty for global services.
    pub region: String,
    /// Empty where a service leaves it out; `aws` for AWS managed policies.
    pub account: String,
    /// Everything after the fifth colon.
    pub resource: String,
}

impl Arn {
    /// Splits `arn:partition:service:region:account:resource`; `None` when there are fewer than six fields.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        if fields.next()? != "arn" {
            return None;
        }
        let mut next = || fields.next().map(str::to_owned);
        Some(Self { partition: next()?, service: next()?, region: next()?, account: next()?, resource: next()? })
    }

    /// The account, where the field holds twelve digits.
    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::parse(&self.account)
    }

    /// The part of the resource after its last slash: an IAM entity's name.
    pub fn last_segment(&self) -> &str {
        self.resource.rsplit('/').next().unwrap_or(&self.resource)
    }

    /// Whether this is the ARN of an AWS managed policy.
    pub fn is_aws_managed_policy(&self) -> bool {
        self.service == "iam" && self.account == "aws" && self.resource.starts_with("policy/")
    }

    /// For `role/path/name` and the like: the word, the path (`/path/`), and the name.
    pub fn iam_resource(&self) -> Option<(&str, &str, &str)> {
        let (word, rest) = self.resource.split_once('/')?;
        let slash = self.resource.len() - rest.len() - 1;
        let last = self.resource.rfind('/')?;
        Some((word, &self.resource[slash..=last], &self.resource[last + 1..]))
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:{}:{}:{}:{}", self.partition, self.service, self.region, self.account, self.resource)
    }
}

/// The ARN of an IAM entity of an account. `path` starts and ends with a slash; providers have none and ignore it.
///
/// A service-linked role is a role to its ARN: pass its full path.
pub fn entity_arn(partition: &str, account: &AccountId, kind: EntityKind, path: &str, name: &str) -> String {
    let word = match kind {
        EntityKind::Role | EntityKind::ServiceLinkedRole => "role",
        EntityKind::Policy => "policy",
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::InstanceProfile => "instance-profile",
        EntityKind::OidcProvider => "oidc-provider",
        EntityKind::SamlProvider => "saml-provider",
    };
    let path = match kind {
        EntityKind::OidcProvider | EntityKind::SamlProvider => "/",
        _ => path,
    };
    format!("arn:{partition}:iam::{account}:{word}{path}{name}")
}

/// The account behind a principal in its `AWS` form: a bare account id, or any IAM or STS ARN.
pub fn principal_account(principal: &str) -> Option<AccountId> {
    AccountId::parse(principal).or_else(|| Arn::parse(principal)?.account_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_split_into_six_fields_and_print_back() {
        let text = "arn:aws:iam::123456789012:role/a/b/name";
        let arn = Arn::parse(text).unwrap();
        assert_eq!(arn.to_string(), text);
        assert_eq!(arn.iam_resource(), Some(("role", "/a/b/", "name")));
        assert_eq!(
            Arn::parse("arn:aws:iam::aws:policy/ReadOnlyAccess").unwrap().iam_resource(),
            Some(("policy", "/", "ReadOnlyAccess"))
        );
        assert!(Arn::parse("arn:aws:s3").is_none() && Arn::parse("s3:::x").is_none());
    }

    #[test]
    fn entity_arns_carry_the_path() {
        let account = AccountId::zero();
        assert_eq!(entity_arn("aws", &account, EntityKind::Role, "/ml/", "x"), "arn:aws:iam::000000000000:role/ml/x");
        assert_eq!(
            entity_arn("aws-cn", &account, EntityKind::OidcProvider, "/", "host/id"),
            "arn:aws-cn:iam::000000000000:oidc-provider/host/id"
        );
    }
}
