//! The callers that stand for all who may ask for a role.
//!
//! A principal element has no wildcards, so a few classes of callers stand for everybody: each principal that is named, all others of an
//! account, of an organisation, of AWS, every service, every identity provider. An AWS caller signs its requests: its account, its ARN and
//! its type are one thing, which the guards of a class say. `sts:AssumeRole` takes no root user and no federated user (API reference,
//! AssumeRole and GetFederationToken).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value as Json, json};

use crate::Document;
use crate::ast::Policy;
use crate::eval::Principal;
use crate::is_unique_id;
use crate::names::{AccountId, Arn};

/// Whom a gain or a loss concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerClass {
    /// Every principal of every AWS account, as far as the conditions let it.
    Anyone,
    /// Every AWS service.
    AnyService,
    /// Everybody whom some identity provider knows.
    AnyProvider,
    /// Every principal of an organisation.
    Organisation(String),
    /// Every principal of an account.
    Account(String),
    /// One: an ARN, a unique id, a service, an identity provider.
    One(String),
}

impl CallerClass {
    /// The class that was written by `Display`.
    pub fn read(text: &str) -> Self {
        match text {
            "anyone" => Self::Anyone,
            "any AWS service" => Self::AnyService,
            "any identity provider" => Self::AnyProvider,
            _ => {
                let of = |prefix: &str| text.strip_prefix(prefix).map(str::to_owned);
                let organisation = of("any principal of organisation ").map(Self::Organisation);
                let account = || of("any principal of account ").map(Self::Account);
                organisation.or_else(account).unwrap_or_else(|| Self::One(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for CallerClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("anyone"),
            Self::AnyService => f.write_str("any AWS service"),
            Self::AnyProvider => f.write_str("any identity provider"),
            Self::Organisation(id) => write!(f, "any principal of organisation {id}"),
            Self::Account(id) => write!(f, "any principal of account {id}"),
            Self::One(name) => f.write_str(name),
        }
    }
}

/// Callers that every statement treats alike.
#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Whom it is shown as.
    pub shown: CallerClass,
    /// One of them, for what principal elements say.
    pub principal: Principal,
    /// The unique id by which documents name it.
    pub id: Option<String>,
    /// Keys that are the same in all its requests; `None` is absent.
    pub keys: BTreeMap<String, Option<String>>,
    /// Whether its requests are known to be signed.
    pub signed: bool,
    /// Conditions that none of its requests meets.
    pub never: Vec<Json>,
    /// The action by which it obtains a role.
    pub action: &'static str,
    /// Whether AWS refuses it in any case.
    pub refused: bool,
}

/// What the documents name.
#[derive(Debug, Default)]
pub(super) struct Named {
    principals: BTreeSet<Principal>,
    ids: BTreeSet<String>,
    accounts: BTreeSet<String>,
    organisations: BTreeSet<String>,
    partition: Option<String>,
    /// Whether a document speaks of user names.
    usernames: bool,
}

impl Named {
    /// In these documents, for a role of `account`. Without a partition it is that of the first ARN.
    pub(super) fn of<'d>(
        documents: impl IntoIterator<Item = &'d Document>,
        account: &AccountId,
        partition: Option<String>,
    ) -> Self {
        let mut named = Self { accounts: [account.as_str().to_owned()].into(), partition, ..Self::default() };
        for document in documents {
            named.usernames |= document.to_compact().to_ascii_lowercase().contains("aws:username");
            for statement in Policy::read(document).statements {
                for (kind, value) in statement.principals.iter().flat_map(|p| &p.values) {
                    named.principal(kind, value);
                }
                for test in &statement.conditions {
                    for value in &test.values {
                        named.value(&test.key, value);
                    }
                }
            }
        }
        named.accounts.extend(named.principals.iter().filter_map(Principal::account).map(str::to_owned));
        named
    }

    fn principal(&mut self, kind: &str, value: &str) {
        if self.partition.is_none() {
            self.partition = Arn::parse(value).map(|arn| arn.partition);
        }
        match kind {
            "AWS" if is_unique_id(value) => drop(self.ids.insert(value.to_owned())),
            "AWS" if value != "*" => self.principals.extend(Principal::parse(value)),
            "Service" => drop(self.principals.insert(Principal::Service(value.to_owned()))),
            "Federated" => drop(self.principals.insert(Principal::Federated(value.to_owned()))),
            _ => {}
        }
    }

    fn value(&mut self, key: &str, value: &str) {
        match key {
            "aws:principalaccount" => self.accounts.extend(AccountId::parse(value).map(|id| id.to_string())),
            "aws:principalarn" => {
                let account = Arn::parse(value).and_then(|arn| AccountId::parse(&arn.account));
                self.accounts.extend(account.map(|id| id.to_string()));
            }
            "aws:principalorgid" if !value.contains(['*', '?', '$']) => drop(self.organisations.insert(value.to_owned())),
            _ => {}
        }
    }

    fn partition(&self) -> &str {
        self.partition.as_deref().unwrap_or("aws")
    }

    /// The classes that stand for all, the wide ones first.
    pub(super) fn classes(&self) -> Vec<Class> {
        let mut out = Vec::new();
        for organisation in self.organisations.iter().map(Some).chain([None]) {
            out.extend(self.strangers(organisation));
        }
        out.push(self.outsider(CallerClass::AnyService, Principal::Service("*".to_owned())));
        // By whichever protocol.
        for provider in ["*", "*:saml-provider/*"] {
            out.push(self.outsider(CallerClass::AnyProvider, Principal::Federated(provider.to_owned())));
        }
        for account in &self.accounts {
            out.extend(self.others(account));
        }
        for principal in &self.principals {
            out.extend(self.one(principal));
        }
        for id in &self.ids {
            for account in self.accounts.iter().map(String::as_str).chain([""]) {
                out.extend(self.unknown(id, account));
            }
        }
        out
    }

    /// Whom nobody names, of accounts that nobody names.
    fn strangers(&self, organisation: Option<&String>) -> Vec<Class> {
        let mut classes = self.kinds("", "${aws:PrincipalAccount}");
        for class in &mut classes {
            class.shown = organisation.map_or(CallerClass::Anyone, |id| CallerClass::Organisation(id.clone()));
            class.never.push(json!({"StringEquals": {"aws:PrincipalAccount": self.accounts}}));
            let elsewhere: Vec<String> = self.accounts.iter().map(|id| format!("arn:*:*::{id}:*")).collect();
            class.never.push(json!({"StringLike": {"aws:PrincipalArn": elsewhere}}));
            match organisation {
                Some(id) => drop(class.keys.insert("aws:principalorgid".to_owned(), Some(id.clone()))),
                None if self.organisations.is_empty() => {}
                None => class.never.push(json!({"StringEquals": {"aws:PrincipalOrgID": self.organisations}})),
            }
        }
        classes
    }

    /// Whom nobody names, of an account that is named.
    fn others(&self, account: &str) -> Vec<Class> {
        let mut classes = self.kinds(account, account);
        for class in &mut classes {
            class.shown = CallerClass::Account(account.to_owned());
            class.keys.insert("aws:principalaccount".to_owned(), Some(account.to_owned()));
            let arns: Vec<&str> = self.principals.iter().filter_map(own_arn).collect();
            if !arns.is_empty() {
                class.never.push(json!({"StringEquals": {"aws:PrincipalArn": arns}}));
            }
        }
        let root = format!("arn:{}:iam::{account}:root", self.partition());
        let principal = Principal::Account(account.to_owned());
        classes.push(self.exactly(principal, &root, "Account", &root, true));
        classes
    }

    /// A user and a role of an account, neither named; `written`: how guards write the account.
    fn kinds(&self, account: &str, written: &str) -> Vec<Class> {
        let partition = self.partition();
        // No name has a star, so nobody names these.
        let user = Principal::User { arn: format!("arn:{partition}:iam::{account}:user/*"), account: account.to_owned() };
        let role = Principal::Session {
            arn: format!("arn:{partition}:sts::{account}:assumed-role/*/*"),
            account: account.to_owned(),
            role: "*".to_owned(),
        };
        [(user, "User", "user"), (role, "AssumedRole", "role")]
            .map(|(principal, kind, word)| {
                let mut keys = aws_keys(kind);
                if kind != "User" {
                    keys.insert("aws:username".to_owned(), None);
                }
                let mut never =
                    vec![json!({"StringNotLike": {"aws:PrincipalArn": format!("arn:{partition}:iam::{written}:{word}/?*")}})];
                if kind == "User" && self.usernames {
                    let named = ["", "*/"].map(|path| format!("arn:*:iam::*:user/{path}${{aws:username}}"));
                    never.push(json!({"StringNotLike": {"aws:PrincipalArn": named}}));
                }
                Class {
                    shown: CallerClass::Anyone,
                    principal,
                    id: None,
                    keys,
                    signed: true,
                    never,
                    action: "sts:AssumeRole",
                    refused: false,
                }
            })
            .into()
    }

    /// One that is named; a role is asked for by its sessions.
    fn one(&self, principal: &Principal) -> Vec<Class> {
        match principal {
            Principal::User { arn, .. } => {
                let federated = arn.contains(":federated-user/");
                let kind = if federated { "FederatedUser" } else { "User" };
                vec![self.exactly(principal.clone(), arn, kind, arn, federated)]
            }
            Principal::Role { arn, account } => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                let session = format!("arn:{}:sts::{account}:assumed-role/{name}/*", self.partition());
                let session = Principal::Session { arn: session, account: account.clone(), role: name.to_owned() };
                // `NotPrincipal` beside a Deny may spare the role and not its sessions; who asks is a session.
                vec![
                    self.exactly(session, arn, "AssumedRole", arn, false),
                    self.exactly(principal.clone(), arn, "AssumedRole", arn, true),
                ]
            }
            Principal::Session { arn, account, role } => {
                let mut class = self.exactly(principal.clone(), arn, "AssumedRole", arn, false);
                // The session's ARN does not tell the path of its role; names are unique in an account.
                let is_it = |p: &&Principal| match p {
                    Principal::Role { arn, account: own } => own == account && arn.rsplit('/').next() == Some(role),
                    _ => false,
                };
                match self.principals.iter().find(is_it).and_then(own_arn) {
                    Some(known) => drop(class.keys.insert("aws:principalarn".to_owned(), Some(known.to_owned()))),
                    None => {
                        class.keys.remove("aws:principalarn");
                        let roles = ["", "*/"].map(|path| format!("arn:{}:iam::{account}:role/{path}{role}", self.partition()));
                        class.never.push(json!({"StringNotLike": {"aws:PrincipalArn": roles}}));
                    }
                }
                vec![class]
            }
            Principal::Service(name) | Principal::Federated(name) => {
                vec![self.outsider(CallerClass::One(name.clone()), principal.clone())]
            }
            // Of an account all principals are asked for.
            Principal::Account(_) | Principal::Unspecified { .. } | Principal::Anonymous => Vec::new(),
        }
    }

