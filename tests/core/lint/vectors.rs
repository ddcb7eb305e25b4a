//! Findings of other projects against ours. Sources and licences: `tests/vectors/lint/README.md`. Where we decide otherwise the
//! reason stands here and in `docs/lint.md`.

use std::collections::{BTreeMap, BTreeSet};

use iamctl::lint::{BareDocument, PolicyType, Surroundings, arn, lint_bare, pattern};
use iamctl::names::AccountId;
use iamctl::policy::DocumentKind;
use iamctl::policy::grammar::{GrammarContext, PathStep, check};
use serde_json::Value;

fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// The cases of several files.
fn all_cases(texts: &[&str]) -> Vec<Value> {
    texts.iter().flat_map(|text| cases(text)).collect()
}

fn around() -> Surroundings {
    Surroundings { partition: "aws".to_owned(), today: "2026-11-22".to_owned(), ..Surroundings::default() }
}

/// The codes of a document, those of the grammar included.
fn codes(text: &str, policy_type: PolicyType, around: &Surroundings) -> BTreeSet<String> {
    codes_and_messages(text, policy_type, around).into_iter().map(|(code, _)| code).collect()
}

fn codes_and_messages(text: &str, policy_type: PolicyType, around: &Surroundings) -> Vec<(String, String)> {
    let bare = match BareDocument::read("policy.json", text) {
        Ok(bare) => bare,
        Err(problem) => return vec![(problem.code.to_owned(), problem.message)],
    };
    let kind = if policy_type == PolicyType::Trust { DocumentKind::Trust } else { DocumentKind::Identity };
    let theirs = ["policy-principal", "policy-no-resources", "policy-version", "policy-no-version", "policy-duplicate-sid"];
    let grammar = check(&bare.document, kind, GrammarContext::default());
    let grammar = grammar.into_iter().filter(|e| policy_type != PolicyType::Resource || !theirs.contains(&e.code));
    // The code tells ARNs and dates alike; dates have a rule of their own as well.
    let grammar = grammar.filter(|e| e.code != "policy-legacy" || !e.path.contains(&PathStep::Key("Condition".to_owned())));
    let linted = lint_bare(&bare, policy_type, around).into_iter();
    let linted = linted.map(|f| (f.code.to_owned(), [vec![f.message], f.ways].concat().join(" ")));
    grammar.map(|e| (e.code.to_owned(), e.message)).chain(linted).collect()
}

/// Our codes → parliament's kinds. What is not here has no counterpart there.
const PARLIAMENT: &[(&str, &str)] = &[
    ("policy-syntax", "MALFORMED"),
    ("policy-no-actions", "MALFORMED"),
    ("policy-no-resources", "MALFORMED"),
    ("policy-action", "MALFORMED"),
    ("policy-operator", "UNKNOWN_OPERATOR"),
    ("policy-json", "MALFORMED_JSON"),
    ("policy-sid", "INVALID_SID"),
    ("policy-duplicate-sid", "DUPLICATE_SID"),
    ("unique-sids-recommended", "DUPLICATE_SID"),
    ("policy-resource", "INVALID_ARN"),
    ("policy-legacy", "INVALID_ARN"),
    ("missing-arn-field", "INVALID_ARN"),
    ("policy-version", "OLD_VERSION"),
    ("policy-no-version", "NO_VERSION"),
    ("missing-version", "NO_VERSION"),
    ("unknown-service", "UNKNOWN_PREFIX"),
    ("unknown-action", "UNKNOWN_ACTION"),
    ("unknown-condition-key", "UNKNOWN_CONDITION_FOR_ACTION"),
    ("condition-key-mismatch", "UNKNOWN_CONDITION_FOR_ACTION"),
    ("invalid-condition-key-format", "UNKNOWN_CONDITION_FOR_ACTION"),
    ("resource-mismatch", "RESOURCE_MISMATCH"),
    ("wildcard-resource", "RESOURCE_STAR"),
    ("resource-effectively-wildcard", "RESOURCE_EFFECTIVELY_STAR"),
    ("type-mismatch", "MISMATCHED_TYPE"),
    ("type-mismatch-boolean", "MISMATCHED_TYPE"),
    ("type-mismatch-null", "MISMATCHED_TYPE_OPERATION_TO_NULL"),
    ("type-mismatch-date", "MISMATCHED_TYPE"),
    ("type-mismatch-number", "MISMATCHED_TYPE"),
    ("type-mismatch-ip-range", "MISMATCHED_TYPE"),
    ("string-operator-for-arn", "MISMATCHED_TYPE_BUT_USABLE"),
    ("mfa-condition-without-effect", "BAD_PATTERN_FOR_MFA"),
    ("resource-policy-escalation", "RESOURCE_POLICY_PRIVILEGE_ESCALATION"),
    ("unsupported-wildcard-in-principal", "UNKNOWN_PRINCIPAL"),
    ("invalid-principal-format", "UNKNOWN_PRINCIPAL"),
    ("invalid-principal-key", "UNKNOWN_PRINCIPAL"),
    ("invalid-principal", "UNKNOWN_PRINCIPAL"),
    ("unknown-federation-source", "UNKNOWN_FEDERATION_SOURCE"),
];

