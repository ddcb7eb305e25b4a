//! What policies read besides documents: tags and ARNs. A call that changes one of these belongs to the state of whoever holds such a policy.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use super::effects::Effects;
use super::others::Watched;
use super::prove::Account;
use crate::diff::{ANYTHING, Context, Effect};
use crate::holdings::AccountState;
use crate::model::{Act, Snapshot};
use crate::names::{Address, EntityKind};
use crate::planner::access::{self, Held, Trait};
use crate::planner::reads;

/// The calls that change tags or the ARN of each entity, with what they change.
type Changing = BTreeMap<Address, BTreeMap<usize, Trait>>;

/// Counts the calls that change what a principal's policies read, of itself or of others, among the calls that touch its access, and
/// returns the others by reader.
pub(super) fn add(
    Account { cx: real, named: cx, .. }: &Account<'_>,
    end: &Snapshot,
    nodes: &[Node<'_>],
    effects: &mut Effects,
) -> BTreeMap<Address, Vec<Watched>> {
    let changing = changing(cx, nodes);
    if changing.is_empty() {
        return BTreeMap::new();
    }
    let ends = [AccountState::of_snapshot(cx.snapshot), AccountState::of_snapshot(end)];
    let renames =
        nodes.iter().filter_map(|node| Some((node.operation.renames()?, real.snapshot.arn_of(node.subject.as_ref()?)?)));
    let watched = of_others([cx.snapshot, end], &renames.collect(), effects, &changing);
    for (entity, calls) in &changing {
        let own: BTreeSet<usize> = effects.get(entity).into_iter().flat_map(BTreeMap::keys).copied().collect();
        if !matches!(entity.kind, EntityKind::Role | EntityKind::User) || own.len() + calls.len() <= 1 {
            continue;
        }
        let held = ends.each_ref().map(|state| access::held(state, entity));
        let reads = |what: &Trait| held.iter().any(|held| held.as_ref().is_ok_and(|held| held.speaks_of(what)));
        for (call, what) in calls.iter().filter(|(_, what)| reads(what)) {
            let trust = |held: &Held| matches!(what, Trait::Tags(keys) if held.trust_reads(keys));
            let trust = held.iter().any(|held| held.as_ref().is_ok_and(trust));
            count(effects, entity, *call, trust);
        }
    }
    for (reader, entities) in &watched {
        for Watched { entity, by } in entities {
            for call in changing.get(entity).into_iter().flat_map(BTreeMap::keys) {
                count(effects, reader, *call, by.trust);
            }
        }
    }
    watched
}

/// Counts a call among those that touch a principal's access; `trust`: also who may assume it.
fn count(effects: &mut Effects, principal: &Address, call: usize, trust: bool) {
    let effect = Effect { bars: trust, admits: trust, ..ANYTHING };
    let known = effects.entry(principal.clone()).or_default().entry(call).or_default();
    *known = known.and(effect);
}

/// What is read of entities as targets or callers, by principals whose access changes otherwise too, or of which several things change.
fn of_others(
    [before, after]: [&Snapshot; 2],
    renamed: &BTreeMap<Address, String>,
    effects: &Effects,
    changing: &Changing,
) -> BTreeMap<Address, Vec<Watched>> {
    let several: BTreeSet<&Address> = changing.iter().filter(|(_, calls)| calls.len() > 1).map(|(entity, _)| entity).collect();
    let touched = |reader: &Address| effects.get(reader).is_some_and(|calls| !calls.is_empty());
    let wanted =
        |reader: &Address, entity: &Address| changing.contains_key(entity) && (touched(reader) || several.contains(entity));
    let mut found: BTreeMap<Address, Vec<Watched>> = BTreeMap::new();
    if several.is_empty() && effects.is_empty() {
        return found;
    }
    for ((reader, entity), by) in reads::pairs(before, after, renamed, &wanted) {
        found.entry(reader).or_default().push(Watched { entity, by });
    }
    // One call alone moves whoever reads what it changes from old to new at once.
    found.retain(|reader, entities| {
        let own = effects.get(reader).into_iter().flat_map(BTreeMap::keys);
        let theirs = entities.iter().filter_map(|one| changing.get(&one.entity)).flat_map(BTreeMap::keys);
        own.chain(theirs).collect::<BTreeSet<_>>().len() > 1
    });
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
