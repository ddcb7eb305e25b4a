//! Base against head: the account that the base's specs describe, and the plan of the head on it. What a pull request changes falls out
//! of the same code as every plan (INVARIANT (plan-is-all)); access, escalation paths and tests are those of the account that the plan
//! ends in.

use std::collections::BTreeSet;

use super::OwnValues;
use super::across::Ends;
use super::report::{AccountReport, FindingsReport, Notice, Reservation, TestsReport};
use super::{ceiling, chains, drift, left, notices, placeholders, providers, settled, spec_tests, worst};
use crate::cases::{self, TestOutcome};
use crate::diag::Severity;
use crate::diff::Context;
use crate::graph;
use crate::holdings::AccountState;
use crate::lint::rules::{ADMINISTRATOR_ACCESS, FORBIDDEN_ACCESS, PRIVILEGE_ESCALATION};
use crate::lint::{self, ESCALATION_CODES, Surroundings};
use crate::model::{AccountIdentity, Desired, Seen, Snapshot};
use crate::names::Address;
use crate::plan::{AccessChange, AccessVerdict, Action, Change, Finding, Plan, PlanAccount, PlanOptions, Summary};
use crate::planner::{self, Planned};
use crate::scope::{Ignore, Settings};
use crate::spec::{Loaded, Resolved, Waiver};

/// Begins the message of an error of the base, for readers.
const BEFORE: &str = "before this change: ";

/// One side of a pull request, for one account.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// What the specs say.
    pub resolved: Resolved,
    /// What was read, for places.
    pub loaded: &'a Loaded,
    /// What the rules know beside the specs.
    pub around: Surroundings,
}

/// A side, or the problems that leave it without a meaning.
pub type SideRead<'a> = Result<Side<'a>, Vec<Finding>>;

/// One side on an account that was read. Its meaning there may differ from that of the specs alone: the paths of roles that no spec
/// declares are known.
#[derive(Debug)]
pub struct OnAccount<'a> {
    /// The side.
    pub side: Side<'a>,
    /// Its plan.
    pub planned: Planned,
}

/// An account that both sides are planned on beside.
#[derive(Debug)]
pub struct Against<'a> {
    /// The account as it is.
    pub account: Snapshot,
    /// The head on it.
    pub head: OnAccount<'a>,
    /// The base on it; `None` where there is none.
    pub base: Option<OnAccount<'a>>,
}

/// What is reported of one account.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The account's part of the report.
    pub report: AccountReport,
    /// For the first lines.
    pub notices: Vec<Notice>,
    /// Whether both sides had a meaning.
    pub comparable: bool,
    /// Whether errors of the head, and not only of the base, stand in the report.
    pub failed: bool,
    /// The account after both sides, where both had a meaning.
    pub ends: Option<Ends>,
    /// What is the account's own beside its id and name; put back before results are folded.
    pub own: OwnValues,
}

/// Compares two sides. `settings` are the head's, and hold for both: a change to them is reported by [`super::project_notices`].
/// `ignored`: what the base ignored.
pub fn compare(
    account: &PlanAccount,
    settings: &Settings,
    ignored: &Ignore,
    base: &SideRead<'_>,
    head: &SideRead<'_>,
    against: Option<Against<'_>>,
) -> Compared {
    let mut report = AccountReport::empty(account.clone(), Some(settings.stack.clone()));
    let of_base = base.as_ref().err().into_iter().flatten().map(before);
    report.errors.extend(of_base);
    let of_head = head.as_ref().err().into_iter().flatten();
    report.errors.extend(of_head.cloned());
    let mut failed = head.is_err();
    let mut notices = Vec::new();
    let mut ends = None;
    let comparable = match (base, head) {
        (Ok(base), Ok(head)) => {
            let whole = sides(&mut report, &mut notices, settings, base, head, &mut failed, &mut ends);
            if against.is_none() {
                left::add(&mut report, &base.resolved.desired, &head.resolved.desired);
                left::no_longer_ignored(&mut report, ignored, &settings.ignore);
            }
            whole
        }
        // What the head says of itself is worth having though there is nothing to compare it with.
        (Err(_), Ok(head)) => {
            let state = AccountState::of_specs(&head.resolved.desired, identity(account));
            report.tests =
                Some(spec_tests::compare(&[], &cases::run(&head.resolved, head.loaded, &state, cases::Options::default())));
            let found = findings(head, &head.resolved.desired);
            report.findings = FindingsReport { standing: found.open.len(), ..FindingsReport::default() };
            false
        }
        _ => false,
    };
    if let Some(against) = against {
        worst::add(&mut report, &against);
        let Against { head, base, .. } = against;
        let plan = head.planned.plan;
        report.drift = base.map(|base| drift::of(&plan, &base.planned.plan)).unwrap_or_default();
        notices.extend(notices::of_plan(&plan));
        report.plan = Some(plan);
    }
    notices.extend(report.reservations.iter().map(Reservation::notice));
    Compared { report, notices, comparable, failed, ends, own: OwnValues::new() }
}

