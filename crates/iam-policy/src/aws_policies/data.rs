//! The blobs, unpacked at first use: the index is small; the documents (3 MB) are unpacked only for those who read one.

use std::sync::OnceLock;

use serde::Deserialize;

use super::AwsPolicy;

const INDEX: &[u8] = include_bytes!("../../data/aws-managed-policies.index.zst");
const DOCUMENTS: &[u8] = include_bytes!("../../data/aws-managed-policies.documents.zst");
const SUCCESSORS: &str = include_str!("../../data/aws-managed-policies.successors.json");
const WITHDRAWN: &str = include_str!("../../data/aws-managed-policies.withdrawn.json");

/// Unpacks a blob. A test holds the blobs against the manifest, so the empty text is never seen.
pub(super) fn unpack(blob: &[u8]) -> String {
    crate::blob::text(blob)
}

/// Every policy, by name.
pub(super) fn index() -> &'static [AwsPolicy] {
    static TEXT: OnceLock<String> = OnceLock::new();
    static INDEX_LINES: OnceLock<Vec<AwsPolicy>> = OnceLock::new();
    INDEX_LINES.get_or_init(|| TEXT.get_or_init(|| unpack(INDEX)).lines().filter_map(line).collect())
}

/// `name path version offset length`, set apart by tabs.
fn line(text: &'static str) -> Option<AwsPolicy> {
    let mut fields = text.split('\t');
    let (name, path, version) = (fields.next()?, fields.next()?, fields.next()?);
    let span = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(AwsPolicy { name, path, version, span })
}

/// The policy of exactly this name, whatever its path: no two AWS managed policies share a name.
pub(super) fn by_name(name: &str) -> Option<AwsPolicy> {
    let index = index();
    index.binary_search_by(|p| p.name.cmp(name)).ok().and_then(|at| index.get(at)).copied()
}

/// All the documents, one a line.
pub(super) fn documents() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| unpack(DOCUMENTS))
}

/// One line of the table of successors.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Replaced {
    /// The policy that goes or went, by its full name.
    pub name: String,
    /// What takes its place.
    pub successor: String,
    /// The page of AWS that says so.
    #[serde(default)]
    pub source: Option<String>,
}

/// What takes the place of policies that AWS withdrew or deprecated. A test holds the file against this form.
pub(super) fn replaced() -> &'static [Replaced] {
    #[derive(Deserialize)]
    struct File {
        policies: Vec<Replaced>,
    }
    static TABLE: OnceLock<Vec<Replaced>> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str::<File>(SUCCESSORS).map(|f| f.policies).unwrap_or_default())
}

/// Names with paths that AWS once had and has no more.
pub(super) fn withdrawn() -> &'static [String] {
    #[derive(Deserialize)]
    struct File {
        names: Vec<String>,
    }
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| serde_json::from_str::<File>(WITHDRAWN).map(|f| f.names).unwrap_or_default())
}
