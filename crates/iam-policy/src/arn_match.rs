//! Resource patterns and ARN patterns against ARNs, field by field (iam-facts 6.4, 6.6).

use super::context::{Reader, Truth};
use super::data::IAM_RESOURCE_WORDS;
use super::pattern::{Pattern, Token, Tokens, matches_tokens};
use super::variables::{Piece, Template, expand};

/// How a pattern with fewer than six fields is read (iam-facts 6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Missing fields are `*`: identity, boundary and session policies.
    Always,
    /// Only where the text ends in `*`: service control policies.
    AfterStar,
    /// Only where the text has a wildcard: resource policies.
    WithWildcard,
    /// A short pattern matches nothing: resource control policies.
    Never,
}

impl Padding {
    fn applies(self, text: &str) -> bool {
        match self {
            Self::Always => true,
            Self::AfterStar => text.ends_with('*'),
            Self::WithWildcard => text.contains(['*', '?']),
            Self::Never => false,
        }
    }
}

/// An element of `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourcePattern {
    /// A bare `*`: every resource, also the `*` of actions without resource types.
    Everything,
    /// An ARN. Boxed: most statements have none or one.
    Arn(Box<ArnFields>),
    /// What IAM would refuse, such as a wildcard for the service: matches no resource (iam-facts 6.4).
    Nothing,
}

/// The fields of an ARN pattern behind `arn:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnFields {
    /// `aws`, `*`, …
    pub partition: Pattern,
    /// Without wildcards, or wholly open where it was missing from a short ARN.
    pub service: Pattern,
    /// Mostly empty or `*`.
    pub region: Pattern,
    /// Mostly empty, twelve digits or `*`.
    pub account: Pattern,
    /// The rest with its own colons; the only field with policy variables (iam-facts 6.5).
    pub resource: Template,
}

impl ResourcePattern {
    /// Reads an element (iam-facts 6.4). Never fails: what IAM refuses is [`Self::Nothing`]. Variables count behind the fifth colon only
    /// (6.5).
    pub fn read(text: &str, padding: Padding, variables: bool) -> Self {
        if text == "*" {
            return Self::Everything;
        }
        let mut fields = text.splitn(6, ':');
        let count = fields.clone().count();
        if fields.next() != Some("arn") || count < 2 || (count < 6 && !padding.applies(text)) {
            return Self::Nothing;
        }
        let mut next = || fields.next();
        let glob = |field: Option<&str>| Pattern::glob(field.unwrap_or("*"));
        let partition = glob(next());
        let service_text = next();
        if service_text.is_some_and(|service| service.contains(['*', '?'])) {
            return Self::Nothing;
        }
        let (service, region, account) = (glob(service_text), glob(next()), glob(next()));
        let resource = next().unwrap_or("*");
        if service_text == Some("iam") && !is_iam_resource(resource) {
            return Self::Nothing;
        }
        let resource = Template::parse(resource, true, variables);
        Self::Arn(Box::new(ArnFields { partition, service, region, account, resource }))
    }

    /// Whether it covers a request's resource. Fields are matched apart, case for case; only the last one's wildcards cross colons
    /// (iam-facts 6.4). `Maybe` of a strict reader alone, and only for a variable whose key is not given.
    pub fn matches<'p>(&'p self, resource: &Resource<'_>, reader: &mut Reader<'_, 'p>) -> Truth {
        match (self, resource.0) {
            (Self::Everything, _) => Truth::Yes,
            (Self::Arn(pattern), Some([partition, service, region, account, rest])) => {
                let outer = pattern.service.matches(service)
                    && pattern.account.matches(account)
                    && pattern.region.matches(region)
                    && pattern.partition.matches(partition);
                if outer { pattern.resource.matches(rest, reader) } else { Truth::No }
            }
            _ => Truth::No,
        }
    }
}

/// `*`, a known word before the slash, or no wildcard up to the slash: IAM allows none inside the type word (iam-facts 5.3, 6; 6.4).
fn is_iam_resource(text: &str) -> bool {
    text == "*"
        || IAM_RESOURCE_WORDS.iter().any(|word| text.starts_with(word))
        || !text.split('/').next().unwrap_or_default().contains(['*', '?'])
}

/// A request's resource: its ARN fields behind `arn:`, or `*` and whatever else is not an ARN, which only a policy's bare `*` covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a>(Option<[&'a str; 5]>);

impl<'a> Resource<'a> {
    /// Splits an ARN. Wildcards in it are characters like others.
    pub fn read(text: &'a str) -> Self {
        Self(fields(text))
    }

    /// Whether it is a KMS key, whose own policy must allow in every case (iam-facts 6.1). Aliases are none.
    pub fn is_kms_key(&self) -> bool {
        self.0.is_some_and(|[_, service, .., rest]| service == "kms" && rest.starts_with("key/"))
    }
}

fn fields(text: &str) -> Option<[&str; 5]> {
    let mut fields = text.splitn(6, ':');
    if fields.next()? != "arn" {
        return None;
    }
    Some([fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?])
}

/// A value of `ArnLike` and its kin: six fields, matched apart; no padding. Variables may stand anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArnValue {
    /// Without variables: the fields behind `arn:`, or `None` where it is not an ARN and matches nothing.
    Fixed(Option<Box<[Pattern; 5]>>),
    /// With variables.
    Open(Vec<Piece>),
}

