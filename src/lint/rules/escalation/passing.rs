//! Roles passed to services: who starts what, as which service.

use crate::lint::authority::{has_action, is_no_obstacle};
use crate::lint::pattern;
use crate::lint::subject::{DocumentSubject, Statement, Test};

/// What a trust allows.
pub(super) const ASSUME: &str = "sts:assumerole";

/// The hosts under which a service of a method takes roles.
fn hosts(service: &str) -> &[&str] {
    match service {
        "ecs" => &["ecs-tasks", "ecs"],
        "apprunner" => &["tasks.apprunner", "build.apprunner"],
        "batch" => &["ecs-tasks", "batch"],
        "datapipeline" => &["datapipeline", "elasticmapreduce", "ec2"],
        "elasticmapreduce" => &["elasticmapreduce", "ec2"],
        "ec2" => &["ec2", "spotfleet"],
        _ => &[],
    }
}

const DOMAINS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"];

/// Whether a value of `iam:PassedToService`, or a trusted service (a host, with wildcards or without), may be the principal of a service.
pub(super) fn reaches(value: &str, service: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let own = [service];
    let hosts = match hosts(service) {
        [] => &own,
        hosts => hosts,
    };
    hosts.iter().any(|host| DOMAINS.iter().any(|domain| pattern::covers(&value, &format!("{host}.{domain}"))))
}

/// Whether a service may become a role for somebody in the account: the trust names it, and asks for nothing but whom it acts for.
pub(super) fn admits(trust: &DocumentSubject<'_>, service: &str) -> bool {
    let around = trust.around;
    let is_about_it = |s: &Statement<'_>| {
        let named = s.principals.iter().any(|p| !p.negated && p.kind == "Service" && reaches(p.value, service));
        named && has_action(s, ASSUME)
    };
    let passes = |test: &Test<'_>| match test.key_folded().as_str() {
        "aws:sourceaccount" => {
            around.account.as_ref().is_none_or(|own| test.values.iter().any(|v| pattern::covers(v, own.as_str())))
        }
        // In its own account the service sends what these ask for.
        "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths" => true,
        _ => is_no_obstacle(test, &around.today),
    };
    let everybody = |s: &Statement<'_>| s.principals.iter().any(|p| !p.negated && p.value == "*") && has_action(s, ASSUME);
    let denied = trust.statements.iter().any(|s| !s.allows && s.tests.is_empty() && (everybody(s) || is_about_it(s)));
    !denied && trust.allows().any(|s| is_about_it(s) && s.tests.iter().all(passes))
}
