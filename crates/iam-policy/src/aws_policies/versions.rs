//! The versions of AWS managed policies, those that AWS withdrew included. Nearly all that AWS published are known; IAM itself keeps
//! fewer. Their documents (32 MB) are never unpacked whole: what stands before a policy's is read over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::OnceLock;

use super::data::unpack;
use super::{find, strip};
use crate::Document;
use crate::names::VersionId;

const INDEX: &[u8] = include_bytes!("../../data/aws-managed-policies.versions-index.zst");
const DOCUMENTS: &[u8] = include_bytes!("../../data/aws-managed-policies.versions.zst");

/// The known versions of one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsVersions {
    /// `ReadOnlyAccess`.
    pub name: &'static str,
    /// `/`, `/service-role/`, …
    pub path: &'static str,
    /// The versions, oldest first. Numbers that are missing are of versions that nobody kept.
    pub versions: Vec<AwsVersion>,
    /// Where the first document stands in the blob.
    offset: u64,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsVersion {
    /// `v3`.
    pub id: VersionId,
    /// When it was made (RFC 3339), where that is known.
    pub created: Option<&'static str>,
    length: u64,
}

impl AwsVersions {
    /// What stands after `policy/` in its ARN.
    pub fn full_name(&self) -> String {
        format!("{}{}", self.path.trim_start_matches('/'), self.name)
    }

    /// The version in force: the one of the set of current policies, else the last one.
    pub fn default_version(&self) -> Option<VersionId> {
        let current = find(&self.full_name()).and_then(|policy| VersionId::parse(policy.version));
        current.or_else(|| self.versions.last().map(|v| v.id.clone()))
    }

    /// The documents of some versions, in partition `aws`; those that are not known are left out.
    pub fn documents(&self, wanted: &BTreeSet<VersionId>) -> BTreeMap<VersionId, Document> {
        self.read(wanted).unwrap_or_default()
    }

    /// Fails on a damaged blob only, and a test holds it against the manifest.
    fn read(&self, wanted: &BTreeSet<VersionId>) -> io::Result<BTreeMap<VersionId, Document>> {
        let mut blob = crate::blob::open(DOCUMENTS)?;
        io::copy(&mut blob.by_ref().take(self.offset), &mut io::sink())?;
        let mut found = BTreeMap::new();
        for version in &self.versions {
            let mut line = blob.by_ref().take(version.length.saturating_add(1));
            if wanted.contains(&version.id) {
                let mut text = String::new();
                line.read_to_string(&mut text)?;
                if let Ok(document) = Document::parse(&text) {
                    found.insert(version.id.clone(), document);
                }
            } else {
                io::copy(&mut line, &mut io::sink())?;
            }
        }
        Ok(found)
    }
}

/// The versions of the policy of an ARN, of a name with its path, or of a bare name: no two policies of AWS share one.
pub fn versions(name_or_arn: &str) -> Option<&'static AwsVersions> {
    let full = strip(name_or_arn)?;
    let name = full.rsplit('/').next().unwrap_or(full);
    let index = index();
    let found = index.binary_search_by(|v| v.name.cmp(name)).ok().and_then(|at| index.get(at))?;
    (full == name || found.full_name() == full).then_some(found)
}

fn index() -> &'static [AwsVersions] {
    static TEXT: OnceLock<String> = OnceLock::new();
    static LINES: OnceLock<Vec<AwsVersions>> = OnceLock::new();
    LINES.get_or_init(|| TEXT.get_or_init(|| unpack(INDEX)).lines().filter_map(line).collect())
}

/// `name path offset`, then `version time length` of each version, set apart by tabs.
fn line(text: &'static str) -> Option<AwsVersions> {
    let mut fields = text.split('\t');
    let (name, path, offset) = (fields.next()?, fields.next()?, fields.next()?.parse().ok()?);
    let version = |field: &'static str| {
        let mut parts = field.split(' ');
        let (id, created, length) = (parts.next()?, parts.next()?, parts.next()?);
        let created = (created != "-").then_some(created);
        Some(AwsVersion { id: VersionId::parse(id)?, created, length: length.parse().ok()? })
    };
    Some(AwsVersions { name, path, offset, versions: fields.map(version).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_policies::all;

    #[test]
    fn the_index_is_sorted_by_name_and_has_every_current_version() {
        assert!(index().windows(2).all(|w| w[0].name < w[1].name));
        for policy in all() {
            let known = versions(&policy.full_name()).unwrap_or_else(|| panic!("{} has versions", policy.name));
            let default = VersionId::parse(policy.version).unwrap();
            assert!(known.versions.iter().any(|v| v.id == default), "{} {default}", policy.name);
            assert!(known.versions.windows(2).all(|w| w[0].id < w[1].id), "{}", policy.name);
            let times: Vec<&str> = known.versions.iter().filter_map(|v| v.created).collect();
            assert!(times.windows(2).all(|w| w[0] < w[1]), "{}: a later version is made later: {times:?}", policy.name);
            assert!(known.versions.iter().find(|v| v.id == default).unwrap().created.is_some(), "{}", policy.name);
        }
    }

    #[test]
    fn documents_are_those_of_the_versions_asked_for() {
        let last = index().last().unwrap();
        for name in ["AdministratorAccess", "service-role/AWSLambdaBasicExecutionRole", "AWSMobileHub_FullAccess", last.name] {
            let known = versions(name).unwrap();
            let ids: BTreeSet<VersionId> = known.versions.iter().map(|v| v.id.clone()).collect();
            let documents = known.documents(&ids);
            assert_eq!(documents.keys().cloned().collect::<BTreeSet<_>>(), ids, "{name}");
            assert!(documents.values().all(|d| d.value().get("Statement").is_some()), "{name}");
        }
        let admin = versions("AdministratorAccess").unwrap();
        let documents = admin.documents(&BTreeSet::from([VersionId::new(1), VersionId::new(99)]));
        assert_eq!(documents.len(), 1);
        assert_eq!(documents.values().next(), find("AdministratorAccess").unwrap().document().as_ref());
    }

    #[test]
    fn a_policy_is_found_by_name_with_or_without_its_path_and_by_arn() {
        let found = versions("service-role/AWSLambdaBasicExecutionRole").unwrap();
        assert_eq!(versions("AWSLambdaBasicExecutionRole"), Some(found));
        assert_eq!(versions("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), Some(found));
        for text in ["job-function/AWSLambdaBasicExecutionRole", "readonlyaccess", "", "arn:aws:iam::1:policy/ReadOnlyAccess"] {
            assert_eq!(versions(text), None, "{text}");
        }
    }
}
