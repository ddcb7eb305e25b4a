//! What only the owner has: values of condition keys that a stranger cannot bring.

use serde_json::{Value as Json, json};

use crate::ast::Test;
use crate::condition::address_block;
use crate::{Base, Compares, Matching, Operator, SetPrefix};

/// How a value says whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerMark {
    /// By the whole value: an id, an account.
    Whole,
    /// By what stands before one of these characters: `acme/app`.
    Before(&'static [char]),
    /// By what stands between one of these words and one of these characters: `repo:acme/app:ref:…`.
    After(&'static [&'static str], &'static [char]),
    /// By the account of an ARN, or by the bucket.
    Arn,
    /// By the name in the ARN of a role or user, or the beginning of it.
    Name,
    /// By a range of addresses that is not wider than a large network of one owner.
    Address,
    /// By being `true`.
    Flag,
    /// By any letter or digit: issuers whose users are all of one owner.
    Anything,
}

/// Global and service keys whose values are the owner's alone (IAM User Guide, "AWS global condition context keys"; Amazon S3 User Guide, "The
/// meaning of public"; Service Authorization Reference, AWS KMS, Amazon EFS, VPC Lattice). Every other key the caller chooses, or has by the
/// way in which it calls.
const KEYS: &[(&str, OwnerMark)] = &[
    ("aws:principalorgid", OwnerMark::Whole),
    ("aws:principalorgpaths", OwnerMark::Before(&['/'])),
    ("aws:principalaccount", OwnerMark::Whole),
    ("aws:principalarn", OwnerMark::Arn),
    ("aws:userid", OwnerMark::Before(&[':'])),
    ("aws:sourcearn", OwnerMark::Arn),
    ("aws:sourceaccount", OwnerMark::Whole),
    ("aws:sourceowner", OwnerMark::Whole),
    ("aws:sourceorgid", OwnerMark::Whole),
    ("aws:sourceorgpaths", OwnerMark::Before(&['/'])),
    ("aws:sourcevpc", OwnerMark::Whole),
    ("aws:sourcevpcarn", OwnerMark::Arn),
    ("aws:sourcevpce", OwnerMark::Whole),
    ("aws:vpceaccount", OwnerMark::Whole),
    ("aws:vpceorgid", OwnerMark::Whole),
    ("aws:vpceorgpaths", OwnerMark::Before(&['/'])),
    ("aws:ec2instancesourcevpc", OwnerMark::Whole),
    ("aws:federatedprovider", OwnerMark::Arn),
    ("aws:chatbotsourcearn", OwnerMark::Arn),
    ("ec2:sourceinstancearn", OwnerMark::Arn),
    ("lambda:sourcefunctionarn", OwnerMark::Arn),
    ("lambda:eventsourcetoken", OwnerMark::Whole),
    ("glue:credentialissuingservice", OwnerMark::Whole),
    ("identitystore:userid", OwnerMark::Whole),
    ("kms:calleraccount", OwnerMark::Whole),
    ("s3:dataaccesspointaccount", OwnerMark::Whole),
    ("s3:dataaccesspointarn", OwnerMark::Arn),
    ("s3:accessgrantsinstancearn", OwnerMark::Arn),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", OwnerMark::Arn),
    ("elasticfilesystem:accesspointarn", OwnerMark::Arn),
    ("elasticfilesystem:accessedviamounttarget", OwnerMark::Flag),
    ("vpc-lattice-svcs:sourcevpc", OwnerMark::Whole),
    ("vpc-lattice-svcs:sourcevpcowneraccount", OwnerMark::Whole),
];

/// Keys that a service sets for its own customer, beside [`KEYS`]: what the resource it acts for is called (AWS KMS Developer Guide,
/// "Encryption context"; Amazon SES Developer Guide, whose older bucket policies test `aws:Referer`; Amazon EKS User Guide, "EKS Pod Identity").
const OF_SERVICES: &[(&str, OwnerMark)] = &[
    ("aws:referer", OwnerMark::Whole),
    ("sts:externalid", OwnerMark::Whole),
    ("aws:requesttag/eks-cluster-arn", OwnerMark::Arn),
];

/// How a key says whose the caller is, among those that are the same for all strangers. The key is in lower case.
pub(super) fn of_key(key: &str) -> Option<OwnerMark> {
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, mark)| *mark)
}

/// The same of calls that a service makes.
pub(super) fn of_service_key(key: &str) -> Option<OwnerMark> {
    let context = key.starts_with("kms:encryptioncontext:").then_some(OwnerMark::Arn);
    context.or_else(|| OF_SERVICES.iter().find(|(known, _)| *known == key).map(|(_, mark)| *mark))
}

