//! The files of a project: the one place of this module that touches the file system, and only to read.
//!
//! Sizes are looked at before anything is read, nothing is read twice, and no reference leads out of the spec tree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::text::Text;
use crate::diag::{Finding, Place};

/// Largest spec or project file, in bytes.
pub const MAX_FILE: u64 = 4 << 20;
/// Largest file that a `*_file` key names, in bytes; SAML metadata may have ten million characters (iam-facts 2.8).
pub const MAX_BESIDE: u64 = 12 << 20;
/// Most bytes of all files of one run.
pub const MAX_TOTAL: u64 = 64 << 20;
/// Most files and directories looked at.
const MAX_FILES: usize = 100_000;
/// Deepest directory below a given path.
const MAX_DEPTH: usize = 32;

/// Which files to read.
#[derive(Clone, Debug, Default)]
pub struct SourceRequest {
    /// Directory that names in reports are relative to: the project file's, or the working directory.
    pub base: PathBuf,
    /// Spec files and directories, relative to `base` or absolute.
    pub paths: Vec<PathBuf>,
    /// Directories that `*_file` keys may also reach, such as the project's spec directories when `paths` names one file.
    pub trees: Vec<PathBuf>,
}

/// The texts of a project's specs and templates.
#[derive(Debug, Default)]
pub struct Sources {
    /// Spec files, in name order within each given path.
    pub specs: Vec<Text>,
    /// Files of `templates` folders.
    pub templates: Vec<Text>,
    /// What could not be read.
    pub problems: Vec<Finding>,
    tree: Tree,
    /// Files that are not written yet, by name.
    unwritten: BTreeMap<String, String>,
}

/// Where the files that `*_file` keys name come from.
#[derive(Debug)]
enum Tree {
    /// The file system: canonical roots, and the path of each spec by its name.
    Disk { base: PathBuf, roots: Vec<PathBuf>, paths: BTreeMap<String, PathBuf> },
    /// Texts by name.
    Memory(BTreeMap<String, String>),
}

impl Default for Tree {
    fn default() -> Self {
        Self::Memory(BTreeMap::new())
    }
}

/// Whether a file lies in a folder of templates.
fn is_template(name: &str) -> bool {
    Path::new(name).components().any(|part| part.as_os_str() == "templates")
}

impl Sources {
    /// Finds and reads the files.
    pub fn read(request: &SourceRequest) -> Self {
        let mut walk = Walk { base: request.base.clone(), left: MAX_TOTAL, ..Walk::default() };
        for path in &request.paths {
            walk.top(path);
        }
        let roots = request.paths.iter().chain(&request.trees).filter_map(|path| {
            let full = request.base.join(path);
            let directory = if full.is_file() { full.parent()?.to_owned() } else { full };
            directory.canonicalize().ok()
        });
        let roots = roots.collect();
        let tree = Tree::Disk { base: request.base.clone(), roots, paths: walk.paths };
        Self { specs: walk.specs, templates: walk.templates, problems: walk.problems, tree, unwritten: BTreeMap::new() }
    }

