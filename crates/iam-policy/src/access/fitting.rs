//! Resources that an action can have: what the catalogue says of its resource types, against what policies say.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::texts::{Covered, covered, loosely};
use crate::catalogue::{self, Action};
use crate::pattern::{self, Budget, Language, Token, Tokens, find};

/// Steps that may be spent on whether a pattern fits; past them it is taken to fit.
const STEPS: u64 = 2_000_000;
/// What s3:ListAllMyBuckets names.
const ANY_BUCKET: &str = "arn:${Partition}:s3:::${Any}";
/// What stands where a policy leaves a part of an ARN open.
const FILLER: &str = "example";

/// Regions of examples, in the order in which they are tried.
const REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];
/// Accounts of examples that are not the principal's.
const OTHER_ACCOUNTS: [&str; 2] = ["222222222222", "333333333333"];

/// Whose resources examples name.
#[derive(Clone, Debug)]
pub(super) struct Home {
    /// `aws`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// `us-east-1`.
    pub region: &'static str,
}

impl Home {
    /// A home in the usual region.
    pub(super) fn new(partition: String, account: String) -> Self {
        Self { partition, account, region: REGIONS[0] }
    }

    /// This one, and others for what must not be here.
    fn and_others(&self) -> Vec<Self> {
        let account = OTHER_ACCOUNTS.into_iter().find(|id| *id != self.account).unwrap_or_default().to_owned();
        let elsewhere = REGIONS.into_iter().skip(1).map(|region| Self { region, ..self.clone() });
        [self.clone(), Self { account, ..self.clone() }].into_iter().chain(elsewhere).collect()
    }
}

/// ARNs that a request of the action may well name, the likeliest first: of a type of the action, and as the patterns of a policy say.
/// `found` is one that the search came to.
pub(super) fn likely(action: Action, patterns: &[String], found: &str, home: &Home) -> Vec<String> {
    let mut formats: Vec<(catalogue::ArnPattern, &str)> =
        action.resource_types().flat_map(|t| t.resource.arn().formats().map(move |f| (t.resource.arn(), f))).collect();
    // Of an object and an object behind an access point the plain one reads best.
    formats.sort_by_key(|(_, format)| format.len());
    if formats.is_empty() {
        return vec!["*".to_owned()];
    }
    let mut out = Vec::new();
    let mut add = |arn: catalogue::ArnPattern, text: String| {
        if arn.matches(&text) && !out.contains(&text) {
            out.push(text);
        }
    };
    let homes = home.and_others();
    for (home, (arn, format)) in homes.iter().flat_map(|home| formats.iter().map(move |format| (home, format))) {
        let filled = filled(format, home);
        // The one that was found is close to what tells the two sides apart; other patterns come after it.
        for pattern in std::iter::once(found).chain(patterns.iter().map(String::as_str)) {
            if pattern == "*" {
                add(*arn, filled.clone());
            } else if let Some(text) = merged(pattern, &filled) {
                add(*arn, text);
            }
        }
    }
    for (arn, _) in &formats {
        add(*arn, found.to_owned());
    }
    out
}

/// Whether a resource looks like those of the action: of one of its types, with as many parts.
pub(super) fn is_like(action: Action, resource: &str) -> bool {
    let parts = |text: &str| text.matches('/').count();
    let like = |arn: catalogue::ArnPattern| arn.matches(resource) && arn.formats().any(|f| parts(f) == parts(resource));
    resource == "*" || action.resource_types().any(|t| like(t.resource.arn()))
}

/// A format with something in place of each placeholder.
fn filled(format: &str, home: &Home) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((name, behind)) = behind.split_once('}') else { break };
        out += before;
        out += match name {
            "Partition" => &home.partition,
            "Region" => home.region,
            "Account" => &home.account,
            _ => FILLER,
        };
        rest = behind;
    }
    out + rest
}

/// The pattern with its open parts as in `filled`, where they can be so. `None` for what is not an ARN, and for policy variables.
fn merged(pattern: &str, filled: &str) -> Option<String> {
    if pattern.contains("${") {
        return None;
    }
    let (wanted, own): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), filled.splitn(6, ':').collect());
    if wanted.len() != 6 || own.len() != 6 {
        return None;
    }
    let part = |(at, (wanted, own)): (usize, (&&str, &&str))| {
        // What the search put into a field of its own accord may as well be something else.
        let made_up = at < 5 && wanted.contains(FILLER);
        match (made_up || wanted.contains(['*', '?']), made_up || pattern::matches_ignoring_case(wanted, own)) {
            (false, _) => (*wanted).to_owned(),
            (true, true) => (*own).to_owned(),
            (true, false) => wanted.replace('*', FILLER).replace('?', "x"),
        }
    };
    Some(wanted.iter().zip(&own).enumerate().map(part).collect::<Vec<_>>().join(":"))
}

