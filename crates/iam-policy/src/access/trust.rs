//! What a changed trust policy means: who may obtain the role, and under which conditions.
//!
//! A principal element has no wildcards. So a few callers stand for all: each that is named, somebody else of each account that is named,
//! and somebody of every sort whom nobody names. For one caller the statements that name it are compared like identity policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{AccessDiff, Grant, Library, Options, PrincipalPolicies, Subject, Verdict};
use crate::Document;
use crate::ast::Policy;
use crate::eval::{Principal, names_directly};
use crate::names::AccountId;

/// What one caller gains or loses.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustGrant {
    /// Somebody whom it concerns: an ARN, a service, a provider.
    pub caller: String,
    /// The statement, and a request.
    pub grant: Grant,
}

/// What changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrustDiff {
    /// Who may obtain the role now and could not before.
    pub gained: Vec<TrustGrant>,
    /// Who could before and may not now.
    pub lost: Vec<TrustGrant>,
    /// Why there may be more.
    pub reason: Option<String>,
}

impl TrustDiff {
    /// What is proven.
    pub fn verdict(&self) -> Verdict {
        match (self.gained.is_empty(), &self.reason) {
            (false, _) => Verdict::NewAccess,
            (true, None) => Verdict::NoNewAccess,
            (true, Some(_)) => Verdict::Undecided,
        }
    }
}

/// Compares two trust policies of a role in `account`; `None` is a role that is not there. A [`Library`] does so for many roles in
/// less time.
pub fn compare_trust(before: Option<&Document>, after: Option<&Document>, account: &AccountId, options: Options) -> TrustDiff {
    Library::default().compare_trust(before, after, account, options)
}

/// Compares two trust policies of a role whose account is not known. Who is in the role's own account matters (iam-facts 6.7): where it
/// changes the verdict, nothing is decided.
pub fn compare_trust_of_anybody(before: &Document, after: &Document, options: Options) -> TrustDiff {
    let library = Library::default();
    let named = named([Some(before), Some(after)]);
    let own = named.iter().filter(|(kind, _)| kind == "AWS").filter_map(|(_, value)| Principal::parse(value));
    let accounts: BTreeSet<AccountId> = own.filter_map(|p| AccountId::parse(p.account()?)).collect();
    let mut found = library.compare_trust(Some(before), Some(after), &AccountId::zero(), options);
    for account in accounts {
        let there = library.compare_trust(Some(before), Some(after), &account, options);
        if there.verdict() != found.verdict() {
            let why = format!("it hangs on whether the role is in account {account}");
            if found.verdict() == Verdict::NoNewAccess {
                found.reason.get_or_insert(why);
            }
        }
    }
    found
}

pub(super) fn fresh(
    library: &Library,
    before: Option<&Document>,
    after: Option<&Document>,
    account: &AccountId,
    options: Options,
) -> TrustDiff {
    let mut diff = TrustDiff::default();
    if before == after {
        return diff;
    }
    let both = [before, after];
    if unreadable(before) != unreadable(after) {
        diff.reason =
            Some("the trust policies name different principals that cannot be told from a document: unique ids".to_owned());
    }
    let named = named(both);
    // A Deny with `NotPrincipal` hits whoever has a permissions boundary.
    let excepting = both.into_iter().flatten().flat_map(Document::principals).any(|p| p.negated);
    let mut told: BTreeSet<(bool, usize)> = BTreeSet::new();
    for caller in callers(&named) {
        // Within the account, naming the caller itself spares it the need for a policy of its own (iam-facts 6.7). The root user has none.
        let within = caller.principal.account() == Some(account.as_str()) && caller.principal.has_identity_policies();
        let as_bounded = [false, true].into_iter().take(if excepting { 2 } else { 1 });
        for (direct, bounded) in as_bounded.flat_map(|bounded| [(false, bounded), (true, bounded)]) {
            if direct && !within {
                continue;
            }
            let [Ok(less), Ok(more)] = both.map(|document| of_caller(document, &caller, direct, bounded)) else {
                diff.reason.get_or_insert_with(|| "a trust policy has a statement that cannot be understood".to_owned());
                return diff;
            };
            let found = library.compare(&less, &more, &Subject::Keys(caller.keys.clone()), options);
            let AccessDiff { gained, lost, reason, .. } = found;
            diff.reason = diff.reason.or(reason);
            for (grants, gains) in [(gained, true), (lost, false)] {
                for grant in grants {
                    if told.insert((gains, grant.statement)) {
                        let list = if gains { &mut diff.gained } else { &mut diff.lost };
                        list.push(TrustGrant { caller: caller.shown.clone(), grant });
                    }
                }
            }
        }
    }
    diff
}

/// Somebody who may ask.
struct Caller {
    principal: Principal,
    shown: String,
    /// Condition keys that are fixed for it.
    keys: BTreeMap<String, String>,
    /// Those whom it does not stand for.
    but_for: Vec<String>,
}

