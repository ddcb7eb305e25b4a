use serde_json::{Value, json};

use super::need::NeedStatement;
use super::*;
use crate::model::simulation::{SimulateCase, SimulatedDecision};
use crate::model::{AccountIdentity, Seen};
use crate::names::AccountId;
use crate::policy::Document;

const ROLE: &str = "worker";

fn snapshot(policy: Value, trust: Value) -> Snapshot {
    let mut snapshot = Snapshot::empty(AccountIdentity { id: AccountId::zero(), partition: "aws".to_owned() });
    let role = Role {
        path: "/ml/".to_owned(),
        id: "AROAEXAMPLE".to_owned(),
        trust: Seen::Value(Document::new(trust)),
        description: Seen::Unread,
        max_session_duration: Seen::Unread,
        permissions_boundary: Seen::Value(None),
        tags: Seen::Value([("team".to_owned(), "ml".to_owned())].into()),
        inline_policies: Seen::Value([("own".to_owned(), Document::new(policy))].into()),
        attached_policies: Seen::Value(Default::default()),
        created: None,
        last_used: Seen::Unread,
    };
    snapshot.roles.insert(Name::new(ROLE), role);
    snapshot
}

fn allow(action: Value, resource: Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn policy(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn need(actions: &[&str], resources: &[&str]) -> Need {
    let own = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect();
    let statement = NeedStatement { actions: own(actions), resources: own(resources), ..NeedStatement::default() };
    Need { name: "test/need".to_owned(), statements: vec![statement], ..Need::default() }
}

fn trusting(principal: &str) -> Need {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": principal},
        "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}}}]});
    let condition = document["Statement"][0].get("Condition").cloned();
    Need {
        name: "test/need".to_owned(),
        trust: vec![need::NeedTrust {
            kind: "Service".to_owned(),
            principal: principal.to_owned(),
            actions: vec!["sts:AssumeRole".to_owned()],
            condition,
        }],
        trust_document: Some(Document::new(document)),
        ..Need::default()
    }
}

fn asked(need: &Need, snapshot: &Snapshot, simulated: Option<&Simulations>) -> Report {
    let (name, role) = snapshot.roles.get_key_value(&Name::new(ROLE)).unwrap();
    check(need, Subject::Role { snapshot, name, role }, simulated, Vec::new())
}

fn permission(need: &Need, statements: Vec<Value>) -> Report {
    asked(need, &snapshot(policy(statements), json!({})), None)
}

fn outcomes(report: &Report) -> Vec<(&str, Outcome)> {
    report.permissions.gaps.iter().map(|gap| (gap.action.as_str(), gap.outcome)).collect()
}

#[test]
fn what_is_allowed_on_everything_is_there() {
    let need = need(&["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"], &["*"]);
    let report = permission(&need, vec![allow(json!(["ECR:getauthorizationtoken", "cloudwatch:*"]), json!("*"))]);
    assert_eq!((report.verdict, report.permissions.verdict), (Verdict::Ready, Half::Yes));
    assert_eq!((report.permissions.method, report.remediation), (Method::Offline, None));
    assert_eq!(report.arn.as_deref(), Some("arn:aws:iam::000000000000:role/ml/worker"));
}

#[test]
fn a_missing_action_is_named_and_the_spec_adds_just_that() {
    let need = need(&["s3:PutObject", "cloudwatch:PutMetricData"], &["*"]);
    let report = permission(&need, vec![allow(json!("s3:PutObject"), json!("*"))]);
    assert_eq!(
        (report.verdict, report.permissions.denied_actions.as_slice()),
        (Verdict::NotReady, ["cloudwatch:PutMetricData".to_owned()].as_slice())
    );
    let spec = report.remediation.unwrap();
    assert!(spec.contains("cloudwatch:PutMetricData") && !spec.contains("s3:PutObject"), "{spec}");
    assert!(spec.contains("manage: attach_only") && !spec.contains("adopt") && !spec.contains("trust"), "{spec}");
}

#[test]
fn repositories_of_ones_own_are_enough_where_the_template_says_any_repository() {
    let need = need(&["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], &["arn:aws:ecr:*:*:repository/*"]);
    let report = permission(&need, vec![allow(json!("ecr:*"), json!("arn:aws:ecr:us-east-1:000000000000:repository/mine"))]);
    assert_eq!(report.verdict, Verdict::Ready);
    assert_eq!(report.permissions.gaps[0].outcome, Outcome::Narrower);
    assert!(report.permissions.gaps[0].because[0].contains("repository/mine"));
}

#[test]
fn a_narrower_grant_is_not_enough_where_the_template_says_every_resource() {
    let report = permission(&need(&["s3:GetObject"], &["*"]), vec![allow(json!("s3:GetObject"), json!("arn:aws:s3:::mine/*"))]);
    assert_eq!(report.verdict, Verdict::NotReady);
    assert!(report.permissions.gaps[0].because[0].contains("arn:aws:s3:::mine/*"));
}

#[test]
fn every_action_is_asked_about_on_its_own_statement_s_resources() {
    let need = need(&["s3:GetObject"], &["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"]);
    let report = permission(&need, vec![allow(json!("s3:*"), json!("arn:aws:s3:::mine/*"))]);
    let missing: Vec<_> = report.permissions.gaps.iter().map(|g| (g.resource.as_deref().unwrap(), g.outcome)).collect();
    assert_eq!(missing, [("arn:aws:s3:::mine", Outcome::Denied)]);
}

#[test]
fn a_deny_is_told_with_its_statement_and_no_spec_pretends_to_mend_it() {
    let deny = json!({"Sid": "NoKeys", "Effect": "Deny", "Action": "kms:*", "Resource": "*"});
    let report = permission(&need(&["kms:Decrypt"], &["*"]), vec![allow(json!("*"), json!("*")), deny]);
    assert_eq!(outcomes(&report), [("kms:Decrypt", Outcome::ExplicitlyDenied)]);
    assert_eq!((report.verdict, report.remediation), (Verdict::NotReady, None));
    assert!(report.notes.iter().any(|n| n.contains("`NoKeys`") && n.contains("role/worker/inline/own")), "{:?}", report.notes);
}

#[test]
fn a_deny_on_a_part_is_told_and_leaves_the_rest() {
    let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::secret/*"});
    let report = permission(&need(&["s3:GetObject"], &["*"]), vec![allow(json!("*"), json!("*")), deny]);
    assert_eq!(report.verdict, Verdict::Ready);
    assert!(report.permissions.gaps[0].because[0].contains("denied on `arn:aws:s3:::secret/*`"));
}

#[test]
fn what_hangs_on_an_unknown_key_is_unknown() {
    let mut statement = allow(json!("s3:GetObject"), json!("*"));
    statement["Condition"] = json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}});
    let report = permission(&need(&["s3:GetObject"], &["*"]), vec![statement]);
    assert_eq!((report.verdict, outcomes(&report)), (Verdict::Unknown, vec![("s3:GetObject", Outcome::Unknown)]));
    assert!(report.permissions.gaps[0].because[0].contains("aws:SourceVpc"));
    let mut statement = allow(json!("s3:GetObject"), json!("*"));
    statement["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": "ml"}});
    assert_eq!(permission(&need(&["s3:GetObject"], &["*"]), vec![statement]).verdict, Verdict::Ready);
}

#[test]
fn the_template_s_own_conditions_are_what_the_request_holds() {
    let mut pass = need(&["iam:PassRole"], &["arn:aws:iam::000000000000:role/SageMaker-*"]);
    pass.statements[0].condition = Some(json!({"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}));
    let to = |service: &str| {
        let mut statement = allow(json!("iam:PassRole"), json!("*"));
        statement["Condition"] = json!({"StringEquals": {"iam:PassedToService": service}});
        permission(&pass, vec![statement]).verdict
    };
    assert_eq!(to("sagemaker.amazonaws.com"), Verdict::Ready);
    assert_eq!(to("ec2.amazonaws.com"), Verdict::NotReady);
}

#[test]
fn policies_that_were_not_read_make_it_unknown_unless_something_denies() {
    let mut account = snapshot(policy(vec![allow(json!("*"), json!("*"))]), json!({}));
    account.roles.get_mut(&Name::new(ROLE)).unwrap().attached_policies =
        Seen::Value(["arn:aws:iam::000000000000:policy/gone".to_owned()].into());
    let report = asked(&need(&["s3:GetObject"], &["*"]), &account, None);
    assert_eq!(report.verdict, Verdict::Unknown);
    assert!(report.permissions.gaps[0].because[0].contains("policy/gone"));
    let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    let own = Document::new(policy(vec![deny]));
    account.roles.get_mut(&Name::new(ROLE)).unwrap().inline_policies = Seen::Value([("own".to_owned(), own)].into());
    assert_eq!(asked(&need(&["s3:GetObject"], &["*"]), &account, None).verdict, Verdict::NotReady);
}

#[test]
fn the_permissions_boundary_bounds() {
    let mut account = snapshot(policy(vec![allow(json!("*"), json!("*"))]), json!({}));
    account.roles.get_mut(&Name::new(ROLE)).unwrap().permissions_boundary =
        Seen::Value(Some("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned()));
    let report = asked(&need(&["s3:GetObject", "s3:PutObject"], &["*"]), &account, None);
    assert_eq!(outcomes(&report), [("s3:PutObject", Outcome::Denied)]);
    assert!(report.notes.iter().any(|n| n.contains("boundary")), "{:?}", report.notes);
}

#[test]
fn trust_counts_deny_condition_star_not_principal_and_the_case_of_letters() {
    let verdict = |statements: Value| {
        let account = snapshot(policy(vec![]), json!({"Version": "2012-10-17", "Statement": statements}));
        asked(&trusting("sagemaker.amazonaws.com"), &account, None).trust.unwrap().verdict
    };
    let service = |name: &str| json!({"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"});
    let with = |key: &str, value: Value| {
        let mut statement = service("sagemaker.amazonaws.com");
        statement[key] = value;
        statement
    };
    assert_eq!(verdict(service("sagemaker.amazonaws.com")), Half::Yes);
    assert_eq!(verdict(with("Principal", json!({"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]}))), Half::Yes);
    for action in [json!("sts:*"), json!("*"), json!(["x:Y", "STS:assumerole"])] {
        assert_eq!(verdict(with("Action", action)), Half::Yes);
    }
    assert_eq!(verdict(with("Principal", json!("*"))), Half::Yes);
    assert_eq!(
        verdict(json!([{"Effect": "Allow", "NotPrincipal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}])),
        Half::Yes
    );
    assert_eq!(verdict(with("Condition", json!({"StringEquals": {"aws:SourceAccount": "000000000000"}}))), Half::Yes);

    assert_eq!(verdict(service("SageMaker.amazonaws.com")), Half::No);
    assert_eq!(verdict(with("Principal", json!({"AWS": "arn:aws:iam::000000000000:root"}))), Half::No);
    assert_eq!(verdict(with("Action", json!("sts:TagSession"))), Half::No);
    assert_eq!(verdict(with("Condition", json!({"StringEquals": {"aws:SourceAccount": "999999999999"}}))), Half::No);
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"});
    assert_eq!(verdict(json!([service("sagemaker.amazonaws.com"), deny])), Half::No);
    assert_eq!(
        verdict(json!([{"Effect": "Allow", "NotPrincipal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}])),
        Half::No
    );

    assert_eq!(
        verdict(with("Condition", json!({"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:000000000000:*"}}))),
        Half::Unknown
    );
}

#[test]
fn a_source_arn_of_every_job_of_the_account_can_be_met_and_one_of_another_account_never() {
    let verdict = |template: &str, operator: &str, arn: &str| {
        let statement = json!([{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {operator: {"aws:SourceArn": arn}, "StringEquals": {"aws:SourceAccount": "000000000000"}}}]);
        let account = snapshot(policy(vec![]), json!({"Version": "2012-10-17", "Statement": statement}));
        let need = Need { name: template.to_owned(), ..trusting("sagemaker.amazonaws.com") };
        asked(&need, &account, None).trust.unwrap().verdict
    };
    for operator in ["ArnLike", "StringLike"] {
        let of = |arn| verdict("sagemaker/training", operator, arn);
        assert_eq!(of("arn:aws:sagemaker:*:000000000000:*"), Half::Yes);
        assert_eq!(of("arn:aws:sagemaker:*:999999999999:*"), Half::No);
        assert_eq!(of("arn:aws:lambda:*:000000000000:*"), Half::No);
        // Some jobs: which one this will be is not known.
        assert_eq!(of("arn:aws:sagemaker:eu-west-1:000000000000:*"), Half::Unknown);
        assert_eq!(of("arn:aws:sagemaker:*:000000000000:training-job/*"), Half::Unknown);
    }
    assert_eq!(verdict("sagemaker/training", "ArnNotLike", "arn:aws:sagemaker:*:999999999999:*"), Half::Yes);
    // AWS does not document the key for clusters.
    assert_eq!(verdict("sagemaker/hyperpod", "ArnLike", "arn:aws:sagemaker:*:000000000000:*"), Half::Unknown);
}

#[test]
fn an_unread_trust_is_unknown_and_a_wrong_one_is_mended_beside_what_is_there() {
    let own = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let mut account = snapshot(policy(vec![]), own);
    let report = asked(&trusting("sagemaker.amazonaws.com"), &account, None);
    let gap = &report.trust.as_ref().unwrap().gaps[0];
    assert_eq!((gap.principal.as_deref(), gap.outcome), (Some("sagemaker.amazonaws.com"), Outcome::Denied));
    let spec = report.remediation.unwrap();
    assert!(spec.contains("ec2.amazonaws.com") && spec.contains("sagemaker.amazonaws.com"), "{spec}");
    account.roles.get_mut(&Name::new(ROLE)).unwrap().trust = Seen::Unread;
    assert_eq!(asked(&trusting("sagemaker.amazonaws.com"), &account, None).verdict, Verdict::Unknown);
}

fn answers(need: &Need, decision: SimulatedDecision, missing: &[&str]) -> Simulations {
    let of = |case: &SimulateCase| {
        let pairs = case.actions.iter().flat_map(|a| case.resources.iter().map(move |r| (a.clone(), r.clone())));
        let missing: Vec<String> = missing.iter().map(|k| (*k).to_owned()).collect();
        pairs
            .map(|(action, resource)| SimulatedAnswer {
                action,
                resource,
                decision: Some(decision),
                missing_context: missing.clone(),
                ..SimulatedAnswer::default()
            })
            .collect()
    };
    cases(need).iter().map(of).collect()
}

#[test]
fn the_simulator_s_word_counts_where_it_is_sure() {
    let everything = snapshot(policy(vec![allow(json!("*"), json!("*"))]), json!({}));
    let nothing = snapshot(policy(vec![]), json!({}));
    let need = need(&["s3:GetObject"], &["*"]);
    let verdict =
        |account: &Snapshot, decision, missing: &[&str]| asked(&need, account, Some(&answers(&need, decision, missing))).verdict;
    assert_eq!(verdict(&everything, SimulatedDecision::Allowed, &[]), Verdict::Ready);
    // Keys that some other policy looks at do not matter where the policies allow it whatever they are.
    assert_eq!(verdict(&everything, SimulatedDecision::Allowed, &["aws:SourceVpc"]), Verdict::Ready);
    assert_eq!(verdict(&everything, SimulatedDecision::ImplicitDeny, &[]), Verdict::NotReady, "a service control policy");
    assert_eq!(verdict(&everything, SimulatedDecision::ExplicitDeny, &[]), Verdict::NotReady);
    assert_eq!(verdict(&nothing, SimulatedDecision::ImplicitDeny, &[]), Verdict::NotReady);
}

#[test]
fn a_role_that_cannot_be_read_is_judged_by_the_simulator_alone() {
    let on = |resource: &str| need(&["s3:GetObject"], &[resource]);
    let verdict = |need: &Need, simulated: Option<Simulations>| {
        check(need, Subject::Unread { address: None, arn: None, guessed: false, why: "no" }, simulated.as_ref(), Vec::new())
            .verdict
    };
    let all = on("*");
    assert_eq!(verdict(&all, None), Verdict::Unknown);
    assert_eq!(verdict(&all, Some(answers(&all, SimulatedDecision::Allowed, &[]))), Verdict::Ready);
    assert_eq!(verdict(&all, Some(answers(&all, SimulatedDecision::Allowed, &["aws:SourceVpc"]))), Verdict::Unknown);
    assert_eq!(verdict(&all, Some(answers(&all, SimulatedDecision::ImplicitDeny, &[]))), Verdict::NotReady);
    let some = on("arn:aws:s3:::b-*");
    assert_eq!(verdict(&some, Some(answers(&some, SimulatedDecision::ImplicitDeny, &[]))), Verdict::Unknown);
    assert_eq!(verdict(&some, Some(answers(&some, SimulatedDecision::ExplicitDeny, &[]))), Verdict::NotReady);
}

#[test]
fn answers_that_are_left_out_are_unknown() {
    let need = need(&["s3:GetObject", "s3:PutObject"], &["*"]);
    let mut simulated = answers(&need, SimulatedDecision::Allowed, &[]);
    simulated[0].pop();
    let subject = Subject::Unread { address: None, arn: None, guessed: false, why: "no" };
    let report = check(&need, subject, Some(&simulated), Vec::new());
    assert_eq!((report.verdict, outcomes(&report)), (Verdict::Unknown, vec![("s3:PutObject", Outcome::Unknown)]));
}

#[test]
fn the_simulator_is_asked_for_each_statement_s_own_resources_and_never_for_wide_patterns() {
    let mut need = need(&["s3:GetObject", "sagemaker-mlflow:Search*", "s3:*"], &["arn:aws:s3:::b/*"]);
    need.statements[0].condition = Some(json!({"StringEquals": {"a:b": ["1", "2"]}}));
    let cases = cases(&need);
    assert_eq!(cases.len(), 2);
    assert!(cases[0].actions.iter().any(|a| a == "s3:GetObject") && cases[0].actions.iter().all(|a| !a.contains('*')));
    assert_eq!(
        (cases[1].resources.as_slice(), &cases[1].context[0].1),
        (["arn:aws:s3:::b/*".to_owned()].as_slice(), &crate::policy::context::Value::Single("2".to_owned()))
    );
}

#[test]
fn a_role_that_is_not_there_is_not_ready_and_the_spec_makes_it() {
    let address = Address::new(EntityKind::Role, "yes");
    let report = check(
        &trusting("a.amazonaws.com"),
        Subject::Missing { address: &address, why: "role/yes does not exist" },
        None,
        Vec::new(),
    );
    assert_eq!(report.verdict, Verdict::NotReady);
    assert_eq!(report.remediation.as_deref(), Some("version: 1\nuse:\n  - template: test/need\n    name: \"yes\"\n"));
    assert!(report.notes[0].contains("does not exist"));
}

#[test]
fn grants_that_cannot_be_asked_for_one_by_one_are_told() {
    let mut need = need(&["s3:GetObject"], &["*"]);
    need.unclear.push("a statement with `NotAction` or `NotResource`".to_owned());
    let report = permission(&need, vec![allow(json!("*"), json!("*"))]);
    assert_eq!(report.verdict, Verdict::Unknown);
}

/// The document of the one inline policy in a spec that mends something.
fn granted(spec: &str) -> Document {
    let begin = spec.find("-missing:\n").and_then(|at| spec[at..].find('{').map(|more| at + more)).unwrap();
    Document::parse(&spec[begin..]).unwrap()
}

fn with_policy(account: &Snapshot, document: Document) -> Snapshot {
    let mut account = account.clone();
    let role = account.roles.get_mut(&Name::new(ROLE)).unwrap();
    role.inline_policies.value_mut().unwrap().insert("mend".to_owned(), document);
    account
}

/// All that some templates ask for, with conditions and features.
fn needs() -> Vec<Need> {
    let pass = NeedStatement {
        condition: Some(json!({"StringEquals": {"iam:PassedToService": ["sagemaker.amazonaws.com", "bedrock.amazonaws.com"]}})),
        ..need(&["iam:PassRole"], &["arn:aws:iam::000000000000:role/SageMaker-*"]).statements.remove(0)
    };
    let buckets = NeedStatement {
        scope: Scope::Open("s3_buckets".to_owned()),
        ..need(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::*/*"]).statements.remove(0)
    };
    let every = NeedStatement { scope: Scope::Every, ..need(&["s3:ListBucket"], &["arn:aws:s3:::*"]).statements.remove(0) };
    let one = NeedStatement {
        scope: Scope::One("name it".to_owned()),
        ..need(&["eks:DescribeCluster"], &["arn:aws:eks:*:000000000000:cluster/*"]).statements.remove(0)
    };
    let of = |statements: Vec<NeedStatement>| Need { name: "test/need".to_owned(), statements, ..Need::default() };
    let named = need(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]).statements.remove(0);
    let star = need(&["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"], &["*"]).statements.remove(0);
    vec![
        of(vec![pass.clone(), buckets.clone(), star.clone()]),
        of(vec![named, every, one.clone(), star]),
        of(vec![pass, one, buckets]),
    ]
}

/// The mend lacks nothing, and nothing in it is useless: random roles, some with conditions that nobody can know.
#[test]
fn a_mend_is_the_least_that_makes_the_role_ready() {
    let mut seed: u64 = 7;
    let mut coin = |sides: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % sides
    };
    let mut mended = 0;
    for round in 0..300 {
        let need = &needs()[round % 3];
        let mut statements = Vec::new();
        for statement in &need.statements {
            for action in &statement.actions {
                for resource in &statement.resources {
                    let narrow = resource.replace('*', "us-east-1");
                    let mut one = allow(json!(action), json!(if coin(5) == 0 { &narrow } else { resource }));
                    match (coin(4), &statement.condition) {
                        (0, _) => continue,
                        (1, _) => one["Condition"] = json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
                        (2, Some(condition)) => one["Condition"] = condition.clone(),
                        _ => {}
                    }
                    statements.push(one);
                }
            }
        }
        let account = snapshot(policy(statements), json!({}));
        let report = asked(need, &account, None);
        let Some(spec) = &report.remediation else {
            assert_eq!(report.verdict, Verdict::Ready, "{report:#?}");
            continue;
        };
        mended += 1;
        let whole = granted(spec);
        let after = asked(need, &with_policy(&account, whole.clone()), None);
        assert_eq!((after.verdict, after.remediation), (Verdict::Ready, None), "{spec}");
        for (at, statement) in whole.statements().iter().enumerate() {
            for field in ["Action", "Resource"] {
                for drop in 0..statement[field].as_array().unwrap().len() {
                    let mut less = whole.value().clone();
                    less["Statement"][at][field].as_array_mut().unwrap().remove(drop);
                    let verdict = asked(need, &with_policy(&account, Document::new(less.clone())), None).verdict;
                    assert_ne!(verdict, Verdict::Ready, "less is enough: {less:#}");
                }
            }
        }
    }
    assert!(mended > 100, "{mended}");
}

#[test]
fn what_a_boundary_or_an_organization_withholds_is_in_no_mend() {
    let mut account = snapshot(policy(vec![allow(json!("s3:PutObject"), json!("*"))]), json!({}));
    account.roles.get_mut(&Name::new(ROLE)).unwrap().permissions_boundary =
        Seen::Value(Some("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned()));
    let both = need(&["s3:GetObject", "s3:PutObject"], &["*"]);
    let report = asked(&both, &account, None);
    let spec = report.remediation.unwrap();
    assert!(spec.contains("s3:GetObject") && !spec.contains("s3:PutObject"), "{spec}");
    assert!(report.notes.iter().any(|note| note.contains("boundary")), "{:?}", report.notes);
    let everything = snapshot(policy(vec![allow(json!("*"), json!("*"))]), json!({}));
    let report = asked(&both, &everything, Some(&answers(&both, SimulatedDecision::ImplicitDeny, &[])));
    assert_eq!((report.verdict, report.remediation), (Verdict::NotReady, None));
    assert!(report.permissions.gaps[0].because[0].contains("the policies allow it"), "{:?}", report.permissions.gaps);
}

#[test]
fn an_earlier_mend_stays_whole_and_the_request_says_all() {
    let mut account = snapshot(policy(vec![]), json!({}));
    let own = Document::new(policy(vec![allow(json!("s3:ListBucket"), json!("*"))]));
    let role = account.roles.get_mut(&Name::new(ROLE)).unwrap();
    role.inline_policies.value_mut().unwrap().insert("test-need-missing".to_owned(), own);
    let report = asked(&need(&["s3:GetObject"], &["arn:aws:s3:::mine/*"]), &account, None);
    let spec = report.remediation.unwrap();
    assert!(spec.contains("s3:ListBucket") && spec.contains("s3:GetObject"), "{spec}");
    let request = report.request.unwrap();
    let told = ["arn:aws:iam::000000000000:role/ml/worker", "s3:GetObject", "iamctl check role/worker --for test/need"];
    assert!(told.iter().all(|text| request.contains(text)) && !request.contains("s3:ListBucket"), "{request}");
}

#[test]
fn what_is_optional_decides_nothing_until_it_is_asked_for() {
    let mut wanted = need(&["s3:GetObject"], &["*"]);
    wanted.features = vec![need::Feature {
        name: "kms".to_owned(),
        about: "keys".to_owned(),
        actions: vec!["kms:*".to_owned()],
        wanted: false,
    }];
    wanted.statements.push(NeedStatement {
        actions: vec!["kms:Decrypt".to_owned()],
        resources: vec!["*".to_owned()],
        feature: Some("kms".to_owned()),
        ..NeedStatement::default()
    });
    let report = permission(&wanted, vec![allow(json!("s3:*"), json!("*"))]);
    assert_eq!((report.verdict, report.permissions.gaps.len()), (Verdict::Ready, 0));
    let kms = &report.permissions.optional[0];
    assert_eq!((kms.verdict, kms.gaps[0].outcome, report.required_actions.len()), (Half::No, Outcome::Denied, 1));
}

#[test]
fn a_name_that_says_nothing_certain_of_the_arn_is_never_a_yes() {
    let allowed = |cluster: &str, eks: &str, with: &[(&str, &str)]| {
        let statements = vec![
            allow(json!("sagemaker:DescribeCluster"), json!(cluster)),
            allow(json!(["eks:DescribeCluster", "eks:AccessKubernetesApi"]), json!(eks)),
        ];
        let with = with.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        let need = Need::hyperpod_cli("aws", "000000000000", with);
        asked(&need, &snapshot(policy(statements), json!({})), None).verdict
    };
    let (any, one) = ("arn:aws:sagemaker:*:*:cluster/*", "arn:aws:sagemaker:us-east-1:000000000000:cluster/abcdefghijkl");
    let (any_eks, own_eks) = ("arn:aws:eks:*:*:cluster/*", "arn:aws:eks:us-east-1:000000000000:cluster/mine");
    assert_eq!(allowed(any, any_eks, &[("cluster", "mine")]), Verdict::Ready);
    assert_eq!(allowed(one, any_eks, &[]), Verdict::Ready);
    assert_eq!(allowed(one, any_eks, &[("cluster", "mine")]), Verdict::Unknown);
    assert_eq!(allowed(one, any_eks, &[("cluster", one)]), Verdict::Ready);
    assert_eq!(allowed(one, own_eks, &[("cluster", one), ("eks_cluster", "mine")]), Verdict::Ready);
    assert_eq!(allowed(any, own_eks, &[("cluster", "mine"), ("eks_cluster", "other")]), Verdict::NotReady);
    assert_eq!(allowed(any, "arn:aws:eks:*:*:cluster/none", &[("cluster", "mine")]), Verdict::Unknown);
    assert_eq!(allowed(any, "arn:aws:s3:::x", &[("cluster", "mine")]), Verdict::NotReady);
}
