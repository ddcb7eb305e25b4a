//! The command line: parses, runs one command, prints its error, returns its exit code.

mod apply;
pub mod args;
pub mod commands;
mod data;
mod error;
mod exit;
mod fleet;
mod flow;
mod session;
mod terminal;

pub use error::CliError;
pub use exit::Exit;
pub use terminal::Terminal;

use std::ffi::OsString;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command, Global};

/// What every command is given beside its own flags.
#[derive(Debug)]
pub struct Context {
    /// Flags of every command.
    pub global: Global,
    /// The streams.
    pub terminal: Terminal,
}

/// Runs one command line, program name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let context = Context { terminal: Terminal::new(&cli.global), global: cli.global };
    match data_in_force(&context, &cli.command).and_then(|()| dispatch(&context, &cli.command)) {
        Ok(exit) => exit,
        Err(error) => {
            context.terminal.err(&error.render(context.terminal.err_paint()));
            error.exit
        }
    }
}

/// Puts the data that the project pins, or that was installed, in force before a command asks it. Commands that ask nothing go without.
fn data_in_force(context: &Context, command: &Command) -> Result<(), CliError> {
    match command {
        Command::Data(_)
        | Command::Explain(_)
        | Command::Schema(_)
        | Command::Man(_)
        | Command::Completions(_)
        | Command::Init(_) => Ok(()),
        _ => data::install(&data::in_force(data::pinned(context.global.config.as_deref()).as_deref())?),
    }
}

/// Help and version are fine; anything else that clap says is wrong usage, for which clap's own code would be 2.
fn usage(error: &clap::Error) -> Exit {
    // If this cannot be printed, the exit code still says it.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::FINE,
        _ => Exit::USAGE,
    }
}

fn dispatch(context: &Context, command: &Command) -> Result<Exit, CliError> {
    match command {
        Command::Init(args) => commands::init::run(context, args),
        Command::Validate(args) => commands::validate::run(context, args),
        Command::Render(args) => commands::render::run(context, args),
        Command::Lint(args) => commands::lint::run(context, args),
        Command::Plan(args) => commands::plan::run(context, args),
        Command::Review(args) => commands::review::run(context, args),
        Command::Apply(args) => commands::apply::run(context, args),
        Command::Check(args) => commands::check::run(context, args),
        Command::Test(args) => commands::test::run(context, args),
        Command::Simulate(args) => commands::simulate::run(context, args),
        Command::WhoCan(args) => commands::who_can::run(context, args),
        Command::Access(args) => commands::access::run(context, args),
        Command::Graph(args) => commands::graph::run(context, args),
        Command::Accounts(args) => commands::accounts::run(context, args),
        Command::Fleet(args) => commands::fleet::run(context, args),
        Command::Snapshot(args) => commands::snapshot::run(context, args),
        Command::Import(args) => commands::import::run(context, args),
        Command::History(args) => commands::history::run(context, args),
        Command::Rollback(args) => commands::rollback::run(context, args),
        Command::AwsPolicies(args) => commands::aws_policies::run(context, args),
        Command::Destroy(args) => commands::destroy::run(context, args),
        Command::Schema(args) => commands::schema::run(context, args),
        Command::Explain(args) => commands::explain::run(context, args),
        Command::Data(args) => commands::data::run(context, args),
        Command::Permissions(args) => commands::permissions::run(context, args),
        Command::Man(args) => commands::man::run(context, args),
        Command::Completions(args) => commands::completions::run(context, args),
    }
}
