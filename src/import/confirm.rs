//! Accounts → spec files, confirmed by a plan of each account before anybody writes them.

use std::collections::{BTreeMap, BTreeSet};

use super::Yaml;
use super::account::{Import, units};
use super::check::{self, RoundTrip};
use super::layout::{self, MetadataFiles, SpecFile};
use super::leave_out::Report;
use super::merge::{Merged, Side, merged};
use super::renew;
use super::shorten::{Shortened, shortened};
use crate::diag::Finding;
use crate::model::Snapshot;
use crate::names::{Address, EntityKind, Name};
use crate::plan::Change;
use crate::spec::ResolveContext;
use crate::spec::project::Project;
use crate::spec::vars::Vars;

/// The files, and what is to be said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Name (relative to the folder) and text of each file, by name.
    pub files: BTreeMap<String, String>,
    /// What the files declare, in any of the accounts.
    pub declared: BTreeSet<Address>,
    /// The variables in which the accounts differ, as the `accounts:` of a project file; empty where they differ in none.
    pub vars: String,
    /// What was left out or could not be known.
    pub report: Report,
}

/// Why nothing may be written.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportError {
    /// The specs that are there have errors.
    Existing(Vec<Finding>),
    /// The new specs have errors that belong to no entity.
    Specs(Vec<Finding>),
    /// The new specs would change the account.
    Differs {
        /// The changes beyond ownership tags.
        changes: Vec<Change>,
        /// What else the plan says against them.
        problems: Vec<String>,
    },
}

/// Most rounds of writing and confirming; each leaves more out, or writes more in full.
const ROUNDS: usize = 12;

/// Makes the files of one account.
///
/// # Errors
/// [`ImportError`]; then nothing is to be written.
pub fn import(one: &Import<'_>) -> Result<Imported, ImportError> {
    import_all(std::slice::from_ref(one), true).map_err(|(_, why)| why)
}

