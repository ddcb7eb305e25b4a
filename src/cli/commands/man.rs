//! `iamctl man`: manual pages, one for iamctl and one for each command.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::args::{Cli, ManArgs};
use crate::cli::{CliError, Context, Exit};

/// The file of iamctl's own page.
const MAIN: &str = "iamctl.1";

/// Prints the page of iamctl, or writes all pages into a directory.
pub fn run(context: &Context, args: &ManArgs) -> Result<Exit, CliError> {
    let pages = pages().map_err(|error| CliError::failed("the pages cannot be made").caused_by(&error))?;
    let Some(directory) = &args.out else {
        let main = pages.iter().find(|(name, _)| name == MAIN).map(|(_, text)| text.as_str()).unwrap_or_default();
        context.terminal.out(main)?;
        return Ok(Exit::FINE);
    };
    std::fs::create_dir_all(directory)
        .map_err(|error| CliError::failed(format!("cannot write into `{}`", directory.display())).caused_by(&error))?;
    for (name, text) in &pages {
        super::save(&directory.join(Path::new(name)), text)?;
    }
    context.terminal.err(&format!("{} written\n", crate::report::count(pages.len(), "page", "pages")));
    Ok(Exit::FINE)
}

/// File names with their text, by name.
fn pages() -> std::io::Result<Vec<(String, String)>> {
    let mut whole = Cli::command();
    whole.build();
    let page = |command: clap::Command| -> std::io::Result<(String, String)> {
        let mut buffer = Vec::new();
        // Without the date of the build the same binary writes the same pages.
        let page = clap_mangen::Man::new(command).date("").source(concat!("iamctl ", env!("CARGO_PKG_VERSION")));
        page.render(&mut buffer)?;
        Ok((page.get_filename(), String::from_utf8_lossy(&buffer).into_owned()))
    };
    let mut commands = vec![whole];
    let mut pages = Vec::new();
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().filter(|one| !one.is_hide_set()).cloned());
        pages.push(page(command)?);
    }
    pages.sort();
    Ok(pages)
}
