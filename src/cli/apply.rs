//! The second half of `apply` and `destroy`: from a plan that is shown to an account that is changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::args::Format;
use super::flow::{self, PlanInput};
use super::session::Account;
use super::terminal::Terminal;
use super::{CliError, Context, Exit};
use crate::apply::{ApplySettings, Outcome, StepOutcome, StepState, run};
use crate::plan::{Action, Plan};
use crate::report::{self, Detail};

/// How long `--wait` waits: IAM's own texts speak of seconds to minutes (iam-facts 4.2).
const WAIT: Duration = Duration::from_secs(120);

/// A plan and what became of it as one JSON document.
pub type Reporter<'a> = Box<dyn Fn(&Plan, &Outcome) -> String + Send + Sync + 'a>;

/// A question, and the one answer that is consent.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question.
    pub text: String,
    /// `yes`, or a name that is typed in full.
    pub answer: String,
}

/// What the user ordered.
pub struct Order<'a> {
    /// Do not ask.
    pub yes: bool,
    /// Apply only a plan of this digest.
    pub expect_digest: Option<&'a str>,
    /// How to report.
    pub format: Format,
    /// The question, where it is not apply's own.
    pub question: Option<Question>,
    /// The command that goes on where this one ends.
    pub again: String,
    /// The report for programs, where it is not apply's own.
    pub report: Option<Reporter<'a>>,
}

impl Default for Order<'_> {
    fn default() -> Self {
        Self {
            yes: false,
            expect_digest: None,
            format: Format::Text,
            question: None,
            again: "iamctl apply".to_owned(),
            report: None,
        }
    }
}

impl Order<'_> {
    fn json(&self, plan: &Plan, outcome: &Outcome) -> String {
        self.report.as_ref().map_or_else(|| report::outcome_json(plan, outcome), |report| report(plan, outcome))
    }
}

/// How a plan went.
pub struct Carried {
    /// The exit code.
    pub exit: Exit,
    /// Why not all of it was done: what stopped it, or the first call that failed.
    pub why: Option<String>,
}

