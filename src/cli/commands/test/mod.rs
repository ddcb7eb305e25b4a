//! `iamctl test`: runs the specs' tests; offline, or with IAM's own simulator.

mod account;
mod live;

use crate::cases::{self, TestOutcome, TestVerdict};
use crate::cli::args::{TestArgs, TestFormat};
use crate::cli::flow::{self, SpecSet, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::holdings::AccountState;
use crate::report;
use crate::spec::SkippedTest;

/// Runs the command.
pub fn run(context: &Context, args: &TestArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let specs = SpecSet::load(&session, &args.paths);
    if args.live {
        return block_on(live::run(context, args, &session, &specs));
    }
    // An embedded account that is chosen by name is a file like any other.
    let named = context.global.account.is_some() && session.is_embedded();
    let snapshot = match &args.against {
        Some(file) => Some(flow::load_snapshot(file)?),
        None if args.from_account || named => Some(account::read(context, &session, &specs)?),
        None => None,
    };
    let (identity, resolved) = specs.resolve_offline(context, &session, snapshot.as_ref())?;
    let outcomes = match &snapshot {
        Some(snapshot) => account::run(&session, &specs, (&identity, &resolved), snapshot, options(args))?,
        None => {
            let state = AccountState::of_specs(&resolved.desired, identity);
            cases::run(&resolved, specs.loaded(), &state, options(args))
        }
    };
    let coverage = args.coverage.then(|| cases::coverage(&resolved, specs.loaded(), &outcomes));
    told(context, args, &outcomes, &resolved.skipped_tests, coverage.as_ref())
}

/// How the tests are run.
fn options(args: &TestArgs) -> cases::Options {
    cases::Options { strict: args.strict_context, allow_unknown: args.allow_unknown }
}

/// Prints the outcomes and gives the exit code.
fn told(
    context: &Context,
    args: &TestArgs,
    outcomes: &[TestOutcome],
    skipped: &[SkippedTest],
    coverage: Option<&cases::Coverage>,
) -> Result<Exit, CliError> {
    let text = match args.format {
        TestFormat::Text => report::tests_text(outcomes, skipped, coverage, context.terminal.paint()),
        TestFormat::Json => report::tests_json(outcomes, skipped, coverage),
        TestFormat::Junit => report::tests_junit(outcomes, skipped),
    };
    context.terminal.out(&text)?;
    let cases = outcomes.iter().flat_map(|test| &test.cases);
    Ok(Exit::worst(cases.map(|case| match case.verdict() {
        TestVerdict::Passed => Exit::FINE,
        TestVerdict::Failed => Exit::FINDINGS,
        TestVerdict::Unknown => Exit::UNDECIDED,
    })))
}
