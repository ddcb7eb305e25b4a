//! SimulatePrincipalPolicy and SimulateCustomPolicy: IAM's own answers. Reads only (iam-facts 6.8).

use std::net::IpAddr;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, Statement,
};

use super::call::{pages, read};
use super::{AwsAccount, Timing};
use crate::backend::simulate::{SimulateCase, Simulated, SimulatedAnswer, SimulatedDecision, SimulatedStatement};
use crate::backend::{BackendError, ErrorKind};
use crate::catalogue;
use crate::policy::context::Value;

/// Actions of one call: enough to need few calls, few enough for a page.
const ACTIONS: usize = 40;
/// The most questions (actions times resources) of one run. The simulator throttles early.
const MOST: usize = 4_000;
/// Emulators lack the calls; an account that has them answers within seconds or says that it is throttled.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Asks the cases one after the other, every page.
pub(super) async fn simulate(
    account: &AwsAccount,
    whose: &Simulated<'_>,
    cases: &[SimulateCase],
) -> Result<Vec<SimulatedAnswer>, BackendError> {
    let call = match whose {
        Simulated::Principal(_) => "SimulatePrincipalPolicy",
        Simulated::Documents(_) => "SimulateCustomPolicy",
    };
    let questions: usize = cases.iter().map(|c| c.actions.len().saturating_mul(c.resources.len())).sum();
    if questions > MOST {
        let message = format!("{questions} questions are more than the {MOST} that are asked of it");
        return Err(BackendError::new(ErrorKind::Unsupported, call, message));
    }
    let timing = Timing { window: account.timing.window.min(PATIENCE), ..account.timing };
    let mut answers = Vec::new();
    for case in cases {
        for actions in case.actions.chunks(ACTIONS) {
            let results = match whose {
                Simulated::Principal(arn) => of_principal(account, &timing, call, arn, case, actions).await?,
                Simulated::Documents(_) => of_documents(account, &timing, call, whose, case, actions).await?,
            };
            results.iter().for_each(|result| collect(result, &mut answers));
        }
    }
    Ok(answers)
}

