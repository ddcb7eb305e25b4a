//! The pages under `docs/lint` are the doc comments of the rules. `IAMCTL_UPDATE=1 cargo test --test core lint::pages` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use iamctl::lint::rules::ALL;
use iamctl::lint::{BareDocument, PolicyType, Rule, Surroundings, lint_bare};

fn page(rule: &Rule) -> String {
    let text: String = rule.text().lines().map(|l| format!("{}\n", l.trim())).collect();
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

/// The example under a heading of a page.
fn example<'p>(page: &'p str, heading: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("**{heading}.**\n\n```json\n"))?;
    rest.split_once("```").map(|(text, _)| text)
}

#[test]
fn the_examples_of_a_page_are_reported_and_not_reported() {
    let mut seen = 0;
    for rule in ALL {
        let text = page(rule);
        let (bad, good) = (example(&text, "Reported"), example(&text, "Not reported"));
        assert_eq!(bad.is_some(), good.is_some(), "{}: a page has both examples or none", rule.code);
        for (statement, wanted) in bad.into_iter().map(|s| (s, true)).chain(good.map(|s| (s, false))) {
            let policy_type = match (statement.contains("Principal\": "), statement.contains("\"sts:AssumeRole")) {
                (true, true) => PolicyType::Trust,
                (true, false) => PolicyType::Resource,
                (false, _) => PolicyType::Identity,
            };
            let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
            let around = Surroundings { today: "2027-01-31".to_owned(), ..Surroundings::default() };
            let found = lint_bare(&BareDocument::read("p.json", &document).unwrap(), policy_type, &around);
            let codes: Vec<&str> = found.iter().map(|f| f.code.as_ref()).collect();
            assert_eq!(codes.contains(&rule.code), wanted, "{}: {statement}\n{codes:?}", rule.code);
            seen += 1;
        }
    }
    assert!(seen >= 220, "{seen}");
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