fn identity(account: &PlanAccount) -> AccountIdentity {
    AccountIdentity { id: account.id.clone(), partition: account.partition.clone() }
}

/// The same error, marked as one of the base.
fn before(error: &Finding) -> Finding {
    Finding { message: format!("{BEFORE}{}", error.message), ..error.clone() }
}

/// Fills the report and `ends`. Whether all of the base could be carried out; `failed`: whether the head has errors.
fn sides(
    report: &mut AccountReport,
    notices: &mut Vec<Notice>,
    settings: &Settings,
    base: &Side<'_>,
    head: &Side<'_>,
    failed: &mut bool,
    ends: &mut Option<Ends>,
) -> bool {
    let Some(account) = report.accounts.first().map(identity) else { return false };
    let (was, is) = (&base.resolved.desired, &head.resolved.desired);
    let (before_apply, refused) = described(account, settings, was, is);
    let whole = refused.is_empty();
    report.errors.extend(refused.iter().map(before));
    let mut settings = settings.clone();
    // What IAM cannot change is shown as recreated. A notice says that an apply needs a flag for it.
    let replace = is.addresses().into_iter().collect();
    settings.options = PlanOptions { prune: true, replace, ..PlanOptions::default() };
    let cx = Context { desired: is, snapshot: &before_apply, settings: &settings };
    let planner::Planned { plan: mut planned, mut end, .. } = planner::plan(&cx);
    // What the organisation allows is no plan's to change, and yet it may differ between the two sides.
    if was.ceiling != is.ceiling && (end.is_some() || planned.steps.is_empty()) {
        let under = Snapshot { ceiling: is.ceiling.clone(), ..end.take().unwrap_or_else(|| before_apply.clone()) };
        planned.access = planner::access::between_accounts(&before_apply, &under);
        end = Some(under);
    }
    ceiling::add(report, notices, was.ceiling.as_deref(), is.ceiling.as_deref());
    let after = end.as_ref().unwrap_or(&before_apply);
    report.graph = graph::of(after, Some(&before_apply));
    let (tests_before, tests_after) = (run_tests(base, &before_apply), run_tests(head, after));
    notices.extend(notices::of_specs(base, head));
    notices.extend(notices::of_changes(&cx, &planned, was));
    notices.extend(notices::kept(was, is, after));
    notices.extend(spec_tests::notices(&base.resolved, &head.resolved, &|address| is.declares(address)));
    providers::add(report, &before_apply, after, was);
    let (errors, warned): (Vec<Finding>, Vec<Finding>) =
        planned.findings.into_iter().partition(|f| f.severity == Severity::Error);
    *failed |= !errors.is_empty();
    report.errors.extend(errors);
    // What the plan says of what stays as it is, it would say of the base too.
    let changed: BTreeSet<&Address> = planned.changes.iter().map(|c| &c.address).collect();
    let news = |f: &Finding| f.severity > Severity::Note && f.address.as_ref().is_none_or(|a| changed.contains(a));
    let warned: Vec<Finding> = warned.into_iter().filter(news).collect();
    report.changes = planned.changes.into_iter().map(bare).collect();
    report.summary = planned.summary;
    report.access = planned.access;
    let accepted = accepted(&base.resolved.waivers, &head.resolved.waivers);
    let found = (findings(base, &settled::settled(was, &before_apply)), findings(head, &settled::settled(is, after)));
    let gains = gainers(&report.access);
    report.findings = told_apart(&found.0, &found.1, &accepted, &gains);
    let unwaived = |f: &&Finding| found.1.open.contains(f) || report.findings.new.contains(f);
    report.chains = chains::of(found.0.all(), found.1.all().filter(unwaived), &gains);
    report.findings.new.extend(warned);
    let states = (AccountState::of_snapshot(&before_apply), AccountState::of_snapshot(after));
    let own = chains::of_accounts(&states.0, &states.1, &head.around.today, &accepted, &report.chains);
    report.chains.extend(own);
    report.tests = Some(spec_tests::compare(&tests_before, &tests_after));
    drop(states);
    let after = end.unwrap_or_else(|| before_apply.clone());
    *ends = Some(Ends { before: before_apply, after, accepted, today: head.around.today.clone() });
    whole
}

