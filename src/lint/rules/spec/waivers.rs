//! Waivers. They are matched after all rules have run (`lint/waive.rs`).

use crate::lint::rule::{Check, Rule};

/// Rules without a function of their own.
macro_rules! about_waivers {
    ($($(#[doc = $page:literal])+ $name:ident = $code:literal;)+) => {
        $(
            $(#[doc = $page])+
            pub const $name: Rule = Rule {
                code: $code,
                severity: crate::diag::Severity::Warning,
                page: concat!($($page, "\n"),+),
                check: Check::Waivers,
            };
        )+
    };
}

about_waivers! {
    /// A waiver that waives nothing
    ///
    /// The entity has no finding of this code, the code is none, or the reason is empty.
    ///
    /// **Why it matters.** It would hide the finding when it comes up again.
    ///
    /// **What to do.** Take it out, or correct the code.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{service: codebuild.amazonaws.com}]
    ///     waive: [{code: administrator-access, reason: it once was one}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{service: codebuild.amazonaws.com}]
    ///     managed_policies: [aws/AdministratorAccess]
    ///     waive: [{code: administrator-access, reason: it creates every account}]
    /// ```
    UNUSED_WAIVER = "unused-waiver";

    /// A waiver whose day has passed
    ///
    /// `until:` is the last day on which it counts. The finding is reported again.
    ///
    /// **What to do.** Mend what it waived, or set a later day with a reason that still holds.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{service: codebuild.amazonaws.com}]
    ///     managed_policies: [aws/AdministratorAccess]
    ///     waive: [{code: administrator-access, reason: until the next release, until: "2026-12-31"}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   deploy:
    ///     trust: [{service: codebuild.amazonaws.com}]
    ///     managed_policies: [aws/AdministratorAccess]
    ///     waive: [{code: administrator-access, reason: until the next release, until: "2027-12-31"}]
    /// ```
    EXPIRED_WAIVER = "expired-waiver";
}
