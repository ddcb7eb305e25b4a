//! Two texts side by side, with the differing words marked. On narrow screens and without a style, each old line is above its new one.

use std::collections::BTreeMap;

use maud::{Markup, html};
use similar::{ChangeTag, DiffOp, TextDiff};

use super::text::line;
use crate::report::view::field::Texts;
use crate::report::{count, escape};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// Lines less alike than this are not compared word by word.
const ALIKE: f32 = 0.4;

/// Writes diffs, each long one once.
#[derive(Debug, Default)]
pub struct Diffs {
    shown: BTreeMap<Texts, (String, String)>,
}

/// A piece of a line, and whether the other side lacks it.
type Piece = (bool, String);

impl Diffs {
    /// How one text becomes another. One that was shown before is only pointed at: `anchor` and `what` say where.
    pub fn write(&mut self, texts: &Texts, anchor: &str, what: &str) -> Markup {
        if texts.is_long() {
            if let Some((anchor, what)) = self.shown.get(texts) {
                return html! { p.soft { "The same as " a href={"#" (anchor)} { (line(what)) } "." } };
            }
            self.shown.insert(texts.clone(), (anchor.to_owned(), what.to_owned()));
        }
        let Texts { before, after } = texts;
        match (before.is_empty(), after.is_empty()) {
            (true, _) => html! { pre.whole.add tabindex="0" { ins { (whole(after)) } } },
            (_, true) => html! { pre.whole.del tabindex="0" { del { (whole(before)) } } },
            _ => both(before, after),
        }
    }
}

/// A text that comes or goes as a whole.
fn whole(text: &str) -> String {
    escape::block(text.trim_end_matches('\n')).collect::<Vec<_>>().join("\n")
}

fn both(old: &str, new: &str) -> Markup {
    let diff = TextDiff::from_lines(old, new);
    let text = |range: std::ops::Range<usize>, side: &dyn Fn(usize) -> Option<String>| range.filter_map(side).collect::<Vec<_>>();
    let old_line = |i| diff.old_slice(i).map(clean);
    let new_line = |i| diff.new_slice(i).map(clean);
    let mut rows: Vec<Markup> = Vec::new();
    let mut seen = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let start = group.first().map_or(seen, |op| op.old_range().start);
        rows.push(skipped(start.saturating_sub(seen)));
        seen = group.last().map_or(seen, |op| op.old_range().end);
        for op in &group {
            let (olds, news) = (text(op.old_range(), &old_line), text(op.new_range(), &new_line));
            match op {
                DiffOp::Equal { .. } => rows.extend(olds.iter().zip(&news).map(|(old, new)| same(old, new))),
                DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => pairs(&mut rows, &olds, &news),
            }
        }
    }
    rows.push(skipped(diff.old_len().saturating_sub(seen)));
    html! { div.diff { @for row in rows { (row) } } }
}

/// A line without its end, harmless.
fn clean(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    escape::line(&text.replace('\t', "    ")).into_owned()
}

fn pairs(rows: &mut Vec<Markup>, olds: &[String], news: &[String]) {
    for at in 0..olds.len().max(news.len()) {
        rows.push(match (olds.get(at), news.get(at)) {
            (Some(old), Some(new)) => {
                let (old, new) = words(old, new);
                other(Some(&old), Some(&new))
            }
            (old, new) => {
                let piece = |text: Option<&String>| text.map(|t| vec![(false, t.clone())]);
                other(piece(old).as_deref(), piece(new).as_deref())
            }
        });
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

fn same(old: &str, new: &str) -> Markup {
    html! { div.row.same { div.old { (old) } div.new { (new) } } }
}

fn other(old: Option<&[Piece]>, new: Option<&[Piece]>) -> Markup {
    html! {
        div.row.other {
            @if let Some(old) = old { div.old { del { (pieces(old)) } } } @else { div.old.none {} }
            @if let Some(new) = new { div.new { ins { (pieces(new)) } } } @else { div.new.none {} }
        }
    }
}

fn pieces(list: &[Piece]) -> Markup {
    html! { @for (marked, text) in list { @if *marked { b { (text) } } @else { (text) } } }
}

fn skipped(lines: usize) -> Markup {
    html! { @if lines > 0 { div.skipped { (count(lines, "unchanged line", "unchanged lines")) } } }
}

#[cfg(test)]
mod unit {
    use super::*;

    fn texts(before: &str, after: &str) -> Texts {
        Texts { before: before.to_owned(), after: after.to_owned() }
    }

    #[test]
    fn the_words_that_differ_are_marked() {
        let texts = texts("a\n  \"s3:GetObject\",\n", "a\n  \"s3:PutObject\",\n");
        let out = Diffs::default().write(&texts, "x", "x").into_string();
        assert!(out.contains("<del>  &quot;s3:<b>GetObject</b>&quot;,</del>"), "{out}");
        assert!(out.contains("<ins>  &quot;s3:<b>PutObject</b>&quot;,</ins>"), "{out}");
    }

    #[test]
    fn a_long_text_is_shown_once() {
        let (long, mut diffs) = (texts("", &"a\n".repeat(20)), Diffs::default());
        diffs.write(&long, "first", "role/a trust");
        let out = diffs.write(&long, "second", "role/b trust").into_string();
        assert!(out.contains("The same as <a href=\"#first\">role/a trust</a>"), "{out}");
    }

    #[test]
    fn far_lines_are_left_out_and_counted() {
        let old = (0..30).map(|n| format!("{n}\n")).collect::<String>();
        let out = Diffs::default().write(&texts(&old, &old.replace("29\n", "30\n")), "x", "x").into_string();
        assert!(out.contains("26 unchanged lines") && out.contains("<b>29</b>") || out.contains("<del>29</del>"), "{out}");
    }
}
