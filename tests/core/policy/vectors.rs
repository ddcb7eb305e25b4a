//! Documents that other projects wrote, judged as those projects judge them. Sources and licences: the header of each file.

use iamctl::policy::grammar::{GrammarContext, check, check_text};
use iamctl::policy::{Document, DocumentKind, equivalent_texts};
use serde_json::Value;

fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// Cases of the equivalence set on which iam-facts 5.7 decides otherwise, with the reason. None of the cases at hand.
const DECIDED_OTHERWISE: &[(&str, &str)] = &[];

#[test]
fn documents_are_equal_where_the_equivalence_vectors_say_so() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../../vectors/equivalence.json")) {
        let name = case["name"].as_str().unwrap();
        if DECIDED_OTHERWISE.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let result = equivalent_texts(case["a"].as_str().unwrap(), case["b"].as_str().unwrap());
        if result.is_err() != case["error"].as_bool().unwrap()
            || result.clone().unwrap_or(false) != case["equal"].as_bool().unwrap()
        {
            wrong.push(format!("{name}: {result:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn documents_print_back_as_they_were_read() {
    for case in cases(include_str!("../../vectors/policies_iamrs.json")) {
        let text = case["policy"].to_string();
        assert_eq!(Document::parse(&text).unwrap().to_compact(), text, "{}", case["name"]);
    }
}

#[test]
fn documents_are_refused_with_the_message_that_iam_gives() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("../../vectors/validate_moto.json")) {
        let expected = case["message"].as_str().map(str::to_owned);
        let found = check_text(case["document"].as_str().unwrap(), DocumentKind::Identity).err();
        if found != expected || found.is_none() != case["valid"].as_bool().unwrap() {
            wrong.push(format!("{}: {found:?} instead of {expected:?}: {}", case["name"], case["document"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn published_identity_policies_pass_the_grammar() {
    for case in cases(include_str!("../../vectors/policies_iamrs.json")) {
        let document = Document::new(case["policy"].clone());
        let errors = check(&document, DocumentKind::Identity, GrammarContext::default());
        assert!(errors.is_empty(), "{}: {errors:#?}", case["name"]);
    }
}
