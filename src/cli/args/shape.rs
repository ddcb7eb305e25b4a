//! Flags that shape a plan: the same on `plan` and `apply`, kept in a saved plan, refused beside one.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::cli::error::CliError;
use crate::names::{Address, AddressError};
use crate::plan::{PlanOptions, Preflight};

/// The value that means "any" in [`Adopt`]; no address is a lone asterisk.
const ANY: &str = "*";

/// The flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What the plan may do")]
pub struct ShapeArgs {
    /// Plan only this entity and what it depends on; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<Address>,
    /// Keep entities that the stack owns and no spec declares
    #[arg(long, conflicts_with = "prune")]
    pub no_prune: bool,
    /// Delete entities that the stack owns and no spec declares, also with paths or --target
    #[arg(long)]
    pub prune: bool,
    /// Adopt existing entities that no stack owns; with an address, only that one; may be repeated
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = ANY)]
    pub adopt: Vec<Adopt>,
    /// Take this entity over from another stack or from CloudFormation; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub take_over: Vec<Address>,
    /// Delete and recreate this entity if IAM cannot change it in place; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<Address>,
    /// Allow changes to this break-glass principal or the caller's own role; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow: Vec<Address>,
    /// Allow this role in use, or this identity provider, to be deleted; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow_delete: Vec<Address>,
    /// Detach this policy, which the plan deletes or replaces, also from holders that the stack does not manage; with `--allow`, also remove it as permissions boundary of the holder; may be repeated
    #[arg(long, value_name = "policy/NAME", value_parser = super::policies::own_policy)]
    pub detach_holders: Vec<Address>,
    /// Allow this break-glass principal or the caller to lose permissions needed to undo the plan; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub allow_lockout: Vec<Address>,
    /// Apply even if spec tests fail
    #[arg(long)]
    pub allow_failing_tests: bool,
    /// Allow a document that was rolled back to be applied again; with an address, only for that policy; may be repeated
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = ANY)]
    pub release_hold: Vec<Adopt>,
    /// Delete or replace up to N entities in this run
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<usize>,
    /// Change up to N percent of what the stack owns in this run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub max_changes_percent: Option<u32>,
    /// Delete or replace up to N percent of what the stack owns in this run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub max_deletes_percent: Option<u32>,
    /// Allow up to N principals to lose attachments, inline policies or memberships in this run
    #[arg(long, value_name = "N")]
    pub max_revoked: Option<usize>,
    /// Check before the first write that the caller may make all calls: with the policies that were read, also with IAM's simulator, or not at all
    #[arg(long, value_enum, value_name = "offline|simulate|off", hide_possible_values = true)]
    pub preflight: Option<PreflightArg>,
}

/// Values of `--preflight`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PreflightArg {
    /// The policies that were read
    Offline,
    /// These, and IAM's simulator
    Simulate,
    /// Nobody
    Off,
}

impl From<PreflightArg> for Preflight {
    fn from(arg: PreflightArg) -> Self {
        match arg {
            PreflightArg::Offline => Self::Offline,
            PreflightArg::Simulate => Self::Simulate,
            PreflightArg::Off => Self::Off,
        }
    }
}

/// What `--adopt` and `--release-hold` allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adopt {
    /// Any entity.
    Any,
    /// This one.
    One(Address),
}

impl Adopt {
    fn one(&self) -> Option<Address> {
        match self {
            Self::One(address) => Some(address.clone()),
            Self::Any => None,
        }
    }
}

impl FromStr for Adopt {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == ANY { Ok(Self::Any) } else { text.parse().map(Self::One) }
    }
}

