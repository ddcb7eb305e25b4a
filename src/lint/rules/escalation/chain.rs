//! Principals that become stronger ones.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::privilege_escalation::worst;
use crate::diag::Severity;
use crate::lint::arn;
use crate::lint::authority::{Target, Terms, has_action, is_no_obstacle};
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::rules::access::is_administrator;
use crate::lint::subject::{DocumentSubject, PolicyType, PrincipalSubject, Statement};
use crate::names::{Address, EntityKind, principal_account};

rule! {
    /// A principal can become one that escalates
    ///
    /// By assuming one role after the other, the principal reaches a role of these specs that is an
    /// administrator or can escalate its privileges. An edge counts when the role's trust names the
    /// principal, or names the account and the principal may call `sts:AssumeRole` on the role; conditions
    /// on either side end it.
    ///
    /// **Why it matters.** The principal is worth as much as the last role of the chain.
    ///
    /// **What to do.** Narrow the trust of the strong role, ask for multi-factor authentication there, or
    /// take `sts:AssumeRole` away.
    ESCALATION_CHAIN = "escalation-chain", Warning, Principals(check);
}

const ASSUME: &str = "sts:assumerole";

fn check(principals: &[PrincipalSubject<'_>], documents: &[DocumentSubject<'_>], out: &mut Findings) {
    let trusts: BTreeMap<&Address, &DocumentSubject<'_>> =
        documents.iter().filter(|d| d.is(PolicyType::Trust)).filter_map(|d| Some((d.address.as_ref()?, d))).collect();
    let strong: BTreeSet<usize> = principals
        .iter()
        .enumerate()
        .filter(|(_, p)| is_administrator(p) || worst(p) == Some(Severity::Error))
        .map(|(i, _)| i)
        .collect();
    // Without a strong role there is nowhere to go.
    if strong.is_empty() {
        return;
    }
    let edges: Vec<Vec<usize>> = principals
        .iter()
        .map(|from| {
            let reached = principals.iter().enumerate().filter(|(_, to)| {
                to.address.as_ref().and_then(|a| trusts.get(a)).is_some_and(|trust| may_become(from, to, trust))
            });
            reached.map(|(i, _)| i).collect()
        })
        .collect();
    for (start, from) in principals.iter().enumerate().filter(|(i, _)| !strong.contains(i)) {
        if let Some(path) = way(start, &edges, &strong) {
            let names: Vec<String> = path.iter().filter_map(|i| principals.get(*i)).map(PrincipalSubject::label).collect();
            let message = format!("{} can become a principal that escalates: {}", from.label(), names.join(" → "));
            let help = "narrow the trust of the last role, or take `sts:AssumeRole` away";
            out.principal(Severity::Warning, from, None, message, help);
        }
    }
}

/// The shortest way to a strong principal, both ends included.
fn way(start: usize, edges: &[Vec<usize>], strong: &BTreeSet<usize>) -> Option<Vec<usize>> {
    let mut came_from = BTreeMap::from([(start, start)]);
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        if strong.contains(&at) {
            let mut path = vec![at];
            let mut at = at;
            while at != start {
                at = *came_from.get(&at)?;
                path.push(at);
            }
            path.reverse();
            return Some(path);
        }
        for next in edges.get(at).into_iter().flatten() {
            if !came_from.contains_key(next) {
                came_from.insert(*next, at);
                queue.push_back(*next);
            }
        }
    }
    None
}

fn may_become(from: &PrincipalSubject<'_>, to: &PrincipalSubject<'_>, trust: &DocumentSubject<'_>) -> bool {
    let (Some(from_arn), Some(to_arn)) = (from.arn.as_deref(), to.arn.as_deref()) else { return false };
    // Nobody is a group, and a group assumes nothing.
    if from_arn == to_arn || from.address.as_ref().is_some_and(|a| a.kind == EntityKind::Group) {
        return false;
    }
    let today = from.around.today.as_str();
    let admits = |statement: &Statement<'_>, whole: bool| {
        let named = statement.principals.iter().filter(|p| !p.negated && p.kind == "AWS").any(|p| match whole {
            false => p.value == from_arn,
            true => p.value == "*" || (is_account(p.value) && principal_account(p.value) == from.around.account),
        });
        named && has_action(statement, ASSUME) && statement.tests.iter().all(|t| is_no_obstacle(t, today))
    };
    let denied = trust.statements.iter().any(|s| !s.allows && s.tests.is_empty() && has_action(s, ASSUME));
    if denied {
        return false;
    }
    trust.allows().any(|s| admits(s, false)) || (trust.allows().any(|s| admits(s, true)) && may_assume(from, to_arn))
}

fn is_account(value: &str) -> bool {
    value.ends_with(":root") || value.bytes().all(|b| b.is_ascii_digit())
}

fn may_assume(from: &PrincipalSubject<'_>, role: &str) -> bool {
    let any_role = Target { pattern: "arn:*:iam::????????????:role/*", own_counts: false };
    from.grants(ASSUME, any_role).into_iter().any(|grant| {
        let reaches = grant.statement.resources.iter().any(|r| arn::covers(r, role)) != grant.statement.not_resource;
        grant.terms == Terms::Free && reaches
    })
}
