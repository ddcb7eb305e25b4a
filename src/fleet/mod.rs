//! The accounts of a project: which there are, what is known of each, and how a selection chooses among them.
#![allow(clippy::result_large_err, reason = "a problem is made once, gathered, and never passed through a hot path")]

mod listing;
mod roster;
mod select;
mod shard;

pub use listing::{Listed, ListedPolicy, Listing, path_part};
pub use roster::{DEFAULT_WAVE, Member, Roster, levels_of};
pub use select::{AccountSelection, Selector};
pub use shard::{MOST_SHARDS, Shard};
