//! Policy documents: from nodes to JSON, checked, every fault with its place.

use std::collections::BTreeMap;

use super::context::{DocumentPart, locate_node};
use super::env::Env;
use crate::diag::{Finding, Place};
use crate::model::InlinePolicies;
use crate::names::{Address, is_inline_policy_name};
use crate::policy::{Document, DocumentKind, GrammarContext, check};
use crate::spec::shape::{PolicySpec, RoleSpec};
use crate::spec::text::Pos;
use crate::spec::trust::{self, TrustScope, in_partition_all};
use crate::spec::vars::Scope;
use crate::spec::yaml::{At, Entries, Kind, Node, Raw};

impl Env<'_> {
    /// One document: variables are in already, except in documents from files.
    fn document(&mut self, key: (Address, DocumentPart), kind: DocumentKind, node: Node) -> (Document, Place) {
        let document = Document::new(in_partition_all(&node.to_json(), &self.context.partition));
        // What a merge key would have brought in is missing; the key has its own error.
        if self.loaded.problems.iter().all(|p| p.code != "merge-key") {
            let named = match &key.1 {
                DocumentPart::Document => format!("policy `{}`", key.0.name),
                DocumentPart::Trust => format!("the trust of `{}`", key.0),
                DocumentPart::Inline(name) => format!("inline policy `{}`", name.escape_debug()),
            };
            let partition = GrammarContext { partition: Some(&self.context.partition) };
            for fault in check(&document, kind, partition) {
                let (at, found) = locate_node(&node, &fault.path);
                // What a variable with an error would have been is not known.
                if !found.is_some_and(|found| self.has_bad_variable(found)) {
                    let mut problem = in_own_words(fault.into());
                    // A template's line stands for many documents.
                    if self.loaded.texts.template_of(at).is_some() {
                        problem.message = format!("{}, in {named}", problem.message);
                    }
                    self.report(at, problem);
                }
            }
        }
        let place = self.place(node.at);
        self.documents.insert(key, node);
        (document, place)
    }

    /// The document in the file that a key names, variables put in.
    fn document_in_file(&mut self, named: &At<String>, scope: Scope<'_>) -> Option<Node> {
        let file = self.loaded.beside.get(&(named.at.file, named.value.clone()))?;
        let node = self.loaded.parsed.get(file)?;
        let mut problems = Vec::new();
        let node = scope.put_in(node, &mut problems);
        self.note_bad_variables(problems.iter().map(|(at, _)| *at));
        for (at, problem) in problems {
            self.report(at, problem);
        }
        Some(node)
    }

    /// Exactly one of a document and a file.
    pub fn one_document(
        &mut self,
        key: (Address, DocumentPart),
        at: Pos,
        policy: &At<PolicySpec>,
        scope: Scope<'_>,
    ) -> Option<(Document, Place)> {
        let node = match (policy.document.as_ref(), policy.document_file.as_ref()) {
            (Some(raw), None) => Some(raw.0.clone()),
            (None, Some(file)) => self.document_in_file(file, scope),
            (Some(_), Some(file)) => {
                let problem = Finding::error("bad-document", "a policy has either `document` or `document_file`")
                    .help("keep one of the two");
                self.report(file.at, problem);
                None
            }
            (None, None) if self.is_told(policy.at, &["document", "document_file"]) => None,
            (None, None) => {
                let problem = Finding::error("missing-key", format!("policy `{}` has no document", key.0.name))
                    .help("add `document:` or `document_file:`");
                self.report(at, problem);
                None
            }
        }?;
        Some(self.document(key, DocumentKind::Identity, node))
    }

    /// The inline policies of an entity with their places.
    pub fn inline(
        &mut self,
        address: &Address,
        entries: &Entries<Raw>,
        scope: Scope<'_>,
    ) -> (InlinePolicies, BTreeMap<String, Place>) {
        let (mut policies, mut places) = (InlinePolicies::new(), BTreeMap::new());
        for (name, raw) in &entries.list {
            if !is_inline_policy_name(name) {
                let problem = Finding::error("bad-name", format!("`{}` is not a name of an inline policy", name.escape_debug()))
                    .help("use up to 128 letters, digits and `_+=,.@-`");
                self.report(name.at, problem);
            }
            let node = match raw.0.get("document_file") {
                None if raw.0.entries().len() == 1 && raw.0.get("document").is_some() => {
                    let problem = Finding::error("unknown-key", "an inline policy is the document itself")
                        .help("take `document:` out, and what it holds one step to the left");
                    self.report(raw.0.entries().first().map_or(raw.0.at, |(key, _)| key.at), problem);
                    None
                }
                None => Some(raw.0.clone()),
                Some(file) => {
                    if let Some((extra, _)) = raw.0.entries().iter().find(|(k, _)| k.as_str() != Some("document_file")) {
                        let problem = Finding::error("unknown-key", "nothing may be set beside `document_file`")
                            .help("write the document here, or name the file alone");
                        self.report(extra.at, problem);
                    }
                    let named = file.as_str().map(|text| At { at: file.at, value: text.to_owned() });
                    if named.is_none() {
                        let problem = Finding::error("wrong-type", format!("expected the name of a file, found {}", file.noun()));
                        self.report(file.at, problem.help("write it as in `document_file: documents/s3.json`"));
                    }
                    named.and_then(|named| self.document_in_file(&named, scope))
                }
            };
            let Some(node) = node else { continue };
            let key = (address.clone(), DocumentPart::Inline(name.value.clone()));
            let (document, _) = self.document(key, DocumentKind::Identity, node);
            policies.insert(name.value.clone(), document);
            places.insert(name.value.clone(), self.place(name.at));
        }
        (policies, places)
    }

    /// A role's trust: exactly one of the three ways to write it.
    pub fn trust(&mut self, address: &Address, at: Pos, role: &At<RoleSpec>, scope: Scope<'_>) -> Option<(Document, Place)> {
        let key = (address.clone(), DocumentPart::Trust);
        let ways = [role.trust.is_some(), role.trust_document.is_some(), role.trust_document_file.is_some()];
        match ways.iter().filter(|there| **there).count() {
            1 => {}
            0 if self.is_told(role.at, &["trust", "trust_document", "trust_document_file"]) => return None,
            0 => {
                let problem = Finding::error("missing-key", format!("role `{}` does not say who may assume it", address.name))
                    .help("add `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`");
                self.report(at, problem);
                return None;
            }
            _ => {
                let problem = Finding::error("bad-trust", format!("role `{}` has its trust written twice", address.name))
                    .help("keep one of `trust`, `trust_document` and `trust_document_file`");
                self.report(at, problem);
                return None;
            }
        }
        if let Some(raw) = &role.trust_document {
            return Some(self.document(key, DocumentKind::Trust, raw.0.clone()));
        }
        if let Some(file) = &role.trust_document_file {
            let node = self.document_in_file(file, scope)?;
            return Some(self.document(key, DocumentKind::Trust, node));
        }
        let entries = &role.trust.as_ref()?.0;
        if entries.is_empty() && self.is_told(role.at, &["trust"]) {
            return None;
        }
        if entries.is_empty() {
            let problem = Finding::error("bad-trust", format!("the trust of role `{}` is empty", address.name))
                .help("IAM rejects a role that nobody may assume; name a principal");
            self.report(at, problem);
            return None;
        }
        let mut statements = Vec::new();
        let mut whole = true;
        for entry in entries {
            let account = self.context.account_id.clone();
            let path_of = |kind, name: &str| self.path_of(kind, name);
            let (partition, region) = (&self.context.partition, &self.context.region);
            let scope = TrustScope {
                account: &account,
                partition,
                region,
                path_of: &path_of,
                accounts: self.context.accounts,
                is_request: false,
            };
            match trust::statement(entry, scope) {
                Ok(statement) => statements.push(from_json(&statement, entry.at)),
                Err(problems) => {
                    whole = false;
                    // An entry with a key of its own error names nobody because of that.
                    let told = self.is_faulty(entry.at);
                    for (at, problem) in problems.into_iter().filter(|(at, _)| !(told && *at == entry.at)) {
                        self.report(at, problem);
                    }
                }
            }
        }
        if !whole {
            return None;
        }
        let at = entries.first().map_or(at, |entry| entry.at);
        let member = |key: &str, value| (Node::text(at, key), value);
        let document = Node {
            at,
            kind: Kind::Map(vec![
                member("Version", Node::text(at, "2012-10-17")),
                member("Statement", Node { at, kind: Kind::Seq(statements) }),
            ]),
        };
        Some(self.document(key, DocumentKind::Trust, document))
    }
}

