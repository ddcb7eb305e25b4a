//! Reads that take a call for each entity: only what the listings leave out, and only where it matters (iam-facts 1.6).

use std::collections::{BTreeMap, BTreeSet};

use super::call::{if_allowed, if_there, read, side_by_side};
use super::convert;
use super::{AwsAccount, Timing};
use crate::backend::document::read_document;
use crate::backend::{BackendError, ErrorKind};
use crate::model::{Credential, OidcProvider, Policy, SamlProvider, Seen, Tags};
use crate::names::{Arn, Name};

/// What GetPolicy knew of a policy.
pub(super) enum Head {
    /// Its description, tags and default version.
    Seen(Policy),
    /// There is none of this ARN.
    Absent,
    /// One may not ask.
    Denied,
}

/// GetPolicy of each ARN.
pub(super) async fn policy_heads(
    account: &AwsAccount,
    arns: Vec<String>,
    progress: impl FnMut(usize),
) -> Result<Vec<(String, Head)>, BackendError> {
    const CALL: &str = "GetPolicy";
    let (iam, timing) = (&account.iam, account.timing);
    let task = |arn: String| {
        let iam = iam.clone();
        async move {
            let answer = read(&timing, CALL, || iam.get_policy().policy_arn(&arn).send()).await;
            let head = match known(answer)? {
                Known::Seen(answer) => {
                    let policy = answer.policy().and_then(convert::policy_head);
                    Head::Seen(policy.ok_or_else(|| {
                        BackendError::new(ErrorKind::Unavailable, CALL, format!("the answer for {arn} holds no policy"))
                    })?)
                }
                Known::Gone => Head::Absent,
                Known::Denied => Head::Denied,
            };
            Ok((arn, head))
        }
    };
    side_by_side(arns, task, progress).await
}

/// The documents in force of AWS managed policies that exist.
pub(super) async fn aws_policy_documents(
    account: &AwsAccount,
    arns: &BTreeSet<String>,
) -> Result<BTreeMap<String, Policy>, BackendError> {
    const CALL: &str = "GetPolicyVersion";
    let heads = policy_heads(account, arns.iter().cloned().collect(), |_| ()).await?;
    let mut found: BTreeMap<String, Policy> = BTreeMap::new();
    for (arn, head) in heads {
        match head {
            Head::Seen(policy) => drop(found.insert(arn, policy)),
            Head::Absent => {}
            Head::Denied => {
                return Err(BackendError::new(ErrorKind::Denied, "GetPolicy", format!("reading {arn} is not allowed"))
                    .with_code("AccessDenied"));
            }
        }
    }
    let wanted = found.iter().map(|(arn, policy)| (arn.clone(), policy.default_version.to_string())).collect();
    let (iam, timing) = (&account.iam, account.timing);
    let task = |(arn, version): (String, String)| {
        let iam = iam.clone();
        async move {
            let answer = read(&timing, CALL, || iam.get_policy_version().policy_arn(&arn).version_id(&version).send()).await?;
            Ok((arn, answer.policy_version().and_then(|v| v.document()).map(read_document)))
        }
    };
    for (arn, document) in side_by_side(wanted, task, |_| ()).await? {
        if let Some(policy) = found.get_mut(&arn)
            && let Some(version) = policy.versions.get_mut(&policy.default_version)
            && let Some(document) = document
        {
            version.document = Seen::Value(document);
        }
    }
    Ok(found)
}

/// Tags of instance profiles, by name; those one may not read, or that are gone, are left out.
pub(super) async fn profile_tags(account: &AwsAccount, names: Vec<Name>) -> Result<Vec<(Name, Tags)>, BackendError> {
    let (iam, timing) = (&account.iam, account.timing);
    let task = |name: Name| {
        let iam = iam.clone();
        async move {
            let answer =
                read(&timing, "GetInstanceProfile", || iam.get_instance_profile().instance_profile_name(name.as_str()).send())
                    .await;
            let answer = if_there(answer).or_else(|e| if_allowed::<Option<_>>(Err(e)).map(Option::flatten))?;
            Ok((name, answer.and_then(|a| a.instance_profile().map(|p| convert::tags(p.tags())))))
        }
    };
    let read = side_by_side(names, task, |_| ()).await?;
    Ok(read.into_iter().filter_map(|(name, tags)| Some((name, tags?))).collect())
}

/// Kinds of credentials that users hold, by name. Each list stands for itself: one that is denied hides no other.
pub(super) async fn credentials(account: &AwsAccount, names: Vec<Name>) -> Result<Vec<(Name, BTreeSet<String>)>, BackendError> {
    let (iam, timing) = (&account.iam, account.timing);
    let task = |name: Name| {
        let iam = iam.clone();
        async move { Ok((name.clone(), credentials_of(&iam, &timing, name.as_str()).await?)) }
    };
    side_by_side(names, task, |_| ()).await
}

