//! Steps, and what runs them.

use iamctl::model::Operation;
use serde_json::{Value, json};

use crate::support::project::{Project, Ran, calls, changes, outcome_of, plan_of};

/// One spec of a group, and what is to follow from it.
pub struct Step {
    title: &'static str,
    spec: String,
    stack: Option<&'static str>,
    extra: Option<&'static str>,
    files: Vec<(&'static str, String)>,
    flags: Vec<&'static str>,
    others: Option<fn(&str) -> Vec<Operation>>,
    calls: Option<Vec<&'static str>>,
    changes: Option<Vec<&'static str>>,
    findings: Vec<&'static str>,
    warning: Option<&'static str>,
    leaves_more: bool,
    expect: Expect,
}

/// How a step ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// Something changes, and then nothing more.
    Changes,
    /// Nothing changes.
    Nothing,
    /// What is not blocked is applied, exit code 4.
    Blocked,
    /// A guard refuses, exit code 4, nothing is written.
    Refused(&'static str),
    /// The plan has errors, exit code 1, nothing is written.
    Error,
    /// The specs have errors, exit code 3.
    SpecError,
}

/// A step with its whole spec. `ACCOUNT` stands for the account's id.
pub fn step(title: &'static str, spec: impl Into<String>) -> Step {
    Step {
        title,
        spec: spec.into(),
        stack: None,
        extra: None,
        files: Vec::new(),
        flags: Vec::new(),
        others: None,
        calls: None,
        changes: None,
        findings: Vec::new(),
        warning: None,
        leaves_more: false,
        expect: Expect::Changes,
    }
}

impl Step {
    /// Somebody else does this first, by IAM's own calls; the argument is the account's id.
    pub fn others(mut self, others: fn(&str) -> Vec<Operation>) -> Self {
        self.others = Some(others);
        self
    }

