//! What a document, or its replacement, does to access, as far as the order of calls needs it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::policy::access::{Options, PrincipalPolicies, Subject};
use crate::policy::{Coverage, Document, covers};

use super::Phase;

/// What a call does to the statements that apply to a principal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Something more is allowed.
    pub grants: bool,
    /// Something is no longer allowed.
    pub withdraws: bool,
    /// Something more is denied, or a boundary leaves less.
    pub restrains: bool,
    /// Something is no longer denied, or a boundary leaves more.
    pub relaxes: bool,
    /// Somebody may no longer assume the role.
    pub bars: bool,
    /// Somebody more may assume the role.
    pub admits: bool,
}

/// What is not known may do everything to a principal's policies.
pub const ANYTHING: Effect = Effect { grants: true, withdraws: true, restrains: true, relaxes: true, bars: false, admits: false };

/// The statements of one effect, as texts with what decides their meaning.
fn texts(document: Option<&Document>, deny: bool) -> BTreeSet<String> {
    let version = document.and_then(|d| d.value().get("Version")).map(Value::to_string).unwrap_or_default();
    let list = document.map(Document::statements).unwrap_or_default();
    list.iter().filter(|s| is_deny(s) == deny).map(|s| format!("{version}{s}")).collect()
}

/// Whether a statement denies.
pub fn is_deny(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str).is_some_and(|e| e.eq_ignore_ascii_case("deny"))
}

/// The statements of one effect as policies that allow.
fn as_allows(document: &Document, deny: bool) -> PrincipalPolicies {
    let mut statements: Vec<Value> = document.statements().iter().filter(|s| is_deny(s) == deny).cloned().collect();
    for statement in statements.iter_mut().filter_map(Value::as_object_mut) {
        statement.insert("Effect".to_owned(), "Allow".into());
    }
    let mut whole = document.value().clone();
    if let Some(object) = whole.as_object_mut() {
        object.insert("Statement".to_owned(), Value::Array(statements));
    }
    PrincipalPolicies { identity: vec![(String::new(), Document::new(whole))], ..PrincipalPolicies::default() }
}

impl Effect {
    /// Of a policy that takes the place of another; `None` is not a policy. Statements are compared as texts: what differs counts as more
    /// and as less.
    pub fn of(before: Option<&Document>, after: Option<&Document>) -> Self {
        let of = |deny| {
            let (old, new) = (texts(before, deny), texts(after, deny));
            (new.difference(&old).next().is_some(), old.difference(&new).next().is_some())
        };
        let ((grants, withdraws), (restrains, relaxes)) = (of(false), of(true));
        Self { grants, withdraws, restrains, relaxes, ..Self::default() }
    }

    /// Of a trust policy that takes the place of another, by its text; `None` is a role that is not there.
    pub fn of_trust(before: Option<&Document>, after: &Document) -> Self {
        let effect = Self::of(before, Some(after));
        let admits = before.is_none() || effect.grants || effect.relaxes;
        Self { bars: before.is_some() && (effect.withdraws || effect.restrains), admits, ..Self::default() }
    }

    /// The same by what the statements mean: a statement that only became wider takes nothing away.
    #[must_use]
    pub fn proven(self, before: &Document, after: &Document) -> Self {
        let options = Options { steps: 200_000, names: false };
        let within = |wide: &Document, narrow: &Document, deny| {
            covers(&as_allows(wide, deny), &as_allows(narrow, deny), &Subject::Anyone, options) == Coverage::Covered
        };
        let both = |(more, less): (bool, bool), deny| match (more, less) {
            (true, true) => (!within(before, after, deny), !within(after, before, deny)),
            one => one,
        };
        let (grants, withdraws) = both((self.grants, self.withdraws), false);
        let (restrains, relaxes) = both((self.restrains, self.relaxes), true);
        Self { grants, withdraws, restrains, relaxes, ..self }
    }

    /// Of a policy as a boundary: what it denied or left out is restraint.
    #[must_use]
    pub fn as_boundary(self) -> Self {
        let (restrains, relaxes) = (self.restrains || self.withdraws, self.relaxes || self.grants);
        Self { restrains, relaxes, ..Self::default() }
    }

    /// Both effects.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            grants: self.grants || other.grants,
            withdraws: self.withdraws || other.withdraws,
            restrains: self.restrains || other.restrains,
            relaxes: self.relaxes || other.relaxes,
            bars: self.bars || other.bars,
            admits: self.admits || other.admits,
        }
    }

    /// When a call of this effect is due.
    pub fn phase(self) -> Phase {
        if self.admits {
            return Phase::Admit;
        }
        match (self.grants, self.withdraws, self.restrains, self.relaxes) {
            (false, false, _, false) => Phase::Restrain,
            (true, false, true, false) => Phase::RestrainAndGrant,
            (true, false, false, false) => Phase::Grant,
            (false, true, false, false) => Phase::Withdraw,
            (_, true, false, true) | (true, false, false, true) => Phase::WithdrawAndRelax,
            (false, false, false, true) => Phase::Relax,
            (true, true, _, false) | (_, _, true, true) | (false, true, true, false) => Phase::Exchange,
        }
    }

    /// Whether it does one thing only.
    pub fn is_pure(self) -> bool {
        [self.grants, self.withdraws, self.restrains, self.relaxes, self.bars, self.admits].iter().filter(|does| **does).count()
            <= 1
    }
}

/// When a document's replacement is due.
pub(super) fn replacing(before: &Document, after: &Document) -> Phase {
    Effect::of(Some(before), Some(after)).phase()
}

/// When a trust document's replacement is due: one that only takes statements away or adds denies comes early.
pub(super) fn replacing_trust(before: Option<&Document>, after: &Document) -> Phase {
    Effect::of_trust(before, after).phase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(statements: &str) -> Document {
        Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
    }

    const ALLOW: &str = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    const LESS: &str = r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#;
    const DENY: &str = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#;

    #[test]
    fn added_denies_come_first_and_lifted_denies_last() {
        let both = doc(&format!("{ALLOW},{DENY}"));
        assert_eq!(replacing(&doc(ALLOW), &both), Phase::Restrain);
        assert_eq!(replacing(&both, &doc(ALLOW)), Phase::Relax);
        assert_eq!(replacing(&doc(""), &doc(ALLOW)), Phase::Grant);
        assert_eq!(replacing(&doc(ALLOW), &doc("")), Phase::Withdraw);
        assert_eq!(replacing(&doc(""), &both), Phase::RestrainAndGrant);
        assert_eq!(replacing(&both, &doc("")), Phase::WithdrawAndRelax);
    }

    #[test]
    fn a_statement_that_became_wider_takes_nothing_away() {
        let (less, more) = (doc(LESS), doc(ALLOW));
        assert_eq!(Effect::of(Some(&less), Some(&more)).phase(), Phase::Exchange);
        assert_eq!(Effect::of(Some(&less), Some(&more)).proven(&less, &more).phase(), Phase::Grant);
        assert_eq!(Effect::of(Some(&more), Some(&less)).proven(&more, &less).phase(), Phase::Withdraw);
    }
}
