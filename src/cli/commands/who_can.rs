//! `iamctl who-can`: the principals of specs, a snapshot or the account that may do something, and the statements that let them.

use std::collections::BTreeMap;

use super::simulate::read_account;
use crate::cases::{self, Answer};
use crate::cli::args::{Format, WhoCanArgs};
use crate::cli::flow::{self, SpecSet, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::Place;
use crate::holdings::AccountState;
use crate::policy::eval::{Context as Keys, Effect, StatementRef, Value, decide, decide_strictly};
use crate::policy::trust::with_needed;
use crate::report;

/// Runs the command.
pub fn run(context: &Context, args: &WhoCanArgs) -> Result<Exit, CliError> {
    let keys = args.context.iter().map(|(key, _)| key.as_str());
    if let Some(fault) = cases::question::fault([&args.action], [&args.resource], keys, args.allow_unknown) {
        return Err(CliError::usage(fault));
    }
    if let Some(warning) = cases::question::resource_warning(&args.resource) {
        context.terminal.err(&format!("warning: {warning}\n"));
    }
    let session = Session::open(context, None)?;
    let answers = if args.against.is_some() || args.from_account {
        if !args.paths.is_empty() {
            return Err(CliError::usage("spec paths cannot be combined with an account").help("ask the specs, or the account"));
        }
        let snapshot = match &args.against {
            Some(file) => flow::load_snapshot(&session.project, file)?,
            None => block_on(read_account(context, &session))?,
        };
        answers(args, &AccountState::of_snapshot(&snapshot), &|_| None)
    } else {
        let specs = SpecSet::load(&session, &args.paths);
        let (identity, resolved) = specs.resolve_offline(context, &session, None)?;
        let state = AccountState::of_specs(&resolved.desired, identity);
        answers(args, &state, &|statement| cases::place_of(&resolved, specs.loaded(), &state, statement))
    };
    let text = match args.format {
        Format::Text if answers.is_empty() => "Nobody may do it, as far as is known.\n".to_owned(),
        Format::Text => report::simulation_text(&answers, context.terminal.paint()),
        Format::Json => report::simulation_json(&answers),
    };
    context.terminal.out(&text)?;
    Ok(if answers.iter().any(|answer| answer.decision == "unknown") { Exit::UNDECIDED } else { Exit::FINE })
}

/// Principals that may, and those for which it is not known: their policies were not read, another required policy is not known, or a condition key
/// that is not given decides.
fn answers(args: &WhoCanArgs, state: &AccountState<'_>, place: &dyn Fn(&StatementRef) -> Option<Place>) -> Vec<Answer> {
    let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    args.context.iter().for_each(|(key, value)| values.entry(key).or_default().push(value.clone()));
    let value = |mut list: Vec<String>| match (list.len(), list.pop()) {
        (1, Some(only)) => Value::Single(only),
        (_, last) => Value::Many(list.into_iter().chain(last).collect()),
    };
    let given: Keys = values.into_iter().map(|(key, list)| (key, value(list))).collect();
    let mut found = Vec::new();
    for address in state.principals() {
        let Some(held) = state.evaluated(&address) else { continue };
        let mut request = held.caller.request(args.action.clone(), args.resource.clone(), &given);
        request.resource_account = args.resource_account.as_ref().map(ToString::to_string);
        let mut policies = held.policies.clone();
        state.add_other_side(&mut policies, &request);
        let certain = with_needed(&request, |request| decide(&policies, request));
        let decision = match certain.effect {
            Effect::Allow | Effect::ExplicitDeny => certain,
            // What a key that is not given would allow is not known.
            Effect::ImplicitDeny | Effect::Unknown(_) => with_needed(&request, |request| decide_strictly(&policies, request)),
        };
        let answer = cases::answer(address.to_string(), &decision, &held.unknown(), place);
        if matches!(answer.decision, "allowed" | "unknown") {
            found.push(answer);
        }
    }
    found
}
