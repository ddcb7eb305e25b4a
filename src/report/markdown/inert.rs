//! Text from specs and accounts in Markdown, where it must stay text: no markup, no HTML, no mention, no reference, no link, no end of
//! its block (INVARIANT (inert-text)).

use crate::report::escape;

/// Text as code, on one line, whatever backticks it holds.
pub fn code(text: &str) -> String {
    let text = escape::line(text);
    if text.trim().is_empty() {
        return format!("(blank, {} long)", text.chars().count());
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // Markdown removes one space on each side.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence with names between backticks, as messages have them. What is not between backticks and is more than words is made code too.
pub fn prose(text: &str) -> String {
    let text = escape::line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // The last part is outside whatever backticks came before: an odd one that is left open must not swallow it.
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        let inside = i % 2 == 1 && i + 1 < parts.len();
        let text = if inside { code(part) } else { part.split(' ').map(word).collect::<Vec<_>>().join(" ") };
        // Two codes side by side would be read as one, or as none.
        if out.ends_with('`') && text.starts_with('`') {
            out.push(' ');
        }
        out += &text;
    }
    out
}

/// A word as it is if nothing in it could mean anything to Markdown or to GitHub; else as code.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || ",.;:!?'\"()/%=+…→–—-".contains(c);
    let colons = text.chars().filter(|c| *c == ':').count();
    let link = text.contains("://") || text.to_ascii_lowercase().starts_with("www.") || colons > 1;
    let commit = text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit()) && text.chars().any(|c| c.is_ascii_digit());
    let issue = text.to_ascii_lowercase().starts_with("gh-");
    if text.is_empty() || (text.chars().all(plain) && !link && !commit && !issue) { text.to_owned() } else { code(text) }
}

/// Text inside HTML that Markdown does not look into: the line of a `<summary>`.
pub fn html(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in escape::line(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            // Neither emphasis nor code begins in there, wherever the line ends up.
            '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '|' | '@' | '#' | '$' | ':' => out += &format!("&#{};", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "</code>"
}

/// A fence that no run of backticks inside the lines can close.
pub fn fence(lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

fn longest_run(text: &str, c: char) -> usize {
    text.split(|other| other != c).map(str::len).max().unwrap_or_default()
}

/// At most so many characters, and how many were left out.
pub fn clip(text: &str, most: usize) -> String {
    let all = text.chars().count();
    if all <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    // A name that is cut stays a name.
    let close = if cut.matches('`').count() % 2 == 1 { "`" } else { "" };
    format!("{cut}…{close} ({} more characters)", all - most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_whatever_backticks_it_is_given() {
        assert_eq!(code("role/x"), "`role/x`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("```"), "```` ``` ````");
        assert_eq!(code(" x"), "`  x `");
        assert_eq!(code("a\nb\u{202e}"), "`a\\nb\\u{202e}`");
        assert_eq!(code(" "), "(blank, 1 long)");
    }

    #[test]
    fn words_stay_words_and_the_rest_becomes_code() {
        assert_eq!(prose("it is in use: last used 2026-01-01"), "it is in use: last used 2026-01-01");
        assert_eq!(prose("@admins see #12, <b>x</b> www.evil.example"), "`@admins` see `#12,` `<b>x</b>` `www.evil.example`");
        assert_eq!(
            prose("](https://e) ![x](y) a|b *x* _y_ $z$ deadbeef1"),
            "`](https://e)` `![x](y)` `a|b` `*x*` `_y_` `$z$` `deadbeef1`"
        );
        assert_eq!(prose("`role/a` may call `s3:Put*`"), "`role/a` may call `s3:Put*`");
        assert_eq!(prose("open ` @x"), "open  `@x`");
        assert_eq!(prose("`role/a`@x`` `b`"), "`role/a` `@x`(blank, 0 long) `b`");
    }

    #[test]
    fn a_summary_line_holds_no_markup() {
        assert_eq!(html("</details>@x"), "<code>&lt;/details&gt;&#64;x</code>");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence(&["+ ````".to_owned()]), "`````");
        assert_eq!(fence(&[]), "```");
    }
}
