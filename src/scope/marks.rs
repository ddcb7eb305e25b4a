//! The tags that iamctl writes for itself: ownership, protection, and the memory of additive attachments.

use sha2::{Digest, Sha256};

use super::Settings;
use crate::model::{Act, Operation, Tags};
use crate::names::EntityKind;

/// Guards an entity against pruning.
const PROTECT: &str = "iamctl:protect";
/// On users that iamctl made, the only ones it may delete.
const CREATED: &str = "iamctl:created";
/// On what was there before this stack took it.
const ADOPTED: &str = "iamctl:adopted";
/// On what `create_only` creates, until it is complete: the name of the stack.
const MAKING: &str = "iamctl:making";
/// Begins the key of the memory of the tags that a stack set.
const TAGS: &str = "iamctl:tags:";
/// Begins the key of each memory tag.
const MEMORY: &str = "iamctl:attached:";

/// Whether a tag is a memory of an additive attachment, of any stack.
pub fn is_memory_key(key: &str) -> bool {
    key.get(..MEMORY.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(MEMORY))
}

/// Whether a tag is a memory of the tags that a stack set: it goes with these tags.
pub fn is_tag_memory_key(key: &str) -> bool {
    key.get(..TAGS.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(TAGS))
}

/// Whether a call writes memories of attachments and nothing else. What it remembers waits for it and can be done without it.
pub fn remembers(operation: &Operation) -> bool {
    matches!(operation.act(), Act::Tag(tags) if tags.keys().all(|key| is_memory_key(key)))
}

/// Whether a tag key is AWS's or iamctl's own, so that no spec lists it and `exclusive` does not remove it.
pub fn is_reserved_key(key: &str, tag_key: &str) -> bool {
    let begins = |prefix: &str| key.get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix));
    begins("aws:") || begins("iamctl:") || key.eq_ignore_ascii_case(tag_key)
}

/// Five hexadecimal digits of a text, in which letter case does not count: fifty of them fit into one tag.
fn digits(text: &str) -> String {
    Sha256::digest(text.to_lowercase()).iter().take(3).map(|b| format!("{b:02x}")).collect::<String>().chars().take(5).collect()
}

/// Writes and reads this stack's marks.
#[derive(Clone, Copy, Debug)]
pub struct Marks<'a>(pub &'a Settings);

