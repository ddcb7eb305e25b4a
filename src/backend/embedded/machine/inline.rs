//! Inline policies of roles, users and groups.

use super::refusal::{Checked, Refusal};
use super::{Machine, documents, fields};
use crate::model::Holder;
use crate::policy::DocumentKind;

impl Machine {
    /// PutXPolicy: create or replace by name. The quota is on the sum of the holder's inline policies, this one as it will be.
    pub(super) fn put_inline(&mut self, holder: Holder, name: &str, text: &str) -> Checked {
        let strictness = self.strictness;
        fields::inline_name(name)?;
        self.held(holder)?;
        let document = documents::check_document(text, DocumentKind::Identity)?;
        let limits = self.limits();
        let limit = match holder {
            Holder::Role(_) => limits.role_inline_size(),
            Holder::User(_) => limits.user_inline_size(),
            Holder::Group(_) => limits.group_inline_size(),
        };
        let size = documents::size(&document);
        let others = match self.held(holder)? {
            Some(held) => held
                .inline
                .value()
                .map_or(0, |all| all.iter().filter(|(other, _)| *other != name).map(|(_, d)| documents::size(d)).sum()),
            None => 0,
        };
        if self.too_large(size.saturating_add(others), limit) {
            return Err(Refusal::limit(format!("Maximum policy size of {limit} bytes exceeded for {holder}")));
        }
        let Some(held) = self.held(holder)? else { return Ok(()) };
        if let Some(inline) = Self::known(strictness, held.inline, "inline policies", || holder.to_string())? {
            inline.insert(name.to_owned(), document);
        }
        Ok(())
    }

    /// DeleteXPolicy.
    pub(super) fn delete_inline(&mut self, holder: Holder, name: &str) -> Checked {
        let strictness = self.strictness;
        let Some(held) = self.held(holder)? else { return Ok(()) };
        let inline = Self::known(strictness, held.inline, "inline policies", || holder.to_string())?;
        if inline.is_some_and(|inline| inline.remove(name).is_none()) {
            return Err(Refusal::no_such(format!("The {} policy with name {name} cannot be found.", holder.kind().noun())));
        }
        Ok(())
    }
}
