//! All documents and templates as one set: variables put in, shapes read, duplicates found.

use std::collections::{BTreeMap, BTreeSet};

use super::ResolveContext;
use crate::diag::{Finding, InTemplate, did_you_mean};
use crate::names::{Address, EntityKind, Name};
use crate::spec::expand::{self, Expanded, Problems};
use crate::spec::expires;
use crate::spec::load::Loaded;
use crate::spec::shape::{
    GroupSpec, LinkedRoleSpec, OidcProviderSpec, PolicySpec, RoleSpec, SamlProviderSpec, SpecFile, TestSpec, UserSpec,
};
use crate::spec::text::{Pos, Texts};
use crate::spec::vars::{Ledger, Scope, Vars};
use crate::spec::yaml::{At, Decoder, Entries, FaultyKeys, Items, Kind, Node};

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
    /// Fragments, for documents from files.
    pub fragments: Vars,
    /// Entities that are declared for other accounts alone.
    pub elsewhere: BTreeSet<(EntityKind, Name)>,
    /// Entities that expired, with the day.
    pub expired: BTreeMap<(EntityKind, Name), String>,
    /// What will expire, with the day.
    pub ends: BTreeMap<String, String>,
    /// Templates that some entry uses.
    pub used: BTreeSet<String>,
    /// The plain documents that everything was read from.
    pub plain: Vec<Node>,
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
pub(super) fn built_in(context: &ResolveContext<'_>) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::from([
        ("account_id", context.account_id.to_string()),
        ("account", context.account_name.to_owned()),
        ("partition", context.partition.clone()),
        ("region", context.region.clone()),
    ]);
    values.extend(context.caller_arn.clone().map(|arn| ("caller_arn", arn)));
    values.extend(context.stack.clone().map(|stack| ("stack", stack)));
    values
}

pub(super) fn collect(loaded: &Loaded, context: &ResolveContext<'_>, problems: &mut Problems) -> Collected {
    let built_in = built_in(context);
    let ledger = Ledger::default();
    let Expanded { documents, fragments, bad_variables, faulty, elsewhere, incomplete, used, .. } =
        expand::expand(loaded, context, &built_in, &ledger, problems);
    let mut out = Collected {
        incomplete: incomplete || !loaded.is_whole(),
        built_in,
        fragments,
        bad_variables,
        faulty,
        elsewhere,
        used,
        ..Collected::default()
    };
    // What was cut short is not judged.
    if ledger.is_spent() {
        return out;
    }
    let current = expires::current(documents, &context.today, &context.member());
    for (at, problem) in current.problems {
        problems.at(&loaded.texts, at, problem);
    }
    out.expired = current.gone;
    out.ends = current.ends;
    for document in &current.documents {
        let plain = expires::plain(document);
        if let Some(file) = out.read(plain.as_ref().unwrap_or(document), &loaded.texts, &ledger, problems) {
            out.merge(file, loaded, context, problems);
        }
    }
    out.plain = current.documents;
    out
}

impl Collected {
    /// What names mean in documents from files, and in the project's defaults.
    pub fn scope<'a>(&'a self, context: &ResolveContext<'a>) -> Scope<'a> {
        Scope { fragments: Some(&self.fragments), accounts: context.accounts, ..Scope::new(&self.built_in, context.vars) }
    }

    /// Where templates write the entities that they make.
    pub fn made(&self, texts: &Texts) -> BTreeMap<Address, InTemplate> {
        fn of<T>(declared: &Declared<T>, kind: EntityKind) -> impl Iterator<Item = (Address, Pos)> {
            declared.iter().map(move |(name, (at, _))| (Address::new(kind, name), *at))
        }
        let all = of(&self.policies, EntityKind::Policy)
            .chain(of(&self.roles, EntityKind::Role))
            .chain(of(&self.users, EntityKind::User))
            .chain(of(&self.groups, EntityKind::Group))
            .chain(of(&self.oidc_providers, EntityKind::OidcProvider))
            .chain(of(&self.saml_providers, EntityKind::SamlProvider));
        all.filter_map(|(address, at)| Some((address, texts.in_template(at)?))).collect()
    }

