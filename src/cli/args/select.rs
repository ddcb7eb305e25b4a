//! The flags that choose several accounts.

use std::str::FromStr;

use clap::Args;

use crate::cli::error::CliError;
use crate::fleet::{AccountSelection, Roster, Selector, Shard};

/// Flags of commands that work on several accounts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which accounts")]
pub struct SelectArgs {
    /// Work on these accounts: names and patterns, `group:NAME`, `ou:/PATH`, `tag:KEY=VALUE`, `all`; with `!` in front, not on these; may be repeated, and the last one that matches an account decides
    #[arg(long, value_name = "WHICH")]
    pub select: Vec<String>,
}

/// Flags of commands that read several accounts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which accounts")]
pub struct ManyArgs {
    /// Which accounts.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Work on N accounts at once; default 8
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: Option<u16>,
    /// Work on one share of the selected accounts, I of N; `auto` takes it from the environment of a Kubernetes Indexed Job, an AWS Batch array job, or CI
    #[arg(long, value_name = "I/N|auto", requires = "select")]
    pub shard: Option<ShardArg>,
    /// The number of shares, if the environment of `--shard auto` does not set it
    #[arg(long, value_name = "N", requires = "shard", value_parser = clap::value_parser!(u32).range(1..=i64::from(crate::fleet::MOST_SHARDS)))]
    pub shards: Option<u32>,
}

/// Values of `--shard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardArg {
    /// As the environment says.
    Auto,
    /// This one.
    One(Shard),
}

impl FromStr for ShardArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::One) }
    }
}

/// Overrides of the guards over all accounts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which accounts")]
pub struct FleetGuardArgs {
    /// Allow the change to touch up to N percent of the project's accounts in this run
    #[arg(long, value_name = "N", requires = "select", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub max_accounts_percent: Option<u32>,
    /// Allow the change to delete or replace up to N entities in all accounts together in this run
    #[arg(long, value_name = "N", requires = "select")]
    pub max_fleet_deletes: Option<u32>,
}

/// Values of `--max-failures`: a number of accounts, or a share of those selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxFailures {
    /// So many accounts.
    Accounts(usize),
    /// So many percent of the selected accounts.
    Percent(usize),
}

impl MaxFailures {
    /// The number of accounts, of so many.
    pub fn of(self, all: usize) -> usize {
        match self {
            Self::Accounts(n) => n,
            Self::Percent(percent) => all.saturating_mul(percent) / 100,
        }
    }
}

impl FromStr for MaxFailures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write a number of accounts, or a share of them such as `5%`".to_owned();
        match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|percent| *percent <= 100).map(Self::Percent).ok_or_else(wrong),
            None => text.parse().map(Self::Accounts).map_err(|_| wrong()),
        }
    }
}

impl ManyArgs {
    /// How many accounts are worked on at once.
    pub fn at_once(&self) -> usize {
        usize::from(self.parallel.unwrap_or(8))
    }

    /// The requested share; `environment` returns the value of a variable.
    ///
    /// # Errors
    /// `auto` where no engine says which share this is, and a share that is out of range.
    pub fn share(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Option<Shard>, CliError> {
        let shard = match self.shard {
            None => return Ok(None),
            Some(ShardArg::One(shard)) => match self.shards {
                Some(of) if of != shard.of => {
                    return Err(CliError::usage(format!("`--shard {shard}` and `--shards {of}` contradict each other")));
                }
                _ => return Ok(Some(shard)),
            },
            Some(ShardArg::Auto) => automatic(self.shards, environment)?,
        };
        Ok(Some(shard))
    }
}

/// The share that an engine's variables name. Kubernetes and AWS Batch count from 0, CI from 1 (GitLab) or 0 (CircleCI).
fn automatic(shards: Option<u32>, environment: impl Fn(&str) -> Option<String>) -> Result<Shard, CliError> {
    let number = |name: &'static str| match environment(name).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => match value.parse::<u32>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(CliError::usage(format!("`{name}` is `{}`, which is not a number", value.escape_debug()))),
        },
    };
    let out_of_range = |why: String| CliError::usage(why).help("the number of shards must be that of the engine's jobs");
    for name in ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] {
        if let Some(index) = number(name)? {
            let Some(of) = shards else {
                return Err(CliError::usage(format!("`{name}` sets the share, but not the number of shares"))
                    .help("add `--shards N` with the number of jobs"));
            };
            return Shard::new(index.saturating_add(1), of).map_err(out_of_range);
        }
    }
    // GitLab counts nodes from 1; CircleCI has names of its own and counts from 0.
    for (name, total, first) in [("CI_NODE_INDEX", "CI_NODE_TOTAL", 1), ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0)] {
        if let (Some(index), Some(of)) = (number(name)?, number(total)?) {
            return Shard::new(index.saturating_add(1 - first), of).map_err(out_of_range);
        }
    }
    Err(CliError::usage("`--shard auto` finds no engine that says which share this is").help(
        "it knows JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, CI_NODE_INDEX and CIRCLE_NODE_INDEX; write `--shard I/N`",
    ))
}

impl SelectArgs {
    /// The names of the chosen accounts, in order.
    ///
    /// # Errors
    /// `--account` beside it, a word that is not a selector or that fits no account, and a choice of none.
    pub fn names(&self, account: Option<&str>, roster: &Roster) -> Result<Vec<String>, CliError> {
        let usage = |message: String, help: Option<String>| CliError { help, ..CliError::usage(message) };
        if account.is_some() {
            return Err(CliError::usage("`--account` and `--select` choose accounts both").help("leave one of them out"));
        }
        if roster.is_empty() {
            return Err(CliError::usage("`--select` chooses among the accounts of the project, and it names none")
                .help("list accounts under `accounts:` in iamctl.yaml, or name their file under `accounts_from:`"));
        }
        let mut selectors = Vec::new();
        for word in &self.select {
            let selector = word.parse::<Selector>().map_err(|problem| usage(problem.message, problem.help))?;
            if let Some(problem) = selector.fault(roster) {
                return Err(usage(format!("`--select {}`: {}", word.escape_debug(), problem.message), problem.help));
            }
            selectors.push(selector);
        }
        let selection = AccountSelection(selectors);
        let names: Vec<String> = roster.active().filter(|m| selection.holds(m)).map(|m| m.name.clone()).collect();
        if names.is_empty() {
            let left_out =
                roster.all().iter().find_map(|m| m.left_out.as_ref().filter(|_| selection.holds(m)).map(|why| (m, why)));
            let help = left_out.map_or_else(
                || "`iamctl accounts` lists the accounts with their groups, units and tags".to_owned(),
                |(member, why)| format!("`{}` is left out: {why}", member.name),
            );
            return Err(CliError::usage("no account is selected").help(help));
        }
        Ok(names)
    }
}
