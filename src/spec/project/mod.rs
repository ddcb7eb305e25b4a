//! The project file: found, read, and merged for one account, the innermost saying winning (contract 2).

mod accounts;
mod check;
mod forbid;
mod groups;
mod organization;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Finding, Place, did_you_mean, tidy};
use crate::fleet::Roster;
use crate::model::Ceiling;
use crate::names::AccountId;
use crate::scope::{ForbidRule, Guards, Ignore, PrincipalPattern};
use crate::spec::require::{Require, Required};
use crate::spec::resolve::Defaults;
use crate::spec::shape::{
    AccountSpec, AssumeRoleSpec, DefaultsSpec, FleetGuardsSpec, GuardsSpec, IgnoreSpec, ProjectSpec, RequireOfKindSpec,
    RequireSpec,
};
use crate::spec::source::{MAX_FILE, read_text};
use crate::spec::text::{Pos, Text, Texts};
use crate::spec::vars::{Scope, Vars};
use crate::spec::yaml::{self, At, Decoder, Items, Node, OneOrMany};
use check::Check;

/// Name of the project file.
pub const FILE_NAME: &str = "iamctl.yaml";

/// Names that people give a project file.
const MISNAMED: [&str; 5] = ["iamctl.yml", "iamctl.YAML", "iamctl.json", ".iamctl.yaml", ".iamctl.yml"];

/// Whether a file is the project file itself, under a name that the file system takes for the same.
fn same_file(file: &Path) -> bool {
    let real = file.with_file_name(FILE_NAME);
    matches!((file.canonicalize(), real.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
/// Key of the ownership tag unless the project file says otherwise.
pub const OWNERSHIP_TAG: &str = "iamctl:stack";
/// The embedded account's file unless the project file says otherwise.
pub const EMBEDDED_FILE: &str = ".iamctl/account.json";

/// A project: its file, or what holds without one.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The directory that paths are relative to.
    pub directory: PathBuf,
    /// The project file, if there is one.
    pub file: Option<PathBuf>,
    /// Earlier names of the stack.
    pub formerly: Vec<String>,
    /// Key of the ownership tag.
    pub ownership_tag: String,
    /// The data of AWS's actions that the file pins.
    pub data: Option<String>,
    /// The account used without `--account`, if the file says one.
    pub default_account: Option<String>,
    /// The file's values as written; null without a file.
    pub written: serde_json::Value,
    /// Its accounts.
    pub roster: Roster,
    /// What the organisation lets each account do at most, where that is known.
    ceilings: BTreeMap<AccountId, Arc<Ceiling>>,
    spec: ProjectSpec,
    /// The accounts by name: where in `spec` each is.
    places_of_accounts: BTreeMap<String, usize>,
    /// Where the rules under `forbid` stand.
    places: BTreeMap<Pos, Place>,
    place: Option<Place>,
    line: Option<String>,
}

/// Whether the accounts of `accounts_from` are read with a project.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    Accounts,
    Nothing,
}

/// Where the accounts of an organisation are written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsSource {
    /// The file.
    pub file: PathBuf,
    /// The organisation that it must be of.
    pub organization: Option<String>,
    /// The profile of the AWS configuration that reads it, unless it holds variables.
    pub profile: Option<String>,
}

/// Where an account lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountBackend {
    /// In a file.
    Embedded(PathBuf),
    /// On AWS.
    Aws {
        /// Profile of the AWS configuration.
        profile: Option<String>,
        /// Roles to assume first, each with the credentials of the one before.
        assume_role: Vec<AssumeRole>,
    },
}

/// A role to assume before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role's ARN.
    pub arn: String,
    /// The external id that its trust asks for.
    pub external_id: Option<String>,
    /// Name of the session.
    pub session_name: Option<String>,
}

/// One account with everything that holds for it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountConfig {
    /// Its name.
    pub name: String,
    /// Where it lives.
    pub backend: AccountBackend,
    /// The pinned id.
    pub id: Option<AccountId>,
    /// The region, if the project says one.
    pub region: Option<String>,
    /// The partition, if the project says one, or as the region has it.
    pub partition: Option<String>,
    /// The stack, if the project says one.
    pub stack: Option<String>,
    /// Spec files and directories, absolute or relative to the project's directory.
    pub specs: Vec<PathBuf>,
    /// Variables.
    pub vars: Vars,
    /// Defaults of entities.
    pub defaults: Defaults,
    /// What is not judged.
    pub ignore: Ignore,
    /// Refusals.
    pub guards: Guards,
    /// What declared entities must have.
    pub require: Require,
    /// What no principal may do: the project's rules, then the account's.
    pub forbid: Vec<ForbidRule>,
}

