//! The notebooks and scripts that iamctl comes from, replayed as their users would: what each of them does, in 52 rows, by running the binary.

mod gate;
mod lesson;
mod notebook;
mod resolver;
mod stories;
mod workflow;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::support::project::Project;
use serde_json::Value;

/// One capability of an original: its number, what it does in a sentence, and the run that shows it.
type Row = (usize, &'static str, fn());

/// Rows that there are.
const ROWS: usize = 52;

fn replay(rows: &[Row]) {
    for (number, sentence, run) in rows {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            eprintln!("row {number}: {sentence}");
            resume_unwind(panic);
        }
    }
}

#[test]
fn every_row_is_replayed_once() {
    let all = [notebook::ROWS, lesson::ROWS, resolver::READS, resolver::WRITES, workflow::ROWS, gate::ROWS];
    let numbers: Vec<usize> = all.into_iter().flatten().map(|(number, ..)| *number).collect();
    assert_eq!(numbers.len(), ROWS);
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (1..=ROWS).collect());
}

/// A project with one of the specs that are shipped.
fn shipped(name: &str) -> Project {
    let project = Project::embedded();
    project.spec(&text_of(name));
    project
}

/// A spec that is shipped.
fn text_of(name: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("specs").join(name)).unwrap()
}

/// The decision of one request.
fn decision(project: &Project, principal: &str, action: &str, resource: &str, context: &[&str]) -> String {
    let mut args = vec!["simulate", "--principal", principal, "--action", action, "--resource", resource, "--format", "json"];
    context.iter().for_each(|pair| args.extend(["--context", pair]));
    let ran = project.run(&args);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}{}", ran.out, ran.err));
    report["results"][0]["decision"].as_str().unwrap().to_owned()
}

fn role<'s>(snapshot: &'s Value, name: &str) -> &'s Value {
    &snapshot["roles"][name]
}

fn attached(snapshot: &Value, name: &str) -> BTreeSet<String> {
    let list = role(snapshot, name)["attached_policies"].as_array().cloned().unwrap_or_default();
    list.iter().map(|arn| arn.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}
