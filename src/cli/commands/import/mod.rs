//! `iamctl import`: spec files from what there is. Nothing is written before a plan has confirmed it, and nothing is overwritten.

mod report;
mod tree;

use std::path::PathBuf;

use crate::cli::args::{ImportArgs, ImportShape, ImportSource};
use crate::cli::flow::{self, KnownPolicies, block_on, check_document};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::import::{Import, ImportError, import};
use crate::model::Snapshot;
use crate::names::{Address, EntityKind};
use crate::plan::PlanOptions;
use crate::policy::{Document, DocumentKind};
use crate::scope::Settings;
use crate::spec::source::{SourceRequest, Sources};
use crate::spec::{ResolveContext, UnknownAws};

/// Runs the command.
pub fn run(context: &Context, args: &ImportArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    match &args.source {
        ImportSource::Account(shape) => {
            let (snapshot, settings) = read_account(context, &session)?;
            let unknown = if session.is_embedded() { UnknownAws::Error } else { UnknownAws::Ask };
            write_specs(context, &session, &snapshot, &settings, unknown, shape)
        }
        ImportSource::Snapshot { file, shape } => {
            let snapshot = flow::load_snapshot(file)?;
            flow::require_same_account(&session, file, &snapshot)?;
            let caller = flow::root_of(&snapshot.account);
            let settings = flow::settings(&session, PlanOptions::default(), caller, false)?;
            write_specs(context, &session, &snapshot, &settings, UnknownAws::Warn, shape)
        }
    }
}

/// The account in all its detail. Tags of instance profiles take a call each, so their names are found first.
fn read_account(context: &Context, session: &Session) -> Result<(Snapshot, Settings), CliError> {
    block_on(async {
        let account = session.connect().await?;
        let caller = session.caller(&account, None).await?;
        let settings = flow::settings(session, PlanOptions::default(), caller.arn.clone(), false)?;
        let mut scope = flow::read_scope(&settings, &Default::default());
        let first = flow::read(context, &account, &scope).await?;
        let profiles = first.instance_profiles.iter().filter(|(_, profile)| profile.tags.is_unread());
        scope.declared = profiles.map(|(name, _)| Address::new(EntityKind::InstanceProfile, name)).collect();
        let snapshot = if scope.declared.is_empty() { first } else { flow::read(context, &account, &scope).await? };
        Ok((snapshot, settings))
    })
}

fn write_specs(
    context: &Context,
    session: &Session,
    snapshot: &Snapshot,
    settings: &Settings,
    unknown_aws: UnknownAws,
    shape: &ImportShape,
) -> Result<Exit, CliError> {
    let directory = session.spec_paths(std::slice::from_ref(&shape.out)).into_iter().next().unwrap_or_else(|| shape.out.clone());
    let taken = tree::files(&directory)?;
    let base = &session.project.directory;
    let paths: Vec<PathBuf> = std::iter::once(directory.clone())
        .chain(session.account.specs.iter().map(|path| base.join(path)))
        .filter(|path| path.exists())
        .collect();
    let existing = || Sources::read(&SourceRequest { base: base.clone(), paths: paths.clone(), trees: Vec::new() });
    let partition = snapshot.account.partition.clone();
    let check = |document: &Document, kind: DocumentKind| check_document(document, kind, &partition);
    let caller = flow::principal_behind(&settings.caller_arn, Some(snapshot));
    let resolve = ResolveContext {
        account_name: &session.account.name,
        account_id: snapshot.account.id.clone(),
        partition: partition.clone(),
        region: session.region(),
        caller_arn: Some(caller),
        stack: Some(settings.stack.clone()),
        vars: &session.account.vars,
        defaults: &session.account.defaults,
        snapshot: Some(snapshot),
        aws: &KnownPolicies,
        unknown_aws,
        check_document: &check,
        ownership_tag: &session.project.ownership_tag,
    };
    let folder = format!("{}/", shape.out.display());
    let result = import(&Import {
        snapshot,
        context: resolve,
        settings,
        region: session.account.region.as_deref(),
        selection: &shape.selection(),
        layout: &shape.layout,
        existing: &existing,
        folder: &folder,
        taken: &taken,
    });
    match result {
        Ok(imported) => {
            tree::write(&directory, &imported.files)?;
            context.terminal.out(&report::text(&imported, &folder, context.terminal.paint()))?;
            Ok(if imported.report.unknown.is_empty() { Exit::FINE } else { Exit::UNDECIDED })
        }
        Err(error) => Err(refused(context, error)),
    }
}

fn refused(context: &Context, error: ImportError) -> CliError {
    match error {
        ImportError::Existing(problems) => {
            context.terminal.err(&crate::report::diagnostics_text(&problems, context.terminal.err_paint()));
            CliError::new(Exit::FINDINGS, "the specs that are there have errors; nothing was written")
                .help("mend them, or import into another directory")
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
