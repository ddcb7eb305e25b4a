//! When a failed call is made again. The rules are one pure function; time and chance stay outside it (iam-facts 3.4, 4.3).

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use aws_sdk_iam::config::retry::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{RetryClassifierPriority, RetryReason};
use aws_smithy_types::retry::ErrorKind as SdkErrorKind;

use super::errors::{Ending, Failure};
use super::touched::{Recent, mentions};
use crate::backend::ErrorKind;
use crate::model::Operation;

/// How long to wait, and how long to go on. Tests shrink it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long one call is repeated, and how long what this run made counts as young: two minutes, as Terraform has it.
    pub window: Duration,
    /// The first pause at most.
    pub base: Duration,
    /// A later pause at most.
    pub cap: Duration,
    /// How long the deletion of a service-linked role is waited for.
    pub deletion: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(120),
            base: Duration::from_millis(500),
            cap: Duration::from_secs(10),
            deletion: Duration::from_secs(300),
        }
    }
}

impl Timing {
    /// A pause before attempt `attempt + 1`: anything up to the doubled limit (full jitter), but never nothing.
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        let limit = self.base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(self.cap);
        let chance = (RandomState::new().build_hasher().finish() >> 11) as f64 / (1u64 << 53) as f64;
        limit.mul_f64(chance).max(self.base / 4)
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Pause and try again, within the window.
    Retry,
    /// It is final.
    Fail,
}

/// Attempts after a lost answer, and at an entity that another writer changes at the same time.
const PATIENCE: u32 = 6;

/// Whether an attempt at a write (counted from 1) may be repeated.
///
/// - throttling, lost answers: yes (lost ones a few times);
/// - a NoSuchEntity that a look contradicts: a few times;
/// - `Invalid principal`, NoSuchEntity: only where this run made what they speak of, else it is a mistake and waiting mends nothing;
/// - DeleteConflict: only where this run took something off that entity, which IAM may not have noticed;
/// - EntityAlreadyExists: only where this run deleted it;
/// - ConcurrentModification: within the window where this run writes there, else a few times;
/// - LimitExceeded: never.
pub(super) fn verdict(failure: &Failure, operation: &Operation, recent: &Recent, attempt: u32) -> Verdict {
    let named = mentions(operation);
    let again = match failure.ending {
        Ending::NeverSent => false,
        Ending::Throttled => true,
        Ending::Lost | Ending::Contradicted => attempt < PATIENCE,
        Ending::Refused => match failure.error.kind {
            ErrorKind::NotFound => recent.made_any(&named),
            ErrorKind::Malformed => {
                failure.error.is_unknown_principal() && operation.trust().is_some_and(|d| recent.made_principal_in(d))
            }
            ErrorKind::Conflict if failure.error.code.as_deref() == Some("DeleteConflict") => recent.wrote_any(&named),
            ErrorKind::Conflict => recent.wrote_any(&named) || attempt < PATIENCE,
            ErrorKind::Exists => recent.removed_any(&named),
            _ => false,
        },
    };
    if again { Verdict::Retry } else { Verdict::Fail }
}

/// Attempts at a read without an answer: a service that cannot be reached is to be told of within seconds.
const READ_PATIENCE: u32 = 4;

/// Whether an attempt at a read may be repeated.
pub(super) fn read_verdict(failure: &Failure, attempt: u32) -> Verdict {
    match failure.ending {
        Ending::Throttled => Verdict::Retry,
        Ending::Lost if attempt < READ_PATIENCE => Verdict::Retry,
        _ => Verdict::Fail,
    }
}

/// Keeps the SDK from repeating anything but throttled calls: its retries are hidden, and after a hidden one a create that
/// succeeded looks like somebody else's.
#[derive(Debug)]
pub(super) struct ThrottlingOnly;

impl ClassifyRetry for ThrottlingOnly {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::RetryForbidden
    }

    fn classify_retry_v2(&self, ctx: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        // The SDK's table takes the modelled name `LimitExceededException` for throttling; in IAM it is a quota.
        let quota = ctx
            .response()
            .and_then(|r| r.body().bytes())
            .is_some_and(|body| String::from_utf8_lossy(body).contains("<Code>LimitExceeded"));
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind: SdkErrorKind::ThrottlingError, .. }) if !quota => {
                previous.clone()
            }
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "throttling only"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests;
