//! Which file an entity goes to, and names of files that every file system takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::{Yaml, document_text};
use crate::names::{Address, Name};

/// How files are laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One file for each role, with the policies that only it uses.
    #[default]
    Role,
    /// One file for each path.
    Path,
    /// One file for each value of this tag.
    Tag(String),
}

/// Why a text is not a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutError;

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a layout is `role`, `path` or `tag:KEY`")
    }
}

impl std::error::Error for LayoutError {}

impl FromStr for Layout {
    type Err = LayoutError;
    fn from_str(text: &str) -> Result<Self, LayoutError> {
        match (text, text.strip_prefix("tag:")) {
            ("role", _) => Ok(Self::Role),
            ("path", _) => Ok(Self::Path),
            (_, Some(key)) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
            _ => Err(LayoutError),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role => f.write_str("role"),
            Self::Path => f.write_str("path"),
            Self::Tag(key) => write!(f, "tag:{key}"),
        }
    }
}

/// Sections of a spec file in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Oidc,
    Saml,
    Policies,
    Roles,
    Users,
    Groups,
    Linked,
    Release,
    Parts,
    Uses,
}

impl Section {
    /// Whether it is a list, whose items have no key.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Linked | Self::Release | Self::Parts | Self::Uses)
    }

    pub fn key(self) -> &'static str {
        match self {
            Self::Oidc => "oidc_providers",
            Self::Saml => "saml_providers",
            Self::Policies => "policies",
            Self::Roles => "roles",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Linked => "service_linked_roles",
            Self::Release => "release",
            Self::Parts => "parts",
            Self::Uses => "use",
        }
    }
}

/// One entity, ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub address: Address,
    pub section: Section,
    /// What the file is called, without `.yaml`; not yet a name that a file system takes.
    pub stem: String,
    /// Its key and what stands there; a service-linked role has no key.
    pub entry: (String, Yaml),
    /// A file beside the spec: its name, and its text.
    pub beside: Option<(String, String)>,
}

/// One file, with the line at which each entity begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpecFile {
    pub name: String,
    pub text: String,
    pub starts: Vec<(u32, Address)>,
}

/// From here on a file goes on in another; the reader takes four times as much.
const LARGE: usize = 1 << 20;

/// The files of all units. `taken` are names that are there already, in lower case.
pub(super) fn files(units: &[Unit], taken: &BTreeSet<String>) -> Vec<SpecFile> {
    let mut by_stem: BTreeMap<&str, Vec<&Unit>> = BTreeMap::new();
    for unit in units {
        by_stem.entry(unit.stem.as_str()).or_default().push(unit);
    }
    let mut names = Names { taken: taken.clone() };
    let mut out = Vec::new();
    for (stem, mut units) in by_stem {
        units.sort_by(|a, b| (a.section, &a.address).cmp(&(b.section, &b.address)));
        let mut beside = Vec::new();
        let mut builder = Builder::default();
        for unit in units {
            if builder.text.len() > LARGE {
                out.push(std::mem::take(&mut builder).finish(names.free(stem, "yaml")));
            }
            builder.add(unit);
            if let Some((name, text)) = unit.beside.as_ref().filter(|(name, _)| beside.iter().all(|f: &SpecFile| f.name != *name))
            {
                beside.push(SpecFile { name: name.clone(), text: text.clone(), starts: Vec::new() });
            }
        }
        out.push(builder.finish(names.free(stem, "yaml")));
        out.append(&mut beside);
    }
    out
}

/// The files that the metadata of SAML providers stand in, the same for the same text.
pub(super) struct MetadataFiles {
    names: Names,
    given: BTreeMap<(Name, String), String>,
}

impl MetadataFiles {
    pub(super) fn new(taken: &BTreeSet<String>) -> Self {
        Self { names: Names { taken: taken.clone() }, given: BTreeMap::new() }
    }

    /// The file of a provider's metadata.
    pub(super) fn of(&mut self, name: &Name, text: &str) -> String {
        let names = &mut self.names;
        self.given.entry((name.clone(), text.to_owned())).or_insert_with(|| names.free(&format!("saml/{name}"), "xml")).clone()
    }
}

