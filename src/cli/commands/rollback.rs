//! `iamctl rollback`: puts an earlier version of a managed policy in force, and keeps the next apply from undoing it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::backend::ReadScope;
use crate::cli::apply::{self, Order, Question};
use crate::cli::args::{Format, RollbackArgs};
use crate::cli::flow::{self, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diff;
use crate::import::policy_snippet;
use crate::model::{Desired, Policy, Snapshot};
use crate::names::{Address, EntityKind, VersionId};
use crate::plan::{Plan, PlanOptions, Preflight};
use crate::planner;
use crate::report;
use crate::scope::Hold;

/// Runs the command.
pub fn run(context: &Context, args: &RollbackArgs) -> Result<Exit, CliError> {
    if !args.yes {
        context.terminal.require_someone()?;
    }
    let session = Session::open(context, None)?;
    flow::require_pin(&session, args.yes, args.expect_account.as_ref())?;
    session.stack()?;
    block_on(async {
        let account = Arc::new(session.connect().await?);
        let caller = session.caller(&account, args.expect_account.as_ref()).await?;
        account.lock()?;
        let preflight = args.preflight.map(Preflight::from).unwrap_or_default();
        let options = PlanOptions {
            allow: args.allow.iter().cloned().collect(),
            allow_lockout: args.allow_lockout.iter().cloned().collect(),
            preflight,
            ..PlanOptions::default()
        };
        let settings = flow::settings(&session, options, caller.arn.clone(), false)?;
        let mut scope: ReadScope = flow::read_scope(&settings, &Desired::default());
        scope.declared.insert(args.policy.clone());
        let snapshot = flow::read(context, &session.project, &account, &scope).await?;
        let (address, policy) = find(&snapshot, &args.policy)?;
        let (to, already) = choose(&address, policy, args.to.as_ref())?;
        if let Some(words) = already {
            context.terminal.err(&format!("{words}\n"));
        }
        let desired = Desired::default();
        let cx = diff::Context { desired: &desired, snapshot: &snapshot, settings: &settings };
        let mut planned = planner::rollback(&cx, &address, policy, &to);
        flow::preflight(context, &account, &caller.arn, &snapshot, None, &mut planned.plan).await?;
        let rolled = Rolled::new(&session, &snapshot, &address, policy, &to);
        let order = Order {
            yes: args.yes,
            format: args.format,
            question: Some(Question {
                text: format!(
                    "Make {to} of `{address}` the default in account {} ({})?",
                    planned.plan.account.name, planned.plan.account.id
                ),
                answer: "yes".to_owned(),
            }),
            again: format!("iamctl rollback {address} --to {to}"),
            report: Some(Box::new(|plan, outcome| rolled.json(plan, outcome))),
            ..Order::default()
        };
        let exit = apply::carry_out(context, account, &planned.plan, &order).await?.exit;
        if exit == Exit::FINE && args.format == Format::Text && !planned.plan.steps.is_empty() {
            context.terminal.out(&rolled.text())?;
        }
        Ok(exit)
    })
}

/// The policy under its name, as the account spells it.
fn find<'a>(snapshot: &'a Snapshot, wanted: &Address) -> Result<(Address, &'a Policy), CliError> {
    if let Some((name, policy)) = snapshot.policies.get_key_value(&wanted.name) {
        return Ok((Address::new(EntityKind::Policy, name), policy));
    }
    if snapshot.unlisted.contains(&EntityKind::Policy) {
        return Err(CliError::failed(format!("whether `{wanted}` exists is not known: the policies could not be listed"))
            .help("grant the caller the missing read permissions; `iamctl permissions --for plan` prints them"));
    }
    Err(flow::versions::no_such_policy(wanted, snapshot.policies.keys()))
}

/// The version to go back to; and what there is to say where it is in force already.
fn choose(address: &Address, policy: &Policy, to: Option<&VersionId>) -> Result<(VersionId, Option<String>), CliError> {
    let default = &policy.default_version;
    let kept = || policy.versions.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if let Some(to) = to {
        if !policy.versions.contains_key(to) {
            return Err(CliError::usage(format!("`{address}` keeps no version {to}"))
                .help(format!("IAM keeps five at most, and these are there: {}", kept())));
        }
        let already = (to == default).then(|| format!("{to} is the default of `{address}` already"));
        return Ok((to.clone(), already));
    }
    // A version that was only on the way to the default is none that anybody declared.
    let before = policy.versions.keys().rfind(|id| *id < default && !planner::is_on_the_way(policy, id));
    // Whoever repeats a rollback, because the first one's answer was lost, does not mean to go further back.
    let back_from = Hold::of_policy(policy).and_then(|hold| hold.latest().cloned()).filter(|from| from > default);
    if let Some(from) = back_from {
        let further = before.map(|v| format!("; to go further back, add `--to {v}`")).unwrap_or_default();
        return Ok((default.clone(), Some(format!("`{address}` was rolled back from {from} to {default} already{further}"))));
    }
    match before {
        Some(before) => Ok((before.clone(), None)),
        None if policy.versions.len() > 1 => {
            Err(CliError::failed(format!("`{address}` keeps no version before its default {default}"))
                .help(format!("these are there: {}; name one with `--to`", kept())))
        }
        None => Err(CliError::failed(format!(
            "`{address}` keeps no version but its default {default}: there is nothing to go back to"
        ))
        .help("change the spec and apply it; `iamctl history` shows the versions that a policy keeps")),
    }
}

/// What a rollback did, for its report.
struct Rolled {
    address: Address,
    from: VersionId,
    to: VersionId,
    /// The spec that keeps it.
    spec: Option<String>,
}

impl Rolled {
    fn new(session: &Session, snapshot: &Snapshot, address: &Address, policy: &Policy, to: &VersionId) -> Self {
        let after = Policy { default_version: to.clone(), ..policy.clone() };
        let (defaults, tag_key) = (&session.account.defaults, &session.project.ownership_tag);
        let spec = policy_snippet(snapshot, &address.name, &after, defaults, tag_key);
        Self { address: address.clone(), from: policy.default_version.clone(), to: to.clone(), spec }
    }

    fn text(&self) -> String {
        let Self { address, from, to, spec } = self;
        let mut text =
            format!("\n`{address}` is back at {to}. Specs that declare the document of {from} now differ from the account.\n");
        if let Some(spec) = spec {
            text += &format!("To keep {to}, write this in place of the policy's entry, and apply it:\n\n");
            // Text that would forge or hide a line is escaped in the YAML.
            text += &report::escape::block(spec).map(|line| format!("{line}\n")).collect::<String>();
        }
        text
    }

    /// The report of `apply`, and beside it `rollback`.
    fn json(&self, plan: &Plan, outcome: &crate::apply::Outcome) -> String {
        let mut report: Value = serde_json::to_value(crate::apply::OutcomeReport::new(plan, outcome)).unwrap_or_default();
        let Self { address, from, to, spec } = self;
        if let Some(map) = report.as_object_mut() {
            map.insert(
                "rollback".to_owned(),
                json!({"policy": address, "from": from, "to": to, "access": plan.access, "guards": plan.guards, "spec": spec}),
            );
        }
        report::json(&report)
    }
}
