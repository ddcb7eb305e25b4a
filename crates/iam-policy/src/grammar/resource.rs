//! Resources: `*` or an ARN of the shapes that IAM takes (iam-facts 5.3, 6).

use serde_json::Value;

use super::super::data::{IAM_RESOURCE_WORDS, PARTITIONS, STATEMENT_ELEMENTS};
use super::report::{Report, Stage};
use super::{GrammarContext, Statement, misspelt};
use crate::catalogue;

/// The form of each resource of `Resource` or `NotResource`.
///
/// Of a list IAM looks at the greatest text first and names the last fault: the order here is the same.
pub(super) fn formats(statement: &Statement<'_>, element: &str, context: GrammarContext<'_>, report: &mut Report) {
    let is_list = statement.get(element).is_some_and(Value::is_array);
    let mut resources: Vec<_> = statement
        .values(element)
        .into_iter()
        .filter_map(|(path, value)| Some((path, value.as_str()?)))
        .filter(|(_, text)| !(is_list && text.is_empty()))
        .collect();
    resources.sort_by(|a, b| b.1.cmp(a.1));
    let mut sound = Vec::new();
    for (path, text) in resources {
        match fault(text, context) {
            Some((message, help)) => report.refuse(Stage::Resource, &path, "policy-resource", message, help),
            None => sound.push((path, text)),
        }
    }
    for (path, text) in sound {
        if !legacy_parses(text, is_list) {
            let help = format!(
                "`{text}` is not a complete ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` has five colons or more"
            );
            report.legacy(Stage::LegacyResource, &path, help);
        }
    }
}

/// Identity policies name resources in every statement.
pub(super) fn present(statement: &Statement<'_>, report: &mut Report) {
    let message = "Policy statement must contain resources.";
    let empty = |element| statement.get(element).and_then(Value::as_array).is_some_and(Vec::is_empty);
    let Value::Object(fields) = statement.value else { return };
    match ["Resource", "NotResource"].into_iter().find(|element| statement.get(element).is_some()) {
        None if ["Resource", "NotResource"].iter().any(|element| misspelt(fields, element, STATEMENT_ELEMENTS)) => {}
        None => report.refuse(Stage::NoResources, &statement.path, "policy-no-resources", message, "add `Resource`"),
        Some(element) if empty(element) => {
            let help = format!("`{element}` is empty: name the resources, or drop the statement");
            report.refuse(Stage::NoResources, &statement.path.key(element), "policy-no-resources", message, help);
        }
        Some(_) => {}
    }
}

/// What the older parser minds: `::` in a text of fewer than six fields, and no service (looked at only where one text stands alone).
fn legacy_parses(text: &str, in_list: bool) -> bool {
    text == "*"
        || ((text.matches(':').count() >= 5 || !text.contains("::"))
            && (in_list || text.split(':').nth(2).is_some_and(|service| !service.is_empty())))
}

/// A text cut at its first colon; the flag tells whether there was one.
fn cut(text: &str) -> (&str, bool, &str) {
    text.split_once(':').map_or((text, false, ""), |(head, rest)| (head, true, rest))
}

fn fault(text: &str, context: GrammarContext<'_>) -> Option<(String, String)> {
    if text == "*" {
        return None;
    }
    let (_, has_partition, rest) = cut(text);
    if !has_partition {
        let help = "write the resource's ARN, such as `arn:aws:s3:::bucket/*`, or `*` for all".to_owned();
        return Some((format!("Resource {text} must be in ARN format or \"*\"."), help));
    }
    let (partition, has_service, rest) = cut(rest);
    if !is_valid_partition(partition, context) {
        let shown = named_in_full(partition, rest);
        let own = context.partition.unwrap_or("aws");
        let help = match text.strip_prefix("s3://") {
            Some(object) => format!("an object of S3 is `arn:{own}:s3:::{object}`, a bucket `arn:{own}:s3:::BUCKET`"),
            None if text.contains("://") => "write the resource's ARN; an address is not one".to_owned(),
            None => format!("the second field of an ARN is the partition: write `{own}`"),
        };
        return Some((format!("Partition \"{partition}\" is not valid for resource \"{shown}\"."), help));
    }
    if !has_service {
        let message = "Resource vendor must be fully qualified and cannot contain regexes.".to_owned();
        return Some((message, format!("`{text}` has no service: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`")));
    }
    let (service, _, from_region) = cut(rest);
    let (_, _, from_account) = cut(from_region);
    let (_, _, resource) = cut(from_account);
    let has_region = !from_region.starts_with(':');
    let help = |service: &str| format!("an ARN of {service} has an empty region: `arn:{partition}:{service}::…`");
    match service {
        "iam" if has_region => Some((format!("IAM resource {text} cannot contain region information."), help("iam"))),
        "s3" if has_region && !is_form_of("s3", true, resource) => Some((
            format!("Resource {text} can not contain region information."),
            format!("write `arn:{partition}:s3:::{resource}`"),
        )),
        // IAM's message says that `*` alone will do.
        "iam"
            if resource != "*"
                && !IAM_RESOURCE_WORDS.iter().any(|word| resource.starts_with(word))
                && !is_form_of("iam", false, resource) =>
        {
            Some((
                format!("IAM resource path must either be \"*\" or start with {}.", IAM_RESOURCE_WORDS.join(", ")),
                format!("`{text}` does not say what kind of IAM resource it is, such as `role/NAME`"),
            ))
        }
        _ => None,
    }
}

/// A resource of IAM that neither the service's message nor the catalogue names: security keys (IAM User Guide, "IAM identifiers").
const SECURITY_KEY: &str = "u2f/";

/// Whether AWS documents a resource of a service that begins as this text does. Only formats with or without a region count. The services
/// of IAM's resources are `iam` and `sts` (`arn:aws:iam::111111111111:root`).
fn is_form_of(service: &str, regional: bool, text: &str) -> bool {
    if service == "iam" && text.starts_with(SECURITY_KEY) {
        return true;
    }
    let owners = if service == "iam" { &["iam", "sts"][..] } else { &[service][..] };
    let formats = owners
        .iter()
        .filter_map(|owner| catalogue::service(owner))
        .flat_map(|owner| owner.resource_types().flat_map(|kind| kind.arn().formats().collect::<Vec<_>>()).collect::<Vec<_>>());
    formats
        .filter_map(|format| {
            let fields: Vec<&str> = format.splitn(6, ':').collect();
            (fields.get(2) == Some(&service) && fields.get(3).is_some_and(|region| region.is_empty() != regional))
                .then(|| fields.get(5).copied())?
        })
        .any(|form| match form.split_once("${") {
            Some((head, _)) => !head.is_empty() && text.starts_with(head),
            None => text.strip_prefix(form).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*'])),
        })
}

fn is_valid_partition(partition: &str, context: GrammarContext<'_>) -> bool {
    partition == "*" || context.partition.map_or_else(|| PARTITIONS.contains(&partition), |own| own == partition)
}

/// The ARN as IAM's message completes it: fields that are not there show as `*`.
fn named_in_full(partition: &str, rest: &str) -> String {
    let fields: Vec<&str> = rest.splitn(4, ':').collect();
    let field = |n: usize| fields.get(n).copied().unwrap_or("*");
    let service = if rest.is_empty() { "*" } else { field(0) };
    format!("arn:{partition}:{service}:{}:{}:{}", field(1), field(2), field(3))
}
