//! What a changed trust policy means: who may obtain the role, and under which conditions.
//!
//! For each class of callers ([`super::callers`]) the statements that name it are compared like identity policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::callers::{CallerClass, Class, Named};
use super::{AccessDiff, Grant, Library, Options, PrincipalPolicies, Subject, Verdict};
use crate::Document;
use crate::ast::{Effect, Policy, Statement};
use crate::eval::{self, Principal, Request, names_directly};
use crate::names::AccountId;

/// What one class of callers gains or loses.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustGrant {
    /// Whom it concerns.
    pub caller: CallerClass,
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
    /// Why more may be gained.
    pub reason: Option<String>,
    /// Why more may be lost.
    pub lost_reason: Option<String>,
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

/// Names of principals, and the ARNs by which they go now: unique ids that the account resolves, and ARNs that a principal had before it was
/// moved or renamed. The principal stays the same, so a trust that names it either way is the same trust.
pub type Aliases = BTreeMap<String, String>;

/// Compares two trust policies of a role in `account`; `None` is a role that is not there. A [`Library`] does so for many roles in
/// less time.
pub fn compare_trust(before: Option<&Document>, after: Option<&Document>, account: &AccountId, options: Options) -> TrustDiff {
    Library::default().compare_trust(before, after, account, options)
}

