//! What a name that the catalogue does not have is meant to be.

use super::{condition_keys, expand, service, services};
use crate::service_principals::{ALIASES, is_next_version};
use crate::suggest::nearest;

/// Names that people write for a service whose actions have another prefix, beside those whose principal is called otherwise too.
const PREFIXES: &[(&str, &str)] = &[
    ("alb", "elasticloadbalancing"),
    ("api-gateway", "apigateway"),
    ("elasticsearch", "es"),
    ("elbv2", "elasticloadbalancing"),
    ("msk", "kafka"),
    ("nlb", "elasticloadbalancing"),
    ("opensearch", "es"),
    ("parameter-store", "ssm"),
    ("parameterstore", "ssm"),
];

/// The known action that an action of an unknown service is meant to be: of a service that people call so, or of the one whose prefix is
/// most like it, among those that have the action.
pub fn meant_action(action: &str) -> Option<String> {
    let (wrong, name) = action.split_once(':')?;
    let folded = wrong.to_ascii_lowercase();
    let has = |prefix: &str| service(prefix).is_some() && !expand(&format!("{prefix}:{name}")).is_empty();
    let alias = PREFIXES.iter().chain(ALIASES).find(|(called, _)| *called == folded).map(|(_, prefix)| *prefix);
    let near = || {
        let alike = services().map(|s| s.prefix()).filter(|prefix| nearest(&folded, [*prefix]).is_some() && has(prefix));
        nearest(&folded, alike.filter(|prefix| !is_next_version(&folded, prefix)))
    };
    let prefix = alias.filter(|prefix| has(prefix)).or_else(near)?;
    Some(format!("{prefix}:{name}"))
}

/// The known condition key that is most like one that is not known: of the same prefix, and for a name without a prefix of `aws:`. A tag's
/// own name stays.
pub fn nearest_condition_key(key: &str) -> Option<String> {
    let (family, tag) = key.split_once('/').map_or((key, None), |(family, tag)| (family, Some(tag)));
    let families = || condition_keys().map(|known: &'static str| known.split('/').next().unwrap_or(known));
    let near = match family.split_once(':') {
        Some((prefix, _)) => {
            let of_prefix = |known: &&str| known.split_once(':').is_some_and(|(of, _)| of.eq_ignore_ascii_case(prefix));
            nearest(family, families().filter(of_prefix))?.to_owned()
        }
        None => format!("aws:{}", nearest(family, families().filter_map(|known| known.strip_prefix("aws:")))?),
    };
    Some(tag.map_or_else(|| near.clone(), |tag| format!("{near}/{tag}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_meant_only_if_it_has_the_action() {
        for (wrong, right) in [
            ("cloudwatchlogs:PutLogEvents", Some("logs:PutLogEvents")),
            ("efs:DescribeFileSystems", Some("elasticfilesystem:DescribeFileSystems")),
            ("stepfunctions:StartExecution", Some("states:StartExecution")),
            ("eventbridge:PutEvents", Some("events:PutEvents")),
            ("elb:DescribeLoadBalancers", Some("elasticloadbalancing:DescribeLoadBalancers")),
            ("dynamo:GetItem", Some("dynamodb:GetItem")),
            ("lamda:Invoke*", Some("lambda:Invoke*")),
            ("lamda:GetObject", None),
            ("inspector9:ListFindings", None),
            ("nothing-like-it:GetObject", None),
        ] {
            assert_eq!(meant_action(wrong).as_deref(), right, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_meant_with_its_tag_and_without_its_prefix() {
        for (wrong, right) in [
            ("aws:MultiFactorAuthPresents", "aws:MultiFactorAuthPresent"),
            ("aws:SourceVPCs", "aws:SourceVpc"),
            ("aws:PrincipalOrgIDs", "aws:PrincipalOrgID"),
            ("aws:PrincipalTagg/x", "aws:PrincipalTag/x"),
            ("SourceVpc", "aws:SourceVpc"),
            ("iam:PassToService", "iam:PassedToService"),
        ] {
            assert_eq!(nearest_condition_key(wrong).as_deref(), Some(right), "{wrong}");
        }
    }
}
