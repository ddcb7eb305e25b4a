//! The texts of all files of one run, and places in them.

use std::collections::BTreeMap;

use crate::diag::{Finding, InTemplate, Place};

/// A point in one file of a [`Texts`]: cheap to carry on every value, turned into a [`Place`] when someone asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos {
    /// Index of the file.
    pub file: u32,
    /// Byte offset into its text.
    pub offset: u32,
    /// The instance of a template through which the value is there; none for what stands in a spec file itself.
    pub via: Via,
}

/// One instance of a template: which `use` entry of the specs, and which combination of its `each`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Via(u32);

/// Most instances of one `use` entry.
pub const MOST_INSTANCES: usize = 1000;

impl Via {
    /// No instance.
    pub const NONE: Self = Self(0);

    /// The combination (from 0, below [`MOST_INSTANCES`]) of the use of a number (from 0).
    pub fn new(entry: u32, combination: usize) -> Self {
        Self(entry.saturating_add(1).saturating_mul(1024).saturating_add(to_u32(combination.min(MOST_INSTANCES))))
    }

    /// The number of the use; `None` without an instance.
    pub fn entry(self) -> Option<u32> {
        (self.0 / 1024).checked_sub(1)
    }

    /// As a number, for [`Self::from_bits`].
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// From the number that [`Self::bits`] gave.
    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

/// One file, without a leading byte order mark.
#[derive(Clone, Debug)]
pub struct Text {
    /// As the user would name it.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// Where each line begins.
    lines: Vec<u32>,
    /// Characters before each block of [`BLOCK`] bytes; empty for ASCII, where bytes are characters.
    blocks: Vec<u32>,
}

/// Bytes between two counts: a column on a line of megabytes is as cheap as any.
const BLOCK: usize = 1024;

/// Bytes that begin a character.
fn characters(bytes: &[u8]) -> u32 {
    to_u32(bytes.iter().filter(|b| (**b & 0xc0) != 0x80).count())
}

impl Text {
    /// Takes a text; a leading byte order mark is dropped.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text: String = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| to_u32(i + 1));
        let lines = std::iter::once(0).chain(ends).collect();
        let mut before = 0u32;
        let counts = text.as_bytes().chunks(BLOCK).map(|block| {
            let here = before;
            before = before.saturating_add(characters(block));
            here
        });
        let blocks = if text.is_ascii() { Vec::new() } else { counts.collect() };
        Self { name: name.into(), text, lines, blocks }
    }

    /// Line and column from 1; an offset past the end is the end.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(0);
        let column = self.characters_before(offset).saturating_sub(self.characters_before(start));
        (to_u32(line + 1), column.saturating_add(1))
    }

    fn characters_before(&self, offset: u32) -> u32 {
        let offset = (offset as usize).min(self.text.len());
        let Some(before) = self.blocks.get(offset / BLOCK) else {
            // ASCII, or the very end of a text of whole blocks.
            return if self.blocks.is_empty() {
                to_u32(offset)
            } else {
                characters(self.text.as_bytes().get(..offset).unwrap_or_default())
            };
        };
        let rest = self.text.as_bytes().get(offset / BLOCK * BLOCK..offset).unwrap_or_default();
        before.saturating_add(characters(rest))
    }

    /// One line (from 1) without its line end.
    pub fn line(&self, line: u32) -> &str {
        let index = (line as usize).saturating_sub(1);
        let start = self.lines.get(index).copied().unwrap_or(0) as usize;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |end| *end as usize);
        self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

/// A length or index as `u32`; files are far smaller than 4 GiB by the size limit.
pub(crate) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What the names of files begin with that are inside the binary.
pub(crate) const BUILT_IN: &str = "built-in:";

/// The longest stretch of a line that a diagnostic carries.
const SHOWN: usize = 400;

/// All files of one run.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    files: Vec<Text>,
    by_name: BTreeMap<String, u32>,
    /// The entries under `use` of all specs, by number.
    uses: Vec<Pos>,
    use_numbers: BTreeMap<Pos, u32>,
    /// The names of templates by the point where each begins.
    templates: BTreeMap<(u32, u32), String>,
}

impl Texts {
    /// Adds a file and gives its index; a name that is there already keeps its first text.
    pub fn add(&mut self, text: Text) -> u32 {
        if let Some(index) = self.by_name.get(&text.name) {
            return *index;
        }
        let index = to_u32(self.files.len());
        self.by_name.insert(text.name.clone(), index);
        self.files.push(text);
        index
    }

