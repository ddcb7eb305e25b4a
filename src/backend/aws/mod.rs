//! A real account, through the AWS SDK. SDK types, throttling, retries and read-after-write delay stop here.

mod call;
mod connect;
mod convert;
mod details;
mod errors;
mod one_role;
mod organization;
mod read;
mod retry;
mod settle;
mod simulate;
mod touched;
mod versions;
mod whole;
mod write;

pub use connect::{AssumeRole, AwsOptions, RunLabel};
pub use retry::Timing;
pub use versions::ListedPolicy;

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_sdk_iam::config::retry::{ClientRateLimiter, RetryConfig, RetryPartition, TokenBucket};
use tokio::sync::OnceCell;

use super::simulate::{SimulateCase, Simulated, SimulatedAnswer};
use super::{AccountRead, AccountWrite, BackendError, CallerIdentity, ErrorKind, Performed, Progress, ReadScope};
use crate::model::{AccountIdentity, Operation, Policy, Snapshot};
use crate::names::{Arn, Name, VersionId};
use std::collections::{BTreeMap, BTreeSet};
use touched::{Recent, Touched};

/// An account of AWS, reached with one set of credentials.
#[derive(Debug)]
pub struct AwsAccount {
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    organizations: aws_sdk_organizations::Client,
    timing: Timing,
    touched: Mutex<Touched>,
    caller: OnceCell<CallerIdentity>,
    /// The profile that the credentials come from, to be named when they fail.
    profile: Option<String>,
}

impl AwsAccount {
    /// An account behind a ready SDK configuration: what [`AwsAccount::connect`] ends in, and what tests begin with.
    pub fn from_sdk_config(config: &SdkConfig, timing: Timing) -> Self {
        let retry = RetryConfig::adaptive().with_max_attempts(10).with_initial_backoff(timing.base).with_max_backoff(timing.cap);
        // The SDK repeats throttled calls alone, whatever the call; all else is repeated here, where it is known what may be.
        // Its own allowance of 500 retry tokens would fail a large account's reading, so the bound is the window of time.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let partition = RetryPartition::custom("iamctl")
            .token_bucket(TokenBucket::unlimited())
            .client_rate_limiter(ClientRateLimiter::new(now))
            .build();
        let iam = aws_sdk_iam::config::Builder::from(config)
            .retry_config(retry)
            .retry_partition(partition)
            .retry_classifier(retry::ThrottlingOnly)
            .interceptor(whole::WholeAnswers)
            .build();
        let sts = aws_sdk_sts::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .interceptor(whole::WholeAnswers)
            .build();
        let organizations = aws_sdk_organizations::config::Builder::from(config)
            .retry_config(
                RetryConfig::standard().with_max_attempts(10).with_initial_backoff(timing.base).with_max_backoff(timing.cap),
            )
            .build();
        Self {
            iam: aws_sdk_iam::Client::from_conf(iam),
            sts: aws_sdk_sts::Client::from_conf(sts),
            organizations: aws_sdk_organizations::Client::from_conf(organizations),
            timing,
            touched: Mutex::default(),
            caller: OnceCell::new(),
            profile: None,
        }
    }

    /// The documents in force of AWS managed policies, by ARN; those that do not exist are left out.
    ///
    /// Two calls each, so it is asked only for what is to be evaluated (iam-facts 1.6).
    pub async fn aws_policy_documents(&self, arns: &BTreeSet<String>) -> Result<BTreeMap<String, Policy>, BackendError> {
        details::aws_policy_documents(self, arns).await
    }

    /// The organisation of these credentials: accounts, units, tags and policies.
    ///
    /// # Errors
    /// A call is denied or fails; where only the policies are denied, none are known.
    pub async fn organization(&self, progress: &dyn Progress) -> Result<crate::fleet::Listing, BackendError> {
        organization::read(self, progress).await
    }

