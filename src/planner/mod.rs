//! The one road from an account and its specs to a plan: diff → scope of the run → order → rehearsal → guards → plan.
//! Plan and apply both take it, so a preview is exactly what apply does (INVARIANT (plan-is-all)).

pub mod access;
mod assemble;
mod block;
mod course;
mod cycles;
mod fingerprint;
mod order;
mod reads;
mod refusal;
mod rollback;
mod sizes;
mod target;
mod through;
mod unmanaged;

pub use course::check_saved;
pub use fingerprint::{fingerprints_of, renamed_to, stale};
pub use order::is_on_the_way;
pub use rollback::rollback;

use crate::diag::Severity;
use crate::diff::{self, Context, Diff};
use crate::forbid::{Breach, Outcome, of_change};
use crate::guard::{self, Course};
use crate::holdings::AccountState;
use crate::plan::{Action, Plan};
use crate::policy::access::Library;

/// What was planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Whether errors among its findings forbid applying it.
    pub has_errors: bool,
    /// The account when all is done, as rehearsed; `None` where there is nothing to do.
    pub end: Option<crate::model::Snapshot>,
}

impl Planned {
    /// Whether anything would change, blocked entities aside.
    pub fn has_changes(&self) -> bool {
        self.plan.changes.iter().any(|c| c.action != Action::Blocked)
    }

    /// Whether an entity is blocked.
    pub fn has_blocked(&self) -> bool {
        self.plan.summary.blocked > 0
    }
}

/// Plans an account against its specs.
pub fn plan(cx: &Context<'_>) -> Planned {
    planned(cx, Order::Proven)
}

/// The same without the proof of the order, so that its cost can be measured. Such a plan is never applied: its order is not known to be
/// safe, and it does not say where.
pub fn plan_without_proof(cx: &Context<'_>) -> Planned {
    planned(cx, Order::OfPhases)
}

/// How the order of the calls comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Each state on the way is proven, or a gap says what is wrong with it.
    Proven,
    /// The calls follow each other by what they do alone.
    OfPhases,
}

fn planned(cx: &Context<'_>, wanted: Order) -> Planned {
    let mut diff = diff::compare(cx);
    target::narrow(cx, &mut diff);
    block::dependents(&mut diff, cx);
    cycles::break_trust_cycles(cx, &mut diff);
    let library = Library::of_partition(&cx.snapshot.account.partition);
    let mut ordered = order::order(cx, &diff, &library, wanted);
    diff.findings.append(&mut ordered.findings);
    if !diff.has_errors()
        && let Some(end) = &ordered.end
    {
        check_end(cx, end, &mut diff);
        sizes::warn(cx, end, &mut diff);
    }
    let forbidden = forbidden(cx, ordered.end.as_ref(), &mut diff);
    let has_errors = diff.has_errors();
    let end = ordered.end.take();
    let steps = &ordered.steps;
    let replay = |count: usize| course::after(cx.snapshot, steps.get(..count).unwrap_or_default());
    let course = end.as_ref().map(|end| Course { steps, end, forbidden: &forbidden, after: &replay });
    let guards = guard::check(cx, &diff, course.as_ref());
    let plan = assemble::assemble(cx, &library, diff, ordered, end.as_ref(), guards);
    Planned { plan, has_errors, end }
}

/// The account as it would be after everything that the specs say was done to it, and the refusals on the way there. No access is
/// compared and nothing is assembled: it is what a comparison of specs with other specs begins with.
pub fn carried_out(cx: &Context<'_>) -> (crate::model::Snapshot, Vec<crate::plan::Finding>) {
    let mut diff = diff::compare(cx);
    block::dependents(&mut diff, cx);
    cycles::break_trust_cycles(cx, &mut diff);
    let mut ordered = order::order(cx, &diff, &Library::of_partition(&cx.snapshot.account.partition), Order::Proven);
    diff.findings.append(&mut ordered.findings);
    diff.findings.retain(|finding| finding.severity == crate::diag::Severity::Error);
    let end = ordered.end.unwrap_or_else(|| cx.snapshot.clone());
    (crate::model::Snapshot { ceiling: cx.desired.ceiling.clone(), ..end }, diff.findings)
}

