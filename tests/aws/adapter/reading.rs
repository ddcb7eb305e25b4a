//! What a reading asks, and what it makes of the answers.

use iamctl::backend::ErrorKind;
use iamctl::model::Seen;

use super::*;
use crate::support::proxy::Fault;

fn denied() -> Fault {
    Fault::Error { status: 403, code: "AccessDenied", message: "User is not authorized to perform this".to_owned() }
}

#[tokio::test]
async fn the_caller_names_account_and_partition() {
    let lab = Lab::new("200000000001").await;
    let caller = lab.account.caller().await.unwrap();
    assert_eq!((caller.account.id.as_str(), caller.account.partition.as_str()), ("200000000001", "aws"));
    lab.account.caller().await.unwrap();
    assert_eq!(lab.proxy.count("GetCallerIdentity"), 1);
}

#[tokio::test]
async fn a_reading_takes_the_bulk_calls_and_one_for_each_policy() {
    let lab = Lab::new("200000000002").await;
    for i in 0..30 {
        lab.perform(&[create_policy(&format!("p{i}")), create_role(&format!("r{i}"))]).await;
    }
    lab.perform(&[create_user("ann")]).await;
    lab.proxy.reset();
    let mut scope = scope();
    scope.declared.insert(address(EntityKind::User, "ann"));
    let snapshot = lab.snapshot(&scope).await;
    assert_eq!((snapshot.roles.len(), snapshot.policies.len(), snapshot.users.len()), (30, 30, 1));
    assert!(snapshot.policies.values().all(|p| p.tags == Seen::Value(ours())));
    assert!(snapshot.users[&name("ann")].credentials.is_unread(), "a declared user is not about to be deleted");
    let mut counts = lab.proxy.counts();
    assert_eq!(counts.remove("GetPolicy"), Some(30));
    counts.remove("GetCallerIdentity");
    let listings: Vec<_> = counts.into_iter().collect();
    let once = |action: &str| (action.to_owned(), 1);
    assert_eq!(
        listings,
        [
            once("GetAccountAuthorizationDetails"),
            once("GetAccountSummary"),
            once("ListInstanceProfiles"),
            once("ListOpenIDConnectProviders"),
            once("ListRoles"),
            once("ListSAMLProviders"),
        ]
    );
    assert!(!lab.proxy.bodies("GetAccountAuthorizationDetails")[0].contains("AWSManagedPolicy"));
    assert!(snapshot.limits.value().unwrap().policies() > 0 && snapshot.unlisted.is_empty());
}

#[tokio::test]
async fn aws_policies_are_asked_for_by_name_and_read_only_when_needed() {
    let lab = Lab::new("200000000003").await;
    let there = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let mut scope = scope();
    scope.aws_policies = [there.clone(), "arn:aws:iam::aws:policy/NoSuchPolicyAtAll".to_owned()].into();
    let snapshot = lab.snapshot(&scope).await;
    assert_eq!(snapshot.aws_policies.keys().collect::<Vec<_>>(), [&there]);
    assert!(snapshot.aws_policies[&there].default_document().is_none());
    assert_eq!(lab.proxy.count("GetPolicyVersion"), 0);
    let read = lab.account.aws_policy_documents(&scope.aws_policies).await.unwrap();
    assert!(read[&there].default_document().unwrap().value().get("Statement").is_some() && read.len() == 1);
}

