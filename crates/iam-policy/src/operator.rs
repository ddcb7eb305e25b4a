//! Condition operators: set prefix, the operator proper, `IfExists` (iam-facts 5.1, 6.6).
//!
//! The table below is the only place that knows the operators. Whoever treats them differently matches on [`Compares`], so an operator
//! that compares in a new way does not compile until every such place says what it does.

use std::cmp::Ordering;

/// The suffix that makes an operator true for an absent key (iam-facts 5.1).
const IF_EXISTS: &str = "IfExists";

/// What an operator compares, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compares {
    /// Text.
    String(Matching),
    /// ARNs, field by field, with wildcards.
    Arn,
    /// Decimal numbers.
    Numeric(Order),
    /// Instants.
    Date(Order),
    /// `true` and `false`.
    Bool,
    /// Bytes in base64.
    Binary,
    /// IP addresses, with ranges.
    Ip,
    /// Nothing: whether the key has a value decides.
    Null,
}

/// How text is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matching {
    /// Character by character.
    Exact,
    /// The same, letter case aside.
    IgnoreCase,
    /// With the wildcards `*` and `?`.
    Like,
}

/// How the request's value must stand to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

impl Order {
    /// Whether it holds for a request's value that compares so to the policy's.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

macro_rules! operators {
    ($($name:ident $compares:expr, $negated:literal;)*) => {
        /// An operator without set prefix and `IfExists`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Base {
            $(#[doc = concat!("`", stringify!($name), "`.")] $name,)*
        }

        impl Base {
            /// Every operator.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// IAM's spelling.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What it compares.
            pub fn compares(self) -> Compares {
                match self { $(Self::$name => $compares,)* }
            }

            /// Whether it holds where its opposite does not: no value of the policy may match.
            pub fn is_negated(self) -> bool {
                match self { $(Self::$name => $negated,)* }
            }
        }
    };
}

operators! {
    StringEquals Compares::String(Matching::Exact), false;
    StringNotEquals Compares::String(Matching::Exact), true;
    StringEqualsIgnoreCase Compares::String(Matching::IgnoreCase), false;
    StringNotEqualsIgnoreCase Compares::String(Matching::IgnoreCase), true;
    StringLike Compares::String(Matching::Like), false;
    StringNotLike Compares::String(Matching::Like), true;
    NumericEquals Compares::Numeric(Order::Equal), false;
    NumericNotEquals Compares::Numeric(Order::Equal), true;
    NumericLessThan Compares::Numeric(Order::Less), false;
    NumericLessThanEquals Compares::Numeric(Order::LessOrEqual), false;
    NumericGreaterThan Compares::Numeric(Order::Greater), false;
    NumericGreaterThanEquals Compares::Numeric(Order::GreaterOrEqual), false;
    DateEquals Compares::Date(Order::Equal), false;
    DateNotEquals Compares::Date(Order::Equal), true;
    DateLessThan Compares::Date(Order::Less), false;
    DateLessThanEquals Compares::Date(Order::LessOrEqual), false;
    DateGreaterThan Compares::Date(Order::Greater), false;
    DateGreaterThanEquals Compares::Date(Order::GreaterOrEqual), false;
    Bool Compares::Bool, false;
    BinaryEquals Compares::Binary, false;
    IpAddress Compares::Ip, false;
    NotIpAddress Compares::Ip, true;
    ArnEquals Compares::Arn, false;
    ArnLike Compares::Arn, false;
    ArnNotEquals Compares::Arn, true;
    ArnNotLike Compares::Arn, true;
    Null Compares::Null, false;
}

/// What stands before an operator for keys with several values (iam-facts 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetPrefix {
    /// `ForAnyValue:`: one value at least passes.
    ForAnyValue,
    /// `ForAllValues:`: every value passes.
    ForAllValues,
}

impl SetPrefix {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::ForAnyValue, Self::ForAllValues];

    /// As it is written, with the colon.
    pub fn text(self) -> &'static str {
        match self {
            Self::ForAnyValue => "ForAnyValue:",
            Self::ForAllValues => "ForAllValues:",
        }
    }
}

/// A condition operator in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAnyValue:` or `ForAllValues:`.
    pub prefix: Option<SetPrefix>,
    /// The operator proper, `StringEquals`.
    pub base: Base,
    /// Whether `IfExists` follows.
    pub if_exists: bool,
}

impl From<Base> for Operator {
    fn from(base: Base) -> Self {
        Self { prefix: None, base, if_exists: false }
    }
}

