use sha2::{Digest, Sha256};

use super::*;

#[test]
fn the_blobs_are_the_ones_the_manifest_names() {
    let manifest: serde_json::Value =
        serde_json::from_str(include_str!("../../data/aws-managed-policies.manifest.json")).unwrap();
    let blobs: [(&str, &[u8]); 4] = [
        ("aws-managed-policies.index.zst", include_bytes!("../../data/aws-managed-policies.index.zst")),
        ("aws-managed-policies.documents.zst", include_bytes!("../../data/aws-managed-policies.documents.zst")),
        ("aws-managed-policies.versions-index.zst", include_bytes!("../../data/aws-managed-policies.versions-index.zst")),
        ("aws-managed-policies.versions.zst", include_bytes!("../../data/aws-managed-policies.versions.zst")),
    ];
    for (name, blob) in blobs {
        let hash: String = Sha256::digest(blob).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(manifest["sha256"][name], hash.as_str(), "{name}");
    }
    assert_eq!(manifest["count"], all().len());
}

#[test]
fn the_index_is_sorted_and_every_document_is_read() {
    assert!(all().windows(2).all(|w| w[0].name < w[1].name));
    for policy in all() {
        let document = policy.document().unwrap_or_else(|| panic!("{} has no document", policy.name));
        assert!(document.value().get("Statement").is_some(), "{}", policy.name);
    }
}

#[test]
fn a_policy_is_found_by_arn_and_by_name_with_its_exact_path_alone() {
    let found = find("service-role/AWSLambdaBasicExecutionRole").unwrap();
    assert_eq!(found.arn("aws"), "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
    assert_eq!(find("arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), Some(found));
    for text in [
        "AWSLambdaBasicExecutionRole",
        "readonlyaccess",
        "arn:aws:iam::123456789012:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:role/ReadOnlyAccess",
        "",
        "arn:",
        "/ReadOnlyAccess/",
    ] {
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn documents_of_other_partitions_are_not_known() {
    let admin = document("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
    assert_eq!(admin.to_compact(), r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    assert_eq!(document("arn:aws-cn:iam::aws:policy/AdministratorAccess"), None);
}

#[test]
fn a_name_that_is_gone_or_misspelt_has_its_likeliest_replacement() {
    for (gone, replacement) in [
        ("AWSLambdaFullAccess", Some("AWSLambda_FullAccess")),
        ("arn:aws:iam::aws:policy/AWSLambdaFullAccess", Some("AWSLambda_FullAccess")),
        ("AWSLambdaReadOnlyAccess", Some("AWSLambda_ReadOnlyAccess")),
        ("AWSLambdaBasicExecutionRole", Some("service-role/AWSLambdaBasicExecutionRole")),
        ("service-role/ReadOnlyAccess", Some("ReadOnlyAccess")),
        ("AWSConfigRole", Some("service-role/AWS_ConfigRole")),
        ("AmazonGuardDutyFullAccess", Some("AmazonGuardDutyFullAccess_v2")),
        ("amazons3fullaccess", Some("AmazonS3FullAccess")),
        ("AmazonS3FullAcces", Some("AmazonS3FullAccess")),
        ("AmazonEC2RoleforSSM", Some("AmazonSSMManagedInstanceCore")),
        ("ReadOnlyAccess", None),
        ("QuiteUnlikeAnythingThatThereIs", None),
    ] {
        assert_eq!(nearest(gone).as_deref(), replacement, "{gone}");
    }
}

#[test]
fn withdrawn_is_told_from_misspelt() {
    assert!(is_withdrawn("AWSLambdaFullAccess") && is_withdrawn("AWSMobileHub_FullAccess"));
    assert!(!is_withdrawn("ReadOnlyAccess") && !is_withdrawn("ReadOnlyAcess"));
}

#[test]
fn search_ignores_case() {
    assert!(search("lambdabasicexec").any(|p| p.name == "AWSLambdaBasicExecutionRole"));
}
