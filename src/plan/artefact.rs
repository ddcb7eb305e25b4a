//! The plan as it is stored and printed (`--format json`, `--out`); its schema is `schema/plan.schema.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diag::{Finding, Place};
use crate::model::Operation;
use crate::names::{AccountId, Address};

/// Everything that `apply` needs, and everything that a reviewer reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The iamctl that made it.
    pub iamctl_version: String,
    /// The owner's name; null where none is set (embedded accounts only).
    pub stack: Option<String>,
    /// The account.
    pub account: PlanAccount,
    /// `sha256:…` over account id, stack, and the ordered steps with their requests.
    pub digest: String,
    /// Whether all that the specs speak of could be read; a plan that is not complete is never applied.
    pub complete: bool,
    /// Counts by action.
    pub summary: Summary,
    /// What changes, by address.
    pub changes: Vec<Change>,
    /// The IAM calls in an order that IAM accepts.
    pub steps: Vec<Step>,
    /// Whether access is proven to stay between old and new at each moment, whatever step fails.
    #[serde(default)]
    pub order: StepOrder,
    /// Guards that refuse this plan.
    pub guards: Vec<GuardRefusal>,
    /// Moments at which a principal's access is, or may be, outside what the old and the new state allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// What each principal gains and loses.
    pub access: Vec<AccessChange>,
    /// Entities that no stack owns, by address; filled when they are asked for.
    pub unmanaged: Vec<Address>,
    /// How many entities no stack owns.
    pub unmanaged_count: usize,
    /// What is worth knowing and is no change.
    pub findings: Vec<Finding>,
    /// Principals, and roles that outsiders may assume, from which the plan opens a way to more than was granted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub escalates: BTreeSet<Address>,
    /// What could not be read and so could not be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<NotCompared>,
    /// The flags that shaped it.
    pub options: PlanOptions,
    /// What must still be so when the plan is applied.
    pub fingerprints: Vec<Fingerprint>,
    /// Of a saved plan: `sha256:…` over the text of the file, with nothing between these quotes. An edited file is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_digest: Option<String>,
}

/// The account a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanAccount {
    /// Its name in the project file.
    pub name: String,
    /// Twelve digits.
    pub id: AccountId,
    /// `aws`, `aws-cn`, …
    pub partition: String,
}

/// Counts of changes by action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each counts the changes of the action of its name")]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub delete: usize,
    pub adopt: usize,
    pub replace: usize,
    pub detach_only: usize,
    pub release: usize,
    pub blocked: usize,
    /// Declared entities that need nothing.
    pub unchanged: usize,
}

/// What happens to one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
    /// It exists unowned, and becomes ours (with any other difference mended).
    Adopt,
    /// It is removed and made anew, because what differs cannot be changed.
    Replace,
    /// It is no longer declared: what this stack attached to it comes off, the rest stays.
    DetachOnly,
    /// The ownership marks come off; nothing else changes.
    Release,
    /// It may not be touched without a word from the user; no steps.
    Blocked,
}

/// One entity's change. `reason` and `warnings` are for people and steer nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Which entity.
    pub address: Address,
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// What differs, field by field.
    pub fields: Vec<FieldChange>,
    /// What a reviewer should know before saying yes.
    pub warnings: Vec<String>,
    /// The steps that carry it out.
    pub steps: Vec<StepId>,
    /// Declared at `file:line:column`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::diag::place_text")]
    #[schemars(with = "Option<String>")]
    pub at: Option<Place>,
}

/// One field's change. `null` is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// `path description max_session_duration permissions_boundary tags trust document versions managed_policies inline_policies
    /// instance_profile users client_ids thumbprints metadata`; `name` where a user or group is renamed.
    pub field: String,
    /// As it is.
    pub before: Value,
    /// As it will be.
    pub after: Value,
}

/// A step's name within its plan: `s1`, `s2`, …
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct StepId(pub String);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One IAM call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// Which change it belongs to.
    pub address: Address,
    /// Steps that must be done before. One that only remembers an attachment, and that IAM denies, holds nothing back.
    pub needs: Vec<StepId>,
    /// The call and its request.
    #[serde(flatten)]
    pub call: Operation,
}

/// What is proven of the order of the steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOrder {
    /// After each step, and after each set of steps that a failure can leave, every principal is allowed what both the old and the new
    /// state allow, and nothing that neither allows.
    Proven,
    /// There are moments at which that is not so, or not proven: the gaps.
    #[default]
    Gaps,
}

/// A guard that refuses the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardRefusal {
    /// Its name: `max_deletes`, `protect`, …
    pub guard: String,
    /// What it refuses.
    pub message: String,
    /// The flag that overrides it for one run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#override: Option<String>,
}

impl GuardRefusal {
    /// The flag that overrides it, and what that lets through.
    pub fn way_through(&self) -> Option<String> {
        let flag = self.r#override.as_deref()?;
        let lets = match self.guard.as_str() {
            "max_deletes" => "deletes or replaces up to that many entities",
            "max_deletes_percent" => "deletes or replaces up to that share of what the stack owns",
            "max_changes_percent" => "changes up to that share of what the stack owns",
            "max_revoked" => "lets up to that many principals lose access",
            "delete_unused_days" => "deletes it although it is in use",
            "break_glass" => "changes this principal",
            "lockout" => "lets this principal lose permissions needed to undo the plan",
            "tests" => "applies the plan even if tests fail",
            "hold" => "ships the document that was rolled back from",
            "protect" => "changes the protected policy",
            _ => return Some(format!("`{flag}`")),
        };
        Some(format!("`{flag}` ({lets})"))
    }
}

