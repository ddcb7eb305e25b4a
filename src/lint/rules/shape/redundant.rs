//! What is there twice.

use std::collections::BTreeMap;

use crate::diag::Severity;
use crate::lint::arn;
use crate::lint::findings::Findings;
use crate::lint::pattern;
use crate::lint::proof::{Questions, is_small};
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType, PrincipalSubject};
use crate::policy::ast::Statement;
use crate::policy::data::VERSION;

rule! {
    /// An action is covered by another of the same list
    ///
    /// **Why it matters.** The narrower one looks like a limit, and is none.
    ///
    /// **What to do.** Drop the narrower one, or the wider one if it was not meant.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObject*"], "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectTagging"], "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    REDUNDANT_ACTION = "redundant-action", Note, Document(action);

    /// A resource is covered by another of the same list
    ///
    /// **Why it matters.** The narrower one looks like a limit, and is none.
    ///
    /// **What to do.** Drop the narrower one, or the wider one if it was not meant.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::example-reports/*",
    /// "arn:aws:s3:::example-reports/2026/*"]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/2026/*"}
    /// ```
    REDUNDANT_RESOURCE = "redundant-resource", Note, Document(resource);

    /// A statement that the others of its document make superfluous
    ///
    /// The same statement stands twice; or the access engine proves that whatever it allows, the others allow too (or deny
    /// it), and that whatever it denies, others deny too. Of two that cover each other the later one is reported. Where the
    /// engine cannot decide, nothing is said.
    ///
    /// **Why it matters.** It looks like a grant, or a limit, of its own, and whoever takes it out to withdraw something
    /// withdraws nothing.
    ///
    /// **What to do.** Drop it; or narrow the wider statement, if that one was not meant.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::example-reports/*"},
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/2026/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-reports/*"},
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/2026/*"}
    /// ```
    REDUNDANT_STATEMENT = "redundant-statement", Note, Document(statement);

    /// An allow that its own document denies
    ///
    /// The access engine proves that the denies of the document leave nothing of what the statement allows.
    ///
    /// **Why it matters.** It reads like access that nobody has.
    ///
    /// **What to do.** Drop it, or narrow the deny.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/2026/*"},
    /// {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/2026/*"},
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    SHADOWED_STATEMENT = "shadowed-statement", Warning, Document(shadowed);

    /// An inline policy allows what another policy of the principal allows
    ///
    /// The access engine proves that a statement of an inline policy adds nothing to the principal's other policies,
    /// those of a user's groups and the AWS managed policies inside the binary included.
    ///
    /// **Why it matters.** Whoever takes it out to withdraw something withdraws nothing.
    ///
    /// **What to do.** Drop it, or the wider policy, if only this was needed.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     inline_policies:
    ///       all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::example-reports/*"}]}
    ///       one: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::example-reports/*"}]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     inline_policies:
    ///       all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::example-reports/*"}]}
    ///       one: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::example-reports/*"}]}
    /// ```
    REDUNDANT_IN_PRINCIPAL = "redundant-in-principal", Note, Principal(redundant_in_principal);

    /// An inline policy allows what another policy of the principal, or its boundary, takes back
    ///
    /// The access engine proves that denies in the principal's other policies, or its permissions boundary, leave
    /// nothing of what a statement of an inline policy allows.
    ///
    /// **Why it matters.** It reads like access that the principal does not have.
    ///
    /// **What to do.** Drop it, narrow the deny, or widen the boundary.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     inline_policies:
    ///       all: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:Get*", Resource: "arn:aws:s3:::example-reports/*"}]}
    ///       one: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::example-reports/*"}]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   reports:
    ///     trust: [{service: lambda.amazonaws.com}]
    ///     inline_policies:
    ///       all: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:Get*", Resource: "arn:aws:s3:::example-reports/*"}]}
    ///       one: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::example-reports/*"}]}
    /// ```
    SHADOWED_IN_PRINCIPAL = "shadowed-in-principal", Warning, Principal(shadowed_in_principal);
}

/// Lists longer than this are not compared pair by pair.
const LONGEST: usize = 400;

/// The index of an entry of which another covers all; of two equal ones the later.
fn covered<'l>(list: impl IntoIterator<Item = &'l String>, covers: &dyn Fn(&str, &str) -> bool) -> Vec<(usize, usize)> {
    let list: Vec<&str> = list.into_iter().map(String::as_str).collect();
    if list.len() > LONGEST {
        return Vec::new();
    }
    // What has no wildcard covers its equal alone.
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    list.iter().enumerate().for_each(|(i, text)| {
        first.entry(text).or_insert(i);
    });
    let wild: Vec<(usize, &&str)> = list.iter().enumerate().filter(|(_, text)| text.contains(['*', '?'])).collect();
    let mut found = Vec::new();
    for (i, inner) in list.iter().enumerate() {
        let equal = first.get(inner).copied().filter(|j| *j < i);
        let wider = || wild.iter().find(|(j, outer)| *j != i && covers(outer, inner) && (!covers(inner, outer) || *j < i));
        found.extend(equal.or_else(|| wider().map(|(j, _)| *j)).map(|j| (i, j)));
    }
    found
}

fn action(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter() {
        let folded: Vec<String> = statement.action_patterns().iter().map(|a| pattern::action(a)).collect();
        for (i, j) in covered(&folded, &pattern::covers) {
            let (Some(inner), Some(outer)) = (statement.action_patterns().get(i), statement.action_patterns().get(j)) else {
                continue;
            };
            let path = statement.item(statement.action_member(), i);
            out.report(subject, &path, format!("`{inner}` is covered by `{outer}`"), "drop one of the two");
        }
    }
}

fn resource(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter() {
        for (i, j) in covered(statement.resource_patterns(), &arn::covers) {
            let (Some(inner), Some(outer)) = (statement.resource_patterns().get(i), statement.resource_patterns().get(j)) else {
                continue;
            };
            let path = statement.item(statement.resource_member(), i);
            out.report(subject, &path, format!("`{inner}` is covered by `{outer}`"), "drop one of the two");
        }
    }
}

/// Statements that say the same as an earlier one, its Sid aside, with that one's place.
fn repeated(subject: &DocumentSubject<'_>) -> BTreeMap<usize, usize> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for statement in subject.statements().iter().filter(|statement| !statement.faulty) {
        let words = statement.to_value().to_string();
        match first.get(&words) {
            Some(earlier) => drop(found.insert(statement.index, *earlier)),
            None => drop(first.insert(words, statement.index)),
        }
    }
    found
}

fn statement(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let repeated = repeated(subject);
    for statement in subject.statements().iter() {
        if let Some(first) = repeated.get(&statement.index) {
            let message = format!("{} says the same as statement {}", statement.label(), first + 1);
            out.report(subject, &statement.path(&[]), message, "drop one of them");
        }
    }
    let mut kept: Vec<&Statement> = subject.statements().iter().filter(|s| !repeated.contains_key(&s.index)).collect();
    if !is_asked(subject) || !is_small(&kept) {
        return;
    }
    let mut questions = Questions::default();
    for i in (0..kept.len()).rev() {
        let Some(statement) = kept.get(i).copied() else { continue };
        let rest = |allows: bool| kept.iter().copied().filter(move |s| s.allows() == allows && s.index != statement.index);
        let (allows, denies): (Vec<_>, Vec<_>) = (rest(true).collect(), rest(false).collect());
        let (covered, what) = match statement.allows() {
            true => (!allows.is_empty() && questions.adds_nothing(statement, &allows, &denies), "allows"),
            false => (!denies.is_empty() && questions.denies_nothing_more(statement, &denies), "denies"),
        };
        // What is denied in full has a rule of its own.
        if covered && !(statement.allows() && !denies.is_empty() && questions.adds_nothing(statement, &[], &denies)) {
            let message = format!("{} {what} nothing that the other statements do not {}", statement.label(), stem(what));
            out.report(subject, &statement.path(&[]), message, "drop it, or narrow the wider statement if that was not meant");
            kept.retain(|s| s.index != statement.index);
        }
    }
}

fn stem(verb: &str) -> &str {
    if verb == "allows" { "allow" } else { "deny" }
}

/// Whether the access engine can speak of a document: it knows identity policies of the language of today.
fn is_asked(subject: &DocumentSubject<'_>) -> bool {
    subject.is(PolicyType::Identity) && subject.version() == Some(VERSION)
}

fn of_effect<'s>(subject: &'s DocumentSubject<'_>, allows: bool) -> Vec<&'s Statement> {
    subject.statements().iter().filter(|s| s.allows() == allows).collect()
}

fn shadowed(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let denies = of_effect(subject, false);
    let allows = of_effect(subject, true);
    if denies.is_empty() || !is_asked(subject) || !is_small(&denies) || !is_small(&allows) {
        return;
    }
    let mut questions = Questions::default();
    for statement in allows {
        if questions.adds_nothing(statement, &[], &denies) {
            let message = format!("{} allows nothing: the denies of the same document take all of it back", statement.label());
            out.report(subject, &statement.path(&[]), message, "drop it, or narrow the deny");
        }
    }
}

/// Calls `f` on each Allow of the principal's inline policies, with all its other documents.
fn inline<'p, 'a>(
    subject: &'p PrincipalSubject<'a>,
    f: &mut dyn FnMut(&'p DocumentSubject<'a>, &'p Statement, &[&'p DocumentSubject<'a>]),
) {
    let own = |d: &DocumentSubject<'_>| d.address == subject.address && subject.address.is_some();
    for (i, document) in subject.documents.iter().enumerate().filter(|(_, d)| own(d) && is_asked(d)) {
        let others: Vec<_> =
            subject.documents.iter().enumerate().filter(|(j, d)| *j != i && is_asked(d)).map(|(_, d)| d).collect();
        document.allows().for_each(|statement| f(document, statement, &others));
    }
}

fn redundant_in_principal(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    let mut questions = Questions::default();
    inline(subject, &mut |document, statement, others| {
        // One document after the other: the finding names the one that covers. Of two inline policies the later one is reported.
        let earlier = |other: &&&DocumentSubject<'_>| {
            let position = |d: &DocumentSubject<'_>| subject.documents.iter().position(|x| std::ptr::eq(x, d));
            other.address != subject.address || position(other) < position(document)
        };
        for other in others.iter().filter(earlier) {
            let allows = of_effect(other, true);
            if questions.adds_nothing(statement, &allows, &[]) {
                let message =
                    format!("{} of {} allows nothing that {} does not allow", statement.label(), document.label, other.label);
                let place = document.place(&statement.path(&[]));
                let help = "drop it, or the wider policy if only this was needed";
                out.principal(Severity::Note, subject, place, message, help);
                return;
            }
        }
    });
}

fn shadowed_in_principal(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    let mut questions = Questions::default();
    let boundary: Option<Vec<&Statement>> =
        subject.boundary.as_ref().map(|b| b.iter().flat_map(|d| d.statements().iter()).collect());
    inline(subject, &mut |document, statement, others| {
        let denies: Vec<&Statement> = others.iter().flat_map(|d| of_effect(d, false)).collect();
        let by = if !denies.is_empty() && questions.adds_nothing(statement, &[], &denies) {
            "the denies of its other policies take all of it back"
        } else if boundary.as_ref().is_some_and(|b| questions.is_outside(statement, b)) {
            "all of it is outside of the permissions boundary"
        } else {
            return;
        };
        let message = format!("{} of {} allows nothing: {by}", statement.label(), document.label);
        let place = document.place(&statement.path(&[]));
        out.principal(Severity::Warning, subject, place, message, "drop it, or change what takes it back");
    });
}
