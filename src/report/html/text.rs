//! Text that is not ours in a page: harmless on two counts, as characters ([`escape`]) and as markup.

use std::collections::BTreeSet;

use crate::names::Address;
use crate::report::escape;

/// Markup characters as references, for element content and for attributes in double quotes. Line ends stay.
pub fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // What HTML would replace anyway.
            '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// One line of text: harmless.
pub fn line(text: &str) -> String {
    esc(&escape::line(text))
}

/// A sentence of ours with user text in backticks, which is set as code.
pub fn prose(text: &str) -> String {
    let lines: Vec<String> = escape::block(text).map(|l| coded(&l)).collect();
    lines.join("<br>")
}

fn coded(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // One backtick has no partner.
        return esc(text);
    }
    let mut out = String::new();
    for (i, part) in parts.into_iter().enumerate() {
        if i % 2 == 0 {
            out += &esc(part);
        } else {
            out += &format!("<code>{}</code>", esc(part));
        }
    }
    out
}

/// The id of an element about an entity: every byte that is no ASCII letter, digit, `-` or `.` is a number, so that no two names share one.
pub fn id(account: usize, what: &str, name: &str) -> String {
    let mut out = format!("a{account}-{what}-");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => out.push(char::from(byte)),
            byte => out += &format!("_{byte:02x}"),
        }
    }
    out
}

/// `role/name`, the kind softer than the name.
pub fn address(address: &Address) -> String {
    format!("<span class=\"addr\"><span class=\"k\">{}/</span>{}</span>", address.kind.word(), line(address.name.as_str()))
}

/// What the filter looks at: the attributes of an element that can be left out. `words`: found by typing; `tokens`: by the buttons.
pub fn filterable(words: &[&str], tokens: &[&str]) -> String {
    let all: Vec<&str> = words.iter().chain(tokens).copied().collect();
    let text = escape::line(&all.join(" ").to_lowercase()).into_owned();
    let tokens: BTreeSet<&str> = tokens.iter().copied().collect();
    let tokens: Vec<&str> = tokens.into_iter().collect();
    format!(" data-f=\"{}\" data-t=\"{}\"", esc(&text), esc(&tokens.join(" ")))
}

/// A heading of a section with a count, and the section's beginning.
pub fn section(out: &mut String, account: usize, name: &str, title: &str, count: Option<usize>) {
    let id = format!("a{account}-{name}");
    let count = count.map(|n| format!(" <span class=\"n\">{n}</span>")).unwrap_or_default();
    *out += &format!("<section class=\"part s-{name}\" aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{title}{count}</h3>\n");
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn markup_and_hidden_characters_are_text() {
        assert_eq!(
            line("</script><b a='1' c=\"2\">&\u{202e}\n"),
            "&lt;/script&gt;&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\\u{202e}\\n"
        );
    }

    #[test]
    fn backticks_become_code_and_a_lone_one_stays() {
        assert_eq!(prose("`a<b` is\nwrong"), "<code>a&lt;b</code> is<br>wrong");
        assert_eq!(prose("a ` b"), "a ` b");
    }

    #[test]
    fn ids_are_told_apart() {
        assert_eq!(id(1, "c", "role/a_b"), "a1-c-role_2fa_5fb");
        assert_ne!(id(1, "c", "a_2f"), id(1, "c", "a/"));
    }
}
