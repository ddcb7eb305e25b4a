//! Reading all files once; [`super::resolve()`] then gives them meaning for each account.

use std::collections::BTreeMap;

use super::source::Sources;
use super::template::{BUILT_IN, Template, Templates};
use super::text::{Pos, Text, Texts};
use super::vars::names_in;
use super::yaml::{self, Kind, Node, Plain};
use super::{misplaced, mistakes};
use crate::diag::{Finding, Place, Severity};

/// Keys whose value names a file.
pub const FILE_KEYS: [&str; 3] = ["document_file", "trust_document_file", "metadata_file"];

/// The sections of a spec whose names are looked for when a key is misspelt.
const SECTIONS: [&str; 12] = [
    "policies",
    "roles",
    "users",
    "groups",
    "service_linked_roles",
    "oidc_providers",
    "saml_providers",
    "use",
    "parts",
    "fragments",
    "release",
    "tests",
];

/// Most unquoted account ids reported of one document.
const MOST_NUMBERS: usize = 2000;

/// All files of a project, parsed.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The texts, for places and shown lines.
    pub texts: Texts,
    /// The spec documents of all files.
    pub(super) documents: Vec<Node>,
    /// The templates that may be used.
    pub(super) templates: Templates,
    /// Whether some template has errors; it is not among [`Self::templates`].
    pub(super) broken_templates: bool,
    /// The files that keys name: by the spec's file and the path written there.
    pub(super) beside: BTreeMap<(u32, String), u32>,
    /// Those of them that are policy documents.
    pub(super) parsed: BTreeMap<u32, Node>,
    /// What is wrong with the files themselves.
    pub problems: Vec<Finding>,
}

impl Loaded {
    /// Where a point is.
    pub fn place(&self, pos: Pos) -> Place {
        self.texts.place(pos)
    }

    /// The template of a name, of the project or built in.
    pub fn template(&self, name: &str) -> Option<&Template> {
        self.templates.get(name)
    }

    /// Of the use of a template at a place: the template, and those of its parameters that name buckets, keys or databases and
    /// were left open, each with the service. What a template makes stands at its use.
    pub fn open_parameters(&self, place: &Place) -> Vec<(String, String, &'static str)> {
        let mut found = Vec::new();
        let is_there = |used: &&Node| {
            let mut there = self.texts.place(used.at) == *place;
            if let Some(with) = used.get("with") {
                with.walk(&mut |node| there |= self.texts.place(node.at) == *place);
            }
            there
        };
        for used in self.documents.iter().flat_map(uses).filter(is_there) {
            let Some(template) = used.get("template").and_then(Node::as_str).and_then(|name| self.templates.get(name)) else {
                continue;
            };
            for (name, parameter) in &template.parameters.list {
                let Some((service, _)) = parameter.kind.scope() else { continue };
                let given = used.get("with").and_then(|with| with.get(&name.value));
                let value = given.or(parameter.default.as_ref().map(|default| &default.0));
                let star = |node: &Node| node.as_str() == Some("*") || node.items().iter().any(|i| i.as_str() == Some("*"));
                if value.is_some_and(star) {
                    found.push((template.template.value.clone(), name.value.clone(), service));
                }
            }
        }
        found
    }

    /// Whether every file could be read and parsed to its end.
    pub fn is_whole(&self) -> bool {
        // These faults cost nothing of what is declared.
        let harmless = ["bad-file", "unquoted-account-id", "merge-key"];
        self.problems.iter().all(|p| p.severity < Severity::Error || harmless.contains(&p.code.as_str()))
    }

    /// Whether there is any spec document at all.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }
}

