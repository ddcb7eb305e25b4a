//! Whether those who must assume the role may.

use super::held::{hangs_on, statements};
use super::need::{NeedTrust, requests};
use super::{Answer, Outcome};
use crate::model::Seen;
use crate::policy::Document;
use crate::policy::eval::{self, Effect, Named, PolicyKind, PolicySet, Principal, Request};

/// One answer for each principal and action. Deny, Condition, `*`, NotPrincipal and the case of letters count as in IAM (iam-facts 6.7).
/// A condition on a key whose value nobody can know here (`aws:SourceArn`) leaves it open.
pub(super) fn ask(trust: &Seen<Document>, role_arn: &str, need: &NeedTrust) -> Vec<(String, Answer)> {
    let unknown = |why: &str| Answer::new(Outcome::Unknown, vec![why.to_owned()]);
    let answer = |action: &String| {
        let Some(document) = trust.value() else { return unknown("the trust policy was not read") };
        let principal = match need.kind.as_str() {
            "Service" => Some(Principal::Service(need.principal.clone())),
            "Federated" => Some(Principal::Federated(need.principal.clone())),
            _ => Principal::parse(&need.principal),
        };
        let Some(principal) = principal else { return unknown("the template trusts a principal that cannot be asked about") };
        let set =
            PolicySet { resource: Some(Named::new("the trust policy", document, PolicyKind::Trust)), ..PolicySet::default() };
        let worst = requests(need.condition.as_ref()).into_iter().map(|keys| {
            let mut request = Request::new(principal.clone(), action.as_str(), role_arn);
            keys.iter().for_each(|(key, value)| request.context.set(key, value.clone()));
            let decision = eval::decide_strictly(&set, &request);
            match &decision.effect {
                Effect::Allow => Answer::new(Outcome::Allowed, Vec::new()),
                Effect::ExplicitDeny => Answer::new(Outcome::ExplicitlyDenied, statements(&decision.because)),
                Effect::ImplicitDeny => Answer::new(Outcome::Denied, Vec::new()),
                Effect::Unknown(open) => Answer::new(Outcome::Unknown, vec![hangs_on(open)]),
            }
        });
        worst.max_by_key(|a| a.outcome).unwrap_or_else(|| unknown("nothing was asked"))
    };
    need.actions.iter().map(|action| (action.clone(), answer(action))).collect()
}
