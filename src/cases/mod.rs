//! Questions about access: spec tests, simulations, request files. Policies of specs, snapshots and files go through [`crate::policy::eval`].

mod answer;
mod coverage;
pub mod live;
pub mod question;
mod request_file;
mod run;

pub use answer::{Answer, Because, answer};
pub use coverage::{Coverage, DeclaredStatement, Statements, statements};
pub use request_file::{FileCase, read_file};
pub use run::{AccountTests, CaseOutcome, Expected, Options, Question, TestOutcome, TestVerdict, place_of, run};
