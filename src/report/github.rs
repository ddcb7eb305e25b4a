//! Annotations on GitHub: workflow commands, one a line, escaped as GitHub's own toolkit escapes them.
//!
//! GitHub shows ten annotations of each level for a step and silently drops the rest. The most severe come first, at most ten of a level are
//! printed, and the summary, which is always there, says what was left out.

use super::count;
use super::escape;
use super::remarks::{Origin, Remarks};
use crate::diag::{Finding, Severity};

/// Annotations of one level that GitHub shows of a step.
const SHOWN: usize = 10;
/// Longest message of an annotation in characters; GitHub cuts at 4096 bytes, mid-word.
const LONGEST: usize = 1000;

/// All remarks as annotations, and one notice that sums them up.
pub fn github(remarks: &Remarks, origin: &Origin) -> String {
    let mut out = String::new();
    let mut cut = Vec::new();
    for (severity, command, one, many) in [
        (Severity::Error, "error", "error", "errors"),
        (Severity::Warning, "warning", "warning", "warnings"),
        (Severity::Note, "notice", "note", "notes"),
    ] {
        // The summary is a notice too.
        let room = if severity == Severity::Note { SHOWN - 1 } else { SHOWN };
        let of_level: Vec<&Finding> = remarks.list.iter().filter(|r| r.severity == severity).collect();
        for finding in of_level.iter().take(room) {
            out += &annotation(command, finding, origin);
        }
        if of_level.len() > room {
            cut.push(format!("{} of {}", of_level.len() - room, count(of_level.len(), one, many)));
        }
    }
    let mut message = remarks.summary.clone();
    if !cut.is_empty() {
        message += &format!("\nnot annotated: {}; `--format text` and `--format sarif` have them all", cut.join(", "));
    }
    let account = remarks.account.as_ref().map(|name| format!(" of account {name}")).unwrap_or_default();
    let title = format!("iamctl {}{account}", remarks.command);
    out + &command("notice", &[("title", &title)], &message)
}

fn annotation(name: &str, finding: &Finding, origin: &Origin) -> String {
    let title = match &finding.address {
        Some(address) => format!("{}: {address}", finding.code),
        None => finding.code.clone(),
    };
    let place = origin.place(finding);
    let line = place.as_ref().map(|(_, line, _)| line.to_string());
    let column = place.as_ref().and_then(|(_, _, column)| *column).map(|column| column.to_string());
    let mut properties = Vec::new();
    if let (Some((file, ..)), Some(line)) = (&place, &line) {
        properties.extend([("file", file.as_str()), ("line", line.as_str())]);
        properties.extend(column.as_ref().map(|column| ("col", column.as_str())));
    }
    properties.push(("title", &title));
    command(name, &properties, &finding.text())
}

/// One workflow command on a line of its own.
fn command(name: &str, properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(&harmless(&escape::line(value))))).collect();
    let lines: Vec<String> = escape::block(message).map(|line| line.into_owned()).collect();
    let mut text = lines.join("\n");
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text += "…";
    }
    format!("::{name} {}::{}\n", properties.join(","), data(&harmless(&text)))
}

/// The older form of a command, `##[error]`, counts anywhere in a line.
fn harmless(text: &str) -> String {
    text.replace("##[", "##\\u{5b}")
}

/// As `escapeData` of actions/toolkit.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As `escapeProperty` of actions/toolkit.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Finding, Place, Source};

    fn finding(severity: Severity, message: &str) -> Finding {
        let place = Place { file: "specs/a, b:c.yaml".into(), line: 3, column: 5 };
        let found = Finding::new(Source::Lint, severity, "public-trust", message).help("name the accounts");
        found.about("role/x".parse().unwrap()).at(place)
    }

    fn of(findings: &[Finding]) -> String {
        github(&Remarks::of_findings("lint", Some("dev".into()), findings), &Origin::default())
    }

    #[test]
    fn an_annotation_is_escaped_as_the_toolkit_does() {
        let out = of(&[finding(Severity::Error, "100% of it")]);
        let expected = "::error file=specs/a%2C b%3Ac.yaml,line=3,col=5,title=public-trust%3A role/x::100%25 of it%0Ahelp: name the accounts\n\
                        ::notice title=iamctl lint of account dev::1 error\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn hostile_text_forges_no_second_command() {
        let hostile = "a\n::error::forged\r::add-mask::x\u{202e}%0A::warning::y ##[error]z\u{1b}[31m";
        let mut found = finding(Severity::Warning, hostile);
        found.at = Some(Place { file: format!("f{hostile}.yaml"), line: 3, column: 5 });
        let out = of(&[found]);
        assert_eq!(out.lines().count(), 2, "{out}");
        assert!(out.lines().all(|line| line.starts_with("::warning file=") || line.starts_with("::notice ")), "{out}");
        assert!(!out.contains("##[") && !out.contains(['\u{202e}', '\u{1b}', '\r']), "{out}");
        assert!(out.contains("%250A"), "a written escape stays text: {out}");
        let properties = out.split("::").nth(1).unwrap();
        assert!(properties.matches(',').count() == 3, "file, line, col, title: {properties}");
    }

    #[test]
    fn no_more_than_github_shows_and_the_summary_says_what_was_cut() {
        let mut findings: Vec<Finding> = (0..25).map(|i| finding(Severity::Note, &format!("note {i}"))).collect();
        findings.extend((0..12).map(|i| finding(Severity::Error, &format!("error {i}"))));
        let out = of(&findings);
        let begin = |word: &str| out.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!((begin("::error"), begin("::notice")), (10, 10), "{out}");
        assert!(out.lines().next().unwrap().starts_with("::error"));
        assert!(out.contains("not annotated: 2 of 12 errors, 16 of 25 notes;"), "{out}");
    }

    #[test]
    fn nothing_found_still_says_so() {
        assert_eq!(of(&[]), "::notice title=iamctl lint of account dev::no findings\n");
    }
}
