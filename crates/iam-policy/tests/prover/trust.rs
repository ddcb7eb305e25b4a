//! Trust policies against a model of who can ask at all: every caller of the model that gains is among those that are listed, and every
//! caller that is listed can occur and gains.

use iam_policy::access::{CallerClass, Options, TrustDiff, TrustGrant, Verdict, compare_trust};
use iam_policy::context::Value as Key;
use iam_policy::names::AccountId;
use iam_policy::{Document, access::Example};
use serde_json::{Map, Value, json};

use super::naive_eval::{self, Ask, Documents};
use super::{Dice, cases};

const HOME: &str = "111111111111";

/// The organisation of an account.
fn organisation(account: &str) -> Option<&'static str> {
    match account {
        "111111111111" | "222222222222" => Some("o-a"),
        "333333333333" => Some("o-b"),
        _ => None,
    }
}

/// Somebody who can ask: the ARN by which the request is signed, and the keys that follow from it.
#[derive(Clone, Debug)]
struct Caller {
    principal: String,
    keys: Map<String, Value>,
}

impl Caller {
    fn user(arn: &str) -> Self {
        Self::aws(arn, arn, "User")
    }

    /// A session of a role.
    fn session(role: &str, name: &str) -> Self {
        let account = role.split(':').nth(4).unwrap();
        let session = format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.rsplit('/').next().unwrap());
        Self::aws(&session, role, "AssumedRole")
    }

    fn aws(principal: &str, arn: &str, kind: &str) -> Self {
        let account = arn.split(':').nth(4).unwrap();
        let mut keys = Map::new();
        keys.insert("aws:principalarn".into(), json!(arn));
        keys.insert("aws:principalaccount".into(), json!(account));
        keys.insert("aws:principaltype".into(), json!(kind));
        keys.insert("aws:principalisawsservice".into(), json!("false"));
        if kind == "User" {
            keys.insert("aws:username".into(), json!(arn.rsplit('/').next().unwrap()));
        }
        if let Some(id) = organisation(account) {
            keys.insert("aws:principalorgid".into(), json!(id));
        }
        Self { principal: principal.to_owned(), keys }
    }

    fn outsider(name: &str) -> Self {
        let mut keys = Map::new();
        if name.ends_with(".amazonaws.com") {
            keys.insert("aws:principalisawsservice".into(), json!("true"));
            keys.insert("aws:principalservicename".into(), json!(name));
        }
        Self { principal: name.to_owned(), keys }
    }

    /// The action by which it obtains a role.
    fn action(&self) -> &'static str {
        match self.principal.as_str() {
            p if p.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
            p if p.contains("-provider/") || p == "accounts.google.com" => "sts:AssumeRoleWithWebIdentity",
            _ => "sts:AssumeRole",
        }
    }

    fn account(&self) -> Option<&str> {
        self.keys.get("aws:principalaccount").and_then(Value::as_str)
    }
}

fn everybody() -> Vec<Caller> {
    let arns = |kind: &'static str, names: [&'static str; 2]| {
        ["111111111111", "222222222222", "333333333333", "444444444444"]
            .into_iter()
            .flat_map(move |account| names.map(|name| format!("arn:aws:iam::{account}:{kind}/{name}")))
    };
    let mut all: Vec<Caller> = arns("user", ["a", "b"]).map(|arn| Caller::user(&arn)).collect();
    for role in arns("role", ["p/r", "ci-x"]) {
        all.extend(["s", "t"].map(|name| Caller::session(&role, name)));
    }
    let outsiders = [
        "ec2.amazonaws.com",
        "ecs.amazonaws.com",
        "accounts.google.com",
        "arn:aws:iam::111111111111:oidc-provider/h",
        "arn:aws:iam::111111111111:saml-provider/c",
    ];
    all.extend(outsiders.map(Caller::outsider));
    all
}

