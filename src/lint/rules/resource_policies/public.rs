//! Everybody.

use super::{allows, what};
use crate::diag::Severity;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::PathStep;
use crate::policy::ast::Statement;
use crate::policy::exposure::{Hurdle, Stranger, is_everybody};

rule! {
    /// Anyone on the internet, or in any AWS account, has access to the resource
    ///
    /// The policy of the resource names `*`, and its conditions keep nobody out: there are none; they hold for every caller
    /// that wants them to (its own tags, a referer, a user agent, TLS); they leave open whose organisation, network or
    /// account it is (`o-*`, `arn:aws:iam::*:role/admin`); or they also hold without the key (`IfExists`). Denials of the
    /// same document count.
    ///
    /// **Why it matters.** Whoever finds the resource uses it, and names of buckets and queues are guessed by the thousand.
    ///
    /// **What to do.** Name the accounts or roles, or test `aws:PrincipalOrgID`, `aws:SourceVpce` or `aws:SourceAccount`
    /// without `IfExists`. A website or a public data set gets a waiver with the reason.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-0a1b2c3d"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d"}}}
    /// ```
    PUBLIC_ACCESS = "public-access", Error, Document(public);

    /// It is not proven that the conditions keep everybody else out
    ///
    /// The policy of the resource names `*`, and what its conditions leave depends on what AWS does not document, or is too
    /// much to search.
    ///
    /// **Why it matters.** The resource may be open to every AWS account.
    ///
    /// **What to do.** Name the accounts or roles, or add a plain test of `aws:PrincipalOrgID` or `aws:PrincipalAccount`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"StringLike": {"aws:PrincipalOrgPaths": "o-*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    /// "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abcdefghij/*"}}}
    /// ```
    UNPROVEN_ACCESS = "public-access-not-excluded", Warning, Document(unproven);
}

fn path(statement: &Statement) -> Vec<PathStep> {
    let everybody = statement.each_principal().find(|p| is_everybody(p.value));
    everybody.map_or_else(|| statement.path(&["NotPrincipal"]), |principal| statement.principal_path(&principal))
}

fn public(subject: &DocumentSubject<'_>, out: &mut Findings) {
    // `NotPrincipal` has a rule of its own.
    for statement in allows(subject).filter(|s| !s.principals.as_ref().is_some_and(|p| p.negated)) {
        if subject.hurdle(statement, &Stranger::Anyone) == Some(&Hurdle::Nothing) {
            let so = if statement.conditions.is_empty() { "" } else { ", and its condition excludes nobody" };
            let message = format!("anyone may use {}: {} names everybody{so}", what(statement), statement.label());
            // AWS attaches such a policy to every VPC endpoint; it grants nothing by itself.
            let help = match statement.is_on_everything() {
                true => {
                    "name the accounts or roles, or test `aws:PrincipalOrgID`; the policy of a VPC endpoint is `--type endpoint`"
                }
                false => "name the accounts or roles, or test `aws:PrincipalOrgID`",
            };
            out.report(subject, &path(statement), message, help);
        }
    }
}

fn unproven(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in allows(subject) {
        let message = match subject.hurdle(statement, &Stranger::Anyone) {
            Some(Hurdle::Unproven(why)) => {
                format!(
                    "perhaps anyone may use {}: whether {} keeps others out is not proven: {why}",
                    what(statement),
                    statement.label()
                )
            }
            Some(Hurdle::Known(keys)) => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                format!("anyone who meets a condition on {} may use {}", keys.join(", "), what(statement))
            }
            Some(Hurdle::Nothing) | None => continue,
        };
        let help = "name the accounts or roles, or add a plain test of `aws:PrincipalOrgID`";
        out.report_as(Severity::Warning, subject, &path(statement), message, help);
    }
}
