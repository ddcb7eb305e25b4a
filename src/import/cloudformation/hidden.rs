//! What a template makes of IAM without a resource of IAM, and properties that have no place in a spec: said, and never guessed.

use serde_json::Value;

use super::super::assembly::Assembly;
use super::eval::Env;

/// Why a resource of another service may make entities that the template does not show; `None` where it makes none.
pub(super) fn reason(env: &Env<'_>, kind: &str, resource: &Value) -> Option<String> {
    let has = |key: &str| {
        let global = kind.strip_prefix("AWS::Serverless::").and_then(|k| env.template.get("Globals")?.get(k)?.get(key));
        global.is_some() || resource.get("Properties").is_some_and(|p| p.get(key).is_some())
    };
    Some(match kind {
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => {
            "what it makes stands in a template of its own; import that one too".to_owned()
        }
        "AWS::CloudFormation::StackSet" => "what it makes in other accounts is not imported".to_owned(),
        // SAM makes a role where none is given; a state machine without policies has none.
        "AWS::Serverless::Function" if !has("Role") => "SAM makes a role for it, which is worked out by SAM alone".to_owned(),
        "AWS::Serverless::StateMachine" if !has("Role") && has("Policies") => {
            "SAM makes a role for it, which is worked out by SAM alone".to_owned()
        }
        "AWS::Serverless::Connector" => "SAM makes policies for it, which are worked out by SAM alone".to_owned(),
        module if module.ends_with("::MODULE") => "what a module makes is worked out by CloudFormation alone".to_owned(),
        _ => return None,
    })
}

/// Says which properties have no place in a spec.
pub(super) fn foreign_properties(properties: &Value, kind: &str, place: &str, assembly: &mut Assembly) {
    let Some(known) = known(kind) else { return };
    for key in properties.as_object().into_iter().flat_map(|p| p.keys()) {
        if !known.contains(&key.as_str()) {
            assembly.unknown(format!("{place}.{key}"), format!("a spec has nothing like `{key}` here; it is left out"));
        }
    }
}

/// The properties of a type that are read or said elsewhere; `None` for types that are said as a whole.
fn known(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind.strip_prefix("AWS::IAM::")? {
        "Role" => &[
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        ],
        "ManagedPolicy" => &["Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Tags", "Users"],
        "Policy" => &["Groups", "PolicyDocument", "PolicyName", "Roles", "Users"],
        "RolePolicy" => &["PolicyDocument", "PolicyName", "RoleName"],
        "UserPolicy" => &["PolicyDocument", "PolicyName", "UserName"],
        "GroupPolicy" => &["PolicyDocument", "PolicyName", "GroupName"],
        "User" => &["Groups", "LoginProfile", "ManagedPolicyArns", "Path", "PermissionsBoundary", "Policies", "Tags", "UserName"],
        "Group" => &["GroupName", "ManagedPolicyArns", "Path", "Policies"],
        "UserToGroupAddition" => &["GroupName", "Users"],
        "InstanceProfile" => &["InstanceProfileName", "Path", "Roles"],
        "OIDCProvider" => &["ClientIdList", "Tags", "ThumbprintList", "Url"],
        "SAMLProvider" => &["Name", "SamlMetadataDocument", "Tags"],
        "ServiceLinkedRole" => &["AWSServiceName", "CustomSuffix", "Description"],
        _ => return None,
    })
}
