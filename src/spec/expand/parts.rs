//! What a part adds: mappings merge, lists append, and nothing is replaced.

use crate::diag::Finding;
use crate::spec::text::{Pos, Texts};
use crate::spec::yaml::{Kind, Node};

/// Where in a spec a value is: a policy document's `Statement` may be one statement, and two of them are a list, not one mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Spec,
    Section,
    Entity,
    InlinePolicies,
    Document,
    Other,
}

impl Level {
    fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Spec, "policies" | "roles" | "users" | "groups") => Self::Section,
            (Self::Section, _) => Self::Entity,
            (Self::Entity, "document" | "trust_document") | (Self::InlinePolicies, _) => Self::Document,
            (Self::Entity, "inline_policies") => Self::InlinePolicies,
            (Self::Spec | Self::Entity | Self::Document | Self::Other, _) => Self::Other,
        }
    }
}

/// A spec with what its parts add. Conflicts are left as the first of the two has it, and reported with both places.
pub(super) fn merged(spec: Node, parts: Vec<Node>, texts: &Texts, problems: &mut Vec<(Pos, Finding)>) -> Node {
    let mut all: Vec<Node> = std::iter::once(spec).chain(parts).collect();
    // Neighbours are merged first: the work grows with the size of the parts, and not with its square.
    while all.len() > 1 {
        let mut pairs = all.into_iter();
        let mut half = Vec::new();
        while let Some(ours) = pairs.next() {
            let at = ours.at;
            half.push(match pairs.next() {
                Some(theirs) => value(ours, theirs, Level::Spec, ("", at, at), texts, problems),
                None => ours,
            });
        }
        all = half;
    }
    all.pop().unwrap_or_else(|| Node { at: Pos::default(), kind: Kind::Null })
}

type Key<'k> = (&'k str, Pos, Pos);

fn value(ours: Node, theirs: Node, level: Level, key: Key<'_>, texts: &Texts, problems: &mut Vec<(Pos, Finding)>) -> Node {
    let at = ours.at;
    match (ours.kind, theirs.kind) {
        (Kind::Null, kind) => Node { at: theirs.at, kind },
        (kind, Kind::Null) => Node { at, kind },
        (Kind::Map(ours), Kind::Map(theirs)) => Node { at, kind: Kind::Map(entries(ours, theirs, level, texts, problems)) },
        (Kind::Seq(mut ours), Kind::Seq(theirs)) => {
            ours.extend(theirs);
            Node { at, kind: Kind::Seq(ours) }
        }
        // The same word twice takes nothing back: `Version` stands in every document.
        (Kind::Scalar(a, plain), Kind::Scalar(b, _)) if a == b => Node { at, kind: Kind::Scalar(a, plain) },
        (kind, other) => {
            let (name, first, second) = key;
            let (ours, theirs) = (Node { at, kind }, Node { at: theirs.at, kind: other });
            let other = texts.written(first);
            let message = match (&ours.kind, &theirs.kind) {
                (Kind::Scalar(a, _), Kind::Scalar(b, _)) => {
                    let short = |text: &str| text.chars().take(60).collect::<String>().escape_debug().to_string();
                    format!("this part says `{name}: {}`, and {}:{} says `{}`", short(b), other.file, other.line, short(a))
                }
                _ => {
                    let (theirs, ours) = (theirs.noun(), ours.noun());
                    format!("this part adds {theirs} to `{name}`, which is {ours} at {}:{}", other.file, other.line)
                }
            };
            let help = "a part adds and never replaces: take one of the two out, or use a parameter";
            let problem = Finding::error("part-conflict", message).help(help).related("the other value", other);
            problems.push((second, problem));
            ours
        }
    }
}

fn entries(
    mut ours: Vec<(Node, Node)>,
    theirs: Vec<(Node, Node)>,
    level: Level,
    texts: &Texts,
    problems: &mut Vec<(Pos, Finding)>,
) -> Vec<(Node, Node)> {
    let mut places: std::collections::BTreeMap<String, usize> =
        ours.iter().enumerate().filter_map(|(i, (key, _))| Some((key.as_str()?.to_owned(), i))).collect();
    for (key, theirs) in theirs {
        let name = key.as_str().unwrap_or_default().to_owned();
        let known = places.get(&name).copied();
        let Some((our_key, our_value)) = known.and_then(|index| ours.get_mut(index)) else {
            places.insert(name, ours.len());
            ours.push((key, theirs));
            continue;
        };
        let mut taken = std::mem::replace(our_value, Node { at: our_key.at, kind: Kind::Null });
        let mut theirs = theirs;
        if level == Level::Document && name == "Statement" {
            (taken, theirs) = (listed(taken), listed(theirs));
        }
        *our_value = value(taken, theirs, level.below(&name), (&name, our_key.at, key.at), texts, problems);
    }
    ours
}

/// A lone statement as a list of one.
fn listed(node: Node) -> Node {
    match node.kind {
        Kind::Map(_) => Node { at: node.at, kind: Kind::Seq(vec![node]) },
        _ => node,
    }
}
