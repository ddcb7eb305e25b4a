//! `iamctl permissions`: what it prints is enough for every call that iamctl makes, and not more. The calls are those on the wire to an
//! emulator of IAM; the judge is the evaluator.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::project::Project;
use iamctl::catalogue::{self, AccessLevel};
use iamctl::model::Operation;
use iamctl::policy::Document;
use iamctl::policy::eval::{Named, PolicyKind, PolicySet, Principal, Request, decide};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

const METADATA: &str = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.example/VERSION\"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><X509Certificate>CERTIFICATE</X509Certificate></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>\n";

/// Everything that specs can declare.
const FIRST: &str = r#"
policies:
  limit: {path: /ml/, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}
  read: {path: /ml/, tags: {team: a}, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}
  gone: {path: /ml/, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:ListBucket", Resource: "*"}]}}
roles:
  bounded:
    path: /ml/
    tags: {team: a, old: x}
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [read, aws/AmazonSQSReadOnlyAccess]
    inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}
    permissions_boundary: limit
    instance_profile: true
  plain: {path: /ml/, description: a, trust: [{service: ec2.amazonaws.com}], managed_policies: [read], permissions_boundary: none}
  gone:
    path: /ml/
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [gone]
    inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}
    instance_profile: true
users:
  alice: {create: true, path: /ml/, tags: {team: a}, managed_policies: [read], inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}}
  bob: {create: true, managed_policies: [read], permissions_boundary: limit}
  carol: {path: /}
groups:
  team: {managed_policies: [read], users: [alice, bob], inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}}
service_linked_roles: [spot.amazonaws.com]
oidc_providers: {token.actions.githubusercontent.com: {client_ids: [a], thumbprints: ["6938fd4d98bab03faadb97b34396831e3780aea1"], tags: {team: a}}}
saml_providers: {CorpIdP: {metadata_file: corp.xml, tags: {team: a}}}
"#;

/// Every field changed.
const SECOND: &str = r#"
policies:
  limit: {path: /ml/, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:*", "sqs:*"], Resource: "*"}]}}
  read: {path: /ml/, tags: {team: b}, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}}
  gone: {path: /ml/, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:ListBucket", Resource: "*"}]}}
roles:
  bounded:
    path: /ml/
    tags: {team: b}
    trust: [{service: lambda.amazonaws.com}]
    managed_policies: [read]
    inline_policies: {j: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}
    permissions_boundary: none
    instance_profile: true
  plain: {path: /ml/, description: b, trust: [{service: ec2.amazonaws.com}], managed_policies: [read], permissions_boundary: limit}
  gone:
    path: /ml/
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [gone]
    inline_policies: {i: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}
    instance_profile: true
users:
  alice: {create: true, path: /ml/, tags: {team: b}, managed_policies: [aws/AmazonSQSReadOnlyAccess], permissions_boundary: limit}
  bob: {create: true, managed_policies: [read], permissions_boundary: none}
  carol: {path: /other/}
groups:
  team: {path: /other/, managed_policies: [aws/AmazonSQSReadOnlyAccess], users: [bob]}
service_linked_roles: [spot.amazonaws.com]
oidc_providers: {token.actions.githubusercontent.com: {client_ids: [b], thumbprints: ["7938fd4d98bab03faadb97b34396831e3780aea2"], tags: {team: b}}}
saml_providers: {CorpIdP: {metadata_file: corp.xml, tags: {team: b}}}
"#;

/// What was there is gone, a part of each kind stays.
const THIRD: &str = r#"
policies:
  limit: {path: /ml/, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:*", "sqs:*"], Resource: "*"}]}}
  read: {path: /ml/, tags: {team: b}, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}}
roles:
  bounded: {path: /ml/, trust: [{service: lambda.amazonaws.com}], instance_profile: true}
users:
  bob: {create: true, managed_policies: [read], permissions_boundary: none}
groups:
  team: {path: /other/, managed_policies: [aws/AmazonSQSReadOnlyAccess], users: [bob]}
"#;

fn saml(project: &Project, version: u32) {
    let text = METADATA.replace("VERSION", &version.to_string()).replace("CERTIFICATE", &format!("MIIC{version}").repeat(300));
    project.write("specs/corp.xml", &text);
}

/// The emulator loses a user's tags with its path: one that was there before is moved.
fn carol(project: &Project) {
    project.others(&[Operation::CreateUser {
        user_name: "carol".into(),
        path: "/".to_owned(),
        permissions_boundary: None,
        tags: BTreeMap::new(),
    }]);
}

/// The policy that is printed for some purpose.
fn permissions(project: &Project, purpose: &str) -> Value {
    let ran = project.runs(&["permissions", "--for", purpose], 0);
    serde_json::from_str(&ran.out).unwrap()
}

/// The calls that were made, as their parameters; then forgotten.
fn calls(project: &Project) -> Vec<BTreeMap<String, String>> {
    let proxy = project.proxy();
    let mut all = Vec::new();
    for action in proxy.counts().keys().filter(|action| *action != "GetCallerIdentity") {
        for body in proxy.bodies(action) {
            let text = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
            all.push(body.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (text(k), text(v))).collect());
        }
    }
    proxy.reset();
    all
}

