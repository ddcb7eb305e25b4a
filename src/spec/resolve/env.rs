//! What building every kind of entity shares: reporting, tags, paths, boundaries, managed policies.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{Collected, Declared};
use super::context::{Defaults, DocumentKey, ResolveContext};
use crate::diag::{Finding, Place, Severity, nearest};
use crate::model::{PolicyRef, TAGS_PER_ENTITY, Tags, Want};
use crate::names::{EntityKind, Name, check_description, check_path, check_tag_key, check_tag_value};
use crate::spec::expand::{Problems, is_here};
use crate::spec::load::Loaded;
use crate::spec::mistakes;
use crate::spec::reference::{References, Referred};
use crate::spec::shape::{ManageWord, SessionDuration};
use crate::spec::text::Pos;
use crate::spec::yaml::{At, Entries, FaultyKeys, Items, MERGE_KEY, Node};

/// Tags that ownership and protection take up.
const RESERVED_TAGS: usize = 2;
/// References for which the likeliest is looked up; that takes milliseconds each, and the first errors tell the story.
const MOST_SUGGESTIONS: usize = 100;

pub(super) struct Env<'a> {
    pub loaded: &'a Loaded,
    pub context: &'a ResolveContext<'a>,
    problems: &'a mut Problems,
    /// Paths of declared policies; `None` for those of other accounts.
    policies: BTreeMap<Name, Option<String>>,
    /// Paths of declared roles and users of this account.
    pub paths: BTreeMap<(EntityKind, Name), String>,
    default_tags: Tags,
    default_path: Option<String>,
    default_boundary: Option<PolicyRef>,
    unknown_references: usize,
    incomplete: bool,
    faulty: FaultyKeys,
    bad_variables: BTreeSet<Pos>,
    pub ask_aws: BTreeSet<String>,
    pub documents: BTreeMap<DocumentKey, Node>,
}

impl<'a> Env<'a> {
    pub fn new(loaded: &'a Loaded, context: &'a ResolveContext<'a>, collected: &Collected, problems: &'a mut Problems) -> Self {
        let mut env = Self {
            loaded,
            context,
            problems,
            policies: BTreeMap::new(),
            paths: BTreeMap::new(),
            default_tags: Tags::new(),
            default_path: None,
            default_boundary: None,
            unknown_references: 0,
            incomplete: collected.incomplete,
            faulty: collected.faulty.clone(),
            bad_variables: collected.bad_variables.clone(),
            ask_aws: BTreeSet::new(),
            documents: BTreeMap::new(),
        };
        env.defaults(collected);
        env.index(collected);
        // Read after the index: the default boundary may be a declared policy.
        env.read_default_boundary(collected);
        env
    }

    fn defaults(&mut self, collected: &Collected) {
        let defaults = self.context.defaults;
        let scope = collected.scope(self.context);
        let mut found = Vec::new();
        let mut text = |text: &str| scope.text(text).map_err(|p| found.push(p)).ok();
        self.default_path = defaults.path.as_deref().and_then(&mut text);
        for (key, value) in &defaults.tags {
            if let (Some(key), Some(value)) = (text(key), text(value)) {
                self.default_tags.insert(key, value);
            }
        }
        for (key, value) in &self.default_tags {
            found
                .extend(check_tag_key(key).and_then(|()| check_tag_value(value)).err().map(|why| Finding::error("bad-tag", why)));
            found.extend(self.reserved_tag(key));
        }
        if let Some(path) = &self.default_path {
            found.extend(check_path(EntityKind::Policy, path).err().map(|why| Finding::error("bad-path", why)));
        }
        found.into_iter().for_each(|p| self.problems.push(in_defaults(p, defaults)));
    }

    fn read_default_boundary(&mut self, collected: &Collected) {
        let scope = collected.scope(self.context);
        let Some(text) = &self.context.defaults.permissions_boundary else { return };
        let defaults = self.context.defaults;
        match scope.text(text).and_then(|text| self.references().read(&text)) {
            Ok(Referred { policy, ask, warning }) => {
                self.ask_aws.extend(ask);
                warning.into_iter().for_each(|w| self.problems.push(in_defaults(w, defaults)));
                self.default_boundary = Some(policy);
            }
            Err(problem) => self.problems.push(in_defaults(problem, defaults)),
        }
    }

