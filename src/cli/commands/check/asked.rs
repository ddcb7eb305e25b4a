//! Whom a check is about.

use crate::backend::CallerIdentity;
use crate::cli::CliError;
use crate::names::{Address, Arn, EntityKind, check_name};

/// Whom the command line asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// `caller`.
    Caller,
    /// A role or a user by name.
    Name(Address),
    /// A role or a user by its ARN.
    Arn(Arn),
    /// The role behind a session's ARN, which holds no path.
    Session(Arn),
}

/// The role or user that is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Its address.
    pub address: Address,
    /// Its ARN, as far as known.
    pub arn: Arn,
    /// Whether the ARN may lack a path.
    pub pathless: bool,
}

impl Asked {
    /// Reads the argument. `users`: whether the workload is one that a user can serve.
    pub fn read(text: &str, users: bool) -> Result<Self, CliError> {
        let usual = "write `role/NAME`, a role's ARN, or `caller`";
        let wrong = |why: String| Err(CliError::usage(why).help(usual));
        if text == "caller" {
            return Ok(Self::Caller);
        }
        let (kind, named) = match text.strip_prefix("user/") {
            Some(name) => (EntityKind::User, name),
            None => (EntityKind::Role, text.strip_prefix("role/").unwrap_or(text)),
        };
        let found = if named.starts_with("arn:") {
            let Some(arn) = Arn::parse(named) else { return wrong(format!("`{}` is not an ARN", named.escape_debug())) };
            let of_iam = |wanted: &str| {
                arn.service == "iam" && arn.iam_resource().is_some_and(|(word, _, name)| word == wanted && !name.is_empty())
            };
            let session = session_role(&arn).filter(|_| arn.service == "sts").map(|role| format!("role/{role}"));
            match session {
                Some(resource) => Self::Session(Arn { service: "iam".to_owned(), resource, ..arn }),
                None if of_iam("role") || of_iam("user") => Self::Arn(arn),
                None => return wrong(format!("`{}` is not the ARN of a role", named.escape_debug())),
            }
        } else {
            match check_name(kind, named) {
                Ok(()) => Self::Name(Address::new(kind, named)),
                Err(why) => return wrong(why),
            }
        };
        let is_user = match &found {
            Self::Name(address) => address.kind == EntityKind::User,
            Self::Arn(arn) => arn.resource.starts_with("user/"),
            Self::Caller | Self::Session(_) => false,
        };
        if is_user && !users {
            return wrong(format!("`{}` is a user, and this is for a role: no service assumes a user", text.escape_debug()));
        }
        Ok(found)
    }

    /// The role or user; else why there is none that could be read here. `users`: whether a user can serve the workload.
    pub fn target(&self, caller: &CallerIdentity, users: bool) -> Result<Target, String> {
        let target = |kind: EntityKind, arn: Arn, pathless: bool| Target {
            address: Address::new(kind, arn.last_segment()),
            arn,
            pathless,
        };
        let own = |kind: EntityKind, name: &str| Arn {
            partition: caller.account.partition.clone(),
            service: "iam".to_owned(),
            region: String::new(),
            account: caller.account.id.to_string(),
            resource: format!("{}/{name}", kind.word()),
        };
        match self {
            Self::Name(address) => Ok(target(address.kind, own(address.kind, address.name.as_str()), true)),
            Self::Arn(arn) | Self::Session(arn)
                if arn.account != caller.account.id.as_str() || arn.partition != caller.account.partition =>
            {
                Err(format!(
                    "the role is in account {} of partition {}, and what can be read is account {} of {}: choose that account with `--account`",
                    arn.account, arn.partition, caller.account.id, caller.account.partition
                ))
            }
            Self::Arn(arn) if arn.resource.starts_with("user/") => Ok(target(EntityKind::User, arn.clone(), false)),
            Self::Arn(arn) => Ok(target(EntityKind::Role, arn.clone(), false)),
            Self::Session(arn) => Ok(target(EntityKind::Role, arn.clone(), true)),
            Self::Caller => {
                let none = |who: &str| {
                    Err(format!("the caller `{}` is {who}: no role could be resolved; assume one, or name one", caller.arn))
                };
                let Some(arn) = Arn::parse(&caller.arn) else { return none("not a principal of IAM") };
                if let Some(role) = session_role(&arn).filter(|_| arn.service == "sts") {
                    return Ok(target(EntityKind::Role, own(EntityKind::Role, role), true));
                }
                match (arn.service.as_str(), arn.iam_resource().map(|(word, ..)| word)) {
                    ("iam", Some("role")) => Ok(target(EntityKind::Role, arn, false)),
                    ("iam", Some("user")) if users => Ok(target(EntityKind::User, arn, false)),
                    ("iam", Some("user")) => none("a user"),
                    _ if caller.arn.ends_with(":root") => none("the account root"),
                    _ => none("neither a role nor a user"),
                }
            }
        }
    }

    /// The address and the ARN from the command line, if nothing could be read.
    pub fn given(&self) -> (Option<Address>, Option<String>, bool) {
        match self {
            Self::Caller => (None, None, false),
            Self::Name(address) => (Some(address.clone()), None, false),
            Self::Arn(arn) | Self::Session(arn) => {
                let kind = if arn.resource.starts_with("user/") { EntityKind::User } else { EntityKind::Role };
                let guessed = matches!(self, Self::Session(_));
                (Some(Address::new(kind, arn.last_segment())), Some(arn.to_string()), guessed)
            }
        }
    }
}

/// The role behind `assumed-role/NAME/SESSION`.
fn session_role(arn: &Arn) -> Option<&str> {
    let (role, session) = arn.resource.strip_prefix("assumed-role/")?.split_once('/')?;
    (!role.is_empty() && !session.is_empty()).then_some(role)
}
