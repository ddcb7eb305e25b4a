//! SAML providers (iam-facts 2.8).

use super::lookup::{sure, taken};
use super::refusal::{Checked, Refusal};
use super::{Machine, fields, tags};
use crate::model::{SamlProvider, Seen, Tags};
use crate::names::{Arn, EntityKind, Name};

const PROVIDERS: u64 = 100;

impl Machine {
    pub(super) fn create_saml_provider(&mut self, name: &Name, metadata: &str, put: &Tags, now: &str) -> Checked {
        fields::name(EntityKind::SamlProvider, name)?;
        check_metadata(metadata)?;
        let tags = tags::new(EntityKind::SamlProvider, put)?;
        taken(&self.account.saml_providers, name, || format!("Provider with name {name} already exists."))?;
        if !self.is_rehearsal() {
            self.room("SAMLProvidersPerAccount", self.account.saml_providers.len(), PROVIDERS)?;
        }
        let provider = SamlProvider {
            metadata: Seen::Value(metadata.to_owned()),
            tags: Seen::Value(tags),
            valid_until: None,
            created: Some(now.to_owned()),
        };
        self.account.saml_providers.insert(name.clone(), provider);
        Ok(())
    }

    fn saml_mut(&mut self, arn: &str) -> Checked<Option<(Name, &mut SamlProvider)>> {
        let missing = || Refusal::no_such(format!("Manifest not found for arn {arn}"));
        let name = Arn::parse(arn).filter(|a| a.service == "iam" && self.is_own(a)).and_then(|a| {
            let name = a.resource.strip_prefix("saml-provider/")?;
            Some(Name::new(name))
        });
        let name = name.ok_or_else(missing)?;
        let hidden = self.may_be_hidden(EntityKind::SamlProvider);
        let found = sure(self.account.saml_providers.get_mut(&name), hidden, missing)?;
        Ok(found.map(|provider| (name, provider)))
    }

    pub(super) fn update_saml_provider(&mut self, arn: &str, metadata: &str) -> Checked {
        check_metadata(metadata)?;
        if let Some((_, provider)) = self.saml_mut(arn)? {
            provider.metadata = Seen::Value(metadata.to_owned());
            provider.valid_until = None;
        }
        Ok(())
    }

    pub(super) fn tag_saml_provider(&mut self, arn: &str, put: &Tags) -> Checked {
        let strictness = self.strictness;
        tags::check(EntityKind::SamlProvider, put)?;
        let Some((name, provider)) = self.saml_mut(arn)? else { return Ok(()) };
        match Self::known(strictness, &mut provider.tags, "tags", || words(&name))? {
            Some(there) => tags::put(EntityKind::SamlProvider, there, put),
            None => Ok(()),
        }
    }

    pub(super) fn untag_saml_provider(&mut self, arn: &str, keys: &[String]) -> Checked {
        let strictness = self.strictness;
        tags::check_keys(keys)?;
        let Some((name, provider)) = self.saml_mut(arn)? else { return Ok(()) };
        if let Some(there) = Self::known(strictness, &mut provider.tags, "tags", || words(&name))? {
            tags::take_all(EntityKind::SamlProvider, there, keys);
        }
        Ok(())
    }

    /// Roles that trust it stay as they are.
    pub(super) fn delete_saml_provider(&mut self, arn: &str) -> Checked {
        if let Some((name, _)) = self.saml_mut(arn)? {
            self.account.saml_providers.remove(&name);
        }
        Ok(())
    }
}

fn words(name: &Name) -> String {
    format!("SAML provider {name}")
}

/// 1000 to 10,000,000 characters that at least begin like the XML they must be.
fn check_metadata(text: &str) -> Checked {
    let must = match text.chars().count() {
        ..1000 => "have length greater than or equal to 1000",
        1000..=10_000_000 if text.trim_start().starts_with('<') => return Ok(()),
        1000..=10_000_000 => return Err(Refusal::invalid("Could not parse metadata")),
        10_000_001.. => "have length less than or equal to 10000000",
    };
    Err(Refusal::validation(format!(
        "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy constraint: Member must {must}"
    )))
}
