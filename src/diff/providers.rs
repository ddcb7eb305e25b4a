//! OIDC and SAML providers. One that exists is simply used: what the spec lists is ensured, the rest stays (contract 5).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::attachments::Residue;
use super::context::{Context, Treatment};
use super::draft::{Diff, Draft, Phase};
use super::tags;
use crate::diag::Severity;
use crate::model::{Manage, OidcProvider, Operation, SamlProvider, Seen, Tags, Want, WantOidcProvider, WantSamlProvider};
use crate::names::{Address, EntityKind, Name};
use crate::plan::Action;

pub(super) fn compare(cx: &Context<'_>, diff: &mut Diff) {
    for (name, want) in &cx.desired.oidc_providers {
        let address = Address::new(EntityKind::OidcProvider, name);
        match cx.snapshot.oidc_providers.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&address.kind) => {
                diff.skip(&address, "entity", "the OIDC providers were not listed")
            }
            None => diff.drafts.push(create_oidc(cx, &address, want)),
            Some((real, _)) if !same_issuer(real, name) => {
                let message = format!(
                    "the account has the provider `{real}`: the path of an issuer is case-sensitive, so it is another one, and IAM keeps no two \
                     whose names differ in letter case alone"
                );
                let help = format!("write `{real}` if that is the issuer that is meant, in trusts too");
                diff.find(Severity::Error, "provider-case", &address, Some(&want.place), message, Some(help));
            }
            Some((real, provider)) => existing_oidc(cx, diff, real, want, provider),
        }
    }
    for (name, want) in &cx.desired.saml_providers {
        let address = Address::new(EntityKind::SamlProvider, name);
        match cx.snapshot.saml_providers.get_key_value(name) {
            None if cx.snapshot.unlisted.contains(&address.kind) => {
                diff.skip(&address, "entity", "the SAML providers were not listed")
            }
            None => diff.drafts.push(create_saml(cx, &address, want)),
            Some((real, provider)) => existing_saml(cx, diff, real, want, provider),
        }
    }
}

/// Whether two names are one issuer: the host ignores letter case, the path does not (RFC 3986; `iss` is compared as it is).
fn same_issuer(a: &Name, b: &Name) -> bool {
    let path = |name: &Name| name.as_str().split_once('/').map(|(_, path)| path.to_owned());
    path(a) == path(b)
}

