//! Scalars: plain where no reader can take them for anything but text, else in double quotes; texts of several lines as blocks.

use std::fmt::Write as _;

/// A mapping's key; never a block.
pub(super) fn key(text: &str, out: &mut String) {
    self::text(text, false, out);
}

/// Text on one line.
pub(super) fn text(text: &str, in_flow: bool, out: &mut String) {
    if is_plain(text, in_flow) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_shown(c) => out.push(c),
            c if (c as u32) < 0x1_0000 => drop(write!(out, "\\u{:04X}", c as u32)),
            c => drop(write!(out, "\\U{:08X}", c as u32)),
        }
    }
    out.push('"');
}

/// Characters that stand for themselves; what a reviewer could not see is escaped, as the spec reader demands.
fn is_shown(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{61b}' | '\u{61d}'..='\u{1fff}' | '\u{2010}'..='\u{2027}')
        || matches!(c, '\u{2030}'..='\u{205e}' | '\u{2070}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
        || (c >= '\u{1_0000}' && !('\u{e_0000}'..='\u{e_0fff}').contains(&c) && (c as u32) & 0xfffe != 0xfffe)
}

/// Words that a YAML reader of either version makes something else of, in lower case.
const WORDS: &[&str] = &["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"];

fn is_plain(text: &str, in_flow: bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text == "---" || text == "..." || looks_like_a_number(text) {
        return false;
    }
    let begins = first.is_ascii_alphanumeric() || matches!(first, b'_' | b'/' | b'.' | b'$' | b'+' | b'(');
    if !begins || *last == b' ' || *last == b':' {
        return false;
    }
    bytes.iter().enumerate().all(|(i, b)| {
        let next = bytes.get(i + 1);
        match b {
            b if b.is_ascii_alphanumeric() => true,
            b'_' | b'.' | b'/' | b'-' | b'+' | b'=' | b'@' | b'*' | b'?' | b'$' | b'~' | b'(' | b')' | b'%' | b';' | b'!' => true,
            b' ' => next != Some(&b'#') && next != Some(&b' '),
            b':' => {
                !in_flow && !matches!(next, Some(b' ' | b'[' | b'{' | b'"' | b'\'') | None)
                    || in_flow && matches!(next, Some(n) if n.is_ascii_alphanumeric() || matches!(n, b'*' | b'/' | b':' | b'_'))
            }
            b',' | b'\'' => !in_flow && i > 0,
            // Of a variable: `${` inside plain text. At its beginning a reader wants quotes only in flow style.
            b'{' => !in_flow && i > 0 && bytes.get(i - 1) == Some(&b'$'),
            b'}' => !in_flow,
            _ => false,
        }
    })
}

/// Numbers of any YAML version, dates, times, account ids, versions: all that begins like one and has nothing else in it.
fn looks_like_a_number(text: &str) -> bool {
    let number = |c: char| c.is_ascii_hexdigit() || "xXoO_.:,+-tTzZ ".contains(c);
    text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && text.chars().all(number)
        || matches!(text.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str(), ".inf" | ".nan")
}

/// Whether a text reads best as a literal block and survives as one.
pub(super) fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    (body.contains('\n') || text.ends_with('\n') && !body.is_empty())
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && !body.lines().any(|line| line.ends_with([' ', '\t']))
        && text.chars().all(|c| c == '\n' || is_shown(c))
}

/// A literal block with its header.
pub(super) fn block(text: &str, depth: usize, out: &mut String) {
    out.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in text.lines() {
        if !line.is_empty() {
            super::indent(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}
