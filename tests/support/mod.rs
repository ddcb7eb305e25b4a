//! What the tests share. Every test binary includes it once.

#![allow(dead_code, reason = "every test binary uses its own part")]

pub mod alone;
pub mod browser;
pub mod markup;
#[cfg(feature = "aws")]
pub mod moto;
pub mod naive_eval;
pub mod odd_account;
pub mod project;
#[cfg(feature = "aws")]
pub mod proxy;
#[cfg(feature = "aws")]
pub mod simulator;
pub mod specs;
pub mod world;
pub mod wrong_specs;
