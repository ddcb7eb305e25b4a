//! Operations of an API whose permission has another name: what people write who know the API.
//!
//! Sources: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"; AWS KMS Developer Guide, "AWS KMS permissions"; AWS
//! Lambda Developer Guide, "Fine-tuning the Resources and Conditions sections of policies". As of 2026-11-29.

/// Service, operation, and the actions to write. By service and operation, in lower case.
const NAMES: &[(&str, &str, &[&str])] = &[
    ("kms", "reencrypt", &["ReEncryptFrom", "ReEncryptTo"]),
    ("lambda", "invoke", &["InvokeFunction"]),
    ("s3", "completemultipartupload", &["PutObject"]),
    ("s3", "copyobject", &["GetObject", "PutObject"]),
    ("s3", "createmultipartupload", &["PutObject"]),
    ("s3", "deletebucketanalyticsconfiguration", &["PutAnalyticsConfiguration"]),
    ("s3", "deletebucketcors", &["PutBucketCORS"]),
    ("s3", "deletebucketencryption", &["PutEncryptionConfiguration"]),
    ("s3", "deletebucketinventoryconfiguration", &["PutInventoryConfiguration"]),
    ("s3", "deletebucketlifecycle", &["PutLifecycleConfiguration"]),
    ("s3", "deletebucketmetricsconfiguration", &["PutMetricsConfiguration"]),
    ("s3", "deletebucketownershipcontrols", &["PutBucketOwnershipControls"]),
    ("s3", "deletebucketreplication", &["PutReplicationConfiguration"]),
    ("s3", "deletebuckettagging", &["PutBucketTagging"]),
    ("s3", "deleteobjects", &["DeleteObject"]),
    ("s3", "deletepublicaccessblock", &["PutBucketPublicAccessBlock"]),
    ("s3", "getbucketaccelerateconfiguration", &["GetAccelerateConfiguration"]),
    ("s3", "getbucketanalyticsconfiguration", &["GetAnalyticsConfiguration"]),
    ("s3", "getbucketencryption", &["GetEncryptionConfiguration"]),
    ("s3", "getbucketinventoryconfiguration", &["GetInventoryConfiguration"]),
    ("s3", "getbucketlifecycle", &["GetLifecycleConfiguration"]),
    ("s3", "getbucketlifecycleconfiguration", &["GetLifecycleConfiguration"]),
    ("s3", "getbucketmetricsconfiguration", &["GetMetricsConfiguration"]),
    ("s3", "getbucketnotificationconfiguration", &["GetBucketNotification"]),
    ("s3", "getbucketreplication", &["GetReplicationConfiguration"]),
    ("s3", "getobjectlockconfiguration", &["GetBucketObjectLockConfiguration"]),
    ("s3", "getpublicaccessblock", &["GetBucketPublicAccessBlock"]),
    ("s3", "headbucket", &["ListBucket"]),
    ("s3", "headobject", &["GetObject"]),
    ("s3", "listbuckets", &["ListAllMyBuckets"]),
    ("s3", "listmultipartuploads", &["ListBucketMultipartUploads"]),
    ("s3", "listobjects", &["ListBucket"]),
    ("s3", "listobjectsv2", &["ListBucket"]),
    ("s3", "listobjectversions", &["ListBucketVersions"]),
    ("s3", "listparts", &["ListMultipartUploadParts"]),
    ("s3", "putbucketaccelerateconfiguration", &["PutAccelerateConfiguration"]),
    ("s3", "putbucketanalyticsconfiguration", &["PutAnalyticsConfiguration"]),
    ("s3", "putbucketencryption", &["PutEncryptionConfiguration"]),
    ("s3", "putbucketinventoryconfiguration", &["PutInventoryConfiguration"]),
    ("s3", "putbucketlifecycle", &["PutLifecycleConfiguration"]),
    ("s3", "putbucketlifecycleconfiguration", &["PutLifecycleConfiguration"]),
    ("s3", "putbucketmetricsconfiguration", &["PutMetricsConfiguration"]),
    ("s3", "putbucketnotificationconfiguration", &["PutBucketNotification"]),
    ("s3", "putbucketreplication", &["PutReplicationConfiguration"]),
    ("s3", "putobjectlockconfiguration", &["PutBucketObjectLockConfiguration"]),
    ("s3", "putpublicaccessblock", &["PutBucketPublicAccessBlock"]),
    ("s3", "selectobjectcontent", &["GetObject"]),
    ("s3", "uploadpart", &["PutObject"]),
    ("s3", "uploadpartcopy", &["GetObject", "PutObject"]),
];

/// The actions that an operation needs, where it has another name.
pub(super) fn actions_of(service: &str, operation: &str) -> Option<&'static [&'static str]> {
    let is_it = |(s, o, _): &&(&str, &str, _)| s.eq_ignore_ascii_case(service) && o.eq_ignore_ascii_case(operation);
    NAMES.iter().find(is_it).map(|(_, _, actions)| *actions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn every_operation_is_no_action_and_what_it_needs_are_actions() {
        for (service, operation, actions) in NAMES {
            assert!(catalogue::expand(&format!("{service}:{operation}")).is_empty(), "{service}:{operation} is an action");
            for action in *actions {
                let found = catalogue::expand(&format!("{service}:{action}"));
                assert!(found.iter().any(|a| a.name() == *action), "{service}:{action}");
            }
        }
        assert!(NAMES.is_sorted_by_key(|(service, operation, _)| (*service, *operation)));
    }
}
