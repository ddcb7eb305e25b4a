//! Findings of what templates make, each once, where the template writes it.

use std::collections::BTreeMap;

use super::{Finding, Place, Severity, USED_BY};

/// Entities that a headline names; the rest is counted.
const SHOWN: usize = 3;

/// Where a template writes something that it makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InTemplate {
    /// The template's name.
    pub template: String,
    /// The place.
    pub place: Place,
    /// The line there.
    pub source_line: Option<String>,
}

/// What is the same in findings that are one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    place: Place,
    code: String,
    severity: Severity,
    message: String,
    accounts: Vec<String>,
}

/// Findings that differ in the entity alone and that a template writes at one place, as one finding at that place.
pub fn gathered(findings: Vec<Finding>) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut of_templates: BTreeMap<Key, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        match &finding.written {
            None => out.push(finding),
            Some(written) => {
                let name = finding.address.as_ref().map_or("", |address| address.name.as_str());
                let (place, accounts) = (written.place.clone(), finding.accounts.clone());
                let message = without(&finding.message, name);
                let key = Key { place, code: finding.code.clone(), severity: finding.severity, message, accounts };
                of_templates.entry(key).or_default().push(finding);
            }
        }
    }
    out.extend(of_templates.into_values().filter_map(one));
    out
}

/// A message with a mark where it says this name, which is not part of a longer one.
fn without(message: &str, name: &str) -> String {
    let of_names = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let (mut out, mut rest) = (String::with_capacity(message.len()), message);
    while let Some((before, after)) = rest.split_once(name).filter(|_| !name.is_empty()) {
        let is_whole = !before.ends_with(of_names) && !after.starts_with(of_names);
        out.push_str(before);
        out.push_str(if is_whole { "\0" } else { name });
        rest = after;
    }
    out + rest
}

fn one(mut all: Vec<Finding>) -> Option<Finding> {
    all.sort();
    let uses: Vec<Place> = all.iter().filter_map(|finding| finding.at.clone()).collect();
    let addresses: Vec<String> = all.iter().filter_map(|f| f.address.as_ref()).map(|a| format!("`{a}`")).collect();
    let mut first = all.into_iter().next()?;
    let InTemplate { template, place, source_line } = first.written.take()?;
    if let Some(used) = uses.first() {
        let times = if uses.len() > 1 { format!(" ×{}", uses.len()) } else { String::new() };
        let mut named = addresses.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if addresses.len() > SHOWN {
            named += &format!(" and {} more", addresses.len() - SHOWN);
        }
        let of = if addresses.len() < 2 { String::new() } else { format!(": {named}") };
        first.message = format!(
            "{} (template `{}`, used by `use` at {}:{}{times}{of})",
            first.message,
            template.escape_debug(),
            used.file,
            used.line
        );
    }
    for used in uses {
        if !first.related.iter().any(|(what, place)| what == USED_BY && *place == used) {
            first.related.push((USED_BY.to_owned(), used));
        }
    }
    first.at = Some(place);
    first.source_line = source_line;
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn found(role: &str, line: u32, message: &str) -> Finding {
        let place = |file: &str, line| Place { file: file.into(), line, column: 5 };
        let finding = Finding::new(Source::Lint, Severity::Warning, "c", message);
        let finding = finding.about(format!("role/{role}").parse().unwrap()).at(place("specs/a.yaml", line));
        let written =
            InTemplate { template: "t".into(), place: place("specs/templates/t.yaml", 9), source_line: Some("line".into()) };
        Finding { written: Some(written), ..finding }
    }

    #[test]
    fn what_a_template_writes_once_is_found_once() {
        let plain = Finding { written: None, ..found("z", 1, "m") };
        let list = vec![
            found("b", 4, "of `b`"),
            plain.clone(),
            found("a", 3, "of `a`"),
            found("c", 4, "of `c`"),
            found("d", 5, "of `d`"),
        ];
        let out = gathered(list);
        assert_eq!(out[0], plain);
        let [_, one] = out.as_slice() else { panic!("{out:#?}") };
        assert_eq!(one.at.as_ref().unwrap().to_string(), "specs/templates/t.yaml:9:5");
        assert_eq!(
            one.message,
            "of `a` (template `t`, used by `use` at specs/a.yaml:3 ×4: `role/a`, `role/b`, `role/c` and 1 more)"
        );
        assert_eq!((one.related.len(), one.others().count(), one.source_line.as_deref()), (3, 0, Some("line")));
        assert_eq!(without("a `role/a` at a-a, arn:role/a", "a"), "\0 `role/\0` at a-a, arn:role/\0");
        // What is another fault stays another.
        assert_eq!(gathered(vec![found("a", 3, "of x"), found("b", 3, "of y")]).len(), 2);
    }
}
