//! SARIF 2.1.0 as GitHub code scanning takes it (docs.github.com, "SARIF support for code scanning"): one run, places in the repository, the
//! rules that are used with their pages, fingerprints that survive shifted lines.

mod log;

use std::collections::{BTreeMap, BTreeSet};

use log::{
    ArtifactLocation, Automation, Configuration, Driver, Invocation, Location, Log, LogicalLocation, Message, Notification,
    PhysicalLocation, Properties, Region, RelatedLocation, ResultObject, RuleObject, Run, Tool,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::manual::{Entry, entries};
use super::remarks::{Origin, Remarks};
use super::{escape, json as print};
use crate::diag::{Finding, Severity};

/// Results that GitHub takes of one run.
const MOST_RESULTS: usize = 25_000;
/// Characters of a description that GitHub shows.
const MOST_DESCRIPTION: usize = 1_024;
/// What stays as it is in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Rules of error level whose findings are holes, with the weight that GitHub ranks alerts by: above 9 is critical, from 7 high.
pub(super) const SECURITY: &[(&str, &str)] = &[
    ("administrator-access", "8.0"),
    ("allow-with-not-principal", "9.3"),
    ("oidc-trust-without-subject", "9.1"),
    ("privilege-escalation", "8.8"),
    ("public-access", "9.5"),
    ("public-trust", "9.8"),
];

/// All remarks as one SARIF document.
pub fn sarif(remarks: &Remarks, origin: &Origin) -> String {
    let shown = remarks.list.iter().take(MOST_RESULTS);
    let used: BTreeSet<&str> = shown.clone().map(|r| r.code.as_str()).collect();
    let index: BTreeMap<&str, usize> = used.iter().enumerate().map(|(i, code)| (*code, i)).collect();
    let manual: BTreeMap<&str, Entry> = entries().into_iter().map(|entry| (entry.code, entry)).collect();
    let rules = used.iter().map(|code| rule(code, manual.get(code))).collect();
    let mut seen = BTreeMap::new();
    let results = shown.map(|remark| result(remark, origin, &index, &mut seen)).collect();
    let mut notes = vec![Notification { level: "note", message: Message::of(text(&remarks.summary)) }];
    if remarks.list.len() > MOST_RESULTS {
        let message = format!(
            "{} of {} results are omitted: the format has a limit",
            remarks.list.len() - MOST_RESULTS,
            remarks.list.len()
        );
        notes.push(Notification { level: "warning", message: Message::of(message) });
    }
    let account = remarks.account.as_ref().map(|name| format!("{}/", escape::line(name))).unwrap_or_default();
    print(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: "iamctl", semantic_version: env!("CARGO_PKG_VERSION"), rules } },
            // GitHub keeps the alerts of each category apart.
            automation_details: Automation { id: format!("iamctl-{}/{account}", remarks.command) },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation { execution_successful: true, tool_execution_notifications: notes }],
            results,
        }],
    })
}

fn rule<'a>(code: &'a str, entry: Option<&Entry>) -> RuleObject<'a> {
    let Some(entry) = entry else {
        let line = Message::of(escape::line(code));
        let (short_description, full_description, help) = (line.clone(), line.clone(), line.clone());
        let (id, name, default_configuration, properties) = (line.text, None, None, None);
        return RuleObject { id, name, short_description, full_description, help, default_configuration, properties };
    };
    let first = entry.text.split("\n\n").next().unwrap_or(entry.title).replace('\n', " ");
    let security_severity = SECURITY.iter().find(|(known, _)| *known == code).map(|(_, weight)| *weight);
    let tags = [if security_severity.is_some() { "security" } else { "iam" }];
    RuleObject {
        id: code.to_owned(),
        name: Some(code),
        short_description: Message::of(entry.title),
        full_description: Message::of(first.chars().take(MOST_DESCRIPTION).collect::<String>()),
        help: Message { text: entry.text.to_owned(), markdown: Some(entry.text.to_owned()) },
        default_configuration: Some(Configuration { level: entry.severity.unwrap_or(Severity::Warning).word() }),
        properties: Some(Properties { tags, security_severity }),
    }
}

fn result(finding: &Finding, origin: &Origin, index: &BTreeMap<&str, usize>, seen: &mut BTreeMap<String, usize>) -> ResultObject {
    let address = finding.address.as_ref().map(ToString::to_string);
    let place = origin.place(finding);
    let path = place.as_ref().map_or("", |(path, ..)| path.as_str());
    let print = fingerprint(finding, address.as_deref(), path);
    // Equal results in one file are distinguished by their number, as GitHub does it.
    let nth = seen.entry(print.clone()).and_modify(|n| *n += 1).or_insert(1);
    let logical = address
        .as_ref()
        .map(|address| LogicalLocation { fully_qualified_name: escape::line(address).into_owned(), kind: "resource" });
    let location = place.as_ref().map(|(path, line, column)| Location {
        physical_location: physical(path, *line, *column),
        logical_locations: logical.into_iter().collect(),
    });
    let related = finding.related.iter().enumerate().filter_map(|(n, (what, at))| {
        let physical_location = physical(&origin.path(&at.file)?, at.line.max(1), (at.column > 0).then_some(at.column));
        Some(RelatedLocation { id: n + 1, message: Message::of(text(what)), physical_location })
    });
    ResultObject {
        rule_id: escape::line(&finding.code).into_owned(),
        level: finding.severity.word(),
        message: Message::of(text(&finding.text())),
        partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", format!("{print}:{nth}"))]),
        rule_index: index.get(finding.code.as_str()).copied(),
        locations: location.into_iter().collect(),
        related_locations: related.collect(),
    }
}

