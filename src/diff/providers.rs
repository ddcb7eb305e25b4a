//! OIDC and SAML providers. One that exists is simply used: what the spec lists is ensured, the rest stays (contract 5).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::attachments::Residue;
use super::context::{Context, Standing};
use super::draft::{Diff, Draft, Phase};
use super::tags;
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
    let standing = standing(cx, &address, &provider.tags);
    let (action, reason) = Context::verb(&standing);
    let mut draft = Draft::new(address.clone(), action, reason, Some(&want.place));
    if let Some((seen, missing)) = missing(diff, &address, "client_ids", &want.client_ids, &provider.client_ids) {
        let after: BTreeSet<&String> = seen.iter().chain(missing.iter()).collect();
        draft.field("client_ids", json!(seen), json!(after));
        for client_id in missing {
            draft.call(Phase::Admit, Operation::AddClientIdToOidcProvider { provider_arn: provider_arn.clone(), client_id });
        }
    }
    if let Some((seen, missing)) = missing(diff, &address, "thumbprints", &want.thumbprints, &provider.thumbprints) {
        // IAM replaces the whole list, so those that are there are sent along.
        let after: BTreeSet<String> = seen.iter().cloned().chain(missing).collect();
        draft.field("thumbprints", json!(seen), json!(after));
        let thumbprints = after.into_iter().collect();
        draft.call(Phase::Admit, Operation::UpdateOidcProviderThumbprint { provider_arn: provider_arn.clone(), thumbprints });
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
    let standing = standing(cx, &address, &provider.tags);
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

/// A provider is used by whoever declares it; only an explicit word makes it ours.
fn standing(cx: &Context<'_>, address: &Address, seen: &Seen<Tags>) -> Standing {
    match cx.standing(address, &cx.owner(address.kind, seen), Manage::Additive, false) {
        Standing::Blocked(..) => Standing::Joined,
        standing => standing,
    }
}

type Missing<'a> = (&'a BTreeSet<String>, BTreeSet<String>);

fn missing<'a>(
    diff: &mut Diff,
    address: &Address,
    field: &str,
    want: &Want<BTreeSet<String>>,
    seen: &'a Seen<BTreeSet<String>>,
) -> Option<Missing<'a>> {
    let want = want.value()?;
    let Some(there) = seen.value() else {
        diff.skip(address, field, "it was not read");
        return None;
    };
    let missing: BTreeSet<String> = want.difference(there).cloned().collect();
    (!missing.is_empty()).then_some((there, missing))
}

fn provider_tags(
    cx: &Context<'_>,
    diff: &mut Diff,
    draft: &mut Draft,
    arn: &str,
    (want, protect): (&Tags, bool),
    seen: &Seen<Tags>,
    standing: &Standing,
) {
    let address = draft.address.clone();
    let Seen::Value(seen) = seen else {
        if !want.is_empty() {
            diff.skip(&address, "tags", "they were not read");
        }
        return;
    };
    let mut all = want.clone();
    if matches!(standing, Standing::Ours | Standing::Renamed(_) | Standing::Adopt(_)) {
        all.extend(cx.marks().owned(address.kind, protect, false));
    }
    let mut found = tags::compare(cx, address.kind, &all, seen, false);
    if *standing == Standing::Ours && !protect && cx.marks().is_protected(address.kind, seen) {
        found.unset.push(cx.marks().protect_key().to_owned());
    }
    tags::apply(draft, &address, arn, seen, found, Residue::default());
}
