//! The two sides of a pull request: two projects, their specs read once, given a meaning for one account after the other.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::cli::args::ReviewArgs;
use crate::cli::flow::{self, SpecSet, Unknown};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::model::{AccountIdentity, Snapshot};
use crate::plan::{PlanAccount, PlanOptions};
use crate::report::{Origin, diagnostics_text, escape};
use crate::review::{self, Against, Compared, Notice, OnAccount, Side, SideRead};
use crate::spec::project::FILE_NAME;
use crate::spec::{Loaded, Project, Resolved};

/// A project and the specs that were read of it, by their paths.
struct Tree {
    project: Arc<Project>,
    directory: PathBuf,
    specs: RefCell<BTreeMap<Vec<PathBuf>, Rc<SpecSet>>>,
}

/// Both sides.
pub(super) struct Sides {
    base: Tree,
    head: Tree,
    snapshot: Option<(PathBuf, Snapshot)>,
    used: RefCell<bool>,
    /// Controls of the project file that are weaker for some account than before.
    loosened: RefCell<BTreeSet<String>>,
    /// The specs of an account that is new.
    nothing: Loaded,
}

impl Sides {
    /// Finds both projects. A missing one must not pass the check (contract 2).
    pub(super) fn open(context: &Context, args: &ReviewArgs) -> Result<Self, CliError> {
        let working_directory =
            std::env::current_dir().map_err(|e| CliError::failed("cannot determine the working directory").caused_by(&e))?;
        let config = context.global.config.as_deref();
        let head = match &args.head {
            Some(directory) => exactly(context, &working_directory.join(directory), "--head", config)?,
            None => load(context, &working_directory, config)?,
        };
        if head.file.is_none() && context.global.account.is_none() {
            let message = "there is no project file here, and a missing one must not pass the check";
            return Err(CliError::usage(message).help("run it where iamctl.yaml is, or name the account with `--account`"));
        }
        let base = exactly(context, &working_directory.join(&args.base), "--base", config)?;
        let snapshot = match &args.against {
            Some(file) => Some((file.clone(), flow::load_snapshot(&head, file)?)),
            None => None,
        };
        let tree = |project| Tree { project: Arc::new(project), directory: working_directory.clone(), specs: RefCell::default() };
        Ok(Self {
            base: tree(base),
            head: tree(head),
            snapshot,
            used: RefCell::new(false),
            loosened: RefCell::default(),
            nothing: Loaded::default(),
        })
    }

    /// The accounts to look at: the one that was chosen, else all that the head configures, else its default.
    pub(super) fn accounts(&self, context: &Context) -> Vec<String> {
        let project = &self.head.project;
        let configured = project.configured_accounts();
        match (&context.global.account, configured.is_empty()) {
            (Some(name), _) => vec![name.clone()],
            (None, false) => configured,
            (None, true) => vec![project.default_account.clone().unwrap_or_else(|| "local".to_owned())],
        }
    }

    /// Where the head lies in its repository.
    pub(super) fn origin(&self) -> Origin {
        flow::origin_of(&self.head.project)
    }

    /// Changes of the project file. Which of them loosen something is known when all accounts have been compared.
    pub(super) fn notices(&self) -> Vec<Notice> {
        if self.base.project.file.is_none() && self.head.project.file.is_some() {
            let message = "there was none before this change: all that the specs declare counts as new";
            return vec![Notice::note("project file", message)];
        }
        let (base, head) = (&self.base.project, &self.head.project);
        let mut notices = review::project_notices(&base.written, &head.written, &self.loosened.borrow());
        // Accounts listed by hand are in the project file itself.
        if base.accounts_from().is_some() || head.accounts_from().is_some() {
            notices.extend(review::roster_notices(&base.roster, &head.roster));
        }
        notices
    }

    /// A snapshot of an account that nobody looked at would look like an account without drift.
    pub(super) fn require_snapshot_used(&self) -> Result<(), CliError> {
        match &self.snapshot {
            Some((file, snapshot)) if !*self.used.borrow() => Err(CliError::usage(format!(
                "`{}` is of account {}, and none of the accounts looked at has this id",
                file.display(),
                snapshot.account.id
            ))
            .help("choose the account that the file is of with `--account`, or write its `id:` in iamctl.yaml")),
            _ => Ok(()),
        }
    }

