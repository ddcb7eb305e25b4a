//! What policies read besides documents: tags and ARNs. A call that changes one of these belongs to the state of whoever holds such a policy.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use super::effects::Effects;
use crate::diff::{ANYTHING, Context};
use crate::holdings::AccountState;
use crate::model::{Act, Snapshot};
use crate::names::{Address, EntityKind};
use crate::planner::access::{self, Trait};
use crate::planner::reads;

/// A principal whose policies read what calls change, where no state on the way is proven.
#[derive(Debug)]
pub(super) struct Reading {
    /// Whose access hangs on it.
    pub reader: Address,
    /// The calls that change its access, and those that change what is read.
    pub calls: BTreeSet<usize>,
    /// What is read, in words.
    pub what: String,
}

/// The calls that change tags or the ARN of each entity, with what they change.
type Changing = BTreeMap<Address, BTreeMap<usize, Trait>>;

/// Counts the calls that change what a principal's own policies read of it among the calls that touch its access, and returns what is
/// read of other entities, or of the principal under another name. `cx`: the account with the names that the plan gives.
pub(super) fn add(cx: &Context<'_>, end: &Snapshot, nodes: &[Node<'_>], effects: &mut Effects) -> Vec<Reading> {
    let changing = changing(cx, nodes);
    if changing.is_empty() {
        return Vec::new();
    }
    let ends = [AccountState::of_snapshot(cx.snapshot), AccountState::of_snapshot(end)];
    let mut found = Vec::new();
    for (entity, calls) in &changing {
        let own: BTreeSet<usize> = effects.get(entity).into_iter().flat_map(BTreeMap::keys).copied().collect();
        if !matches!(entity.kind, EntityKind::Role | EntityKind::User) || own.len() + calls.len() <= 1 {
            continue;
        }
        let held = ends.each_ref().map(|state| access::held(state, entity));
        let reads = |what: &Trait| held.iter().any(|held| held.as_ref().is_ok_and(|held| held.speaks_of(what)));
        for (call, what) in calls.iter().filter(|(_, what)| reads(what)) {
            let renames = nodes.get(*call).is_some_and(|node| node.operation.renames().is_some());
            if !renames {
                effects.entry(entity.clone()).or_default().insert(*call, ANYTHING);
            } else if !own.is_empty() {
                let calls = own.iter().copied().chain([*call]).collect();
                found.push(Reading {
                    reader: entity.clone(),
                    calls,
                    what: format!("a policy reads the {} of `{entity}`", what.noun()),
                });
            }
        }
    }
    found.extend(of_others(cx, end, effects, &changing));
    found
}

/// What is read of other entities, by principals whose access changes otherwise too, or of which several things change.
fn of_others(cx: &Context<'_>, end: &Snapshot, effects: &Effects, changing: &Changing) -> Vec<Reading> {
    let several: BTreeSet<&Address> = changing.iter().filter(|(_, calls)| calls.len() > 1).map(|(entity, _)| entity).collect();
    let touched = |reader: &Address| effects.get(reader).is_some_and(|calls| !calls.is_empty());
    let wanted = |reader: &Address, entity: &Address| {
        reader != entity && changing.contains_key(entity) && (touched(reader) || several.contains(entity))
    };
    if several.is_empty() && effects.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for ((reader, entity), what) in reads::pairs(cx.snapshot, end, &wanted) {
        let own = effects.get(&reader).into_iter().flat_map(BTreeMap::keys);
        let theirs = changing.get(&entity).into_iter().flat_map(BTreeMap::keys);
        let calls: BTreeSet<usize> = own.chain(theirs).copied().collect();
        if calls.len() > 1 {
            found.push(Reading { reader, calls, what });
        }
    }
    found
}

fn changing(cx: &Context<'_>, nodes: &[Node<'_>]) -> Changing {
    let mut found = Changing::new();
    for (i, node) in nodes.iter().enumerate() {
        let entity = node.operation.renames().or_else(|| node.subject.clone());
        let Some(entity) = entity.filter(|entity| cx.snapshot.arn_of(entity).is_some()) else { continue };
        let seen = cx.snapshot.tags_of(&entity).and_then(|tags| tags.value());
        let what = match node.operation.act() {
            Act::Tag(tags) => {
                let differs = |key: &String, value: &String| seen.is_none_or(|seen| seen.get(key) != Some(value));
                Trait::tags(tags.iter().filter(|(key, value)| differs(key, value)).map(|(key, _)| key))
            }
            Act::Untag(keys) => Trait::tags(keys),
            Act::Move | Act::Rename(_) => Trait::Arn,
            _ => continue,
        };
        found.entry(entity).or_default().insert(i, what);
    }
    found
}