    /// The same with files that are not written yet: name and text of each; their `*_file` keys are found among them.
    pub fn with_unwritten<'a>(mut self, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, text) in files {
            if is_yaml(Path::new(name)) {
                let list = if is_template(name) { &mut self.templates } else { &mut self.specs };
                list.push(Text::new(name, text));
            }
            self.unwritten.insert(name.to_owned(), text.to_owned());
        }
        self
    }

    /// The same from memory: name and text of each file; `*_file` keys and templates are found among them by name.
    pub fn from_memory<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut sources = Self::default();
        let mut all = BTreeMap::new();
        for (name, text) in files {
            all.insert(name.to_owned(), text.to_owned());
            if is_yaml(Path::new(name)) {
                let list = if is_template(name) { &mut sources.templates } else { &mut sources.specs };
                list.push(Text::new(name, text));
            }
        }
        sources.tree = Tree::Memory(all);
        sources
    }

    /// Reads the file that a key of a spec names, relative to the spec.
    pub fn beside(&self, spec: &str, named: &str) -> Result<Text, Finding> {
        let refuse = |why: &str, help: &str| {
            Err(Finding::error("bad-file", format!("`{}` {why}", named.escape_debug())).help(help.to_owned()))
        };
        let relative = Path::new(named);
        if named.is_empty() || relative.is_absolute() || named.contains(['\\', '\0']) || named.starts_with('~') {
            return refuse(
                "is not a relative path",
                "name a file inside the spec tree, relative to this file, with `/` between folders",
            );
        }
        if self.unwritten.contains_key(spec) {
            let name = lexical(&Path::new(spec).parent().unwrap_or(Path::new("")).join(relative));
            if let Some((name, text)) = name.and_then(|name| self.unwritten.get_key_value(&name)) {
                return Ok(Text::new(name.as_str(), text.as_str()));
            }
        }
        match &self.tree {
            Tree::Memory(files) => {
                let folder = Path::new(spec).parent().unwrap_or(Path::new(""));
                let Some(name) = lexical(&folder.join(relative)) else {
                    return refuse("leads out of the spec tree", "move the file into it");
                };
                match files.get(&name) {
                    Some(text) => Ok(Text::new(name, text.clone())),
                    None => refuse("does not exist", "the path is relative to this file"),
                }
            }
            Tree::Disk { base, roots, paths } => {
                let Some(folder) = paths.get(spec).and_then(|p| p.parent()) else {
                    return refuse("cannot be found", "the path is relative to this file");
                };
                let climbs = |root: &PathBuf| climbs_out(folder, relative, root);
                if roots.iter().all(climbs) {
                    return refuse("leads out of the spec tree", "move the file into it, so that a review sees it");
                }
                let full = match folder.join(relative).canonicalize() {
                    Ok(full) => full,
                    Err(error) => {
                        return refuse(&format!("cannot be read: {}", error_words(&error)), "the path is relative to this file");
                    }
                };
                if !roots.iter().any(|root| full.starts_with(root)) {
                    return refuse("leads out of the spec tree", "move the file into it, so that a review sees it");
                }
                let shown = shown(base, &full);
                match read_text(&full, MAX_BESIDE) {
                    Ok(text) => Ok(Text::new(shown, text)),
                    Err(unreadable) => {
                        let problem = Finding::error("bad-file", format!("`{}` {}", named.escape_debug(), unreadable.why));
                        Err(unreadable.place(problem.help(unreadable.help), &shown))
                    }
                }
            }
        }
    }
}

/// Whether a path leaves a root by its `..` alone, whatever stands there. Links are judged by [`Sources::beside`] itself.
fn climbs_out(folder: &Path, relative: &Path, root: &Path) -> bool {
    let Some(inside) = folder.canonicalize().ok().and_then(|f| f.strip_prefix(root).ok().map(Path::to_owned)) else {
        return true;
    };
    lexical(&inside.join(relative)).is_none()
}

/// A relative path without `.` and `..`; `None` when it climbs out.
fn lexical(path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml")
}

/// The same in any letter case, and with any name: `.yaml` alone is a name without an ending.
fn looks_like_yaml(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// A path as the user would write it.
fn shown(base: &Path, path: &Path) -> String {
    let inside = base.canonicalize().ok().and_then(|base| path.strip_prefix(base).ok().map(Path::to_owned));
    let path = inside.unwrap_or_else(|| path.strip_prefix(base).unwrap_or(path).to_owned());
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// Why a file was not read.
#[derive(Debug)]
pub struct Unreadable {
    /// After the file's name: `is larger than …`.
    pub why: String,
    /// The next move.
    pub help: &'static str,
    /// Line and column (from 1) with the line as far as it can be shown, where one character is the fault.
    pub at: Option<(u32, u32, String)>,
}

impl Unreadable {
    fn new(why: impl Into<String>, help: &'static str) -> Self {
        Self { why: why.into(), help, at: None }
    }

    /// The problem, at its place in the file of this name.
    pub fn place(&self, problem: Finding, file: &str) -> Finding {
        let Some((line, column, shown)) = &self.at else { return problem };
        let place = Place { file: file.to_owned(), line: *line, column: *column };
        Finding { source_line: Some(shown.clone()), ..problem.at(place) }
    }
}

/// The first byte that is not UTF-8.
fn not_utf8(bytes: &[u8], good: usize) -> Unreadable {
    let start = bytes.get(..good).and_then(|before| before.iter().rposition(|b| *b == b'\n')).map_or(0, |i| i + 1);
    let line = 1 + bytes.get(..start).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
    let rest = bytes.get(start..).unwrap_or_default();
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()).min(400);
    let column = 1 + String::from_utf8_lossy(bytes.get(start..good).unwrap_or_default()).chars().count();
    let shown = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).trim_end().to_owned();
    Unreadable {
        at: Some((super::text::to_u32(line), super::text::to_u32(column), shown)),
        ..Unreadable::new("is not UTF-8 text", "save it as UTF-8")
    }
}

/// The text of a file in UTF-16, which begins with a byte order mark; `None` for any other, and for one cut off in the middle.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = bytes.split_first_chunk::<2>()?;
    let unit: fn([u8; 2]) -> u16 = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, left) = rest.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| left.is_empty())
}

