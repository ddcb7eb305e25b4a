//! The specs of one run: read once, resolved for an account, their problems printed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::json;

use super::KnownPolicies;
use crate::cli::args::Var;
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::{Finding, OfAccount, fold, gathered, tidy};
use crate::lint::{self, Surroundings};
use crate::model::{AccountIdentity, Snapshot};
use crate::names::{Address, EntityKind};
use crate::report::diagnostics_text;
use crate::spec::source::{SourceRequest, Sources};
use crate::spec::text::Text;
use crate::spec::{self, Loaded, ResolveContext, UnknownAws};

/// How to handle an AWS managed policy that the binary does not know (contract 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It cannot exist: embedded accounts.
    Error,
    /// IAM is asked.
    Asked,
    /// Nobody can be asked.
    Warning,
}

/// The parsed specs of a run.
pub struct SpecSet {
    loaded: Loaded,
    /// Whether the project's `require` is asked of what is declared.
    judged: bool,
    /// Whether paths were given, so that this may be a part of the project's specs.
    part: bool,
}

/// The specs of all accounts, read once for those that have the same.
pub struct SpecSets(BTreeMap<Vec<PathBuf>, SpecSet>);

impl SpecSets {
    /// Reads them.
    pub fn load(sessions: &[Session], given: &[PathBuf]) -> Self {
        let mut sets = BTreeMap::new();
        for session in sessions {
            sets.entry(session.spec_paths(given)).or_insert_with(|| SpecSet::load(session, given));
        }
        Self(sets)
    }

    /// Those of one account.
    pub fn of(&self, session: &Session, given: &[PathBuf]) -> Option<&SpecSet> {
        self.0.get(&session.spec_paths(given))
    }
}

/// The specs with their meaning for one account.
pub struct ResolvedSpecs {
    /// What they say.
    pub resolved: spec::Resolved,
    /// Whether a trust names a role or user of this account that no spec declares, whose path only the account knows.
    pub names_undeclared: bool,
}

impl SpecSet {
    /// Reads and parses the files.
    pub fn load(session: &Session, given: &[PathBuf]) -> Self {
        let request = SourceRequest {
            base: session.project.directory.clone(),
            paths: session.spec_paths(given),
            trees: session.account.specs.clone(),
        };
        Self { loaded: spec::load(Sources::read(&request)), judged: true, part: !given.is_empty() }
    }

    /// One instance of a template of the project or of the binary, and nothing else.
    pub fn instance(session: &Session, template: &str, name: &str, with: &[Var]) -> Self {
        let trees = session.account.specs.clone();
        let mut sources = Sources::read(&SourceRequest { base: session.project.directory.clone(), paths: trees.clone(), trees });
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for var in with {
            values.entry(&var.name).or_default().push(&var.value);
        }
        let value = |list: &Vec<&str>| if let [one] = list.as_slice() { json!(one) } else { json!(list) };
        let values: serde_json::Map<String, serde_json::Value> =
            values.iter().map(|(name, list)| ((*name).to_owned(), value(list))).collect();
        let used = json!({"version": 1, "use": [{"template": template, "name": name, "with": values}]});
        // The project's specs, and what is wrong with them, are not the question; JSON is YAML.
        sources.problems.clear();
        sources.specs = vec![Text::new("(command line)", used.to_string())];
        Self { loaded: spec::load(sources), judged: false, part: false }
    }

    /// What `find` says of each account, as one list by place.
    pub fn of_accounts(
        sets: &SpecSets,
        sessions: &[Session],
        given: &[PathBuf],
        mut find: impl FnMut(&Session, &Self) -> Vec<Finding>,
    ) -> Vec<Finding> {
        let found = sessions.iter().filter_map(|session| {
            Some(OfAccount {
                names: vec![session.account.name.clone()],
                id: session.account.id.as_ref().map(ToString::to_string).unwrap_or_default(),
                findings: find(session, sets.of(session, given)?),
            })
        });
        let mut findings = gathered(fold(found.collect()));
        tidy(&mut findings);
        findings
    }

