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
//! optional:                         # what `iamctl check` does not insist on
//!   vpc: {actions: ["ec2:*"], about: Jobs inside a VPC}
//! spec:                             # any keys of a spec file but `version`, `use`, `parts` and `fragments`
//!   roles:
//!     ${param.name}: {…}
//! parts:                            # what is added where a parameter says something
//!   - when: extra
//!     spec: {roles: {"${param.name}": {…}}}
//! ```
//!
//! `${param.NAME}` stands for a parameter, and every variable of specs may be used too. A parameter without a default must be given. `values`
//! has the types.

mod values;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use values::is_something;
pub use values::{GivenValue, Instance, sample};

use super::shape::PartSpec;
use super::text::Texts;
use super::vars::names_in;
use super::yaml::{At, Decoder, Entries, Items, Kind, Node, Raw};
use crate::diag::{Finding, did_you_mean};

/// The templates inside the binary, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("sagemaker/bedrock", include_str!("../../../specs/templates/sagemaker/bedrock.yaml")),
    ("sagemaker/feature-store", include_str!("../../../specs/templates/sagemaker/feature-store.yaml")),
    ("sagemaker/hyperpod", include_str!("../../../specs/templates/sagemaker/hyperpod.yaml")),
    ("sagemaker/model-eval", include_str!("../../../specs/templates/sagemaker/model-eval.yaml")),
    ("sagemaker/pipeline", include_str!("../../../specs/templates/sagemaker/pipeline.yaml")),
    ("sagemaker/serving", include_str!("../../../specs/templates/sagemaker/serving.yaml")),
    ("sagemaker/training", include_str!("../../../specs/templates/sagemaker/training.yaml")),
    ("sagemaker/training-inline", include_str!("../../../specs/templates/sagemaker/training-inline.yaml")),
];

/// What not every workload of a template needs: a role that lacks it is fit all the same (`iamctl check`).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the keys `actions` and `about`")]
pub struct Optional {
    /// The actions that it is about, patterns allowed.
    pub actions: Items<At<String>>,
    /// What it is for, as the end of "needed for …".
    pub about: Option<At<String>>,
    /// The parameter that makes it needed when it is given.
    pub required_with: Option<At<String>>,
}

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
    /// What `iamctl check` does not insist on, by a name of its own.
    #[serde(default)]
    pub optional: Entries<At<Optional>>,
    /// The fragment.
    #[schemars(with = "super::shape::SpecFile", extend("not" = {"anyOf": [{"required": ["use"]}, {"required": ["parts"]}, {"required": ["fragments"]}, {"required": ["version"]}]}))]
    pub spec: Raw,
    /// What is added where a parameter says something, or in some accounts only.
    #[serde(default)]
    pub parts: Items<At<PartSpec>>,
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
#[serde(
    rename_all = "snake_case",
    expecting = "a type: `string`, `list`, `bool`, `statements`, `s3_buckets`, `kms_keys` or `glue_databases`"
)]
pub enum ParameterType {
    /// One text.
    String,
    /// Several texts.
    List,
    /// `true` or `false`.
    Bool,
    /// Statements of a policy.
    Statements,
    /// Bucket names, which become bucket and object ARNs; ARNs stay as they are.
    S3Buckets,
    /// Key ids, which become key ARNs; ARNs stay as they are.
    KmsKeys,
    /// Names of databases of the Data Catalog, which become the ARNs of the catalog, the database and its tables; ARNs stay as they are.
    GlueDatabases,
}

impl ParameterType {
    /// Of a type for which `*` means everything: the service whose resources it names, and a value that names one of them.
    pub fn scope(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::S3Buckets => Some(("s3", "iamctl-stands-for-any")),
            Self::KmsKeys => Some(("kms", "00000000-0000-0000-0000-000000000000")),
            Self::GlueDatabases => Some(("glue", "iamctl_stands_for_any")),
            Self::String | Self::List | Self::Bool | Self::Statements => None,
        }
    }
}

impl Template {
    /// Reads a template from its document.
    pub fn read(node: &Node, texts: &Texts, problems: &mut Vec<Finding>) -> Option<Self> {
        let is_spec =
            |(key, _): &(Node, Node)| key.as_str().is_some_and(|k| ["policies", "roles", "users", "groups", "use"].contains(&k));
        if node.get("template").is_none() && node.entries().iter().any(is_spec) {
            let problem = Finding::error("bad-template", "this is a spec, and folders called `templates` hold templates")
                .help("move the file out of `templates`, or add `template: NAME` and put the rest under `spec:`");
            problems.push(texts.at(problem, node.at));
            return None;
        }
        let decoder = Decoder::default();
        let template: Option<Self> = decoder.read(node);
        let found = decoder.into_problems();
        let whole = found.is_empty();
        problems.extend(found.into_iter().map(|p| texts.at(Finding { help: p.help, ..Finding::error(p.code, p.message) }, p.at)));
        let template = template?;
        let parts = template.parts.0.iter().map(|part| &part.spec.0);
        for spec in std::iter::once(&template.spec.0).chain(parts) {
            check_spec(spec, texts, problems);
        }
        template.check_parts(texts, problems);
        template.check_parameters(texts, problems);
        template.check_optional(texts, problems);
        whole.then_some(template)
    }

    /// Names of the parameters, `name` included.
    fn parameter_names(&self) -> BTreeSet<&str> {
        self.parameters.list.iter().map(|(name, _)| name.value.as_str()).chain(["name"]).collect()
    }

