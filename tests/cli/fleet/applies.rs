//! Applying to many accounts: waves, failures, guards, going on after a run that was cut short; and shards on several machines.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{files, run};

/// Three waves of accounts with one role; `more` is put into the project file.
fn waves(more: &str) -> tempfile::TempDir {
    let project = format!(
        "version: 1\nstack: s\ndefault_account: a1\n{more}groups:\n  first: {{accounts: [\"a*\"], wave: 1}}\n  last: {{accounts: [\"c*\"], wave: 3}}\naccounts:\n  a1: {{embedded: state/a1.json, id: \"000000000001\"}}\n  a2: {{embedded: state/a2.json, id: \"000000000002\"}}\n  b1: {{embedded: state/b1.json, id: \"000000000003\"}}\n  c1: {{embedded: state/c1.json, id: \"000000000004\"}}\n"
    );
    let specs = "version: 1\nroles:\n  app: {trust: [{service: ec2.amazonaws.com}], tags: {of: \"${account}\"}}\n";
    let directory = files(&[("iamctl.yaml", &project), ("specs/a.yaml", specs)]);
    fs::create_dir(directory.path().join("state")).unwrap();
    directory
}

/// Outcomes by account, and the exit code.
fn apply(directory: &Path, args: &[&str]) -> (i32, Vec<String>, String) {
    let (code, out, err) = run(directory, &[&["apply", "--yes", "--format", "json"], args].concat());
    let outcomes = match serde_json::from_str::<Value>(&out) {
        Ok(fleet) => fleet["accounts"].as_array().unwrap().iter().map(said).collect(),
        Err(_) => Vec::new(),
    };
    (code, outcomes, err)
}

fn said(account: &Value) -> String {
    format!("{} {}", account["name"].as_str().unwrap(), account["outcome"].as_str().unwrap())
}

#[test]
fn every_account_is_applied_wave_after_wave_and_then_nothing_is_left() {
    let directory = waves("");
    let (code, outcomes, err) = apply(directory.path(), &["--select", "all"]);
    assert_eq!(
        (code, outcomes.as_slice()),
        (0, ["a1 applied", "a2 applied", "b1 applied", "c1 applied"].map(String::from).as_slice()),
        "{err}"
    );
    let waves: Vec<&str> = err.lines().filter(|line| line.starts_with("wave")).collect();
    assert_eq!(waves, ["wave 1: 2 accounts", "wave 2: 1 account", "wave 3: 1 account"]);
    let (code, out, _) = run(directory.path(), &["apply", "--yes", "--select", "all"]);
    assert!(code == 0 && out.contains("0 of 4 accounts applied, 4 unchanged\n"), "{out}");
    assert!(run(directory.path(), &["plan", "--select", "all"]).1.starts_with("No changes in 4 accounts\n"));
}

#[test]
fn a_failure_in_a_wave_keeps_the_next_one_from_starting_and_the_rerun_goes_on() {
    let directory = waves("");
    fs::write(directory.path().join("state/a2.json"), "{").unwrap();
    let plan = run(directory.path(), &["plan", "--select", "all", "--out", "plans", "--format", "json"]).1;
    let digest = serde_json::from_str::<Value>(&plan).unwrap()["fleet"]["digest"].as_str().unwrap().to_owned();
    let (code, outcomes, _) = apply(directory.path(), &["--select", "all", "--max-failures", "4"]);
    assert_eq!(
        (code, outcomes.as_slice()),
        (1, ["a1 applied", "a2 unreachable", "b1 not_started", "c1 not_started"].map(String::from).as_slice())
    );
    assert!(!directory.path().join("state/b1.json").exists());
    // Mended, and applied as it was reviewed: what is done already stays, the rest follows.
    fs::remove_file(directory.path().join("state/a2.json")).unwrap();
    let (code, _, err) = apply(directory.path(), &["--select", "all", "--expect-digest", &digest]);
    assert!(code == 5 && err.contains("apply the directory that `plan --out` wrote"), "{err}");
    let (code, outcomes, err) = apply(directory.path(), &["--select", "!a2", "plans", "--expect-digest", &digest]);
    assert_eq!(
        (code, outcomes.as_slice()),
        (0, ["a1 unchanged", "b1 applied", "c1 applied"].map(String::from).as_slice()),
        "{err}"
    );
    let (code, outcomes, _) = apply(directory.path(), &["--select", "all"]);
    assert_eq!((code, outcomes[1].as_str()), (0, "a2 applied"));
}