    /// No specs at all: `destroy`.
    pub fn none() -> Self {
        Self { loaded: Loaded::default(), judged: false, part: false }
    }

    /// The findings of the lint rules; `among`: what was found of the account among others.
    pub fn lint(&self, session: &Session, resolved: &spec::Resolved, among: Vec<Finding>) -> Vec<Finding> {
        lint::lint_specs_among(&self.loaded, resolved, &surroundings(session, None), among)
    }

    /// What the rules find about the entities that a plan changes.
    pub fn lint_for_plan(
        &self,
        session: &Session,
        resolved: &spec::Resolved,
        account: &AccountIdentity,
        changed: &BTreeSet<Address>,
    ) -> Vec<Finding> {
        lint::lint_some(&self.loaded, resolved, &surroundings(session, Some(account)), changed)
            .into_iter()
            // The plan looks at sizes itself, as the account's own limits have them, and at what the project forbids.
            .filter(|f| !matches!(f.code.as_str(), "document-too-large" | "document-near-limit" | "forbidden-access"))
            .collect()
    }

    /// Gives the specs their meaning; every problem of every file at once.
    pub fn problems_or_resolved(
        &self,
        session: &Session,
        account: &AccountIdentity,
        caller_arn: Option<&str>,
        snapshot: Option<&Snapshot>,
        unknown: Unknown,
    ) -> Result<spec::Resolved, Vec<Finding>> {
        let context = ResolveContext {
            account_name: &session.account.name,
            accounts: &session.project.roster,
            account_id: account.id.clone(),
            partition: account.partition.clone(),
            region: session.region(),
            caller_arn: caller_arn.map(str::to_owned),
            stack: session.stack().ok(),
            vars: &session.account.vars,
            defaults: &session.account.defaults,
            snapshot,
            aws: &KnownPolicies,
            unknown_aws: match unknown {
                Unknown::Error => UnknownAws::Error,
                Unknown::Asked => UnknownAws::Ask,
                Unknown::Warning => UnknownAws::Warn,
            },
            ownership_tag: &session.project.ownership_tag,
            today: session.today.clone(),
        };
        let mut resolved = spec::resolve(&self.loaded, &context)?;
        resolved.desired.ceiling = session.project.ceiling(&account.id);
        let mut lacking = match self.judged {
            true => spec::require::check(&session.account.require, &resolved.desired, account, &self.loaded),
            false => Vec::new(),
        };
        if lacking.is_empty() {
            return Ok(resolved);
        }
        lacking.extend(resolved.warnings);
        tidy(&mut lacking);
        Err(lacking)
    }

    /// Whether paths were given, so that this may be a part of the project's specs.
    pub fn is_part(&self) -> bool {
        self.part
    }

    /// What was read, for places.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What the specs mean for an account that nobody asks.
    ///
    /// # Errors
    /// Every problem of every file.
    pub fn offline(&self, session: &Session) -> Result<spec::Resolved, Vec<Finding>> {
        let identity = session.offline_identity();
        let unknown = if session.is_embedded() { Unknown::Error } else { Unknown::Warning };
        self.problems_or_resolved(session, &identity, Some(&super::root_of(&identity)), None, unknown)
    }

    /// Specs for commands that work offline and need the whole of them: of the account of `snapshot`, else of the selected one. Prints
    /// the problems and ends the command where there are errors.
    pub fn resolve_offline(
        &self,
        context: &Context,
        session: &Session,
        snapshot: Option<&Snapshot>,
    ) -> Result<(AccountIdentity, spec::Resolved), CliError> {
        let identity = snapshot.map_or_else(|| session.offline_identity(), |snapshot| snapshot.account.clone());
        let unknown = if session.is_embedded() && snapshot.is_none() { Unknown::Error } else { Unknown::Warning };
        let caller = super::root_of(&identity);
        let resolved = self
            .problems_or_resolved(session, &identity, Some(&caller), snapshot, unknown)
            .map_err(|problems| spec_errors(context, &problems))?;
        context.terminal.err(&diagnostics_text(&resolved.warnings, context.terminal.err_paint()));
        Ok((identity, resolved))
    }