/// Kinds of the optional ("community") checks.
const PARLIAMENT_COMMUNITY: &[(&str, &str)] = &[
    ("privilege-escalation", "PRIVILEGE_ESCALATION"),
    ("credentials-exposure", "CREDENTIALS_EXPOSURE"),
    ("resource-exposure", "PERMISSIONS_MANAGEMENT_ACTIONS"),
    ("allow-with-not-principal", "NOTPRINCIPAL_WITH_ALLOW"),
    ("allow-with-not-resource", "NOTRESOURCE_WITH_ALLOW"),
    ("for-all-values-with-single-valued-key", "SINGLE_VALUE_CONDITION_TOO_PERMISSIVE"),
];

/// Cases on which we decide otherwise.
const PARLIAMENT_OTHERWISE: &[(&str, &str)] = &[
    (
        "parliament/sensitive_access/test_sensitive_access/3",
        "a list of sensitive resources is a test of the specs: write them under `denied:` of a spec test",
    ),
    ("parliament/unknown-version", "what is no version is `policy-syntax`, as every value that the grammar does not have"),
    ("parliament/not-resource-with-allow", "what `NotResource` leaves is of every type, so no action is idle"),
    (
        "parliament/not-principal-with-allow",
        "changing permissions on one named bucket is no exposure; who may do it is what is wrong there",
    ),
];