/// Who may do, or lets in, more than before, or may: nothing else is proven.
pub(super) fn gainers(access: &[AccessChange]) -> impl Fn(&Address) -> bool + use<> {
    let open = access.iter().filter(|change| change.verdict != AccessVerdict::NoNewAccess || change.reason.is_some());
    let gainers: BTreeSet<Address> = open.map(|change| change.principal.clone()).collect();
    move |address: &Address| gainers.contains(address)
}

/// A side's tests, asked of an account.
pub(super) fn run_tests(side: &Side<'_>, account: &Snapshot) -> Vec<TestOutcome> {
    cases::run(&side.resolved, side.loaded, &AccountState::of_snapshot(account), cases::Options::default())
}

/// Waivers that count: those of the base that the head still has. A change cannot waive what it brings.
pub(super) fn accepted(base: &[Waiver], head: &[Waiver]) -> Vec<Waiver> {
    let same = |a: &Waiver, b: &Waiver| {
        let day = |w: &Waiver| w.until.as_ref().map(|(day, _)| day.clone());
        a.address == b.address && a.code == b.code && day(a) == day(b)
    };
    head.iter().filter(|waiver| base.iter().any(|other| same(other, waiver))).cloned().collect()
}

/// What the rules find of a side.
#[derive(Debug, Default)]
pub(super) struct SideFindings {
    /// What no waiver accepts.
    pub open: Vec<Finding>,
    /// What waivers of the side accept.
    pub waived: Vec<Finding>,
}

impl SideFindings {
    pub(super) fn all(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.open.iter().chain(&self.waived)
    }
}

/// What the rules find of a side whose principals hold what `settled` says, and what its specs warn of. Of what no spec declares only
/// escalation paths are of interest.
pub(super) fn findings(side: &Side<'_>, settled: &Desired) -> SideFindings {
    let declared = &side.resolved.desired;
    let resolved = Resolved { desired: settled.clone(), warnings: Vec::new(), ..side.resolved.clone() };
    let (open, waived) = lint::lint_specs_and_waived(side.loaded, &resolved, &side.around);
    let of_interest = |one: Finding| match &one.address {
        Some(address) if !declared.declares(address) => {
            let grave = ESCALATION_CODES.contains(&one.code.as_str()) || one.code == FORBIDDEN_ACCESS.code;
            grave.then_some(Finding { at: None, ..one })
        }
        _ => Some(one),
    };
    let mut found = side.resolved.warnings.clone();
    found.extend(open.into_iter().filter_map(of_interest));
    SideFindings { open: found, waived }
}

/// The account after an apply of the base's specs, on an account that holds nothing but what they name and do not declare.
fn described(account: AccountIdentity, settings: &Settings, base: &Desired, head: &Desired) -> (Snapshot, Vec<Finding>) {
    let mut start = Snapshot::empty(account);
    // Nobody knows the account's own quotas here.
    start.limits = Seen::Unread;
    let put = placeholders::put(&mut start, base, head, settings);
    let settings = Settings { options: PlanOptions::default(), ..settings.clone() };
    let (mut end, refused) = planner::carried_out(&Context { desired: base, snapshot: &start, settings: &settings });
    placeholders::take_out(&mut end, &put, base, head);
    (end, refused)
}