/// A step after which access is outside old and new, because IAM or a quota leaves no other way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The step after which it is so.
    pub step: StepId,
    /// Whose access it is.
    pub address: Address,
    /// What is missing or extra, until when, and why.
    pub message: String,
}

/// A field or an entity that could not be compared, because it was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotCompared {
    /// The entity.
    pub address: Address,
    /// The field; `entity` when not even its existence is known, `ownership` when its tags are not.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// What a principal gains and loses by the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessChange {
    /// Whose access.
    pub principal: Address,
    /// What is proven.
    pub verdict: AccessVerdict,
    /// Newly allowed.
    pub gained: Vec<AccessGrant>,
    /// No longer allowed.
    pub lost: Vec<AccessGrant>,
    /// What a denial or the boundary kept from resource policies and keeps no more; identity policies do not allow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ceiling_loosened: Vec<AccessGrant>,
    /// Whether something is newly allowed only because a denial or a boundary keeps less than it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ceiling_lifted: bool,
    /// Why nothing is decided, when the verdict is `undecided`; why there may be more, otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a principal that does not change itself: the changed policies that it holds, and the changed groups that it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<Address>,
}

/// What is proven of a principal's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessVerdict {
    /// Something is allowed that was not; an example is given.
    NewAccess,
    /// Proven: nothing is allowed that was not.
    NoNewAccess,
    /// Not proven either way.
    Undecided,
}

/// A compact statement of access with one example request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessGrant {
    /// Actions as written.
    pub actions: Vec<String>,
    /// Resources as written.
    pub resources: Vec<String>,
    /// Conditions as written.
    pub conditions: Value,
    /// One request: `action`, `resource`, `context`.
    pub example: Value,
    /// What the actions amount to: `3 write actions of s3 (DeleteObject, …)`; absent where no action is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The access levels of the known actions, the gravest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_levels: Vec<String>,
    /// Actions that change who may do what; beyond a few only how many more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions_management: Vec<String>,
    /// Actions that hand out credentials; beyond a few only how many more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives_credentials: Vec<String>,
    /// Whether no known resource type of the actions can be what the resources name: it grants nothing as long as that is so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants_nothing_today: bool,
    /// The policy that grants it: `aws/NAME`, `policy/NAME`, `role/NAME/inline/NAME`; empty for a boundary that is gone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy: String,
}

/// The flags that shape a plan; kept in a saved plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanOptions {
    /// Only these and what they depend on; empty: all.
    pub target: BTreeSet<Address>,
    /// Whether what is owned and not declared is deleted.
    pub prune: bool,
    /// `--adopt` without an address: any unowned entity may be adopted.
    pub adopt_all: bool,
    /// `--adopt=ADDRESS`.
    pub adopt: BTreeSet<Address>,
    /// `--take-over ADDRESS`.
    pub take_over: BTreeSet<Address>,
    /// `--replace ADDRESS`.
    pub replace: BTreeSet<Address>,
    /// `--allow ADDRESS`: break-glass principals and the caller's own role.
    pub allow: BTreeSet<Address>,
    /// `--allow-delete ADDRESS`.
    pub allow_delete: BTreeSet<Address>,
    /// `--detach-holders=policy/NAME`: a policy that is deleted or replaced is detached from whoever holds it, and taken off as boundary.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub detach_holders: BTreeSet<Address>,
    /// `--allow-lockout ADDRESS`: a break-glass principal or the caller may lose what undoing the plan takes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_lockout: BTreeSet<Address>,
    /// `--allow-failing-tests`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_failing_tests: bool,
    /// `--max-deletes N`.
    pub max_deletes: Option<usize>,
    /// `--max-changes-percent N`.
    pub max_changes_percent: Option<u32>,
    /// `--max-deletes-percent N`.
    pub max_deletes_percent: Option<u32>,
    /// `--max-revoked N`.
    pub max_revoked: Option<usize>,
    /// `--release-hold` without an address: documents that were rolled back from may be shipped again.
    pub release_hold_all: bool,
    /// `--release-hold=ADDRESS`: the one of this policy may.
    pub release_hold: BTreeSet<Address>,
    /// `destroy`: everything that the stack owns is deleted.
    pub destroy: bool,
    /// `--preflight`.
    pub preflight: Preflight,
}

/// Who says before the first write what the caller may not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preflight {
    /// The policies that were read.
    #[default]
    Offline,
    /// These, and IAM's simulator.
    Simulate,
    /// Nobody.
    Off,
}

/// One fact the plan rests on. Applying a saved plan reads the account again and refuses when any fact differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// Which entity.
    pub address: Address,
    /// What of it: `exists`, `id`, `trust`, `default_version`, `holders`, …, to a short value or a hash; null is absent.
    pub facts: BTreeMap<String, Option<String>>,
}