/// Reads a regular file of at most `limit` bytes of UTF-8; the size is looked at first, and reading stops at the limit
/// all the same, because a file may grow.
pub fn read_text(path: &Path, limit: u64) -> Result<String, Unreadable> {
    text_of(read_bytes(path, limit)?)
}

/// Reads a file of another tool, which may be UTF-16: PowerShell writes what a command prints that way.
pub fn read_foreign_text(path: &Path, limit: u64) -> Result<String, Unreadable> {
    let bytes = read_bytes(path, limit)?;
    utf16(&bytes).map_or_else(|| text_of(bytes), Ok)
}

fn text_of(bytes: Vec<u8>) -> Result<String, Unreadable> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        match bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            true => Unreadable::new("is UTF-16 text", "save it as UTF-8 (in PowerShell: `| Out-File -Encoding utf8`)"),
            false => not_utf8(bytes, good),
        }
    })
}

fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Unreadable> {
    let failed = |error: std::io::Error| {
        Unreadable::new(format!("cannot be read: {}", error_words(&error)), "check the path and its permissions")
    };
    let too_large = || Unreadable::new(format!("is larger than {} MiB", limit >> 20), "split it into several files");
    let data = std::fs::metadata(path).map_err(failed)?;
    if !data.is_file() {
        return Err(Unreadable::new("is not a regular file", "name a file"));
    }
    if data.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or(0));
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

fn error_words(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist",
        std::io::ErrorKind::PermissionDenied => "permission denied",
        std::io::ErrorKind::NotADirectory => "a part of the path is not a directory",
        _ => "the file system refuses",
    }
}

#[derive(Default)]
struct Walk {
    base: PathBuf,
    left: u64,
    looked_at: usize,
    seen: BTreeSet<PathBuf>,
    /// Where links may lead: the project, and the path that is walked.
    roots: Vec<PathBuf>,
    /// The first file in JSON that was met.
    json: Option<String>,
    /// Spec files found, those not read twice included.
    seen_files: usize,
    specs: Vec<Text>,
    templates: Vec<Text>,
    paths: BTreeMap<String, PathBuf>,
    problems: Vec<Finding>,
}

/// Whether a path is a directory with a file in it that looks like a spec.
fn holds_yaml(path: &Path) -> bool {
    let entries = if path.is_dir() { std::fs::read_dir(path).ok() } else { None };
    entries.into_iter().flatten().flatten().any(|entry| looks_like_yaml(&entry.path()))
}

impl Walk {
    fn problem(&mut self, path: &Path, why: &str, help: &str) {
        let name = shown(&self.base, path);
        self.problems.push(Finding::error("unreadable-file", format!("`{}` {why}", name.escape_debug())).help(help));
    }

    /// A hidden file that somebody may take for a spec. Other endings are mistakes of their own.
    fn hidden(&mut self, path: &Path) {
        let name = shown(&self.base, path);
        let message = format!("`{}` is not read: its name begins with a dot", name.escape_debug());
        let help = "remove the dot, or move the file out of the spec directories";
        self.problems.push(Finding::warning("skipped-file", message).help(help));
    }

    /// One path that the user gave.
    fn top(&mut self, path: &Path) {
        let full = self.base.join(path);
        let plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if let (true, Ok(base), Ok(target)) = (plain, self.base.canonicalize(), full.canonicalize())
            && !target.starts_with(&base)
        {
            return self.problem(path, "is a link that leads out of the project", "put the files here, or write the path itself");
        }
        // Whoever writes a link in a spec tree does not choose what else is read: a runner's own files, say.
        self.roots = [&self.base, &full].into_iter().filter_map(|root| root.canonicalize().ok()).collect();
        match std::fs::metadata(&full) {
            Ok(data) if data.is_dir() => {
                let before = (self.seen_files, self.problems.len(), self.templates.len());
                self.directory(&full, false, 0);
                // A library of templates is worth reading too.
                if before == (self.seen_files, self.problems.len(), self.templates.len()) {
                    let name = shown(&self.base, &full);
                    let problem = Finding::warning("no-specs", format!("`{}` holds no spec file", name.escape_debug()));
                    let help = match &self.json {
                        Some(json) => format!(
                            "`{}` is not read, because specs are files named `*.yaml` or `*.yml`; JSON is YAML too, so rename it to `{}.yaml`",
                            json.escape_debug(),
                            json.trim_end_matches(".json").escape_debug()
                        ),
                        None => "specs are files named `*.yaml` or `*.yml`, in folders not called `templates`".to_owned(),
                    };
                    self.problems.push(problem.help(help));
                }
            }
            Ok(_) => self.file(&full, false),
            Err(error) => {
                let help = "name a spec file or a directory of them; `iamctl init` writes a first one";
                self.problem(&full, &format!("cannot be read: {}", error_words(&error)), help);
            }
        }
    }

