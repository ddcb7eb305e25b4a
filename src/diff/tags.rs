//! Tags: what the spec lists, iamctl's own marks, and what `ignore:` leaves to others.

use serde_json::{Value, json};

use super::attachments::Residue;
use super::context::Context;
use super::draft::{Draft, Phase};
use crate::model::{Operation, TAGS_PER_ENTITY, Tags};
use crate::names::{Address, EntityKind};
use crate::scope::{find, glob_matches, is_reserved_key};

/// What has to be done to an entity's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TagDiff {
    pub set: Tags,
    pub unset: Vec<String>,
    /// What comes off before anything else of the change.
    pub unset_first: Vec<String>,
    /// Whether a mark of iamctl's own is among what is set: the rest of the change rests on it.
    pub marks: bool,
}

/// Compares wanted tags (marks included) with those there. `exclusive` also removes what is not listed.
pub(super) fn compare(cx: &Context<'_>, kind: EntityKind, want: &Tags, seen: &Tags, exclusive: bool) -> TagDiff {
    let mut diff = TagDiff::default();
    for (key, value) in want {
        // Where keys ignore case, IAM takes the new spelling; policies that read the tag may not.
        if seen.get(key) != Some(value) {
            diff.marks |= is_reserved_key(key, &cx.settings.tag_key);
            diff.set.insert(key.clone(), value.clone());
        }
    }
    if exclusive {
        let ignored = |key: &str| cx.settings.ignore.tags.iter().any(|pattern| glob_matches(pattern, key));
        diff.unset = seen
            .keys()
            .filter(|key| find(kind, want, key).is_none() && !is_reserved_key(key, &cx.settings.tag_key) && !ignored(key))
            .cloned()
            .collect();
    }
    diff
}

/// Records a tag difference as one field and as few calls as possible: what is set comes first (a memory is written before its
/// attachment), what is unset goes last (a memory goes after it), unless fifty tags leave no room. Nothing rests on tags that are not
/// iamctl's own, so a caller who may not set them is kept from nothing else.
pub(super) fn apply(draft: &mut Draft, address: &Address, arn: &str, seen: &Tags, diff: TagDiff, residue: Residue) {
    let kind = address.kind;
    let (mut set, mut forget) = (diff.set, residue.forget);
    let first = diff.marks || !residue.remember.is_empty();
    set.extend(residue.remember);
    forget.sort();
    forget.dedup();
    if set.is_empty() && diff.unset.is_empty() && diff.unset_first.is_empty() && forget.is_empty() {
        return;
    }
    let mut after = seen.clone();
    for (key, value) in &set {
        after.retain(|k, _| !(kind.tag_keys_ignore_case() && k.eq_ignore_ascii_case(key)));
        after.insert(key.clone(), value.clone());
    }
    let crowded = after.len() > TAGS_PER_ENTITY && !set.is_empty();
    after.retain(|k, _| !diff.unset.contains(k) && !diff.unset_first.contains(k) && !forget.contains(k));
    draft.field("tags", value(seen), value(&after));
    if !diff.unset_first.is_empty() {
        draft.call(Phase::Mark, Operation::untag(address, arn, diff.unset_first));
    }
    let mut last = forget;
    if crowded && !diff.unset.is_empty() {
        draft.call(Phase::Mark, Operation::untag(address, arn, diff.unset));
    } else {
        last.extend(diff.unset);
        last.sort();
    }
    if !set.is_empty() {
        draft.call(if first && !crowded { Phase::Mark } else { Phase::Make }, Operation::tag(address, arn, set));
    }
    if !last.is_empty() {
        draft.call(Phase::Unmark, Operation::untag(address, arn, last));
    }
}

/// Tags as a plan shows them; no tags are `{}`.
pub(super) fn value(tags: &Tags) -> Value {
    json!(tags)
}
