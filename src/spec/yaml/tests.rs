use std::fmt;

use proptest::prelude::*;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::*;
use crate::spec::text::Text;

fn read(text: &str) -> (Vec<Node>, Vec<String>, Texts) {
    let mut texts = Texts::default();
    let file = texts.add(Text::new("t.yaml", text));
    let mut problems = Vec::new();
    let nodes = parse(&texts, file, &mut MAX_NODES.clone(), &mut problems);
    let problems =
        problems.into_iter().map(|d| format!("{} {} {}", d.at.map_or_else(String::new, |p| p.to_string()), d.code, d.message));
    (nodes, problems.collect(), texts)
}

#[test]
fn scalars_keep_their_spelling_and_their_kind() {
    let (nodes, problems, _) =
        read("a: 0o17\nb: 1.0\nc: yes\nd: 2012-10-17\ne: 012345678901\nf: +5\ng: True\nh: ~\ni: '5'\nj: 1e3\n");
    assert!(problems.is_empty(), "{problems:?}");
    let text = |key: &str| nodes[0].get(key).and_then(Node::as_str).unwrap_or("-").to_owned();
    let all: Vec<String> = "abcdefghij".chars().map(|c| text(&c.to_string())).collect();
    assert_eq!(all, ["0o17", "1.0", "yes", "2012-10-17", "012345678901", "+5", "True", "-", "5", "1e3"]);
    assert_eq!(
        nodes[0].to_json().to_string(),
        r#"{"a":"0o17","b":1.0,"c":"yes","d":"2012-10-17","e":"012345678901","f":5,"g":true,"h":null,"i":"5","j":1000.0}"#
    );
}

#[test]
fn only_documents_with_anchors_spend_what_aliases_may_add() {
    let read = |text: &str, mut budget: usize| {
        let (mut texts, mut problems) = (Texts::default(), Vec::new());
        let file = texts.add(Text::new("t.yaml", text));
        let nodes = parse(&texts, file, &mut budget, &mut problems);
        (nodes.len(), problems.first().map(|p| p.code.to_string()), budget)
    };
    // However many entries: nothing multiplies them.
    let long = "- [a, b]\n".repeat(30_000);
    for plain in [&long, "a", "- 'S&P'\n- R&D\n", "{a: [], b: {}}", "? x\n: y\n", "- \n-\n"] {
        assert_eq!(read(plain, 0), (1, None, 0), "{:?}", plain.get(..20));
    }
    assert_eq!(read("- &a b\n- *a\n", 10), (1, None, 7));
    assert_eq!(read("- &a b\n- *a\n", 2), (0, Some("alias-bomb".to_owned()), 2));
    assert_eq!(read("[&a b, *a, *a]", 100_000).1, None);
}

#[test]
fn spellings_survive_aliases_too() {
    let (nodes, _, _) = read("a: &x 1.0\nb: *x\nc: [*x, 2.50]\nd: &y {k: True}\ne: *y\n");
    assert_eq!(nodes[0].get("b").unwrap().as_str(), Some("1.0"));
    assert_eq!(nodes[0].get("c").unwrap().items()[1].as_str(), Some("2.50"));
    assert_eq!(nodes[0].get("e").unwrap().get("k").unwrap().as_str(), Some("True"));
}

#[test]
fn each_document_has_its_own_errors_with_lines_of_the_file() {
    let (nodes, problems, _) =
        read("a: 1\n---\nb: [\n---\nc: {d: 1, d: 2}\n---\n<<: {}\n---\ne: !Sub x\n---\nf: \"x\n---\ng: 1\n");
    assert_eq!(nodes.len(), 4);
    assert_eq!(
        problems,
        [
            "t.yaml:3:4 yaml-syntax this bracket is never closed",
            "t.yaml:5:11 duplicate-key the key `d` occurs twice in one mapping",
            "t.yaml:7:1 merge-key merge keys (`<<`) are not supported",
            "t.yaml:9:4 yaml-tag YAML tags such as `!Sub` are not supported",
            "t.yaml:11:4 yaml-syntax this quote is never closed",
        ]
    );
}

#[test]
fn a_fault_inside_an_entity_leaves_the_rest_readable() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        size: At<u32>,
        #[serde(default)]
        tags: Entries<At<String>>,
        #[serde(default)]
        list: Items<At<String>>,
    }
    let (nodes, _, texts) =
        read("a: {size: x, tags: {k: [1], l: v}}\nb: {size: 2, taks: {}, list: [p, {}, q, []]}\nc: {}\nd: {size: 4}\n");
    let decoder = Decoder::default();
    let things: Entries<Thing> = decoder.read(&nodes[0]).unwrap();
    let problems: Vec<String> =
        decoder.into_problems().into_iter().map(|p| format!("{} {}", texts.place(p.at), p.message)).collect();
    let kept: Vec<_> =
        things.list.iter().map(|(name, t)| (name.value.as_str(), t.size.value, t.list.0.len(), t.tags.list.len())).collect();
    assert_eq!(kept, [("b", 2, 2, 0), ("d", 4, 0, 0)]);
    assert_eq!(things.faulty.iter().map(|f| f.value.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(
        problems,
        [
            "t.yaml:1:11 expected a whole number, found `x`",
            "t.yaml:1:24 expected text, found a list",
            "t.yaml:2:14 unknown key `taks`",
            "t.yaml:2:34 expected text, found a mapping",
            "t.yaml:2:41 expected text, found a list",
            "t.yaml:3:4 the key `size` is missing",
        ]
    );
}

/// The slow and certain way to a place: walk to it and fail there, the reader then says where that was.
struct Probe<'p>(&'p [usize], bool);

