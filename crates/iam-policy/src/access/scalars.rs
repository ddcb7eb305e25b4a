//! Values that compare as numbers, dates, addresses, truth values and bytes: a few of them stand for all.
//!
//! Between two neighbouring constants of the policies every value passes the same tests. So one value out of every gap, with the constants
//! themselves and something unreadable, decides whether any value passes.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use jiff::Timestamp;

use crate::Compares;
use crate::condition::{Decimal, Instant, address_block};

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// Text, ARNs among it.
    Text,
    /// Decimal numbers.
    Number,
    /// Instants.
    Date,
    /// `true` and `false`.
    Bool,
    /// Bytes.
    Binary,
    /// IP addresses.
    Ip,
    /// Nothing: whether the key is there decides.
    Presence,
}

impl Family {
    /// Of what an operator compares.
    pub(super) fn of(compares: Compares) -> Self {
        match compares {
            Compares::String(_) | Compares::Arn => Self::Text,
            Compares::Numeric(_) => Self::Number,
            Compares::Date(_) => Self::Date,
            Compares::Bool => Self::Bool,
            Compares::Binary => Self::Binary,
            Compares::Ip => Self::Ip,
            Compares::Null => Self::Presence,
        }
    }
}

/// Values that stand for all of a family.
#[derive(Debug)]
pub(super) struct Representatives {
    /// The values, those that read best first.
    pub texts: Vec<String>,
    /// Whether they stand for all.
    pub complete: bool,
}

/// In nanoseconds.
const SECOND: i128 = 1_000_000_000;

/// What no operator can read.
const UNREADABLE: &str = "unreadable!";

/// Values that stand for all, given the constants of the policies.
pub(super) fn representatives<'a>(family: Family, constants: impl Iterator<Item = &'a String>) -> Representatives {
    let constants: BTreeSet<&str> = constants.map(String::as_str).collect();
    let mut texts: BTreeSet<String> = constants.iter().map(|c| (*c).to_owned()).collect();
    texts.insert(UNREADABLE.to_owned());
    let complete = match family {
        Family::Number => {
            numbers(&constants, &mut texts);
            true
        }
        Family::Date => {
            texts.insert("2026-01-01T00:00:00Z".to_owned());
            dates(&constants, &mut texts)
        }
        Family::Bool => {
            texts.extend(["true".to_owned(), "false".to_owned()]);
            true
        }
        Family::Binary => {
            // Longer than any constant, so it is none of them.
            let longest = constants.iter().map(|c| c.len()).max().unwrap_or(0);
            texts.extend(["AAAA".repeat(longest / 4 + 1), String::new()]);
            true
        }
        Family::Ip => {
            addresses(&constants, &mut texts);
            true
        }
        Family::Text | Family::Presence => false,
    };
    let mut texts: Vec<String> = texts.into_iter().collect();
    let rank =
        |text: &String| (text == UNREADABLE, family == Family::Ip && (text.contains(':') || text == "0.0.0.0"), text.len());
    texts.sort_by_key(rank);
    Representatives { texts, complete }
}

/// A digit behind the longest fraction makes a number that lies between its neighbours.
fn numbers(constants: &BTreeSet<&str>, texts: &mut BTreeSet<String>) {
    let readable: Vec<&str> = constants.iter().map(|c| c.trim()).filter(|c| Decimal::read(c).is_some()).collect();
    let fraction = |c: &str| c.split_once('.').map_or(0, |(_, f)| f.len());
    let longest = readable.iter().map(|c| fraction(c)).max().unwrap_or(0);
    for text in readable {
        let point = if text.contains('.') { "" } else { "." };
        // Away from zero: above a positive constant, below a negative one.
        texts.insert(format!("{text}{point}{}1", "0".repeat(longest - fraction(text))));
    }
    let tiny = format!("0.{}1", "0".repeat(longest));
    texts.extend(["0".to_owned(), "1".to_owned(), "-1".to_owned(), format!("-{tiny}"), tiny]);
}

/// The instants just before and after each constant, for people those a second away, and the constant itself as it is not spelled: texts
/// are compared too. Whether those just before and after could be written down.
fn dates(constants: &BTreeSet<&str>, texts: &mut BTreeSet<String>) -> bool {
    let mut complete = true;
    for instant in constants.iter().filter_map(|c| Instant::read(c)) {
        for step in [-SECOND, -1, 0, 1, SECOND] {
            let Some(nanos) = instant.nanos().checked_add(step) else { continue };
            let text = Timestamp::from_nanosecond(nanos).map(|t| t.to_string()).unwrap_or_default();
            if Instant::read(&text).is_some_and(|read| read.nanos() == nanos) {
                texts.insert(text);
            } else if step.abs() == 1 {
                complete = false;
            }
        }
    }
    complete
}

/// Where ranges begin, and behind their ends.
fn addresses(constants: &BTreeSet<&str>, texts: &mut BTreeSet<String>) {
    texts.extend(["0.0.0.0".to_owned(), "::".to_owned()]);
    for block in constants.iter().filter_map(|constant| address_block(constant)) {
        match block {
            IpNet::V4(block) => {
                let (first, last) = (block.network().to_bits(), block.broadcast().to_bits());
                let points = [Some(first), first.checked_sub(1), Some(last), last.checked_add(1)];
                texts.extend(points.into_iter().flatten().map(|bits| Ipv4Addr::from_bits(bits).to_string()));
            }
            IpNet::V6(block) => {
                let (first, last) = (block.network().to_bits(), block.broadcast().to_bits());
                let points = [Some(first), first.checked_sub(1), Some(last), last.checked_add(1)];
                texts.extend(points.into_iter().flatten().map(|bits| Ipv6Addr::from_bits(bits).to_string()));
            }
        }
    }
}
