//! Principals of resource policies; trust policies have a grammar of their own (`trust-principal`).

use serde_json::Value;

use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::names::principal_account;
use crate::policy::PathStep;
use crate::policy::data::{FEDERATED_NAMES, PRINCIPAL_KINDS};
use crate::policy::is_unique_id;

rule! {
    /// A resource policy does not say whom it is about
    ///
    /// **What to do.** Add `Principal`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"},
    /// {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::example-reports/*", "Condition": {"Bool":
    /// {"aws:SecureTransport": "false"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"},
    /// {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    /// ```
    MISSING_PRINCIPAL = "missing-principal", Error, Document(missing);

    /// The principal is not in the form of a principal
    ///
    /// `Principal` is `*`, or an object of kind and principals. A statement has either `Principal` or `NotPrincipal`.
    ///
    /// **What to do.** Write `{"AWS": "arn:aws:iam::123456789012:role/x"}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": "arn:aws:iam::111122223333:role/reader", "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    INVALID_PRINCIPAL_FORMAT = "invalid-principal-format", Error, Document(format);

    /// A kind of principal that does not exist
    ///
    /// The kinds are `AWS`, `Service`, `Federated` and `CanonicalUser`.
    ///
    /// **What to do.** Write one of them.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Role": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    INVALID_PRINCIPAL_KEY = "invalid-principal-key", Error, Document(key);

    /// A principal that is none
    ///
    /// Under `AWS` stands an account id, the ARN of a principal, or `*`.
    ///
    /// **What to do.** Write the ARN.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "role/reader"}, "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    INVALID_PRINCIPAL = "invalid-principal", Error, Document(aws);

    /// An identity provider that is none
    ///
    /// Under `Federated` stands the ARN of a provider of the account, or one of the four providers that AWS knows by name.
    ///
    /// **What to do.** Write the provider's ARN.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "login.example.com"}, "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/login.example.com"},
    /// "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    UNKNOWN_FEDERATION_SOURCE = "unknown-federation-source", Error, Document(federated);

    /// A wildcard inside a principal
    ///
    /// A principal is one, or `*`; patterns match nobody.
    ///
    /// **What to do.** Name the account and test `aws:PrincipalArn` with the pattern.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader-*"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*", "Condition": {"ArnLike": {"aws:PrincipalArn":
    /// "arn:aws:iam::111122223333:role/reader-*"}}}
    /// ```
    UNSUPPORTED_WILDCARD_IN_PRINCIPAL = "unsupported-wildcard-in-principal", Error, Document(wildcard);

    /// A list of principals without any
    ///
    /// **Why it matters.** The statement is about nobody.
    ///
    /// **What to do.** Name them, or drop the statement.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": []}, "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    EMPTY_PRINCIPAL = "empty-principal", Note, Document(empty);
}

fn missing(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if subject.names_principals() {
        for statement in subject.statements().iter().filter(|s| s.principals.is_none()) {
            let message = format!("{} names no principal", statement.label());
            out.report(subject, &statement.path(&[]), message, "add `Principal`");
        }
    }
}

fn format(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if !subject.names_principals() {
        return;
    }
    for statement in subject.statements().iter() {
        if ["Principal", "NotPrincipal"].iter().all(|element| subject.member(statement, element).is_some()) {
            let message = format!("{} has both `Principal` and `NotPrincipal`", statement.label());
            out.report(subject, &statement.path(&["NotPrincipal"]), message, "keep one of them");
        }
        for element in ["Principal", "NotPrincipal"] {
            let wrong = match subject.member(statement, element) {
                None | Some(Value::Object(_)) => false,
                Some(Value::String(text)) => text != "*",
                Some(_) => true,
            };
            if wrong {
                out.report(
                    subject,
                    &statement.path(&[element]),
                    format!("`{element}` is not a principal"),
                    "write `*`, or the kind and the principals: `{\"AWS\": \"arn:aws:iam::123456789012:role/x\"}`",
                );
            }
        }
    }
}

fn kinds<'a>(subject: &DocumentSubject<'a>, f: &mut dyn FnMut(&str, &'a Value, Vec<PathStep>)) {
    if !subject.names_principals() {
        return;
    }
    for statement in subject.statements().iter() {
        for element in ["Principal", "NotPrincipal"] {
            for (kind, values) in subject.member(statement, element).and_then(Value::as_object).into_iter().flatten() {
                f(kind, values, statement.path(&[element, kind]));
            }
        }
    }
}

fn key(subject: &DocumentSubject<'_>, out: &mut Findings) {
    kinds(subject, &mut |kind, _, path| {
        if !PRINCIPAL_KINDS.contains(&kind) {
            let help = crate::diag::did_you_mean(kind, PRINCIPAL_KINDS.iter().copied());
            out.report(
                subject,
                &path,
                format!("`{kind}` is not a kind of principal"),
                help.unwrap_or_else(|| "the kinds are `AWS`, `Service`, `Federated` and `CanonicalUser`".to_owned()),
            );
        }
    });
}

fn aws(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|_| subject.names_principals()) {
        for principal in statement.each_principal().filter(|p| p.kind == "AWS" && !p.value.contains(['*', '?'])) {
            let known = principal_account(principal.value).is_some() || is_unique_id(principal.value);
            // CloudFront's identities are written as ARNs of their own.
            if !known && !principal.value.starts_with("arn:aws:iam::cloudfront:") {
                let message = format!("`{}` is not an AWS principal", principal.value);
                out.report(
                    subject,
                    &statement.path(&[principal.element(), "AWS"]),
                    message,
                    "write an account id, or the ARN of a role or user",
                );
            }
        }
    }
}

fn federated(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|_| subject.names_principals()) {
        for principal in statement.each_principal().filter(|p| p.kind == "Federated") {
            let provider = [":saml-provider/", ":oidc-provider/"].iter().any(|word| principal.value.contains(word));
            if !provider && !FEDERATED_NAMES.contains(&principal.value) {
                let message = format!("`{}` is not an identity provider", principal.value);
                out.report(
                    subject,
                    &statement.path(&[principal.element(), "Federated"]),
                    message,
                    "write the ARN of a provider of the account",
                );
            }
        }
    }
}

fn wildcard(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|_| subject.names_principals()) {
        for principal in statement.each_principal().filter(|p| p.value != "*" && p.value.contains(['*', '?'])) {
            let message = format!("a principal takes no wildcard inside: `{}`", principal.value);
            let help = "name the account, and test `aws:PrincipalArn` with the pattern (`ArnLike`)";
            out.report(subject, &statement.path(&[principal.element()]), message, help);
        }
    }
}

fn empty(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|_| subject.names_principals()) {
        for element in ["Principal", "NotPrincipal"] {
            if subject.member(statement, element).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
                out.report(
                    subject,
                    &statement.path(&[element]),
                    format!("`{element}` names nobody"),
                    "name them, or drop the statement",
                );
            }
        }
    }
    kinds(subject, &mut |kind, values, path| {
        if values.as_array().is_some_and(Vec::is_empty) {
            out.report(subject, &path, format!("no principals under `{kind}`"), "name them, or drop the statement");
        }
    });
}
