//! What an import says to a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::import::{Imported, Omission, Unknown};
use crate::names::EntityKind;
use crate::plan::Change;
use crate::report::{Paint, Role, escape};

/// Most lines of one list; the rest is counted.
const MOST: usize = 200;

const ADOPT: &str = "Against this account they plan to nothing but ownership tags: `iamctl plan --adopt`.";
const DESCRIBED: &str = "They say what the files say. What exists is taken over with `iamctl plan --adopt`, see docs/import.md.";

/// Files, counts, and what is not in them.
pub(super) fn text(imported: &Imported, others: &[Unknown], described: bool, folder: &str, paint: Paint) -> String {
    let mut out = String::new();
    for name in imported.files.keys().take(MOST) {
        let _ = writeln!(out, "{} {}", paint.paint(Role::Create, "created"), escape::line(&format!("{folder}{name}")));
    }
    more(&mut out, imported.files.len());
    let report = &imported.report;
    list(&mut out, "Left out:", &report.left_out);
    list(&mut out, "Not known, or not to be written:", &report.unknown);
    if !others.is_empty() {
        out.push_str("\nNot known, and never guessed:\n");
        for unknown in others.iter().take(MOST) {
            let _ = writeln!(out, "  {}: {}", escape::line(&unknown.place), escape::line(&unknown.reason));
        }
        more(&mut out, others.len());
    }
    for pattern in &report.idle {
        let _ = writeln!(out, "\nNothing in the account matches `{}`.", escape::line(pattern));
    }
    if !report.known.is_empty() {
        let _ =
            writeln!(out, "\n{} declared already; nothing of it was touched.", count(report.known.len(), "entity", "entities"));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    if imported.files.is_empty() {
        out.push_str("Nothing new was written.\n");
    } else {
        let _ = writeln!(
            out,
            "{} in {}: {}.\n{}",
            count(imported.declared.len(), "entity", "entities"),
            count(imported.files.len(), "file", "files"),
            kinds(imported),
            if described { DESCRIBED } else { ADOPT }
        );
    }
    out
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn more(out: &mut String, total: usize) {
    if total > MOST {
        let _ = writeln!(out, "and {} more", total - MOST);
    }
}

fn list(out: &mut String, title: &str, omissions: &[Omission]) {
    if omissions.is_empty() {
        return;
    }
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for omission in omissions {
        by_reason.entry(&omission.reason).or_default().push(omission.address.to_string());
    }
    let _ = writeln!(out, "\n{title}");
    for (reason, addresses) in by_reason {
        let reason = escape::line(reason);
        if let [one] = addresses.as_slice() {
            let _ = writeln!(out, "  {}: {reason}", escape::line(one));
            continue;
        }
        let shown: Vec<&str> = addresses.iter().take(MOST).map(String::as_str).collect();
        let rest = addresses.len().saturating_sub(MOST);
        let and = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let _ = writeln!(out, "  {}: {reason}:", count(addresses.len(), "entity", "entities"));
        let _ = writeln!(out, "    {}{and}", escape::line(&shown.join(", ")));
    }
}

fn kinds(imported: &Imported) -> String {
    let mut counts: BTreeMap<EntityKind, usize> = BTreeMap::new();
    for address in &imported.declared {
        *counts.entry(address.kind).or_default() += 1;
    }
    let plural = |kind: EntityKind| match kind {
        EntityKind::Policy => "policies".to_owned(),
        other => format!("{}s", other.noun()),
    };
    let parts: Vec<String> = counts.into_iter().map(|(kind, n)| count(n, kind.noun(), &plural(kind))).collect();
    parts.join(", ")
}

/// Why nothing was written: what the specs would change.
pub(super) fn differences(changes: &[Change], problems: &[String]) -> String {
    let mut out = String::new();
    for change in changes.iter().take(MOST) {
        if change.fields.is_empty() {
            let _ = writeln!(out, "{}: {}", escape::line(&change.address.to_string()), escape::line(&change.reason));
        }
        for field in &change.fields {
            let line = format!("{}: {} is {}, the specs make it {}", change.address, field.field, field.before, field.after);
            let _ = writeln!(out, "{}", escape::line(&line));
        }
    }
    more(&mut out, changes.len());
    for problem in problems.iter().take(MOST) {
        let _ = writeln!(out, "{}", escape::line(problem));
    }
    out
}