/// Parses everything. Never fails as a whole: problems are kept and reported together with those of [`super::resolve()`].
pub fn load(mut sources: Sources) -> Loaded {
    let mut loaded = Loaded { problems: std::mem::take(&mut sources.problems), ..Loaded::default() };
    let mut budget = yaml::MAX_NODES;
    let texts = std::mem::take(&mut sources.specs);
    let files: Vec<u32> = texts.into_iter().map(|text| loaded.texts.add(text)).collect();
    for file in files {
        if let Some((offset, problem)) = loaded.texts.get(file).and_then(|text| mistakes::pasted_text(&text.text)) {
            loaded.problems.push(loaded.texts.at(problem, Pos { file, offset, ..Pos::default() }));
            continue;
        }
        for mut document in yaml::parse(&loaded.texts, file, &mut budget, &mut loaded.problems) {
            if let Some(problem) = mistakes::pasted(&document) {
                loaded.problems.push(loaded.texts.at(problem, document.at));
                continue;
            }
            let mut respelt = mistakes::respelt(&mut document, &SECTIONS);
            respelt.extend(misplaced::put_right(&mut document, &SECTIONS));
            let respelt: Vec<_> = respelt.into_iter().map(|(at, problem)| loaded.texts.at(problem, at)).collect();
            loaded.problems.extend(respelt);
            loaded.check_numbers(&document);
            for spec in std::iter::once(&document).chain(part_specs(&document)) {
                loaded.read_beside(spec, &sources, &mut budget);
            }
            for used in uses(&document) {
                loaded.texts.add_use(used.at);
            }
            loaded.documents.push(document);
        }
    }
    for text in std::mem::take(&mut sources.templates) {
        loaded.add_template(text, &mut budget);
    }
    loaded.add_built_in(&mut budget);
    loaded.note_denies();
    loaded
}

/// The specs of the parts of a document.
fn part_specs(document: &Node) -> impl Iterator<Item = &Node> {
    document.get("parts").into_iter().flat_map(Node::items).filter_map(|part| part.get("spec"))
}

/// The places of all words `Deny` that are the effect of a statement.
fn denies(node: &Node, found: &mut Vec<Pos>) {
    node.walk(&mut |node| {
        let effects = node.entries().iter().filter(|(key, _)| matches!(key.as_str(), Some("Effect" | "effect")));
        found.extend(effects.filter(|(_, value)| value.as_str() == Some("Deny")).map(|(_, value)| value.at));
    });
}

impl Loaded {
    /// A Deny that stands in a part is gone where the part is not there; a reviewer should know.
    fn note_denies(&mut self) {
        let fragments: BTreeMap<String, bool> = self
            .documents
            .iter()
            .filter_map(|document| document.get("fragments"))
            .flat_map(Node::entries)
            .map(|(key, value)| {
                let mut found = Vec::new();
                denies(value, &mut found);
                (format!("fragment.{}", key.as_str().unwrap_or_default()), !found.is_empty())
            })
            .collect();
        let of_templates = self.templates.values().flat_map(|template| &template.parts.0).map(|part| &part.spec.0);
        let mut found = Vec::new();
        for spec in self.documents.iter().flat_map(part_specs).chain(of_templates) {
            denies(spec, &mut found);
            spec.walk(&mut |node| {
                let names = node.as_str().map(names_in).unwrap_or_default();
                found.extend(names.iter().any(|name| fragments.get(*name) == Some(&true)).then_some(node.at));
            });
        }
        for at in found {
            let note = Finding {
                severity: Severity::Note,
                ..Finding::error("deny-in-part", "this Deny is in a part, and is missing where the part is not added")
            };
            self.problems.push(self.texts.at(note.help("if it must always hold, move it out of the part"), at));
        }
    }

    /// Unquoted account ids are numbers to YAML, and numbers lose leading zeros in other hands.
    fn check_numbers(&mut self, node: &Node) {
        let mut found = Vec::new();
        node.walk(&mut |node| {
            if let Kind::Scalar(text, Plain::Number | Plain::Text) = &node.kind
                && text.len() == 12
                && text.bytes().all(|b| b.is_ascii_digit())
                && found.len() < MOST_NUMBERS
            {
                found.push((node.at, text.clone()));
            }
        });
        for (at, text) in found {
            let problem = Finding::error("unquoted-account-id", format!("the account id {text} is written as a number"))
                .help(format!("put it in quotes: \"{text}\""));
            self.problems.push(self.texts.at(problem, at));
        }
    }

