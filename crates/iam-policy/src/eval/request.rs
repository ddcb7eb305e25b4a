//! A request.

use super::super::context::Context;
use super::decision::Open;
use super::principal::Principal;
use crate::names::AccountId;

/// One call, as IAM sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// `service:Name`, in any case.
    pub action: String,
    /// An ARN, taken literally, or `*` for actions without resource types. `*` for s3:ListAllMyBuckets means the
    /// `arn:PARTITION:s3:::*` that its request names (iam-facts 6.4).
    pub resource: String,
    /// The account that owns the resource, twelve digits; `None` is the principal's. The ARN does not decide it.
    pub resource_account: Option<String>,
    /// The condition keys. Only these; [`Caller::request`](crate::caller::Caller::request) adds those that the principal brings.
    pub context: Context,
}

impl Request {
    /// The account of the resource: the one that is given, else the one in the ARN of a role that is assumed or of a KMS key. Other ARNs do
    /// not decide it: the caller of a request knows whose the resource is.
    pub fn owner(&self) -> Option<&str> {
        let named =
            || self.must_allow().and_then(|_| self.resource.split(':').nth(4)).filter(|id| AccountId::parse(id).is_some());
        self.resource_account.as_deref().or_else(named)
    }

    /// What must allow the request beside the principal's own policies, whoever owns it: a role's trust, a key's policy.
    fn must_allow(&self) -> Option<Open> {
        let service = |wanted: &str| self.action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case(wanted));
        let mut fields = self.resource.splitn(6, ':').skip(2);
        match (fields.next(), fields.nth(2)) {
            (Some("iam"), Some(rest)) if service("sts") && rest.starts_with("role/") => Some(Open::Trust),
            (Some("kms"), Some(rest)) if rest.starts_with("key/") => Some(Open::KeyPolicy),
            // No role in particular: none whose trust could be known.
            (None, None) if self.resource == "*" && self.assumes() => Some(Open::Trust),
            _ => None,
        }
    }

    /// What must allow the request beside the principal's own policies (iam-facts 6.1, 6.3, 6.7): a role's trust, a key's policy, the policy
    /// of a resource in another account; `None` where those policies are enough.
    pub fn must_allow_too(&self) -> Option<Open> {
        let foreign = match (self.principal.account(), self.owner()) {
            (Some(asking), Some(owner)) => asking != owner,
            _ => false,
        };
        self.must_allow().or_else(|| foreign.then_some(Open::OtherAccount))
    }

    /// Whether it is one of the calls that give credentials of a role.
    pub fn assumes(&self) -> bool {
        self.action.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("sts:assumerole"))
    }

    /// A request in the principal's own account, without condition keys.
    pub fn new(principal: Principal, action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { principal, action: action.into(), resource: resource.into(), resource_account: None, context: Context::new() }
    }
}
