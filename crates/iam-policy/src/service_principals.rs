//! Names of AWS service principals: which are known, and which are a known one misspelt.
//!
//! AWS publishes no list. `data/service-principals.txt` is made by `scripts/service-principals.py` from iam-floyd (Apache-2.0,
//! `data/NOTICE-iam-floyd.txt`), AWS managed policies and AWS's guides; prefixes of actions count too. A name that is not here may exist all the
//! same, unless it is so near a known one that it can only be meant.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::catalogue;

const NAMES: &str = include_str!("../data/service-principals.txt");

/// Domains of service principals: of the partitions, and those of older services.
pub const DOMAINS: &[&str] = &[
    ".amazonaws.com.cn",
    ".amazonaws.com",
    ".amazonaws.eu",
    ".aws.internal",
    ".amazon.com",
    ".api.aws",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".adc-e.uk",
    ".hci.ic.gov",
    ".csp.hci.ic.gov",
];

/// Names that people write for a service whose principal is called otherwise.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("cloudwatch-events", "events"),
    ("cloudwatch-logs", "logs"),
    ("cloudwatchevents", "events"),
    ("cloudwatchlogs", "logs"),
    ("dynamo", "dynamodb"),
    ("efs", "elasticfilesystem"),
    ("elb", "elasticloadbalancing"),
    ("emr", "elasticmapreduce"),
    ("eventbridge", "events"),
    ("eventbridge-pipes", "pipes"),
    ("eventbridge-scheduler", "scheduler"),
    ("flow-logs", "vpc-flow-logs"),
    ("flowlogs", "vpc-flow-logs"),
    ("kinesis-firehose", "firehose"),
    ("kinesisfirehose", "firehose"),
    ("lambda-edge", "edgelambda"),
    ("lambdaedge", "edgelambda"),
    ("mwaa", "airflow"),
    ("rds-monitoring", "monitoring.rds"),
    ("sfn", "states"),
    ("step-functions", "states"),
    ("stepfunctions", "states"),
    ("systems-manager", "ssm"),
    ("systemsmanager", "ssm"),
];

/// What is known of the name of a service principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceName {
    /// It exists.
    Known,
    /// It does not, and this one is meant.
    Misspelt(String),
    /// Nothing.
    Unknown,
}

/// The names of the list alone; nothing is unpacked for them.
fn listed() -> &'static BTreeSet<&'static str> {
    static LISTED: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    LISTED.get_or_init(|| NAMES.lines().collect())
}

fn names() -> &'static BTreeSet<&'static str> {
    static KNOWN: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    KNOWN.get_or_init(|| NAMES.lines().chain(catalogue::services().map(|service| service.prefix())).collect())
}

/// Looks up a name such as `lambda.amazonaws.com`, in its own region (`logs.eu-west-1.amazonaws.com`) or not.
///
/// ```
/// use iam_policy::service_principals::{ServiceName, look_up};
///
/// assert_eq!(look_up("lambda.amazonaws.com"), ServiceName::Known);
/// assert_eq!(look_up("lamda.amazonaws.com"), ServiceName::Misspelt("lambda.amazonaws.com".to_owned()));
/// assert_eq!(look_up("something-new.amazonaws.com"), ServiceName::Unknown);
/// ```
pub fn look_up(host: &str) -> ServiceName {
    // Prefixes of services have no dots: the catalogue stays packed where the list has the name.
    let known = |name: &str| listed().contains(name) || (!name.contains('.') && names().contains(name));
    if known(host) {
        // A whole name of another domain; a bare name is none.
        return if host.contains('.') && host.ends_with(".com") { ServiceName::Known } else { meant(host, "", ".amazonaws.com") };
    }
    let Some(domain) = DOMAINS.iter().find(|domain| host.len() > domain.len() && host.ends_with(**domain)) else {
        return wrong_domain(host);
    };
    let full = host.get(..host.len() - domain.len()).unwrap_or_default();
    let (name, region) = match full.rsplit_once('.') {
        Some((name, last)) if is_region(last) => (name, format!(".{last}")),
        _ => (full, String::new()),
    };
    if known(name) && *domain != ".amazon.com" {
        return ServiceName::Known;
    }
    if *domain == ".amazon.com" {
        let name = name.strip_suffix(".aws").unwrap_or(name);
        return if known(name) { meant(name, &region, ".amazonaws.com") } else { ServiceName::Unknown };
    }
    match nearest(name) {
        Some(near) => meant(near, &region, domain),
        None => ServiceName::Unknown,
    }
}

fn meant(name: &str, region: &str, domain: &str) -> ServiceName {
    ServiceName::Misspelt(format!("{name}{region}{domain}"))
}

fn is_region(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    parts.len() >= 3 && first.len() <= 4 && last.len() == 1 && last.bytes().all(|b| b.is_ascii_digit())
}