    fn exactly(&self, principal: Principal, arn: &str, kind: &str, shown: &str, refused: bool) -> Class {
        let mut keys = aws_keys(kind);
        let mut add = |key: &str, value: Option<&str>| keys.insert(key.to_owned(), value.map(str::to_owned));
        add("aws:principalarn", Some(arn));
        add("aws:principalaccount", principal.account());
        add("aws:username", if kind == "User" { arn.rsplit('/').next() } else { None });
        let action = "sts:AssumeRole";
        let shown = CallerClass::One(shown.to_owned());
        Class { shown, principal, id: None, keys, signed: true, never: Vec::new(), action, refused }
    }

    /// A principal of which only the unique id is known, in case it is of this account.
    fn unknown(&self, id: &str, account: &str) -> Vec<Class> {
        let classes = if account.is_empty() { self.strangers(None) } else { self.others(account) };
        let wanted = if id.starts_with("AIDA") { "User" } else { "AssumedRole" };
        let mut classes: Vec<Class> = classes
            .into_iter()
            .filter(|class| !class.refused && class.keys.get("aws:principaltype") == Some(&Some(wanted.to_owned())))
            .collect();
        for class in &mut classes {
            class.shown = CallerClass::One(id.to_owned());
            class.id = Some(id.to_owned());
            // It may be one that is named by its ARN as well.
            class.never.retain(|condition| condition.pointer("/StringEquals/aws:PrincipalArn").is_none());
        }
        classes
    }

