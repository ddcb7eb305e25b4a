//! Resources that an action can have: what the catalogue says of its resource types, against what policies say.

use super::atoms::{Covered, covered};
use super::automata::find;
use super::budget::Budget;
use super::facts::Facts;
use super::language::{Language, Pattern, Token};
use crate::catalogue::{self, Action};

/// Steps that may be spent on whether a pattern fits; past them it is taken to fit.
const STEPS: u64 = 2_000_000;
/// What stands where a policy leaves a part of an ARN open.
const FILLER: &str = "example";

/// Whose resources examples name.
#[derive(Clone, Debug)]
pub(super) struct Home {
    /// `aws`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
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
    for (arn, format) in &formats {
        let filled = filled(format, home);
        // The one that was found is close to what tells the two sides apart; other patterns come after it.
        for pattern in std::iter::once(found).chain(patterns.iter().map(String::as_str)) {
            if pattern == "*" {
                add(*arn, filled.clone());
            } else if let Some(text) = merged(pattern, &filled) {
                add(*arn, text);
            }
        }
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
            "Region" => "us-east-1",
            "Account" => &home.account,
            _ => FILLER,
        };
        rest = behind;
    }
    out + rest
}

/// The pattern with its open parts as in `filled`, where they can be so. `None` for what is no ARN, and for policy variables.
fn merged(pattern: &str, filled: &str) -> Option<String> {
    if pattern.contains("${") {
        return None;
    }
    let (wanted, own): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), filled.splitn(6, ':').collect());
    if wanted.len() != 6 || own.len() != 6 {
        return None;
    }
    let part = |(at, (wanted, own)): (usize, (&&str, &&str))| {
        let open = wanted.contains(['*', '?']) || (at < 5 && *wanted == FILLER);
        match (open, catalogue::matches(wanted, own) || *wanted == FILLER) {
            (false, _) => (*wanted).to_owned(),
            (true, true) => (*own).to_owned(),
            (true, false) => wanted.replace('*', FILLER).replace('?', "x"),
        }
    };
    Some(wanted.iter().zip(&own).enumerate().map(part).collect::<Vec<_>>().join(":"))
}

/// Whether a request of one of the actions can name a resource that the patterns of `Resource` cover, as far as is known. An action
/// without resource types names `*`.
pub(super) fn any_fits<'a>(actions: impl Iterator<Item = &'a Action>, patterns: &[String], facts: &Facts) -> bool {
    let budget = Budget::of(STEPS);
    let mut languages = Vec::new();
    for text in patterns {
        match covered(text, true, facts) {
            Some(Covered::All) => return true,
            Some(Covered::Exactly(pattern) | Covered::AtMost(pattern, _)) => languages.push(pattern),
            None => {}
        }
    }
    let resources = Language::of(languages);
    let mut seen: Vec<&str> = Vec::new();
    for action in actions {
        let formats: Vec<&str> = action.resource_types().flat_map(|t| t.resource.arn().formats()).collect();
        // Its requests name an ARN though it has no resource type (iam-facts 6.4).
        let buckets = action.name() == "ListAllMyBuckets" && action.service().prefix() == "s3";
        let formats = if buckets { vec!["arn:${Partition}:s3:::${Any}"] } else { formats };
        for format in formats {
            if seen.contains(&format) {
                continue;
            }
            seen.push(format);
            match find(&[&resources, &Language::of([language(format)])], &[], &budget) {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => return true,
            }
        }
    }
    false
}

/// A format as a pattern: anything in place of a placeholder, without `:` in the first five fields.
fn language(format: &str) -> Pattern {
    let mut out = Pattern::new();
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
        Home { partition: "aws".into(), account: "111111111111".into() }
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
            any_fits([catalogue::action(action).unwrap()].iter(), &[pattern.to_owned()], &Facts::default())
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
