//! What commands share: specs → desired, account → snapshot, both → plan.

mod aws_names;
mod by_caller;
mod findings;
mod origin;
mod preflight;
mod principal;
mod specs;
mod tests_of_plan;
pub mod versions;

pub use aws_names::KnownPolicies;
pub use findings::print_findings;
pub use origin::{origin, origin_of, refuse_lost_project};
pub use preflight::{preflight, preflight_note};
pub use principal::principal_behind;
pub use specs::{SpecSet, SpecSets, Unknown, spec_errors, surroundings, today};

use std::path::Path;

use super::session::{Account, Session};
use super::{CliError, Context, Exit};
use crate::backend::{AccountRead, CallerIdentity, ReadScope, gaad};
use crate::diff;
use crate::guard;
use crate::model::{AccountIdentity, Desired, PolicyRef, Snapshot};
use crate::names::{AccountId, Address, Arn, EntityKind};
use crate::plan::PlanOptions;
use crate::planner::{self, Planned};
use crate::scope::Settings;
use crate::spec;
use crate::spec::project::Project;

/// Runs a command's future.
pub fn block_on<T>(future: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| CliError::failed("cannot start").caused_by(&error))?.block_on(future)
}

/// What the plan of one account rests on.
pub struct PlanInput<'a> {
    /// The account's content.
    pub snapshot: Snapshot,
    /// What the specs say.
    pub resolved: spec::Resolved,
    /// Stack, flags, thresholds.
    pub settings: Settings,
    /// The specs, for the places of what the rules find.
    specs: &'a SpecSet,
    session: &'a Session,
}

impl PlanInput<'_> {
    /// The project.
    pub fn project(&self) -> &Project {
        &self.session.project
    }

    /// What is wanted.
    pub fn desired(&self) -> &Desired {
        &self.resolved.desired
    }

    /// A flag that names an entity which nobody knows is a misspelling, and would otherwise look like "no changes".
    fn refuse_unknown_addresses(&self) -> Result<(), CliError> {
        let (options, desired) = (&self.settings.options, self.desired());
        if options.destroy {
            return Ok(());
        }
        if let Some(other) = options.release_hold.iter().find(|a| a.kind != EntityKind::Policy) {
            return Err(CliError::usage(format!("`--release-hold={other}`: only policies are held back after a rollback"))
                .help("name a `policy/NAME`, or omit the address to release all holds"));
        }
        let flags = [
            ("--target", &options.target),
            ("--adopt", &options.adopt),
            ("--take-over", &options.take_over),
            ("--replace", &options.replace),
            ("--release-hold", &options.release_hold),
        ];
        for (flag, addresses) in flags {
            let known = |a: &Address| {
                desired.declares(a)
                    || flag == "--target" && (desired.release.contains_key(a) || self.snapshot.arn_of(a).is_some())
            };
            if let Some(unknown) = addresses.iter().find(|a| !known(a)) {
                let all = desired.addresses();
                let names: Vec<String> = all.iter().map(ToString::to_string).collect();
                let near = crate::diag::nearest(&unknown.to_string(), names.iter().map(String::as_str)).map(str::to_owned);
                let help =
                    near.map_or_else(|| "check the kind and the name".to_owned(), |near| format!("did you mean `{near}`?"));
                return Err(CliError::usage(format!("`{flag} {unknown}`: no spec declares it")).help(help));
            }
        }
        Ok(())
    }

    /// Plans it.
    pub fn plan(&self) -> Planned {
        let cx = diff::Context { desired: self.desired(), snapshot: &self.snapshot, settings: &self.settings };
        let mut planned = planner::plan(&cx);
        let targets = &self.settings.options.target;
        let wanted = |f: &crate::plan::Finding| targets.is_empty() || f.address.as_ref().is_none_or(|a| targets.contains(a));
        // A reviewer reads of what changes; `iamctl lint` has the rest, and a plan without changes costs no rules.
        let changed = planned.plan.changes.iter().map(|c| c.address.clone()).filter(|a| self.desired().declares(a)).collect();
        let linted = self.specs.lint_for_plan(self.session, &self.resolved, &self.snapshot.account, &changed);
        let doubts = self.resolved.warnings.iter().cloned();
        planned.plan.findings.extend(doubts.filter(wanted).chain(linted));
        tests_of_plan::judge(self, &cx, &mut planned);
        planned
    }
}

