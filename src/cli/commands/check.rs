//! `iamctl check`: may an existing role, or the caller, serve a workload? Reads only.

use std::path::Path;

use crate::backend::{BackendError, Caller, ErrorKind, ReadScope};
use crate::check::{self, HYPERPOD_CLI, Need, Report, Simulations, Subject, Verdict};
use crate::cli::args::{CheckArgs, Format};
use crate::cli::flow::{self, SpecSet, Unknown, block_on};
use crate::cli::session::{Account, Session};
use crate::cli::{CliError, Context, Exit};
use crate::diag::Finding;
use crate::model::{AccountIdentity, Snapshot};
use crate::names::{Address, Arn, EntityKind, Name, check_name, entity_arn};
use crate::report;

/// Whom the command line asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// `caller`.
    Caller,
    /// A role by name.
    Name(Name),
    /// A role by its ARN.
    Arn(Arn),
    /// The role behind a session's ARN, which holds no path.
    Session(Arn),
}

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
    let asked = Asked::read(&args.principal)?;
    // A wrong template is told before the account is asked anything.
    need_of(context, &session, args, &session.offline_identity(), "role")?;
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

impl Asked {
    fn read(text: &str) -> Result<Self, CliError> {
        let wrong = |why: String| Err(CliError::usage(why).help("write `role/NAME`, a role's ARN, or `caller`"));
        if text == "caller" {
            return Ok(Self::Caller);
        }
        let named = text.strip_prefix("role/").unwrap_or(text);
        if named.starts_with("arn:") {
            let Some(arn) = Arn::parse(named) else { return wrong(format!("`{}` is no ARN", named.escape_debug())) };
            let is_role =
                arn.service == "iam" && arn.iam_resource().is_some_and(|(word, _, name)| word == "role" && !name.is_empty());
            let is_session = arn.service == "sts" && session_role(&arn).is_some();
            if !is_role && !is_session {
                return wrong(format!("`{}` is not the ARN of a role", named.escape_debug()));
            }
            return Ok(match session_role(&arn).filter(|_| is_session).map(|role| format!("role/{role}")) {
                Some(resource) => Self::Session(Arn { service: "iam".to_owned(), resource, ..arn }),
                None => Self::Arn(arn),
            });
        }
        if let Err(why) = check_name(EntityKind::Role, named) {
            return wrong(why);
        }
        Ok(Self::Name(Name::new(named)))
    }
}

/// The role behind `assumed-role/NAME/SESSION`.
fn session_role(arn: &Arn) -> Option<&str> {
    let (role, session) = arn.resource.strip_prefix("assumed-role/")?.split_once('/')?;
    (!role.is_empty() && !session.is_empty()).then_some(role)
}

/// What the template asks for, for a role of this name.
fn need_of(
    context: &Context,
    session: &Session,
    args: &CheckArgs,
    account: &AccountIdentity,
    name: &str,
) -> Result<Need, CliError> {
    if args.template == HYPERPOD_CLI {
        if !args.with.is_empty() {
            return Err(CliError::usage(format!("`{HYPERPOD_CLI}` has no parameters")).help("leave `--with` out"));
        }
        return Ok(Need::hyperpod_cli(&account.partition, account.id.as_str()));
    }
    let specs = SpecSet::instance(session, &args.template, name, &args.with);
    let caller = flow::root_of(account);
    let resolved = specs
        .problems_or_resolved(session, account, Some(&caller), None, Unknown::Warning)
        .map_err(|problems| template_error(context, &problems))?;
    let roles = &resolved.desired.roles;
    let role = roles.get(&Name::new(name)).or_else(|| roles.values().next().filter(|_| roles.len() == 1));
    match role {
        Some(role) => {
            let mut need = Need::of_role(&args.template, role, &resolved.desired);
            for given in &args.with {
                need.with.entry(given.name.clone()).or_default().push(given.value.clone());
            }
            Ok(need)
        }
        None => Err(CliError::usage(format!("the template `{}` makes no role, or several", args.template.escape_debug()))
            .help("a template that is checked against makes one role, of the name `${param.name}`")),
    }
}

