//! The YAML reader's errors in the words of this program.

use crate::diag::Finding;
use crate::spec::text::{Pos, to_u32};

/// A problem with its place in the file, and that of the bracket it is about.
pub(super) fn translate(error: &serde_yaml::Error, part: &str, base: Pos) -> (Pos, Option<Pos>, Finding) {
    let offset = error.location().map_or(0, |at| offset(part, at.line(), at.column()));
    let pos = |offset: usize| Pos { offset: base.offset.saturating_add(to_u32(offset)), ..base };
    let full = error.to_string();
    let text = full.split(" at line ").next().unwrap_or_default();
    let mut problem = diagnose(text, &full, part, offset);
    match problem.message.as_str() {
        // Where it opens says more than where its absence was noticed.
        UNCLOSED_QUOTE => (pos(opening(&full, part).unwrap_or(offset)), None, problem),
        MISSING_COMMA if slashes(part, offset).is_some() => {
            problem.message = "`//` begins no comment".to_owned();
            problem.help = Some("delete it: JSON has no comments, and those of YAML begin with `#`".to_owned());
            (pos(slashes(part, offset).unwrap_or(offset)), None, problem)
        }
        MISSING_COMMA => match open_bracket(part, offset) {
            Some(opened) => {
                problem.message = UNCLOSED_BRACKET.to_owned();
                (pos(opened), None, problem)
            }
            None => (pos(offset), opening(&full, part).map(pos), problem),
        },
        STRAY_COLON => match key_without_colon(part, offset) {
            Some(key) => {
                problem.message = "this key has no colon".to_owned();
                problem.help = Some("end it with `:`; what belongs to it is indented below".to_owned());
                (pos(key), None, problem)
            }
            None => (pos(offset), None, problem),
        },
        _ => (pos(offset), None, problem),
    }
}

const UNCLOSED_QUOTE: &str = "this quote is never closed";
const UNCLOSED_BRACKET: &str = "this bracket is never closed";
const MISSING_COMMA: &str = "a comma or a closing bracket is missing before this";
const STRAY_COLON: &str = "a colon is not allowed here";

/// A comment in the manner of other languages, on this line or the one above.
fn slashes(part: &str, offset: usize) -> Option<usize> {
    let mut end = offset + part.get(offset..)?.find('\n').unwrap_or(0);
    for _ in 0..2 {
        let start = part.get(..end)?.rfind('\n').map_or(0, |i| i + 1);
        let line = part.get(start..end)?;
        let word = line.trim_start();
        if word.starts_with("//") || word.starts_with("/*") {
            return Some(start + line.len() - word.len());
        }
        end = start.saturating_sub(1);
    }
    None
}

/// The word on the line above that stands less far in and has no colon: YAML takes both lines for one text.
fn key_without_colon(part: &str, offset: usize) -> Option<usize> {
    let before = part.get(..offset)?;
    let start = before.rfind('\n')? + 1;
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let this = indent(part.get(start..)?.lines().next()?);
    let above = before.get(..start - 1)?;
    let above_start = above.rfind('\n').map_or(0, |i| i + 1);
    let line = above.get(above_start..)?;
    let word = line.trim();
    (!word.is_empty() && !word.contains([':', ' ', '#', '-']) && indent(line) < this).then_some(above_start + indent(line))
}

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

fn diagnose(text: &str, full: &str, part: &str, offset: usize) -> Finding {
    let next = part.get(offset..).and_then(|rest| rest.chars().next());
    let syntax = |message: &str, help: &str| Finding::error("yaml-syntax", message).help(help);
    if text.contains(super::build::OVER_BUDGET) || text.contains("repetition limit") {
        return Finding::error("alias-bomb", "the anchors and aliases of this document multiply beyond all use")
            .help("write the values out where they are needed");
    }
    if text.contains("recursion limit") {
        return Finding::error("too-deep", "the values of this document nest too deep")
            .help("no spec needs more than a few levels");
    }
    if text.contains("more than one document") {
        return syntax(
            "a second document begins after this one",
            "part documents by a line of `---`; a file that a key names holds one document",
        );
    }
    if text.contains("unknown anchor") {
        return syntax("this alias names no anchor above it", "a value that begins with `*` needs quotes: \"*\"");
    }
    if text.contains("expected alphabetic or numeric character") {
        let sign = part.get(..offset).and_then(|before| before.trim_end().chars().next_back()).filter(|c| matches!(c, '*' | '&'));
        let sign = sign.unwrap_or('*');
        return syntax(&format!("a value that begins with `{sign}` needs quotes"), &format!("write \"{sign}\", quotes included"));
    }
    if text.contains("YAML tags such as") {
        let message = text.rsplit(": ").next().unwrap_or(text);
        return Finding::error("yaml-tag", message)
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
        return syntax(STRAY_COLON, "put a value that contains `: ` in quotes, or check the indentation of this line");
    }
    if full.contains("quoted scalar") {
        return syntax(UNCLOSED_QUOTE, "close it, and double a quote or escape it inside the text");
    }
    if full.contains("flow") {
        return syntax(MISSING_COMMA, "close every `[` and `{`, and part the entries by commas");
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
    syntax(&format!("this is not YAML: {text}"), "check the indentation, quotes and brackets around this line")
}
