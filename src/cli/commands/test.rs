//! `iamctl test`: runs the specs' tests; offline.

use crate::cases::{self, World};
use crate::cli::args::{TestArgs, TestFormat};
use crate::cli::flow::{self, SpecSet};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::report;

/// Runs the command.
pub fn run(context: &Context, args: &TestArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let specs = SpecSet::load(&session, &args.paths);
    let snapshot = args.against.as_deref().map(flow::load_snapshot).transpose()?;
    let (identity, resolved) = specs.resolve_offline(context, &session, snapshot.as_ref())?;
    let mut world = World::of_specs(&resolved.desired, identity);
    let outcomes = cases::run(&resolved, specs.loaded(), &mut world, args.strict_context);
    let coverage = args.coverage.then(|| cases::coverage(&resolved, specs.loaded(), &world, &outcomes));
    let text = match args.format {
        TestFormat::Text => report::tests_text(&outcomes, coverage.as_ref(), context.terminal.paint()),
        TestFormat::Json => report::tests_json(&outcomes, coverage.as_ref()),
        TestFormat::Junit => report::tests_junit(&outcomes),
    };
    context.terminal.out(&text)?;
    Ok(if outcomes.iter().all(cases::TestOutcome::passed) { Exit::FINE } else { Exit::FINDINGS })
}
