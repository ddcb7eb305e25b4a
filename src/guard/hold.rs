//! `hold`: the document that a rollback went back from is not shipped again until its spec changes.

use crate::diff::Diff;
use crate::plan::GuardRefusal;

pub(super) fn check(diff: &Diff) -> Vec<GuardRefusal> {
    diff.held
        .iter()
        .map(|(address, version)| GuardRefusal {
            guard: "hold".to_owned(),
            message: format!(
                "`{address}` was rolled back from {version}, and the specs still declare that document: change its spec, or release the hold"
            ),
            r#override: Some(format!("--release-hold={address}")),
        })
        .collect()
}
