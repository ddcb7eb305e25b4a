//! One managed policy with its versions: of the account, or one that AWS manages.

use std::collections::BTreeSet;

use crate::aws_policies::{self, AwsVersions};
use crate::backend::ReadScope;
use crate::cli::session::{Account, Session};
use crate::cli::{CliError, Context};
use crate::diag;
use crate::model::{Policy, PolicyVersion, Seen};
use crate::names::{Address, EntityKind, Name, VersionId};

/// Which of a policy's versions are to be read, oldest first.
pub type Pick<'a> = &'a dyn Fn(&[VersionId]) -> BTreeSet<VersionId>;

/// A policy with its versions; those that were not picked have no document.
pub struct Versioned {
    /// `policy/NAME` or `aws/NAME`.
    pub label: String,
    /// Its ARN.
    pub arn: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The versions, and which is in force.
    pub policy: Policy,
}

impl Versioned {
    /// The document of a version; an error where the version is not there or was not read.
    pub fn document(&self, version: &VersionId, live: bool) -> Result<&crate::policy::Document, CliError> {
        if let Some(document) = self.policy.versions.get(version).and_then(|v| v.document.value()) {
            return Ok(document);
        }
        let known: Vec<String> = self.policy.versions.keys().map(ToString::to_string).collect();
        let known = shortened(&known);
        Err(if live {
            CliError::usage(format!("AWS keeps no version {version} of `{}`", self.label)).help(format!("it keeps {known}"))
        } else {
            CliError::usage(format!("version {version} of `{}` is not known here", self.label))
                .help(format!("known are {known}; `--live` asks AWS"))
        })
    }
}

/// A policy that the account does not have.
pub fn no_such_policy<'a>(wanted: &Address, there: impl Iterator<Item = &'a Name>) -> CliError {
    let error = CliError::usage(format!("`{wanted}` is not there"));
    let names: Vec<String> = there.map(|name| Address::new(EntityKind::Policy, name).to_string()).collect();
    match diag::nearest(&wanted.to_string(), names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`iamctl snapshot` shows what the account has"),
    }
}

/// A list for a sentence: all of it, or its ends.
fn shortened(all: &[String]) -> String {
    match all {
        [] => "none".to_owned(),
        [first, .., _, _, last] if all.len() > 12 => format!("{first} to {last}, {} of them", all.len()),
        _ => all.join(", "),
    }
}

/// A policy of the account.
pub async fn own_policy(context: &Context, session: &Session, address: &Address, pick: Pick<'_>) -> Result<Versioned, CliError> {
    let account = session.connect().await?;
    let caller = session.caller(&account, None).await?;
    match &account {
        Account::Embedded(_) => {
            let scope = ReadScope { tag_key: session.project.ownership_tag.clone(), ..ReadScope::default() };
            let snapshot = super::read(context, &session.project, &account, &scope).await?;
            let (name, policy) = snapshot
                .policies
                .get_key_value(&address.name)
                .ok_or_else(|| no_such_policy(address, snapshot.policies.keys()))?;
            let mut policy = policy.clone();
            let ids: Vec<VersionId> = policy.versions.keys().cloned().collect();
            let picked = pick(&ids);
            policy.versions.iter_mut().filter(|(id, _)| !picked.contains(id)).for_each(|(_, v)| v.document = Seen::Unread);
            Ok(Versioned {
                label: Address::new(EntityKind::Policy, name).to_string(),
                arn: snapshot.arn(EntityKind::Policy, &policy.path, name),
                partition: caller.account.partition,
                policy,
            })
        }
        #[cfg(feature = "aws")]
        Account::Aws(aws) => {
            let missing = || no_such_policy(address, std::iter::empty());
            let arn = aws.own_policy_arn(&address.name).await.map_err(unreadable)?.ok_or_else(missing)?;
            let policy = aws.policy_versions(&arn, pick).await.map_err(unreadable)?.ok_or_else(missing)?;
            let name = arn.rsplit('/').next().unwrap_or_default();
            let label = Address::new(EntityKind::Policy, name).to_string();
            Ok(Versioned { label, partition: caller.account.partition, arn, policy })
        }
    }
}

