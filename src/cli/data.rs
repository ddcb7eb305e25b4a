//! Which data of AWS's actions is in force: what is inside the binary, or newer data that `iamctl data update` put beside it.
//!
//! `DIR/HASH/` holds the files of one installed catalogue, `DIR/current` the hash of the one in force. `data:` in the project file pins one by
//! hash or date. The newer one wins without a pin, so that an upgrade of iamctl is not held back by data from before.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::CliError;
use crate::catalogue::{MANIFEST, Renewal};
use crate::spec::project::FILE_NAME;
use crate::spec::source::MAX_FILE;

/// The names of the files of a catalogue, as `scripts/action-catalogue.py` writes them.
pub const FILES: [&str; 3] = ["action-catalogue.manifest.json", "action-catalogue.index.zst", "action-catalogue.services.zst"];

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// What the manifest of a catalogue says.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// `2026-09-26`.
    pub date: String,
    /// Where it was made from.
    #[serde(default)]
    pub source: String,
    sha256: std::collections::BTreeMap<String, String>,
    services: usize,
    actions: usize,
    resource_types: usize,
    condition_keys: usize,
    /// `sha256:…` of the manifest's text, and so of the files that it names.
    #[serde(skip)]
    pub hash: String,
}

/// Where the data in force comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is inside the binary.
    BuiltIn,
    /// It was installed into this directory.
    Installed(PathBuf),
}

/// One catalogue.
#[derive(Clone, Debug)]
pub struct Edition {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Where it is.
    pub origin: Origin,
}

impl Edition {
    /// That of the binary.
    pub fn built_in() -> Result<Self, CliError> {
        Ok(Self { manifest: Manifest::read(MANIFEST)?, origin: Origin::BuiltIn })
    }

    /// Its age in days.
    pub fn age(&self) -> Option<i32> {
        let day: jiff::civil::Date = self.manifest.date.parse().ok()?;
        Some((super::flow::today().parse::<jiff::civil::Date>().ok()? - day).get_days())
    }

    /// `2026-09-26, 64 days old`.
    pub fn day(&self) -> String {
        match self.age() {
            Some(1) => format!("{}, 1 day old", self.manifest.date),
            Some(age) if age > 0 => format!("{}, {age} days old", self.manifest.date),
            Some(_) | None => self.manifest.date.clone(),
        }
    }

    /// Whether a pin means this one: by hash, or by date.
    fn is(&self, pin: &str) -> bool {
        self.manifest.hash == pin || self.manifest.date == pin
    }
}