/// The settings of a run.
pub fn settings(session: &Session, options: PlanOptions, caller_arn: String, list_unmanaged: bool) -> Result<Settings, CliError> {
    Ok(Settings {
        account_name: session.account.name.clone(),
        stack: session.stack()?,
        formerly: session.formerly(),
        tag_key: session.project.ownership_tag.clone(),
        ignore: session.ignore(),
        guards: session.guards(),
        forbid: session.account.forbid.clone(),
        options,
        caller_arn,
        now: jiff::Timestamp::now().as_second(),
        list_unmanaged,
    })
}

/// What a reading must cover for these settings.
pub fn read_scope(settings: &Settings, desired: &Desired) -> ReadScope {
    let mut declared = desired.addresses();
    declared.extend(desired.release.keys().cloned());
    ReadScope { tag_key: settings.tag_key.clone(), stacks: settings.stacks(), declared, ..ReadScope::default() }
}

/// Reads a live or embedded account for the specs.
pub async fn input_of_account<'a>(
    context: &Context,
    session: &'a Session,
    account: &Account,
    caller: &CallerIdentity,
    specs: &'a SpecSet,
    options: PlanOptions,
    list_unmanaged: bool,
) -> Result<PlanInput<'a>, CliError> {
    if !session.is_embedded() {
        context.terminal.err(&format!("account {} as {}\n", caller.account.id, crate::report::escape::line(&caller.arn)));
    }
    let unknown = if session.is_embedded() { Unknown::Error } else { Unknown::Asked };
    let guessed = principal_behind(&caller.arn, None);
    let first = specs.resolve(context, session, &caller.account, Some(&guessed), None, unknown)?;
    let settings = settings(session, options, caller.arn.clone(), list_unmanaged)?;
    let mut scope = read_scope(&settings, &first.resolved.desired);
    scope.aws_policies = first.resolved.ask_aws.clone();
    let snapshot = read(context, &session.project, account, &scope).await?;
    specs.refuse_missing(context, &first.resolved.ask_aws, &snapshot)?;
    let known = principal_behind(&caller.arn, Some(&snapshot));
    let resolved = if first.names_undeclared || known != guessed {
        specs.resolve(context, session, &caller.account, Some(&known), Some(&snapshot), unknown)?
    } else {
        first
    };
    let mut resolved = resolved.resolved;
    resolved.warnings.extend(by_caller::changes(specs.loaded(), &resolved.desired, &snapshot, &known));
    let input = PlanInput { snapshot, resolved, settings, specs, session };
    input.refuse_unknown_addresses()?;
    Ok(input)
}

/// The account as it is now.
pub async fn read(context: &Context, project: &Project, account: &Account, scope: &ReadScope) -> Result<Snapshot, CliError> {
    let progress = context.terminal.progress();
    let read = account.snapshot(scope, progress.as_ref()).await.map_err(|error| {
        CliError::failed("the account cannot be read")
            .caused_by(&error)
            .help("nothing was changed; `iamctl permissions --for plan` prints what reading needs")
    });
    read.map(|snapshot| under(project, snapshot))
}

/// The account with what its organisation lets it do at most, as the project knows it.
fn under(project: &Project, snapshot: Snapshot) -> Snapshot {
    Snapshot { ceiling: project.ceiling(&snapshot.account.id), ..snapshot }
}

/// A file in place of an account.
pub fn input_of_file<'a>(
    context: &Context,
    session: &'a Session,
    file: &Path,
    specs: &'a SpecSet,
    options: PlanOptions,
    list_unmanaged: bool,
) -> Result<PlanInput<'a>, CliError> {
    let mut snapshot = load_snapshot(&session.project, file)?;
    require_same_account(session, file, &snapshot)?;
    let caller = root_of(&snapshot.account);
    let resolved = specs.resolve(context, session, &snapshot.account, Some(&caller), Some(&snapshot), Unknown::Warning)?;
    // Nobody can be asked whether AWS has a policy that is not in the embedded set: the plan warns and takes the spec's word.
    let unknown = aws_policies_of(&resolved.resolved.desired).filter(|arn| crate::aws_policies::find(arn).is_none());
    let unknown: Vec<String> = unknown.filter(|arn| !snapshot.aws_policies.contains_key(*arn)).map(str::to_owned).collect();
    snapshot.aws_policies_unread.extend(unknown);
    let settings = settings(session, options, caller, list_unmanaged)?;
    let input = PlanInput { snapshot, resolved: resolved.resolved, settings, specs, session };
    input.refuse_unknown_addresses()?;
    Ok(input)
}