/// Makes one set of files for several accounts. `everywhere` says that the project has no other accounts, so that what all of these
/// have may be declared without naming them.
///
/// # Errors
/// The account, and why nothing is to be written.
pub fn import_all(imports: &[Import<'_>], everywhere: bool) -> Result<Imported, (String, ImportError)> {
    let ready: Vec<(Snapshot, BTreeSet<Address>, Report)> = imports.iter().map(ready).collect();
    let prepared = imports.iter().zip(&ready).map(|(import, (snapshot, additive, _))| {
        let context = ResolveContext { snapshot: Some(snapshot), ..import.context.clone() };
        Import { snapshot, additive, context, ..*import }
    });
    let imports: Vec<Import<'_>> = prepared.collect();
    let named = |import: &Import<'_>, why| (import.context.account_name.to_owned(), why);
    let known = imports.iter().map(|import| check::declared(import).map_err(|p| named(import, ImportError::Existing(p))));
    let known: Vec<BTreeSet<Address>> = known.collect::<Result<_, _>>()?;
    let mut rejected: Vec<BTreeMap<Address, String>> = vec![BTreeMap::new(); imports.len()];
    let mut in_full: BTreeSet<Name> = BTreeSet::new();
    let mut last = None;
    for _ in 0..ROUNDS {
        let mut saml = MetadataFiles::new(imports.first().map_or(&BTreeSet::new(), |import| import.taken));
        let mut sides = Vec::new();
        for ((import, known), rejected) in imports.iter().zip(&known).zip(&rejected) {
            let mut report = Report::default();
            let (units, declared) = units(import, known, rejected, &in_full, &mut saml, &mut report);
            sides.push(Side { import, units, declared, report });
        }
        let Merged { units, vars, own } = merged(&sides, everywhere, false);
        let files = layout::files(&units, imports.first().map_or(&BTreeSet::new(), |import| import.taken));
        let mut again = false;
        let mut digests = Vec::new();
        last = None;
        for (n, side) in sides.iter().enumerate() {
            let vars = all_vars(side.import, &vars).map_err(|p| named(side.import, ImportError::Specs(p)))?;
            let context = ResolveContext { vars: &vars, ..side.import.context.clone() };
            let with_vars = Import { context, ..*side.import };
            let stuck = |problems| named(side.import, ImportError::Differs { changes: Vec::new(), problems });
            match check::judge(&with_vars, &files, &side.declared) {
                RoundTrip::Good(digest) => digests.push(digest),
                RoundTrip::Rejected(more) => {
                    let of_side = |address: Address| own.get(&(n, address.clone())).cloned().unwrap_or(address);
                    let more: BTreeMap<Address, String> = more.into_iter().map(|(a, why)| (of_side(a), why)).collect();
                    let old = rejected.get_mut(n);
                    again |= old.as_ref().is_some_and(|old| more.keys().any(|address| !old.contains_key(address)));
                    last = Some(stuck(more.iter().map(|(address, why)| format!("`{address}`: {why}")).collect()));
                    old.into_iter().for_each(|old| old.extend(more.clone()));
                }
                RoundTrip::InFull(more) => {
                    again |= !more.is_subset(&in_full);
                    last = Some(stuck(more.iter().map(|n| format!("`role/{n}`: its trust reads back as another")).collect()));
                    in_full.extend(more);
                }
                RoundTrip::Bad(problems) => return Err(named(side.import, ImportError::Specs(problems))),
                RoundTrip::Differs { changes, problems } => {
                    return Err(named(side.import, ImportError::Differs { changes, problems }));
                }
            }
        }
        if last.is_none() {
            let (files, vars) = shorter(&sides, everywhere, &files, &digests).unwrap_or((files, vars));
            let reports = sides.iter().zip(&ready).map(|(side, (_, _, renewed))| {
                let mut report = side.report.clone();
                report.notes.extend(renewed.notes.iter().filter(|note| side.declared.contains(&note.address)).cloned());
                (side.import.context.account_name, report)
            });
            let report = Report::of_all(reports.collect());
            let declared = sides.iter().flat_map(|side| side.declared.iter().cloned()).collect();
            let files = files.into_iter().map(|f| (f.name, f.text)).collect();
            return Ok(Imported { files, declared, vars, report });
        }
        if !again {
            break;
        }
    }
    Err(last.unwrap_or_else(|| (String::new(), ImportError::Specs(Vec::new()))))
}

/// The files and variables with templates and parts, where that is shorter and every account's plan is the same call by call.
fn shorter(sides: &[Side<'_>], everywhere: bool, plain: &[SpecFile], digests: &[String]) -> Option<(Vec<SpecFile>, String)> {
    let first = sides.first()?.import;
    let Merged { units, vars, .. } = merged(sides, everywhere, true);
    let Shortened { units, templates } = shortened(&units, first.layout, first.taken);
    let mut files = layout::files(&units, first.taken);
    files.extend(templates);
    if files == plain {
        return None;
    }
    let same = sides.iter().zip(digests).all(|(side, digest)| {
        all_vars(side.import, &vars).is_ok_and(|vars| {
            let context = ResolveContext { vars: &vars, ..side.import.context.clone() };
            let with_vars = Import { context, ..*side.import };
            matches!(check::judge(&with_vars, &files, &side.declared), RoundTrip::Good(found) if found == *digest)
        })
    });
    same.then_some((files, vars))
}

/// An account as specs can say it, what is additive in it, and what had to be rewritten.
fn ready(import: &Import<'_>) -> (Snapshot, BTreeSet<Address>, Report) {
    let mut snapshot = import.snapshot.clone();
    let mut renewed = Report::default();
    renew::documents(&mut snapshot, &mut renewed);
    let additive = import.additive.iter().cloned().chain(partly_read(&snapshot)).collect();
    (snapshot, additive, renewed)
}

/// The rule of [`On`](super::assembly::On) for what was not read: the entity on which it hangs is additive.
fn partly_read(snapshot: &Snapshot) -> Vec<Address> {
    let roles = snapshot
        .roles
        .iter()
        .filter(|(_, role)| role.tags.is_unread() || role.attached_policies.is_unread() || role.inline_policies.is_unread());
    let policies = snapshot.policies.iter().filter(|(_, policy)| policy.tags.is_unread());
    let roles = roles.map(|(name, _)| Address::new(EntityKind::Role, name));
    roles.chain(policies.map(|(name, _)| Address::new(EntityKind::Policy, name))).collect()
}

/// The variables of an account with the new ones, read from the text that the user gets.
fn all_vars(import: &Import<'_>, text: &str) -> Result<Vars, Vec<Finding>> {
    let mut vars = import.context.vars.clone();
    if !text.is_empty() {
        let project = Project::parse("iamctl.yaml", &format!("version: 1\n{text}"), std::path::Path::new("."))?;
        // An account without a word in the text has no new variable.
        vars.extend(project.account(import.context.account_name).map(|account| account.vars).unwrap_or_default());
    }
    Ok(vars)
}

/// The `accounts:` of a project file with these variables.
pub(super) fn vars_text(vars: &BTreeMap<&str, Vec<(String, Yaml)>>) -> String {
    if vars.is_empty() {
        return String::new();
    }
    let account = |(name, vars): (&&str, &Vec<(String, Yaml)>)| {
        ((*name).to_owned(), Yaml::Map(vec![("vars".to_owned(), Yaml::Map(vars.clone()))]))
    };
    let accounts = Yaml::Map(vars.iter().map(account).collect());
    super::document_text(&[("accounts".to_owned(), accounts)], 0)
}
