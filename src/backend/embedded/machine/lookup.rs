//! Finding what a call names.
//!
//! Every lookup has three answers: found; certainly not there, a refusal; not listed but perhaps there, `None`. The last one comes
//! up in rehearsal alone, and the call is then taken without effect (INVARIANT (unread-is-not-absent)).

use std::collections::BTreeMap;

use super::refusal::{Checked, Refusal};
use super::{Machine, Strictness};
use crate::model::{Group, InstanceProfile, Policy, Role, Seen, User};
use crate::names::{Arn, EntityKind, Name};

/// What the ARN of a managed policy points to.
pub(super) enum PolicyTarget {
    /// AWS's own.
    Aws,
    /// A customer managed policy of this account, by the name in the ARN; whether it is there is not said.
    Own(Name),
    /// Another account's, another partition's.
    Foreign,
}

impl Machine {
    pub(super) fn is_rehearsal(&self) -> bool {
        self.strictness == Strictness::Rehearsal
    }

    /// Whether an entity of this kind may exist although it is not in the snapshot.
    pub(super) fn may_be_hidden(&self, kind: EntityKind) -> bool {
        let unlisted = &self.account.unlisted;
        self.is_rehearsal()
            && (unlisted.contains(&kind) || (kind == EntityKind::Role && unlisted.contains(&EntityKind::ServiceLinkedRole)))
    }

    /// The account id in the form in which ARNs hold it.
    pub(super) fn is_own(&self, arn: &Arn) -> bool {
        arn.partition == self.account.account.partition && arn.account == self.account.account.id.as_str()
    }

