//! Puts the question to the access engine: is a request of a stranger allowed?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::issuers::{Issuer, SENTINEL, issuer};
use super::marks::{self, OwnerMark};
use super::{Hurdle, Owner, Stranger, is_everybody};
use crate::access::{Options, PrincipalPolicies, Subject, Verdict, compare};
use crate::ast::{Policy, Statement, WrittenTest};
use crate::context::Value;
use crate::data::VERSION;
use crate::eval::{Named, PolicyKind, PolicySet, Possible, Principal, Request, names_directly, possible};
use crate::{BARE, Compares, Document, Operator, SetPrefix, catalogue};

/// Steps of the engine for one question.
const STEPS: u64 = 3_000_000;

/// The owner's organisation, which no document names.
const HOME_ORGANISATION: &str = "o-theownersown";
/// The owner's account where it is not known.
const HOME_ACCOUNT: &str = "000000000000";

/// A document about which is asked.
pub(super) struct Checker<'a> {
    document: &'a Document,
    policy: &'a Policy,
    kind: PolicyKind,
    owner: &'a Owner,
    /// Every test of the document.
    tests: Vec<&'a WrittenTest>,
}

/// A stranger to the engine.
struct Face {
    /// One of them, for what principal elements say.
    principal: Principal,
    /// Keys that are the same in all its requests; `None` is absent.
    keys: BTreeMap<String, Option<String>>,
    signed: bool,
    /// The action by which it takes a role.
    assumes: &'static str,
    /// Its issuer, with the beginning of its claims' keys.
    issuer: Option<(Issuer, String)>,
    is_service: bool,
    /// Whether it is a principal of an account that is named: the account alone says nothing more.
    account: bool,
}

impl<'a> Checker<'a> {
    pub(super) fn new(document: &'a Document, policy: &'a Policy, kind: PolicyKind, owner: &'a Owner) -> Self {
        let tests = policy.statements.iter().flat_map(|s| &s.conditions).collect();
        Self { document, policy, kind, owner, tests }
    }

    /// What stands in a stranger's way through a statement; `None` where it does not get in.
    pub(super) fn hurdle(&self, statement: &Statement, stranger: &Stranger) -> Option<Hurdle> {
        let mut worst: Option<Hurdle> = None;
        for face in self.faces(stranger) {
            let found = self.hurdle_of(statement, &face);
            worst = match (worst, found) {
                (Some(Hurdle::Nothing), _) | (_, Some(Hurdle::Nothing)) => Some(Hurdle::Nothing),
                (Some(Hurdle::Known(keys)), _) | (_, Some(Hurdle::Known(keys))) => Some(Hurdle::Known(keys)),
                (worst, found) => worst.or(found),
            };
        }
        worst
    }

    fn hurdle_of(&self, statement: &Statement, face: &Face) -> Option<Hurdle> {
        if self.kind == PolicyKind::Trust && !statement.has_action(&face.assumes.to_ascii_lowercase()) {
            return None;
        }
        if !names(statement, face) {
            return None;
        }
        let denies: Vec<&Statement> = self.policy.statements.iter().filter(|s| !s.allows()).collect();
        if statement.conditions.is_empty() && denies.is_empty() {
            return Some(Hurdle::Nothing);
        }
        // A test that only the owner passes keeps all others out.
        if statement.conditions.iter().any(|test| self.is_closed_by(test, face, false)) {
            return None;
        }
        let side = self.side(statement, &denies, face, false);
        let (verdict, reason) = ask(&side, face);
        let why = match verdict {
            Verdict::NoNewAccess => return None,
            Verdict::Undecided if self.is_found(statement, &side, face) => None,
            Verdict::Undecided => Some(reason.unwrap_or_else(|| "the search ended without an answer".to_owned())),
            Verdict::NewAccess => None,
        };
        let known: BTreeSet<String> = self
            .tests
            .iter()
            .filter(|test| self.mark(test, face, true) != self.mark(test, face, false))
            .map(|t| t.written_key.clone())
            .collect();
        let closes = || ask(&self.side(statement, &denies, face, true), face).0 == Verdict::NoNewAccess;
        if !known.is_empty() && closes() {
            return Some(Hurdle::Known(known));
        }
        Some(why.map_or(Hurdle::Nothing, Hurdle::Unproven))
    }

