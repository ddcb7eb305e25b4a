//! Roles that code runs with.

use super::entrances;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;

rule! {
    /// The role runs code
    ///
    /// A service that runs code of its users (EC2, Lambda, ECS tasks, EKS) may assume the role.
    ///
    /// **Why it matters.** Whoever gets into the instance, function or container has the role. It is worth
    /// knowing which roles those are when their permissions grow; by itself it is no fault.
    ///
    /// **What to do.** Keep the permissions of such roles to what the code needs.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole",
    /// "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
    /// ```
    ASSUMABLE_BY_COMPUTE = "assumable-by-compute", Note, Document(check);
}

const COMPUTE: &[&str] = &["ec2", "ecs-tasks", "eks", "lambda"];

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in entrances(subject) {
        for principal in statement.each_principal().filter(|p| p.kind == "Service" && !p.negated) {
            let service = principal.value.split('.').next().unwrap_or_default();
            if COMPUTE.contains(&service) {
                let message = format!("whoever controls what runs in `{service}` with this role has its permissions");
                let help = "this can be intended: limit its permissions to what the code needs";
                out.report(subject, &statement.principal_path(&principal), message, help);
            }
        }
    }
}