    /// The value of a field that a call changes. `None` where it was not read: in rehearsal the call is taken without effect; an
    /// account that does not know its own fields cannot take it.
    pub(super) fn known<'a, T>(
        strictness: Strictness,
        seen: &'a mut Seen<T>,
        field: &str,
        of: impl FnOnce() -> String,
    ) -> Checked<Option<&'a mut T>> {
        match (seen, strictness) {
            (Seen::Value(value), _) => Ok(Some(value)),
            (Seen::Unread, Strictness::Rehearsal) => Ok(None),
            (Seen::Unread, Strictness::Account) => Err(Refusal::unread(field, &of())),
        }
    }

    /// The same for a field that is only looked at.
    pub(super) fn seen<'a, T>(&self, seen: &'a Seen<T>, field: &str, of: impl FnOnce() -> String) -> Checked<Option<&'a T>> {
        match seen.value() {
            None if !self.is_rehearsal() => Err(Refusal::unread(field, &of())),
            value => Ok(value),
        }
    }

    pub(super) fn role(&self, name: &Name) -> Checked<Option<&Role>> {
        sure(self.account.roles.get(name), self.may_be_hidden(EntityKind::Role), || no_role(name))
    }

    pub(super) fn role_mut(&mut self, name: &Name) -> Checked<Option<&mut Role>> {
        let hidden = self.may_be_hidden(EntityKind::Role);
        sure(self.account.roles.get_mut(name), hidden, || no_role(name))
    }

    /// A role that may be changed: not one of AWS's (iam-facts 2.1.4).
    pub(super) fn own_role_mut(&mut self, name: &Name) -> Checked<Option<&mut Role>> {
        self.check_own_role(name)?;
        self.role_mut(name)
    }

    pub(super) fn check_own_role(&self, name: &Name) -> Checked {
        match self.role(name)? {
            Some(role) if role.is_reserved() => Err(protected(name)),
            _ => Ok(()),
        }
    }

    pub(super) fn user(&self, name: &Name) -> Checked<Option<&User>> {
        sure(self.account.users.get(name), self.may_be_hidden(EntityKind::User), || no_user(name))
    }

    pub(super) fn user_mut(&mut self, name: &Name) -> Checked<Option<&mut User>> {
        let hidden = self.may_be_hidden(EntityKind::User);
        sure(self.account.users.get_mut(name), hidden, || no_user(name))
    }

    pub(super) fn group(&self, name: &Name) -> Checked<Option<&Group>> {
        sure(self.account.groups.get(name), self.may_be_hidden(EntityKind::Group), || no_group(name))
    }

    pub(super) fn group_mut(&mut self, name: &Name) -> Checked<Option<&mut Group>> {
        let hidden = self.may_be_hidden(EntityKind::Group);
        sure(self.account.groups.get_mut(name), hidden, || no_group(name))
    }

    pub(super) fn profile(&self, name: &Name) -> Checked<Option<&InstanceProfile>> {
        sure(self.account.instance_profiles.get(name), self.may_be_hidden(EntityKind::InstanceProfile), || no_profile(name))
    }

    pub(super) fn profile_mut(&mut self, name: &Name) -> Checked<Option<&mut InstanceProfile>> {
        let hidden = self.may_be_hidden(EntityKind::InstanceProfile);
        sure(self.account.instance_profiles.get_mut(name), hidden, || no_profile(name))
    }

    /// What a managed policy's ARN points to.
    pub(super) fn policy_target(&self, text: &str) -> Checked<PolicyTarget> {
        if text.len() < 20 {
            return Err(Refusal::constraint(text, "policyArn", "have length greater than or equal to 20"));
        }
        let arn = Arn::parse(text).filter(|a| a.service == "iam" && a.region.is_empty());
        let Some((arn, name)) = arn.as_ref().and_then(|a| match a.iam_resource() {
            Some(("policy", _, name)) if !name.is_empty() => Some((a, name)),
            _ => None,
        }) else {
            return Err(Refusal::invalid(format!("ARN {text} is not valid.")));
        };
        Ok(match () {
            () if arn.is_aws_managed_policy() && arn.partition == self.account.account.partition => PolicyTarget::Aws,
            () if self.is_own(arn) => PolicyTarget::Own(Name::new(name)),
            () => PolicyTarget::Foreign,
        })
    }

    /// Whether a customer managed policy stands under exactly this ARN.
    pub(super) fn has_policy(&self, name: &Name, arn: &str) -> bool {
        let found = self.account.policies.get_key_value(name);
        found.is_some_and(|(name, policy)| self.account.arn(EntityKind::Policy, &policy.path, name) == arn)
    }

    /// The customer managed policy of an ARN, for calls that change it.
    pub(super) fn own_policy_mut(&mut self, arn: &str) -> Checked<Option<(Name, &mut Policy)>> {
        let name = match self.policy_target(arn)? {
            PolicyTarget::Own(name) => name,
            PolicyTarget::Aws | PolicyTarget::Foreign => {
                return Err(Refusal::denied(format!("Policy {arn} is outside your own account.")));
            }
        };
        let hidden = self.may_be_hidden(EntityKind::Policy) && !self.account.policies.contains_key(&name);
        let found = self.has_policy(&name, arn).then(|| self.account.policies.get_mut(&name)).flatten();
        let policy = sure(found, hidden, || Refusal::no_such(format!("Policy {arn} was not found.")))?;
        Ok(policy.map(|policy| (name, policy)))
    }
}

/// A name that is taken, case aside.
pub(super) fn taken<T>(map: &BTreeMap<Name, T>, name: &Name, message: impl FnOnce() -> String) -> Checked {
    if map.contains_key(name) { Err(Refusal::exists(message())) } else { Ok(()) }
}

pub(super) fn sure<T>(found: Option<T>, hidden: bool, missing: impl FnOnce() -> Refusal) -> Checked<Option<T>> {
    match found {
        None if !hidden => Err(missing()),
        found => Ok(found),
    }
}

/// The refusal of changes to AWS's own roles.
pub(super) fn protected(name: &Name) -> Refusal {
    Refusal::unmodifiable(format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    ))
}

pub(super) fn no_role(name: &Name) -> Refusal {
    Refusal::no_such(format!("The role with name {name} cannot be found."))
}

fn no_user(name: &Name) -> Refusal {
    Refusal::no_such(format!("The user with name {name} cannot be found."))
}

fn no_group(name: &Name) -> Refusal {
    Refusal::no_such(format!("The group with name {name} cannot be found."))
}

fn no_profile(name: &Name) -> Refusal {
    Refusal::no_such(format!("Instance Profile {name} cannot be found."))
}
