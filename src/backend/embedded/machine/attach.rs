//! Managed policies on roles, users and groups, and as boundaries.

use std::collections::BTreeSet;

use super::Machine;
use super::lookup::PolicyTarget;
use super::refusal::{Checked, Refusal};
use crate::aws_policies;
use crate::model::{Holder, InlinePolicies, Seen};
use crate::names::EntityKind;

/// The policies of a holder.
pub(super) struct Held<'a> {
    pub(super) attached: &'a mut Seen<BTreeSet<String>>,
    pub(super) inline: &'a mut Seen<InlinePolicies>,
}

impl Machine {
    /// The policies of a holder that may be changed.
    pub(super) fn held(&mut self, holder: Holder) -> Checked<Option<Held<'_>>> {
        Ok(match holder {
            Holder::Role(name) => {
                self.own_role_mut(name)?.map(|r| Held { attached: &mut r.attached_policies, inline: &mut r.inline_policies })
            }
            Holder::User(name) => {
                self.user_mut(name)?.map(|u| Held { attached: &mut u.attached_policies, inline: &mut u.inline_policies })
            }
            Holder::Group(name) => {
                self.group_mut(name)?.map(|g| Held { attached: &mut g.attached_policies, inline: &mut g.inline_policies })
            }
        })
    }

    /// AttachXPolicy: again is no error.
    pub(super) fn attach(&mut self, holder: Holder, arn: &str) -> Checked {
        let strictness = self.strictness;
        let already = |held: &Held| held.attached.value().is_some_and(|a| a.contains(arn));
        if self.held(holder)?.as_ref().is_some_and(already) {
            return Ok(());
        }
        self.check_attachable(arn, || format!("Policy {arn} does not exist or is not attachable."))?;
        let limits = self.limits();
        let (quota, limit) = match holder {
            Holder::Role(_) => ("PoliciesPerRole", limits.attached_per_role()),
            Holder::User(_) => ("PoliciesPerUser", limits.attached_per_user()),
            Holder::Group(_) => ("PoliciesPerGroup", limits.attached_per_group()),
        };
        let Some(held) = self.held(holder)? else { return Ok(()) };
        let Some(attached) = Self::known(strictness, held.attached, "attached policies", || holder.to_string())? else {
            return Ok(());
        };
        if attached.len() as u64 >= limit {
            return Err(Refusal::quota(quota, limit));
        }
        attached.insert(arn.to_owned());
        Ok(())
    }

    /// DetachXPolicy.
    pub(super) fn detach(&mut self, holder: Holder, arn: &str) -> Checked {
        let strictness = self.strictness;
        let target = self.policy_target(arn);
        let Some(held) = self.held(holder)? else { return Ok(()) };
        if let Some(attached) = Self::known(strictness, held.attached, "attached policies", || holder.to_string())? {
            if !attached.contains(arn) {
                // A text that is not an ARN is refused as such; what stands in the account can always go.
                target?;
                return Err(Refusal::no_such(format!("Policy {arn} was not found.")));
            }
            attached.remove(arn);
        }
        Ok(())
    }

    /// Whether a managed policy can be attached, or be a boundary.
    pub(super) fn check_attachable(&self, arn: &str, missing: impl FnOnce() -> String) -> Checked {
        let there = match self.policy_target(arn)? {
            PolicyTarget::Aws => {
                aws_policies::find(arn).is_some()
                    || self.account.aws_policies.contains_key(arn)
                    // Whether it exists was not found out: in a rehearsal that is no refusal.
                    || (self.is_rehearsal() && self.account.aws_policies_unread.contains(arn))
                    || (self.is_rehearsal() && self.is_held_by_anyone(arn))
            }
            PolicyTarget::Own(name) => {
                self.has_policy(&name, arn)
                    || (self.may_be_hidden(EntityKind::Policy) && !self.account.policies.contains_key(&name))
            }
            PolicyTarget::Foreign => false,
        };
        if !there {
            return Err(Refusal::no_such(missing()));
        }
        if arn.contains(":policy/aws-service-role/") {
            return Err(Refusal::unattachable("Cannot attach a Service Role Policy to a Customer Role."));
        }
        Ok(())
    }

    /// Whether a policy can be a permissions boundary.
    pub(super) fn check_boundary(&self, arn: &str) -> Checked {
        self.check_attachable(arn, || format!("Scope ARN: {arn} does not exist or is not attachable."))
    }

    /// Whether any role, user or group has the policy attached.
    pub(super) fn is_attached_to_anyone(&self, arn: &str) -> bool {
        let holds = |seen: &Seen<BTreeSet<String>>| seen.value().is_some_and(|a| a.contains(arn));
        self.account.roles.values().any(|r| holds(&r.attached_policies))
            || self.account.users.values().any(|u| holds(&u.attached_policies))
            || self.account.groups.values().any(|g| holds(&g.attached_policies))
    }

    /// Whether any role or user is bounded by the policy.
    pub(super) fn is_boundary_of_anyone(&self, arn: &str) -> bool {
        let bounds = |seen: &Seen<Option<String>>| seen.value().is_some_and(|b| b.as_deref() == Some(arn));
        self.account.roles.values().any(|r| bounds(&r.permissions_boundary))
            || self.account.users.values().any(|u| bounds(&u.permissions_boundary))
    }

    fn is_held_by_anyone(&self, arn: &str) -> bool {
        self.is_attached_to_anyone(arn) || self.is_boundary_of_anyone(arn)
    }
}