    /// Reads what `*_file` keys name. Documents of IAM's grammar may hold any key, so only keys outside of them count.
    fn read_beside(&mut self, document: &Node, sources: &Sources, budget: &mut usize) {
        for (named, key) in file_references(document) {
            let Some(path) = named.as_str() else { continue };
            if self.beside.contains_key(&(named.at.file, path.to_owned())) {
                continue;
            }
            if path.contains("${") {
                let problem = Finding::error("bad-file", "a file's name cannot hold variables").help("write the name out");
                self.problems.push(self.texts.at(problem, named.at));
                continue;
            }
            let spec = self.texts.get(named.at.file).map(|t| t.name.clone()).unwrap_or_default();
            let text = match sources.beside(&spec, path) {
                Ok(text) => text,
                Err(problem) => {
                    // A place in the named file says more than where it is named.
                    let problem = if problem.at.is_some() { problem } else { self.texts.at(problem, named.at) };
                    self.problems.push(problem);
                    continue;
                }
            };
            let file = self.texts.add(text);
            self.beside.insert((named.at.file, path.to_owned()), file);
            if key != "metadata_file" && !self.parsed.contains_key(&file) {
                self.parse_beside(file, named.at, budget);
            }
        }
    }

    fn parse_beside(&mut self, file: u32, from: Pos, budget: &mut usize) {
        let before = self.problems.len();
        let mut documents = yaml::parse(&self.texts, file, budget, &mut self.problems);
        if let (1, Some(document)) = (documents.len(), documents.pop()) {
            self.check_numbers(&document);
            self.parsed.insert(file, document);
        } else if self.problems.len() == before {
            let name = self.texts.get(file).map(|t| t.name.clone()).unwrap_or_default();
            let problem = Finding::error("bad-file", format!("`{}` does not hold one policy document", name.escape_debug()))
                .help("one file holds one document, in JSON or YAML");
            self.problems.push(self.texts.at(problem, from));
        }
    }

    fn add_template(&mut self, text: Text, budget: &mut usize) {
        let before = self.problems.len();
        self.read_template(text, budget);
        let new = self.problems.get(before..).unwrap_or_default();
        self.broken_templates |= new.iter().any(|problem| problem.severity == Severity::Error);
    }

    fn read_template(&mut self, text: Text, budget: &mut usize) {
        let file = self.texts.add(text);
        for document in yaml::parse(&self.texts, file, budget, &mut self.problems) {
            self.check_numbers(&document);
            let Some(template) = Template::read(&document, &self.texts, &mut self.problems) else { continue };
            let name = template.template.value.clone();
            if let Some(first) = self.templates.get(&name) {
                let problem = Finding::error("duplicate-name", format!("template `{}` is defined twice", name.escape_debug()))
                    .help("keep one of the two")
                    .related("first defined here", self.texts.place(first.template.at));
                self.problems.push(self.texts.at(problem, template.template.at));
                continue;
            }
            self.texts.add_template(document.at, &name);
            self.templates.insert(name, template);
        }
    }

    /// Adds those built-in templates that are used and that the project does not define itself.
    fn add_built_in(&mut self, budget: &mut usize) {
        let uses = self.documents.iter().flat_map(uses).filter_map(|u| u.get("template"));
        let names: std::collections::BTreeSet<String> = uses.filter_map(Node::as_str).map(str::to_owned).collect();
        for (name, text) in BUILT_IN {
            if names.contains(*name) && !self.templates.contains_key(*name) {
                self.add_template(Text::new(format!("{}{name}.yaml", super::text::BUILT_IN), *text), budget);
            }
        }
    }
}

/// The entries under `use` of a document, those of its parts included.
fn uses(document: &Node) -> impl Iterator<Item = &Node> {
    std::iter::once(document).chain(part_specs(document)).filter_map(|spec| spec.get("use")).flat_map(Node::items)
}

/// The values of file keys with their keys: of policies, roles, SAML providers, and inline policies.
fn file_references(document: &Node) -> Vec<(&Node, &str)> {
    let mut found = Vec::new();
    for (kind, entities) in document.entries() {
        let keys: &[&str] = match kind.as_str() {
            Some("policies") => &["document_file"],
            Some("roles") => &["trust_document_file"],
            Some("saml_providers") => &["metadata_file"],
            Some("users" | "groups") => &[],
            _ => continue,
        };
        for (_, entity) in entities.entries() {
            found.extend(keys.iter().filter_map(|key| Some((entity.get(key)?, *key))));
            let inline = entity.get("inline_policies").into_iter().flat_map(Node::entries);
            found.extend(inline.filter_map(|(_, policy)| Some((policy.get("document_file")?, "document_file"))));
        }
    }
    found
}

#[cfg(test)]
pub(super) fn load_memory(files: &[(&str, &str)]) -> Loaded {
    load(Sources::from_memory(files.iter().copied()))
}
