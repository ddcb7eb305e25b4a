//! Decisions against the second evaluator, and laws that hold for every decision.

use iamctl::policy::Document;
use iamctl::policy::eval::{
    Context, Effect, Named, PolicyKind, PolicySet, Principal, Request, ScpLevel, Value as Key, decide, decide_strictly,
};
use serde_json::{Value, json};

use super::bytes::Bytes;
use super::naive_eval::{self, Ask, Documents};
use super::policies::{ask, document, statement};

pub fn request(ask: &Ask) -> Request {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let key = |value: &Value| match value {
        Value::Array(list) => Key::Many(list.iter().map(text).collect()),
        one => Key::Single(text(one)),
    };
    let context: Context = ask.context.iter().map(|(name, value)| (name, key(value))).collect();
    let mut request = Request::new(Principal::parse(&ask.principal).unwrap(), ask.action.clone(), ask.resource.clone());
    request.resource_account = Some(ask.resource_account.clone());
    request.context = context;
    request
}

fn compiled(documents: &Documents) -> PolicySet {
    let named = |value: &Value, kind| Named::new("p", &Document::new(value.clone()), kind);
    let limit = |value: &Option<Value>| value.as_ref().map(|value| vec![named(value, PolicyKind::Identity)]);
    let levels = |levels: &Option<Vec<Value>>, kind| {
        let level = |value| ScpLevel { level: "l".into(), policies: vec![named(value, kind)] };
        levels.as_ref().map(|levels| levels.iter().map(level).collect())
    };
    let kind = if documents.is_trust { PolicyKind::Trust } else { PolicyKind::Resource };
    PolicySet {
        identity: documents.identity.iter().map(|value| named(value, PolicyKind::Identity)).collect(),
        boundary: limit(&documents.boundary),
        session: limit(&documents.session),
        resource: documents.resource.as_ref().map(|value| named(value, kind)),
        resource_unknown: false,
        scp: levels(&documents.scp, PolicyKind::Scp),
        rcp: levels(&documents.rcp, PolicyKind::Rcp),
    }
}

pub fn evaluator(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let ask = ask(&mut bytes);
    let identity = (0..=bytes.below(2)).map(|_| document(&mut bytes, false)).collect();
    let mut perhaps = |principals: bool| bytes.once_in(3).then(|| document(&mut bytes, principals));
    let (boundary, session, resource) = (perhaps(false), perhaps(false), perhaps(true));
    let (scp, rcp) = (perhaps(false).map(|d| vec![d]), perhaps(true).map(|d| vec![d]));
    let is_trust = resource.is_some() && bytes.once_in(3);
    let more = statement(&mut bytes, false);
    let documents = Documents { identity, boundary, session, resource, is_trust, scp, rcp };
    let policies = compiled(&documents);
    let request = request(&ask);
    let decision = decide(&policies, &request);
    assert_eq!(decision.effect.word(), naive_eval::decide(&documents, &ask), "{documents:#?} {ask:#?} {decision:#?}");

    match decision.effect {
        Effect::ImplicitDeny => {
            assert!(decision.because.is_empty() && !decision.withheld_by.is_empty(), "{documents:#?} {ask:#?}")
        }
        Effect::ExplicitDeny => assert!(!decision.because.is_empty() && decision.withheld_by.is_empty()),
        Effect::Allow => assert!(decision.withheld_by.is_empty()),
        Effect::Unknown(_) => panic!("only a strict decision is unknown"),
    }
    match decide_strictly(&policies, &request).effect {
        Effect::Allow => assert!(decision.is_allowed()),
        Effect::ExplicitDeny => assert_eq!(decision.effect, Effect::ExplicitDeny),
        Effect::ImplicitDeny => assert!(!decision.is_allowed()),
        Effect::Unknown(keys) => assert!(!keys.is_empty()),
    }
    let with = |effect: &str| {
        let mut more = more.clone();
        more["Effect"] = json!(effect);
        let mut documents = documents.clone();
        documents.identity.push(json!({"Version": "2012-10-17", "Statement": more}));
        decide(&compiled(&documents), &request).is_allowed()
    };
    assert!(with("Allow") >= decision.is_allowed(), "an Allow more takes away");
    assert!(with("Deny") <= decision.is_allowed(), "a Deny more gives");
}
