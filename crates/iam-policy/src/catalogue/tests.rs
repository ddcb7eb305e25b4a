use std::time::Instant;

use sha2::{Digest, Sha256};

use super::*;

fn names(actions: Vec<Action>) -> Vec<String> {
    actions.iter().map(|a| a.full_name()).collect()
}

#[test]
fn the_blobs_are_the_ones_the_manifest_names() {
    let manifest: serde_json::Value = serde_json::from_str(include_str!("../../data/action-catalogue.manifest.json")).unwrap();
    let blobs: [(&str, &[u8]); 2] = [
        ("action-catalogue.index.zst", include_bytes!("../../data/action-catalogue.index.zst")),
        ("action-catalogue.services.zst", include_bytes!("../../data/action-catalogue.services.zst")),
    ];
    for (name, blob) in blobs {
        let hash: String = Sha256::digest(blob).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(manifest["sha256"][name], hash.as_str(), "{name}");
    }
    assert_eq!(manifest["services"], services().len());
    assert_eq!(manifest["actions"], action_count());
    assert_eq!(manifest["actions"], services().map(|s| s.actions().len()).sum::<usize>());
    assert_eq!(manifest["resource_types"], services().map(|s| s.resource_types().len()).sum::<usize>());
    assert_eq!(manifest["condition_keys"], data::keys().len());
}

#[test]
fn everything_is_sorted_and_found_by_its_own_name() {
    assert!(data::keys().windows(2).all(|w| w[0].0.to_ascii_lowercase() < w[1].0.to_ascii_lowercase()));
    for (at, found) in services().enumerate() {
        assert_eq!(service(&found.prefix().to_ascii_uppercase()), Some(Service { at }));
        assert!(!found.name().is_empty());
        for action in found.actions() {
            assert_eq!(super::action(&action.full_name()), Some(action), "{}", action.full_name());
            let row = data::tables(at).actions[action.at];
            assert_eq!(action.resource_types().count(), row.types.split_terminator(',').count(), "{}", action.full_name());
            assert_eq!(action.condition_keys().count(), row.keys.split_terminator(',').count(), "{}", action.full_name());
        }
        for resource in found.resource_types() {
            assert_eq!(found.resource_type(resource.name()), Some(resource));
            assert!(resource.arn().formats().all(|f| f.starts_with("arn:${Partition}:")), "{}", resource.name());
        }
        for key in found.condition_keys() {
            assert_eq!(condition_key(key).map(|k| k.name.to_ascii_lowercase()), Some(key.to_ascii_lowercase()));
        }
    }
    let numbers: Vec<usize> = services().flat_map(|s| s.actions()).map(|a| a.number()).collect();
    assert_eq!(numbers, (0..action_count()).collect::<Vec<_>>());
}

#[test]
fn an_action_has_its_level_resource_types_and_condition_keys() {
    let get = action("S3:getobject").unwrap();
    assert_eq!((get.full_name().as_str(), get.level()), ("s3:GetObject", AccessLevel::Read));
    let types: Vec<_> = get.resource_types().map(|r| (r.resource.name(), r.required)).collect();
    assert_eq!(types, [("accesspointobject", false), ("object", false)]);
    assert!(get.condition_keys().any(|k| k == "s3:ExistingObjectTag/<key>"));

    let pass = action("iam:PassRole").unwrap();
    assert_eq!(pass.level(), AccessLevel::Write);
    assert!(pass.condition_keys().any(|k| k == "iam:PassedToService"));
    assert!(pass.resource_types().any(|r| r.resource.name() == "role" && r.required));
    assert_eq!(action("s3:ListAllMyBuckets").unwrap().resource_types().count(), 0);
    for absent in ["s3:GetObjects", "s3:*", "nosuch:Get", "s3", "", ":", "s3:"] {
        assert_eq!(action(absent), None, "{absent}");
    }
}

#[test]
fn a_resource_type_s_own_keys_come_with_the_action_s() {
    let run = action("ec2:RunInstances").unwrap();
    let instance = run.resource_types().find(|r| r.resource.name() == "instance").unwrap();
    assert!(instance.required && instance.condition_keys().any(|k| k == "ec2:InstanceType"));
}

#[test]
fn patterns_stand_for_the_actions_they_match_whatever_the_case() {
    assert_eq!(names(expand("S3:getobjectAt*")), ["s3:GetObjectAttributes"]);
    assert_eq!(names(expand("sts:?etCallerIdentity")), ["sts:GetCallerIdentity"]);
    assert_eq!(names(expand("iam:*AccountAlias")), ["iam:CreateAccountAlias", "iam:DeleteAccountAlias"]);
    assert_eq!(expand("s3:*").len(), service("s3").unwrap().actions().len());
    assert_eq!(expand("*").len(), action_count());
    assert_eq!(expand("*:*").len(), action_count());
    assert!(expand("s?:Get*").iter().any(|a| a.full_name() == "s3:GetObject"));
    for nothing in ["", "s3", "s3*", "s3:NoSuch*", "nosuch:*", "s3:GetObject:*"] {
        assert_eq!(expand(nothing), [], "{nothing}");
    }
    let except = expand_except(["s3:*", "IAM:*"]);
    assert!(except.iter().all(|a| !["s3", "iam"].contains(&a.service().prefix())));
    assert_eq!(except.len() + expand("s3:*").len() + expand("iam:*").len(), action_count());
}

