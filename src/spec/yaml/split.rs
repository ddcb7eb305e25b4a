//! Splitting a stream into documents, so that each has its own error and a broken one hides no other.

/// One document: a byte range of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Where it begins, its `---` line included.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// The documents of a stream, cut at lines that begin with `---` or `...` in the first column, which YAML allows
/// nowhere else. Documents of comments and blank lines alone are left out.
pub fn documents(text: &str) -> Vec<Range> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let next = offset + line.len();
        if is_marker(line, "---") {
            ranges.push(Range { start, end: offset });
            start = offset;
        } else if is_marker(line, "...") {
            ranges.push(Range { start, end: offset });
            start = next;
        }
        offset = next;
    }
    ranges.push(Range { start, end: text.len() });
    ranges.retain(|r| has_content(text.get(r.start..r.end).unwrap_or_default()));
    ranges
}

fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
}

fn has_content(document: &str) -> bool {
    document.lines().any(|line| {
        let line = if is_marker(line, "---") { line.get(3..).unwrap_or_default() } else { line }.trim();
        // A version directive alone is not a document; before `---` it changes nothing here.
        !line.is_empty() && !line.starts_with('#') && !line.starts_with("%YAML ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        documents(text).into_iter().map(|r| &text[r.start..r.end]).collect()
    }

    #[test]
    fn streams_split_at_markers_and_empty_documents_vanish() {
        assert_eq!(parts("a: 1\n---\nb: 2\n...\n# x\n---\n---\nc: 3"), ["a: 1\n", "---\nb: 2\n", "---\nc: 3"]);
        assert_eq!(parts("--- {a: 1}\n"), ["--- {a: 1}\n"]);
        assert_eq!(parts("a: |\n  ---\nb: ----\n"), ["a: |\n  ---\nb: ----\n"]);
        assert_eq!(parts("%YAML 1.2\n---\na: 1\n"), ["---\na: 1\n"]);
        assert!(parts("# nothing\n\n---\n").is_empty());
    }
}
