//! What IAM takes as a name, a path, a description or a tag. Lengths are in characters (iam-facts 3.3).

use super::EntityKind;

/// One rule for one kind of name: its longest length and whether a character may stand in it.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// Longest length in characters; the shortest is always one.
    pub max: usize,
    /// The characters besides ASCII letters, digits and `_`.
    pub extra: &'static str,
}

impl NameRule {
    /// The rule for names of `kind`. OIDC providers are named by URL (1 to 255 characters) and checked in the spec.
    pub fn of(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Role | EntityKind::User => Self { max: 64, extra: "+=,.@-" },
            EntityKind::Policy | EntityKind::Group | EntityKind::InstanceProfile => Self { max: 128, extra: "+=,.@-" },
            EntityKind::ServiceLinkedRole => Self { max: 193, extra: ".-/+=,@" },
            EntityKind::OidcProvider => Self { max: 255, extra: ".-/~%" },
            EntityKind::SamlProvider => Self { max: 128, extra: ".-" },
        }
    }

    /// Whether one character may stand in a name of this rule.
    pub fn admits(self, c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_' || self.extra.contains(c)
    }
}

/// Checks a name of a kind; the error says what is wrong in words for its author.
pub fn check_name(kind: EntityKind, name: &str) -> Result<(), String> {
    let rule = NameRule::of(kind);
    let noun = kind.noun();
    let article = if noun.starts_with(['O', 'i']) { "an" } else { "a" };
    if name.is_empty() {
        return Err(format!("the name of {article} {noun} may not be empty"));
    }
    if let Some(bad) = name.chars().find(|c| !rule.admits(*c)) {
        return Err(format!("{article} {noun}'s name may hold letters, digits and `_{}`, not {bad:?}", rule.extra));
    }
    let length = name.chars().count();
    if length > rule.max {
        return Err(format!("{article} {noun}'s name has at most {} characters, this one has {length}", rule.max));
    }
    Ok(())
}

/// Whether a text may name an inline policy: `[\w+=,.@-]{1,128}`.
pub fn is_inline_policy_name(name: &str) -> bool {
    check_name(EntityKind::Policy, name).is_ok()
}

/// Checks a path: `/`, or `/…/` within 512 characters; policies take a narrower set of characters than the rest.
pub fn check_path(kind: EntityKind, path: &str) -> Result<(), String> {
    if path.len() > 512 {
        return Err(format!("a path has at most 512 characters, this one has {}", path.len()));
    }
    if !path.starts_with('/') || !path.ends_with('/') {
        return Err("a path starts and ends with a slash, as in `/team/`".to_owned());
    }
    let bad = |c: char| match kind {
        EntityKind::Policy => !(c.is_ascii_alphanumeric() || "./,+@=_-".contains(c)),
        _ => !('\u{21}'..='\u{7e}').contains(&c),
    };
    if let Some(c) = path.chars().find(|c| bad(*c)) {
        return Err(format!("a {}'s path may not hold {c:?}", kind.noun()));
    }
    if kind == EntityKind::Policy && path.contains("//") {
        return Err("a policy's path may not have an empty part (`//`)".to_owned());
    }
    Ok(())
}

/// Checks a role's or policy's description: at most 1000 characters, no control characters but tab and line ends,
/// nothing beyond Latin-1.
pub fn check_description(text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if length > 1000 {
        return Err(format!("a description has at most 1000 characters, this one has {length}"));
    }
    let good = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    match text.chars().find(|c| !good(*c)) {
        Some(c) => Err(format!("a description may hold Latin-1 text only, not {c:?}")),
        None => Ok(()),
    }
}

fn tag_char(c: char) -> bool {
    // `\p{Z}` is separators: white space that is not a control character.
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

/// Checks a tag key: 1 to 128 characters of `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, not beginning with `aws:`.
pub fn check_tag_key(key: &str) -> Result<(), String> {
    let length = key.chars().count();
    if length == 0 || length > 128 {
        return Err(format!("a tag key has 1 to 128 characters, this one has {length}"));
    }
    if key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:")) {
        return Err("tag keys that begin with `aws:` are AWS's own".to_owned());
    }
    match key.chars().find(|c| !tag_char(*c)) {
        Some(c) => Err(format!("a tag key may hold letters, digits, spaces and `_.:/=+-@`, not {c:?}")),
        None => Ok(()),
    }
}

/// Checks a tag value: at most 256 characters of the tag key's set, not beginning with `aws:`; it may be empty (iam-facts 2.4).
pub fn check_tag_value(value: &str) -> Result<(), String> {
    let length = value.chars().count();
    if length > 256 {
        return Err(format!("a tag value has at most 256 characters, this one has {length}"));
    }
    if value.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:")) {
        return Err("tag values may not begin with `aws:`".to_owned());
    }
    match value.chars().find(|c| !tag_char(*c)) {
        Some(c) => Err(format!("a tag value may hold letters, digits, spaces and `_.:/=+-@`, not {c:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paths_and_tags_follow_the_api_shapes() {
        assert!(check_name(EntityKind::Role, "a+=,.@-_9").is_ok());
        assert!(check_name(EntityKind::Role, "a b").is_err() && check_name(EntityKind::Role, "é").is_err());
        assert!(
            check_name(EntityKind::Role, &"x".repeat(65)).is_err() && check_name(EntityKind::Policy, &"x".repeat(128)).is_ok()
        );
        assert!(check_path(EntityKind::Role, "/a/b*/").is_ok() && check_path(EntityKind::Policy, "/a/b*/").is_err());
        assert!(check_path(EntityKind::Role, "a/").is_err());
        assert!(check_tag_key("Aws:x").is_err() && check_tag_key("équipe 1").is_ok() && check_tag_value("").is_ok());
        assert!(check_description("caf\u{e9}\n").is_ok() && check_description("\u{2028}").is_err());
    }
}