impl<'de> DeserializeSeed<'de> for Probe<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        if self.0.is_empty() { d.deserialize_str(Fail) } else { d.deserialize_any(self) }
    }
}

struct Fail;
impl Visitor<'_> for Fail {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("here"))
    }
}

impl<'de> Visitor<'de> for Probe<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a container")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        for _ in 0..self.0[0] {
            access.next_element::<de::IgnoredAny>()?;
        }
        access.next_element_seed(Probe(&self.0[1..], self.1)).map(|_| ())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        for _ in 0..self.0[0] {
            access.next_entry::<de::IgnoredAny, de::IgnoredAny>()?;
        }
        if self.0.len() == 1 && self.1 {
            return access.next_key_seed(Probe(&[], true)).map(|_| ());
        }
        access.next_key::<de::IgnoredAny>()?;
        access.next_value_seed(Probe(&self.0[1..], self.1))
    }
}

fn probe(text: &str, path: &[usize], key: bool) -> Option<(u32, u32)> {
    let error = Probe(path, key).deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    let at = error.location()?;
    Some((at.line() as u32, at.column() as u32))
}

/// Every scalar of a tree with its path; `true` for keys.
fn scalars(node: &Node, path: &mut Vec<usize>, out: &mut Vec<(Vec<usize>, bool, Pos)>) {
    match &node.kind {
        Kind::Null => {}
        Kind::Scalar(..) => out.push((path.clone(), false, node.at)),
        Kind::Seq(items) => {
            for (i, item) in items.iter().enumerate() {
                path.push(i);
                scalars(item, path, out);
                path.pop();
            }
        }
        Kind::Map(entries) => {
            for (i, (key, value)) in entries.iter().enumerate() {
                path.push(i);
                out.push((path.clone(), true, key.at));
                scalars(value, path, out);
                path.pop();
            }
        }
    }
}

fn places_are_exact(text: &str) {
    let (nodes, problems, texts) = read(text);
    assert!(problems.is_empty(), "{problems:?}\n{text}");
    let mut all = Vec::new();
    scalars(&nodes[0], &mut Vec::new(), &mut all);
    for (path, key, at) in all {
        let place = texts.place(at);
        assert_eq!(Some((place.line, place.column)), probe(text, &path, key), "{path:?} key {key} in\n{text}");
    }
}

#[test]
fn places_of_odd_layouts_are_the_readers_own() {
    for text in [
        "# c\n'a b': [1, \"x\\ny\", 0x1F, -5, ~, 'it''s'] # c\nb:\n- true\n-   - 7\n    - |\n      block, 9\n    - z\n",
        "{\"a\":1,\"b\":{\"c\":[true,false,null]},\"d\":\"e\"}",
        "é: ü\nλ: {x: 'ß', y: 2}\n",
        "a: >-\n  folded\n  text\nb: plain\n  over lines\nc: 3\n",
        "? a\n: 1\n? b\n: [x]\n",
    ] {
        places_are_exact(text);
    }
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9_]{0,8}",
        "[0-9]{1,6}",
        Just("true".to_owned()),
        Just("1.0".to_owned()),
        Just("2012-10-17".to_owned()),
        "\"[a-z,:{}#é ]{0,9}\"",
        "'[a-z,:\\[\\]# ]{0,9}'",
        Just("arn:aws:s3:::x/*".to_owned()),
    ]
}

/// YAML text of a random value, at an indentation.
fn value() -> impl Strategy<Value = Vec<String>> {
    let leaf = scalar().prop_map(|s| vec![s]);
    leaf.prop_recursive(4, 40, 5, |inner| {
        let block = |marker: fn(usize) -> String| {
            move |items: Vec<Vec<String>>| {
                let mut lines = Vec::new();
                for (i, item) in items.into_iter().enumerate() {
                    if let [one] = item.as_slice() {
                        lines.push(format!("{} {one}", marker(i)));
                    } else {
                        lines.push(format!("{} # note", marker(i)));
                        lines.extend(item.into_iter().map(|l| format!("  {l}")));
                    }
                }
                lines
            }
        };
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..5).prop_map(block(|_| "-".to_owned())),
            prop::collection::vec(inner, 2..5).prop_map(block(|i| format!("key{i}:"))),
            prop::collection::vec(scalar(), 0..4).prop_map(|items| vec![format!("[{}]", items.join(", "))]),
            prop::collection::vec(scalar(), 0..4).prop_map(|items| {
                let members = items.iter().enumerate().map(|(i, v)| format!("k{i}: {v}")).collect::<Vec<_>>();
                vec![format!("{{{}}}", members.join(", "))]
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_and_spellings_are_the_readers_own(lines in value()) {
        let text = lines.join("\n") + "\n";
        // A bare scalar with a colon is a mapping to YAML; the block forms are what matters.
        prop_assume!(lines.len() > 1);
        places_are_exact(&text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}:,&*!|>'\"%@`#?\\- \na-c0-9\t]{0,60}") {
        let _ = read(&text);
    }
}