    fn faces(&self, stranger: &Stranger) -> Vec<Face> {
        match stranger {
            Stranger::Anyone => {
                let mut faces = vec![self.of_an_account()];
                if self.kind == PolicyKind::Resource {
                    faces.push(self.unsigned());
                }
                faces
            }
            Stranger::Account(id) => vec![self.of_account(id)],
            Stranger::Service(name) => vec![self.service(name.as_deref())],
            Stranger::TokenOf(provider) => vec![self.token(provider)],
        }
    }

    /// Keys of the owner's resource: they hold for every caller, so a test of one with a plain value stops nobody.
    fn home(&self) -> BTreeMap<String, Option<String>> {
        let account = self.owner.account.as_ref().map_or_else(|| HOME_ACCOUNT.to_owned(), ToString::to_string);
        let keys = [
            ("aws:resourceaccount", account.clone()),
            ("s3:resourceaccount", account),
            ("aws:resourceorgid", HOME_ORGANISATION.to_owned()),
        ];
        keys.map(|(key, value)| (key.to_owned(), Some(value))).into()
    }

    /// Those of them that a test compares with what the caller is.
    fn compared(&self) -> BTreeMap<String, Option<String>> {
        let with_caller = |test: &&&WrittenTest| test.values.iter().any(|value| value.contains("${"));
        let keys: BTreeSet<&str> = self.tests.iter().filter(with_caller).map(|test| test.key.as_str()).collect();
        self.home().into_iter().filter(|(key, _)| keys.contains(key.as_str())).collect()
    }

    /// Keys that the document speaks of and that begin so.
    fn spoken(&self, head: &str) -> impl Iterator<Item = String> {
        self.tests.iter().filter(move |t| t.key.starts_with(head)).map(|t| t.key.clone()).collect::<Vec<_>>().into_iter()
    }

    /// A principal of an account of its own. It calls by itself: what services send about the resource they act for is absent.
    fn of_an_account(&self) -> Face {
        let mut keys = self.compared();
        keys.insert("aws:principalisawsservice".to_owned(), Some("false".to_owned()));
        for key in [
            "aws:principalservicename",
            "aws:principalservicenameslist",
            "aws:sourcearn",
            "aws:sourceaccount",
            "aws:sourceorgid",
            "aws:sourceorgpaths",
        ] {
            keys.insert(key.to_owned(), None);
        }
        // No name has a star, so nobody names this one.
        let principal = Principal::User { arn: "arn:aws:iam::*:user/*".to_owned(), account: "*".to_owned() };
        Face { principal, keys, signed: true, assumes: "sts:AssumeRole", issuer: None, is_service: false, account: false }
    }

    /// A principal of this account; which, its own account decides.
    fn of_account(&self, id: &str) -> Face {
        let mut face = self.of_an_account();
        face.keys.insert("aws:principalaccount".to_owned(), Some(id.to_owned()));
        face.principal = Principal::User { arn: format!("arn:aws:iam::{id}:user/*"), account: id.to_owned() };
        face.account = true;
        face
    }

    /// Somebody who signs nothing: no key tells who it is.
    fn unsigned(&self) -> Face {
        let mut keys = self.of_an_account().keys;
        for key in [
            "aws:principalarn",
            "aws:principalaccount",
            "aws:principaltype",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:username",
            "aws:userid",
            "kms:calleraccount",
            "aws:multifactorauthpresent",
            "aws:multifactorauthage",
            "aws:tokenissuetime",
            "aws:federatedprovider",
        ] {
            keys.insert(key.to_owned(), None);
        }
        keys.extend(self.spoken("aws:principaltag/").map(|key| (key, None)));
        Face {
            principal: Principal::Anonymous,
            keys,
            signed: false,
            assumes: "sts:AssumeRole",
            issuer: None,
            is_service: false,
            account: false,
        }
    }