/// IAM's answer to most faults is `Syntax errors in policy.`; what exactly is wrong makes the better headline.
fn in_own_words(mut problem: Finding) -> Finding {
    if matches!(problem.code.as_str(), "policy-syntax" | "policy-operator" | "policy-legacy")
        && let Some(help) = problem.help.take()
    {
        let answer = format!("IAM refuses it: `{}`", problem.message);
        let cut = [help.find("; "), help.find(": ")].into_iter().flatten().min();
        (problem.message, problem.help) = match cut.and_then(|cut| Some((help.get(..cut)?, help.get(cut + 2..)?))) {
            Some((headline, next)) => (headline.to_owned(), Some(next.to_owned())),
            None => (help, Some(answer)),
        };
        return problem;
    }
    // IAM's other answers are sentences; a headline is not.
    let mut chars = problem.message.chars();
    if let Some(first) = chars.next()
        && chars.next().is_some_and(|c| c.is_ascii_lowercase() || c == ' ')
        && !problem.message.starts_with("AssumeRole")
    {
        problem.message.replace_range(..first.len_utf8(), &first.to_lowercase().to_string());
    }
    if problem.message.ends_with('.') && !problem.message.ends_with("etc.") {
        problem.message.pop();
    }
    problem
}

/// JSON as a node that stands at one place. Numbers and booleans keep their type.
fn from_json(value: &serde_json::Value, at: Pos) -> Node {
    use crate::spec::yaml::Plain;
    use serde_json::Value;
    let kind = match value {
        Value::Null => Kind::Null,
        Value::Bool(b) => Kind::Scalar(b.to_string().into(), Plain::Bool),
        Value::Number(n) => Kind::Scalar(n.to_string().into(), Plain::Number),
        Value::String(text) => Kind::Scalar(text.as_str().into(), Plain::Quoted),
        Value::Array(items) => Kind::Seq(items.iter().map(|v| from_json(v, at)).collect()),
        Value::Object(map) => Kind::Map(map.iter().map(|(k, v)| (Node::text(at, k), from_json(v, at))).collect()),
    };
    Node { at, kind }
}
