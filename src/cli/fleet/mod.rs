//! Many accounts in one command: each read and planned beside the others, one report over all.

mod apply;
mod join;

pub use apply::apply;
pub use join::join;

use std::borrow::Borrow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::args::{FleetGuardArgs, PlanArgs, PlanFormat};
use super::flow::{self, SpecSet, SpecSets, block_on};
use super::session::{Chosen, Session};
use super::{CliError, Context, Exit};
use crate::fleet::{Member, Shard};
use crate::graph::Graph;
use crate::plan::{GuardRefusal, PlanOptions};
use crate::planner::Planned;
use crate::report::{self, Remarks, escape};
use crate::review::{self, FleetAccount, FleetMember, FleetOutcome, FleetPart, Report};

/// Calls `work` for each account, several at a time, each with streams of its own. The results are in the order of the accounts.
pub fn each<T: Send, S: Borrow<Session> + Sync>(
    context: &Context,
    sessions: &[S],
    at_once: usize,
    work: impl Fn(&Context, &Session) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<T>>> = sessions.iter().map(|_| Mutex::new(None)).collect();
    let progress = Mutex::new(context.terminal.progress());
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(sessions.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(session), Some(slot)) = (sessions.get(index), results.get(index)) else { return };
                    let aside = Context { global: context.global.clone(), terminal: context.terminal.aside() };
                    let result = work(&aside, session.borrow());
                    if let Ok(mut slot) = slot.lock() {
                        *slot = Some(result);
                    }
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if let Ok(progress) = progress.lock() {
                        progress.read("accounts", done, Some(sessions.len()));
                    }
                }
            });
        }
    });
    results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

/// A directory with the number of the shard in place of `{shard}`: engines that start every shard with the same words have no other.
fn of_shard(directory: &Path, shard: Option<Shard>) -> PathBuf {
    match (directory.to_str(), shard) {
        (Some(text), Some(shard)) => PathBuf::from(text.replace("{shard}", &shard.index.to_string())),
        _ => directory.to_owned(),
    }
}

/// `plan --select`: one report over all accounts.
pub fn plan(context: &Context, args: &PlanArgs, chosen: &Chosen) -> Result<Exit, CliError> {
    let Chosen { sessions, elsewhere } = chosen;
    if args.against.is_some() {
        return Err(CliError::usage("`--against` is a file of one account, and `--select` chooses several")
            .help("choose the account of the file with `--account`"));
    }
    sessions.iter().try_for_each(|session| session.stack().map(drop))?;
    let shard = args.many.share(|name| std::env::var(name).ok())?;
    let out = args.out.as_deref().map(|out| of_shard(out, shard));
    let directory = out.as_deref().map(prepare).transpose()?;
    let specs = SpecSets::load(sessions, &args.paths);
    let planning = Planning {
        paths: &args.paths,
        options: args.options(),
        unmanaged: args.unmanaged,
        graph: args.format == PlanFormat::Html,
        detailed: args.detailed_exitcode,
        at_once: args.many.at_once(),
        over_all: &args.over_all,
        directory,
    };
    let (parts, guards) = plans(context, &planning, sessions, &specs);
    let report = review::of_fleet(parts, members(elsewhere), guards);
    if let (Some(directory), Some(fleet)) = (directory, &report.fleet) {
        super::commands::save(&directory.join(FLEET), &report::json(fleet))?;
        let directory = directory.display().to_string();
        context.terminal.err(&format!("saved in {}; apply it with `iamctl apply --select … {0}`\n", escape::line(&directory)));
    }
    print(context, args.format, args.detail(), &report, sessions.first())?;
    Ok(exit(&report))
}

/// How many accounts are planned.
pub struct Planning<'a> {
    /// The spec paths that were given.
    pub paths: &'a [PathBuf],
    /// What each plan may do.
    pub options: PlanOptions,
    /// Whether entities that nobody owns are listed.
    pub unmanaged: bool,
    /// Whether the accounts are drawn.
    pub graph: bool,
    /// Whether pending changes have an exit code.
    pub detailed: bool,
    /// Accounts at once.
    pub at_once: usize,
    /// Overrides of the guards over all.
    pub over_all: &'a FleetGuardArgs,
    /// Where the plans are saved.
    pub directory: Option<&'a Path>,
}

