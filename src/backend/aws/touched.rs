//! What this run has made, written and removed lately: by that alone an error after a write is told from a mistake (iam-facts 4.3).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::model::{Act, Operation, Subject};
use crate::names::{Address, Arn};

/// One entity as errors and requests name it: `role/name` in small letters, or an ARN.
pub(super) type Key = String;

fn key(address: &Address) -> Key {
    address.to_string().to_ascii_lowercase()
}

/// Everything an operation names, the entity it writes to first.
pub(super) fn mentions(operation: &Operation) -> Vec<Key> {
    let (subject, act) = operation.facts();
    let mut found: Vec<Key> = match subject {
        Subject::PolicyArn(arn) | Subject::ProviderArn(arn) => vec![arn.to_owned()],
        Subject::Named(..) | Subject::Url(_) | Subject::Linked(..) => Vec::new(),
    };
    found.extend(subject.address().map(|address| key(&address)));
    found
        .extend(operation.boundary().or(operation.policy_arn()).filter(|arn| !found.iter().any(|k| k == arn)).map(str::to_owned));
    if let Act::Join(kind, name) | Act::Leave(kind, name) = act {
        found.push(key(&Address::new(kind, name)));
    }
    found
}

/// When this run last made, wrote to, and deleted what.
#[derive(Debug, Default)]
pub(super) struct Touched {
    made: BTreeMap<Key, Instant>,
    written: BTreeMap<Key, Instant>,
    removed: BTreeMap<Key, Instant>,
}

/// The part of [`Touched`] that is not older than the window.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    made: BTreeSet<Key>,
    written: BTreeSet<Key>,
    removed: BTreeSet<Key>,
}

impl Touched {
    /// Notes a write that was carried out, and the ARN of what it made.
    pub fn record(&mut self, operation: &Operation, arn: Option<String>, now: Instant) {
        let named = mentions(operation);
        if let Some(subject) = named.first() {
            if operation.creates() {
                self.made.insert(subject.clone(), now);
            }
            if operation.deletes() {
                for key in &named {
                    self.made.remove(key);
                    self.removed.insert(key.clone(), now);
                }
            }
        }
        if let Some(new) = operation.renames() {
            self.made.insert(key(&new), now);
        }
        // A user whose path changes has a new ARN, as young as a new user's.
        if let Some(arn) = arn {
            self.written.insert(arn.clone(), now);
            self.made.insert(arn, now);
        }
        self.written.extend(named.into_iter().map(|key| (key, now)));
    }

    /// What is still recent at `now`.
    pub fn recent(&self, now: Instant, window: Duration) -> Recent {
        let within = |map: &BTreeMap<Key, Instant>| {
            map.iter().filter(|(_, at)| now.saturating_duration_since(**at) < window).map(|(k, _)| k.clone()).collect()
        };
        Recent { made: within(&self.made), written: within(&self.written), removed: within(&self.removed) }
    }
}

impl Recent {
    /// Whether this run made any of these lately.
    pub fn made_any(&self, keys: &[Key]) -> bool {
        keys.iter().any(|k| self.made.contains(k))
    }

    /// Whether this run wrote to any of these lately.
    pub fn wrote_any(&self, keys: &[Key]) -> bool {
        keys.iter().any(|k| self.written.contains(k))
    }

    /// Whether this run deleted any of these lately.
    pub fn removed_any(&self, keys: &[Key]) -> bool {
        keys.iter().any(|k| self.removed.contains(k))
    }

    /// Whether a trust policy names a principal that this run made: by its ARN, or as a role's session.
    pub fn made_principal_in(&self, document: &str) -> bool {
        self.made.iter().filter_map(|k| Arn::parse(k)).any(|arn| {
            let session = format!("\"arn:{}:sts::{}:assumed-role/{}/", arn.partition, arn.account, arn.last_segment());
            document.contains(&format!("\"{arn}\"")) || (arn.resource.starts_with("role/") && document.contains(&session))
        })
    }
}
