//! Parts, templates, `each` and fragments: specs as they are written to plain spec documents of one account.

mod fragments;
mod parts;
mod raised;
mod samples;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use raised::Problems;
pub(super) use samples::unused;

use super::load::Loaded;
use super::resolve::ResolveContext;
use super::shape::{PartSpec, UseSpec};
use super::template::{self, GivenValue, Instance, Template, is_something};
use super::text::{MOST_INSTANCES, Pos, Via};
use super::vars::{Ledger, Scope, Vars, names_in};
use super::yaml::{At, Decoder, FaultyKeys, Items, Kind, Node};
use crate::diag::Finding;
use crate::fleet::{AccountSelection, Member, Selector};
use crate::names::{EntityKind, Name};

/// The plain documents of one account, and what is known beside them.
#[derive(Default)]
pub(super) struct Expanded {
    /// Specs without `use`, `parts` and `fragments`; variables are in.
    pub documents: Vec<Node>,
    /// The fragments, for documents from files.
    pub fragments: Vars,
    /// Scalars whose variables have errors: what they would have been is not known.
    pub bad_variables: BTreeSet<Pos>,
    /// Keys below which something was set aside.
    pub faulty: FaultyKeys,
    /// Entities that parts and uses declare for other accounts.
    pub elsewhere: BTreeSet<(EntityKind, Name)>,
    /// Whether something could not be made: what refers to it is no fault then.
    pub incomplete: bool,
    /// Templates that some entry uses, in any account.
    pub used: BTreeSet<String>,
    instances: BTreeMap<(String, Name), (Pos, Via)>,
}

/// Expands all documents of a project for one account.
pub(super) fn expand(
    loaded: &Loaded,
    context: &ResolveContext<'_>,
    built_in: &BTreeMap<&'static str, String>,
    ledger: &Ledger,
    problems: &mut Problems,
) -> Expanded {
    let plain = Scope { ledger: Some(ledger), accounts: context.accounts, ..Scope::new(built_in, context.vars) };
    let (fragments, broken) = fragments::resolved(loaded, plain, problems);
    let scope = Scope { fragments: Some(&fragments), ..plain };
    let mut expander = Expander { loaded, context, scope, problems, out: Expanded::default() };
    for document in &loaded.documents {
        expander.document(document);
    }
    let mut out = expander.out;
    out.bad_variables.extend(broken);
    out.fragments = fragments;
    if ledger.is_spent() {
        out.incomplete = true;
        let message = "the specs are too large after templates, lists and fragments are expanded";
        problems.push(Finding::error("too-large", message).help("shorten the lists under `each`, `with` and `vars`"));
    }
    out
}

struct Expander<'a, 'p> {
    loaded: &'a Loaded,
    context: &'a ResolveContext<'a>,
    scope: Scope<'a>,
    problems: &'p mut Problems,
    out: Expanded,
}

/// Whether an `accounts:` list holds for an account. What cannot be read selects nothing, and is reported by [`unknown_accounts`].
pub(super) fn is_here(accounts: Option<&Items<At<String>>>, account: &Member) -> bool {
    accounts.is_none_or(|list| selected(list.0.iter().map(|word| word.as_str())).holds(account))
}

fn selected<'w>(words: impl Iterator<Item = &'w str>) -> AccountSelection {
    AccountSelection(words.filter_map(|word| word.parse::<Selector>().ok()).collect())
}

/// Words under `accounts:` that are wrong, or that fit no account of the project: what they limit would hold nowhere.
pub(super) fn unknown_accounts(accounts: Option<&Items<At<String>>>, context: &ResolveContext<'_>) -> Vec<(Pos, Finding)> {
    let words = accounts.iter().flat_map(|list| &list.0);
    let fault = |word: &At<String>| match word.parse::<Selector>() {
        Ok(_) if context.accounts.is_empty() => None,
        Ok(selector) => selector.fault(context.accounts).map(|fault| match fault.code.as_str() {
            "unknown-account" => Finding { message: format!("{}, so this holds nowhere", fault.message), ..fault },
            _ => fault,
        }),
        Err(problem) => Some(problem),
    };
    words.filter_map(|word| Some((word.at, fault(word)?))).collect()
}

