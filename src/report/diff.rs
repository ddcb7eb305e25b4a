//! Line diffs of policy documents, in the author's order.

use std::collections::BTreeMap;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::policy::{self, Document, DocumentKind};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// One line of a diff. The text is raw: escape it before it is printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiffLine {
    /// In both.
    Same(String),
    /// Only after.
    Added(String),
    /// Only before.
    Removed(String),
    /// So many unchanged lines are left out here.
    Skipped(usize),
}

/// How one document becomes another; `null` is not a document. The old one is shown in the order and spelling of the new one
/// where both are equivalent, so that only real differences are visible.
pub fn document_diff(before: &Value, after: &Value, kind: DocumentKind, partition: &str) -> Vec<DiffLine> {
    let (old, new) = document_texts(before, after, kind, partition);
    text_diff(&old, &new)
}

/// The two texts of such a diff; no document is not text.
pub fn document_texts(before: &Value, after: &Value, kind: DocumentKind, partition: &str) -> (String, String) {
    let (old, new) = (Document::new(before.clone()), Document::new(after.clone()));
    let old = if before.is_null() || after.is_null() { old } else { policy::align(&old, &new, kind, partition) };
    let text = |d: &Document| if d.value().is_null() { String::new() } else { d.pretty() };
    (text(&old), text(&new))
}

/// How one text becomes another, line by line.
pub fn text_diff(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    let mut seen_old = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let start = group.first().map_or(seen_old, |op| op.old_range().start);
        if start > seen_old {
            lines.push(DiffLine::Skipped(start - seen_old));
        }
        seen_old = group.last().map_or(seen_old, |op| op.old_range().end);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches('\n').to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Insert => DiffLine::Added(text),
                ChangeTag::Delete => DiffLine::Removed(text),
            });
        }
    }
    let rest = diff.old_len().saturating_sub(seen_old);
    if !lines.is_empty() && rest > 0 {
        lines.push(DiffLine::Skipped(rest));
    }
    lines
}

/// Diffs that were shown already, so that the same long document is not shown twice.
#[derive(Debug, Default)]
pub struct Shown(BTreeMap<Vec<DiffLine>, String>);

impl Shown {
    /// Where the same diff was shown before; else remembers that it is shown at `place`. Short diffs are always shown.
    pub fn before_or_remember(&mut self, diff: &[DiffLine], place: &str) -> Option<&str> {
        if diff.len() <= CONTEXT + 1 {
            return None;
        }
        if !self.0.contains_key(diff) {
            self.0.insert(diff.to_vec(), place.to_owned());
            return None;
        }
        self.0.get(diff).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_document_is_all_added() {
        let lines = document_diff(&Value::Null, &json!({"Version": "2012-10-17"}), DocumentKind::Identity, "aws");
        let texts: Vec<_> = lines.iter().map(|l| matches!(l, DiffLine::Added(_))).collect();
        assert_eq!(texts, [true, true, true]);
    }

    #[test]
    fn far_unchanged_lines_are_left_out_and_counted() {
        let before = json!({"Action": ["a", "b", "c", "d", "e", "f", "g", "h"], "Effect": "Allow"});
        let mut after = before.clone();
        after["Action"][0] = json!("z");
        let lines = document_diff(&before, &after, DocumentKind::Identity, "aws");
        assert!(lines.contains(&DiffLine::Removed("    \"a\",".into())) && lines.contains(&DiffLine::Added("    \"z\",".into())));
        assert_eq!(lines.last(), Some(&DiffLine::Skipped(7)));
    }

    #[test]
    fn equal_documents_have_no_diff() {
        assert!(document_diff(&json!({"a": 1}), &json!({"a": 1}), DocumentKind::Identity, "aws").is_empty());
    }

    #[test]
    fn a_long_diff_is_shown_once() {
        let diff = document_diff(&Value::Null, &json!({"a": 1, "b": 2, "c": 3}), DocumentKind::Identity, "aws");
        let mut shown = Shown::default();
        assert_eq!(shown.before_or_remember(&diff, "role/a trust"), None);
        assert_eq!(shown.before_or_remember(&diff, "role/b trust"), Some("role/a trust"));
    }
}