impl Operator {
    /// Reads an operator ignoring case: live behaviour for other spellings is uncertain (iam-facts 5.2), so reading accepts any.
    pub fn read(name: &str) -> Option<Self> {
        let prefix = SetPrefix::ALL.iter().copied().find(|p| starts_with_ignoring_case(name, p.text()));
        let rest = name.get(prefix.map_or(0, |p| p.text().len())..)?;
        let known = |text: &str| Base::ALL.iter().copied().find(|o| o.name().eq_ignore_ascii_case(text));
        if let Some(base) = known(rest) {
            return Some(Self { prefix, base, if_exists: false });
        }
        let cut = rest.len().checked_sub(IF_EXISTS.len())?;
        let (base, suffix) = (rest.get(..cut)?, rest.get(cut..)?);
        if !suffix.eq_ignore_ascii_case(IF_EXISTS) {
            return None;
        }
        known(base).map(|base| Self { prefix, base, if_exists: true })
    }

    /// Reads an operator in IAM's own spelling alone.
    pub fn read_exactly(name: &str) -> Option<Self> {
        Self::read(name).filter(|operator| operator.name() == name)
    }

    /// IAM's own spelling; [`Self::read`] gives the same operator back.
    pub fn name(&self) -> String {
        let suffix = if self.if_exists { IF_EXISTS } else { "" };
        format!("{}{}{suffix}", self.prefix.map_or("", SetPrefix::text), self.base.name())
    }

    /// What it compares.
    pub fn compares(&self) -> Compares {
        self.base.compares()
    }

    /// The same operator with the one of two identical operators that stands for both: `ArnEquals` is `ArnLike` (iam-facts 5.7, 12).
    pub fn merged(self) -> Self {
        let base = match (self.base.compares(), self.base.is_negated()) {
            (Compares::Arn, false) => Base::ArnLike,
            (Compares::Arn, true) => Base::ArnNotLike,
            _ => self.base,
        };
        Self { base, ..self }
    }

    /// Whether the case of values means nothing to this operator (iam-facts 5.7, "not equal" list; 6.6).
    pub fn ignores_case(&self) -> bool {
        matches!(self.compares(), Compares::String(Matching::IgnoreCase) | Compares::Bool)
    }

    /// Whether the test holds where the key is absent (iam-facts 6.6, "Missing key"). `Null` is about that very question: it holds when
    /// one of its values is `true`.
    pub fn holds_when_absent(&self, values: &[String]) -> bool {
        let null = self.compares() == Compares::Null;
        match self.prefix {
            // `Null` has no use for a set prefix: with one it always holds, or never.
            Some(SetPrefix::ForAllValues) => true,
            Some(SetPrefix::ForAnyValue) => self.if_exists && !null,
            None if null => self.if_exists || values.iter().any(|value| value.eq_ignore_ascii_case("true")),
            None => self.if_exists || self.base.is_negated(),
        }
    }
}

/// Takes a set prefix, an `IfExists`, or both off a name, the case as written: IAM is taken to mind it (iam-facts 9, 10.13).
pub(crate) fn stripped(name: &str) -> &str {
    let rest = SetPrefix::ALL.iter().find_map(|prefix| name.strip_prefix(prefix.text())).unwrap_or(name);
    rest.strip_suffix(IF_EXISTS).unwrap_or(rest)
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_in_any_case_and_printed_in_iam_s() {
        let read = |text: &str| Operator::read(text).map(|o| o.name());
        assert_eq!(read("foranyvalue:stringlikeifexists").as_deref(), Some("ForAnyValue:StringLikeIfExists"));
        assert_eq!(read("Null").as_deref(), Some("Null"));
        assert_eq!(read("StringEqual"), None);
        assert_eq!(read("ForAnyValue::StringEquals"), None);
        assert_eq!(read("é"), None);
        assert!(Operator::read_exactly("stringlike").is_none() && Operator::read_exactly("StringLike").is_some());
    }

    #[test]
    fn every_operator_is_read_back_and_its_negation_shows_in_its_name() {
        for base in Base::ALL {
            for prefix in SetPrefix::ALL.iter().copied().map(Some).chain([None]) {
                for if_exists in [false, true] {
                    let operator = Operator { prefix, base: *base, if_exists };
                    assert_eq!(Operator::read_exactly(&operator.name()), Some(operator));
                    assert_eq!(stripped(&operator.name()), base.name());
                }
            }
            assert_eq!(base.is_negated(), base.name().contains("Not"), "{base:?}");
        }
    }

    #[test]
    fn arn_equals_stands_for_arn_like() {
        assert_eq!(Operator::read("ArnNotEqualsIfExists").map(|o| o.merged().name()).as_deref(), Some("ArnNotLikeIfExists"));
    }
}