/// The sections of a spec whose entities others refer to.
const SECTIONS: [(&str, EntityKind); 4] =
    [("policies", EntityKind::Policy), ("roles", EntityKind::Role), ("users", EntityKind::User), ("groups", EntityKind::Group)];

/// Takes the value of a key out of a mapping.
fn take(node: &mut Node, key: &str) -> Option<Node> {
    let Kind::Map(entries) = &mut node.kind else { return None };
    let index = entries.iter().position(|(k, _)| k.as_str() == Some(key))?;
    Some(entries.remove(index).1)
}

impl Expander<'_, '_> {
    fn report(&mut self, at: Pos, problem: Finding) {
        self.problems.at(&self.loaded.texts, at, problem);
    }

    fn report_variables(&mut self, found: Vec<(Pos, Finding)>) {
        for (at, problem) in found {
            self.out.bad_variables.insert(at);
            self.report(at, problem);
        }
    }

    fn is_here(&self, accounts: Option<&Items<At<String>>>) -> bool {
        is_here(accounts, &self.context.member())
    }

    fn check_accounts(&mut self, accounts: Option<&Items<At<String>>>) {
        for (at, problem) in unknown_accounts(accounts, self.context) {
            self.report(at, problem);
        }
    }

    /// Reads a list of a document; what does not fit is reported.
    fn list<T: for<'n> serde::Deserialize<'n>>(&mut self, node: Option<Node>) -> Vec<T> {
        let Some(node) = node else { return Vec::new() };
        let decoder = Decoder::default();
        let read: Option<Items<T>> = decoder.read(&node);
        self.out.faulty.extend(decoder.faulty_keys());
        for problem in decoder.into_problems() {
            self.out.incomplete = true;
            let help = problem.help;
            self.report(problem.at, Finding { help, ..Finding::error(problem.code, problem.message) });
        }
        read.map(|list| list.0).unwrap_or_default()
    }

    fn document(&mut self, document: &Node) {
        let mut found = Vec::new();
        let mut spec = self.scope.put_in_spec(document, &mut found);
        if !found.is_empty() {
            self.leave_elsewhere(&mut spec, &mut found);
            self.report_variables(found);
        }
        let written = take(&mut spec, "parts");
        let parts: Vec<At<PartSpec>> = self.list(written);
        drop(take(&mut spec, "fragments"));
        let mut uses: Vec<Node> = take(&mut spec, "use").into_iter().collect();
        let mut added = Vec::new();
        for part in &parts {
            self.check_accounts(part.accounts.as_ref());
            if let Some(when) = &part.when {
                let problem = Finding::error("bad-part", "`when` names a parameter, and only templates have parameters");
                self.report(when.at, problem.help("use `accounts: [NAME]`, or put the part into a template"));
                continue;
            }
            if part.accounts.is_none() {
                let problem = Finding::error("bad-part", "this part is always there");
                self.report(part.at, problem.help("add `accounts: [NAME]`, or move its content to the top of the file"));
            }
            if !self.is_here(part.accounts.as_ref()) {
                let mut quiet = Vec::new();
                let spec = self.scope.put_in_spec(&part.spec.0, &mut quiet);
                self.note_elsewhere(&spec);
                let mut spec = spec;
                let written = take(&mut spec, "use");
                for used in self.list::<At<UseSpec>>(written) {
                    self.elsewhere(&used);
                }
                continue;
            }
            self.check_part(&part.spec.0);
            let mut found = Vec::new();
            let mut part = self.scope.put_in_spec(&part.spec.0, &mut found);
            self.report_variables(found);
            uses.extend(take(&mut part, "use"));
            added.push(part);
        }
        let spec = self.merged(spec, added);
        self.out.documents.push(spec);
        for uses in uses {
            for used in self.list::<At<UseSpec>>(Some(uses)) {
                self.check_accounts(used.accounts.as_ref());
                if self.is_here(used.accounts.as_ref()) {
                    self.uses(&used);
                } else {
                    self.elsewhere(&used);
                }
            }
        }
    }

