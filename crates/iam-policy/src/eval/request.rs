//! A request.

use super::super::context::Context;
use super::principal::Principal;

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
    /// The condition keys. Only these: nothing is made up from the principal.
    pub context: Context,
}

impl Request {
    /// A request in the principal's own account, without condition keys.
    pub fn new(principal: Principal, action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { principal, action: action.into(), resource: resource.into(), resource_account: None, context: Context::new() }
    }
}
