//! The rules on every AWS managed policy: how often each finds something, and which it calls an error. AWS means its policies; what a rule finds
//! in them is true, or the rule is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use iamctl::aws_policies;
use iamctl::diag::Severity;
use iamctl::escalation::STRONG_POLICIES;
use iamctl::lint::{BareDocument, PolicyType, Surroundings, lint_bare};
use iamctl::policy::grammar::{GrammarContext, check};
use iamctl::policy::{Document, DocumentKind};

/// Policies with errors, and what makes them so: each is an administrator, or makes one of whoever holds it.
const STRONG: &[(&str, &str)] = &[
    ("AWSManagedAccountManagementAccess", "writes the policies and the trust of roles that begin so"),
    ("AdministratorAccess", "everything"),
    ("AdministratorAccess-Amplify", "writes and attaches policies of roles"),
    ("AmazonDynamoDBFullAccesswithDataPipeline", "passes any role to EC2, Lambda and others"),
    ("AmazonElasticMapReduceFullAccess", "passes any role to EC2"),
    ("IAMFullAccess", "all of IAM"),
    ("service-role/AWSCodeStarServiceRole", "attaches policies to users"),
    ("service-role/AWSElasticBeanstalkService", "passes any role to EC2 and CloudFormation"),
    ("service-role/AmazonElasticMapReduceRole", "passes any role to EC2"),
];

/// Findings by code and severity, and the policies with errors.
#[derive(Default)]
struct Count {
    findings: BTreeMap<(String, Severity), (usize, BTreeSet<String>)>,
    errors: BTreeSet<String>,
    grammar: Vec<String>,
}

fn count() -> Count {
    let around = Surroundings { partition: "aws".to_owned(), today: "2027-01-31".to_owned(), ..Surroundings::default() };
    let each = |policies: &[aws_policies::AwsPolicy]| {
        let mut count = Count::default();
        for policy in policies {
            let (name, document) = (policy.full_name(), policy.document().unwrap());
            let text = document.value().to_string();
            let document = Document::parse(&text).unwrap();
            let faults = check(&document, DocumentKind::Identity, GrammarContext::default()).into_iter();
            count.grammar.extend(faults.map(|fault| format!("{name}: {} {}", fault.code, fault.message)));
            for finding in lint_bare(&BareDocument::read("p.json", &text).unwrap(), PolicyType::Identity, &around) {
                if finding.severity == Severity::Error {
                    count.errors.insert(name.clone());
                }
                let entry = count.findings.entry((finding.code.to_string(), finding.severity)).or_default();
                entry.0 += 1;
                entry.1.insert(name.clone());
            }
        }
        count
    };
    let all = aws_policies::all();
    let parts = all.chunks(all.len().div_ceil(4));
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| each(part))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).fold(Count::default(), |mut sum, part| {
            for (key, (findings, policies)) in part.findings {
                let entry = sum.findings.entry(key).or_default();
                entry.0 += findings;
                entry.1.extend(policies);
            }
            sum.errors.extend(part.errors);
            sum.grammar.extend(part.grammar);
            sum
        })
    })
}

fn page(count: &Count) -> String {
    let mut rows = String::new();
    for ((code, severity), (findings, policies)) in &count.findings {
        let _ = writeln!(rows, "{code}\t{}\t{findings}\t{}", severity.word(), policies.len());
    }
    format!("code\tseverity\tfindings\tpolicies of {}\n{rows}", aws_policies::all().len())
}

#[test]
fn the_rules_on_all_policies_of_aws_find_what_they_found_when_it_was_judged() {
    let count = count();
    assert!(count.grammar.is_empty(), "{:#?}", count.grammar);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/lint/aws_managed_counts.tsv");
    if std::env::var_os("IAMCTL_UPDATE").is_some() {
        std::fs::write(&file, page(&count)).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, page(&count), "judge what is new, then run again with IAMCTL_UPDATE=1");
    let known: BTreeSet<String> = STRONG.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(count.errors, known, "policies with errors");
    let strong: BTreeSet<String> = STRONG_POLICIES.iter().map(|name| (*name).to_owned()).collect();
    assert!(strong.is_subset(&count.errors), "{strong:?}");
}
