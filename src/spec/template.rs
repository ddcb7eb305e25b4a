//! Templates (contract 4): a spec fragment with typed parameters.
//!
//! A template is one YAML document in a `templates` folder of the specs:
//!
//! ```yaml
//! version: 1
//! template: team/worker             # what `use: [{template: …}]` names; shadows a built-in one of the same name
//! description: A role for a worker
//! parameters:
//!   name:       {type: string, default: Worker}         # always there; its default is the instance's name
//!   s3_buckets: {type: s3_buckets, default: "*", description: Buckets it may read}
//!   tier:       {type: string, enum: [small, large], default: small}
//!   extra:      {type: list, default: []}
//! spec:                             # any keys of a spec file but `version` and `use`
//!   roles:
//!     ${param.name}: {…}
//! ```
//!
//! `${param.NAME}` stands for a parameter, and every variable of specs may be used too. A parameter without a default must
//! be given. Types: `string`; `list` (of texts; one text is a list of one); `s3_buckets` (names, given as the bucket ARN and
//! the ARN of its objects for each, in order; any `*` makes it the text `*`); `kms_keys` (ids, given as key ARNs of any region
//! of the own account; any `*` makes it the text `*`). `s3_buckets` and `kms_keys` default to `*`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::UseSpec;
use super::text::{Pos, Texts};
use super::vars::{Scope, Vars};
use super::yaml::{At, Decoder, Entries, Items, Kind, Node, Raw};
use crate::diag::{Diagnostic, did_you_mean, nearest};

/// The templates inside the binary, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("sagemaker/bedrock", include_str!("../../specs/templates/sagemaker/bedrock.yaml")),
    ("sagemaker/feature-store", include_str!("../../specs/templates/sagemaker/feature-store.yaml")),
    ("sagemaker/hyperpod", include_str!("../../specs/templates/sagemaker/hyperpod.yaml")),
    ("sagemaker/pipeline", include_str!("../../specs/templates/sagemaker/pipeline.yaml")),
    ("sagemaker/serving", include_str!("../../specs/templates/sagemaker/serving.yaml")),
    ("sagemaker/training", include_str!("../../specs/templates/sagemaker/training.yaml")),
    ("sagemaker/training-inline", include_str!("../../specs/templates/sagemaker/training-inline.yaml")),
];

/// A template file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a template: a mapping with the keys `template`, `parameters` and `spec`")]
#[schemars(rename = "Template")]
pub struct Template {
    /// Version of this format: 1.
    pub version: Option<At<u32>>,
    /// Its name, `folder/name`.
    pub template: At<String>,
    /// What it is for.
    pub description: Option<At<String>>,
    /// Parameters by name.
    #[serde(default)]
    pub parameters: Entries<At<Parameter>>,
    /// The fragment.
    pub spec: Raw,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a parameter: a mapping with the key `type`")]
pub struct Parameter {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// Its value when none is given.
    pub default: Option<Raw>,
    /// What it is for.
    pub description: Option<At<String>>,
    /// The only values it may have.
    #[serde(rename = "enum")]
    pub choices: Option<Items<At<String>>>,
}

/// The types of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", expecting = "a type: `string`, `list`, `s3_buckets` or `kms_keys`")]
pub enum ParameterType {
    /// One text.
    String,
    /// Several texts.
    List,
    /// Bucket names, given as bucket and object ARNs.
    S3Buckets,
    /// Key ids, given as key ARNs.
    KmsKeys,
}

impl Template {
    /// Reads a template from its document.
    pub fn read(node: &Node, texts: &Texts, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let is_spec =
            |(key, _): &(Node, Node)| key.as_str().is_some_and(|k| ["policies", "roles", "users", "groups", "use"].contains(&k));
        if node.get("template").is_none() && node.entries().iter().any(is_spec) {
            let problem = Diagnostic::error("bad-template", "this is a spec, and folders called `templates` hold templates")
                .help("move the file out of `templates`, or add `template: NAME` and put the rest under `spec:`");
            problems.push(texts.at(problem, node.at));
            return None;
        }
        let decoder = Decoder::default();
        let template: Option<Self> = decoder.read(node);
        let found = decoder.into_problems();
        let whole = found.is_empty();
        problems.extend(
            found.into_iter().map(|p| texts.at(Diagnostic { help: p.help, ..Diagnostic::error(p.code, p.message) }, p.at)),
        );
        let template = template?;
        for word in ["use", "version"] {
            if let Some((key, _)) = template.spec.0.entries().iter().find(|(k, _)| k.as_str() == Some(word)) {
                let problem =
                    Diagnostic::error("bad-template", format!("a template's `spec` may not hold `{word}`")).help("take it out");
                problems.push(texts.at(problem, key.at));
            }
        }
        template.spec.0.walk(&mut |node| {
            if let Some(key) = node.as_str().filter(|k| super::FILE_KEYS.contains(k)) {
                let problem = Diagnostic::error("bad-template", format!("a template may not use `{key}`"))
                    .help("write the document into the template");
                problems.push(texts.at(problem, node.at));
            }
        });
        whole.then_some(template)
    }

