//! ARNs of declared principals, written without their path.

use std::collections::BTreeMap;

use crate::lint::findings::Findings;
use crate::lint::pattern::has_wildcard;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType, PrincipalSubject};
use crate::names::Arn;
use crate::policy::PathStep;

rule! {
    /// An ARN names a declared role or user under a path that it does not have
    ///
    /// A trust, or a resource of a policy, names a role or user of this account by an ARN; these specs declare one of that
    /// name under another path. Names are unique whatever the path, so no principal has the ARN that is written. (Whether a
    /// principal exists that no spec declares is not known offline; `plan` tells it of trusts.)
    ///
    /// **Why it matters.** IAM refuses a trust like that, and a statement matches nothing.
    ///
    /// **What to do.** Write the ARN with its path; in a trust `role/NAME` or `user/NAME` finds it by itself.
    ///
    /// **Reported.**
    ///
    /// ```yaml
    /// roles:
    ///   ci: {path: /build/, trust: [{service: codebuild.amazonaws.com}]}
    ///   deploy:
    ///     trust: [{aws: "arn:aws:iam::${account_id}:role/ci"}]
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```yaml
    /// roles:
    ///   ci: {path: /build/, trust: [{service: codebuild.amazonaws.com}]}
    ///   deploy:
    ///     trust: [{aws: role/ci}]
    /// ```
    NO_SUCH_PRINCIPAL = "no-such-principal", Warning, Principals(check);
}

/// `role` or `user`, and the name, both as they are compared.
fn key(arn: &str) -> Option<(String, String)> {
    let arn = Arn::parse(arn).filter(|a| a.service == "iam")?;
    let (kind, path) = arn.resource.split_once('/').filter(|(kind, _)| matches!(*kind, "role" | "user"))?;
    Some((kind.to_owned(), path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()))
}

fn check(principals: &[PrincipalSubject<'_>], documents: &[DocumentSubject<'_>], out: &mut Findings) {
    let declared = principals.iter().filter_map(|p| p.arn.as_deref());
    let declared: BTreeMap<(String, String), &str> = declared.filter_map(|arn| Some((key(arn)?, arn))).collect();
    for document in documents {
        let own = document.around.account.as_ref().map(|a| format!("::{}:", a.as_str()));
        let mut judge = |written: &str, path: Vec<PathStep>| {
            let is_own = own.as_ref().is_some_and(|own| written.contains(own));
            let Some(real) = key(written).filter(|_| is_own && !has_wildcard(written)).and_then(|k| declared.get(&k)) else {
                return;
            };
            if !real.eq_ignore_ascii_case(written) && !written.contains("${") {
                let message = format!("`{written}` names nobody: `{real}` is what these specs declare");
                out.report(document, &path, message, format!("write `{real}`"));
            }
        };
        for statement in document.statements().iter() {
            if document.is(PolicyType::Trust) {
                for principal in statement.each_principal().filter(|p| p.kind == "AWS") {
                    judge(principal.value, statement.path(&[principal.element()]));
                }
            }
            for (i, resource) in statement.resource_patterns().iter().enumerate() {
                judge(resource, statement.item(statement.resource_member(), i));
            }
        }
    }
}