    /// Takes out what `accounts:` limits to other accounts and what lacks a variable here: those accounts have it.
    fn leave_elsewhere(&mut self, document: &mut Node, found: &mut Vec<(Pos, Finding)>) {
        let member = self.context.member();
        let elsewhere = |one: &Node| {
            let limits = one.get("accounts").map(Node::items).filter(|words| !words.is_empty());
            limits.is_some_and(|words| !selected(words.iter().filter_map(Node::as_str)).holds(&member))
        };
        let mut lacks = |one: &Node| {
            let mut places = BTreeSet::new();
            one.walk(&mut |node| {
                places.insert(node.at);
            });
            let before = found.len();
            found.retain(|(at, _)| !places.contains(at));
            found.len() < before
        };
        let Kind::Map(sections) = &mut document.kind else { return };
        for (key, section) in sections.iter_mut().filter(|(key, _)| key.as_str() != Some("parts")) {
            let kind = SECTIONS.iter().find(|(section, _)| key.as_str() == Some(*section)).map(|(_, kind)| *kind);
            match &mut section.kind {
                Kind::Map(entries) => entries.retain(|(name, one)| {
                    let leaves = elsewhere(one) && lacks(one);
                    if let (true, Some(kind), Some(name)) = (leaves, kind, name.as_str()) {
                        self.out.elsewhere.insert((kind, Name::new(name)));
                    }
                    !leaves
                }),
                Kind::Seq(items) => items.retain(|one| !(elsewhere(one) && lacks(one))),
                Kind::Null | Kind::Scalar(..) => {}
            }
        }
    }

    fn check_part(&mut self, spec: &Node) {
        if !matches!(spec.kind, Kind::Map(_)) {
            let problem = Finding::error("wrong-type", format!("expected a mapping, found {}", spec.noun()));
            self.report(spec.at, problem.help("write what a spec file holds, such as `roles:`"));
        }
        for (key, _) in spec.entries() {
            let help = match key.as_str() {
                Some("parts") => "parts do not nest: write them side by side",
                Some("fragments") => "move it to the top of the file; fragments hold in every account",
                Some("version") => "take it out",
                _ => continue,
            };
            let message = format!("a part may not hold `{}`", key.as_str().unwrap_or_default());
            self.report(key.at, Finding::error("bad-part", message).help(help));
        }
    }

    /// Notes what a document declares, for accounts other than this one.
    fn note_elsewhere(&mut self, document: &Node) {
        for (section, kind) in SECTIONS {
            let entries = document.get(section).into_iter().flat_map(Node::entries);
            let names = entries.filter_map(|(key, _)| key.as_str()).map(|name| (kind, Name::new(name)));
            self.out.elsewhere.extend(names);
        }
    }

    /// What a use declares in other accounts. Its faults are those accounts' to report.
    fn elsewhere(&mut self, used: &At<UseSpec>) {
        let mut quiet = Problems::default();
        let out = Expanded::default();
        let mut other = Expander { loaded: self.loaded, context: self.context, scope: self.scope, problems: &mut quiet, out };
        other.uses(used);
        let made = other.out;
        for document in &made.documents {
            self.note_elsewhere(document);
        }
        self.out.used.extend(made.used);
    }

