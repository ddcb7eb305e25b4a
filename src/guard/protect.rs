//! `protect`: what carries `iamctl:protect` is neither deleted nor replaced; unprotecting is an apply of its own.

use crate::diff::{Context, Diff};
use crate::plan::GuardRefusal;

pub(super) fn check(cx: &Context<'_>, diff: &Diff) -> Vec<GuardRefusal> {
    diff.protected
        .iter()
        .map(|address| GuardRefusal {
            guard: "protect".to_owned(),
            message: if cx.desired.declares(address) {
                format!("`{address}` is protected and is not replaced: first apply its spec without `protect: true` and without `--replace`")
            } else if cx.settings.options.destroy {
                format!("`{address}` is protected: first apply a spec that declares it without `protect: true`, or `release: [{address}]`")
            } else {
                format!("`{address}` is protected: declare it again, or first apply a spec that declares it without `protect: true`, or `release: [{address}]`")
            },
            r#override: None,
        })
        .collect()
}
