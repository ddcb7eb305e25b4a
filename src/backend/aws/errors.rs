//! What the SDK calls an error, as the boundary's error: wire code, message, request id (iam-facts 1.1).

use std::error::Error;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_types::request_id::RequestId;

use crate::backend::{BackendError, ErrorKind};

/// One failed attempt.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What to tell.
    pub error: BackendError,
    /// How the attempt ended.
    pub ending: Ending,
}

/// What a failed attempt says about the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// IAM refused it: nothing was done.
    Refused,
    /// IAM asked to come back later: nothing was done.
    Throttled,
    /// No answer that can be trusted: it may have been done.
    Lost,
    /// It was never sent: no credentials, no valid request.
    NeverSent,
    /// IAM says that what was to be removed is not there, and a look shows that it is.
    Contradicted,
}

/// Wire codes of throttling; `LimitExceeded` is a quota and not among them (iam-facts 3.4).
const THROTTLING: [&str; 10] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];

/// Codes that say the credentials are missing, wrong or expired, rather than too weak.
const CREDENTIALS: [&str; 10] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "InvalidAccessKeyId",
    "RequestExpired",
    "AuthFailure",
];

/// A code without the suffix that models have and the wire has not.
pub(super) fn wire_code(code: &str) -> &str {
    code.strip_suffix("Exception").filter(|c| !c.is_empty()).unwrap_or(code)
}

/// Whether the code is one of throttling.
pub(super) fn is_throttling(code: &str) -> bool {
    THROTTLING.contains(&code)
}

/// Whether a refusal is about permissions of working credentials.
pub(super) fn is_access_denied(error: &BackendError) -> bool {
    error.kind == ErrorKind::Denied
        && error
            .code
            .as_deref()
            .is_some_and(|c| matches!(wire_code(c), "AccessDenied" | "UnauthorizedOperation" | "AuthorizationError"))
}

/// The kind of a refusal, from its wire code and HTTP status.
pub(super) fn kind_of(code: &str, status: u16) -> ErrorKind {
    if is_throttling(code) {
        return ErrorKind::Throttled;
    }
    if CREDENTIALS.contains(&code) {
        return ErrorKind::Credentials;
    }
    match wire_code(code) {
        "NoSuchEntity" => ErrorKind::NotFound,
        "EntityAlreadyExists" => ErrorKind::Exists,
        "DeleteConflict" | "ConcurrentModification" | "EntityTemporarilyUnmodifiable" => ErrorKind::Conflict,
        "LimitExceeded" => ErrorKind::Limit,
        "MalformedPolicyDocument" => ErrorKind::Malformed,
        "PolicyNotAttachable" => ErrorKind::NotAttachable,
        "UnmodifiableEntity" => ErrorKind::Unmodifiable,
        "AccessDenied" | "UnauthorizedOperation" | "AuthorizationError" | "OptInRequired" => ErrorKind::Denied,
        "ValidationError" | "Validation" | "InvalidInput" | "InvalidParameterValue" | "InvalidCertificate" => ErrorKind::Invalid,
        "ServiceFailure" | "InternalFailure" | "InternalError" | "ServiceUnavailable" | "RequestTimeout" => {
            ErrorKind::Unavailable
        }
        "InvalidAction" | "NotImplemented" | "UnknownOperation" => ErrorKind::Unsupported,
        _ => match status {
            401 | 403 => ErrorKind::Denied,
            // IAM names what it does not find; a bare 404 comes from something on the way.
            404 if !code.is_empty() => ErrorKind::NotFound,
            404 => ErrorKind::Unavailable,
            429 => ErrorKind::Throttled,
            400..=499 => ErrorKind::Invalid,
            _ => ErrorKind::Unavailable,
        },
    }
}

