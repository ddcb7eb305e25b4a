//! `iamctl apply`: shows the plan, asks, carries it out.

use std::path::Path;
use std::sync::Arc;

use crate::cli::apply::{self, Order};
use crate::cli::args::{ApplyArgs, ApplyInput};
use crate::cli::fleet;
use crate::cli::flow::{self, SpecSet, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::names::Address;
use crate::plan::Plan;
use crate::planner;

/// Runs the command.
pub fn run(context: &Context, args: &ApplyArgs) -> Result<Exit, CliError> {
    if !args.yes {
        context.terminal.require_someone()?;
    }
    if let Some(chosen) = Session::shared(context, &args.many)? {
        return fleet::apply(context, args, &chosen);
    }
    match args.input(&context.global)? {
        ApplyInput::Specs(paths) => {
            let session = Session::open(context, None)?;
            flow::require_pin(&session, args.yes, args.expect_account.as_ref())?;
            session.stack()?;
            let specs = SpecSet::load(&session, paths);
            block_on(now(context, args, &session, &specs))
        }
        ApplyInput::Saved(file) => {
            let plan = load(file)?;
            let session = Session::open(context, Some(&plan.account.name))?;
            block_on(saved(context, args, &session, plan))
        }
    }
}

fn order<'a>(args: &'a ApplyArgs) -> Order<'a> {
    Order { yes: args.yes, expect_digest: args.expect_digest.as_deref(), format: args.format, ..Order::default() }
}

/// Plans and applies.
async fn now(context: &Context, args: &ApplyArgs, session: &Session, specs: &SpecSet) -> Result<Exit, CliError> {
    let account = Arc::new(session.connect().await?);
    let caller = session.caller(&account, args.expect_account.as_ref()).await?;
    account.lock()?;
    let input = flow::input_of_account(context, session, &account, &caller, specs, args.options(), false).await?;
    let mut planned = input.plan();
    flow::preflight(context, &account, &caller.arn, &input.snapshot, planned.end.as_ref(), &mut planned.plan).await?;
    let exit = apply::carry_out(context, Arc::clone(&account), &planned.plan, &order(args)).await?.exit;
    if args.wait && exit == Exit::FINE {
        return apply::wait(context, &account, &input).await;
    }
    Ok(exit)
}

/// Applies a saved plan, if nothing that it rests on has changed.
async fn saved(context: &Context, args: &ApplyArgs, session: &Session, plan: Plan) -> Result<Exit, CliError> {
    let account = Arc::new(session.connect().await?);
    let caller = session.caller(&account, args.expect_account.as_ref()).await?;
    if caller.account.id != plan.account.id || caller.account.partition != plan.account.partition {
        return Err(CliError::failed(format!("the plan is for account {}, and this is {}", plan.account.id, caller.account.id))
            .help("nothing was read or changed; choose the account with `--account`"));
    }
    account.lock()?;
    let mut settings = flow::settings(session, plan.options.clone(), caller.arn.clone(), false)?;
    settings.stack = plan.stack.clone().unwrap_or(settings.stack);
    let mut scope = flow::read_scope(&settings, &Default::default());
    scope.declared = plan.fingerprints.iter().map(|f| f.address.clone()).collect();
    let snapshot = flow::read(context, &session.project, &account, &scope).await?;
    let stale = planner::stale(&snapshot, &plan.fingerprints);
    if !stale.is_empty() {
        let words = |facts: &[String]| facts.iter().map(|fact| fact_words(fact)).collect::<Vec<_>>().join(", ");
        let now = |address: &Address| {
            let print = plan.fingerprints.iter().find(|print| print.address == *address)?;
            planner::renamed_to(&snapshot, print).map(|now| format!("renamed to `{now}`"))
        };
        let list = stale.iter().map(|(address, facts)| format!("`{address}` ({})", now(address).unwrap_or_else(|| words(facts))));
        let list: Vec<String> = list.collect();
        return Err(CliError::new(Exit::STALE, format!("the plan is stale: changed since it was made: {}", list.join("; ")))
            .help("nothing was changed; make a new plan"));
    }
    let guards = planner::check_saved(&snapshot, &settings, &plan);
    let mut plan = Plan { guards, ..plan };
    flow::preflight(context, &account, &caller.arn, &snapshot, None, &mut plan).await?;
    Ok(apply::carry_out(context, account, &plan, &order(args)).await?.exit)
}

/// A fact of a fingerprint as a person reads it.
fn fact_words(fact: &str) -> String {
    match fact {
        "id" => "recreated under the same name".to_owned(),
        "exists" => "made or deleted".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What a user does about a saved plan that is none.
const AGAIN: &str = "make one with `iamctl plan --out FILE`";

fn load(file: &Path) -> Result<Plan, CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::failed(format!("the saved plan `{}` cannot be read", file.display())).caused_by(&error).help(AGAIN)
    })?;
    saved_plan(file, &text)
}

/// The saved plan that a file holds, if it is whole: its digest must be that of its steps.
///
/// # Errors
/// What is not a plan, has another format, or was edited since.
pub fn saved_plan(file: &Path, text: &str) -> Result<Plan, CliError> {
    // What is read of a plan that is none any more, or has a format that is not known.
    let read: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let member = |name: &str| read.as_ref().and_then(|read| read.get(name));
    let is_as_saved = planner::is_as_saved(text);
    let plan: Result<Plan, _> = serde_json::from_str(text);
    let other_format = member("format_version").and_then(serde_json::Value::as_u64).filter(|version| *version != 1);
    if let (Some(version), true) = (other_format, is_as_saved || member("file_digest").is_none()) {
        let message = format!("`{}` has plan format {version}, which this iamctl does not know", file.display());
        return Err(CliError::failed(message).help("make a new plan with this iamctl"));
    }
    let was_one = ["file_digest", "digest", "steps", "iamctl_version"].iter().any(|name| member(name).is_some());
    let edited = match &plan {
        Ok(plan) => !is_as_saved || planner::digest_of(plan) != plan.digest || !planner::is_in_order(plan),
        Err(_) => was_one && !is_as_saved,
    };
    if edited {
        let message = format!("`{}` is not as it was saved: its digest is not that of the file", file.display());
        return Err(CliError::new(Exit::STALE, message).help("make a new plan; plans must not be edited by hand"));
    }
    plan.map_err(|error| CliError::failed(format!("`{}` is not a saved plan", file.display())).caused_by(&error).help(AGAIN))
}
