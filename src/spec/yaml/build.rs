//! From text to [`Node`]s, in one pass of the YAML reader.
//!
//! The reader gives no places, but it lends the very bytes of most scalars: where they lie in the text is their place, exact
//! and free. Numbers, booleans and nothing come as values; their spelling is read from the text between the neighbours, and
//! where that fails (aliases, odd layouts) a second pass asks for the text of each.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::decode::MERGE_KEY;
use super::node::{Kind, Node, Plain};
use super::one_key;
use super::scan;
use crate::diag::Finding;
use crate::spec::text::{Pos, to_u32};

/// What the passes share.
pub(super) struct Build<'t> {
    /// The document's text.
    pub text: &'t str,
    /// Its file, and where in it the text begins.
    pub base: Pos,
    /// Nodes that may still be made: aliases can multiply a small text.
    pub budget: usize,
    /// Problems that do not stop the reading.
    pub problems: Vec<(Pos, Option<Pos>, Finding)>,
    /// The end of the last scalar, if it is known.
    cursor: Option<usize>,
    /// The furthest scalar so far; going back means an alias.
    furthest: usize,
    /// Whether some scalar's spelling is still unknown.
    pub unsure: bool,
}

impl<'t> Build<'t> {
    pub fn new(text: &'t str, base: Pos, budget: usize) -> Self {
        Self { text, base, budget, problems: Vec::new(), cursor: Some(0), furthest: 0, unsure: false }
    }

    fn pos(&self, offset: usize) -> Pos {
        Pos { file: self.base.file, via: self.base.via, offset: self.base.offset.saturating_add(to_u32(offset)) }
    }

    /// The place of a list or mapping: its bracket if it has one, else its first member.
    fn opening(&self, first: Pos, bracket: u8) -> Pos {
        let offset = first.offset.saturating_sub(self.base.offset) as usize;
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        match before.iter().rposition(|b| !b.is_ascii_whitespace()) {
            Some(i) if before.get(i) == Some(&bracket) => self.pos(i),
            _ => first,
        }
    }

    /// The place of an empty list or mapping after a known point: its bracket.
    fn empty(&mut self, after: Option<usize>) -> Pos {
        let Some((start, end)) = after.and_then(|after| scan::empty_brackets(self.text, after)) else { return self.here() };
        self.furthest = self.furthest.max(start);
        self.cursor = Some(end);
        self.pos(start)
    }

    /// The place of something without a place of its own, such as an empty mapping: that of the scalar before it.
    fn here(&self) -> Pos {
        self.pos(self.furthest)
    }

    fn spend<E: de::Error>(&mut self) -> Result<(), E> {
        self.budget = self.budget.checked_sub(1).ok_or_else(|| E::custom(OVER_BUDGET))?;
        Ok(())
    }