fn parliament(texts: &[&str], table: &[&[(&str, &str)]]) {
    let mut wrong = Vec::new();
    for case in all_cases(texts) {
        let name = case["name"].as_str().unwrap();
        if PARLIAMENT_OTHERWISE.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let policy = case["policy"].as_str().unwrap();
        let policy_type = if policy.contains("\"Principal\"") { PolicyType::Resource } else { PolicyType::Identity };
        let ours = codes(policy, policy_type, &around());
        let kinds: BTreeSet<&str> =
            table.iter().copied().flatten().filter(|(code, _)| ours.contains(*code)).map(|(_, kind)| *kind).collect();
        let good = match case["match"].as_str().unwrap() {
            "equals" => kinds == case["findings"].as_array().unwrap().iter().map(|k| k.as_str().unwrap()).collect(),
            _ => kinds.len() as u64 == case["count"].as_u64().unwrap(),
        };
        if !good {
            wrong.push(format!("{name}: {kinds:?} of {ours:?}\n   instead of {} {}", case["findings"], case["count"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn parliament_s_findings_are_found_and_no_others_of_its_kinds() {
    parliament(
        &[include_str!("../../vectors/lint/lint_parliament.json"), include_str!("../../vectors/lint/more_parliament.json")],
        &[PARLIAMENT],
    );
}

#[test]
fn parliament_s_community_findings_are_found() {
    parliament(
        &[
            include_str!("../../vectors/lint/lint_parliament_community.json"),
            include_str!("../../vectors/lint/more_parliament_community.json"),
        ],
        &[PARLIAMENT, PARLIAMENT_COMMUNITY],
    );
}

#[test]
fn every_kind_that_is_mapped_exists() {
    let kinds: BTreeSet<String> = cases(include_str!("../../vectors/lint/kinds_parliament.json"))
        .iter()
        .map(|c| c["name"].as_str().unwrap().to_owned())
        .collect();
    for (code, kind) in PARLIAMENT.iter().chain(PARLIAMENT_COMMUNITY) {
        assert!(kinds.contains(*kind), "{kind}");
        let known = iamctl::lint::rules::ALL.iter().any(|r| r.code == *code)
            || iamctl::policy::grammar::CODES.iter().any(|(c, _)| c == code);
        assert!(known, "{code}");
    }
}

#[test]
fn resources_match_types_as_parliament_says() {
    let mut wrong = Vec::new();
    for case in all_cases(&[
        include_str!("../../vectors/lint/patterns_parliament.json"),
        include_str!("../../vectors/lint/more_patterns_parliament.json"),
    ]) {
        let args: Vec<&str> = case["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let found = match (case["fn"].as_str().unwrap(), args.as_slice()) {
            ("is_arn_match", [_, kind, given]) => arn::may_be_of_type(kind, given),
            ("is_arn_strictly_valid", [_, kind, given]) => arn::is_strictly_of_type(kind, given),
            ("is_valid_region", [region]) => region.is_empty() || arn::is_region(region),
            ("is_valid_account_id", [account]) => account.is_empty() || AccountId::parse(account).is_some(),
            ("is_glob_match", [a, b]) => pattern::intersects(a, b),
            other => panic!("{other:?}"),
        };
        if found != case["expected"].as_bool().unwrap() {
            wrong.push(format!("{}: {found}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The codes that tell an Access Analyzer check, as `docs/lint.md` lists them; none where the page says why not.
fn access_analyzer_codes() -> BTreeMap<String, BTreeSet<String>> {
    let page = include_str!("../../../docs/lint.md");
    let rows = page.lines().skip_while(|l| !l.starts_with("| Access Analyzer |")).skip(2).take_while(|l| l.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let codes = cells[1].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (cells[0].trim().to_ascii_lowercase(), codes)
    })
    .collect()
}

#[test]
fn access_analyzer_s_findings_are_found() {
    let table = access_analyzer_codes();
    let mut wrong = Vec::new();
    for case in all_cases(&[
        include_str!("../../vectors/lint/lint_access_analyzer.json"),
        include_str!("../../vectors/lint/more_access_analyzer.json"),
    ]) {
        let policy_type = match case["policy_type"].as_str().unwrap() {
            "identity" => PolicyType::Identity,
            "trust" => PolicyType::Trust,
            "scp" => PolicyType::Scp,
            _ => PolicyType::Resource,
        };
        let ours = codes(&case["policy"].to_string(), policy_type, &around());
        let of = |check: &Value| table.get(&check.as_str().unwrap().to_ascii_lowercase()).unwrap_or_else(|| panic!("{check}"));
        for finding in case["findings"].as_array().unwrap() {
            if of(finding).is_disjoint(&ours) {
                wrong.push(format!("{}: {finding} is not in {ours:?}", case["name"]));
            }
        }
        for finding in case["not_findings"].as_array().unwrap() {
            if !of(finding).is_disjoint(&ours) {
                wrong.push(format!("{}: {finding} is in {ours:?}", case["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_of_the_access_analyzer_table_exists() {
    let table = access_analyzer_codes();
    assert!(table.len() > 100, "{}", table.len());
    for code in table.values().flatten() {
        let known = iamctl::lint::rules::ALL.iter().any(|r| r.code == code)
            || iamctl::policy::grammar::CODES.iter().any(|(c, _)| c == code)
            || code == "policy-json";
        assert!(known, "{code}");
    }
}

/// cloudsplaining's kinds → our codes.
const CLOUDSPLAINING: &[(&str, &str)] = &[
    ("PRIVILEGE_ESCALATION", "privilege-escalation"),
    ("RESOURCE_EXPOSURE", "resource-exposure"),
    ("DATA_EXFILTRATION", "data-exfiltration"),
    ("SERVICE_WILDCARD", "service-wildcard"),
    ("CREDENTIALS_EXPOSURE", "credentials-exposure"),
    ("INFRASTRUCTURE_MODIFICATION", "infrastructure-modification"),
    ("WRITE_UNCONSTRAINED", "infrastructure-modification"),
    ("TAGGING_UNCONSTRAINED", "infrastructure-modification"),
    ("UNRESTRICTED_ACTIONS", "infrastructure-modification"),
    ("NOT_ACTION", "allow-with-not-action"),
    ("ASSUMABLE_BY_COMPUTE", "assumable-by-compute"),
    ("ASSUMABLE_CROSS_ACCOUNT", "foreign-account-trust"),
    ("ASSUMABLE_BY_ANYONE", "public-trust"),
    ("ASSUMABLE_BY_ANYONE_CONDITIONAL", "public-trust-with-condition"),
];

/// Kinds that list `iam:PassRole` on everything.
const CHANGES: &[&str] = &["RESOURCE_EXPOSURE", "INFRASTRUCTURE_MODIFICATION", "WRITE_UNCONSTRAINED", "UNRESTRICTED_ACTIONS"];

/// Cases on which we decide otherwise.
const CLOUDSPLAINING_OTHERWISE: &[(&str, &str)] = &[
    (
        "cloudsplaining/policy_document/test_gh_254_flag_risky_actions_with_resource_constraints_credentials_exposure/1",
        "asks for findings on named resources too; we never report those",
    ),
    (
        "cloudsplaining/policy_document/test_gh_106_excluded_actions_should_not_show_in_results/1",
        "exclusions of single actions; ours are waivers, by entity and code",
    ),
    (
        "cloudsplaining/both-with-condition",
        "the caller chooses the region that it calls, so the trust is open without a condition",
    ),
];

fn asserted<'c>(case: &'c Value, kind: &str) -> Option<&'c Vec<Value>> {
    case["findings"].get(kind).and_then(Value::as_array)
}

#[test]
fn cloudsplaining_s_findings_are_found_and_empty_lists_stay_empty() {
    let mut wrong = Vec::new();
    for case in all_cases(&[
        include_str!("../../vectors/lint/lint_cloudsplaining.json"),
        include_str!("../../vectors/lint/more_cloudsplaining.json"),
    ]) {
        let name = case["name"].as_str().unwrap();
        if CLOUDSPLAINING_OTHERWISE.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let ours = codes_and_messages(&case["policy"].to_string(), PolicyType::Identity, &around());
        for (kind, code) in CLOUDSPLAINING {
            let Some(wanted) = asserted(&case, kind) else { continue };
            // Passing any role is a finding of its own, and not of the wider ones as well.
            let passes = CHANGES.contains(kind) && !wanted.is_empty();
            let is_theirs = |c: &str| c == *code || (passes && c.starts_with("pass-role-with-"));
            let messages: Vec<&str> = ours.iter().filter(|(c, _)| is_theirs(c)).map(|(_, m)| m.as_str()).collect();
            let missing = wanted.iter().find(|w| {
                // The source counts this read as a change where it is told to include it; ours is `data-exfiltration`.
                if *kind == "INFRASTRUCTURE_MODIFICATION" && w.as_str() == Some("s3:GetObject") {
                    return false;
                }
                let named = *kind == "PRIVILEGE_ESCALATION" || w.as_str().is_some_and(|w| w.contains(':'));
                named && !messages.iter().any(|m| m.contains(w.as_str().unwrap()))
            });
            if wanted.is_empty() != messages.is_empty() || missing.is_some() {
                wrong.push(format!("{name}: {kind} is {messages:?} instead of {wanted:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cloudsplaining_s_findings_on_trusts_are_found() {
    let mut wrong = Vec::new();
    for case in all_cases(&[
        include_str!("../../vectors/lint/trust_cloudsplaining.json"),
        include_str!("../../vectors/lint/more_trust_cloudsplaining.json"),
    ]) {
        let mut around = around();
        around.account = case["options"]["current_account_id"].as_str().and_then(AccountId::parse);
        let known = case["options"]["exclusions"]["known-accounts"].as_array();
        around.known_accounts =
            std::sync::Arc::new(known.into_iter().flatten().filter_map(|a| AccountId::parse(a.as_str().unwrap())).collect());
        let ours = codes_and_messages(&case["trust"].to_string(), PolicyType::Trust, &around);
        if CLOUDSPLAINING_OTHERWISE.iter().any(|(known, _)| case["name"] == *known) {
            assert!(ours.iter().any(|(code, _)| code == "public-trust"), "{}", case["name"]);
            continue;
        }
        for (kind, code) in CLOUDSPLAINING {
            let Some(wanted) = asserted(&case, kind) else { continue };
            // Passing any role is a finding of its own, and not of the wider ones as well.
            let is_theirs = |c: &str| c == *code || (CHANGES.contains(kind) && c.starts_with("pass-role-with-"));
            let messages: Vec<&str> = ours.iter().filter(|(c, _)| is_theirs(c)).map(|(_, m)| m.as_str()).collect();
            let all = wanted.iter().all(|w| messages.iter().any(|m| m.contains(&format!("`{}`", w.as_str().unwrap()))));
            if wanted.len() != messages.len() || !all {
                wrong.push(format!("{}: {kind} is {messages:?} instead of {wanted:?}", case["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_known_way_to_escalate_is_found_and_named() {
    let mut wrong = Vec::new();
    for case in all_cases(&[
        include_str!("../../vectors/lint/privesc_cloudsplaining.json"),
        include_str!("../../vectors/lint/more_privesc.json"),
    ]) {
        let ours = codes_and_messages(&case["policy"].to_string(), PolicyType::Identity, &around());
        let name = case["name"].as_str().unwrap();
        if !ours.iter().any(|(code, message)| code == "privilege-escalation" && message.contains(name)) {
            wrong.push(format!("{name}: {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_principal_escalates_exactly_where_all_its_policies_together_let_it() {
    for case in all_cases(&[
        include_str!("../../vectors/lint/privesc_iam_vulnerable.json"),
        include_str!("../../vectors/lint/more_privesc_iam_vulnerable.json"),
    ]) {
        // A bare document is judged as the whole principal: the statements of all its policies in one.
        let policies = case["policies"].as_array().unwrap().iter();
        let statements: Vec<Value> = policies.flat_map(|p| p["Statement"].as_array().unwrap().clone()).collect();
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
        let ours = codes(&document.to_string(), PolicyType::Identity, &around());
        let expected = case["escalates"].as_bool().unwrap();
        assert_eq!(ours.contains("privilege-escalation"), expected, "{}: {}", case["name"], case["why"]);
    }
}
