//! The pages under `docs/lint` are the doc comments of the rules. `IAMCTL_UPDATE=1 cargo test --test core lint::pages` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use iamctl::lint::rules::ALL;
use iamctl::lint::{BareDocument, PolicyType, Rule, Surroundings, lint_bare};

use super::specs;

fn page(rule: &Rule) -> String {
    let text: String = rule.text().lines().map(|l| format!("{}\n", l.strip_prefix(' ').unwrap_or(l).trim_end())).collect();
    format!("# `{}`\n\n{} ({})\n\n{}\n", rule.code, rule.title(), rule.severity.word(), text.trim())
}

fn index() -> String {
    let mut rows: Vec<&&Rule> = ALL.iter().collect();
    rows.sort_by_key(|r| r.code);
    let rows: String =
        rows.iter().map(|r| format!("| [`{}`]({}.md) | {} | {} |\n", r.code, r.code, r.severity.word(), r.title())).collect();
    format!(
        "# Rules\n\nMade from the rules' doc comments. The severity is the usual one; a page says when it is another. [How it works](../lint.md).\n\n\
         | code | severity | |\n|---|---|---|\n{rows}"
    )
}

#[test]
fn the_pages_in_the_repository_are_those_of_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint");
    let mut wanted: BTreeMap<String, String> = ALL.iter().map(|r| (format!("{}.md", r.code), page(r))).collect();
    wanted.insert("README.md".to_owned(), index());
    if std::env::var_os("IAMCTL_UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        wanted.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
    }
    let there: BTreeSet<String> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, wanted.keys().cloned().collect(), "run again with IAMCTL_UPDATE=1");
    for (name, text) in wanted {
        let found = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert_eq!(found, text, "{name} is stale: run again with IAMCTL_UPDATE=1");
    }
}

#[test]
fn every_code_is_a_kebab_case_word_of_one_rule_with_a_title_and_a_next_move() {
    let mut seen = BTreeSet::new();
    for rule in ALL {
        assert!(seen.insert(rule.code), "{}", rule.code);
        assert!(rule.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", rule.code);
        assert!(!rule.title().is_empty() && !rule.title().ends_with('.') && rule.title().len() < 100, "{}", rule.title());
        assert!(rule.text().contains("**What to do.**"), "{}", rule.code);
    }
}

/// The example under a heading of a page, and its language: statements or a document as `json`, specs as `yaml`.
fn example<'p>(page: &'p str, heading: &str) -> Option<(&'p str, &'p str)> {
    let (_, rest) = page.split_once(&format!("**{heading}.**\n\n```"))?;
    rest.split_once("```")?.0.split_once('\n')
}

/// The codes of what is reported on an example.
fn codes(rule: &Rule, language: &str, text: &str) -> Vec<String> {
    if language == "yaml" {
        return specs::lint_on(text, "2027-01-31").iter().map(|f| f.code.to_string()).collect();
    }
    let policy_type = match (rule.code.get(..3), text.contains("Principal\": "), text.contains("\"sts:AssumeRole")) {
        (Some("scp"), ..) => PolicyType::Scp,
        (Some("rcp"), ..) => PolicyType::Rcp,
        (_, true, true) => PolicyType::Trust,
        (_, true, false) => PolicyType::Resource,
        (_, false, _) => PolicyType::Identity,
    };
    let document = match text.contains("\"Statement\"") {
        true => text.to_owned(),
        false => format!(r#"{{"Version": "2012-10-17", "Statement": [{text}]}}"#),
    };
    let around = Surroundings { today: "2027-01-31".to_owned(), ..Surroundings::default() };
    let found = lint_bare(&BareDocument::read("p.json", &document).unwrap(), policy_type, &around);
    found.iter().map(|f| f.code.to_string()).collect()
}

/// Rules whose pages have no examples: a document of six thousand characters explains nothing, and the others need a project file.
const WITHOUT_EXAMPLES: [&str; 4] = ["cross-account-escalation", "document-near-limit", "document-too-large", "forbidden-access"];

#[test]
fn the_examples_of_a_page_are_reported_and_not_reported() {
    for rule in ALL {
        let text = page(rule);
        let (bad, good) = (example(&text, "Reported"), example(&text, "Not reported"));
        let wanted = !WITHOUT_EXAMPLES.contains(&rule.code);
        assert_eq!((bad.is_some(), good.is_some()), (wanted, wanted), "{}: a page has both examples", rule.code);
        for ((language, text), wanted) in bad.into_iter().map(|s| (s, true)).chain(good.map(|s| (s, false))) {
            let found = codes(rule, language, text);
            assert_eq!(found.iter().any(|code| code == rule.code), wanted, "{}: {text}\n{found:?}", rule.code);
        }
    }
}

#[test]
fn every_code_that_the_documentation_maps_exists() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md")).unwrap();
    let table = text.split_once("| Access Analyzer | here |").unwrap().1;
    for line in table.lines().filter(|l| l.starts_with("| ")) {
        let right = line.trim_end_matches('|').rsplit_once(" | ").unwrap().1;
        for code in right.split('`').skip(1).step_by(2) {
            let known = ALL.iter().any(|r| r.code == code) || iamctl::policy::grammar::CODES.iter().any(|(c, _)| *c == code);
            assert!(known, "{line}");
        }
    }
}