fn trust(dice: &mut Dice) -> Document {
    let statements: Vec<Value> = (0..1 + dice.roll(3)).map(|_| statement(dice)).collect();
    Document::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

fn statement(dice: &mut Dice) -> Value {
    let names = [
        "111111111111",
        "arn:aws:iam::111111111111:user/a",
        "arn:aws:iam::111111111111:role/p/r",
        "arn:aws:sts::111111111111:assumed-role/r/s",
        "222222222222",
        "arn:aws:iam::222222222222:role/p/r",
        "arn:aws:iam::333333333333:root",
        "*",
    ];
    let principals = match dice.roll(10) {
        0 => json!("*"),
        1 => json!({"Service": dice.pick(&["ec2.amazonaws.com", "lambda.amazonaws.com"]), "AWS": "222222222222"}),
        2 => json!({"Federated": dice.pick(&["accounts.google.com", "arn:aws:iam::111111111111:oidc-provider/h"])}),
        3 => json!({"Federated": "arn:aws:iam::111111111111:saml-provider/c"}),
        _ => json!({"AWS": (0..1 + dice.roll(3)).map(|_| dice.pick(&names)).collect::<Vec<_>>()}),
    };
    let conditions = [
        json!({}),
        json!({}),
        json!({}),
        json!({"StringEquals": {"sts:ExternalId": "x"}}),
        json!({"StringNotEquals": {"sts:ExternalId": ["x", "y"]}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
        json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/ci-*"}}),
        json!({"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:user/*", "arn:aws:iam::*:role/ci-*"]}}),
        json!({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:user/a"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": ["111111111111", "333333333333"]}}),
        json!({"StringLike": {"aws:PrincipalAccount": "3*"}}),
        json!({"StringNotEquals": {"aws:PrincipalAccount": "222222222222"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "222222222222"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333333333333:*"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-a"}}),
        json!({"StringEquals": {"aws:PrincipalOrgID": ["o-a", "o-b"]}}),
        json!({"StringEquals": {"aws:PrincipalType": "User"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"StringLike": {"aws:username": "a*"}}),
    ];
    let actions =
        [json!("sts:AssumeRole"), json!("sts:*"), json!(["sts:AssumeRole", "sts:TagSession"]), json!("sts:AssumeRole*")];
    json!({
        "Effect": if dice.roll(4) == 0 { "Deny" } else { "Allow" },
        if dice.roll(8) == 0 { "NotPrincipal" } else { "Principal" }: principals,
        "Action": actions[dice.roll(actions.len())],
        "Condition": conditions[dice.roll(conditions.len())],
    })
}

/// Whether a caller obtains the role by a policy of its own that allows everything, or without; with a boundary that does, or without.
fn obtains(trust: &Document, caller: &Caller, action: &str, more: &Map<String, Value>, own: bool, bounded: bool) -> bool {
    let everything = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let documents = Documents {
        identity: if own { vec![everything.clone()] } else { Vec::new() },
        boundary: bounded.then_some(everything),
        session: None,
        resource: Some(trust.value().clone()),
        is_trust: true,
        scp: None,
        rcp: None,
    };
    let mut context = caller.keys.clone();
    context.insert("aws:resourceaccount".into(), json!(HOME));
    context.extend(more.clone());
    let ask = Ask {
        principal: caller.principal.clone(),
        action: action.to_owned(),
        resource: format!("arn:aws:iam::{HOME}:role/vault"),
        resource_account: HOME.to_owned(),
        context,
    };
    naive_eval::decide(&documents, &ask) == "allowed"
}

const HELD: [(bool, bool); 4] = [(true, false), (false, false), (true, true), (false, true)];

fn gains(less: &Document, more: &Document, caller: &Caller, action: &str, keys: &Map<String, Value>) -> bool {
    HELD.iter().any(|(own, bounded)| {
        obtains(more, caller, action, keys, *own, *bounded) && !obtains(less, caller, action, keys, *own, *bounded)
    })
}

/// Whether a class that is listed stands for a caller.
fn stands_for(class: &CallerClass, caller: &Caller) -> bool {
    let aws = caller.account().is_some();
    match class {
        CallerClass::Anyone => aws,
        CallerClass::Organisation(id) => caller.keys.get("aws:principalorgid") == Some(&json!(id)),
        CallerClass::Account(id) => caller.account() == Some(id),
        CallerClass::AnyService => caller.principal.ends_with(".amazonaws.com"),
        CallerClass::AnyProvider => !aws && !caller.principal.ends_with(".amazonaws.com"),
        CallerClass::One(name) => *name == caller.principal || (aws && caller.keys.get("aws:principalarn") == Some(&json!(name))),
    }
}

/// Callers that an example may be about, with the keys that it gives.
fn of_example(class: &CallerClass, example: &Example) -> Vec<Caller> {
    let given = |key: &str| {
        let found = example.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.and_then(|(_, value)| if let Key::Single(text) = value { Some(text.as_str()) } else { None })
    };
    let of_account = |account: &str| -> Vec<Caller> {
        let arn = given("aws:PrincipalArn");
        let mut all = Vec::new();
        if arn.is_none_or(|arn| arn.contains(":user/")) {
            let name = given("aws:username").unwrap_or("zz");
            all.push(Caller::user(arn.unwrap_or(&format!("arn:aws:iam::{account}:user/{name}"))));
        }
        if arn.is_none_or(|arn| arn.contains(":role/")) {
            all.push(Caller::session(arn.unwrap_or(&format!("arn:aws:iam::{account}:role/zz")), "zz"));
        }
        // Of the organisation of an account no document tells: it is as the example has it.
        for caller in &mut all {
            caller.keys.remove("aws:principalorgid");
            caller.keys.extend(given("aws:PrincipalOrgID").map(|id| ("aws:principalorgid".to_owned(), json!(id))));
        }
        all
    };
    let account = given("aws:PrincipalAccount").or(given("aws:PrincipalArn").and_then(|arn| arn.split(':').nth(4)));
    match class {
        CallerClass::Anyone => of_account(account.unwrap_or("555555555555")),
        CallerClass::Organisation(id) => {
            let mut all = of_account(account.unwrap_or("555555555555"));
            all.iter_mut().for_each(|caller| drop(caller.keys.insert("aws:principalorgid".into(), json!(id))));
            all
        }
        CallerClass::Account(id) => of_account(id),
        CallerClass::AnyService => vec![Caller::outsider("zz.amazonaws.com")],
        CallerClass::AnyProvider => {
            ["oidc", "saml"].map(|kind| Caller::outsider(&format!("arn:aws:iam::{HOME}:{kind}-provider/zz"))).into()
        }
        CallerClass::One(name) if name.contains(":role/") => vec![Caller::session(name, "zz")],
        CallerClass::One(name) if name.contains(":user/") => vec![Caller::user(name)],
        CallerClass::One(name) if name.contains(":assumed-role/") => {
            let role = given("aws:PrincipalArn").unwrap_or("arn:aws:iam::111111111111:role/p/r");
            vec![Caller::session(role, name.rsplit('/').next().unwrap())]
        }
        CallerClass::One(name) => vec![Caller::outsider(name)],
    }
}

/// An example can occur when a caller of its class, whose own keys are as the example says, gains by it.
fn can_occur(less: &Document, more: &Document, TrustGrant { caller, grant }: &TrustGrant) -> bool {
    let keys: Map<String, Value> = grant
        .example
        .context
        .iter()
        .map(|(key, value)| {
            (
                key.to_lowercase(),
                match value {
                    Key::Single(text) => json!(text),
                    Key::Many(list) => json!(list),
                },
            )
        })
        .collect();
    let named = |class: &CallerClass| matches!(class, CallerClass::One(name) if name.starts_with("arn:"));
    of_example(caller, &grant.example).into_iter().any(|mut one| {
        if named(caller) && one.account().is_some() {
            one.keys.remove("aws:principalorgid");
            one.keys.extend(keys.get("aws:principalorgid").map(|id| ("aws:principalorgid".to_owned(), id.clone())));
        }
        let action = &grant.example.action;
        let suits = *action == one.action() || !action.starts_with("sts:AssumeRole");
        // An organisation is the account's own affair; every other key of a principal is as the model has it.
        let agrees = keys.iter().all(|(key, value)| match one.keys.get(key) {
            Some(own) => key == "aws:principalorgid" || own == value,
            None => key == "aws:principalorgid" || !key.starts_with("aws:principal"),
        });
        let obtained = || HELD.iter().any(|(own, bounded)| obtains(more, &one, one.action(), &keys, *own, *bounded));
        suits && agrees && gains(less, more, &one, action, &keys) && obtained()
    })
}

fn diff(before: &Document, after: &Document) -> TrustDiff {
    compare_trust(Some(before), Some(after), &AccountId::parse(HOME).unwrap(), Options { names: false, ..Options::default() })
}

#[test]
fn every_caller_that_gains_is_listed_and_every_one_listed_can_occur() {
    let callers = everybody();
    let mut contexts: Vec<Map<String, Value>> = Vec::new();
    for id in [None, Some("x"), Some("z")] {
        for mfa in [None, Some("true")] {
            let keys = [("sts:externalid", id), ("aws:multifactorauthpresent", mfa)];
            contexts.push(keys.into_iter().filter_map(|(key, v)| v.map(|v| (key.to_owned(), json!(v)))).collect());
        }
    }
    let mut dice = Dice(0x7275_7374);
    let (mut undecided, mut listed, all) = (0, 0, cases(60));
    for _ in 0..all {
        let (before, after) = (trust(&mut dice), trust(&mut dice));
        let diff = diff(&before, &after);
        let shown = || format!("{}\n{}\n{diff:#?}", before.to_compact(), after.to_compact());
        listed += diff.gained.len() + diff.lost.len();
        undecided += usize::from(diff.verdict() == Verdict::Undecided);
        for (grants, less, more, open) in
            [(&diff.gained, &before, &after, &diff.reason), (&diff.lost, &after, &before, &diff.lost_reason)]
        {
            for grant in grants {
                assert!(can_occur(less, more, grant), "cannot occur: {grant:#?}\n{}", shown());
            }
            for caller in &callers {
                let found = contexts.iter().find(|keys| gains(less, more, caller, caller.action(), keys));
                let known = grants.iter().any(|grant| stands_for(&grant.caller, caller));
                assert!(found.is_none() || known || open.is_some(), "not listed: {caller:?} with {found:?}\n{}", shown());
            }
        }
    }
    println!("{all} pairs: {listed} callers listed, {undecided} undecided");
    assert!(undecided * 4 <= all, "{undecided} of {all} are undecided");
}
