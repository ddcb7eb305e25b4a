//! Who asks, and which principals of a resource or trust policy mean them (iam-facts 5.2, 6.2, 6.7).

use super::super::ast::{self, Effect};
use super::super::data::FEDERATED_NAMES;
use crate::names::{AccountId, Arn};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// Any user or role of an account, none in particular; the account may be unknown.
    Unspecified {
        /// Twelve digits.
        account: Option<String>,
    },
    /// The account itself, that is its root user.
    Account(String),
    /// An IAM user, or a federated user (`GetFederationToken`).
    User {
        /// The whole ARN, path included.
        arn: String,
        /// Twelve digits.
        account: String,
    },
    /// A role, in no session in particular.
    Role {
        /// The whole ARN, path included.
        arn: String,
        /// Twelve digits.
        account: String,
    },
    /// A session of a role.
    Session {
        /// `arn:aws:sts::111111111111:assumed-role/NAME/SESSION`, which holds no path.
        arn: String,
        /// Twelve digits.
        account: String,
        /// The role's name.
        role: String,
    },
    /// An AWS service, `ec2.amazonaws.com`.
    Service(String),
    /// Somebody whom an identity provider knows: the provider's ARN or name.
    Federated(String),
    /// Nobody known.
    Anonymous,
}

impl Principal {
    /// Reads an ARN, an account id, a service's name, the name of a built-in identity provider (iam-facts 5.2), or `*` for an anonymous
    /// caller. `None` for what no request comes from: groups, unique ids, ARNs of resources.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anonymous);
        }
        if let Some(account) = AccountId::parse(text) {
            return Some(Self::Account(account.to_string()));
        }
        if FEDERATED_NAMES.contains(&text) {
            return Some(Self::Federated(text.to_owned()));
        }
        let Some(arn) = Arn::parse(text) else {
            let host = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") || text.ends_with(".amazon.com");
            return (host && !text.contains([':', '/', '*'])).then(|| Self::Service(text.to_owned()));
        };
        let (arn_text, account) = (text.to_owned(), arn.account.clone());
        let (word, rest) = arn.resource.split_once('/').unwrap_or((&arn.resource, ""));
        match (arn.service.as_str(), word) {
            ("iam", "root") if rest.is_empty() => Some(Self::Account(account)),
            ("iam", "user") | ("sts", "federated-user") if !rest.is_empty() => Some(Self::User { arn: arn_text, account }),
            ("iam", "role") if !rest.is_empty() => Some(Self::Role { arn: arn_text, account }),
            ("sts", "assumed-role") => {
                let (role, _) = rest.split_once('/')?;
                Some(Self::Session { arn: arn_text, account, role: role.to_owned() })
            }
            ("iam", "saml-provider" | "oidc-provider") => Some(Self::Federated(arn_text)),
            _ => None,
        }
    }

    /// The account the principal is in, where it is in one and that is known.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Unspecified { account } => account.as_deref(),
            Self::Account(account) | Self::User { account, .. } | Self::Role { account, .. } | Self::Session { account, .. } => {
                Some(account)
            }
            Self::Service(_) | Self::Federated(_) | Self::Anonymous => None,
        }
    }

    /// The partition of its ARN, where it has one.
    pub fn partition(&self) -> Option<&str> {
        match self {
            Self::User { arn, .. } | Self::Role { arn, .. } | Self::Session { arn, .. } => arn.split(':').nth(1),
            _ => None,
        }
    }

    /// Whether it is in an account and answers to identity policies: not the root user, to whom everything is allowed by default
    /// (iam-facts 6.1), nor services and strangers.
    pub fn has_identity_policies(&self) -> bool {
        matches!(self, Self::Unspecified { .. } | Self::User { .. } | Self::Role { .. } | Self::Session { .. })
    }

    /// Whether it is a service-linked role or a session of one, which neither service nor resource control policies bind (iam-facts 6.1;
    /// Organizations guide, "Resources and entities not restricted by RCPs").
    pub fn is_service_linked(&self) -> bool {
        match self {
            Self::Role { arn, .. } => arn.contains(":role/aws-service-role/"),
            Self::Session { role, .. } => role.starts_with("AWSServiceRoleFor"),
            _ => false,
        }
    }
}

/// How a policy names a principal; decides which implicit denials its Allow overrides (iam-facts 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// As a member of its account.
    ByAccount,
    /// As one of everybody.
    ByStar,
    /// A role, or a session by its role's ARN.
    ByRole,
    /// Exactly it.
    Itself,
}