impl Marks<'_> {
    /// The marks of an owned entity.
    pub fn owned(self, kind: EntityKind, protect: bool, created: bool) -> Tags {
        let mut tags = Tags::from([(self.0.tag_key.clone(), self.0.stack.clone())]);
        if protect {
            tags.insert(PROTECT.to_owned(), "true".to_owned());
        }
        if created && kind == EntityKind::User {
            tags.insert(CREATED.to_owned(), "true".to_owned());
        }
        tags
    }

    /// The mark of what was there before.
    pub fn adopted(self) -> Tags {
        Tags::from([(ADOPTED.to_owned(), "true".to_owned())])
    }

    /// Whether the entity was there before a stack took it.
    pub fn is_adopted(self, kind: EntityKind, tags: &Tags) -> bool {
        super::find(kind, tags, ADOPTED).is_some()
    }

    /// The mark of what `create_only` creates, until all that belongs to it is there.
    pub fn making(self) -> Tags {
        Tags::from([(MAKING.to_owned(), self.0.stack.clone())])
    }

    /// The key of that mark, where this stack left it: the creation was broken off.
    pub fn unfinished(self, kind: EntityKind, tags: &Tags) -> Option<&'static str> {
        super::find(kind, tags, MAKING).filter(|stack| self.is_stack(stack)).map(|_| MAKING)
    }

    /// The memory of the tags that this stack sets on something that others tag too: one tag, with five digits for each key.
    pub fn tag_memory(self, keys: &Tags) -> Tags {
        if keys.is_empty() {
            return Tags::new();
        }
        let value: String = keys.keys().map(|key| digits(key)).collect();
        Tags::from([(format!("{TAGS}{}", digits(&self.0.stack)), value)])
    }

    /// The key of that memory, if it is there, under today's name of the stack or an earlier one.
    pub fn tag_memories(self, tags: &Tags) -> Vec<String> {
        let keys = self.0.stacks().into_iter().map(|stack| format!("{TAGS}{}", digits(&stack)));
        keys.filter(|key| tags.contains_key(key)).collect()
    }

    /// Whether this stack set a tag.
    pub fn remembers_tag(self, tags: &Tags, key: &str) -> bool {
        let wanted = digits(key);
        let memories = self.tag_memories(tags);
        let mut values = memories.iter().filter_map(|memory| tags.get(memory));
        values.any(|value| value.as_bytes().chunks(wanted.len()).any(|chunk| chunk == wanted.as_bytes()))
    }

    /// Whether the entity's own tag guards it against being deleted or replaced.
    pub fn is_protected(self, kind: EntityKind, tags: &Tags) -> bool {
        super::find(kind, tags, PROTECT).is_some_and(|v| !v.eq_ignore_ascii_case("false"))
    }

    /// Whether iamctl made this user.
    pub fn is_created(self, tags: &Tags) -> bool {
        super::find(EntityKind::User, tags, CREATED).is_some()
    }

    /// The key of the protection tag.
    pub fn protect_key(self) -> &'static str {
        PROTECT
    }

    /// Marks of this stack that a release takes off: ownership, protection, creation, a hold, and its memories.
    pub fn to_release(self, tags: &Tags) -> Vec<String> {
        let owned = tags.iter().any(|(k, v)| k.eq_ignore_ascii_case(&self.0.tag_key) && self.is_stack(v));
        tags.iter()
            .filter(|(key, value)| {
                let own = key.eq_ignore_ascii_case(&self.0.tag_key)
                    || [PROTECT, CREATED, ADOPTED, super::HOLD].iter().any(|k| key.eq_ignore_ascii_case(k));
                (owned && own) || (is_memory_key(key) && self.is_stack(value))
            })
            .map(|(key, _)| key.clone())
            .chain(self.tag_memories(tags))
            .collect()
    }

    /// Whether a mark's value names this stack, today or formerly.
    pub fn is_stack(self, value: &str) -> bool {
        value == self.0.stack || self.0.formerly.iter().any(|old| old == value)
    }

    /// The memory of an attachment: `managed` by ARN, `inline` by name. The key is readable where it can be, and exact by its
    /// hash, because tag keys are shorter and poorer in characters than ARNs.
    pub fn memory_key(self, what: &str, ident: &str) -> String {
        self.memory_key_of(&self.0.stack, what, ident)
    }

    fn memory_key_of(self, stack: &str, what: &str, ident: &str) -> String {
        let hash = Sha256::digest(format!("{stack}\0{what}\0{ident}"));
        let short: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        let name = ident.rsplit('/').next().unwrap_or(ident);
        let readable: String =
            name.chars().take(64).map(|c| if c.is_ascii_alphanumeric() || "_.=+-@".contains(c) { c } else { '-' }).collect();
        format!("{MEMORY}{what}/{readable}:{short}")
    }

    /// The memory tags that are there for an attachment: under today's stack name and under earlier ones.
    pub fn memories(self, tags: &Tags, what: &str, ident: &str) -> Vec<String> {
        self.0
            .stacks()
            .iter()
            .map(|stack| (stack, self.memory_key_of(stack, what, ident)))
            .filter(|(stack, key)| tags.get(key) == Some(*stack))
            .map(|(_, key)| key)
            .collect()
    }

    /// The other stacks that remember an attachment as theirs.
    pub fn others(self, tags: &Tags, what: &str, ident: &str) -> Vec<String> {
        tags.iter()
            .filter(|(key, stack)| is_memory_key(key) && !self.is_stack(stack))
            .filter(|(key, stack)| **key == self.memory_key_of(stack, what, ident))
            .map(|(_, stack)| stack.clone())
            .collect()
    }

    /// The other stacks that attached something to an entity.
    pub fn other_stacks(self, tags: &Tags) -> std::collections::BTreeSet<String> {
        tags.iter().filter(|(key, stack)| is_memory_key(key) && !self.is_stack(stack)).map(|(_, stack)| stack.clone()).collect()
    }

    /// Every memory tag of this stack on an entity.
    pub fn all_memories(self, tags: &Tags) -> Vec<String> {
        tags.iter().filter(|(k, v)| is_memory_key(k) && self.is_stack(v)).map(|(k, _)| k.clone()).collect()
    }
}
