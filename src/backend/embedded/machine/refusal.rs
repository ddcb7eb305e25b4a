//! A refusal in IAM's words. The operation's name is put in when it leaves the machine.

use crate::backend::{BackendError, ErrorKind};
use crate::model::Operation;

/// What a check of the machine answers.
pub(super) type Checked<T = ()> = Result<T, Refusal>;

/// Why a call is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    kind: ErrorKind,
    /// IAM's wire code; none where IAM has no part in the refusal.
    code: Option<&'static str>,
    message: String,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $kind:ident, $code:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub(super) fn $name(message: impl Into<String>) -> Self {
                Self { kind: ErrorKind::$kind, code: Some($code), message: message.into() }
            })*
        }
    };
}

refusals! {
    /// What is named is not there.
    no_such = NotFound, "NoSuchEntity";
    /// The name is taken.
    exists = Exists, "EntityAlreadyExists";
    /// Something still depends on what is to be deleted.
    conflict = Conflict, "DeleteConflict";
    /// A quota.
    limit = Limit, "LimitExceeded";
    /// A document that IAM does not take.
    malformed = Malformed, "MalformedPolicyDocument";
    /// A parameter that makes no sense.
    invalid = Invalid, "InvalidInput";
    /// A parameter that breaks a length or a pattern.
    validation = Invalid, "ValidationError";
    /// A policy that only AWS attaches.
    unattachable = NotAttachable, "PolicyNotAttachable";
    /// An entity that only AWS changes.
    unmodifiable = Unmodifiable, "UnmodifiableEntity";
    /// What belongs to AWS or to another account.
    denied = Denied, "AccessDenied";
}

impl Refusal {
    /// A field that the account file does not hold, so that the call cannot be carried out on it.
    pub(super) fn unread(field: &str, of: &str) -> Self {
        let message = format!(
            "the account file does not say the {field} of {of}; write the field into the file, empty if there are none, and try again"
        );
        Self { kind: ErrorKind::Unsupported, code: None, message }
    }

    /// `Value 'x' at 'roleName' failed to satisfy constraint: …`
    pub(super) fn constraint(value: &str, field: &str, constraint: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must {constraint}"
        ))
    }

    /// A quota by IAM's name for it.
    pub(super) fn quota(name: &str, limit: u64) -> Self {
        Self::limit(format!("Cannot exceed quota for {name}: {limit}"))
    }

    /// As the backends' error.
    pub(super) fn into_error(self, operation: &Operation) -> BackendError {
        let error = BackendError::new(self.kind, operation.name(), self.message);
        match self.code {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}
