//! Reading all files once; [`super::resolve()`] then gives them meaning for each account.

use std::collections::BTreeMap;

use super::mistakes;
use super::source::Sources;
use super::template::{BUILT_IN, ParameterType, Template, Templates};
use super::text::{Pos, Text, Texts};
use super::yaml::{self, Kind, Node, Plain};
use crate::diag::{Diagnostic, Place, Severity};

/// Keys whose value names a file.
pub const FILE_KEYS: [&str; 3] = ["document_file", "trust_document_file", "metadata_file"];

/// The sections of a spec whose names are looked for when a key is misspelt.
const SECTIONS: [&str; 10] = [
    "policies",
    "roles",
    "users",
    "groups",
    "service_linked_roles",
    "oidc_providers",
    "saml_providers",
    "use",
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
    pub problems: Vec<Diagnostic>,
}

impl Loaded {
    /// Where a point is.
    pub fn place(&self, pos: Pos) -> Place {
        self.texts.place(pos)
    }

    /// Of the use of a template at a place: the template, and those of its parameters that name buckets (`true`) or keys and
    /// were left open. What a template makes stands at its use.
    pub fn open_parameters(&self, place: &Place) -> Vec<(String, String, bool)> {
        let uses = self.documents.iter().filter_map(|d| d.get("use")).flat_map(Node::items);
        let mut found = Vec::new();
        for used in uses.filter(|u| self.texts.place(u.at) == *place) {
            let Some(template) = used.get("template").and_then(Node::as_str).and_then(|name| self.templates.get(name)) else {
                continue;
            };
            for (name, parameter) in &template.parameters.list {
                let buckets = match parameter.kind {
                    ParameterType::S3Buckets => true,
                    ParameterType::KmsKeys => false,
                    ParameterType::String | ParameterType::List => continue,
                };
                let given = used.get("with").and_then(|with| with.get(&name.value));
                let star = |node: &Node| node.as_str() == Some("*") || node.items().iter().any(|i| i.as_str() == Some("*"));
                if given.is_none_or(star) {
                    found.push((template.template.value.clone(), name.value.clone(), buckets));
                }
            }
        }
        found
    }

    /// Whether every file could be read and parsed to its end.
    pub fn is_whole(&self) -> bool {
        // These faults cost nothing of what is declared.
        let harmless = ["bad-file", "unquoted-account-id", "merge-key"];
        self.problems.iter().all(|p| p.severity < Severity::Error || harmless.contains(&p.code))
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
            loaded.problems.push(loaded.texts.at(problem, Pos { file, offset }));
            continue;
        }
        for mut document in yaml::parse(&loaded.texts, file, &mut budget, &mut loaded.problems) {
            if let Some(problem) = mistakes::pasted(&document) {
                loaded.problems.push(loaded.texts.at(problem, document.at));
                continue;
            }
            let respelt = mistakes::respelt(&mut document, &SECTIONS);
            let respelt: Vec<_> = respelt.into_iter().map(|(at, problem)| loaded.texts.at(problem, at)).collect();
            loaded.problems.extend(respelt);
            loaded.check_numbers(&document);
            loaded.read_beside(&document, &sources, &mut budget);
            loaded.documents.push(document);
        }
    }
    for text in std::mem::take(&mut sources.templates) {
        loaded.add_template(text, &mut budget);
    }
    loaded.add_built_in(&mut budget);
    loaded
}

impl Loaded {
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
            let problem = Diagnostic::error("unquoted-account-id", format!("the account id {text} is written as a number"))
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
                let problem = Diagnostic::error("bad-file", "a file's name cannot hold variables").help("write the name out");
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
            let problem = Diagnostic::error("bad-file", format!("`{}` does not hold one policy document", name.escape_debug()))
                .help("one file holds one document, in JSON or YAML");
            self.problems.push(self.texts.at(problem, from));
        }
    }

    fn add_template(&mut self, text: Text, budget: &mut usize) {
        let before = self.problems.len();
        self.read_template(text, budget);
        self.broken_templates |= self.problems.len() > before;
    }

    fn read_template(&mut self, text: Text, budget: &mut usize) {
        let file = self.texts.add(text);
        for document in yaml::parse(&self.texts, file, budget, &mut self.problems) {
            self.check_numbers(&document);
            let Some(template) = Template::read(&document, &self.texts, &mut self.problems) else { continue };
            let name = template.template.value.clone();
            if let Some(first) = self.templates.get(&name) {
                let problem = Diagnostic::error("duplicate-name", format!("template `{}` is defined twice", name.escape_debug()))
                    .help("keep one of the two")
                    .related("first defined here", self.texts.place(first.template.at));
                self.problems.push(self.texts.at(problem, template.template.at));
                continue;
            }
            self.templates.insert(name, template);
        }
    }

    /// Adds those built-in templates that are used and that the project does not define itself.
    fn add_built_in(&mut self, budget: &mut usize) {
        let uses = self.documents.iter().filter_map(|d| d.get("use")).flat_map(Node::items).filter_map(|u| u.get("template"));
        let names: std::collections::BTreeSet<String> = uses.filter_map(Node::as_str).map(str::to_owned).collect();
        for (name, text) in BUILT_IN {
            if names.contains(*name) && !self.templates.contains_key(*name) {
                self.add_template(Text::new(format!("built-in:{name}.yaml"), *text), budget);
            }
        }
    }
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
