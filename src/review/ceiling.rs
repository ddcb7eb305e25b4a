//! What a pull request changes of the organisation's policies.

use std::sync::Arc;

use super::report::{AccountReport, Notice};
use crate::model::{Ceiling, Control, Desired};

const KEY: &str = "organization";

/// Puts both sides under what is known. Policies that a change is the first to write down were in force before, as far as anybody knows;
/// those that nobody writes down any more may be in force no longer.
pub fn align(was: &mut Desired, is: &mut Desired) {
    match (&was.ceiling, &is.ceiling) {
        (None, Some(ceiling)) => was.ceiling = Some(Arc::clone(ceiling)),
        (Some(_), None) => is.ceiling = Some(Arc::default()),
        _ => {}
    }
}

/// Notes the levels at which policies change, and reserves what no proof covers: resource control policies.
pub(super) fn add(report: &mut AccountReport, notices: &mut Vec<Notice>, was: Option<&Ceiling>, is: Option<&Ceiling>) {
    let none = Ceiling::default();
    let (was, is) = (was.unwrap_or(&none), is.unwrap_or(&none));
    if was.scps != is.scps {
        notices.push(Notice::note(KEY, format!("service control policies change{}", levels(&was.scps, &is.scps))));
    }
    if was.rcps != is.rcps {
        let why = "they decide who may use the resources of the account".to_owned();
        report.reserve(KEY, &format!("resource control policies{}", levels(&was.rcps, &is.rcps)), why);
    }
}

/// The levels that differ, for a sentence.
fn levels(was: &Control, is: &Control) -> String {
    let missing = |one: &Control, other: &Control| -> Vec<String> {
        let gone = one.levels().iter().filter(|level| !other.levels().contains(level));
        gone.map(|level| format!("`{}`", level.name())).collect()
    };
    let mut names = missing(was, is);
    let new: Vec<String> = missing(is, was).into_iter().filter(|name| !names.contains(name)).collect();
    names.extend(new);
    if names.is_empty() { String::new() } else { format!(" at {}", names.join(", ")) }
}