/// A file of another account than the pinned one is refused.
pub fn require_same_account(session: &Session, file: &Path, snapshot: &Snapshot) -> Result<(), CliError> {
    if let Some(pinned) = session.account.id.as_ref().filter(|id| **id != snapshot.account.id) {
        return Err(CliError::failed(format!(
            "`{}` is of account {}, and the project file pins {pinned}",
            file.display(),
            snapshot.account.id
        ))
        .help("choose the account that the file is of with `--account`"));
    }
    Ok(())
}

/// The ARNs of AWS managed policies that the specs name, attached or as a boundary.
fn aws_policies_of(desired: &Desired) -> impl Iterator<Item = &str> {
    let roles = desired.roles.values().map(|r| (&r.managed_policies, Some(&r.permissions_boundary)));
    let users = desired.users.values().map(|u| (&u.managed_policies, Some(&u.permissions_boundary)));
    let groups = desired.groups.values().map(|g| (&g.managed_policies, None));
    let holders = roles.chain(users).chain(groups);
    let named = holders.flat_map(|(attached, boundary)| {
        let boundary = boundary.and_then(|b| b.value()).and_then(Option::as_ref);
        attached.iter().map(|(reference, _)| reference).chain(boundary)
    });
    named.filter_map(|reference| match reference {
        PolicyRef::Arn(arn) => Arn::parse(arn).filter(Arn::is_aws_managed_policy).map(|_| arn.as_str()),
        PolicyRef::Declared(_) => None,
    })
}

/// The root of an account, for want of a caller.
pub fn root_of(account: &AccountIdentity) -> String {
    format!("arn:{}:iam::{}:root", account.partition, account.id)
}

/// Reads a snapshot of ours, or a dump of `aws iam get-account-authorization-details`.
pub fn load_snapshot(project: &Project, file: &Path) -> Result<Snapshot, CliError> {
    let wrong = |cause: &dyn std::error::Error| CliError::failed(format!("`{}` cannot be used", file.display())).caused_by(cause);
    let text = foreign_text(file, MAX_DUMP)?;
    let text = text.trim_start_matches('\u{feff}');
    // A dump may be several pages, one after the other; a snapshot is one value.
    let head: Option<serde_json::Value> =
        serde_json::Deserializer::from_str(text).into_iter().next().transpose().map_err(|error| {
            CliError::unreadable(&file.display().to_string(), &error.to_string())
                .help("name a file of `iamctl snapshot`, or of `aws iam get-account-authorization-details`")
        })?;
    if head.as_ref().is_some_and(gaad::is_dump) {
        return gaad::parse(text).map(|snapshot| under(project, snapshot)).map_err(|error| wrong(&error));
    }
    drop(head);
    let loaded = crate::backend::embedded::load_account(file).map_err(|error| wrong(&error))?;
    let loaded = loaded.ok_or_else(|| CliError::failed(format!("`{}` is gone", file.display())))?;
    Ok(under(project, loaded))
}

/// The text of a file that another tool wrote.
pub fn foreign_text(file: &Path, limit: u64) -> Result<String, CliError> {
    let name = file.display();
    let text = crate::spec::source::read_foreign_text(file, limit)
        .map_err(|why| CliError::failed(format!("`{name}` {}", why.why)).help(why.help))?;
    match text.trim_start_matches('\u{feff}').trim().is_empty() {
        true => Err(CliError::failed(format!("`{name}` is empty")).help("see whether the command that wrote it failed")),
        false => Ok(text),
    }
}

/// Largest dump of an account, in bytes.
const MAX_DUMP: u64 = 1 << 30;

/// On AWS a run without a question must know which account it is for (contract 2).
pub fn require_pin(session: &Session, yes: bool, expected: Option<&AccountId>) -> Result<(), CliError> {
    if yes && !session.is_embedded() && session.account.id.is_none() && expected.is_none() {
        return Err(CliError::usage("`--yes` needs the account's id: without a question nobody would notice the wrong account")
            .help("write `id:` at the account in iamctl.yaml, or pass `--expect-account ID`"));
    }
    Ok(())
}

/// The exit code of a plan that was looked at.
pub fn plan_exit(planned: &Planned, detailed: bool) -> Exit {
    let codes = [
        if planned.has_errors { Exit::FAILED } else { Exit::FINE },
        if guard::stops_plan(&planned.plan) { Exit::FINDINGS } else { Exit::FINE },
        if detailed && (planned.has_changes() || planned.has_blocked()) { Exit::CHANGES } else { Exit::FINE },
    ];
    Exit::worst(codes)
}