impl Manifest {
    fn read(text: &str) -> Result<Self, CliError> {
        let mut manifest: Self = serde_json::from_str(text)
            .map_err(|error| CliError::failed("the manifest is not in the known format").caused_by(&error))?;
        if manifest.date.parse::<jiff::civil::Date>().is_err() {
            return Err(CliError::failed(format!("the manifest's date `{}` is not a day", manifest.date.escape_debug())));
        }
        manifest.hash = sha256(text.as_bytes());
        Ok(manifest)
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The directory of installed data; `None` where the environment names no home.
pub fn directory() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("IAMCTL_DATA_DIR")
        .or_else(|| Some(named("XDG_DATA_HOME")?.join("iamctl")))
        .or_else(|| Some(named("LOCALAPPDATA")?.join("iamctl")))
        .or_else(|| Some(named("HOME")?.join(".local/share/iamctl")))
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |error: &std::io::Error| CliError::failed(format!("cannot read `{}`", file.display())).caused_by(error);
    if fs::metadata(file).map_err(|error| failed(&error))?.len() > LARGEST {
        return Err(CliError::failed(format!("`{}` is larger than {LARGEST} bytes", file.display())));
    }
    fs::read(file).map_err(|error| failed(&error))
}

/// A catalogue in a directory, all of it judged: its hashes, its format, its counts.
///
/// # Errors
/// What is wrong with it. Nothing was changed.
pub fn of_directory(folder: &Path) -> Result<(Edition, Renewal, Vec<Vec<u8>>), CliError> {
    let files: Vec<Vec<u8>> = FILES.iter().map(|name| read(&folder.join(name))).collect::<Result<_, _>>()?;
    let [manifest, index, services] = files.as_slice() else { return Err(CliError::failed("files are missing")) };
    let text = std::str::from_utf8(manifest).map_err(|error| CliError::failed("the manifest is not text").caused_by(&error))?;
    let manifest = Manifest::read(text)?;
    for (name, blob) in FILES.iter().skip(1).zip([index, services]) {
        let wanted = manifest.sha256.get(*name).map(String::as_str).unwrap_or_default();
        let found = sha256(blob);
        if found != format!("sha256:{wanted}") {
            let message = format!("`{name}` has the hash {found}, and its manifest says sha256:{}", wanted.escape_debug());
            return Err(CliError::failed(message).help("download the three files again, from one source"));
        }
    }
    let renewal = Renewal::read(index, services).map_err(|why| {
        CliError::failed(format!("the data is not in the format that this version reads: {why}"))
            .help("use data made for this version of iamctl")
    })?;
    let counts = renewal.counts();
    let said = (manifest.services, manifest.actions, manifest.resource_types, manifest.condition_keys);
    if said != (counts.services, counts.actions, counts.resource_types, counts.condition_keys) {
        return Err(CliError::failed(
            "the manifest counts other services, actions, resource types or condition keys than the data has",
        ));
    }
    Ok((Edition { manifest, origin: Origin::Installed(folder.to_owned()) }, renewal, files))
}

/// The folder that `current` names.
fn current() -> Option<PathBuf> {
    let directory = directory()?;
    let name = fs::read_to_string(directory.join("current")).ok()?;
    let plain = name.trim();
    let good = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then(|| directory.join(plain))
}

/// What an installed catalogue says of itself; its files are not judged.
fn peek(folder: PathBuf) -> Result<Edition, CliError> {
    let broken = |error: CliError| error.help("`iamctl data reset` goes back to the data inside the binary");
    let text = read(&folder.join(FILES[0])).map_err(broken)?;
    let manifest = Manifest::read(&String::from_utf8_lossy(&text)).map_err(broken)?;
    Ok(Edition { manifest, origin: Origin::Installed(folder) })
}

/// The catalogue in force. `pin`: what the project file says.
///
/// # Errors
/// The pinned one is not here, or the installed one cannot be read.
pub fn in_force(pin: Option<&str>) -> Result<Edition, CliError> {
    let built_in = Edition::built_in()?;
    let Some(pin) = pin else {
        let installed = current().map(peek).transpose()?;
        return Ok(installed.filter(|newer| newer.manifest.date > built_in.manifest.date).unwrap_or(built_in));
    };
    if built_in.is(pin) {
        return Ok(built_in);
    }
    let folders = directory().and_then(|directory| fs::read_dir(directory).ok()).into_iter().flatten().flatten();
    let mut installed: Vec<Edition> =
        folders.filter_map(|entry| peek(entry.path()).ok()).filter(|edition| edition.is(pin)).collect();
    installed.sort_by(|a, b| a.manifest.hash.cmp(&b.manifest.hash));
    installed.into_iter().next().ok_or_else(|| {
        CliError::failed(format!("the project file pins the data `{}`, which is not installed", pin.escape_debug())).help(
            format!(
                "install it with `iamctl data update DIR`, or take `data:` out; inside the binary is {}",
                built_in.manifest.date
            ),
        )
    })
}

/// Puts the catalogue in force before anybody asks it.
///
/// # Errors
/// It is not whole.
pub fn install(edition: &Edition) -> Result<(), CliError> {
    let Origin::Installed(folder) = &edition.origin else { return Ok(()) };
    let (_, renewal, _) =
        of_directory(folder).map_err(|error| error.help("`iamctl data reset` goes back to the data inside the binary"))?;
    renewal.install();
    Ok(())
}

/// The value of `data:` in the project file, as the line alone says it: the file is read before its rules are, and they ask the data.
pub fn pinned(config: Option<&Path>) -> Option<String> {
    let here = env::current_dir().ok()?;
    let file = match config {
        Some(file) => here.join(file),
        None => here.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())?,
    };
    if fs::metadata(&file).ok()?.len() > MAX_FILE {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("data:"))?;
    let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// Installs a checked catalogue and makes it the current one. The previous one stays on disk.
///
/// # Errors
/// It cannot be written; then the old one stays in force.
pub fn keep(edition: &Edition, files: &[Vec<u8>]) -> Result<PathBuf, CliError> {
    let directory =
        directory().ok_or_else(|| CliError::failed("there is no directory for data").help("set `IAMCTL_DATA_DIR`, or `HOME`"))?;
    let name = edition.manifest.hash.trim_start_matches("sha256:").to_owned();
    let folder = directory.join(&name);
    let failed =
        |error: std::io::Error| CliError::failed(format!("cannot write into `{}`", directory.display())).caused_by(&error);
    let started = directory.join(format!(".{name}.{}", std::process::id()));
    fs::create_dir_all(&started).map_err(failed)?;
    for (file, bytes) in FILES.iter().zip(files) {
        fs::write(started.join(file), bytes).map_err(failed)?;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::rename(&started, &folder).map_err(failed)?;
    let next = directory.join(format!(".current.{}", std::process::id()));
    fs::write(&next, &name).and_then(|()| fs::rename(&next, directory.join("current"))).map_err(failed)?;
    Ok(folder)
}

/// Goes back to the data inside the binary. Whether there was other data.
///
/// # Errors
/// The mark of the current data cannot be removed.
pub fn forget() -> Result<bool, CliError> {
    let Some(mark) = directory().map(|directory| directory.join("current")).filter(|mark| mark.exists()) else {
        return Ok(false);
    };
    fs::remove_file(&mark).map_err(|error| CliError::failed(format!("cannot remove `{}`", mark.display())).caused_by(&error))?;
    Ok(true)
}

/// For `--version`: the program's, and the day of the data in force.
pub fn version() -> &'static str {
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    TEXT.get_or_init(|| {
        let date = in_force(None).or_else(|_| Edition::built_in()).map(|edition| edition.manifest.date).unwrap_or_default();
        format!("{} (data of {date})", env!("CARGO_PKG_VERSION"))
    })
}
