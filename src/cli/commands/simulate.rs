//! `iamctl simulate`: what policies allow and deny, and which statements decide; of specs, snapshots, accounts, or bare documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::backend::ReadScope;
use crate::cases::{self, Answer};
use crate::cli::args::{Format, SimulateArgs};
use crate::cli::flow::{self, SpecSet, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::Place;
use crate::holdings::AccountState;
use crate::model::Snapshot;
use crate::names::{AccountId, Address, EntityKind, entity_arn};
use crate::policy::Document;
use crate::policy::ast;
use crate::policy::caller::Caller;
use crate::policy::eval::{
    Context as Keys, Decision, Named, PolicyKind, PolicySet, Principal, Request, ScpLevel, StatementRef, Value, decide,
    decide_strictly,
};
use crate::policy::trust::{is_trust, with_needed};
use crate::report;

/// Runs the command.
pub fn run(context: &Context, args: &SimulateArgs) -> Result<Exit, CliError> {
    if args.request.is_none() && args.action.is_empty() {
        return Err(CliError::usage("nothing is asked: no `--action` is given")
            .help("name the actions, `--action s3:GetObject`, or a file of cases, `--request FILE`"));
    }
    let keys = args.context.iter().map(|(key, _)| key.as_str());
    if let Some(fault) = cases::question::fault(&args.action, &args.resource, keys, args.allow_unknown) {
        return Err(CliError::usage(fault));
    }
    for warning in args.resource.iter().filter_map(|resource| cases::question::resource_warning(resource)) {
        context.terminal.err(&format!("warning: {warning}\n"));
    }
    let answers = match &args.request {
        Some(file) => of_file(file, args.strict_context)?,
        None if args.is_bare() => of_documents(args)?,
        None => of_principal(context, args)?,
    };
    let text = match args.format {
        Format::Text => report::simulation_text(&answers, context.terminal.paint()),
        Format::Json => report::simulation_json(&answers),
    };
    context.terminal.out(&text)?;
    Ok(if answers.iter().any(|answer| answer.decision == "unknown") { Exit::UNDECIDED } else { Exit::FINE })
}

fn judge(policies: &PolicySet, request: &Request, strict: bool) -> Decision {
    with_needed(request, |request| if strict { decide_strictly(policies, request) } else { decide(policies, request) })
}

fn of_file(file: &Path, strict: bool) -> Result<Vec<Answer>, CliError> {
    let text = read(file)?;
    let cases = cases::read_file(&text).map_err(|faults| unusable(file, &faults))?;
    let answer = |case: cases::FileCase| {
        let decision = judge(&case.policies, &case.request, strict);
        cases::answer(case.name, &decision, &[], &|_| None)
    };
    Ok(cases.into_iter().map(answer).collect())
}

/// Bare documents; nobody need hold them.
fn of_documents(args: &SimulateArgs) -> Result<Vec<Answer>, CliError> {
    if let Some(flag) =
        [("--against", args.against.is_some()), ("--from-account", args.from_account), ("PATH", !args.paths.is_empty())]
            .into_iter()
            .find_map(|(flag, given)| given.then_some(flag))
    {
        return Err(CliError::usage(format!("`{flag}` cannot be combined with bare policies"))
            .help("ask either the policies that a principal holds, or those of `--policy` and `--boundary`"));
    }
    let principal = match &args.principal {
        Some(text) => named(text).ok_or_else(|| {
            CliError::usage(format!("`{text}` is not a principal"))
                .help("write `role/NAME`, `user/NAME`, an ARN, an account id, or a service such as `ec2.amazonaws.com`")
        })?,
        None => Principal::Unspecified { account: args.resource_account.as_ref().map(ToString::to_string) },
    };
    let mut policies = beside(args)?;
    policies.identity = documents(&args.policy, PolicyKind::Identity)?;
    policies.resource_unknown = policies.resource.is_none();
    if !args.boundary.is_empty() {
        policies.boundary = Some(documents(&args.boundary, PolicyKind::Identity)?);
    }
    Ok(ask(args, &Caller::bare(principal), |request| {
        let decision = judge(&policies, &request, args.strict_context);
        cases::answer(name(&request), &decision, &[], &|_| None)
    }))
}

/// A principal that holds bare policies; one without ARN is in account 000000000000.
fn named(text: &str) -> Option<Principal> {
    match text.parse::<Address>() {
        Ok(Address { kind: kind @ (EntityKind::Role | EntityKind::User), name }) => {
            Principal::parse(&entity_arn("aws", &AccountId::zero(), kind, "/", name.as_str()))
        }
        _ => Principal::parse(text),
    }
}

/// A principal of the specs, of a snapshot, or of the account.
fn of_principal(context: &Context, args: &SimulateArgs) -> Result<Vec<Answer>, CliError> {
    let Some(wanted) = &args.principal else {
        return Err(
            CliError::usage("no principal is named").help("add `--principal role/NAME`, or pass policies with `--policy FILE`")
        );
    };
    let session = Session::open(context, None)?;
    if args.against.is_some() || args.from_account {
        if !args.paths.is_empty() {
            return Err(CliError::usage("spec paths cannot be combined with an account").help("ask the specs, or the account"));
        }
        let snapshot = match &args.against {
            Some(file) => flow::load_snapshot(&session.project, file)?,
            None => block_on(read_account(context, &session))?,
        };
        let state = AccountState::of_snapshot(&snapshot);
        return of_state(args, wanted, &state, "the account has", &|_, _| None);
    }
    let specs = SpecSet::load(&session, &args.paths);
    let (identity, resolved) = specs.resolve_offline(context, &session, None)?;
    let state = AccountState::of_specs(&resolved.desired, identity);
    of_state(args, wanted, &state, "the specs declare", &|state, statement| {
        cases::place_of(&resolved, specs.loaded(), state, statement)
    })
}

/// The account as it is now.
pub(super) async fn read_account(context: &Context, session: &Session) -> Result<Snapshot, CliError> {
    let account = session.connect().await?;
    session.caller(&account, None).await?;
    let scope = ReadScope { tag_key: session.project.ownership_tag.clone(), ..ReadScope::default() };
    flow::read(context, &session.project, &account, &scope).await
}

fn of_state(
    args: &SimulateArgs,
    wanted: &str,
    state: &AccountState<'_>,
    who: &str,
    place: &dyn Fn(&AccountState<'_>, &StatementRef) -> Option<Place>,
) -> Result<Vec<Answer>, CliError> {
    let held = state.find(wanted).and_then(|address| state.evaluated(&address)).map(|held| held.asked_for_as(wanted));
    let Some(held) = held else {
        return Err(CliError::usage(format!("{who} no role or user `{wanted}`")).help(
            "write `role/NAME` or `user/NAME`; `--against FILE` and `--from-account` ask an account, `--policy FILE` bare policies",
        ));
    };
    let beside = beside(args)?;
    let mut policies = PolicySet { resource: beside.resource, ..held.policies.clone() };
    // Levels of the command line are asked in place of those that the project knows.
    if beside.scp.is_some() {
        policies.scp = beside.scp;
    }
    Ok(ask(args, &held.caller, |request| {
        let mut policies = policies.clone();
        state.add_other_side(&mut policies, &request);
        let decision = judge(&policies, &request, args.strict_context);
        cases::answer(name(&request), &decision, &held.unknown(), &|statement| place(state, statement))
    }))
}

/// One answer for each action and resource.
fn ask(args: &SimulateArgs, caller: &Caller, mut answer: impl FnMut(Request) -> Answer) -> Vec<Answer> {
    let keys = keys(&args.context);
    let everything = ["*".to_owned()];
    let resources = if args.resource.is_empty() { everything.as_slice() } else { &args.resource };
    let mut answers = Vec::new();
    for action in &args.action {
        for resource in resources {
            let mut request = caller.request(action, resource, &keys);
            request.resource_account = args.resource_account.as_ref().map(ToString::to_string);
            answers.push(answer(request));
        }
    }
    answers
}

fn name(request: &Request) -> String {
    if request.resource == "*" { request.action.clone() } else { format!("{} on {}", request.action, request.resource) }
}

/// A key given once has one value; given more often it is a list.
fn keys(given: &[(String, String)]) -> Keys {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in given {
        values.entry(key.to_lowercase()).or_default().push(value.clone());
    }
    let value = |mut list: Vec<String>| match (list.len(), list.pop()) {
        (1, Some(only)) => Value::Single(only),
        (_, last) => Value::Many(list.into_iter().chain(last).collect()),
    };
    values.into_iter().map(|(key, list)| (key, value(list))).collect()
}

/// What files add to the principal's own policies.
fn beside(args: &SimulateArgs) -> Result<PolicySet, CliError> {
    let mut policies = PolicySet::default();
    if let Some(file) = &args.resource_policy {
        policies.resource = Some(resource_policy(file)?);
    }
    if !args.scp.levels.is_empty() {
        let mut levels = Vec::new();
        for (number, files) in args.scp.levels.iter().enumerate() {
            levels.push(ScpLevel { level: (number + 1).to_string().into(), policies: documents(files, PolicyKind::Scp)? });
        }
        policies.scp = Some(levels);
    }
    Ok(policies)
}

/// The policy of the resource; a trust policy is judged as one, so that it must admit the caller (iam-facts 6.7).
fn resource_policy(file: &Path) -> Result<Named, CliError> {
    let document = document(file)?;
    let kind = if is_trust(&document) { PolicyKind::Trust } else { PolicyKind::Resource };
    Ok(Named::new(&file.display().to_string(), &document, kind))
}

fn documents(files: &[PathBuf], kind: PolicyKind) -> Result<Vec<Named>, CliError> {
    files.iter().map(|file| Ok(Named::new(&file.display().to_string(), &document(file)?, kind))).collect()
}

fn document(file: &Path) -> Result<Document, CliError> {
    let text = read(file)?;
    let document = Document::parse(&text).map_err(|error| unusable(file, &[error.to_string()]))?;
    let faults: Vec<String> = ast::faults(&document).into_iter().map(|(_, fault)| fault).collect();
    if faults.is_empty() { Ok(document) } else { Err(unusable(file, &faults)) }
}

fn read(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|error| CliError::failed(format!("cannot read `{}`", file.display())).caused_by(&error))
}

fn unusable(file: &Path, faults: &[String]) -> CliError {
    let mut error = CliError::new(Exit::FINDINGS, format!("`{}` cannot be evaluated", file.display()));
    error.causes = faults.to_vec();
    error.help("correct the file; nothing was decided")
}
