//! Principals that become stronger ones.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::methods::{Kind, METHODS};
use super::passing::{self, ASSUME};
use super::privilege_escalation::ways;
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
    /// Step by step the principal reaches a role or user of these specs that is an administrator or can
    /// escalate its privileges. A step counts when the principal may
    ///
    /// - assume the role: its trust names the principal, or names the account and the principal may call
    ///   `sts:AssumeRole` on the role;
    /// - pass the role to a service that the role's trust names, and start something there;
    /// - write the role's trust, or make keys or a password for the user.
    ///
    /// A role that the principal may enter, and whose policies it may write, is as good as a strong one.
    /// Conditions on either side, denies and permissions boundaries end a step; a test of
    /// `iam:PassedToService` lets that service through, and tests of whom a service acts for
    /// (`aws:SourceAccount`) let it pass.
    ///
    /// **Why it matters.** The principal is worth as much as the last one of the chain.
    ///
    /// **What to do.** Narrow the trust of the strong role, ask for multi-factor authentication there, or
    /// take away the action that the finding names.
    ESCALATION_CHAIN = "escalation-chain", Warning, Principals(check);
}

/// Most members of a chain that a finding names.
const MOST_SHOWN: usize = 8;
/// Actions that write what a role may do.
const REWRITES: [(&str, &str); 2] =
    [("iam:putrolepolicy", "iam:PutRolePolicy"), ("iam:attachrolepolicy", "iam:AttachRolePolicy")];
/// Actions that make somebody else's user one's own.
const KEYS: [(&str, &str); 3] = [
    ("iam:createaccesskey", "iam:CreateAccessKey"),
    ("iam:createloginprofile", "iam:CreateLoginProfile"),
    ("iam:updateloginprofile", "iam:UpdateLoginProfile"),
];

fn check(principals: &[PrincipalSubject<'_>], documents: &[DocumentSubject<'_>], out: &mut Findings) {
    let world = World::new(principals, documents);
    let strong: BTreeSet<usize> = principals
        .iter()
        .enumerate()
        .filter(|(_, p)| is_administrator(p) || ways(p).iter().any(|w| w.severity == Severity::Error))
        .map(|(i, _)| i)
        .collect();
    let next = world.steps_towards(&strong);
    for (start, from) in principals.iter().enumerate().filter(|(i, _)| !strong.contains(i)) {
        let Some(first) = next.get(&start) else { continue };
        let (mut path, mut at) = (vec![from.label()], start);
        let mut how = BTreeSet::new();
        while let Some(step) = next.get(&at) {
            let label = principals.get(step.to).map(PrincipalSubject::label).unwrap_or_default();
            path.push(format!("{label}{}", step.how.aside()));
            how.insert(step.how.action());
            at = step.to;
        }
        if path.len() > MOST_SHOWN {
            let more = format!("{} more", path.len() - MOST_SHOWN + 1);
            path.splice(MOST_SHOWN - 2..path.len() - 1, [more]);
        }
        let message = format!("{} can become a principal that escalates: {}", from.label(), path.join(" → "));
        let actions: Vec<String> = how.into_iter().map(|a| format!("`{a}`")).collect();
        let help = format!("narrow the trust of the last one, or take away {}", actions.join(" or "));
        out.principal(Severity::Warning, from, None, message, help);
        out.ways(vec![path.join(" → ")]);
        out.related("it can become this one first", principals.get(first.to).and_then(|p| p.place.clone()));
    }
}

/// How one principal becomes another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Assume,
    WriteTrust,
    Pass(&'static str),
    Key(&'static str),
    /// It enters the role and writes the role's policies with this action.
    Rewrite(&'static str),
}

impl How {
    fn action(self) -> &'static str {
        match self {
            Self::Assume => "sts:AssumeRole",
            Self::WriteTrust => "iam:UpdateAssumeRolePolicy",
            Self::Pass(_) => "iam:PassRole",
            Self::Key(action) | Self::Rewrite(action) => action,
        }
    }

    /// What stands behind the name of the one that is reached.
    fn aside(self) -> String {
        match self {
            Self::Assume => String::new(),
            Self::Pass(service) => format!(" (passed to `{service}`)"),
            Self::Rewrite(action) => format!(" (and gives it what it likes by `{action}`)"),
            Self::WriteTrust | Self::Key(_) => format!(" (by `{}`)", self.action()),
        }
    }
}

/// The next step of a shortest way.
#[derive(Clone, Copy, Debug)]
struct Step {
    to: usize,
    how: How,
}

/// All principals with what the search asks of them again and again.
struct World<'w, 'a> {
    principals: &'w [PrincipalSubject<'a>],
    trusts: BTreeMap<&'w Address, &'w DocumentSubject<'a>>,
    by_arn: BTreeMap<&'w str, usize>,
    /// For each action that leads on, the principals that may do it somewhere.
    able: BTreeMap<&'static str, Vec<usize>>,
    /// The same by the ARN that a statement names without a wildcard.
    named: BTreeMap<&'w str, BTreeSet<usize>>,
    /// Those whose statements name none, or patterns.
    open: BTreeSet<usize>,
    /// For each principal, the services where it may start something, `iam:PassRole` left aside.
    starts: BTreeMap<usize, BTreeSet<&'static str>>,
}

