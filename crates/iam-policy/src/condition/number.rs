//! Numeric operators: integers and decimals, compared exactly (iam-facts 6.6).

use std::cmp::Ordering;

/// A decimal number of any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Never set for zero.
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: String,
    /// Digits behind the point, without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Reads `-12.50`, `+3`, `.5`; `None` for what is not a number, an exponent included (iam-facts 6.6: integer or decimal). Numbers are
    /// equal however they are written: `1` is `01.0`, and `-0` is `0`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let negative = negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { negative, whole: whole.to_owned(), fraction: fraction.to_owned() })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            (a.whole.len().cmp(&b.whole.len())).then_with(|| a.whole.cmp(&b.whole)).then_with(|| a.fraction.cmp(&b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_exactly() {
        let ordered = ["-10", "-9.5", "-0.01", "0", "0.009", "0.01", "1", "9", "10", "12345678901234567890.1"];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(Decimal::read(a).cmp(&Decimal::read(b)), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(Decimal::read("010.0"), Decimal::read("+10"));
        assert_eq!(Decimal::read("-0.0"), Decimal::read("0"));
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "-", ".", "1e3", "0x10", "1,000", "ten", "--1", "1.2.3", "²"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
    }
}