    /// Name of the instances that have none of their own.
    pub fn default_name(&self) -> String {
        let given = self.parameters.list.iter().find(|(name, _)| name.value == "name").and_then(|(_, p)| p.default.as_ref());
        let last = self.template.rsplit('/').next().unwrap_or_default();
        given.and_then(|raw| raw.0.as_str()).unwrap_or(last).to_owned()
    }

    /// The fragment with its parameters and variables put in; every value stands where it is used.
    ///
    /// # Errors
    /// Faults of the values given, placed there; faults of the template's own words, placed in the template.
    pub fn instance(&self, used: &At<UseSpec>, scope: Scope<'_>) -> Result<Instance, Vec<(Pos, Diagnostic)>> {
        let mut problems = Vec::new();
        let mut params = Vars::new();
        let name = instance_name(used, self);
        params.insert("name".to_owned(), Node::text(used.at, &name));
        let known = || self.parameters.list.iter().map(|(name, _)| name.value.as_str()).filter(|n| *n != "name");
        for (key, _) in &used.values.list {
            if known().any(|n| n == key.value) {
                continue;
            }
            let problem = Diagnostic::error(
                "unknown-parameter",
                format!("template `{}` has no parameter `{}`", self.template.value, key.escape_debug()),
            );
            let help = if key.value == "name" {
                "`name` stands beside `template`, not under `with`".to_owned()
            } else {
                did_you_mean(key, known())
                    .unwrap_or_else(|| format!("it has {}", known().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")))
            };
            problems.push((key.at, problem.help(help)));
        }
        for (name, parameter) in self.parameters.list.iter().filter(|(n, _)| n.value != "name") {
            let given =
                used.values.list.iter().find(|(key, _)| key.value == name.value).map(|(key, raw)| (key.at, raw.0.clone()));
            match self.value(name, parameter, given, used.at, scope) {
                Ok(value) => {
                    params.insert(name.value.clone(), value);
                }
                // A misspelt parameter is not missing as well.
                Err((_, problem)) if problem.code == "missing-parameter" && misspelt(used, name, known()) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let in_template = Scope { params: Some(&params), ..scope }.put_in(&self.spec.0, &mut problems);
        if problems.is_empty() { Ok(Instance { made: in_template.placed(used.at), in_template }) } else { Err(problems) }
    }

    fn value(
        &self,
        name: &str,
        parameter: &Parameter,
        given: Option<(Pos, Node)>,
        at: Pos,
        scope: Scope<'_>,
    ) -> Result<Node, (Pos, Diagnostic)> {
        let open = matches!(parameter.kind, ParameterType::S3Buckets | ParameterType::KmsKeys);
        let fallback = || match &parameter.default {
            Some(default) => {
                // The template's own words may use variables; what a user gave has had them put in already.
                let mut problems = Vec::new();
                let value = scope.put_in(&default.0.placed(at), &mut problems);
                problems.pop().map_or(Some(Ok(value)), |problem| Some(Err(problem)))
            }
            None => open.then(|| Ok(Node::text(at, "*"))),
        };
        let (at, value) = match given {
            Some(given) => given,
            None => match fallback() {
                Some(value) => (at, value?),
                None => {
                    let problem = Diagnostic::error(
                        "missing-parameter",
                        format!("template `{}` needs the parameter `{name}`", self.template.value),
                    );
                    return Err((at, problem.help(format!("add `with: {{{name}: …}}`"))));
                }
            },
        };
        let wrong = |expected: &str, found: &str| {
            let message = format!("the parameter `{name}` is {expected}, not {found}");
            let help = match parameter.kind {
                ParameterType::String => "write one text",
                ParameterType::List => "write a list of texts, as in `[a, b]`",
                ParameterType::S3Buckets => "write names of buckets, as in `[my-bucket]`, or `*` for all",
                ParameterType::KmsKeys => "write ids of keys, as in `[\"1234abcd-12ab-34cd-56ef-1234567890ab\"]`, or `*` for all",
            };
            (at, Diagnostic::error("wrong-type", message).help(help))
        };
        let texts: Vec<&str> = match &value.kind {
            Kind::Scalar(text, _) => vec![text],
            Kind::Seq(items) => {
                let texts: Option<Vec<&str>> = items.iter().map(Node::as_str).collect();
                texts.ok_or_else(|| wrong("a list of texts", "a list of other values"))?
            }
            _ => return Err(wrong("text or a list", value.noun())),
        };
        if let Some(choices) = &parameter.choices {
            let known = || choices.0.iter().map(|c| c.value.as_str());
            if let Some(bad) = texts.iter().find(|t| !known().any(|c| c == **t)) {
                let help = did_you_mean(bad, known()).unwrap_or_else(|| {
                    format!("write one of {}", known().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
                });
                return Err((
                    at,
                    Diagnostic::error("unknown-value", format!("`{name}` cannot be `{}`", bad.escape_debug())).help(help),
                ));
            }
        }
        let list = |texts: Vec<String>| Node { at, kind: Kind::Seq(texts.iter().map(|t| Node::text(at, t)).collect()) };
        let built_in = |name: &str| scope.built_in.get(name).map_or("", String::as_str);
        let partition = built_in("partition");
        if open && texts.is_empty() {
            return Err(wrong("a list of at least one name, or `*`", "an empty list"));
        }
        Ok(match parameter.kind {
            ParameterType::String => match value.kind {
                Kind::Scalar(..) => value,
                _ => return Err(wrong("text", "a list")),
            },
            ParameterType::List => list(texts.into_iter().map(str::to_owned).collect()),
            _ if texts.contains(&"*") => Node::text(at, "*"),
            ParameterType::S3Buckets => {
                let both = |b: &&str| [format!("arn:{partition}:s3:::{b}"), format!("arn:{partition}:s3:::{b}/*")];
                list(texts.iter().flat_map(both).collect())
            }
            ParameterType::KmsKeys => {
                let account = built_in("account_id");
                list(texts.iter().map(|k| format!("arn:{partition}:kms:*:{account}:key/{k}")).collect())
            }
        })
    }
}

/// What a template makes.
#[derive(Clone, Debug)]
pub struct Instance {
    /// All of it standing where the template is used.
    pub made: Node,
    /// The same, standing where the template has it: for faults of the template itself.
    pub in_template: Node,
}

/// Whether some given parameter that the template does not have is meant for this one.
fn misspelt<'a>(used: &UseSpec, name: &str, known: impl Iterator<Item = &'a str>) -> bool {
    let known: Vec<&str> = known.collect();
    let mut unknown = used.values.list.iter().map(|(key, _)| key.value.as_str()).filter(|key| !known.contains(key));
    unknown.any(|key| nearest(key, known.iter().copied()) == Some(name))
}

/// The name of an instance.
pub fn instance_name(used: &UseSpec, template: &Template) -> String {
    used.name.as_ref().map_or_else(|| template.default_name(), |n| n.value.clone())
}

/// Templates by name.
pub type Templates = BTreeMap<String, Template>;

/// The error for a name that no template has.
pub fn unknown(name: &str, templates: &Templates) -> (Diagnostic, bool) {
    let known: Vec<&str> = templates.keys().map(String::as_str).chain(BUILT_IN.iter().map(|(n, _)| *n)).collect();
    let listed = || format!("known ones are {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "));
    let near = did_you_mean(name, known.iter().copied());
    let is_near = near.is_some();
    let problem = Diagnostic::error("unknown-template", format!("unknown template `{}`", name.escape_debug()));
    (problem.help(near.unwrap_or_else(listed)), is_near)
}
