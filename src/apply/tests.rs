//! Applies, row by row: an account, a spec, the calls that IAM refuses, and what becomes of each step.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::{ApplySettings, StepState, run};
use crate::backend::embedded::{Machine, Strictness};
use crate::backend::{AccountRead, AccountWrite, BackendError, CallerIdentity, ErrorKind, Performed, Progress, ReadScope};
use crate::model::{Operation, Snapshot};
use crate::plan::Plan;
use crate::rows::{account, planned, short};

/// An account that refuses some calls.
struct Refusing {
    machine: Mutex<Machine>,
    refused: Vec<(String, ErrorKind)>,
}

impl AccountRead for Refusing {
    async fn caller(&self) -> Result<CallerIdentity, BackendError> {
        Err(BackendError::new(ErrorKind::Unsupported, "GetCallerIdentity", "nobody asks"))
    }

    async fn snapshot(&self, _: &ReadScope, _: &dyn Progress) -> Result<Snapshot, BackendError> {
        Ok(self.machine.lock().unwrap().snapshot().clone())
    }
}

impl AccountWrite for Refusing {
    async fn perform(&self, operation: &Operation) -> Result<Performed, BackendError> {
        let call = short(operation);
        if let Some((_, kind)) = self.refused.iter().find(|(refused, _)| *refused == call) {
            return Err(BackendError::new(*kind, operation.name(), "refused"));
        }
        self.machine.lock().unwrap().perform(operation, "2026-01-01T00:00:00Z")
    }

    async fn finish(&self) -> Result<(), BackendError> {
        Ok(())
    }
}