/// `Principal` or `NotPrincipal` made ready.
#[derive(Clone, Debug)]
pub(super) struct Principals {
    negated: bool,
    elements: Vec<Element>,
}

#[derive(Clone, Debug)]
enum Element {
    /// `"*"`.
    Everybody,
    /// `{"AWS": "*"}`: whoever is not a service and no federated caller.
    EveryAws,
    Account(String),
    /// Account and last part of the name serve to know its sessions, whose ARNs have no path.
    Role {
        arn: String,
        account: String,
        name: String,
    },
    Arn(String),
    Service(String),
    Federated(String),
}

impl Principals {
    pub(super) fn new(principals: &ast::Principals) -> Self {
        let elements = principals.values.iter().filter_map(|(kind, value)| element(kind, value)).collect();
        Self { negated: principals.negated, elements }
    }

    /// How the element of a statement names a principal; `None` where it does not. `bounded`: whether the principal has a permissions
    /// boundary.
    pub(super) fn names(&self, principal: &Principal, effect: Effect, bounded: bool) -> Option<Named> {
        let mut names = self.elements.iter().filter_map(|element| element.names(principal));
        if !self.negated {
            return names.max();
        }
        let excepted = match effect {
            Effect::Allow => names.next().is_some(),
            Effect::Deny => !(bounded && principal.has_identity_policies()) && names.any(|named| named.excepts(principal)),
        };
        (!excepted).then_some(Named::ByStar)
    }
}

impl Named {
    /// Whether `NotPrincipal` beside a Deny leaves a principal out when it names it so. To name the account spares the account alone and
    /// not its users and roles, to name a role spares the role and not its sessions: each must be named itself (UG
    /// reference_policies_elements_notprincipal, whose examples spare one user or session and deny all others). Whether the account must
    /// be named as well differs by service, says the guide; here it need not.
    fn excepts(self, principal: &Principal) -> bool {
        match self {
            Self::ByStar | Self::Itself => true,
            Self::ByRole => matches!(principal, Principal::Role { .. }),
            Self::ByAccount => false,
        }
    }
}

/// Whether a statement names a principal: itself (or its role), rather than as a member of its account or one of everybody. `None` where it
/// does not name it at all, or has no principals. `bounded`: whether the principal has a permissions boundary, which counts beside
/// `NotPrincipal` alone.
pub fn names_directly(statement: &ast::Statement, principal: &Principal, bounded: bool) -> Option<bool> {
    let principals = Principals::new(statement.principals.as_ref()?);
    principals.names(principal, statement.effect, bounded).map(|named| named >= Named::ByRole)
}

/// Unique ids, canonical users and what has a wildcard name nobody that a request can be from (iam-facts 5.2, 5.6).
fn element(kind: &str, value: &str) -> Option<Element> {
    match (kind, value) {
        (super::super::BARE, "*") => Some(Element::Everybody),
        ("AWS", "*") => Some(Element::EveryAws),
        ("AWS", value) => match Principal::parse(value) {
            Some(Principal::Account(account)) => Some(Element::Account(account)),
            Some(Principal::Role { arn, account }) => {
                let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
                Some(Element::Role { arn, account, name })
            }
            Some(_) => Some(Element::Arn(value.to_owned())),
            None => None,
        },
        ("Service", value) => Some(Element::Service(value.to_owned())),
        ("Federated", value) => Some(Element::Federated(value.to_owned())),
        _ => None,
    }
}

impl Element {
    fn names(&self, principal: &Principal) -> Option<Named> {
        let said = match (self, principal) {
            (Self::Everybody, _) => return Some(Named::ByStar),
            (Self::EveryAws, Principal::Service(_) | Principal::Federated(_)) => return None,
            (Self::EveryAws, _) => return Some(Named::ByStar),
            (Self::Account(id), Principal::Account(asking)) => return (id == asking).then_some(Named::Itself),
            (Self::Account(id), other) => return (other.account() == Some(id.as_str())).then_some(Named::ByAccount),
            (Self::Role { arn, .. }, Principal::Role { arn: asking, .. }) => return (arn == asking).then_some(Named::ByRole),
            (Self::Role { account, name, .. }, Principal::Session { account: theirs, role, .. }) => {
                return (account == theirs && name == role).then_some(Named::ByRole);
            }
            (Self::Arn(arn), Principal::User { arn: asking, .. } | Principal::Session { arn: asking, .. }) => arn == asking,
            (Self::Service(name), Principal::Service(asking)) => name == asking,
            (Self::Federated(provider), Principal::Federated(asking)) => provider == asking,
            _ => false,
        };
        said.then_some(Named::Itself)
    }
}
