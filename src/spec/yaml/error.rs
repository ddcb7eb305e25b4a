//! The YAML reader's errors in the words of this program.

use crate::diag::Diagnostic;
use crate::spec::text::{Pos, to_u32};

/// A problem with its place in the file.
pub(super) fn translate(error: &serde_yaml::Error, part: &str, base: Pos) -> (Pos, Diagnostic) {
    let offset = error.location().map_or(0, |at| offset(part, at.line(), at.column()));
    let at = Pos { offset: base.offset.saturating_add(to_u32(offset)), ..base };
    let full = error.to_string();
    let text = full.split(" at line ").next().unwrap_or_default();
    let problem = diagnose(text, &full, part, offset);
    if problem.message == UNCLOSED_QUOTE || problem.message == UNCLOSED_BRACKET {
        // Where it opens says more than where its absence was noticed.
        let opened = if problem.message == UNCLOSED_BRACKET { open_bracket(part, offset) } else { opening(&full, part) };
        if let Some(opened) = opened {
            return (Pos { offset: base.offset.saturating_add(to_u32(opened)), ..base }, problem);
        }
    }
    (at, problem)
}

const UNCLOSED_QUOTE: &str = "this quote is never closed";
const UNCLOSED_BRACKET: &str = "this bracket is not closed, or a comma is missing";

/// The innermost bracket that is still open where the text ended without it.
fn open_bracket(part: &str, end: usize) -> Option<usize> {
    if !part.get(end..)?.trim().is_empty() {
        return None;
    }
    let mut open = Vec::new();
    for (i, b) in part.bytes().enumerate() {
        match b {
            b'[' | b'{' => open.push(i),
            b']' | b'}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// The offset of the second place in the reader's message: `…, while parsing a flow sequence at line 1 column 4`.
fn opening(full: &str, part: &str) -> Option<usize> {
    let (_, context) = full.split_once(" while ")?;
    let (line, column) = context.rsplit_once(" at line ")?.1.split_once(" column ")?;
    Some(offset(part, line.parse().ok()?, column.trim().parse().ok()?))
}

/// The byte offset of a line and column (from 1) in a text; columns count characters.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(i, _)| i)
}

fn diagnose(text: &str, full: &str, part: &str, offset: usize) -> Diagnostic {
    let next = part.get(offset..).and_then(|rest| rest.chars().next());
    let syntax = |message: &str, help: &str| Diagnostic::error("yaml-syntax", message).help(help);
    if text.contains(super::build::OVER_BUDGET) || text.contains("repetition limit") {
        return Diagnostic::error("alias-bomb", "the anchors and aliases of this document multiply beyond all use")
            .help("write the values out where they are needed");
    }
    if text.contains("recursion limit") {
        return Diagnostic::error("too-deep", "the values of this document nest too deep")
            .help("no spec needs more than a few levels");
    }
    if text.contains("unknown anchor") {
        return syntax("this alias names no anchor above it", "a value that begins with `*` needs quotes: \"*\"");
    }
    if text.contains("YAML tags such as") {
        let message = text.rsplit(": ").next().unwrap_or(text);
        return Diagnostic::error("yaml-tag", message)
            .help("write the value itself; CloudFormation's short forms mean nothing here");
    }
    if text.contains("expected a key that is one line of text") {
        return syntax("a list or mapping cannot be a key", "write one line of text before the colon");
    }
    if text.contains("cannot start any token") {
        return match next {
            Some('\t') => syntax("a tab cannot indent YAML", "indent with spaces"),
            Some(c) => syntax(&format!("a value cannot begin with {c:?}"), "put the value in quotes"),
            None => syntax("a value cannot begin here", "put the value in quotes"),
        };
    }
    if part.get(..offset).is_some_and(|before| before.rsplit('\n').next().unwrap_or_default().contains('\t')) {
        return syntax("a tab cannot indent YAML", "indent with spaces");
    }
    if text.contains("mapping values are not allowed") {
        return syntax(
            "a colon cannot stand here",
            "put a value that contains `: ` in quotes, or check the indentation of this line",
        );
    }
    if full.contains("quoted scalar") {
        return syntax(UNCLOSED_QUOTE, "close it, and double a quote or escape it inside the text");
    }
    if full.contains("flow") {
        return syntax(UNCLOSED_BRACKET, "close every `[` and `{`, and part the entries by commas");
    }
    if text.contains("did not find expected key") || text.contains("block mapping") || text.contains("simple key") {
        return syntax(
            "this line fits no key or entry above it",
            "check its indentation, and the quotes and brackets of the lines above",
        );
    }
    if text.contains("'-' indicator") || text.contains("block collection") || text.contains("block sequence") {
        return syntax("this line fits no list above it", "indent every `-` of one list alike");
    }
    syntax(&format!("this is no YAML: {text}"), "check the indentation, quotes and brackets around this line")
}