#[tokio::test]
async fn tags_of_profiles_are_read_where_they_may_be_ours() {
    let lab = Lab::new("200000000004").await;
    let profile =
        |name: &str| Operation::CreateInstanceProfile { instance_profile_name: name.into(), path: "/".to_owned(), tags: ours() };
    let fill = |name: &str, role: &str| Operation::AddRoleToInstanceProfile {
        instance_profile_name: name.into(),
        role_name: role.into(),
    };
    let foreign = Operation::CreateRole {
        role_name: "foreign".into(),
        path: "/".to_owned(),
        assume_role_policy_document: TRUST.to_owned(),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: tags(&[("iamctl:stack", "else")]),
    };
    lab.perform(&[create_role("mine"), foreign, profile("empty"), profile("mine"), profile("theirs"), profile("declared")]).await;
    lab.perform(&[fill("mine", "mine"), fill("theirs", "foreign"), fill("declared", "foreign")]).await;
    let mut scope = scope();
    scope.declared.insert(address(EntityKind::InstanceProfile, "Declared"));
    let snapshot = lab.snapshot(&scope).await;
    let read = |p: &str| snapshot.instance_profiles[&name(p)].tags.clone();
    for known in ["empty", "mine", "declared"] {
        assert_eq!(read(known), Seen::Value(ours()), "{known}");
    }
    assert!(read("theirs").is_unread());
    assert_eq!(snapshot.instance_profiles[&name("empty")].role, Seen::Value(None));
}

#[tokio::test]
async fn credentials_of_our_undeclared_users_are_known_by_kind() {
    let lab = Lab::new("200000000005").await;
    lab.perform(&[create_user("ann")]).await;
    let list =
        |what: &str, items: &str| Fault::Answer(format!("<{what}Result><IsTruncated>false</IsTruncated>{items}</{what}Result>"));
    lab.proxy.fault("ListAccessKeys", 1, list(
        "ListAccessKeys",
        "<AccessKeyMetadata><member><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status></member></AccessKeyMetadata>",
    ));
    lab.proxy.fault("ListServiceSpecificCredentials", 1, list("ListServiceSpecificCredentials", "<ServiceSpecificCredentials/>"));
    let snapshot = lab.snapshot(&scope()).await;
    assert_eq!(snapshot.users[&name("ann")].credentials, Seen::Value(["access-key".to_owned()].into()));
}

#[tokio::test]
async fn what_may_not_be_read_is_unread_and_what_is_not_listed_is_said() {
    let lab = Lab::new("200000000006").await;
    let fill = Operation::AddRoleToInstanceProfile { instance_profile_name: "app".into(), role_name: "app".into() };
    let profile = Operation::CreateInstanceProfile { instance_profile_name: "app".into(), path: "/".to_owned(), tags: ours() };
    lab.perform(&[create_role("app"), create_policy("p"), profile, fill]).await;
    for action in
        ["GetAccountSummary", "ListOpenIDConnectProviders", "ListSAMLProviders", "GetPolicy", "ListInstanceProfiles", "ListRoles"]
    {
        lab.proxy.fault(action, usize::MAX, denied());
    }
    lab.proxy.fault("GetInstanceProfile", usize::MAX, denied());
    let aws = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let mut scope = scope();
    scope.aws_policies.insert(aws.clone());
    let snapshot = lab.snapshot(&scope).await;
    assert!(snapshot.limits.is_unread());
    assert_eq!(snapshot.unlisted, [EntityKind::InstanceProfile, EntityKind::OidcProvider, EntityKind::SamlProvider].into());
    let role = &snapshot.roles[&name("app")];
    assert!(role.description.is_unread() && role.max_session_duration.is_unread() && !role.tags.is_unread());
    let policy = &snapshot.policies[&name("p")];
    assert!(policy.tags.is_unread() && policy.description.is_unread() && policy.default_document().is_some());
    let profile = &snapshot.instance_profiles[&name("app")];
    assert!(profile.tags.is_unread() && profile.role == Seen::Value(Some(name("app"))));
    assert!(snapshot.aws_policies.is_empty() && snapshot.aws_policies_unread == [aws].into());
}

#[tokio::test]
async fn without_the_bulk_call_there_is_no_reading() {
    let lab = Lab::new("200000000007").await;
    lab.proxy.fault("GetAccountAuthorizationDetails", usize::MAX, denied());
    let error = lab.account.snapshot(&scope(), &Silent).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Denied, Some("AccessDenied")));
    assert!(error.message.contains("iam:GetAccountAuthorizationDetails"), "{error}");
    assert_eq!(error.request_id.as_deref(), Some("6f1c"));
}