/// Reads one SDK error. `operation` is IAM's name of the call.
pub(super) fn failure<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let unavailable = |text: String| BackendError::new(ErrorKind::Unavailable, operation, text);
    let (mut told, ending) = match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let meta = service.err().meta();
            let code = meta.code().unwrap_or_default();
            let kind = kind_of(code, status);
            let message = match meta.message() {
                Some(text) if !text.trim().is_empty() => text.trim().to_owned(),
                _ => format!("the service answered with HTTP status {status} and no message"),
            };
            let ending = match kind {
                ErrorKind::Throttled => Ending::Throttled,
                // RequestTimeout is a 4xx, and the request may have been carried out all the same.
                ErrorKind::Unavailable => Ending::Lost,
                _ if status >= 500 => Ending::Lost,
                _ => Ending::Refused,
            };
            let mut told = BackendError::new(kind, operation, message);
            if !code.is_empty() {
                told = told.with_code(wire_code(code));
            }
            if kind == ErrorKind::Credentials {
                told.message = format!("{}; {}", told.message, sign_in_help());
            }
            (told, ending)
        }
        SdkError::ConstructionFailure(_) => (BackendError::new(ErrorKind::Invalid, operation, chain(error)), Ending::NeverSent),
        SdkError::TimeoutError(_) => (unavailable("no answer in time".to_owned()), Ending::Lost),
        SdkError::DispatchFailure(dispatch) => {
            let text = chain(error);
            if is_credentials_failure(&text) && !dispatch.is_timeout() {
                let text = if text.contains("was not enabled") { "none were found" } else { text.as_str() };
                let message = format!("no AWS credentials could be used: {text}; {}", sign_in_help());
                (BackendError::new(ErrorKind::Credentials, operation, message), Ending::NeverSent)
            } else {
                (unavailable(format!("the service could not be reached: {text}")), Ending::Lost)
            }
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            let why = match status {
                500.. => format!("the service fell over (HTTP status {status})"),
                _ => format!("the answer (HTTP status {status}) could not be read: {}", chain(error)),
            };
            (unavailable(why), Ending::Lost)
        }
        _ => (unavailable(chain(error)), Ending::Lost),
    };
    told.request_id = error.request_id().map(str::to_owned).or_else(|| request_id_in_body(error.raw_response()?));
    Failure { error: told, ending }
}

/// The request id of an answer without the header that AWS sends it in.
fn request_id_in_body(answer: &HttpResponse) -> Option<String> {
    let body = std::str::from_utf8(answer.body().bytes()?).ok()?;
    let (_, rest) = body.split_once("<RequestId>")?;
    rest.split_once("</RequestId>").map(|(id, _)| id.trim().to_owned()).filter(|id| !id.is_empty() && id.len() < 100)
}

/// The SDK wraps a failure to find credentials as a failure to dispatch; only its text tells.
fn is_credentials_failure(text: &str) -> bool {
    ["credential", "identity", "sso", "token provider", "assume role"].iter().any(|word| text.to_ascii_lowercase().contains(word))
}

fn sign_in_help() -> &'static str {
    "sign in (`aws sso login`, with `--profile NAME` for a named profile), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones)"
}

/// The error and its causes, outermost first, repetitions left out, on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // `other` is the SDK's word for a failure that is none of its kinds, and an interceptor names itself before its own words.
        if text != "other" && !text.contains(" interceptor encountered an error") && !parts.iter().any(|p| p.contains(&text)) {
            parts.push(text);
        }
        next = cause.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_with_and_without_the_suffix() {
        for (code, kind) in [
            ("NoSuchEntity", ErrorKind::NotFound),
            ("NoSuchEntityException", ErrorKind::NotFound),
            ("EntityAlreadyExistsException", ErrorKind::Exists),
            ("DeleteConflict", ErrorKind::Conflict),
            ("ConcurrentModificationException", ErrorKind::Conflict),
            ("MalformedPolicyDocument", ErrorKind::Malformed),
            ("PolicyNotAttachable", ErrorKind::NotAttachable),
            ("UnmodifiableEntity", ErrorKind::Unmodifiable),
            ("ValidationError", ErrorKind::Invalid),
            ("Throttling", ErrorKind::Throttled),
            ("ExpiredToken", ErrorKind::Credentials),
            ("UnrecognizedClientException", ErrorKind::Credentials),
            ("AccessDenied", ErrorKind::Denied),
        ] {
            assert_eq!(kind_of(code, 400), kind, "{code}");
        }
    }

    #[test]
    fn a_quota_is_never_taken_for_throttling() {
        assert_eq!(kind_of("LimitExceeded", 409), ErrorKind::Limit);
        assert_eq!(kind_of("LimitExceededException", 409), ErrorKind::Limit);
        assert!(!is_throttling("LimitExceeded") && !is_throttling("LimitExceededException"));
    }

    #[test]
    fn unknown_codes_go_by_the_status() {
        assert_eq!(kind_of("", 500), ErrorKind::Unavailable);
        assert_eq!(kind_of("", 404), ErrorKind::Unavailable, "NoSuchEntity has a name");
        assert_eq!(kind_of("Odd", 403), ErrorKind::Denied);
        assert_eq!(kind_of("Odd", 400), ErrorKind::Invalid);
    }

    #[test]
    fn weak_credentials_are_told_from_missing_ones() {
        let denied = |code: &str| BackendError::new(ErrorKind::Denied, "GetPolicy", "x").with_code(code);
        assert!(is_access_denied(&denied("AccessDenied")) && is_access_denied(&denied("AccessDeniedException")));
        assert!(!is_access_denied(&denied("ExpiredToken")));
    }
}