impl Project {
    /// Finds and reads the project file: `config` if given, else [`FILE_NAME`] in `directory` or the nearest parent that
    /// has one. Without any, the project is empty and its directory is `directory`.
    ///
    /// # Errors
    /// Every problem of the file, with places.
    pub fn load(directory: &Path, config: Option<&Path>) -> Result<Self, Vec<Finding>> {
        Self::load_with(directory, config, With::Accounts)
    }

    /// The same without the accounts of `accounts_from`, whose file may not be there yet, and without what names them: groups and the
    /// default account.
    ///
    /// # Errors
    /// Every other problem of the file.
    pub fn load_without_accounts(directory: &Path, config: Option<&Path>) -> Result<Self, Vec<Finding>> {
        Self::load_with(directory, config, With::Nothing)
    }

    fn load_with(directory: &Path, config: Option<&Path>, with: With) -> Result<Self, Vec<Finding>> {
        let found = match config {
            Some(file) => Some(directory.join(file)),
            None => {
                let found = directory.ancestors().find(|d| d.join(FILE_NAME).is_file());
                // One that is nearer under another name would be passed over without a word.
                let nearer = directory.ancestors().take_while(|d| found.is_none_or(|found| *d != found)).chain(found);
                let misnamed = nearer.flat_map(|d| MISNAMED.map(|name| d.join(name))).find(|f| f.is_file() && !same_file(f));
                if let Some(file) = misnamed {
                    let message = format!("`{}` is not read: a project file is called `{FILE_NAME}`", file.display());
                    return Err(vec![Finding::error("bad-project", message).help("rename it, or name it with `--config`")]);
                }
                found.map(|d| d.join(FILE_NAME))
            }
        };
        let Some(file) = found else { return Ok(Self::empty(directory)) };
        Self::read(directory, file, with)
    }

    fn read(directory: &Path, file: PathBuf, with: With) -> Result<Self, Vec<Finding>> {
        let name = file.file_name().map_or_else(|| FILE_NAME.to_owned(), |n| n.to_string_lossy().into_owned());
        let text = read_text(&file, MAX_FILE).map_err(|unreadable| {
            let message = format!("project file `{}` {}", file.display(), unreadable.why);
            vec![unreadable.place(Finding::error("unreadable-file", message).help(unreadable.help), &name)]
        })?;
        let base = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(directory);
        let mut project = Self::parse_with(&name, &text, base, with)?;
        project.file = Some(file.clone());
        Ok(project)
    }