/// Compares two trust policies of a role whose account is not known. Who is in the role's own account matters (iam-facts 6.7): where it
/// changes the verdict, nothing is decided.
pub fn compare_trust_of_anybody(before: &Document, after: &Document, options: Options) -> TrustDiff {
    let library = Library::default();
    let accounts: BTreeSet<AccountId> = [before, after]
        .into_iter()
        .flat_map(Document::principals)
        .filter(|p| p.kind == "AWS")
        .filter_map(|p| Principal::parse(p.value).and_then(|p| AccountId::parse(p.account()?)))
        .collect();
    let mut found = library.compare_trust(Some(before), Some(after), &AccountId::zero(), options);
    for account in accounts {
        let there = library.compare_trust(Some(before), Some(after), &account, options);
        if there.verdict() != found.verdict() {
            let why = format!("it depends on whether the role is in account {account}");
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
    let mut comparison = Comparison { prover: library, both: [before, after], account, options, found: Found::default() };
    if before == after {
        return TrustDiff::default();
    }
    if canonical_users(before) != canonical_users(after) {
        comparison.found.leave_open("the trust policies name different canonical users, which no document distinguishes");
    }
    // A Deny with `NotPrincipal` hits whoever has a permissions boundary.
    let excepting = comparison.both.into_iter().flatten().flat_map(Document::principals).any(|p| p.negated);
    let as_bounded: &[bool] = if excepting { &[false, true] } else { &[false] };
    for class in Named::of(comparison.both.into_iter().flatten(), account, library.partition.clone()).classes() {
        // Within the account, naming the caller itself spares it the need for a policy of its own (iam-facts 6.7). The root user has none.
        let within = class.principal.account() == Some(account.as_str()) && class.principal.has_identity_policies();
        for bounded in as_bounded {
            for direct in [false, true] {
                if (!direct || within) && comparison.class(&class, direct, *bounded).is_err() {
                    let why = "a trust policy has a statement that cannot be understood".to_owned();
                    return TrustDiff { reason: Some(why.clone()), lost_reason: Some(why), ..TrustDiff::default() };
                }
            }
        }
    }
    comparison.found.diff(comparison.both)
}

/// The document with its principals by the ARNs that they have now.
pub(super) fn renamed(document: &Document, aliases: &Aliases) -> Document {
    document.map_principals(&mut |kind, value| aliases.get(value).filter(|_| kind == "AWS").cloned())
}

/// Principals that stand for nobody whom the document tells of, and whom no class stands for.
fn canonical_users(document: Option<&Document>) -> BTreeSet<(String, bool, String)> {
    let all = document.into_iter().flat_map(Document::principals);
    all.filter(|p| p.kind == "CanonicalUser").map(|p| (p.effect.to_owned(), p.negated, p.value.to_owned())).collect()
}

/// Two documents, compared class by class.
struct Comparison<'a> {
    prover: &'a Library,
    both: [Option<&'a Document>; 2],
    account: &'a AccountId,
    options: Options,
    found: Found,
}

/// What is found so far.
#[derive(Default)]
struct Found {
    /// By direction (`true`: gained), statement and caller.
    grants: BTreeMap<(bool, usize, CallerClass), Grant>,
    /// What only callers gain whom AWS refuses in any case.
    refused: BTreeMap<(bool, usize), CallerClass>,
    /// Of principals by unique id: the accounts in which they gain or lose, and those in which they might be.
    ids: BTreeMap<(bool, usize, CallerClass), BTreeSet<String>>,
    possible: BTreeMap<CallerClass, BTreeSet<String>>,
    /// Why there may be more: gained, and lost.
    open: [Option<String>; 2],
}

impl Comparison<'_> {
    fn class(&mut self, class: &Class, direct: bool, bounded: bool) -> Result<(), ()> {
        let [less, more] = [of_caller(self.both[0], class, direct, bounded)?, of_caller(self.both[1], class, direct, bounded)?];
        let mut keys = class.keys.clone();
        if *self.account != AccountId::zero() {
            // The resource is the role.
            keys.insert("aws:resourceaccount".to_owned(), Some(self.account.as_str().to_owned()));
        }
        let subject = Subject::Fixed { keys, signed: class.signed };
        let AccessDiff { verdict, gained, lost, reason, .. } = self.prover.compare(&less, &more, &subject, self.options);
        if let (Some(_), Some(account)) = (&class.id, class.principal.account()) {
            self.found.possible.entry(class.shown.clone()).or_default().insert(account.to_owned());
        }
        if let Some(reason) = reason.filter(|_| !class.refused) {
            // Of a proof that nothing is gained only what is lost is open.
            self.found.open(false, &reason);
            if verdict != Verdict::NoNewAccess {
                self.found.open(true, &reason);
            }
        }
        for (grants, gains, side) in [(gained, true, &more), (lost, false, &less)] {
            for grant in grants {
                self.add(class, gains, side, grant);
            }
        }
        Ok(())
    }

    fn add(&mut self, class: &Class, gains: bool, side: &PrincipalPolicies, mut grant: Grant) {
        let statement = grant.statement;
        if class.refused {
            self.found.refused.entry((gains, statement)).or_insert_with(|| class.shown.clone());
            return;
        }
        // Session tags and the like are passed with the call that obtains the role.
        if !grant.example.action.eq_ignore_ascii_case(class.action) {
            let mut request = Request::new(Principal::Unspecified { account: None }, class.action, "*");
            request.context = grant.example.context.iter().map(|(key, value)| (key, value.clone())).collect();
            for (key, value) in &class.keys {
                if let (Some(value), None) = (value, request.context.get(key)) {
                    request.context.set(key, value.clone());
                }
            }
            if !eval::decide(&self.prover.policy_set(side), &request).is_allowed() {
                let obtains = side.identity.iter().flat_map(|(_, d)| Policy::read(d).statements).any(|s| {
                    let names =
                        |c: &crate::ast::Clause| c.values.iter().any(|v| crate::pattern::matches_ignoring_case(v, class.action));
                    s.effect == Effect::Allow && !never(&s) && s.actions.as_ref().is_some_and(|c| names(c) != c.negated)
                });
                if obtains {
                    let what = &grant.example.action;
                    self.found
                        .open(gains, &format!("whether {} may use `{what}` depends on two statements together", class.shown));
                }
                return;
            }
        }
        let spoken = |key: &str| {
            self.both.into_iter().flatten().any(|d| d.to_compact().to_ascii_lowercase().contains(&key.to_ascii_lowercase()))
        };
        grant.example.context.retain(|key, _| spoken(key));
        if !class.signed && grant.example.context.keys().any(|key| is_of_a_principal(key)) {
            let key = grant.example.context.keys().find(|key| is_of_a_principal(key)).cloned().unwrap_or_default();
            self.found.open(gains, &format!("AWS does not document `{key}` for {}", class.shown));
            return;
        }
        let place = (gains, statement, class.shown.clone());
        if let (Some(_), Some(account)) = (&class.id, class.principal.account()) {
            self.found.ids.entry(place.clone()).or_default().insert(account.to_owned());
        }
        self.found.grants.entry(place).or_insert(grant);
    }
}

/// Keys that a caller without an AWS principal does not bring.
fn is_of_a_principal(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalorg", "aws:userid", "aws:username"]
        .iter()
        .any(|head| key.starts_with(head))
}

impl Found {
    fn open(&mut self, gains: bool, why: &str) {
        let [gained, lost] = &mut self.open;
        if gains { gained } else { lost }.get_or_insert_with(|| why.to_owned());
    }

    fn leave_open(&mut self, why: &str) {
        self.open(true, why);
        self.open(false, why);
    }

    /// The answer, without callers for whom a wider class stands.
    fn diff(mut self, both: [Option<&Document>; 2]) -> TrustDiff {
        let mut diff = TrustDiff::default();
        let places: Vec<(bool, usize, CallerClass)> = self.grants.keys().cloned().collect();
        for place in &places {
            let (gains, statement, caller) = place;
            let named = both[usize::from(*gains)].is_some_and(|d| {
                let mut own = d.principals().filter(|p| p.statement == *statement && !p.negated);
                own.any(|p| match caller {
                    CallerClass::One(name) => name == p.value,
                    CallerClass::Account(id) => Principal::parse(p.value).is_some_and(|p| p.account() == Some(id)),
                    CallerClass::Anyone | CallerClass::AnyService | CallerClass::AnyProvider | CallerClass::Organisation(_) => {
                        false
                    }
                })
            });
            let wider =
                |other: &(bool, usize, CallerClass)| (other.0, other.1) == (*gains, *statement) && includes(&other.2, caller);
            if !named && places.iter().any(wider) {
                self.grants.remove(place);
            }
        }
        let everywhere = |found: &Self, place: &(bool, usize, CallerClass)| match found.ids.get(place) {
            Some(accounts) => found.possible.get(&place.2).is_none_or(|all| accounts == all),
            None => true,
        };
        let partly: Vec<_> = self.grants.keys().filter(|place| !everywhere(&self, place)).cloned().collect();
        for place in partly {
            self.grants.remove(&place);
            self.open(place.0, &format!("it depends on which principal `{}` is", place.2));
        }
        for ((gains, statement), caller) in std::mem::take(&mut self.refused) {
            let known = self.grants.keys().any(|(g, s, _)| (*g, *s) == (gains, statement));
            if !known {
                self.open(gains, &format!("only {caller} would gain, and AWS does not let it assume roles"));
            }
        }
        for ((gains, _, caller), grant) in self.grants {
            let list = if gains { &mut diff.gained } else { &mut diff.lost };
            list.push(TrustGrant { caller, grant });
        }
        let [reason, lost_reason] = self.open;
        (diff.reason, diff.lost_reason) = (reason, lost_reason);
        diff
    }
}

/// Whether one class stands for another too.
fn includes(wide: &CallerClass, narrow: &CallerClass) -> bool {
    let account = |name: &str| Principal::parse(name).and_then(|p| p.account().map(str::to_owned));
    match (wide, narrow) {
        (CallerClass::Anyone, CallerClass::Organisation(_) | CallerClass::Account(_)) => true,
        // Where the conditions name the organisation, an account is one of it.
        (CallerClass::Organisation(_), CallerClass::Account(_)) => true,
        (CallerClass::Anyone | CallerClass::Organisation(_), CallerClass::One(name)) => {
            account(name).is_some() || crate::is_unique_id(name)
        }
        (CallerClass::Account(id), CallerClass::One(name)) => account(name).as_deref() == Some(id),
        (CallerClass::AnyService, CallerClass::One(name)) => matches!(Principal::parse(name), Some(Principal::Service(_))),
        (CallerClass::AnyProvider, CallerClass::One(name)) => matches!(Principal::parse(name), Some(Principal::Federated(_))),
        (
            CallerClass::Anyone
            | CallerClass::AnyService
            | CallerClass::AnyProvider
            | CallerClass::Organisation(_)
            | CallerClass::Account(_)
            | CallerClass::One(_),
            _,
        ) => false,
    }
}

/// A condition that no request meets: what does not name the caller keeps its place, so that statements are counted as written.
fn nobody() -> Json {
    json!({"Null": {"iamctl:nobody": ["true"]}, "Bool": {"iamctl:nobody": "true"}})
}

fn never(statement: &Statement) -> bool {
    statement.conditions.iter().any(|test| test.key == "iamctl:nobody")
}

/// The statements that name a caller, as those of an identity policy. `direct`: Allows that name the caller itself alone. `bounded`: of a
/// caller with a permissions boundary.
fn of_caller(document: Option<&Document>, class: &Class, direct: bool, bounded: bool) -> Result<PrincipalPolicies, ()> {
    let Some(document) = document else { return Ok(PrincipalPolicies::default()) };
    let policy = Policy::read(document);
    if policy.statements.len() != document.statements().len() {
        return Err(());
    }
    let mut statements = Vec::new();
    for (statement, written) in policy.statements.iter().zip(document.statements()) {
        let (Some(principals), Some(fields), false) = (&statement.principals, written.as_object(), statement.faulty) else {
            return Err(());
        };
        let mut fields = fields.clone();
        fields.retain(|name, _| !matches!(name.as_str(), "Principal" | "NotPrincipal"));
        fields.insert("Resource".to_owned(), "*".into());
        let by_id =
            class.id.as_ref().is_some_and(|id| principals.values.iter().any(|(kind, value)| kind == "AWS" && value == id));
        let named = match (by_id, principals.negated, statement.effect) {
            (false, ..) => names_directly(statement, &class.principal, bounded),
            (true, false, _) => Some(true),
            // Whom it excepts.
            (true, true, Effect::Allow) => None,
            (true, true, Effect::Deny) => (bounded && class.principal.has_identity_policies()).then_some(false),
        };
        if !named.is_some_and(|itself| itself || !direct || statement.effect == Effect::Deny) {
            fields.insert("Condition".to_owned(), nobody());
        }
        statements.push(Json::Object(fields));
    }
    let deny = |more: Json| {
        let mut guard = json!({"Effect": "Deny", "Resource": "*"});
        if let (Some(guard), Json::Object(more)) = (guard.as_object_mut(), more) {
            guard.extend(more);
        }
        guard
    };
    statements.extend(class.never.iter().map(|condition| deny(json!({"Action": "*", "Condition": condition}))));
    let possible = [class.action, "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"];
    statements.push(deny(json!({"NotAction": possible})));
    // The guards have variables, which an old document does not.
    let guards = statements.split_off(policy.statements.len());
    let version = document.value().get("Version").cloned().unwrap_or_else(|| crate::data::OLD_VERSION.into());
    let named = |version: Json, statements: Vec<Json>| Document::new(json!({"Version": version, "Statement": statements}));
    let guards = ("the caller".to_owned(), named(crate::data::VERSION.into(), guards));
    Ok(PrincipalPolicies {
        identity: vec![("the trust policy".to_owned(), named(version, statements)), guards],
        ..PrincipalPolicies::default()
    })
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

    fn callers(list: &[TrustGrant]) -> Vec<String> {
        list.iter().map(|g| g.caller.to_string()).collect()
    }

    #[test]
    fn a_caller_that_comes_gains_and_one_that_goes_loses() {
        let ec2 = trust(json!({"Service": "ec2.amazonaws.com"}), json!({}));
        let lambda = trust(json!({"Service": ["lambda.amazonaws.com"]}), json!({}));
        let d = diff(&ec2, &lambda);
        assert_eq!(d.verdict(), Verdict::NewAccess);
        assert_eq!(
            (callers(&d.gained), callers(&d.lost)),
            (vec!["lambda.amazonaws.com".into()], vec!["ec2.amazonaws.com".into()])
        );
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
        let back = diff(&all, &one);
        assert_eq!(back.verdict(), Verdict::NoNewAccess, "{back:?}");
    }

    #[test]
    fn every_class_of_callers_is_listed_and_no_account_is_made_up() {
        let d = diff(
            &trust(json!({"AWS": "222222222222"}), json!({})),
            &trust(json!({"AWS": ["222222222222", "333333333333", "arn:aws:iam::444444444444:role/r"]}), json!({})),
        );
        assert_eq!(callers(&d.gained), ["any principal of account 333333333333", "arn:aws:iam::444444444444:role/r"]);
        let none = trust(json!({"Service": "ec2.amazonaws.com"}), json!({}));
        let like = |arn: &str| trust(json!({"AWS": "*"}), json!({"StringLike": {"aws:PrincipalArn": arn}}));
        let d = diff(&none, &like("arn:aws:iam::222222222222:role/ci-*"));
        assert_eq!((callers(&d.gained), d.reason), (vec!["any principal of account 222222222222".to_owned()], None));
        let org = trust(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalOrgID": "o-a"}}));
        assert_eq!(callers(&diff(&none, &org).gained), ["any principal of organisation o-a"]);
        let d = diff(&none, &trust(json!({"AWS": "*"}), json!({})));
        assert_eq!(callers(&d.gained), ["anyone"]);
        assert!(d.gained[0].grant.example.context.is_empty(), "{d:?}");
    }

    #[test]
    fn the_keys_of_an_aws_caller_are_one_thing() {
        let ec2 = trust(json!({"Service": "ec2.amazonaws.com"}), json!({}));
        let odd = json!({"StringEquals": {"aws:PrincipalAccount": "222222222222"},
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333333333333:role/*"}});
        assert_eq!(diff(&ec2, &trust(json!({"AWS": "*"}), odd)).gained, []);
        let own = trust(json!({"AWS": "*"}), json!({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}));
        assert_eq!(callers(&diff(&ec2, &own).gained), ["any principal of account 111111111111"]);
    }

    #[test]
    fn a_unique_id_is_compared_with_its_conditions() {
        let id = || json!({"AWS": "AROAEXAMPLEEXAMPLE123"});
        let bound = trust(id(), json!({"StringEquals": {"sts:ExternalId": "x"}}));
        let d = diff(&bound, &trust(id(), json!({})));
        assert_eq!((d.verdict(), callers(&d.gained)), (Verdict::NewAccess, vec!["AROAEXAMPLEEXAMPLE123".to_owned()]));
        assert_eq!(diff(&trust(id(), json!({})), &bound).verdict(), Verdict::NoNewAccess);
        let account = trust(json!({"AWS": "111111111111"}), json!({}));
        let more = trust(json!({"AWS": ["111111111111", "AROAEXAMPLEEXAMPLE123"]}), json!({}));
        assert_ne!(diff(&account, &more).verdict(), Verdict::NoNewAccess);
        // Whom the account knows by the id is that principal.
        let arn = "arn:aws:iam::111111111111:role/new/r";
        let aliases = Aliases::from([("AROAEXAMPLEEXAMPLE123".to_owned(), arn.to_owned())]);
        let own = AccountId::parse("111111111111").unwrap();
        let now = trust(json!({"AWS": arn}), json!({}));
        let d = Library::default().compare_trust_of(
            Some(&trust(id(), json!({}))),
            Some(&now),
            &own,
            [&aliases; 2],
            Options::default(),
        );
        assert_eq!(d, TrustDiff::default());
    }
}
