//! Links between pages lead to files and headings that exist.

use std::collections::BTreeSet;

use super::{pages, read, root};

/// The anchor that code hosts give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

fn without_code(text: &str) -> String {
    let mut inside = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    prose.map(|line| format!("{line}\n")).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

fn targets(text: &str) -> Vec<String> {
    let link = |rest: &str| rest.split_once(')').map(|(target, _)| target.to_owned());
    text.split("](").skip(1).filter_map(link).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut dead = Vec::new();
    for page in pages() {
        let text = without_code(&read(&page));
        for target in targets(&text) {
            if target.starts_with("http") || target.starts_with("mailto:") {
                continue;
            }
            let (path, heading) = target.split_once('#').map_or((target.as_str(), None), |(path, heading)| (path, Some(heading)));
            let file = match path {
                "" => root().join(&page),
                _ => root().join(&page).parent().unwrap().join(path),
            };
            let found = match heading {
                None => file.exists(),
                Some(heading) => std::fs::read_to_string(&file).is_ok_and(|text| anchors(&without_code(&text)).contains(heading)),
            };
            if !found {
                dead.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let mut reached = BTreeSet::from(["README.md".to_owned()]);
    let mut open = vec!["README.md".to_owned()];
    while let Some(page) = open.pop() {
        for target in targets(&without_code(&read(&page))) {
            let path = root().join(&page).parent().unwrap().join(target.split('#').next().unwrap());
            let Ok(path) = path.canonicalize() else { continue };
            let Ok(path) = path.strip_prefix(root().canonicalize().unwrap()).map(|p| p.to_string_lossy().into_owned()) else {
                continue;
            };
            if path.ends_with(".md") && reached.insert(path.clone()) {
                open.push(path);
            }
        }
    }
    let lost: Vec<String> = pages().into_iter().filter(|page| !reached.contains(page)).collect();
    assert!(lost.is_empty(), "no page links to {lost:?}");
}
