//! What the proof of the order costs: plans of 1,000 roles of which each has an edit of several calls, with the proof and without it.
//!
//! `cargo bench --bench order` prints a line for each kind of edit; `-- 200` takes another number of roles.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use iamctl::aws_policies;
use iamctl::diag::Place;
use iamctl::diff::Context;
use iamctl::model::{AccountIdentity, Desired, Manage, PolicyRef, Snapshot, Want, WantPolicy, WantRole};
use iamctl::names::{AccountId, Name};
use iamctl::plan::{PlanOptions, StepOrder};
use iamctl::planner::{Planned, carried_out, plan, plan_without_proof};
use iamctl::policy::Document;
use iamctl::scope::{Guards, Ignore, Settings};
use serde_json::{Value, json};

const SIZE: usize = 1_000;
/// Runs of each measurement; the least counts.
const RUNS: usize = 3;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What an edit makes of a role, before it and after.
type Edit = fn(&mut WantRole, usize, bool);

const EDITS: [(&str, Edit); 6] = [
    ("one inline policy each", |role, n, after| {
        inline(role, "a", &[allow(n, if after { "s3:PutObject" } else { "s3:GetObject" })]);
    }),
    ("an action moves between two inline policies", |role, n, after| {
        let (mut a, mut b) = (vec![allow(n, "s3:GetObject")], vec![allow(n, "sns:Publish")]);
        if after { &mut b } else { &mut a }.push(allow(n, "sqs:SendMessage"));
        inline(role, "a", &a);
        inline(role, "b", &b);
    }),
    ("a Deny grows while an Allow grows", |role, n, after| {
        inline(role, "a", &[allow(n, if after { "s3:*" } else { "s3:GetObject" })]);
        let denied = if after { json!(["s3:DeleteObject", "s3:PutObject"]) } else { json!(["s3:DeleteObject"]) };
        inline(role, "z", &[json!({"Effect": "Deny", "Action": denied, "Resource": bucket(n)})]);
    }),
    ("boundary and two inline policies", |role, n, after| {
        let bound = PolicyRef::Declared(Name::new(if after { "wide" } else { "narrow" }));
        role.permissions_boundary = Want::Exactly(Some(bound));
        inline(role, "a", &[allow(n, if after { "s3:PutObject" } else { "s3:GetObject" })]);
        inline(role, "b", &[allow(n, if after { "sqs:SendMessage" } else { "sns:Publish" })]);
    }),
    ("trust exchanged together with access", |role, n, after| {
        role.trust = trust(if after { "lambda.amazonaws.com" } else { "ec2.amazonaws.com" });
        inline(role, "a", &[allow(n, if after { "s3:PutObject" } else { "s3:GetObject" })]);
    }),
    ("a tag that a policy reads", |role, n, after| {
        let team = if after { "blue" } else { "red" };
        role.tags.insert("team".to_owned(), team.to_owned());
        let condition = json!({"StringEquals": {"aws:PrincipalTag/team": team}});
        inline(role, "a", &[json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket(n), "Condition": condition})]);
    }),
];