#[test]
fn failures_are_counted_and_beyond_the_number_no_account_starts() {
    let directory = waves("");
    // Files that cannot be locked for writing: the plan is made, the apply fails.
    fs::write(directory.path().join("state/a1.json"), "{").unwrap();
    let one_by_one = ["--select", "all", "--parallel", "1"];
    let (_, outcomes, _) = apply(directory.path(), &one_by_one);
    assert_eq!(outcomes[1], "a2 not_started", "no failure is tolerated unless it is said: {outcomes:?}");
    let (_, outcomes, _) = apply(directory.path(), &[&one_by_one[..], &["--max-failures", "25%"]].concat());
    assert_eq!(outcomes[1], "a2 applied", "one of four is 25 %: {outcomes:?}");
}

#[test]
fn guards_over_all_accounts_refuse_before_the_first_write() {
    let directory = waves("fleet_guards: {max_accounts_percent: 50}\n");
    let (code, _, err) = run(directory.path(), &["apply", "--yes", "--select", "all"]);
    assert_eq!(code, 4);
    assert!(err.contains("refused by a guard: the change touches 4 of the project's 4 accounts, more than 50 %"), "{err}");
    assert!(err.contains("`--max-accounts-percent 100`"), "{err}");
    assert!(!directory.path().join("state/a1.json").exists());
    let plan = run(directory.path(), &["plan", "--select", "all"]).1;
    assert!(
        plan.lines().next().unwrap().ends_with("; refused: the change touches 4 of the project's 4 accounts, more than 50 %"),
        "{plan}"
    );
    assert_eq!(apply(directory.path(), &["--select", "all", "--max-accounts-percent", "100"]).0, 0);
    assert_eq!(apply(directory.path(), &["--select", "a1", "--select", "a2"]).0, 0, "nothing is left to do");
}

#[test]
fn a_plan_that_is_stale_is_refused_for_its_account_alone() {
    let directory = waves("");
    run(directory.path(), &["plan", "--select", "all", "--out", "plans"]);
    assert_eq!(run(directory.path(), &["apply", "--yes", "--account", "a1", "--var", "x=y"]).0, 0);
    run(directory.path(), &["plan", "--select", "all", "--out", "plans"]);
    fs::write(
        directory.path().join("specs/b.yaml"),
        "version: 1\nroles:\n  late: {accounts: [c1], trust: [{service: ec2.amazonaws.com}]}\n",
    )
    .unwrap();
    let (code, outcomes, _) = apply(directory.path(), &["--select", "all", "plans"]);
    assert_eq!(
        (code, outcomes.as_slice()),
        (5, ["a1 unchanged", "a2 applied", "b1 applied", "c1 refused"].map(String::from).as_slice())
    );
}

