//! `apply --select`: wave after wave, several accounts at once; every account is accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{FLEET, Planning, SpecSets, each, join};
use crate::cli::apply::{self as one, Carried, Order};
use crate::cli::args::{ApplyArgs, Format};
use crate::cli::flow::{self, SpecSet, block_on};
use crate::cli::session::{Chosen, Session};
use crate::cli::{CliError, Context, Exit};
use crate::report::{self, Detail};
use crate::review::{self, Fleet, FleetAccount, FleetOutcome};

/// What is applied, and what it must be.
struct Run<'a> {
    args: &'a ApplyArgs,
    paths: &'a [PathBuf],
    specs: SpecSets,
    /// The digest of each account's plan, as it was shown.
    planned: BTreeMap<String, Option<String>>,
    /// Accounts that failed or were refused so far.
    failures: AtomicUsize,
    most: usize,
    interrupted: Arc<AtomicBool>,
}

/// Plans all accounts, refuses or asks, and applies.
pub fn apply(context: &Context, args: &ApplyArgs, chosen: &Chosen) -> Result<Exit, CliError> {
    let Chosen { sessions, elsewhere } = chosen;
    for session in sessions {
        flow::require_pin(session, args.yes, args.expect_account.as_ref())?;
        session.stack()?;
    }
    if args.expect_account.is_some() {
        return Err(CliError::usage("`--expect-account` is one account's id, and `--select` chooses several")
            .help("pin the ids in the project file"));
    }
    let saved = match args.paths.as_slice() {
        [directory] if directory.join(FLEET).is_file() => join::load(directory)?.map(|fleet| (directory.as_path(), fleet)),
        _ => None,
    };
    let paths: &[PathBuf] = if saved.is_some() { &[] } else { &args.paths };
    let specs = SpecSets::load(sessions, paths);
    let planning = Planning {
        paths,
        options: args.shape.to_options(!paths.is_empty()),
        unmanaged: false,
        graph: false,
        detailed: false,
        at_once: args.many.at_once(),
        over_all: &args.over_all,
        directory: None,
    };
    let (parts, guards) = super::plans(context, &planning, sessions, &specs);
    let report = review::of_fleet(parts, super::members(elsewhere), guards);
    let Some(fleet) = &report.fleet else { return Err(CliError::failed("no account was planned")) };
    let text = args.format == Format::Text;
    if text {
        context.terminal.out(&report::report_text(&report, Detail::Full, context.terminal.paint()))?;
    }
    let mut accounts = fleet.accounts.clone();
    let expected = args.expect_digest.as_deref();
    match &saved {
        Some((directory, saved)) => compare(directory, saved, expected, &mut accounts)?,
        None if expected.is_some_and(|expected| expected != fleet.digest) => {
            let message =
                format!("the plans made now have the fleet digest {}, not {}", fleet.digest, expected.unwrap_or_default());
            return Err(CliError::new(Exit::STALE, message).help(
                "nothing was changed; after a run that was cut short, apply the directory that `plan --out` wrote: it goes on",
            ));
        }
        None => {}
    }
    if let Some(guard) = fleet.guards.first() {
        let help = guard.way_through().map(|way| format!("nothing was changed; if this is meant, add {way}"));
        return Err(CliError { help, ..CliError::new(Exit::REFUSED, format!("refused by a guard: {}", guard.message)) });
    }
    let changing = accounts.iter().filter(|account| account.outcome == FleetOutcome::Changes).count();
    if changing > 0 && !args.yes {
        let question = format!("Apply these changes in {}?", report::count(changing, "account", "accounts"));
        if !context.terminal.confirm(&question, "yes")? {
            return Err(CliError::failed("not confirmed; nothing was changed"));
        }
    }
    let run = Run {
        args,
        paths,
        specs,
        planned: accounts.iter().map(|account| (account.name.clone(), account.digest.clone())).collect(),
        failures: AtomicUsize::new(0),
        most: args.max_failures.map_or(0, |most| most.of(sessions.len() + elsewhere.len())),
        interrupted: Arc::new(AtomicBool::new(false)),
    };
    let watch = watched(&run.interrupted)?;
    run.waves(context, sessions, &mut accounts);
    watch.shutdown_background();
    let digest = fleet.digest.clone();
    let done = Fleet {
        totals: review::totals_of(&accounts),
        digest,
        accounts,
        groups: fleet.groups.clone(),
        guards: Vec::new(),
        elsewhere: fleet.elsewhere.clone(),
        format_version: 1,
    };
    let told = match text {
        true => format!("\n{}", report::fleet_text(&done, &sentence(&done), context.terminal.paint())),
        false => report::json(&done),
    };
    if let Err(error) = context.terminal.out(&told) {
        context.terminal.err(&told);
        return Err(error);
    }
    Ok(Exit::worst(done.accounts.iter().map(|account| match account.outcome {
        FleetOutcome::NotStarted => Exit::PARTLY_APPLIED,
        _ => Exit::of_code(account.exit),
    })))
}

