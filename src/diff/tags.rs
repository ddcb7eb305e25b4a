//! Tags: what the spec lists, iamctl's own marks, and what `ignore:` leaves to others.

use serde_json::{Value, json};

use super::attachments::Residue;
use super::context::Context;
use super::draft::{Draft, Phase};
use crate::model::{Operation, TAGS_PER_ENTITY, Tags};
use crate::names::{Address, EntityKind};
use crate::scope::{find, glob_matches, is_reserved_key, is_tag_memory_key};

/// What has to be done to an entity's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TagDiff {
    pub set: Tags,
    pub unset: Vec<String>,
    /// What comes off before anything else of the change.
    pub unset_first: Vec<String>,
    /// The marks among what is set: the rest of the change rests on them.
    pub marks: Tags,
}

/// Compares wanted tags (marks included) with those there. `exclusive` also removes what is not listed.
pub(super) fn compare(cx: &Context<'_>, kind: EntityKind, want: &Tags, seen: &Tags, exclusive: bool) -> TagDiff {
    let mut diff = TagDiff::default();
    for (key, value) in want {
        // Where keys ignore case, IAM takes the new spelling; policies that read the tag may not.
        if seen.get(key) != Some(value) {
            let mark = is_reserved_key(key, &cx.settings.tag_key) && !is_tag_memory_key(key);
            let into = if mark { &mut diff.marks } else { &mut diff.set };
            into.insert(key.clone(), value.clone());
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

/// Records a tag difference as one field and as few calls as possible: iamctl's marks and memories come first (a memory is written before
/// its attachment), what is unset goes last (a memory goes after it), unless fifty tags leave no room. Nothing rests on other tags, which
/// have a call of their own: a caller who may not set them is kept from nothing else.
pub(super) fn apply(draft: &mut Draft, address: &Address, arn: &str, seen: &Tags, diff: TagDiff, residue: Residue) {
    let kind = address.kind;
    let (mut first, mut forget) = (diff.marks, residue.forget);
    first.extend(residue.remember);
    forget.sort();
    forget.dedup();
    if first.is_empty() && diff.set.is_empty() && diff.unset.is_empty() && diff.unset_first.is_empty() && forget.is_empty() {
        return;
    }
    let mut after = seen.clone();
    for (key, value) in first.iter().chain(&diff.set) {
        after.retain(|k, _| !(kind.tag_keys_ignore_case() && k.eq_ignore_ascii_case(key)));
        after.insert(key.clone(), value.clone());
    }
    let crowded = after.len() > TAGS_PER_ENTITY && !(first.is_empty() && diff.set.is_empty());
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
    for (phase, set) in [(if crowded { Phase::Make } else { Phase::Mark }, first), (Phase::Make, diff.set)] {
        if !set.is_empty() {
            draft.call(phase, Operation::tag(address, arn, set));
        }
    }
    if !last.is_empty() {
        draft.call(Phase::Unmark, Operation::untag(address, arn, last));
    }
}

/// Tags as a plan shows them; no tags are `{}`.
pub(super) fn value(tags: &Tags) -> Value {
    json!(tags)
}
