//! Policies of public projects: no rule finds an error in them, and each warning was judged once. Sources and licences:
//! `tests/vectors/corpora/README.md`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use iamctl::diag::Severity;
use iamctl::lint::{BareDocument, PolicyType, Surroundings, lint_bare};
use iamctl::policy::grammar::{GrammarContext, check};
use iamctl::policy::{Document, DocumentKind};

/// Warnings, by file, part of the policy's name, code and part of the message, with what was found when they were judged.
const JUDGED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "service-control-policy-examples",
        "CloudFormation-resources",
        "invalid-arn-resource",
        "stack/STACK_NAME",
        "true: the ARN of a stack ends in its id",
    ),
    (
        "service-control-policy-examples",
        "CloudFormation-resources",
        "resource-mismatch",
        "CreateStackSet",
        "true: it works on stack sets",
    ),
    (
        "service-control-policy-examples",
        "Lambda-functions",
        "resource-mismatch",
        "EventSourceMapping",
        "true: they work on event source mappings",
    ),
    (
        "service-control-policy-examples",
        "Lambda-URL-Config",
        "invalid-arn-resource",
        "function/*",
        "true: AWS writes `function:NAME`",
    ),
    (
        "service-control-policy-examples",
        "Lambda-URL-Config",
        "resource-mismatch",
        "FunctionUrlConfig",
        "true: it follows from the ARN",
    ),
    (
        "service-control-policy-examples",
        "Marketplace",
        "unknown-action",
        "PrivateMarketplace",
        "true: AWS's table has these actions no longer",
    ),
    ("autoscaler", "minimum", "unknown-action", "Pages", "true: the name of a method of the SDK, not of an action"),
    ("karpenter-provider-aws", "QueuePolicy", "missing-version", "", "true: the first template has none"),
    (
        "karpenter-provider-aws",
        "QueuePolicy",
        "service-access-without-source",
        "sqs:SendMessage",
        "true: the policy names no source",
    ),
];

#[test]
fn policies_of_public_projects_have_no_errors_and_only_judged_warnings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/corpora");
    let around = Surroundings { partition: "aws".to_owned(), today: "2026-11-22".to_owned(), ..Surroundings::default() };
    let (mut wrong, mut used, mut count) = (Vec::new(), BTreeSet::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let corpus: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for policy in corpus["policies"].as_array().unwrap() {
            count += 1;
            let name = policy["name"].as_str().unwrap();
            let (policy_type, kind) = match policy["type"].as_str().unwrap() {
                "trust" => (PolicyType::Trust, Some(DocumentKind::Trust)),
                "identity" => (PolicyType::Identity, Some(DocumentKind::Identity)),
                "resource" => (PolicyType::Resource, None),
                "scp" => (PolicyType::Scp, None),
                "rcp" => (PolicyType::Rcp, None),
                other => panic!("{other}"),
            };
            let text = policy["document"].to_string();
            let document = Document::parse(&text).unwrap();
            let grammar = kind.map(|kind| check(&document, kind, GrammarContext::default())).unwrap_or_default();
            wrong.extend(grammar.into_iter().map(|error| format!("{file} {name}: error {}: {}", error.code, error.message)));
            let bare = BareDocument::read("policy.json", &text).unwrap();
            for finding in lint_bare(&bare, policy_type, &around) {
                let says = |(of, part, code, words, _): &(&str, &str, &str, &str, &str)| {
                    *of == file && name.contains(part) && finding.code == *code && finding.message.contains(words)
                };
                match (finding.severity, JUDGED.iter().position(says)) {
                    (Severity::Note, _) => {}
                    (Severity::Warning, Some(at)) => drop(used.insert(at)),
                    (severity, _) => wrong.push(format!("{file} {name}: {severity:?} {}: {}", finding.code, finding.message)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(used.len(), JUDGED.len(), "every judged warning is there: {used:?}");
    assert!(count > 110, "{count} policies");
}
