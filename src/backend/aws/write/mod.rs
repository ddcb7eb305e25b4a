//! One write with its retries. Each attempt is one request on the wire; how it ended decides what comes next.

mod send;

use std::time::Instant;

use super::AwsAccount;
use super::errors::{Ending, Failure, wire_code};
use super::retry::{AfterFailure, verdict};
use super::settle;
use super::touched::mentions;
use crate::backend::{BackendError, ErrorKind, Performed};
use crate::model::Operation;

/// What a request that was carried out yields: the ARN of what it created, if that has one.
pub(super) type Sent = Result<Option<String>, Failure>;

const LOST_NOTE: &str = "already done by an attempt whose answer was lost";
const GONE_NOTE: &str = "already gone";
const RACED_NOTE: &str = "someone else did it first, and the result is as wanted";

/// Carries out one operation.
pub(super) async fn perform(account: &AwsAccount, operation: &Operation) -> Result<Performed, BackendError> {
    let started = Instant::now();
    let mut attempt = 0;
    let mut lost = false;
    loop {
        attempt += 1;
        let failed = match send::send(account, operation).await {
            Ok(arn) => {
                account.remember(operation, arn);
                return Ok(Performed::default());
            }
            Err(failed) => looked_at(account, operation, failed, lost).await,
        };
        if let Some(note) = done_all_the_same(account, operation, &failed, lost).await {
            return Ok(Performed { note: Some(note.to_owned()) });
        }
        lost |= failed.ending == Ending::Lost;
        let pause = account.timing.pause(attempt);
        let again = verdict(&failed, operation, &account.recent(), attempt) == AfterFailure::Retry;
        if !again || started.elapsed() + pause > account.timing.window {
            return Err(explained(failed.error, lost));
        }
        tokio::time::sleep(pause).await;
        // Sent twice, this one would be done twice: the account is asked before.
        if lost
            && matches!(operation, Operation::CreatePolicyVersion { .. })
            && settle::version_is_there(account, operation).await?
        {
            account.remember(operation, None);
            return Ok(Performed { note: Some(LOST_NOTE.to_owned()) });
        }
    }
}

/// Whether a NoSuchEntity may only say that what this run made a moment ago is not visible yet.
fn is_young(account: &AwsAccount, operation: &Operation, lost: bool) -> bool {
    account.recent().made_any(&mentions(operation)) && !lost
}

/// A removal that finds nothing is done only when a look finds nothing too: what stays attached after a plan says that it is gone
/// is access that nobody knows of.
async fn looked_at(account: &AwsAccount, operation: &Operation, mut failed: Failure, lost: bool) -> Failure {
    let says_gone = failed.ending == Ending::Refused && failed.error.kind == ErrorKind::NotFound;
    if !says_gone || !operation.act().ends_in_absence() || is_young(account, operation, lost) {
        return failed;
    }
    match settle::is_absent(account, operation).await {
        Ok(true) => {}
        Ok(false) => {
            failed.ending = Ending::Contradicted;
            failed.error.message = format!("{}; but it is there, as a look shows", failed.error.message);
        }
        Err(error) => {
            failed.ending = Ending::NeverSent;
            failed.error.message = format!("{}; whether it is gone could not be read: {error}", failed.error.message);
        }
    }
    failed
}

/// Whether a refusal says that the operation's goal is reached: by an attempt whose answer was lost, by another writer who was faster, or
/// because what was to be removed is not there.
async fn done_all_the_same(account: &AwsAccount, operation: &Operation, failed: &Failure, lost: bool) -> Option<&'static str> {
    if failed.ending != Ending::Refused {
        return None;
    }
    if failed.error.kind == ErrorKind::NotFound && operation.act().ends_in_absence() && !is_young(account, operation, lost) {
        account.remember(operation, None);
        return Some(if lost { LOST_NOTE } else { GONE_NOTE });
    }
    // The old name is gone because the attempt whose answer was lost took it away.
    if lost && failed.error.kind == ErrorKind::NotFound && settle::is_renamed(account, operation).await.unwrap_or(false) {
        account.remember(operation, None);
        return Some(LOST_NOTE);
    }
    // What this run has just deleted may still be seen.
    let may_linger = !lost && account.recent().removed_any(&mentions(operation));
    if !may_linger && let Some(arn) = settle::as_wanted(account, operation, &failed.error).await {
        account.remember(operation, arn);
        return Some(if lost { LOST_NOTE } else { RACED_NOTE });
    }
    None
}

fn explained(mut error: BackendError, lost: bool) -> BackendError {
    let code = error.code.as_deref().map(wire_code);
    if lost && error.kind == ErrorKind::Exists {
        error.message =
            format!("{}; an earlier attempt had no answer, but what is there is not what was asked for", error.message);
    } else if code == Some("LimitExceeded") {
        error.message = format!("{}; this is a quota: waiting does not help", error.message);
    }
    error
}