async fn of_principal(
    account: &AwsAccount,
    timing: &Timing,
    call: &str,
    principal: &str,
    case: &SimulateCase,
    actions: &[String],
) -> Result<Vec<EvaluationResult>, BackendError> {
    let (context, iam) = (context(case), &account.iam);
    let fetch = |marker: Option<String>| {
        let context = context.clone();
        async move {
            read(timing, call, || {
                iam.simulate_principal_policy()
                    .policy_source_arn(principal)
                    .set_action_names(Some(actions.to_vec()))
                    .set_resource_arns(Some(case.resources.clone()))
                    .set_resource_owner(case.resource_owner.clone())
                    .set_context_entries(context.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await
        }
    };
    Ok(pages(call, fetch, |_| ()).await?.into_iter().flat_map(|page| page.evaluation_results.unwrap_or_default()).collect())
}

async fn of_documents(
    account: &AwsAccount,
    timing: &Timing,
    call: &str,
    whose: &Simulated<'_>,
    case: &SimulateCase,
    actions: &[String],
) -> Result<Vec<EvaluationResult>, BackendError> {
    let Simulated::Documents(documents) = whose else { return Ok(Vec::new()) };
    let policies: Vec<String> = documents.policies.iter().map(|(_, text)| text.clone()).collect();
    let boundary = documents.boundary.as_ref().map(|(_, text)| vec![text.clone()]);
    let (context, iam) = (context(case), &account.iam);
    let fetch = |marker: Option<String>| {
        let (context, policies, boundary) = (context.clone(), policies.clone(), boundary.clone());
        async move {
            read(timing, call, || {
                iam.simulate_custom_policy()
                    .set_policy_input_list(Some(policies.clone()))
                    .set_permissions_boundary_policy_input_list(boundary.clone())
                    .set_action_names(Some(actions.to_vec()))
                    .set_resource_arns(Some(case.resources.clone()))
                    .set_resource_owner(case.resource_owner.clone())
                    .set_context_entries(context.clone())
                    .set_marker(marker.clone())
                    .send()
            })
            .await
        }
    };
    let pages = pages(call, fetch, |_| ()).await?;
    Ok(pages.into_iter().flat_map(|page| page.evaluation_results.unwrap_or_default()).collect())
}

fn context(case: &SimulateCase) -> Option<Vec<ContextEntry>> {
    let entry = |(key, value): &(String, Value)| {
        let values = match value {
            Value::Single(one) => vec![one.clone()],
            Value::Many(list) => list.clone(),
        };
        let kind = kind(key, value, &values);
        ContextEntry::builder().context_key_name(key).set_context_key_values(Some(values)).context_key_type(kind).build()
    };
    // A key without a value is absent.
    let given = case.context.iter().filter(|(_, value)| !matches!(value, Value::Many(list) if list.is_empty()));
    Some(given.map(entry).collect::<Vec<_>>()).filter(|entries| !entries.is_empty())
}

/// The type that AWS gives the key, as long as the values are of it; else text. The key's own type says whether it is a list, and so
/// does a list of values.
fn kind(key: &str, value: &Value, values: &[String]) -> ContextKeyTypeEnum {
    use ContextKeyTypeEnum as Type;
    let known = catalogue::condition_key(key);
    let base = known.map_or("String", |k| k.kind.strip_prefix("ArrayOf").unwrap_or(k.kind));
    let all = |fits: &dyn Fn(&str) -> bool| values.iter().all(|value| fits(value));
    let (one, list) = match base {
        "Bool" if all(&|v| v == "true" || v == "false") => (Type::Boolean, Type::BooleanList),
        "Numeric" if all(&|v| v.parse::<f64>().is_ok()) => (Type::Numeric, Type::NumericList),
        "Date" if all(&|v| v.parse::<jiff::Timestamp>().is_ok()) => (Type::Date, Type::DateList),
        "IPAddress" if all(&|v| v.split('/').next().is_some_and(|v| v.parse::<IpAddr>().is_ok())) => (Type::Ip, Type::IpList),
        _ => (Type::String, Type::StringList),
    };
    let many = matches!(value, Value::Many(_)) || known.is_some_and(|k| k.is_multivalued());
    if many { list } else { one }
}

/// One answer for each resource; where the service gives none apart, the one of the action.
fn collect(result: &EvaluationResult, answers: &mut Vec<SimulatedAnswer>) {
    let action = result.eval_action_name().to_owned();
    let organization_allows = result.organizations_decision_detail().map(OrganizationsDecisionDetail::allowed_by_organizations);
    let bounded = result.permissions_boundary_decision_detail().map(allowed_by_boundary);
    let whole = result.eval_resource_name().unwrap_or("*");
    let apart = result.resource_specific_results();
    answers.extend(apart.iter().map(|one| SimulatedAnswer {
        action: action.clone(),
        resource: one.eval_resource_name().to_owned(),
        decision: decision(one.eval_resource_decision()),
        matched: one.matched_statements().iter().map(statement).collect(),
        boundary_allows: one.permissions_boundary_decision_detail().map(allowed_by_boundary).or(bounded),
        organization_allows,
        missing_context: one.missing_context_values().to_vec(),
    }));
    let told = whole == "*" && !apart.is_empty() || apart.iter().any(|one| one.eval_resource_name() == whole);
    if !told {
        answers.push(SimulatedAnswer {
            resource: whole.to_owned(),
            decision: decision(result.eval_decision()),
            matched: result.matched_statements().iter().map(statement).collect(),
            boundary_allows: bounded,
            organization_allows,
            missing_context: result.missing_context_values().to_vec(),
            action,
        });
    }
}

fn allowed_by_boundary(detail: &PermissionsBoundaryDecisionDetail) -> bool {
    detail.allowed_by_permissions_boundary()
}

fn statement(matched: &Statement) -> SimulatedStatement {
    SimulatedStatement {
        policy: matched.source_policy_id().unwrap_or_default().to_owned(),
        kind: matched.source_policy_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        start: matched.start_position().map(|at| (at.line(), at.column())),
    }
}

fn decision(word: &PolicyEvaluationDecisionType) -> Option<SimulatedDecision> {
    match word {
        PolicyEvaluationDecisionType::Allowed => Some(SimulatedDecision::Allowed),
        PolicyEvaluationDecisionType::ImplicitDeny => Some(SimulatedDecision::ImplicitDeny),
        PolicyEvaluationDecisionType::ExplicitDeny => Some(SimulatedDecision::ExplicitDeny),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_entries_have_the_types_of_their_keys() {
        let of = |key: &str, value: Value| {
            let case = SimulateCase { context: vec![(key.to_owned(), value)], ..SimulateCase::default() };
            context(&case).and_then(|entries| entries.first().and_then(|e| e.context_key_type().cloned()))
        };
        let one = |text: &str| Value::Single(text.to_owned());
        let many = |list: &[&str]| Value::Many(list.iter().map(|text| (*text).to_owned()).collect());
        use ContextKeyTypeEnum as Type;
        assert_eq!(of("aws:MultiFactorAuthPresent", one("true")), Some(Type::Boolean));
        assert_eq!(of("AWS:multifactorauthpresent", one("perhaps")), Some(Type::String));
        assert_eq!(of("aws:MultiFactorAuthAge", one("3600")), Some(Type::Numeric));
        assert_eq!(of("aws:CurrentTime", one("2026-01-01T00:00:00Z")), Some(Type::Date));
        assert_eq!(of("aws:SourceIp", one("203.0.113.7")), Some(Type::Ip));
        assert_eq!(of("aws:SourceIp", one("203.0.113.0/24")), Some(Type::Ip));
        assert_eq!(of("aws:TagKeys", one("a")), Some(Type::StringList));
        assert_eq!(of("aws:TagKeys", many(&["a", "b"])), Some(Type::StringList));
        assert_eq!(of("aws:RequestTag/team", one("ml")), Some(Type::String));
        assert_eq!(of("own:key", many(&["a"])), Some(Type::StringList));
        assert_eq!(of("aws:TagKeys", many(&[])), None, "a key without a value is absent");
    }
}
