//! Whether a caller can make a request that is allowed, whatever it takes: a search for condition keys under which the evaluator allows it.
//!
//! A condition withholds something from a caller only if the caller can never meet it. What the caller is (its ARN, its account, the tags
//! of a user) is fixed by [`Caller`](crate::caller::Caller); everything else may have any value that a request can have.

use std::collections::{BTreeMap, BTreeSet};

use super::super::caller;
use super::super::condition::{Instant, address_block as block};
use super::super::context::{Context, Reader, Truth, Value};
use super::super::pattern::Token;
use super::super::variables::Template;
use super::compiled::{Statement, Test};
use super::decide::decide_strictly;
use super::decision::{Effect, Open};
use super::request::Request;
use super::set::{Named, PolicySet};
use crate::condition::Condition;
use crate::{Compares, Matching, ast, catalogue};

/// Decisions that one search may take.
const MOST: usize = 4_000;

/// The answer of [`possible`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// Allowed, whatever the keys that are not known.
    Always,
    /// Allowed with these keys; the evaluator confirmed it.
    When(Witness),
    /// No request is allowed.
    Never,
    /// Not known: something beside condition keys is open, or the search ended without an answer.
    Undecided(BTreeSet<Open>),
}

/// A request that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// All its keys.
    pub context: Context,
    /// The keys that were not known and that some statement asks for, in lower case.
    pub keys: BTreeSet<String>,
}

impl Possible {
    /// Whether some request is allowed for certain.
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Always | Self::When(_))
    }
}

/// Whether some request like this one is allowed, with values of one's choice for the condition keys that are neither given nor known to
/// be absent. `now`: the day, `2027-01-31`; requests are made then or later.
pub fn possible(policies: &PolicySet, request: &Request, now: &str) -> Possible {
    let mut search = Search { policies, now, left: MOST, values: BTreeMap::new(), open: BTreeSet::new(), ended: false };
    let mut request = request.clone();
    known_to_all(&mut request);
    match decide_strictly(policies, &request).effect {
        Effect::Allow => Possible::Always,
        Effect::ImplicitDeny | Effect::ExplicitDeny => Possible::Never,
        Effect::Unknown(_) => {
            let before = request.context.clone();
            match search.from(request) {
                Some(context) => {
                    let keys = context.iter().map(|(key, _)| key).filter(|key| before.get(key).is_none()).map(str::to_owned);
                    Possible::When(Witness { keys: keys.collect(), context })
                }
                None if search.open.is_empty() && !search.ended => Possible::Never,
                None => Possible::Undecided(search.open),
            }
        }
    }
}

/// What follows from who calls which service. A principal of an account calls by itself: the keys that services send about the resource
/// they act for are absent (IAM User Guide, "AWS global condition context keys", properties of the request). IAM and Organizations answer in
/// one region of the partition.
fn known_to_all(request: &mut Request) {
    let is_principal = request.principal.account().is_some();
    let partition = request.principal.partition().unwrap_or("aws").to_owned();
    let service = request.action.split_once(':').map_or("", |(service, _)| service).to_ascii_lowercase();
    let context = &mut request.context;
    let mut absent = |key: &str| {
        if context.get(key).is_none() {
            context.set_absent(key);
        }
    };
    if is_principal {
        caller::OF_SERVICES.into_iter().for_each(&mut absent);
    }
    let region = match (service.as_str(), partition.as_str()) {
        ("iam" | "organizations" | "cloudfront" | "route53", "aws") => "us-east-1",
        ("iam", "aws-cn") => "cn-north-1",
        ("iam", "aws-us-gov") => "us-gov-west-1",
        _ => return,
    };
    if context.get("aws:requestedregion").is_none() {
        context.set("aws:RequestedRegion", region);
    }
}

/// Whether requests of an action carry no tags: AWS lists `aws:RequestTag` for each action that takes some, and not for this one (service
/// authorization reference). Of a service for which AWS lists it nowhere, and of an action that is not known, nothing is said.
fn has_no_tags(action: &str) -> bool {
    let takes_tags = |action: catalogue::Action| {
        let of_resources = action.resource_types().flat_map(|resource| resource.condition_keys().collect::<Vec<_>>());
        action.condition_keys().chain(of_resources).any(|key| key.starts_with("aws:RequestTag") || key == "aws:TagKeys")
    };
    let lists = |service: catalogue::Service| service.condition_keys().any(|key| key.starts_with("aws:RequestTag"));
    catalogue::action(action).is_some_and(|action| lists(action.service()) && !takes_tags(action))
}

