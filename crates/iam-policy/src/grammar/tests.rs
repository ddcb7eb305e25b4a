use super::*;
use serde_json::json;

fn identity(statement: Value) -> Vec<GrammarError> {
    let document = Document::new(json!({"Version": "2012-10-17", "Statement": statement}));
    check(&document, DocumentKind::Identity, GrammarContext::default())
}

fn trust(statement: Value) -> Option<String> {
    let document = Document::new(json!({"Version": "2012-10-17", "Statement": statement}));
    refusal(&document, DocumentKind::Trust, GrammarContext { partition: Some("aws") })
}

fn trusting(principal: Value) -> Option<String> {
    trust(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))
}

#[test]
fn a_misspelt_element_is_named_with_its_place_and_what_was_meant() {
    let errors = identity(json!([{"Effect": "Allow", "Actoin": "s3:*", "Action": "s3:*", "Resource": "*"}]));
    assert_eq!(errors.len(), 1);
    let path = [PathStep::Key("Statement".into()), PathStep::Index(0), PathStep::Key("Actoin".into())];
    assert_eq!(errors[0].path, path);
    assert_eq!(errors[0].message, "Syntax errors in policy.");
    assert_eq!(errors[0].help.as_deref(), Some("`Actoin` is not an element of a statement; did you mean `Action`?"));
}

#[test]
fn every_mistake_is_reported_at_once_and_in_iam_s_order() {
    let errors = identity(json!([
        {"Effect": "allow", "Action": ["s3:*", "x"], "Resource": ["nothing", "arn:aws:iam::1:role/ok"]},
        {"Effect": "Deny", "Action": []},
    ]));
    let codes: Vec<_> = errors.iter().map(|e| e.code).collect();
    assert_eq!(codes, ["policy-legacy", "policy-resource", "policy-no-actions", "policy-action", "policy-no-resources"]);
}

#[test]
fn operators_in_other_case_are_refused_with_the_right_spelling() {
    let errors =
        identity(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"stringequals": {"aws:x": "y"}}}));
    assert_eq!(
        errors[0].help.as_deref(),
        Some("`stringequals` is not a condition operator; write `StringEquals`: IAM is case-sensitive")
    );
}

#[test]
fn numbers_and_booleans_stand_unquoted_in_conditions() {
    let condition = json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}, "Bool": {"aws:SecureTransport": [true]}, "DateLessThan": {"aws:EpochTime": 1}});
    assert_eq!(identity(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition})), []);
}

#[test]
fn specs_may_not_say_nothing() {
    let errors = identity(
        json!({"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*", "", null], "Condition": {"StringEquals": {"a:b": []}}}),
    );
    assert!(errors.iter().all(|e| e.code == "policy-empty") && errors.len() == 3, "{errors:#?}");
}

#[test]
fn identity_policies_name_no_principal_and_plain_sids() {
    let errors = identity(json!({"Sid": "a b", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": {"AWS": "*"}}));
    let messages: Vec<_> = errors.iter().map(|e| e.message.as_str()).collect();
    assert_eq!(messages[0], "Policy document should not specify a principal.");
    assert!(messages[1].starts_with("Statement IDs (SID) must be alpha-numeric."));
}

#[test]
fn characters_outside_latin_1_are_found_wherever_they_stand() {
    let errors = identity(
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": ["ÿ\t", "日"]}}}),
    );
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, "policy-characters");
    assert_eq!(errors[0].path.last(), Some(&PathStep::Index(1)));
}

#[test]
fn arns_carry_the_account_s_partition() {
    let document = Document::new(
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}}),
    );
    let within = |partition| refusal(&document, DocumentKind::Identity, GrammarContext { partition });
    assert_eq!(within(Some("aws")), None);
    assert_eq!(within(None), None);
    assert_eq!(within(Some("aws-cn")).as_deref(), Some("Partition \"aws\" is not valid for resource \"arn:aws:s3:::b\"."));
}

#[test]
fn trust_policies_take_the_old_version_and_none() {
    for version in [json!("2008-10-17"), json!("2012-10-17")] {
        let statement = json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
        let document = Document::new(json!({"Version": version, "Statement": statement}));
        assert_eq!(refusal(&document, DocumentKind::Trust, GrammarContext::default()), None);
    }
    let bare = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"]}}"#;
    assert_eq!(check_text(bare, DocumentKind::Trust), Ok(()));
}