/// Principals that documents name, as text.
fn named(documents: [Option<&Document>; 2]) -> BTreeSet<(String, String)> {
    let all = documents.into_iter().flatten().flat_map(Document::principals);
    all.map(|p| (p.kind.to_owned(), p.value.to_owned())).collect()
}

/// Principals that stand for nobody whom the document tells of.
fn unreadable(document: Option<&Document>) -> BTreeSet<(String, bool, String)> {
    let all = document.into_iter().flat_map(Document::principals);
    all.filter(|p| p.kind == "CanonicalUser" || (p.kind == "AWS" && p.value != "*" && Principal::parse(p.value).is_none()))
        .map(|p| (p.effect.to_owned(), p.negated, p.value.to_owned()))
        .collect()
}

/// The callers that stand for all, strangers first.
fn callers(named: &BTreeSet<(String, String)>) -> Vec<Caller> {
    let own: BTreeSet<Principal> = named
        .iter()
        .filter_map(|(kind, value)| match kind.as_str() {
            "AWS" if value != "*" => Principal::parse(value),
            "Service" => Some(Principal::Service(value.clone())),
            "Federated" => Some(Principal::Federated(value.clone())),
            _ => None,
        })
        .collect();
    let arns: Vec<String> = own.iter().filter_map(arn).map(str::to_owned).collect();
    // An account is in one partition, and so is what its roles can trust.
    let partitions: BTreeSet<&str> =
        named.iter().filter_map(|(_, value)| value.strip_prefix("arn:")?.split(':').next()).collect();
    let partition = partitions.first().filter(|_| partitions.len() == 1);
    let accounts: BTreeSet<&str> = own.iter().filter_map(Principal::account).collect();
    let stranger =
        (1_u64..).map(|n| format!("{:012}", 999_999_999_999 - n)).find(|id| !accounts.contains(id.as_str())).unwrap_or_default();
    let other = |account: &str, known: bool| Caller {
        principal: Principal::Role { arn: format!("arn:aws:iam::{account}:role/example"), account: account.to_owned() },
        shown: format!("arn:aws:iam::{account}:role/example"),
        keys: if known { [("aws:principalaccount".to_owned(), account.to_owned())].into() } else { BTreeMap::new() },
        but_for: arns.clone(),
    };
    let plain = |principal: Principal, shown: &str| Caller {
        principal,
        shown: shown.to_owned(),
        keys: BTreeMap::new(),
        but_for: Vec::new(),
    };
    let mut callers = vec![
        other(&stranger, false),
        plain(Principal::Anonymous, "*"),
        plain(Principal::Service("example.amazonaws.com".to_owned()), "example.amazonaws.com"),
        plain(Principal::Federated("example.com".to_owned()), "example.com"),
    ];
    callers.extend(accounts.iter().map(|account| other(account, true)));
    for principal in &own {
        let mut keys = BTreeMap::new();
        if let Some(account) = principal.account() {
            keys.insert("aws:principalaccount".to_owned(), account.to_owned());
        }
        if let Principal::User { arn, .. } | Principal::Role { arn, .. } = principal {
            keys.insert("aws:principalarn".to_owned(), arn.clone());
        }
        if let (Principal::Account(id), Some(partition)) = (principal, partition) {
            keys.insert("aws:principalarn".to_owned(), format!("arn:{partition}:iam::{id}:root"));
        }
        let shown = match principal {
            Principal::Account(id) => format!("arn:aws:iam::{id}:root"),
            Principal::Service(name) | Principal::Federated(name) => name.clone(),
            other => arn(other).unwrap_or_default().to_owned(),
        };
        if let Principal::Role { arn, account } = principal {
            // A session of the role is no other caller to IAM, and another one to a statement that names a session.
            let name = arn.rsplit('/').next().unwrap_or_default();
            let session = arn.replacen(":iam:", ":sts:", 1);
            let session =
                session.split(":role/").next().map(|head| format!("{head}:assumed-role/{name}/example")).unwrap_or_default();
            let principal = Principal::Session { arn: session.clone(), account: account.clone(), role: name.to_owned() };
            callers.push(Caller { principal, shown: session, keys: keys.clone(), but_for: Vec::new() });
        }
        callers.push(Caller { principal: principal.clone(), shown, keys, but_for: Vec::new() });
    }
    callers
}

fn arn(principal: &Principal) -> Option<&str> {
    match principal {
        Principal::User { arn, .. } | Principal::Role { arn, .. } | Principal::Session { arn, .. } => Some(arn),
        _ => None,
    }
}

