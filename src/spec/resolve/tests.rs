use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::{Manage, PolicyRef, Want};
use crate::names::{AccountId, Address, EntityKind, Name};
use crate::policy::PathStep;
use crate::spec::load::load_memory;
use crate::spec::reference::{AwsPolicies, UnknownAws};
use crate::spec::vars::{Vars, text_value};

struct Known;
impl AwsPolicies for Known {
    fn arn_exists(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(["AmazonSageMakerFullAccess", "PowerUserAccess", "service-role/AWSBatchServiceRole"].into_iter())
    }
}

fn run_with(
    files: &[(&str, &str)],
    change: impl FnOnce(&mut ResolveContext<'_>),
    defaults: &Defaults,
) -> Result<Resolved, Vec<String>> {
    let loaded = load_memory(files);
    let vars: Vars = [("env".to_owned(), text_value("dev"))].into();
    let mut context = ResolveContext {
        account_name: "prod",
        accounts: crate::fleet::Roster::none(),
        account_id: AccountId::parse("012345678901").unwrap(),
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        caller_arn: Some("arn:aws:iam::012345678901:root".to_owned()),
        stack: Some("ml".to_owned()),
        vars: &vars,
        defaults,
        snapshot: None,
        aws: &Known,
        unknown_aws: UnknownAws::Error,
        ownership_tag: "iamctl:stack",
        today: "2026-11-29".to_owned(),
    };
    change(&mut context);
    resolve(&loaded, &context).map_err(|problems| {
        problems
            .into_iter()
            .map(|d| format!("{} {}: {}", d.at.map_or_else(String::new, |p| p.to_string()), d.code, d.message))
            .collect()
    })
}

fn run(text: &str) -> Result<Resolved, Vec<String>> {
    run_with(&[("a.yaml", text)], |_| {}, &Defaults::default())
}

fn trust_of(entry: &str) -> serde_json::Value {
    let text = format!("roles: {{r: {{trust: [{entry}]}}, ci: {{path: /ci/, trust: [{{service: ec2.amazonaws.com}}]}}}}\n");
    let resolved = run(&text).unwrap();
    resolved.desired.roles[&Name::new("r")].trust.value()["Statement"][0].clone()
}

fn faults(text: &str) -> Vec<String> {
    run(text).unwrap_err()
}

const WHOLE: &str = r#"
version: 1
policies:
  BasicS3Policy:
    description: List buckets
    document:
      Version: 2012-10-17
      Statement:
        - {Effect: Allow, Action: "s3:List*", Resource: "arn:${partition}:s3:::${var.env}-${aws:username}"}
roles:
  basic-role:
    max_session_duration: 1h
    permissions_boundary: aws/PowerUserAccess
    tags: {team: ml}
    trust:
      - service: sagemaker.amazonaws.com
        source_account: ${account_id}
    managed_policies: [BasicS3Policy, aws/AmazonSageMakerFullAccess, "arn:aws:iam::012345678901:policy/other"]
    inline_policies:
      Read: {document_file: docs/read.json}
    instance_profile: true
  elsewhere: {trust: [{service: ec2.amazonaws.com}], accounts: ["dev-*"]}
users: {alice: {permissions_boundary: none}, bob: }
groups: {analysts: {users: [alice]}}
service_linked_roles: [spot.amazonaws.com, {service: autoscaling.amazonaws.com, custom_suffix: blue}]
oidc_providers: {"https://token.actions.githubusercontent.com": {client_ids: [sts.amazonaws.com]}}
release: [role/old]
tests:
  - {name: n, principal: role/basic-role, expect: {allowed: [{action: "s3:ListBucket", context: {"aws:x": [1, true]}}]}}
"#;

#[test]
fn a_whole_spec_becomes_entities_with_places() {
    let read = (
        "docs/read.json",
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::${region}/*"}}"#,
    );
    let resolved = run_with(&[("a.yaml", WHOLE), read], |_| {}, &Defaults::default()).unwrap();
    let desired = &resolved.desired;
    let policy = &desired.policies[&Name::new("BasicS3Policy")];
    assert_eq!(policy.document.value()["Version"], "2012-10-17");
    assert_eq!(policy.document.value()["Statement"][0]["Resource"], "arn:aws:s3:::dev-${aws:username}");
    assert_eq!(policy.document_place.to_string(), "a.yaml:7:7");
    let role = &desired.roles[&Name::new("basic-role")];
    assert_eq!(role.place.to_string(), "a.yaml:11:3");
    assert_eq!(role.max_session_duration, Want::Exactly(3600));
    assert_eq!(role.manage, Manage::Exclusive);
    assert_eq!(
        role.trust.to_compact(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"012345678901"}}}]}"#
    );
    let managed: Vec<_> = role.managed_policies.iter().map(|(p, at)| (p.clone(), at.to_string())).collect();
    assert_eq!(managed[0], (PolicyRef::Declared("BasicS3Policy".into()), "a.yaml:18:24".to_owned()));
    assert_eq!(managed[2].0, PolicyRef::Arn("arn:aws:iam::012345678901:policy/other".into()));
    assert_eq!(role.inline_policies["Read"].value()["Statement"]["Resource"], "arn:aws:s3:::us-east-1/*");
    assert!(!desired.roles.contains_key(&Name::new("elsewhere")));
    assert_eq!(desired.users[&Name::new("alice")].permissions_boundary, Want::Exactly(None));
    assert_eq!(desired.users[&Name::new("bob")].permissions_boundary, Want::Leave);
    assert!(desired.service_linked_roles.contains_key(&Name::new("autoscaling.amazonaws.com/blue")));
    assert!(desired.oidc_providers.contains_key(&Name::new("token.actions.githubusercontent.com")));
    assert_eq!(desired.instance_profiles[&Name::new("basic-role")].role, Name::new("basic-role"));
    assert_eq!(desired.release.keys().map(ToString::to_string).collect::<Vec<_>>(), ["role/old"]);
    assert_eq!(resolved.tests.len(), 1);
}

#[test]
fn trust_entries_become_statements() {
    let condition = |entry: &str| trust_of(entry)["Condition"].clone();
    assert_eq!(trust_of("{aws: role/CI}")["Principal"], json!({"AWS": "arn:aws:iam::012345678901:role/ci/ci"}));
    assert_eq!(trust_of("{aws: role/unknown}")["Principal"], json!({"AWS": "arn:aws:iam::012345678901:role/unknown"}));
    assert_eq!(
        trust_of("{aws: [\"111111111111\", \"arn:aws:iam::222222222222:user/x\"], external_id: a, mfa: true, org_id: o-1}"),
        json!({
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:user/x"]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "a", "aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
        })
    );
    let github = trust_of("{github: {repository: [acme/app, acme/lib], ref: refs/heads/main}}");
    assert_eq!(github["Action"], "sts:AssumeRoleWithWebIdentity");
    assert_eq!(github["Principal"]["Federated"], "arn:aws:iam::012345678901:oidc-provider/token.actions.githubusercontent.com");
    assert_eq!(
        github["Condition"],
        json!({"StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": ["repo:acme/app:ref:refs/heads/main", "repo:acme/lib:ref:refs/heads/main"]
        }})
    );
    let any = condition("{github: {repository: acme/app, any: true, host: ghe.acme.com}}");
    assert_eq!(any["StringLike"], json!({"ghe.acme.com/_services/token:sub": "repo:acme/app:*"}));
    assert_eq!(
        condition("{service: s3.amazonaws.com, source_arn: \"arn:aws:s3:::b\"}"),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}})
    );
    assert_eq!(
        condition("{oidc: gitlab.com, subject: \"project_path:a/*\", audience: x}")["StringLike"],
        json!({"gitlab.com:sub": "project_path:a/*"})
    );
    assert_eq!(trust_of("{saml: Corp}")["Action"], "sts:AssumeRoleWithSAML");
    assert_eq!(
        trust_of("{principal: {AWS: \"*\"}, sid: X, effect: Deny, actions: [sts:AssumeRole, sts:TagSession], condition: {Bool: {\"aws:SecureTransport\": false}}}").to_string(),
        r#"{"Sid":"X","Effect":"Deny","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"Bool":{"aws:SecureTransport":false}}}"#
    );
}

#[test]
fn trust_entries_that_cannot_be_are_refused() {
    let fault = |entry: &str| faults(&format!("roles: {{r: {{trust: [{entry}]}}}}")).join(" | ");
    assert!(fault("{service: ec2.amazonaws.com, aws: role/x}").contains("has `service` and `aws`"));
    assert!(fault("{external_id: x}").contains("names no principal"));
    assert!(fault("{aws: \"*\"}").contains("admits every AWS account"));
    assert!(fault("{aws: \"123\"}").contains("is not an account id"));
    assert!(fault("{github: {repository: acme/app}}").contains("which runs"));
    assert!(fault("{github: {repository: acme, any: true}}").contains("is not a repository"));
    assert!(fault("{github: {repository: a/b, ref: main}}").contains("is not a ref"));
    assert!(fault("{service: sagemaker}").contains("is not a service principal"));
    assert!(fault("{aws: role/x, audience: y}").contains("go with `oidc`"));
    assert!(fault("{aws: role/x, external_id: a, condition: {StringEquals: {\"sts:externalid\": b}}}").contains("tested twice"));
    assert!(fault("{service: []}").contains("names no principal"));
}

#[test]
fn literal_arns_follow_the_partition_of_the_account() {
    let text = "roles: {r: {trust: [{aws: \"arn:aws:iam::111111111111:role/x\"}], managed_policies: [\"arn:aws:iam::aws:policy/PowerUserAccess\"], inline_policies: {p: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"arn:aws:s3:::b\", Condition: {ArnLike: {k: \"arn:aws:s3:::c\"}}}]}}}}";
    let resolved = run_with(&[("a.yaml", text)], |c| c.partition = "aws-cn".to_owned(), &Defaults::default()).unwrap();
    let role = &resolved.desired.roles[&Name::new("r")];
    let all = format!("{} {:?} {}", role.trust.to_compact(), role.managed_policies, role.inline_policies["p"].to_compact());
    assert!(!all.contains("arn:aws:") && all.matches("arn:aws-cn:").count() == 4, "{all}");
}

#[test]
fn defaults_fill_in_and_own_words_win() {
    let defaults = Defaults {
        tags: [("team", "ml"), ("stack-of", "${stack}")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        path: Some("/ml/".to_owned()),
        permissions_boundary: Some("Wall".to_owned()),
        max_session_duration: Some(7200),
        place: None,
        source_line: None,
    };
    let text = "policies: {Wall: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}}}\nroles: {a: {trust: [{service: ec2.amazonaws.com}], tags: {Team: x}}, b: {trust: [{service: ec2.amazonaws.com}], path: /, permissions_boundary: none}}\nusers: {u: {}, v: {create: true}}";
    let resolved = run_with(&[("a.yaml", text)], |_| {}, &defaults).unwrap();
    let (a, b) = (&resolved.desired.roles[&Name::new("a")], &resolved.desired.roles[&Name::new("b")]);
    assert_eq!(a.tags, [("Team", "x"), ("stack-of", "ml")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    assert_eq!((a.path.as_str(), b.path.as_str()), ("/ml/", "/"));
    assert_eq!(a.permissions_boundary, Want::Exactly(Some(PolicyRef::Declared("Wall".into()))));
    assert_eq!(b.permissions_boundary, Want::Exactly(None));
    assert_eq!(a.max_session_duration, Want::Exactly(7200));
    assert!(resolved.desired.users[&Name::new("u")].tags.is_empty());
    assert_eq!(resolved.desired.users[&Name::new("v")].tags.len(), 2);
}

#[test]
fn templates_make_entities_at_the_place_of_their_use() {
    let text = "use:\n  - template: sagemaker/training\n    name: Train\n    with: {s3_buckets: [a, b], kms_keys: [\"*\"]}\n";
    let resolved = run(text).unwrap();
    assert!(resolved.desired.roles.contains_key(&Name::new("Train")), "{:?}", resolved.desired.addresses());
    let role = &resolved.desired.roles[&Name::new("Train")];
    assert_eq!(role.place.line, 2);
    let own = "template: t\nparameters: {size: {type: string, enum: [small, large]}, keys: {type: kms_keys}, b: {type: s3_buckets}}\nspec:\n  policies:\n    ${param.name}:\n      tags: {size: \"${param.size}\"}\n      document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: \"kms:*\", Resource: \"${param.keys}\"}, {Effect: Allow, Action: \"s3:*\", Resource: \"${param.b}\"}]}\n";
    let good = "use: [{template: t, name: P, with: {size: small, b: [x], keys: [1234abcd-12ab-34cd-56ef-1234567890ab]}}, {template: t, name: Q, with: {size: large, keys: \"*\", b: [\"*\", x]}}]";
    let resolved = run_with(&[("templates/t.yaml", own), ("a.yaml", good)], |_| {}, &Defaults::default()).unwrap();
    let document = |name: &str| resolved.desired.policies[&Name::new(name)].document.to_compact();
    assert_eq!(
        document("P"),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":["arn:aws:kms:*:012345678901:key/1234abcd-12ab-34cd-56ef-1234567890ab"]},{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::x","arn:aws:s3:::x/*"]}]}"#
    );
    assert_eq!(
        document("Q"),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#
    );
    let bad = "use:\n- {template: t, with: {siz: small, keys: \"*\", b: \"*\"}}\n- {template: t, with: {size: smal, keys: \"*\", b: \"*\"}}\n- {template: tt}\n- {template: sagemaker/trainin}\n";
    let found = run_with(&[("templates/t.yaml", own), ("a.yaml", bad)], |_| {}, &Defaults::default()).unwrap_err();
    assert_eq!(
        found,
        [
            "a.yaml:2:24 unknown-parameter: template `t` has no parameter `siz`",
            "a.yaml:3:24 unknown-value: `size` cannot be `smal`",
            "a.yaml:4:14 unknown-template: unknown template `tt`",
            "a.yaml:5:14 unknown-template: unknown template `sagemaker/trainin`",
        ]
    );
}

#[test]
fn what_was_put_in_is_not_read_again() {
    let text = "policies: {p: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"${var.x}\"}]}}}";
    let loaded = load_memory(&[("a.yaml", text)]);
    let vars: Vars = [("x".to_owned(), text_value("arn:aws:s3:::${account_id}"))].into();
    let defaults = Defaults::default();
    let context = ResolveContext {
        account_name: "a",
        accounts: crate::fleet::Roster::none(),
        account_id: AccountId::zero(),
        partition: "aws".to_owned(),
        region: String::new(),
        caller_arn: None,
        stack: None,
        vars: &vars,
        defaults: &defaults,
        snapshot: None,
        aws: &Known,
        unknown_aws: UnknownAws::Warn,
        ownership_tag: "iamctl:stack",
        today: "2026-11-29".to_owned(),
    };
    let resolved = resolve(&loaded, &context).unwrap();
    assert_eq!(
        resolved.desired.policies[&Name::new("p")].document.value()["Statement"][0]["Resource"],
        "arn:aws:s3:::${account_id}"
    );
}

#[test]
fn faults_of_documents_are_placed_in_their_file() {
    let file = |key: &str| {
        format!(
            "{{\n  \"Version\": \"2012-10-17\", \"Statement\": [\n    {{\"{key}\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}\n  ]\n}}\n"
        )
    };
    let text = |key: &str| {
        format!(
            "policies:\n  a: {{document_file: d/p.json}}\n  b:\n    document:\n      Version: 2012-10-17\n      Statement:\n        - Action: \"s3:*\"\n          {key}: Allow\n          Resource: \"*\"\n"
        )
    };
    let (wrong, wrong_file) = (text("Efect"), file("Efect"));
    let files = [("a.yaml", wrong.as_str()), ("d/p.json", wrong_file.as_str())];
    let found = run_with(&files, |_| {}, &Defaults::default()).unwrap_err();
    let places: Vec<&str> = found.iter().filter_map(|problem| problem.split(' ').next()).collect();
    assert!(places.contains(&"a.yaml:8:11") && places.contains(&"d/p.json:3:6"), "{found:?}");
    let (right, right_file) = (text("Effect"), file("Effect"));
    let files = [("a.yaml", right.as_str()), ("d/p.json", right_file.as_str())];
    let resolved = run_with(&files, |_| {}, &Defaults::default()).unwrap();
    let loaded = load_memory(&files);
    let key = (Address::new(EntityKind::Policy, "b"), DocumentPart::Document);
    let path = [PathStep::Key("Statement".into()), PathStep::Index(0)];
    assert_eq!(resolved.place_in(&loaded, &key, &path).unwrap().to_string(), "a.yaml:7:11");
}

#[test]
fn unknown_aws_policies_are_asked_about() {
    let text = "users: {u: {managed_policies: [aws/Brand-New]}}";
    let asked = run_with(&[("a.yaml", text)], |c| c.unknown_aws = UnknownAws::Ask, &Defaults::default()).unwrap();
    assert_eq!(asked.ask_aws.into_iter().collect::<Vec<_>>(), ["arn:aws:iam::aws:policy/Brand-New"]);
    let offline = run_with(&[("a.yaml", text)], |c| c.unknown_aws = UnknownAws::Warn, &Defaults::default()).unwrap();
    assert_eq!(offline.warnings.len(), 1);
}

#[test]
fn the_same_files_give_the_same_result() {
    let read =
        ("docs/read.json", r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#);
    let once = run_with(&[("a.yaml", WHOLE), read], |_| {}, &Defaults::default()).unwrap();
    let again = run_with(&[("a.yaml", WHOLE), read], |_| {}, &Defaults::default()).unwrap();
    assert_eq!(once.desired, again.desired);
    assert_eq!(once.warnings, again.warnings);
}

#[test]
fn five_thousand_roles_in_a_hundred_files_are_read() {
    let files: Vec<(String, String)> = (0..100)
        .map(|f| {
            let mut text = "version: 1\nroles:\n".to_owned();
            for r in 0..50 {
                text.push_str(&format!(
                    "  role-{f}-{r}:\n    description: A role\n    tags: {{team: ml, env: \"${{var.env}}\"}}\n    trust:\n      - service: ec2.amazonaws.com\n        source_account: ${{account_id}}\n    managed_policies: [aws/PowerUserAccess]\n    inline_policies:\n      Read:\n        Version: 2012-10-17\n        Statement:\n          - Effect: Allow\n            Action: [s3:GetObject, s3:PutObject, \"s3:List*\"]\n            Resource: \"arn:${{partition}}:s3:::bucket-{r}/*\"\n"
                ));
            }
            (format!("{f}.yaml"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let resolved = run_with(&files, |_| {}, &Defaults::default()).unwrap();
    assert_eq!(resolved.desired.roles.len(), 5000);
}

fn entity() -> impl Strategy<Value = String> {
    let trust = prop_oneof![
        Just("{service: [ec2.amazonaws.com, lambda.amazonaws.com], source_account: \"${account_id}\"}"),
        Just("{aws: [role/other, \"111111111111\"], mfa: true}"),
        Just("{github: {repository: a/b, environment: [x, \"y*\"]}}"),
        Just("{principal: {AWS: \"*\"}, condition: {Bool: {k: true}}}"),
    ];
    let policies = prop::sample::subsequence(vec!["aws/PowerUserAccess", "\"arn:aws:iam::111111111111:policy/x\"", "Own"], 0..=3);
    (trust, policies, any::<bool>(), 1u8..12).prop_map(|(trust, policies, profile, hours)| {
        format!(
            "{{trust: [{trust}], managed_policies: [{}], instance_profile: {profile}, max_session_duration: {hours}h, tags: {{env: \"${{var.env}}\"}}}}",
            policies.join(", ")
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_split_into_files_and_the_order_of_roles_do_not_matter(roles in prop::collection::vec((entity(), 0usize..3), 1..12)) {
        let write = |order: &mut dyn Iterator<Item = usize>, files: usize| {
            let mut texts = vec!["policies: {}\nroles:\n".to_owned(); files];
            texts[0] = "policies: {Own: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"*\"}]}}}\nroles:\n".to_owned();
            for i in order {
                let (role, file) = &roles[i];
                texts[file % files].push_str(&format!("  role-{i}: {role}\n"));
            }
            let named: Vec<(String, String)> = texts.into_iter().enumerate().map(|(i, t)| (format!("{i}.yaml"), t)).collect();
            let named: Vec<(&str, &str)> = named.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
            let mut resolved = run_with(&named, |_| {}, &Defaults::default()).unwrap();
            let nowhere = crate::diag::Place { file: String::new(), line: 1, column: 1 };
            for role in resolved.desired.roles.values_mut() {
                (role.place, role.trust_place) = (nowhere.clone(), nowhere.clone());
                role.managed_policies.iter_mut().for_each(|(_, place)| *place = nowhere.clone());
            }
            (resolved.desired.roles, resolved.desired.policies.len())
        };
        let together = write(&mut (0..roles.len()), 1);
        let apart = write(&mut (0..roles.len()).rev(), 3);
        prop_assert_eq!(together.0.len(), roles.len());
        prop_assert_eq!(together, apart);
    }
}
