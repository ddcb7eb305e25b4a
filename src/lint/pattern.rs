//! Patterns against patterns: may two overlap, does one contain the other. `*` is any run of characters, `?` exactly one
//! (iam-facts 6.4).

use std::borrow::Cow;

use crate::catalogue;

/// Pairs of characters that are looked at before a question is given up; real policies stay far below.
const MOST_STEPS: usize = 4_000_000;

/// Whether some text matches both patterns. Where that would take too long: yes.
pub fn intersects(a: &str, b: &str) -> bool {
    if a == "*" || b == "*" || a == b {
        return true;
    }
    if !a.contains(['*', '?']) && !b.contains(['*', '?']) {
        return false;
    }
    // What stands before the first wildcards must agree.
    let (head_a, head_b) = (a.split(['*', '?']).next().unwrap_or(a), b.split(['*', '?']).next().unwrap_or(b));
    if !head_a.starts_with(head_b) && !head_b.starts_with(head_a) {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().saturating_mul(b.len()) > MOST_STEPS {
        return true;
    }
    // `row[j]`: the rest of `a` from here and the rest of `b` from `j` have a text in common.
    let mut next = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            let (x, y) = (a.get(i).copied(), b.get(j).copied());
            let right = |row: &[bool]| row.get(j + 1).copied().unwrap_or(false);
            let below = i < a.len() && next.get(j).copied().unwrap_or(false);
            let both = i < a.len() && right(&next);
            let value = match (x, y) {
                (None, None) => true,
                (Some('*'), None) => below,
                (None, Some('*')) => right(&row),
                (Some('*'), Some(_)) | (Some(_), Some('*')) => {
                    let skip_a = x == Some('*') && below;
                    let skip_b = y == Some('*') && right(&row);
                    // A star eats one character of the other side.
                    let eat = if x == Some('*') { right(&row) } else { below };
                    skip_a || skip_b || eat
                }
                (Some(x), Some(y)) => (x == '?' || y == '?' || x == y) && both,
                _ => false,
            };
            if let Some(slot) = row.get_mut(j) {
                *slot = value;
            }
        }
        next = row;
    }
    next.first().copied().unwrap_or(false)
}

/// Whether every text that matches `inner` matches `outer`. Certain where it says yes; where it would take too long: no.
pub fn covers(outer: &str, inner: &str) -> bool {
    if !outer.contains(['*', '?']) {
        return outer == inner && !inner.contains(['*', '?']);
    }
    if outer.chars().all(|c| c == '*') && !outer.is_empty() {
        return true;
    }
    // What stands before the first wildcard must stand in the other too.
    let head = outer.split(['*', '?']).next().unwrap_or_default();
    let Some(rest) = inner.strip_prefix(head) else { return false };
    if outer.len() == head.len() + 1 && outer.ends_with('*') {
        return true;
    }
    if outer.matches(['*', '?']).count() == 1
        && !rest.contains(['*', '?'])
        && let Some((_, tail)) = outer.split_once('*')
    {
        return rest.ends_with(tail);
    }
    let (outer, inner): (Vec<char>, Vec<char>) = (outer.chars().collect(), inner.chars().collect());
    if outer.len().saturating_mul(inner.len()) > MOST_STEPS {
        return false;
    }
    let mut next = vec![false; inner.len() + 1];
    for i in (0..=outer.len()).rev() {
        let mut row = vec![false; inner.len() + 1];
        for j in (0..=inner.len()).rev() {
            let (x, y) = (outer.get(i).copied(), inner.get(j).copied());
            let right = row.get(j + 1).copied().unwrap_or(false);
            let below = i < outer.len() && next.get(j).copied().unwrap_or(false);
            let both = i < outer.len() && next.get(j + 1).copied().unwrap_or(false);
            let value = match (x, y) {
                (None, None) => true,
                (Some('*'), None) => below,
                (Some('*'), Some(_)) => below || right,
                (Some('?'), Some(y)) => y != '*' && both,
                (Some(x), Some(y)) => x == y && y != '*' && y != '?' && both,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if let Some(slot) = row.get_mut(j) {
                *slot = value;
            }
        }
        next = row;
    }
    next.first().copied().unwrap_or(false)
}

/// Whether an action, which holds no wildcard, matches a pattern; case does not count.
pub fn matches_action(pattern: &str, action: &str) -> bool {
    catalogue::matches(pattern, action)
}

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
    fn two_patterns_overlap_when_one_text_fits_both() {
        for (a, b, yes) in [
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("a?", "?b", true),
            ("a", "b", false),
            ("mybucket", "mybucket/*", false),
            ("mybucket*", "mybucket2", true),
            ("", "*", true),
            ("a*b", "a", false),
            ("*/*", "*personalize*", true),
            ("????????????", "aws", false),
        ] {
            assert_eq!(intersects(a, b), yes, "{a} {b}");
            assert_eq!(intersects(b, a), yes, "{b} {a}");
        }
    }

    #[test]
    fn one_pattern_contains_another_when_all_its_texts_fit() {
        for (outer, inner, yes) in [
            ("*", "a?*", true),
            ("a*", "ab*", true),
            ("ab*", "a*", false),
            ("a?c", "abc", true),
            ("abc", "a?c", false),
            ("?*", "*", false),
            ("s3:get*", "s3:getobject*", true),
            ("*a*", "b*a?", true),
            ("a", "a", true),
        ] {
            assert_eq!(covers(outer, inner), yes, "{outer} {inner}");
        }
    }

    #[test]
    fn variables_are_stars_and_no_wildcards() {
        assert_eq!(without_variables("arn:aws:iam::*:user/${aws:username}"), "arn:aws:iam::*:user/*");
        assert!(!has_wildcard("user/${aws:username}") && has_wildcard("user/${aws:username}*") && !has_wildcard("${*}"));
    }
}