    /// A service; it acts for a resource of another account, of which it may say nothing.
    fn service(&self, name: Option<&str>) -> Face {
        let mut keys = self.compared();
        keys.insert("aws:principalisawsservice".to_owned(), Some("true".to_owned()));
        if let Some(name) = name {
            keys.insert("aws:principalservicename".to_owned(), Some(name.to_owned()));
        }
        for key in ["aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:username"] {
            keys.insert(key.to_owned(), None);
        }
        keys.extend(self.spoken("aws:principaltag/").map(|key| (key, None)));
        let principal = Principal::Service(name.unwrap_or("*").to_owned());
        Face { principal, keys, signed: false, assumes: "sts:AssumeRole", issuer: None, is_service: true, account: false }
    }

    /// A user of an identity provider. It has no claims of others.
    fn token(&self, provider: &str) -> Face {
        let mut keys = self.unsigned().keys;
        let own = format!("{}:", provider.to_lowercase());
        let others = self
            .tests
            .iter()
            .filter(|t| t.key.split(':').next().is_some_and(|host| host.contains('.')) && !t.key.starts_with(&own));
        keys.extend(others.map(|t| (t.key.clone(), None)));
        let provider_arn =
            self.policy.statements.iter().flat_map(Statement::each_principal).find(|p| p.value.ends_with(provider));
        let named = provider_arn.map_or(provider, |p| p.value).to_owned();
        // The provider is of the owner's account, whoever comes through it.
        keys.insert("aws:federatedprovider".to_owned(), Some(named.clone()));
        let principal = Principal::Federated(named);
        let issuer = Some((issuer(provider), own));
        Face {
            principal,
            keys,
            signed: false,
            assumes: "sts:AssumeRoleWithWebIdentity",
            issuer,
            is_service: false,
            account: false,
        }
    }

    /// How a test says whose the caller is. `known`: values that are merely known count too.
    fn mark(&self, test: &WrittenTest, face: &Face, known: bool) -> Option<OwnerMark> {
        let key = test.key.as_str();
        if let Some((issuer, own)) = &face.issuer
            && let Some(claim) = key.strip_prefix(own.as_str())
        {
            return issuer.mark(claim);
        }
        if face.issuer.is_some() && key == "aws:federatedprovider" {
            return None;
        }
        if face.account {
            // The account is known already.
            return marks::of_account_key(key).or_else(|| marks::of_key(key)).filter(|_| key != "aws:principalaccount");
        }
        let is_sentinel = face.issuer.as_ref().is_some_and(|(issuer, _)| issuer.name == SENTINEL);
        let sentinel = is_sentinel && key == "sts:rolesessionname";
        let address = (self.kind == PolicyKind::Resource && key == "aws:sourceip").then_some(OwnerMark::Address);
        marks::of_key(key)
            .or(address)
            .or(sentinel.then_some(OwnerMark::Whole))
            .or_else(|| marks::of_service_key(key).filter(|_| face.is_service))
            .or_else(|| marks::of_known_key(key).filter(|_| known && self.kind == PolicyKind::Trust))
    }

    /// Whether a test is passed by the owner alone.
    fn is_closed_by(&self, test: &WrittenTest, face: &Face, known: bool) -> bool {
        let Some(mark) = self.mark(test, face, known) else { return false };
        if mark == OwnerMark::Flag || !marks::asks_for_values(test) || test.values.is_empty() {
            return false;
        }
        test.values.iter().all(|value| mark.reach_of(test, &self.with_home(value)).is_some())
    }

    /// A value with what is known of the owner's resource.
    fn with_home(&self, value: &str) -> String {
        if !value.contains("${") {
            return value.to_owned();
        }
        let mut out = value.to_owned();
        for (key, known) in self.home() {
            let variable = format!("${{{key}}}");
            while let Some(at) = out.to_ascii_lowercase().find(&variable) {
                out.replace_range(at..at + variable.len(), known.as_deref().unwrap_or_default());
            }
        }
        out
    }

