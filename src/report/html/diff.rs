//! Two texts side by side, with the words that differ marked. On narrow screens and without a style each old line stands above its new one.

use std::collections::BTreeMap;

use similar::{ChangeTag, DiffOp, TextDiff};

use super::text::{esc, line};
use crate::report::{count, escape};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// Lines less alike than this are not compared word by word.
const ALIKE: f32 = 0.4;

/// Writes diffs, each long one once.
#[derive(Debug, Default)]
pub struct Diffs {
    shown: BTreeMap<(String, String), (String, String)>,
}

/// A piece of a line, and whether the other side lacks it.
type Piece = (bool, String);

impl Diffs {
    /// How one text becomes another. One that was shown before is only pointed at: `anchor` and `what` say where.
    pub fn write(&mut self, out: &mut String, old: &str, new: &str, anchor: &str, what: &str) {
        if old.lines().count() + new.lines().count() > 12 {
            let key = (old.to_owned(), new.to_owned());
            if let Some((anchor, what)) = self.shown.get(&key) {
                *out += &format!("<p class=\"soft\">The same as <a href=\"#{anchor}\">{}</a>.</p>\n", line(what));
                return;
            }
            self.shown.insert(key, (anchor.to_owned(), what.to_owned()));
        }
        match (old.is_empty(), new.is_empty()) {
            (true, _) => one_side(out, new, "add", "ins"),
            (_, true) => one_side(out, old, "del", "del"),
            _ => both(out, old, new),
        }
    }
}

/// A text that comes or goes as a whole.
fn one_side(out: &mut String, text: &str, class: &str, tag: &str) {
    let lines: Vec<String> = escape::block(text.trim_end_matches('\n')).map(|l| esc(&l)).collect();
    *out += &format!("<pre class=\"whole {class}\" tabindex=\"0\"><{tag}>{}</{tag}></pre>\n", lines.join("\n"));
}

fn both(out: &mut String, old: &str, new: &str) {
    let diff = TextDiff::from_lines(old, new);
    let text = |range: std::ops::Range<usize>, side: &dyn Fn(usize) -> Option<String>| range.filter_map(side).collect::<Vec<_>>();
    let old_line = |i| diff.old_slice(i).map(clean);
    let new_line = |i| diff.new_slice(i).map(clean);
    *out += "<div class=\"diff\">\n";
    let mut seen = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let start = group.first().map_or(seen, |op| op.old_range().start);
        skipped(out, start.saturating_sub(seen));
        seen = group.last().map_or(seen, |op| op.old_range().end);
        for op in &group {
            let (olds, news) = (text(op.old_range(), &old_line), text(op.new_range(), &new_line));
            match op {
                DiffOp::Equal { .. } => {
                    for (old, new) in olds.iter().zip(&news) {
                        row(out, "same", Some(&[(false, old.clone())]), Some(&[(false, new.clone())]));
                    }
                }
                _ => pairs(out, &olds, &news),
            }
        }
    }
    skipped(out, diff.old_len().saturating_sub(seen));
    *out += "</div>\n";
}

/// A line without its end, harmless.
fn clean(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    escape::line(&text.replace('\t', "    ")).into_owned()
}

fn pairs(out: &mut String, olds: &[String], news: &[String]) {
    for at in 0..olds.len().max(news.len()) {
        match (olds.get(at), news.get(at)) {
            (Some(old), Some(new)) => {
                let (old, new) = words(old, new);
                row(out, "other", Some(&old), Some(&new));
            }
            (old, new) => {
                let piece = |text: Option<&String>| text.map(|t| vec![(false, t.clone())]);
                row(out, "other", piece(old).as_deref(), piece(new).as_deref());
            }
        }
    }
}

/// Two lines as pieces that they share and pieces that they do not.
fn words(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (a, b) = (tokens(old), tokens(new));
    let diff = TextDiff::from_slices(&a, &b);
    if diff.ratio() < ALIKE {
        return (vec![(false, old.to_owned())], vec![(false, new.to_owned())]);
    }
    let (mut left, mut right): (Vec<Piece>, Vec<Piece>) = (Vec::new(), Vec::new());
    let push = |list: &mut Vec<Piece>, marked: bool, text: &str| match list.last_mut() {
        Some(last) if last.0 == marked => last.1 += text,
        _ => list.push((marked, text.to_owned())),
    };
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                push(&mut left, false, change.value());
                push(&mut right, false, change.value());
            }
            ChangeTag::Delete => push(&mut left, true, change.value()),
            ChangeTag::Insert => push(&mut right, true, change.value()),
        }
    }
    (left, right)
}

/// Words and single signs.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut word = false;
    for (at, c) in text.char_indices() {
        let is_word = c.is_alphanumeric();
        if at > start && !(word && is_word) {
            found.extend(text.get(start..at));
            start = at;
        }
        word = is_word;
    }
    found.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    found
}

fn row(out: &mut String, class: &str, old: Option<&[Piece]>, new: Option<&[Piece]>) {
    *out += &format!("<div class=\"row {class}\">");
    for (side, pieces, tag) in [("old", old, "del"), ("new", new, "ins")] {
        match pieces {
            None => *out += &format!("<div class=\"{side} none\"></div>"),
            Some(pieces) => {
                let text: String = pieces
                    .iter()
                    .map(|(marked, text)| if *marked { format!("<b>{}</b>", esc(text)) } else { esc(text) })
                    .collect();
                match class {
                    "same" => *out += &format!("<div class=\"{side}\">{text}</div>"),
                    _ => *out += &format!("<div class=\"{side}\"><{tag}>{text}</{tag}></div>"),
                }
            }
        }
    }
    *out += "</div>\n";
}

fn skipped(out: &mut String, lines: usize) {
    if lines > 0 {
        *out += &format!("<div class=\"skipped\">{}</div>\n", count(lines, "unchanged line", "unchanged lines"));
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_words_that_differ_are_marked() {
        let mut out = String::new();
        Diffs::default().write(&mut out, "a\n  \"s3:GetObject\",\n", "a\n  \"s3:PutObject\",\n", "x", "x");
        assert!(out.contains("<del>  &quot;s3:<b>GetObject</b>&quot;,</del>"), "{out}");
        assert!(out.contains("<ins>  &quot;s3:<b>PutObject</b>&quot;,</ins>"), "{out}");
    }

    #[test]
    fn a_long_text_is_shown_once() {
        let (long, mut diffs, mut out) = ("a\n".repeat(20), Diffs::default(), String::new());
        diffs.write(&mut out, "", &long, "first", "role/a trust");
        diffs.write(&mut out, "", &long, "second", "role/b trust");
        assert!(out.contains("The same as <a href=\"#first\">role/a trust</a>"), "{out}");
    }

    #[test]
    fn far_lines_are_left_out_and_counted() {
        let old = (0..30).map(|n| format!("{n}\n")).collect::<String>();
        let mut out = String::new();
        Diffs::default().write(&mut out, &old, &old.replace("29\n", "30\n"), "x", "x");
        assert!(out.contains("26 unchanged lines") && out.contains("<b>29</b>") || out.contains("<del>29</del>"), "{out}");
    }
}
