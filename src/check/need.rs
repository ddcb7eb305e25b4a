//! What a workload needs of its role, read off the template that would make such a role.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::catalogue;
use crate::model::{Desired, PolicyRef, WantRole};
use crate::policy::Document;
use crate::policy::access::can_name;

/// The most known actions that a pattern is spelt out into; a wider one is asked for as it is written.
const SPELT_OUT: usize = 100;
/// The most combinations of condition values that are asked for.
const COMBINATIONS: usize = 16;

/// What a workload needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Need {
    /// The template's name, or `hyperpod-cli`.
    pub name: String,
    /// The name of the template's roles that get none of their own; none for what a caller needs.
    pub default_name: Option<String>,
    /// The values of the template's parameters that were given, in the order of their names.
    pub with: BTreeMap<String, Vec<String>>,
    /// Permissions. Each action of a statement occurs with each of its resources.
    pub statements: Vec<NeedStatement>,
    /// Who must be able to assume the role; none for what a caller needs.
    pub trust: Vec<NeedTrust>,
    /// The trust that the template would write.
    pub trust_document: Option<Document>,
    /// What not every workload needs.
    pub features: Vec<Feature>,
    /// What the template grants in a way that cannot be asked for one by one.
    pub unclear: Vec<String>,
    /// Actions that the template grants on resources which no request of theirs can name.
    pub idle: BTreeSet<String>,
}

/// Permissions that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeedStatement {
    /// Actions by name; a pattern only where no action of that name is known, or too many are.
    pub actions: Vec<String>,
    /// ARN patterns, or `*`.
    pub resources: Vec<String>,
    /// The statement's `Condition`.
    pub condition: Option<Value>,
    /// The feature that needs it; none where every workload does.
    pub feature: Option<String>,
    /// What its resources stand for.
    pub scope: Scope,
}

/// What the resources of a need stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// As they are written: a pattern stands for the one that the workload uses, `*` alone for every one.
    #[default]
    Written,
    /// Whatever the workload uses: the parameter of this name, which was left out, would say.
    Open(String),
    /// Every one: `*` was asked for.
    Every,
    /// One whose ARN does not follow from its name. The words say how to name it.
    One(String),
}

/// Something that not every workload of a template needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name, as `--need` takes it.
    pub name: String,
    /// What it is for, as the end of "needed for …".
    pub about: String,
    /// Its actions, as patterns.
    pub actions: Vec<String>,
    /// Whether it was asked for.
    pub wanted: bool,
}

