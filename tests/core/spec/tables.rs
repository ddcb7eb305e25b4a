//! Trust entries and variables: every form, and what becomes of it.

use crate::support::specs::{line, resolved, resolved_with, vars};
use iamctl::names::Name;
use iamctl::spec::Defaults;
use iamctl::spec::vars::Vars;
use serde_json::{Value, json};

/// The statement that an entry becomes, in an account that declares `role/ci` under `/ops/` and `user/alice`.
fn statement(entry: &str) -> Result<Value, Vec<String>> {
    let text = format!(
        "roles:\n  r: {{trust: [{entry}]}}\n  ci: {{path: /ops/, trust: [{{service: ec2.amazonaws.com}}]}}\nusers: {{alice: {{}}}}\n"
    );
    let resolved = resolved(&[("specs/a.yaml", &text)]).map_err(|problems| problems.iter().map(line).collect::<Vec<_>>())?;
    let document = resolved.desired.roles[&Name::new("r")].trust.value().clone();
    assert_eq!(document["Version"], "2012-10-17");
    assert_eq!(document["Statement"].as_array().unwrap().len(), 1, "one entry is one statement");
    Ok(document["Statement"][0].clone())
}

fn allow(principal: Value, action: &str, condition: Option<Value>) -> Value {
    let mut out = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    if let Some(condition) = condition {
        out["Condition"] = condition;
    }
    out
}

const ASSUME: &str = "sts:AssumeRole";
const WEB: &str = "sts:AssumeRoleWithWebIdentity";

#[test]
fn every_principal_of_a_trust_entry_becomes_its_statement() {
    let arn = |rest: &str| format!("arn:aws:iam::012345678901:{rest}");
    let github = arn("oidc-provider/token.actions.githubusercontent.com");
    let token = |sub: Value, like: bool| {
        let sub_operator = if like { "StringLike" } else { "StringEquals" };
        let mut condition = json!({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}});
        condition[sub_operator]["token.actions.githubusercontent.com:sub"] = sub;
        allow(json!({"Federated": github}), WEB, Some(condition))
    };
    let cases: Vec<(&str, Value)> = vec![
        ("{service: ec2.amazonaws.com}", allow(json!({"Service": "ec2.amazonaws.com"}), ASSUME, None)),
        (
            "{service: [ec2.amazonaws.com, ssm.amazonaws.com]}",
            allow(json!({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}), ASSUME, None),
        ),
        ("{aws: \"444455556666\"}", allow(json!({"AWS": "arn:aws:iam::444455556666:root"}), ASSUME, None)),
        ("{aws: role/ci}", allow(json!({"AWS": arn("role/ops/ci")}), ASSUME, None)),
        ("{aws: role/elsewhere}", allow(json!({"AWS": arn("role/elsewhere")}), ASSUME, None)),
        (
            "{aws: [user/alice, \"arn:aws:iam::444455556666:role/x/y\"]}",
            allow(json!({"AWS": [arn("user/alice"), "arn:aws:iam::444455556666:role/x/y"]}), ASSUME, None),
        ),
        ("{github: {repository: acme/app, ref: refs/heads/main}}", token(json!("repo:acme/app:ref:refs/heads/main"), false)),
        (
            "{github: {repository: acme/app, ref: [refs/heads/main, \"refs/tags/v*\"]}}",
            token(json!(["repo:acme/app:ref:refs/heads/main", "repo:acme/app:ref:refs/tags/v*"]), true),
        ),
        (
            "{github: {repository: [acme/a, acme/b], environment: prod}}",
            token(json!(["repo:acme/a:environment:prod", "repo:acme/b:environment:prod"]), false),
        ),
        ("{github: {repository: acme/app, pull_request: true}}", token(json!("repo:acme/app:pull_request"), false)),
        ("{github: {repository: acme/app, any: true}}", token(json!("repo:acme/app:*"), true)),
        (
            "{github: {repository: acme/app, ref: refs/heads/main, host: git.acme.com, audience: me}}",
            allow(
                json!({"Federated": arn("oidc-provider/git.acme.com/_services/token")}),
                WEB,
                Some(
                    json!({"StringEquals": {"git.acme.com/_services/token:aud": "me", "git.acme.com/_services/token:sub": "repo:acme/app:ref:refs/heads/main"}}),
                ),
            ),
        ),
        (
            "{oidc: gitlab.com, audience: a, subject: [\"project_path:x/*\", s]}",
            allow(
                json!({"Federated": arn("oidc-provider/gitlab.com")}),
                WEB,
                Some(
                    json!({"StringEquals": {"gitlab.com:aud": "a"}, "StringLike": {"gitlab.com:sub": ["project_path:x/*", "s"]}}),
                ),
            ),
        ),
        ("{oidc: \"https://gitlab.com\"}", allow(json!({"Federated": arn("oidc-provider/gitlab.com")}), WEB, None)),
        (
            "{oidc: cognito-identity.amazonaws.com, audience: pool}",
            allow(
                json!({"Federated": "cognito-identity.amazonaws.com"}),
                WEB,
                Some(json!({"StringEquals": {"cognito-identity.amazonaws.com:aud": "pool"}})),
            ),
        ),
        ("{saml: Corp}", allow(json!({"Federated": arn("saml-provider/Corp")}), "sts:AssumeRoleWithSAML", None)),
        (
            "{saml: [\"arn:aws:iam::444455556666:saml-provider/X\"]}",
            allow(json!({"Federated": "arn:aws:iam::444455556666:saml-provider/X"}), "sts:AssumeRoleWithSAML", None),
        ),
        (
            "{principal: {AWS: \"*\"}, org_id: o-1}",
            allow(json!({"AWS": "*"}), ASSUME, Some(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))),
        ),
        (
            "{principal: {Federated: \"arn:aws:iam::012345678901:saml-provider/X\"}}",
            allow(json!({"Federated": arn("saml-provider/X")}), "sts:AssumeRoleWithSAML", None),
        ),
        (
            "{principal: {Federated: \"arn:aws:iam::012345678901:oidc-provider/x.com\"}}",
            allow(json!({"Federated": arn("oidc-provider/x.com")}), WEB, None),
        ),
    ];
    for (entry, expected) in cases {
        assert_eq!(statement(entry).unwrap_or_else(|p| panic!("{entry}: {p:?}")), expected, "{entry}");
    }
}