    /// A project without a file.
    pub fn empty(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            file: None,
            formerly: Vec::new(),
            ownership_tag: OWNERSHIP_TAG.to_owned(),
            data: None,
            default_account: None,
            written: serde_json::Value::Null,
            roster: Roster::default(),
            ceilings: BTreeMap::new(),
            spec: ProjectSpec::default(),
            places_of_accounts: BTreeMap::new(),
            places: BTreeMap::new(),
            place: None,
            line: None,
        }
    }

    /// Reads a project file's text.
    ///
    /// # Errors
    /// Every problem, with places in `name`.
    pub fn parse(name: &str, text: &str, directory: &Path) -> Result<Self, Vec<Finding>> {
        Self::parse_with(name, text, directory, With::Accounts)
    }

    fn parse_with(name: &str, text: &str, directory: &Path, with: With) -> Result<Self, Vec<Finding>> {
        let mut texts = Texts::default();
        let file = texts.add(Text::new(name, text));
        let mut problems = Vec::new();
        let mut budget = yaml::MAX_NODES;
        let documents = yaml::parse(&texts, file, &mut budget, &mut problems);
        if let Some(second) = documents.get(1) {
            let problem = Finding::error("bad-project", "a project file holds one document").help("merge the documents into one");
            problems.push(texts.at(problem, second.at));
        }
        let decoder = Decoder::default();
        let spec: Option<ProjectSpec> = documents.first().and_then(|d| decoder.read(d));
        let found = decoder.into_problems().into_iter();
        problems.extend(found.map(|p| texts.at(Finding { help: p.help, ..Finding::error(p.code, p.message) }, p.at)));
        let mut spec = spec.unwrap_or_default();
        if with == With::Nothing {
            spec.groups = Default::default();
            spec.default_account = None;
        }
        let listed = (with == With::Accounts).then(|| accounts::read(&spec, directory, &mut texts, &mut problems)).flatten();
        let roster = accounts::expand(&mut spec, listed.as_ref(), &texts, &mut problems);
        let ceilings = match with {
            With::Accounts => organization::ceilings(&spec, listed.as_ref(), directory, &roster, &mut texts, &mut problems),
            With::Nothing => BTreeMap::new(),
        };
        let mut check = Check { texts: &texts, problems };
        check.project(&spec);
        let mut problems = check.problems;
        if !problems.is_empty() {
            tidy(&mut problems);
            return Err(problems);
        }
        Ok(Self {
            formerly: spec.formerly.0.iter().map(|f| f.value.clone()).collect(),
            ownership_tag: spec
                .ownership
                .as_ref()
                .and_then(|o| o.tag_key.as_ref())
                .map_or_else(|| OWNERSHIP_TAG.to_owned(), |k| k.value.clone()),
            data: spec.data.as_ref().map(|data| data.value.clone()),
            default_account: spec.default_account.as_ref().map(|d| d.value.clone()),
            line: spec.defaults.as_ref().and_then(|_| texts.source_line(&defaults_place(&documents, &texts))),
            place: spec.defaults.as_ref().map(|_| defaults_place(&documents, &texts)),
            directory: directory.to_owned(),
            file: None,
            written: documents.first().map(Node::to_json).unwrap_or_default(),
            places: forbid::all(&spec).map(|rule| (rule.at, texts.place(rule.at))).collect(),
            places_of_accounts: spec.accounts.list.iter().enumerate().map(|(i, (name, _))| (name.value.clone(), i)).collect(),
            roster,
            ceilings,
            spec,
        })
    }

    /// The project file itself.
    fn nowhere(&self) -> Place {
        Place { file: FILE_NAME.to_owned(), line: 1, column: 1 }
    }

    /// The file of `accounts_from`, the organisation that it must be of, and the profile that reads it.
    pub fn accounts_from(&self) -> Option<AccountsSource> {
        let from = &self.spec.accounts_from.as_ref()?.value;
        Some(AccountsSource {
            file: self.directory.join(&from.file.value),
            organization: from.organization.as_ref().map(|id| id.value.clone()),
            profile: from.profile.as_ref().map(|profile| profile.value.clone()),
        })
    }

    /// What the organisation lets an account do at most; `None` where nobody says.
    pub fn ceiling(&self, id: &AccountId) -> Option<Arc<Ceiling>> {
        self.ceilings.get(id).cloned()
    }

    /// The guards over all accounts of a change: the largest share of accounts, the most deletions.
    pub fn fleet_guards(&self) -> (Option<u32>, Option<u32>) {
        let guards = self.spec.fleet_guards.as_ref();
        let value = |of: fn(&FleetGuardsSpec) -> Option<&At<u32>>| guards.and_then(of).map(|number| number.value);
        (value(|guards| guards.max_accounts_percent.as_ref()), value(|guards| guards.max_deletes.as_ref()))
    }

    /// Names of all accounts, the two that always exist among them, in order.
    pub fn account_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.roster.names().chain(["aws", "local"]).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Names of the accounts of the project that commands work on, in order.
    pub fn configured_accounts(&self) -> Vec<String> {
        self.roster.active().map(|member| member.name.clone()).collect()
    }

    /// One account with all that holds for it: its own words win over the project's, variable by variable, key by key.
    ///
    /// # Errors
    /// No account has this name, or it is left out.
    pub fn account(&self, name: &str) -> Result<AccountConfig, Finding> {
        if let Some(why) = self.roster.get(name).and_then(|member| member.left_out.as_ref()) {
            let problem = Finding::error("unknown-account", format!("the account `{name}` is left out: {why}"));
            return Err(problem.help("choose another account; `iamctl accounts` lists them"));
        }
        let none = AccountSpec::default();
        let found =
            self.places_of_accounts.get(name).and_then(|i| self.spec.accounts.list.get(*i)).map(|(_, account)| &account.value);
        let account = match (found, name) {
            (Some(account), _) => account,
            (None, "local" | "aws") => &none,
            (None, _) => {
                let names = self.account_names();
                let known = || names.iter().map(String::as_str);
                let more = if names.len() > 10 { format!(" and {} more", names.len() - 10) } else { String::new() };
                let shown = || known().take(10).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
                let listed = || format!("there are {}{more}", shown());
                let problem = Finding::error("unknown-account", format!("no account is called `{}`", name.escape_debug()));
                return Err(problem.help(did_you_mean(name, known()).unwrap_or_else(listed)));
            }
        };
        let embedded = account.embedded.as_ref().map(|f| self.directory.join(&f.value));
        let backend = match (embedded, name) {
            (Some(file), _) => AccountBackend::Embedded(file),
            (None, "local") if found.is_none() => AccountBackend::Embedded(self.directory.join(EMBEDDED_FILE)),
            (None, _) => AccountBackend::Aws {
                profile: account.profile.as_ref().map(|p| p.value.clone()),
                assume_role: account.assume_role.iter().flat_map(|chain| &chain.0).map(assume).collect(),
            },
        };
        let text = |value: &Option<At<String>>| value.as_ref().map(|v| v.value.clone());
        let region = text(&account.region);
        let specs = account.specs.as_ref().or(self.spec.specs.as_ref());
        Ok(AccountConfig {
            name: name.to_owned(),
            backend,
            id: account.id.as_ref().and_then(|id| AccountId::parse(id.0.as_str()?)),
            partition: text(&account.partition).or_else(|| region.as_deref().map(|r| partition_of(r).to_owned())),
            region,
            stack: text(&account.stack).or_else(|| text(&self.spec.stack)),
            specs: specs
                .map_or_else(|| vec![PathBuf::from("specs")], |list| list.0.iter().map(|s| PathBuf::from(&s.value)).collect()),
            vars: vars(&self.spec, account),
            defaults: self.defaults(account),
            ignore: ignore(self.spec.ignore.as_ref(), account.ignore.as_ref()),
            guards: guards(&self.spec, name, account),
            require: require(self.spec.require.as_ref(), account.require.as_ref()),
            forbid: forbid::rules(&self.spec, name, account, &|at| {
                self.places.get(&at).cloned().unwrap_or_else(|| self.nowhere())
            }),
        })
    }

    fn defaults(&self, account: &AccountSpec) -> Defaults {
        let mut out = Defaults { place: self.place.clone(), source_line: self.line.clone(), ..Defaults::default() };
        for spec in [&self.spec.defaults, &account.defaults].into_iter().flatten() {
            let DefaultsSpec { tags, path, permissions_boundary, max_session_duration } = spec;
            out.tags.extend(tags.iter().flat_map(|t| &t.list).map(|(k, v)| (k.value.clone(), v.value.clone())));
            out.path = path.as_ref().map(|p| p.value.clone()).or(out.path);
            let boundary = permissions_boundary.as_ref().map(|b| b.value.clone());
            // `none` of an account takes back the project's boundary.
            out.permissions_boundary = boundary.or(out.permissions_boundary).filter(|b| b != "none");
            out.max_session_duration = max_session_duration.as_ref().map(|d| d.value.0).or(out.max_session_duration);
        }
        out
    }
}

