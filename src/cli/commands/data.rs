//! `iamctl data`: how old the data of AWS's actions is, and newer data without a release.

use std::path::Path;

use crate::catalogue;
use crate::cli::args::{DataArgs, DataCommand};
use crate::cli::data::{self, Edition, FILES, Origin};
use crate::cli::{CliError, Context, Exit};

/// Shows, installs or takes back.
pub fn run(context: &Context, args: &DataArgs) -> Result<Exit, CliError> {
    let text = match &args.command {
        DataCommand::Show => show(&data::in_force(data::pinned(context.global.config.as_deref()).as_deref())?)?,
        DataCommand::Update(update) => install(&update.path, update.expect.as_deref())?,
        DataCommand::Reset => match data::forget()? {
            true => format!("in force: the data inside the binary, of {}\n", Edition::built_in()?.day()),
            false => "the data inside the binary is in force already\n".to_owned(),
        },
    };
    context.terminal.out(&text)?;
    Ok(Exit::FINE)
}

fn show(edition: &Edition) -> Result<String, CliError> {
    data::install(edition)?;
    let counts = catalogue::counts();
    let origin = match &edition.origin {
        Origin::BuiltIn => "inside the binary".to_owned(),
        Origin::Installed(folder) => format!("installed in {}", folder.display()),
    };
    Ok(format!(
        "date      {}\norigin    {origin}\nhash      {}\nsource    {}\nhas       {} services, {} actions, {} resource types, {} condition keys\n",
        edition.day(),
        edition.manifest.hash,
        edition.manifest.source,
        counts.services,
        counts.actions,
        counts.resource_types,
        counts.condition_keys
    ))
}

/// Installs the catalogue of a directory, or of the manifest in it.
fn install(path: &Path, expect: Option<&str>) -> Result<String, CliError> {
    let folder = match path.file_name() {
        Some(name) if name == FILES[0] => path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        _ => path,
    };
    let stays = |error: CliError| match error.help.clone() {
        Some(help) => error.help(format!("{help}; the data in force stays")),
        None => error.help("the data in force stays"),
    };
    let (edition, _, files) = data::of_directory(folder).map_err(stays)?;
    if let Some(expected) = expect.filter(|expected| *expected != edition.manifest.hash) {
        let message = format!("the data has the hash {}, and {} is expected", edition.manifest.hash, expected.escape_debug());
        return Err(stays(CliError::failed(message)));
    }
    let built_in = Edition::built_in()?;
    let kept = data::keep(&edition, &files).map_err(stays)?;
    let mut text = format!("installed data of {} in {}\nhash      {}\n", edition.day(), kept.display(), edition.manifest.hash);
    if edition.manifest.date <= built_in.manifest.date {
        text += &format!(
            "the data inside the binary is of {} and stays in force; `data: \"{}\"` in the project file pins this one\n",
            built_in.manifest.date, edition.manifest.hash
        );
    }
    Ok(text)
}
