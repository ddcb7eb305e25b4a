//! What a principal may do, all its documents taken together: allows, less denies, within its boundary (iam-facts 6.1, 7.5).
//!
//! This judges patterns and no single request, and where a condition decides it says so: rules choose what that is worth.

use std::cmp::Ordering;

use super::arn;
use super::pattern::{self, has_wildcard};
use super::subject::{DocumentSubject, PrincipalSubject, Statement, Test, is_everything};
use crate::policy::{Compares, Matching, Order, SetPrefix};

/// What the conditions of a grant ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terms {
    /// Nothing that would stop anybody.
    Free,
    /// That a role is passed to one of these services (patterns).
    PassedTo(Vec<String>),
    /// Something else.
    Conditioned,
}

/// How much of what an action works on is within reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// One thing by its name, which is not the principal itself.
    Named,
    /// What begins in some way.
    Prefix,
    /// Everything of its type, or the principal itself.
    Whole,
}

/// One statement that grants an action.
#[derive(Clone, Debug)]
pub struct Grant<'p, 'a> {
    /// The document.
    pub document: &'p DocumentSubject<'a>,
    /// The statement.
    pub statement: &'p Statement<'a>,
    /// Under what conditions.
    pub terms: Terms,
    /// On how much.
    pub breadth: Breadth,
}

/// What an action works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// ARNs of its type; `?` twelve times is any account, and not `aws`.
    pub pattern: &'static str,
    /// Whether it matters when the principal does it to itself alone (`user/${aws:username}`).
    pub own_counts: bool,
}

/// Whether a statement is about an action. The action is in lower case and without wildcards.
pub fn has_action(statement: &Statement<'_>, action: &str) -> bool {
    let service = action.split_once(':').map_or(action, |(service, _)| service);
    let named = statement.actions_about(service).any(|a| pattern::matches_action(a, action));
    !statement.actions.is_empty() && named != statement.not_action
}

/// Whether everything that `resource` names is denied, or allowed, by a statement.
fn covers_resource(statement: &Statement<'_>, resource: &str) -> bool {
    if !statement.has("Resource") && !statement.has("NotResource") {
        return true;
    }
    if statement.not_resource {
        return !statement.resources.iter().any(|r| arn::intersects(r, resource));
    }
    statement.resources.iter().any(|r| arn::covers(r, resource))
}

/// Whether a test holds for everybody who wants it to (iam-facts 6.6).
pub fn is_no_obstacle(test: &Test<'_>, today: &str) -> bool {
    let Some(operator) = test.operator else { return false };
    let key = test.key_folded();
    let any = |wanted: &str| test.values.iter().any(|v| v.eq_ignore_ascii_case(wanted));
    if operator.prefix == Some(SetPrefix::ForAllValues) && !test.values.is_empty() {
        // True when the request has no value of the key at all.
        return true;
    }
    let about_time = matches!(key.as_str(), "aws:currenttime" | "aws:tokenissuetime");
    let day = |wanted: Ordering| test.values.iter().any(|v| v.get(..10).is_some_and(|day| day.cmp(today) == wanted));
    match operator.compares() {
        Compares::String(_) | Compares::Arn | Compares::Ip if operator.base.is_negated() => !any("*"),
        Compares::String(Matching::Like) | Compares::Arn => any("*"),
        Compares::Ip => any("0.0.0.0/0") || any("::/0"),
        Compares::Bool => match key.as_str() {
            "aws:securetransport" => any("true"),
            "aws:multifactorauthpresent" | "aws:viaawsservice" => any("false"),
            _ => false,
        },
        // Days in ISO 8601 compare as texts.
        // A session is at most twelve hours old.
        Compares::Date(Order::Greater | Order::GreaterOrEqual) => about_time && day(Ordering::Less),
        Compares::Date(Order::Less | Order::LessOrEqual) => about_time && day(Ordering::Greater),
        Compares::Date(Order::Equal)
        | Compares::String(Matching::Exact | Matching::IgnoreCase)
        | Compares::Numeric(_)
        | Compares::Binary
        | Compares::Null => false,
    }
}

/// The terms of a statement for an action.
pub fn terms(statement: &Statement<'_>, today: &str) -> Terms {
    let mut passed = None;
    for test in statement.tests.iter().filter(|t| !is_no_obstacle(t, today)) {
        if test.is_about("iam:PassedToService") && matches!(test.compares(), Some(Compares::String(_))) && !test.is_negated() {
            passed = Some(test.values.clone());
        } else {
            return Terms::Conditioned;
        }
    }
    passed.map_or(Terms::Free, Terms::PassedTo)
}

