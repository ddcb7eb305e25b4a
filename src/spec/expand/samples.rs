//! Templates that nobody uses, made with sample values: so that their faults are found before somebody does.

use std::collections::{BTreeMap, BTreeSet};

use super::super::load::Loaded;
use super::super::template::{Template, sample};
use super::super::text::Pos;
use super::super::vars::{BUILT_IN, Scope, names_in};
use super::super::yaml::{Kind, Node};
use super::parts::merged;
use crate::diag::Finding;

/// What an unused template would make.
pub(in crate::spec) struct Sample {
    /// The document, all parts included.
    pub document: Node,
    /// Faults of its variables.
    pub problems: Vec<(Pos, Finding)>,
    /// Values that only a use knows; what they lead to is no fault of the template.
    pub unknown: BTreeSet<Pos>,
    /// Names of entities that only a use knows.
    pub unknown_names: BTreeSet<Pos>,
}

/// A sample of each template of the project that is not among `used`.
pub(in crate::spec) fn unused(loaded: &Loaded, scope: Scope<'_>, used: &BTreeSet<String>) -> Vec<Sample> {
    let unused = loaded.templates.iter().filter(|(name, template)| {
        let file = loaded.texts.get(template.template.at.file).map_or("", |text| text.name.as_str());
        !used.contains(*name) && !file.starts_with(crate::spec::text::BUILT_IN)
    });
    unused.map(|(_, template)| one(loaded, template, scope)).collect()
}

fn one(loaded: &Loaded, template: &Template, scope: Scope<'_>) -> Sample {
    let at = template.template.at;
    let specs = || std::iter::once(&template.spec.0).chain(template.parts.0.iter().map(|part| &part.spec.0));
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let defaults = template.parameters.list.iter().filter_map(|(_, parameter)| parameter.default.as_ref()).map(|raw| &raw.0);
    for node in specs().chain(defaults) {
        node.walk(&mut |node| names.extend(node.as_str().into_iter().flat_map(names_in)));
    }
    // What this account does not know, another one may.
    let mut built_in: BTreeMap<&'static str, String> = scope.built_in.clone();
    let (mut vars, mut fragments) = (scope.vars.clone(), scope.fragments.cloned().unwrap_or_default());
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    for name in &names {
        let missing = match name.split_once('.') {
            Some(("var", var)) if !vars.contains_key(var) => vars.insert(var.to_owned(), Node::text(at, "sample")).is_none(),
            Some(("fragment", fragment)) if !fragments.contains_key(fragment) => {
                fragments.insert(fragment.to_owned(), Node { at, kind: Kind::Seq(Vec::new()) }).is_none()
            }
            _ => match BUILT_IN.iter().find(|known| *known == name && !built_in.contains_key(*known)) {
                Some(known) => built_in.insert(known, "sample".to_owned()).is_none(),
                None => false,
            },
        };
        if missing {
            unknown.insert((*name).to_owned());
        }
    }
    let scope = Scope { built_in: &built_in, vars: &vars, fragments: Some(&fragments), ..scope };
    let (params, samples) = sample(template, at, scope);
    unknown.extend(samples.into_iter().map(|name| format!("param.{name}")));
    let scope = Scope { params: Some(&params), ..scope };
    let mut problems = Vec::new();
    let document = scope.put_in(&template.spec.0, &mut problems);
    let parts = template.parts.0.iter().map(|part| scope.put_in(&part.spec.0, &mut problems)).collect();
    // Parts that exclude each other are not both there in any real use.
    let document = merged(document, parts, &loaded.texts, &mut Vec::new());
    let mut sample = Sample { document, problems, unknown: BTreeSet::from([at]), unknown_names: BTreeSet::new() };
    let is_unknown = |node: &Node| node.as_str().is_some_and(|text| names_in(text).iter().any(|name| unknown.contains(*name)));
    for spec in specs() {
        sample.note(spec, "", &is_unknown);
    }
    sample
}

impl Sample {
    /// Whether something below is known only where the template is used.
    fn note(&mut self, node: &Node, under: &str, is_unknown: &dyn Fn(&Node) -> bool) -> bool {
        match &node.kind {
            Kind::Null => false,
            Kind::Scalar(..) => {
                let unknown = is_unknown(node);
                if unknown {
                    self.unknown.insert(node.at);
                }
                unknown
            }
            Kind::Seq(items) => {
                let mut any = false;
                for item in items {
                    let unknown = self.note(item, under, is_unknown);
                    // An entry of a trust or of a test is one thing; of a statement each element is judged on its own.
                    if unknown && under != "Statement" && matches!(item.kind, Kind::Map(_)) {
                        item.walk(&mut |node| self.unknown.extend([node.at]));
                    }
                    any |= unknown;
                }
                any
            }
            Kind::Map(entries) => {
                let mut any = false;
                for (key, value) in entries {
                    if is_unknown(key) {
                        self.unknown_names.insert(key.at);
                        any = true;
                    }
                    any |= self.note(value, key.as_str().unwrap_or_default(), is_unknown);
                }
                any
            }
        }
    }
}
