//! Which account a command works on, and how to reach it. Said first, on standard error, by every command.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{ManyArgs, SelectArgs};
use super::{CliError, Context};
use crate::backend::embedded::EmbeddedAccount;
use crate::backend::{AccountRead, AccountWrite, BackendError, CallerIdentity, Performed, Progress, ReadScope};
use crate::fleet::Member;
use crate::model::{AccountIdentity, Operation, Snapshot};
use crate::names::AccountId;
use crate::plan::Finding;
use crate::report::{diagnostics_text, escape};
use crate::review::OwnValues;
use crate::scope::{Guards, Ignore};
use crate::spec::project::{AccountBackend, AccountConfig, AccountsSource, Project};
use crate::spec::yaml::Node;

/// The stack of an embedded account where nobody names one.
const DEFAULT_STACK: &str = "default";

/// The project, and the account chosen from it.
#[derive(Clone)]
pub struct Session {
    /// The project file, or what holds without one.
    pub project: Arc<Project>,
    /// The account.
    pub account: AccountConfig,
    /// Whether the account was left to chance: no project file and no `--account`.
    pub by_default: bool,
    /// Variables of the command line have been put over the project's.
    stack_flag: Option<String>,
    working_directory: PathBuf,
    /// The day on which specs are read, `2027-01-31`.
    pub today: String,
}

/// The accounts that were selected.
pub struct Chosen {
    /// Those to work on.
    pub sessions: Vec<Session>,
    /// Those that other shards work on.
    pub elsewhere: Vec<Member>,
}

impl Session {
    /// Finds project and account, and says which on standard error. `saved` is the account of a saved plan, which is used
    /// where `--account` says nothing.
    pub fn open(context: &Context, saved: Option<&str>) -> Result<Self, CliError> {
        let (project, working_directory) = Self::project(context)?;
        Self::choose(context, project, working_directory, saved)
    }

    /// The accounts of `--select`; without it one session for each account of the project, in order of name, unless `--account` chooses
    /// one: for commands that speak of the project.
    ///
    /// # Errors
    /// As [`Session::open`] and [`Session::selected`].
    pub fn open_all(context: &Context, select: &SelectArgs) -> Result<Vec<Self>, CliError> {
        if let Some(sessions) = Self::selected(context, select)? {
            return Ok(sessions);
        }
        let (project, directory) = Self::project(context)?;
        let names = project.configured_accounts();
        if context.global.account.is_some() || names.len() < 2 {
            return Ok(vec![Self::choose(context, project, directory, None)?]);
        }
        let sessions = Self::of_names(context, &project, &directory, &names)?;
        context.terminal.err(&format!("{}: all of the project; `--account` and `--select` choose\n", listed(&names)));
        Ok(sessions)
    }

    /// One session for each account that `--select` chooses, in order of name; `None` without `--select`.
    ///
    /// # Errors
    /// A word that is not a selector or that fits nothing, and `--account` beside it.
    pub fn selected(context: &Context, select: &SelectArgs) -> Result<Option<Vec<Self>>, CliError> {
        if select.select.is_empty() {
            return Ok(None);
        }
        let (project, directory) = Self::project(context)?;
        let names = select.names(context.global.account.as_deref(), &project.roster)?;
        let sessions = Self::of_names(context, &project, &directory, &names)?;
        context.terminal.err(&format!("{}, chosen by --select\n", listed(&names)));
        Ok(Some(sessions))
    }

    /// The accounts that `--select` chooses and that are in the share of `--shard`, and those that are in other shares; `None` without
    /// `--select`.
    ///
    /// # Errors
    /// As [`Session::selected`], and a share that cannot be.
    pub fn shared(context: &Context, many: &ManyArgs) -> Result<Option<Chosen>, CliError> {
        let Some(sessions) = Self::selected(context, &many.select)? else { return Ok(None) };
        let Some(shard) = many.share(|name| std::env::var(name).ok())? else {
            return Ok(Some(Chosen { sessions, elsewhere: Vec::new() }));
        };
        let (here, others): (Vec<Self>, Vec<Self>) = sessions.into_iter().partition(|session| shard.holds(&session.member()));
        context.terminal.err(&format!("shard {shard}: {} of {} accounts\n", here.len(), here.len() + others.len()));
        Ok(Some(Chosen { sessions: here, elsewhere: others.iter().map(Self::member).collect() }))
    }

    fn of_names(context: &Context, project: &Arc<Project>, directory: &Path, names: &[String]) -> Result<Vec<Self>, CliError> {
        names.iter().map(|name| Self::of(context, Arc::clone(project), name, directory.to_owned())).collect()
    }

