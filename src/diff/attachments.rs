//! Managed and inline policies of roles, users and groups: what comes, what goes, and the memory of what an additive
//! spec put there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::context::Context;
use super::documents::{Effect, replacing};
use super::draft::{Diff, Draft, Phase};
use crate::diag::{Place, Severity};
use crate::model::{Holder, InlinePolicies, Manage, Operation, PolicyRef, Tags};
use crate::names::Address;
use crate::policy::DocumentKind;
use crate::scope::glob_matches;

/// The word of the memory of a managed policy.
pub(super) const MANAGED: &str = "managed";
/// The word of the memory of an inline policy.
pub(super) const INLINE: &str = "inline";

/// What a spec wants attached to one entity.
pub(super) struct Wanted<'a> {
    pub managed: &'a [(PolicyRef, Place)],
    pub inline: &'a InlinePolicies,
    pub manage: Manage,
}

/// What is attached; `None` where it was not read.
pub(super) struct There<'a> {
    pub managed: Option<&'a BTreeSet<String>>,
    pub inline: Option<&'a InlinePolicies>,
    /// Tags, for the memory; groups have none.
    pub tags: Option<&'a Tags>,
}

/// What comparing attachments yields besides fields and calls.
#[derive(Default)]
pub(super) struct Residue {
    /// Memory tags to write before attaching.
    pub remember: Tags,
    /// Memory tags to take off after detaching.
    pub forget: Vec<String>,
    /// Attachments that others made and that stay: ARNs and inline names.
    pub foreign: Vec<String>,
}

impl Wanted<'_> {
    /// The ARNs of the wanted managed policies.
    pub(super) fn arns(&self, cx: &Context<'_>) -> BTreeSet<String> {
        self.managed.iter().map(|(reference, _)| cx.arn(reference)).collect()
    }

    /// The memory tags of everything wanted; empty unless additive.
    pub(super) fn memories(&self, cx: &Context<'_>) -> Tags {
        if !self.manage.remembers() {
            return Tags::new();
        }
        let managed = self.arns(cx).into_iter().map(|arn| cx.marks().memory_key(MANAGED, &arn));
        let inline = self.inline.keys().map(|name| cx.marks().memory_key(INLINE, name));
        managed.chain(inline).map(|key| (key, cx.settings.stack.clone())).collect()
    }
}

/// Compares attachments, adds fields and calls to the draft, and returns what else follows.
pub(super) fn compare(
    cx: &Context<'_>,
    draft: &mut Draft,
    holder: Holder<'_>,
    wanted: &Wanted<'_>,
    there: &There<'_>,
) -> Residue {
    let mut residue = Residue::default();
    compare_managed(cx, draft, holder, wanted, there, &mut residue);
    compare_inline(cx, draft, holder, wanted, there, &mut residue);
    // Memories without their attachment: someone detached by hand, or a run ended between two calls.
    if let Some(tags) = there.tags {
        let live: BTreeSet<String> = wanted.memories(cx).into_keys().collect();
        for key in cx.marks().all_memories(tags) {
            if !live.contains(&key) && !residue.forget.contains(&key) {
                residue.forget.push(key);
            }
        }
    }
    residue
}

fn remembers(cx: &Context<'_>, there: &There<'_>, what: &str, ident: &str) -> Vec<String> {
    there.tags.map(|tags| cx.marks().memories(tags, what, ident)).unwrap_or_default()
}

/// The other stacks that attached something too, and go on wanting it as far as this stack can tell.
fn others(cx: &Context<'_>, there: &There<'_>, what: &str, ident: &str) -> Vec<String> {
    there.tags.map(|tags| cx.marks().others(tags, what, ident)).unwrap_or_default()
}

/// Keeps the memory of one wanted attachment of an additive spec. What was attached before any stack wanted it stays the
/// other's and is not remembered. What another stack attached is remembered beside it, so that the last of them detaches.
fn remember(cx: &Context<'_>, there: &There<'_>, what: &str, ident: &str, attached: bool, out: &mut Residue) {
    if there.tags.is_none() {
        return;
    }
    let key = cx.marks().memory_key(what, ident);
    let known = remembers(cx, there, what, ident);
    let ours = !attached || !known.is_empty() || !others(cx, there, what, ident).is_empty();
    if ours && !known.contains(&key) {
        out.remember.insert(key.clone(), cx.settings.stack.clone());
    }
    out.forget.extend(known.into_iter().filter(|k| *k != key));
}