/// The actions of which a request can name a resource that the patterns of `Resource` cover, as far as is known. An action without
/// resource types names `*`. `None`: all of them, whatever they are.
pub(super) fn fitting(actions: &BTreeSet<Action>, patterns: &[String], facts: &Facts) -> Option<BTreeSet<Action>> {
    let budget = Budget::of(STEPS);
    let mut languages = Vec::new();
    for text in patterns {
        match covered(text, true, facts) {
            Some(Covered::All) => return None,
            Some(Covered::Exactly(pattern)) => languages.push(pattern),
            Some(Covered::Open(head, pieces)) => languages.push(head.into_iter().chain(loosely(&pieces)).collect()),
            Some(Covered::Refused) => languages.push(vec![Token::Run]),
            None => {}
        }
    }
    // The name of a bucket has no slash.
    let slashless = languages.iter().filter(|pattern| !pattern.contains(&Token::Is('/'))).cloned();
    let (buckets, resources) = (Language::of(slashless), Language::of(languages.iter().cloned()));
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    let mut fits = |format: &'static str| {
        let resources = if format.ends_with("${BucketName}") { &buckets } else { &resources };
        let meets = || !matches!(find(&[resources, &Language::of([language(format)])], &[], &budget), Ok(None));
        *known.entry(format).or_insert_with(meets)
    };
    let kept = actions.iter().filter(|action| {
        // Its requests name an ARN though it has no resource type (iam-facts 6.4).
        let buckets = action.name() == "ListAllMyBuckets" && action.service().prefix() == "s3";
        let own = action.resource_types().flat_map(|t| t.resource.arn().formats()).chain(buckets.then_some(ANY_BUCKET));
        own.into_iter().any(&mut fits)
    });
    Some(kept.copied().collect())
}

/// A format as a pattern: anything in place of a placeholder, without `:` in the first five fields.
fn language(format: &str) -> Tokens {
    let mut out = Tokens::new();
    let mut fields = 0;
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c == '$' {
            rest.by_ref().find(|c| *c == '}');
            out.push(if fields < 5 { Token::RunInField } else { Token::Run });
        } else {
            fields += usize::from(c == ':');
            out.push(Token::Is(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home::new("aws".into(), "111111111111".into())
    }

    #[test]
    fn a_likely_resource_is_of_a_type_of_the_action_and_as_the_policy_says() {
        let get = catalogue::action("s3:GetObject").unwrap();
        let likely = |action, pattern: &str| likely(action, &[pattern.to_owned()], "*", &home()).first().cloned();
        assert_eq!(likely(get, "*").unwrap(), "arn:aws:s3:::example/example");
        let merged = super::likely(get, &["arn:aws:s3:::logs-*/*".into()], "arn:aws:s3:::logs-example/example", &home());
        assert_eq!(merged[0], "arn:aws:s3:::logs-example/example");
        let send = catalogue::action("sqs:SendMessage").unwrap();
        let merged = super::likely(send, &[], "arn:aws:sqs:example:example:jobs", &home());
        assert_eq!(merged[0], "arn:aws:sqs:us-east-1:111111111111:jobs");
    }

    #[test]
    fn a_pattern_of_another_type_fits_no_action() {
        let fits = |action: &str, pattern: &str| {
            fitting(&[catalogue::action(action).unwrap()].into(), &[pattern.to_owned()], &Facts::default())
                .is_none_or(|f| !f.is_empty())
        };
        assert!(
            fits("s3:GetObject", "arn:aws:s3:::a/*")
                && fits("s3:GetObject", "*")
                && fits("s3:ListAllMyBuckets", "arn:aws:s3:::*")
        );
        assert!(!fits("s3:GetObject", "arn:aws:s3:::bucket"), "an object has a slash");
        assert!(!fits("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*"), "it has no resource types");
        assert!(!fits("sqs:SendMessage", "arn:aws:sns:*:*:*"));
    }
}