    /// One role with its policies and their documents in force, call by call; `None` when there is no such role. What one may not
    /// read is unread.
    ///
    /// # Errors
    /// GetRole is denied, or a call fails.
    pub async fn one_role(&self, name: &Name) -> Result<Option<Snapshot>, BackendError> {
        one_role::one_role(self, name).await
    }

    /// The managed policies of AWS that this account's partition has, by ARN; without the withdrawn ones that nothing here holds.
    ///
    /// # Errors
    /// ListPolicies is denied or fails.
    pub async fn aws_policies(&self) -> Result<Vec<ListedPolicy>, BackendError> {
        versions::list(self, aws_sdk_iam::types::PolicyScopeType::Aws).await
    }

    /// The ARN of a customer managed policy by name; `None` when there is none.
    ///
    /// # Errors
    /// ListPolicies is denied or fails.
    pub async fn own_policy_arn(&self, name: &Name) -> Result<Option<String>, BackendError> {
        versions::own_arn(self, name).await
    }

    /// A managed policy with all its versions, and the documents of those that `wanted` picks of their ids; `None` when there is
    /// no policy of this ARN.
    ///
    /// # Errors
    /// GetPolicy, ListPolicyVersions or GetPolicyVersion is denied or fails.
    pub async fn policy_versions(
        &self,
        arn: &str,
        wanted: impl Fn(&[VersionId]) -> BTreeSet<VersionId>,
    ) -> Result<Option<Policy>, BackendError> {
        versions::policy_versions(self, arn, wanted).await
    }

    /// Asks IAM's simulator about a role or a user of the account, or about documents (iam-facts 6.8): one answer for each action and
    /// resource.
    ///
    /// # Errors
    /// The call is denied, is not there (emulators), or fails; `NotFound` where there is no such principal.
    pub async fn simulate(&self, whose: &Simulated<'_>, cases: &[SimulateCase]) -> Result<Vec<SimulatedAnswer>, BackendError> {
        simulate::simulate(self, whose, cases).await
    }

    fn recent(&self) -> Recent {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).recent(Instant::now(), self.timing.window)
    }

    fn remember(&self, operation: &Operation, arn: Option<String>) {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).record(operation, arn, Instant::now());
    }

    async fn identity(&self) -> Result<&CallerIdentity, BackendError> {
        self.caller.get_or_try_init(|| who_am_i(self)).await
    }
}

async fn who_am_i(account: &AwsAccount) -> Result<CallerIdentity, BackendError> {
    const CALL: &str = "GetCallerIdentity";
    let answer = call::read(&account.timing, CALL, || account.sts.get_caller_identity().send()).await.map_err(|mut error| {
        if let Some(profile) =
            account.profile.as_ref().filter(|_| matches!(error.kind, ErrorKind::Denied | ErrorKind::Credentials))
        {
            error.message = format!("with the profile `{}`: {}", profile.escape_debug(), error.message);
        }
        error
    })?;
    let nonsense = || BackendError::new(ErrorKind::Unavailable, CALL, "the answer names no account");
    let arn = answer.arn().ok_or_else(nonsense)?.to_owned();
    let parsed = Arn::parse(&arn).ok_or_else(nonsense)?;
    let id = answer.account().and_then(crate::names::AccountId::parse).or_else(|| parsed.account_id()).ok_or_else(nonsense)?;
    Ok(CallerIdentity { account: AccountIdentity { id, partition: parsed.partition }, arn })
}

impl AccountRead for AwsAccount {
    async fn caller(&self) -> Result<CallerIdentity, BackendError> {
        self.identity().await.cloned()
    }

    async fn snapshot(&self, scope: &ReadScope, progress: &dyn Progress) -> Result<Snapshot, BackendError> {
        read::snapshot(self, scope, progress).await
    }
}

impl AccountWrite for AwsAccount {
    async fn perform(&self, operation: &Operation) -> Result<Performed, BackendError> {
        write::perform(self, operation).await
    }

    /// IAM has kept every answered write already.
    async fn finish(&self) -> Result<(), BackendError> {
        Ok(())
    }
}