    fn uses(&mut self, used: &At<UseSpec>) {
        let name = match self.scope.text(&used.template) {
            Ok(name) => name,
            Err(problem) => {
                self.out.incomplete = true;
                return self.report(used.template.at, problem);
            }
        };
        let Some(template) = self.loaded.templates.get(&name) else {
            // A template that is there and broken has its own error.
            let built_in = template::BUILT_IN.iter().any(|(known, _)| *known == name);
            let (problem, near) = template::unknown(&name, &self.loaded.templates);
            if !built_in && (near || !self.loaded.broken_templates) {
                self.report(used.template.at, problem);
            }
            self.out.incomplete = true;
            return;
        };
        self.out.used.insert(name);
        let entry = self.loaded.texts.use_number(used.at).unwrap_or_default();
        let Some(each) = &used.each else {
            return self.instance(used, template, Via::new(entry, 0), None);
        };
        let Some(axes) = self.axes(used, &each.list) else {
            self.out.incomplete = true;
            return;
        };
        let count = axes.iter().fold(1usize, |count, (_, list)| count.saturating_mul(list.len()));
        if count > MOST_INSTANCES {
            self.out.incomplete = true;
            let message = format!("this creates {count} instances; the maximum is {MOST_INSTANCES}");
            return self.report(used.at, Finding::error("each-too-many", message).help("write several `use` entries"));
        }
        for number in 0..count {
            let mut rest = number;
            let mut values = Vars::new();
            let mut label = Vec::new();
            for (axis, list) in axes.iter().rev() {
                let Some(item) = list.get(rest % list.len()) else { continue };
                rest /= list.len();
                values.insert(axis.clone(), item.clone());
                label.push(format!("{axis}={}", item.as_str().unwrap_or_default().escape_debug()));
            }
            label.reverse();
            let via = Via::new(entry, number);
            self.problems.label(via, label.join(", "));
            self.instance(used, template, via, Some(&values));
            if self.problems.is_full() || self.scope.ledger.is_some_and(Ledger::is_spent) {
                self.out.incomplete = true;
                return;
            }
        }
    }

    /// The lists of an `each`, checked; `None` when there is nothing to make from them.
    fn axes(&mut self, used: &UseSpec, each: &[(At<String>, super::yaml::Raw)]) -> Option<Vec<(String, Vec<Node>)>> {
        let before = self.problems.count();
        let named: BTreeSet<&str> = used.name.as_ref().map(|name| names_in(name)).into_iter().flatten().collect();
        if each.is_empty() {
            let at = used.template.at;
            let problem = Finding::error("each-empty", "`each` names no list");
            self.report(at, problem.help("write `each: {NAME: [a, b]}`, or leave `each` out"));
        }
        let mut axes = Vec::new();
        for (axis, raw) in each {
            let good = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            if axis.is_empty() || !axis.bytes().all(good) {
                let problem = Finding::error("bad-name", format!("`{}` is not a name of a list", axis.escape_debug()));
                self.report(axis.at, problem.help("use letters, digits, `_` and `-`"));
            } else if !named.contains(format!("each.{}", axis.value).as_str()) {
                let message = format!("`name` does not use `${{each.{}}}`, so several instances would have one name", axis.value);
                let mut problem = Finding::error("each-name", message)
                    .help(format!("write it into `name:`, as in `name: \"x-${{each.{}}}\"`", axis.value));
                let at = used.name.as_ref().map_or(axis.at, |name| name.at);
                if used.name.is_some() {
                    problem = problem.related("the list", self.loaded.place(axis.at));
                }
                self.report(at, problem);
            }
            let mut found = Vec::new();
            let value = self.scope.put_in(&raw.0, &mut found);
            if !found.is_empty() {
                self.report_variables(found);
                continue;
            }
            let Kind::Seq(items) = value.kind else {
                let problem = Finding::error("wrong-type", format!("`{}` is {}, not a list of texts", axis.value, value.noun()));
                self.report(axis.at, problem.help("write a list: `[a, b]`, or `${var.NAME}` of a list"));
                continue;
            };
            if items.is_empty() {
                let message =
                    format!("the list `{}` is empty, so nothing would be made, and what was made is deleted", axis.value);
                let help = "give it an item; to delete all instances, take the `use` entry out";
                self.report(axis.at, Finding::error("each-empty", message).help(help));
            }
            let mut seen: BTreeMap<&str, Pos> = BTreeMap::new();
            for item in &items {
                let Some(text) = item.as_str() else {
                    let problem = Finding::error("wrong-type", format!("expected text, found {}", item.noun()));
                    self.report(item.at, problem.help("the items of a list under `each` are texts"));
                    continue;
                };
                if let Some(first) = seen.insert(text, item.at) {
                    let message = format!("`{}` is twice in the list `{}`", text.escape_debug(), axis.value);
                    let problem = Finding::error("duplicate-entry", message).help("keep one of the two");
                    let first = self.loaded.place(first);
                    self.report(item.at, problem.related("first here", first));
                }
            }
            axes.push((axis.value.clone(), items.clone()));
        }
        (self.problems.count() == before).then_some(axes)
    }

