//! Lengths and patterns of names, paths, descriptions and durations (iam-facts 3.3).

use super::refusal::{Checked, Refusal};
use crate::names::{EntityKind, Name, NameRule, check_description, check_name, check_path, is_inline_policy_name};

fn field(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Role | EntityKind::ServiceLinkedRole => "roleName",
        EntityKind::Policy => "policyName",
        EntityKind::User => "userName",
        EntityKind::Group => "groupName",
        EntityKind::InstanceProfile => "instanceProfileName",
        EntityKind::OidcProvider => "url",
        EntityKind::SamlProvider => "name",
    }
}

/// A name of a kind, at creation.
pub(super) fn name(kind: EntityKind, name: &Name) -> Checked {
    if check_name(kind, name.as_str()).is_ok() {
        return Ok(());
    }
    let (field, rule) = (field(kind), NameRule::of(kind));
    if name.as_str().is_empty() {
        return Err(Refusal::constraint("", field, "have length greater than or equal to 1"));
    }
    if name.as_str().chars().count() > rule.max {
        return Err(Refusal::constraint(name.as_str(), field, &format!("have length less than or equal to {}", rule.max)));
    }
    Err(Refusal::validation(format!(
        "The specified value for {field} is invalid. It must contain only alphanumeric characters and/or the following: _{}",
        rule.extra
    )))
}

/// The name of an inline policy.
pub(super) fn inline_name(text: &str) -> Checked {
    if is_inline_policy_name(text) { Ok(()) } else { name(EntityKind::Policy, &Name::new(text)) }
}

/// A path of a kind.
pub(super) fn path(kind: EntityKind, path: &str) -> Checked {
    if check_path(kind, path).is_ok() {
        return Ok(());
    }
    if path.chars().count() > 512 {
        return Err(Refusal::constraint(path, "path", "have length less than or equal to 512"));
    }
    Err(Refusal::validation(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}

/// A description of a role or a policy. IAM's model gives no pattern for policies; the longest length holds for both.
pub(super) fn description(kind: EntityKind, text: &str) -> Checked {
    if text.chars().count() > 1000 {
        return Err(Refusal::constraint(text, "description", "have length less than or equal to 1000"));
    }
    if kind != EntityKind::Policy && check_description(text).is_err() {
        return Err(Refusal::constraint(
            text,
            "description",
            "satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
        ));
    }
    Ok(())
}

/// An empty description is no description (iam-facts 1.3).
pub(super) fn described(text: Option<&str>) -> Option<String> {
    text.filter(|t| !t.is_empty()).map(str::to_owned)
}

/// Seconds of a role's longest session: 3600 to 43200.
pub(super) fn max_session_duration(seconds: u32) -> Checked {
    let must = match seconds {
        ..3600 => "have value greater than or equal to 3600",
        3600..=43200 => return Ok(()),
        43201.. => "have value less than or equal to 43200",
    };
    Err(Refusal::constraint(&seconds.to_string(), "maxSessionDuration", must))
}
