//! What carries an earlier name of the stack (`formerly:`) and is not declared: it stays until somebody names it. Another stack may go by
//! that name, and the plan that rewrites the marks is the first that shows which entities the specs cover.

use std::collections::BTreeMap;

use super::context::Context;
use super::draft::Diff;
use super::policies;
use crate::diag::Severity;
use crate::model::{Seen, Tags};
use crate::names::Address;
use crate::scope::Owner;

/// The earlier name that an entity carries as its owner's, unless its deletion is allowed by name.
pub(super) fn name(cx: &Context<'_>, address: &Address, tags: &Seen<Tags>) -> Option<String> {
    match cx.owner(address.kind, tags) {
        Owner::Formerly(old) if !cx.settings.options.allow_delete.contains(address) => Some(old),
        Owner::Ours | Owner::Formerly(_) | Owner::Stack(_) | Owner::CloudFormation(_) | Owner::Nobody | Owner::Unknown => None,
    }
}

/// The earlier name by which an entity remembers attachments, where it remembers none by today's.
pub(super) fn remembered(cx: &Context<'_>, tags: &Tags) -> Option<String> {
    let memories = cx.marks().all_memories(tags);
    let stacks: Vec<&String> = memories.iter().filter_map(|key| tags.get(key)).collect();
    if stacks.iter().any(|stack| **stack == cx.settings.stack) { None } else { stacks.first().map(|stack| (*stack).clone()) }
}

/// Says what stays: by earlier name, the entities.
pub(super) fn note(diff: &mut Diff, all: BTreeMap<String, Vec<Address>>) {
    for (old, entities) in all {
        let names: Vec<String> = entities.iter().map(|address| format!("`{address}`")).collect();
        let (noun, verb, stay, them) = match entities.len() {
            1 => ("entity", "carries", "stays as it is", "it"),
            _ => ("entities", "carry", "stay as they are", "them"),
        };
        let message = format!(
            "{} {noun} that no spec declares {verb} the stack name `{old}`, which `formerly` lists, and {stay}: {}",
            entities.len(),
            policies::list(&names)
        );
        let help = format!(
            "if `{old}` is a stack that is still in use, take it out of `formerly`; else declare {them}, or delete {them} with \
             `--allow-delete ADDRESS`"
        );
        diff.say(Severity::Warning, "formerly-undeclared", message, &help);
    }
}