    /// The project alone, for commands that speak of no single account.
    ///
    /// # Errors
    /// Every problem of the project file.
    pub fn load_project(context: &Context) -> Result<Arc<Project>, CliError> {
        Self::project(context).map(|(project, _)| project)
    }

    /// The session that reads the organisation of `accounts_from`, and where its accounts are written down. `--account` chooses an account
    /// that the project lists by hand; without it the credentials are those of the environment, or of the profile.
    ///
    /// # Errors
    /// No project file, no `accounts_from`, and every other problem of the project file.
    pub fn of_organization(context: &Context) -> Result<(Self, AccountsSource), CliError> {
        let directory =
            std::env::current_dir().map_err(|e| CliError::failed("cannot determine the working directory").caused_by(&e))?;
        let project = Project::load_without_accounts(&directory, context.global.config.as_deref()).map_err(|problems| {
            context.terminal.err(&diagnostics_text(&problems, context.terminal.err_paint()));
            CliError::new(super::Exit::FINDINGS, "the project file has errors")
        })?;
        let Some(source) = project.accounts_from() else {
            return Err(CliError::usage("the project does not say where its accounts are written down")
                .help("write `accounts_from: {file: accounts.json}` in iamctl.yaml"));
        };
        let name = context.global.account.as_deref().unwrap_or("aws");
        let mut session = Self::of(context, Arc::new(project), name, directory)?;
        if let (AccountBackend::Aws { profile, .. }, None) = (&mut session.account.backend, &context.global.account) {
            profile.clone_from(&source.profile);
        }
        context.terminal.err(&format!("{}\n", escape::line(&session.describe())));
        Ok((session, source))
    }

    fn project(context: &Context) -> Result<(Arc<Project>, PathBuf), CliError> {
        let directory =
            std::env::current_dir().map_err(|e| CliError::failed("cannot determine the working directory").caused_by(&e))?;
        let project = Project::load(&directory, context.global.config.as_deref()).map_err(|problems| {
            context.terminal.err(&diagnostics_text(&problems, context.terminal.err_paint()));
            CliError::new(super::Exit::FINDINGS, "the project file has errors")
        })?;
        // The line was read before the file was.
        if let Some(pin) =
            project.data.as_ref().filter(|pin| super::data::pinned(context.global.config.as_deref()).as_ref() != Some(*pin))
        {
            return Err(CliError::failed(format!("the pin `data: {}` is not read", pin.escape_debug()))
                .help("write `data: \"...\"` on its own line, without a variable"));
        }
        Ok((Arc::new(project), directory))
    }

    fn choose(
        context: &Context,
        project: Arc<Project>,
        working_directory: PathBuf,
        saved: Option<&str>,
    ) -> Result<Self, CliError> {
        let global = &context.global;
        let (name, how) = match (&global.account, saved, &project.default_account) {
            (Some(name), ..) => (name.clone(), "by --account".to_owned()),
            (None, Some(name), _) => (name.to_owned(), "by the saved plan".to_owned()),
            (None, None, Some(name)) => (name.clone(), "as the project's default_account".to_owned()),
            (None, None, None) if project.file.is_some() => {
                ("local".to_owned(), "because the project names no default_account".to_owned())
            }
            (None, None, None) => ("local".to_owned(), "because there is no project file and no --account".to_owned()),
        };
        let by_default = project.file.is_none() && global.account.is_none() && saved.is_none();
        let session = Self { by_default, ..Self::of(context, project, &name, working_directory)? };
        context.terminal.err(&format!("{}, chosen {how}\n", escape::line(&session.describe())));
        Ok(session)
    }

    /// One account of a project that was read already. Nothing is said.
    pub fn of(context: &Context, project: Arc<Project>, name: &str, working_directory: PathBuf) -> Result<Self, CliError> {
        let global = &context.global;
        let usage = |problem: Finding| CliError { help: problem.help, ..CliError::usage(problem.message) };
        let mut account = project.account(name).map_err(usage)?;
        global.stack.as_deref().map(crate::spec::project::check_stack).transpose().map_err(usage)?;
        for var in &global.vars {
            account.vars.insert(var.name.clone(), crate::spec::vars::text_value(&var.value));
        }
        Ok(Self {
            project,
            account,
            by_default: false,
            stack_flag: global.stack.clone(),
            working_directory,
            today: super::flow::today(),
        })
    }

    /// The same on another day.
    pub fn on(&self, day: &str) -> Self {
        Self { today: day.to_owned(), ..self.clone() }
    }

    /// The account as selections see it.
    pub fn member(&self) -> Member {
        let name = &self.account.name;
        self.project.roster.get(name).cloned().unwrap_or_else(|| Member::named(name))
    }

