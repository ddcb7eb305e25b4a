//! `iamctl import`: spec files from what there is. Nothing is written before a plan has confirmed it, and nothing is overwritten.

mod report;
mod several;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::args::{ImportArgs, ImportShape, ImportSource};
use crate::cli::flow::{self, KnownPolicies, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::import::cloudformation::{ANY_REGION, Template, parameter_fault, read_templates};
use crate::import::iambic::{IambicAccount, read_iambic};
use crate::import::terraform::read_terraform;
use crate::import::{Described, Expiries, Import, ImportError, Unknown, import_all};
use crate::model::Snapshot;
use crate::names::{AccountId, Address};
use crate::plan::PlanOptions;
use crate::scope::Settings;
use crate::spec::source::{SourceRequest, Sources};
use crate::spec::{ResolveContext, UnknownAws};

/// Runs the command.
pub fn run(context: &Context, args: &ImportArgs) -> Result<Exit, CliError> {
    if let ImportSource::Account(shape) = &args.source
        && let (accounts, shape) = several::split(shape)
        && !accounts.is_empty()
    {
        return several::run(context, &accounts, &shape);
    }
    let session = Session::open(context, None)?;
    match &args.source {
        ImportSource::Account(shape) => {
            let from = From::account(context, &session)?;
            write_specs(context, &session, &from, shape)
        }
        ImportSource::Snapshot { file, shape } => {
            let snapshot = flow::load_snapshot(&session.project, file)?;
            flow::require_same_account(&session, file, &snapshot)?;
            let caller = flow::root_of(&snapshot.account);
            let settings = flow::settings(&session, PlanOptions::default(), caller, false)?;
            let from = From::of(snapshot, settings, UnknownAws::Warn);
            write_specs(context, &session, &from, shape)
        }
        ImportSource::Cloudformation { templates, parameters, shape } => {
            let described = described_by_templates(&session, templates, parameters)?;
            write_specs(context, &session, &from_described(&session, described, Some(ANY_REGION))?, shape)
        }
        ImportSource::Iambic { directory, only, shape } => iambic(context, &session, directory, only, shape),
        ImportSource::Terraform { file, shape } => {
            let name = file.display().to_string();
            let described = read_terraform(&name, &read_file(file)?, &session.offline_identity()).map_err(|why| {
                CliError::unreadable(&name, &why.to_string()).help("make it with `terraform show -json > FILE`")
            })?;
            flow::require_same_account(&session, file, &described.snapshot)?;
            write_specs(context, &session, &from_described(&session, described, None)?, shape)
        }
    }
}

/// What an import starts from.
struct From {
    snapshot: Snapshot,
    settings: Settings,
    unknown: UnknownAws,
    /// The placeholder for the region, if it is not a real account.
    region: Option<&'static str>,
    /// Whether it is what another tool describes, and no account.
    is_described: bool,
    /// Whether the specs of the project are those of other accounts.
    alone: bool,
    /// What could not be known before there was an account.
    others: Vec<Unknown>,
    /// What is known and has no place in a spec.
    notes: Vec<Unknown>,
    /// Entities to which more belongs than is known.
    additive: BTreeSet<Address>,
    /// What ends on a day.
    expires: Expiries,
}

impl From {
    /// The account in all its detail.
    fn account(context: &Context, session: &Session) -> Result<Self, CliError> {
        let (snapshot, settings) = block_on(async {
            let account = session.connect().await?;
            let caller = session.caller(&account, None).await?;
            let settings = flow::settings(session, PlanOptions::default(), caller.arn.clone(), false)?;
            let mut scope = flow::read_scope(&settings, &Default::default());
            scope.all_details = true;
            Ok::<_, CliError>((flow::read(context, &session.project, &account, &scope).await?, settings))
        })?;
        let unknown = if session.is_embedded() { UnknownAws::Error } else { UnknownAws::Ask };
        Ok(Self::of(snapshot, settings, unknown))
    }

    /// An account that was read.
    fn of(snapshot: Snapshot, settings: Settings, unknown: UnknownAws) -> Self {
        let (others, notes, additive, expires) = Default::default();
        Self { snapshot, settings, unknown, region: None, is_described: false, alone: false, others, notes, additive, expires }
    }
}

fn from_described(session: &Session, described: Described, region: Option<&'static str>) -> Result<From, CliError> {
    let caller = flow::root_of(&described.snapshot.account);
    let settings = flow::settings(session, PlanOptions::default(), caller, false)?;
    let Described { snapshot, unknown: others, notes, additive, expires } = described;
    Ok(From { region, is_described: true, others, notes, additive, expires, ..From::of(snapshot, settings, UnknownAws::Warn) })
}

fn read_file(path: &Path) -> Result<String, CliError> {
    flow::foreign_text(path, MAX_FOREIGN)
}

fn described_by_templates(session: &Session, paths: &[PathBuf], given: &[(String, String)]) -> Result<Described, CliError> {
    let parameters: BTreeMap<String, String> = given.iter().cloned().collect();
    let mut account = session.offline_identity();
    if let Some(id) = parameters.get("AWS::AccountId") {
        account.id = AccountId::parse(id)
            .ok_or_else(|| CliError::usage(format!("`{id}` is not an account id")).help("write twelve digits"))?;
    }
    if let Some(partition) = parameters.get("AWS::Partition") {
        account.partition.clone_from(partition);
    }
    let texts = paths.iter().map(|p| Ok((p.display().to_string(), read_file(p)?))).collect::<Result<Vec<_>, CliError>>()?;
    let templates: Vec<Template<'_>> = texts.iter().map(|(name, text)| Template { name, text }).collect();
    if let Some((fault, help)) = parameter_fault(&templates, given) {
        return Err(CliError::usage(fault).help(help));
    }
    read_templates(&templates, &parameters, &account, session.account.id.is_some())
        .map_err(|(name, why)| CliError::unreadable(&name, &why).help("name CloudFormation templates, YAML or JSON"))
}

/// Every account of a repository of IAMbic, each in a folder of its own.
fn iambic(
    context: &Context,
    session: &Session,
    directory: &Path,
    only: &[String],
    shape: &ImportShape,
) -> Result<Exit, CliError> {
    let failed = |(name, why): (String, String)| {
        CliError::unreadable(&name, &why).help("name the directory of a repository of IAMbic templates")
    };
    let repository = read_iambic(&directory.display().to_string(), &tree::texts(directory)?).map_err(failed)?;
    let is_meant = |account: &&IambicAccount| {
        only.is_empty() || only.iter().any(|o| o.eq_ignore_ascii_case(&account.name) || o == account.identity.id.as_str())
    };
    let accounts: Vec<&IambicAccount> = repository.accounts.iter().filter(is_meant).collect();
    if accounts.is_empty() {
        let known: Vec<String> = repository.accounts.iter().map(|account| format!("`{}`", account.name)).collect();
        let message = "no account of the repository is called so".to_owned();
        return Err(CliError::usage(message).help(format!("its accounts are {}", known.join(", "))));
    }
    let now = jiff::Timestamp::now().to_string();
    let today = now.get(..10).unwrap_or_default();
    let mut exit = Exit::FINE;
    let mut entries = String::new();
    for account in accounts {
        let folder = folder_of(&account.name);
        let mut described = repository.describe(account, today);
        // What belongs to no account is noted once.
        if entries.is_empty() {
            described.notes.extend(repository.notes.iter().cloned());
        }
        let from = From { alone: true, ..from_described(session, described, None)? };
        let shape = ImportShape { out: shape.out.join(&folder), ..shape.clone() };
        context.terminal.out(&format!("Account {} ({}):\n", crate::report::escape::line(&account.name), account.identity.id))?;
        if write_specs(context, session, &from, &shape)? != Exit::FINE {
            exit = Exit::UNDECIDED;
        }
        context.terminal.out("\n")?;
        entries.push_str(&format!("  {folder}: {{id: \"{}\", specs: [\"{}\"]}}\n", account.identity.id, shape.out.display()));
    }
    context.terminal.out(&format!("In `iamctl.yaml`:\n\naccounts:\n{entries}"))?;
    Ok(exit)
}

/// An account's name as that of a folder, and of an account of the project file.
fn folder_of(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() || matches!(plain, "templates" | "local" | "aws") { format!("account-{plain}") } else { plain.to_owned() }
}

/// Largest file of another tool, in bytes.
const MAX_FOREIGN: u64 = 256 << 20;

/// Imports from one account and writes the files.
fn write_specs(context: &Context, session: &Session, from: &From, shape: &ImportShape) -> Result<Exit, CliError> {
    write_all(context, &[(session, from)], shape, true)
}

/// Imports from accounts and writes one set of files. `everywhere` says that the project has no others.
fn write_all(context: &Context, accounts: &[(&Session, &From)], shape: &ImportShape, everywhere: bool) -> Result<Exit, CliError> {
    let [(first, from), ..] = accounts else { return Ok(Exit::FINE) };
    let (is_described, region) = (from.is_described, from.region);
    let mut selection = shape.selection();
    selection.service_linked |= is_described;
    let directory = first.spec_paths(std::slice::from_ref(&shape.out)).into_iter().next().unwrap_or_else(|| shape.out.clone());
    let taken = tree::files(&directory)?;
    let base = &first.project.directory;
    let folder = format!("{}/", shape.out.display());
    let existing = accounts.iter().map(|(session, from)| {
        let paths: Vec<PathBuf> = std::iter::once(directory.clone())
            .chain(session.account.specs.iter().filter(|_| !from.alone).map(|path| base.join(path)))
            .filter(|path| path.exists())
            .collect();
        move || Sources::read(&SourceRequest { base: base.clone(), paths: paths.clone(), trees: Vec::new() })
    });
    let existing: Vec<_> = existing.collect();
    let one = |((session, from), existing)| -> Import<'_> {
        let (session, from): (&Session, &From) = (session, from);
        let context = ResolveContext {
            account_name: &session.account.name,
            accounts: &session.project.roster,
            account_id: from.snapshot.account.id.clone(),
            partition: from.snapshot.account.partition.clone(),
            region: region.map_or_else(|| session.region(), str::to_owned),
            caller_arn: Some(flow::principal_behind(&from.settings.caller_arn, Some(&from.snapshot))),
            stack: Some(from.settings.stack.clone()),
            vars: &session.account.vars,
            defaults: &session.account.defaults,
            snapshot: Some(&from.snapshot),
            aws: &KnownPolicies,
            unknown_aws: from.unknown,
            ownership_tag: &session.project.ownership_tag,
            today: flow::today(),
        };
        Import {
            snapshot: &from.snapshot,
            context,
            settings: &from.settings,
            region: region.or(session.account.region.as_deref()),
            template: is_described,
            additive: &from.additive,
            expires: &from.expires,
            selection: &selection,
            layout: &shape.layout,
            existing,
            folder: &folder,
            taken: &taken,
        }
    };
    let existing = existing.iter().map(|read| read as &dyn Fn() -> Sources);
    let imports: Vec<Import<'_>> = accounts.iter().copied().zip(existing).map(one).collect();
    let imported = import_all(&imports, everywhere).map_err(|(account, why)| {
        let refused = refused(context, why);
        if accounts.len() == 1 {
            refused
        } else {
            CliError { headline: format!("account `{account}`: {}", refused.headline), ..refused }
        }
    })?;
    tree::write(&directory, &imported.files)?;
    let many = accounts.len() > 1;
    let text = report::text(&imported, (&from.others, &from.notes), (is_described, many), &folder, context.terminal.paint());
    context.terminal.out(&text.replace(ANY_REGION, "${region}"))?;
    Ok(if imported.report.unknown.is_empty() && from.others.is_empty() { Exit::FINE } else { Exit::UNDECIDED })
}

fn refused(context: &Context, error: ImportError) -> CliError {
    match error {
        ImportError::Existing(problems) => {
            context.terminal.err(&crate::report::diagnostics_text(&problems, context.terminal.err_paint()));
            CliError::new(Exit::FINDINGS, "the specs that are there have errors; nothing was written")
                .help("fix them, or import into another directory")
        }
        ImportError::Specs(problems) => {
            context.terminal.err(&crate::report::diagnostics_text(&problems, context.terminal.err_paint()));
            CliError::failed("the imported specs have errors; nothing was written")
        }
        ImportError::Differs { changes, problems } => {
            context.terminal.err(&report::differences(&changes, &problems));
            CliError::failed("the imported specs would change the account; nothing was written")
                .help("take out of `defaults:` in iamctl.yaml what these entities do not have, or leave them out with `--select`")
        }
    }
}
