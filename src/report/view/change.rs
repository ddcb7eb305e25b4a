//! One entity's change, and the folding of many that are alike.

use std::collections::BTreeMap;

use super::calls::call_line;
use super::field::FieldView;
use crate::diag::Severity;
use crate::plan::{Action, Change, Finding, Step, StepId};
use crate::review::AccountReport;

/// New entities of one shape that are shown before the rest is counted.
const SHOWN: usize = 20;

/// One entity's change.
pub struct ChangeView<'a> {
    /// The change. Its texts are raw.
    pub change: &'a Change,
    /// Next moves, of findings that the change says itself; raw.
    pub help: Vec<&'a str>,
    /// What differs.
    pub fields: Vec<FieldView<'a>>,
    /// The IAM calls: operation and deciding parameters; raw.
    pub calls: Vec<String>,
}

/// New entities beyond the first of one shape.
pub struct Folded<'a> {
    /// The entities.
    pub changes: Vec<&'a ChangeView<'a>>,
}

impl<'a> ChangeView<'a> {
    pub(super) fn of(
        account: &'a AccountReport,
        change: &'a Change,
        steps: &BTreeMap<&StepId, &Step>,
        findings: &'a [Finding],
    ) -> Self {
        let call = |id: &StepId| match (steps.get(id), account.accounts.first()) {
            (Some(step), Some(account)) => call_line(id, &step.call, &change.address, account),
            _ => format!("{id}  (not in this plan)"),
        };
        let help = findings.iter().filter(|finding| says(change, finding)).filter_map(|finding| finding.help.as_deref());
        let fields = account.accounts.first().into_iter();
        let fields = fields.flat_map(|account| change.fields.iter().filter_map(|f| FieldView::of(change.action, f, account)));
        Self { change, help: help.collect(), fields: fields.collect(), calls: change.steps.iter().map(call).collect() }
    }

    /// What makes two new entities look alike: the kind and the names of the fields.
    fn shape(&self) -> Option<(&'static str, Vec<&str>)> {
        let is_plain = self.change.action == Action::Create && self.change.warnings.is_empty() && self.help.is_empty();
        is_plain.then(|| (self.change.address.kind.word(), self.fields.iter().map(|field| field.name).collect()))
    }
}

/// Whether a change says by its reason or a warning what a finding says, so that the finding need not be shown again.
pub fn says(change: &Change, finding: &Finding) -> bool {
    finding.severity != Severity::Error
        && finding.address.as_ref() == Some(&change.address)
        && ((change.action == Action::Blocked && finding.message == change.reason)
            || (finding.help.is_none() && change.warnings.contains(&finding.message)))
}

/// What new entities have alike: see [`ChangeView::shape`].
type Shape<'a> = (&'a str, Vec<&'a str>);

/// The changes to show in full, and what is folded away: of new entities of one shape, those beyond the first twenty.
pub fn folded<'a>(changes: &'a [ChangeView<'a>]) -> (Vec<&'a ChangeView<'a>>, Vec<Folded<'a>>) {
    let mut shapes: BTreeMap<Shape<'_>, Vec<&ChangeView<'_>>> = BTreeMap::new();
    for change in changes {
        if let Some(shape) = change.shape() {
            shapes.entry(shape).or_default().push(change);
        }
    }
    let (mut shown, mut seen): (Vec<&ChangeView<'_>>, BTreeMap<Shape<'_>, usize>) = (Vec::new(), BTreeMap::new());
    for change in changes {
        // One that is left over is shown: to say so takes a line as well.
        let place = change.shape().filter(|shape| shapes.get(shape).is_some_and(|all| all.len() > SHOWN + 1)).map(|shape| {
            let n = seen.entry(shape).or_default();
            *n += 1;
            *n
        });
        if place.is_none_or(|n| n <= SHOWN) {
            shown.push(change);
        }
    }
    let rest = shapes.into_values().filter(|all| all.len() > SHOWN + 1);
    (shown, rest.map(|all| Folded { changes: all.into_iter().skip(SHOWN).collect() }).collect())
}

/// The sign before an address. ASCII only, so that logs and old terminals show it.
pub fn sign(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Delete => "-",
        Action::Adopt => "=",
        Action::Replace => "-/+",
        Action::DetachOnly => "~-",
        Action::Release => "o",
        Action::Blocked => "!",
    }
}

/// The verb after an address.
pub fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::Replace => "replace (delete, then create)",
        Action::DetachOnly => "detach only",
        Action::Release => "release",
        Action::Blocked => "blocked",
    }
}
