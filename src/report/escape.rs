//! Makes text from specs and accounts harmless on a terminal (INVARIANT (inert-text)).
//!
//! What could move the cursor, colour or hide text, reorder it or forge a line of output is shown as a visible escape. Everything
//! else, other scripts included, stays as it is. Every renderer passes all text that is not its own through here.

use std::borrow::Cow;

/// One line of text: line ends and tabs are escaped too (`\n`, `\t`, `\u{1b}`).
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_harmful) { Cow::Owned(text.chars().map(visible).collect()) } else { Cow::Borrowed(text) }
}

/// Text of several lines, each harmless: line feeds (and CR LF) stay line ends, tabs become four spaces.
pub fn block(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).map(|l| match l.contains('\t') {
        true => Cow::Owned(line(&l.replace('\t', "    ")).into_owned()),
        false => line(l),
    })
}

/// A harmful character as it is shown; any other as itself.
pub fn visible(c: char) -> Cow<'static, str> {
    match c {
        '\n' => Cow::Borrowed("\\n"),
        '\r' => Cow::Borrowed("\\r"),
        '\t' => Cow::Borrowed("\\t"),
        c if is_harmful(c) => Cow::Owned(format!("\\u{{{:x}}}", u32::from(c))),
        c => Cow::Owned(c.to_string()),
    }
}

/// Whether a character can hide, reorder or forge what a reviewer sees: controls (C0, DEL, C1), line and paragraph
/// separators, every format character of Unicode (bidirectional controls, zero-width characters, tags), blank fillers.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
            | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_cannot_reach_the_terminal() {
        assert_eq!(line("\u{1b}[31mred\u{9b}0m\u{7f}"), "\\u{1b}[31mred\\u{9b}0m\\u{7f}");
    }

    #[test]
    fn a_name_cannot_forge_a_second_line() {
        assert_eq!(line("a\r\nb\tc\u{2028}d\u{85}e"), "a\\r\\nb\\tc\\u{2028}d\\u{85}e");
    }

    #[test]
    fn text_cannot_be_reordered_or_hidden() {
        assert_eq!(line("\u{202e}nimda\u{2066}\u{200b}\u{e0041}"), "\\u{202e}nimda\\u{2066}\\u{200b}\\u{e0041}");
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["role/basic-role", "Überprüfung", "役割", "a\\u0041"] {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn a_block_keeps_its_lines_and_loses_the_rest() {
        let lines: Vec<_> = block("a\r\n\tb\u{1b}").collect();
        assert_eq!(lines, ["a", "    b\\u{1b}"]);
    }
}
