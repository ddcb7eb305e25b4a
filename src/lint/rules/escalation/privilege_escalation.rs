//! The whole principal, all its documents taken together: combinations are found wherever their parts are granted.

use std::collections::BTreeMap;

use super::words::ways_in_words;
use crate::diag::{Place, Severity};
use crate::escalation::hosts;
use crate::escalation::methods::{self, EscalationMethod, MethodKind, PASS_ROLE};
use crate::lint::authority::{Breadth, Grant, Target, Terms};
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::PrincipalSubject;

rule! {
    /// A principal can give itself, or use, more access than it was given
    ///
    /// Some actions, alone or together, are as good as the permissions that they lead to: writing a
    /// policy, making keys for another user, passing a role to a function of one's own. All policies
    /// of the principal are taken together, those of its groups included; denies and the
    /// permissions boundary are taken off. The finding names the gravest of the methods that are left and
    /// counts the others; `--format json` lists all of them under `ways`. A condition counts only where the principal can
    /// never meet it: its own ARN, account or tags, a region that is fixed, a value that the caller chooses stop nothing.
    ///
    /// An **error** changes IAM itself or runs something new as a role of one's choice, with nothing in
    /// the way. Two actions that write what a role, user or group may do and enter the same one are an error on a single named one too.
    /// `iam:PolicyARN` counts where it leaves no policy that would make an administrator, `iam:PermissionsBoundary` where it names a boundary.
    /// A **warning** needs something that is already there with a strong role (a function, an
    /// instance), drops a policy of its own that denies, or passes roles only to the service that would
    /// run them. A **note** reaches only roles or policies whose names or paths begin in some way; what a new function or task may be
    /// called does not narrow the roles that are passed to it. Service-linked roles and those of IAM Identity Center count for nothing:
    /// IAM lets nobody change them.
    ///
    /// **Why it matters.** What a policy says is then not what its holder can do.
    ///
    /// **What to do.** Name the roles, users and policies that the actions are for. For `iam:PassRole`
    /// name the roles and test `iam:PassedToService`. For delegated administration set a permissions
    /// boundary, and deny its removal. A deployment role that must have these permissions gets a
    /// waiver with the reason.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"],
    /// "Resource": "arn:aws:iam::111122223333:role/app"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": ["iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"],
    /// "Resource": "arn:aws:iam::111122223333:role/app",
    /// "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}}
    /// ```
    PRIVILEGE_ESCALATION = "privilege-escalation", Error, Principal(check);
}

/// What each action works on, as far as it matters.
fn target(action: &str) -> Target {
    let of = |pattern, own_counts| Target { pattern, own_counts };
    match action {
        "iam:createpolicyversion" | "iam:setdefaultpolicyversion" => of("arn:*:iam::????????????:policy/*", true),
        "iam:attachuserpolicy" | "iam:putuserpolicy" => of("arn:*:iam::????????????:user/*", true),
        "iam:deleteuserpermissionsboundary" | "iam:putuserpermissionsboundary" => of("arn:*:iam::????????????:user/*", true),
        // A key for oneself gives nothing that one did not have.
        "iam:createaccesskey" | "iam:deleteaccesskey" | "iam:createloginprofile" | "iam:updateloginprofile" => {
            of("arn:*:iam::????????????:user/*", false)
        }
        "iam:attachgrouppolicy" | "iam:putgrouppolicy" | "iam:addusertogroup" => of("arn:*:iam::????????????:group/*", true),
        "iam:deletegrouppolicy" | "iam:detachgrouppolicy" => of("arn:*:iam::????????????:group/*", true),
        "iam:deleteuserpolicy" | "iam:detachuserpolicy" => of("arn:*:iam::????????????:user/*", true),
        "iam:deleterolepolicy" | "iam:detachrolepolicy" => of("arn:*:iam::????????????:role/*", true),
        "iam:attachrolepolicy" | "iam:putrolepolicy" => of("arn:*:iam::????????????:role/*", true),
        "iam:updatesamlprovider" => of("arn:*:iam::????????????:saml-provider/*", false),
        "iam:updateopenidconnectproviderthumbprint" => of("arn:*:iam::????????????:oidc-provider/*", false),
        "iam:deleterolepermissionsboundary" | "iam:putrolepermissionsboundary" => of("arn:*:iam::????????????:role/*", true),
        "sts:assumeroot" => of("arn:*:iam::????????????:root", false),
        "iam:updateassumerolepolicy" | "sts:assumerole" | "iam:passrole" => of("arn:*:iam::????????????:role/*", false),
        _ => of("*", false),
    }
}

/// A method that works for a principal, how gravely, and the grant to point at.
#[derive(Clone, Debug)]
pub struct Escalation {
    name: &'static str,
    kind: MethodKind,
    pub(super) severity: Severity,
    place: Option<Place>,
    statement: String,
    /// Why it may not work after all.
    open: Option<String>,
}

/// All methods that work for a principal; found out once.
pub(super) fn ways<'p>(subject: &'p PrincipalSubject<'_>) -> &'p [Escalation] {
    subject.escalations.get_or_init(|| {
        let mut known = BTreeMap::new();
        methods::all().filter_map(|method| works(subject, method, &mut known)).collect()
    })
}