/// Shows the plan, refuses or asks, and carries it out.
pub async fn carry_out(context: &Context, account: Arc<Account>, plan: &Plan, order: &Order<'_>) -> Result<Carried, CliError> {
    let text = order.format == Format::Text;
    let terminal = &context.terminal;
    if text {
        // Everything goes: what it held is in the account until then, and in the plan's JSON.
        let detail = if plan.options.destroy { Detail::Summary } else { Detail::Full };
        terminal.out(&report::report_text(&crate::review::of_plan(plan, Default::default()), detail, terminal.paint()))?;
    }
    if let Err(refusal) = refuse(plan, order) {
        if !text {
            terminal.out(&order.json(plan, &refused(plan, &refusal.headline)))?;
        }
        return Err(refusal);
    }
    let blocked = if plan.summary.blocked > 0 { Exit::REFUSED } else { Exit::FINE };
    if plan.steps.is_empty() {
        if !text {
            terminal.out(&order.json(plan, &Outcome::default()))?;
        }
        tell_blocked(terminal, plan);
        return Ok(Carried { exit: blocked, why: None });
    }
    if !order.yes {
        let calls = plan.steps.len();
        let what = if calls == 1 { "this IAM call".to_owned() } else { format!("these {calls} IAM calls") };
        let own = || Question {
            text: format!("Apply {what} to account {} ({})?", plan.account.name, plan.account.id),
            answer: "yes".to_owned(),
        };
        let question = order.question.clone().unwrap_or_else(own);
        if !terminal.confirm(&question.text, &question.answer)? {
            return Err(CliError::failed("not confirmed; nothing was changed"));
        }
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let watch = tokio::spawn(interruption(Arc::clone(&interrupted)));
    let settings = ApplySettings { at_once: account.at_once(), interrupted };
    let total = plan.steps.len();
    let mut contended = false;
    let outcome = run(account, plan, &settings, &mut |number, step| {
        // Where another apply is at work its first refusal is shown here, and the report counts the others.
        let again = step.is_contended() && std::mem::replace(&mut contended, true);
        if text && !again {
            terminal.err(&report::step_line(number, total, step, terminal.err_paint()));
        }
    })
    .await;
    watch.abort();
    let report =
        if text { report::outcome_text(plan, &outcome, &order.again, terminal.paint()) } else { order.json(plan, &outcome) };
    if let Err(error) = terminal.out(&report) {
        // A full disk must not take the only record of what was done.
        terminal.err(&report);
        return Err(error);
    }
    tell_blocked(terminal, plan);
    let exit = match outcome.is_complete() {
        true => blocked,
        false if outcome.done().next().is_some() => Exit::PARTLY_APPLIED,
        false => Exit::FAILED,
    };
    let failed = outcome.failed().next().map(|(step, error)| format!("{} {}: {}", step.operation, step.address, error.message));
    Ok(Carried { exit, why: failed.or(outcome.stopped) })
}

/// The outcome of a plan that was refused as a whole: nothing was attempted.
fn refused(plan: &Plan, why: &str) -> Outcome {
    let steps = plan.steps.iter().map(|step| StepOutcome {
        id: step.id.clone(),
        address: step.address.clone(),
        operation: step.call.name().to_owned(),
        state: StepState::NotAttempted { because: "the plan was refused".to_owned() },
    });
    Outcome { steps: steps.collect(), stopped: Some(why.to_owned()), converged: None }
}

/// Says what was left alone, to explain exit code 4 after "Applied".
fn tell_blocked(terminal: &Terminal, plan: &Plan) {
    let blocked: Vec<String> =
        plan.changes.iter().filter(|c| c.action == Action::Blocked).map(|c| format!("`{}` ({})", c.address, c.reason)).collect();
    if !blocked.is_empty() {
        let text = report::escape::line(&format!("blocked, and left alone: {}", blocked.join(", "))).into_owned();
        terminal.err(&format!("{text}\n"));
    }
}

/// Everything that keeps a plan from being applied, before its first write (INVARIANT (guards-first)).
fn refuse(plan: &Plan, order: &Order<'_>) -> Result<(), CliError> {
    if let Some(error) = plan.findings.iter().find(|finding| finding.forbids_apply()) {
        let place = error.address.as_ref().map(|a| format!("`{a}`: ")).unwrap_or_default();
        let mut refusal = CliError::failed(format!("the plan has errors and is not applied: {place}{}", error.message));
        refusal.help = error.help.clone();
        return Err(refusal);
    }
    if !plan.complete {
        return Err(CliError::failed(
            "the plan is not complete and is not applied: not all that the specs speak of could be read",
        )
        .help("grant the caller the missing read permissions; `iamctl permissions --for plan` prints them"));
    }
    if let Some(expected) = order.expect_digest.filter(|digest| *digest != plan.digest) {
        return Err(CliError::new(Exit::STALE, format!("the plan made now has digest {}, not {expected}", plan.digest))
            .help("the account or the specs changed since the review: review the plan above, then expect its digest"));
    }
    let refusals: Vec<&str> = plan.guards.iter().map(|g| g.message.as_str()).collect();
    if !refusals.is_empty() {
        let ways: Vec<String> = plan.guards.iter().filter_map(|guard| guard.way_through()).collect();
        let help = if ways.len() == plan.guards.len() {
            format!("nothing was changed; if this is meant, add {}", ways.join(" and "))
        } else {
            "nothing was changed; remove the protection in a separate apply".to_owned()
        };
        return Err(CliError::new(Exit::REFUSED, format!("refused by a guard: {}", refusals.join("; "))).help(help));
    }
    Ok(())
}

/// After the first interrupt, running calls finish and no new ones start; a second one ends the process at once.
pub async fn interruption(flag: Arc<AtomicBool>) {
    while stop_signal().await {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    }
}

/// Waits for SIGINT or SIGTERM; false where none can be waited for.
async fn stop_signal() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                interrupt = tokio::signal::ctrl_c() => interrupt.is_ok(),
                terminated = terminate.recv() => terminated.is_some(),
            };
        }
    }
    tokio::signal::ctrl_c().await.is_ok()
}

/// Reads the account until a plan made of it is empty: what was written is then seen by IAM's readers.
pub async fn wait(context: &Context, account: &Account, input: &PlanInput<'_>) -> Result<Exit, CliError> {
    let scope = flow::read_scope(&input.settings, input.desired());
    let begun = Instant::now();
    let mut pause = Duration::from_secs(1);
    loop {
        let snapshot = flow::read(context, input.project(), account, &scope).await?;
        let cx = crate::diff::Context { desired: input.desired(), snapshot: &snapshot, settings: &input.settings };
        let planned = crate::planner::plan(&cx);
        if !planned.has_changes() && !planned.has_errors {
            context.terminal.err(&format!("the account shows the result after {} s\n", begun.elapsed().as_secs()));
            return Ok(if planned.has_blocked() { Exit::REFUSED } else { Exit::FINE });
        }
        if begun.elapsed() + pause > WAIT {
            let left: Vec<String> = planned.plan.changes.iter().map(|c| c.address.to_string()).collect();
            return Err(CliError::failed(format!("applied, and not visible after {} s: {}", WAIT.as_secs(), left.join(", ")))
                .help("IAM is eventually consistent: plan again later; the calls themselves were accepted"));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    }
}