fn assume(role: &AssumeRoleSpec) -> AssumeRole {
    AssumeRole {
        arn: role.arn.value.clone(),
        external_id: role.external_id.as_ref().map(|x| x.value.clone()),
        session_name: role.session_name.as_ref().map(|s| s.value.clone()),
    }
}

fn defaults_place(documents: &[Node], texts: &Texts) -> Place {
    let key = documents.iter().flat_map(Node::entries).find(|(k, _)| k.as_str() == Some("defaults"));
    texts.place(key.map_or_else(Pos::default, |(k, _)| k.at))
}

fn texts_of(list: Option<&Items<At<String>>>) -> Option<Vec<String>> {
    list.map(|list| list.0.iter().map(|t| t.value.clone()).collect())
}

fn ignore(outer: Option<&IgnoreSpec>, inner: Option<&IgnoreSpec>) -> Ignore {
    let pick = |of: fn(&IgnoreSpec) -> Option<&Items<At<String>>>| {
        texts_of(inner.and_then(of)).or_else(|| texts_of(outer.and_then(of))).unwrap_or_default()
    };
    Ignore {
        tags: pick(|i| i.tags.as_ref()),
        attached_policies: pick(|i| i.attached_policies.as_ref()),
        inline_policies: pick(|i| i.inline_policies.as_ref()),
    }
}

/// The variables of an account: its own over the project's.
fn vars(project: &ProjectSpec, account: &AccountSpec) -> Vars {
    let both = [&project.vars, &account.vars].into_iter().flat_map(|v| &v.list);
    both.map(|(k, v)| (k.value.clone(), v.0.clone())).collect()
}

/// One entry of `break_glass` for an account. The account's id and partition may be known later; [`PrincipalPattern`] knows them when asked.
///
/// # Errors
/// A variable without a value, or a text that names no principal.
fn break_glass(text: &str, project: &ProjectSpec, name: &str, account: &AccountSpec) -> Result<PrincipalPattern, Finding> {
    let text = for_account(text, project, name, account)?;
    PrincipalPattern::parse(&text).map_err(|(why, help)| Finding::error("bad-reference", why).help(help))
}