async fn credentials_of(iam: &aws_sdk_iam::Client, timing: &Timing, name: &str) -> Result<BTreeSet<String>, BackendError> {
    let mut held = BTreeSet::new();
    let mut note = |kind: &str, answer: Result<bool, BackendError>| {
        let credential = match answer {
            Ok(false) => return Ok(()),
            Ok(true) => Credential::Held,
            // The user itself is gone.
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            Err(error)
                if super::errors::is_access_denied(&error)
                    || matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Unsupported) =>
            {
                Credential::NotRead
            }
            Err(error) => return Err(error),
        };
        held.insert(credential.mark(kind));
        Ok(())
    };
    let keys = read(timing, "ListAccessKeys", || iam.list_access_keys().user_name(name).send()).await;
    note("access-key", keys.map(|a| !a.access_key_metadata().is_empty()))?;
    let login = if_there(read(timing, "GetLoginProfile", || iam.get_login_profile().user_name(name).send()).await);
    note("login-profile", login.map(|a| a.is_some()))?;
    let devices = read(timing, "ListMFADevices", || iam.list_mfa_devices().user_name(name).send()).await;
    note("mfa-device", devices.map(|a| !a.mfa_devices().is_empty()))?;
    let certificates = read(timing, "ListSigningCertificates", || iam.list_signing_certificates().user_name(name).send()).await;
    note("signing-certificate", certificates.map(|a| !a.certificates().is_empty()))?;
    let ssh = read(timing, "ListSSHPublicKeys", || iam.list_ssh_public_keys().user_name(name).send()).await;
    note("ssh-public-key", ssh.map(|a| !a.ssh_public_keys().is_empty()))?;
    let call = || iam.list_service_specific_credentials().user_name(name).send();
    let specific = read(timing, "ListServiceSpecificCredentials", call).await;
    note("service-specific-credential", specific.map(|a| !a.service_specific_credentials().is_empty()))?;
    Ok(held)
}

/// Every OIDC provider by host and path; `None` when the listing is not allowed.
pub(super) async fn oidc_providers(account: &AwsAccount) -> Result<Option<BTreeMap<Name, OidcProvider>>, BackendError> {
    let (iam, timing) = (&account.iam, account.timing);
    let listed = read(&timing, "ListOpenIDConnectProviders", || iam.list_open_id_connect_providers().send()).await;
    let Some(listed) = if_allowed(listed)? else { return Ok(None) };
    let arns = listed.open_id_connect_provider_list().iter().filter_map(|p| p.arn().map(str::to_owned)).collect();
    let task = |arn: String| {
        let iam = iam.clone();
        async move {
            let answer = read(&timing, "GetOpenIDConnectProvider", || {
                iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send()
            });
            Ok((arn.clone(), known(answer.await)?))
        }
    };
    let mut providers = BTreeMap::new();
    for (arn, answer) in side_by_side(arns, task, |_| ()).await? {
        let provider = match &answer {
            Known::Seen(answer) => convert::oidc_provider(answer),
            Known::Denied => {
                OidcProvider { client_ids: Seen::Unread, thumbprints: Seen::Unread, tags: Seen::Unread, created: None }
            }
            Known::Gone => continue,
        };
        // The name is the ARN's end, host and path, which the answer's URL only repeats.
        if let Some((_, host)) = Arn::parse(&arn).as_ref().and_then(|a| a.resource.split_once('/')) {
            providers.insert(Name::new(host), provider);
        }
    }
    Ok(Some(providers))
}

/// Every SAML provider by name; `None` when the listing is not allowed.
pub(super) async fn saml_providers(account: &AwsAccount) -> Result<Option<BTreeMap<Name, SamlProvider>>, BackendError> {
    let (iam, timing) = (&account.iam, account.timing);
    let listed = read(&timing, "ListSAMLProviders", || iam.list_saml_providers().send()).await;
    let Some(listed) = if_allowed(listed)? else { return Ok(None) };
    let arns = listed.saml_provider_list().iter().filter_map(|p| p.arn().map(str::to_owned)).collect();
    let task = |arn: String| {
        let iam = iam.clone();
        async move {
            let answer = read(&timing, "GetSAMLProvider", || iam.get_saml_provider().saml_provider_arn(&arn).send()).await;
            Ok((arn, known(answer)?))
        }
    };
    let mut providers = BTreeMap::new();
    for (arn, answer) in side_by_side(arns, task, |_| ()).await? {
        let provider = match &answer {
            Known::Seen(answer) => convert::saml_provider(answer),
            Known::Denied => SamlProvider { metadata: Seen::Unread, tags: Seen::Unread, valid_until: None, created: None },
            Known::Gone => continue,
        };
        if let Some(arn) = Arn::parse(&arn) {
            providers.insert(Name::new(arn.last_segment()), provider);
        }
    }
    Ok(Some(providers))
}

enum Known<T> {
    Seen(T),
    Denied,
    Gone,
}

fn known<T>(answer: Result<T, BackendError>) -> Result<Known<T>, BackendError> {
    match if_there(answer) {
        Ok(Some(answer)) => Ok(Known::Seen(answer)),
        Ok(None) => Ok(Known::Gone),
        Err(error) => if_allowed::<()>(Err(error)).map(|_| Known::Denied),
    }
}