/// A runtime that watches for interrupts while accounts are applied.
fn watched(flag: &Arc<AtomicBool>) -> Result<tokio::runtime::Runtime, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| CliError::failed("cannot start").caused_by(&error))?;
    runtime.spawn(one::interruption(Arc::clone(flag)));
    Ok(runtime)
}

/// Holds the plans made now against those that were saved: each must be the saved one, or have nothing left to do.
fn compare(directory: &Path, saved: &Fleet, expected: Option<&str>, accounts: &mut [FleetAccount]) -> Result<(), CliError> {
    if let Some(expected) = expected.filter(|expected| *expected != saved.digest) {
        let message = format!("`{}` has the fleet digest {}, not {expected}", directory.display(), saved.digest);
        return Err(CliError::new(Exit::STALE, message).help("nothing was changed"));
    }
    let known: BTreeMap<&str, &FleetAccount> = saved.accounts.iter().map(|account| (account.name.as_str(), account)).collect();
    let names: BTreeSet<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains_key(*name)) {
        let message = format!("`{}` has no plan of the account `{unknown}`", directory.display());
        return Err(CliError::new(Exit::STALE, message).help("nothing was changed; plan again with the same `--select`"));
    }
    for account in accounts.iter_mut().filter(|account| account.outcome == FleetOutcome::Changes) {
        let digest = known.get(account.name.as_str()).and_then(|known| known.digest.as_ref());
        if digest != account.digest.as_ref() {
            account.outcome = FleetOutcome::Refused;
            account.exit = Exit::STALE.code();
            account.message = Some("the plan is stale: the account or the specs changed since it was made".to_owned());
        }
    }
    Ok(())
}

/// `38 of 240 accounts applied; 1 failed, 12 not started`.
fn sentence(fleet: &Fleet) -> String {
    let n = |outcome| fleet.totals.get(&outcome).copied().unwrap_or(0);
    let (applied, unchanged) = (n(FleetOutcome::Applied), n(FleetOutcome::Unchanged));
    let others = fleet.totals.iter().filter(|(outcome, _)| outcome.is_trouble());
    let others: Vec<String> = others.map(|(outcome, n)| format!("{n} {}", outcome.words())).collect();
    let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
    format!("{applied} of {} applied, {unchanged} unchanged{others}", report::count(fleet.accounts.len(), "account", "accounts"))
}