    /// Where a lent text lies in the document.
    fn offset_of(&self, lent: &str) -> Option<usize> {
        let offset = (lent.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (self.text.get(offset..offset.checked_add(lent.len())?)? == lent).then_some(offset)
    }

    /// A scalar whose bytes the reader lent.
    fn lent(&mut self, text: &str) -> Node {
        let Some(mut start) = self.offset_of(text) else { return self.made(text) };
        let mut end = start + text.len();
        let mut plain = Plain::Text;
        if start > 0
            && let Some(quote @ (b'"' | b'\'')) = self.text.as_bytes().get(start - 1)
            && self.text.as_bytes().get(end) == Some(quote)
        {
            (start, end, plain) = (start - 1, end + 1, Plain::Quoted);
        }
        if start < self.furthest {
            self.unsure = true;
        }
        self.furthest = self.furthest.max(start);
        self.cursor = Some(end);
        Node { at: self.pos(start), kind: Kind::Scalar(text.into(), plain) }
    }

    /// A scalar that the reader had to make: escapes, several lines, blocks.
    fn made(&mut self, text: &str) -> Node {
        let start = self.cursor.map(|cursor| scan::skip(self.text, cursor));
        let at = start.map_or_else(|| self.here(), |start| self.pos(start));
        self.cursor = start.and_then(|start| scan::quoted_end(self.text, start));
        if let Some(start) = start {
            self.furthest = self.furthest.max(start);
        }
        Node { at, kind: Kind::Scalar(text.into(), Plain::Quoted) }
    }

    /// A number or boolean: its spelling is what stands at the cursor, if that can be it.
    fn typed(&mut self, value: &str, plain: Plain) -> Node {
        if let Some(cursor) = self.cursor {
            let start = scan::skip(self.text, cursor);
            let token = scan::plain(self.text, start);
            let fits = match plain {
                Plain::Bool => token.eq_ignore_ascii_case(value),
                _ => token == value || scan::same_number(token, value),
            };
            if fits {
                self.furthest = self.furthest.max(start);
                self.cursor = Some(start + token.len());
                return Node { at: self.pos(start), kind: Kind::Scalar(token.into(), plain) };
            }
        }
        self.unsure = true;
        Node { at: self.here(), kind: Kind::Scalar(value.into(), plain) }
    }

    fn null(&mut self) -> Node {
        let mut at = self.here();
        if let Some(cursor) = self.cursor {
            let start = scan::skip_inline(self.text, cursor);
            let token = scan::plain(self.text, start);
            if matches!(token, "~" | "null" | "Null" | "NULL") {
                at = self.pos(start);
                self.cursor = Some(start + token.len());
            }
        }
        Node { at, kind: Kind::Null }
    }
}

/// Most problems of one document.
const MOST_PROBLEMS: usize = 2000;

pub(super) const OVER_BUDGET: &str = "more nodes than allowed";
const TAGGED: &str = "YAML tags such as";

/// One value.
pub(super) struct Value<'b, 't>(pub &'b mut Build<'t>);

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = Node;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Node, D::Error> {
        self.0.spend()?;
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = Node;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<Node, E> {
        Ok(self.0.lent(v))
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Node, E> {
        Ok(self.0.made(v))
    }
    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Node, E> {
        Ok(self.0.typed(if v { "true" } else { "false" }, Plain::Bool))
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Node, E> {
        Ok(self.0.typed(&v.to_string(), Plain::Number))
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Node, E> {
        Ok(self.0.typed(&v.to_string(), Plain::Number))
    }
    fn visit_u128<E: de::Error>(self, v: u128) -> Result<Node, E> {
        Ok(self.0.typed(&v.to_string(), Plain::Number))
    }
    fn visit_i128<E: de::Error>(self, v: i128) -> Result<Node, E> {
        Ok(self.0.typed(&v.to_string(), Plain::Number))
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Node, E> {
        Ok(self.0.typed(&v.to_string(), Plain::Number))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(self.0.null())
    }
    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(self.0.null())
    }
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Node, A::Error> {
        let (tag, _) = access.variant::<String>()?;
        Err(de::Error::custom(format!("{TAGGED} `!{tag}` are not supported")))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let (here, mut items) = (self.0.cursor, Vec::new());
        while let Some(item) = access.next_element_seed(Value(self.0))? {
            items.push(item);
        }
        let at = match items.first() {
            Some(item) => self.0.opening(item.at, b'['),
            None => self.0.empty(here),
        };
        Ok(Node { at, kind: Kind::Seq(items) })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let here = self.0.cursor;
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut seen: BTreeMap<std::sync::Arc<str>, Pos> = BTreeMap::new();
        while let Some(key) = access.next_key_seed(Key(self.0))? {
            let Kind::Scalar(text, _) = &key.kind else { continue };
            let mut keep = true;
            if &**text == MERGE_KEY {
                let problem = Finding::error("merge-key", "merge keys (`<<`) are not supported")
                    .help("write the keys out, or name an anchor as a whole value: `key: *anchor`");
                self.0.problems.push((key.at, None, problem));
            } else if let Some(first) = seen.get(text) {
                let problem =
                    Finding::error("duplicate-key", format!("the key `{}` occurs twice in one mapping", text.escape_debug()))
                        .help(one_key(text));
                if self.0.problems.len() < MOST_PROBLEMS {
                    self.0.problems.push((key.at, Some(*first), problem));
                }
                keep = false;
            } else {
                seen.insert(text.clone(), key.at);
            }
            let value = access.next_value_seed(Value(self.0))?;
            if keep {
                entries.push((key, value));
            }
        }
        let at = match entries.first() {
            Some((key, _)) => self.0.opening(key.at, b'{'),
            None => self.0.empty(here),
        };
        Ok(Node { at, kind: Kind::Map(entries) })
    }
}

/// A key: always text, in the author's spelling.
struct Key<'b, 't>(&'b mut Build<'t>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Node;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Node, D::Error> {
        self.0.spend()?;
        d.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_, '_> {
    type Value = Node;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is one line of text")
    }
    fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<Node, E> {
        Ok(self.0.lent(v))
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Node, E> {
        Ok(self.0.made(v))
    }
}

/// The second pass: the same document along the same nodes, asking for the text of every number and boolean.
pub(super) struct Again<'n, 'b, 't>(pub &'n mut Node, pub &'b mut Build<'t>);

impl<'de> DeserializeSeed<'de> for Again<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        match self.0.kind {
            Kind::Null => d.deserialize_ignored_any(de::IgnoredAny).map(|_| ()),
            Kind::Scalar(..) => d.deserialize_str(self),
            Kind::Seq(_) => d.deserialize_seq(self),
            Kind::Map(_) => d.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Again<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the same value again")
    }
    fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<(), E> {
        if let Kind::Scalar(text, _) = &mut self.0.kind
            && let Some(start) = self.1.offset_of(v)
        {
            *text = v.into();
            let quoted = start > 0 && matches!(self.1.text.as_bytes().get(start - 1), Some(b'"' | b'\''));
            self.0.at = self.1.pos(if quoted { start - 1 } else { start });
        }
        Ok(())
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Kind::Seq(items) = &mut self.0.kind else { return Ok(()) };
        for item in items.iter_mut() {
            access.next_element_seed(Again(item, self.1))?;
        }
        if let Some(first) = items.first() {
            self.0.at = self.1.opening(first.at, b'[');
        }
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Kind::Map(entries) = &mut self.0.kind else { return Ok(()) };
        for (key, value) in entries.iter_mut() {
            access.next_key_seed(Again(key, self.1))?;
            access.next_value_seed(Again(value, self.1))?;
        }
        if let Some((key, _)) = entries.first() {
            self.0.at = self.1.opening(key.at, b'{');
        }
        Ok(())
    }
}
