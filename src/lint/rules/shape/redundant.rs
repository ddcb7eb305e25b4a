//! What is there twice.

use crate::lint::arn;
use crate::lint::findings::Findings;
use crate::lint::pattern;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;

rule! {
    /// An action is covered by another of the same list
    ///
    /// **Why it matters.** The narrower one looks like a limit, and is none.
    ///
    /// **What to do.** Drop the narrower one, or the wider one if it was not meant.
    REDUNDANT_ACTION = "redundant-action", Note, Document(action);

    /// A resource is covered by another of the same list
    ///
    /// **Why it matters.** The narrower one looks like a limit, and is none.
    ///
    /// **What to do.** Drop the narrower one, or the wider one if it was not meant.
    REDUNDANT_RESOURCE = "redundant-resource", Note, Document(resource);

    /// The same statement stands twice
    ///
    /// **What to do.** Drop one of them.
    REDUNDANT_STATEMENT = "redundant-statement", Note, Document(statement);
}

/// Lists longer than this are not compared pair by pair.
const LONGEST: usize = 400;

/// The index of an entry of which another covers all; of two equal ones the later.
fn covered(list: &[&str], covers: &dyn Fn(&str, &str) -> bool) -> Vec<(usize, usize)> {
    if list.len() > LONGEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (i, inner) in list.iter().enumerate() {
        let other =
            list.iter().enumerate().find(|(j, outer)| *j != i && covers(outer, inner) && (!covers(inner, outer) || *j < i));
        found.extend(other.map(|(j, _)| (i, j)));
    }
    found
}

fn action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in &subject.statements {
        let covers = |outer: &str, inner: &str| pattern::covers(&pattern::action(outer), &pattern::action(inner));
        for (i, j) in covered(&statement.actions, &covers) {
            let (Some(inner), Some(outer)) = (statement.actions.get(i), statement.actions.get(j)) else { continue };
            let path = statement.item(statement.action_member(), i);
            out.report(subject, &path, format!("`{inner}` is covered by `{outer}`"), "drop one of the two");
        }
    }
}

fn resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in &subject.statements {
        for (i, j) in covered(&statement.resources, &arn::covers) {
            let (Some(inner), Some(outer)) = (statement.resources.get(i), statement.resources.get(j)) else { continue };
            let path = statement.item(statement.resource_member(), i);
            out.report(subject, &path, format!("`{inner}` is covered by `{outer}`"), "drop one of the two");
        }
    }
}

fn statement(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let bare = |value: &serde_json::Value| {
        let mut value = value.clone();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("Sid");
        }
        value
    };
    let all: Vec<_> = subject.statements.iter().take(LONGEST).map(|s| bare(s.value)).collect();
    for (i, (value, statement)) in all.iter().zip(&subject.statements).enumerate() {
        if let Some(first) = all.iter().take(i).position(|v| v == value) {
            let message = format!("{} says the same as statement {}", statement.label(), first + 1);
            out.report(subject, &statement.path(&[]), message, "drop one of them");
        }
    }
}
