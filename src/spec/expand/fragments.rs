//! `fragments`: lists of statements by name, of all spec files together. One may hold another.

use std::collections::{BTreeMap, BTreeSet};

use super::Problems;
use crate::diag::Finding;
use crate::spec::load::Loaded;
use crate::spec::text::Pos;
use crate::spec::vars::{Scope, Vars, names_in};
use crate::spec::yaml::{Kind, Node};

/// Deepest nesting of fragments in fragments.
const MAX_DEPTH: usize = 32;

/// Every fragment with its variables put in, and where those stand that have errors. In place of what is lost there each has a mapping that nobody
/// judges, so that it has no second error where it is used.
pub(super) fn resolved(loaded: &Loaded, scope: Scope<'_>, problems: &mut Problems) -> (Vars, BTreeSet<Pos>) {
    let mut declared: BTreeMap<&str, (Pos, &Node)> = BTreeMap::new();
    for section in loaded.documents.iter().filter_map(|document| document.get("fragments")) {
        if !matches!(section.kind, Kind::Map(_) | Kind::Null) {
            let problem =
                Finding::error("wrong-type", format!("expected a mapping from names to values, found {}", section.noun()));
            problems.at(&loaded.texts, section.at, problem.help("write `fragments: {NAME: [{Effect: …}]}`"));
        }
        for (key, value) in section.entries() {
            let name = key.as_str().unwrap_or_default();
            let good = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            if name.is_empty() || !name.bytes().all(good) {
                let problem = Finding::error("bad-name", format!("`{}` is not a name of a fragment", name.escape_debug()));
                problems.at(&loaded.texts, key.at, problem.help("use letters, digits, `_` and `-`"));
            } else if let Some((first, _)) = declared.get(name) {
                let problem = Finding::error("duplicate-name", format!("fragment `{name}` is declared twice"))
                    .help("keep one of the two")
                    .related("first declared here", loaded.place(*first));
                problems.at(&loaded.texts, key.at, problem);
            } else {
                declared.insert(name, (key.at, value));
            }
        }
    }
    let mut reader = Reader { loaded, scope, declared, done: Vars::new(), broken: BTreeSet::new(), open: Vec::new(), problems };
    let names: Vec<&str> = reader.declared.keys().copied().collect();
    for name in names {
        reader.read(name);
    }
    (reader.done, reader.broken)
}

struct Reader<'a, 'p> {
    loaded: &'a Loaded,
    scope: Scope<'a>,
    declared: BTreeMap<&'a str, (Pos, &'a Node)>,
    done: Vars,
    broken: BTreeSet<Pos>,
    /// The fragments that are being read, from the outermost.
    open: Vec<&'a str>,
    problems: &'p mut Problems,
}

impl<'a> Reader<'a, '_> {
    fn report(&mut self, at: Pos, problem: Finding) {
        self.problems.at(&self.loaded.texts, at, problem);
    }

    fn read(&mut self, name: &'a str) {
        if self.done.contains_key(name) {
            return;
        }
        let Some((at, node)) = self.declared.get(name).copied() else { return };
        self.open.push(name);
        let before = self.problems.count();
        let mut statements = Vec::new();
        match &node.kind {
            Kind::Seq(items) => {
                for item in items {
                    self.item(item, &mut statements);
                }
            }
            Kind::Null | Kind::Scalar(..) | Kind::Map(_) => {
                let problem = Finding::error("bad-fragment", format!("fragment `{name}` is {}, not a list", node.noun()));
                let help = "a fragment is a list of statements: `[{Effect: Deny, Action: \"s3:*\", Resource: \"*\"}]`";
                self.report(at, problem.help(help));
            }
        }
        self.open.pop();
        if self.problems.count() > before {
            self.broken.insert(node.at);
            statements.push(Node { at: node.at, kind: Kind::Map(Vec::new()) });
        }
        self.done.insert(name.to_owned(), Node { at: node.at, kind: Kind::Seq(statements) });
    }

    /// One item: a statement, or another fragment.
    fn item(&mut self, item: &'a Node, statements: &mut Vec<Node>) {
        let other = item.as_str().and_then(|text| {
            let name = text.strip_prefix("${fragment.")?.strip_suffix('}')?;
            names_in(text).first().filter(|found| found.strip_prefix("fragment.") == Some(name)).map(|_| name)
        });
        if let Some(other) = other {
            return self.nested(other, item.at, statements);
        }
        let mut found = Vec::new();
        let made = self.scope.put_in(item, &mut found);
        let faulty = !found.is_empty();
        for (at, problem) in found {
            self.report(at, problem);
        }
        match made.kind {
            Kind::Map(_) => statements.push(made),
            _ if faulty => {}
            _ => {
                let problem = Finding::error("bad-fragment", format!("expected a statement, found {}", made.noun()));
                self.report(made.at, problem.help("a fragment is a list of statements, and of `${fragment.NAME}`"));
            }
        }
    }

    fn nested(&mut self, other: &'a str, at: Pos, statements: &mut Vec<Node>) {
        if let Some(from) = self.open.iter().position(|open| *open == other) {
            let circle: Vec<String> = self.open.iter().skip(from).chain([&other]).map(|name| format!("`{name}`")).collect();
            let first = self.declared.get(other).map(|(at, _)| self.loaded.place(*at));
            let mut problem = Finding::error("fragment-cycle", format!("fragments hold each other: {}", circle.join(" → ")));
            problem = problem.help("take one of the references out");
            if let Some(first) = first {
                problem = problem.related("the circle begins here", first);
            }
            return self.report(at, problem);
        }
        let Some(name) = self.declared.get_key_value(other).map(|(name, _)| *name) else {
            let known = self.declared.keys().copied();
            let help = crate::diag::did_you_mean(other, known)
                .unwrap_or_else(|| "declare it under `fragments:` at the top of a spec file".to_owned());
            let message = format!("unknown variable `${{fragment.{}}}`", other.escape_debug());
            return self.report(at, Finding::error("unknown-variable", message).help(help));
        };
        if self.open.len() >= MAX_DEPTH {
            let problem = Finding::error("too-deep", format!("fragments nest more than {MAX_DEPTH} deep"));
            return self.report(at, problem.help("put the statements into fewer fragments"));
        }
        self.read(name);
        let Some(done) = self.done.get(name) else { return };
        let mut nodes = 0;
        done.walk(&mut |_| nodes += 1);
        if self.scope.ledger.is_none_or(|ledger| ledger.take(nodes, 0)) {
            statements.extend(done.items().iter().cloned());
        }
    }
}
