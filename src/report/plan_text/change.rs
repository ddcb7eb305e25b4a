//! One entity's change.

use super::page::Page;
use super::{calls, fields};
use crate::diag::Severity;
use crate::plan::{Action, Change, Finding};
use crate::report::escape;
use crate::report::style::Role;

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
fn verb(action: Action) -> &'static str {
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

fn role(action: Action) -> Role {
    match action {
        Action::Create => Role::Create,
        Action::Update | Action::DetachOnly => Role::Update,
        Action::Delete | Action::Replace => Role::Delete,
        Action::Adopt | Action::Release => Role::Adopt,
        Action::Blocked => Role::Error,
    }
}

/// Whether a change says by its reason or a warning what a finding says, so that the finding need not be shown again.
pub fn told_by(change: &Change, finding: &Finding) -> bool {
    finding.severity != Severity::Error
        && finding.address.as_ref() == Some(&change.address)
        && ((change.action == Action::Blocked && finding.message == change.reason)
            || (finding.help.is_none() && change.warnings.contains(&finding.message)))
}

/// Sign, address, verb and place; the reason; warnings; fields; calls.
pub fn write(page: &mut Page<'_>, change: &Change) {
    page.gap();
    let colour = role(change.action);
    let sign = page.paint.paint(colour, &format!("{:<3}", sign(change.action)));
    let address = page.paint.paint(Role::Strong, &escape::line(&change.address.to_string()));
    let verb = page.paint.paint(colour, verb(change.action));
    let place = change.at.as_ref().map(|at| format!("  {}", page.dim(&format!("[{at}]")))).unwrap_or_default();
    page.line(0, &format!("{sign} {address}  {verb}{place}"));
    if !change.reason.is_empty() {
        for text in escape::block(&change.reason) {
            page.line(6, &text);
        }
    }
    for finding in page.plan.findings.iter().filter(|finding| told_by(change, finding)) {
        for (i, text) in finding.help.iter().flat_map(|help| escape::block(help)).enumerate() {
            let label = page.paint.paint(Role::Note, if i == 0 { "help:" } else { "     " });
            page.line(6, &format!("{label} {text}"));
        }
    }
    for warning in &change.warnings {
        for (i, text) in escape::block(warning).enumerate() {
            let text = page.paint.paint(Role::Warning, &format!("{} {text}", if i == 0 { "!" } else { " " }));
            page.line(6, &text);
        }
    }
    for field in &change.fields {
        fields::write(page, change, field);
    }
    calls::write(page, change);
}