    /// Compares both sides for one account.
    pub(super) fn compare(&self, context: &Context, name: &str) -> Result<Compared, CliError> {
        let mut head = self.head.session(context, name)?;
        let mut base = match self.name_before(name) {
            Some(before) => Some(self.base.session(context, &before)?),
            // An account that is new has nothing before, and neither has a project that is new.
            None => None,
        };
        let identity = self.identity(&head);
        let account = PlanAccount { name: name.to_owned(), id: identity.id.clone(), partition: identity.partition.clone() };
        context.terminal.err(&format!("account `{}` ({})\n", escape::line(name), account.id));
        if let Some(base) = &mut base {
            let loosened = review::loosened(&base.account, &head.account);
            self.loosened.borrow_mut().extend(loosened);
            self.loosened.borrow_mut().extend(review::loosened_over_all(&self.base.project, &self.head.project));
            // The rules of both sides apply to both: a new rule does not turn old access into new access, and no change removes its own rule.
            let mut rules = head.account.forbid.clone();
            let dropped = base.account.forbid.iter().filter(|old| !head.account.forbid.iter().any(|rule| rule.includes(old)));
            rules.extend(dropped.cloned());
            base.account.forbid.clone_from(&rules);
            head.account.forbid = rules;
        }
        let settings = flow::settings(&head, PlanOptions::default(), flow::root_of(&identity), false)?;
        let ignored = base.as_ref().map_or_else(|| settings.ignore.clone(), Session::ignore);
        let is_specs = self.head.specs(&head);
        let was_specs = base.as_ref().map(|base| self.base.specs(base));
        let mut was = match (&base, &was_specs) {
            (Some(base), Some(specs)) => read(base, specs, &identity),
            _ => Ok(Side {
                resolved: Resolved::default(),
                loaded: &self.nothing,
                around: flow::surroundings(&head, Some(&identity)),
            }),
        };
        let mut is = read(&head, &is_specs, &identity);
        if let (Ok(was), Ok(is)) = (&mut was, &mut is) {
            review::align_ceilings(&mut was.resolved.desired, &mut is.resolved.desired);
        }
        let against = match &self.snapshot {
            Some((file, snapshot)) if snapshot.account.id == identity.id => {
                *self.used.borrow_mut() = true;
                match (&was, &is) {
                    (Ok(_), Ok(_)) => Some(Against {
                        account: snapshot.clone(),
                        head: on_account(context, &head, &is_specs, file)?,
                        base: match (&base, &was_specs) {
                            (Some(base), Some(specs)) => Some(on_account(context, base, specs, file)?),
                            _ => None,
                        },
                    }),
                    _ => None,
                }
            }
            _ => None,
        };
        let own = head.own_values();
        let compared = review::compare(&account, &settings, &ignored, &was, &is, against);
        let mut compared = Compared { own, ..compared };
        if let (Ok(was), Ok(is)) = (&was, &is) {
            let days = review::later_days(&was.resolved, &is.resolved, &head.today);
            compared.add_days(&days, |day| {
                let was = match (&base, &was_specs) {
                    (Some(base), Some(specs)) => read(&base.on(day), specs, &identity),
                    _ => Ok(was.clone()),
                };
                let is = read(&head.on(day), &is_specs, &identity);
                review::compare(&account, &settings, &ignored, &was, &is, None)
            });
        }
        Ok(compared)
    }

    /// The name that an account had in the base; accounts are matched by id. `None` where it is new.
    fn name_before(&self, name: &str) -> Option<String> {
        if self.base.project.file.is_none() && self.head.project.file.is_some() {
            return None;
        }
        let before = review::name_before(&self.base.project.written, &self.head.project.written, name)?;
        self.base.project.account(&before).is_ok().then_some(before)
    }

    /// The account's identity; that of the snapshot where the project does not pin one and looks at one account alone.
    fn identity(&self, session: &Session) -> AccountIdentity {
        let offline = session.offline_identity();
        match &self.snapshot {
            Some((_, snapshot)) if session.account.id.is_none() && self.head.project.configured_accounts().len() <= 1 => {
                snapshot.account.clone()
            }
            _ => offline,
        }
    }
}

impl Tree {
    fn session(&self, context: &Context, name: &str) -> Result<Session, CliError> {
        Session::of(context, Arc::clone(&self.project), name, self.directory.clone())
    }

    /// The specs of an account, read once for all accounts that share them.
    fn specs(&self, session: &Session) -> Rc<SpecSet> {
        let paths = session.spec_paths(&[]);
        Rc::clone(self.specs.borrow_mut().entry(paths).or_insert_with(|| Rc::new(SpecSet::load(session, &[]))))
    }
}

/// What the specs say of an account, or the problems.
fn read<'a>(session: &Session, specs: &'a SpecSet, identity: &AccountIdentity) -> SideRead<'a> {
    let unknown = if session.is_embedded() { Unknown::Error } else { Unknown::Warning };
    let caller = flow::root_of(identity);
    let resolved = specs.problems_or_resolved(session, identity, Some(&caller), None, unknown)?;
    Ok(Side { resolved, loaded: specs.loaded(), around: flow::surroundings(session, Some(identity)) })
}

/// One side on the account of a file.
fn on_account<'a>(context: &Context, session: &Session, specs: &'a SpecSet, file: &Path) -> Result<OnAccount<'a>, CliError> {
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    let input = flow::input_of_file(context, session, file, specs, options, false)?;
    let planned = input.plan();
    let around = flow::surroundings(session, Some(&input.snapshot.account));
    Ok(OnAccount { side: Side { resolved: input.resolved, loaded: specs.loaded(), around }, planned })
}

fn load(context: &Context, directory: &Path, config: Option<&Path>) -> Result<Project, CliError> {
    Project::load(directory, config).map_err(|problems| {
        context.terminal.err(&diagnostics_text(&problems, context.terminal.err_paint()));
        CliError::new(Exit::FINDINGS, format!("the project file in `{}` has errors", directory.display()))
    })
}

/// The project in a directory and in no parent of it: a base that is checked out inside the head must not be the head.
fn exactly(context: &Context, directory: &Path, flag: &str, config: Option<&Path>) -> Result<Project, CliError> {
    if !directory.is_dir() {
        let message = format!("`{flag} {}` is not a directory", directory.display());
        return Err(CliError::usage(message).help("pass the directory of a checkout that contains iamctl.yaml"));
    }
    let file = config.unwrap_or(Path::new(FILE_NAME));
    if directory.join(file).is_file() { load(context, directory, Some(file)) } else { Ok(Project::empty(directory)) }
}