/// Whether every request has the key.
fn is_always_there(key: &str) -> bool {
    matches!(
        key,
        "aws:currenttime"
            | "aws:epochtime"
            | "aws:principalaccount"
            | "aws:principalarn"
            | "aws:principalisawsservice"
            | "aws:principaltype"
            | "aws:requestedregion"
            | "aws:securetransport"
            | "aws:userid"
            | "aws:viaawsservice"
    )
}

struct Search<'p> {
    policies: &'p PolicySet,
    now: &'p str,
    left: usize,
    values: BTreeMap<String, Vec<Option<Value>>>,
    open: BTreeSet<Open>,
    ended: bool,
}

impl Search<'_> {
    /// Keys with which the request is allowed.
    fn from(&mut self, request: Request) -> Option<Context> {
        let Some(left) = self.left.checked_sub(1) else {
            self.ended = true;
            return None;
        };
        self.left = left;
        let decision = decide_strictly(self.policies, &request);
        let keys = match decision.effect {
            Effect::Allow => return Some(request.context),
            Effect::ImplicitDeny | Effect::ExplicitDeny => return None,
            Effect::Unknown(keys) => keys,
        };
        let Some(key) = keys.iter().map(|key| key.to_lowercase()).next() else {
            self.open.extend(decision.open);
            return None;
        };
        for value in self.values_of(&key, &request) {
            let mut next = request.clone();
            match value {
                Some(value) => next.context.insert(&key, value),
                None => next.context.set_absent(&key),
            }
            if let Some(found) = self.from(next) {
                return Some(found);
            }
        }
        None
    }

    /// Values that tell the conditions on a key apart; `None` is absence.
    fn values_of(&mut self, key: &str, request: &Request) -> Vec<Option<Value>> {
        if let Some(known) = self.values.get(key) {
            return known.clone();
        }
        if (key == "aws:tagkeys" || key.starts_with("aws:requesttag/")) && has_no_tags(&request.action) {
            return self.values.entry(key.to_owned()).or_insert_with(|| vec![None]).clone();
        }
        let mut singles: BTreeSet<String> = BTreeSet::new();
        let mut lists = false;
        let mut in_variable = false;
        let action = request.action.to_ascii_lowercase();
        let (service, name) = action.split_once(':').unwrap_or((&action, ""));
        let about = every_policy(self.policies).flat_map(|named| named.policy.about(service));
        let statements: Vec<&Statement> = about.filter(|statement| statement.is_about(service, name)).collect();
        let mut asked: Vec<(ast::Effect, &Condition)> = Vec::new();
        let mut fixed_texts = true;
        for statement in &statements {
            for (test, condition) in statement.tests() {
                in_variable |= test.variables.iter().any(|variable| variable == key);
                if test.key == key {
                    lists |= test.is_set;
                    fixed_texts &= test.variables.is_empty();
                    asked.push((statement.effect, condition));
                    test.values.iter().for_each(|value| instances(value, test, request, &mut singles));
                }
            }
            in_variable |= statement.resource_variables().any(|variable| variable == key);
        }
        if in_variable {
            // What a variable must be to fit is a part of the resource, or what another key is.
            singles.extend(request.resource.split([':', '/']).filter(|part| !part.is_empty()).map(str::to_owned));
            singles.extend(request.context.iter().filter_map(|(_, value)| match value {
                Value::Single(text) => Some(text.clone()),
                Value::Many(_) => None,
            }));
        }
        self.of_time(key, &mut singles);
        let home = request.principal.account().filter(|_| key == "aws:principalarn");
        if let Some(account) = home {
            // A principal's ARN is one of its account.
            singles.retain(|arn| arn.split(':').nth(4) == Some(account));
            singles.insert(format!("arn:{}:iam::{account}:role/{OTHER}", request.principal.partition().unwrap_or("aws")));
        }
        let fixed = match key {
            "aws:principalisawsservice" => Some("false"),
            // The endpoints of AWS that take signed calls of IAM and STS speak TLS alone.
            "aws:securetransport" => Some("true"),
            _ => None,
        };
        let mut values: Vec<Option<Value>> = Vec::new();
        if let Some(fixed) = fixed {
            values.push(Some(Value::Single(fixed.to_owned())));
        } else {
            if !is_always_there(key) {
                values.push(None);
            }
            if home.is_none() && !matches!(key, "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime") {
                singles.insert(OTHER.to_owned());
            }
            if lists {
                values.extend(singles.iter().map(|text| Some(Value::Many(vec![text.clone()]))));
                values.push(Some(Value::Many(singles.iter().filter(|text| *text != OTHER).cloned().collect())));
            }
            values.extend(singles.into_iter().map(|text| Some(Value::Single(text))));
        }
        if fixed_texts && !in_variable {
            values = told_apart(key, values, &asked);
        }
        self.values.insert(key.to_owned(), values.clone());
        values
    }

    /// Times are now or later.
    fn of_time(&self, key: &str, singles: &mut BTreeSet<String>) {
        let Some(now) = Instant::read(self.now) else { return };
        match key {
            "aws:currenttime" => {
                singles.retain(|text| Instant::read(text).is_some_and(|at| at >= now));
                singles.insert(self.now.to_owned());
            }
            // Credentials live for 36 hours at most (STS API Reference, GetSessionToken).
            "aws:tokenissuetime" => {
                let oldest = now.nanos() / 1_000_000_000 - 36 * 3_600;
                singles.retain(|text| Instant::read(text).is_some_and(|at| at.nanos() / 1_000_000_000 >= oldest));
                singles.insert(self.now.to_owned());
            }
            "aws:epochtime" => {
                singles.retain(|text| Instant::read(text).is_some_and(|at| at >= now));
                singles.insert((now.nanos() / 1_000_000_000).to_string());
            }
            _ => {}
        }
    }
}

