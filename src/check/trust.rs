//! Whether those who must assume the role may.

use super::held::{hangs_on, statements};
use super::need::{NeedTrust, requests};
use super::{Answer, Outcome};
use crate::model::Seen;
use crate::policy::Document;
use crate::policy::eval::{Context, Effect, Named, PolicyKind, Principal, Value};
use crate::policy::trust::{Assumption, assume};

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
        let trust = Named::new("the trust policy", document, PolicyKind::Trust);
        let worst = requests(need.condition.as_ref()).into_iter().map(|keys| {
            let context: Context = keys.into_iter().map(|(key, value)| (key, Value::Single(value))).collect();
            let attempt = Assumption { caller: principal.clone(), action: action.clone(), role: role_arn.to_owned(), context };
            let decision = assume(&trust, &attempt, true);
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
