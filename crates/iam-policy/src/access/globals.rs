//! What IAM says of the values of its global condition keys: kind, one or many, always there (iam-facts 6.6).
//!
//! A proof may rest on this: it is documented. Of keys of single services only whether they have one value or a list is known.

use std::net::IpAddr;

use super::scalars::Family;
use crate::catalogue;
use crate::condition::Instant;

/// The values that a key can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Domain {
    /// It has one value at most.
    pub single: bool,
    /// It has a list of values.
    pub list: bool,
    /// All values are of this kind; `None`: any text.
    pub kind: Option<Family>,
    /// All values are account ids: twelve digits.
    pub account: bool,
}

impl Domain {
    /// Of a key in lower case. Of one that is not global only what the service authorization reference says of its type; of one that is
    /// not there, nothing.
    pub(super) fn of(key: &str) -> Self {
        let Some(name) = key.strip_prefix("aws:") else { return Self::by_catalogue(key) };
        let of = |kind| Self { single: true, kind, ..Self::default() };
        match name {
            "securetransport" | "viaawsservice" | "multifactorauthpresent" | "principalisawsservice" => of(Some(Family::Bool)),
            "sourceip" | "vpcsourceip" => of(Some(Family::Ip)),
            "currenttime" | "tokenissuetime" => of(Some(Family::Date)),
            "tagkeys"
            | "calledvia"
            | "principalorgpaths"
            | "resourceorgpaths"
            | "sourceorgpaths"
            | "principalservicenameslist" => Self { list: true, ..Self::default() },
            "principalaccount" | "sourceaccount" | "resourceaccount" => Self { account: true, ..of(None) },
            "epochtime"
            | "useragent"
            | "requestedregion"
            | "principaltype"
            | "userid"
            | "principalarn"
            | "principalorgid"
            | "username"
            | "multifactorauthage"
            | "federatedprovider"
            | "sourceidentity"
            | "sourcevpc"
            | "sourcevpce"
            | "sourcearn"
            | "sourceorgid"
            | "principalservicename"
            | "calledviafirst"
            | "calledvialast"
            | "resourceorgid"
            | "ec2instancesourcevpc"
            | "ec2instancesourceprivateipv4"
            | "referer" => of(None),
            _ if ["principaltag/", "requesttag/", "resourcetag/"].iter().any(|head| name.starts_with(head)) => of(None),
            _ => Self::by_catalogue(key),
        }
    }

    /// Claims of identity providers have several values where the provider says so, which the catalogue does not know.
    fn by_catalogue(key: &str) -> Self {
        match catalogue::condition_key(key).filter(|_| !key.contains('.')) {
            Some(known) => Self { single: !known.is_multivalued(), list: known.is_multivalued(), ..Self::default() },
            None => Self::default(),
        }
    }

    /// Whether the key can have this value.
    pub(super) fn admits(self, text: &str) -> bool {
        let is_account = || text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        match self.kind {
            _ if self.account => is_account(),
            Some(Family::Bool) => matches!(text, "true" | "false"),
            Some(Family::Ip) => text.parse::<IpAddr>().is_ok(),
            Some(Family::Date) => Instant::read(text).is_some(),
            _ => true,
        }
    }
}

/// Values that read well, for examples.
pub(super) fn likely(key: &str) -> &'static [&'static str] {
    match key {
        "aws:requestedregion" => &["us-east-1", "us-west-2", "eu-west-1"],
        "aws:principalaccount" | "aws:sourceaccount" | "aws:resourceaccount" => &["111111111111", "222222222222"],
        "aws:principalarn" => &["arn:aws:iam::111111111111:role/example", "arn:aws:iam::222222222222:role/example"],
        "aws:principaltype" => &["AssumedRole", "User"],
        "aws:userid" => &["AROAEXAMPLE:example"],
        "aws:currenttime" | "aws:tokenissuetime" => &["2026-01-01T00:00:00Z"],
        "aws:epochtime" => &["1767225600"],
        "aws:multifactorauthage" => &["60"],
        "aws:sourceip" => &["203.0.113.1"],
        "aws:vpcsourceip" => &["10.0.0.1"],
        "aws:securetransport" => &["true", "false"],
        "aws:viaawsservice" | "aws:multifactorauthpresent" | "aws:principalisawsservice" => &["false", "true"],
        _ => &[],
    }
}

/// Whether a key (in lower case) is in every request. `signed`: whether the requests are all signed, as those of a principal are, and those
/// of somebody whom an identity provider knows are not.
pub(super) fn is_always_there(key: &str, signed: bool) -> bool {
    let signed_only = [
        "aws:requestedregion",
        "aws:viaawsservice",
        "aws:principaltype",
        "aws:userid",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
    ];
    ["aws:currenttime", "aws:epochtime", "aws:securetransport"].contains(&key) || (signed && signed_only.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_one_kind_has_values_of_that_kind_alone() {
        let admits = |key: &str, text: &str| Domain::of(key).admits(text);
        assert!(admits("aws:securetransport", "true") && !admits("aws:securetransport", "example"));
        assert!(admits("aws:sourceip", "2001:db8::1") && !admits("aws:sourceip", "10.0.0.0/8"));
        assert!(admits("aws:principaltag/x", "true") && admits("s3:prefix", "anything"));
        assert!(Domain::of("aws:requesttag/x").single && Domain::of("aws:tagkeys").list);
        assert!(Domain::of("dynamodb:leadingkeys").list && Domain::of("s3:prefix").single);
        assert_eq!(Domain::of("x:y"), Domain::default());
    }

    #[test]
    fn an_unsigned_request_tells_less_of_who_asks() {
        assert!(is_always_there("aws:userid", true) && !is_always_there("aws:userid", false));
        assert!(is_always_there("aws:securetransport", false) && !is_always_there("aws:multifactorauthpresent", true));
    }
}
