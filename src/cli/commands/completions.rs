//! `iamctl completions`: completions for a shell.

use clap::CommandFactory;

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::{CliError, Context, Exit};

/// Prints the completions.
pub fn run(context: &Context, args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut buffer = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "iamctl", &mut buffer);
    context.terminal.out(&String::from_utf8_lossy(&buffer))?;
    Ok(Exit::FINE)
}
