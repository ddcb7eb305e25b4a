//! What SAM makes of IAM beside what a template declares: the logical ids follow from the template, the documents are SAM's own.
//!
//! Source: the SAM specification, "Generated CloudFormation resources", and the translator's published inputs and outputs.

use serde_json::Value;

use super::eval::Env;

/// One resource that SAM adds.
pub(super) struct Made {
    /// Its logical id.
    pub id: String,
    /// `role` or `policy`.
    pub noun: &'static str,
}

fn role(id: String) -> Made {
    Made { id, noun: "role" }
}

fn policy(id: String) -> Made {
    Made { id, noun: "policy" }
}

/// A resource of SAM, with the properties that `Globals` gives to all of its kind.
struct Serverless<'t> {
    own: &'t Value,
    global: Option<&'t Value>,
}

impl<'t> Serverless<'t> {
    fn get(&self, key: &str) -> Option<&'t Value> {
        self.own.get(key).or_else(|| self.global?.get(key)).filter(|value| !value.is_null())
    }

    /// Whether a property certainly has a value: a choice between a value and none may come out as none.
    fn surely_has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.get("Fn::If").is_none())
    }

    fn entries(&self, key: &str) -> impl Iterator<Item = (&'t String, &'t Value)> + use<'t> {
        self.get(key).and_then(Value::as_object).into_iter().flatten()
    }
}

/// Everything of IAM that SAM makes of a resource.
pub(super) fn made(env: &Env<'_>, id: &str, kind: &str, resource: &Value) -> Vec<Made> {
    let mut found = connectors(env, id, kind, resource);
    let Some(kind) = kind.strip_prefix("AWS::Serverless::") else { return found };
    let properties = resource.get("Properties").unwrap_or(&Value::Null);
    let serverless = Serverless { own: properties, global: env.template.get("Globals").and_then(|globals| globals.get(kind)) };
    match kind {
        "Function" => {
            if !serverless.surely_has("Role") {
                found.push(role(format!("{id}Role")));
            }
            found.extend(event_roles(id, &serverless, &["ScheduleV2"]));
            let preference = serverless.get("DeploymentPreference");
            let off = |p: &Value| matches!(p.get("Enabled"), Some(Value::Bool(false)));
            if preference.is_some_and(|p| !off(p) && p.get("Role").is_none_or(|role| role.get("Fn::If").is_some())) {
                found.push(role("CodeDeployServiceRole".to_owned()));
            }
        }
        "StateMachine" => {
            if !serverless.surely_has("Role") {
                found.push(role(format!("{id}Role")));
            }
            found.extend(event_roles(id, &serverless, &["Api", "CloudWatchEvent", "EventBridgeRule", "Schedule", "ScheduleV2"]));
        }
        "GraphQLApi" => {
            let logging = serverless.get("Logging");
            let off = matches!(logging, Some(Value::Bool(false)));
            let has_role = logging.is_some_and(|l| l.get("CloudWatchLogsRoleArn").is_some_and(|r| r.get("Fn::If").is_none()));
            if !off && !has_role {
                found.push(role(format!("{id}CloudWatchRole")));
            }
            for (sort, word, to) in [("DynamoDb", "DynamoDB", "Table"), ("Lambda", "Lambda", "Lambda")] {
                let sources = serverless.get("DataSources").and_then(|d| d.get(sort)).and_then(Value::as_object);
                for (name, _) in sources.into_iter().flatten().filter(|(_, s)| s.get("ServiceRoleArn").is_none()) {
                    found.push(role(format!("{id}{name}{word}DataSourceRole")));
                    found.push(policy(format!("{id}{name}{word}DataSourceTo{to}ConnectorPolicy")));
                }
            }
        }
        "CapacityProvider" if !serverless.surely_has("OperatorRole") => found.push(role(format!("{id}OperatorRole"))),
        _ => {}
    }
    found
}

/// The roles with which events start what they name.
fn event_roles(id: &str, serverless: &Serverless<'_>, kinds: &[&str]) -> Vec<Made> {
    let has_own = |event: &Value| {
        let arn = event.get("Properties").and_then(|p| p.get("RoleArn"));
        arn.is_some_and(|arn| arn.get("Fn::If").is_none())
    };
    let is_of = |event: &Value| event.get("Type").and_then(Value::as_str).is_none_or(|kind| kinds.contains(&kind));
    let events = serverless.entries("Events").filter(|(_, event)| is_of(event) && !has_own(event));
    events.map(|(name, _)| role(format!("{id}{name}Role"))).collect()
}

/// Sources whose connectors put a permission on the destination, and no policy on a role.
const WITHOUT_ROLE: &[&str] = &[
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::AppSync::GraphQLApi",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::Serverless::Api",
    "AWS::Serverless::HttpApi",
];

/// The policies of connectors, which stand as resources of their own or inside of their source.
fn connectors(env: &Env<'_>, id: &str, kind: &str, resource: &Value) -> Vec<Made> {
    let named = |id: &str, connector: &Value| -> Vec<Made> {
        let source = connector.get("Properties").and_then(|p| p.get("Source"));
        let there = source.and_then(|s| env.template.get("Resources")?.get(s.get("Id")?.as_str()?)).or(source);
        let source_kind =
            if kind == "AWS::Serverless::Connector" { there.and_then(|s| s.get("Type")?.as_str()) } else { Some(kind) };
        if source_kind.is_some_and(|kind| WITHOUT_ROLE.contains(&kind)) {
            return Vec::new();
        }
        match connector.get("Properties").and_then(|p| p.get("Destination")).and_then(Value::as_array) {
            Some(list) => (0..list.len()).map(|n| policy(format!("{id}PolicyDestination{n}"))).collect(),
            None => vec![policy(format!("{id}Policy"))],
        }
    };
    let mut found = if kind == "AWS::Serverless::Connector" { named(id, resource) } else { Vec::new() };
    for (name, connector) in resource.get("Connectors").and_then(Value::as_object).into_iter().flatten() {
        found.extend(named(&format!("{id}{name}"), connector));
    }
    found
}