/// Plans each account, and says which guards over all refuse the change.
fn plans(
    context: &Context,
    planning: &Planning<'_>,
    sessions: &[Session],
    specs: &SpecSets,
) -> (Vec<FleetPart>, Vec<GuardRefusal>) {
    let parts = each(context, sessions, planning.at_once, |aside, session| {
        let part = match specs.of(session, planning.paths) {
            Some(specs) => plan_one(aside, planning, session, specs),
            None => Err((FleetOutcome::Failed, CliError::failed("the specs were not read"))),
        };
        part.unwrap_or_else(|(outcome, error)| failed(aside, session, outcome, &error))
    });
    let guards = sessions.first().map(|session| guards(session, planning.over_all, &parts)).unwrap_or_default();
    (parts, guards)
}

/// The guards over all accounts that refuse the change.
fn guards(session: &Session, over_all: &FleetGuardArgs, parts: &[FleetPart]) -> Vec<GuardRefusal> {
    let (percent, deletes) = session.project.fleet_guards();
    let summaries = || parts.iter().filter_map(|part| part.account.summary.as_ref());
    let touched =
        summaries().filter(|s| s.create + s.update + s.delete + s.adopt + s.replace + s.detach_only + s.release > 0).count();
    let deleted: usize = summaries().map(|summary| summary.delete + summary.replace).sum();
    let all = session.project.roster.active().count().max(1);
    let mut found = Vec::new();
    if let Some(most) = over_all.max_accounts_percent.or(percent).filter(|most| touched * 100 > all * *most as usize) {
        found.push(GuardRefusal {
            guard: "max_accounts_percent".to_owned(),
            message: format!("the change touches {touched} of the project's {all} accounts, more than {most} %"),
            r#override: Some(format!("--max-accounts-percent {}", (touched * 100).div_ceil(all))),
        });
    }
    let most = over_all.max_fleet_deletes.or(deletes);
    if let Some(most) = most.filter(|most| deleted > *most as usize) {
        found.push(GuardRefusal {
            guard: "max_deletes".to_owned(),
            message: format!("the change deletes or replaces {deleted} entities in all accounts together, more than {most}"),
            r#override: Some(format!("--max-fleet-deletes {deleted}")),
        });
    }
    found
}

/// Accounts that other shards work on.
fn members(elsewhere: &[Member]) -> Vec<FleetMember> {
    elsewhere.iter().map(|m| FleetMember { name: m.name.clone(), id: m.id.clone(), ou: m.ou.clone() }).collect()
}

/// The file that says how all accounts stand.
pub const FLEET: &str = "fleet.json";

/// Makes the directory of saved plans. One that holds anything else is not touched.
fn prepare(directory: &Path) -> Result<&Path, CliError> {
    let fault =
        |error: std::io::Error| CliError::failed(format!("cannot write into `{}`", directory.display())).caused_by(&error);
    std::fs::create_dir_all(directory).map_err(fault)?;
    let ours = |name: &str| name == FLEET || name.ends_with(PLAN);
    for entry in std::fs::read_dir(directory).map_err(fault)? {
        let name = entry.map_err(fault)?.file_name().to_string_lossy().into_owned();
        if !ours(&name) {
            return Err(CliError::usage(format!(
                "`{}` holds `{}`, which is not a plan",
                directory.display(),
                name.escape_debug()
            ))
            .help("name an empty directory, or one that holds saved plans alone"));
        }
    }
    // A plan of an earlier run must not look like one of this run.
    for entry in std::fs::read_dir(directory).map_err(fault)? {
        std::fs::remove_file(entry.map_err(fault)?.path()).map_err(fault)?;
    }
    Ok(directory)
}

/// What the name of a saved plan ends in.
pub const PLAN: &str = ".plan.json";

/// Why an account has no plan, and the resulting outcome.
type NoPlan = (FleetOutcome, CliError);