/// What IAM asks a policy about, for a call: action, resource, condition keys. Written from IAM's own documentation, not from the code.
fn requests(project: &Project, call: &BTreeMap<String, String>, paths: &BTreeMap<&str, &str>) -> Vec<Request> {
    let action = call["Action"].as_str();
    let get = |key: &str| call.get(key).map(String::as_str);
    let named = |word: &str, name: &str| {
        let path = get("Path").or_else(|| paths.get(format!("{word}/{name}").as_str()).copied()).unwrap_or("/");
        project.arn(&format!("{word}{path}{name}"))
    };
    let service =
        get("AWSServiceName").map(|service| project.arn(&format!("role/aws-service-role/{service}/AWSServiceRoleForX")));
    let whole = ["GetAccountAuthorizationDetails", "GetAccountSummary", "ListRoles", "ListInstanceProfiles"];
    let resource = if whole.contains(&action) || action.starts_with("List") && action.ends_with("Providers") {
        "*".to_owned()
    } else if let Some(arn) = get("PolicyArn").filter(|_| !action.starts_with("Attach") && !action.starts_with("Detach")) {
        arn.to_owned()
    } else if let Some(arn) = get("OpenIDConnectProviderArn").or(get("SAMLProviderArn")) {
        arn.to_owned()
    } else if let Some(url) = get("Url") {
        project.arn(&format!("oidc-provider/{}", url.trim_start_matches("https://")))
    } else if let Some(name) = get("Name") {
        project.arn(&format!("saml-provider/{name}"))
    } else if let Some(name) = get("InstanceProfileName") {
        named("instance-profile", name)
    } else if let Some(name) = get("GroupName") {
        named("group", name)
    } else if let Some(name) = get("RoleName") {
        named("role", name)
    } else if let Some(name) = get("UserName") {
        named("user", name)
    } else if let (Some(name), "CreatePolicy") = (get("PolicyName"), action) {
        named("policy", name)
    } else {
        service.unwrap_or_else(|| panic!("whose is {call:?}"))
    };
    let principal = Principal::parse(&project.arn("role/pipeline")).unwrap();
    let mut request = Request::new(principal, format!("iam:{action}"), resource);
    if action.starts_with("Attach") || action.starts_with("Detach") {
        request.context.set("iam:PolicyARN", get("PolicyArn").unwrap());
    }
    for (parameter, key) in [("PermissionsBoundary", "iam:PermissionsBoundary"), ("AWSServiceName", "iam:AWSServiceName")] {
        if let Some(value) = get(parameter) {
            request.context.set(key, value);
        }
    }
    if !action.starts_with("Create") {
        request.context.set("aws:ResourceTag/iamctl:stack", "lab");
    }
    let mut all = vec![request.clone()];
    if action == "AddRoleToInstanceProfile" {
        all.push(Request {
            action: "iam:PassRole".to_owned(),
            resource: named("role", get("RoleName").unwrap()),
            ..request.clone()
        });
    }
    if action.starts_with("Create") && call.keys().any(|key| key.starts_with("Tags.member")) {
        all.push(Request { action: format!("iam:{}", action.replace("Create", "Tag")), ..request });
    }
    all
}