/// A text with the variables that an account has. Its id and partition may be known later, and stay as they are.
///
/// # Errors
/// A variable without a value.
fn for_account(text: &str, project: &ProjectSpec, name: &str, account: &AccountSpec) -> Result<String, Finding> {
    let kept = |name: &'static str| (name, format!("${{{name}}}"));
    let mut built_in = std::collections::BTreeMap::from([kept("account_id"), kept("partition"), ("account", name.to_owned())]);
    let stack = account.stack.as_ref().or(project.stack.as_ref());
    built_in.extend(stack.map(|stack| ("stack", stack.value.clone())));
    let vars = vars(project, account);
    Scope::new(&built_in, &vars).text(text)
}

fn guards(project: &ProjectSpec, name: &str, account: &AccountSpec) -> Guards {
    let mut out = Guards::default();
    for spec in [project.guards.as_ref(), account.guards.as_ref()].into_iter().flatten() {
        let GuardsSpec {
            max_deletes,
            max_changes_percent,
            max_deletes_percent,
            max_revoked,
            delete_unused_days,
            break_glass: principals,
        } = spec;
        let number = |given: &Option<At<u32>>, before| given.as_ref().map_or(before, |n| n.value);
        out.max_deletes = max_deletes.as_ref().map_or(out.max_deletes, |n| n.value as usize);
        out.max_changes_percent = number(max_changes_percent, out.max_changes_percent);
        out.max_deletes_percent = number(max_deletes_percent, out.max_deletes_percent);
        out.max_revoked = max_revoked.as_ref().map_or(out.max_revoked, |n| n.value as usize);
        out.delete_unused_days = number(delete_unused_days, out.delete_unused_days);
        if let Some(principals) = principals {
            // `Project::parse` has refused what cannot be read.
            out.break_glass = principals.0.iter().filter_map(|text| break_glass(text, project, name, account).ok()).collect();
        }
    }
    out
}

/// For each kind the innermost word: of the account for the kind, of the account, of the project for the kind, of the project.
fn require(outer: Option<&RequireSpec>, inner: Option<&RequireSpec>) -> Require {
    type OfKind = fn(&RequireSpec) -> Option<&RequireOfKindSpec>;
    let general = |spec: &RequireSpec| RequireOfKindSpec {
        permissions_boundary: spec.permissions_boundary.clone(),
        tags: spec.tags.clone(),
        path: spec.path.clone(),
        name: spec.name.clone(),
    };
    let of = |kind: OfKind, with_general: bool| {
        let layers: Vec<RequireOfKindSpec> = [inner, outer]
            .into_iter()
            .flatten()
            .flat_map(|spec| [kind(spec).cloned(), with_general.then(|| general(spec))])
            .flatten()
            .collect();
        let pick = |key: fn(&RequireOfKindSpec) -> Option<&OneOrMany>| {
            layers.iter().find_map(key).map(OneOrMany::texts).unwrap_or_default()
        };
        Required {
            permissions_boundary: pick(|r| r.permissions_boundary.as_ref()),
            tags: pick(|r| r.tags.as_ref()),
            path: pick(|r| r.path.as_ref()),
            name: pick(|r| r.name.as_ref()),
        }
    };
    let mut policies = of(|r| r.policies.as_ref(), true);
    policies.permissions_boundary.clear();
    let general_tags = |spec: &RequireSpec| spec.tags.as_ref().map(OneOrMany::texts);
    Require {
        roles: of(|r| r.roles.as_ref(), true),
        policies,
        users: of(|r| r.users.as_ref(), true),
        groups: of(|r| r.groups.as_ref(), false),
        provider_tags: inner.and_then(general_tags).or_else(|| outer.and_then(general_tags)).unwrap_or_default(),
    }
}

/// The partition of a region (iam-facts 8); an unknown pattern is `aws`.
pub fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// Whether a text may name a stack: `[A-Za-z0-9_.:/=+@-]{1,128}`.
pub fn check_stack(text: &str) -> Result<(), Finding> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_.:/=+@-".contains(c);
    if (1..=128).contains(&text.chars().count()) && text.chars().all(good) {
        return Ok(());
    }
    Err(Finding::error("bad-name", format!("`{}` is not a name of a stack", text.escape_debug()))
        .help("use 1 to 128 letters, digits and `_.:/=+@-`"))
}

#[cfg(test)]
mod tests;
