//! A policy document by itself: JSON with the place of every value.

use crate::diag::{Finding, Place};
use crate::policy::Document;
use crate::spec::text::{Pos, Text, Texts};
use crate::spec::yaml::{Kind, Node, Plain};

/// A document that was read from a file.
#[derive(Clone, Debug)]
pub struct BareDocument {
    /// The document.
    pub document: Document,
    /// Its values with their places.
    pub node: Node,
    /// The file's text.
    pub texts: Texts,
}

impl BareDocument {
    /// Reads JSON. A file that holds `{"Policy": …}` or the like is not looked into: it is the document itself that counts.
    ///
    /// # Errors
    /// What is wrong with the JSON, with its place.
    pub fn read(name: &str, text: &str) -> Result<Self, Box<Finding>> {
        let mut texts = Texts::default();
        let file = texts.add(Text::new(name, text));
        let text = texts.get(file).map(|t| t.text.clone()).unwrap_or_default();
        let document = Document::parse(&text).map_err(|error| {
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
            let place = Place { file: name.to_owned(), line: number(error.line()), column: number(error.column()) };
            let mut problem = Finding::error("policy-json", "this is not JSON")
                .at(place.clone())
                .help(format!("the parser says: {error}; a policy document is one JSON object"));
            problem.source_line = texts.source_line(&place);
            Box::new(problem)
        })?;
        let mut reader = Reader { text: text.as_bytes(), at: 0, file };
        let node = reader.value(0);
        Ok(Self { document, node, texts })
    }

    /// Objects that name a key twice, with the second place: only the last of them counts to a JSON reader, and IAM refuses it.
    pub fn repeated_keys(&self) -> Vec<(String, Place)> {
        let mut found = Vec::new();
        self.node.walk(&mut |node| {
            let mut seen = std::collections::BTreeSet::new();
            for (key, _) in node.entries() {
                if let Some(text) = key.as_str()
                    && !seen.insert(text)
                {
                    found.push((text.to_owned(), self.texts.place(key.at)));
                }
            }
        });
        found
    }
}

/// Reads JSON that is known to be sound, for places alone.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    file: u32,
}

/// serde_json stops at this depth, so sound text never reaches it.
const DEEPEST: usize = 130;

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn pos(&self) -> Pos {
        Pos { file: self.file, offset: u32::try_from(self.at).unwrap_or(u32::MAX), ..Pos::default() }
    }

    fn value(&mut self, depth: usize) -> Node {
        let next = self.peek();
        let at = self.pos();
        let kind = match next {
            _ if depth > DEEPEST => Kind::Null,
            Some(b'{') => {
                self.at += 1;
                let mut entries = Vec::new();
                while self.peek().is_some_and(|c| c != b'}') {
                    let key = self.value(depth + 1);
                    self.skip(b':');
                    let value = self.value(depth + 1);
                    self.skip(b',');
                    entries.push((key, value));
                }
                self.at += 1;
                Kind::Map(entries)
            }
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                while self.peek().is_some_and(|c| c != b']') {
                    items.push(self.value(depth + 1));
                    self.skip(b',');
                }
                self.at += 1;
                Kind::Seq(items)
            }
            Some(b'"') => self.string(),
            _ => self.plain(),
        };
        Node { at, kind }
    }

    fn skip(&mut self, byte: u8) {
        if self.peek() == Some(byte) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.text.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                break;
            }
        }
        let raw = self.text.get(start..self.at.min(self.text.len())).unwrap_or_default();
        let text: String = serde_json::from_slice(raw).unwrap_or_default();
        Kind::Scalar(text.into(), Plain::Quoted)
    }

    fn plain(&mut self) -> Kind {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|c| !c.is_ascii_whitespace() && !b",]}".contains(c)) {
            self.at += 1;
        }
        // Whatever stands here, reading goes on behind it.
        self.at = self.at.max(start + 1);
        let raw = self.text.get(start..self.at.min(self.text.len())).unwrap_or_default();
        let text = String::from_utf8_lossy(raw).into_owned();
        match text.as_str() {
            "null" => Kind::Null,
            "true" | "false" => Kind::Scalar(text.into(), Plain::Bool),
            _ => Kind::Scalar(text.into(), Plain::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PathStep;
    use crate::spec::locate;

    #[test]
    fn every_value_of_a_json_document_has_its_place() {
        let text = "{\n \"Statement\": [\n  {\"Sid\": \"é\\\"x\", \"Action\": [\"a:b\", 3, true]}\n ]\n}";
        let bare = BareDocument::read("x.json", text).unwrap();
        let key = |k: &str| PathStep::Key(k.to_owned());
        let path = [key("Statement"), PathStep::Index(0), key("Action"), PathStep::Index(1)];
        assert_eq!(bare.texts.place(locate(&bare.node, &path)).to_string(), "x.json:3:37");
        assert_eq!(bare.node.to_json(), *bare.document.value());
    }

    #[test]
    fn a_key_that_stands_twice_is_found() {
        let bare = BareDocument::read("x.json", "{\"a\": {\"b\": 1, \"b\": 2}}").unwrap();
        assert_eq!(bare.repeated_keys().iter().map(|(k, p)| format!("{k} {p}")).collect::<Vec<_>>(), ["b x.json:1:16"]);
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let error = BareDocument::read("x.json", "{\n  \"a\": ,\n}").unwrap_err();
        assert_eq!(error.at.unwrap().to_string(), "x.json:2:8");
        for text in ["", "[", "\"\\", "{\"a\":", "nul"] {
            assert!(BareDocument::read("x", text).is_err(), "{text}");
        }
    }
}