    /// One instance; faults of the entry name the combination that they are for.
    fn instance(&mut self, used: &At<UseSpec>, template: &Template, via: Via, each: Option<&Vars>) {
        // Values of one combination belong to it, though they stand in the spec file.
        let of = if each.is_some() { via } else { Via::NONE };
        let scope = Scope { each, is_with: true, via: of, ..self.scope };
        let mut found = Vec::new();
        let name = match &used.name {
            None => At { at: used.at, value: template.default_name() },
            Some(name) => match scope.text(name) {
                Ok(text) => At { at: name.at, value: text },
                Err(problem) => {
                    found.push((name.at, problem));
                    name.clone()
                }
            },
        };
        let values: Vec<GivenValue> =
            used.values.list.iter().map(|(key, raw)| (key.clone(), scope.put_in(&raw.0, &mut found))).collect();
        let key = (template.template.value.clone(), Name::new(name.value.clone()));
        if let (Some((first, first_via)), true) = (self.out.instances.get(&key), found.is_empty()) {
            let message = format!("template `{}` is used twice under the name `{}`", key.0.escape_debug(), key.1);
            let first_label = self.problems.label_of(*first_via).map(|label| format!(" for {label}")).unwrap_or_default();
            let problem = Finding::error("duplicate-name", message)
                .help("give this use another `name:`, or take it out")
                .related(format!("first used here{first_label}"), self.loaded.place(*first));
            return self.problems.of_instance(&self.loaded.texts, used.at, via, problem);
        }
        let made = if found.is_empty() {
            let instance = Instance { at: used.at, name, values: &values };
            let inside = Scope { via, ..self.scope };
            template.parameters_of(&instance, inside).map(|params| self.made(template, &params, via))
        } else {
            Err(found)
        };
        match made {
            Ok((spec, found)) => {
                self.out.instances.insert(key, (used.at, via));
                let whole = found.is_empty();
                self.report_variables(found);
                // A spec with faults is read all the same, for its other faults.
                self.out.incomplete |= !whole;
                self.out.documents.push(spec);
            }
            Err(found) => {
                self.out.incomplete = true;
                for (at, problem) in found {
                    self.problems.of_instance(&self.loaded.texts, at, via, problem);
                }
            }
        }
    }

    /// What a template makes: its spec with the parts that are there.
    fn made(&mut self, template: &Template, params: &Vars, via: Via) -> (Node, Vec<(Pos, Finding)>) {
        let scope = Scope { params: Some(params), via, ..self.scope };
        let mut problems = Vec::new();
        let spec = scope.put_in(&template.spec.0, &mut problems);
        let mut added = Vec::new();
        for part in &template.parts.0 {
            if part.when.as_ref().is_some_and(|when| !params.get(&when.value).is_some_and(is_something)) {
                continue;
            }
            let accounts = part.accounts.as_ref().map(|list| {
                let texts = list.0.iter().map(|text| match scope.text(text) {
                    Ok(value) => At { at: text.at, value },
                    Err(problem) => {
                        problems.push((Pos { via, ..text.at }, problem));
                        text.clone()
                    }
                });
                Items(texts.collect())
            });
            for (at, problem) in unknown_accounts(accounts.as_ref(), self.context) {
                self.report(Pos { via, ..at }, problem);
            }
            if !self.is_here(accounts.as_ref()) {
                let added = scope.put_in(&part.spec.0, &mut Vec::new());
                self.note_elsewhere(&added);
                continue;
            }
            added.push(scope.put_in(&part.spec.0, &mut problems));
        }
        (self.merged(spec, added), problems)
    }

    /// A spec with its parts; conflicts are reported.
    fn merged(&mut self, spec: Node, parts: Vec<Node>) -> Node {
        let mut conflicts = Vec::new();
        let spec = parts::merged(spec, parts, &self.loaded.texts, &mut conflicts);
        for (at, problem) in conflicts {
            self.report(at, problem);
        }
        spec
    }
}
