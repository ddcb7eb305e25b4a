//! Which accounts a project has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use crate::diag::did_you_mean;
use crate::names::AccountId;

/// The wave of an account whose groups name none.
pub const DEFAULT_WAVE: u32 = 2;

/// One account of a project, as far as a selection needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in the project.
    pub name: String,
    /// Its id, if the project knows it.
    pub id: Option<AccountId>,
    /// The organisational unit that it is in, `/Workloads/Prod`; `/` is the root.
    pub ou: Option<String>,
    /// Its tags in the organisation.
    pub tags: BTreeMap<String, String>,
    /// The groups that it is in.
    pub groups: BTreeSet<String>,
    /// When `apply` comes to it: lower waves first.
    pub wave: u32,
    /// Why no command works on it: `the group `off` excludes it`.
    pub left_out: Option<String>,
}

impl Member {
    /// An account of which nothing but its name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: None,
            ou: None,
            tags: BTreeMap::new(),
            groups: BTreeSet::new(),
            wave: DEFAULT_WAVE,
            left_out: None,
        }
    }
}

/// All accounts of a project, in order of name, and the groups and organisational units that it knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster {
    members: Vec<Member>,
    groups: BTreeSet<String>,
    units: BTreeSet<String>,
    ids: Arc<BTreeSet<AccountId>>,
}

impl Roster {
    /// A roster of accounts. `groups`: the names of all groups, those without accounts included; `units`: the organisational units that
    /// hold no account.
    pub fn new(mut members: Vec<Member>, groups: BTreeSet<String>, units: BTreeSet<String>) -> Self {
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members.dedup_by(|a, b| a.name == b.name);
        let ids = members.iter().filter_map(|member| member.id.clone()).collect();
        let above = members.iter().filter_map(|member| member.ou.as_deref()).flat_map(ancestors).map(str::to_owned);
        let units = above.chain(units.iter().map(String::as_str).flat_map(ancestors).map(str::to_owned)).collect();
        Self { members, groups, units, ids: Arc::new(ids) }
    }

    /// A roster of accounts of which only the names are known.
    pub fn of_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self::new(names.into_iter().map(Member::named).collect(), BTreeSet::new(), BTreeSet::new())
    }

    /// The roster of a project that names no account.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<Roster> = LazyLock::new(Roster::default);
        &NONE
    }

    /// Whether the project names no account, so that nobody says which there are.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// All accounts, those that are left out included.
    pub fn all(&self) -> &[Member] {
        &self.members
    }

    /// The accounts that commands work on.
    pub fn active(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.left_out.is_none())
    }

    /// The account of a name.
    pub fn get(&self, name: &str) -> Option<&Member> {
        let index = self.members.binary_search_by(|member| member.name.as_str().cmp(name)).ok()?;
        self.members.get(index)
    }

    /// The id of an account.
    ///
    /// # Errors
    /// The next move, where no account has this name or the project does not know its id.
    pub fn id_of(&self, name: &str) -> Result<&str, String> {
        match self.get(name) {
            Some(Member { id: Some(id), .. }) => Ok(id.as_str()),
            Some(_) => Err(format!("the project does not know the id of the account `{name}`: write its `id:` in iamctl.yaml")),
            None if self.is_empty() => Err("the project names no accounts: list them in iamctl.yaml".to_owned()),
            None => Err(did_you_mean(name, self.names()).unwrap_or_else(|| format!("no account is called `{name}`"))),
        }
    }

    /// The names of all accounts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// The names of all groups.
    pub fn groups(&self) -> &BTreeSet<String> {
        &self.groups
    }

    /// The organisational units that are known, `/` among them where there is one.
    pub fn units(&self) -> &BTreeSet<String> {
        &self.units
    }

    /// The ids of all accounts that have one.
    pub fn ids(&self) -> Arc<BTreeSet<AccountId>> {
        Arc::clone(&self.ids)
    }
}

/// The levels of the organisation above an account and its own, from the root down: `/`, `/Workloads`, the account's id.
pub fn levels_of<'a>(unit: &'a str, account: &'a str) -> impl Iterator<Item = &'a str> {
    let units: Vec<&str> = ancestors(unit).collect();
    units.into_iter().rev().chain([account])
}

/// An organisational unit and all above it, `/` last.
pub(super) fn ancestors(unit: &str) -> impl Iterator<Item = &str> {
    let own = unit.trim_end_matches('/');
    let ends = own.char_indices().filter(|(at, c)| *c == '/' && *at > 0).map(|(at, _)| at);
    let inner: Vec<&str> = ends.filter_map(|end| own.get(..end)).chain((!own.is_empty()).then_some(own)).collect();
    inner.into_iter().rev().chain(["/"])
}