/// Names that the command line gives are wrong usage; what is wrong inside a template is an error of the specs.
fn template_error(context: &Context, problems: &[Finding]) -> CliError {
    let of_usage = ["unknown-template", "unknown-parameter", "missing-parameter", "unknown-value", "wrong-type"];
    if let Some(problem) = problems.iter().find(|p| of_usage.contains(&p.code.as_str())) {
        let mut error = CliError::usage(problem.message.clone());
        error.help = problem.help.clone();
        return error;
    }
    context.terminal.err(&report::diagnostics_text(problems, context.terminal.err_paint()));
    CliError::new(Exit::FINDINGS, "the template has errors")
}

fn of_file(context: &Context, session: &Session, args: &CheckArgs, asked: &Asked, file: &Path) -> Result<Report, CliError> {
    let snapshot = flow::load_snapshot(file)?;
    let identity = snapshot.account.clone();
    let caller = Caller { account: identity.clone(), arn: flow::root_of(&identity) };
    let read = Read { snapshot: Some(snapshot), unread: None, simulated: None, notes: offline_notes() };
    judged(context, session, args, asked, &caller, read)
}

async fn of_account(context: &Context, session: &Session, args: &CheckArgs, asked: &Asked) -> Result<Report, CliError> {
    let account = session.connect().await?;
    let caller = session.caller(&account, None).await?;
    let read = match target(asked, &caller) {
        Ok(role) => {
            let need = need_of(context, session, args, &caller.account, role.last_segment())?;
            read(context, &account, &role, matches!(asked, Asked::Arn(_)), &need).await?
        }
        Err(_) => Read { snapshot: None, unread: None, simulated: None, notes: Vec::new() },
    };
    judged(context, session, args, asked, &caller, read)
}

/// The role that is asked about; else why there is none that could be read here.
fn target(asked: &Asked, caller: &Caller) -> Result<Arn, String> {
    let own = |name: &str| Arn {
        partition: caller.account.partition.clone(),
        service: "iam".to_owned(),
        region: String::new(),
        account: caller.account.id.to_string(),
        resource: format!("role/{name}"),
    };
    match asked {
        Asked::Name(name) => Ok(own(name.as_str())),
        Asked::Arn(arn) | Asked::Session(arn)
            if arn.account != caller.account.id.as_str() || arn.partition != caller.account.partition =>
        {
            Err(format!(
                "the role is in account {} of partition {}, and what can be read is account {} of {}: choose that account with `--account`",
                arn.account, arn.partition, caller.account.id, caller.account.partition
            ))
        }
        Asked::Arn(arn) | Asked::Session(arn) => Ok(arn.clone()),
        Asked::Caller => {
            let arn = Arn::parse(&caller.arn);
            let role = arn.as_ref().and_then(|arn| match arn.service.as_str() {
                "sts" => session_role(arn),
                "iam" => arn.iam_resource().filter(|(word, ..)| *word == "role").map(|(.., name)| name),
                _ => None,
            });
            role.map(own).ok_or_else(|| {
                let who = if caller.arn.ends_with(":root") { "the account root" } else { "no role" };
                format!("the caller `{}` is {who}: no role could be resolved; assume one, or name one", caller.arn)
            })
        }
    }
}

