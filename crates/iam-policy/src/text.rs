//! Documents for reading: indented JSON, and what differs between two of them.

use std::fmt::Write as _;

use serde_json::Value;
use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};

use super::{Document, DocumentKind, align};

impl Document {
    /// Readable JSON in the author's order: two spaces of indentation, empty and one-scalar lists on one line, a line break at the end.
    /// Parsing it gives the same document.
    pub fn pretty(&self) -> String {
        let mut out = String::new();
        write(self.value(), 0, &mut out);
        out.push('\n');
        out
    }
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Array(list) if list.len() > 1 || list.iter().any(is_nested) => {
            enclosed('[', ']', depth, list.iter(), out, |item, out| write(item, depth + 1, out));
        }
        Value::Object(fields) if !fields.is_empty() => {
            enclosed('{', '}', depth, fields.iter(), out, |(key, item), out| {
                let _ = write!(out, "{}: ", Value::from(key.as_str()));
                write(item, depth + 1, out);
            });
        }
        short => {
            let _ = write!(out, "{short}");
        }
    }
}

fn is_nested(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}

/// Each item on a line of its own, between brackets.
fn enclosed<T>(
    open: char,
    close: char,
    depth: usize,
    items: impl Iterator<Item = T>,
    out: &mut String,
    mut each: impl FnMut(T, &mut String),
) {
    out.push(open);
    for (n, item) in items.enumerate() {
        out.push_str(if n == 0 { "\n" } else { ",\n" });
        indent(depth + 1, out);
        each(item, out);
    }
    out.push('\n');
    indent(depth, out);
    out.push(close);
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// What a line of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    /// In the new document only.
    Added,
    /// In the old document only.
    Removed,
    /// In both.
    Same,
    /// Stands for lines that are in both and not shown.
    Gap,
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What it is.
    pub kind: DiffKind,
    /// The line without its line break; for a gap, how many lines it stands for: `3 lines unchanged`.
    pub text: String,
}

/// What differs, line by line, with `context` lines around each difference. Empty exactly when the documents say the same.
///
/// `before` is shown in the spelling of `after` where both say the same: respelling is not a difference.
pub fn unified_diff(before: &Document, after: &Document, kind: DocumentKind, partition: &str, context: usize) -> Vec<DiffLine> {
    let (old, new) = (align(before, after, kind, partition).pretty(), after.pretty());
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let ops = capture_diff_slices(Algorithm::Myers, &without_commas(&old), &without_commas(&new));
    let mut lines = Vec::new();
    let mut shown = 0;
    for group in group_diff_ops(ops, context) {
        let start = group.first().map_or(shown, |op| op.old_range().start);
        push_gap(&mut lines, start.saturating_sub(shown));
        for op in &group {
            let (had, has) = (old.get(op.old_range()).unwrap_or_default(), new.get(op.new_range()).unwrap_or_default());
            if op.tag() == DiffTag::Equal {
                push(&mut lines, DiffKind::Same, has);
            } else {
                push(&mut lines, DiffKind::Removed, had);
                push(&mut lines, DiffKind::Added, has);
            }
            shown = op.old_range().end;
        }
    }
    if !lines.is_empty() {
        push_gap(&mut lines, old.len().saturating_sub(shown));
    }
    lines
}

/// Lines as they are compared: the comma at a line's end says only that another line follows.
fn without_commas<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines.iter().map(|line| line.strip_suffix(',').unwrap_or(line)).collect()
}

fn push(lines: &mut Vec<DiffLine>, kind: DiffKind, texts: &[&str]) {
    lines.extend(texts.iter().map(|text| DiffLine { kind, text: (*text).to_owned() }));
}

fn push_gap(lines: &mut Vec<DiffLine>, hidden: usize) {
    if hidden > 0 {
        let text = format!("{hidden} {} unchanged", if hidden == 1 { "line" } else { "lines" });
        lines.push(DiffLine { kind: DiffKind::Gap, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["*"]}]}"#;

    #[test]
    fn pretty_text_keeps_the_author_s_order_and_short_lists_on_one_line() {
        let text = Document::parse(AFTER).unwrap().pretty();
        let expected = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"Read\",\n      \"Effect\": \"Allow\",\n      \
                        \"Action\": [\n        \"s3:GetObject\",\n        \"s3:ListBucket\"\n      ],\n      \"Resource\": [\"*\"]\n    }\n  ]\n}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_respelt_document_has_no_difference() {
        let before = r#"{"Statement":{"Resource":"*","Action":["S3:listbucket","s3:GetObject"],"Effect":"Allow","Sid":"Read"},"Version":"2012-10-17"}"#;
        let (before, after) = (Document::parse(before).unwrap(), Document::parse(AFTER).unwrap());
        assert_eq!(unified_diff(&before, &after, DocumentKind::Identity, "aws", 3), []);
    }

    #[test]
    fn only_the_real_difference_shows_in_a_respelt_document() {
        let before = r#"{"Statement":{"Resource":"*","Action":["s3:DeleteObject","S3:listbucket","s3:GetObject"],"Effect":"Allow","Sid":"Read"},"Version":"2012-10-17"}"#;
        let (before, after) = (Document::parse(before).unwrap(), Document::parse(AFTER).unwrap());
        let lines = unified_diff(&before, &after, DocumentKind::Identity, "aws", 1);
        let shown: Vec<_> = lines.iter().map(|l| (l.kind, l.text.trim())).collect();
        assert_eq!(
            shown,
            [
                (DiffKind::Gap, "6 lines unchanged"),
                (DiffKind::Same, "\"Action\": ["),
                (DiffKind::Removed, "\"s3:DeleteObject\","),
                (DiffKind::Same, "\"s3:GetObject\","),
                (DiffKind::Gap, "6 lines unchanged"),
            ]
        );
    }
}
