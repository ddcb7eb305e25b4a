//! Conditions: one key under one operator, made ready and tested against a request (iam-facts 6.6).

mod binary;
mod date;
mod ip;
mod number;

pub use date::Instant;
pub use ip::block as address_block;
pub use number::Decimal;

use std::cmp::Ordering;

use ipnet::IpNet;

use super::Operator;
use super::arn_match::ArnValue;
use super::ast;
use super::context::{Reader, Truth, Value};
use super::variables::Template;

/// One test of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// In lower case.
    pub key: String,
    /// The operator as read.
    pub operator: Operator,
    quantifier: Quantifier,
    negated: bool,
    /// Whether the policy gives no values.
    empty: bool,
    values: Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// None: for keys with one value.
    One,
    All,
    Any,
}

/// The policy's values, ready for their operator. Values that the operator cannot read match nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Values {
    Text {
        values: Vec<Template>,
        ignore_case: bool,
    },
    Arn(Vec<ArnValue>),
    Number(Comparison, Vec<Decimal>),
    Date(Comparison, Vec<Instant>),
    Bool(Vec<Template>),
    Binary(Vec<Vec<u8>>),
    Ip(Vec<IpNet>),
    /// Whether the key must be absent.
    Null(Vec<bool>),
}

/// How a request's value stands to a policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// From the end of an operator's name; whether it is negated.
    fn of(base: &str) -> (Self, bool) {
        let negated = base.ends_with("NotEquals");
        let comparison = if base.ends_with("GreaterThanEquals") {
            Self::GreaterOrEqual
        } else if base.ends_with("LessThanEquals") {
            Self::LessOrEqual
        } else if base.ends_with("GreaterThan") {
            Self::Greater
        } else if base.ends_with("LessThan") {
            Self::Less
        } else {
            Self::Equal
        };
        (comparison, negated)
    }
}

