//! Conditions: one key under one operator, made ready and tested against a request (iam-facts 6.6).

mod binary;
mod date;
mod ip;
mod number;

pub use date::Instant;
pub use ip::block as address_block;
pub use number::Decimal;

use ipnet::IpNet;

use super::arn_match::ArnValue;
use super::ast;
use super::context::{Reader, Truth, Value};
use super::operator::{Compares, Matching, Operator, Order, SetPrefix};
use super::variables::Template;

/// One test of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// In lower case.
    pub key: String,
    /// The operator as read.
    pub operator: Operator,
    /// Whether the policy gives no values.
    empty: bool,
    /// Whether an absent key passes.
    when_absent: bool,
    values: Values,
}

/// The policy's values, ready for their operator. Values that the operator cannot read match nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Values {
    Text {
        values: Vec<Template>,
        ignore_case: bool,
    },
    Arn(Vec<ArnValue>),
    Number(Order, Vec<Decimal>),
    Date(Order, Vec<Instant>),
    Bool(Vec<Template>),
    Binary(Vec<Vec<u8>>),
    Ip(Vec<IpNet>),
    /// Whether the key must be absent.
    Null(Vec<bool>),
}

impl Condition {
    /// Makes a test ready. `variables`: whether the document has them; Numeric, Date, Binary, IpAddress and Null never do
    /// (iam-facts 6.5).
    pub fn new(test: &ast::Test, variables: bool) -> Self {
        let operator = test.operator;
        let texts = test.values.as_slice();
        let templates = |wildcards| texts.iter().map(|text| Template::parse(text, wildcards, variables)).collect();
        let folded = || texts.iter().map(|text| Template::parse(text, false, variables).folded()).collect();
        let values = match operator.compares() {
            Compares::String(Matching::Exact) => Values::Text { values: templates(false), ignore_case: false },
            Compares::String(Matching::IgnoreCase) => Values::Text { values: folded(), ignore_case: true },
            Compares::String(Matching::Like) => Values::Text { values: templates(true), ignore_case: false },
            Compares::Arn => Values::Arn(texts.iter().map(|text| ArnValue::read(text, variables)).collect()),
            Compares::Ip => Values::Ip(texts.iter().filter_map(|text| ip::block(text)).collect()),
            Compares::Bool => Values::Bool(folded()),
            Compares::Binary => Values::Binary(texts.iter().filter_map(|text| binary::decode(text)).collect()),
            Compares::Null => Values::Null(texts.iter().filter_map(|text| truth_value(text)).collect()),
            Compares::Date(order) => Values::Date(order, texts.iter().filter_map(|text| Instant::read(text)).collect()),
            Compares::Numeric(order) => Values::Number(order, texts.iter().filter_map(|text| Decimal::read(text)).collect()),
        };
        Self { key: test.key.clone(), operator, empty: texts.is_empty(), when_absent: operator.holds_when_absent(texts), values }
    }

    /// Whether the test holds (iam-facts 6.6): any value of the policy may match, none under a negated operator. `Maybe` of a strict reader
    /// alone.
    pub fn holds<'p>(&'p self, reader: &mut Reader<'_, 'p>) -> Truth {
        let found = reader.get(&self.key);
        if let Values::Null(wanted) = &self.values {
            return match (self.operator.prefix, found) {
                (None, None) => reader.when_absent(&self.key, self.when_absent),
                (None, Some(_)) => wanted.contains(&false).into(),
                (Some(_), _) => self.when_absent.into(),
            };
        }
        match (self.operator.prefix, found) {
            (_, None) => reader.when_absent(&self.key, self.when_absent),
            (None, Some(Value::Single(text))) => self.one(text, reader),
            // An operator for one value on a key with several: no match (iam-facts 6.6, uncertain).
            (None, Some(Value::Many(_))) => Truth::No,
            // An empty list of values has no effect (iam-facts 6.6).
            (Some(SetPrefix::ForAllValues), Some(_)) if self.empty => Truth::Yes,
            (Some(SetPrefix::ForAllValues), Some(value)) => {
                texts(value).iter().fold(Truth::Yes, |all, text| all.and(self.one(text, reader)))
            }
            (Some(SetPrefix::ForAnyValue), Some(value)) => {
                texts(value).iter().fold(Truth::No, |any, text| any.or(self.one(text, reader)))
            }
        }
    }

    /// One value of the request against all of the policy: one of them must match, or none where the operator is negated.
    fn one<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        self.any_matches(text, reader).negate_if(self.operator.base.is_negated())
    }

    fn any_matches<'p>(&'p self, text: &str, reader: &mut Reader<'_, 'p>) -> Truth {
        match &self.values {
            Values::Text { values, ignore_case: false } => any(values, |value| value.matches(text, reader)),
            Values::Text { values, ignore_case: true } => {
                let text = text.to_lowercase();
                any(values, |value| value.matches_folded(&text, reader))
            }
            Values::Arn(values) => any(values, |value| value.matches(text, reader)),
            Values::Number(order, values) => match Decimal::read(text) {
                Some(number) => any(values, |value| order.holds(number.cmp(value)).into()),
                None => Truth::No,
            },
            Values::Date(order, values) => match Instant::read(text) {
                Some(instant) => any(values, |value| order.holds(instant.cmp(value)).into()),
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