fn judged(
    context: &Context,
    session: &Session,
    args: &CheckArgs,
    asked: &Asked,
    caller: &Caller,
    read: Read,
) -> Result<Report, CliError> {
    let role_arn = match target(asked, caller) {
        Ok(arn) => arn,
        Err(why) => {
            let (address, arn) = match asked {
                Asked::Arn(arn) | Asked::Session(arn) => {
                    (Some(Address::new(EntityKind::Role, arn.last_segment())), Some(arn.to_string()))
                }
                _ => (None, None),
            };
            let name = address.as_ref().map_or("role", |a| a.name.as_str()).to_owned();
            let need = need_of(context, session, args, &caller.account, &name)?;
            let subject = Subject::Unread { address: address.as_ref(), arn: arn.as_deref(), why: &why };
            return Ok(check::check(&need, subject, None, Vec::new()));
        }
    };
    let name = Name::new(role_arn.last_segment());
    let address = Address::new(EntityKind::Role, &name);
    let need = need_of(context, session, args, &caller.account, name.as_str())?;
    let simulated = read.simulated.as_ref();
    let arn = role_arn.to_string();
    if let Some(why) = &read.unread {
        let subject = Subject::Unread { address: Some(&address), arn: Some(&arn), why };
        return Ok(check::check(&need, subject, simulated, read.notes));
    }
    let found = read.snapshot.as_ref().and_then(|s| Some((s, s.roles.get_key_value(&name)?)));
    let Some((snapshot, (name, role))) = found else {
        let unlisted = read.snapshot.as_ref().is_some_and(|s| s.unlisted.contains(&EntityKind::Role));
        if unlisted {
            let why = "the listing of roles is not whole, so the role may exist";
            let subject = Subject::Unread { address: Some(&address), arn: Some(&arn), why };
            return Ok(check::check(&need, subject, simulated, read.notes));
        }
        let why = format!("{address} does not exist in account {}", caller.account.id);
        return Ok(check::check(&need, Subject::Missing { address: &address, why: &why }, None, read.notes));
    };
    // A role's name is unique in its account: under another path there is no second one.
    let real = entity_arn(&snapshot.account.partition, &snapshot.account.id, EntityKind::Role, &role.path, name.as_str());
    if matches!(asked, Asked::Arn(given) if given.to_string() != real) {
        let why = format!("`{arn}` does not exist; the role of this name is `{real}`");
        return Ok(check::check(&need, Subject::Missing { address: &address, why: &why }, None, read.notes));
    }
    Ok(check::check(&need, Subject::Role { snapshot, name, role }, simulated, read.notes))
}

#[cfg_attr(not(feature = "aws"), allow(unused_variables, reason = "only the live reading looks at them"))]
async fn read(context: &Context, account: &Account, role: &Arn, by_arn: bool, need: &Need) -> Result<Read, CliError> {
    match account {
        Account::Embedded(_) => {
            let snapshot = flow::read(context, account, &ReadScope::default()).await?;
            Ok(Read { snapshot: Some(snapshot), unread: None, simulated: None, notes: offline_notes() })
        }
        #[cfg(feature = "aws")]
        Account::Aws(aws) => live(aws, role, by_arn, need).await,
    }
}

/// One role of a real account, and IAM's simulator about it.
#[cfg(feature = "aws")]
async fn live(account: &crate::backend::aws::AwsAccount, role: &Arn, by_arn: bool, need: &Need) -> Result<Read, CliError> {
    use crate::backend::simulate::Simulated;
    let name = Name::new(role.last_segment());
    let failed = |error: &BackendError| CliError::failed("the role cannot be read").caused_by(error);
    let (snapshot, unread) = match account.one_role(&name).await {
        Ok(Some(snapshot)) => (Some(snapshot), None),
        Ok(None) => return Ok(Read { snapshot: None, unread: None, simulated: None, notes: Vec::new() }),
        Err(error) if error.kind == ErrorKind::Denied && error.code.as_deref() == Some("AccessDenied") => {
            (None, Some(format!("the role could not be read ({error})")))
        }
        Err(error) => return Err(failed(&error)),
    };
    let known = snapshot.as_ref().and_then(|s| {
        let (name, role) = s.roles.get_key_value(&name)?;
        Some(s.arn(EntityKind::Role, &role.path, name))
    });
    // Without a reading the ARN may lack the role's path; IAM then says that there is no such role.
    let arn = known.unwrap_or_else(|| role.to_string());
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
                notes.extend(simulator_note(&error, snapshot.is_some(), by_arn));
                notes.extend(offline_notes());
                return Ok(Read { snapshot, unread, simulated: None, notes });
            }
        }
    }
    Ok(Read { snapshot, unread, simulated: Some(simulated), notes })
}

/// Why the simulator did not answer, and what is done instead.
#[cfg_attr(not(feature = "aws"), allow(dead_code, reason = "only AWS has a simulator"))]
fn simulator_note(error: &BackendError, was_read: bool, by_arn: bool) -> Option<String> {
    let instead = if was_read {
        "the policies that could be read were evaluated instead"
    } else if by_arn || error.kind != ErrorKind::NotFound {
        "permissions could not be verified"
    } else {
        "permissions could not be verified; if the role has a path, give its ARN"
    };
    Some(format!("IAM's simulator could not be asked ({error}); {instead}"))
}

fn offline_notes() -> Vec<String> {
    vec!["service control policies, resource policies and session policies are not looked at".to_owned()]
}