/// One value of each kind that the conditions on a key tell apart: those that meet fewer denials first, absence before a value.
fn told_apart(key: &str, values: Vec<Option<Value>>, asked: &[(ast::Effect, &Condition)]) -> Vec<Option<Value>> {
    let mut kinds: BTreeMap<Vec<Truth>, (usize, Option<Value>)> = BTreeMap::new();
    for (at, value) in values.into_iter().enumerate() {
        let mut context = Context::new();
        match &value {
            Some(value) => context.insert(key, value.clone()),
            None => context.set_absent(key),
        }
        let answers = asked.iter().map(|(_, condition)| condition.holds(&mut Reader::new(&context, true))).collect();
        kinds.entry(answers).or_insert((at, value));
    }
    let denials = |answers: &[Truth]| {
        let met = answers.iter().zip(asked).filter(|(truth, (effect, _))| *effect == ast::Effect::Deny && **truth != Truth::No);
        met.count()
    };
    let mut kinds: Vec<_> = kinds.into_iter().map(|(answers, (at, value))| (denials(&answers), at, value)).collect();
    kinds.sort_by_key(|(denials, at, _)| (*denials, *at));
    kinds.into_iter().map(|(_, _, value)| value).collect()
}

/// A value that no policy names.
const OTHER: &str = "another-value";

fn every_policy(policies: &PolicySet) -> impl Iterator<Item = &Named> {
    let levels = policies.scp.iter().chain(&policies.rcp).flatten().flat_map(|level| &level.policies);
    let boundary = policies.boundary.iter().flatten();
    policies.identity.iter().chain(boundary).chain(&policies.resource).chain(policies.session.iter().flatten()).chain(levels)
}

/// Texts that a value of a condition means, and neighbours that it does not.
fn instances(value: &str, test: &Test, request: &Request, into: &mut BTreeSet<String>) {
    let wildcards = match test.operator.compares() {
        Compares::Numeric(_) => {
            if let Ok(number) = value.trim().parse::<i64>() {
                into.extend([number.saturating_sub(1), number, number.saturating_add(1)].map(|n| n.to_string()));
            } else {
                into.insert(value.to_owned());
            }
            return;
        }
        Compares::Date(_) => {
            into.insert(value.to_owned());
            if let Some(at) = Instant::read(value) {
                let seconds = at.nanos() / 1_000_000_000;
                into.extend([seconds.saturating_sub(1), seconds.saturating_add(1)].map(|n| n.to_string()));
            }
            return;
        }
        Compares::Ip => {
            if let Some(range) = block(value) {
                into.insert(range.network().to_string());
                into.insert(range.broadcast().to_string());
            }
            return into.extend(ANYWHERE.map(str::to_owned));
        }
        Compares::Bool => return into.extend(["true", "false"].map(str::to_owned)),
        Compares::Null => return,
        Compares::String(Matching::Like) | Compares::Arn => true,
        Compares::String(Matching::Exact | Matching::IgnoreCase) | Compares::Binary => false,
    };
    let template = Template::parse(value, wildcards, true);
    for filler in ["", "x"] {
        into.extend(template.instance(filler, &request.context));
    }
}

/// Addresses of no network in particular.
const ANYWHERE: [&str; 4] = ["198.51.100.23", "8.8.8.8", "2001:db8::1", "10.1.2.3"];

