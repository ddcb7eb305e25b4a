//! `iamctl snapshot`: the account as a file, for `--against` and as an embedded account.

use crate::cli::args::SnapshotArgs;
use crate::cli::flow::{self, SpecSet, Unknown, block_on};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::plan::PlanOptions;
use crate::report;

/// Runs the command.
pub fn run(context: &Context, args: &SnapshotArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    if session.is_own_file(&args.out) {
        return Err(CliError::usage(format!("`{}` is the account itself, and only apply writes it", args.out.display()))
            .help("write the snapshot to another file"));
    }
    super::replaces(context, &args.out, &super::Kind { noun: "a snapshot", members: &["format_version", "account"] })?;
    let snapshot = block_on(async {
        let account = session.connect().await?;
        let caller = session.caller(&account, None).await?;
        let settings = flow::settings(&session, PlanOptions::default(), caller.arn.clone(), false)?;
        // What the specs declare is read in detail; specs with errors are no reason not to take a snapshot.
        let specs = SpecSet::load(&session, &[]);
        let resolved = specs.problems_or_resolved(&session, &caller.account, Some(&caller.arn), None, Unknown::Asked);
        let (desired, asked) = resolved.map(|r| (r.desired, r.ask_aws)).unwrap_or_default();
        let mut scope = flow::read_scope(&settings, &desired);
        scope.aws_policies = asked;
        scope.all_details = true;
        flow::read(context, &session.project, &account, &scope).await
    })?;
    crate::backend::embedded::save_snapshot(&args.out, &snapshot)
        .map_err(|error| CliError::failed(format!("cannot write `{}`", args.out.display())).caused_by(&error))?;
    context.terminal.err(&format!(
        "account {} as of now: {}, {}, {}, {}, in {}\n",
        snapshot.account.id,
        report::count(snapshot.roles.len(), "role", "roles"),
        report::count(snapshot.policies.len(), "policy", "policies"),
        report::count(snapshot.users.len(), "user", "users"),
        report::count(snapshot.groups.len(), "group", "groups"),
        report::escape::line(&args.out.display().to_string())
    ));
    Ok(Exit::FINE)
}