    fn index(&mut self, collected: &Collected) {
        let policies = collected.elsewhere.iter().filter(|(kind, _)| *kind == EntityKind::Policy);
        self.policies.extend(policies.map(|(_, name)| (name.clone(), None)));
        for (name, (_, spec)) in &collected.policies {
            let here = spec.as_ref().is_none_or(|s| self.is_here(s.accounts.as_ref()));
            let path = self.path_or_default(spec.as_ref().and_then(|s| s.path.as_ref()));
            self.policies.insert(name.clone(), here.then_some(path));
        }
        for (name, (_, spec)) in &collected.roles {
            if spec.as_ref().is_none_or(|s| self.is_here(s.accounts.as_ref())) {
                let path = self.path_or_default(spec.as_ref().and_then(|s| s.path.as_ref()));
                self.paths.insert((EntityKind::Role, name.clone()), path);
            }
        }
        for (name, (_, spec)) in &collected.users {
            let given = spec.as_ref().and_then(|s| s.path.as_ref()).map(|p| p.value.clone());
            let existing = || Some(self.context.snapshot?.users.get(name)?.path.clone());
            let path = given.or_else(existing).unwrap_or_else(|| "/".to_owned());
            self.paths.insert((EntityKind::User, name.clone()), path);
        }
    }

    /// Path and spelling of a role or user: declared, else as the account has it.
    pub fn path_of(&self, kind: EntityKind, name: &str) -> Option<(String, String)> {
        let key = (kind, Name::new(name));
        if let Some(((_, name), path)) = self.paths.get_key_value(&key) {
            return Some((path.clone(), name.as_str().to_owned()));
        }
        let snapshot = self.context.snapshot?;
        match kind {
            EntityKind::Role => snapshot.roles.get_key_value(&key.1).map(|(n, r)| (r.path.clone(), n.as_str().to_owned())),
            EntityKind::User => snapshot.users.get_key_value(&key.1).map(|(n, u)| (u.path.clone(), n.as_str().to_owned())),
            _ => None,
        }
    }

    /// `attach_only` is for roles; users and groups are additive as they are.
    pub fn refuse_attach_only(&mut self, at: Pos, manage: Option<ManageWord>) {
        if manage == Some(ManageWord::AttachOnly) {
            let problem = Finding::error("wrong-value", "`manage: attach_only` is for roles");
            self.report(at, problem.help("write `additive`: what is listed is ensured, and what others put there stays"));
        }
    }

    /// Whether one of these keys of a mapping, or what may be meant by one, has an error of its own.
    pub fn is_told(&self, mapping: Pos, keys: &[&str]) -> bool {
        let meant = |key: &String| {
            // A colon without a space after it does not end a key.
            let word = key.split(':').next().unwrap_or_default();
            word == MERGE_KEY || nearest(word, keys.iter().copied()).is_some() || mistakes::key(word, keys).is_some()
        };
        self.faulty.get(&mapping).is_some_and(|faulty| faulty.iter().any(meant))
    }

    /// Notes scalars whose variables have errors.
    pub fn note_bad_variables(&mut self, at: impl Iterator<Item = Pos>) {
        self.bad_variables.extend(at);
    }

    /// Whether some scalar of a value has a variable with an error, so that the value is not known.
    pub fn has_bad_variable(&self, node: &Node) -> bool {
        let mut bad = false;
        if !self.bad_variables.is_empty() {
            node.walk(&mut |node| bad |= self.bad_variables.contains(&node.at));
        }
        bad
    }

    /// Whether any key of a mapping has an error of its own.
    pub fn is_faulty(&self, mapping: Pos) -> bool {
        self.faulty.contains_key(&mapping)
    }