/// The statements that name a caller, as those of an identity policy. `direct`: Allows that name the caller itself alone. `bounded`: of a
/// caller with a permissions boundary.
fn of_caller(document: Option<&Document>, caller: &Caller, direct: bool, bounded: bool) -> Result<PrincipalPolicies, ()> {
    let Some(document) = document else { return Ok(PrincipalPolicies::default()) };
    let policy = Policy::read(document);
    if policy.statements.len() != document.statements().len() {
        return Err(());
    }
    let mut statements = Vec::new();
    for (statement, written) in policy.statements.iter().zip(document.statements()) {
        let (Some(_), Some(fields), false) = (&statement.principals, written.as_object(), statement.faulty) else {
            return Err(());
        };
        let mut fields = fields.clone();
        fields.retain(|name, _| !matches!(name.as_str(), "Principal" | "NotPrincipal"));
        fields.insert("Resource".to_owned(), "*".into());
        let matches = names_directly(statement, &caller.principal, bounded)
            .is_some_and(|itself| itself || !direct || statement.effect == crate::ast::Effect::Deny);
        if !matches {
            // It keeps its place, so that statements are counted as written, and never matches.
            fields
                .insert("Condition".to_owned(), json!({"Null": {"iamctl:nobody": ["true"]}, "Bool": {"iamctl:nobody": "true"}}));
        }
        statements.push(Json::Object(fields));
    }
    if !caller.but_for.is_empty() {
        let condition = json!({"StringEquals": {"aws:PrincipalArn": caller.but_for}});
        statements.push(json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}));
    }
    let version = document.value().get("Version").cloned().unwrap_or_else(|| crate::data::OLD_VERSION.into());
    let document = Document::new(json!({"Version": version, "Statement": statements}));
    Ok(PrincipalPolicies { identity: vec![("the trust policy".to_owned(), document)], boundary: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(principal: Json, condition: Json) -> Document {
        Document::new(json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}]}))
    }

    fn diff(before: &Document, after: &Document) -> TrustDiff {
        let account = AccountId::parse("111111111111").unwrap();
        compare_trust(Some(before), Some(after), &account, Options::default())
    }

    fn callers(list: &[TrustGrant]) -> Vec<&str> {
        list.iter().map(|g| g.caller.as_str()).collect()
    }

    #[test]
    fn a_caller_that_comes_gains_and_one_that_goes_loses() {
        let ec2 = trust(json!({"Service": "ec2.amazonaws.com"}), json!({}));
        let lambda = trust(json!({"Service": ["lambda.amazonaws.com"]}), json!({}));
        let d = diff(&ec2, &lambda);
        assert_eq!(d.verdict(), Verdict::NewAccess);
        assert_eq!((callers(&d.gained), callers(&d.lost)), (vec!["lambda.amazonaws.com"], vec!["ec2.amazonaws.com"]));
    }

    #[test]
    fn a_condition_that_goes_is_new_access_and_respelling_is_none() {
        let account = |v: &str| json!({"AWS": v});
        let bound = trust(account("222222222222"), json!({"StringEquals": {"sts:ExternalId": "x"}}));
        let free = trust(account("arn:aws:iam::222222222222:root"), json!({}));
        assert_eq!(diff(&bound, &free).verdict(), Verdict::NewAccess);
        let back = diff(&free, &bound);
        assert_eq!((back.verdict(), back.lost.len()), (Verdict::NoNewAccess, 1));
        let same = diff(&free, &trust(account("222222222222"), json!({})));
        assert_eq!((same.verdict(), same.lost.len()), (Verdict::NoNewAccess, 0));
    }

    #[test]
    fn a_role_instead_of_its_account_is_no_new_access_from_elsewhere_and_new_from_within() {
        let elsewhere = |v: &str| trust(json!({"AWS": v}), json!({}));
        let d = diff(&elsewhere("222222222222"), &elsewhere("arn:aws:iam::222222222222:role/a"));
        assert_eq!(d.verdict(), Verdict::NoNewAccess, "{d:?}");
        assert!(!d.lost.is_empty());
        let d = diff(&elsewhere("111111111111"), &elsewhere("arn:aws:iam::111111111111:role/a"));
        assert_eq!(d.verdict(), Verdict::NewAccess);
    }

    #[test]
    fn everybody_with_a_condition_on_the_arn_is_the_one_of_that_arn() {
        let arn = "arn:aws:iam::222222222222:role/a";
        let one = trust(json!({"AWS": arn}), json!({}));
        let all = trust(json!("*"), json!({"ArnEquals": {"aws:PrincipalArn": arn}}));
        let d = diff(&one, &all);
        // A service or an anonymous caller does not carry the key; that is not relied on.
        assert_ne!(d.verdict(), Verdict::NoNewAccess);
        assert_eq!(diff(&all, &one).verdict(), Verdict::NoNewAccess);
    }

    #[test]
    fn what_stands_for_nobody_known_is_undecided() {
        let d = diff(
            &trust(json!({"AWS": "111111111111"}), json!({})),
            &trust(json!({"AWS": ["111111111111", "AROAEXAMPLEEXAMPLE123"]}), json!({})),
        );
        assert_eq!(d.verdict(), Verdict::Undecided);
    }
}
