//! Tests on an account: what it attaches to principals that the specs only add to, or leave alone, takes part.

use crate::backend::CallerIdentity;
use crate::cases::{self, Options, TestOutcome};
use crate::cli::flow::{self, SpecSet, Unknown, block_on, principal_behind};
use crate::cli::session::Session;
use crate::cli::{CliError, Context};
use crate::diff;
use crate::holdings::AccountState;
use crate::model::{AccountIdentity, Snapshot};
use crate::plan::PlanOptions;
use crate::planner;
use crate::spec::Resolved;

/// The account as it is now, read for the specs.
pub(super) fn read(context: &Context, session: &Session, specs: &SpecSet) -> Result<Snapshot, CliError> {
    block_on(async {
        let account = session.connect().await?;
        let caller: CallerIdentity = session.caller(&account, None).await?;
        let arn = principal_behind(&caller.arn, None);
        let resolved = specs.resolve(context, session, &caller.account, Some(&arn), None, Unknown::Warning)?.resolved;
        let settings = flow::settings(session, PlanOptions::default(), caller.arn.clone(), false)?;
        flow::read(context, &session.project, &account, &flow::read_scope(&settings, &resolved.desired)).await
    })
}

/// Runs the tests on the account after everything that the specs say, whoever owns what is there. A principal that the account does not
/// have even then is asked about by the specs alone.
pub(super) fn run(
    session: &Session,
    specs: &SpecSet,
    (identity, resolved): (&AccountIdentity, &Resolved),
    snapshot: &Snapshot,
    options: Options,
) -> Result<Vec<TestOutcome>, CliError> {
    let shape = PlanOptions { adopt_all: true, ..PlanOptions::default() };
    let settings = flow::settings(session, shape, flow::root_of(identity), false)?;
    let cx = diff::Context { desired: &resolved.desired, snapshot, settings: &settings };
    let (end, _) = planner::carried_out(&cx);
    let (by_specs, by_account) = (AccountState::of_specs(&resolved.desired, identity.clone()), AccountState::of_snapshot(&end));
    let of_specs = cases::run(resolved, specs.loaded(), &by_specs, options);
    let of_account = cases::run(resolved, specs.loaded(), &by_account, options);
    let choose = |(of_specs, of_account): (TestOutcome, TestOutcome)| match by_account.find(&of_account.subject) {
        None => of_specs,
        Some(_) => of_account.with_account(&by_specs, &by_account),
    };
    Ok(of_specs.into_iter().zip(of_account).map(choose).collect())
}
