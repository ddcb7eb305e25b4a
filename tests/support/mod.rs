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

/// A test on an account that is a file and on one of the emulator, each with an account id of its own.
#[allow(unused_macros, reason = "every test binary uses its own part")]
macro_rules! on_both {
    ($($(#[$note:meta])* $name:ident($project:ident, $id:literal) $body:block)+) => {
        $($(#[$note])* mod $name {
            use super::*;

            #[allow(unused_mut, reason = "not every test changes the project file")]
            fn body(mut $project: Project) $body

            #[test]
            fn embedded() {
                body(Project::embedded());
            }

            #[test]
            #[cfg(feature = "aws")]
            fn moto() {
                body(Project::moto($id));
            }
        })+
    };
}
#[allow(unused_imports, reason = "every test binary uses its own part")]
pub(crate) use on_both;
