//! Text from specs and accounts in a page. Markup is escaped by the type of what it is put into; characters that hide or reorder text are
//! shown as escapes by [`line`] (INVARIANT (inert-text)).

use std::borrow::Cow;

use maud::{Markup, html};

use crate::names::Address;
use crate::report::escape;

/// One line of text: harmless.
pub fn line(text: &str) -> Cow<'_, str> {
    escape::line(text)
}

/// A sentence of ours with user text in backticks, which is set as code.
pub fn prose(text: &str) -> Markup {
    let lines: Vec<Cow<'_, str>> = escape::block(text).collect();
    html! {
        @for (i, line) in lines.iter().enumerate() {
            @if i > 0 { br; }
            (coded(line))
        }
    }
}

fn coded(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // One backtick has no partner.
    let has_partners = !parts.len().is_multiple_of(2);
    html! {
        @if has_partners {
            @for (i, part) in parts.into_iter().enumerate() {
                @if i % 2 == 0 { (part) } @else { code { (part) } }
            }
        } @else { (text) }
    }
}

/// Text as code.
pub fn code(text: &str) -> Markup {
    html! { code { (line(text)) } }
}

/// The id of an element about an entity: every byte that is not an ASCII letter, digit, `-` or `.` is a number, so that no two names share one.
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
pub fn address(address: &Address) -> Markup {
    html! { span.addr { span.k { (address.kind.word()) "/" } (line(address.name.as_str())) } }
}

/// What the filter looks at: `words` are found by typing, `tokens` by the buttons as well.
pub struct Filter {
    /// For `data-f`.
    pub words: String,
    /// For `data-t`.
    pub tokens: String,
}

impl Filter {
    /// Of an element that can be left out.
    pub fn of(words: &[&str], tokens: &[&str]) -> Self {
        let all: Vec<&str> = words.iter().chain(tokens).copied().collect();
        let mut tokens = tokens.to_vec();
        tokens.sort_unstable();
        tokens.dedup();
        Self { words: escape::line(&all.join(" ").to_lowercase()).into_owned(), tokens: tokens.join(" ") }
    }
}

/// A section with a heading, and a count where there is one.
pub fn section(account: usize, name: &str, title: &str, count: Option<usize>, body: Markup) -> Markup {
    let id = format!("a{account}-{name}");
    html! {
        section class={"part s-" (name)} aria-labelledby=(id) {
            h3 id=(id) { (title) @if let Some(n) = count { " " span.n { (n) } } }
            (body)
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn markup_and_hidden_characters_are_text() {
        let hostile = "</script><b a='1' c=\"2\">&\u{202e}\n";
        let text = html! { p title=(line(hostile)) { (line(hostile)) } }.into_string();
        let inert = "&lt;/script&gt;&lt;b a='1' c=&quot;2&quot;&gt;&amp;\\u{202e}\\n";
        assert_eq!(text, format!("<p title=\"{inert}\">{inert}</p>"));
    }

    #[test]
    fn backticks_become_code_and_a_lone_one_stays() {
        assert_eq!(prose("`a<b` is\nwrong").into_string(), "<code>a&lt;b</code> is<br>wrong");
        assert_eq!(prose("a ` b").into_string(), "a ` b");
    }

    #[test]
    fn ids_are_told_apart() {
        assert_eq!(id(1, "c", "role/a_b"), "a1-c-role_2fa_5fb");
        assert_ne!(id(1, "c", "a_2f"), id(1, "c", "a/"));
    }
}