    /// Whether a search by the evaluator, which takes other turns than the engine's, finds a request that is allowed.
    fn is_found(&self, statement: &Statement, side: &PrincipalPolicies, face: &Face) -> bool {
        let one = |pattern: &String| pattern.replace(['*', '?'], "x");
        let action = match (self.kind, statement.is_not_action(), statement.action_patterns().first()) {
            (PolicyKind::Trust, ..) => face.assumes.to_owned(),
            (_, false, Some(pattern)) if pattern.contains(':') => one(pattern),
            _ => "s3:x".to_owned(),
        };
        let resource = match (self.kind, statement.is_not_resource(), statement.resource_patterns().first()) {
            (PolicyKind::Resource, false, Some(pattern)) => one(pattern),
            _ => "*".to_owned(),
        };
        let mut request = Request::new(Principal::Unspecified { account: None }, action, resource);
        for (key, value) in &face.keys {
            match value {
                Some(value) => request.context.set(key, value.clone()),
                None => request.context.set_absent(key),
            }
        }
        let named = |(id, document): &(String, Document)| Named::new(id, document, PolicyKind::Identity);
        let policies = PolicySet { identity: side.identity.iter().map(named).collect(), ..PolicySet::default() };
        // A list that is asked about as if it were one value: AWS does not document what that means.
        let is_list = |key: &str| catalogue::condition_key(key).is_some_and(|known| known.is_multivalued());
        match possible(&policies, &request, &self.owner.today) {
            Possible::Always => true,
            Possible::When(found) => !found.context.iter().any(|(key, value)| is_list(key) && matches!(value, Value::Single(_))),
            Possible::Never | Possible::Undecided(_) => false,
        }
    }

    /// The statement with the denials of the document and what no stranger is, as policies of the stranger.
    fn side(&self, statement: &Statement, denies: &[&Statement], face: &Face, known: bool) -> PrincipalPolicies {
        let written = |s: &Statement| self.document.statements().get(s.index)?.as_object().cloned();
        let mut statements = Vec::new();
        for statement in std::iter::once(statement).chain(denies.iter().copied().filter(|s| !s.faulty && names(s, face))) {
            let Some(mut fields) = written(statement) else { continue };
            fields.retain(|name, _| !matches!(name.as_str(), "Principal" | "NotPrincipal" | "Sid"));
            if self.kind == PolicyKind::Trust {
                let has = statement.has_action(&face.assumes.to_ascii_lowercase());
                fields.retain(|name, _| !matches!(name.as_str(), "NotAction" | "NotResource"));
                fields.insert("Action".to_owned(), if has { face.assumes.into() } else { "iamctl:none".into() });
                fields.insert("Resource".to_owned(), "*".into());
            } else if statement.resources.is_none() {
                fields.insert("Resource".to_owned(), "*".into());
            }
            self.put_home_in(&mut fields);
            as_single(&mut fields, face);
            statements.push(Json::Object(fields));
        }
        let version = self.document.value().get("Version").cloned().unwrap_or_else(|| crate::data::OLD_VERSION.into());
        let policy = Document::new(json!({"Version": version, "Statement": statements}));
        let deny = |condition: Json| json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
        let guards: Vec<Json> = self.guards(face, known).into_iter().map(deny).collect();
        let mut identity = vec![("the policy".to_owned(), policy)];
        if !guards.is_empty() {
            identity.push(("the stranger".to_owned(), Document::new(json!({"Version": VERSION, "Statement": guards}))));
        }
        PrincipalPolicies { identity, ..PrincipalPolicies::default() }
    }

