//! SimulatePrincipalPolicy: IAM's own answer for a live principal. Reads only (iam-facts 6.8).

use aws_sdk_iam::operation::simulate_principal_policy::SimulatePrincipalPolicyOutput;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};

use super::call::{pages, read};
use super::{AwsAccount, Timing};
use crate::backend::simulate::{SimulateCase, Simulated, SimulatedAnswer};
use crate::backend::{BackendError, ErrorKind};

const CALL: &str = "SimulatePrincipalPolicy";
/// Actions of one call: enough to need few calls, few enough for a page.
const ACTIONS: usize = 40;
/// The most questions (actions times resources) of one run. The simulator throttles early.
const MOST: usize = 4_000;
/// Emulators lack the call; an account that has it answers within seconds or says that it is throttled.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Asks the cases one after the other, every page.
pub(super) async fn simulate(
    account: &AwsAccount,
    principal: &str,
    cases: &[SimulateCase],
) -> Result<Vec<SimulatedAnswer>, BackendError> {
    let questions: usize = cases.iter().map(|c| c.actions.len().saturating_mul(c.resources.len())).sum();
    if questions > MOST {
        let message = format!("{questions} questions are more than the {MOST} that are asked of it");
        return Err(BackendError::new(ErrorKind::Unsupported, CALL, message));
    }
    let timing = Timing { window: account.timing.window.min(PATIENCE), ..account.timing };
    let mut answers = Vec::new();
    for case in cases {
        let context = context(case);
        for actions in case.actions.chunks(ACTIONS) {
            let fetch = |marker: Option<String>| {
                let (context, iam, timing) = (context.clone(), &account.iam, &timing);
                async move {
                    read(timing, CALL, || {
                        iam.simulate_principal_policy()
                            .policy_source_arn(principal)
                            .set_action_names(Some(actions.to_vec()))
                            .set_resource_arns(Some(case.resources.clone()))
                            .set_context_entries(Some(context.clone()).filter(|c| !c.is_empty()))
                            .set_marker(marker.clone())
                            .send()
                    })
                    .await
                }
            };
            let found = pages(CALL, fetch, |_| ()).await?;
            found.iter().for_each(|page| collect(page, &mut answers));
        }
    }
    Ok(answers)
}

fn context(case: &SimulateCase) -> Vec<ContextEntry> {
    let entry = |(key, values): &(String, Vec<String>)| {
        let kind = if values.len() == 1 { ContextKeyTypeEnum::String } else { ContextKeyTypeEnum::StringList };
        ContextEntry::builder().context_key_name(key).set_context_key_values(Some(values.clone())).context_key_type(kind).build()
    };
    case.context.iter().map(entry).collect()
}

/// One answer for each resource; where the service gives none apart, the one of the action.
fn collect(page: &SimulatePrincipalPolicyOutput, answers: &mut Vec<SimulatedAnswer>) {
    for result in page.evaluation_results() {
        let action = result.eval_action_name().to_owned();
        if result.resource_specific_results().is_empty() {
            answers.push(SimulatedAnswer {
                action,
                resource: result.eval_resource_name().unwrap_or("*").to_owned(),
                decision: decision(result.eval_decision()),
                missing_context: result.missing_context_values().to_vec(),
            });
            continue;
        }
        answers.extend(result.resource_specific_results().iter().map(|one| SimulatedAnswer {
            action: action.clone(),
            resource: one.eval_resource_name().to_owned(),
            decision: decision(one.eval_resource_decision()),
            missing_context: one.missing_context_values().to_vec(),
        }));
    }
}

fn decision(word: &PolicyEvaluationDecisionType) -> Option<Simulated> {
    match word {
        PolicyEvaluationDecisionType::Allowed => Some(Simulated::Allowed),
        PolicyEvaluationDecisionType::ImplicitDeny => Some(Simulated::ImplicitDeny),
        PolicyEvaluationDecisionType::ExplicitDeny => Some(Simulated::ExplicitDeny),
        _ => None,
    }
}