/// Values that are no secret and that a stranger does not have by itself (IAM User Guide, "Access to AWS accounts owned by third parties").
pub(super) fn of_known_key(key: &str) -> Option<OwnerMark> {
    match key {
        "sts:externalid" => Some(OwnerMark::Whole),
        "aws:sourceip" => Some(OwnerMark::Address),
        _ => None,
    }
}

/// What tells one principal of a named account from the others, or one customer of the account from the others (IAM User Guide, "The confused
/// deputy problem"). The account itself is known already.
pub(super) fn of_account_key(key: &str) -> Option<OwnerMark> {
    match key {
        "sts:externalid" => Some(OwnerMark::Whole),
        "aws:principalarn" => Some(OwnerMark::Name),
        "aws:sourceip" => Some(OwnerMark::Address),
        "aws:multifactorauthpresent" => Some(OwnerMark::Flag),
        "aws:username" | "aws:userid" => Some(OwnerMark::Anything),
        _ if key.starts_with("aws:principaltag/") => Some(OwnerMark::Anything),
        _ => None,
    }
}

/// What stands before the first wildcard or variable, and whether there is one.
fn head(value: &str, wildcards: bool) -> (&str, bool) {
    let end =
        value.char_indices().find(|(at, c)| wildcards && matches!(c, '*' | '?') || value.get(*at..).is_some_and(is_variable));
    match end {
        Some((at, _)) => (value.get(..at).unwrap_or_default(), true),
        None => (value, false),
    }
}

