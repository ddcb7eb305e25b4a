//! `iamctl lint`: `validate`, then the rules; also on bare policy documents. Offline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::args::{FailOn, FindingsFormat, LintArgs, PolicyTypeArg};
use crate::cli::flow::{self, SpecSet, SpecSets, surroundings};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::{Finding, Severity};
use crate::lint::rules::has_unfilled_partition;
use crate::lint::{self, AmongAccounts, BareDocument, PolicyType, Surroundings};
use crate::policy::{self, GrammarContext};
use crate::policy::{DocumentKind, PathStep};
use crate::spec::source::read_text;
use crate::spec::yaml::one_key;
use crate::spec::{Resolved, locate};

/// Most bytes of a bare policy document; IAM's own limits are far below.
const MOST_BYTES: u64 = 4 << 20;

/// Runs the command.
pub fn run(context: &Context, args: &LintArgs) -> Result<Exit, CliError> {
    let (bare, specs): (Vec<PathBuf>, Vec<PathBuf>) = args.paths.iter().cloned().partition(|p| is_document(p));
    // A document belongs to one account, specs to the project.
    let sessions = match bare.is_empty() {
        true => Session::open_all(context, &args.many)?,
        false => match Session::selected(context, &args.many)? {
            Some(_) => return Err(CliError::usage("`--select` chooses accounts, and a policy document is of none")),
            None => vec![Session::open(context, None)?],
        },
    };
    if matches!(args.format, FindingsFormat::Sarif | FindingsFormat::Github) && args.paths.is_empty() {
        sessions.iter().try_for_each(|session| flow::refuse_lost_project(session, "--format"))?;
    }
    let mut findings = Vec::new();
    if bare.is_empty() || !specs.is_empty() {
        findings.extend(of_specs(&sessions, &specs));
    }
    for (session, path) in sessions.iter().flat_map(|session| bare.iter().map(move |path| (session, path))) {
        findings.extend(of_document(session, path, args)?);
    }
    let threshold = match args.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    };
    let failed = findings.iter().any(|f| f.severity >= threshold);
    if args.format == FindingsFormat::Text && findings.is_empty() {
        context.terminal.out("No findings.\n")?;
    } else {
        flow::print_findings(context, &sessions, "lint", args.format, findings, &bare)?;
    }
    Ok(if failed { Exit::FINDINGS } else { Exit::FINE })
}

/// A policy document by itself, and not a spec.
fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

/// What the rules say of each account, and of all together. Of specs with errors these alone: rules say nothing sound about what is broken.
fn of_specs(sessions: &[Session], given: &[PathBuf]) -> Vec<Finding> {
    let sets = SpecSets::load(sessions, given);
    let mut resolved: BTreeMap<&str, Result<Resolved, Vec<Finding>>> = BTreeMap::new();
    for session in sessions {
        if let Some(specs) = sets.of(session, given) {
            resolved.insert(&session.account.name, specs.offline(session));
        }
    }
    let sound = |session: &'_ Session| resolved.get(session.account.name.as_str()).is_some_and(Result::is_ok);
    let around: Vec<(&Session, Surroundings)> =
        sessions.iter().filter(|s| sound(s)).map(|session| (session, surroundings(session, None))).collect();
    let together: Vec<AmongAccounts<'_>> = around
        .iter()
        .filter_map(|(session, around)| {
            let name = session.account.name.as_str();
            Some(AmongAccounts { name, resolved: resolved.get(name)?.as_ref().ok()?, around })
        })
        .collect();
    let mut among: BTreeMap<&str, Vec<Finding>> = together.iter().map(|one| one.name).zip(lint::across(&together)).collect();
    SpecSet::of_accounts(&sets, sessions, given, |session, specs| match resolved.get(session.account.name.as_str()) {
        Some(Err(problems)) => problems.clone(),
        Some(Ok(resolved)) => {
            let among = among.remove(session.account.name.as_str()).unwrap_or_default();
            let linted = specs.lint(session, resolved, among);
            resolved.warnings.iter().cloned().chain(linted).collect()
        }
        None => Vec::new(),
    })
}