#[test]
fn trust_policies_need_a_principal_and_no_resource() {
    let action = "sts:AssumeRole";
    let case = |statement| trust(statement).unwrap_or_default();
    assert_eq!(case(json!({"Effect": "Allow", "Action": action})), "Missing required field Principal");
    assert_eq!(trusting(json!({})).as_deref(), Some("Missing required field Principal"));
    assert_eq!(
        case(json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": action, "Resource": "*"})),
        "Has prohibited field Resource."
    );
    assert_eq!(trusting(json!("*")).as_deref(), Some("AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\""));
    assert_eq!(
        case(json!({"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": action})),
        "Has prohibited field NotPrincipal."
    );
}

#[test]
fn trust_policies_name_actions_of_sts_only() {
    for action in ["sts:*", "s3:GetObject", "sts:GetCallerIdentity", "*"] {
        let message = trust(json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", action]}));
        assert!(message.unwrap_or_default().starts_with("Trust Policy statement actions can only be"), "{action}");
    }
    assert_eq!(trust(json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "STS:assumerole"})), None);
}

#[test]
fn principals_have_the_forms_that_iam_knows() {
    for principal in [
        json!({"AWS": ["123456789012", "arn:aws:iam::123456789012:root", "*"]}),
        json!({"AWS": "arn:aws:iam::123456789012:role/a/b/c"}),
        json!({"AWS": "arn:aws:sts::123456789012:assumed-role/r/s"}),
        json!({"AWS": "arn:aws:sts::123456789012:federated-user/x"}),
        json!({"Service": ["ec2.amazonaws.com", "logs.eu-west-1.amazonaws.com"], "AWS": "123456789012"}),
        json!({"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB"}),
        json!({"Federated": "cognito-identity.amazonaws.com"}),
    ] {
        assert_eq!(trusting(principal.clone()), None, "{principal}");
    }
    for (kind, value) in [
        ("AWS", "AROA1234567890123456A"),
        ("AWS", "arn:aws:iam::123456789012:role/*"),
        ("AWS", "arn:aws:iam::123456789012:group/g"),
        ("AWS", "arn:aws:iam::123456789012:role/"),
        ("AWS", "arn:aws-cn:iam::123456789012:root"),
        ("AWS", "arn:aws:sts::123456789012:assumed-role/r"),
        ("AWS", "12345678901"),
        ("SERVICE", "ec2"),
        ("SERVICE", "*.amazonaws.com"),
        ("FEDERATED", "arn:aws:iam::123456789012:role/x"),
        ("FEDERATED", "example.com"),
    ] {
        let written = match kind {
            "SERVICE" => "Service",
            "FEDERATED" => "Federated",
            other => other,
        };
        let message = trusting(json!({written: value}));
        assert_eq!(message, Some(format!("Invalid principal in policy: \"{kind}\":\"{value}\"")));
    }
}

/// Each ARN format of the catalogue with plain values in its placeholders, and with wildcards.
#[test]
fn every_resource_type_of_aws_passes() {
    let mut refused = Vec::new();
    let mut forms = 0;
    for service in crate::catalogue::services() {
        for resource in service.resource_types() {
            for format in resource.arn().formats() {
                for (region, account, rest) in [("us-east-1", "111111111111", "x"), ("*", "*", "*"), ("eu-west-1", "", "x*")] {
                    forms += 1;
                    let arn = filled(format, region, account, rest);
                    let text = json!({"Version": "2012-10-17", "Statement": [
                        {"Effect": "Allow", "Action": format!("{}:*", service.prefix()), "Resource": arn}]});
                    for error in check(&Document::new(text), DocumentKind::Identity, GrammarContext::default()) {
                        refused.push(format!("{arn}: {}", error.message));
                    }
                }
            }
        }
    }
    assert!(forms > 6_000, "{forms}");
    assert!(refused.is_empty(), "{} of {forms}\n{}", refused.len(), refused.join("\n"));
}

fn filled(format: &str, region: &str, account: &str, rest: &str) -> String {
    let mut out = String::new();
    let mut left = format;
    while let Some((head, tail)) = left.split_once("${") {
        let (name, tail) = tail.split_once('}').unwrap();
        out.push_str(head);
        out.push_str(match name {
            "Partition" => "aws",
            "Region" => region,
            "Account" => account,
            _ => rest,
        });
        left = tail;
    }
    out + left
}

#[test]
fn every_aws_managed_policy_passes() {
    let mut refused = Vec::new();
    for policy in crate::aws_policies::all() {
        for error in check(&policy.document().unwrap(), DocumentKind::Identity, GrammarContext::default()) {
            refused.push(format!("{}: {} {:?}", policy.name, error.message, error.path));
        }
    }
    assert!(refused.is_empty(), "{}\n{}", refused.len(), refused.join("\n"));
}
