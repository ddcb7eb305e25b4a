//! The accounts of a project: those that its file lists by hand, and those of the file that `accounts_from` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::groups::{Groups, is_path};
use super::partition_of;
use crate::diag::Finding;
use crate::fleet::{Member, Roster};
use crate::names::AccountId;
use crate::spec::shape::{AccountSpec, AccountsFile, AccountsFromSpec, AssumeRoleSpec, ListedAccount, ProjectSpec, RoleChain};
use crate::spec::source::{MAX_FILE, read_text};
use crate::spec::text::{Pos, Text, Texts};
use crate::spec::vars::{Scope, Vars};
use crate::spec::yaml::{self, At, Decoder, Entries};

/// Names that mean something else: two accounts that always exist, and every account in a selection.
const RESERVED: [&str; 3] = ["all", "aws", "local"];

/// Reads the file of `accounts_from`; what is wrong with it is a problem of the project.
pub(super) fn read(spec: &ProjectSpec, directory: &Path, texts: &mut Texts, problems: &mut Vec<Finding>) -> Option<AccountsFile> {
    let from = &spec.accounts_from.as_ref()?.value;
    let path = directory.join(&from.file.value);
    let text = match read_text(&path, MAX_FILE) {
        Ok(text) => text,
        Err(unreadable) => {
            let message = format!("the accounts file `{}` {}", from.file.escape_debug(), unreadable.why);
            let help = "write it with `iamctl accounts sync`, or correct the path";
            problems.push(texts.at(Finding::error("unreadable-file", message).help(help), from.file.at));
            return None;
        }
    };
    let file = texts.add(Text::new(from.file.value.clone(), text));
    let before = problems.len();
    let mut budget = yaml::MAX_NODES;
    let documents = yaml::parse(texts, file, &mut budget, problems);
    let decoder = Decoder::default();
    let read: Option<AccountsFile> = documents.first().and_then(|document| decoder.read(document));
    let found = decoder.into_problems().into_iter();
    problems.extend(found.map(|p| texts.at(Finding { help: p.help, ..Finding::error(p.code, p.message) }, p.at)));
    let read = read.unwrap_or_default();
    if problems.len() == before {
        let found = faults(&read, from);
        problems.extend(found.into_iter().map(|(at, problem)| texts.at(problem, at)));
    }
    Some(read)
}

/// What is wrong with an accounts file beyond its shape.
fn faults(file: &AccountsFile, from: &AccountsFromSpec) -> Vec<(Pos, Finding)> {
    let mut found = Vec::new();
    let mut report =
        |at: Pos, message: String, help: &str| found.push((at, Finding::error("bad-accounts-file", message).help(help)));
    if let Some(version) = file.format_version.as_ref().filter(|version| version.value != 1) {
        report(version.at, format!("format version {} of an accounts file is not known", version.value), "use a newer iamctl");
    }
    if let Some(wanted) = &from.organization {
        let actual = file.organization.as_ref().map(|organization| &organization.id);
        if actual.map(|id| &id.value) != Some(&wanted.value) {
            let whose =
                actual.map_or_else(|| "no organisation".to_owned(), |id| format!("the organisation `{}`", id.escape_debug()));
            let message = format!("the accounts file is of {whose}, and the project is for `{}`", wanted.escape_debug());
            report(wanted.at, message, "sync the file with credentials of that organisation");
        }
    }
    let mut units: BTreeSet<&str> = BTreeSet::new();
    for unit in &file.organizational_units.0 {
        if !is_path(&unit.path) {
            report(
                unit.path.at,
                format!("`{}` is not a path of organisational units", unit.path.escape_debug()),
                "write `/Workloads/Prod`",
            );
        }
        if !units.insert(&unit.path.value) {
            report(
                unit.path.at,
                format!("the organisational unit `{}` occurs here twice", unit.path.value),
                "sync the file again",
            );
        }
    }
    for unit in &file.organizational_units.0 {
        let parent = unit.path.rsplit_once('/').map(|(parent, _)| if parent.is_empty() { "/" } else { parent });
        if unit.path.value != "/" && parent.is_some_and(|parent| !units.contains(parent)) {
            let message = format!("the unit above `{}` is missing", unit.path.escape_debug());
            report(unit.path.at, message, "sync the file again, or list every unit up to `/`");
        }
    }
    let (mut names, mut ids) = (BTreeMap::new(), BTreeMap::new());
    for account in &file.accounts.0 {
        let name = &account.name;
        if RESERVED.contains(&name.value.as_str()) {
            report(
                name.at,
                format!("an account cannot be called `{}`, which is a reserved word", name.value),
                "choose another name",
            );
        }
        if names.insert(name.value.as_str(), name.at).is_some() {
            report(name.at, format!("two accounts are called `{}`", name.escape_debug()), "give one of them another name");
        }
        let id = account.id.0.as_str().unwrap_or_default();
        if ids.insert(id, account.id.0.at).is_some() {
            report(account.id.0.at, format!("the account `{}` occurs here twice", id.escape_debug()), "sync the file again");
        }
        if !is_path(&account.ou) {
            report(
                account.ou.at,
                format!("`{}` is not a path of organisational units", account.ou.escape_debug()),
                "write `/Workloads/Prod`",
            );
        } else if !units.is_empty() && !units.contains(account.ou.value.as_str()) {
            let message = format!("the organisational unit `{}` of `{}` is not listed", account.ou.value, name.escape_debug());
            report(account.ou.at, message, "sync the file again, or add it to `organizational_units`");
        }
    }
    for policy in file.policies.iter().flat_map(|list| &list.0) {
        for target in &policy.targets.0 {
            if !units.contains(target.value.as_str()) && !ids.contains_key(target.value.as_str()) {
                let message = format!(
                    "`{}`, to which the policy `{}` is attached, is not listed",
                    target.escape_debug(),
                    policy.name.escape_debug()
                );
                report(target.at, message, "name a path of `organizational_units`, or the id of an account");
            }
        }
    }
    found
}

