//! `iamctl destroy`: deletes all that the stack owns, in an order that IAM accepts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::backend::CallerIdentity;
use crate::cli::apply::{self, Order, Question};
use crate::cli::args::DestroyArgs;
use crate::cli::flow::{self, SpecSet, Unknown, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::model::WantGroup;
use crate::names::Name;

/// The groups that the specs declare. Groups have no tags, so only the specs say what this stack attached to them; specs with errors
/// say nothing, and a policy that a group holds then stays.
fn declared_groups(session: &Session, caller: &CallerIdentity) -> BTreeMap<Name, WantGroup> {
    let specs = SpecSet::load(session, &[]);
    let resolved = specs.problems_or_resolved(session, &caller.account, Some(&caller.arn), None, Unknown::Warning);
    resolved.map(|resolved| resolved.desired.groups).unwrap_or_default()
}

/// Runs the command.
pub fn run(context: &Context, args: &DestroyArgs) -> Result<Exit, CliError> {
    if !args.yes {
        context.terminal.require_someone()?;
    }
    let session = Session::open(context, None)?;
    flow::require_pin(&session, args.yes, args.expect_account.as_ref())?;
    let stack = session.stack()?;
    let specs = SpecSet::none();
    block_on(async {
        let account = Arc::new(session.connect().await?);
        let caller = session.caller(&account, args.expect_account.as_ref()).await?;
        account.lock()?;
        let mut input = flow::input_of_account(context, &session, &account, &caller, &specs, args.options(), false).await?;
        input.resolved.desired.groups = declared_groups(&session, &caller);
        let mut planned = input.plan();
        flow::preflight(context, &account, &caller.arn, &input.snapshot, planned.end.as_ref(), &mut planned.plan).await?;
        let question = format!(
            "Delete all of the above: everything that the stack `{stack}` owns in account {} ({})?",
            planned.plan.account.name, planned.plan.account.id
        );
        let order = Order {
            yes: args.yes,
            format: args.format,
            question: Some(Question { text: question, answer: stack.clone() }),
            again: "iamctl destroy".to_owned(),
            ..Order::default()
        };
        Ok(apply::carry_out(context, account, &planned.plan, &order).await?.exit)
    })
}
