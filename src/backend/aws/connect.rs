//! From options, environment and profiles to a connected account. Nothing is sent here: the first call is the caller's identity.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::profile::region::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig, imds};
use aws_sdk_iam::config::IdentityCache;

use super::{AwsAccount, Timing};

/// IAM is one service per partition; with no region configured anywhere the commercial partition's signing region serves (iam-facts 4.4).
const DEFAULT_REGION: &str = "us-east-1";
/// The longest session name (AWS STS API reference, AssumeRole).
const SESSION_NAME: usize = 64;
/// The most characters that a run takes of it: a commit's hash.
const RUN: usize = 40;

/// How to reach an account. Everything left out comes from the standard AWS environment, profiles and SSO sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsOptions {
    /// A profile of the AWS configuration files; its credentials win over those in the environment, as in the AWS CLI.
    pub profile: Option<String>,
    /// The region; it only chooses the partition.
    pub region: Option<String>,
    /// Roles to assume: the first with those credentials, each other with those of the one before.
    pub assume_role: Vec<AssumeRole>,
    /// What the account's log shows of this run.
    pub label: RunLabel,
}

/// What names a run in CloudTrail: the session of an assumed role, and the user agent of every call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunLabel {
    /// The stack.
    pub stack: Option<String>,
    /// The run of a pipeline.
    pub run: Option<String>,
}

impl RunLabel {
    /// `iamctl-STACK-RUN`, in the characters and the length that STS takes.
    pub fn session_name(&self) -> String {
        let run = self.run.as_deref().map(|run| plain(run, "+=,.@_-", RUN)).filter(|run| !run.is_empty());
        let rest = SESSION_NAME.saturating_sub("iamctl-".len() + run.as_ref().map_or(0, |run| run.len() + 1));
        let stack = self.stack.as_deref().map(|stack| plain(stack, "+=,.@_-", rest)).filter(|stack| !stack.is_empty());
        ["iamctl".to_owned()].into_iter().chain(stack).chain(run).collect::<Vec<_>>().join("-")
    }

    /// `iamctl-VERSION+stack-STACK+run-RUN`, which SDKs put behind `app/` in the user agent.
    fn app_name(&self) -> Option<AppName> {
        let part = |word: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("+{word}-{}", plain(value, "-._", 128))).unwrap_or_default()
        };
        let version = env!("CARGO_PKG_VERSION");
        AppName::new(format!("iamctl-{version}{}{}", part("stack", &self.stack), part("run", &self.run))).ok()
    }
}

/// The text with `-` for every character but letters, digits and `others`, cut to a length.
fn plain(text: &str, others: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || others.contains(c) { c } else { '-' }).take(most).collect()
}

/// A role to assume before anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role's ARN.
    pub arn: String,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
    /// The session name; that of the run when not given.
    pub session_name: Option<String>,
}

impl AwsAccount {
    /// Reads the configuration and prepares the clients. Missing or expired credentials show at the first call.
    pub async fn connect(options: &AwsOptions) -> Self {
        let mut config = base_config(options).await;
        for role in &options.assume_role {
            let mut provider = AssumeRoleProvider::builder(&role.arn)
                .session_name(role.session_name.clone().unwrap_or_else(|| options.label.session_name()))
                .configure(&config);
            if let Some(id) = &role.external_id {
                provider = provider.external_id(id);
            }
            let provider = provider.build().await;
            // The cache of the base configuration would answer with the base credentials.
            config = config
                .into_builder()
                .credentials_provider(aws_sdk_iam::config::SharedCredentialsProvider::new(provider))
                .identity_cache(identity_cache())
                .build();
        }
        let mut account = Self::from_sdk_config(&config, Timing::default());
        account.profile = options.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok().filter(|p| !p.is_empty()));
        account
    }
}

async fn base_config(options: &AwsOptions) -> SdkConfig {
    let mut profile_region = ProfileFileRegionProvider::builder();
    if let Some(profile) = &options.profile {
        profile_region = profile_region.profile_name(profile);
    }
    // The default chain would ask the instance metadata service for a region, which takes seconds where there is none.
    let region = RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile_region.build())
        .or_else(Region::new(DEFAULT_REGION))
        .region()
        .await
        .unwrap_or_else(|| Region::new(DEFAULT_REGION));
    let version = BehaviorVersion::v2026_01_12();
    let mut loader =
        aws_config::defaults(version).region(region.clone()).timeout_config(timeouts()).identity_cache(identity_cache());
    if let Some(name) = options.label.app_name() {
        loader = loader.app_name(name);
    }
    match &options.profile {
        Some(profile) => {
            let provider = ProfileFileCredentialsProvider::builder()
                .profile_name(profile)
                .configure(&ProviderConfig::default().with_region(Some(region)).with_behavior_version(Some(version)))
                .build();
            loader = loader.profile_name(profile).credentials_provider(provider);
        }
        None => {
            let metadata = imds::Client::builder()
                .max_attempts(2)
                .connect_timeout(Duration::from_secs(1))
                .read_timeout(Duration::from_secs(1))
                .build();
            let chain = DefaultCredentialsChain::builder().region(region).imds_client(metadata).build().await;
            loader = loader.credentials_provider(chain);
        }
    }
    loader.load().await
}

fn identity_cache() -> aws_sdk_iam::config::SharedIdentityCache {
    // A credential process may ask a person for a code.
    IdentityCache::lazy().load_timeout(Duration::from_secs(60)).build()
}

/// No call hangs for ever: five seconds to connect, thirty for one attempt.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_and_calls_carry_stack_and_run_in_the_characters_that_aws_takes() {
        let of =
            |stack: Option<&str>, run: Option<&str>| RunLabel { stack: stack.map(str::to_owned), run: run.map(str::to_owned) };
        let name = |stack, run| of(stack, run).session_name();
        assert_eq!(name(Some("ml-platform"), Some("77")), "iamctl-ml-platform-77");
        assert_eq!(name(Some("team/ml:x"), None), "iamctl-team-ml-x");
        assert_eq!(name(None, None), "iamctl");
        let (stack, run) = ("s".repeat(100), "r".repeat(100));
        let long = name(Some(&stack), Some(&run));
        assert_eq!((long.len(), long.ends_with(&"r".repeat(40))), (64, true));
        let app = of(Some("team/ml é"), Some("77")).app_name().unwrap();
        assert_eq!(app.to_string(), format!("iamctl-{}+stack-team-ml--+run-77", env!("CARGO_PKG_VERSION")));
    }
}