    /// Reads a plain document.
    pub fn read(&mut self, node: &Node, texts: &Texts, ledger: &Ledger, problems: &mut Problems) -> Option<SpecFile> {
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
            let found = match ledger.is_starred(problem.at) && problem.code == "wrong-type" {
                true => Finding::error("starred-name", "`[*]` stands for a list, and this is one text")
                    .help("use `[*]` where a list is allowed, such as `managed_policies`, `Action` or `Resource`"),
                false => Finding { help, ..Finding::error(problem.code, problem.message) },
            };
            problems.at(texts, problem.at, found);
        }
        if let Some(version) = file.as_ref().and_then(|f| f.version.as_ref()).filter(|v| v.value != 1) {
            let problem = Finding::error("unknown-version", format!("spec format version {} is not known", version.value));
            problems.at(texts, version.at, problem.help("write `version: 1`, or use a newer iamctl"));
        }
        file
    }

    /// Adds what a document declares.
    pub fn merge(&mut self, file: SpecFile, loaded: &Loaded, context: &ResolveContext<'_>, problems: &mut Problems) {
        let SpecFile {
            version: _,
            policies,
            roles,
            users,
            groups,
            service_linked_roles,
            oidc_providers,
            saml_providers,
            // `expand` has read these.
            uses: _,
            parts: _,
            fragments: _,
            release,
            tests,
        } = file;
        let mut adding = Adding { texts: &loaded.texts, context, problems };
        adding.add(&mut self.policies, EntityKind::Policy, policies, |s| s.accounts.as_ref());
        adding.add(&mut self.roles, EntityKind::Role, roles, |s| s.accounts.as_ref());
        adding.add(&mut self.users, EntityKind::User, users, |s| s.accounts.as_ref());
        adding.add(&mut self.groups, EntityKind::Group, groups, |s| s.accounts.as_ref());
        adding.add(&mut self.oidc_providers, EntityKind::OidcProvider, oidc_providers, |s| s.accounts.as_ref());
        adding.add(&mut self.saml_providers, EntityKind::SamlProvider, saml_providers, |s| s.accounts.as_ref());
        self.linked_roles.extend(service_linked_roles.0);
        self.release.extend(release.0);
        self.tests.extend(tests.0);
    }
}

struct Adding<'a> {
    texts: &'a Texts,
    context: &'a ResolveContext<'a>,
    problems: &'a mut Problems,
}

/// The accounts that an entity is limited to.
type Accounts<T> = fn(&T) -> Option<&Items<At<String>>>;

impl Adding<'_> {
    fn add<T>(&mut self, to: &mut Declared<T>, kind: EntityKind, from: Entries<At<T>>, accounts: Accounts<T>) {
        let entries = from.list.into_iter().map(|(name, value)| (name, Some(value)));
        for (name, value) in entries.chain(from.faulty.into_iter().map(|name| (name, None))) {
            let limits = value.as_ref().and_then(|spec| accounts(spec));
            for (at, problem) in expand::unknown_accounts(limits, self.context) {
                self.problems.at(self.texts, at, problem);
            }
            // The provider's URL is often copied whole.
            let text = match kind {
                EntityKind::OidcProvider => name.value.strip_prefix("https://").unwrap_or(&name.value),
                _ => &name.value,
            };
            let key = Name::new(text);
            if let Some((known, (first, spec))) = to.get_key_value(&key) {
                if self.never_both(limits, spec.as_ref().and_then(|spec| accounts(spec))) {
                    // Each account has one of the two.
                    if expand::is_here(limits, &self.context.member()) {
                        self.check_name(kind, text, name.at);
                        to.remove(&key);
                        to.insert(key, (name.at, value));
                    }
                    continue;
                }
                let spelt = known.as_str();
                let ending =
                    if spelt == text { String::new() } else { format!("; IAM takes `{spelt}` and `{text}` for one name") };
                let message = format!("{} `{}` is declared twice{ending}", kind.noun(), text.escape_debug());
                let problem = Finding::error("duplicate-name", message)
                    .help("keep one of the two, or give each `accounts:` that the other does not have")
                    .related("first declared here", self.texts.place(*first));
                self.problems.at(self.texts, name.at, problem);
                continue;
            }
            self.check_name(kind, text, name.at);
            to.insert(key, (name.at, value));
        }
    }

    /// Whether no account of the project has both of two declarations.
    fn never_both(&self, one: Option<&Items<At<String>>>, other: Option<&Items<At<String>>>) -> bool {
        if one.is_none() || other.is_none() {
            return false;
        }
        let own = self.context.member();
        let mut accounts = self.context.accounts.all().iter().chain([&*own]);
        !accounts.any(|account| expand::is_here(one, account) && expand::is_here(other, account))
    }

    fn check_name(&mut self, kind: EntityKind, text: &str, at: Pos) {
        let Err(why) = crate::names::check_name(kind, text) else { return };
        let last = text.rsplit('/').next().unwrap_or_default();
        let help = match text {
            _ if kind != EntityKind::SamlProvider && !text.contains("://") && last.len() < text.len() && !last.is_empty() => {
                // An address is the name of a kind and a name.
                let path = if text.starts_with("arn:") || text.parse::<Address>().is_ok() {
                    ""
                } else {
                    ", and the path before it under `path:`"
                };
                format!("write the name alone, `{}`{path}", last.escape_debug())
            }
            _ => did_you_mean(text, []).unwrap_or_else(|| "choose another name; IAM refuses this one".to_owned()),
        };
        self.problems.misnamed(at.via);
        // Who uses a template names what it makes.
        let named = self.texts.use_of(at.via).unwrap_or(at);
        self.problems.of_instance(self.texts, named, at.via, Finding::error("bad-name", why).help(help));
    }
}
