//! `iamctl check`: may an existing role, or the caller, serve a workload? Reads only.

mod asked;
mod needed;

use std::path::Path;

#[cfg(feature = "aws")]
use crate::backend::{BackendError, ErrorKind};
use crate::backend::{CallerIdentity, ReadScope};
use crate::check::{self, HYPERPOD_CLI, Need, Report, Simulations, Subject, Verdict};
use crate::cli::args::{CheckArgs, Format};
use crate::cli::flow::{self, block_on};
use crate::cli::session::{Account, Session};
use crate::cli::{CliError, Context, Exit};
use crate::model::Snapshot;
use crate::names::EntityKind;
use crate::report;
use asked::{Asked, Target};

/// What was read of the account.
struct Read {
    snapshot: Option<Snapshot>,
    /// Why there is no snapshot, in words; none where there is certainly no such role.
    unread: Option<String>,
    simulated: Option<Simulations>,
    notes: Vec<String>,
}

/// Runs the command.
pub fn run(context: &Context, args: &CheckArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    let asked = args.principal.as_deref().map(|text| Asked::read(text, is_of_callers(args))).transpose()?;
    // A wrong template is reported before the account is read.
    let need = needed::of(context, &session, args, &session.offline_identity(), "role")?;
    let Some(asked) = asked else {
        let required = check::requirements(&need);
        match args.format {
            Format::Json => context.terminal.out(&report::json(&required))?,
            Format::Text => context.terminal.out(&report::required_text(&required, context.terminal.paint()))?,
        }
        return Ok(Exit::FINE);
    };
    let report = match &args.against {
        Some(file) => of_file(context, &session, args, &asked, file),
        None => block_on(of_account(context, &session, args, &asked)),
    }?;
    match args.format {
        Format::Json => context.terminal.out(&report::json(&report))?,
        Format::Text => context.terminal.out(&report::check_text(&report, context.terminal.paint()))?,
    }
    Ok(match report.verdict {
        Verdict::Ready => Exit::FINE,
        Verdict::NotReady => Exit::FINDINGS,
        Verdict::Unknown => Exit::UNDECIDED,
    })
}

/// Whether it is a person's workload, which users serve as well as roles.
fn is_of_callers(args: &CheckArgs) -> bool {
    args.template == HYPERPOD_CLI
}

fn of_file(context: &Context, session: &Session, args: &CheckArgs, asked: &Asked, file: &Path) -> Result<Report, CliError> {
    let snapshot = flow::load_snapshot(&session.project, file)?;
    let identity = snapshot.account.clone();
    let caller = CallerIdentity { account: identity.clone(), arn: flow::root_of(&identity) };
    let read = Read { snapshot: Some(snapshot), unread: None, simulated: None, notes: offline_notes() };
    judged(context, session, args, asked, &caller, read)
}

async fn of_account(context: &Context, session: &Session, args: &CheckArgs, asked: &Asked) -> Result<Report, CliError> {
    let account = session.connect().await?;
    let caller = session.caller(&account, None).await?;
    let read = match asked.target(&caller, is_of_callers(args)) {
        Ok(target) => {
            let need = needed::of(context, session, args, &caller.account, target.arn.last_segment())?;
            read(context, session, &account, &target, &need).await?
        }
        Err(_) => Read { snapshot: None, unread: None, simulated: None, notes: Vec::new() },
    };
    judged(context, session, args, asked, &caller, read)
}

