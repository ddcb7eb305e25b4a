//! A change before its steps are ordered.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Finding, Place, Severity, Source};
use crate::model::{Act, Operation};
use crate::names::{Address, VersionId};
use crate::plan::{Action, FieldChange, NotCompared};

/// When a call is due among the calls that touch one principal's access. Calls of an earlier phase come first unless a
/// dependency or a quota says otherwise.
///
/// The order keeps access between (old ∩ new) and (old ∪ new): denies are added before anything is granted, nothing is
/// withdrawn before its replacement is there, and denies are lifted last (contract 9, promise 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Ownership and memory tags.
    Mark,
    /// Entities are made.
    Make,
    /// Denies are added, boundaries set, trust narrowed.
    Restrain,
    /// Denies come in one call with the access that they limit.
    RestrainAndGrant,
    /// Access is added.
    Grant,
    /// One call grants and withdraws.
    Exchange,
    /// Access is taken away.
    Withdraw,
    /// Access goes in one call with the denies that limited it.
    WithdrawAndRelax,
    /// Denies and boundaries are lifted.
    Relax,
    /// Trust is widened.
    Admit,
    /// Memory tags and released marks come off.
    Unmark,
    /// Entities are removed.
    Remove,
}

/// One IAM call of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The call.
    pub operation: Operation,
    /// When it is due.
    pub phase: Phase,
}

/// One entity's change and its calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Which entity.
    pub address: Address,
    /// What happens to it.
    pub action: Action,
    /// Why, for people.
    pub reason: String,
    /// What differs.
    pub fields: Vec<FieldChange>,
    /// What a reviewer should know.
    pub warnings: Vec<String>,
    /// Where it is declared.
    pub at: Option<Place>,
    /// The calls.
    pub calls: Vec<Call>,
}

impl Draft {
    /// A change without fields or calls yet.
    pub fn new(address: Address, action: Action, reason: impl Into<String>, at: Option<&Place>) -> Self {
        Self {
            address,
            action,
            reason: reason.into(),
            fields: Vec::new(),
            warnings: Vec::new(),
            at: at.cloned(),
            calls: Vec::new(),
        }
    }

    /// Records a field that differs.
    pub fn field(&mut self, field: &str, before: Value, after: Value) {
        self.fields.push(FieldChange { field: field.to_owned(), before, after });
    }

    /// Adds a call, where there is one.
    pub fn call(&mut self, phase: Phase, operation: impl Into<Option<Operation>>) {
        self.calls.extend(operation.into().map(|operation| Call { operation, phase }));
    }

    /// Turns the change into one that may not be made. Its calls are kept, to find what depends on them, and never become steps.
    pub fn block(&mut self, reason: impl Into<String>) {
        self.action = Action::Blocked;
        self.reason = reason.into();
    }
}

/// Everything that comparing found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// Changes.
    pub drafts: Vec<Draft>,
    /// What is worth knowing and is no change; errors among them keep the plan from being applied.
    pub findings: Vec<Finding>,
    /// What could not be compared.
    pub not_compared: Vec<NotCompared>,
    /// Declared entities that need nothing.
    pub unchanged: usize,
    /// Guards that comparing itself found: `protect`.
    pub protected: Vec<Address>,
    /// Policies whose declared document was rolled back from, with the version that had it: the guard `hold`.
    pub held: Vec<(Address, VersionId)>,
}

impl Diff {
    /// Records a change, or counts the entity as unchanged when nothing differs and nothing is to be called.
    pub fn push(&mut self, draft: Draft) {
        if draft.action == Action::Update && draft.fields.is_empty() && draft.calls.is_empty() {
            self.unchanged += 1;
        } else {
            self.drafts.push(draft);
        }
    }

    /// Records a finding about an entity.
    pub fn find(
        &mut self,
        severity: Severity,
        code: &str,
        address: &Address,
        at: Option<&Place>,
        message: String,
        help: Option<String>,
    ) {
        let found = Finding::new(Source::Plan, severity, code, message).about(address.clone()).at_opt(at.cloned());
        self.findings.push(Finding { help, ..found });
    }

    /// Records a finding about no entity in particular.
    pub fn say(&mut self, severity: Severity, code: &str, message: String, help: &str) {
        self.findings.push(Finding::new(Source::Plan, severity, code, message).help(help));
    }

    /// Records that a field could not be compared.
    pub fn skip(&mut self, address: &Address, field: &str, reason: &str) {
        self.not_compared.push(NotCompared { address: address.clone(), field: field.to_owned(), reason: reason.to_owned() });
    }

    /// Whether anything keeps the plan from being applied at all.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    pub(super) fn tidy(&mut self) {
        self.drafts.sort_by(|a, b| a.address.cmp(&b.address));
        // Both ends of a bond may ask for its end, as when a user goes and its group is exclusive, or for its renewal, as when
        // a role and its profile are replaced: one call does it.
        let mut bonds = BTreeSet::new();
        for draft in self.drafts.iter_mut().filter(|d| d.action != Action::Blocked) {
            draft.calls.retain(|call| match call.operation.act() {
                Act::Join(_, other) | Act::Leave(_, other) => {
                    bonds.insert((call.operation.name(), call.operation.subject(), other.clone()))
                }
                _ => true,
            });
        }
        self.findings
            .sort_by(|a, b| (b.severity, &a.address, &a.code, &a.message).cmp(&(a.severity, &b.address, &b.code, &b.message)));
        self.findings.dedup();
        self.not_compared.sort();
        self.not_compared.dedup();
    }
}