/// A parameter that stands for everything. The template is filled with a name in its place, so that it is seen which resources come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Everything {
    /// The parameter.
    pub parameter: String,
    /// The name in its place.
    pub stand_in: &'static str,
    /// Whether `*` was asked for; else the parameter was left out.
    pub given: bool,
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
    /// What the role of a template needs. `open`: the parameters in whose place a name was put.
    pub fn of_role(template: &str, role: &WantRole, desired: &Desired, features: Vec<Feature>, open: &[Everything]) -> Self {
        let trust_document = Some(role.trust.clone());
        let mut need = Self { name: template.to_owned(), trust_document, features, ..Self::default() };
        for (policy, _) in &role.managed_policies {
            match policy {
                PolicyRef::Declared(name) => {
                    if let Some(policy) = desired.policies.get(name) {
                        need.add(&policy.document, open);
                    }
                }
                PolicyRef::Arn(arn) => match crate::aws_policies::document(arn) {
                    Some(document) => need.add(&document, open),
                    None => need.unclear.push(format!("the policy `{arn}`, whose document is not known here")),
                },
            }
        }
        role.inline_policies.values().for_each(|document| need.add(document, open));
        need.add_trust(&role.trust);
        // An action that is granted in a useless way here may be granted in a useful one elsewhere.
        let statements = &need.statements;
        need.idle.retain(|action| !statements.iter().any(|s| s.actions.contains(action)));
        need
    }

    /// What the caller of the HyperPod CLI needs to connect to a cluster (sagemaker-role-types, `hyperpod_connect`). The ARN of a HyperPod
    /// cluster ends in its id, not its name, and its EKS cluster has a name of its own, so a name says nothing certain about either.
    pub fn hyperpod_cli(partition: &str, account: &str, with: BTreeMap<String, Vec<String>>) -> Self {
        let cluster = with.get("cluster").and_then(|values| values.first());
        let eks = with.get("eks_cluster").and_then(|values| values.first());
        let arn = |service: &str, name: &str| format!("arn:{partition}:{service}:*:{account}:cluster/{name}");
        let (resource, scope) = match cluster {
            None => (arn("sagemaker", "*"), Scope::Written),
            Some(given) if given.starts_with("arn:") => (given.clone(), Scope::Written),
            Some(name) => {
                let hint = format!("the ARN of `{name}` ends in its id: pass `--with cluster=ARN`");
                (arn("sagemaker", "*"), Scope::One(hint))
            }
        };
        let (eks_resource, eks_scope) = match (eks, cluster) {
            (Some(given), _) if given.starts_with("arn:") => (given.clone(), Scope::Written),
            (Some(name), _) => (arn("eks", name), Scope::Written),
            (None, Some(name)) => {
                let hint = format!("which EKS cluster is behind `{name}` is not known: pass `--with eks_cluster=NAME`");
                (arn("eks", "*"), Scope::One(hint))
            }
            (None, None) => (arn("eks", "*"), Scope::Written),
        };
        let statement = |actions: &[&str], resource: String, scope: Scope| NeedStatement {
            actions: actions.iter().map(|a| (*a).to_owned()).collect(),
            resources: vec![resource],
            scope,
            ..NeedStatement::default()
        };
        let statements = vec![
            statement(&["sagemaker:DescribeCluster"], resource, scope),
            statement(&["eks:DescribeCluster", "eks:AccessKubernetesApi"], eks_resource, eks_scope),
        ];
        Self { name: HYPERPOD_CLI.to_owned(), with, statements, ..Self::default() }
    }

    /// A document's Allow statements are needs; its Deny statements are the template's own caution.
    fn add(&mut self, document: &Document, open: &[Everything]) {
        for statement in document.statements().iter().filter(|s| is_allow(s)) {
            let actions = texts(statement.get("Action"));
            let resources = texts(statement.get("Resource"));
            if actions.is_empty() || resources.is_empty() {
                self.unclear.push("a statement with `NotAction` or `NotResource`".to_owned());
                continue;
            }
            self.add_pairs(&actions, &resources, condition(statement).as_ref(), open);
        }
    }

    /// The pairs of action and resource that occur, as statements in which each action goes with each resource.
    fn add_pairs(&mut self, actions: &[String], resources: &[String], condition: Option<&Value>, open: &[Everything]) {
        let stand_in = |resource: &str| open.iter().find(|one| resource.contains(one.stand_in));
        let mut found: Vec<NeedStatement> = Vec::new();
        for action in single_actions(actions) {
            let known = catalogue::action(&action);
            let fits = |resource: &&String| known.is_none_or(|action| can_name(action, resource));
            let named: Vec<&String> = resources.iter().filter(fits).collect();
            if named.is_empty() {
                self.idle.insert(action.clone());
            }
            let feature = self.feature_of(&action);
            let (by_name, by_stand_in): (Vec<&String>, Vec<&String>) = named.into_iter().partition(|r| stand_in(r).is_none());
            for (list, of) in [(&by_name, None), (&by_stand_in, by_stand_in.first().and_then(|r| stand_in(r)))] {
                let scope = match of {
                    None => Scope::Written,
                    Some(one) if one.given => Scope::Every,
                    Some(one) => Scope::Open(one.parameter.clone()),
                };
                let resources: Vec<String> = match of {
                    None => list.iter().map(|r| (*r).clone()).collect(),
                    Some(one) => list.iter().map(|r| r.replace(one.stand_in, "*")).collect(),
                };
                if resources.is_empty() {
                    continue;
                }
                match found.iter_mut().find(|s| s.resources == resources && s.feature == feature && s.scope == scope) {
                    Some(statement) => statement.actions.push(action.clone()),
                    None => found.push(NeedStatement {
                        actions: vec![action.clone()],
                        resources,
                        condition: condition.cloned(),
                        feature: feature.clone(),
                        scope,
                    }),
                }
            }
        }
        self.statements.extend(found);
    }

    /// The feature that an action belongs to, unless it was asked for.
    fn feature_of(&self, action: &str) -> Option<String> {
        let is_of = |feature: &&Feature| feature.actions.iter().any(|p| crate::policy::pattern::matches_ignoring_case(p, action));
        self.features.iter().find(is_of).filter(|feature| !feature.wanted).map(|feature| feature.name.clone())
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

    /// Every action that each workload needs, sorted, each once.
    pub fn required_actions(&self) -> Vec<String> {
        self.actions_of(None)
    }

    /// The actions of a feature, or those that are always needed, sorted, each once.
    pub fn actions_of(&self, feature: Option<&str>) -> Vec<String> {
        let of = self.statements.iter().filter(|s| s.feature.as_deref() == feature);
        of.flat_map(|s| s.actions.iter().cloned()).collect::<BTreeSet<String>>().into_iter().collect()
    }
}