fn allows(policy: &Value, request: &Request) -> bool {
    let named = Named::new("permissions", &Document::new(policy.clone()), PolicyKind::Identity);
    decide(&PolicySet { identity: vec![named], ..PolicySet::default() }, request).is_allowed()
}

#[test]
fn every_call_of_an_apply_is_allowed_and_no_statement_is_there_for_nothing() {
    let mut project = Project::moto("610000000001");
    project.set_extra("guards: {max_changes_percent: 100, max_deletes: 50, max_deletes_percent: 100}");
    carol(&project);
    // What the emulator lacks is taken for done: the question here is what was asked.
    for call in [
        "TagSAMLProvider",
        "UntagSAMLProvider",
        "PutUserPermissionsBoundary",
        "DeleteUserPermissionsBoundary",
        "AddClientIDToOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider",
    ] {
        project.proxy().fault(call, usize::MAX, crate::support::proxy::Fault::Answer(String::new()));
    }
    let paths = [
        ("role/bounded", "/ml/"),
        ("role/plain", "/ml/"),
        ("role/gone", "/ml/"),
        ("instance-profile/bounded", "/ml/"),
        ("instance-profile/gone", "/ml/"),
        ("user/alice", "/ml/"),
    ];
    let mut paths = BTreeMap::from(paths);
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut sids: BTreeSet<String> = BTreeSet::new();
    let mut made: BTreeSet<String> = BTreeSet::new();
    for (round, spec) in (1..).zip([FIRST, SECOND, THIRD]) {
        saml(&project, round);
        project.spec(spec);
        let policy = permissions(&project, "apply");
        project.proxy().reset();
        project.apply();
        let requests: Vec<Request> = calls(&project).iter().flat_map(|call| requests(&project, call, &paths)).collect();
        for request in &requests {
            assert!(allows(&policy, request), "round {round}: {request:#?}\n{policy:#}");
            made.insert(request.action.clone());
        }
        // A statement is used where some request is denied without it.
        for (at, statement) in policy["Statement"].as_array().unwrap().iter().enumerate() {
            let mut without = policy.clone();
            without["Statement"].as_array_mut().unwrap().remove(at);
            let sid = statement["Sid"].as_str().unwrap().to_owned();
            if requests.iter().any(|request| !allows(&without, request)) {
                used.insert(sid.clone());
            }
            sids.insert(sid);
        }
        if round == 2 {
            // A group of somebody else, which a user that goes must leave too.
            project.others(&[
                Operation::CreateGroup { group_name: "side".into(), path: "/".to_owned() },
                Operation::AddUserToGroup { group_name: "side".into(), user_name: "alice".into() },
            ]);
            paths.insert("group/team", "/other/");
        }
    }
    let unused: Vec<&String> = sids.difference(&used).collect();
    // Providers go only where a flag says so, and the emulator's users have no boundaries.
    assert_eq!(unused, ["OidcProvidersRemoved", "SamlProvidersRemoved", "UsersUnbounded"], "{made:#?}");
}

