//! Table tests: a row is one sentence, an account, a spec, and what follows from the spec on that account.
//!
//! The account is written as a spec too: the one that made it. `<s3:Get*,s3:Put* !s3:DeleteObject>` is a document: a statement for each
//! word, on every resource; `!` denies. `TRUST` is a trust of EC2.

use std::collections::BTreeMap;

use crate::backend::embedded::{Machine, Strictness};
use crate::diff::Context;
use crate::model::{AccountIdentity, Act, Desired, Operation, Snapshot};
use crate::names::{AccountId, Arn};
use crate::plan::{GuardRefusal, Plan, PlanOptions};
use crate::planner::{Planned, plan};
use crate::scope::{Guards, Ignore, Settings};
use crate::spec::source::Sources;
use crate::spec::vars::Vars;
use crate::spec::{Defaults, NoAwsPolicies, ResolveContext, UnknownAws, load, resolve};

const NOW: &str = "2026-01-01T00:00:00Z";
const ACCOUNT: &str = "111111111111";

/// Sentence, account, spec, and what follows.
pub type Row<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

/// What a spec wants.
pub fn wanted(spec: &str) -> Desired {
    let text = format!("version: 1\n{}\n", documents(&spec.replace("TRUST", "[{service: ec2.amazonaws.com}]")));
    let loaded = load(Sources::from_memory([("specs/main.yaml", text.as_str())]));
    let (vars, defaults) = (Vars::new(), Defaults::default());
    let context = ResolveContext {
        account_name: "local",
        accounts: crate::fleet::Roster::none(),
        account_id: AccountId::parse(ACCOUNT).unwrap(),
        partition: "aws".to_owned(),
        region: "eu-west-1".to_owned(),
        caller_arn: None,
        stack: Some("ours".to_owned()),
        vars: &vars,
        defaults: &defaults,
        snapshot: None,
        aws: &NoAwsPolicies,
        unknown_aws: UnknownAws::Warn,
        ownership_tag: "iamctl:stack",
        today: "2026-11-29".to_owned(),
    };
    resolve(&loaded, &context).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).desired
}

/// Documents in place of `<…>`.
fn documents(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (words, left) = after.split_once('>').unwrap();
        let statement = |word: &str| {
            let (effect, actions) = word.strip_prefix('!').map_or(("Allow", word), |actions| ("Deny", actions));
            let actions: Vec<String> = actions.split(',').map(|action| format!("\"{action}\"")).collect();
            format!("{{Effect: {effect}, Action: [{}], Resource: \"*\"}}", actions.join(", "))
        };
        let statements: Vec<String> = words.split_whitespace().map(statement).collect();
        out += &format!("{before}{{Version: \"2012-10-17\", Statement: [{}]}}", statements.join(", "));
        rest = left;
    }
    out + rest
}

/// Settings of the stack `ours`, without thresholds that get in the way.
pub fn settings() -> Settings {
    Settings {
        account_name: "local".to_owned(),
        stack: "ours".to_owned(),
        formerly: Vec::new(),
        tag_key: "iamctl:stack".to_owned(),
        ignore: Ignore::default(),
        forbid: Vec::new(),
        guards: Guards::default(),
        options: PlanOptions { prune: true, ..PlanOptions::default() },
        caller_arn: format!("arn:aws:iam::{ACCOUNT}:root"),
        now: 1_800_000_000,
        list_unmanaged: false,
    }
}

/// The account that a spec makes, on an account of nothing.
pub fn account(spec: &str) -> Snapshot {
    account_of("ours", spec)
}

/// The account that a spec of a stack makes.
pub fn account_of(stack: &str, spec: &str) -> Snapshot {
    let identity = AccountIdentity { id: AccountId::parse(ACCOUNT).unwrap(), partition: "aws".to_owned() };
    let empty = Snapshot::empty(identity);
    if spec.is_empty() {
        return empty;
    }
    let settings = Settings { stack: stack.to_owned(), ..settings() };
    let planned = plan(&Context { desired: &wanted(spec), snapshot: &empty, settings: &settings });
    assert!(!planned.has_errors, "{:?}", planned.plan.findings);
    let mut machine = Machine::new(empty, Strictness::Account);
    for step in &planned.plan.steps {
        machine.perform(&step.call, NOW).unwrap_or_else(|error| panic!("{:?}: {error}", step.call));
    }
    machine.into_snapshot()
}

/// The plan of a spec on the account that another made.
pub fn planned(before: &str, spec: &str) -> Planned {
    plan(&Context { desired: &wanted(spec), snapshot: &account(before), settings: &settings() })
}

/// What refuses a plan.
pub fn refusals_of(cx: &Context<'_>) -> Vec<GuardRefusal> {
    plan(cx).plan.guards
}

/// A call in a few words: `AttachRolePolicy app Read`, `PutUserPolicy ann own`.
pub fn short(operation: &Operation) -> String {
    let last = |arn: &str| Arn::parse(arn).map_or_else(|| arn.to_owned(), |arn| arn.last_segment().to_owned());
    let subject = operation.subject().map(|address| address.name.to_string()).unwrap_or_default();
    let detail = match operation.act() {
        Act::Attach(arn) | Act::Detach(arn) | Act::Bound(arn) => last(arn),
        Act::PutInline(name, _) | Act::DeleteInline(name) => name.to_owned(),
        Act::Join(_, name) | Act::Leave(_, name) => name.to_string(),
        _ => String::new(),
    };
    format!("{} {subject} {detail}", operation.name()).trim_end().to_owned()
}

/// The calls of a plan in its order.
pub fn calls(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| short(&step.call)).collect()
}

/// Compares all rows and shows every one that differs, as it should be written if the new answer is right.
pub fn check(rows: &[Row<'_>], answer: impl Fn(&str, &str) -> Vec<String>) {
    let mut wrong = Vec::new();
    let mut sentences = BTreeMap::new();
    for (sentence, account, spec, expected) in rows {
        assert_eq!(sentences.insert(*sentence, ()), None, "a sentence stands once");
        let found = answer(account, spec);
        if found != *expected {
            wrong.push(format!("{sentence}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
