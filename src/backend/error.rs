//! What an account refuses, by kind, in IAM's own words.

use std::fmt;

/// Kinds of refusal that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// NoSuchEntity.
    NotFound,
    /// EntityAlreadyExists.
    Exists,
    /// DeleteConflict, ConcurrentModification, EntityTemporarilyUnmodifiable.
    Conflict,
    /// LimitExceeded: a quota; never retried.
    Limit,
    /// MalformedPolicyDocument.
    Malformed,
    /// ValidationError, InvalidInput: a parameter that IAM does not take.
    Invalid,
    /// PolicyNotAttachable.
    NotAttachable,
    /// UnmodifiableEntity.
    Unmodifiable,
    /// AccessDenied: the caller is known and lacks the permission.
    Denied,
    /// Credentials that are missing, wrong or expired: no call with them can succeed.
    Credentials,
    /// Throttling that outlasted all retries.
    Throttled,
    /// The service or the file cannot be reached, or answered with nonsense.
    Unavailable,
    /// The backend cannot do this at all.
    Unsupported,
}

/// One refused or failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendError {
    /// What kind of refusal.
    pub kind: ErrorKind,
    /// IAM's wire code, `NoSuchEntity`, where there is one.
    pub code: Option<String>,
    /// The operation, `CreateRole`.
    pub operation: String,
    /// What the refusal says.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
}

impl BackendError {
    /// An error in IAM's words.
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: None, operation: operation.into(), message: message.into(), request_id: None }
    }

    /// Whether a document names a principal that IAM does not know, which IAM says in words alone.
    pub fn is_unknown_principal(&self) -> bool {
        self.kind == ErrorKind::Malformed && self.message.to_ascii_lowercase().contains("invalid principal")
    }

    /// Whether the name of a service-linked role is in use, which IAM says in words alone.
    pub fn is_name_taken(&self) -> bool {
        self.kind == ErrorKind::Exists || (self.kind == ErrorKind::Invalid && self.message.contains("has been taken"))
    }

    /// The same with IAM's wire code.
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for BackendError {}