    /// The account's variables, as texts.
    pub fn own_values(&self) -> OwnValues {
        let text = |(name, value): (&String, &Node)| {
            Some((format!("vars.{name}"), value.as_str().map_or_else(|| value.to_json().to_string(), str::to_owned)))
        };
        self.account.vars.iter().filter_map(text).collect()
    }

    fn describe(&self) -> String {
        let name = &self.account.name;
        match &self.account.backend {
            AccountBackend::Embedded(path) => format!("account `{name}` (embedded, {})", self.relative(path).display()),
            AccountBackend::Aws { profile, assume_role } => {
                let id = self.account.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
                let profile = profile.as_ref().map(|p| format!(", profile {p}")).unwrap_or_default();
                let role = assume_role.last().map(|r| format!(", role {}", r.arn)).unwrap_or_default();
                format!("account `{name}` (AWS{id}{profile}{role})")
            }
        }
    }

    /// A path as the user would write it from the working directory.
    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.working_directory).unwrap_or(path).to_owned()
    }

    /// Whether a file is the embedded account's own.
    pub fn is_own_file(&self, file: &Path) -> bool {
        let AccountBackend::Embedded(path) = &self.account.backend else { return false };
        let own = std::fs::canonicalize(self.project.directory.join(path));
        own.is_ok_and(|own| std::fs::canonicalize(self.working_directory.join(file)).is_ok_and(|file| file == own))
    }

    /// Whether the account is a file.
    pub fn is_embedded(&self) -> bool {
        matches!(self.account.backend, AccountBackend::Embedded(_))
    }

    /// The stack: `--stack`, else the project's; embedded accounts do without one.
    pub fn stack(&self) -> Result<String, CliError> {
        match self.stack_flag.as_ref().or(self.account.stack.as_ref()) {
            Some(stack) => Ok(stack.clone()),
            None if self.is_embedded() => Ok(DEFAULT_STACK.to_owned()),
            None => Err(CliError::usage("no stack is set, and on AWS everything that iamctl creates is tagged with it")
                .help("write `stack: NAME` in iamctl.yaml, or pass `--stack NAME`")),
        }
    }

    /// The stack's earlier names.
    pub fn formerly(&self) -> Vec<String> {
        self.project.formerly.clone()
    }

    /// What `exclusive` leaves to others.
    pub fn ignore(&self) -> Ignore {
        self.account.ignore.clone()
    }

    /// The thresholds.
    pub fn guards(&self) -> Guards {
        self.account.guards.clone()
    }

    /// The spec paths of a command: those given, from the working directory, or the project's.
    pub fn spec_paths(&self, given: &[PathBuf]) -> Vec<PathBuf> {
        if given.is_empty() {
            return self.account.specs.clone();
        }
        given.iter().map(|path| self.working_directory.join(path)).collect()
    }

    /// Findings with the files of `bare`, which are named from the working directory, named in full.
    pub fn in_full(&self, mut findings: Vec<Finding>, bare: &[PathBuf]) -> Vec<Finding> {
        let names: BTreeSet<String> = bare.iter().map(|path| path.display().to_string()).collect();
        for file in findings.iter_mut().filter_map(|f| f.at.as_mut()).map(|at| &mut at.file).filter(|file| names.contains(*file))
        {
            *file = self.working_directory.join(&*file).display().to_string();
        }
        findings
    }

    /// The partition that is known without asking anybody.
    pub fn partition(&self) -> String {
        self.account.partition.clone().unwrap_or_else(|| "aws".to_owned())
    }

    /// The region that specs see as `${region}`.
    pub fn region(&self) -> String {
        self.account.region.clone().unwrap_or_else(|| "us-east-1".to_owned())
    }

    /// The identity that offline commands assume.
    pub fn offline_identity(&self) -> AccountIdentity {
        AccountIdentity { id: self.account.id.clone().unwrap_or_else(AccountId::zero), partition: self.partition() }
    }

    /// Connects to the account.
    pub async fn connect(&self) -> Result<Account, CliError> {
        match &self.account.backend {
            AccountBackend::Embedded(path) => {
                let path = self.project.directory.join(path);
                let account = EmbeddedAccount::open(&path, self.offline_identity(), now).map_err(|error| {
                    CliError::failed(format!("the embedded account `{}` cannot be opened", path.display())).caused_by(&error)
                })?;
                Ok(Account::Embedded(Box::new(account)))
            }
            #[cfg(feature = "aws")]
            AccountBackend::Aws { profile, assume_role } => {
                use crate::backend::aws::{AssumeRole, AwsAccount, AwsOptions, RunLabel};
                let options = AwsOptions {
                    profile: profile.clone(),
                    region: self.account.region.clone(),
                    assume_role: assume_role
                        .iter()
                        .map(|role| AssumeRole {
                            arn: role.arn.clone(),
                            external_id: role.external_id.clone(),
                            session_name: role.session_name.clone(),
                        })
                        .collect(),
                    label: RunLabel { stack: self.stack().ok(), run: run_of_environment() },
                };
                Ok(Account::Aws(Box::new(AwsAccount::connect(&options).await)))
            }
            #[cfg(not(feature = "aws"))]
            AccountBackend::Aws { .. } => Err(CliError::failed("this build of iamctl works on embedded accounts only")
                .help("install iamctl with its default features to reach AWS")),
        }
    }

    /// Who is asking; stops before any other read when the account is not the pinned one.
    pub async fn caller(&self, account: &Account, expected: Option<&AccountId>) -> Result<CallerIdentity, CliError> {
        let caller = account
            .caller()
            .await
            .map_err(|error| CliError::failed("cannot determine which account this is").caused_by(&error))?;
        for (pinned, whose) in [(self.account.id.as_ref(), "the project file pins"), (expected, "--expect-account says")] {
            if let Some(pinned) = pinned.filter(|id| **id != caller.account.id) {
                let (what, choose) = match account {
                    Account::Embedded(_) => ("its file is", "correct the id, or choose another account"),
                    #[cfg(feature = "aws")]
                    Account::Aws(_) => ("the credentials are", "choose other credentials or another account"),
                };
                let message = format!("{whose} account {pinned}, and {what} of account {}", caller.account.id);
                return Err(CliError::failed(message).help(format!("nothing was read or changed; {choose}")));
            }
        }
        Ok(caller)
    }
}