/// How much of a target a resource of a policy reaches; `None` for nothing.
fn breadth(resource: &str, target: Target, own: &[&str]) -> Option<Breadth> {
    if is_everything(resource) {
        return Some(Breadth::Whole);
    }
    if !arn::intersects(resource, target.pattern) {
        return None;
    }
    let last = resource.splitn(6, ':').nth(5).unwrap_or("*");
    if last.contains("${aws:username}") {
        return Some(if target.own_counts { Breadth::Whole } else { Breadth::Named });
    }
    if target.own_counts && own.iter().any(|o| !o.is_empty() && arn::covers(resource, o)) {
        return Some(Breadth::Whole);
    }
    if !has_wildcard(last) {
        return Some(Breadth::Named);
    }
    // `role/*`, `role/team/*`, `function:*`: everything; `role/app-*`: what begins so.
    let name = last.rsplit(['/', ':']).next().unwrap_or(last);
    Some(if name.chars().all(|c| c == '*') { Breadth::Whole } else { Breadth::Prefix })
}

impl<'a> PrincipalSubject<'a> {
    fn own_arns(&self) -> Vec<&str> {
        let attached = self.attachments.iter().map(|a| a.arn.as_str()).filter(|a| !a.contains(":iam::aws:"));
        self.arn.as_deref().into_iter().chain(attached).collect()
    }

    /// Every statement that grants an action (lower case, no wildcards) on a target and that no deny takes back.
    pub fn grants(&self, action: &str, target: Target) -> Vec<Grant<'_, 'a>> {
        let today = self.around.today.as_str();
        let own = self.own_arns();
        let mut out = Vec::new();
        for document in &self.documents {
            for statement in document.allows().filter(|s| has_action(s, action)) {
                let resources: Vec<&str> = match statement.not_resource {
                    // Everything but a few things.
                    true => vec![target.pattern],
                    false => statement.resources.clone(),
                };
                let reached = resources.iter().filter_map(|resource| {
                    let breadth = if statement.not_resource { Some(Breadth::Whole) } else { breadth(resource, target, &own) }?;
                    let left = !self.is_denied(action, resource, target) && self.is_within_boundary(action, resource, target);
                    left.then_some(breadth)
                });
                if let Some(breadth) = reached.max() {
                    out.push(Grant { document, statement, terms: terms(statement, today), breadth });
                }
            }
        }
        out
    }

    /// The widest grant that depends on no condition; else the widest that depends on the service a role is passed to.
    pub fn best_grant(&self, action: &str, target: Target) -> Option<Grant<'_, 'a>> {
        let rank = |grant: &Grant<'_, '_>| (matches!(grant.terms, Terms::Free), grant.breadth);
        let grants = self.grants(action, target).into_iter();
        grants.filter(|g| g.terms != Terms::Conditioned && g.breadth > Breadth::Named).max_by(|a, b| {
            // Of equals the first.
            rank(a).cmp(&rank(b)).then(std::cmp::Ordering::Greater)
        })
    }

    /// The terms under which statements allow an action (lower case) on one resource that has a name; none where a deny or the
    /// boundary takes it back.
    pub fn terms_on(&self, action: &str, resource: &str) -> Vec<Terms> {
        let about = |s: &Statement<'_>| has_action(s, action) && covers_resource(s, resource);
        let all = || self.documents.iter().flat_map(|d| d.statements.iter());
        let mut terms: Vec<Terms> = all().filter(|s| s.allows && about(s)).map(|s| terms(s, &self.around.today)).collect();
        let boundary = || self.boundary.iter().flatten().flat_map(|d| d.statements.iter());
        let denied = || all().chain(boundary()).any(|s| !s.allows && s.tests.is_empty() && about(s));
        let outside = || self.boundary.is_some() && !boundary().any(|s| s.allows && about(s));
        if !terms.is_empty() && (denied() || outside()) {
            terms.clear();
        }
        terms
    }

    fn is_denied(&self, action: &str, resource: &str, target: Target) -> bool {
        let boundary = self.boundary.iter().flatten();
        self.documents.iter().chain(boundary).any(|document| {
            document.statements.iter().filter(|s| !s.allows).any(|s| {
                s.tests.is_empty()
                    && has_action(s, action)
                    && (covers_resource(s, resource) || covers_resource(s, target.pattern))
            })
        })
    }

    fn is_within_boundary(&self, action: &str, resource: &str, target: Target) -> bool {
        let Some(boundary) = &self.boundary else { return true };
        let reaches = |s: &Statement<'_>| {
            s.not_resource || s.resources.iter().any(|r| arn::intersects(r, resource) && arn::intersects(r, target.pattern))
        };
        boundary.iter().any(|d| d.allows().any(|s| has_action(s, action) && reaches(s)))
    }
}
