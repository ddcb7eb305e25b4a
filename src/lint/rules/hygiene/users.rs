//! Users with permissions of their own.

use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::PrincipalSubject;
use crate::names::EntityKind;

rule! {
    /// A user has permissions of its own
    ///
    /// Policies are attached to, or written into, the user itself.
    ///
    /// **Why it matters.** What people may do is easier to see and to change in groups and roles.
    ///
    /// **What to do.** Put the user into a group that has the policies, or let it assume a role.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// users:
    ///   alice: {managed_policies: [aws/ReadOnlyAccess]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// users:
    ///   alice: {}
    /// groups:
    ///   readers: {users: [alice], managed_policies: [aws/ReadOnlyAccess]}
    /// ```
    POLICY_ON_USER = "policy-on-user", Note, Principal(check);
}

fn check(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    let is_user = subject.address.as_ref().is_some_and(|a| a.kind == EntityKind::User);
    let own = subject.documents.iter().any(|d| d.label.starts_with("inline") && d.address == subject.address);
    if is_user && (own || !subject.attachments.is_empty()) {
        let place = subject.attachments.first().map(|a| a.place.clone());
        let message = format!("{} has policies of its own", subject.label());
        out.principal(Severity::Note, subject, place, message, "attach them to a group, or let the user assume a role");
    }
}