    /// A service, or somebody whom an identity provider knows.
    fn outsider(&self, shown: CallerClass, principal: Principal) -> Class {
        let mut keys = BTreeMap::from([("aws:username".to_owned(), None)]);
        let action = match &principal {
            Principal::Federated(provider) if provider.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
            Principal::Federated(_) => "sts:AssumeRoleWithWebIdentity",
            _ => "sts:AssumeRole",
        };
        if let Principal::Service(name) = &principal {
            keys.insert("aws:principalisawsservice".to_owned(), Some("true".to_owned()));
            if name != "*" {
                keys.insert("aws:principalservicename".to_owned(), Some(name.clone()));
            }
        }
        Class { shown, principal, id: None, keys, signed: false, never: Vec::new(), action, refused: false }
    }
}

/// Of every principal of an account of this type.
fn aws_keys(kind: &str) -> BTreeMap<String, Option<String>> {
    let fixed =
        [("aws:principaltype", Some(kind)), ("aws:principalisawsservice", Some("false")), ("aws:principalservicename", None)];
    fixed.map(|(key, value)| (key.to_owned(), value.map(str::to_owned))).into()
}

/// The ARN that the key `aws:PrincipalArn` holds for it, where that is known.
fn own_arn(principal: &Principal) -> Option<&str> {
    match principal {
        Principal::User { arn, .. } | Principal::Role { arn, .. } => Some(arn),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::CallerClass as C;

    #[test]
    fn a_class_is_read_as_it_was_written() {
        let (organisation, account) = (C::Organisation("o-a".into()), C::Account("111111111111".into()));
        let one = C::One("arn:aws:iam::111111111111:role/any".into());
        for class in [C::Anyone, C::AnyService, C::AnyProvider, organisation, account, one] {
            assert_eq!(C::read(&class.to_string()), class);
        }
    }
}