/// Accounts by name, the first few of many.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", escape::line(name))).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("accounts {}{more}", shown.join(", "))
}

/// The variables that name a run, the first that is set counts: one of iamctl's own, then those of GitHub Actions, GitLab, CircleCI,
/// Buildkite, Azure Pipelines, AWS CodeBuild and Jenkins.
#[cfg(feature = "aws")]
const RUNS: [&str; 10] = [
    "IAMCTL_RUN",
    "GITHUB_RUN_ID",
    "GITHUB_SHA",
    "CI_PIPELINE_ID",
    "CI_COMMIT_SHA",
    "CIRCLE_WORKFLOW_ID",
    "BUILDKITE_BUILD_NUMBER",
    "BUILD_BUILDID",
    "CODEBUILD_BUILD_NUMBER",
    "BUILD_TAG",
];

#[cfg(feature = "aws")]
fn run_of_environment() -> Option<String> {
    RUNS.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

/// The time in RFC 3339, UTC, whole seconds.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

/// An account of either kind.
pub enum Account {
    /// A file.
    Embedded(Box<EmbeddedAccount>),
    /// AWS.
    #[cfg(feature = "aws")]
    Aws(Box<crate::backend::aws::AwsAccount>),
}

impl Account {
    /// Keeps other writers of an embedded account out until the end; AWS has no such thing.
    pub fn lock(&self) -> Result<(), CliError> {
        match self {
            Self::Embedded(account) => account.lock().map_err(|error| {
                CliError::failed("the account cannot be opened for writing").caused_by(&error).help("nothing was changed")
            }),
            #[cfg(feature = "aws")]
            Self::Aws(_) => Ok(()),
        }
    }

    /// Calls under way at once: a file takes one at a time, IAM a few (iam-facts 3.4).
    pub fn at_once(&self) -> usize {
        match self {
            Self::Embedded(_) => 1,
            #[cfg(feature = "aws")]
            Self::Aws(_) => 8,
        }
    }
}

macro_rules! either {
    ($self:ident, $account:ident => $call:expr) => {
        match $self {
            Account::Embedded($account) => $call,
            #[cfg(feature = "aws")]
            Account::Aws($account) => $call,
        }
    };
}

impl AccountRead for Account {
    async fn caller(&self) -> Result<CallerIdentity, BackendError> {
        either!(self, account => account.caller().await)
    }

    async fn snapshot(&self, scope: &ReadScope, progress: &dyn Progress) -> Result<Snapshot, BackendError> {
        either!(self, account => account.snapshot(scope, progress).await)
    }
}

impl AccountWrite for Account {
    async fn perform(&self, operation: &Operation) -> Result<Performed, BackendError> {
        either!(self, account => account.perform(operation).await)
    }

    async fn finish(&self) -> Result<(), BackendError> {
        either!(self, account => account.finish().await)
    }
}
