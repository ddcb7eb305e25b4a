//! Going back to an earlier version of a policy, and what keeps the next apply from undoing it.

use iamctl::model::Operation;
use iamctl::names::VersionId;
use serde_json::{Value, json};

use super::*;
use crate::support::project::{calls, changes, plan_of};

const HOLDERS: &str = r#"
roles:
  r: {trust: [{service: ec2.amazonaws.com}], managed_policies: [p]}
  bound:
    trust: [{service: ec2.amazonaws.com}]
    permissions_boundary: p
    inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}
users: {ann: {create: true}}
groups: {team: {managed_policies: [p], users: [ann]}}
"#;

fn policy(actions: &str) -> String {
    format!(
        "policies: {{p: {{path: /team/, description: says, tags: {{team: ml}}, document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: {actions}, Resource: \"*\"}}]}}}}}}\n"
    )
}

const ONE: &str = r#""sqs:Get*""#;
const TWO: &str = r#"["sqs:*", "s3:GetObject"]"#;
const THREE: &str = r#"["sqs:*", "s3:*"]"#;

/// Three versions, held by a role, bounding another, attached to a group with one member.
fn three(project: &Project) {
    for actions in [ONE, TWO, THREE] {
        project.spec(&(policy(actions) + HOLDERS));
        project.settle();
    }
}

fn default_of(project: &Project) -> String {
    project.snapshot()["policies"]["p"]["default_version"].as_str().unwrap().to_owned()
}

fn hold_of(project: &Project) -> Option<String> {
    project.snapshot()["policies"]["p"]["tags"].get("iamctl:hold").map(|v| v.as_str().unwrap().to_owned())
}

#[track_caller]
fn rolls_back(project: &Project, args: &[&str]) -> Value {
    let ran = project.runs(&[&["rollback", "policy/p", "--yes", "--format", "json"], args].concat(), 0);
    serde_json::from_str(&ran.out).unwrap()
}

#[track_caller]
fn operations(report: &Value, list: &str) -> Vec<String> {
    report[list].as_array().unwrap().iter().map(|step| step["operation"].as_str().unwrap().to_owned()).collect()
}

/// Ends with this code, writes nothing, and says this.
#[track_caller]
fn refuses(project: &Project, args: &[&str], code: i32, words: &str) {
    let before = project.snapshot();
    let ran = project.runs(args, code);
    assert_eq!(project.snapshot(), before, "{args:?} writes nothing");
    assert!(ran.err.contains(words), "{args:?} says `{words}`: {}", ran.err);
}

