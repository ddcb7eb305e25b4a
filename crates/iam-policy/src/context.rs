//! The condition keys of a request, and three-valued truth over keys that are not given.

use std::collections::BTreeMap;

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Of a single-valued key.
    Single(String),
    /// Of a list-typed key. An empty list is no value at all: the key counts as absent.
    Many(Vec<String>),
}

/// The condition keys of a request by name. Names ignore case (iam-facts 5.2), also behind the `/` of tag keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context(BTreeMap<String, Value>);

impl Context {
    /// A request without any.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; what it was before is gone.
    pub fn insert(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_lowercase(), value);
    }

    /// Sets a single-valued key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.insert(key, Value::Single(value.into()));
    }

    /// The value of a key in lower case; `None` for an empty list (iam-facts 6.6), but not for empty text.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !matches!(value, Value::Many(list) if list.is_empty()))
    }

    /// Every key, in lower case, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
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
    /// Keys that were asked for and not there, in the order of asking, perhaps more than once.
    pub missing: Vec<&'p str>,
}

impl<'c, 'p> Reader<'c, 'p> {
    /// A reader of a context.
    pub fn new(context: &'c Context, strict: bool) -> Self {
        Self { context, strict, missing: Vec::new() }
    }

    /// The value of a key in lower case. One that is not there is remembered in [`Self::missing`].
    pub fn get(&mut self, key: &'p str) -> Option<&'c Value> {
        let found = self.context.get(key);
        if found.is_none() {
            self.missing.push(key);
        }
        found
    }

    /// What an absent key makes of a test: the given answer (iam-facts 6.6, "Missing key"), or of a strict reader nothing certain.
    pub fn when_absent(&self, answer: bool) -> Truth {
        if self.strict { Truth::Maybe } else { answer.into() }
    }
}
