//! What differs between what is wanted and what is there, one file per kind of entity, each difference with the calls that
//! mend it. No order among calls of different entities is decided here: a call carries its [`Phase`] and no more.

mod attachments;
mod boundaries;
mod context;
mod documents;
mod draft;
mod groups;
mod linked;
mod policies;
mod profiles;
mod providers;
mod prune;
mod replace;
mod roles;
mod rollback;
mod tags;
mod users;

pub use context::Context;
pub use draft::{Call, Diff, Draft, Phase};
pub use prune::owned;
pub use rollback::rollback;

/// Compares everything that is declared, and everything that is owned and no longer declared.
pub fn compare(cx: &Context<'_>) -> Diff {
    let mut diff = Diff::default();
    providers::compare(cx, &mut diff);
    policies::compare(cx, &mut diff);
    roles::compare(cx, &mut diff);
    profiles::compare(cx, &mut diff);
    linked::compare(cx, &mut diff);
    users::compare(cx, &mut diff);
    groups::compare(cx, &mut diff);
    prune::compare(cx, &mut diff);
    replace::resave_trusts(cx, &mut diff);
    let observed = |address: &crate::names::Address| cx.desired.manage(address) == Some(crate::model::Manage::Observe);
    for draft in diff.drafts.iter_mut().filter(|draft| observed(&draft.address)) {
        draft.calls.clear();
        draft.reason = format!("{}; it is observed alone, and nothing is written", draft.reason);
    }
    diff.tidy();
    diff
}