fn create_oidc(cx: &Context<'_>, address: &Address, want: &WantOidcProvider) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, "it does not exist", Some(&want.place));
    let mut all = want.tags.clone();
    all.extend(cx.marks().owned(address.kind, want.protect, false));
    let list = |want: &Want<BTreeSet<String>>| want.value().map(|s| s.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let (client_ids, thumbprints) = (list(&want.client_ids), list(&want.thumbprints));
    if !client_ids.is_empty() {
        draft.field("client_ids", Value::Null, json!(client_ids));
    }
    if !thumbprints.is_empty() {
        draft.field("thumbprints", Value::Null, json!(thumbprints));
    }
    draft.field("tags", Value::Null, tags::value(&all));
    let url = format!("https://{}", address.name);
    draft.call(Phase::Make, Operation::CreateOidcProvider { url, client_ids, thumbprints, tags: all });
    draft
}

fn existing_oidc(cx: &Context<'_>, diff: &mut Diff, real: &Name, want: &WantOidcProvider, provider: &OidcProvider) {
    let address = Address::new(EntityKind::OidcProvider, real);
    let provider_arn = cx.snapshot.arn(address.kind, "/", real);
    let standing = standing(cx, &address, &provider.tags, want.manage);
    let exact = is_exact(want.manage, &standing);
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    let mut stay = Vec::new();
    if let Some(lists) = lists(diff, &address, "client_ids", &want.client_ids, &provider.client_ids) {
        let after = lists.after(exact);
        if after != lists.seen {
            draft.field("client_ids", json!(lists.seen), json!(after));
        }
        for client_id in lists.missing() {
            draft.call(Phase::Admit, Operation::AddClientIdToOidcProvider { provider_arn: provider_arn.clone(), client_id });
        }
        for client_id in lists.extra() {
            if exact {
                let provider_arn = provider_arn.clone();
                draft.call(Phase::Withdraw, Operation::RemoveClientIdFromOidcProvider { provider_arn, client_id });
            } else {
                stay.push(format!("audience `{client_id}`"));
            }
        }
    }
    if let Some(lists) = lists(diff, &address, "thumbprints", &want.thumbprints, &provider.thumbprints) {
        let after = lists.after(exact);
        if after.len() > THUMBPRINTS {
            let message =
                format!("with those that are there it would have {} thumbprints, and IAM takes {THUMBPRINTS}", after.len());
            let help = format!("remove some, or enforce the spec with `manage: exclusive` (`--adopt={address}`)");
            diff.find(Severity::Error, "quota", &address, Some(&want.place), message, Some(help));
        } else if after != lists.seen {
            // IAM replaces the whole list.
            draft.field("thumbprints", json!(lists.seen), json!(after));
            let thumbprints = after.into_iter().collect();
            draft.call(Phase::Admit, Operation::UpdateOidcProviderThumbprint { provider_arn: provider_arn.clone(), thumbprints });
        }
        stay.extend(lists.extra().into_iter().filter(|_| !exact).map(|t| format!("thumbprint `{t}`")));
    }
    if !stay.is_empty() {
        let message = format!("{} not in the spec, which others may rely on: {}", stay.len(), stay.join(", "));
        diff.find(Severity::Note, "unmanaged-attachment", &address, Some(&want.place), message, None);
    }
    provider_tags(cx, diff, &mut draft, &provider_arn, (&want.tags, want.protect), &provider.tags, &standing);
    diff.push(draft);
}

fn create_saml(cx: &Context<'_>, address: &Address, want: &WantSamlProvider) -> Draft {
    let mut draft = Draft::new(address.clone(), Action::Create, "it does not exist", Some(&want.place));
    let mut all = want.tags.clone();
    all.extend(cx.marks().owned(address.kind, want.protect, false));
    draft.field("metadata", Value::Null, json!(want.metadata));
    draft.field("tags", Value::Null, tags::value(&all));
    let (name, metadata) = (address.name.clone(), want.metadata.clone());
    draft.call(Phase::Make, Operation::CreateSamlProvider { name, metadata, tags: all });
    draft
}

fn existing_saml(cx: &Context<'_>, diff: &mut Diff, real: &Name, want: &WantSamlProvider, provider: &SamlProvider) {
    let address = Address::new(EntityKind::SamlProvider, real);
    let provider_arn = cx.snapshot.arn(address.kind, "/", real);
    let standing = standing(cx, &address, &provider.tags, want.manage);
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    match &provider.metadata {
        Seen::Unread => diff.skip(&address, "metadata", "it was not read"),
        // Whether IAM keeps the white space of the XML is not documented, so it does not count (iam-facts 2.8).
        Seen::Value(seen) if seen.split_whitespace().eq(want.metadata.split_whitespace()) => {}
        Seen::Value(seen) => {
            draft.field("metadata", json!(seen), json!(want.metadata));
            let metadata = want.metadata.clone();
            draft.call(Phase::Admit, Operation::UpdateSamlProvider { provider_arn: provider_arn.clone(), metadata });
        }
    }
    provider_tags(cx, diff, &mut draft, &provider_arn, (&want.tags, want.protect), &provider.tags, &standing);
    diff.push(draft);
}

/// The most thumbprints that a provider has (iam-facts 2.7).
const THUMBPRINTS: usize = 5;

/// A provider is used by whoever declares it; only an explicit word makes it ours.
fn standing(cx: &Context<'_>, address: &Address, seen: &Seen<Tags>, manage: Option<Manage>) -> Treatment {
    let owner = cx.owner(address.kind, seen);
    match cx.standing(address, &owner, manage.unwrap_or(Manage::Additive), false) {
        Treatment::Blocked(..) => Treatment::Joined,
        standing => standing,
    }
}

/// Whether lists are exact: as the spec says, else for what this stack created or adopted.
fn is_exact(manage: Option<Manage>, standing: &Treatment) -> bool {
    let ours = matches!(standing, Treatment::Ours | Treatment::Renamed(_) | Treatment::Adopt(_));
    match manage {
        Some(Manage::Observe) => true,
        Some(manage) => manage.is_exact() && ours,
        None => ours,
    }
}

/// A wanted list and the one that is there.
struct Lists<'a> {
    want: &'a BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Lists<'_> {
    fn missing(&self) -> Vec<String> {
        self.want.difference(&self.seen).cloned().collect()
    }

    fn extra(&self) -> Vec<String> {
        self.seen.difference(self.want).cloned().collect()
    }

    fn after(&self, exact: bool) -> BTreeSet<String> {
        if exact { self.want.clone() } else { self.seen.union(self.want).cloned().collect() }
    }
}

fn lists<'a>(
    diff: &mut Diff,
    address: &Address,
    field: &str,
    want: &'a Want<BTreeSet<String>>,
    seen: &Seen<BTreeSet<String>>,
) -> Option<Lists<'a>> {
    let want = want.value()?;
    let Some(there) = seen.value() else {
        diff.skip(address, field, "it was not read");
        return None;
    };
    // Letter case does not count in hexadecimal digits, and it does in an audience.
    let seen = there.iter().map(|t| if field == "thumbprints" { t.to_ascii_lowercase() } else { t.clone() }).collect();
    Some(Lists { want, seen })
}

fn provider_tags(
    cx: &Context<'_>,
    diff: &mut Diff,
    draft: &mut Draft,
    arn: &str,
    (want, protect): (&Tags, bool),
    seen: &Seen<Tags>,
    standing: &Treatment,
) {
    let address = draft.address.clone();
    let Seen::Value(seen) = seen else {
        if !want.is_empty() {
            diff.skip(&address, "tags", "they were not read");
        }
        return;
    };
    let mut all = want.clone();
    if matches!(standing, Treatment::Ours | Treatment::Renamed(_) | Treatment::Adopt(_)) {
        all.extend(cx.marks().owned(address.kind, protect, false));
        all.extend(cx.adoption(standing));
    }
    let mut found = tags::compare(cx, address.kind, &all, seen, false);
    if *standing == Treatment::Ours && !protect && cx.marks().is_protected(address.kind, seen) {
        found.unset.push(cx.marks().protect_key().to_owned());
    }
    tags::apply(draft, &address, arn, seen, found, Residue::default());
}