/// Warns of what the project forbids and the plan does not add: it was so before, or it is not decided. What the plan adds is the guard's.
fn forbidden(cx: &Context<'_>, end: Option<&crate::model::Snapshot>, diff: &mut Diff) -> Vec<Breach> {
    let (before, after) = (AccountState::of_snapshot(cx.snapshot), AccountState::of_snapshot(end.unwrap_or(cx.snapshot)));
    let change = of_change(&before, &after, &cx.settings.forbid);
    for breach in change.standing {
        let message = match breach.outcome {
            Outcome::Allowed(_) => format!("{}; it could before this plan", breach.message()),
            Outcome::Open(_) => breach.message(),
        };
        let place = cx.desired.place_of(&breach.address).cloned();
        diff.find(Severity::Warning, "forbidden-access", &breach.address, place.as_ref(), message, Some(breach.help()));
    }
    change.added
}

/// INVARIANT (rehearsed): after all steps nothing but what is blocked may differ. Anything else is a fault of iamctl.
fn check_end(cx: &Context<'_>, end: &crate::model::Snapshot, diff: &mut Diff) {
    let after = Context { desired: cx.desired, snapshot: end, settings: cx.settings };
    let mut again = diff::compare(&after);
    target::narrow(&after, &mut again);
    let blocked = |address| diff.drafts.iter().any(|d| d.action == Action::Blocked && d.address == address);
    let left: Vec<_> = again
        .drafts
        .into_iter()
        .filter(|d| d.action != Action::Blocked && !d.calls.is_empty() && !blocked(d.address.clone()))
        .collect();
    for draft in left {
        let fields: Vec<&str> = draft.fields.iter().map(|f| f.field.as_str()).collect();
        let message =
            format!("the plan would not settle: after all its steps `{}` still differs in {}", draft.address, fields.join(", "));
        let help = "this is a fault in iamctl, not in the specs; nothing was changed. Please report it with the plan".to_owned();
        diff.find(crate::diag::Severity::Error, "internal", &draft.address, draft.at.as_ref(), message, Some(help));
    }
}

/// The digest that a plan's steps have.
pub fn digest_of(plan: &Plan) -> String {
    assemble::digest(&plan.account.id, plan.stack.as_deref().unwrap_or_default(), &plan.steps)
}

/// The text of a plan's file with the digest of the whole file in it. `print` writes a plan as the file's text.
pub fn sealed(plan: &Plan, print: impl Fn(&Plan) -> String) -> String {
    let text = print(&Plan { file_digest: Some(String::new()), ..plan.clone() });
    let digest = assemble::sha256(&text);
    text.replacen(EMPTY_SEAL, &seal(&digest), 1)
}

/// Whether a plan's file is as it was saved, to the letter.
pub fn is_as_saved(text: &str) -> bool {
    let written = text.split_once(SEAL).and_then(|(_, rest)| rest.split_once('"'));
    written.is_some_and(|(digest, _)| assemble::sha256(&text.replacen(&seal(digest), EMPTY_SEAL, 1)) == digest)
}

// Quotes within a value are escaped in JSON, so nothing but the member itself reads like this.
const SEAL: &str = "\"file_digest\": \"";
const EMPTY_SEAL: &str = "\"file_digest\": \"\"";

fn seal(digest: &str) -> String {
    format!("\"file_digest\": \"{digest}\"")
}

/// Whether each step's needs are earlier steps, each named once.
pub fn is_in_order(plan: &Plan) -> bool {
    let mut known = std::collections::BTreeSet::new();
    plan.steps.iter().all(|step| step.needs.iter().all(|id| known.contains(id)) && known.insert(&step.id))
}
