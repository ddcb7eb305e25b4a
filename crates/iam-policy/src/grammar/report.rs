//! Findings, and which of them IAM would name.

use crate::Severity;

/// IAM's word for everything that is not a policy at all.
pub(super) const SYNTAX: &str = "Syntax errors in policy.";

/// IAM's word for what its older parser refuses.
pub(super) const LEGACY: &str = "The policy failed legacy parsing";

/// One step from a document's root to a place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// The value under this key of an object.
    Key(String),
    /// The value at this index of a list, from 0.
    Index(usize),
}

/// Something wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarError {
    /// Where: steps from the root; empty for the document itself. The place exists in the document.
    pub path: Vec<PathStep>,
    /// A stable word in kebab-case.
    pub code: &'static str,
    /// IAM's own message where IAM refuses; our own headline otherwise.
    pub message: String,
    /// What exactly is wrong, and the next move.
    pub help: Option<String>,
    /// An error is refused on save or means nothing; a warning may be refused.
    pub severity: Severity,
}

/// When IAM comes upon a mistake: it names the first only (iam-facts 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Syntax,
    Version,
    Legacy,
    /// Resource forms. Found together with [`Stage::LegacyResource`], but named only after actions are known to be there.
    Resource,
    LegacyResource,
    Sid,
    NoActions,
    ActionForm,
    NoResources,
    TrustAction,
    TrustResource,
    TrustPrincipal,
    IdentityPrincipal,
    SidForm,
    /// Not IAM's: what specs may not say.
    Own,
}

#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<(Stage, GrammarError)>,
}

impl Report {
    pub(super) fn syntax(&mut self, path: &Path, help: impl Into<String>) {
        self.refuse(Stage::Syntax, path, "policy-syntax", SYNTAX, help);
    }

    pub(super) fn legacy(&mut self, stage: Stage, path: &Path, help: impl Into<String>) {
        self.refuse(stage, path, "policy-legacy", LEGACY, help);
    }

    pub(super) fn refuse(
        &mut self,
        stage: Stage,
        path: &Path,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(stage, path, code, message.into(), help.into(), Severity::Error);
    }

    pub(super) fn own(&mut self, path: &Path, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.push(Stage::Own, path, code, message.into(), help.into(), Severity::Error);
    }

    pub(super) fn own_warning(&mut self, path: &Path, code: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.push(Stage::Own, path, code, message.into(), help.into(), Severity::Warning);
    }

    fn push(&mut self, stage: Stage, path: &Path, code: &'static str, message: String, help: String, severity: Severity) {
        let error = GrammarError { path: path.0.clone(), code, message, help: Some(help), severity };
        self.found.push((stage, error));
    }

    pub(super) fn into_errors(self) -> Vec<GrammarError> {
        let mut found = self.found;
        found.sort_by_key(|(stage, _)| *stage);
        found.into_iter().map(|(_, error)| error).collect()
    }

    /// The one message that IAM answers with.
    pub(super) fn first_refusal(&self) -> Option<String> {
        let first = |from: Stage, to: Stage| {
            let within = self.found.iter().filter(|(stage, _)| (from..=to).contains(stage));
            within.min_by_key(|(stage, _)| *stage).map(|(_, error)| error.message.clone())
        };
        // The older parser looks at resources only until the newer one has found a fault in one. Of such faults the last is named,
        // and only when every statement has actions.
        let mut resource = None;
        let mut legacy_resource = None;
        for (stage, error) in &self.found {
            match stage {
                Stage::Resource => resource = Some(error.message.clone()),
                Stage::LegacyResource if resource.is_none() => legacy_resource = Some(error.message.clone()),
                _ => {}
            }
        }
        first(Stage::Syntax, Stage::Legacy)
            .or(legacy_resource)
            .or_else(|| first(Stage::Sid, Stage::NoActions))
            .or(resource)
            .or_else(|| first(Stage::ActionForm, Stage::SidForm))
    }
}

/// A place under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Path(Vec<PathStep>);

impl Path {
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(PathStep::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.with(PathStep::Index(index))
    }

    fn with(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}