#[cfg(feature = "aws")]
fn unreadable(error: crate::backend::BackendError) -> CliError {
    CliError::failed("the policy cannot be read")
        .caused_by(&error)
        .help("it takes iam:ListPolicies, iam:GetPolicy, iam:ListPolicyVersions and iam:GetPolicyVersion")
}

/// A policy that AWS manages, of the set inside iamctl.
pub fn aws_policy(name: &str, pick: Pick<'_>) -> Result<Versioned, CliError> {
    let bare = name.strip_prefix("aws/").unwrap_or(name);
    let known = aws_policies::versions(bare).ok_or_else(|| unknown(bare))?;
    let default = known.default_version().ok_or_else(|| unknown(bare))?;
    let ids: Vec<VersionId> = known.versions.iter().map(|v| v.id.clone()).collect();
    let full = known.full_name();
    Ok(Versioned {
        label: format!("aws/{full}"),
        arn: format!("arn:aws:iam::aws:policy/{full}"),
        partition: "aws".to_owned(),
        policy: policy_of(known, default, &pick(&ids)),
    })
}

fn policy_of(known: &AwsVersions, default_version: VersionId, picked: &BTreeSet<VersionId>) -> Policy {
    let mut documents = known.documents(picked);
    let version = |v: &aws_policies::AwsVersion| {
        let document = documents.remove(&v.id).map_or(Seen::Unread, Seen::Value);
        (v.id.clone(), PolicyVersion { document, created: v.created.map(str::to_owned) })
    };
    Policy {
        path: known.path.to_owned(),
        id: String::new(),
        description: Seen::Unread,
        tags: Seen::Unread,
        default_version,
        versions: known.versions.iter().map(version).collect(),
        last_version: None,
        created: None,
    }
}

/// No AWS managed policy of this name is known.
pub fn unknown(name: &str) -> CliError {
    if let Some(gone) = aws_policies::withdrawal(name) {
        let error = CliError::usage(format!("AWS withdrew `aws/{}`, and its document is not known here", gone.name));
        return match gone.successor {
            Some(next) => error.help(format!("its successor is `aws/{next}`")),
            None => error.help("`--live` asks AWS, which still has it where it is attached"),
        };
    }
    let error = CliError::usage(format!("no AWS managed policy `{name}` is known"));
    match aws_policies::nearest(name) {
        Some(near) => error.help(format!("did you mean `aws/{near}`?")),
        None => error.help("`iamctl aws-policies TEXT` searches them; `--live` asks AWS"),
    }
}

/// A policy that AWS manages, as the account's AWS has it now.
#[cfg_attr(not(feature = "aws"), allow(unused_variables, reason = "without AWS there is nobody to ask"))]
pub async fn live_aws_policy(session: &Session, name: &str, pick: Pick<'_>) -> Result<Versioned, CliError> {
    let account = session.connect().await?;
    match &account {
        Account::Embedded(_) => Err(not_aws(session)),
        #[cfg(feature = "aws")]
        Account::Aws(aws) => {
            let caller = session.caller(&account, None).await?;
            let partition = caller.account.partition;
            let bare = name.strip_prefix("aws/").unwrap_or(name);
            let arn = if bare.starts_with("arn:") {
                bare.to_owned()
            } else {
                // A path that was left out is known here for most.
                let full = aws_policies::versions(bare).map_or_else(|| bare.to_owned(), AwsVersions::full_name);
                format!("arn:{partition}:iam::aws:policy/{full}")
            };
            let label = arn.split_once(":policy/").map_or_else(|| arn.clone(), |(_, full)| format!("aws/{full}"));
            let policy = aws.policy_versions(&arn, pick).await.map_err(unreadable)?;
            let policy = policy.ok_or_else(|| {
                let error = CliError::usage(format!("AWS has no managed policy `{arn}`"));
                match aws_policies::successor_of(bare).map(|s| s.name.to_owned()).or_else(|| aws_policies::nearest(bare)) {
                    Some(near) => error.help(format!("did you mean `aws/{near}`?")),
                    None => error.help("`iamctl aws-policies --live` lists those that it has"),
                }
            })?;
            Ok(Versioned { label, arn, partition, policy })
        }
    }
}

/// `--live` on an account that is a file.
pub fn not_aws(session: &Session) -> CliError {
    CliError::usage(format!("`--live` asks AWS, and the account `{}` is a file", session.account.name))
        .help("choose an account of AWS with `--account`")
}
