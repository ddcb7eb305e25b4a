//! OIDC providers (iam-facts 2.7).

use std::collections::BTreeSet;

use super::lookup::{sure, taken};
use super::refusal::{Checked, Refusal};
use super::{Machine, ids, tags};
use crate::model::{OidcProvider, Seen, Tags};
use crate::names::{Arn, EntityKind, Name};

const PROVIDERS: u64 = 100;
const CLIENT_IDS: usize = 100;
const THUMBPRINTS: usize = 5;

impl Machine {
    pub(super) fn create_oidc_provider(
        &mut self,
        url: &str,
        client_ids: &[String],
        thumbprints: &[String],
        put: &Tags,
        now: &str,
    ) -> Checked {
        let name = check_url(url)?;
        client_ids.iter().try_for_each(|id| check_client_id(id))?;
        check_thumbprints(thumbprints)?;
        let tags = tags::new(EntityKind::OidcProvider, put)?;
        taken(&self.account.oidc_providers, &name, || format!("Provider with url {url} already exists."))?;
        let clients: BTreeSet<_> = client_ids.iter().cloned().collect();
        check_count(clients.len())?;
        if !self.is_rehearsal() {
            // The quota is adjustable and the summary does not tell it, so a rehearsal cannot know it.
            self.room("OpenIdConnectProvidersPerAccount", self.account.oidc_providers.len(), PROVIDERS)?;
        }
        let thumbprints: BTreeSet<_> =
            if thumbprints.is_empty() { [ids::thumbprint(url)].into() } else { thumbprints.iter().cloned().collect() };
        let provider = OidcProvider {
            client_ids: Seen::Value(clients),
            thumbprints: Seen::Value(thumbprints),
            tags: Seen::Value(tags),
            created: Some(now.to_owned()),
        };
        self.account.oidc_providers.insert(name, provider);
        Ok(())
    }

    fn oidc_mut(&mut self, arn: &str) -> Checked<Option<(Name, &mut OidcProvider)>> {
        let name = Arn::parse(arn).filter(|a| a.service == "iam" && self.is_own(a)).and_then(|a| {
            let url = a.resource.strip_prefix("oidc-provider/")?;
            Some(Name::new(url))
        });
        let missing = || Refusal::no_such(format!("OpenIDConnect Provider not found for arn {arn}"));
        let name = name.ok_or_else(missing)?;
        let hidden = self.may_be_hidden(EntityKind::OidcProvider);
        let found = sure(self.account.oidc_providers.get_mut(&name), hidden, missing)?;
        Ok(found.map(|provider| (name, provider)))
    }

    /// Again is no error.
    pub(super) fn add_client_id(&mut self, arn: &str, id: &str) -> Checked {
        let strictness = self.strictness;
        check_client_id(id)?;
        let Some((name, provider)) = self.oidc_mut(arn)? else { return Ok(()) };
        if let Some(clients) = Self::known(strictness, &mut provider.client_ids, "client ids", || words(&name))? {
            if !clients.contains(id) {
                check_count(clients.len() + 1)?;
            }
            clients.insert(id.to_owned());
        }
        Ok(())
    }

    /// Nothing to do is no error.
    pub(super) fn remove_client_id(&mut self, arn: &str, id: &str) -> Checked {
        let strictness = self.strictness;
        let Some((name, provider)) = self.oidc_mut(arn)? else { return Ok(()) };
        if let Some(clients) = Self::known(strictness, &mut provider.client_ids, "client ids", || words(&name))? {
            clients.remove(id);
        }
        Ok(())
    }

    /// Replaces the whole list, which cannot be emptied again.
    pub(super) fn update_thumbprints(&mut self, arn: &str, thumbprints: &[String]) -> Checked {
        if thumbprints.is_empty() {
            return Err(Refusal::invalid("Thumbprint list must contain at least one entry."));
        }
        check_thumbprints(thumbprints)?;
        if let Some((_, provider)) = self.oidc_mut(arn)? {
            provider.thumbprints = Seen::Value(thumbprints.iter().cloned().collect());
        }
        Ok(())
    }

    pub(super) fn tag_oidc_provider(&mut self, arn: &str, put: &Tags) -> Checked {
        let strictness = self.strictness;
        tags::check(EntityKind::OidcProvider, put)?;
        let Some((name, provider)) = self.oidc_mut(arn)? else { return Ok(()) };
        match Self::known(strictness, &mut provider.tags, "tags", || words(&name))? {
            Some(there) => tags::put(EntityKind::OidcProvider, there, put),
            None => Ok(()),
        }
    }

    pub(super) fn untag_oidc_provider(&mut self, arn: &str, keys: &[String]) -> Checked {
        let strictness = self.strictness;
        tags::check_keys(keys)?;
        let Some((name, provider)) = self.oidc_mut(arn)? else { return Ok(()) };
        if let Some(there) = Self::known(strictness, &mut provider.tags, "tags", || words(&name))? {
            tags::take_all(EntityKind::OidcProvider, there, keys);
        }
        Ok(())
    }

    /// Roles that trust it stay as they are. Documented as taking a missing one, modelled as refusing it: only the account refuses.
    pub(super) fn delete_oidc_provider(&mut self, arn: &str) -> Checked {
        let rehearsal = self.is_rehearsal();
        match self.oidc_mut(arn) {
            Ok(Some((name, _))) => {
                self.account.oidc_providers.remove(&name);
                Ok(())
            }
            Err(missing) if !rehearsal => Err(missing),
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

fn words(name: &Name) -> String {
    format!("OIDC provider {name}")
}

/// `https://`, host, perhaps a path; no port, no query; 255 characters. The name is the URL without its scheme.
fn check_url(url: &str) -> Checked<Name> {
    let bad = || Refusal::validation("Invalid Open ID Connect Provider URL");
    if url.chars().count() > 255 {
        return Err(Refusal::constraint(url, "url", "have length less than or equal to 255"));
    }
    let rest = url.strip_prefix("https://").ok_or_else(bad)?;
    let host = rest.split('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_graphic() && !"?#:@\\\"<>{}|^`".contains(c);
    if host.is_empty() || host.starts_with('.') || !rest.chars().all(plain) {
        return Err(bad());
    }
    Ok(Name::new(rest))
}

fn check_client_id(id: &str) -> Checked {
    match id.chars().count() {
        0 => Err(Refusal::constraint(id, "clientID", "have length greater than or equal to 1")),
        1..=255 => Ok(()),
        _ => Err(Refusal::constraint(id, "clientID", "have length less than or equal to 255")),
    }
}

fn check_count(clients: usize) -> Checked {
    if clients > CLIENT_IDS { Err(Refusal::quota("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS as u64)) } else { Ok(()) }
}

fn check_thumbprints(thumbprints: &[String]) -> Checked {
    if thumbprints.len() > THUMBPRINTS {
        return Err(Refusal::invalid(format!("Thumbprint list must contain no more than {THUMBPRINTS} entries.")));
    }
    for text in thumbprints {
        if text.len() != 40 {
            return Err(Refusal::constraint(text, "thumbprintList.member", "have length equal to 40"));
        }
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Refusal::invalid(format!("Thumbprint {text} is not valid: it must be 40 hexadecimal digits.")));
        }
    }
    Ok(())
}