    /// What holds for the owner alone, and so for no stranger.
    fn guards(&self, face: &Face, known: bool) -> Vec<Json> {
        let mut guards = Vec::new();
        for test in &self.tests {
            let Some(mark) = self.mark(test, face, known) else { continue };
            let mut filled = crate::ast::Test::clone(test);
            filled.values.iter_mut().for_each(|value| *value = self.with_home(value));
            let is_claim = face.issuer.as_ref().is_some_and(|(_, own)| test.key.starts_with(own));
            guards.extend(mark.guards(&test.written_key, &filled, is_claim));
        }
        let speaks =
            |variable: &str| self.tests.iter().any(|t| t.values.iter().any(|v| v.to_ascii_lowercase().contains(variable)));
        let home = if face.account { BTreeMap::new() } else { self.home() };
        for (variable, key, of) in [
            ("${aws:principalaccount}", "aws:PrincipalAccount", "aws:resourceaccount"),
            ("${aws:principalorgid}", "aws:PrincipalOrgID", "aws:resourceorgid"),
        ] {
            if speaks(variable) && home.contains_key(of) {
                guards.push(json!({"StringEquals": {key: home.get(of).cloned().flatten()}}));
            }
        }
        if !self.owner.today.is_empty() && self.tests.iter().any(|t| t.key == "aws:currenttime") {
            guards.push(json!({"DateLessThan": {"aws:CurrentTime": self.owner.today}}));
        }
        guards
    }

    fn put_home_in(&self, fields: &mut Map<String, Json>) {
        let Some(Json::Object(operators)) = fields.get_mut("Condition") else { return };
        for keys in operators.values_mut() {
            let Json::Object(keys) = keys else { continue };
            for values in keys.values_mut() {
                match values {
                    Json::String(text) => *text = self.with_home(text),
                    Json::Array(list) => {
                        for value in list {
                            if let Json::String(text) = value {
                                *text = self.with_home(text);
                            }
                        }
                    }
                    Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => {}
                }
            }
        }
    }
}

/// Asks whether these policies allow a request of the stranger, and why that is not decided.
fn ask(side: &PrincipalPolicies, face: &Face) -> (Verdict, Option<String>) {
    let subject = Subject::Fixed { keys: face.keys.clone(), signed: face.signed };
    let diff = compare(&PrincipalPolicies::default(), side, &subject, Options { steps: STEPS, names: false });
    (diff.verdict, diff.reason)
}

/// Writes tests of claims as tests of lists with one value: a token has one subject, and what an operator without `ForAnyValue:` does with a list
/// is not documented.
fn as_single(fields: &mut Map<String, Json>, face: &Face) {
    let (Some((_, own)), Some(Json::Object(operators))) = (&face.issuer, fields.get_mut("Condition")) else { return };
    let mut written = Map::new();
    for (name, keys) in std::mem::take(operators) {
        let operator = Operator::read(&name).filter(|o| o.prefix.is_none() && o.compares() != Compares::Null);
        let (Some(operator), Json::Object(keys)) = (operator, &keys) else {
            merge(&mut written, name, keys);
            continue;
        };
        let prefix = if operator.base.is_negated() { SetPrefix::ForAllValues } else { SetPrefix::ForAnyValue };
        let of_list = Operator { prefix: Some(prefix), ..operator }.name();
        for (key, values) in keys {
            let name = if key.to_lowercase().starts_with(own) { of_list.clone() } else { name.clone() };
            merge(&mut written, name, json!({key: values}));
        }
    }
    *operators = written;
}

/// Adds keys under an operator. A key that is there under it already keeps its tests in an operator of another spelling.
fn merge(operators: &mut Map<String, Json>, mut name: String, keys: Json) {
    let Json::Object(keys) = keys else { return };
    while let Some(Json::Object(there)) = operators.get(&name)
        && keys.keys().any(|key| there.contains_key(key))
        && name != name.to_lowercase()
    {
        name = name.to_lowercase();
    }
    if let Json::Object(there) = operators.entry(name).or_insert_with(|| json!({})) {
        there.extend(keys);
    }
}

/// Whether a statement names a stranger.
fn names(statement: &Statement, face: &Face) -> bool {
    if names_directly(statement, &face.principal, false).is_some() {
        return true;
    }
    let Some(principals) = statement.principals.as_ref().filter(|p| statement.allows() && !p.negated) else { return false };
    // What an ARN with an open account names is not promised, and neither is whether `{"AWS": "*"}` names services: taken for the worse.
    let counts = match &face.principal {
        Principal::User { .. } | Principal::Anonymous => is_everybody,
        Principal::Service(name) if name == "*" => is_everybody,
        _ => return false,
    };
    principals.values.iter().any(|(kind, value)| matches!(kind.as_str(), BARE | "AWS") && counts(value))
}