fn main() -> ExitCode {
    // `cargo test --benches` does not say `--bench`, and then a few show that the measurement works.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let otherwise = if arguments.iter().any(|a| a == "--bench") { SIZE } else { 4 };
    let size = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(otherwise);
    match EDITS.iter().try_for_each(|(what, edit)| measure(what, *edit, size)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(what: &str, edit: Edit, size: usize) -> Result<()> {
    let settings = settings()?;
    let identity = AccountIdentity { id: AccountId::parse("111111111111").ok_or("an id")?, partition: "aws".to_owned() };
    let (old, new) = (wanted(edit, size, false)?, wanted(edit, size, true)?);
    let empty = Snapshot::empty(identity);
    let (snapshot, refused) = carried_out(&Context { desired: &old, snapshot: &empty, settings: &settings });
    if !refused.is_empty() {
        return Err(format!("{what}: {refused:?}").into());
    }
    let cx = Context { desired: &new, snapshot: &snapshot, settings: &settings };
    let planned = plan(&cx);
    let order =
        if planned.plan.order == StepOrder::Proven { "proven".to_owned() } else { format!("{} gaps", planned.plan.gaps.len()) };
    let runs = if size < SIZE { 1 } else { RUNS };
    let (mut with, mut without) = (Duration::MAX, Duration::MAX);
    for _ in 0..runs {
        with = with.min(time(|| plan(&cx)));
        without = without.min(time(|| plan_without_proof(&cx)));
    }
    let more = (with.as_secs_f64() / without.as_secs_f64() - 1.0) * 100.0;
    println!(
        "{size} roles, {what:<45} {:>7.3} s, without the proof {:>7.3} s: {more:>+5.1} %, {} calls, {order}",
        with.as_secs_f64(),
        without.as_secs_f64(),
        planned.plan.steps.len()
    );
    Ok(())
}

fn time(run: impl Fn() -> Planned) -> Duration {
    let begin = Instant::now();
    let planned = run();
    let took = begin.elapsed();
    drop(planned);
    took
}

fn place() -> Place {
    Place { file: "specs/main.yaml".to_owned(), line: 1, column: 1 }
}

fn bucket(n: usize) -> String {
    format!("arn:aws:s3:::bucket{n}/*")
}

fn allow(n: usize, action: &str) -> Value {
    let resource = if action.starts_with("s3:") { bucket(n) } else { "*".to_owned() };
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn trust(service: &str) -> Document {
    let statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    Document::new(json!({"Version": "2012-10-17", "Statement": [statement]}))
}

fn inline(role: &mut WantRole, name: &str, statements: &[Value]) {
    let document = Document::new(json!({"Version": "2012-10-17", "Statement": statements}));
    role.inline_policies.insert(name.to_owned(), document);
    role.inline_places.insert(name.to_owned(), place());
}

fn policy(document: Document) -> WantPolicy {
    WantPolicy {
        place: place(),
        path: "/".to_owned(),
        description: Want::Leave,
        tags: BTreeMap::new(),
        document,
        document_place: place(),
        manage: Manage::Exclusive,
        protect: false,
        adopt: false,
    }
}

fn wanted(edit: Edit, size: usize, after: bool) -> Result<Desired> {
    let mut desired = Desired::default();
    let large = aws_policies::document("CloudWatchReadOnlyAccess").ok_or("the policy is not known")?;
    let bound = |actions: Value| {
        let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
        Document::new(json!({"Version": "2012-10-17", "Statement": [statement]}))
    };
    let bounds = [("narrow", json!(["s3:*", "sns:*"])), ("wide", json!(["s3:*", "sqs:*", "sns:*"]))];
    desired.policies.insert(Name::new("large"), policy(large));
    desired.policies.extend(bounds.map(|(name, actions)| (Name::new(name), policy(bound(actions)))));
    for n in 0..size {
        let mut role = WantRole {
            place: place(),
            path: "/".to_owned(),
            description: Want::Leave,
            max_session_duration: Want::Leave,
            permissions_boundary: Want::Leave,
            tags: BTreeMap::new(),
            trust: trust("ec2.amazonaws.com"),
            trust_place: place(),
            managed_policies: vec![(PolicyRef::Declared(Name::new("large")), place())],
            inline_policies: BTreeMap::new(),
            inline_places: BTreeMap::new(),
            manage: Manage::Exclusive,
            protect: false,
            adopt: false,
        };
        edit(&mut role, n, after);
        desired.roles.insert(Name::new(format!("role{n}")), role);
    }
    Ok(desired)
}

fn settings() -> Result<Settings> {
    Ok(Settings {
        account_name: "local".to_owned(),
        stack: "ours".to_owned(),
        formerly: Vec::new(),
        tag_key: "iamctl:stack".to_owned(),
        ignore: Ignore::default(),
        guards: Guards::default(),
        forbid: Vec::new(),
        options: PlanOptions { prune: true, ..PlanOptions::default() },
        caller_arn: "arn:aws:iam::111111111111:root".to_owned(),
        now: 1_800_000_000,
        list_unmanaged: false,
    })
}
