//! Patterns of policies as rules ask about them.

use std::borrow::Cow;

pub use crate::policy::pattern::{covers, overlaps as intersects};

/// An action in the form in which it is compared: case does not count (iam-facts 6.4).
pub fn action(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// A resource whose policy variables are stars: what they stand for is not known here. `${*}`, `${?}` and `${$}` are characters.
pub fn without_variables(resource: &str) -> Cow<'_, str> {
    if !resource.contains("${") {
        return Cow::Borrowed(resource);
    }
    let mut out = String::new();
    let mut rest = resource;
    while let Some((before, after)) = rest.split_once("${") {
        out += before;
        let Some((_, after)) = after.split_once('}') else {
            out += "${";
            rest = after;
            break;
        };
        out.push('*');
        rest = after;
    }
    Cow::Owned(out + rest)
}

/// Whether a text holds a wildcard outside of policy variables.
pub fn has_wildcard(text: &str) -> bool {
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once("${").map_or((rest, None), |(b, a)| (b, Some(a)));
        if before.contains(['*', '?']) {
            return true;
        }
        match after.and_then(|a| a.split_once('}')) {
            Some((_, after)) => rest = after,
            None => return after.is_some_and(|a| a.contains(['*', '?'])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_stars_and_no_wildcards() {
        assert_eq!(without_variables("arn:aws:iam::*:user/${aws:username}"), "arn:aws:iam::*:user/*");
        assert!(!has_wildcard("user/${aws:username}") && has_wildcard("user/${aws:username}*") && !has_wildcard("${*}"));
    }
}