#[test]
fn every_further_key_of_a_trust_entry_adds_its_condition_or_replaces_its_part() {
    let service = json!({"Service": "x.amazonaws.com"});
    let with = |condition: Value| allow(service.clone(), ASSUME, Some(condition));
    let cases: Vec<(&str, Value)> = vec![
        ("source_account: \"${account_id}\"", with(json!({"StringEquals": {"aws:SourceAccount": "012345678901"}}))),
        (
            "source_account: [\"111111111111\", \"2*\"]",
            with(json!({"StringLike": {"aws:SourceAccount": ["111111111111", "2*"]}})),
        ),
        ("source_arn: \"arn:aws:s3:::b\"", with(json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}))),
        ("external_id: acme-7", with(json!({"StringEquals": {"sts:ExternalId": "acme-7"}}))),
        ("external_id: [a, \"b?\"]", with(json!({"StringLike": {"sts:ExternalId": ["a", "b?"]}}))),
        ("org_id: o-1", with(json!({"StringEquals": {"aws:SourceOrgID": "o-1"}}))),
        ("mfa: true", with(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))),
        (
            "external_id: x, condition: {StringEquals: {\"aws:SourceVpc\": v}, NumericLessThan: {\"aws:MultiFactorAuthAge\": 3600}}",
            with(
                json!({"StringEquals": {"aws:SourceVpc": "v", "sts:ExternalId": "x"}, "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}),
            ),
        ),
        (
            "actions: [\"sts:AssumeRole\", \"sts:TagSession\"]",
            json!({"Effect": "Allow", "Principal": service, "Action": ["sts:AssumeRole", "sts:TagSession"]}),
        ),
        ("sid: One, effect: Deny", json!({"Sid": "One", "Effect": "Deny", "Principal": service, "Action": ASSUME})),
        (
            "source_account: \"111111111111\", external_id: x, mfa: true",
            with(
                json!({"StringEquals": {"aws:SourceAccount": "111111111111", "sts:ExternalId": "x"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            ),
        ),
    ];
    for (keys, expected) in cases {
        let entry = format!("{{service: x.amazonaws.com, {keys}}}");
        assert_eq!(statement(&entry).unwrap_or_else(|p| panic!("{entry}: {p:?}")), expected, "{entry}");
    }
}

#[test]
fn what_names_nobody_everybody_or_two_kinds_is_refused() {
    for (entry, message) in [
        ("{}", "this trust entry names no principal"),
        ("{service: []}", "this trust entry names no principal"),
        ("{service: a.amazonaws.com, aws: role/ci}", "this trust entry has `service` and `aws`"),
        ("{service: ec2}", "`ec2` is not a service principal"),
        ("{aws: \"*\"}", "`aws: \"*\"` admits every AWS account"),
        ("{aws: group/x}", "`group/x` is not an AWS principal"),
        ("{aws: \"12345\"}", "`12345` is not an account id"),
        ("{github: {repository: acme/app}}", "this does not say which runs of the repository"),
        ("{github: {repository: acme/app, any: true, ref: refs/heads/x}}", "this does not say which runs of the repository"),
        ("{github: {repository: acme, any: true}}", "`acme` is not a repository"),
        ("{github: {repository: acme/app, ref: main}}", "`main` is not a ref"),
        ("{service: a.amazonaws.com, subject: x}", "`audience` and `subject` go with `oidc`"),
        ("{service: a.amazonaws.com, mfa: false}", "`mfa: false` has no meaning"),
        ("{service: a.amazonaws.com, effect: allow}", "`allow` is not an effect"),
        (
            "{service: a.amazonaws.com, external_id: x, condition: {StringEquals: {\"sts:ExternalID\": y}}}",
            "`sts:ExternalId` is tested twice with StringEquals",
        ),
    ] {
        let found = statement(entry).unwrap_err();
        assert!(found.len() == 1 && found[0].ends_with(&format!(": {message}")), "{entry}: {found:?}");
    }
}

/// What a description becomes.
fn described(text: &str, vars: &Vars) -> Result<String, Vec<String>> {
    let spec = format!("roles:\n  r:\n    trust: [{{service: ec2.amazonaws.com}}]\n    description: {}\n", json!(text));
    let resolved = resolved_with(&[("specs/a.yaml", &spec)], vars, &Defaults::default(), |_| {});
    let resolved = resolved.map_err(|problems| problems.iter().map(line).collect::<Vec<_>>())?;
    Ok(resolved.desired.roles[&Name::new("r")].description.value().unwrap().clone())
}

const VARS: &str = "  env: dev\n  n: 010\n  flag: true\n  list: [a, b]\n  map: {k: v}\n  dotted.name: d\n";

#[test]
fn variables_are_put_in_and_the_rest_passes_untouched() {
    let vars = vars(VARS);
    for (text, expected) in [
        ("${account_id}", "012345678901"),
        ("${partition} ${region} ${stack}", "aws eu-west-1 ml"),
        ("${caller_arn}", "arn:aws:iam::012345678901:role/ops/caller"),
        ("x-${var.env}-${var.dotted.name}", "x-dev-d"),
        ("${var.n} ${var.flag}", "010 true"),
        (
            "${aws:username} ${aws:PrincipalTag/team, 'none'} ${saml:sub}",
            "${aws:username} ${aws:PrincipalTag/team, 'none'} ${saml:sub}",
        ),
        ("${*}${?}${$}", "${*}${?}${$}"),
        ("$${account_id} $${x", "${account_id} ${x"),
        ("$ {x} 5$ $x", "$ {x} 5$ $x"),
        ("${var.env}${account_id}", "dev012345678901"),
    ] {
        assert_eq!(described(text, &vars).unwrap_or_else(|p| panic!("{text}: {p:?}")), expected, "{text}");
    }
}

#[test]
fn a_variable_that_is_unknown_or_does_not_fit_is_one_error() {
    let vars = vars(VARS);
    for (text, message) in [
        ("${acount_id}", "unknown-variable: unknown variable `${acount_id}`"),
        ("${env}", "unknown-variable: unknown variable `${env}`"),
        ("${var.nv}", "unknown-variable: unknown variable `${var.nv}`"),
        ("${var:env}", "unknown-variable: `${var:env}` has a colon, and iamctl's variables have none"),
        ("${account_id:x}", "unknown-variable: `${account_id:x}` has a colon, and iamctl's variables have none"),
        ("${x", "unknown-variable: this `${` is never closed"),
        ("${param.name}", "unknown-variable: unknown variable `${param.name}`"),
        ("x${var.list}", "variable-type: `${var.list}` is a list, which is not allowed inside a text"),
        ("${var.map}", "variable-type: `${var.map}` is a mapping"),
    ] {
        let found = described(text, &vars).unwrap_err();
        assert!(found.len() == 1 && found[0].contains(message), "{text}: {found:?}");
    }
}

#[test]
fn variables_stand_in_keys_lists_flags_and_files() {
    let spec = r#"
policies:
  "${var.env}-policy":
    document_file: d.json
roles:
  "r-${var.env}":
    trust: [{service: ec2.amazonaws.com}]
    tags: {"${var.env}": "${var.env}"}
    managed_policies: ["${var.env}-policy"]
    protect: ${var.flag}
    inline_policies:
      P: {Version: 2012-10-17, Statement: {Effect: Allow, Action: ["s3:x", "${var.actions}"], Resource: "arn:aws:s3:::${aws:username}", Condition: {StringEquals: {"aws:PrincipalTag/${var.env}": "${var.env}"}}}}
"#;
    let file = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "${var.actions}", "Resource": "arn:aws:iam::${account_id}:role/*"}}"#;
    let vars = vars("  env: dev\n  flag: true\n  actions: [\"s3:Get*\", \"s3:List*\"]\n");
    let wanted = resolved_with(&[("specs/a.yaml", spec), ("specs/d.json", file)], &vars, &Defaults::default(), |context| {
        context.partition = "aws-cn".to_owned();
    });
    let wanted = wanted.unwrap_or_else(|p| panic!("{p:#?}")).desired;
    let role = &wanted.roles[&Name::new("r-dev")];
    assert!(role.protect && role.tags["dev"] == "dev");
    let statement = &role.inline_policies["P"].value()["Statement"];
    assert_eq!(statement["Action"], json!(["s3:x", "s3:Get*", "s3:List*"]), "a list joins the list it stands in");
    assert_eq!(statement["Resource"], "arn:aws-cn:s3:::${aws:username}", "a literal `arn:aws:` follows the partition");
    assert_eq!(statement["Condition"], json!({"StringEquals": {"aws:PrincipalTag/dev": "dev"}}));
    let document = wanted.policies[&Name::new("dev-policy")].document.value();
    assert_eq!(document["Statement"]["Action"], json!(["s3:Get*", "s3:List*"]), "a whole scalar may become a list");
    assert_eq!(document["Statement"]["Resource"], "arn:aws-cn:iam::012345678901:role/*");
}

#[test]
fn every_issuer_has_its_subject() {
    let token = |issuer: &str, aud: &str, sub: &str| {
        let operator = if sub.contains('*') { "StringLike" } else { "StringEquals" };
        let mut condition = json!({"StringEquals": {format!("{issuer}:aud"): aud}});
        condition[operator][format!("{issuer}:sub")] = json!(sub);
        allow(json!({"Federated": format!("arn:aws:iam::012345678901:oidc-provider/{issuer}")}), WEB, Some(condition))
    };
    let org = "0f1e2d3c-0000-4000-8000-000000000001";
    let cluster = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
    let circleci = format!("oidc.circleci.com/org/{org}");
    let cases = [
        (
            "{gitlab: {project: acme/team/app, branch: main}}".to_owned(),
            token("gitlab.com", "https://gitlab.com", "project_path:acme/team/app:ref_type:branch:ref:main"),
        ),
        (
            "{gitlab: {project: \"acme/*\", tag: \"v*\", host: git.acme.com, audience: x}}".to_owned(),
            token("git.acme.com", "x", "project_path:acme/*:ref_type:tag:ref:v*"),
        ),
        (
            "{gitlab: {project: acme/app, any: true}}".to_owned(),
            token("gitlab.com", "https://gitlab.com", "project_path:acme/app:*"),
        ),
        (
            "{terraform_cloud: {organization: acme, workspace: net, run_phase: apply}}".to_owned(),
            token("app.terraform.io", "aws.workload.identity", "organization:acme:project:*:workspace:net:run_phase:apply"),
        ),
        (
            "{terraform_cloud: {organization: acme, project: Default Project, workspace: w}}".to_owned(),
            token(
                "app.terraform.io",
                "aws.workload.identity",
                "organization:acme:project:Default Project:workspace:w:run_phase:*",
            ),
        ),
        (
            "{buildkite: {organization: acme, pipeline: deploy, ref: refs/heads/main}}".to_owned(),
            token(
                "agent.buildkite.com",
                "sts.amazonaws.com",
                "organization:acme:pipeline:deploy:ref:refs/heads/main:commit:*:step:*",
            ),
        ),
        (
            format!("{{circleci: {{organization: {org}, project: {org}}}}}"),
            token(&circleci, org, &format!("org/{org}/project/{org}/user/*")),
        ),
        (
            format!("{{eks: {{cluster: \"https://{cluster}\", namespace: apps, service_account: web}}}}"),
            token(cluster, "sts.amazonaws.com", "system:serviceaccount:apps:web"),
        ),
        (
            "{eks: {cluster: 0123456789ABCDEF0123456789ABCDEF, namespace: apps, service_account: \"*\"}}".to_owned(),
            token(cluster, "sts.amazonaws.com", "system:serviceaccount:apps:*"),
        ),
    ];
    for (entry, expected) in cases {
        assert_eq!(statement(&entry), Ok(expected), "{entry}");
    }
    let pods = statement("{eks_pod_identity: {cluster: main, namespace: apps, service_account: web}}").unwrap();
    assert_eq!(pods["Principal"], json!({"Service": "pods.eks.amazonaws.com"}));
    assert_eq!(pods["Action"], json!(["sts:AssumeRole", "sts:TagSession"]));
    assert_eq!(
        pods["Condition"],
        json!({"StringEquals": {"aws:RequestTag/eks-cluster-name": "main", "aws:RequestTag/kubernetes-namespace": "apps", "aws:RequestTag/kubernetes-service-account": "web"}})
    );
}

#[test]
fn no_issuer_takes_a_subject_that_lets_other_owners_in() {
    for entry in [
        "{github: {repository: \"*/app\", any: true}}",
        "{github: {repository: \"acm?/app\", ref: refs/heads/main}}",
        "{gitlab: {project: \"*/app\", branch: main}}",
        "{gitlab: {project: \"acme*/app\", branch: main}}",
        "{terraform_cloud: {organization: \"*\", workspace: w}}",
        "{terraform_cloud: {organization: \"acme*\", any: true}}",
        "{buildkite: {organization: \"ac*\", pipeline: p, any: true}}",
        "{circleci: {organization: \"*\", any: true}}",
        "{eks: {cluster: 0123456789ABCDEF0123456789ABCDEF, namespace: \"*\", service_account: web}}",
        "{eks: {cluster: 0123456789ABCDEF0123456789ABCDEF, namespace: \"team-*\", service_account: web}}",
        "{eks_pod_identity: {cluster: \"*\", namespace: apps, service_account: web}}",
        "{eks_pod_identity: {cluster: main, namespace: \"*\", service_account: web}}",
    ] {
        let found = statement(entry).unwrap_err();
        assert!(found[0].contains("would admit other owners"), "{entry}: {found:?}");
    }
    for (entry, why) in [
        ("{gitlab: {project: app, branch: main}}", "is not the path of a project"),
        ("{gitlab: {project: acme/app}}", "does not say which pipelines"),
        ("{gitlab: {project: acme/app, branch: main, any: true}}", "does not say which pipelines"),
        ("{terraform_cloud: {organization: acme}}", "does not say which workspaces"),
        ("{terraform_cloud: {organization: acme, any: true, run_phase: destroy}}", "is not a phase"),
        ("{terraform_cloud: {organization: \"acme:project:x\", any: true}}", "is not the name of an organization"),
        ("{terraform_cloud: {organization: acme, project: \"p:workspace:w\"}}", "is not the name of a project"),
        ("{terraform_cloud: {organization: acme, project: \" p\"}}", "is not the name of a project"),
        ("{terraform_cloud: {organization: acme, workspace: \"a b\"}}", "is not the name of a workspace"),
        ("{buildkite: {organization: acme, pipeline: p, ref: main}}", "is not a ref"),
        ("{circleci: {organization: acme, any: true}}", "is not the id of an organization"),
        ("{eks: {cluster: main, namespace: apps, service_account: web}}", "is not the issuer of a cluster"),
        (
            "{eks: {cluster: main, namespace: [], service_account: web}, github: {repository: a/b, any: true}}",
            "has `github` and `eks`",
        ),
    ] {
        let found = statement(entry).unwrap_err();
        assert!(found.iter().any(|line| line.contains(why)), "{entry}: {found:?}");
    }
}

#[test]
fn cases_of_assume_take_the_short_forms_and_have_no_wildcards() {
    let cases = |case: &str| {
        let text = format!(
            "roles: {{r: {{trust: [{{service: ec2.amazonaws.com}}]}}}}\ntests: [{{name: n, assume: role/r, expect: {{denied: [{case}]}}}}]\n"
        );
        resolved(&[("specs/a.yaml", &text)]).map_err(|found| found.iter().map(line).collect::<Vec<_>>()).map(|resolved| {
            let cases = &resolved.tests[0].expect.denied.0;
            let shown = cases.iter().map(|case| {
                let who = [&case.oidc, &case.service, &case.aws, &case.saml]
                    .into_iter()
                    .flatten()
                    .map(|t| t.value.clone())
                    .collect::<Vec<_>>();
                let keys: Vec<String> = case
                    .context
                    .list
                    .iter()
                    .map(|(key, raw)| format!("{}={}", key.value, raw.0.as_str().unwrap_or_default()))
                    .collect();
                format!("{} {}", who.join(","), keys.join(" "))
            });
            shown.collect::<Vec<_>>()
        })
    };
    let github = "arn:aws:iam::012345678901:oidc-provider/token.actions.githubusercontent.com";
    assert_eq!(
        cases("{github: {repository: acme/app, environment: [dev, prod]}}").unwrap(),
        ["dev", "prod"].map(|env| format!("{github} token.actions.githubusercontent.com:aud=sts.amazonaws.com token.actions.githubusercontent.com:sub=repo:acme/app:environment:{env}"))
    );
    assert_eq!(
        cases("{oidc: gitlab.com, subject: s, audience: a, context: {\"gitlab.com:aud\": mine}}").unwrap(),
        ["gitlab.com gitlab.com:aud=mine gitlab.com:sub=s"]
    );
    assert_eq!(
        cases("{aws: \"444455556666\", external_id: e, mfa: true}").unwrap(),
        ["444455556666 sts:ExternalId=e aws:MultiFactorAuthPresent=true"]
    );
    assert_eq!(
        cases("{buildkite: {organization: acme, pipeline: p, ref: refs/heads/main}}").unwrap()[0].rsplit('=').next().unwrap(),
        "organization:acme:pipeline:p:ref:refs/heads/main:commit:sample:step:sample"
    );
    for case in [
        "{github: {repository: \"acme/*\", ref: refs/heads/main}}",
        "{github: {repository: acme/app, any: true}}",
        "{oidc: gitlab.com, subject: \"project_path:acme/*\"}",
        "{service: ec2.amazonaws.com, source_arn: \"arn:aws:s3:::*\"}",
        "{eks: {cluster: 0123456789ABCDEF0123456789ABCDEF, namespace: apps, service_account: \"*\"}}",
        "{aws: \"444455556666\", service: ec2.amazonaws.com}",
        "{external_id: x}",
    ] {
        let found = cases(case).unwrap_err();
        assert!(found.iter().all(|line| line.contains("bad-test")), "{case}: {found:?}");
    }
}