/// What stands for the caller's side of HyperPod in `--for`.
pub const HYPERPOD_CLI: &str = "hyperpod-cli";

/// The actions by name: patterns are spelt out as far as the known actions go.
fn single_actions(actions: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for action in actions {
        let known = if action.contains(['*', '?']) { catalogue::expand(action) } else { Vec::new() };
        if known.is_empty() || known.len() > SPELT_OUT {
            all.push(action.clone());
        } else {
            all.extend(known.iter().map(|a| a.full_name()));
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|action| seen.insert(action.to_lowercase()));
    all
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

    fn own(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn patterns_are_spelt_out_as_far_as_actions_are_known() {
        let spelt = single_actions(&own(&["sagemaker-mlflow:Search*", "sagemaker-mlflow:SearchRuns", "s3:*", "new:Get*"]));
        assert!(spelt.contains(&"sagemaker-mlflow:SearchRuns".to_owned()), "{spelt:?}");
        assert!(spelt.ends_with(&["s3:*".to_owned(), "new:Get*".to_owned()]), "{spelt:?}");
        assert_eq!(spelt.iter().filter(|a| *a == "sagemaker-mlflow:SearchRuns").count(), 1);
    }

    #[test]
    fn hyperpod_asks_the_caller_for_three_actions() {
        let need = Need::hyperpod_cli("aws-cn", "123456789012", BTreeMap::new());
        assert_eq!(need.required_actions(), ["eks:AccessKubernetesApi", "eks:DescribeCluster", "sagemaker:DescribeCluster"]);
        assert_eq!(need.statements[0].resources, ["arn:aws-cn:sagemaker:*:123456789012:cluster/*"]);
    }

    #[test]
    fn an_action_goes_with_the_resources_that_a_request_of_it_can_name() {
        let pairs = |actions: &[&str], resources: &[&str]| {
            let mut need = Need::default();
            need.add_pairs(&own(actions), &own(resources), None, &[]);
            let of =
                |s: &NeedStatement| s.actions.iter().map(|a| format!("{a} on {}", s.resources.join(" "))).collect::<Vec<_>>();
            (need.statements.iter().flat_map(of).collect::<Vec<_>>(), need.idle.into_iter().collect::<Vec<_>>())
        };
        let (found, idle) = pairs(
            &["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:GetBucketLocation"],
            &["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        );
        let wanted = [
            "s3:GetObject on arn:aws:s3:::b/*",
            "s3:PutObject on arn:aws:s3:::b/*",
            "s3:ListBucket on arn:aws:s3:::b",
            "s3:GetBucketLocation on arn:aws:s3:::b",
        ];
        assert_eq!((found, idle), (own(&wanted), Vec::new()));
        let (found, idle) = pairs(&["ec2:DescribeVpcs", "new:Action"], &["arn:aws:ec2:*:*:vpc/*"]);
        assert_eq!((found, idle), (own(&["new:Action on arn:aws:ec2:*:*:vpc/*"]), own(&["ec2:DescribeVpcs"])));
        assert_eq!(pairs(&["ec2:DescribeVpcs"], &["*"]).0, ["ec2:DescribeVpcs on *"]);
    }
}
