//! `iamctl test`: runs the specs' tests; offline, or with IAM's own simulator.

mod account;
mod live;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::cases::{self, AccountTests, TestOutcome, TestVerdict};
use crate::cli::args::{ManyArgs, TestArgs, TestFormat};
use crate::cli::fleet;
use crate::cli::flow::{self, SpecSet, SpecSets, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::holdings::AccountState;
use crate::report;
use crate::spec::Resolved;

/// Runs the command.
pub fn run(context: &Context, args: &TestArgs) -> Result<Exit, CliError> {
    let sessions = sessions(context, args)?;
    let sets = SpecSets::load(&sessions, &args.paths);
    // What is wrong with the specs is said once for all accounts that have them, as by `validate`.
    let mut known: BTreeMap<String, Resolved> = BTreeMap::new();
    if sessions.len() > 1 {
        let problems = SpecSet::of_accounts(&sets, &sessions, &args.paths, |session, specs| match specs.offline(session) {
            Ok(resolved) => {
                known.insert(session.account.name.clone(), resolved);
                Vec::new()
            }
            Err(problems) => problems,
        });
        if !problems.is_empty() {
            return Err(flow::spec_errors(context, &problems));
        }
    }
    let run = |context: &Context, session: &Session| match sets.of(session, &args.paths) {
        Some(specs) => of_account(context, args, session, specs, known.get(&session.account.name)),
        None => Err(CliError::failed("the specs were not read")),
    };
    let accounts = match sessions.as_slice() {
        [one] => vec![run(context, one)?],
        _ => fleet::each(context, &sessions, ManyArgs::default().at_once(), |aside, session| {
            run(aside, session).unwrap_or_else(|error| AccountTests {
                account: session.account.name.clone(),
                id: None,
                outcomes: Err(fleet::why(aside, &error)),
                skipped: Vec::new(),
                statements: None,
            })
        }),
    };
    context.terminal.out(&match args.format {
        TestFormat::Text => report::tests_text(&accounts, context.terminal.paint()),
        TestFormat::Json => report::tests_json(&accounts),
        TestFormat::Junit => report::tests_junit(&accounts),
    })?;
    let unread = accounts.iter().filter(|account| account.outcomes.is_err()).map(|_| Exit::FAILED);
    let cases = accounts.iter().flat_map(AccountTests::ran).flat_map(|test| &test.cases);
    let codes = cases.map(|case| match case.verdict() {
        TestVerdict::Passed => Exit::FINE,
        TestVerdict::Failed => Exit::FINDINGS,
        TestVerdict::Unknown => Exit::UNDECIDED,
    });
    Ok(Exit::worst(codes.chain(unread)))
}

/// The accounts to test: those of `--select`; offline all of the project, as `validate` and `lint` do; else the one that is chosen.
fn sessions(context: &Context, args: &TestArgs) -> Result<Vec<Session>, CliError> {
    if args.against.is_some() {
        return match Session::selected(context, &args.many)? {
            Some(_) => Err(CliError::usage("`--against` is a file of one account, and `--select` chooses several")
                .help("choose the account of the file with `--account`")),
            None => Ok(vec![Session::open(context, None)?]),
        };
    }
    if args.live || args.from_account {
        return match Session::selected(context, &args.many)? {
            Some(sessions) => Ok(sessions),
            None => Ok(vec![Session::open(context, None)?]),
        };
    }
    Session::open_all(context, &args.many)
}

/// Runs the tests in one account. `known`: what the specs say of it without an account that was read.
fn of_account(
    context: &Context,
    args: &TestArgs,
    session: &Session,
    specs: &SpecSet,
    known: Option<&Resolved>,
) -> Result<AccountTests, CliError> {
    if args.live {
        let (resolved, outcomes) = block_on(live::run(context, args, session, specs))?;
        return Ok(tests(args, session, specs, &resolved, outcomes));
    }
    // An embedded account that is chosen by name is a file like any other.
    let named = context.global.account.is_some() && session.is_embedded();
    let snapshot = match &args.against {
        Some(file) => Some(flow::load_snapshot(&session.project, file)?),
        None if args.from_account || named => Some(account::read(context, session, specs)?),
        None => None,
    };
    let resolved = match known.filter(|_| snapshot.is_none()) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(specs.resolve_offline(context, session, snapshot.as_ref())?.1),
    };
    let outcomes = match &snapshot {
        Some(snapshot) => account::run(session, specs, (&snapshot.account, &resolved), snapshot, options(args))?,
        None => {
            let state = AccountState::of_specs(&resolved.desired, session.offline_identity());
            cases::run(&resolved, specs.loaded(), &state, options(args))
        }
    };
    Ok(tests(args, session, specs, &resolved, outcomes))
}

fn tests(args: &TestArgs, session: &Session, specs: &SpecSet, resolved: &Resolved, outcomes: Vec<TestOutcome>) -> AccountTests {
    AccountTests {
        account: session.account.name.clone(),
        id: session.account.id.as_ref().map(ToString::to_string),
        statements: args.coverage.then(|| cases::statements(resolved, specs.loaded(), &outcomes)),
        outcomes: Ok(outcomes),
        skipped: resolved.skipped_tests.clone(),
    }
}

/// How the tests are run.
fn options(args: &TestArgs) -> cases::Options {
    cases::Options { strict: args.strict_context, allow_unknown: args.allow_unknown }
}
