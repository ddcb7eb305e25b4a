//! What is fuzzed: plain functions of bytes that panic on whatever must never be. `fuzz_targets/` hands them to libFuzzer, and
//! `tests/core/fuzz_bodies.rs` drives them on a stable toolchain with bytes of its own, so that they cannot rot.

#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, missing_docs, reason = "a fuzz target fails by panicking")]

mod access;
mod bytes;
mod documents;
mod evaluator;
#[path = "../../tests/support/naive_eval.rs"]
mod naive_eval;
mod policies;
mod specs;
mod wildcard;

pub use access::access;
pub use documents::document;
pub use evaluator::evaluator;
pub use specs::specs;
pub use wildcard::wildcard;
