//! All documents and templates as one set: variables put in, shapes read, duplicates found.

use std::collections::{BTreeMap, BTreeSet};

use super::ResolveContext;
use crate::diag::{Diagnostic, did_you_mean};
use crate::names::{EntityKind, Name};
use crate::spec::load::Loaded;
use crate::spec::shape::{
    GroupSpec, LinkedRoleSpec, OidcProviderSpec, PolicySpec, RoleSpec, SamlProviderSpec, SpecFile, TestSpec, UseSpec, UserSpec,
};
use crate::spec::template::{self, Instance};
use crate::spec::text::{Pos, Texts};
use crate::spec::vars::Scope;
use crate::spec::yaml::{At, Decoder, Entries, FaultyKeys, Kind, Node};

/// Entities of one kind by name; `None` where the value does not fit its shape.
pub(super) type Declared<T> = BTreeMap<Name, (Pos, Option<At<T>>)>;

/// Everything that is declared.
#[derive(Default)]
pub(super) struct Collected {
    pub policies: Declared<PolicySpec>,
    pub roles: Declared<RoleSpec>,
    pub users: Declared<UserSpec>,
    pub groups: Declared<GroupSpec>,
    pub oidc_providers: Declared<OidcProviderSpec>,
    pub saml_providers: Declared<SamlProviderSpec>,
    pub linked_roles: Vec<At<LinkedRoleSpec>>,
    pub release: Vec<At<String>>,
    pub tests: Vec<At<TestSpec>>,
    pub built_in: BTreeMap<&'static str, String>,
    /// The uses of templates, by template and name.
    instances: BTreeMap<(String, Name), Pos>,
    /// Scalars whose variables have errors: what they would have been is not known.
    pub bad_variables: BTreeSet<Pos>,
    /// Keys of entities and trust entries below which something was set aside: what they lack has been told.
    pub faulty: FaultyKeys,
    /// Whether some declarations could not be read at all: what refers to them is no fault then.
    pub incomplete: bool,
}

/// The keys of a spec that declare what others refer to.
const SECTIONS: [&str; 3] = ["policies", "roles", "users"];

/// The values of the variables that every spec has.
fn built_in(context: &ResolveContext<'_>) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::from([
        ("account_id", context.account_id.to_string()),
        ("partition", context.partition.clone()),
        ("region", context.region.clone()),
    ]);
    values.extend(context.caller_arn.clone().map(|arn| ("caller_arn", arn)));
    values.extend(context.stack.clone().map(|stack| ("stack", stack)));
    values
}

pub(super) fn collect(loaded: &Loaded, context: &ResolveContext<'_>, problems: &mut Vec<Diagnostic>) -> Collected {
    let built_in = built_in(context);
    let scope = Scope { built_in: &built_in, vars: context.vars, params: None };
    let mut out = Collected { incomplete: !loaded.is_whole(), ..Collected::default() };
    for document in &loaded.documents {
        let mut found = Vec::new();
        let node = scope.put_in(document, &mut found);
        out.bad_variables.extend(found.iter().map(|(at, _)| *at));
        problems.extend(found.into_iter().map(|(at, problem)| loaded.texts.at(problem, at)));
        let Some(mut file) = out.read(&node, &loaded.texts, problems) else { continue };
        let uses = std::mem::take(&mut file.uses.0);
        out.merge(file, &loaded.texts, problems);
        for used in uses {
            out.instance(&used, loaded, scope, problems);
        }
    }
    out.built_in = built_in;
    out
}

impl Collected {
    fn read(&mut self, node: &Node, texts: &Texts, problems: &mut Vec<Diagnostic>) -> Option<SpecFile> {
        let decoder = Decoder::default();
        let file: Option<SpecFile> = decoder.read(node);
        let faulty = decoder.faulty_keys();
        let sections = faulty.get(&node.at);
        let lost = |(key, value): &(Node, Node)| {
            let key = key.as_str().unwrap_or_default();
            let shaped = matches!(value.kind, Kind::Map(_) | Kind::Seq(_) | Kind::Null);
            sections.is_some_and(|keys| keys.contains(key)) && !(shaped && SECTIONS.contains(&key))
        };
        self.incomplete |= file.is_none() || node.entries().iter().any(lost);
        self.faulty.extend(faulty);
        for problem in decoder.into_problems() {
            let help = problem.help;
            problems.push(texts.at(Diagnostic { help, ..Diagnostic::error(problem.code, problem.message) }, problem.at));
        }
        if let Some(version) = file.as_ref().and_then(|f| f.version.as_ref()).filter(|v| v.value != 1) {
            let problem = Diagnostic::error("unknown-version", format!("spec format version {} is not known", version.value));
            problems.push(texts.at(problem.help("write `version: 1`, or use a newer iamctl"), version.at));
        }
        file
    }

