//! Preflight: what the caller certainly may not do, before the first write.

use crate::backend::embedded::{Machine, Strictness};
use crate::cli::session::Account;
use crate::cli::{CliError, Context};
use crate::diag::{Finding, Severity, Source};
use crate::guard::preflight;
use crate::model::{Operation, Snapshot};
use crate::permissions::{Needed, policy_of};
use crate::plan::{Plan, Preflight};
use crate::report::escape;
use crate::scope::remembers;

/// Adds a refusal to the plan where calls of it are certainly refused, and prints the policy that an administrator can attach. `end`: the
/// account after the plan; `None` where it has to be rehearsed.
pub async fn preflight(
    context: &Context,
    account: &Account,
    caller: &str,
    start: &Snapshot,
    end: Option<&Snapshot>,
    plan: &mut Plan,
) -> Result<(), CliError> {
    let mode = plan.options.preflight;
    if mode == Preflight::Off || plan.steps.is_empty() {
        return Ok(());
    }
    let rehearsed = if end.is_none() { rehearse(start, plan) } else { None };
    let end = end.or(rehearsed.as_ref());
    if let Some(note) = unremembered(caller, start, end, plan) {
        context.terminal.err(&format!("{}\n", escape::line(&note)));
    }
    let needs = preflight::needs(calls(plan, false), start, end);
    let mut missing = preflight::refused(&needs, caller, start, end);
    if mode == Preflight::Simulate {
        let by_iam = simulated(context, account, caller, start, &needs).await?;
        missing.extend(by_iam.into_iter().filter(|one| !missing.contains(one)).collect::<Vec<_>>());
    }
    if let Some(refusal) = preflight::refusal(caller, &missing) {
        let policy = policy_of(&missing).pretty();
        let lines: String = escape::block(policy.trim_end()).map(|line| format!("    {line}\n")).collect();
        context.terminal.err(&format!("This policy grants what the caller lacks; an administrator can attach it:\n\n{lines}\n"));
        plan.guards.push(refusal);
    }
    Ok(())
}

/// The same for a plan that is only shown, often to someone who may not write: a note.
pub fn preflight_note(caller: &str, start: &Snapshot, end: Option<&Snapshot>, plan: &mut Plan) {
    if plan.options.preflight == Preflight::Off || plan.steps.is_empty() {
        return;
    }
    if let Some(note) = unremembered(caller, start, end, plan) {
        let help = "allow these calls too, so that iamctl detaches what it attached when it leaves the specs";
        plan.findings.push(Finding::new(Source::Plan, Severity::Note, "preflight", note).help(help));
    }
    let needs = preflight::needs(calls(plan, false), start, end);
    if let Some(refusal) = preflight::refusal(caller, &preflight::refused(&needs, caller, start, end)) {
        let help = "apply as a principal that may; `iamctl permissions` prints the policy that these specs need";
        plan.findings.push(Finding::new(Source::Plan, Severity::Note, "preflight", refusal.message).help(help));
    }
}

/// The calls of a plan: those that only remember attachments, or all others.
fn calls(plan: &Plan, memories: bool) -> impl Iterator<Item = &Operation> + Clone {
    plan.steps.iter().map(|step| &step.call).filter(move |call| remembers(call) == memories)
}

/// The caller may attach but not write the memory tag, which does not prevent the attachment.
fn unremembered(caller: &str, start: &Snapshot, end: Option<&Snapshot>, plan: &Plan) -> Option<String> {
    let needs = preflight::needs(calls(plan, true), start, end);
    let missing = preflight::refused(&needs, caller, start, end);
    let what = preflight::in_words(&missing);
    (!missing.is_empty()).then(|| {
        format!("`{caller}` may not write what iamctl remembers ({what}): what this plan attaches there stays when it leaves the specs")
    })
}

/// The account after the calls of a saved plan; `None` where they cannot all be rehearsed.
fn rehearse(start: &Snapshot, plan: &Plan) -> Option<Snapshot> {
    let mut machine = Machine::new(start.clone(), Strictness::Rehearsal);
    for step in &plan.steps {
        machine.perform(&step.call, "1970-01-01T00:00:00Z").ok()?;
    }
    Some(machine.into_snapshot())
}

/// What IAM's simulator says that the caller may not do. It sees the policies as they are before the plan.
#[cfg_attr(not(feature = "aws"), allow(unused_variables, reason = "only AWS has a simulator"))]
async fn simulated(
    context: &Context,
    account: &Account,
    caller: &str,
    start: &Snapshot,
    needs: &[Needed],
) -> Result<Vec<Needed>, CliError> {
    match account {
        Account::Embedded(_) => {
            context.terminal.err("the account is a file and has no simulator: judged by the policies that were read\n");
            Ok(Vec::new())
        }
        #[cfg(feature = "aws")]
        Account::Aws(aws) => {
            use crate::backend::simulate::{Simulated, SimulatedDecision};
            let principal = super::principal_behind(caller, Some(start));
            if principal.ends_with(":root") {
                context.terminal.err("IAM's simulator cannot be asked about the account root, which may do everything\n");
                return Ok(Vec::new());
            }
            let cases: Vec<_> = needs.iter().map(preflight::case).collect();
            let mut missing = Vec::new();
            for (needed, case) in needs.iter().zip(&cases) {
                match aws.simulate(&Simulated::Principal(&principal), std::slice::from_ref(case)).await {
                    Ok(answers) => {
                        // The simulator takes a key that is not given for absent: then nothing is certain.
                        let denied = answers.iter().any(|answer| match answer.decision {
                            Some(SimulatedDecision::ExplicitDeny | SimulatedDecision::ImplicitDeny) => {
                                answer.missing_context.iter().all(|key| preflight::is_given(needed, key))
                            }
                            Some(SimulatedDecision::Allowed) | None => false,
                        });
                        if denied {
                            missing.push(needed.clone());
                        }
                    }
                    Err(error) => {
                        let why = format!("IAM's simulator could not be asked ({error}); judged by the policies that were read");
                        context.terminal.err(&format!("{}\n", escape::line(&why)));
                        return Ok(Vec::new());
                    }
                }
            }
            Ok(missing)
        }
    }
}