impl ArnValue {
    /// Reads a value; never fails. A bare `*` is any ARN, and fewer than six fields match nothing (iam-facts 6.6).
    pub fn read(text: &str, variables: bool) -> Self {
        match Template::parse(text, true, variables) {
            Template::Fixed(pattern) => Self::Fixed(split(pattern.tokens()).map(|fields| Box::new(fields.map(Pattern::new)))),
            Template::Open(pieces) => Self::Open(pieces),
        }
    }

    /// Whether it covers an ARN, field by field, case for case (iam-facts 6.6). What is not an ARN is not covered.
    pub fn matches<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        let found = fields(text);
        match self {
            Self::Fixed(Some(patterns)) => {
                found.is_some_and(|found| patterns.iter().zip(found).all(|(pattern, field)| pattern.matches(field))).into()
            }
            Self::Fixed(None) => Truth::No,
            Self::Open(pieces) => match expand(pieces, reader) {
                Ok(tokens) => match (split(&tokens), found) {
                    (Some(patterns), Some(found)) => {
                        patterns.iter().zip(found).all(|(pattern, field)| matches_tokens(pattern, field)).into()
                    }
                    _ => Truth::No,
                },
                Err(truth) => truth,
            },
        }
    }
}

/// The five fields behind `arn:`; a lone `*` is five times `*`.
fn split(tokens: &[Token]) -> Option<[Tokens; 5]> {
    if tokens == [Token::Run] {
        return Some(std::array::from_fn(|_| vec![Token::Run]));
    }
    let mut fields = tokens.splitn(6, |token| *token == Token::Is(':'));
    if fields.next()? != ['a', 'r', 'n'].map(Token::Is) {
        return None;
    }
    let mut next = || fields.next().map(<[Token]>::to_vec);
    Some([next()?, next()?, next()?, next()?, next()?])
}

#[cfg(test)]
mod tests {
    use super::super::context::Context;
    use super::*;

    fn covers(pattern: &str, resource: &str) -> bool {
        let context: Context = [("aws:username", super::super::context::Value::Single("a*".into()))].into_iter().collect();
        let pattern = ResourcePattern::read(pattern, Padding::Always, true);
        pattern.matches(&Resource::read(resource), &mut Reader::new(&context, false)) == Truth::Yes
    }

    #[test]
    fn a_wildcard_stays_in_its_field_and_crosses_slashes_and_colons_in_the_last() {
        assert!(covers("arn:aws:sqs:*:1:q", "arn:aws:sqs:us-east-1:1:q"));
        assert!(!covers("arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:1:q"));
        assert!(covers("arn:aws:s3:::b*", "arn:aws:s3:::b/x:y/z"));
        assert!(!covers("arn:aws:s3:::B", "arn:aws:s3:::b"));
    }

    #[test]
    fn only_a_bare_star_covers_the_star_of_actions_without_resource_types() {
        assert!(covers("*", "*"));
        assert!(!covers("arn:aws:iam::*:*", "*"));
        assert!(!covers("**", "arn:aws:s3:::b"));
    }

    #[test]
    fn short_arns_are_padded_as_the_kind_of_policy_says() {
        let short = |text, padding| ResourcePattern::read(text, padding, true) != ResourcePattern::Nothing;
        assert!(covers("arn:aws:sqs", "arn:aws:sqs:us-east-1:1:q"));
        assert!(covers("arn:aws:codepipeline:*", "arn:aws:codepipeline:us-east-1:1:p"));
        assert!(!short("arn:aws:sqs", Padding::AfterStar) && short("arn:aws:sqs:*", Padding::AfterStar));
        assert!(!short("arn:aws:sqs", Padding::WithWildcard) && short("arn:*:sqs", Padding::WithWildcard));
    }

    #[test]
    fn what_iam_refuses_matches_nothing() {
        assert!(!covers("arn:aws:*:*:*:*", "arn:aws:s3:::b"));
        assert!(!covers("arn:aws:iam::1:u*", "arn:aws:iam::1:user/x"));
        assert!(covers("arn:aws:iam::1:user/*", "arn:aws:iam::1:user/x"));
        assert!(covers("arn:aws:iam::1:*", "arn:aws:iam::1:user/x"));
        assert!(covers("arn:aws:iam::1:root", "arn:aws:iam::1:root"));
        assert!(!covers("s3", "arn:aws:s3:::b"));
    }

    #[test]
    fn variables_stand_behind_the_fifth_colon_only() {
        assert!(covers("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::a*/x"));
        assert!(!covers("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::ab/x"));
        assert!(!covers("arn:aws:s3::${aws:username}:b", "arn:aws:s3::a*:b"));
    }

    fn arn_like(pattern: &str, text: &str) -> bool {
        let context: Context =
            [("aws:SourceArn", super::super::context::Value::Single("arn:aws:s3:::b*".into()))].into_iter().collect();
        ArnValue::read(pattern, true).matches(text, &mut Reader::new(&context, false)) == Truth::Yes
    }

    #[test]
    fn arn_like_never_crosses_fields_where_string_like_would() {
        let (pattern, text) = ("arn:aws:s:*:111:finance/*", "arn:aws:s:us-east-2:999:store/abc:111:finance/d");
        assert!(!arn_like(pattern, text));
        assert!(Pattern::glob(pattern).matches(text));
        assert!(arn_like(pattern, "arn:aws:s:us-east-2:111:finance/d"));
        assert!(arn_like("*", "arn:aws:s3:::b") && !arn_like("*", "b"));
        assert!(arn_like("${aws:SourceArn}", "arn:aws:s3:::b*") && !arn_like("${aws:SourceArn}", "arn:aws:s3:::bc"));
    }
}
