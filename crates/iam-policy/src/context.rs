//! The condition keys of a request, and three-valued truth over keys that are not given.

use std::collections::{BTreeMap, BTreeSet};

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Of a single-valued key.
    Single(String),
    /// Of a list-typed key. An empty list is no value at all: the key counts as absent.
    Many(Vec<String>),
}

/// The condition keys of a request by name. Names ignore case (iam-facts 5.2), also behind the `/` of tag keys.
///
/// A key has a value, or is known to be absent, or is not known. A strict decision keeps the last two apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context {
    values: BTreeMap<String, Value>,
    /// Keys that are absent for certain; one that ends in `/` stands for its whole family.
    absent: BTreeSet<String>,
    /// Values that the holder of the session may have replaced.
    replaceable: BTreeSet<String>,
}

impl Context {
    /// A request without any.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; what it was before is gone.
    pub fn insert(&mut self, key: &str, value: Value) {
        let key = key.to_lowercase();
        self.replaceable.remove(&key);
        self.absent.remove(&key);
        self.values.insert(key, value);
    }

    /// Sets a key whose value somebody may have replaced: the tag of a role, which a session tag of that key overrides.
    pub fn set_replaceable(&mut self, key: &str, value: impl Into<String>) {
        self.set(key, value);
        self.replaceable.insert(key.to_lowercase());
    }

    /// Notes that a request does not have this key. `aws:PrincipalTag/` notes it of every key that begins so and has no value.
    pub fn set_absent(&mut self, key: &str) {
        let key = key.to_lowercase();
        self.values.remove(&key);
        self.absent.insert(key);
    }

    /// Forgets what is known of a key.
    pub fn forget(&mut self, key: &str) {
        let key = key.to_lowercase();
        self.values.remove(&key);
        self.absent.remove(&key);
        self.replaceable.remove(&key);
    }

    /// Whether a key in lower case is absent for certain: noted so, or an empty list (iam-facts 6.6).
    pub fn is_absent(&self, key: &str) -> bool {
        match self.values.get(key) {
            Some(Value::Many(list)) => list.is_empty(),
            Some(Value::Single(_)) => false,
            None => {
                let family = key.find('/').and_then(|at| key.get(..=at));
                self.absent.contains(key) || family.is_some_and(|family| self.absent.contains(family))
            }
        }
    }

    /// Whether the value of a key in lower case may have been replaced, see [`Self::set_replaceable`].
    pub fn is_replaceable(&self, key: &str) -> bool {
        self.replaceable.contains(key)
    }

    /// These keys with those of another context, which win.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        other.values.iter().for_each(|(key, value)| self.insert(key, value.clone()));
        other.absent.iter().for_each(|key| self.set_absent(key));
        self.replaceable.extend(other.replaceable.iter().cloned());
        self
    }

    /// Sets a single-valued key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.insert(key, Value::Single(value.into()));
    }

    /// The value of a key in lower case; `None` for an empty list (iam-facts 6.6), but not for empty text.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !matches!(value, Value::Many(list) if list.is_empty()))
    }

    /// Every key, in lower case, that is absent for certain; one that ends in `/` stands for its whole family.
    pub(crate) fn absent(&self) -> impl Iterator<Item = &str> {
        self.absent.iter().map(String::as_str)
    }

    /// Every key, in lower case, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }
}

impl<K: AsRef<str>> FromIterator<(K, Value)> for Context {
    fn from_iter<T: IntoIterator<Item = (K, Value)>>(pairs: T) -> Self {
        let mut context = Self::new();
        pairs.into_iter().for_each(|(key, value)| context.insert(key.as_ref(), value));
        context
    }
}

/// Whether something holds, where keys that are not given may make it uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not, whatever the keys.
    No,
    /// It depends on a key that is not given.
    Maybe,
    /// It does, whatever the keys.
    Yes,
}

impl Truth {
    /// Both (Kleene).
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either (Kleene).
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The contrary where `negated`; what is uncertain stays so.
    pub fn negate_if(self, negated: bool) -> Self {
        match (negated, self) {
            (true, Self::No) => Self::Yes,
            (true, Self::Yes) => Self::No,
            (_, same) => same,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// Looks keys up and remembers which were not there.
#[derive(Debug)]
pub struct Reader<'c, 'p> {
    context: &'c Context,
    /// Whether a key that is not given is unknown rather than absent.
    pub strict: bool,
    /// Keys that were asked for and are not known, in the order of asking, perhaps more than once.
    pub missing: Vec<&'p str>,
    /// Keys that were asked for and whose values may have been replaced.
    pub replaceable: BTreeSet<&'p str>,
}

impl<'c, 'p> Reader<'c, 'p> {
    /// A reader of a context.
    pub fn new(context: &'c Context, strict: bool) -> Self {
        Self { context, strict, missing: Vec::new(), replaceable: BTreeSet::new() }
    }

    /// The value of a key in lower case. One that is neither there nor known to be absent is remembered in [`Self::missing`].
    pub fn get(&mut self, key: &'p str) -> Option<&'c Value> {
        let found = self.context.get(key);
        if found.is_none() && !self.context.is_absent(key) {
            self.missing.push(key);
        }
        if self.context.is_replaceable(key) {
            self.replaceable.insert(key);
        }
        found
    }

    /// What a key that has no value makes of a test: the given answer where it is absent (iam-facts 6.6, "Missing key"), or of a strict
    /// reader nothing certain where it is not known to be.
    pub fn when_absent(&self, key: &str, answer: bool) -> Truth {
        if self.strict && !self.context.is_absent(key) { Truth::Maybe } else { answer.into() }
    }
}
