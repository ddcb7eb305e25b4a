//! What is fixed of every request that a principal makes, and what is not.

use std::collections::BTreeSet;

use crate::caller::{Caller, IS_SERVICE, OF_SERVICES};
use crate::context::{Context, Value};

/// Condition keys whose values are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Known values.
    pub known: Context,
    /// Known to be absent, in lower case.
    pub absent: BTreeSet<String>,
    /// Whether requests may be unsigned, as those of somebody whom an identity provider knows are.
    pub unsigned: bool,
}

impl Facts {
    /// What a caller brings to every request.
    pub(super) fn of(caller: &Caller) -> Self {
        let mut facts = Self { unsigned: !caller.is_signed(), ..Self::default() };
        caller.keys().iter().for_each(|(key, value)| facts.known.insert(key, value.clone()));
        facts.absent.extend(caller.keys().absent().map(str::to_owned));
        if caller.principal.account().is_some() {
            facts.known.set(IS_SERVICE, "false");
            facts.absent.extend(OF_SERVICES.map(str::to_owned));
        }
        facts
    }

    /// Whether a key (in lower case) is the same in every request.
    pub(super) fn fix(&self, key: &str) -> bool {
        self.known.get(key).is_some() || self.absent.contains(key)
    }

    /// The same, and this key as well; `None` is absent.
    pub(super) fn and(mut self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(text) => self.known.insert(key, Value::Single(text.to_owned())),
            None => drop(self.absent.insert(key.to_owned())),
        }
        self
    }
}
