//! Every call of an apply and of a destroy, and every fault of it: a run that is killed before or after it, a reset, an answer that is
//! lost, a denial; a read that is cut, empty or HTML. Whatever happens, the report is right, one more run ends in the target, and nothing
//! of others is touched. Every eighth case is run; `IAMCTL_FAULTS=all` runs them all.
//!
//! What a rollback does under the same faults is in `rollback.rs`.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use iamctl::model::Operation;
use serde_json::{Value, json};

use super::killed::{AFTER, BEFORE, without_moment};
use super::*;
use crate::support::project::{Ran, outcome_of, ran};
use crate::support::proxy::{Fault, Framing, Kind};

/// Of so many cases one is run unless all are asked for; no multiple of it is near the number of faults of a call.
const SAMPLE: usize = 8;

/// A command that writes, on an account that is as [`BEFORE`] says.
struct Scene {
    args: &'static [&'static str],
    spec: &'static str,
}

const APPLY: Scene = Scene { args: &["apply", "--yes", "--format", "json"], spec: AFTER };
const DESTROY: Scene = Scene { args: &["destroy", "--yes", "--format", "json"], spec: BEFORE };

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    KilledBefore,
    KilledAfter,
    Reset,
    AnswerLost,
    Denied,
    Cut(Framing),
    Empty,
    Html,
}

const TO_WRITES: [Happens; 5] =
    [Happens::KilledBefore, Happens::KilledAfter, Happens::Reset, Happens::AnswerLost, Happens::Denied];
const TO_READS: [Happens; 5] =
    [Happens::Cut(Framing::Short), Happens::Cut(Framing::Full), Happens::Cut(Framing::Chunked), Happens::Empty, Happens::Html];

impl Happens {
    fn fault(self) -> Fault {
        const LONG: Duration = Duration::from_secs(180);
        match self {
            Self::KilledBefore => Fault::Stall(LONG),
            Self::KilledAfter => Fault::Hold(LONG),
            Self::Reset => Fault::Drop,
            Self::AnswerLost => Fault::LoseAnswer,
            Self::Denied => {
                let message =
                    "User: arn:aws:sts::600000000000:assumed-role/test/test is not authorized to perform this".to_owned();
                Fault::Error { status: 403, code: "AccessDenied", message }
            }
            Self::Cut(framing) => Fault::Cut(300, framing),
            Self::Empty => Fault::empty(),
            Self::Html => Fault::html(),
        }
    }

    fn is_killed(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }
}

/// What somebody else has in the account.
fn foreign(project: &Project) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole"}]});
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}]});
    let policy_arn = project.arn("policy/foreign");
    let tags = BTreeMap::from([("iamctl:stack".to_owned(), "theirs".to_owned())]);
    project.others(&[
        Operation::CreatePolicy {
            policy_name: "foreign".into(),
            path: "/".to_owned(),
            description: None,
            policy_document: document.to_string(),
            tags: tags.clone(),
        },
        Operation::CreateRole {
            role_name: "foreign".into(),
            path: "/".to_owned(),
            assume_role_policy_document: trust.to_string(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags,
        },
        Operation::AttachRolePolicy { role_name: "foreign".into(), policy_arn: policy_arn.clone() },
        Operation::PutRolePolicy {
            role_name: "foreign".into(),
            policy_name: "own".to_owned(),
            policy_document: document.to_string(),
        },
        Operation::CreateGroup { group_name: "foreign".into(), path: "/".to_owned() },
        Operation::AttachGroupPolicy { group_name: "foreign".into(), policy_arn },
        Operation::CreateUser {
            user_name: "foreign".into(),
            path: "/".to_owned(),
            permissions_boundary: None,
            tags: BTreeMap::new(),
        },
        Operation::AddUserToGroup { user_name: "foreign".into(), group_name: "foreign".into() },
    ]);
}

/// What somebody else has, as it is now.
fn theirs(account: &Value) -> Vec<Value> {
    ["policies", "roles", "users", "groups"].map(|kind| account[kind]["foreign"].clone()).into()
}

fn prepared(scene: &Scene, id: &str) -> (Project, Vec<Value>) {
    let project = Project::moto(id);
    foreign(&project);
    project.spec(BEFORE);
    project.apply();
    let before = theirs(&project.snapshot());
    assert!(!before.contains(&Value::Null), "{before:?}");
    project.spec(scene.spec);
    project.proxy().reset();
    (project, before)
}