/// Puts the accounts of the file beside those that the project lists, and what the groups say of each below what it says itself.
pub(super) fn expand(spec: &mut ProjectSpec, file: Option<&AccountsFile>, texts: &Texts, problems: &mut Vec<Finding>) -> Roster {
    let by_hand = std::mem::take(&mut spec.accounts.list);
    let listed: &[At<ListedAccount>] = file.map(|file| file.accounts.0.as_slice()).unwrap_or_default();
    let facts = Facts::of(listed);
    let mut accounts = Vec::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for (name, mut account) in by_hand {
        if let Some(fact) = facts.about(&name, &account) {
            let (own, theirs) = (account.id.as_ref().and_then(|id| id.0.as_str()), fact.id.0.as_str().unwrap_or_default());
            if own.is_some_and(|own| own != theirs) {
                let message = format!(
                    "the account `{}` has the id {} here and {theirs} in the accounts file",
                    name.value,
                    own.unwrap_or_default()
                );
                let at = account.id.as_ref().map_or(name.at, |id| id.0.at);
                let problem =
                    Finding::error("duplicate-account", message).help("correct the id, or give this account another name");
                problems.push(texts.at(problem.related("the same name", texts.place(fact.name.at)), at));
            }
            let same_stack =
                account.stack.as_ref().is_none_or(|own| spec.stack.as_ref().is_some_and(|stack| stack.value == own.value));
            if same_stack || name.value == fact.name.value {
                taken.insert(&fact.name.value);
            }
            let reaches = account.embedded.is_some() || account.profile.is_some() || account.assume_role.is_some();
            account.value.id.get_or_insert_with(|| fact.id.clone());
            account.value.ou.get_or_insert_with(|| fact.ou.clone());
            let own_tags = std::mem::take(&mut account.value.tags.list);
            account.value.tags.list = fact.tags.list.iter().cloned().chain(own_tags).collect();
            if let Some(from) = spec.accounts_from.as_ref().filter(|_| !reaches) {
                reach(&mut account.value, &name, from, texts, problems);
            }
            let member = Member { left_out: inactive(fact), ..member(&name, &account) };
            accounts.push((name, account, member));
        } else {
            let member = member(&name, &account);
            accounts.push((name, account, member));
        }
    }
    for fact in listed.iter().filter(|fact| !taken.contains(fact.name.value.as_str())) {
        let mut account = AccountSpec {
            id: Some(fact.id.clone()),
            ou: Some(fact.ou.clone()),
            tags: Entries { list: fact.tags.list.clone(), faulty: Vec::new() },
            ..AccountSpec::default()
        };
        if let Some(from) = &spec.accounts_from {
            reach(&mut account, &fact.name, from, texts, problems);
        }
        let member = Member { left_out: inactive(fact), ..member(&fact.name, &account) };
        accounts.push((fact.name.clone(), At { at: fact.at, value: account }, member));
    }
    let units = file.map(|file| file.organizational_units.0.iter().map(|unit| unit.path.value.clone()).collect());
    let mut groups = Groups::read(spec, texts, problems);
    for (_, account, member) in &mut accounts {
        groups.join(member, &mut account.value);
    }
    let members = accounts.iter().map(|(_, _, member)| member.clone()).collect();
    let roster = Roster::new(members, groups.names(), units.unwrap_or_default());
    problems.extend(groups.faults(&roster, texts));
    spec.accounts.list = accounts.into_iter().map(|(name, account, _)| (name, account)).collect();
    twice(spec, texts, problems);
    roster
}

