//! Trusts that change only because someone else applies.

use crate::diag::Finding;
use crate::model::{Desired, Snapshot};
use crate::names::{Address, EntityKind};
use crate::policy::{self, DocumentKind};
use crate::spec::Loaded;

/// A warning for each role whose trust names `${caller_arn}` and would be what it is but for another caller. `caller`: the principal that the
/// variable stands for in this run.
pub(super) fn changes(loaded: &Loaded, desired: &Desired, snapshot: &Snapshot, caller: &str) -> Vec<Finding> {
    if !loaded.texts.mention("caller_arn") {
        return Vec::new();
    }
    let same = |a: &policy::Document, b: &policy::Document| policy::equal(a, b, DocumentKind::Trust, &snapshot.account.partition);
    let changed = desired.roles.iter().filter_map(|(name, want)| {
        let (name, role) = snapshot.roles.get_key_value(name)?;
        let now = role.trust.value()?;
        if same(now, &want.trust) || !want.trust.principals().any(|p| p.kind == "AWS" && p.value == caller) {
            return None;
        }
        // With another principal in place of the caller, the trust is as it is.
        let mut others = now.principals().filter(|p| p.kind == "AWS" && p.value != caller).map(|p| p.value.to_owned());
        let other = others.find(|other| {
            let swapped = want.trust.map_principals(&mut |kind, value| (kind == "AWS" && value == caller).then(|| other.clone()));
            same(now, &swapped)
        })?;
        let message = format!(
            "its trust names `${{caller_arn}}`, which was `{other}` and is `{caller}`: it changes because someone else applies"
        );
        let finding = Finding::warning("caller-arn-changes", message)
            .help("name the principal instead: `aws: role/NAME`, or its ARN")
            .at(want.trust_place.clone());
        Some(Finding { address: Some(Address::new(EntityKind::Role, name)), ..finding })
    });
    changed.collect()
}