/// Gives out names of files, each once.
pub(super) struct Names {
    pub taken: BTreeSet<String>,
}

impl Names {
    /// A free name near `stem`, whose slashes make folders.
    pub(super) fn free(&mut self, stem: &str, extension: &str) -> String {
        let base = stem.split('/').filter(|part| !part.is_empty()).map(slug).collect::<Vec<_>>().join("/");
        let base = if base.is_empty() { "specs".to_owned() } else { base };
        let numbered = std::iter::once(format!("{base}.{extension}")).chain((2u32..).map(|n| format!("{base}-{n}.{extension}")));
        let mut numbered = numbered.skip_while(|name| self.taken.contains(name));
        let name = numbered.next().unwrap_or(base);
        self.taken.insert(name.clone());
        name
    }
}

/// One part of a path that every file system takes, in lower case: letters, digits, `.`, `_` and `-`.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c.to_ascii_lowercase() } else { '-' };
        if c != '-' || !out.ends_with('-') {
            out.push(c);
        }
    }
    let out: String = out.trim_matches(['-', '.']).chars().take(100).collect();
    let first = out.split('.').next().unwrap_or_default();
    let device = matches!(first, "con" | "prn" | "aux" | "nul")
        || (first.len() == 4
            && (first.starts_with("com") || first.starts_with("lpt"))
            && first.ends_with(|c: char| c.is_ascii_digit()));
    match out.as_str() {
        "" => "unnamed".to_owned(),
        // A folder of this name holds templates only.
        "templates" => "templates-path".to_owned(),
        _ if device => format!("{out}-"),
        _ => out,
    }
}

#[derive(Default)]
struct Builder {
    text: String,
    section: Option<Section>,
    starts: Vec<(u32, Address)>,
    lines: u32,
}

impl Builder {
    fn push(&mut self, text: &str) {
        let lines = text.bytes().filter(|b| *b == b'\n').count();
        self.lines = self.lines.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.text.push_str(text);
    }

    fn add(&mut self, unit: &Unit) {
        if self.text.is_empty() {
            self.push("version: 1\n");
        }
        if self.section == Some(unit.section) {
            if !unit.section.is_list() {
                self.push("\n");
            }
        } else {
            self.push(&format!("\n{}:\n", unit.section.key()));
            self.section = Some(unit.section);
        }
        self.starts.push((self.lines + 1, unit.address.clone()));
        let (key, value) = &unit.entry;
        let text = match value {
            Yaml::Text(_) if unit.section.is_list() => {
                let line = document_text(&[("x".to_owned(), value.clone())], 0);
                format!("  - {}", line.strip_prefix("x: ").unwrap_or(&line))
            }
            _ if unit.section.is_list() => {
                let list = document_text(&[("x".to_owned(), Yaml::List(vec![value.clone()]))], 0);
                list.strip_prefix("x:\n").unwrap_or(&list).to_owned()
            }
            _ => document_text(&[(key.clone(), value.clone())], 1),
        };
        self.push(&text);
    }

    fn finish(self, name: String) -> SpecFile {
        SpecFile { name, text: self.text, starts: self.starts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain_and_each_stands_once() {
        let mut names = Names { taken: ["roles/app.yaml".to_owned()].into() };
        assert_eq!(names.free("roles/App", "yaml"), "roles/app-2.yaml");
        assert_eq!(names.free("roles/a+b@c,d", "yaml"), "roles/a-b-c-d.yaml");
        assert_eq!(names.free("roles/a=b@c d", "yaml"), "roles/a-b-c-d-2.yaml");
        assert_eq!(names.free("/templates/../x/", "yaml"), "templates-path/unnamed/x.yaml");
        assert_eq!(names.free("CON", "yaml"), "con-.yaml");
        assert_eq!(names.free("", "yaml"), "specs.yaml");
    }

    #[test]
    fn a_layout_is_one_of_three() {
        assert_eq!("tag:team".parse(), Ok(Layout::Tag("team".into())));
        assert_eq!("path".parse(), Ok(Layout::Path));
        assert!("tag:".parse::<Layout>().is_err() && "file".parse::<Layout>().is_err());
        assert_eq!(Layout::Tag("a:b".into()).to_string(), "tag:a:b");
    }
}
