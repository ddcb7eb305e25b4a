//! Migration chains: named groups, each a sequence of specs. Every step must change something unless it says otherwise, do
//! it with the calls that it states, and leave nothing for a second plan. One runner takes each group through the binary,
//! on an account that is a file and on the emulator. In the manner of dnscontrol's integration tests.

/// A group: its name, where it cannot run on the emulator the reason, and its steps.
macro_rules! group {
    ($(#[$note:meta])* $name:ident, [$($step:expr),+ $(,)?]) => {
        $(#[$note])*
        mod $name {
            #[allow(unused_imports, reason = "not every group uses all")]
            use super::*;

            fn steps() -> Vec<Step> {
                vec![$($step),+]
            }

            #[test]
            fn embedded() {
                run_embedded(steps());
            }

            #[test]
            #[cfg(feature = "aws")]
            fn moto() {
                run_moto(concat!(module_path!(), "::", stringify!($name)), steps());
            }
        }
    };
    ($(#[$note:meta])* $name:ident, moto = $reason:literal, [$($step:expr),+ $(,)?]) => {
        $(#[$note])*
        mod $name {
            #[allow(unused_imports, reason = "not every group uses all")]
            use super::*;

            fn steps() -> Vec<Step> {
                vec![$($step),+]
            }

            #[test]
            fn embedded() {
                run_embedded(steps());
            }

            #[test]
            #[ignore = $reason]
            #[cfg(feature = "aws")]
            fn moto() {
                run_moto(concat!(module_path!(), "::", stringify!($name)), steps());
            }
        }
    };
}

mod groups;
mod owning;
mod policies;
mod providers;
mod roles;
mod runner;
mod specs;
mod together;
mod users;