fn compare_managed(
    cx: &Context<'_>,
    draft: &mut Draft,
    holder: Holder<'_>,
    wanted: &Wanted<'_>,
    there: &There<'_>,
    out: &mut Residue,
) {
    let Some(seen) = there.managed else { return };
    let want = wanted.arns(cx);
    let mut after = seen.clone();
    for arn in &want {
        if wanted.manage.remembers() {
            remember(cx, there, MANAGED, arn, seen.contains(arn), out);
        }
        if !seen.contains(arn) {
            draft.call(cx.coming(arn), holder.attach(arn.clone()));
            after.insert(arn.clone());
        }
    }
    for arn in seen.difference(&want) {
        let known = remembers(cx, there, MANAGED, arn);
        let ignored = cx.settings.ignore.attached_policies.iter().any(|pattern| glob_matches(pattern, arn));
        let goes = match wanted.manage {
            Manage::Exclusive | Manage::Observe => !ignored,
            Manage::Additive | Manage::AttachOnly | Manage::CreateOnly => {
                // A policy that is replaced has a new ARN: whoever wants it lets go of the old one.
                let renewed = cx.renewed(arn).is_some_and(|new| want.contains(&new));
                renewed || (!known.is_empty() && others(cx, there, MANAGED, arn).is_empty())
            }
        };
        if goes {
            draft.call(cx.going(arn), holder.detach(arn.clone()));
            after.remove(arn);
            out.forget.extend(known);
        } else if !known.is_empty() {
            out.forget.extend(known);
            shared(draft, &cx.short(arn), &others(cx, there, MANAGED, arn));
        } else if !ignored {
            out.foreign.push(arn.clone());
        }
    }
    if after != *seen {
        draft.field("managed_policies", json!(seen), json!(after));
    }
}

fn compare_inline(
    cx: &Context<'_>,
    draft: &mut Draft,
    holder: Holder<'_>,
    wanted: &Wanted<'_>,
    there: &There<'_>,
    out: &mut Residue,
) {
    let Some(seen) = there.inline else { return };
    let (mut before, mut after) = (BTreeMap::<&String, Value>::new(), BTreeMap::<&String, Value>::new());
    for (policy, document) in wanted.inline {
        if wanted.manage.remembers() {
            remember(cx, there, INLINE, policy, seen.contains_key(policy), out);
        }
        let phase = match seen.get(policy) {
            Some(old) if cx.same_document(DocumentKind::Identity, old, document) => continue,
            Some(old) => {
                let stacks = others(cx, there, INLINE, policy);
                if !stacks.is_empty() {
                    let stacks = stacks.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ");
                    let text = format!(
                        "inline policy `{policy}` is also the stack {stacks}'s, with another document: each apply undoes the other's"
                    );
                    draft.warnings.push(text);
                } else if wanted.manage.remembers() && there.tags.is_some() && remembers(cx, there, INLINE, policy).is_empty() {
                    draft
                        .warnings
                        .push(format!("inline policy `{policy}` was put there by others, and its document is replaced"));
                }
                before.insert(policy, old.value().clone());
                replacing(old, document)
            }
            None => {
                before.insert(policy, Value::Null);
                Effect::of(None, Some(document)).phase()
            }
        };
        after.insert(policy, document.value().clone());
        draft.call(phase, holder.put(policy.clone(), document.to_compact()));
    }
    for (policy, old) in seen.iter().filter(|(policy, _)| !wanted.inline.contains_key(*policy)) {
        let known = remembers(cx, there, INLINE, policy);
        let ignored = cx.settings.ignore.inline_policies.iter().any(|pattern| glob_matches(pattern, policy));
        let goes = match wanted.manage {
            Manage::Exclusive | Manage::Observe => !ignored,
            Manage::Additive | Manage::AttachOnly | Manage::CreateOnly => {
                !known.is_empty() && others(cx, there, INLINE, policy).is_empty()
            }
        };
        if goes {
            draft.call(Effect::of(Some(old), None).phase(), holder.delete(policy.clone()));
            before.insert(policy, old.value().clone());
            after.insert(policy, Value::Null);
            out.forget.extend(known);
        } else if !known.is_empty() {
            out.forget.extend(known);
            shared(draft, policy, &others(cx, there, INLINE, policy));
        } else if !ignored {
            out.foreign.push(policy.clone());
        }
    }
    if !before.is_empty() {
        draft.field("inline_policies", json!(before), json!(after));
    }
}

