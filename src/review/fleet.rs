//! The report of a plan of many accounts: one verdict, equal changes folded, and the outcome of each account.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fold::{self, OwnValues};
use super::report::{AccountReport, Report, ReviewVerdict, Subject};
use super::verdict::ReviewBasis;
use super::{headline, notices};
use crate::names::{AccountId, Address};
use crate::plan::{AccessVerdict, GuardRefusal, Summary};

/// The outcome of each account of a change, which `--out DIR` writes as `fleet.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// Version of this format: 1.
    pub format_version: u32,
    /// `sha256:…` over the pairs of account id and plan digest, in order of the ids.
    pub digest: String,
    /// Every account that was selected, by name.
    pub accounts: Vec<FleetAccount>,
    /// Accounts whose change is the same up to their own id, name and variables, the largest group first.
    pub groups: Vec<FleetGroup>,
    /// How many accounts there are of each outcome.
    pub totals: BTreeMap<FleetOutcome, usize>,
    /// Guards over all accounts that refuse the change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardRefusal>,
    /// Accounts that were selected too and that other shards work on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<FleetMember>,
}

/// An account that another shard works on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetMember {
    /// Its name in the project.
    pub name: String,
    /// Its id; null where the project does not know it.
    pub id: Option<AccountId>,
    /// Its organisational unit; null where it is not known.
    pub ou: Option<String>,
}

impl FleetMember {
    /// The account as one that nobody looked at.
    pub fn absent(&self) -> FleetAccount {
        FleetAccount {
            name: self.name.clone(),
            id: self.id.clone(),
            ou: self.ou.clone(),
            outcome: FleetOutcome::Absent,
            exit: 1,
            digest: None,
            summary: None,
            message: Some("no shard handled it".to_owned()),
            vars: OwnValues::new(),
        }
    }
}

/// Counts by outcome.
pub fn totals_of(accounts: &[FleetAccount]) -> BTreeMap<FleetOutcome, usize> {
    let mut totals = BTreeMap::new();
    for account in accounts {
        *totals.entry(account.outcome).or_default() += 1;
    }
    totals
}

/// One account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetAccount {
    /// Its name in the project.
    pub name: String,
    /// Its id; null where neither the project nor the account said it.
    pub id: Option<AccountId>,
    /// Its organisational unit; null where it is not known.
    pub ou: Option<String>,
    /// Its outcome.
    pub outcome: FleetOutcome,
    /// What a run for this account alone would exit with.
    pub exit: u8,
    /// The digest of its plan; null where there is none.
    pub digest: Option<String>,
    /// Counts of its changes by action; null where there is no plan.
    pub summary: Option<Summary>,
    /// The reason for the outcome.
    pub message: Option<String>,
    /// What is its own, beside id and name: its variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: OwnValues,
}

/// Accounts with one change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetGroup {
    /// Their names.
    pub accounts: Vec<String>,
    /// `sha256:…` over the steps of the first of them, its id and name taken out.
    pub digest_of_shape: String,
}

/// The outcome of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FleetOutcome {
    /// It is as the specs have it.
    Unchanged,
    /// It would change.
    Changes,
    /// Something in it is blocked.
    Blocked,
    /// A guard refuses its plan, or the plan is not complete.
    Refused,
    /// Its specs or its plan have errors, or its apply failed.
    Failed,
    /// It could not be read.
    Unreachable,
    /// Nobody looked at it.
    Absent,
    /// Its plan was carried out.
    Applied,
    /// Its plan was carried out in part.
    PartlyApplied,
    /// Nothing was begun in it.
    NotStarted,
}

impl FleetOutcome {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changes => "changes",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
            Self::Absent => "absent",
            Self::Applied => "applied",
            Self::PartlyApplied => "partly applied",
            Self::NotStarted => "not started",
        }
    }

    /// Whether a person has to look at it.
    pub fn is_trouble(self) -> bool {
        !matches!(self, Self::Unchanged | Self::Changes | Self::Applied)
    }
}

/// One account, with the report of its plan where there is one.
pub struct FleetPart {
    /// Its outcome.
    pub account: FleetAccount,
    /// What [`super::of_plan`] says of its plan.
    pub report: Option<Report>,
}

/// The digest over all accounts that have a plan.
pub fn fleet_digest(accounts: &[FleetAccount]) -> String {
    let pairs: BTreeSet<(&str, &str)> = accounts
        .iter()
        .filter_map(|account| {
            Some((account.id.as_ref().map_or(account.name.as_str(), |id| id.as_str()), account.digest.as_deref()?))
        })
        .collect();
    let text: String = pairs.iter().map(|(id, digest)| format!("{id} {digest}\n")).collect();
    sha256(&text)
}

fn sha256(text: &str) -> String {
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hash}")
}

