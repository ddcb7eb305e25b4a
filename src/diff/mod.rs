//! What differs between what is wanted and what is there, one file per kind of entity, each difference with the calls that
//! mend it. No order among calls of different entities is decided here: a call carries its [`Phase`] and no more.

mod attachments;
mod conflicts;
mod context;
mod documents;
mod draft;
mod earlier;
mod groups;
mod linked;
mod policies;
mod profiles;
mod providers;
mod prune;
mod renames;
mod replace;
mod roles;
mod rollback;
mod tags;
#[cfg(test)]
mod tests;
mod users;

pub use context::Context;
pub use documents::{ANYTHING, Effect, is_deny};
pub use draft::{Call, Diff, Draft, Phase};
pub use prune::owned;
pub use rollback::rollback;

/// Compares everything that is declared, and everything that is owned and no longer declared.
pub fn compare(cx: &Context<'_>) -> Diff {
    let mut diff = Diff::default();
    match renames::find(cx, &mut diff) {
        None => compare_as_named(cx, &mut diff),
        Some(renames) => {
            compare_as_named(&Context { snapshot: &renames.snapshot, ..*cx }, &mut diff);
            renames.add_to(&mut diff);
        }
    }
    let observed = |address: &crate::names::Address| cx.desired.manage(address) == Some(crate::model::Manage::Observe);
    for draft in diff.drafts.iter_mut().filter(|draft| observed(&draft.address)) {
        draft.calls.clear();
        draft.reason = format!("{}; it is observed alone, and nothing is written", draft.reason);
    }
    diff.tidy();
    diff
}

fn compare_as_named(cx: &Context<'_>, diff: &mut Diff) {
    providers::compare(cx, diff);
    policies::compare(cx, diff);
    roles::compare(cx, diff);
    profiles::compare(cx, diff);
    linked::compare(cx, diff);
    users::compare(cx, diff);
    groups::compare(cx, diff);
    prune::compare(cx, diff);
    replace::resave_trusts(cx, diff);
    roles::note_what_names_them(cx, diff);
}
