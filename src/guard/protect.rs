//! `protect`: what carries `iamctl:protect` is neither deleted nor replaced; unprotecting is an apply of its own.

use crate::diff::Diff;
use crate::plan::GuardRefusal;

pub(super) fn check(diff: &Diff) -> Vec<GuardRefusal> {
    diff.protected
        .iter()
        .map(|address| GuardRefusal {
            guard: "protect".to_owned(),
            message: format!(
                "`{address}` is protected: declare it again, or first apply a spec that declares it without `protect: true`, or `release: [{address}]`"
            ),
            r#override: None,
        })
        .collect()
}