    /// Whether this is a link to somewhere outside of the project and of the path that is walked.
    fn leads_out(&self, entry: &Path) -> bool {
        let outside = |target: PathBuf| !self.roots.iter().any(|root| target.starts_with(root));
        entry.is_symlink() && entry.canonicalize().is_ok_and(outside)
    }

    fn directory(&mut self, path: &Path, templates: bool, depth: usize) {
        // By canonical path each directory is visited once, so links in a circle come to an end.
        match path.canonicalize() {
            Ok(canonical) if !self.seen.insert(canonical.clone()) => return,
            Ok(_) if depth > MAX_DEPTH => return self.problem(path, "is nested too deep", "move it up"),
            Ok(_) => {}
            Err(error) => {
                return self.problem(path, &format!("cannot be read: {}", error_words(&error)), "check its permissions");
            }
        }
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                return self.problem(path, &format!("cannot be read: {}", error_words(&error)), "check its permissions");
            }
        };
        let mut names: Vec<PathBuf> = entries.filter_map(Result::ok).take(MAX_FILES + 1).map(|e| e.path()).collect();
        names.sort();
        for entry in names {
            self.looked_at += 1;
            if self.looked_at == MAX_FILES + 1 {
                self.problem(path, "and the rest hold too many files", "name the directories that hold specs");
            }
            let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            if self.looked_at > MAX_FILES {
                continue;
            }
            if hidden && (looks_like_yaml(&entry) && !entry.is_dir() || holds_yaml(&entry)) {
                self.hidden(&entry);
            }
            if hidden {
                continue;
            }
            match std::fs::metadata(&entry) {
                Ok(data) if self.leads_out(&entry) => {
                    if data.is_dir() || is_yaml(&entry) {
                        let help = "put the files here, or name their directory under `specs:`";
                        self.problem(&entry, "is a link that leads out of the spec tree", help);
                    }
                }
                Ok(data) if data.is_dir() => {
                    let templates = templates || entry.file_name().is_some_and(|n| n == "templates");
                    self.directory(&entry, templates, depth + 1);
                }
                Ok(_) if is_yaml(&entry) => self.file(&entry, templates),
                Ok(_) => self.almost_a_spec(&entry),
                Err(_) if is_yaml(&entry) && entry.is_symlink() => {
                    self.problem(&entry, "is a link to nothing, or in a circle", "fix the link, or delete it");
                }
                Err(error) if is_yaml(&entry) => {
                    self.problem(&entry, &format!("cannot be read: {}", error_words(&error)), "check its permissions");
                }
                Err(_) => {}
            }
        }
    }

    /// A file that is not read says so where its name looks like that of a spec: what it declares would be deleted as if it were gone.
    fn almost_a_spec(&mut self, path: &Path) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some((why, help, certain)) = super::mistakes::file_name(&name) {
            let message = format!("`{}` {why}", shown(&self.base, path).escape_debug());
            let problem = match certain {
                true => Finding::error("unreadable-file", message),
                false => Finding::warning("unreadable-file", message),
            };
            self.problems.push(problem.help(help));
        } else if name.ends_with(".json") {
            self.json.get_or_insert(name);
        }
    }

    fn file(&mut self, path: &Path, template: bool) {
        let Ok(canonical) = path.canonicalize() else {
            return self.problem(path, "cannot be read", "check its permissions");
        };
        self.seen_files += usize::from(!template);
        if !self.seen.insert(canonical) {
            return;
        }
        if self.left == 0 {
            return;
        }
        match read_text(path, MAX_FILE.min(self.left)) {
            Ok(text) => {
                self.left -= (text.len() as u64).min(self.left);
                let name = shown(&self.base, path);
                self.paths.insert(name.clone(), path.to_owned());
                let list = if template { &mut self.templates } else { &mut self.specs };
                list.push(Text::new(name, text));
            }
            Err(_) if self.left < MAX_FILE => {
                self.left = 0;
                self.problem(
                    path,
                    &format!("and the files before it are larger than {} MiB", MAX_TOTAL >> 20),
                    "plan fewer files at a time",
                );
            }
            Err(unreadable) => {
                let name = shown(&self.base, path);
                let message = format!("`{}` {}", name.escape_debug(), unreadable.why);
                let problem = Finding::error("unreadable-file", message).help(unreadable.help);
                self.problems.push(unreadable.place(problem, &name));
            }
        }
    }
}
