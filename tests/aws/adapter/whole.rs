//! Nothing incomplete is believed: answers that break off, say too little, or come from something else on the way.

use iamctl::backend::ErrorKind;
use iamctl::model::Seen;
use iamctl::names::EntityKind;

use super::*;
use crate::support::proxy::{Fault, Framing};

const BULK: &str = "GetAccountAuthorizationDetails";

/// Places in an answer: within the first tag, between and within members, before and in the flag that says whether more follows, before
/// the last tag, and in it.
fn places(text: &str) -> Vec<usize> {
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("{needle} in {text}"));
    let mut all = vec![0, 1, 5, at("Result>") + 7, at("<member>"), at("<member>") + 8, at("</member>"), at("</member>") + 9];
    all.extend([
        at("<IsTruncated>"),
        at("<IsTruncated>") + 15,
        at("</IsTruncated>") + 14,
        at("<ResponseMetadata>"),
        text.len() - 1,
    ]);
    all.extend((0..text.len()).step_by(97));
    all
}

/// The answers of an account with two roles and a policy, as they come over the wire.
async fn recorded(lab: &Lab, action: &str) -> String {
    lab.proxy.reset();
    lab.snapshot(&scope()).await;
    lab.proxy.answers(action).pop().unwrap()
}

#[tokio::test]
async fn a_listing_cut_anywhere_is_a_read_error_and_never_a_short_account() {
    let lab = Lab::new("310000000001").await;
    lab.perform(&[create_role("one"), create_role("two"), create_policy("p")]).await;
    for action in [BULK, "ListRoles"] {
        let text = recorded(&lab, action).await;
        for framing in [Framing::Short, Framing::Full, Framing::Chunked, Framing::Broken] {
            for at in places(&text) {
                lab.proxy.reset();
                lab.proxy.fault(action, 4, Fault::Cut(at, framing));
                let read = lab.account.snapshot(&scope(), &Silent).await;
                let error = read.expect_err(&format!("{action} cut after {at} bytes, {framing:?}"));
                assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
                assert_eq!(lab.proxy.count(action), 4, "it is asked again: {error}");
            }
        }
    }
    // What comes whole the second time is believed.
    lab.proxy.fault(BULK, 1, Fault::Cut(300, Framing::Short));
    assert_eq!(lab.snapshot(&scope()).await.roles.len(), 2);
}

#[tokio::test]
async fn what_does_not_say_whether_more_follows_is_not_believed() {
    let lab = Lab::new("310000000002").await;
    lab.perform(&[create_role("one")]).await;
    let alterations: [fn(&str) -> String; 5] = [
        |text| text.replace("<IsTruncated>false</IsTruncated>", ""),
        |text| text.replace("<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>"),
        |text| text.replace("<IsTruncated>false</IsTruncated>", "<IsTruncated></IsTruncated>"),
        |_| String::new(),
        |_| "<html><body>Please sign in</body></html>".to_owned(),
    ];
    for (n, alter) in alterations.into_iter().enumerate() {
        for action in [BULK, "ListRoles"] {
            lab.proxy.fault(action, 4, Fault::Altered(alter));
            let error = lab.account.snapshot(&scope(), &Silent).await.expect_err(&format!("alteration {n} of {action}"));
            assert_eq!(error.kind, ErrorKind::Unavailable, "{n}: {error}");
        }
    }
}

#[tokio::test]
async fn listings_that_disagree_are_read_again_and_leave_open_what_stays_in_dispute() {
    let lab = Lab::new("310000000003").await;
    let profile = Operation::CreateInstanceProfile { instance_profile_name: "two".into(), path: "/".to_owned(), tags: ours() };
    let join = Operation::AddRoleToInstanceProfile { instance_profile_name: "two".into(), role_name: "two".into() };
    lab.perform(&[create_role("one"), create_role("two"), profile, join]).await;
    let rename: fn(&str) -> String = |text| text.replace("<RoleName>one</RoleName>", "<RoleName>other</RoleName>");
    lab.proxy.fault("ListRoles", 1, Fault::Altered(rename));
    let snapshot = lab.snapshot(&scope()).await;
    assert!(snapshot.roles.values().all(|role| role.tags == Seen::Value(ours())), "read again, the listings agree");
    lab.proxy.fault("ListRoles", 100, Fault::Altered(rename));
    let snapshot = lab.snapshot(&scope()).await;
    assert!(snapshot.roles[&name("one")].tags.is_unread() && snapshot.roles[&name("other")].tags.is_unread());
    assert_eq!(snapshot.roles[&name("two")].tags, Seen::Value(ours()));
    let lab = lab.again().await;
    lab.proxy.fault(
        "ListInstanceProfiles",
        100,
        Fault::Altered(|text| {
            let (before, rest) = text.split_once("<Roles>").unwrap();
            format!("{before}<Roles/>{}", rest.split_once("</Roles>").unwrap().1)
        }),
    );
    let mut scope = scope();
    scope.declared.insert(address(EntityKind::InstanceProfile, "two"));
    assert!(lab.snapshot(&scope).await.instance_profiles[&name("two")].role.is_unread());
}

#[tokio::test]
async fn a_removal_that_finds_nothing_is_looked_after() {
    let lab = Lab::new("310000000004").await;
    let put = |role: &str| Operation::PutRolePolicy {
        role_name: role.into(),
        policy_name: "p".to_owned(),
        policy_document: READ.to_owned(),
    };
    let delete = |role: &str| Operation::DeleteRolePolicy { role_name: role.into(), policy_name: "p".to_owned() };
    lab.perform(&[create_role("one"), put("one")]).await;
    // Another run, to which the role is not young.
    let lab = lab.again().await;
    let not_there =
        || Fault::Error { status: 404, code: "NoSuchEntity", message: "The role policy with name p cannot be found.".to_owned() };
    lab.proxy.fault("DeleteRolePolicy", 1, not_there());
    assert_eq!(lab.account.perform(&delete("one")).await.unwrap().note, None, "sent again, because it is there");
    assert_eq!(lab.proxy.count("DeleteRolePolicy"), 2);
    lab.perform(&[put("one")]).await;
    let lab = lab.again().await;
    lab.proxy.fault("DeleteRolePolicy", 100, not_there());
    let error = lab.account.perform(&delete("one")).await.unwrap_err();
    assert!(error.message.contains("but it is there"), "{error}");
    let lab = lab.again().await;
    lab.proxy.fault("DeleteRolePolicy", 100, not_there());
    lab.proxy.fault("GetRolePolicy", 100, Fault::Error { status: 403, code: "AccessDenied", message: "no".to_owned() });
    let error = lab.account.perform(&delete("one")).await.unwrap_err();
    assert!(error.message.contains("could not be read"), "{error}");
}
