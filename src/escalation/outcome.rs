//! What a request that changes permissions leads to. Its own keys decide that: which policy it attaches, whose boundary it sets or leaves in
//! force (Service Authorization Reference, IAM; IAM User Guide, "Controlling access to policies" and "Delegating responsibility to others
//! using permissions boundaries").

use crate::policy::caller::Caller;
use crate::policy::eval::{Context, PolicySet, Possible, possible};

/// AWS managed policies that let whoever holds them give itself any permission. `tests/core/lint/managed.rs` holds the list against the rules.
pub const STRONG_POLICIES: &[&str] =
    &["AdministratorAccess", "IAMFullAccess", "AdministratorAccess-Amplify", "service-role/AWSCodeStarServiceRole"];

/// The policy that the request attaches.
pub const POLICY: &str = "iam:policyarn";
/// The boundary that the request sets, or that of the role or user that it is about.
pub const BOUNDARY: &str = "iam:permissionsboundary";

/// Actions that attach a managed policy.
const ATTACHES: [&str; 3] = ["iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy"];
/// Actions that give a role or user more, within its boundary.
const WITHIN_BOUNDARY: [&str; 4] = ["iam:attachrolepolicy", "iam:attachuserpolicy", "iam:putrolepolicy", "iam:putuserpolicy"];
/// Actions that set a boundary.
const SETS_BOUNDARY: [&str; 2] = ["iam:putrolepermissionsboundary", "iam:putuserpermissionsboundary"];

/// Actions that decide what a policy of the account says.
const WRITES_POLICY: [&str; 2] = ["iam:CreatePolicy", "iam:CreatePolicyVersion"];

/// How far a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To any permission, with what is asked for.
    Any(Possible),
    /// To what the policies and boundaries allow that its conditions name.
    Limited,
}

/// Who asks, with what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Its policies.
    pub policies: &'a PolicySet,
    /// Who it is.
    pub caller: &'a Caller,
    /// The day, `2027-01-31`.
    pub today: &'a str,
}

/// What a request for this leads to at most. `keys`: what is known of the thing that it is about. `attachable`: the policies that conditions
/// name; one that the principal may write itself counts as strong.
pub fn outcome(
    asker: Asker<'_>,
    (action, resource, keys): (&str, &str, &Context),
    attachable: impl Fn() -> Vec<String>,
) -> Outcome {
    let ask = |action: &str, resource: &str, keys: &Context| {
        possible(asker.policies, &asker.caller.request(action, resource, keys), asker.today)
    };
    let plain = ask(action, resource, keys);
    let Possible::When(witness) = &plain else { return Outcome::Any(plain) };
    // A role or user may be without a boundary; the other keys are there in each such request.
    let is_open = |key: &str| keys.get(key).is_none() && !keys.is_absent(key);
    let matters = |key: &&str| decides(action, key) && (is_sent(action, key) || witness.keys.contains(*key));
    let limits: Vec<&str> = [POLICY, BOUNDARY].into_iter().filter(|key| is_open(key)).filter(matters).collect();
    if limits.is_empty() {
        return Outcome::Any(plain);
    }
    let partition = resource.split(':').nth(1).filter(|partition| !partition.contains('*')).unwrap_or("aws");
    let strong = |name: &str| format!("arn:{partition}:iam::aws:policy/{name}");
    let mut requests = vec![keys.clone()];
    for limit in &limits {
        let mut all = Vec::new();
        for request in &requests {
            let mut with = |value: Option<String>| {
                let mut keys = request.clone();
                match value {
                    Some(value) => keys.set(limit, value),
                    None => keys.set_absent(limit),
                }
                all.push(keys);
            };
            if *limit == POLICY {
                STRONG_POLICIES.iter().for_each(|name| with(Some(strong(name))));
                let writes = |arn: &String| WRITES_POLICY.iter().any(|action| ask(action, arn, &Context::new()).is_yes());
                attachable().into_iter().filter(writes).for_each(|arn| with(Some(arn)));
            } else {
                with(Some(strong("AdministratorAccess")));
                if !is_sent(action, limit) {
                    with(None);
                }
            }
        }
        requests = all;
    }
    let mut answers = requests.iter().map(|keys| ask(action, resource, keys));
    answers.find(|answer| *answer != Possible::Never).map_or(Outcome::Limited, Outcome::Any)
}

/// Whether each request of an action that a key decides has the key.
fn is_sent(action: &str, key: &str) -> bool {
    key == POLICY || SETS_BOUNDARY.contains(&action.to_ascii_lowercase().as_str())
}

/// Whether a key says what an action leads to.
fn decides(action: &str, key: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let is = |list: &[&str]| list.contains(&action.as_str());
    match key {
        POLICY => is(&ATTACHES),
        _ => is(&WITHIN_BOUNDARY) || is(&SETS_BOUNDARY),
    }
}
