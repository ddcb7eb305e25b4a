//! A project's accounts in shares, for several machines: which share an account is in depends on its id alone.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::roster::Member;

/// Most shards; more than any engine starts for one change.
pub const MOST_SHARDS: u32 = 10_000;

/// One of several shares: `3/10` is the third of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// The share of a number, from 1.
    ///
    /// # Errors
    /// A number that is out of range.
    pub fn new(index: u32, of: u32) -> Result<Self, String> {
        match of {
            0 => Err("there is no share of nothing: the number of shards is at least 1".to_owned()),
            of if of > MOST_SHARDS => Err(format!("{of} shards are more than {MOST_SHARDS}")),
            of if index == 0 || index > of => Err(format!("shard {index} is out of range: shards are counted from 1 to {of}")),
            of => Ok(Self { index, of }),
        }
    }

    /// Which of several shares an account is in, from 1. The same id is in the same share whatever other accounts there are.
    pub fn of_member(member: &Member, of: u32) -> u32 {
        let key = member.id.as_ref().map_or(member.name.as_str(), |id| id.as_str());
        let hash = Sha256::digest(key.as_bytes());
        let number = hash.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        u32::try_from(number % u64::from(of.max(1))).unwrap_or_default() + 1
    }

    /// Whether an account is in this share.
    pub fn holds(self, member: &Member) -> bool {
        Self::of_member(member, self.of) == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        let Some((index, of)) = numbers else { return Err("write I/N, as in `--shard 3/10`, or `auto`".to_owned()) };
        Self::new(index, of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::AccountId;

    #[test]
    fn each_account_is_in_one_share_that_its_id_decides() {
        let member = |n: u64| Member { id: AccountId::parse(&format!("{n:012}")), ..Member::named("x") };
        let mut sizes = [0; 7];
        for n in 0..700 {
            let number = Shard::of_member(&member(n), 7);
            assert_eq!((1..=7).filter(|i| Shard { index: *i, of: 7 }.holds(&member(n))).collect::<Vec<_>>(), [number]);
            sizes[number as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (60..=140).contains(size)), "{sizes:?}");
        assert_eq!(Shard::of_member(&member(123_456_789_012), 10), 5, "the share stays what it was in every version");
    }

    #[test]
    fn shares_that_cannot_be_are_refused() {
        assert_eq!("3/10".parse(), Ok(Shard { index: 3, of: 10 }));
        assert_eq!("11/10".parse::<Shard>().unwrap_err(), "shard 11 is out of range: shards are counted from 1 to 10");
        assert_eq!("0/3".parse::<Shard>().unwrap_err(), "shard 0 is out of range: shards are counted from 1 to 3");
        for wrong in ["", "3", "a/b", "1/0", "-1/3", "1/99999"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