fn judged(
    context: &Context,
    session: &Session,
    args: &CheckArgs,
    asked: &Asked,
    caller: &CallerIdentity,
    mut read: Read,
) -> Result<Report, CliError> {
    if let Some(snapshot) = &mut read.snapshot {
        snapshot.ceiling = session.project.ceiling(&snapshot.account.id);
    }
    let target = match asked.target(caller, is_of_callers(args)) {
        Ok(target) => target,
        Err(why) => {
            let (address, arn, guessed) = asked.given();
            let name = address.as_ref().map_or("role", |a| a.name.as_str()).to_owned();
            let need = needed::of(context, session, args, &caller.account, &name)?;
            let subject = Subject::Unread { address: address.as_ref(), arn: arn.as_deref(), guessed, why: &why };
            return Ok(check::check(&need, subject, None, Vec::new()));
        }
    };
    let Target { address, arn, pathless } = target;
    let need = needed::of(context, session, args, &caller.account, address.name.as_str())?;
    let simulated = read.simulated.as_ref();
    let arn = arn.to_string();
    let unread = |why: &str, notes: Vec<String>| {
        let subject = Subject::Unread { address: Some(&address), arn: Some(&arn), guessed: pathless, why };
        check::check(&need, subject, simulated, notes)
    };
    if let Some(why) = &read.unread {
        return Ok(unread(why, read.notes));
    }
    let real = read.snapshot.as_ref().and_then(|snapshot| Some((snapshot, snapshot.arn_of(&address)?)));
    let Some((snapshot, real)) = real else {
        let kind = address.kind;
        if read.snapshot.as_ref().is_some_and(|s| s.unlisted.contains(&kind)) {
            return Ok(unread(&format!("the listing of {0}s is not whole, so the {0} may exist", kind.word()), read.notes));
        }
        let why = format!("{address} does not exist in account {}", caller.account.id);
        return Ok(check::check(&need, Subject::Missing { address: &address, why: &why }, None, read.notes));
    };
    // A name is unique in its account, whatever the path.
    if !pathless && arn != real {
        let why = format!("`{arn}` does not exist; the {} of this name is `{real}`", address.kind.word());
        return Ok(check::check(&need, Subject::Missing { address: &address, why: &why }, None, read.notes));
    }
    let subject = match address.kind {
        EntityKind::User => snapshot.users.get_key_value(&address.name).map(|(name, _)| Subject::User { snapshot, name }),
        _ => snapshot.roles.get_key_value(&address.name).map(|(name, role)| Subject::Role { snapshot, name, role }),
    };
    match subject {
        Some(subject) => Ok(check::check(&need, subject, simulated, read.notes)),
        None => Ok(unread("it is not among what was read", read.notes)),
    }
}

#[cfg_attr(not(feature = "aws"), allow(unused_variables, reason = "only the live reading looks at them"))]
async fn read(context: &Context, session: &Session, account: &Account, target: &Target, need: &Need) -> Result<Read, CliError> {
    match account {
        Account::Embedded(_) => {
            let snapshot = flow::read(context, &session.project, account, &ReadScope::default()).await?;
            Ok(Read { snapshot: Some(snapshot), unread: None, simulated: None, notes: offline_notes() })
        }
        #[cfg(feature = "aws")]
        Account::Aws(aws) => live(aws, target, need).await,
    }
}

/// One role or user of a real account, and IAM's simulator about it.
#[cfg(feature = "aws")]
async fn live(account: &crate::backend::aws::AwsAccount, target: &Target, need: &Need) -> Result<Read, CliError> {
    use crate::backend::AccountRead;
    use crate::backend::simulate::Simulated;
    let Target { address, arn, pathless } = target;
    let kind = address.kind.word();
    let answer = match address.kind {
        // A user's permissions come of its groups too: the account is read as a whole.
        EntityKind::User => account.snapshot(&ReadScope::default(), &crate::backend::Silent).await.map(Some),
        _ => account.one_role(&address.name).await,
    };
    let (snapshot, unread) = match answer {
        Ok(Some(snapshot)) => (Some(snapshot), None),
        Ok(None) => return Ok(Read { snapshot: None, unread: None, simulated: None, notes: Vec::new() }),
        Err(error) if error.kind == ErrorKind::Denied && error.code.as_deref() == Some("AccessDenied") => {
            (None, Some(format!("the {kind} could not be read ({error})")))
        }
        Err(error) => return Err(CliError::failed(format!("the {kind} cannot be read")).caused_by(&error)),
    };
    // Without a reading the ARN may lack the path; IAM then says that there is no such principal.
    let known = snapshot.as_ref().and_then(|s| s.arn_of(address));
    let arn = known.unwrap_or_else(|| arn.to_string());
    let mut simulated = Simulations::new();
    let mut notes = Vec::new();
    for case in check::cases(need) {
        if case.actions.is_empty() {
            simulated.push(Vec::new());
            continue;
        }
        match account.simulate(&Simulated::Principal(&arn), std::slice::from_ref(&case)).await {
            Ok(answers) => simulated.push(answers),
            Err(error) => {
                notes.push(simulator_note(&error, snapshot.is_some(), *pathless));
                notes.extend(offline_notes());
                return Ok(Read { snapshot, unread, simulated: None, notes });
            }
        }
    }
    Ok(Read { snapshot, unread, simulated: Some(simulated), notes })
}

/// Why the simulator did not answer, and what is done instead.
#[cfg(feature = "aws")]
fn simulator_note(error: &BackendError, was_read: bool, pathless: bool) -> String {
    let instead = if was_read {
        "the policies that could be read were evaluated instead"
    } else if pathless && error.kind == ErrorKind::NotFound {
        "permissions could not be verified; if the role has a path, pass its ARN"
    } else {
        "permissions could not be verified"
    };
    format!("IAM's simulator could not be asked ({error}); {instead}")
}

fn offline_notes() -> Vec<String> {
    vec!["service control policies, resource policies and session policies are not looked at".to_owned()]
}