fn check(subject: &PrincipalSubject<'_>, out: &mut Findings) {
    let found = ways(subject);
    let Some(worst) = found.iter().map(|f| f.severity).max() else { return };
    let Some(first) = found.iter().find(|f| f.severity == worst) else { return };
    let mut all: Vec<&Escalation> = found.iter().collect();
    all.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let all: Vec<&str> = all.into_iter().map(|f| f.name).collect();
    // An administrator has them all; nobody reads on.
    // One way that works for certain is enough.
    let open = first.open.as_ref().filter(|_| found.iter().all(|way| way.open.is_some()));
    let verb = if open.is_some() { "may" } else { "can" };
    let claim = format!("{} {verb} escalate its privileges", subject.label());
    let open = open.map(|open| format!("; not certain: {open}")).unwrap_or_default();
    let message = format!("{claim}: {}{open}", ways_in_words(&all));
    let help = match (worst, first.kind) {
        (Severity::Note, _) => "make sure that no strong role or policy has a name that these patterns match",
        (_, MethodKind::Existing) => "name the resources that are meant; what runs with a role lends it to whoever controls it",
        (_, MethodKind::PassRole) => "name the roles that `iam:PassRole` is for, and the service with `iam:PassedToService`",
        (_, MethodKind::LiftsDeny) => "name the policies and principals that are meant, and not those that deny",
        (_, MethodKind::OnOne) => {
            "grant one of the two elsewhere, or allow them only with a boundary in `iam:PermissionsBoundary`"
        }
        (_, MethodKind::Iam | MethodKind::OfHolder) => {
            "name the roles, users or policies that the actions are for, or set a permissions boundary"
        }
    };
    out.principal(worst, subject, first.place.clone(), message, format!("{} grants it; {help}", first.statement));
    out.claim(claim, all.into_iter().map(str::to_owned).collect());
    let mut places: Vec<Option<Place>> = vec![first.place.clone()];
    for other in found.iter().filter(|f| f.severity == worst) {
        if places.len() < 6 && !places.contains(&other.place) {
            out.related(&format!("{} by {}", other.name, other.statement), other.place.clone());
            places.push(other.place.clone());
        }
    }
}

/// The grants of each action that was looked at, by the service to which a role is passed.
type Known<'p, 'a> = BTreeMap<(&'static str, Option<&'static str>), Vec<Grant<'p, 'a>>>;

fn works<'p, 'a>(subject: &'p PrincipalSubject<'a>, method: &EscalationMethod, known: &mut Known<'p, 'a>) -> Option<Escalation> {
    if method.kind == MethodKind::LiftsDeny && !subject.documents.iter().any(|d| d.statements().iter().any(|s| !s.allows())) {
        return None;
    }
    let mut grants: Vec<Grant<'p, 'a>> = Vec::new();
    if method.kind == MethodKind::OnOne {
        let (writes, enters) = method.actions.split_once(' ')?;
        let (writes, enters) = (writes.to_ascii_lowercase(), enters.to_ascii_lowercase());
        grants.extend(subject.on_one([&writes, &enters], target(&writes)));
    }
    for action in method.actions.split(' ').filter(|_| method.kind != MethodKind::OnOne) {
        let passes = action == PASS_ROLE;
        let service = passes.then_some(method.service);
        let all = known.entry((action, service)).or_insert_with(|| {
            let hosts = service.map(hosts).unwrap_or_default();
            let action = action.to_ascii_lowercase();
            let mut ways = hosts.iter().map(|host| subject.grants(&action, target(&action), Some(host)));
            match service {
                None => subject.grants(&action, target(&action), None),
                Some(_) => ways.find(|grants| !grants.is_empty()).unwrap_or_default(),
            }
        });
        // The caller chooses what a new thing is called: only the role that is passed limits what it may be.
        let named_by_caller = method.kind == MethodKind::PassRole && !passes;
        let fits = |g: &&Grant<'p, 'a>| named_by_caller || method.kind == MethodKind::OfHolder || g.breadth > Breadth::Named;
        let mut best = all.iter().filter(fits).reduce(wider)?.clone();
        if named_by_caller {
            best.breadth = Breadth::Whole;
        }
        grants.push(best);
    }
    let first = grants.first()?;
    // What an instance or function lends is judged by how much is within reach; a few named ones are somebody's choice.
    if method.kind == MethodKind::Existing && grants.iter().any(|g| g.breadth < Breadth::Whole) {
        return None;
    }
    let limited = grants.iter().any(|g| g.breadth < Breadth::Whole);
    let only_to = grants.iter().any(|g| g.terms != Terms::Free);
    let conditional = grants.iter().any(|g| matches!(g.terms, Terms::When(_) | Terms::Open(_)));
    let open = grants.iter().find_map(|g| match &g.terms {
        Terms::Open(reasons) => reasons.first().cloned(),
        Terms::Free | Terms::PassedTo(_) | Terms::When(_) => None,
    });
    let severity = match method.kind {
        _ if limited => Severity::Note,
        MethodKind::Existing | MethodKind::LiftsDeny => Severity::Warning,
        _ if conditional => Severity::Warning,
        MethodKind::PassRole if only_to => Severity::Warning,
        MethodKind::PassRole | MethodKind::Iam | MethodKind::OfHolder | MethodKind::OnOne => Severity::Error,
    };
    let label = if first.document.label.is_empty() {
        first.statement.label()
    } else {
        format!("{} of {}", first.statement.label(), first.document.label)
    };
    let place = first.document.place(&first.statement.path(&[]));
    Some(Escalation { name: method.name, kind: method.kind, severity, place, statement: label, open })
}

/// The one on more; of equals the one that asks for less, then the first.
fn wider<'g, 'p, 'a>(a: &'g Grant<'p, 'a>, b: &'g Grant<'p, 'a>) -> &'g Grant<'p, 'a> {
    let rank = |g: &Grant<'_, '_>| (g.terms == Terms::Free, g.breadth);
    if rank(b) > rank(a) { b } else { a }
}
