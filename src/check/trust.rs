//! Whether those who must assume the role may.

use serde_json::Value as Json;

use super::held::{hangs_on, statements};
use super::need::{NeedTrust, requests};
use super::{Answer, Outcome};
use crate::model::Seen;
use crate::names::Arn;
use crate::policy::Document;
use crate::policy::ast::{Policy, WrittenTest};
use crate::policy::eval::{Context, Effect, Named, PolicyKind, Principal, Value};
use crate::policy::pattern::overlaps;
use crate::policy::trust::{Assumption, assume};

/// Templates whose jobs SageMaker starts with the job's own ARN in `aws:SourceArn` (Amazon SageMaker AI Developer Guide, "Cross-service
/// confused deputy prevention": inference, batch transform, pipelines, processing and training jobs). Of others it is not documented.
const WITH_SOURCE_ARN: [&str; 4] = ["sagemaker/pipeline", "sagemaker/serving", "sagemaker/training", "sagemaker/training-inline"];

const SOURCE_ARN: &str = "aws:sourcearn";

/// The ARN of a job that nobody names: what admits two that have nothing in common admits every job of the account.
fn nameless_jobs(role_arn: &str) -> Option<[String; 2]> {
    let arn = Arn::parse(role_arn)?;
    let job = |region: &str, resource: &str| format!("arn:{}:sagemaker:{region}:{}:{resource}", arn.partition, arn.account);
    Some([job("zz-zzzz-0", "zzzz/zzzz"), job("qq-qqqqq-9", "qqqqq/qqqqq")])
}

/// The trust without the statements that ask for a resource of another account or service in `aws:SourceArn`: no job of SageMaker here
/// meets them.
fn of_this_account(document: &Document, role_arn: &str) -> Option<Document> {
    let own = Arn::parse(role_arn)?;
    let never = |test: &WrittenTest| {
        // Field by field: a `*` does not reach over colons. What is no ARN is not judged.
        let elsewhere = |value: &String| {
            let fields = Arn::parse(value).filter(|_| !value.contains("${"));
            fields.is_some_and(|arn| {
                let fields =
                    [(&arn.partition, own.partition.as_str()), (&arn.service, "sagemaker"), (&arn.account, &own.account)];
                fields.into_iter().any(|(written, here)| !overlaps(written, here))
            })
        };
        test.key == SOURCE_ARN && test.is_positive() && test.values.iter().all(elsewhere)
    };
    let policy = Policy::read(document);
    let gone: Vec<usize> = policy.statements.iter().filter(|s| s.conditions.iter().any(never)).map(|s| s.index).collect();
    let mut value = document.value().clone();
    match value.get_mut("Statement") {
        Some(Json::Array(list)) => {
            let mut index = 0;
            list.retain(|_| {
                index += 1;
                !gone.contains(&(index - 1))
            });
        }
        Some(one) if !gone.is_empty() => *one = Json::Array(Vec::new()),
        _ => {}
    }
    Some(Document::new(value))
}

/// One answer for each principal and action. Deny, Condition, `*`, NotPrincipal and the case of letters count as in IAM (iam-facts 6.7).
/// A condition on a key whose value nobody can know here leaves it open; one on `aws:SourceArn` is met where it admits every job of the
/// account, and never where it admits none.
pub(super) fn ask(trust: &Seen<Document>, role_arn: &str, template: &str, need: &NeedTrust) -> Vec<(String, Answer)> {
    let unknown = |why: &str| Answer::new(Outcome::Unknown, vec![why.to_owned()]);
    let answer = |action: &String| {
        let Some(document) = trust.value() else { return unknown("the trust policy was not read") };
        let principal = match need.kind.as_str() {
            "Service" => Some(Principal::Service(need.principal.clone())),
            "Federated" => Some(Principal::Federated(need.principal.clone())),
            _ => Principal::parse(&need.principal),
        };
        let Some(principal) = principal else { return unknown("the template trusts a principal that cannot be asked about") };
        let sends_arn = WITH_SOURCE_ARN.contains(&template) && need.principal == "sagemaker.amazonaws.com";
        let possible = if sends_arn { of_this_account(document, role_arn) } else { None };
        let trust = Named::new("the trust policy", possible.as_ref().unwrap_or(document), PolicyKind::Trust);
        let worst = requests(need.condition.as_ref()).into_iter().map(|keys| {
            let context: Context = keys.into_iter().map(|(key, value)| (key, Value::Single(value))).collect();
            let attempt = Assumption { caller: principal.clone(), action: action.clone(), role: role_arn.to_owned(), context };
            let decision = assume(&trust, &attempt, true);
            let admits = |job: String| {
                let mut attempt = attempt.clone();
                attempt.context.insert(SOURCE_ARN, Value::Single(job));
                assume(&trust, &attempt, true).effect == Effect::Allow
            };
            match &decision.effect {
                Effect::Unknown(_) if sends_arn && nameless_jobs(role_arn).is_some_and(|jobs| jobs.into_iter().all(admits)) => {
                    Answer::new(Outcome::Allowed, Vec::new())
                }
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
