//! Conditions: keys, operators, values.

mod addresses;
mod always;
mod impossible;
mod keys;
mod mfa;
mod names;
mod never;
mod operators;
mod values;

pub use addresses::*;
pub use always::*;
pub use impossible::*;
pub use keys::*;
pub use mfa::*;
pub use names::*;
pub use never::*;
pub use operators::*;
pub use values::*;

use crate::lint::subject::DocumentSubject;
use crate::policy::ast::{Statement, WrittenTest};

fn each(subject: &DocumentSubject<'_>, f: &mut dyn FnMut(&Statement, &WrittenTest)) {
    for statement in subject.statements().iter() {
        statement.conditions.iter().for_each(|t| f(statement, t));
    }
}
