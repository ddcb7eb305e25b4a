//! SARIF 2.1.0 as GitHub code scanning takes it (docs.github.com, "SARIF support for code scanning"): one run, places in the repository, the
//! rules that are used with their pages, fingerprints that survive shifted lines.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::manual::{Entry, entries};
use super::remarks::{Origin, Remark, Remarks};
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
    ("public-trust", "9.8"),
];

/// A document (3.13). Each type holds the members of its object that GitHub reads; the numbers are those of the standard's sections.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

/// 3.14.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    /// GitHub keeps the alerts of each category apart.
    automation_details: Id,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Found>,
}

/// 3.18.
#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

/// 3.19.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

/// 3.17.
#[derive(Serialize)]
struct Id {
    id: String,
}

/// 3.20.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

/// 3.58.
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

/// 3.11.
#[derive(Serialize)]
struct Message {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

/// 3.49.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    short_description: Message,
    full_description: Message,
    help: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_configuration: Option<Configuration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties>,
}

/// 3.50.
#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// The members of a rule that GitHub adds to the standard's.
#[derive(Serialize)]
struct Properties {
    tags: [&'static str; 1],
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

/// A result (3.27).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    locations: Option<[Location; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    primary_location_line_hash: String,
}

/// 3.28.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_locations: Option<[Logical; 1]>,
}

/// 3.29.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

/// 3.4.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

/// 3.30.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
}

/// 3.33.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
    kind: &'static str,
}

impl Message {
    fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), markdown: None }
    }
}

/// All remarks as one SARIF document.
pub fn sarif(remarks: &Remarks, origin: &Origin) -> String {
    let shown = remarks.list.iter().take(MOST_RESULTS);
    let used: BTreeSet<&str> = shown.clone().map(|r| r.finding.code.as_str()).collect();
    let index: BTreeMap<&str, usize> = used.iter().enumerate().map(|(i, code)| (*code, i)).collect();
    let manual: BTreeMap<&str, Entry> = entries().into_iter().map(|entry| (entry.code, entry)).collect();
    let rules = used.iter().map(|code| rule(code, manual.get(code))).collect();
    let mut seen = BTreeMap::new();
    let results = shown.map(|remark| result(remark, origin, &index, &mut seen)).collect();
    let mut notes = vec![Notification { level: "note", message: Message::of(text(&remarks.summary)) }];
    if remarks.list.len() > MOST_RESULTS {
        let left = remarks.list.len() - MOST_RESULTS;
        let message = format!("{left} of {} results are left out: no more are taken", remarks.list.len());
        notes.push(Notification { level: "warning", message: Message::of(message) });
    }
    let account = remarks.account.as_ref().map(|name| format!("{}/", escape::line(name))).unwrap_or_default();
    print(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: "iamctl", semantic_version: env!("CARGO_PKG_VERSION"), rules } },
            automation_details: Id { id: format!("iamctl-{}/{account}", remarks.command) },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation { execution_successful: true, tool_execution_notifications: notes }],
            results,
        }],
    })
}

fn rule(code: &str, entry: Option<&Entry>) -> Rule {
    let Some(entry) = entry else {
        let line = escape::line(code).into_owned();
        let [short_description, full_description, help] = [(); 3].map(|()| Message::of(line.clone()));
        return Rule {
            id: line,
            name: None,
            short_description,
            full_description,
            help,
            default_configuration: None,
            properties: None,
        };
    };
    let first = entry.text.split("\n\n").next().unwrap_or(entry.title).replace('\n', " ");
    let full: String = first.chars().take(MOST_DESCRIPTION).collect();
    let security_severity = SECURITY.iter().find(|(known, _)| *known == code).map(|(_, weight)| *weight);
    Rule {
        id: code.to_owned(),
        name: Some(entry.code),
        short_description: Message::of(entry.title),
        full_description: Message::of(full),
        help: Message { markdown: Some(entry.text.to_string()), ..Message::of(entry.text.to_string()) },
        default_configuration: Some(Configuration { level: entry.severity.unwrap_or(Severity::Warning).word() }),
        properties: Some(Properties { tags: [if security_severity.is_some() { "security" } else { "iam" }], security_severity }),
    }
}

fn result(remark: &Remark, origin: &Origin, index: &BTreeMap<&str, usize>, seen: &mut BTreeMap<String, usize>) -> Found {
    let finding = &remark.finding;
    let address = finding.address.as_ref().map(ToString::to_string);
    let place = origin.place(remark);
    let print = fingerprint(finding, address.as_deref(), place.as_ref().map_or("", |(path, ..)| path.as_str()));
    // The same thing twice in one file is told apart by which of them it is, as GitHub does it.
    let nth = seen.entry(print.clone()).and_modify(|n| *n += 1).or_insert(1);
    let locations = place.map(|(path, line, column)| {
        let uri = utf8_percent_encode(&path, PATH).to_string();
        let logical = |name: &String| [Logical { fully_qualified_name: escape::line(name).into_owned(), kind: "resource" }];
        [Location {
            physical_location: Physical {
                artifact_location: Artifact { uri, uri_base_id: "%SRCROOT%" },
                region: Region { start_line: line, end_line: line, start_column: column },
            },
            logical_locations: address.as_ref().map(logical),
        }]
    });
    Found {
        rule_id: escape::line(&finding.code).into_owned(),
        rule_index: index.get(finding.code.as_str()).copied(),
        level: finding.severity.word(),
        message: Message::of(text(&remark.text())),
        partial_fingerprints: Fingerprints { primary_location_line_hash: format!("{print}:{nth}") },
        locations,
    }
}

/// What the remark says and of what, without its line.
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
    use super::*;
    use crate::diag::{Place, Source};
    use serde_json::Value;

    fn finding(line: u32, message: &str) -> Finding {
        let found = Finding::new(Source::Lint, Severity::Error, "public-trust", message);
        found.about("role/x".parse().unwrap()).at(Place { file: "specs/größe #1%.yaml".into(), line, column: 7 })
    }

    fn of(findings: &[Finding], origin: &Origin) -> Value {
        serde_json::from_str(&sarif(&Remarks::of_findings("lint", "dev", findings), origin)).unwrap()
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
        assert!(notes.contains("2 of 25002 results are left out"), "{notes}");
    }
}
