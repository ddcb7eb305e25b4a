//! Any text as a policy document: reading, checking, comparing and showing it never panic, and what they say fits together.

use iamctl::policy::ast::Policy;
use iamctl::policy::eval::{Named, PolicyKind, PolicySet, Principal, Request, decide};
use iamctl::policy::grammar::{GrammarContext, check, check_text, refusal};
use iamctl::policy::{Document, DocumentKind, align, equal, equivalent_texts, unified_diff};

pub fn document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(same) = equivalent_texts(text, text) {
        assert!(same, "a text is equivalent to itself");
    }
    let Ok(document) = Document::parse(text) else {
        assert!(check_text(text, DocumentKind::Identity).is_err(), "what is no JSON is refused");
        return;
    };
    assert_eq!(Document::parse(&document.to_compact()).unwrap(), document, "compact JSON reads as what it was");
    assert_eq!(Document::parse(&document.pretty()).unwrap(), document, "pretty JSON reads as what it was");
    assert_eq!(document.map_principals(&mut |_, _| None), document, "no principal replaced is nothing changed");
    assert!(document.size() <= document.to_compact().chars().count() as u64);
    for kind in [DocumentKind::Identity, DocumentKind::Trust] {
        let context = GrammarContext { partition: Some("aws") };
        let faults = check(&document, kind, context);
        assert!(refusal(&document, kind, context).is_none() || !faults.is_empty(), "what IAM refuses has a fault");
        assert!(equal(&document, &document, kind, "aws"), "a document equals itself");
        assert_eq!(unified_diff(&document, &document, kind, "aws", 3), [], "a document does not differ from itself");
        assert!(equal(&align(&document, &document, kind, "aws"), &document, kind, "aws"), "aligning changes no meaning");
    }
    let policy = Policy::read(&document);
    assert!(policy.statements.len() <= document.statements().len());
    for (principal, kind) in [
        ("arn:aws:iam::111111111111:user/a", PolicyKind::Identity),
        ("ec2.amazonaws.com", PolicyKind::Trust),
        ("*", PolicyKind::Resource),
        ("arn:aws:sts::111111111111:assumed-role/r/s", PolicyKind::Rcp),
    ] {
        let named = Named::new("p", &document, kind);
        let policies = match kind {
            PolicyKind::Identity => PolicySet { identity: vec![named], ..PolicySet::default() },
            _ => PolicySet { resource: Some(named), ..PolicySet::default() },
        };
        let request = Request::new(Principal::parse(principal).unwrap(), "s3:GetObject", "arn:aws:s3:::b/k");
        let decision = decide(&policies, &request);
        let allows = policy.statements.iter().any(|s| s.effect == iamctl::policy::ast::Effect::Allow && !s.faulty);
        assert!(!decision.is_allowed() || allows, "only a statement that allows and is understood allows");
    }
}
