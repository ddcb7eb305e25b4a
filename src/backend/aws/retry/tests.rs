use std::time::Instant;

use super::*;
use crate::backend::BackendError;
use crate::backend::aws::errors::kind_of;
use crate::backend::aws::touched::Touched;

const TEAM: &str = "arn:aws:iam::123456789012:role/team";

fn refused(code: &str, message: &str) -> Failure {
    let error = BackendError::new(kind_of(code, 400), "X", message).with_code(code);
    Failure { error, ending: Ending::Refused }
}

fn create_role(name: &str, trust: &str) -> Operation {
    Operation::CreateRole {
        role_name: name.into(),
        path: "/".to_owned(),
        assume_role_policy_document: trust.to_owned(),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: Default::default(),
    }
}

fn attach(role: &str) -> Operation {
    Operation::AttachRolePolicy { role_name: role.into(), policy_arn: "arn:aws:iam::123456789012:policy/p".to_owned() }
}

fn after(writes: &[(Operation, Option<&str>)]) -> Recent {
    let mut touched = Touched::default();
    let now = Instant::now();
    for (operation, arn) in writes {
        touched.record(operation, arn.map(str::to_owned), now);
    }
    touched.recent(now, Duration::from_secs(120))
}

fn trusting(principal: &str) -> Operation {
    create_role("app", &format!(r#"{{"Statement":[{{"Principal":{{"AWS":"{principal}"}}}}]}}"#))
}

#[test]
fn an_invalid_principal_is_retried_only_where_this_run_made_it() {
    let failure = refused("MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"…\"");
    let young = after(&[(create_role("team", "{}"), Some(TEAM))]);
    assert_eq!(verdict(&failure, &trusting(TEAM), &young, 1), AfterFailure::Retry);
    let session = "arn:aws:sts::123456789012:assumed-role/team/someone";
    assert_eq!(verdict(&failure, &trusting(session), &young, 1), AfterFailure::Retry);
    assert_eq!(verdict(&failure, &trusting("arn:aws:iam::123456789012:role/team-two"), &young, 1), AfterFailure::Fail);
    assert_eq!(verdict(&failure, &trusting(TEAM), &Recent::default(), 1), AfterFailure::Fail);
    let grammar = refused("MalformedPolicyDocument", "Syntax errors in policy.");
    assert_eq!(verdict(&grammar, &trusting(TEAM), &young, 1), AfterFailure::Fail);
}

#[test]
fn no_such_entity_is_retried_only_for_what_this_run_made() {
    let failure = refused("NoSuchEntity", "The role with name team cannot be found.");
    let young = after(&[(create_role("Team", "{}"), Some(TEAM))]);
    assert_eq!(verdict(&failure, &attach("team"), &young, 1), AfterFailure::Retry);
    assert_eq!(verdict(&failure, &attach("other"), &young, 1), AfterFailure::Fail);
}

#[test]
fn what_was_made_is_young_for_the_window_only() {
    let mut touched = Touched::default();
    let made = Instant::now();
    touched.record(&create_role("team", "{}"), Some(TEAM.to_owned()), made);
    let later = touched.recent(made + Duration::from_secs(121), Duration::from_secs(120));
    assert_eq!(verdict(&refused("NoSuchEntity", ""), &attach("team"), &later, 1), AfterFailure::Fail);
}

#[test]
fn a_delete_conflict_is_retried_only_after_this_run_took_something_off() {
    let failure = refused("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    let delete = Operation::DeleteRole { role_name: "team".into() };
    let detach = Operation::DetachRolePolicy { role_name: "team".into(), policy_arn: "arn:aws:iam::aws:policy/X".to_owned() };
    assert_eq!(verdict(&failure, &delete, &after(&[(detach, None)]), 1), AfterFailure::Retry);
    assert_eq!(verdict(&failure, &delete, &Recent::default(), 1), AfterFailure::Fail);
}

#[test]
fn a_name_deleted_by_this_run_may_be_taken_again() {
    let failure = refused("EntityAlreadyExists", "Role with name team already exists.");
    let deleted = after(&[(Operation::DeleteRole { role_name: "team".into() }, None)]);
    assert_eq!(verdict(&failure, &create_role("team", "{}"), &deleted, 1), AfterFailure::Retry);
    assert_eq!(verdict(&failure, &create_role("team", "{}"), &Recent::default(), 1), AfterFailure::Fail);
}

#[test]
fn concurrent_modification_is_waited_out_longer_where_this_run_writes() {
    let failure = refused("ConcurrentModification", "");
    let writing = after(&[(attach("team"), None)]);
    assert_eq!(verdict(&failure, &attach("team"), &writing, 50), AfterFailure::Retry);
    assert_eq!(verdict(&failure, &attach("team"), &Recent::default(), 1), AfterFailure::Retry);
    assert_eq!(verdict(&failure, &attach("team"), &Recent::default(), PATIENCE), AfterFailure::Fail);
}

#[test]
fn quotas_and_denials_are_final_whoever_made_the_entity() {
    let young = after(&[(create_role("team", "{}"), Some(TEAM))]);
    for code in [
        "LimitExceeded",
        "LimitExceededException",
        "AccessDenied",
        "ValidationError",
        "UnmodifiableEntity",
        "PolicyNotAttachable",
    ] {
        assert_eq!(verdict(&refused(code, ""), &attach("team"), &young, 1), AfterFailure::Fail, "{code}");
    }
}

#[test]
fn throttling_goes_on_and_lost_answers_end() {
    let with = |ending| Failure { ending, ..refused("Throttling", "Rate exceeded") };
    assert_eq!(verdict(&with(Ending::Throttled), &attach("a"), &Recent::default(), 99), AfterFailure::Retry);
    assert_eq!(verdict(&with(Ending::Lost), &attach("a"), &Recent::default(), 1), AfterFailure::Retry);
    assert_eq!(verdict(&with(Ending::Lost), &attach("a"), &Recent::default(), PATIENCE), AfterFailure::Fail);
    assert_eq!(verdict(&with(Ending::NeverSent), &attach("a"), &Recent::default(), 1), AfterFailure::Fail);
}

#[test]
fn pauses_grow_to_the_cap_and_never_vanish() {
    let timing = Timing::default();
    for attempt in 1..200 {
        let pause = timing.pause(attempt);
        assert!(pause >= timing.base / 4 && pause <= timing.cap, "{attempt}: {pause:?}");
    }
    assert!(timing.pause(1) <= timing.base);
}