    /// Parts say when they are there, by parameters that exist.
    fn check_parts(&self, texts: &Texts, problems: &mut Vec<Finding>) {
        let known = self.parameter_names();
        for part in &self.parts.0 {
            let Some(when) = &part.when else {
                if part.accounts.is_none() {
                    let problem = Finding::error("bad-part", "this part is always there")
                        .help("add `when: PARAMETER` or `accounts: [NAME]`, or move its content into `spec`");
                    problems.push(texts.at(problem, part.at));
                }
                continue;
            };
            if !known.contains(when.value.as_str()) {
                let message = format!("template `{}` has no parameter `{}`", self.template.value, when.escape_debug());
                let listed = || format!("it has {}", known.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "));
                let bare = when.trim_start_matches("${").trim_end_matches('}').trim_start_matches("param.");
                let help = match known.contains(bare) {
                    true => format!("write the name alone: `when: {bare}`"),
                    false => did_you_mean(when, known.iter().copied()).unwrap_or_else(listed),
                };
                problems.push(texts.at(Finding::error("unknown-parameter", message).help(help), when.at));
            }
        }
    }

    /// What is optional names parameters that exist.
    fn check_optional(&self, texts: &Texts, problems: &mut Vec<Finding>) {
        let known = self.parameter_names();
        for wanted in self.optional.list.iter().filter_map(|(_, optional)| optional.required_with.as_ref()) {
            if !known.contains(wanted.value.as_str()) {
                let message = format!("template `{}` has no parameter `{}`", self.template.value, wanted.escape_debug());
                let near = did_you_mean(wanted, known.iter().copied());
                let help = near.unwrap_or_else(|| "write the name of a parameter".to_owned());
                problems.push(texts.at(Finding::error("unknown-parameter", message).help(help), wanted.at));
            }
        }
    }

    /// A parameter that nothing uses, and names that no parameter may have.
    fn check_parameters(&self, texts: &Texts, problems: &mut Vec<Finding>) {
        let mut used: BTreeSet<String> = self.parts.0.iter().filter_map(|part| Some(part.when.as_ref()?.value.clone())).collect();
        let specs = std::iter::once(&self.spec.0).chain(self.parts.0.iter().map(|part| &part.spec.0));
        for spec in specs {
            spec.walk(&mut |node| {
                let names = node.as_str().into_iter().flat_map(names_in);
                used.extend(names.filter_map(|name| name.strip_prefix("param.").map(str::to_owned)));
            });
        }
        for (name, parameter) in &self.parameters.list {
            if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)) || name.is_empty() {
                let problem = Finding::error("bad-name", format!("`{}` is not a name of a parameter", name.escape_debug()));
                problems.push(texts.at(problem.help("use letters, digits, `_` and `-`"), name.at));
            } else if !used.contains(&name.value) {
                let message = format!("nothing in template `{}` uses the parameter `{}`", self.template.value, name.value);
                let problem = Finding::warning("unused-parameter", message);
                problems
                    .push(texts.at(problem.help(format!("use `${{param.{}}}`, or take the parameter out", name.value)), name.at));
            }
            if name.value == "name" && parameter.kind != ParameterType::String {
                let problem = Finding::error("bad-template", "the parameter `name` is a text");
                problems.push(texts.at(problem.help("write `type: string`"), name.at));
            }
        }
    }

    /// Name of the instances that have none of their own.
    pub fn default_name(&self) -> String {
        let given = self.parameters.list.iter().find(|(name, _)| name.value == "name").and_then(|(_, p)| p.default.as_ref());
        let last = self.template.rsplit('/').next().unwrap_or_default();
        given.and_then(|raw| raw.0.as_str()).unwrap_or(last).to_owned()
    }
}

/// What the spec of a template, or of a part of one, may not hold.
fn check_spec(spec: &Node, texts: &Texts, problems: &mut Vec<Finding>) {
    if !matches!(spec.kind, Kind::Map(_)) {
        let problem = Finding::error("wrong-type", format!("expected a mapping, found {}", spec.noun()));
        problems.push(texts.at(problem.help("write what a spec file holds, such as `roles:`"), spec.at));
    }
    for (key, _) in spec.entries() {
        let help = match key.as_str() {
            Some("use" | "version") => "take it out",
            Some("parts") => "parts do not nest: write them beside the template's `spec`",
            Some("fragments") => "fragments are set at the top level of a spec file; templates may use them",
            _ => continue,
        };
        let message = format!("a template's `spec` may not hold `{}`", key.as_str().unwrap_or_default());
        problems.push(texts.at(Finding::error("bad-template", message).help(help), key.at));
    }
    spec.walk(&mut |node| {
        if let Some(key) = node.as_str().filter(|k| super::FILE_KEYS.contains(k)) {
            let problem = Finding::error("bad-template", format!("a template may not use `{key}`"))
                .help("write the document into the template");
            problems.push(texts.at(problem, node.at));
        }
    });
}

/// Templates by name.
pub type Templates = BTreeMap<String, Template>;

/// The error for a name that no template has, and whether it is close to the name of one.
pub fn unknown(name: &str, templates: &Templates) -> (Finding, bool) {
    let known: Vec<&str> = templates.keys().map(String::as_str).chain(BUILT_IN.iter().map(|(n, _)| *n)).collect();
    let listed = || format!("known ones are {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", "));
    let near = did_you_mean(name, known.iter().copied());
    let is_near = near.is_some();
    let problem = Finding::error("unknown-template", format!("unknown template `{}`", name.escape_debug()));
    (problem.help(near.unwrap_or_else(listed)), is_near)
}
