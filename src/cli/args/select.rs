//! The flags that choose several accounts.

use clap::Args;

use crate::cli::error::CliError;
use crate::fleet::{AccountSelection, Roster, Selector};

/// Flags of commands that work on several accounts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which accounts")]
pub struct SelectArgs {
    /// Work on these accounts: names and patterns, `group:NAME`, `ou:/PATH`, `tag:KEY=VALUE`, `all`; with `!` before it, not on these; may be repeated, and the last one that fits an account decides
    #[arg(long, value_name = "WHICH")]
    pub select: Vec<String>,
}

impl SelectArgs {
    /// The names of the chosen accounts, in order.
    ///
    /// # Errors
    /// `--account` beside it, a word that is no selector or that fits no account, and a choice of none.
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
                let message = problem.message.replace(", so this holds nowhere", "");
                return Err(usage(format!("`--select {}`: {message}", word.escape_debug()), problem.help));
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
