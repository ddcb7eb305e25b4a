//! What `iamctl check` reads: one role, and IAM's simulator.

use iamctl::backend::ErrorKind;
use iamctl::backend::simulate::{SimulateCase, Simulated, SimulatedDecision};
use iamctl::model::Seen;
use iamctl::policy::context::Value;

use super::*;
use crate::support::proxy::Fault;

fn denied() -> Fault {
    Fault::Error { status: 403, code: "AccessDenied", message: "not authorized".to_owned() }
}

async fn lab_with_role(id: &'static str) -> Lab {
    let lab = Lab::new(id).await;
    lab.perform(&[
        create_policy("own"),
        create_role("x"),
        Operation::AttachRolePolicy { role_name: "x".into(), policy_arn: lab.arn("policy/team/own") },
        Operation::AttachRolePolicy {
            role_name: "x".into(),
            policy_arn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned(),
        },
        Operation::PutRolePolicy { role_name: "x".into(), policy_name: "in".to_owned(), policy_document: WRITE.to_owned() },
        Operation::PutRolePermissionsBoundary { role_name: "x".into(), permissions_boundary: lab.arn("policy/team/own") },
    ])
    .await;
    lab
}

#[tokio::test]
async fn one_role_is_read_with_all_its_documents_and_nothing_else_of_the_account() {
    let lab = lab_with_role("400000000001").await;
    let snapshot = lab.account.one_role(&name("x")).await.unwrap().unwrap();
    let role = &snapshot.roles[&name("x")];
    assert_eq!(role.path, "/team/");
    assert_eq!(role.permissions_boundary, Seen::Value(Some(lab.arn("policy/team/own"))));
    assert_eq!(role.inline_policies.value().unwrap().len(), 1);
    assert_eq!(role.attached_policies.value().unwrap().len(), 2);
    assert!(role.trust.value().is_some() && snapshot.policies[&name("own")].default_document().is_some());
    assert!(snapshot.aws_policies.values().all(|p| p.default_document().is_some()) && snapshot.aws_policies.len() == 1);
    assert_eq!(lab.proxy.count("GetAccountAuthorizationDetails"), 0);
    assert_eq!(lab.account.one_role(&name("nobody")).await.unwrap(), None);
}

#[tokio::test]
async fn what_may_not_be_read_of_a_role_is_unread() {
    let lab = lab_with_role("400000000002").await;
    for call in ["ListRolePolicies", "ListAttachedRolePolicies", "GetPolicyVersion"] {
        lab.proxy.fault(call, usize::MAX, denied());
    }
    let snapshot = lab.account.one_role(&name("x")).await.unwrap().unwrap();
    let role = &snapshot.roles[&name("x")];
    assert!(role.inline_policies.is_unread() && role.attached_policies.is_unread());
    assert_eq!(snapshot.policies[&name("own")].default_document(), None);
    lab.proxy.fault("GetRole", usize::MAX, denied());
    assert_eq!(lab.account.one_role(&name("x")).await.unwrap_err().kind, ErrorKind::Denied);
}

const X: Simulated<'static> = Simulated::Principal("arn:aws:iam::123456789012:role/x");

fn case(actions: &[&str], resources: &[&str]) -> SimulateCase {
    let own = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect();
    let context = vec![("a:b".to_owned(), Value::Single("c".to_owned()))];
    SimulateCase { actions: own(actions), resources: own(resources), context, resource_owner: None }
}

fn result(action: &str, decision: &str, rest: &str) -> String {
    format!(
        "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>{decision}</EvalDecision>{rest}</member>"
    )
}

fn page(results: &str, marker: Option<&str>) -> Fault {
    let next = marker.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |m| {
        format!("<IsTruncated>true</IsTruncated><Marker>{m}</Marker>")
    });
    Fault::Answer(format!(
        "<SimulatePrincipalPolicyResult><EvaluationResults>{results}</EvaluationResults>{next}</SimulatePrincipalPolicyResult>"
    ))
}

#[tokio::test]
async fn the_simulator_s_pages_are_added_up() {
    let lab = Lab::canned().await;
    let missing = "<MissingContextValues><member>aws:SourceVpc</member></MissingContextValues>";
    let on = |arn: &str, decision: &str| {
        format!(
            "<member><EvalResourceName>{arn}</EvalResourceName><EvalResourceDecision>{decision}</EvalResourceDecision></member>"
        )
    };
    let each = format!(
        "<ResourceSpecificResults>{}{}</ResourceSpecificResults>",
        on("arn:aws:s3:::a", "allowed"),
        on("arn:aws:s3:::b", "implicitDeny")
    );
    lab.proxy.fault("SimulatePrincipalPolicy", 1, page(&result("a:A", "allowed", missing), Some("next")));
    lab.proxy.fault("SimulatePrincipalPolicy", 1, page(&result("a:B", "explicitDeny", ""), Some("last")));
    lab.proxy.fault(
        "SimulatePrincipalPolicy",
        1,
        page(&format!("{}{}", result("a:C", "implicitDeny", &each), result("a:D", "novel", "")), None),
    );
    let answers = lab.account.simulate(&X, &[case(&["a:A", "a:B", "a:C", "a:D"], &["*"])]).await;
    let answers: Vec<_> =
        answers.unwrap().into_iter().map(|a| (a.action, a.resource, a.decision, a.missing_context.len())).collect();
    let expected = [
        ("a:A", "*", Some(SimulatedDecision::Allowed), 1),
        ("a:B", "*", Some(SimulatedDecision::ExplicitDeny), 0),
        ("a:C", "arn:aws:s3:::a", Some(SimulatedDecision::Allowed), 0),
        ("a:C", "arn:aws:s3:::b", Some(SimulatedDecision::ImplicitDeny), 0),
        ("a:D", "*", None, 0),
    ];
    assert_eq!(answers, expected.map(|(a, r, d, m)| (a.to_owned(), r.to_owned(), d, m)));
    assert_eq!(lab.proxy.count("SimulatePrincipalPolicy"), 3);
}

#[tokio::test]
async fn many_actions_are_asked_in_several_calls_and_too_many_not_at_all() {
    let lab = Lab::canned().await;
    lab.proxy.fault("SimulatePrincipalPolicy", usize::MAX, page("", None));
    let names: Vec<String> = (0..90).map(|n| format!("a:B{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(lab.account.simulate(&X, &[case(&names, &["*"])]).await.unwrap(), []);
    assert_eq!(lab.proxy.count("SimulatePrincipalPolicy"), 3);
    let resources: Vec<&str> = std::iter::repeat_n("*", 100).collect();
    let refused = lab.account.simulate(&X, &[case(&names, &resources)]).await.unwrap_err();
    assert_eq!((refused.kind, lab.proxy.count("SimulatePrincipalPolicy")), (ErrorKind::Unsupported, 3));
}

#[tokio::test]
async fn an_emulator_without_the_simulator_says_so_within_seconds() {
    let lab = lab_with_role("400000000003").await;
    let started = std::time::Instant::now();
    let error = lab
        .account
        .simulate(&Simulated::Principal(&lab.arn("role/team/x")), &[case(&["s3:GetObject"], &["*"])])
        .await
        .unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Unsupported | ErrorKind::Invalid), "{error:?}");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