/// A name whose domain is none of AWS's: `lambda.amazonaws.con`, `lambda.aws.com`.
fn wrong_domain(host: &str) -> ServiceName {
    for domain in [".amazonaws.com", ".amazonaws.com.cn"] {
        // Each place where the domain may begin.
        let ends = host.char_indices().filter(|(at, c)| *c == '.' && *at > 0).map(|(at, _)| at);
        for end in ends {
            let (name, rest) = host.split_at(end);
            let near = strsim::damerau_levenshtein(rest, domain) <= 2;
            let short = matches!(rest, ".aws.com" | ".amazon.com" | ".aws.amazon.com" | ".amazonaws" | ".aws" | ".com");
            if (near || short) && names().contains(name) {
                return meant(name, "", ".amazonaws.com");
            }
        }
    }
    ServiceName::Unknown
}

/// The known name that can only be meant: in lower case, without separators, or by one or two letters.
fn nearest(name: &str) -> Option<&'static str> {
    let folded = name.to_ascii_lowercase();
    if let Some(known) = names().get(folded.as_str()) {
        return Some(known);
    }
    if let Some((_, right)) = ALIASES.iter().find(|(wrong, _)| *wrong == folded) {
        return names().get(right).copied();
    }
    let plain = |text: &str| text.replace(['-', '_'], "");
    if let Some(known) = names().iter().find(|known| plain(known) == plain(&folded)) {
        return Some(known);
    }
    let allowed = match folded.len() {
        ..=2 => return None,
        3..=7 => 1,
        _ => 2,
    };
    let near =
        names().iter().map(|known| (strsim::damerau_levenshtein(&folded, known), known.len().abs_diff(folded.len()), *known));
    let (_, _, best) = near.filter(|(distance, ..)| *distance <= allowed).min()?;
    (!is_next_version(&folded, best)).then_some(best)
}

/// Whether names differ by a number or a version at their end alone: `inspector3` may well be a new service.
pub(crate) fn is_next_version(a: &str, b: &str) -> bool {
    let stem = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['v', '-']).to_owned();
    stem(a).len() > 3 && stem(a) == stem(b) && a.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_are_found_with_the_name_that_is_meant() {
        for (wrong, right) in [
            ("lamda.amazonaws.com", "lambda.amazonaws.com"),
            ("lambda.amazonaws.con", "lambda.amazonaws.com"),
            ("lambda.amazon.com", "lambda.amazonaws.com"),
            ("lambda.aws.amazon.com", "lambda.amazonaws.com"),
            ("ec2.amazonws.com", "ec2.amazonaws.com"),
            ("Lambda.amazonaws.com", "lambda.amazonaws.com"),
            ("ecs-task.amazonaws.com", "ecs-tasks.amazonaws.com"),
            ("ecs_tasks.amazonaws.com", "ecs-tasks.amazonaws.com"),
            ("code-build.amazonaws.com", "codebuild.amazonaws.com"),
            ("sagemkaer.amazonaws.com", "sagemaker.amazonaws.com"),
            ("cloudformaton.amazonaws.com", "cloudformation.amazonaws.com"),
            ("stepfunctions.amazonaws.com", "states.amazonaws.com"),
            ("eventbridge.amazonaws.com", "events.amazonaws.com"),
            ("lambda", "lambda.amazonaws.com"),
            ("stats.eu-west-1.amazonaws.com", "states.eu-west-1.amazonaws.com"),
            ("ec3.amazonaws.com.cn", "ec2.amazonaws.com.cn"),
            ("replication.dynamdb.amazonaws.com", "replication.dynamodb.amazonaws.com"),
        ] {
            assert_eq!(look_up(wrong), ServiceName::Misspelt(right.to_owned()), "{wrong}");
        }
    }

    #[test]
    fn known_names_are_known_in_every_partition_and_region() {
        for name in [
            "ec2.amazonaws.com",
            "ec2.amazonaws.com.cn",
            "states.us-east-1.amazonaws.com",
            "logs.eu-central-1.amazonaws.com",
            "s3.data-source.lustre.fsx.amazonaws.com",
            "edgelambda.amazonaws.com",
            "vpc-flow-logs.amazonaws.com",
            "delivery.logs.amazonaws.com",
            "pods.eks.amazonaws.com",
            "ops.apigateway.amazonaws.com",
            "events.amazon.com",
            "sts.amazonaws.com",
            "ssm.c2s.ic.gov",
        ] {
            assert_eq!(look_up(name), ServiceName::Known, "{name}");
        }
    }

    #[test]
    fn what_may_be_new_is_only_unknown() {
        for name in ["quantum-ledgers.amazonaws.com", "inspector3.amazonaws.com", "example.com", "xy.amazonaws.com", ""] {
            assert_eq!(look_up(name), ServiceName::Unknown, "{name}");
        }
    }

    #[test]
    fn the_list_is_the_one_that_the_manifest_tells_of() {
        use sha2::Digest;
        let manifest: serde_json::Value = serde_json::from_str(include_str!("../data/service-principals.manifest.json")).unwrap();
        let digest: String = sha2::Sha256::digest(NAMES).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(manifest["sha256"], digest);
        assert_eq!(manifest["names"], NAMES.lines().count());
        assert!(NAMES.lines().is_sorted());
    }
}