/// A change of what is declared: no calls, and reasons that speak of the two sides.
fn bare(change: Change) -> Change {
    let reason = match change.action {
        Action::Create => "newly declared".to_owned(),
        Action::Update => "declared differently than before".to_owned(),
        Action::Delete => "no longer declared".to_owned(),
        Action::DetachOnly => "no longer declared: what this stack attached is removed, the rest stays".to_owned(),
        Action::Replace => {
            "declared differently than before in what IAM cannot change: it is deleted and created again".to_owned()
        }
        Action::Adopt | Action::Release | Action::Blocked => change.reason,
    };
    Change { reason, steps: Vec::new(), ..change }
}

/// Findings of two sides, told apart by code, entity, words, ways and severity: a finding that moved to another line is the same.
///
/// `accepted`: the waivers that count. One accepts what the base had; a graver finding, or one with more ways, is new.
/// `gains`: whether a principal may do, or lets in, more than before.
pub(super) fn told_apart(
    base: &SideFindings,
    head: &SideFindings,
    accepted: &[Waiver],
    gains: &dyn Fn(&Address) -> bool,
) -> FindingsReport {
    let known = |f: &Finding, others: &SideFindings| {
        others.all().any(|other| {
            let fewer = || f.ways.iter().all(|way| other.ways.contains(way));
            is_same(f, other) && f.severity <= other.severity && (fewer() || is_standing(f, gains))
        })
    };
    let excused = |f: &Finding| {
        let is_waived = accepted.iter().any(|w| Some(&w.address) == f.address.as_ref() && w.code == f.code);
        let like = |other: &&Finding| other.code == f.code && other.address == f.address && f.severity <= other.severity;
        is_waived && base.all().filter(like).any(|other| f.ways.iter().all(|way| other.ways.contains(way)))
    };
    FindingsReport {
        new: head.all().filter(|f| !known(f, base) && !excused(f)).cloned().collect(),
        fixed: base.open.iter().filter(|f| !known(f, head)).cloned().collect(),
        standing: head.open.iter().filter(|f| known(f, base)).count(),
    }
}

/// Whether two findings speak of one thing, whatever the ways to it.
fn is_same(one: &Finding, other: &Finding) -> bool {
    // The request that shows a breach may differ where the breach does not; the ways are compared by themselves.
    let by_claim = [FORBIDDEN_ACCESS.code, PRIVILEGE_ESCALATION.code].contains(&one.code.as_str());
    let words = |f: &'_ Finding| f.claim.clone().filter(|_| by_claim).unwrap_or_else(|| f.message.clone());
    one.code == other.code && one.address == other.address && words(one) == words(other)
}

/// Whether more ways to what somebody could reach before are nothing new: it is proven to gain nothing. Whoever has lost something to a new
/// denial can lift the denial.
pub(super) fn is_standing(finding: &Finding, gains: &dyn Fn(&Address) -> bool) -> bool {
    let of_its_own = [ADMINISTRATOR_ACCESS.code, PRIVILEGE_ESCALATION.code].contains(&finding.code.as_str());
    (of_its_own || finding.outsider) && finding.address.as_ref().is_some_and(|address| !gains(address))
}

impl AccountReport {
    /// A report that says nothing yet.
    pub(super) fn empty(account: PlanAccount, stack: Option<String>) -> Self {
        Self {
            accounts: vec![account],
            stack,
            summary: Summary::default(),
            changes: Vec::new(),
            access: Vec::new(),
            chains: Vec::new(),
            findings: FindingsReport::default(),
            tests: None::<TestsReport>,
            reservations: Vec::new(),
            errors: Vec::new(),
            plan: None::<Plan>,
            drift: Vec::new(),
            graph: crate::graph::Graph::default(),
        }
    }

    /// Records something that decides on access and that no proof covers.
    pub(super) fn reserve(&mut self, subject: &str, what: &str, why: String) {
        let one = Reservation { subject: subject.to_owned(), what: what.to_owned(), why };
        if !self.reservations.contains(&one) {
            self.reservations.push(one);
        }
    }
}