    /// The plan has exactly these calls, in this order.
    pub fn calls(mut self, calls: &[&'static str]) -> Self {
        self.calls = Some(calls.to_vec());
        self
    }

    /// The plan has exactly these changes, `ADDRESS ACTION`.
    pub fn changes(mut self, changes: &[&'static str]) -> Self {
        self.changes = Some(changes.to_vec());
        self
    }

    /// The plan has a finding of this code.
    pub fn finding(mut self, code: &'static str) -> Self {
        self.findings.push(code);
        self
    }

    /// A change has a warning or reason, or a finding a message, with this text.
    pub fn says(mut self, text: &'static str) -> Self {
        self.warning = Some(text);
        self
    }

    /// Flags of `plan` and `apply`.
    pub fn flags(mut self, flags: &[&'static str]) -> Self {
        self.flags = flags.to_vec();
        self
    }

    /// From here on another stack's name.
    pub fn stack(mut self, stack: &'static str) -> Self {
        self.stack = Some(stack);
        self
    }

    /// From here on these further lines of the project file.
    pub fn project(mut self, lines: &'static str) -> Self {
        self.extra = Some(lines);
        self
    }

    /// A further file of the project.
    pub fn file(mut self, path: &'static str, text: impl Into<String>) -> Self {
        self.files.push((path, text.into()));
        self
    }

    /// A plan without these flags still finds something to do.
    pub fn leaves_more(mut self) -> Self {
        self.leaves_more = true;
        self
    }

    /// Nothing changes.
    pub fn nothing(mut self) -> Self {
        self.expect = Expect::Nothing;
        self
    }

    /// Something is blocked.
    pub fn blocked(mut self) -> Self {
        self.expect = Expect::Blocked;
        self
    }

    /// A guard refuses.
    pub fn refused(mut self, guard: &'static str) -> Self {
        self.expect = Expect::Refused(guard);
        self
    }

    /// The plan has errors.
    pub fn error(mut self) -> Self {
        self.expect = Expect::Error;
        self
    }

    /// The specs have errors.
    pub fn spec_error(mut self) -> Self {
        self.expect = Expect::SpecError;
        self
    }
}

/// Runs a group on an account in a file.
pub fn run_embedded(steps: Vec<Step>) {
    let mut project = Project::embedded();
    run(&mut project, steps, &|_| {});
}

/// Runs a group on an account of the emulator; nothing but `apply` and `destroy` may write.
#[cfg(feature = "aws")]
pub fn run_moto(name: &str, steps: Vec<Step>) {
    // The account's id from the group's name: groups run side by side, each account has an IAM of its own.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut project = Project::moto(&format!("5{:011}", hash % 100_000_000_000));
    run(&mut project, steps, &|project| {
        let writes: Vec<String> =
            project.proxy().counts().into_keys().filter(|action| !crate::support::project::is_read(action)).collect();
        assert!(writes.is_empty(), "a plan writes nothing, and called {writes:?}");
    });
}

fn run(project: &mut Project, steps: Vec<Step>, only_read: &dyn Fn(&Project)) {
    for step in steps {
        let title = step.title;
        let place = format!("step `{title}` on {}", project.id());
        if let Some(stack) = step.stack {
            project.set_stack(stack);
        }
        if let Some(extra) = step.extra {
            project.set_extra(&extra.replace("ACCOUNT", project.id()));
        }
        for (path, text) in &step.files {
            project.write(path, text);
        }
        project.spec(&step.spec.replace("ACCOUNT", project.id()));
        if let Some(others) = step.others {
            project.others(&others(project.id()));
        }
        forget(project);
        let planned = project.run(&[&["plan", "--format", "json"], step.flags.as_slice()].concat());
        only_read(project);
        if step.expect == Expect::SpecError {
            assert_eq!(planned.code, 3, "{place}: {}", planned.err);
            said(&place, &step, &planned.err);
            assert_eq!(apply(project, &step).code, 3, "{place}");
            continue;
        }
        let is_error = step.expect == Expect::Error;
        assert_eq!(planned.code, i32::from(is_error), "{place}: the plan's exit code\n{}{}", planned.out, planned.err);
        let plan = plan_of(&planned.out);
        check(&place, &step, &plan);
        let applied = apply(project, &step);
        let all = format!("{place}\n{plan:#}\n{}{}", applied.out, applied.err);
        match step.expect {
            Expect::Changes | Expect::Nothing => {
                assert_eq!(applied.code, 0, "apply of {all}");
                let outcome = outcome_of(&applied.out);
                assert_eq!(done(&outcome), plan["steps"].as_array().unwrap().len(), "all steps are done: {all}");
                forget(project);
                let flags = if step.leaves_more { step.flags.as_slice() } else { &[] };
                let second = project.run(&[&["plan", "--format", "json", "--detailed-exitcode"], flags].concat());
                only_read(project);
                let second_plan = plan_of(&second.out);
                assert_eq!(second_plan["changes"], json!([]), "a second plan is empty after {place}\n{}", second.out);
                assert_eq!(second_plan["steps"], json!([]), "a second plan has no calls after {place}");
                assert_eq!(second.code, 0, "a second plan's exit code after {place}\n{}", second.err);
            }
            Expect::Blocked => {
                assert_eq!(applied.code, 4, "apply of {all}");
                let outcome = outcome_of(&applied.out);
                assert_eq!(done(&outcome), plan["steps"].as_array().unwrap().len(), "all steps are done: {all}");
                forget(project);
                let second = plan_of(&project.run(&["plan", "--format", "json"]).out);
                assert_eq!(second["steps"], json!([]), "what is blocked has no calls after {place}\n{second:#}");
            }
            Expect::Refused(_) | Expect::Error => {
                assert_eq!(applied.code, if is_error { 1 } else { 4 }, "apply of {all}");
                let again = project.run(&[&["plan", "--format", "json"], step.flags.as_slice()].concat());
                assert_eq!(plan_of(&again.out), plan, "a refused apply changes nothing: {place}");
            }
            Expect::SpecError => unreachable!(),
        }
    }
    end(project);
}

/// At the end of every group all that the stack owns can be destroyed, and then it owns nothing.
fn end(project: &Project) {
    let destroyed = project.run(&["destroy", "--yes", "--format", "json"]);
    assert_eq!(destroyed.code, 0, "destroy\n{}{}", destroyed.out, destroyed.err);
    let again = project.run(&["destroy", "--yes"]);
    assert_eq!(again.code, 0, "destroy again\n{}{}", again.out, again.err);
    assert!(!again.out.contains("IAM call"), "destroy leaves nothing to destroy\n{}", again.out);
}

fn apply(project: &Project, step: &Step) -> Ran {
    project.run(&[&["apply", "--yes", "--format", "json"], step.flags.as_slice()].concat())
}

fn forget(project: &Project) {
    let _ = project;
    #[cfg(feature = "aws")]
    if project.is_on_moto() {
        project.proxy().reset();
    }
}

fn done(outcome: &Value) -> usize {
    outcome["done"].as_array().unwrap().len()
}

fn check(place: &str, step: &Step, plan: &Value) {
    assert_eq!(plan["complete"], json!(true), "{place}: all is read\n{:#}", plan["not_compared"]);
    match step.expect {
        Expect::Changes => assert_ne!(plan["changes"], json!([]), "{place} changes something\n{plan:#}"),
        Expect::Nothing => assert_eq!(plan["changes"], json!([]), "{place} changes nothing"),
        Expect::Blocked => assert_ne!(plan["summary"]["blocked"], json!(0), "{place}: something is blocked\n{plan:#}"),
        Expect::Refused(guard) => {
            let guards: Vec<_> = plan["guards"].as_array().unwrap().iter().map(|g| g["guard"].clone()).collect();
            assert!(guards.contains(&json!(guard)), "{place}: `{guard}` refuses, {guards:?}\n{plan:#}");
        }
        Expect::Error | Expect::SpecError => {}
    }
    if let Some(expected) = &step.changes {
        assert_eq!(changes(plan), *expected, "{place}: the changes\n{plan:#}");
    }
    if let Some(expected) = &step.calls {
        assert_eq!(calls(plan), *expected, "{place}: the calls\n{:#}", plan["steps"]);
    }
    for code in &step.findings {
        let codes: Vec<_> = plan["findings"].as_array().unwrap().iter().map(|f| f["code"].clone()).collect();
        assert!(codes.contains(&json!(code)), "{place}: finding `{code}` among {codes:?}\n{plan:#}");
    }
    let texts = |list: &Value, key: &str| list.as_array().unwrap().iter().map(|c| c[key].to_string()).collect::<String>();
    let all = texts(&plan["changes"], "warnings") + &texts(&plan["changes"], "reason") + &texts(&plan["findings"], "message");
    said(place, step, &all);
}

fn said(place: &str, step: &Step, text: &str) {
    if let Some(expected) = step.warning {
        assert!(text.contains(expected), "{place} says `{expected}`:\n{text}");
    }
}