impl<'w, 'a> World<'w, 'a> {
    fn new(principals: &'w [PrincipalSubject<'a>], documents: &'w [DocumentSubject<'a>]) -> Self {
        let trusts =
            documents.iter().filter(|d| d.is(PolicyType::Trust)).filter_map(|d| Some((d.address.as_ref()?, d))).collect();
        let by_arn = principals.iter().enumerate().filter_map(|(i, p)| Some((p.arn.as_deref()?, i))).collect();
        let mut able: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        let mut starts = BTreeMap::new();
        let (mut named, mut open): (BTreeMap<&str, BTreeSet<usize>>, BTreeSet<usize>) = Default::default();
        let single = [ASSUME, "iam:passrole", "iam:updateassumerolepolicy"];
        let others = REWRITES.iter().chain(&KEYS).map(|(action, _)| *action);
        let wanted: Vec<&'static str> = single.into_iter().chain(others).collect();
        // A group does nothing; its users do.
        let who = |p: &PrincipalSubject<'_>| p.address.as_ref().is_some_and(|a| a.kind != EntityKind::Group);
        for (i, principal) in principals.iter().enumerate().filter(|(_, p)| who(p)) {
            for action in &wanted {
                let all = principal.documents.iter().flat_map(|d| d.allows()).filter(|s| has_action(s, action));
                let mut allowed = false;
                for statement in all {
                    allowed = true;
                    let literal = |r: &str| !statement.not_resource && !r.contains(['*', '?', '$']);
                    if statement.resources.is_empty() || !statement.resources.iter().all(|r| literal(r)) {
                        open.insert(i);
                    }
                    statement.resources.iter().filter(|r| literal(r)).for_each(|r| {
                        named.entry(r).or_default().insert(i);
                    });
                }
                if allowed {
                    able.entry(action).or_default().push(i);
                }
            }
            if able.get("iam:passrole").and_then(|list| list.last()) == Some(&i) {
                starts.insert(i, services(principal));
            }
        }
        Self { principals, trusts, by_arn, able, named, open, starts }
    }

    /// From every principal that can reach one of `strong`, its next step on a shortest way.
    fn steps_towards(&self, strong: &BTreeSet<usize>) -> BTreeMap<usize, Step> {
        let mut next: BTreeMap<usize, Step> = BTreeMap::new();
        let mut queue: VecDeque<usize> = strong.iter().copied().collect();
        for (from, step) in self.rewriters(strong) {
            next.insert(from, step);
            queue.push_back(from);
        }
        while let Some(to) = queue.pop_front() {
            for (from, how) in self.into(to, &|i| !strong.contains(&i) && !next.contains_key(&i)) {
                next.insert(from, Step { to, how });
                queue.push_back(from);
            }
        }
        next
    }

    /// Principals that enter a role whose policies they may write.
    fn rewriters(&self, strong: &BTreeSet<usize>) -> BTreeMap<usize, Step> {
        let mut found = BTreeMap::new();
        for (action, shown) in REWRITES {
            for from in self.able.get(action).into_iter().flatten().filter(|i| !strong.contains(i)) {
                let Some(principal) = self.principals.get(*from).filter(|_| !found.contains_key(from)) else { continue };
                let roles = self
                    .principals
                    .iter()
                    .enumerate()
                    .filter(|(i, p)| i != from && p.arn.as_deref().is_some_and(|arn| is_free(principal, action, arn)));
                let entered = roles.map(|(i, _)| i).find(|to| self.step(*from, *to).is_some());
                if let Some(to) = entered {
                    found.insert(*from, Step { to, how: How::Rewrite(shown) });
                }
            }
        }
        found
    }

    /// Who can become a principal in one step, of those who are still wanted.
    fn into(&self, to: usize, wanted: &dyn Fn(usize) -> bool) -> BTreeMap<usize, How> {
        let arn = self.principals.get(to).and_then(|p| p.arn.as_deref());
        let leading = arn.and_then(|arn| self.named.get(arn)).into_iter().flatten();
        let mut candidates: BTreeSet<usize> = self.open.iter().chain(leading).copied().filter(|i| wanted(*i)).collect();
        let trust = self.principals.get(to).and_then(|p| p.address.as_ref()).and_then(|a| self.trusts.get(a));
        let named = trust.into_iter().flat_map(|t| t.allows()).flat_map(|s| &s.principals);
        candidates.extend(named.filter_map(|p| self.by_arn.get(p.value).copied()).filter(|i| wanted(*i)));
        candidates.into_iter().filter_map(|from| Some((from, self.step(from, to)?))).collect()
    }

    /// How one principal becomes another.
    fn step(&self, from: usize, to: usize) -> Option<How> {
        let (from_principal, to_principal) = (self.principals.get(from)?, self.principals.get(to)?);
        let arn = to_principal.arn.as_deref().filter(|_| from != to)?;
        let address = to_principal.address.as_ref()?;
        match address.kind {
            EntityKind::User => {
                let key = KEYS.iter().find(|(action, _)| is_free(from_principal, action, arn))?;
                Some(How::Key(key.1))
            }
            EntityKind::Role => {
                let trust = self.trusts.get(address)?;
                if may_assume(from_principal, arn, trust) {
                    return Some(How::Assume);
                }
                if is_free(from_principal, "iam:updateassumerolepolicy", arn) {
                    return Some(How::WriteTrust);
                }
                self.passed_to(from, arn, trust).map(How::Pass)
            }
            _ => None,
        }
    }

    /// The service to which a principal may pass a role, where the role's trust lets it in and the principal may start something.
    fn passed_to(&self, from: usize, role: &str, trust: &DocumentSubject<'_>) -> Option<&'static str> {
        let services = self.starts.get(&from)?;
        let terms = self.principals.get(from)?.terms_on("iam:passrole", role);
        let fits = |service: &str| {
            terms.iter().any(|terms| match terms {
                Terms::Free => true,
                Terms::PassedTo(values) => values.iter().any(|value| passing::reaches(value, service)),
                Terms::Conditioned => false,
            })
        };
        services.iter().copied().find(|service| fits(service) && passing::admits(trust, service))
    }
}