/// Two entries of one account and one stack that read different specs: each would delete what the other declares.
fn twice(spec: &ProjectSpec, texts: &Texts, problems: &mut Vec<Finding>) {
    type Entry<'s> = (&'s At<String>, Vec<&'s str>);
    let mut seen: BTreeMap<(&str, Option<&str>), Entry<'_>> = BTreeMap::new();
    for (name, account) in &spec.accounts.list {
        let Some(id) = account.id.as_ref().and_then(|id| id.0.as_str()) else { continue };
        let stack = account.stack.as_ref().or(spec.stack.as_ref()).map(|stack| stack.value.as_str());
        let specs = account.specs.as_ref().or(spec.specs.as_ref());
        let specs: Vec<&str> =
            specs.map_or_else(|| vec!["specs"], |list| list.0.iter().map(|path| path.value.as_str()).collect());
        match seen.get(&(id, stack)) {
            Some((first, theirs)) if *theirs != specs => {
                let message = format!(
                    "`{}` and `{}` are one account and one stack with different specs: each would delete what the other declares",
                    first.value, name.value
                );
                let problem = Finding::error("duplicate-account", message)
                    .help("give one of them a `stack:` of its own, or the same `specs:`");
                problems.push(texts.at(problem.related("the other entry", texts.place(first.at)), name.at));
            }
            Some(_) => {}
            None => drop(seen.insert((id, stack), (name, specs))),
        }
    }
}

/// What the accounts file says, by name and by id.
struct Facts<'f> {
    names: BTreeMap<&'f str, &'f At<ListedAccount>>,
    ids: BTreeMap<&'f str, &'f At<ListedAccount>>,
}

impl<'f> Facts<'f> {
    fn of(listed: &'f [At<ListedAccount>]) -> Self {
        let names = listed.iter().map(|account| (account.name.value.as_str(), account)).collect();
        Self { names, ids: listed.iter().filter_map(|account| Some((account.id.0.as_str()?, account))).collect() }
    }

    fn about(&self, name: &str, account: &AccountSpec) -> Option<&'f At<ListedAccount>> {
        let of_id = account.id.as_ref().and_then(|id| self.ids.get(id.0.as_str()?));
        self.names.get(name).or(of_id).copied()
    }
}

fn inactive(account: &ListedAccount) -> Option<String> {
    let state = account.state.as_ref().filter(|state| state.value != "ACTIVE")?;
    Some(format!("its state in the organisation is {}", state.value))
}

fn member(name: &str, account: &AccountSpec) -> Member {
    Member {
        id: account.id.as_ref().and_then(|id| AccountId::parse(id.0.as_str()?)),
        ou: account.ou.as_ref().map(|ou| ou.value.clone()),
        tags: account.tags.list.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect(),
        ..Member::named(name)
    }
}

/// How to reach an account, as `accounts_from` says for each.
fn reach(account: &mut AccountSpec, name: &str, from: &AccountsFromSpec, texts: &Texts, problems: &mut Vec<Finding>) {
    let region = account.region.clone().or_else(|| from.region.clone());
    let partition = account.partition.clone().or_else(|| from.partition.clone());
    let of_region = region.as_ref().map_or("aws", |region| partition_of(region));
    let id = account.id.as_ref().and_then(|id| id.0.as_str()).unwrap_or_default().to_owned();
    let built_in = BTreeMap::from([
        ("account_id", id),
        ("account", name.to_owned()),
        ("partition", partition.as_ref().map_or(of_region, |partition| partition.value.as_str()).to_owned()),
    ]);
    let vars = Vars::new();
    let mut fill = |text: &At<String>| match Scope::new(&built_in, &vars).text(text) {
        Ok(value) => At { at: text.at, value },
        Err(problem) => {
            problems.push(
                texts.at(problem.help("`${account_id}`, `${account}` and `${partition}` stand for each account's own"), text.at),
            );
            text.clone()
        }
    };
    account.embedded = from.embedded.as_ref().map(&mut fill);
    account.profile = from.profile.as_ref().map(&mut fill);
    account.assume_role = from.assume_role.as_ref().map(|chain| {
        let roles = chain.0.iter().map(|role| AssumeRoleSpec {
            arn: fill(&role.arn),
            external_id: role.external_id.as_ref().map(&mut fill),
            session_name: role.session_name.as_ref().map(&mut fill),
        });
        RoleChain(roles.collect())
    });
    (account.region, account.partition) = (region, partition);
}