fn plan_one(context: &Context, planning: &Planning<'_>, session: &Session, specs: &SpecSet) -> Result<FleetPart, NoPlan> {
    let read = block_on(async {
        let unreachable = |error: CliError| (FleetOutcome::Unreachable, error);
        Ok(async {
            let account = session.connect().await.map_err(unreachable)?;
            // Another account than the pinned one was reached, and is not the one that is meant.
            let caller = session.caller(&account, None).await.map_err(|error| match error.causes.is_empty() {
                true => (FleetOutcome::Failed, error),
                false => unreachable(error),
            })?;
            let options = planning.options.clone();
            flow::input_of_account(context, session, &account, &caller, specs, options, planning.unmanaged)
                .await
                .map_err(|error| if error.exit == Exit::FAILED { unreachable(error) } else { (FleetOutcome::Failed, error) })
        }
        .await)
    });
    let input = read.map_err(|error| (FleetOutcome::Failed, error))??;
    let mut planned = input.plan();
    let end = planned.end.take();
    flow::preflight_note(&input.settings.caller_arn, &input.snapshot, end.as_ref(), &mut planned.plan);
    if let Some(directory) = planning.directory.filter(|_| !planned.has_errors) {
        let file = directory.join(format!("{}{PLAN}", session.account.name));
        super::commands::save(&file, &crate::planner::sealed(&planned.plan, report::plan_json))
            .map_err(|error| (FleetOutcome::Failed, error))?;
    }
    let graph = match planning.graph {
        true => crate::graph::of(end.as_ref().unwrap_or(&input.snapshot), Some(&input.snapshot)),
        false => Graph::default(),
    };
    let (outcome, message) = outcome_of(&planned);
    let report = review::of_plan(&planned.plan, graph);
    let account = FleetAccount {
        id: Some(planned.plan.account.id.clone()),
        outcome,
        exit: flow::plan_exit(&planned, planning.detailed).code(),
        digest: Some(planned.plan.digest.clone()),
        summary: Some(planned.plan.summary.clone()),
        message,
        ..account_of(session, outcome)
    };
    Ok(FleetPart { account, report: Some(report) })
}

/// The outcome of a plan, and why.
pub fn outcome_of(planned: &Planned) -> (FleetOutcome, Option<String>) {
    let plan = &planned.plan;
    if let Some(error) = plan.findings.iter().find(|finding| finding.forbids_apply()) {
        return (FleetOutcome::Failed, Some(error.message.clone()));
    }
    if !plan.complete {
        return (FleetOutcome::Refused, Some("the plan is not complete: not all could be read".to_owned()));
    }
    if let Some(guard) = plan.guards.first() {
        return (FleetOutcome::Refused, Some(guard.message.clone()));
    }
    match (planned.has_blocked(), planned.has_changes()) {
        (true, _) => {
            let blocked = plan.changes.iter().find(|change| change.action == crate::plan::Action::Blocked);
            (FleetOutcome::Blocked, blocked.map(|change| format!("`{}`: {}", change.address, change.reason)))
        }
        (false, true) => (FleetOutcome::Changes, None),
        (false, false) => (FleetOutcome::Unchanged, None),
    }
}

/// What is known of an account before anybody looked at it.
pub fn account_of(session: &Session, outcome: FleetOutcome) -> FleetAccount {
    FleetAccount {
        name: session.account.name.clone(),
        id: session.account.id.clone(),
        ou: session.member().ou,
        outcome,
        exit: Exit::FINE.code(),
        digest: None,
        summary: None,
        message: None,
        vars: session.own_values(),
    }
}

/// An account without a plan.
fn failed(context: &Context, session: &Session, outcome: FleetOutcome, error: &CliError) -> FleetPart {
    let account = FleetAccount { exit: error.exit.code(), message: Some(why(context, error)), ..account_of(session, outcome) };
    FleetPart { account, report: None }
}

/// Why an account failed, in one line: the first error that was printed on the way, else the error itself.
pub fn why(context: &Context, error: &CliError) -> String {
    let said = context.terminal.said();
    match said.lines().find(|line| line.starts_with("error")) {
        Some(first) => first.split_once(": ").map_or(first, |(_, rest)| rest).to_owned(),
        None => {
            let cause = error.causes.first().map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{}{cause}", error.headline)
        }
    }
}

/// Prints a report in a format.
pub fn print(
    context: &Context,
    format: PlanFormat,
    detail: report::Detail,
    report: &Report,
    session: Option<&Session>,
) -> Result<(), CliError> {
    let origin = || session.map(flow::origin).unwrap_or_default();
    context.terminal.out(&match format {
        PlanFormat::Json => report::json(report),
        PlanFormat::Text => report::report_text(report, detail, context.terminal.paint()),
        PlanFormat::Markdown => report::review_markdown(report),
        PlanFormat::Html => report::review_html(report),
        PlanFormat::Sarif => report::sarif(&Remarks::of_review(report), &origin()),
        PlanFormat::Github => report::github(&Remarks::of_review(report), &origin()),
    })
}

/// The strongest exit code of all accounts; what was not looked at is never fine.
pub fn exit(report: &Report) -> Exit {
    let accounts = report.fleet.iter().flat_map(|fleet| &fleet.accounts);
    Exit::worst(accounts.map(|account| match account.outcome {
        FleetOutcome::Unreachable | FleetOutcome::Absent => Exit::FAILED,
        _ => Exit::of_code(account.exit),
    }))
}
