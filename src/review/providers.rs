//! Identity providers: they decide who may log in as whom, and no proof over policies covers it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::report::AccountReport;
use crate::model::{Desired, OidcProvider, SamlProvider, Seen, Snapshot};
use crate::names::{Address, EntityKind, Name};
use crate::plan::{Action, Change, FieldChange};

const METADATA: &str = "SAML metadata";
const METADATA_DECIDES: &str = "the entity id and the certificates in it decide who can log in, and as whom";

/// Reserves what a change of a provider may mean. `base`: the specs before; what their trusts name is trusted already.
pub(super) fn add(report: &mut AccountReport, before: &Snapshot, after: &Snapshot, base: &Desired) {
    for (name, is) in &after.oidc_providers {
        let address = Address::new(EntityKind::OidcProvider, name);
        match before.oidc_providers.get(name) {
            Some(was) => oidc(report, &address, was, is),
            None => newly(report, &address, after, base),
        }
    }
    for (name, is) in &after.saml_providers {
        let address = Address::new(EntityKind::SamlProvider, name);
        match before.saml_providers.get(name) {
            Some(was) => saml(report, &address, was, is, after),
            None => newly(report, &address, after, base),
        }
    }
}

/// The same of the changes of a plan, which say what was there before.
pub(super) fn of_changes(report: &mut AccountReport, changes: &[Change]) {
    let list = |value: &Value| -> Seen<BTreeSet<String>> {
        Seen::Value(value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let exists = |change: &&Change| !matches!(change.action, Action::Create | Action::Delete | Action::Blocked);
    for change in changes.iter().filter(exists) {
        for FieldChange { field, before, after } in &change.fields {
            match (change.address.kind, field.as_str()) {
                (EntityKind::OidcProvider, "client_ids") => audiences(report, &change.address, &list(before), &list(after)),
                (EntityKind::OidcProvider, "thumbprints") => thumbprints(report, &change.address, &list(before), &list(after)),
                (EntityKind::SamlProvider, "metadata") => {
                    report.reserve(&change.address.to_string(), METADATA, METADATA_DECIDES.to_owned())
                }
                _ => {}
            }
        }
    }
}

fn oidc(report: &mut AccountReport, address: &Address, was: &OidcProvider, is: &OidcProvider) {
    audiences(report, address, &was.client_ids, &is.client_ids);
    thumbprints(report, address, &was.thumbprints, &is.thumbprints);
}

fn audiences(report: &mut AccountReport, address: &Address, was: &Seen<BTreeSet<String>>, is: &Seen<BTreeSet<String>>) {
    if let Some(added) = added(was, is) {
        let why = format!("tokens for {added} are accepted from now on, wherever a trust policy does not ask for an audience");
        report.reserve(&address.to_string(), "audiences", why);
    }
}

fn thumbprints(report: &mut AccountReport, address: &Address, was: &Seen<BTreeSet<String>>, is: &Seen<BTreeSet<String>>) {
    // IAM compares thumbprints without letter case.
    let folded = |seen: &Seen<BTreeSet<String>>| match seen {
        Seen::Value(list) => Seen::Value(list.iter().map(|print| print.to_ascii_lowercase()).collect()),
        Seen::Unread => Seen::Unread,
    };
    if let Some(added) = added(&folded(was), &folded(is)) {
        let why = format!("whose certificate {added} is, and what tokens it signs, is not known here");
        report.reserve(&address.to_string(), "thumbprints", why);
    }
}

/// What is on a list now and was not, in words; something unknown where the list before was not read.
fn added(was: &Seen<BTreeSet<String>>, is: &Seen<BTreeSet<String>>) -> Option<String> {
    match (was, is) {
        (Seen::Value(was), Seen::Value(is)) => {
            let new: Vec<&String> = is.difference(was).collect();
            let (first, rest) = new.split_first()?;
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            Some(format!("`{first}`{more}"))
        }
        (Seen::Unread, Seen::Value(is)) => is.first().map(|first| format!("`{first}`")),
        (Seen::Value(_) | Seen::Unread, Seen::Unread) => None,
    }
}

fn saml(report: &mut AccountReport, address: &Address, was: &SamlProvider, is: &SamlProvider, after: &Snapshot) {
    let changed = match (&was.metadata, &is.metadata) {
        (Seen::Value(was), Seen::Value(is)) => was.trim() != is.trim(),
        (Seen::Unread, Seen::Value(_)) => true,
        (Seen::Value(_) | Seen::Unread, Seen::Unread) => false,
    };
    if changed {
        let trusting = trusting(after, address);
        let by = if trusting.is_empty() { String::new() } else { format!(", and so who may assume {}", trusting.join(", ")) };
        report.reserve(&address.to_string(), METADATA, format!("{METADATA_DECIDES}{by}"));
    }
}

/// A provider that is new to the specs and that they trusted before.
fn newly(report: &mut AccountReport, address: &Address, after: &Snapshot, base: &Desired) {
    let Some(arn) = after.arn_of(address) else { return };
    let named = |name: &&Name| {
        base.roles.get(*name).is_some_and(|role| role.trust.principals().any(|p| p.kind == "Federated" && p.value == arn))
    };
    let trusting: Vec<String> = base.roles.keys().filter(named).map(|name| format!("`role/{name}`")).collect();
    if !trusting.is_empty() {
        let why = format!("it is newly declared, and {} trusted it before", super::notices::some(&trusting));
        report.reserve(&address.to_string(), "what the provider was before", why);
    }
}

/// The first few roles whose trust names a provider.
fn trusting(account: &Snapshot, address: &Address) -> Vec<String> {
    let Some(arn) = account.arn_of(address) else { return Vec::new() };
    let trusts = |role: &crate::model::Role| {
        role.trust.value().is_some_and(|trust| trust.principals().any(|p| p.kind == "Federated" && p.value == arn))
    };
    account.roles.iter().filter(|(_, role)| trusts(role)).take(3).map(|(name, _)| format!("`role/{name}`")).collect()
}
