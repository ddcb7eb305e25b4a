//! The boundary: an account that can be read, and one that can be written. Two backends, one promise.

#[cfg(feature = "aws")]
pub mod aws;
mod document;
pub mod embedded;
mod error;
pub mod gaad;

pub use crate::model::simulation as simulate;
pub use error::{BackendError, ErrorKind};

use std::collections::BTreeSet;
use std::future::Future;

use crate::model::{AccountIdentity, Operation, Snapshot};
use crate::names::Address;

/// Who is asking, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account.
    pub account: AccountIdentity,
    /// The caller's ARN as STS says it; on embedded accounts the account root.
    pub arn: String,
}

/// What a reading must cover beside the bulk listings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadScope {
    /// The ownership tag's key, `iamctl:stack` unless the project says otherwise.
    pub tag_key: String,
    /// This stack's name, then its earlier names; empty when no stack is set.
    pub stacks: Vec<String>,
    /// Declared and released entities: their tags and details are read even where that takes a call each.
    pub declared: BTreeSet<Address>,
    /// Whether later questions are not known yet, as when a snapshot is taken: tags of every instance profile and credentials of every user
    /// that is ours are read too, a call or a few each.
    pub all_details: bool,
    /// AWS managed policies whose existence is to be asked of IAM; found ones are put into [`Snapshot::aws_policies`].
    pub aws_policies: BTreeSet<String>,
}

/// What a long reading or apply tells while it runs. Called often; must be cheap.
pub trait Progress: Send + Sync {
    /// `done` of `total` (if it is known) `what` are read.
    fn read(&self, what: &str, done: usize, total: Option<usize>);
}

/// A progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn read(&self, _: &str, _: usize, _: Option<usize>) {}
}

/// An account that can be read. A preview holds nothing more, so it cannot write.
pub trait AccountRead: Send + Sync {
    /// Who and where; the first call of every command, before any other read.
    fn caller(&self) -> impl Future<Output = Result<CallerIdentity, BackendError>> + Send;

    /// The account as it is now.
    fn snapshot(&self, scope: &ReadScope, progress: &dyn Progress)
    -> impl Future<Output = Result<Snapshot, BackendError>> + Send;
}

/// How a write went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performed {
    /// Something a user should know: `already done by an attempt whose answer was lost`.
    pub note: Option<String>,
}

/// An account that can be written, one step at a time.
pub trait AccountWrite: AccountRead {
    /// Carries out one call. Retries that IAM's nature needs are inside; an error is final.
    fn perform(&self, operation: &Operation) -> impl Future<Output = Result<Performed, BackendError>> + Send;

    /// Called once after the last step, also after a failure: makes what was written durable.
    fn finish(&self) -> impl Future<Output = Result<(), BackendError>> + Send;
}
