//! What makes no request: patterns for actions, names that AWS does not have. A question that is misspelt cannot fail, so it is refused.

use crate::catalogue;
use crate::policy::nearest;
use crate::policy::service_principals::{ServiceName, look_up};
use crate::spec::requested_resource;

/// Why an action cannot be asked about: a request names one action. `None` where it can. `known_only`: whether the catalogue must have it.
pub fn action_fault(action: &str, known_only: bool) -> Option<String> {
    if action.contains(['*', '?']) {
        return Some(format!(
            "`{action}` is a pattern, and a request names one action: write each action, or use `access` to ask for all"
        ));
    }
    if !known_only {
        return None;
    }
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    let Some(known) = catalogue::service(service) else {
        return Some(unknown(&format!("no AWS service has the prefix of `{action}`"), catalogue::meant_action(action)));
    };
    if known.action(name).is_some() {
        return None;
    }
    let near = nearest(name, known.actions().map(|action| action.name()));
    let near = near.map(|near| format!("{}:{near}", known.prefix()));
    Some(unknown(&format!("`{}` has no action `{action}`", known.prefix()), near))
}

/// Why a condition key cannot be given: no request has it. Claims of identity providers are not listed anywhere and pass.
pub fn key_fault(key: &str) -> Option<String> {
    let prefix = key.split_once(':').map(|(prefix, _)| prefix);
    // Hosts of identity providers.
    if prefix.is_some_and(|prefix| prefix.contains(['.', '/']) || prefix.eq_ignore_ascii_case("saml")) {
        return None;
    }
    if prefix.is_some() && catalogue::condition_key(key).is_some() {
        return None;
    }
    Some(unknown(&format!("no condition key is called `{key}`"), catalogue::nearest_condition_key(key)))
}

/// Why a service principal cannot ask: its name is close to that of a service and is not one.
pub fn service_fault(host: &str) -> Option<String> {
    match look_up(host) {
        ServiceName::Misspelt(right) => Some(unknown(&format!("no AWS service is called `{host}`"), Some(right))),
        ServiceName::Known | ServiceName::Unknown => None,
    }
}

/// Why a text is no resource of a request, which names one by its ARN; `*` stands for actions without resource types.
pub fn resource_fault(resource: &str) -> Option<String> {
    let hint = requested_resource(resource).err()?;
    Some(format!("`{}` is no resource of a request: {hint}", resource.escape_debug()))
}

/// The first fault of a question that a person asks on the command line.
pub fn fault<'a>(
    actions: impl IntoIterator<Item = &'a String>,
    resources: impl IntoIterator<Item = &'a String>,
    keys: impl IntoIterator<Item = &'a str>,
    allow_unknown: bool,
) -> Option<String> {
    let action = actions.into_iter().find_map(|action| action_fault(action, !allow_unknown));
    let resource = || resources.into_iter().find_map(|resource| resource_fault(resource));
    let key = || keys.into_iter().filter(|_| !allow_unknown).find_map(key_fault);
    action.or_else(resource).or_else(key)
}

/// What a wildcard in a requested ARN means; `None` without one.
pub fn resource_warning(resource: &str) -> Option<String> {
    let wild = resource != "*" && resource.contains(['*', '?']);
    wild.then(|| format!("`{resource}` asks for the literal name; use `access` to ask for all"))
}

fn unknown(what: &str, near: Option<String>) -> String {
    let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
    format!("{what}{hint} (`--allow-unknown` for what is newer than this iamctl)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_action_is_refused_with_the_likeliest_name() {
        let fault = |action| action_fault(action, true).unwrap_or_default();
        assert!(fault("s3:DeleteBukcet").contains("did you mean `s3:DeleteBucket`?"), "{}", fault("s3:DeleteBukcet"));
        assert!(fault("iam:CreateUserr").contains("did you mean `iam:CreateUser`?"));
        assert!(fault("sts3:GetObject").contains("no AWS service"));
        assert_eq!(fault("S3:getobject"), "");
        assert_eq!(action_fault("s3:Newer", false), None);
        assert!(action_fault("s3:Get*", false).is_some());
    }

    #[test]
    fn a_misspelt_key_is_refused_and_claims_pass() {
        let fault = |key| key_fault(key).unwrap_or_default();
        assert!(fault("aws:PrincipalTagg/x").contains("did you mean `aws:PrincipalTag/x`?"), "{}", fault("aws:PrincipalTagg/x"));
        assert!(fault("aws:SourceAcount").contains("did you mean `aws:SourceAccount`?"), "{}", fault("aws:SourceAcount"));
        assert!(fault("SourceIp").contains("did you mean `aws:SourceIp`?"), "{}", fault("SourceIp"));
        for known in
            ["aws:PrincipalTag/x", "aws:sourceaccount", "token.actions.githubusercontent.com:sub", "SAML:aud", "s3:prefix"]
        {
            assert_eq!(fault(known), "", "{known}");
        }
    }

    #[test]
    fn what_is_no_arn_is_refused_as_a_resource() {
        let fault = |resource| resource_fault(resource).unwrap_or_default();
        assert!(fault("s3://bucket/key").ends_with("write `arn:aws:s3:::bucket/key`"));
        for wrong in ["bucket/key", "arn:aws:s3", "s3://", "", "role/x"] {
            assert!(fault(wrong).contains("write its ARN"), "{wrong}");
        }
        for right in ["*", "arn:aws:s3:::bucket", "arn:aws:iam::111111111111:role/x"] {
            assert_eq!(fault(right), "");
        }
    }

    #[test]
    fn a_service_close_to_another_is_refused() {
        assert!(service_fault("sagemakr.amazonaws.com").unwrap_or_default().contains("`sagemaker.amazonaws.com`"));
        assert_eq!(service_fault("ec2.amazonaws.com"), None);
    }
}