/// What becomes of each step, and why the whole stopped.
fn applied(before: &str, spec: &str, refused: &[(&str, ErrorKind)], interrupted: bool) -> Vec<String> {
    let plan: Plan = planned(before, spec).plan;
    let refused = refused.iter().map(|(call, kind)| ((*call).to_owned(), *kind)).collect();
    let machine = Mutex::new(Machine::new(account(before), Strictness::Account));
    let pace = ApplySettings { at_once: 1, interrupted: Arc::new(AtomicBool::new(interrupted)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut seen = 0;
    let mut count = |settled: usize, _: &super::StepOutcome| seen = settled;
    let outcome = runtime.block_on(run(Arc::new(Refusing { machine, refused }), &plan, &pace, &mut count));
    assert_eq!(outcome.steps.len(), plan.steps.len(), "every step is accounted for");
    let mut out: Vec<String> = Vec::new();
    for (step, is) in plan.steps.iter().zip(&outcome.steps) {
        let call = short(&step.call);
        out.push(match &is.state {
            StepState::Done { .. } => format!("done: {call}"),
            StepState::Failed { .. } => format!("failed: {call}"),
            StepState::NotAttempted { because } => format!("not attempted, {because}: {call}"),
        });
    }
    out.extend(outcome.stopped.map(|why| format!("stopped: {why}")));
    out
}

type Row = (&'static str, &'static str, &'static str, &'static [(&'static str, ErrorKind)], &'static [&'static str]);

const ROWS: &[Row] = &[
    ("nothing to do", "roles: {app: {trust: TRUST}}", "roles: {app: {trust: TRUST}}", &[], &[]),
    (
        "all is done",
        "",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        &[],
        &["done: CreateRole app", "done: PutRolePolicy app a"],
    ),
    (
        "what needs a refused call is not attempted",
        "",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>}}}",
        &[("CreateRole app", ErrorKind::Denied)],
        &["failed: CreateRole app", "not attempted, needs s1, which failed: PutRolePolicy app a"],
    ),
    (
        "what needs a call that was not attempted is not attempted",
        "",
        "policies: {p: {document: <s3:*>}}\nroles: {app: {trust: TRUST, managed_policies: [p], inline_policies: {d: <!s3:PutObject>}}}",
        &[("CreateRole app", ErrorKind::Denied)],
        &[
            "done: CreatePolicy p",
            "failed: CreateRole app",
            "not attempted, needs s2, which failed: PutRolePolicy app d",
            "not attempted, needs s2, which failed: AttachRolePolicy app p",
        ],
    ),
    (
        "a failure leaves the rest alone",
        "",
        "roles: {a: {trust: TRUST}, b: {trust: TRUST}, c: {trust: TRUST}}",
        &[("CreateRole b", ErrorKind::Limit)],
        &["done: CreateRole a", "failed: CreateRole b", "done: CreateRole c"],
    ),
    (
        "a grant that is refused keeps what it was to replace",
        "roles: {app: {trust: TRUST, inline_policies: {old: <s3:*>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {new: <s3:*>}}}",
        &[("PutRolePolicy app new", ErrorKind::Denied)],
        &["failed: PutRolePolicy app new", "not attempted, needs s1, which failed: DeleteRolePolicy app old"],
    ),
    (
        "a deny that is refused holds back the grant beside it",
        "roles: {app: {trust: TRUST}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>, z: <!s3:PutObject>}}}",
        &[("PutRolePolicy app z", ErrorKind::Denied)],
        &["failed: PutRolePolicy app z", "not attempted, needs s1, which failed: PutRolePolicy app a"],
    ),
    (
        "a withdrawal that is refused keeps the deny over it",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:*>, z: <!s3:PutObject>}}}",
        "roles: {app: {trust: TRUST}}",
        &[("DeleteRolePolicy app a", ErrorKind::Denied)],
        &["failed: DeleteRolePolicy app a", "not attempted, needs s1, which failed: DeleteRolePolicy app z"],
    ),
    (
        "a group's grant that is refused leaves the user what it has",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive, managed_policies: [p]}}\ngroups: {team: {users: []}}",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive}}\ngroups: {team: {users: [ann], managed_policies: [p]}}",
        &[("AttachGroupPolicy team p", ErrorKind::Denied)],
        &[
            "failed: AttachGroupPolicy team p",
            "not attempted, needs s1, which failed: AddUserToGroup team ann",
            "not attempted, needs s1, which failed: DetachUserPolicy ann p",
        ],
    ),
    (
        "a membership that is refused leaves the user what it has",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive, managed_policies: [p]}}\ngroups: {team: {users: []}}",
        "policies: {p: {document: <s3:Get*>}}\nusers: {ann: {create: true, manage: exclusive}}\ngroups: {team: {users: [ann], managed_policies: [p]}}",
        &[("AddUserToGroup team ann", ErrorKind::Denied)],
        &[
            "done: AttachGroupPolicy team p",
            "failed: AddUserToGroup team ann",
            "not attempted, needs s2, which failed: DetachUserPolicy ann p",
        ],
    ),
    (
        "a stage of a passing document that is refused ends the way there",
        "roles: {app: {trust: TRUST, inline_policies: {a: <s3:GetObject>, b: <sqs:SendMessage>}}}",
        "roles: {app: {trust: TRUST, inline_policies: {a: <sqs:SendMessage>, b: <s3:GetObject>}}}",
        &[("PutRolePolicy app b", ErrorKind::Denied)],
        &[
            "done: PutRolePolicy app a",
            "failed: PutRolePolicy app b",
            "not attempted, needs s2, which failed: PutRolePolicy app a",
        ],
    ),
    (
        "one that another run made meanwhile fails alone",
        "",
        "policies: {p: {document: <s3:*>}, q: {document: <s3:*>}}",
        &[("CreatePolicy p", ErrorKind::Exists)],
        &["failed: CreatePolicy p", "done: CreatePolicy q"],
    ),
    (
        "an account that cannot be reached ends the apply",
        "",
        "roles: {a: {trust: TRUST}, b: {trust: TRUST}}",
        &[("CreateRole a", ErrorKind::Unavailable)],
        &[
            "failed: CreateRole a",
            "not attempted, refused: no further call can succeed: CreateRole b",
            "stopped: refused: no further call can succeed",
        ],
    ),
];

#[test]
fn what_becomes_of_each_step() {
    let mut wrong = Vec::new();
    for (sentence, before, spec, refused, expected) in ROWS {
        let found = applied(before, spec, refused, false);
        if found != *expected {
            wrong.push(format!("{sentence}\n  expected {expected:#?}\n  found    {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_interrupted_apply_says_so_of_every_step() {
    let found = applied("", "roles: {a: {trust: TRUST}}", &[], true);
    assert_eq!(found, ["not attempted, interrupted: CreateRole a", "stopped: interrupted"]);
}
