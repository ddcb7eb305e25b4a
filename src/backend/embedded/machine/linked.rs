//! Service-linked roles: made by name of the service, owned by AWS (iam-facts 2.6).

use std::collections::BTreeSet;

use serde_json::json;

use super::lookup::no_role;
use super::refusal::{Checked, Refusal};
use super::{Machine, fields};
use crate::model::{InlinePolicies, Role, Seen, Tags, derived_name, known_service};
use crate::names::{EntityKind, Name};
use crate::policy::Document;

impl Machine {
    pub(super) fn create_linked_role(
        &mut self,
        service: &str,
        suffix: Option<&str>,
        description: Option<&str>,
        now: &str,
    ) -> Checked {
        if !is_service(service) {
            return Err(Refusal::invalid(format!("Service name {service} is not valid.")));
        }
        fields::description(EntityKind::ServiceLinkedRole, description.unwrap_or_default())?;
        let known = known_service(service);
        if let Some(suffix) = suffix {
            if suffix.is_empty() || suffix.chars().count() > 64 || fields::name(EntityKind::Role, &Name::new(suffix)).is_err() {
                return Err(Refusal::constraint(suffix, "customSuffix", "satisfy regular expression pattern: [\\w+=,.@-]+"));
            }
            let refused = match known {
                Some((_, takes_suffix)) => takes_suffix == Some(false),
                // A service that is not in the table may take suffixes: only the account, which must refuse what IAM may, refuses.
                None => !self.is_rehearsal(),
            };
            if refused {
                return Err(Refusal::invalid(format!("Custom suffix is not allowed for {service}")));
            }
        }
        let base = known.map_or_else(|| derived_name(service), |(name, _)| name.to_owned());
        let name = Name::new(match suffix {
            Some(suffix) => format!("{base}_{suffix}"),
            None => base,
        });
        let key = suffix.map_or_else(|| service.to_owned(), |suffix| format!("{service}/{suffix}"));
        let there = self.account.service_linked_role(&key).map(|(name, _)| name.clone());
        if let Some(taken) = there.or_else(|| self.account.roles.contains_key(&name).then(|| name.clone())) {
            return Err(Refusal::invalid(format!(
                "Service role name {taken} has been taken in this account, please try a different suffix."
            )));
        }
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        });
        let role = Role {
            path: format!("/aws-service-role/{service}/"),
            id: self.fresh_id("AROA"),
            trust: Seen::Value(Document::new(trust)),
            description: Seen::Value(fields::described(description)),
            max_session_duration: Seen::Value(3600),
            permissions_boundary: Seen::Value(None),
            tags: Seen::Value(Tags::new()),
            inline_policies: Seen::Value(InlinePolicies::new()),
            // AWS attaches the service's own policy; which one, no table here says.
            attached_policies: Seen::Value(BTreeSet::new()),
            created: Some(now.to_owned()),
            last_used: Seen::Value(None),
        };
        self.account.roles.insert(name, role);
        Ok(())
    }

    /// IAM asks the service whether it still needs the role; an account in a file has no services, so it goes at once.
    pub(super) fn delete_linked_role(&mut self, name: &Name) -> Checked {
        match self.role(name)? {
            Some(role) if role.linked_service().is_none() => Err(no_role(name)),
            _ => {
                self.remove_role(name);
                Ok(())
            }
        }
    }
}

/// Whether a text can be a service principal: lower-case labels below AWS's domains (case matters, iam-facts 2.6).
fn is_service(text: &str) -> bool {
    let label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    let below = ["amazonaws.com", "amazonaws.com.cn", "amazon.com", "aws.internal"]
        .into_iter()
        .any(|domain| text.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')));
    below && text.len() <= 128 && text.split('.').all(label)
}