fn physical(path: &str, line: u32, column: Option<u32>) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: utf8_percent_encode(path, PATH).to_string(), uri_base_id: "%SRCROOT%" },
        region: Region { start_line: line, end_line: line, start_column: column },
    }
}

/// What the remark says and about what, without its line.
fn fingerprint(finding: &Finding, address: Option<&str>, path: &str) -> String {
    let mut hash = Sha256::new();
    for part in [finding.code.as_str(), path, address.unwrap_or_default(), &finding.message] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Plain text of a message: harmless, and without links, for which SARIF reads `[text](target)` (3.11.6).
fn text(text: &str) -> String {
    let lines: Vec<String> = escape::block(text).map(|line| line.into_owned()).collect();
    let text = lines.join("\n");
    if !text.contains("](") {
        return text;
    }
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::diag::{Place, Source};

    fn finding(line: u32, message: &str) -> Finding {
        let found = Finding::new(Source::Lint, Severity::Error, "public-trust", message);
        found.about("role/x".parse().unwrap()).at(Place { file: "specs/größe #1%.yaml".into(), line, column: 7 })
    }

    fn of(findings: &[Finding], origin: &Origin) -> Value {
        serde_json::from_str(&sarif(&Remarks::of_findings("lint", Some("dev".into()), findings), origin)).unwrap()
    }

    #[test]
    fn a_place_is_an_encoded_path_of_the_repository() {
        let origin = Origin { prefix: "iam".into(), ..Origin::default() };
        let log = of(&[finding(3, "m")], &origin);
        let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "iam/specs/gr%C3%B6%C3%9Fe%20%231%25.yaml");
        assert_eq!((&location["region"]["startLine"], &location["region"]["startColumn"]), (&3.into(), &7.into()));
    }

    #[test]
    fn fingerprints_do_not_move_with_their_lines_and_tell_twins_apart() {
        let print = |log: &Value, i: usize| log["runs"][0]["results"][i]["partialFingerprints"].clone();
        let origin = Origin::default();
        let before = of(&[finding(3, "m"), finding(9, "m")], &origin);
        let after = of(&[finding(13, "m"), finding(19, "m")], &origin);
        assert_eq!((print(&before, 0), print(&before, 1)), (print(&after, 0), print(&after, 1)));
        assert_ne!(print(&before, 0), print(&before, 1));
        assert_ne!(print(&before, 0), print(&of(&[finding(3, "n")], &origin), 0));
    }

    #[test]
    fn a_message_holds_no_link_and_no_hidden_character() {
        let log = of(&[finding(1, "see [here](https://evil.example)\u{202e} ${aws:username} \u{1b}")], &Origin::default());
        let message = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
        assert_eq!(message, "see \\[here\\](https://evil.example)\\\\u{202e} ${aws:username} \\\\u{1b}");
    }

    #[test]
    fn the_security_rules_are_rules_of_error_level() {
        for (code, weight) in SECURITY {
            let rule = crate::lint::rules::ALL.iter().find(|rule| rule.code == *code).unwrap();
            assert_eq!(rule.severity, Severity::Error, "{code}");
            assert!(weight.parse::<f64>().is_ok_and(|w| (7.0..=10.0).contains(&w)), "{code}");
        }
    }

    #[test]
    fn what_has_no_place_stands_at_the_project_file() {
        let mut found = finding(1, "m");
        found.at = None;
        let bare = of(&[found.clone()], &Origin::default());
        assert!(bare["runs"][0]["results"][0].get("locations").is_none());
        let log = of(&[found], &Origin { fallback: Some("iamctl.yaml".into()), ..Origin::default() });
        let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!((&location["artifactLocation"]["uri"], &location["region"]["startLine"]), (&"iamctl.yaml".into(), &1.into()));
    }

    #[test]
    fn more_than_is_taken_is_cut_and_said() {
        let many: Vec<Finding> = (0..25_002).map(|i| finding(i + 1, &format!("m{i}"))).collect();
        let log = of(&many, &Origin::default());
        assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), MOST_RESULTS);
        let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(notes.contains("2 of 25002 results are omitted"), "{notes}");
    }
}
