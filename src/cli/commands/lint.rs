//! `iamctl lint`: `validate`, then the rules; also on bare policy documents. Offline.

use std::path::{Path, PathBuf};

use crate::cli::args::{FailOn, FindingsFormat, LintArgs, PolicyTypeArg};
use crate::cli::flow::{self, SpecSet, Unknown, surroundings};
use crate::cli::session::Session;
use crate::cli::{CliError, Context, Exit};
use crate::diag::{Diagnostic, Severity};
use crate::lint::{self, BareDocument, LintFinding, PolicyType, Surroundings};
use crate::policy::DocumentKind;
use crate::policy::grammar::{self, GrammarContext, PathStep as GrammarStep};
use crate::report::{self, Remarks};
use crate::spec::source::read_text;
use crate::spec::{PathStep, locate};

/// Most bytes of a bare policy document; IAM's own limits are far below.
const MOST_BYTES: u64 = 4 << 20;

/// Runs the command.
pub fn run(context: &Context, args: &LintArgs) -> Result<Exit, CliError> {
    let session = Session::open(context, None)?;
    if matches!(args.format, FindingsFormat::Sarif | FindingsFormat::Github) && args.paths.is_empty() {
        flow::refuse_lost_project(&session, "--format")?;
    }
    let (bare, specs): (Vec<PathBuf>, Vec<PathBuf>) = args.paths.iter().cloned().partition(|p| is_document(p));
    let mut findings = Vec::new();
    if bare.is_empty() || !specs.is_empty() {
        findings.extend(of_specs(&session, &specs));
    }
    for path in &bare {
        findings.extend(of_document(&session, path, args.policy_type)?);
    }
    let threshold = match args.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    };
    let failed = findings.iter().any(|f| f.diagnostic.severity >= threshold);
    let plain = || findings.iter().map(|f| flow::finding(&f.diagnostic, f.address.as_ref())).collect::<Vec<_>>();
    let remarks = || Remarks::of_findings("lint", &session.account.name, &session.in_full(plain(), &bare));
    match args.format {
        FindingsFormat::Json => context.terminal.out(&report::findings_json(plain()))?,
        FindingsFormat::Sarif => context.terminal.out(&report::sarif(&remarks(), &flow::origin(&session)))?,
        FindingsFormat::Github => context.terminal.out(&report::github(&remarks(), &flow::origin(&session)))?,
        FindingsFormat::Text if findings.is_empty() => context.terminal.out("No findings.\n")?,
        FindingsFormat::Text => {
            let problems: Vec<Diagnostic> = findings.into_iter().map(|f| f.diagnostic).collect();
            context.terminal.out(&report::diagnostics_text(&problems, context.terminal.paint()))?;
        }
    }
    Ok(if failed { Exit::FINDINGS } else { Exit::FINE })
}

/// A policy document by itself, and not a spec.
fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

fn plain(diagnostic: Diagnostic) -> LintFinding {
    LintFinding { address: None, diagnostic }
}

/// Errors of specs alone, if there are any: rules say nothing sound about what is broken.
fn of_specs(session: &Session, paths: &[PathBuf]) -> Vec<LintFinding> {
    let specs = SpecSet::load(session, paths);
    let unknown = if session.is_embedded() { Unknown::Error } else { Unknown::Warning };
    let identity = session.offline_identity();
    let caller = flow::root_of(&identity);
    match specs.problems_or_resolved(session, &identity, Some(&caller), None, unknown) {
        Err(problems) => problems.into_iter().map(plain).collect(),
        Ok(resolved) => {
            let linted = specs.lint(session, &resolved, None);
            resolved.warnings.iter().cloned().map(plain).chain(linted).collect()
        }
    }
}

fn of_document(session: &Session, path: &Path, given: PolicyTypeArg) -> Result<Vec<LintFinding>, CliError> {
    let name = path.display().to_string();
    let text =
        read_text(path, MOST_BYTES).map_err(|error| CliError::failed(format!("`{name}` {}", error.why)).help(error.help))?;
    let bare = match BareDocument::read(&name, &text) {
        Ok(bare) => bare,
        Err(problem) => return Ok(vec![plain(*problem)]),
    };
    let policy_type = match given {
        PolicyTypeArg::Identity => PolicyType::Identity,
        PolicyTypeArg::Trust => PolicyType::Trust,
        PolicyTypeArg::Resource => PolicyType::Resource,
        PolicyTypeArg::Scp => PolicyType::Scp,
        PolicyTypeArg::Rcp => PolicyType::Rcp,
    };
    // Nobody said whose account the document is for, unless the project does.
    let around = Surroundings { account: session.account.id.clone(), specs: false, ..surroundings(session, None) };
    let mut findings = grammar_of(&bare, policy_type);
    findings.extend(lint::lint_bare(&bare, policy_type, &around));
    findings.sort_by(|a, b| (&a.diagnostic.at, a.diagnostic.code).cmp(&(&b.diagnostic.at, b.diagnostic.code)));
    Ok(findings)
}

/// What `validate` says of a document. IAM's grammar of identity policies serves for the other kinds too, less what only they may say.
fn grammar_of(bare: &BareDocument, policy_type: PolicyType) -> Vec<LintFinding> {
    let (kind, not_theirs): (DocumentKind, &[&str]) = match policy_type {
        PolicyType::Identity => (DocumentKind::Identity, &[]),
        PolicyType::Trust => (DocumentKind::Trust, &[]),
        PolicyType::Resource => (
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
        Diagnostic::error("duplicate-key", format!("`{}` stands twice in one object", key.escape_debug()))
            .at(place)
            .help("keep one: IAM refuses the document")
    });
    let faults = grammar::check(&bare.document, kind, GrammarContext { partition: None }).into_iter();
    let faults = faults.filter(|fault| !not_theirs.contains(&fault.code)).map(|fault| {
        let steps: Vec<PathStep> = fault
            .path
            .iter()
            .map(|step| match step {
                GrammarStep::Key(key) => PathStep::Key(key.clone()),
                GrammarStep::Index(index) => PathStep::Index(*index),
            })
            .collect();
        let mut problem = Diagnostic::error(fault.code, fault.message).at(bare.texts.place(locate(&bare.node, &steps)));
        problem.severity = fault.severity;
        problem.help = fault.help;
        problem
    });
    let shown = |mut problem: Diagnostic| {
        problem.source_line = problem.at.as_ref().and_then(|place| bare.texts.source_line(place));
        plain(problem)
    };
    repeated.chain(faults).map(shown).collect()
}