    /// Whether some declarations could not be read, so that a name that is not found may be declared after all.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    pub fn report(&mut self, at: Pos, problem: Finding) {
        self.problems.at(&self.loaded.texts, at, problem);
    }

    /// The same for what is known by its place.
    pub fn report_at(&mut self, place: Place, problem: Finding) {
        let mut problem = problem.at(place);
        problem.source_line = problem.at.as_ref().and_then(|place| self.loaded.texts.source_line(place));
        self.problems.push(problem);
    }

    pub fn place(&self, at: Pos) -> Place {
        self.loaded.place(at)
    }

    /// The entities of this account, with the place of their names.
    pub fn here<'c, T>(
        &self,
        declared: &'c Declared<T>,
        accounts: impl Fn(&T) -> Option<&Items<At<String>>>,
    ) -> Vec<(&'c Name, Pos, &'c At<T>)> {
        let whole = declared.iter().filter_map(|(name, (at, spec))| Some((name, *at, spec.as_ref()?)));
        whole.filter(|(_, _, spec)| self.is_here(accounts(spec))).collect()
    }

    pub fn is_here(&self, accounts: Option<&Items<At<String>>>) -> bool {
        is_here(accounts, &self.context.member())
    }

    pub fn path_or_default(&self, path: Option<&At<String>>) -> String {
        path.map(|p| p.value.clone()).or_else(|| self.default_path.clone()).unwrap_or_else(|| "/".to_owned())
    }

    pub fn check_path(&mut self, kind: EntityKind, path: Option<&At<String>>) {
        if let Some(path) = path
            && let Err(why) = check_path(kind, path)
        {
            self.report(path.at, Finding::error("bad-path", why).help(mistakes::path(path)));
        }
    }

    pub fn description(&mut self, description: Option<&At<String>>) -> Want<String> {
        if let Some(text) = description
            && let Err(why) = check_description(text)
        {
            self.report(text.at, Finding::error("bad-description", why).help("IAM refuses it; shorten or respell it"));
        }
        description.map(|d| d.value.clone()).into()
    }

    pub fn session(&self, duration: Option<&At<SessionDuration>>) -> Want<u32> {
        duration.map(|d| d.value.0).or(self.context.defaults.max_session_duration).into()
    }

    fn reserved_tag(&self, key: &str) -> Option<Finding> {
        let own = key.get(..7).is_some_and(|p| p.eq_ignore_ascii_case("iamctl:"))
            || key.eq_ignore_ascii_case(self.context.ownership_tag);
        own.then(|| {
            Finding::error("reserved-tag", format!("the tag `{}` is iamctl's own", key.escape_debug()))
                .help("leave it out; iamctl writes it where it belongs")
        })
    }

    /// An entity's tags: the defaults if asked for, its own winning.
    pub fn tags(&mut self, kind: EntityKind, at: Pos, own: Option<&Entries<At<String>>>, with_defaults: bool) -> Tags {
        let mut tags = Tags::new();
        // Past twice the limit the count alone is worth an error.
        for (key, value) in own.iter().flat_map(|own| &own.list).take(2 * TAGS_PER_ENTITY) {
            if let Err(why) = check_tag_key(key) {
                self.report(key.at, Finding::error("bad-tag", why).help("choose another key"));
            }
            if let Err(why) = check_tag_value(value) {
                self.report(value.at, Finding::error("bad-tag", why).help("choose another value"));
            }
            if let Some(problem) = self.reserved_tag(key) {
                self.report(key.at, problem);
            }
            if let Some(other) = same_key(&tags, key, kind) {
                let problem =
                    Finding::error("duplicate-key", format!("the tags `{other}` and `{}` differ by case alone", key.value))
                        .help(format!("a {}'s tag keys ignore case; keep one of the two", kind.noun()));
                self.report(key.at, problem);
            }
            tags.insert(key.value.clone(), value.value.clone());
        }
        if with_defaults {
            for (key, value) in &self.default_tags {
                if same_key(&tags, key, kind).is_none() {
                    tags.insert(key.clone(), value.clone());
                }
            }
        }
        let count = tags.len().max(own.map_or(0, |own| own.list.len()));
        if count > TAGS_PER_ENTITY - RESERVED_TAGS {
            let most = TAGS_PER_ENTITY - RESERVED_TAGS;
            let problem = Finding::error(
                "too-many-tags",
                format!("this {} has {} tags, at most {most} may be declared", kind.noun(), count),
            )
            .help(format!("IAM allows {TAGS_PER_ENTITY}, and iamctl needs {RESERVED_TAGS} for its marks"));
            self.report(at, problem);
        }
        tags
    }

    fn references(&self) -> References<'_> {
        References {
            declared: &self.policies,
            partition: &self.context.partition,
            account: &self.context.account_id,
            aws: self.context.aws,
            unknown_aws: self.context.unknown_aws,
            suggest: self.unknown_references < MOST_SUGGESTIONS,
        }
    }

    fn reference(&mut self, text: &At<String>) -> Option<PolicyRef> {
        match self.references().read(text) {
            Ok(Referred { policy, ask, warning }) => {
                self.ask_aws.extend(ask);
                if let Some(warning) = warning {
                    self.report(text.at, warning);
                }
                Some(policy)
            }
            Err(problem) => {
                self.unknown_references += 1;
                // What a file that cannot be read declares is not known; a near miss, or a name of AWS's, is wrong all the same.
                let near = problem.help.as_deref().and_then(|help| help.strip_prefix("did you mean `"));
                let near = near.is_some_and(|near| !near.starts_with("aws/") || near.ends_with(&format!("/{}`?", text.value)));
                if problem.code != "unknown-reference" || !self.incomplete || near {
                    self.report(text.at, problem);
                }
                None
            }
        }
    }

    pub fn managed(&mut self, list: &Items<At<String>>) -> Vec<(PolicyRef, Place)> {
        let mut out: Vec<(PolicyRef, Place)> = Vec::with_capacity(list.0.len());
        let mut seen: BTreeMap<PolicyRef, Place> = BTreeMap::new();
        for text in &list.0 {
            let Some(policy) = self.reference(text) else { continue };
            if let Some(first) = seen.get(&policy) {
                let problem = Finding::error("duplicate-entry", format!("policy `{}` is listed twice", text.escape_debug()))
                    .severity(Severity::Warning)
                    .help("one entry is enough")
                    .related("first here", first.clone());
                self.report(text.at, problem);
                continue;
            }
            let place = self.place(text.at);
            seen.insert(policy.clone(), place.clone());
            out.push((policy, place));
        }
        out
    }

    /// `none` takes the boundary off; omitted is the default if asked for, else what is there.
    pub fn boundary(&mut self, text: Option<&At<String>>, with_default: bool) -> Want<Option<PolicyRef>> {
        match text {
            Some(text) if text.value == "none" => Want::Exactly(None),
            Some(text) if ["none", "null", "no", "off", "false", ""].contains(&text.to_ascii_lowercase().as_str()) => {
                let problem = Finding::error("bad-reference", format!("`{}` is not a policy", text.escape_debug()));
                self.report(
                    text.at,
                    problem.help("write `none` to take the boundary off, or leave the key out to leave it as it is"),
                );
                Want::Leave
            }
            Some(text) => self.reference(text).map(Some).into(),
            None if with_default => self.default_boundary.clone().map(Some).into(),
            None => Want::Leave,
        }
    }
}

trait WithSeverity {
    fn severity(self, severity: Severity) -> Self;
}

impl WithSeverity for Finding {
    fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

fn in_defaults(mut problem: Finding, defaults: &Defaults) -> Finding {
    problem.message = format!("{}, in `defaults`", problem.message);
    problem.source_line.clone_from(&defaults.source_line);
    problem.at_opt(defaults.place.clone())
}

/// A key among the tags that IAM takes for the same.
fn same_key<'t>(tags: &'t Tags, key: &str, kind: EntityKind) -> Option<&'t str> {
    let same = |k: &str| k == key || (kind.tag_keys_ignore_case() && k.eq_ignore_ascii_case(key));
    tags.keys().map(String::as_str).find(|k| same(k))
}
