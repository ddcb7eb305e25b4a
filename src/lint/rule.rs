//! What a rule is.

use super::collect::SpecsSubject;
use super::findings::Findings;
use super::subject::{DocumentSubject, PrincipalSubject};
use crate::diag::Severity;

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Each document by itself.
    Document(fn(&DocumentSubject<'_>, &mut Findings)),
    /// Each role, user and group with all its documents; a bare identity policy as if it were all that its holder has.
    Principal(fn(&PrincipalSubject<'_>, &mut Findings)),
    /// All principals with the trusts of all roles; not for bare documents.
    Principals(fn(&[PrincipalSubject<'_>], &[DocumentSubject<'_>], &mut Findings)),
    /// All specs together; not for bare documents.
    Specs(fn(&SpecsSubject<'_>, &mut Findings)),
    /// Nothing of one account: what several accounts say together is found by [`super::across`].
    Accounts,
    /// Nothing: waivers are matched after all rules have run, and report under this rule.
    Waivers,
}

/// A rule. Its doc comment is its page.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// A stable word in kebab-case.
    pub code: &'static str,
    /// How grave its findings are, unless a finding says otherwise.
    pub severity: Severity,
    /// The page in Markdown; its first line is the title.
    pub page: &'static str,
    /// What it does.
    pub check: Check,
}

impl Rule {
    /// The first line of its page.
    pub fn title(&self) -> &'static str {
        self.page.trim_start().split('\n').next().unwrap_or_default().trim()
    }

    /// The page below its title.
    pub fn text(&self) -> &'static str {
        self.page.trim_start().split_once('\n').map_or("", |(_, rest)| rest).trim_start_matches('\n')
    }
}

/// Makes a rule of a doc comment, a code, a severity, and a function for [`Check`].
macro_rules! rule {
    ($($(#[doc = $page:literal])+ $name:ident = $code:literal, $severity:ident, $kind:ident($check:expr);)+) => {
        $(
            $(#[doc = $page])+
            pub const $name: $crate::lint::rule::Rule = $crate::lint::rule::Rule {
                code: $code,
                severity: $crate::diag::Severity::$severity,
                page: concat!($($page, "\n"),+),
                check: $crate::lint::rule::Check::$kind($check),
            };
        )+
    };
}
pub(super) use rule;