impl Template {
    /// A text that the pattern covers, each `*` as this filler, each variable as the key's value; `None` where that is not known.
    fn instance(&self, filler: &str, context: &Context) -> Option<String> {
        use super::super::variables::Piece;
        let token = |token: &Token, text: &mut String| match token {
            Token::Is(c) | Token::IsFolded(c) => text.push(*c),
            Token::One | Token::OneInField => text.push('x'),
            Token::Run | Token::RunInField => text.push_str(filler),
            Token::Value(_) | Token::End => {}
        };
        let mut text = String::new();
        match self {
            Self::Fixed(pattern) => pattern.tokens().iter().for_each(|one| token(one, &mut text)),
            Self::Open(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Token(one) => token(one, &mut text),
                        Piece::Variable { key, default } => match (context.get(key), default) {
                            (Some(Value::Single(value)), _) => text.push_str(value),
                            (_, Some(default)) => text.push_str(default),
                            (_, None) => return None,
                        },
                    }
                }
            }
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Document;
    use super::super::super::caller::Caller;
    use super::super::{PolicyKind, Principal};
    use super::*;

    const ROLE: &str = "arn:aws:iam::111111111111:role/dev";

    fn ask(statements: &str) -> Possible {
        let document = Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap();
        let policies = PolicySet { identity: vec![Named::new("p", &document, PolicyKind::Identity)], ..PolicySet::default() };
        let caller = Caller::new(Principal::parse(ROLE).unwrap());
        possible(&policies, &caller.request("iam:AttachRolePolicy", ROLE, &Context::new()), "2027-01-31")
    }

    fn with(condition: &str) -> Possible {
        ask(&format!(r#"{{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{condition}}}"#))
    }

    #[test]
    fn what_the_caller_is_or_chooses_stops_nothing() {
        for condition in [
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/d*"}}"#,
            r#"{"StringEquals":{"aws:PrincipalAccount":"111111111111","aws:PrincipalType":"AssumedRole"}}"#,
            r#"{"Null":{"aws:username":"true"}}"#,
            r#"{"NumericGreaterThan":{"aws:EpochTime":"0"}}"#,
            r#"{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
            r#"{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}"#,
            r#"{"StringLike":{"aws:UserAgent":"*console*"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
            r#"{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}}"#,
            r#"{"StringEquals":{"aws:PrincipalTag/team":"ops"}}"#,
        ] {
            assert!(with(condition).is_yes(), "{condition}: {:?}", with(condition));
        }
    }

    #[test]
    fn what_the_caller_can_never_meet_stops_it() {
        for condition in [
            r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/other"}}"#,
            r#"{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}"#,
            r#"{"StringEquals":{"aws:username":"alice"}}"#,
            r#"{"Null":{"aws:PrincipalArn":"true"}}"#,
            r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
            r#"{"NumericLessThan":{"aws:EpochTime":"1000"}}"#,
            r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            r#"{"StringEquals":{"aws:SourceAccount":"111111111111"}}"#,
            r#"{"StringEquals":{"iam:PolicyARN":"a"},"StringLike":{"iam:PolicyARN":"b*"}}"#,
            // The call carries no tags.
            r#"{"StringEquals":{"aws:RequestTag/a":"x"}}"#,
            r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#,
        ] {
            assert_eq!(with(condition), Possible::Never, "{condition}");
        }
    }

    #[test]
    fn many_keys_and_many_values_do_not_hide_an_answer() {
        let tags = (0..30).map(|at| format!(r#""aws:PrincipalTag/k{at:02}":"*""#)).collect::<Vec<_>>().join(",");
        let deny = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/k00":"zz"},"StringLike":{"aws:PrincipalTag/k29":"*"}}}"#;
        let allow = format!(r#"{{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{{"StringLike":{{{tags}}}}}}}"#);
        assert!(ask(&format!("{allow},{deny}")).is_yes());
        let agents = |count: usize| {
            let all = (0..count).map(|at| format!(r#""a{at:03}""#)).collect::<Vec<_>>().join(",");
            format!(r#"{{"StringEquals":{{"aws:UserAgent":[{all}]}}}}"#)
        };
        let statement = |effect: &str, condition: &str| {
            format!(r#"{{"Effect":"{effect}","Action":"iam:*","Resource":"*","Condition":{condition}}}"#)
        };
        let both = |allowed: usize, denied: usize| {
            ask(&format!("{},{}", statement("Allow", &agents(allowed)), statement("Deny", &agents(denied))))
        };
        assert!(both(200, 199).is_yes());
        assert_eq!(both(199, 200), Possible::Never);
    }

    #[test]
    fn two_statements_are_taken_together() {
        let allow = |value: &str| {
            format!(
                r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalTag/t":"{value}"}}}}}}"#
            )
        };
        let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/t":"a"}}}"#;
        assert_eq!(ask(&format!("{},{deny}", allow("a"))), Possible::Never);
        assert!(ask(&format!("{},{},{deny}", allow("a"), allow("b"))).is_yes());
        assert_eq!(ask(r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#), Possible::Always);
    }
}
