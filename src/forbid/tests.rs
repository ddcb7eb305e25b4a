use serde_json::json;

use super::*;
use crate::diag::Place;
use crate::model::Snapshot;
use crate::scope::PrincipalPattern;

fn rule(actions: &[&str], resources: &[&str], conditions: Value) -> ForbidRule {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    ForbidRule {
        name: "rule".to_owned(),
        actions: texts(actions),
        resources: texts(resources),
        conditions,
        principals: Vec::new(),
        except: Vec::new(),
        place: Place { file: "iamctl.yaml".to_owned(), line: 7, column: 5 },
    }
}

/// An account with one role `dev` that has these statements.
fn account(statements: &Value, boundary: &Value) -> Snapshot {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = json!({"path": "/team/", "id": "AROAAAAAAAAAAAAAAAAAA", "trust": trust, "description": null, "max_session_duration": 3600,
        "permissions_boundary": boundary, "tags": {}, "inline_policies": {"own": policy}, "attached_policies": []});
    let account =
        json!({"format_version": 1, "account": {"id": "111111111111", "partition": "aws"}, "roles": {"dev": role}, "users": {}});
    serde_json::from_value(account).unwrap()
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// What is found of `dev`: nothing, the action of a request, or `?`.
fn found(statements: &Value, rule: &ForbidRule) -> String {
    let snapshot = account(statements, &Value::Null);
    let state = AccountState::of_snapshot(&snapshot);
    let rules = [rule.clone()];
    let breaches = Judge::new(&state, &rules).of(&"role/dev".parse().unwrap());
    breaches.first().map_or_else(String::new, |breach| match &breach.outcome {
        Outcome::Allowed(allowed) => {
            assert!(breach.message().contains("statement") && breach.help().contains("iamctl.yaml:7:5"), "{}", breach.message());
            format!("{} {}", allowed.example.action, allowed.example.resource)
        }
        Outcome::Open(_) => "?".to_owned(),
    })
}

#[test]
fn a_rule_forbids_what_its_statement_would_deny() {
    let region = json!({"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}});
    let in_region = json!({"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}});
    let denied = json!({"Effect": "Deny", "Action": "cloudtrail:Stop*", "Resource": "*"});
    let trail = rule(&["cloudtrail:StopLogging"], &["*"], json!({}));
    let logs = rule(&["s3:DeleteObject"], &["arn:aws:s3:::logs-${account_id}/*"], json!({}));
    for (what, statements, rule, starts) in [
        ("another action", json!([allow("cloudtrail:StartLogging", "*")]), &trail, ""),
        ("a wildcard", json!([allow("cloudtrail:*", "*")]), &trail, "cloudtrail:StopLogging"),
        ("everything", json!([allow("*", "*")]), &trail, "cloudtrail:StopLogging"),
        ("denied again", json!([allow("*", "*"), denied]), &trail, ""),
        ("another bucket", json!([allow("s3:*", "arn:aws:s3:::data/*")]), &logs, ""),
        ("the account's bucket", json!([allow("s3:*", "arn:aws:s3:::logs-111111111111/*")]), &logs, "s3:DeleteObject"),
        ("another account's", json!([allow("s3:*", "arn:aws:s3:::logs-222222222222/*")]), &logs, ""),
        ("outside the condition", json!([in_region]), &rule(&["ec2:*"], &["*"], region.clone()), ""),
        ("inside the condition", json!([allow("ec2:RunInstances", "*")]), &rule(&["ec2:*"], &["*"], region), "ec2:RunInstances"),
    ] {
        let found = found(&statements, rule);
        assert_eq!(found.is_empty(), starts.is_empty(), "{what}: {found}");
        assert!(found.starts_with(starts), "{what}: {found}");
    }
}

#[test]
fn principals_and_exceptions_are_patterns() {
    let statements = json!([allow("*", "*")]);
    let pattern = |text: &str| PrincipalPattern::parse(text).unwrap();
    let all = rule(&["iam:CreateUser"], &["*"], json!({}));
    for (principals, except, holds) in [
        (vec![], vec![], true),
        (vec!["role/d*"], vec![], true),
        (vec!["user/*"], vec![], false),
        (vec![], vec!["arn:aws:iam::*:role/team/*"], false),
        (vec!["role/*"], vec!["role/admin"], true),
    ] {
        let rule = ForbidRule {
            principals: principals.iter().map(|text| pattern(text)).collect(),
            except: except.iter().map(|text| pattern(text)).collect(),
            ..all.clone()
        };
        assert_eq!(!found(&statements, &rule).is_empty(), holds, "{principals:?} {except:?}");
    }
}

#[test]
fn the_boundary_counts_and_what_is_unread_is_not_decided() {
    let all = rule(&["s3:DeleteBucket"], &["*"], json!({}));
    let bounded = account(&json!([allow("*", "*")]), &json!("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    let unknown = account(&json!([allow("*", "*")]), &json!("arn:aws:iam::222222222222:policy/theirs"));
    let outcome = |snapshot: &Snapshot| {
        let state = AccountState::of_snapshot(snapshot);
        Judge::new(&state, std::slice::from_ref(&all)).of(&"role/dev".parse().unwrap())
    };
    assert_eq!(outcome(&bounded), []);
    assert!(matches!(outcome(&unknown).as_slice(), [Breach { outcome: Outcome::Open(_), .. }]));
}

#[test]
fn what_a_change_adds_is_told_apart_from_what_stood() {
    let narrow = json!([allow("s3:DeleteObject", "arn:aws:s3:::logs/a/*"), allow("ec2:*", "*")]);
    let wide = json!([allow("s3:DeleteObject", "arn:aws:s3:::logs/*"), allow("ec2:*", "*")]);
    let other = json!([allow("s3:DeleteObject", "arn:aws:s3:::logs/a/*"), allow("ec2:*", "*"), allow("sqs:*", "*")]);
    let clean = json!([allow("ec2:*", "*")]);
    let logs = rule(&["s3:Delete*"], &["arn:aws:s3:::logs/*"], json!({}));
    for (was, is, added, standing) in [
        (&clean, &narrow, 1, 0),
        (&narrow, &narrow, 0, 1),
        (&narrow, &other, 0, 1),
        (&narrow, &wide, 1, 0),
        (&wide, &narrow, 0, 1),
        (&wide, &clean, 0, 0),
    ] {
        let (before, after) = (account(was, &Value::Null), account(is, &Value::Null));
        let (before, after) = (AccountState::of_snapshot(&before), AccountState::of_snapshot(&after));
        let change = of_change(&before, &after, std::slice::from_ref(&logs));
        assert_eq!((change.added.len(), change.standing.len()), (added, standing), "{was} {is}");
    }
}
