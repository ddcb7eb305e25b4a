//! The hold: the tag that a rollback leaves on a policy, so that no apply ships the document that was rolled back from until its spec says
//! something else. The account is the only state, so the memory of a rollback is in the account too.

use std::fmt;

use crate::model::{Policy, Seen, Tags};
use crate::names::{EntityKind, VersionId, check_tag_value};
use crate::policy::{self, Document, DocumentKind};

/// The tag's key.
pub const HOLD: &str = "iamctl:hold";

/// A document that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldDocument {
    /// The version that had it.
    pub version: VersionId,
    /// [`policy::Canon::fingerprint`] of its normal form.
    pub fingerprint: String,
}

/// The documents that were rolled back from, the latest rollback first. As a tag: `v7:HASH/v6:HASH`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hold(Vec<HeldDocument>);

impl Hold {
    /// The hold in a policy's tags; `None` where there is no such tag. What is not an entry of ours holds nothing.
    pub fn of(tags: &Tags) -> Option<Self> {
        let text = super::find(EntityKind::Policy, tags, HOLD)?;
        let entry = |part: &str| {
            let (version, fingerprint) = part.split_once(':')?;
            Some(HeldDocument { version: VersionId::parse(version)?, fingerprint: fingerprint.to_owned() })
        };
        Some(Self(text.split('/').filter_map(entry).collect()))
    }

    /// The hold in the tags of a policy that was read.
    pub fn of_policy(policy: &Policy) -> Option<Self> {
        policy.tags.value().and_then(Self::of)
    }

    /// The entry that holds a document, whatever its spelling: by the hash, or by the version itself where it is still kept, so that a
    /// later iamctl with another normal form does not lose it.
    pub fn entry_for(&self, document: &Document, policy: &Policy, partition: &str) -> Option<&HeldDocument> {
        let fingerprint = fingerprint(document, partition);
        let kept = |version: &VersionId| policy.versions.get(version).and_then(|v| v.document.value());
        self.0.iter().find(|entry| {
            entry.fingerprint == fingerprint
                || kept(&entry.version).is_some_and(|d| policy::equal(d, document, DocumentKind::Identity, partition))
        })
    }

    /// The entries, the latest first.
    pub fn entries(&self) -> &[HeldDocument] {
        &self.0
    }

    /// The version that the latest rollback went back from.
    pub fn latest(&self) -> Option<&VersionId> {
        self.0.first().map(|entry| &entry.version)
    }

    /// The hold after one more rollback. Earlier entries stay, but for the document that is put in force; the oldest go where a
    /// tag's 256 characters are full.
    #[must_use]
    pub fn after(&self, policy: &Policy, from: (&VersionId, &Document), to: &Document, partition: &str) -> Self {
        let (left, in_force) = (fingerprint(from.1, partition), self.entry_for(to, policy, partition));
        let earlier = self.0.iter().filter(|entry| entry.fingerprint != left && Some(*entry) != in_force);
        let mut all = vec![HeldDocument { version: from.0.clone(), fingerprint: left.clone() }];
        all.extend(earlier.cloned());
        let mut hold = Self(all);
        while hold.0.len() > 1 && check_tag_value(&hold.to_string()).is_err() {
            hold.0.pop();
        }
        hold
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, entry) in self.0.iter().enumerate() {
            let between = if n == 0 { "" } else { "/" };
            write!(f, "{between}{}:{}", entry.version, entry.fingerprint)?;
        }
        Ok(())
    }
}

fn fingerprint(document: &Document, partition: &str) -> String {
    document.canon(DocumentKind::Identity, partition).fingerprint()
}

/// The document of a version, if it is kept and was read.
pub fn document_of<'a>(policy: &'a Policy, version: &VersionId) -> Option<&'a Document> {
    policy.versions.get(version).map(|v| &v.document).and_then(Seen::value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::PolicyVersion;

    fn document(action: &str) -> Document {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#);
        Document::parse(&text).unwrap()
    }

    fn policy(kept: &[(u64, &str)]) -> Policy {
        let version = |action: &str| PolicyVersion { document: Seen::Value(document(action)), created: None };
        Policy {
            path: "/".to_owned(),
            id: "ANPA1".to_owned(),
            description: Seen::Unread,
            tags: Seen::Value(BTreeMap::new()),
            default_version: VersionId::new(1),
            versions: kept.iter().map(|(n, action)| (VersionId::new(*n), version(action))).collect(),
            last_version: None,
            created: None,
        }
    }

    fn tags(value: &str) -> Tags {
        Tags::from([(HOLD.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_respelled_document_is_held_and_another_is_not() {
        let policy = policy(&[(1, "s3:Get*"), (2, "s3:*")]);
        let hold = Hold::default().after(&policy, (&VersionId::new(2), &document("s3:*")), &document("s3:Get*"), "aws");
        let read = Hold::of(&tags(&hold.to_string())).unwrap();
        assert_eq!(read, hold);
        let respelled = Document::parse(
            r#"{"Statement":{"Resource":["*"],"Action":["S3:*"],"Effect":"Allow","Sid":""},"Version":"2012-10-17"}"#,
        );
        let gone = self::policy(&[(1, "s3:Get*")]);
        for policy in [&policy, &gone] {
            assert_eq!(read.entry_for(respelled.as_ref().unwrap(), policy, "aws").unwrap().version, VersionId::new(2));
            assert_eq!(read.entry_for(&document("s3:Put*"), policy, "aws"), None);
        }
    }

    #[test]
    fn a_hash_of_another_normal_form_still_holds_while_the_version_is_kept() {
        let hold = Hold::of(&tags("v2:0123")).unwrap();
        assert!(hold.entry_for(&document("s3:*"), &policy(&[(1, "s3:Get*"), (2, "s3:*")]), "aws").is_some());
        assert!(hold.entry_for(&document("s3:*"), &policy(&[(1, "s3:Get*")]), "aws").is_none());
    }

    #[test]
    fn one_rollback_after_another_holds_both_and_going_forward_lets_go() {
        let policy = policy(&[(1, "s3:Get*"), (2, "s3:*"), (3, "iam:*")]);
        let (one, two, three) = (document("s3:Get*"), document("s3:*"), document("iam:*"));
        let hold = Hold::default().after(&policy, (&VersionId::new(3), &three), &two, "aws");
        let hold = hold.after(&policy, (&VersionId::new(2), &two), &one, "aws");
        assert_eq!(hold.entries().iter().map(|e| e.version.to_string()).collect::<Vec<_>>(), ["v2", "v3"]);
        let hold = hold.after(&policy, (&VersionId::new(1), &one), &three, "aws");
        assert_eq!(hold.entries().iter().map(|e| e.version.to_string()).collect::<Vec<_>>(), ["v1", "v2"]);
    }

    #[test]
    fn the_tag_never_outgrows_its_limit_and_nonsense_in_it_holds_nothing() {
        let mut hold = Hold::default();
        for n in 1..40 {
            let policy = policy(&[]);
            hold = hold.after(&policy, (&VersionId::new(n * 1000), &document(&format!("s3:A{n}"))), &document("s3:B"), "aws");
            assert!(check_tag_value(&hold.to_string()).is_ok());
        }
        assert_eq!(hold.latest(), Some(&VersionId::new(39_000)));
        assert!(Hold::of(&tags("yes")).unwrap().entries().is_empty());
        assert_eq!(Hold::of(&Tags::new()), None);
    }
}
