//! Patterns with `*` and `?` (iam-facts 6.4): `*` is any run of characters, the empty one included, `?` exactly one character. There is no
//! other metacharacter and no escape.
//!
//! Every question about patterns is answered here: whether one matches a text, covers another, or overlaps it.

mod automata;
mod budget;
mod glob;
mod language;

pub(crate) use automata::{combinations, find};
pub(crate) use budget::{Budget, Spent};
pub(crate) use glob::matches_tokens;
pub use glob::{Pattern, has_wildcard, matches, matches_ignoring_case, tokens};
pub(crate) use language::Language;
pub use language::{Token, Tokens};

/// Steps that a question about two patterns may take; real ones take hundreds.
const STEPS: u64 = 2_000_000;

/// Whether some text matches both patterns. Where that would take too long: yes.
///
/// ```
/// assert!(iam_policy::pattern::overlaps("s3:Get*", "s3:*Object"));
/// assert!(!iam_policy::pattern::overlaps("s3:Get*", "s3:Put*"));
/// ```
pub fn overlaps(a: &str, b: &str) -> bool {
    if a == "*" || b == "*" || a == b {
        return true;
    }
    if !has_wildcard(a) && !has_wildcard(b) {
        return false;
    }
    // What stands before the first wildcards must agree.
    let head = |text: &str| text.find(['*', '?']).unwrap_or(text.len());
    let (head_a, head_b) = (a.get(..head(a)).unwrap_or(a), b.get(..head(b)).unwrap_or(b));
    if !head_a.starts_with(head_b) && !head_b.starts_with(head_a) {
        return false;
    }
    !matches!(find(&[&one(a), &one(b)], &[], &Budget::of(STEPS)), Ok(None))
}

/// Whether every text that matches `inner` matches `outer`. Where that would take too long: no.
///
/// ```
/// assert!(iam_policy::pattern::covers("s3:*", "s3:Get*"));
/// assert!(!iam_policy::pattern::covers("s3:Get*", "s3:*"));
/// ```
pub fn covers(outer: &str, inner: &str) -> bool {
    if !has_wildcard(outer) {
        return outer == inner && !has_wildcard(inner);
    }
    if !has_wildcard(inner) {
        return matches(outer, inner);
    }
    let head = outer.find(['*', '?']).unwrap_or(outer.len());
    if !outer.get(..head).is_some_and(|head| inner.starts_with(head)) {
        return false;
    }
    if outer.get(head..) == Some("*") {
        return true;
    }
    matches!(find(&[&one(inner)], &[&one(outer)], &Budget::of(STEPS)), Ok(None))
}

fn one(pattern: &str) -> Language {
    Language::of([tokens(pattern)])
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
            assert_eq!(overlaps(a, b), yes, "{a} {b}");
            assert_eq!(overlaps(b, a), yes, "{b} {a}");
        }
    }

    #[test]
    fn one_pattern_covers_another_when_all_its_texts_fit() {
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
            ("**", "*", true),
            ("*?", "?*", true),
        ] {
            assert_eq!(covers(outer, inner), yes, "{outer} {inner}");
        }
    }

    #[test]
    fn stars_and_question_marks_match_whole_texts() {
        assert!(matches("auto:*", "auto:x") && matches("*", "") && matches("a*b*c", "aXbYbc") && matches("dev-?", "dev-1"));
        assert!(!matches("auto:*", "xauto:") && !matches("a?", "a") && !matches("", "a") && !matches("Dev", "dev"));
        assert!(matches_ignoring_case("get*", "GetObject") && matches_ignoring_case("GE?", "get"));
        assert!(!matches_ignoring_case("get*", "XGet") && !matches_ignoring_case("*a", "b"));
        assert!(!matches_ignoring_case("k", "\u{212a}"), "only ASCII letters are folded");
    }
}