impl ShapeArgs {
    /// The options of a plan. `paths` says whether spec paths were given: like `--target`, they mean that the declared set
    /// is not whole, and so that nothing is pruned unless `--prune` says otherwise (contract 5).
    pub fn to_options(&self, paths: bool) -> PlanOptions {
        let part = paths || !self.target.is_empty();
        PlanOptions {
            target: self.target.iter().cloned().collect(),
            prune: self.prune || !(self.no_prune || part),
            adopt_all: self.adopt.contains(&Adopt::Any),
            adopt: self.adopt.iter().filter_map(Adopt::one).collect(),
            release_hold_all: self.release_hold.contains(&Adopt::Any),
            release_hold: self.release_hold.iter().filter_map(Adopt::one).collect(),
            take_over: self.take_over.iter().cloned().collect(),
            replace: self.replace.iter().cloned().collect(),
            allow: self.allow.iter().cloned().collect(),
            allow_delete: self.allow_delete.iter().cloned().collect(),
            detach_holders: self.detach_holders.iter().cloned().collect(),
            allow_lockout: self.allow_lockout.iter().cloned().collect(),
            allow_failing_tests: self.allow_failing_tests,
            max_deletes: self.max_deletes,
            max_changes_percent: self.max_changes_percent,
            max_deletes_percent: self.max_deletes_percent,
            max_revoked: self.max_revoked,
            destroy: false,
            preflight: self.preflight.map(Preflight::from).unwrap_or_default(),
        }
    }

    /// Refuses `--adopt role/x`, where the address was meant for the flag and would be read as a path of specs.
    pub fn refuse_strayed_address(&self, paths: &[PathBuf]) -> Result<(), CliError> {
        let strayed = |path: &&PathBuf| !path.exists() && path.to_str().is_some_and(|text| text.parse::<Address>().is_ok());
        let flags = [("--adopt", &self.adopt), ("--release-hold", &self.release_hold)];
        let bare = flags.into_iter().find(|(_, values)| values.contains(&Adopt::Any));
        match (paths.iter().find(strayed), bare) {
            (Some(path), Some((flag, _))) => {
                Err(CliError::usage(format!("`{}` after `{flag}` is read as a path of specs", path.display()))
                    .help(format!("write `{flag}={}`", path.display())))
            }
            _ => Ok(()),
        }
    }

    /// The flags that were given, as typed.
    pub fn given(&self) -> Vec<&'static str> {
        let Self {
            target,
            no_prune,
            prune,
            adopt,
            take_over,
            replace,
            allow,
            allow_delete,
            detach_holders,
            allow_lockout,
            allow_failing_tests,
            release_hold,
            max_deletes,
            max_changes_percent,
            max_deletes_percent,
            max_revoked,
            preflight,
        } = self;
        [
            (!target.is_empty(), "--target"),
            (*no_prune, "--no-prune"),
            (*prune, "--prune"),
            (!adopt.is_empty(), "--adopt"),
            (!take_over.is_empty(), "--take-over"),
            (!replace.is_empty(), "--replace"),
            (!allow.is_empty(), "--allow"),
            (!allow_delete.is_empty(), "--allow-delete"),
            (!detach_holders.is_empty(), "--detach-holders"),
            (!allow_lockout.is_empty(), "--allow-lockout"),
            (*allow_failing_tests, "--allow-failing-tests"),
            (!release_hold.is_empty(), "--release-hold"),
            (max_deletes.is_some(), "--max-deletes"),
            (max_changes_percent.is_some(), "--max-changes-percent"),
            (max_deletes_percent.is_some(), "--max-deletes-percent"),
            (max_revoked.is_some(), "--max-revoked"),
            (preflight.is_some(), "--preflight"),
        ]
        .into_iter()
        .filter_map(|(given, flag)| given.then_some(flag))
        .collect()
    }

    /// Refuses these flags, and those of `others` that are given, beside a saved plan, which keeps its own.
    pub fn refuse_beside_saved_plan(&self, others: &[(bool, &'static str)]) -> Result<(), CliError> {
        let mut flags = self.given();
        flags.extend(others.iter().filter(|(given, _)| *given).map(|(_, flag)| *flag));
        if flags.is_empty() {
            return Ok(());
        }
        Err(CliError::usage(format!("a saved plan cannot be reshaped by `{}`", flags.join("`, `")))
            .help("apply the saved plan as it is, or make a new one with `iamctl plan` and these flags"))
    }
}
