//! What a workload needs of its role, read off the template that would make such a role.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue;
use crate::model::{Desired, PolicyRef, WantRole};
use crate::policy::Document;

/// The most known actions that a pattern is spelt out into; a wider one is asked for as it is written.
const SPELT_OUT: usize = 100;
/// The most combinations of condition values that are asked for.
const COMBINATIONS: usize = 16;

/// What a workload needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Need {
    /// The template's name, or `hyperpod-cli`.
    pub name: String,
    /// The values of the template's parameters that were given, in the order of their names.
    pub with: BTreeMap<String, Vec<String>>,
    /// Permissions.
    pub statements: Vec<NeedStatement>,
    /// Who must be able to assume the role; none for what a caller needs.
    pub trust: Vec<NeedTrust>,
    /// The trust that the template would write.
    pub trust_document: Option<Document>,
    /// What the template grants in a way that cannot be asked for one by one.
    pub unclear: Vec<String>,
}

/// Permissions that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeedStatement {
    /// Actions as the template writes them.
    pub actions: Vec<String>,
    /// ARN patterns, or `*`.
    pub resources: Vec<String>,
    /// The statement's `Condition`.
    pub condition: Option<Value>,
}

/// A principal that must be able to assume the role.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedTrust {
    /// `Service`, `AWS` or `Federated`.
    pub kind: String,
    /// The principal.
    pub principal: String,
    /// `sts:AssumeRole` and the like.
    pub actions: Vec<String>,
    /// The statement's `Condition`.
    pub condition: Option<Value>,
}

/// Condition keys with the values that a request of the workload has.
pub type Keys = Vec<(String, String)>;

impl Need {
    /// What the role of a template needs.
    pub fn of_role(template: &str, role: &WantRole, desired: &Desired) -> Self {
        let mut need = Self { name: template.to_owned(), trust_document: Some(role.trust.clone()), ..Self::default() };
        for (policy, _) in &role.managed_policies {
            match policy {
                PolicyRef::Declared(name) => {
                    if let Some(policy) = desired.policies.get(name) {
                        need.add(&policy.document);
                    }
                }
                PolicyRef::Arn(arn) => match crate::aws_policies::document(arn) {
                    Some(document) => need.add(&document),
                    None => need.unclear.push(format!("the policy `{arn}`, whose document is not known here")),
                },
            }
        }
        role.inline_policies.values().for_each(|document| need.add(document));
        need.add_trust(&role.trust);
        need
    }

    /// What the caller of the HyperPod CLI needs to connect to a cluster (sagemaker-role-types, `hyperpod_connect`).
    pub fn hyperpod_cli(partition: &str, account: &str) -> Self {
        let statement = |service: &str, actions: &[&str]| NeedStatement {
            actions: actions.iter().map(|a| format!("{service}:{a}")).collect(),
            resources: vec![format!("arn:{partition}:{service}:*:{account}:cluster/*")],
            condition: None,
        };
        let statements =
            vec![statement("sagemaker", &["DescribeCluster"]), statement("eks", &["DescribeCluster", "AccessKubernetesApi"])];
        Self { name: HYPERPOD_CLI.to_owned(), statements, ..Self::default() }
    }

    /// A document's Allow statements are needs; its Deny statements are the template's own caution.
    fn add(&mut self, document: &Document) {
        for statement in document.statements().iter().filter(|s| is_allow(s)) {
            let actions = texts(statement.get("Action"));
            let resources = texts(statement.get("Resource"));
            if actions.is_empty() || resources.is_empty() {
                self.unclear.push("a statement with `NotAction` or `NotResource`".to_owned());
                continue;
            }
            self.statements.push(NeedStatement { actions, resources, condition: condition(statement) });
        }
    }

    fn add_trust(&mut self, document: &Document) {
        for (index, statement) in document.statements().iter().enumerate().filter(|(_, s)| is_allow(s)) {
            let principals = document.principals().filter(|p| p.statement == index && !p.negated);
            self.trust.extend(principals.map(|p| NeedTrust {
                kind: p.kind.to_owned(),
                principal: p.value.to_owned(),
                actions: texts(statement.get("Action")),
                condition: condition(statement),
            }));
        }
    }