#[test]
fn a_plan_needs_the_reading_permissions_alone_and_they_only_read() {
    let project = Project::moto("610000000002");
    carol(&project);
    saml(&project, 1);
    project.spec(FIRST);
    project.apply();
    project.spec(SECOND);
    let policy = permissions(&project, "plan");
    project.proxy().reset();
    project.runs(&["plan"], 0);
    project.spec(THIRD);
    project.runs(&["plan"], 0);
    let out = project.path().join("account.json");
    project.runs(&["snapshot", "-o", out.to_str().unwrap()], 0);
    for call in calls(&project) {
        for request in requests(&project, &call, &BTreeMap::new()) {
            assert!(allows(&policy, &request), "{request:#?}");
        }
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for statement in policy["Statement"].as_array().unwrap() {
        for action in statement["Action"].as_array().unwrap().iter().map(text) {
            let level = catalogue::action(&action).unwrap().level();
            assert!(matches!(level, AccessLevel::List | AccessLevel::Read), "{action}: {level}");
        }
    }
}

#[test]
fn the_writing_permissions_end_at_what_is_declared() {
    let project = Project::moto("610000000003");
    saml(&project, 1);
    project.spec(FIRST);
    let policy = permissions(&project, "apply");
    let principal = Principal::parse(&project.arn("role/pipeline")).unwrap();
    let ask = |action: &str, resource: &str, context: &[(&str, &str)]| {
        let mut request = Request::new(principal.clone(), action, project.arn(resource));
        context.iter().for_each(|(key, value)| request.context.set(key, *value));
        allows(&policy, &request)
    };
    let (limit, admin) = (project.arn("policy/ml/limit"), "arn:aws:iam::aws:policy/AdministratorAccess");
    assert!(ask("iam:CreateRole", "role/ml/bounded", &[("iam:PermissionsBoundary", &limit)]));
    assert!(!ask("iam:CreateRole", "role/ml/bounded", &[]), "only with its boundary");
    assert!(!ask("iam:CreateRole", "role/ml/bounded", &[("iam:PermissionsBoundary", admin)]));
    assert!(!ask("iam:CreateRole", "role/ml/other", &[]), "only what is declared");
    assert!(ask("iam:AttachRolePolicy", "role/ml/plain", &[("iam:PolicyARN", &project.arn("policy/ml/read"))]));
    assert!(!ask("iam:AttachRolePolicy", "role/ml/plain", &[("iam:PolicyARN", admin)]));
    assert!(ask("iam:DeleteRole", "role/old", &[("aws:ResourceTag/iamctl:stack", "lab")]));
    assert!(!ask("iam:DeleteRole", "role/old", &[("aws:ResourceTag/iamctl:stack", "other")]), "only this stack's");
    assert!(!ask("iam:DeleteRole", "role/ml/bounded", &[]));
    assert!(!ask("iam:CreateAccessKey", "user/ml/alice", &[]));
    assert!(ask("iam:PassRole", "role/ml/bounded", &[]) && !ask("iam:PassRole", "role/ml/plain", &[]));
    assert!(ask(
        "iam:CreateServiceLinkedRole",
        "role/aws-service-role/spot.amazonaws.com/X",
        &[("iam:AWSServiceName", "spot.amazonaws.com")]
    ));
    assert!(!ask(
        "iam:CreateServiceLinkedRole",
        "role/aws-service-role/es.amazonaws.com/X",
        &[("iam:AWSServiceName", "es.amazonaws.com")]
    ));
}

#[test]
fn for_the_simulator_it_names_the_principals_and_yaml_says_the_same_as_json() {
    let project = Project::moto("610000000004");
    project.spec("roles: {r: {path: /a/, trust: [{service: ec2.amazonaws.com}]}}\nusers: {u: {}}\n");
    assert_eq!(
        permissions(&project, "test-live")["Statement"],
        json!([
            {"Sid": "AskAboutPrincipals", "Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy",
                "Resource": [project.arn("role/a/r"), project.arn("user/u")]},
            {"Sid": "AskAboutDocuments", "Effect": "Allow", "Action": "iam:SimulateCustomPolicy", "Resource": "*"},
        ])
    );
    let yaml = project.runs(&["permissions", "--format", "yaml"], 0).out;
    // The text as a policy of a spec is the document that JSON says.
    let indented: String = yaml.lines().map(|line| format!("      {line}\n")).collect();
    project.spec(&format!("policies:\n  own:\n    document:\n{}", indented.replace("${", "$${")));
    project.runs(&["validate"], 0);
}

#[test]
fn without_an_account_id_there_is_no_policy() {
    let directory = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .args(["permissions", "--account", "aws", "--stack", "s"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("id is not written down"));
}
