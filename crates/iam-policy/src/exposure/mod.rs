//! Whether somebody outside gets in: through the trust of a role, or through the policy of a resource.
//!
//! Somebody outside is any principal of an AWS account of its own, an unsigned caller, an AWS service that acts for another account, or a user of
//! an identity provider under another owner. Such a stranger brings whatever it likes, but for what only the owner has: the owner's account,
//! organisation, networks, resources, and the claims that name the owner (`marks`, `issuers`). The access engine is then asked whether a
//! request of such a stranger is allowed.

mod ask;
mod issuers;
mod marks;

use std::collections::BTreeSet;

pub use issuers::{Issuer, issuer};
pub use marks::OwnerMark;

use crate::ast::{Policy, Statement};
use crate::eval::{PolicyKind, Principal};
use crate::names::AccountId;
use crate::{BARE, Document};
use ask::Checker;

/// Somebody outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stranger {
    /// Anybody with an AWS account; of a resource also callers without one.
    Anyone,
    /// An AWS service that acts for another account: its name, or `None` for every service.
    Service(Option<String>),
    /// Any principal of an account that is named as a whole; whether it is another's is for the reader to say.
    Account(String),
    /// A user of an identity provider whom another owner brings: the provider's host and path.
    TokenOf(String),
}

/// What stands in a stranger's way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hurdle {
    /// Nothing.
    Nothing,
    /// Values of these keys, which are no secret and not the stranger's own either: an external id, an address.
    Known(BTreeSet<String>),
    /// Perhaps something: AWS's documentation, or the bound of the search, leaves it open; why.
    Unproven(String),
}

/// A statement that lets somebody outside in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// Its index.
    pub statement: usize,
    /// Whom.
    pub stranger: Stranger,
    /// What stands in the way.
    pub hurdle: Hurdle,
}

/// Whose document it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The account, where it is known.
    pub account: Option<AccountId>,
    /// The day, `2027-01-31`: requests are made then or later. Empty where it is not known.
    pub today: String,
}

/// Every way in for somebody outside; by statement. `kind` is [`PolicyKind::Trust`] or [`PolicyKind::Resource`]: documents of other kinds name
/// no principals, and let nobody in.
///
/// ```
/// use iam_policy::{Document, PolicyKind, exposure::{Hurdle, Owner, Stranger, openings}};
///
/// let bucket = |condition: &str| {
///     let text = format!(
///         r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
///             "Resource": "arn:aws:s3:::data/*", "Condition": {condition}}}]}}"#
///     );
///     Ok::<_, serde_json::Error>(openings(&Document::parse(&text)?, PolicyKind::Resource, &Owner::default()))
/// };
/// assert!(bucket(r#"{"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#)?.is_empty());
/// // Whoever is in no organisation has no such key.
/// let open = bucket(r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#)?;
/// assert_eq!((&open[0].stranger, &open[0].hurdle), (&Stranger::Anyone, &Hurdle::Nothing));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn openings(document: &Document, kind: PolicyKind, owner: &Owner) -> Vec<Opening> {
    if !matches!(kind, PolicyKind::Trust | PolicyKind::Resource) {
        return Vec::new();
    }
    let policy = Policy::read(document);
    let checker = Checker::new(document, &policy, kind, owner);
    let mut found = Vec::new();
    for statement in policy.statements.iter().filter(|s| s.allows() && !s.faulty) {
        for stranger in strangers(statement) {
            if let Some(hurdle) = checker.hurdle(statement, &stranger) {
                found.push(Opening { statement: statement.index, stranger, hurdle });
            }
        }
    }
    found
}

/// The strangers whom a statement may mean.
fn strangers(statement: &Statement) -> BTreeSet<Stranger> {
    let Some(principals) = &statement.principals else { return BTreeSet::new() };
    if principals.negated {
        return [Stranger::Anyone, Stranger::Service(None)].into();
    }
    let of = |(kind, value): &(String, String)| match (kind.as_str(), value.as_str()) {
        (BARE | "AWS", value) if is_everybody(value) => vec![Stranger::Anyone, Stranger::Service(None)],
        ("AWS", value) => match Principal::parse(value) {
            Some(Principal::Account(id)) => vec![Stranger::Account(id)],
            _ => Vec::new(),
        },
        ("Service", "*") => vec![Stranger::Service(None)],
        ("Service", name) => vec![Stranger::Service(Some(name.to_owned()))],
        ("Federated", provider) if !provider.contains(":saml-provider/") => {
            let host = provider.split_once(":oidc-provider/").map_or(provider, |(_, host)| host);
            vec![Stranger::TokenOf(host.to_owned())]
        }
        _ => Vec::new(),
    };
    principals.values.iter().flat_map(of).collect()
}

/// `*`, or an ARN that leaves the account open.
pub fn is_everybody(value: &str) -> bool {
    let any_account = || {
        let fields: Vec<&str> = value.splitn(6, ':').collect();
        fields.len() == 6 && fields.get(4).is_some_and(|account| account.contains(['*', '?']))
    };
    value == "*" || any_account()
}

/// Whether a key (in lower case) is there in calls that services make alone.
pub fn is_of_services(key: &str) -> bool {
    let source = ["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"];
    source.contains(&key) || key.starts_with("aws:principalservicename") || key == "aws:principalisawsservice"
}

#[cfg(test)]
mod tests;