    /// Every needed action as the template writes it, sorted, each once.
    pub fn required_actions(&self) -> Vec<String> {
        let mut all: Vec<String> = self.statements.iter().flat_map(|s| s.actions.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// What stands for the caller's side of HyperPod in `--for`.
pub const HYPERPOD_CLI: &str = "hyperpod-cli";

impl NeedStatement {
    /// The actions by name: patterns are spelt out as far as the known actions go.
    pub fn single_actions(&self) -> Vec<String> {
        let mut all = Vec::new();
        for action in &self.actions {
            let known = if action.contains(['*', '?']) { catalogue::expand(action) } else { Vec::new() };
            if known.is_empty() || known.len() > SPELT_OUT {
                all.push(action.clone());
            } else {
                all.extend(known.iter().map(|a| a.full_name()));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|action| seen.insert(action.to_lowercase()));
        all
    }
}

/// The requests that a `Condition` speaks of: one for each combination of the values of keys that must equal something.
/// Other tests say nothing about what the request holds.
pub fn requests(condition: Option<&Value>) -> Vec<Keys> {
    let mut all: Vec<Keys> = vec![Vec::new()];
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    for (operator, tests) in operators {
        let base = operator.to_ascii_lowercase();
        let equals = ["stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "bool", "numericequals"];
        if !equals.contains(&base.trim_start_matches("foranyvalue:").trim_end_matches("ifexists")) {
            continue;
        }
        for (key, values) in tests.as_object().into_iter().flatten() {
            let values = texts(Some(values));
            let longer: Vec<Keys> = all
                .iter()
                .flat_map(|keys| {
                    values.iter().map(move |value| {
                        let mut keys = keys.clone();
                        keys.push((key.clone(), value.clone()));
                        keys
                    })
                })
                .take(COMBINATIONS)
                .collect();
            if !longer.is_empty() {
                all = longer;
            }
        }
    }
    all
}

fn is_allow(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
}

fn condition(statement: &Value) -> Option<Value> {
    statement.get("Condition").filter(|c| c.as_object().is_some_and(|c| !c.is_empty())).cloned()
}

/// One text or a list of them.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_condition_is_read_as_the_requests_that_meet_it() {
        assert_eq!(requests(None), [Keys::new()]);
        let one = json!({"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}});
        assert_eq!(requests(Some(&one)), [vec![("iam:PassedToService".to_owned(), "sagemaker.amazonaws.com".to_owned())]]);
        let two = json!({"StringEquals": {"a:b": ["1", "2"]}, "StringNotEquals": {"c:d": "x"}, "Bool": {"e:f": true}});
        let texts: Vec<String> = requests(Some(&two)).iter().map(|keys| format!("{keys:?}")).collect();
        assert_eq!(texts, [r#"[("a:b", "1"), ("e:f", "true")]"#, r#"[("a:b", "2"), ("e:f", "true")]"#]);
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(requests(Some(&json!({"StringEquals": {"a:b": many, "c:d": many}}))).len(), COMBINATIONS);
    }

    #[test]
    fn patterns_are_spelt_out_as_far_as_actions_are_known() {
        let of =
            |actions: &[&str]| NeedStatement { actions: actions.iter().map(|a| (*a).to_owned()).collect(), ..Default::default() };
        let spelt = of(&["sagemaker-mlflow:Search*", "sagemaker-mlflow:SearchRuns", "s3:*", "new:Get*"]).single_actions();
        assert!(spelt.contains(&"sagemaker-mlflow:SearchRuns".to_owned()), "{spelt:?}");
        assert!(spelt.ends_with(&["s3:*".to_owned(), "new:Get*".to_owned()]), "{spelt:?}");
        assert_eq!(spelt.iter().filter(|a| *a == "sagemaker-mlflow:SearchRuns").count(), 1);
    }

    #[test]
    fn hyperpod_asks_the_caller_for_three_actions() {
        let need = Need::hyperpod_cli("aws-cn", "123456789012");
        assert_eq!(need.required_actions(), ["eks:AccessKubernetesApi", "eks:DescribeCluster", "sagemaker:DescribeCluster"]);
        assert_eq!(need.statements[0].resources, ["arn:aws-cn:sagemaker:*:123456789012:cluster/*"]);
    }
}
