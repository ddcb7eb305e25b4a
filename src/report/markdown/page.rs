//! The comment under construction, and what is cut when it grows too long.

use std::collections::BTreeMap;

/// Most bytes of a comment. GitHub counts 65,536 characters; bytes are never fewer.
pub const MOST: usize = 65_000;
/// Kept for the last lines.
const RESERVE: usize = 600;
/// Maximum bytes of the unfolded part at the top.
const HEAD: usize = 30_000;

/// Output under construction.
pub struct Page {
    head: Vec<String>,
    head_size: usize,
    last: Vec<String>,
    blocks: Vec<(String, String)>,
    blocks_size: usize,
    cut: BTreeMap<String, usize>,
}

impl Page {
    pub fn new() -> Self {
        Self { head: Vec::new(), head_size: 0, last: Vec::new(), blocks: Vec::new(), blocks_size: 0, cut: BTreeMap::new() }
    }

    /// A line that everyone sees. The first lines always fit; later ones are counted as omitted if there is no room.
    pub fn head(&mut self, line: &str) {
        self.head_item(line, "line");
    }

    /// The same, counted under a noun.
    pub fn head_item(&mut self, line: &str, noun: &str) {
        if self.head_size + line.len() + 2 > HEAD {
            return self.leave_out(noun, 1);
        }
        self.head_size += line.len() + 2;
        self.head.push(line.to_owned());
    }

    /// A line at the end.
    pub fn last(&mut self, line: &str) {
        self.head_size += line.len() + 2;
        self.last.push(line.to_owned());
    }

    /// A block that is folded away, or left out and counted under its noun. `body` ends without an empty line.
    pub fn fold(&mut self, noun: &str, summary: &str, body: &str) {
        let block = format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>");
        self.blocks_size += block.len();
        self.blocks.push((noun.to_owned(), block));
    }

    /// Whether another block has no chance of being shown.
    pub fn is_full(&self) -> bool {
        self.blocks_size > 2 * MOST
    }

    /// Counts what is not shown.
    pub fn leave_out(&mut self, noun: &str, n: usize) {
        if n > 0 {
            *self.cut.entry(noun.to_owned()).or_default() += n;
        }
    }

    /// The comment, with a last line that says what was left out.
    pub fn finish(mut self, by: &str) -> String {
        let mut out = String::new();
        let mut list = false;
        for line in &self.head {
            // List items are adjacent, everything else is separated; the marker is right above the verdict.
            let item = line.starts_with("- ") || line.starts_with("  ");
            if !out.is_empty() {
                out += if (item && list) || out.starts_with("<!--") && !out.contains('\n') { "\n" } else { "\n\n" };
            }
            out += line;
            list = item;
        }
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        let tail: usize = self.last.iter().map(|line| line.len() + 2).sum();
        for (noun, block) in &self.blocks {
            if out.len() + 2 + block.len() + tail + RESERVE > MOST {
                *left.entry(noun.clone()).or_default() += 1;
                continue;
            }
            out += "\n\n";
            out += block;
        }
        for (noun, n) in left {
            self.leave_out(&noun, n);
        }
        for line in &self.last {
            out += &format!("\n\n{line}");
        }
        if !self.cut.is_empty() {
            let cut: Vec<String> = self.cut.iter().map(|(noun, n)| plural(*n, noun)).collect();
            out += &format!(
                "\n\n**Left out to stay within the size of a comment:** {}. `--format text` and `--format json` have all of it.",
                cut.join(", ")
            );
        }
        out + &format!("\n\n<sub>{by}</sub>\n")
    }
}

/// `1 change`, `2 changes`, `2 entities`, `2 lines of tests`.
fn plural(n: usize, noun: &str) -> String {
    if let Some((noun, of)) = noun.split_once(" of ") {
        return format!("{} of {of}", plural(n, noun));
    }
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{n} {stem}ies"),
        _ => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn what_was_left_out_is_counted_in_english() {
        assert_eq!(plural(1, "entity"), "1 entity");
        assert_eq!(plural(2, "entity"), "2 entities");
        assert_eq!(plural(2, "line of findings"), "2 lines of findings");
        assert_eq!(plural(1, "list of tests"), "1 list of tests");
    }
}
