//! Several applies at the same time: of one stack with other specs, of two stacks in one account, in several accounts.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::Duration;

use iamctl::model::Operation;
use serde_json::{Value, json};

use super::*;
use crate::support::project::{Ran, outcome_of, ran};
use crate::support::proxy::{Fault, Kind};

const ALL: [&str; 6] = ["apply", "--yes", "--max-changes-percent", "100", "--max-deletes", "20"];
const SENTENCE: &str = "another apply seems to be changing these entities: ";

/// Starts an apply, whose last read before its first write is answered late: it has planned on what was there before.
fn late(project: &Project) -> Child {
    project.proxy().reset();
    project.runs(&["plan"], 0);
    let reads = project.proxy().number(Kind::Read);
    project.proxy().reset();
    project.proxy().fault_numbered(Kind::Read, reads, Fault::Hold(Duration::from_secs(4)));
    let child = project.command(&ALL).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(project.proxy().wait_held(Duration::from_secs(30)), "the apply comes to its last read");
    assert_eq!(project.proxy().number(Kind::Write), 0, "it has not written yet");
    child
}

fn ended(child: Child) -> Ran {
    ran(child.wait_with_output().unwrap())
}

/// Roles and policies of these names; `action` tells the specs apart.
fn spec(names: std::ops::Range<usize>, action: &str, service: &str) -> String {
    let mut text = String::new();
    for kind in ["policies", "roles"] {
        text += &format!("{kind}:\n");
        for n in names.clone() {
            text += &match kind {
                "policies" => format!(
                    "  p{n}: {{document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"{action}\", Resource: \"*\"}}]}}}}\n"
                ),
                _ => format!("  r{n}: {{trust: [{{service: {service}}}], managed_policies: [p{n}]}}\n"),
            };
        }
    }
    text
}

#[test]
fn the_apply_that_comes_second_says_so_once_with_what_was_done() {
    let (first, second) = (Project::moto("630000000001"), Project::moto("630000000001"));
    first.spec(&spec(0..10, "s3:*", "ec2.amazonaws.com"));
    // Ten of each the other makes too, differently; two it does not know.
    second.spec(&spec(0..12, "sqs:*", "lambda.amazonaws.com"));
    let child = late(&second);
    first.apply();
    let ran = ended(child);
    assert_eq!(ran.code, 6, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out.matches(SENTENCE).count(), 1, "{}", ran.out);
    assert_eq!(ran.out.matches("EntityAlreadyExists").count(), 1, "one line for all refusals\n{}", ran.out);
    assert!(!ran.out.contains("not attempted:"), "what waits for those entities is counted alone\n{}", ran.out);
    assert!(ran.out.contains("Applied in part: 6 of 36 calls done, "), "{}", ran.out);
    assert!(ran.out.contains("wait until the other has ended, then run `iamctl apply` again"), "{}", ran.out);
    assert_eq!(ran.err.matches("] failed ").count(), 1, "{}", ran.err);
    // The next run is one on the account as it is.
    second.runs(&ALL, 0);
    second.is_settled(&[]);
}

#[test]
fn an_apply_whose_entities_another_one_deletes_says_so_once() {
    let (first, second) = (Project::moto("630000000002"), Project::moto("630000000002"));
    for project in [&first, &second] {
        project.spec(&spec(0..8, "s3:*", "ec2.amazonaws.com"));
    }
    first.settle();
    first.spec(&spec(7..8, "s3:*", "ec2.amazonaws.com"));
    second.spec(&spec(0..8, "sqs:*", "lambda.amazonaws.com"));
    let child = late(&second);
    first.runs(&ALL, 0);
    let ran = ended(child);
    assert_eq!(ran.code, 6, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out.matches(SENTENCE).count(), 1, "{}", ran.out);
    assert_eq!(ran.out.matches("NoSuchEntity").count(), 1, "{}", ran.out);
    assert_eq!(ran.err.matches("] failed ").count(), 1, "{}", ran.err);
    second.runs(&ALL, 0);
    second.is_settled(&[]);
}

/// A user of nobody's, on whom both stacks are additive.
fn shared_user(project: &Project) {
    project.others(&[Operation::CreateUser {
        user_name: "ann".into(),
        path: "/".to_owned(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
    }]);
}

/// What one stack of an account wants.
fn of_stack(stack: &str) -> String {
    let roles = |text: String| text.replace("  p", &format!("  {stack}-p")).replace("  r", &format!("  {stack}-r"));
    let own = roles(spec(0..4, "s3:*", "ec2.amazonaws.com")).replace("[p", &format!("[{stack}-p"));
    format!("{own}users: {{ann: {{managed_policies: [{stack}-p0, aws/AmazonSQSReadOnlyAccess]}}}}\n")
}

#[test]
fn two_stacks_in_each_of_three_accounts_are_applied_twice_at_once() {
    let accounts = ["630000000011", "630000000012", "630000000013"];
    let mut projects = Vec::new();
    for id in accounts {
        for stack in ["one", "two"] {
            for _ in 0..2 {
                let mut project = Project::moto(id);
                project.set_stack(stack);
                project.spec(&of_stack(stack));
                projects.push((id, stack, project));
            }
        }
        shared_user(&projects.last().unwrap().2);
    }
    let start = |project: &Project| {
        let mut command = project.command(&["apply", "--yes"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<Child> = projects.iter().map(|(.., project)| start(project)).collect();
    for (child, (id, stack, _)) in running.into_iter().zip(&projects) {
        let ran = ended(child);
        let all = format!("{id} {stack}: {}{}", ran.out, ran.err);
        println!("{id} {stack}: exit {}: {}", ran.code, ran.out.lines().last().unwrap_or_default());
        match ran.code {
            0 => {}
            1 | 6 => assert!(ran.out.matches(SENTENCE).count() == 1 && ran.out.matches("failed s").count() == 0, "{all}"),
            _ => panic!("{all}"),
        }
    }
    for (id, stack, project) in &projects {
        let again = project.runs(&["apply", "--yes", "--format", "json"], 0);
        assert_eq!(outcome_of(&again.out)["converged"], json!(true), "{id} {stack}");
    }
    for (id, stack, project) in &projects {
        project.is_settled(&[]);
        let account = project.snapshot();
        for kind in ["policies", "roles"] {
            let all = account[kind].as_object().unwrap();
            assert_eq!(all.len(), 8, "{id}: {kind}");
            let own = |name: &str| name.starts_with(stack);
            for (_, entity) in all.iter().filter(|(name, _)| own(name)) {
                assert_eq!(entity["tags"]["iamctl:stack"], json!(stack), "{id}");
            }
        }
        let attached: Vec<&str> =
            account["users"]["ann"]["attached_policies"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(attached.len(), 3, "{id}: {attached:?}");
    }
}