    /// Whether a file holds this word anywhere.
    pub fn mention(&self, word: &str) -> bool {
        self.files.iter().any(|file| file.text.contains(word))
    }

    /// The file of an index.
    pub fn get(&self, file: u32) -> Option<&Text> {
        self.files.get(file as usize)
    }

    /// Adds an entry under `use`.
    pub(super) fn add_use(&mut self, at: Pos) {
        let number = to_u32(self.uses.len());
        if self.use_numbers.insert(at, number).is_none() {
            self.uses.push(at);
        }
    }

    /// The number of the `use` entry that stands at a point.
    pub(super) fn use_number(&self, at: Pos) -> Option<u32> {
        self.use_numbers.get(&at).copied()
    }

    /// Where the `use` entry of an instance stands.
    pub(super) fn use_of(&self, via: Via) -> Option<Pos> {
        self.uses.get(via.entry()? as usize).copied()
    }

    /// Adds a template that begins at a point.
    pub(super) fn add_template(&mut self, at: Pos, name: &str) {
        self.templates.insert((at.file, at.offset), name.to_owned());
    }

    /// The template that a point is written in.
    pub(super) fn template_of(&self, pos: Pos) -> Option<&str> {
        // What stands in a spec file and is a value of an instance is in no template.
        if pos.via == Via::NONE {
            return None;
        }
        let ((file, _), name) = self.templates.range(..=(pos.file, pos.offset)).next_back()?;
        (*file == pos.file).then_some(name)
    }

    /// Of what a template of the project makes: where the template writes it.
    pub fn in_template(&self, pos: Pos) -> Option<InTemplate> {
        let template = self.template_of(pos)?.to_owned();
        let place = Some(self.written(pos)).filter(|place| !place.file.starts_with(BUILT_IN))?;
        let source_line = self.source_line(&place);
        Some(InTemplate { template, place, source_line })
    }

    /// File, line and column of a point. What a template makes stands where the template is used.
    pub fn place(&self, pos: Pos) -> Place {
        self.written(self.template_of(pos).and_then(|_| self.use_of(pos.via)).unwrap_or(pos))
    }

    /// File, line and column where a point is written: of what a template makes, in the template.
    pub fn written(&self, pos: Pos) -> Place {
        match self.get(pos.file) {
            Some(text) => {
                let (line, column) = text.line_column(pos.offset);
                Place { file: text.name.clone(), line, column }
            }
            None => Place { file: String::new(), line: 1, column: 1 },
        }
    }

    /// The line that a place is on, cut to a sane length.
    pub fn source_line(&self, place: &Place) -> Option<String> {
        let text = self.get(*self.by_name.get(&place.file)?)?;
        let line = text.line(place.line);
        Some(match line.char_indices().nth(SHOWN) {
            Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
            None => line.to_owned(),
        })
    }

    /// The same problem with its place and the line there; a problem of what a template makes stands in the template.
    pub fn at(&self, problem: Finding, pos: Pos) -> Finding {
        let mut problem = problem.at(self.written(pos));
        problem.source_line = problem.at.as_ref().and_then(|place| self.source_line(place));
        if let Some(word) = problem.source_line.as_deref().and_then(super::mistakes::lookalike) {
            problem.help = Some(problem.help.map_or_else(|| word.to_owned(), |help| format!("{help}; {word}")));
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let mut texts = Texts::default();
        let file = texts.add(Text::new("a.yaml", "\u{feff}é: x\r\nb: y\n"));
        let at = |offset| texts.place(Pos { file, offset, ..Pos::default() }).to_string();
        assert_eq!(at(0), "a.yaml:1:1");
        assert_eq!(at(4), "a.yaml:1:4", "the byte order mark is gone and `é` is one column");
        assert_eq!(at(7), "a.yaml:2:1");
        assert_eq!(at(900), "a.yaml:3:1");
        assert_eq!(texts.get(file).unwrap().line(1), "é: x");
        let long = Text::new("b", format!("x\n{}", "é".repeat(BLOCK)));
        for i in [0usize, 1, 500, 511, 512, 1023, 1024] {
            assert_eq!(long.line_column(to_u32(2 + 2 * i)), (2, to_u32(i + 1)));
        }
    }
}
