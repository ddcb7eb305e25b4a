//! What the prover of access promises, measured against a second evaluator and against models of its own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "helpers of tests")]

mod edits;
mod hostile;
#[path = "../../../../tests/support/naive_eval.rs"]
mod naive_eval;
mod trust;

use std::time::Duration;

/// A small generator: the same seed rolls the same numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.roll(list.len())]
    }
}

/// `IAM_POLICY_CASES=10000` for a long run.
fn cases(default: usize) -> usize {
    std::env::var("IAM_POLICY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// Processor time of this process, where the system tells it.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
