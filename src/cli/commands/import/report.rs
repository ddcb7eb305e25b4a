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
const ADOPT_EACH: &str =
    "Against each of these accounts they plan to nothing but ownership tags: `iamctl plan --account NAME --adopt`.";
const DESCRIBED: &str = "They say what the files say. Adopt what exists with `iamctl plan --adopt`.";

/// Files, counts, and what is not in them. `others` are what could not be known of files of another tool, and what was noted there.
pub(super) fn text(
    imported: &Imported,
    others: (&[Unknown], &[Unknown]),
    (described, many): (bool, bool),
    folder: &str,
    paint: Paint,
) -> String {
    let mut out = String::new();
    for name in imported.files.keys().take(MOST) {
        let _ = writeln!(out, "{} {}", paint.paint(Role::Create, "created"), escape::line(&format!("{folder}{name}")));
    }
    more(&mut out, imported.files.len());
    let report = &imported.report;
    let address = |o: &Omission| match o.accounts.as_slice() {
        [] => o.address.to_string(),
        accounts => format!("{} in {}", o.address, accounts.join(", ")),
    };
    let addressed = |list: &[Omission]| list.iter().map(|o| (address(o), o.reason.clone())).collect::<Vec<_>>();
    let placed = |list: &[Unknown]| list.iter().map(|u| (u.place.clone(), u.reason.clone())).collect::<Vec<_>>();
    list(&mut out, "Left out:", &addressed(&report.left_out));
    list(&mut out, "Not known, or not to be written:", &addressed(&report.unknown));
    list(&mut out, "Not known, and never guessed:", &placed(others.0));
    list(&mut out, "Noted:", &[addressed(&report.notes), placed(others.1)].concat());
    for pattern in &report.idle {
        let what = if described { "described there" } else { "in the account" };
        let _ = write!(out, "\nNothing {what} matches `{}`.", escape::line(pattern));
        // An address begins with its kind; Terraform's has it before a dot.
        if !pattern.contains('/') {
            let name = pattern.rsplit('.').next().unwrap_or(pattern);
            let _ = write!(out, " An address begins with its kind: `--select 'role/{}'`.", escape::line(name));
        }
        out.push('\n');
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
            match (described, many) {
                (true, _) => DESCRIBED,
                (false, true) => ADOPT_EACH,
                (false, false) => ADOPT,
            }
        );
    }
    if !imported.vars.is_empty() {
        let _ = write!(out, "\nThe accounts differ in these values. Put them into `iamctl.yaml`:\n\n{}", imported.vars);
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

/// A list of places with their reasons. Reasons that differ in quoted names alone stand together.
fn list(out: &mut String, title: &str, items: &[(String, String)]) {
    if items.is_empty() {
        return;
    }
    let mut groups: BTreeMap<String, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
    for (place, reason) in items {
        let parts: Vec<&str> = reason.split('`').collect();
        let plain: Vec<&str> = parts.iter().enumerate().map(|(n, part)| if n % 2 == 0 { *part } else { "" }).collect();
        groups.entry(plain.join("`")).or_default().push((place, parts));
    }
    let _ = writeln!(out, "\n{title}");
    for members in groups.values() {
        let Some((first, parts)) = members.first() else { continue };
        if members.len() == 1 {
            let _ = writeln!(out, "  {}: {}", escape::line(first), escape::line(&parts.join("`")));
            continue;
        }
        let differs = |n: usize| members.iter().any(|(_, other)| other.get(n) != parts.get(n));
        let shared: Vec<&str> = parts.iter().enumerate().map(|(n, part)| if differs(n) { "…" } else { *part }).collect();
        let named = |(place, parts): &(&str, Vec<&str>)| {
            let own: Vec<String> =
                parts.iter().enumerate().filter(|(n, _)| differs(*n)).map(|(_, part)| format!("`{part}`")).collect();
            let text = if own.is_empty() { (*place).to_owned() } else { format!("{place} ({})", own.join(", ")) };
            escape::line(&text).into_owned()
        };
        let shown: Vec<String> = members.iter().take(MOST).map(named).collect();
        let rest = members.len().saturating_sub(MOST);
        let and = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let _ = writeln!(out, "  {} places: {}:", members.len(), escape::line(&shared.join("`")));
        let _ = writeln!(out, "    {}{and}", shown.join(", "));
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
            let line = format!("{}: {} is {}, the specs set it to {}", change.address, field.field, field.before, field.after);
            let _ = writeln!(out, "{}", escape::line(&line));
        }
    }
    more(&mut out, changes.len());
    for problem in problems.iter().take(MOST) {
        let _ = writeln!(out, "{}", escape::line(problem));
    }
    out
}