/// The report of many plans.
pub fn of_fleet(mut parts: Vec<FleetPart>, elsewhere: Vec<FleetMember>, guards: Vec<GuardRefusal>) -> Report {
    parts.sort_by(|a, b| a.account.name.cmp(&b.account.name));
    let mut verdicts: BTreeMap<ReviewVerdict, usize> = BTreeMap::new();
    let mut results = Vec::new();
    let mut causes = BTreeSet::new();
    let mut told = Vec::new();
    let mut accounts = Vec::new();
    for FleetPart { account, report } in parts {
        if let Some(report) = report {
            *verdicts.entry(report.verdict).or_default() += 1;
            causes.extend(report.causes);
            told.extend(report.notices);
            let basis = ReviewBasis { failed: report.verdict == ReviewVerdict::Error, comparable: true };
            let changes = |of: &AccountReport| {
                !of.changes.is_empty() || !of.errors.is_empty() || of.plan.as_ref().is_some_and(|plan| !plan.complete)
            };
            results.extend(report.accounts.into_iter().filter(changes).map(|of| (of, basis, account.vars.clone())));
        }
        accounts.push(account);
    }
    let entries: Vec<AccountReport> = fold::same(results).into_iter().map(|(report, _)| report).collect();
    let groups = entries.iter().map(|entry| FleetGroup {
        accounts: entry.accounts.iter().map(|account| account.name.clone()).collect(),
        digest_of_shape: digest_of_shape(entry),
    });
    let groups = groups.collect();
    let totals = totals_of(&accounts);
    let verdict = verdicts.keys().next_back().copied().unwrap_or(ReviewVerdict::NoChange);
    let trouble = |outcome| matches!(outcome, FleetOutcome::Failed | FleetOutcome::Unreachable | FleetOutcome::Absent);
    let verdict = if accounts.iter().any(|account| trouble(account.outcome)) { ReviewVerdict::Error } else { verdict };
    let mut seen = BTreeSet::new();
    told.retain(|notice| seen.insert(notice.clone()));
    told.sort_by_key(notices::rank);
    let gravest = verdicts.keys().next_back().copied().unwrap_or(ReviewVerdict::NoChange);
    let sentence = headline::headline(Subject::Plan, gravest, &entries, &told);
    let mut headline = first_line(&totals, &verdicts, &entries, gravest, &sentence);
    if let Some(guard) = guards.first() {
        headline += &format!("; refused: {}", guard.message);
    }
    let fleet = Fleet { format_version: 1, digest: fleet_digest(&accounts), accounts, groups, totals, guards, elsewhere };
    Report {
        format_version: 1,
        iamctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        subject: Subject::Plan,
        verdict,
        headline,
        concerns: causes.iter().map(|cause| cause.gate).collect(),
        causes,
        notices: told,
        accounts: entries,
        fleet: Some(fleet),
    }
}

/// `12 of 240 accounts change; new access in 3, for 5 principals: …; 1 unreachable`.
fn first_line(
    totals: &BTreeMap<FleetOutcome, usize>,
    verdicts: &BTreeMap<ReviewVerdict, usize>,
    entries: &[AccountReport],
    gravest: ReviewVerdict,
    sentence: &str,
) -> String {
    let all: usize = totals.values().sum();
    let changing: usize = entries.iter().filter(|entry| !entry.changes.is_empty()).map(|entry| entry.accounts.len()).sum();
    let trouble = totals.iter().filter(|(outcome, _)| outcome.is_trouble());
    let trouble: Vec<String> = trouble.map(|(outcome, n)| format!("{n} {}", outcome.words())).collect();
    let mut text = match (changing, trouble.is_empty()) {
        (0, true) => format!("No changes in {}", accounts_word(all)),
        (_, _) => format!("{changing} of {} change", accounts_word(all)),
    };
    let gained = |access: &crate::plan::AccessChange| access.verdict == AccessVerdict::NewAccess;
    let who = |entry: &AccountReport| {
        entry.access.iter().filter(|access| gained(access)).map(|a| a.principal.clone()).collect::<Vec<Address>>()
    };
    let gaining: usize = entries.iter().filter(|entry| entry.access.iter().any(gained)).map(|entry| entry.accounts.len()).sum();
    let principals: usize = entries.iter().map(|entry| who(entry).len() * entry.accounts.len()).sum();
    if gaining > 0 {
        text += &format!("; new access in {gaining}, for {principals} principal{}", if principals == 1 { "" } else { "s" });
    }
    for (verdict, word) in
        [(ReviewVerdict::Escalation, "escalation"), (ReviewVerdict::Undecided, "undecided"), (ReviewVerdict::Error, "errors")]
    {
        if let Some(n) = verdicts.get(&verdict) {
            text += &format!("; {word} in {n}");
        }
    }
    if changing > 0 && gravest == ReviewVerdict::NoNewAccess && trouble.is_empty() {
        text += "; no new access (proven)";
    }
    if gravest > ReviewVerdict::NoNewAccess {
        let rest = ["New access: ", "Escalation: ", "Undecided: ", "Error: "].iter().find_map(|word| sentence.strip_prefix(word));
        text += &format!(": {}", rest.unwrap_or(sentence));
    }
    if !trouble.is_empty() {
        text += &format!("; {}", trouble.join(", "));
    }
    text
}

fn accounts_word(n: usize) -> String {
    format!("{n} {}", if n == 1 { "account" } else { "accounts" })
}

/// The steps of an entry's first account, without its id and name.
fn digest_of_shape(entry: &AccountReport) -> String {
    let steps = entry.plan.as_ref().map(|plan| serde_json::to_string(&plan.steps).unwrap_or_default()).unwrap_or_default();
    let Some(account) = entry.accounts.first() else { return sha256(&steps) };
    sha256(&steps.replace(account.id.as_str(), "${account_id}").replace(&account.name, "${account}"))
}