#[test]
fn arn_formats_match_the_arns_of_their_type() {
    let bucket = resource_type("s3", "BUCKET").unwrap();
    assert_eq!(bucket.globs("aws-cn"), ["arn:aws-cn:s3:::*"]);
    assert!(bucket.matches("arn:aws:s3:::my-bucket") && !bucket.matches("arn:aws:sqs:::my-bucket"));
    let role = resource_type("iam", "role").unwrap();
    assert!(role.matches("arn:aws:iam::123456789012:role/path/x") && !role.matches("arn:aws:iam::123456789012:user/x"));
    assert!(!role.matches("role/x") && !role.matches(""));
    assert_eq!(resource_type("lex", "bot").unwrap().globs("aws").len(), 2);
    assert_eq!(resource_type("s3", "no-such"), None);
}

#[test]
fn condition_keys_are_found_with_and_without_placeholders() {
    let kind = |name: &str| condition_key(name).map(|k| (k.name, k.kind));
    assert_eq!(kind("S3:prefix"), Some(("s3:prefix", "String")));
    assert_eq!(kind("aws:requesttag/team"), Some(("aws:RequestTag/${TagKey}", "String")));
    assert_eq!(kind("aws:PrincipalTag/x/y"), Some(("aws:PrincipalTag/${TagKey}", "String")));
    assert_eq!(kind("s3:ExistingObjectTag/a"), Some(("s3:ExistingObjectTag/<key>", "String")));
    assert_eq!(kind("aws:TagKeys"), Some(("aws:TagKeys", "ArrayOfString")));
    assert_eq!(kind("aws:SourceArn").map(|k| k.1), Some("ARN"));
    assert_eq!(kind("aws:MultiFactorAuthPresent").map(|k| k.1), Some("Bool"));
    assert_eq!(kind("token.actions.githubusercontent.com:actor").map(|k| k.1), Some("String"));
    assert!(condition_key("aws:tagkeys").unwrap().is_multivalued());
    for absent in ["aws:RequestTag/", "s3:nosuch", "prefix", ""] {
        assert_eq!(kind(absent), None, "{absent}");
    }
}

#[test]
fn grave_actions_are_told() {
    assert!(is_permissions_management("s3:PutBucketPolicy") && is_permissions_management("IAM:attachrolepolicy"));
    assert!(!is_permissions_management("s3:GetObject") && !is_permissions_management("nosuch:X"));
    assert!(gives_credentials("sts:AssumeRole") && gives_credentials("IAM:CreateAccessKey"));
    assert!(!gives_credentials("lambda:InvokeFunction") && !gives_credentials("s3:GetObject"));
    assert!(credentials::ACTIONS.is_sorted());
    let gone: Vec<_> = credentials::ACTIONS.iter().filter(|a| action(a).is_none()).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn a_summary_counts_by_service_and_level_and_keeps_what_it_does_not_know() {
    let text = |patterns: &[&str]| summarize(patterns.iter().copied()).to_string();
    assert_eq!(
        text(&["s3:PutObject", "S3:putobject", "s3:GetObject"]),
        "1 write action of s3 (PutObject), 1 read action of s3 (GetObject)"
    );
    assert_eq!(
        text(&["s3:PutBucketPolicy", "s3:PutObject*"]).split(", ").next(),
        Some("3 permissions management actions of s3 (PutBucketPolicy")
    );
    assert!(text(&["s3:*"]).starts_with("all 1") && text(&["s3:*"]).ends_with(" actions of s3"));
    assert_eq!(text(&["*"]), "every action of every service");
    assert_eq!(text(&["new:Thing", "s3:GetObject"]), "1 read action of s3 (GetObject), new:Thing");
    assert_eq!(text(&[]), "");
    let keys = summarize(["iam:*AccessKey"]);
    assert_eq!(keys.lines[0].giving_credentials().count(), 2);
    assert_eq!(keys.to_string(), "3 write actions of iam (CreateAccessKey, UpdateAccessKey, DeleteAccessKey)");
}

#[test]
fn hostile_patterns_are_answered_in_time() {
    let start = Instant::now();
    let stars = format!("s3:{}", "*a".repeat(2000));
    assert_eq!(expand(&stars), []);
    assert_eq!(expand("é:ü*"), []);
    assert_eq!(condition_key(&"?*".repeat(3000)), None);
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn what_only_the_second_source_knows_is_in_the_catalogue() {
    let lines: Vec<&str> =
        include_str!("../../data/action-catalogue.added.txt").lines().filter(|line| !line.starts_with('#')).collect();
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
    assert_eq!(manifest["added_by_second"], lines.len());
    let type_of = |text: &str| {
        let (prefix, rest) = text.split_once(':').unwrap();
        let name = rest.split(' ').next().unwrap();
        service(prefix).unwrap().resource_types().any(|t| t.name().eq_ignore_ascii_case(name))
    };
    let holds = |line: &&str| match line.split_once(' ').unwrap() {
        ("action", name) => action(name).is_some(),
        ("resource", rest) => type_of(rest.strip_prefix("type ").unwrap()),
        ("pair", rest) => {
            let (name, kind) = rest.split_once(" on ").unwrap();
            action(name).is_some_and(|action| action.resource_types().any(|t| t.resource.name().eq_ignore_ascii_case(kind)))
        }
        _ => false,
    };
    let missing: Vec<&str> = lines.iter().copied().filter(|line| !holds(line)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
