//! IAM's simulator as a small HTTP server that speaks the Query protocol: answers in the shape in which AWS documents them.

use std::collections::BTreeMap;

use super::proxy::{Fault, Proxy};

/// One `EvaluationResults` member, by its parts.
#[derive(Clone, Default)]
pub struct Evaluation {
    pub action: &'static str,
    pub resource: &'static str,
    pub decision: &'static str,
    /// `SourcePolicyId`, `SourcePolicyType`, line of the start.
    pub matched: Vec<(&'static str, &'static str, u32)>,
    pub missing: Vec<&'static str>,
    pub boundary: Option<bool>,
    pub organization: Option<bool>,
    /// Put into `ResourceSpecificResults` too, as IAM does where resources were named.
    pub apart: bool,
}

pub fn evaluation(action: &'static str, resource: &'static str, decision: &'static str) -> Evaluation {
    Evaluation { action, resource, decision, ..Evaluation::default() }
}

impl Evaluation {
    fn xml(&self) -> String {
        let matched: String = self
            .matched
            .iter()
            .map(|(id, kind, line)| {
                format!(
                    "<member><SourcePolicyId>{id}</SourcePolicyId><SourcePolicyType>{kind}</SourcePolicyType>\
                     <StartPosition><Line>{line}</Line><Column>5</Column></StartPosition>\
                     <EndPosition><Line>{line}</Line><Column>90</Column></EndPosition></member>"
                )
            })
            .collect();
        let missing: String = self.missing.iter().map(|key| format!("<member>{key}</member>")).collect();
        let lists =
            format!("<MatchedStatements>{matched}</MatchedStatements><MissingContextValues>{missing}</MissingContextValues>");
        let boundary = self.boundary.map_or_else(String::new, |allows| {
            format!(
                "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{allows}</AllowedByPermissionsBoundary>\
                 </PermissionsBoundaryDecisionDetail>"
            )
        });
        let organization = self.organization.map_or_else(String::new, |allows| {
            format!(
                "<OrganizationsDecisionDetail><AllowedByOrganizations>{allows}</AllowedByOrganizations></OrganizationsDecisionDetail>"
            )
        });
        let (action, resource, decision) = (self.action, self.resource, self.decision);
        let apart = if self.apart {
            format!(
                "<ResourceSpecificResults><member><EvalResourceName>{resource}</EvalResourceName>\
                 <EvalResourceDecision>{decision}</EvalResourceDecision>{lists}{boundary}</member></ResourceSpecificResults>"
            )
        } else {
            String::new()
        };
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>\
             <EvalDecision>{decision}</EvalDecision>{lists}{organization}{boundary}{apart}</member>"
        )
    }
}

/// A page of answers; with a marker where more follow.
pub fn page(call: &str, evaluations: &[Evaluation], marker: Option<&str>) -> Fault {
    let members: String = evaluations.iter().map(Evaluation::xml).collect();
    let next = marker.map_or_else(
        || "<IsTruncated>false</IsTruncated>".to_owned(),
        |marker| format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
    );
    Fault::Answer(format!("<{call}Result>{next}<EvaluationResults>{members}</EvaluationResults></{call}Result>"))
}

/// A server that knows who the caller is, and nothing else yet.
pub fn server(account: &str) -> Proxy {
    let proxy = Proxy::start(None);
    let identity = format!(
        "<GetCallerIdentityResult><Arn>arn:aws:sts::{account}:assumed-role/ci/run</Arn><UserId>AROA:run</UserId>\
         <Account>{account}</Account></GetCallerIdentityResult>"
    );
    proxy.fault("GetCallerIdentity", usize::MAX, Fault::Answer(identity));
    proxy
}

/// The environment of a program that is to reach the server at `url` and nothing else of AWS.
pub fn env(url: &str) -> BTreeMap<&'static str, String> {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ("NO_PROXY", "127.0.0.1"),
    ]
    .map(|(key, value)| (key, value.to_owned()))
    .into()
}