#[test]
fn shards_join_into_one_report_and_a_dead_shard_is_absent() {
    let directory = waves("");
    let whole: Value = serde_json::from_str(&run(directory.path(), &["plan", "--select", "all", "--format", "json"]).1).unwrap();
    for shard in 1..=3 {
        let args = ["plan", "--select", "all", "--shard", &format!("{shard}/3"), "--out", "shards/{shard}"];
        let (code, _, err) = run(directory.path(), &args);
        assert_eq!(code, 0, "{err}");
    }
    let join = |args: &[&str]| run(directory.path(), &[&["fleet", "report", "--format", "json"], args].concat());
    let (code, out, err) = join(&["shards/1", "shards/2", "shards/3", "--out", "plans"]);
    assert_eq!(code, 0, "{err}");
    let joined: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&joined["fleet"], &joined["headline"]), (&whole["fleet"], &whole["headline"]), "joined, it is the plan of all");
    // One that was killed before it ended has written no `fleet.json`.
    let of = |n: usize| fs::read_to_string(directory.path().join(format!("shards/{n}/fleet.json"))).unwrap();
    let dead =
        (1..=3).find(|n| !serde_json::from_str::<Value>(&of(*n)).unwrap()["accounts"].as_array().unwrap().is_empty()).unwrap();
    let kept = of(dead);
    fs::remove_file(directory.path().join(format!("shards/{dead}/fleet.json"))).unwrap();
    let (code, out, err) = join(&["shards/1", "shards/2", "shards/3"]);
    assert!(code == 1 && err.contains(&format!("shards/{dead} holds no fleet.json: this shard did not finish")), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let absent = report["fleet"]["totals"]["absent"].as_u64().unwrap();
    assert!(absent > 0 && report["headline"].as_str().unwrap().ends_with(&format!("; {absent} absent")), "{report:#}");
    // What does not belong together is refused.
    fs::write(directory.path().join(format!("shards/{dead}/fleet.json")), &kept).unwrap();
    let (code, _, err) = join(&["shards/1", "shards/2", "shards/3", &format!("shards/{dead}")]);
    assert!(code == 1 && err.contains(" is in `shards/"), "{err}");
    run(directory.path(), &["plan", "--select", "a1", "--out", "other"]);
    let (code, _, err) = join(&[&format!("shards/{dead}"), "other"]);
    assert!(code == 1 && err.contains("are not shards of one plan"), "{err}");
    fs::write(directory.path().join(format!("shards/{dead}/fleet.json")), kept.replacen("sha256:", "sha256:0", 1)).unwrap();
    assert_eq!(join(&["shards/1", "shards/2", "shards/3"]).0, 5);
    // The joined plans apply.
    let (code, outcomes, err) = apply(directory.path(), &["--select", "all", "plans"]);
    assert_eq!((code, outcomes.len()), (0, 4), "{err}");
}

#[test]
fn engines_say_which_shard_this_is() {
    let directory = waves("");
    let plan = |environment: &[(&str, &str)], args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_iamctl"));
        for name in ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "CI_NODE_INDEX", "CI_NODE_TOTAL", "CIRCLE_NODE_INDEX"] {
            command.env_remove(name);
        }
        let output = command
            .current_dir(directory.path())
            .envs(environment.iter().copied())
            .args(["plan", "--select", "all", "--shard"])
            .args(args)
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for (environment, args, expected) in [
        (&[("JOB_COMPLETION_INDEX", "1")][..], &["auto", "--shards", "3"][..], "shard 2/3: "),
        (&[("AWS_BATCH_JOB_ARRAY_INDEX", "0")], &["auto", "--shards", "2"], "shard 1/2: "),
        (&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "2")], &["auto"], "shard 2/2: "),
        (&[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "2")], &["auto"], "shard 1/2: "),
    ] {
        let (code, err) = plan(environment, args);
        assert!(code == 0 && err.contains(expected), "{environment:?}: {err}");
    }
    for (environment, args, expected) in [
        (&[][..], &["auto"][..], "`--shard auto` finds no engine"),
        (&[("JOB_COMPLETION_INDEX", "1")], &["auto"], "but not the number of shares"),
        (&[("JOB_COMPLETION_INDEX", "3")], &["auto", "--shards", "3"], "shard 4 is out of range: shards are counted from 1 to 3"),
        (&[("JOB_COMPLETION_INDEX", "x")], &["auto", "--shards", "3"], "which is not a number"),
        (&[], &["4/3"], "shard 4 is out of range"),
        (&[], &["1/3", "--shards", "4"], "contradict each other"),
    ] {
        let (code, err) = plan(environment, args);
        assert!(code == 64 && err.contains(expected), "{args:?}: {err}");
    }
}