    fn instance(&mut self, used: &At<UseSpec>, loaded: &Loaded, scope: Scope<'_>, problems: &mut Vec<Diagnostic>) {
        let Some(template) = loaded.templates.get(&used.template.value) else {
            // A template that is there and broken has its own error.
            let built_in = template::BUILT_IN.iter().any(|(name, _)| *name == used.template.value);
            let problem = template::unknown(&used.template, &loaded.templates);
            let near = problem.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
            if !built_in && (near || !loaded.broken_templates) {
                problems.push(loaded.texts.at(problem, used.template.at));
            }
            self.incomplete = true;
            return;
        };
        let instance = (used.template.value.clone(), Name::new(template::instance_name(used, template)));
        if let Some(first) = self.instances.get(&instance) {
            let message = format!("template `{}` is used twice under the name `{}`", instance.0.escape_debug(), instance.1);
            let problem = Diagnostic::error("duplicate-name", message)
                .help("give this use another `name:`, or take it out")
                .related("first used here", loaded.texts.place(*first));
            return problems.push(loaded.texts.at(problem, used.at));
        }
        match template.instance(used, scope) {
            Ok(Instance { made, in_template }) => {
                self.instances.insert(instance, used.at);
                let mut found = Vec::new();
                let Some(file) = self.read(&made, &loaded.texts, &mut found) else { return problems.extend(found) };
                if !found.is_empty() {
                    // The template is at fault, not its use.
                    found.clear();
                    self.read(&in_template, &loaded.texts, &mut found);
                    let place = loaded.texts.place(used.at);
                    problems.extend(found.into_iter().map(|problem| problem.related("used here", place.clone())));
                }
                self.merge(file, &loaded.texts, problems);
            }
            Err(found) => {
                self.incomplete = true;
                let place = |at: Pos, problem: Diagnostic| match at.file == used.at.file {
                    true => problem,
                    false => problem.related("used here", loaded.texts.place(used.at)),
                };
                problems.extend(found.into_iter().map(|(at, problem)| loaded.texts.at(place(at, problem), at)));
            }
        }
    }

    fn merge(&mut self, file: SpecFile, texts: &Texts, problems: &mut Vec<Diagnostic>) {
        let SpecFile {
            version: _,
            policies,
            roles,
            users,
            groups,
            service_linked_roles,
            oidc_providers,
            saml_providers,
            uses,
            release,
            tests,
        } = file;
        add(&mut self.policies, EntityKind::Policy, policies, texts, problems);
        add(&mut self.roles, EntityKind::Role, roles, texts, problems);
        add(&mut self.users, EntityKind::User, users, texts, problems);
        add(&mut self.groups, EntityKind::Group, groups, texts, problems);
        add(&mut self.oidc_providers, EntityKind::OidcProvider, oidc_providers, texts, problems);
        add(&mut self.saml_providers, EntityKind::SamlProvider, saml_providers, texts, problems);
        self.linked_roles.extend(service_linked_roles.0);
        self.release.extend(release.0);
        self.tests.extend(tests.0);
        for used in uses.0 {
            let problem =
                Diagnostic::error("bad-template", "a template may not use templates").help("write the entities into it");
            problems.push(texts.at(problem, used.at));
        }
    }
}

fn add<T>(to: &mut Declared<T>, kind: EntityKind, from: Entries<At<T>>, texts: &Texts, problems: &mut Vec<Diagnostic>) {
    let entries = from.list.into_iter().map(|(name, value)| (name, Some(value)));
    for (name, value) in entries.chain(from.faulty.into_iter().map(|name| (name, None))) {
        // The provider's URL is often copied whole.
        let text = match kind {
            EntityKind::OidcProvider => name.value.strip_prefix("https://").unwrap_or(&name.value),
            _ => &name.value,
        };
        let key = Name::new(text);
        if let Some((first, _)) = to.get(&key) {
            let spelt = to.get_key_value(&key).map(|(k, _)| k.as_str().to_owned()).unwrap_or_default();
            let ending = if spelt == text { String::new() } else { format!("; IAM takes `{spelt}` and `{text}` for one name") };
            let problem = Diagnostic::error(
                "duplicate-name",
                format!("{} `{}` is declared twice{ending}", kind.noun(), text.escape_debug()),
            )
            .help("keep one of the two")
            .related("first declared here", texts.place(*first));
            problems.push(texts.at(problem, name.at));
            continue;
        }
        if let Err(why) = crate::names::check_name(kind, text) {
            let last = text.rsplit('/').next().unwrap_or_default();
            let help = match text {
                _ if kind != EntityKind::SamlProvider && !text.contains("://") && last.len() < text.len() && !last.is_empty() => {
                    let path = if text.starts_with("arn:") { "" } else { ", and the path before it under `path:`" };
                    format!("write the name alone, `{}`{path}", last.escape_debug())
                }
                _ => did_you_mean(text, []).unwrap_or_else(|| "choose another name; IAM refuses this one".to_owned()),
            };
            problems.push(texts.at(Diagnostic::error("bad-name", why).help(help), name.at));
        }
        to.insert(key, (name.at, value));
    }
}
