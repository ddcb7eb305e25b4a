//! The ways by which a role is assumed, as far as identity providers of the account decide them: for `lockout`.

use std::collections::BTreeSet;

use super::Course;
use crate::model::{Act, Seen, Snapshot};
use crate::names::{Address, EntityKind};
use crate::plan::Step;
use crate::policy::ast::{Effect, Policy, Statement};

/// How a role's trust policy lets callers in.
#[derive(Debug, Default)]
struct Ways {
    /// Through these identity providers of the account.
    providers: BTreeSet<Address>,
    /// Otherwise: an AWS principal, a service, a provider that is not of this account.
    otherwise: bool,
}

/// The identity providers by which alone a role is assumed before a plan and no longer afterwards, when no other way leads to it then.
/// What was not read closes nothing.
pub(super) fn closed(before: &Snapshot, after: &Snapshot, role: &Address) -> BTreeSet<Address> {
    let (Some(was), Some(is)) = (ways(before, role), ways(after, role)) else { return BTreeSet::new() };
    if was.otherwise || is.otherwise || !is.providers.is_empty() { BTreeSet::new() } else { was.providers }
}

/// The last call that has to do with one of the providers, or with the role's trust policy.
pub(super) fn culprit<'a>(course: &Course<'a>, role: &Address, providers: &BTreeSet<Address>) -> Option<&'a Step> {
    course.steps.iter().rev().find(|step| match (step.call.act(), step.call.subject()) {
        (Act::Delete | Act::Withhold, Some(subject)) => providers.contains(&subject),
        (Act::Trust(_), Some(subject)) => subject == *role,
        _ => false,
    })
}

fn ways(account: &Snapshot, role: &Address) -> Option<Ways> {
    let trust = account.roles.get(&role.name).filter(|_| role.kind == EntityKind::Role)?.trust.value()?;
    let mut ways = Ways::default();
    for statement in Policy::read(trust).statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        let Some(principals) = &statement.principals else { continue };
        ways.otherwise |= principals.negated;
        for (kind, value) in &principals.values {
            match provider(account, value).filter(|_| kind == "Federated") {
                None => ways.otherwise = true,
                Some(Found::There(address)) if is_open(account, &address, statement) => drop(ways.providers.insert(address)),
                Some(Found::There(_) | Found::Gone) => {}
            }
        }
    }
    Some(ways)
}

/// An identity provider of the account that a trust policy names.
enum Found {
    There(Address),
    Gone,
}

/// The provider behind an ARN of this account; `None` for everything else, and where the providers were not listed.
fn provider(account: &Snapshot, value: &str) -> Option<Found> {
    let arn = crate::names::Arn::parse(value).filter(|arn| arn.account == account.account.id.as_str())?;
    let kind = match arn.resource.split('/').next() {
        Some("oidc-provider") => EntityKind::OidcProvider,
        Some("saml-provider") => EntityKind::SamlProvider,
        _ => return None,
    };
    if account.unlisted.contains(&kind) {
        return None;
    }
    let names: Vec<_> = match kind {
        EntityKind::OidcProvider => account.oidc_providers.keys().collect(),
        _ => account.saml_providers.keys().collect(),
    };
    let found = names.into_iter().map(|name| Address::new(kind, name)).find(|a| account.arn_of(a).as_deref() == Some(value));
    Some(found.map_or(Found::Gone, Found::There))
}

/// Whether an OIDC provider still takes an audience that the statement asks for: a token for another is refused (IAM User Guide, "Create an
/// OpenID Connect identity provider in IAM").
fn is_open(account: &Snapshot, provider: &Address, statement: &Statement) -> bool {
    let Some(Seen::Value(audiences)) = account.oidc_providers.get(&provider.name).map(|provider| &provider.client_ids) else {
        return true;
    };
    if provider.kind != EntityKind::OidcProvider {
        return true;
    }
    let asked = statement.conditions.iter().filter(|test| test.key.ends_with(":aud"));
    let taken = |value: &String| value.contains(['*', '?', '$']) || audiences.contains(value);
    !audiences.is_empty() && asked.into_iter().all(|test| test.written_operator.contains("Not") || test.values.iter().any(taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::account;

    const ROLE: &str = "ci: {trust: [{github: {repository: acme/app, ref: refs/heads/main}}]}";

    fn world(provider: &str, role: &str) -> String {
        format!("oidc_providers: {{token.actions.githubusercontent.com: {provider}}}\nroles: {{{role}}}")
    }

    #[test]
    fn a_role_that_only_a_provider_opens_is_closed_with_it() {
        let ci = Address::new(EntityKind::Role, "ci");
        let before = world("{client_ids: [sts.amazonaws.com, other]}", ROLE);
        let was = account(&before);
        let mut gone = was.clone();
        gone.oidc_providers.clear();
        let mut unlisted = gone.clone();
        unlisted.unlisted.insert(EntityKind::OidcProvider);
        let rows = [
            ("nothing changes", was.clone(), false),
            ("the provider goes", gone, true),
            ("the providers are not listed", unlisted, false),
            ("the audience goes", account(&world("{client_ids: [other]}", ROLE)), true),
            ("another audience goes", account(&world("{client_ids: [sts.amazonaws.com]}", ROLE)), false),
            ("another way is there", account("roles: {ci: {trust: [{aws: \"${account_id}\"}]}}"), false),
        ];
        for (sentence, end, expected) in rows {
            assert_eq!(!closed(&was, &end, &ci).is_empty(), expected, "{sentence}");
        }
    }
}
