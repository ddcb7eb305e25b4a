//! What is refused before any YAML is read: text that a reviewer cannot see, and nesting that no spec needs.
//!
//! libyaml takes U+2028, U+2029, U+0085 and a lone carriage return for line ends, inside comments too, so a review page
//! would show one comment line where the reader finds a key.

use super::text::to_u32;
use crate::diag::Finding;

/// Deepest nesting of brackets; the reader's own limit for all nesting is 128.
pub const MAX_DEPTH: usize = 64;
/// Most nodes of one YAML document, guessed from its punctuation before it is read: one for every seven bytes of the largest file, where
/// ordinary specs have one for twenty.
pub const MAX_TOKENS: usize = 600_000;
/// Most hidden characters reported of one file.
const MAX_REPORTED: usize = 20;

/// A problem with the byte offset at which it stands.
pub type Found = (u32, Finding);

/// The name of a character that hides text, or `None` for one that may stand in a spec.
fn hidden(c: char, next: Option<char>) -> Option<&'static str> {
    match c {
        '\t' | '\n' => None,
        '\r' if next == Some('\n') => None,
        '\r' => Some("a lone carriage return"),
        '\0' => Some("a NUL"),
        '\u{1}'..='\u{1f}' | '\u{7f}' => Some("a control character"),
        '\u{85}' => Some("a next-line character, which YAML takes for a line end"),
        '\u{80}'..='\u{9f}' => Some("a control character"),
        '\u{2028}' => Some("a line separator, which YAML takes for a line end"),
        '\u{2029}' => Some("a paragraph separator, which YAML takes for a line end"),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some("a bidirectional override"),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Some("a bidirectional mark"),
        '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{e0000}'..='\u{e007f}' => Some("an invisible character"),
        '\u{feff}' => Some("a byte order mark inside the text"),
        _ => None,
    }
}

/// Every character that hides text from a reviewer.
pub fn hidden_text(text: &str) -> Vec<Found> {
    // Nearly every file is plain ASCII with line feeds; that is decided in one cheap look.
    if text.bytes().all(|b| matches!(b, b'\t' | b'\n' | b' '..=b'~')) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut more = 0usize;
    let mut chars = text.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let Some(name) = hidden(c, next) else { continue };
        if found.len() == MAX_REPORTED {
            more += 1;
            continue;
        }
        let problem = Finding::error("hidden-text", format!("the text holds {name} (U+{:04X})", c as u32)).help(match c {
            '\r' => "save the file with the line ends of Unix or Windows".to_owned(),
            _ => format!("delete it; if a value really needs it, write `\\u{:04X}` in double quotes", c as u32),
        });
        found.push((to_u32(offset), problem));
    }
    if let (Some((_, last)), true) = (found.last_mut(), more > 0) {
        last.message.push_str(&format!(", and {more} more such characters follow"));
    }
    found
}

/// Whether an anchor may stand in a text: `&` where a value may begin. Only aliases make more values than are written.
pub fn may_have_anchor(text: &str) -> bool {
    let begins =
        |before: Option<&u8>| before.is_none_or(|b| matches!(b, b' ' | b'\t' | b'\n' | b'[' | b'{' | b',' | b':' | b'-' | b'?'));
    let bytes = text.as_bytes();
    let mut marks = bytes.iter().enumerate().filter(|(_, b)| **b == b'&');
    marks.any(|(i, _)| begins(i.checked_sub(1).and_then(|i| bytes.get(i))))
}

/// Whether brackets nest deeper than [`MAX_DEPTH`] or the document is denser than any spec; the reader's time and
/// memory grow steeply with both.
pub fn too_much(text: &str) -> Option<Found> {
    let bytes = text.as_bytes();
    let tokens = bytes.iter().filter(|b| matches!(b, b',' | b'\n' | b'[' | b'{' | b':')).count() / 2
        + bytes.windows(2).filter(|w| w == b"- " || w == b"? ").count() / 2;
    if tokens > MAX_TOKENS {
        let problem = Finding::error("too-large", "this document holds more entries than any spec needs")
            .help("split it into several files, or into several documents with lines of `---`");
        return Some((0, problem));
    }
    let mut depth = 0usize;
    let mut i = 0;
    // Whether a value may begin here: only then is a bracket or quote punctuation.
    let mut fresh = true;
    while let Some(b) = bytes.get(i) {
        match b {
            b'\n' => {
                fresh = true;
                if bytes.get(i + 1).is_some_and(u8::is_ascii_alphabetic) {
                    depth = 0;
                }
            }
            b' ' | b'\t' | b'\r' => {}
            b'#' if i == 0 || matches!(bytes.get(i - 1), Some(b' ' | b'\t' | b'\n')) => {
                while bytes.get(i + 1).is_some_and(|b| *b != b'\n') {
                    i += 1;
                }
            }
            b'[' | b'{' if fresh || depth > 0 => {
                depth += 1;
                fresh = true;
                if depth > MAX_DEPTH {
                    let problem = Finding::error("too-deep", format!("brackets nest more than {MAX_DEPTH} deep here"))
                        .help("no spec needs that; check for a bracket that is never closed");
                    return Some((to_u32(i), problem));
                }
            }
            b']' | b'}' if depth > 0 => {
                depth -= 1;
                fresh = false;
            }
            b'"' if fresh => {
                i += 1;
                while bytes.get(i).is_some_and(|b| *b != b'"') {
                    i += if bytes.get(i) == Some(&b'\\') { 2 } else { 1 };
                }
                fresh = false;
            }
            b'\'' if fresh => {
                i += 1;
                while bytes.get(i).is_some_and(|b| *b != b'\'') {
                    i += 1;
                }
                fresh = false;
            }
            b',' if depth > 0 => fresh = true,
            b':' => fresh = true,
            b'-' if fresh && matches!(bytes.get(i + 1), Some(b' ' | b'\n' | b'\r') | None) => {}
            _ => fresh = false,
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_hides_text_is_found_at_its_place() {
        let found = hidden_text("a: x # note\u{2028}b: y\u{202e}\0");
        let messages: Vec<_> = found.iter().map(|(at, d)| (*at, d.message.clone())).collect();
        assert_eq!(
            messages,
            [
                (11, "the text holds a line separator, which YAML takes for a line end (U+2028)".to_owned()),
                (18, "the text holds a bidirectional override (U+202E)".to_owned()),
                (21, "the text holds a NUL (U+0000)".to_owned()),
            ]
        );
        assert!(hidden_text("a: é\r\n\tb").is_empty());
        assert_eq!(hidden_text("a\rb").len(), 1);
        assert_eq!(hidden_text(&"\0".repeat(1000)).len(), MAX_REPORTED);
    }

    #[test]
    fn nesting_is_counted_outside_of_quotes_and_plain_text() {
        assert!(too_much(&"[".repeat(65)).is_some());
        assert!(too_much(&format!("a: '{}'", "[".repeat(100))).is_none());
        assert!(too_much(&"- x [ y\n".repeat(1000)).is_none());
        assert!(too_much(&"- [a, b]\n".repeat(1000)).is_none());
        assert!(too_much(&"a,".repeat(2_000_000)).is_some());
    }
}