/// The account's entities once all is done, and how many calls read and write.
fn reference(scene: &Scene, id: &str) -> (Value, [usize; 2]) {
    let (project, _) = prepared(scene, id);
    project.runs(scene.args, 0);
    let counts = [Kind::Read, Kind::Write].map(|kind| project.proxy().number(kind));
    (without_moment(project.snapshot(), id), counts)
}

/// Runs one case, and returns what is wrong with it.
fn wrong(scene: &Scene, id: &str, (kind, number, happens): (Kind, usize, Happens), target: &Value) -> Vec<String> {
    let (project, before) = prepared(scene, id);
    project.proxy().fault_numbered(kind, number, happens.fault());
    let mut wrong = Vec::new();
    if happens.is_killed() {
        let mut command = project.command(scene.args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let held = project.proxy().wait_held(Duration::from_secs(120));
        child.kill().unwrap();
        let ran = ran(child.wait_with_output().unwrap());
        if !held {
            wrong.push(format!("it never comes to this call: {}{}{}", ran.code, ran.out, ran.err));
        }
    } else {
        wrong.extend(misreported(happens, &project.run(scene.args)));
    }
    let again = project.run(scene.args);
    if again.code != 0 {
        wrong.push(format!("the next run ends with {}: {}{}", again.code, again.out, again.err));
    }
    let after = project.snapshot();
    if theirs(&after) != before {
        wrong.push(format!("what is somebody else's was {before:?} and is {:?}", theirs(&after)));
    }
    let (mut found, mut target) = (without_moment(after, id), target.clone());
    if happens == Happens::Denied {
        // What was attached although its memory was denied is somebody else's from then on.
        forget(&mut found);
        forget(&mut target);
    }
    if found != target {
        wrong.push(format!("the next run leaves\n{found:#}\nand not\n{target:#}"));
    }
    wrong
}

/// Takes the memories of attachments away.
fn forget(account: &mut Value) {
    let users = account["users"].as_object_mut().unwrap();
    for tags in users.values_mut().filter_map(|user| user["tags"].as_object_mut()) {
        tags.retain(|key, _| !key.starts_with("iamctl:attached:"));
    }
}

/// What is wrong with the report of a run that came to its end.
fn misreported(happens: Happens, ran: &Ran) -> Option<String> {
    let all = || format!("ends with {}: {}{}", ran.code, ran.out, ran.err);
    if happens != Happens::Denied {
        // Everything else passes, and the call is made again.
        return (ran.code != 0).then(all);
    }
    let outcome = outcome_of(&ran.out);
    let count = |key: &str| outcome[key].as_array().map_or(0, Vec::len);
    let expected = if count("done") == 0 { 1 } else { 6 };
    (ran.code != expected || count("failed") != 1 || outcome["converged"] != json!(false)).then(all)
}

fn every_fault(scene: &Scene, prefix: &str) {
    let (target, [reads, writes]) = reference(scene, &format!("{prefix}0000"));
    assert!(reads > 5 && writes > 8, "{reads} reads, {writes} writes");
    let of = |kind: Kind, count: usize, all: [Happens; 5]| {
        (1..=count).flat_map(move |number| all.into_iter().map(move |happens| (kind, number, happens)))
    };
    let all: Vec<_> = of(Kind::Write, writes, TO_WRITES).chain(of(Kind::Read, reads, TO_READS)).collect();
    let step = if std::env::var("IAMCTL_FAULTS").is_ok_and(|which| which == "all") { 1 } else { SAMPLE };
    let cases: Vec<_> = all.iter().enumerate().step_by(step).collect();
    let (next, findings) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((number, case)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let found = wrong(scene, &format!("{prefix}{:04}", number + 1), **case, &target);
                    findings.lock().unwrap().extend(found.into_iter().map(|what| format!("{case:?}: {what}")));
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap();
    println!("{:?}: {} of {} cases, {} findings", scene.args, cases.len(), all.len(), findings.len());
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn an_apply_survives_every_fault_of_every_call() {
    every_fault(&APPLY, "64000000");
}

#[test]
fn a_destroy_survives_every_fault_of_every_call() {
    every_fault(&DESTROY, "65000000");
}