/// Says why something that this stack attached stays on.
pub(super) fn shared(draft: &mut Draft, what: &str, stacks: &[String]) {
    let stacks = stacks.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ");
    draft
        .warnings
        .push(format!("`{what}` stays attached: the stack {stacks} attached it too; only this stack's memory of it goes"));
}

/// The calls that take everything off an entity before it is deleted.
pub(super) fn strip(cx: &Context<'_>, draft: &mut Draft, holder: Holder<'_>, there: &There<'_>) {
    for arn in there.managed.into_iter().flatten() {
        draft.call(cx.going(arn), holder.detach(arn.clone()));
    }
    for (policy, document) in there.inline.into_iter().flatten() {
        draft.call(Effect::of(Some(document), None).phase(), holder.delete(policy.clone()));
    }
}

/// The calls that put everything wanted on a new entity.
pub(super) fn dress(cx: &Context<'_>, draft: &mut Draft, holder: Holder<'_>, wanted: &Wanted<'_>) {
    let arns = wanted.arns(cx);
    if !arns.is_empty() {
        draft.field("managed_policies", Value::Null, json!(arns));
    }
    if !wanted.inline.is_empty() {
        let before: BTreeMap<&String, Value> = wanted.inline.keys().map(|name| (name, Value::Null)).collect();
        draft.field("inline_policies", json!(before), json!(wanted.inline));
    }
    for (policy, document) in wanted.inline {
        let text = document.to_compact();
        draft.call(Effect::of(None, Some(document)).phase(), holder.put(policy.clone(), text));
    }
    for arn in arns {
        draft.call(cx.coming(&arn), holder.attach(arn));
    }
}

/// Marks a new `create_only` entity as being made until all that belongs to it is there: a run that is broken off in between would leave
/// it without its denies, and the next one would take it for complete.
pub(super) fn finish(cx: &Context<'_>, draft: &mut Draft, address: &Address, manage: Manage) {
    if manage != Manage::CreateOnly || draft.calls.len() < 2 {
        return;
    }
    let making = cx.marks().making();
    for call in &mut draft.calls {
        if let Operation::CreateRole { tags, .. } | Operation::CreateUser { tags, .. } = &mut call.operation {
            tags.extend(making.clone());
        }
    }
    draft.call(Phase::Unmark, Operation::untag(address, "", making.into_keys().collect()));
}

/// The end of comparing a `create_only` entity that is there: unfinished, it is finished; finished, what differs is a note.
///
/// `tags`: those of a kind that may be found unfinished. `more`: ARNs and inline names of policies that the spec does not list.
pub(super) fn go_on(cx: &Context<'_>, diff: &mut Diff, mut draft: Draft, tags: Option<&Tags>, more: &[String]) {
    let address = draft.address.clone();
    if let Some((tags, key)) = tags.and_then(|tags| Some((tags, cx.marks().unfinished(address.kind, tags)?))) {
        let mut after = tags.clone();
        after.retain(|k, _| !k.eq_ignore_ascii_case(key));
        draft.field("tags", json!(tags), json!(after));
        draft.call(Phase::Unmark, Operation::untag(&address, "", vec![key.to_owned()]));
        diff.push(draft);
        return;
    }
    diff.unchanged += 1;
    let fields = draft.fields.iter().map(|f| format!("`{}`", f.field)).collect::<Vec<_>>().join(", ");
    let more = more.iter().map(|policy| format!("`{}`", cx.short(policy))).collect::<Vec<_>>().join(", ");
    let drift = [("it differs from the spec in", fields), ("it holds what the spec does not list:", more)];
    let drift: Vec<String> =
        drift.iter().filter(|(_, what)| !what.is_empty()).map(|(say, what)| format!("{say} {what}")).collect();
    if !drift.is_empty() {
        let message = format!("{}; `create_only` leaves it as it is", drift.join("; "));
        let help = "add the difference to the spec, or enforce the spec with `manage: exclusive` or `additive`".to_owned();
        diff.find(Severity::Note, "drift", &address, draft.at.as_ref(), message, Some(help));
    }
}