    /// The same for commands that need specs without errors: prints the problems and ends the command.
    pub fn resolve(
        &self,
        context: &Context,
        session: &Session,
        account: &AccountIdentity,
        caller_arn: Option<&str>,
        snapshot: Option<&Snapshot>,
        unknown: Unknown,
    ) -> Result<ResolvedSpecs, CliError> {
        let resolved = self
            .problems_or_resolved(session, account, caller_arn, snapshot, unknown)
            .map_err(|problems| spec_errors(context, &problems))?;
        let names_undeclared = resolved.desired.roles.values().any(|want| {
            want.trust.principals().any(|p| {
                let Some(arn) = crate::names::Arn::parse(p.value).filter(|a| a.account == account.id.as_str()) else {
                    return false;
                };
                let Some((word, _, name)) = arn.iam_resource() else { return false };
                let declared = |kind| resolved.desired.declares(&crate::names::Address::new(kind, name));
                (word == "role" && !declared(EntityKind::Role)) || (word == "user" && !declared(EntityKind::User))
            })
        });
        Ok(ResolvedSpecs { resolved, names_undeclared })
    }

    /// AWS managed policies that IAM does not know either are errors of the specs.
    pub fn refuse_missing(&self, context: &Context, asked: &BTreeSet<String>, snapshot: &Snapshot) -> Result<(), CliError> {
        let missing: Vec<Finding> = asked
            .iter()
            .filter(|arn| !snapshot.aws_policies.contains_key(*arn))
            .map(|arn| {
                if snapshot.aws_policies_unread.contains(arn) {
                    return Finding::error(
                        "unknown-aws-policy",
                        format!("whether AWS has the managed policy `{arn}` could not be asked"),
                    )
                    .help("grant the caller `iam:GetPolicy` on AWS managed policies");
                }
                if let Some(gone) = crate::aws_policies::withdrawal(arn) {
                    return Finding::error("withdrawn-aws-policy", gone.message()).help(gone.help());
                }
                let near = crate::aws_policies::nearest(arn);
                let help = near.map_or_else(|| "correct the reference".to_owned(), |n| format!("did you mean `aws/{n}`?"));
                Finding::error("unknown-aws-policy", format!("AWS has no managed policy `{arn}` in this account's partition"))
                    .help(help)
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(spec_errors(context, &missing)) }
    }
}

/// Prints the problems of specs; the error that ends the command.
pub fn spec_errors(context: &Context, problems: &[Finding]) -> CliError {
    let mut problems = problems.to_vec();
    tidy(&mut problems);
    context.terminal.err(&diagnostics_text(&problems, context.terminal.err_paint()));
    CliError::new(Exit::FINDINGS, "the specs have errors; nothing was changed")
}

/// What is known of the account. Without an account that was reached, its id is what the project file pins; an embedded account
/// is as good as pinned.
pub fn surroundings(session: &Session, account: Option<&AccountIdentity>) -> Surroundings {
    let offline = session.offline_identity();
    let pinned = session.account.id.is_some() || session.is_embedded();
    let known = account.cloned().or_else(|| pinned.then_some(offline));
    Surroundings {
        partition: known.as_ref().map_or_else(|| session.partition(), |a| a.partition.clone()),
        account: known.map(|a| a.id),
        known_accounts: session.project.roster.ids(),
        forbid: session.account.forbid.clone(),
        today: session.today.clone(),
        specs: true,
    }
}

/// The day of today in UTC, `2027-01-31`.
pub fn today() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
