//! Messages about a hundred wrong specs: one for each fault, at its place, with the line and the next move.

use std::fmt::Write;

use crate::support::specs::resolved;
use crate::support::wrong_specs::WRONG;
use iamctl::diag::Finding;

fn problems(files: &[(&str, &str)]) -> Vec<Finding> {
    resolved(files).map_or_else(|problems| problems, |resolved| resolved.warnings)
}

#[test]
fn wrong_specs_are_told_what_is_wrong() {
    let mut out = String::new();
    for (name, files) in WRONG {
        writeln!(out, "== {name}").unwrap();
        for problem in problems(files) {
            let place = problem.at.as_ref().map_or_else(String::new, ToString::to_string);
            writeln!(out, "{place} {}: {}", problem.code, problem.message).unwrap();
            writeln!(out, "    {}", problem.help.unwrap_or_default()).unwrap();
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn every_message_has_its_place_its_line_its_next_move_and_a_page() {
    let own = iamctl::spec::codes::CODES.iter().map(|(code, _)| *code);
    let shared = iamctl::diag::pages::PAGES.into_iter().flatten().map(|page| page.code);
    let grammar = iamctl::policy::grammar::CODES.iter().map(|(code, _)| *code);
    let pages: Vec<&str> = own.chain(shared).chain(grammar).collect();
    for (name, files) in WRONG {
        for problem in problems(files) {
            assert!(problem.at.is_some(), "{name}: {problem:?}");
            assert!(problem.source_line.is_some(), "{name}: {problem:?}");
            assert!(problem.help.as_ref().is_some_and(|help| !help.is_empty() && !help.ends_with('.')), "{name}: {problem:?}");
            assert!(!problem.message.ends_with('.') || problem.message.ends_with("etc."), "{name}: {problem:?}");
            assert!(!problem.message.is_empty() && pages.contains(&problem.code.as_str()), "{name}: {problem:?}");
        }
    }
}

#[test]
fn no_two_messages_stand_at_one_place_of_a_spec() {
    let mut twice = Vec::new();
    for (name, files) in WRONG {
        let found = problems(files);
        for (i, problem) in found.iter().enumerate() {
            if found.iter().skip(i + 1).any(|other| other.at == problem.at) {
                twice.push(*name);
            }
        }
    }
    // Two keys that exclude each other, of which one also names a file that is missing: two faults.
    assert_eq!(twice, ["both-docs"]);
}