impl Run<'_> {
    /// Wave after wave. One starts only when every account of the one before is as its specs have it.
    fn waves(&self, context: &Context, sessions: &[Session], accounts: &mut [FleetAccount]) {
        let mut waves: BTreeMap<u32, Vec<&Session>> = BTreeMap::new();
        for session in sessions {
            waves.entry(session.member().wave).or_default().push(session);
        }
        let several = waves.len() > 1;
        let mut closed: Option<String> = None;
        for (wave, sessions) in waves {
            let mut of_wave: Vec<&mut FleetAccount> =
                accounts.iter_mut().filter(|account| sessions.iter().any(|s| s.account.name == account.name)).collect();
            for account in &mut of_wave {
                if account.outcome.is_trouble() {
                    self.failures.fetch_add(1, Ordering::Relaxed);
                } else if let (Some(why), FleetOutcome::Changes) = (&closed, account.outcome) {
                    account.outcome = FleetOutcome::NotStarted;
                    account.message = Some(why.clone());
                }
            }
            let begin: Vec<&Session> = sessions
                .into_iter()
                .filter(|s| of_wave.iter().any(|a| a.name == s.account.name && a.outcome == FleetOutcome::Changes))
                .collect();
            if several && !begin.is_empty() {
                context.terminal.err(&format!("wave {wave}: {}\n", report::count(begin.len(), "account", "accounts")));
            }
            let results = each(context, &begin, self.args.many.at_once(), |aside, session| self.account(aside, session));
            for (session, (outcome, exit, message)) in begin.iter().zip(results) {
                if let Some(account) = of_wave.iter_mut().find(|account| account.name == session.account.name) {
                    (account.outcome, account.exit, account.message) = (outcome, exit.code(), message);
                }
            }
            let open = of_wave.iter().find(|account| account.outcome.is_trouble());
            if let Some(account) = open.filter(|_| closed.is_none()) {
                closed = Some(format!("wave {wave} is not done: `{}` is {}", account.name, account.outcome.words()));
            }
        }
    }

    /// One account: planned again, applied, and read again until nothing is left to do.
    fn account(&self, context: &Context, session: &Session) -> (FleetOutcome, Exit, Option<String>) {
        if self.interrupted.load(Ordering::Relaxed) {
            return (FleetOutcome::NotStarted, Exit::PARTLY_APPLIED, Some("interrupted".to_owned()));
        }
        if self.failures.load(Ordering::Relaxed) > self.most {
            let why =
                format!("more than {} failed before it (`--max-failures`)", report::count(self.most, "account", "accounts"));
            return (FleetOutcome::NotStarted, Exit::PARTLY_APPLIED, Some(why));
        }
        let result = match self.specs.of(session, self.paths) {
            Some(specs) => block_on(self.carry_out(context, session, specs)),
            None => Err(CliError::failed("the specs were not read")),
        };
        let (outcome, exit, message) = match result {
            Ok(Carried { exit, why }) => match exit {
                Exit::FINE => (FleetOutcome::Applied, exit, None),
                Exit::REFUSED => (FleetOutcome::Blocked, exit, Some("something in it is blocked and was left alone".to_owned())),
                Exit::PARTLY_APPLIED => (FleetOutcome::PartlyApplied, exit, why),
                exit => (FleetOutcome::Failed, exit, why),
            },
            Err(error) => {
                let outcome = match error.exit {
                    Exit::REFUSED | Exit::STALE => FleetOutcome::Refused,
                    _ => FleetOutcome::Failed,
                };
                let cause = error.causes.first().map(|cause| format!(": {cause}")).unwrap_or_default();
                (outcome, error.exit, Some(format!("{}{cause}", error.headline)))
            }
        };
        if outcome.is_trouble() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        (outcome, exit, message)
    }

    async fn carry_out(&self, context: &Context, session: &Session, specs: &SpecSet) -> Result<Carried, CliError> {
        let account = Arc::new(session.connect().await?);
        let caller = session.caller(&account, None).await?;
        account.lock()?;
        let input = flow::input_of_account(
            context,
            session,
            &account,
            &caller,
            specs,
            self.args.shape.to_options(!self.paths.is_empty()),
            false,
        )
        .await?;
        let mut planned = input.plan();
        flow::preflight(context, &account, &caller.arn, &input.snapshot, planned.end.as_ref(), &mut planned.plan).await?;
        let expected = self.planned.get(&session.account.name).and_then(Option::as_deref);
        let order = Order { yes: true, expect_digest: expected, ..Order::default() };
        let carried = one::carry_out(context, Arc::clone(&account), &planned.plan, &order).await?;
        if carried.exit != Exit::FINE {
            return Ok(carried);
        }
        Ok(Carried { exit: one::wait(context, &account, &input).await?, why: None })
    }
}