#[tokio::test]
async fn expired_credentials_say_how_to_sign_in() {
    let lab = Lab::canned().await;
    let proxy = Proxy::start(None);
    proxy.fault(
        "GetCallerIdentity",
        9,
        Fault::Error { status: 403, code: "ExpiredToken", message: "The token has expired".to_owned() },
    );
    let account = connected(&proxy, Credentials::new("AKIAIOSFODNN7EXAMPLE", "x", None, None, "test")).await;
    let error = account.caller().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(error.message.contains("aws sso login"), "{error}");
    drop(lab);
}

fn page(roles: &str, end: &str) -> Fault {
    let wrap = |inner: &str| format!("<GetAccountAuthorizationDetailsResult>{inner}</GetAccountAuthorizationDetailsResult>");
    Fault::Answer(wrap(&format!("<UserDetailList/><GroupDetailList/><Policies/><RoleDetailList>{roles}</RoleDetailList>{end}")))
}

fn role(name: &str) -> String {
    format!(
        "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId><Arn>arn:aws:iam::123456789012:role/{name}</Arn>\
         <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument></member>"
    )
}

async fn paged(pages: Vec<Fault>) -> (Result<Snapshot, iamctl::backend::BackendError>, Lab) {
    let lab = Lab::canned().await;
    for page in pages {
        lab.proxy.fault("GetAccountAuthorizationDetails", 1, page);
    }
    // These roles are in the bulk call alone: the other listing is not allowed, so that the two do not disagree.
    lab.proxy.fault("ListRoles", 9, denied());
    for (action, list) in [
        ("ListInstanceProfiles", "<InstanceProfiles/>"),
        ("ListOpenIDConnectProviders", "<OpenIDConnectProviderList/>"),
        ("ListSAMLProviders", "<SAMLProviderList/>"),
        ("GetAccountSummary", "<SummaryMap/>"),
    ] {
        let result = format!("<{action}Result><IsTruncated>false</IsTruncated>{list}</{action}Result>");
        lab.proxy.fault(action, 9, Fault::Answer(result));
    }
    (lab.account.snapshot(&scope(), &Silent).await, lab)
}

#[tokio::test]
async fn every_page_is_read_short_and_empty_ones_too() {
    let more = |marker: &str| format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>");
    let end = "<IsTruncated>false</IsTruncated><Marker>unused</Marker>";
    let (snapshot, lab) =
        paged(vec![page(&role("a"), &more("m1")), page("", &more("m2")), page(&(role("b") + &role("a")), end)]).await;
    let snapshot = snapshot.unwrap();
    assert_eq!(snapshot.roles.keys().map(Name::as_str).collect::<Vec<_>>(), ["a", "b"]);
    assert!(snapshot.roles[&name("a")].description.is_unread(), "only ListRoles shows it");
    let bodies = lab.proxy.bodies("GetAccountAuthorizationDetails");
    assert!(bodies.len() == 3 && bodies[1].contains("Marker=m1") && bodies[2].contains("Marker=m2"));
}

#[tokio::test]
async fn a_lost_page_is_an_error_and_never_a_smaller_account() {
    let (no_marker, _lab) = paged(vec![page(&role("a"), "<IsTruncated>true</IsTruncated>"); 9]).await;
    assert!(no_marker.unwrap_err().message.contains("does not say where"));
    let turning = || page(&role("a"), "<IsTruncated>true</IsTruncated><Marker>m</Marker>");
    let (circle, _lab) = paged(vec![turning(), turning(), turning()]).await;
    assert!(circle.unwrap_err().message.contains("leads back"));
    let broken = Fault::Answer("<GetAccountAuthorizationDetailsResult><RoleDetailList><member>".to_owned());
    let (broken, _lab) = paged(vec![broken; 9]).await;
    assert_eq!(broken.unwrap_err().kind, ErrorKind::Unavailable);
}