/// The guards of the plan made now.
fn guards(project: &Project) -> Vec<String> {
    let plan = project.plan(&[]);
    plan["guards"].as_array().unwrap().iter().map(|g| g["guard"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    what_was_rolled_back_from_is_not_shipped_again_until_the_spec_changes(project, "600000000081") {
        three(&project);
        let report = rolls_back(&project, &[]);
        assert_eq!(operations(&report, "done"), ["TagPolicy", "SetDefaultPolicyVersion"]);
        assert_eq!((&report["rollback"]["from"], &report["rollback"]["to"]), (&json!("v3"), &json!("v2")));
        assert_eq!(report["converged"], true);
        let lost: Vec<(String, bool)> = report["rollback"]["access"].as_array().unwrap().iter()
            .map(|a| (a["principal"].as_str().unwrap().to_owned(), a["lost"].as_array().unwrap().is_empty()))
            .collect();
        let all = ["role/bound", "role/r", "user/ann", "group/team"];
        assert_eq!(lost.iter().map(|(who, _)| who.as_str()).collect::<Vec<_>>(), all, "every holder");
        assert!(lost.iter().all(|(who, nothing)| *nothing == (who == "role/bound")), "{lost:?}");
        assert_eq!(default_of(&project), "v2");
        assert!(hold_of(&project).unwrap().starts_with("v3:"));

        let plan = project.plan(&[]);
        assert_eq!(plan["guards"][0]["guard"], "hold");
        assert_eq!(plan["guards"][0]["override"], "--release-hold=policy/p");
        assert!(project.runs(&["plan"], 0).out.contains("! hold: `policy/p` was rolled back from v3"));
        refuses(&project, &["apply", "--yes"], 4, "rolled back from v3");
        // However it is spelled.
        project.spec(&(policy(r#"["s3:*", "SQS:*"]"#) + HOLDERS));
        assert_eq!(guards(&project), ["hold"]);
        refuses(&project, &["apply", "--yes"], 4, "--release-hold=policy/p");

        project.spec(&(policy(r#"["s3:Get*", "sqs:*"]"#) + HOLDERS));
        let plan = project.plan(&[]);
        assert_eq!((calls(&plan), plan["guards"].clone()), (vec!["CreatePolicyVersion".to_owned(), "UntagPolicy".to_owned()], json!([])));
        project.settle();
        assert_eq!((default_of(&project), hold_of(&project)), ("v4".to_owned(), None));
    }

    the_spec_that_is_printed_keeps_the_version_and_ends_the_hold(project, "600000000082") {
        three(&project);
        let report = rolls_back(&project, &["--to", "v1"]);
        assert_eq!(default_of(&project), "v1");
        let spec = report["rollback"]["spec"].as_str().unwrap();
        project.spec(&(spec.to_owned() + HOLDERS));
        project.runs(&["validate"], 0);
        assert_eq!(calls(&project.plan(&[])), ["UntagPolicy"]);
        project.settle();
        assert_eq!((default_of(&project), hold_of(&project)), ("v1".to_owned(), None));
    }

    a_hold_is_released_by_its_flag(project, "600000000083") {
        for flag in ["--release-hold", "--release-hold=policy/p"] {
            three(&project);
            rolls_back(&project, &[]);
            refuses(&project, &["apply", "--yes", "--release-hold=policy/q"], 64, "no spec declares it");
            refuses(&project, &["apply", "--yes", "--release-hold=role/r"], 64, "only policies are held");
            refuses(&project, &["apply", "--yes", "--release-hold", "policy/p"], 64, "write `--release-hold=policy/p`");
            let plan = project.plan(&[flag]);
            let made = calls(&plan).into_iter().filter(|call| call != "DeletePolicyVersion").collect::<Vec<_>>();
            assert_eq!((made, plan["guards"].clone()), (vec!["UntagPolicy".to_owned(), "CreatePolicyVersion".to_owned()], json!([])));
            project.runs(&["apply", "--yes", flag], 0);
            project.is_settled(&[]);
            assert_eq!(hold_of(&project), None);
        }
    }

    a_rollback_that_is_run_again_does_not_go_further_back(project, "600000000084") {
        three(&project);
        rolls_back(&project, &[]);
        refuses(&project, &["rollback", "policy/p", "--yes"], 0, "rolled back from v3 to v2 already; to go further back, add `--to v1`");
        rolls_back(&project, &["--to", "v1"]);
        // Both are held now.
        for actions in [TWO, THREE] {
            project.spec(&(policy(actions) + HOLDERS));
            assert_eq!(guards(&project), ["hold"], "{actions}");
        }
        refuses(&project, &["rollback", "policy/p", "--yes", "--to", "v1"], 0, "v1 is the default of `policy/p` already");
        // Going forward again lets that version go, and holds what was left.
        rolls_back(&project, &["--to", "v3"]);
        project.spec(&(policy(ONE) + HOLDERS));
        assert_eq!(guards(&project), ["hold"]);
        // Where the specs say what is in force, the hold has had its time.
        project.spec(&(policy(THREE) + HOLDERS));
        assert_eq!(calls(&project.plan(&[])), ["UntagPolicy"]);
        project.settle();
    }

    a_rollback_that_stopped_between_its_calls_is_finished_by_the_next(project, "600000000085") {
        three(&project);
        let report = rolls_back(&project, &[]);
        let hold = hold_of(&project).unwrap();
        let arn = project.arn("policy/team/p");
        project.others(&[Operation::SetDefaultPolicyVersion { policy_arn: arn, version_id: VersionId::new(3) }]);
        // As after the first call alone: nothing is to be done, and nothing is refused.
        assert_eq!(project.is_settled(&[])["guards"], json!([]));
        assert_eq!(hold_of(&project), Some(hold.clone()));
        let again = rolls_back(&project, &[]);
        assert_eq!(operations(&again, "done"), ["SetDefaultPolicyVersion"]);
        assert_eq!(again["rollback"], report["rollback"]);
        assert_eq!((default_of(&project), hold_of(&project)), ("v2".to_owned(), Some(hold)));
    }

    only_what_this_stack_owns_and_keeps_is_rolled_back(project, "600000000086") {
        three(&project);
        let missing = "did you mean `policy/p`?";
        refuses(&project, &["rollback", "policy/pp", "--yes"], 64, missing);
        refuses(&project, &["rollback", "policy/p", "--yes", "--to", "v99"], 64, "keeps no version v99");
        refuses(&project, &["rollback", "policy/p", "--yes", "--to", "v3"], 0, "v3 is the default");
        refuses(&project, &["rollback", "role/r", "--yes"], 64, "write `policy/NAME`");
        refuses(&project, &["rollback", "policy/p", "--yes", "--to", "3"], 64, "as in `v3`");
        refuses(&project, &["rollback", "policy/p"], 64, "add `--yes`");
        refuses(&project, &["rollback", "policy/p", "--yes", "--stack", "other"], 4, "it belongs to the stack `lab`");
        let arn = project.arn("policy/team/p");
        project.others(&[Operation::UntagPolicy { policy_arn: arn, tag_keys: vec!["iamctl:stack".to_owned()] }]);
        refuses(&project, &["rollback", "policy/p", "--yes"], 4, "no stack owns it");
    }

    the_only_version_cannot_be_left(project, "600000000087") {
        project.spec(&policy(ONE));
        project.settle();
        refuses(&project, &["rollback", "policy/p", "--yes"], 1, "there is nothing to go back to");
    }

    a_policy_without_room_for_the_mark_is_not_rolled_back(project, "600000000096") {
        // With the marks of ownership and protection these are fifty.
        let tags: Vec<String> = (0..48).map(|n| format!("t{n}: x")).collect();
        for actions in [ONE, TWO] {
            project.spec(&policy(actions).replace("team: ml", &tags.join(", ")).replace("path:", "protect: true, path:"));
            project.settle();
        }
        refuses(&project, &["rollback", "policy/p", "--yes"], 1, "the hold needs one");
    }

    guards_refuse_a_rollback_as_they_refuse_an_apply(project, "600000000088") {
        let mut project = project;
        three(&project);
        project.set_extra(&format!("guards: {{break_glass: [\"{}\"]}}", project.arn("user/ann")));
        refuses(&project, &["rollback", "policy/p", "--yes"], 4, "`user/ann` holds `policy/p` and is listed under `break_glass`");
        project.set_extra("");
        project.spec(&(policy(THREE).replace("path:", "protect: true, path:") + HOLDERS));
        project.settle();
        refuses(&project, &["rollback", "policy/p", "--yes"], 4, "is protected");
        refuses(&project, &["rollback", "policy/p", "--yes", "--expect-account", "999999999999"], 1, "999999999999");
        rolls_back(&project, &["--allow", "policy/p"]);
        assert_eq!(default_of(&project), "v2");
    }

    a_rollback_that_takes_from_a_break_glass_principal_what_undoing_it_takes_needs_a_second_word(project, "600000000190") {
        let mut project = project;
        for actions in [r#"["sqs:*"]"#, r#"["sqs:*", "iam:*"]"#] {
            project.spec(&(policy(actions) + "roles: {admin: {trust: [{service: ec2.amazonaws.com}], managed_policies: [p]}}\n"));
            project.settle();
        }
        project.set_extra(&format!("guards: {{break_glass: [\"{}\"]}}", project.arn("role/admin")));
        let allowed = ["rollback", "policy/p", "--yes", "--allow", "role/admin"];
        refuses(&project, &allowed, 4, "could not undo this plan");
        project.runs(&[&allowed[..], &["--allow-lockout", "role/admin"]].concat(), 0);
        assert_eq!(default_of(&project), "v1");
    }

    a_saved_plan_keeps_the_flag_and_goes_stale_by_a_rollback(project, "600000000089") {
        three(&project);
        project.spec(&(policy(ONE) + HOLDERS));
        let file = project.path().join("plan.json").to_str().unwrap().to_owned();
        project.runs(&["plan", "--out", &file], 0);
        rolls_back(&project, &[]);
        refuses(&project, &["apply", &file, "--yes"], 5, "policy/p");
        project.spec(&(policy(THREE) + HOLDERS));
        project.runs(&["plan", "--release-hold", "--out", &file], 0);
        assert_eq!(plan_of(&project.read("plan.json"))["options"]["release_hold_all"], true);
        refuses(&project, &["apply", &file, "--yes", "--release-hold"], 64, "`--release-hold`");
        project.runs(&["apply", &file, "--yes"], 0);
        project.is_settled(&[]);
    }

    never_more_than_five_versions_after_a_rollback_either(project, "600000000090") {
        for n in 1..=5 {
            project.spec(&policy(&format!("\"sqs:Get{n}*\"")));
            project.settle();
        }
        rolls_back(&project, &["--to", "v1"]);
        project.spec(&policy("\"sqs:Get6*\""));
        let plan = project.plan(&[]);
        assert_eq!(calls(&plan), ["DeletePolicyVersion", "CreatePolicyVersion", "UntagPolicy"]);
        assert_eq!(plan["steps"][0]["request"]["VersionId"], "v2", "the oldest that is not in force");
        project.settle();
        assert_eq!(project.snapshot()["policies"]["p"]["versions"].as_object().unwrap().len(), 5);
    }

    a_hold_goes_with_the_other_marks_and_keeps_a_replacement_back(project, "600000000091") {
        for actions in [ONE, TWO, THREE] {
            project.spec(&policy(actions));
            project.settle();
        }
        rolls_back(&project, &[]);
        project.spec(&policy(THREE).replace("/team/", "/other/"));
        let plan = project.plan(&["--replace", "policy/p"]);
        assert!(plan["guards"].as_array().unwrap().iter().any(|g| g["guard"] == "hold"), "{:#}", plan["guards"]);
        project.spec("release: [policy/p]\n");
        let plan = project.plan(&["--no-prune"]);
        assert_eq!(changes(&plan), ["policy/p release"]);
        project.runs(&["apply", "--yes", "--no-prune"], 0);
        assert_eq!(hold_of(&project), None);
    }

    the_history_tells_what_each_version_changed(project, "600000000092") {
        three(&project);
        rolls_back(&project, &[]);
        let text = project.runs(&["history", "policy/P"], 0).out;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(lines[0], format!("policy/p  {}", project.arn("policy/team/p")));
        assert!(lines[1].starts_with("  v1  20") && lines[1].ends_with('Z'), "{text}");
        assert!(lines[2].ends_with("default  new access") && lines[5].ends_with("held: rolled back from  new access"), "{text}");
        assert!(text.contains("+ s3:GetObject, sqs:* on *") && text.contains("+ s3:* on *") && !text.contains("for example"), "{text}");
        assert!(project.runs(&["history", "policy/p", "--full"], 0).out.contains("for example"));

        let history: Value = serde_json::from_str(&project.runs(&["history", "policy/p", "--format", "json"], 0).out).unwrap();
        assert_eq!((&history["default"], history["versions"].as_array().unwrap().len()), (&json!("v2"), 3));
        assert_eq!(history["versions"][0]["change"], json!(null));
        let change = &history["versions"][2]["change"];
        assert_eq!((&change["since"], &change["verdict"], &change["lost"]), (&json!("v2"), &json!("new_access"), &json!([])));
        assert_eq!(history["versions"][2]["held"], true);

        let last = project.runs(&["history", "policy/p", "--last", "1"], 0).out;
        assert!(last.contains("2 older versions") && last.contains("+ s3:* on *"), "{last}");
        refuses(&project, &["history", "policy/nothing"], 64, "is not there");
        refuses(&project, &["history", "policy/p", "--live"], 64, "name `aws/NAME`");
    }
}

#[test]
#[cfg(feature = "aws")]
fn a_rollback_that_aws_refuses_halfway_says_so_and_is_run_again() {
    use crate::support::proxy::Fault;
    let project = Project::moto("600000000093");
    three(&project);
    let message = "User is not authorized to perform: iam:SetDefaultPolicyVersion".to_owned();
    project.proxy().fault("SetDefaultPolicyVersion", 1, Fault::Error { status: 403, code: "AccessDenied", message });
    let ran = project.runs(&["rollback", "policy/p", "--yes"], 6);
    assert!(ran.out.contains("run `iamctl rollback policy/p --to v2` again"), "{}", ran.out);
    assert_eq!(default_of(&project), "v3");
    assert_eq!(operations(&rolls_back(&project, &[]), "done"), ["SetDefaultPolicyVersion"]);
    assert_eq!(default_of(&project), "v2");

    // The answer to the last call is lost with the process: the call was carried out, and another run changes nothing.
    let project = Project::moto("600000000094");
    three(&project);
    project.proxy().fault("SetDefaultPolicyVersion", 1, Fault::Hold(std::time::Duration::from_secs(20)));
    let mut child = project
        .command(&["rollback", "policy/p", "--yes"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(project.proxy().wait_for("SetDefaultPolicyVersion", 1, std::time::Duration::from_secs(30)));
    std::thread::sleep(std::time::Duration::from_millis(50));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(default_of(&project), "v2");
    refuses(&project, &["rollback", "policy/p", "--yes"], 0, "already");
}

#[test]
#[cfg(feature = "aws")]
fn a_rollback_ends_under_every_fault_as_an_apply_does() {
    use crate::support::proxy::{Fault, Framing};
    let project = Project::moto("600000000191");
    three(&project);
    let denied = |action: &str| {
        let message = format!("User is not authorized to perform: iam:{action}");
        Fault::Error { status: 403, code: "AccessDenied", message }
    };
    let mut versions = ["v2", "v1", "v3"].into_iter().cycle();
    for action in ["TagPolicy", "SetDefaultPolicyVersion"] {
        let faults =
            [Fault::Html500, Fault::Drop, Fault::LoseAnswer, Fault::Cut(40, Framing::Chunked), Fault::Throttle, denied(action)];
        for (n, fault) in faults.into_iter().enumerate() {
            let to = versions.next().unwrap();
            project.proxy().fault(action, 1, fault);
            let ran = project.run(&["rollback", "policy/p", "--yes", "--to", to]);
            let sentence = format!("{action} {n} to {to}: {}{}", ran.out, ran.err);
            assert!(matches!(ran.code, 0 | 1 | 6), "{sentence}");
            assert_eq!(ran.code == 0, default_of(&project) == to, "it says what is so: {sentence}");
            project.runs(&["rollback", "policy/p", "--yes", "--to", to], 0);
            assert_eq!(default_of(&project), to, "{sentence}");
            assert_eq!(project.snapshot()["policies"]["p"]["versions"].as_object().unwrap().len(), 3, "{sentence}");
        }
    }
}

#[test]
#[cfg(feature = "aws")]
fn a_rollback_that_cannot_read_the_account_whole_writes_nothing() {
    use crate::support::moto::Moto;
    use crate::support::project::{is_read, ran};
    use crate::support::proxy::{Fault, Framing, Proxy};
    let project = Project::moto("600000000192");
    three(&project);
    let back = ["rollback", "policy/p", "--yes", "--to", "v2"];
    // What it reads is what it reads to say that there is nothing to do.
    project.proxy().reset();
    project.runs(&["rollback", "policy/p", "--yes", "--to", "v3"], 0);
    // Nothing but the deletion of a user rests on its credentials.
    let credentials = ["GetLoginProfile", "AccessKeys", "MFADevices", "SSHPublicKeys", "Credentials", "SigningCertificates"];
    let is_needed = |action: &String| is_read(action) && !credentials.iter().any(|kind| action.ends_with(kind));
    let reads: Vec<String> = project.proxy().counts().into_keys().filter(is_needed).collect();
    assert!(reads.len() > 4, "{reads:?}");
    let faults = || [Fault::Cut(60, Framing::Short), Fault::Cut(60, Framing::Broken), Fault::empty(), Fault::html()];
    std::thread::scope(|scope| {
        for (action, fault) in reads.iter().flat_map(|action| faults().map(|fault| (action, fault))) {
            let project = &project;
            scope.spawn(move || {
                let proxy = Proxy::start(Some(Moto::shared().address()));
                let sentence = format!("{action} {fault:?}");
                proxy.fault(action, usize::MAX, fault);
                let ran = ran(project.command(&back).env("AWS_ENDPOINT_URL", proxy.url()).output().unwrap());
                assert_eq!(ran.code, 1, "{sentence}: {}{}", ran.out, ran.err);
                let written: Vec<String> = proxy.counts().into_keys().filter(|action| !is_read(action)).collect();
                assert_eq!(written, Vec::<String>::new(), "{sentence}");
            });
        }
    });
    assert_eq!((default_of(&project), hold_of(&project)), ("v3".to_owned(), None));
    // Three in a row are read again.
    for fault in faults().into_iter().skip(1) {
        project.proxy().fault("GetAccountAuthorizationDetails", 1, fault);
    }
    rolls_back(&project, &["--to", "v2"]);
    assert_eq!(default_of(&project), "v2");
}

#[test]
#[cfg(feature = "aws")]
fn a_rollback_killed_before_or_after_any_of_its_calls_is_run_again() {
    use std::process::Stdio;
    use std::time::Duration;

    use crate::support::proxy::Fault;
    let project = Project::moto("600000000193");
    three(&project);
    let long = Duration::from_secs(20);
    let mut versions = ["v2", "v1", "v3"].into_iter().cycle();
    for (action, fault) in
        ["TagPolicy", "SetDefaultPolicyVersion"].iter().flat_map(|a| [(a, Fault::Stall(long)), (a, Fault::Hold(long))])
    {
        let (before, to) = (default_of(&project), versions.next().unwrap());
        let carried_out = matches!(fault, Fault::Hold(_));
        project.proxy().reset();
        project.proxy().fault(action, 1, fault);
        let mut command = project.command(&["rollback", "policy/p", "--yes", "--to", to]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        assert!(project.proxy().wait_for(action, 1, Duration::from_secs(30)));
        std::thread::sleep(Duration::from_millis(100));
        child.kill().unwrap();
        child.wait().unwrap();
        let sentence = format!("{action} to {to}, carried out: {carried_out}");
        let expected = if carried_out && *action == "SetDefaultPolicyVersion" { to } else { before.as_str() };
        assert_eq!(default_of(&project), expected, "{sentence}");
        project.runs(&["rollback", "policy/p", "--yes", "--to", to], 0);
        assert_eq!(default_of(&project), to, "{sentence}");
        let hold = hold_of(&project).is_some_and(|hold| hold.contains(&format!("{before}:")));
        assert!(hold || to == "v3", "what was left is held: {sentence}: {:?}", hold_of(&project));
        assert_eq!(project.snapshot()["policies"]["p"]["versions"].as_object().unwrap().len(), 3, "{sentence}");
    }
}