/// The services where a principal may start something that runs as a role.
fn services(principal: &PrincipalSubject<'_>) -> BTreeSet<&'static str> {
    let anything = Target { pattern: "*", own_counts: false };
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    let mut may = |action: &'static str| {
        *known.entry(action).or_insert_with(|| principal.grants(action, anything).iter().any(|g| g.terms == Terms::Free))
    };
    let methods = METHODS.iter().filter(|m| m.kind == Kind::PassRole);
    methods.filter(|m| m.actions.split(' ').skip(1).all(&mut may)).map(|m| m.service).collect()
}

/// Whether an action is allowed on one thing, with nothing in the way.
fn is_free(principal: &PrincipalSubject<'_>, action: &str, resource: &str) -> bool {
    principal.terms_on(action, resource).contains(&Terms::Free)
}

/// Whether a role's trust lets a principal in: by name, or by its account if the principal's own policies allow it.
fn may_assume(from: &PrincipalSubject<'_>, role: &str, trust: &DocumentSubject<'_>) -> bool {
    let Some(from_arn) = from.arn.as_deref() else { return false };
    let today = from.around.today.as_str();
    let by_name = |s: &Statement<'_>| s.principals.iter().any(|p| !p.negated && p.kind == "AWS" && p.value == from_arn);
    let by_account = |s: &Statement<'_>| {
        let whole = |value: &str| {
            let account = value.ends_with(":root") || value.bytes().all(|b| b.is_ascii_digit());
            value == "*" || (account && principal_account(value) == from.around.account)
        };
        s.principals.iter().any(|p| !p.negated && p.kind == "AWS" && whole(p.value))
    };
    let assumes = |s: &Statement<'_>| has_action(s, ASSUME);
    let free = |s: &Statement<'_>| assumes(s) && s.tests.iter().all(|t| is_no_obstacle(t, today));
    let denied = |s: &&Statement<'_>| !s.allows && s.tests.is_empty() && assumes(s) && (by_name(s) || by_account(s));
    if trust.statements.iter().any(|s| denied(&s)) || is_denied(from, role) {
        return false;
    }
    trust.allows().any(|s| free(s) && by_name(s))
        || (trust.allows().any(|s| free(s) && by_account(s)) && is_free(from, ASSUME, role))
}

/// Whether the principal's own policies deny it to assume a role, which no trust outweighs; or it is a role whose boundary does not
/// allow it, which limits a role that is named by its ARN too (iam-facts 6.2).
fn is_denied(from: &PrincipalSubject<'_>, role: &str) -> bool {
    let allows = |d: &DocumentSubject<'_>| d.allows().any(|s| has_action(s, ASSUME) && is_about(s, role));
    let is_role = from.address.as_ref().is_some_and(|a| a.kind == EntityKind::Role);
    if is_role && from.boundary.as_ref().is_some_and(|b| !b.iter().any(allows)) {
        return true;
    }
    let boundary = from.boundary.iter().flatten();
    let denies =
        from.documents.iter().chain(boundary).flat_map(|d| d.statements.iter()).filter(|s| !s.allows && s.tests.is_empty());
    denies.into_iter().any(|s| has_action(s, ASSUME) && is_about(s, role))
}

/// Whether a statement is about a role.
fn is_about(statement: &Statement<'_>, role: &str) -> bool {
    statement.resources.iter().any(|r| arn::covers(r, role)) != statement.not_resource
}
