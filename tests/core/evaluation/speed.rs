//! A decision is quick: documents are compiled once and statements found by service.

use std::time::Instant;

use iamctl::aws_policies;
use iamctl::policy::DocumentKind;
use iamctl::policy::eval::{Named, PolicySet, Principal, Request, decide};

const TEN: [&str; 10] = [
    "ReadOnlyAccess",
    "SecurityAudit",
    "PowerUserAccess",
    "AmazonSageMakerFullAccess",
    "AmazonEC2FullAccess",
    "AmazonS3FullAccess",
    "job-function/ViewOnlyAccess",
    "AmazonRDSFullAccess",
    "CloudWatchFullAccess",
    "AWSLambda_FullAccess",
];

#[test]
fn a_principal_with_ten_managed_policies_is_decided_in_no_time() {
    let named = |name: &&str| Named::new(name, &aws_policies::document(name).unwrap(), DocumentKind::Identity);
    let policies = PolicySet { identity: TEN.iter().map(named).collect(), ..PolicySet::default() };
    let principal = Principal::parse("arn:aws:iam::111111111111:role/r").unwrap();
    let asks = [
        ("s3:GetObject", "arn:aws:s3:::b/k"),
        ("ec2:DescribeInstances", "*"),
        ("iam:PassRole", "arn:aws:iam::111111111111:role/x"),
        ("x:Y", "*"),
    ]
    .map(|(action, resource)| Request::new(principal.clone(), action, resource));
    let rounds = 500;
    let begin = Instant::now();
    let allowed = (0..rounds).flat_map(|_| &asks).filter(|request| decide(&policies, request).is_allowed()).count();
    let each = begin.elapsed() / (rounds * 4);
    assert_eq!(allowed, 3 * rounds as usize);
    println!("{each:?} a decision");
    // The aim is 20 µs in a release build; this may be a debug build on a busy machine.
    assert!(each.as_micros() < 1_000, "{each:?}");
}
