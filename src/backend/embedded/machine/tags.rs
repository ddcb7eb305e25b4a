//! Tags: keys, values, fifty of them; on roles and users keys ignore case (iam-facts 2.4).

use super::refusal::{Checked, Refusal};
use crate::model::{TAGS_PER_ENTITY, Tags};
use crate::names::{EntityKind, check_tag_key, check_tag_value};

/// Tags of a new entity.
pub(super) fn new(kind: EntityKind, tags: &Tags) -> Checked<Tags> {
    let mut all = Tags::new();
    put(kind, &mut all, tags)?;
    Ok(all)
}

/// Checks that a request's tags can be put, whatever is there.
pub(super) fn check(kind: EntityKind, tags: &Tags) -> Checked {
    if tags.len() > TAGS_PER_ENTITY {
        return Err(Refusal::constraint("[...]", "tags", &format!("have length less than or equal to {TAGS_PER_ENTITY}")));
    }
    for (key, value) in tags {
        key_is_good(key)?;
        if check_tag_value(value).is_err() {
            return Err(if value.chars().count() > 256 {
                Refusal::constraint(value, "tags.member.value", "have length less than or equal to 256")
            } else {
                Refusal::constraint(
                    value,
                    "tags.member.value",
                    "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
                )
            });
        }
    }
    if kind.tag_keys_ignore_case() {
        let mut folded: Vec<_> = tags.keys().map(|k| k.to_lowercase()).collect();
        folded.sort();
        if folded.windows(2).any(|w| w.first() == w.last()) {
            return Err(Refusal::invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
    }
    Ok(())
}

fn key_is_good(key: &str) -> Checked {
    if check_tag_key(key).is_ok() {
        return Ok(());
    }
    let length = key.chars().count();
    Err(if length > 128 {
        Refusal::constraint(key, "tags.member.key", "have length less than or equal to 128")
    } else if length == 0 {
        Refusal::constraint(key, "tags.member.key", "have length greater than or equal to 1")
    } else if key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:")) {
        Refusal::invalid("aws: prefixed tag key names are not allowed for external use.")
    } else {
        Refusal::constraint(key, "tags.member.key", "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+")
    })
}

/// TagX: puts tags, replacing equal keys; where keys ignore case the new spelling stays.
pub(super) fn put(kind: EntityKind, there: &mut Tags, tags: &Tags) -> Checked {
    check(kind, tags)?;
    let mut all = there.clone();
    for (key, value) in tags {
        take(kind, &mut all, key);
        all.insert(key.clone(), value.clone());
    }
    if all.len() > TAGS_PER_ENTITY && all.len() > there.len() {
        return Err(Refusal::limit("The number of tags has reached the maximum limit."));
    }
    *there = all;
    Ok(())
}

/// Checks the keys of an UntagX.
pub(super) fn check_keys(keys: &[String]) -> Checked {
    if keys.len() > TAGS_PER_ENTITY {
        return Err(Refusal::constraint("[...]", "tagKeys", &format!("have length less than or equal to {TAGS_PER_ENTITY}")));
    }
    keys.iter().try_for_each(|k| key_is_good(k))
}

/// UntagX: absent keys are no error.
pub(super) fn take_all(kind: EntityKind, there: &mut Tags, keys: &[String]) {
    for key in keys {
        take(kind, there, key);
    }
}

fn take(kind: EntityKind, there: &mut Tags, key: &str) {
    if kind.tag_keys_ignore_case() {
        let folded = key.to_lowercase();
        there.retain(|k, _| k.to_lowercase() != folded);
    } else {
        there.remove(key);
    }
}