/// Whether a text begins with a variable that a request can fill in. A name without a service (`${account}`) is none: IAM leaves the condition
/// unmet, for strangers as for everybody (IAM User Guide, "IAM policy elements: Variables and tags").
fn is_variable(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
    name.is_some_and(|name| name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-'))
}

/// Whether the operator of a test takes `*` and `?` as wildcards.
pub(super) fn has_wildcards(test: &Test) -> bool {
    matches!(test.operator.compares(), Compares::String(Matching::Like) | Compares::Arn)
}

/// Whether a test asks for one of its values, and is false where the key is absent.
pub(super) fn asks_for_values(test: &Test) -> bool {
    let Operator { prefix, base, if_exists } = test.operator;
    let is_number = base == Base::NumericEquals && !if_exists && prefix != Some(SetPrefix::ForAllValues);
    test.is_positive() || is_number
}

impl OwnerMark {
    /// The length of what a value (with wildcards, where they count) says of its owner; `None` where it leaves the owner open.
    pub fn reach(self, value: &str, wildcards: bool) -> Option<usize> {
        let (head, open) = head(value, wildcards);
        let whole = (!open && !value.is_empty()).then_some(value.len());
        let until = |from: usize, ends: &[char]| {
            let rest = head.get(from..)?;
            match rest.find(ends) {
                Some(0) => None,
                Some(at) => Some(from + at + 1),
                None => whole.filter(|_| !rest.is_empty()),
            }
        };
        match self {
            Self::Whole => whole,
            Self::Before(ends) => until(0, ends),
            Self::After(words, ends) => words.iter().find_map(|word| {
                let starts = head.match_indices(word).map(|(at, _)| at);
                let mut starts = starts.filter(|at| *at == 0 || head.get(..*at).is_some_and(|before| before.ends_with(':')));
                starts.find_map(|at| until(at + word.len(), ends))
            }),
            Self::Arn => is_owned_arn(value, wildcards).then_some(value.len()),
            Self::Name => {
                let (resource, _) = self::head(value.splitn(6, ':').nth(5)?, wildcards);
                let name = resource.split_once('/').map_or("", |(_, name)| name);
                (!name.is_empty()).then_some(value.len())
            }
            Self::Address => is_narrow(value).then_some(value.len()),
            Self::Flag => value.eq_ignore_ascii_case("true").then_some(value.len()),
            Self::Anything => {
                let mut rest = value;
                let mut literal = String::new();
                while let Some((before, after)) = rest.split_once("${") {
                    literal += before;
                    rest = after.split_once('}').map_or("", |(_, after)| after);
                }
                literal += rest;
                literal.contains(|c: char| c.is_alphanumeric()).then_some(value.len())
            }
        }
    }

    /// The same of a value of a test, under its operator.
    pub(super) fn reach_of(self, test: &Test, value: &str) -> Option<usize> {
        let folds = test.operator.compares() == Compares::String(Matching::IgnoreCase);
        let folded = if folds { value.to_ascii_lowercase() } else { String::new() };
        self.reach(if folds { &folded } else { value }, has_wildcards(test))
    }

    /// Conditions that hold for the owner alone, as a test of the key says who that is: none where the test leaves the owner open. `list`:
    /// whether values are asked for one by one.
    pub(super) fn guards(self, key: &str, test: &Test, list: bool) -> Vec<Json> {
        let mut guards = Vec::new();
        let wildcards = has_wildcards(test);
        let several = if list || test.operator.prefix.is_some() || is_list(&test.key) { "ForAnyValue:" } else { "" };
        for value in &test.values {
            let Some(reach) = self.reach_of(test, value) else { continue };
            let mut add = |operator: &str, value: &str| guards.push(json!({format!("{several}{operator}"): {key: value}}));
            match self {
                Self::Address => add("IpAddress", value),
                Self::Flag => add("Bool", value),
                _ if matches!(test.operator.compares(), Compares::Numeric(_)) => add("NumericEquals", value),
                _ if test.operator.compares() == Compares::String(Matching::IgnoreCase) => add("StringEqualsIgnoreCase", value),
                _ if reach < value.len() => {
                    let beginning = value.get(..reach).unwrap_or(value);
                    add("StringLike", &format!("{}*", escaped(beginning, false)));
                }
                Self::Arn | Self::Name => {
                    add("StringLike", &escaped(value, wildcards));
                    if wildcards && value.matches(':').count() >= 5 {
                        add("ArnLike", value);
                    }
                    if let Some(account) = account_field(value).filter(|_| self == Self::Arn) {
                        add("ArnLike", &format!("arn:*:*:*:{account}:*"));
                    }
                }
                _ => add("StringLike", &escaped(value, wildcards)),
            }
        }
        guards
    }
}

fn is_list(key: &str) -> bool {
    key.ends_with("orgpaths")
}

/// A value as a pattern: `wildcards`, whether its stars are some already.
fn escaped(value: &str, wildcards: bool) -> String {
    if wildcards { value.to_owned() } else { value.replace('*', "${*}").replace('?', "${?}") }
}

/// The account among the first five fields of an ARN, or of a pattern of one.
fn account_field(value: &str) -> Option<&str> {
    let is_account = |field: &&str| field.len() == 12 && field.bytes().all(|b| b.is_ascii_digit());
    // `arn:aws:iam::111122223333*`: an account id has no more digits.
    let last = value.splitn(6, ':').take(5).last().map(|field| field.trim_end_matches('*'));
    value.splitn(6, ':').take(5).find(is_account).or_else(|| last.filter(is_account))
}

/// What stands in place of an account in ARNs of AWS's own.
const OF_AWS: &[&str] = &["aws", "aws-managed", "cloudfront", "amazon", "aws-marketplace", "third-party"];

/// Whether the account of an ARN is written out and no id: `ACCOUNT_ID` is nobody's.
fn names_nobody(value: &str, wildcards: bool) -> bool {
    let mut fields = value.splitn(6, ':');
    let account = fields.nth(4).filter(|_| value.starts_with("arn:") && fields.next().is_some());
    account.is_some_and(|account| !account.is_empty() && !OF_AWS.contains(&account) && !head(account, wildcards).1)
}

/// Whether an ARN, or a pattern of ARNs, is of one owner: by its account; where it has none, by a bucket's name or as a whole.
fn is_owned_arn(value: &str, wildcards: bool) -> bool {
    if account_field(value).is_some() || names_nobody(value, wildcards) {
        return true;
    }
    let (literal, open) = head(value, wildcards);
    if !value.starts_with("arn:") {
        return !open && !value.is_empty();
    }
    let fields: Vec<&str> = value.splitn(6, ':').collect();
    let Some(resource) = fields.get(5) else { return false };
    let (name, name_open) = head(resource, wildcards);
    match fields.get(2) {
        Some(&"s3") => {
            let bucket = name.split('/').next().unwrap_or_default();
            let is_type =
                ["accesspoint", "access-grants", "async-request", "job", "storage-lens", "storage-lens-group"].contains(&bucket);
            !bucket.is_empty() && !is_type && (name.contains('/') || !name_open)
        }
        // A resource without an account: by an id behind the word for its type (`/restapis/ID/…`).
        _ => {
            let account_is_empty = fields.get(4).is_some_and(|account| account.is_empty());
            let is_named = !open && !resource.is_empty();
            account_is_empty && (is_named || literal.len() > 1 && name.trim_start_matches('/').matches('/').count() >= 2)
        }
    }
}

/// A range of addresses that one owner may have: 8 bits of an IPv4 address fixed, 32 of an IPv6 address.
fn is_narrow(value: &str) -> bool {
    address_block(value).is_some_and(|block| block.prefix_len() >= if value.contains(':') { 32 } else { 8 })
}