impl Condition {
    /// Makes a test ready. `variables`: whether the document has them; Numeric, Date, Binary, IpAddress and Null never do
    /// (iam-facts 6.5).
    pub fn new(test: &ast::Test, variables: bool) -> Self {
        let operator = test.operator;
        let quantifier = match operator.prefix {
            None => Quantifier::One,
            Some(prefix) if prefix.starts_with("ForAll") => Quantifier::All,
            Some(_) => Quantifier::Any,
        };
        let base = operator.base;
        let texts = test.values.as_slice();
        let templates = |wildcards| texts.iter().map(|text| Template::parse(text, wildcards, variables)).collect();
        let (values, negated) = match base {
            "StringEquals" | "StringNotEquals" => {
                (Values::Text { values: templates(false), ignore_case: false }, base == "StringNotEquals")
            }
            "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
                let folded = texts.iter().map(|text| Template::parse(text, false, variables).folded()).collect();
                (Values::Text { values: folded, ignore_case: true }, base == "StringNotEqualsIgnoreCase")
            }
            "StringLike" | "StringNotLike" => {
                (Values::Text { values: templates(true), ignore_case: false }, base == "StringNotLike")
            }
            "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => {
                (Values::Arn(texts.iter().map(|text| ArnValue::read(text, variables)).collect()), base.starts_with("ArnNot"))
            }
            "IpAddress" | "NotIpAddress" => {
                (Values::Ip(texts.iter().filter_map(|text| ip::block(text)).collect()), base == "NotIpAddress")
            }
            "Bool" => (Values::Bool(texts.iter().map(|text| Template::parse(text, false, variables).folded()).collect()), false),
            "BinaryEquals" => (Values::Binary(texts.iter().filter_map(|text| binary::decode(text)).collect()), false),
            "Null" => (Values::Null(texts.iter().filter_map(|text| truth_value(text)).collect()), false),
            _ if base.starts_with("Date") => {
                let (comparison, negated) = Comparison::of(base);
                (Values::Date(comparison, texts.iter().filter_map(|text| Instant::read(text)).collect()), negated)
            }
            _ => {
                let (comparison, negated) = Comparison::of(base);
                (Values::Number(comparison, texts.iter().filter_map(|text| Decimal::read(text)).collect()), negated)
            }
        };
        Self { key: test.key.clone(), operator, quantifier, negated, empty: texts.is_empty(), values }
    }

    /// Whether the test holds (iam-facts 6.6): any value of the policy may match, none under a negated operator. `Maybe` of a strict reader
    /// alone.
    pub fn holds<'p>(&'p self, reader: &mut Reader<'_, 'p>) -> Truth {
        let found = reader.get(&self.key);
        if let Values::Null(wanted) = &self.values {
            return self.null(wanted, found.is_none(), reader);
        }
        match (self.quantifier, found) {
            (_, None) => reader.when_absent(&self.key, self.when_absent()),
            (Quantifier::One, Some(Value::Single(text))) => self.one(text, reader),
            // An operator for one value on a key with several: no match (iam-facts 6.6, uncertain).
            (Quantifier::One, Some(Value::Many(_))) => Truth::No,
            // An empty list of values has no effect (iam-facts 6.6).
            (Quantifier::All, Some(_)) if self.empty => Truth::Yes,
            (Quantifier::All, Some(value)) => texts(value).iter().fold(Truth::Yes, |all, text| all.and(self.one(text, reader))),
            (Quantifier::Any, Some(value)) => texts(value).iter().fold(Truth::No, |any, text| any.or(self.one(text, reader))),
        }
    }

    /// The answer for an absent key (iam-facts 6.6, "Missing key").
    fn when_absent(&self) -> bool {
        self.operator.if_exists
            || match self.quantifier {
                Quantifier::All => true,
                Quantifier::Any => false,
                Quantifier::One => self.negated,
            }
    }

    /// With a set operator `Null` always holds (`ForAllValues`) or never (`ForAnyValue`).
    fn null(&self, wanted: &[bool], absent: bool, reader: &Reader<'_, '_>) -> Truth {
        match self.quantifier {
            Quantifier::All => Truth::Yes,
            Quantifier::Any => Truth::No,
            Quantifier::One if absent => reader.when_absent(&self.key, self.operator.if_exists || wanted.contains(&true)),
            Quantifier::One => wanted.contains(&false).into(),
        }
    }

    /// One value of the request against all of the policy: one of them must match, or none where the operator is negated.
    fn one<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        self.any_matches(text, reader).negate_if(self.negated)
    }

    fn any_matches<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        match &self.values {
            Values::Text { values, ignore_case: false } => any(values, |value| value.matches(text, reader)),
            Values::Text { values, ignore_case: true } => {
                let text = text.to_lowercase();
                any(values, |value| value.matches_folded(&text, reader))
            }
            Values::Arn(values) => any(values, |value| value.matches(text, reader)),
            Values::Number(comparison, values) => match Decimal::read(text) {
                Some(number) => any(values, |value| comparison.holds(number.cmp(value)).into()),
                None => Truth::No,
            },
            Values::Date(comparison, values) => match Instant::read(text) {
                Some(instant) => any(values, |value| comparison.holds(instant.cmp(value)).into()),
                None => Truth::No,
            },
            Values::Bool(values) => match truth_value(text) {
                Some(_) => {
                    let text = text.to_ascii_lowercase();
                    any(values, |value| value.matches_folded(&text, reader))
                }
                None => Truth::No,
            },
            Values::Binary(values) => match binary::decode(text) {
                Some(bytes) => any(values, |value| (*value == bytes).into()),
                None => Truth::No,
            },
            Values::Ip(values) => match ip::address(text) {
                Some(address) => any(values, |block| block.contains(&address).into()),
                None => Truth::No,
            },
            Values::Null(_) => Truth::No,
        }
    }
}

fn texts(value: &Value) -> &[String] {
    match value {
        Value::Single(text) => std::slice::from_ref(text),
        Value::Many(list) => list,
    }
}

/// All are asked, so that every absent key of a variable is noticed, until one matches.
fn any<'v, T>(values: &'v [T], mut test: impl FnMut(&'v T) -> Truth) -> Truth {
    let mut found = Truth::No;
    for value in values {
        found = found.or(test(value));
        if found == Truth::Yes {
            break;
        }
    }
    found
}

fn truth_value(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
