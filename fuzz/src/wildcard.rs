//! Patterns against the definition of a wildcard, written down as it is said.

use iamctl::policy::arn_match::{ArnValue, Padding, Resource, ResourcePattern};
use iamctl::policy::context::{Context, Reader, Truth};
use iamctl::policy::pattern::{Pattern, matches};
use iamctl::policy::variables::Template;

use super::bytes::Bytes;

/// `*` is any run, `?` one character, all else itself.
fn covers(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|n| covers(rest, &text[n..])),
        ['?', rest @ ..] => text.split_first().is_some_and(|(_, left)| covers(rest, left)),
        [c, rest @ ..] => text.split_first().is_some_and(|(first, left)| first == c && covers(rest, left)),
    }
}

pub fn wildcard(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (pattern, text) = (bytes.text("ab*?é", 10), bytes.text("abé*?", 12));
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    let expected = covers(&letters(&pattern), &letters(&text));
    let glob = Pattern::glob(&pattern);
    assert_eq!(glob.matches(&text), expected, "{pattern} {text}");
    assert_eq!(matches(&pattern, &text), expected, "{pattern} {text}");
    assert_eq!(Pattern::literal(&pattern).matches(&text), pattern == text);
    assert!(!glob.is_anything() || expected);
    assert!(glob.has_wildcard() || expected == (pattern == text));
    let context = Context::new();
    let found = Template::parse(&pattern, true, true).matches(&text, &mut Reader::new(&context, false));
    assert_eq!(found, Truth::from(expected), "{pattern} {text}");
    // As the last field of an ARN, and whole ARNs of any shape without a panic.
    let resource = format!("arn:aws:s3:::{text}");
    let by_field = ResourcePattern::read(&format!("arn:aws:s3:::{pattern}"), Padding::Never, false);
    assert_eq!(by_field.matches(&Resource::read(&resource), &mut Reader::new(&context, false)), Truth::from(expected));
    let (odd, other) = (bytes.text("arn:aws*?${}',/", 24), bytes.text("arn:aws*/", 24));
    for padding in [Padding::Always, Padding::AfterStar, Padding::WithWildcard, Padding::Never] {
        let pattern = ResourcePattern::read(&odd, padding, true);
        let mut reader = Reader::new(&context, false);
        let found = pattern.matches(&Resource::read(&other), &mut reader);
        assert!(found != Truth::Maybe && (pattern != ResourcePattern::Nothing || found == Truth::No));
    }
    let mut reader = Reader::new(&context, false);
    assert_ne!(ArnValue::read(&odd, true).matches(&other, &mut reader), Truth::Maybe);
}