fn of_document(session: &Session, path: &Path, args: &LintArgs) -> Result<Vec<Finding>, CliError> {
    let name = path.display().to_string();
    let text =
        read_text(path, MOST_BYTES).map_err(|error| CliError::failed(format!("`{name}` {}", error.why)).help(error.help))?;
    let bare = match BareDocument::read(&name, &text) {
        Ok(bare) => bare,
        Err(problem) => return Ok(vec![*problem]),
    };
    let policy_type = match args.policy_type {
        PolicyTypeArg::Identity => PolicyType::Identity,
        PolicyTypeArg::Trust => PolicyType::Trust,
        PolicyTypeArg::Resource => PolicyType::Resource,
        PolicyTypeArg::Scp => PolicyType::Scp,
        PolicyTypeArg::Rcp => PolicyType::Rcp,
        PolicyTypeArg::Endpoint => PolicyType::Endpoint,
    };
    // Nobody said whose account the document is for, unless the project does.
    let account = args.account_id.clone().or_else(|| session.account.id.clone());
    let around = Surroundings { account, specs: false, ..surroundings(session, None) };
    let mut findings = grammar_of(&bare, policy_type);
    findings.extend(lint::lint_bare(&bare, policy_type, &around));
    findings.sort_by(|a, b| (&a.at, &a.code).cmp(&(&b.at, &b.code)));
    Ok(findings)
}

/// What `validate` says of a document. IAM's grammar of identity policies serves for the other kinds too, less what only they may say.
fn grammar_of(bare: &BareDocument, policy_type: PolicyType) -> Vec<Finding> {
    let (kind, not_theirs): (DocumentKind, &[&str]) = match policy_type {
        PolicyType::Identity => (DocumentKind::Identity, &[]),
        PolicyType::Trust => (DocumentKind::Trust, &[]),
        PolicyType::Resource | PolicyType::Endpoint => (
            DocumentKind::Identity,
            &[
                "policy-principal",
                "policy-no-resources",
                "policy-version",
                "policy-no-version",
                "policy-duplicate-sid",
                "policy-sid",
            ],
        ),
        PolicyType::Scp | PolicyType::Rcp => (
            DocumentKind::Identity,
            &["policy-principal", "policy-version", "policy-no-version", "policy-duplicate-sid", "policy-sid"],
        ),
    };
    let repeated = bare.repeated_keys().into_iter().map(|(key, place)| {
        Finding::error("duplicate-key", format!("`{}` occurs twice in one object", key.escape_debug()))
            .at(place)
            .help(format!("{}: only the last counts, and IAM refuses the document", one_key(&key)))
    });
    let faults = policy::check(&bare.document, kind, GrammarContext { partition: None }).into_iter();
    // A placeholder that is not filled in has a rule of its own.
    let is_unfilled = |path: &[PathStep]| {
        let step = |value: &'_ serde_json::Value, step: &PathStep| match step {
            PathStep::Key(key) => value.get(key).cloned(),
            PathStep::Index(at) => value.get(at).cloned(),
        };
        let found = path.iter().try_fold(bare.document.value().clone(), |value, one| step(&value, one));
        found.is_some_and(|value| value.as_str().is_some_and(has_unfilled_partition))
    };
    let faults = faults.filter(|fault| fault.code != "policy-resource" || !is_unfilled(&fault.path));
    let faults = faults.filter(|fault| !not_theirs.contains(&fault.code)).map(|fault| {
        let place = bare.texts.place(locate(&bare.node, &fault.path));
        Finding::from(fault).at(place)
    });
    let shown = |mut problem: Finding| {
        problem.source_line = problem.at.as_ref().and_then(|place| bare.texts.source_line(place));
        problem
    };
    repeated.chain(faults).map(shown).collect()
}
