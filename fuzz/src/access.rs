//! The comparison of access, checked by its examples and by requests.

use iamctl::policy::Document;
use iamctl::policy::access::{AccessDiff, Options, PrincipalPolicies, Subject, Verdict, compare};
use serde_json::Value;

use super::bytes::Bytes;
use super::naive_eval;
use super::policies::{ask, document, statement};

/// Enough for most, so that the bound is met too.
const STEPS: u64 = 300_000;

fn allowed(policies: &PrincipalPolicies, ask: &naive_eval::Ask) -> bool {
    naive_eval::decide(&naive_eval::held(policies), ask) == "allowed"
}

fn check_examples(before: &PrincipalPolicies, after: &PrincipalPolicies, diff: &AccessDiff) {
    for (grants, less, more) in [(&diff.gained, before, after), (&diff.lost, after, before)] {
        for grant in grants {
            let ask = naive_eval::asked(&grant.example);
            assert!(!allowed(less, &ask) && allowed(more, &ask), "{grant:#?} {before:#?} {after:#?}");
        }
    }
    assert_eq!(diff.verdict == Verdict::NewAccess, !diff.gained.is_empty());
    assert!(diff.verdict != Verdict::Undecided || diff.reason.is_some());
}

pub fn access(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let side = |bytes: &mut Bytes<'_>| PrincipalPolicies {
        identity: vec![("p".to_owned(), Document::new(document(bytes, false)))],
        boundary: bytes.once_in(5).then(|| ("b".to_owned(), Document::new(document(bytes, false)))),
        scps: bytes.once_in(5).then(|| vec![("s".to_owned(), Document::new(document(bytes, false)))]).into_iter().collect(),
    };
    let before = side(&mut bytes);
    // Mostly a change, as people make them; else something else altogether.
    let after = match bytes.below(3) {
        0 => side(&mut bytes),
        change => {
            let mut after = before.clone();
            let (_, document) = &mut after.identity[0];
            let mut value = document.value().clone();
            let statements = value["Statement"].as_array_mut().unwrap();
            let at = bytes.below(statements.len());
            let new: Value = statement(&mut bytes, false);
            if change == 1 {
                statements[at] = new;
            } else {
                statements.push(new);
            }
            *document = Document::new(value);
            after
        }
    };
    let options = Options { steps: STEPS, names: false };
    let diff = compare(&before, &after, &Subject::Anyone, options);
    check_examples(&before, &after, &diff);
    let nothing_lost = diff.lost.is_empty() && diff.reason.is_none();
    for _ in 0..16 {
        let mut ask = ask(&mut bytes);
        ask.principal = "arn:aws:iam::111111111111:role/r".to_owned();
        ask.resource_account = "111111111111".to_owned();
        let (was, is) = (allowed(&before, &ask), allowed(&after, &ask));
        assert!(diff.verdict != Verdict::NoNewAccess || was || !is, "gained: {ask:#?} {before:#?} {after:#?} {diff:#?}");
        assert!(!nothing_lost || is || !was, "lost: {ask:#?} {before:#?} {after:#?} {diff:#?}");
    }
    assert_eq!(compare(&before, &before, &Subject::Anyone, options).verdict, Verdict::NoNewAccess);
}
