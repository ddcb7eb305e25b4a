//! What ends on a day (`expires`), and what keeps its identity under another name (`renamed_from`).

use crate::ownership::{LAMBDA, World};

const PAST: &str = "2001-01-31";
const FUTURE: &str = "2999-12-31";
const DOCUMENT: &str =
    "Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b/*\"}]";

/// A day in so many days.
fn day(days: i64) -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    now.saturating_add(jiff::Span::new().days(days)).to_string()
}

fn spec(expires: &str) -> [(&'static str, String, &'static str); 6] {
    let role = |more: &str| {
        format!(
            "roles: {{keep: {{{LAMBDA}}}, r: {{trust: [{{service: ec2.amazonaws.com}}, {{service: lambda.amazonaws.com}}]{more}}}}}\n"
        )
    };
    [
        ("an entity", role(&format!(", expires: \"{expires}\"")), "role `r`"),
        (
            "an attachment",
            role(&format!(", managed_policies: [{{policy: aws/AmazonSQSReadOnlyAccess, expires: {expires}}}]")),
            "the attachment of `aws/AmazonSQSReadOnlyAccess` to role `r`",
        ),
        (
            "an inline policy",
            role(&format!(", inline_policies: {{i: {{expires: \"{expires}\", {DOCUMENT}}}}}")),
            "inline policy `i` of role `r`",
        ),
        (
            "a trust entry",
            role("").replace(
                "{service: lambda.amazonaws.com}]}}",
                &format!("{{service: lambda.amazonaws.com, expires: \"{expires}\"}}]}}}}"),
            ),
            "a trust entry of role `r`",
        ),
        (
            "a policy, with its attachments",
            format!("policies: {{p: {{expires: \"{expires}\", document: {{{DOCUMENT}}}}}}}\n{}", role(", managed_policies: [p]")),
            "policy `p`",
        ),
        (
            "a user, with its memberships",
            format!(
                "users: {{u: {{create: true, expires: \"{expires}\"}}}}\ngroups: {{g: {{manage: exclusive, users: [u]}}}}\n{}",
                role("")
            ),
            "user `u`",
        ),
    ]
}

#[test]
fn from_its_day_on_it_counts_as_not_declared() {
    for ((sentence, ended, what), (_, before, _)) in spec(PAST).into_iter().zip(spec(FUTURE)) {
        let world = World::new("t");
        world.applies(&before);
        let ran = world.run("plan");
        assert!(!ran.text.contains("expires"), "{sentence}: no note so early: {}", ran.text);
        world.spec(&ended);
        let plan = world.run("plan --detailed-exitcode");
        assert!(plan.code == 2 && plan.text.contains(&format!("expired on {PAST}")), "{sentence}: {}", plan.text);
        assert!(plan.text.contains(what.split('`').next().unwrap()), "{sentence}: {}", plan.text);
        let ran = world.run("apply --yes --allow-delete role/r");
        assert_eq!(ran.code, 0, "{sentence}: {}", ran.text);
        let (account, text) = (world.account(), world.account().to_string());
        match sentence {
            "an entity" => assert!(account["roles"]["r"].is_null()),
            "an attachment" => assert!(!text.contains("AmazonSQSReadOnlyAccess")),
            "an inline policy" => assert_eq!(account["roles"]["r"]["inline_policies"], serde_json::json!({})),
            "a trust entry" => assert!(!account["roles"]["r"]["trust"].to_string().contains("lambda")),
            "a policy, with its attachments" => assert!(account["policies"]["p"].is_null()),
            _ => assert!(account["users"]["u"].is_null()),
        }
    }
}

#[test]
fn thirty_days_before_a_note_says_so() {
    for (days, noted) in [(1, true), (30, true), (31, false)] {
        for (sentence, text, what) in spec(&day(days)) {
            let world = World::new("t");
            world.spec(&text);
            let ran = world.run("validate");
            assert_eq!(ran.code, 0, "{sentence}: {}", ran.text);
            assert_eq!(ran.text.contains("expires-soon") && ran.text.contains(what), noted, "{sentence}, {days}: {}", ran.text);
        }
    }
}

#[test]
fn a_day_is_a_day_and_the_printed_spec_keeps_it() {
    let world = World::new("t");
    world.spec(&format!("roles: {{r: {{{LAMBDA}, expires: soon}}}}\n"));
    let ran = world.run("validate");
    assert!(ran.code == 3 && ran.text.contains("`soon` is not a date"), "{}", ran.text);
    for (sentence, text, _) in spec(FUTURE) {
        world.spec(&text);
        let printed = world.run("render").text;
        assert!(printed.contains(FUTURE), "{sentence}: {printed}");
    }
    for (sentence, text, _) in spec(PAST) {
        world.spec(&text);
        let ran = world.run("render").text;
        // The note that follows the spec quotes the line that it is about.
        let (printed, note) = ran.split_once("\naccount ").unwrap();
        assert!(note.contains("[expired]"), "{sentence}: {ran}");
        let written = [format!("expires: {PAST}"), format!("expires: \"{PAST}\"")];
        assert!(!written.iter().any(|text| printed.contains(text)), "{sentence}: {printed}");
    }
}

#[test]
fn a_test_of_what_expired_is_skipped() {
    let world = World::new("t");
    world.spec(&format!(
        "roles: {{r: {{{LAMBDA}, expires: \"{PAST}\"}}}}\ntests: [{{name: n, principal: role/r, expect: {{denied: [{{action: s3:ListAllMyBuckets}}]}}}}]\n"
    ));
    let ran = world.run("test");
    assert!(ran.code == 0 && ran.text.contains("expired on"), "{}", ran.text);
}

#[test]
fn a_user_and_a_group_are_renamed_in_place() {
    let world = World::new("t");
    let user = |name: &str, more: &str| {
        format!(
            "users: {{{name}: {{create: true, managed_policies: [aws/AmazonSQSReadOnlyAccess], inline_policies: {{i: {{{DOCUMENT}}}}}{more}}}}}\n"
        )
    };
    let group =
        |name: &str, member: &str, more: &str| format!("groups: {{{name}: {{manage: exclusive, users: [{member}]{more}}}}}\n");
    let role = format!("roles: {{r: {{trust: [{{aws: user/NAME}}, {}}}}}\n", &LAMBDA[8..]);
    let all = |u: &str, g: &str, more: &str, gmore: &str| user(u, more) + &group(g, u, gmore) + &role.replace("NAME", u);
    world.applies(&all("ann", "devs", "", ""));
    let before = world.account();
    let renamed = all("anna", "engineers", ", path: /people/, renamed_from: ann", ", renamed_from: devs");
    world.spec(&renamed);
    let plan = world.run("plan --format json");
    // Standard error follows the document.
    let plan: serde_json::Value = serde_json::Deserializer::from_str(&plan.text).into_iter().next().unwrap().unwrap();
    let calls: Vec<&str> = plan["steps"].as_array().unwrap().iter().filter_map(|step| step["operation"].as_str()).collect();
    assert!(!calls.iter().any(|call| call.starts_with("Delete") || call.starts_with("Create")), "{calls:?}");
    for change in plan["access"].as_array().unwrap() {
        assert_ne!(change["verdict"], "new_access", "a renamed user gains nothing: {change}");
    }
    world.applies(&renamed);
    let after = world.account();
    assert_eq!(after["users"]["anna"]["id"], before["users"]["ann"]["id"]);
    assert_eq!(after["groups"]["engineers"]["id"], before["groups"]["devs"]["id"]);
    assert_eq!(after["users"]["anna"]["groups"], serde_json::json!(["engineers"]));
    assert!(after["users"]["ann"].is_null() && after["groups"]["devs"].is_null());
    assert!(after["roles"]["r"]["trust"].to_string().contains("user/people/anna"));
    // Once it is renamed the key says nothing any more.
    world.applies(&all("anna", "engineers", ", path: /people/", ""));
}

#[test]
fn what_stands_in_the_way_of_a_rename_is_said() {
    let rows = [
        ("declared too", "users: {a: {create: true}, b: {create: true, renamed_from: a}}\n", "declare too"),
        ("taken", "users: {c: {create: true, renamed_from: a}}\n", "already"),
        ("its own name", "users: {a: {create: true, renamed_from: A}}\n", "its name already"),
    ];
    for (sentence, text, says) in rows {
        let world = World::new("t");
        world.applies("users: {a: {create: true}, c: {create: true}}\n");
        world.spec(text);
        let ran = world.run("plan");
        assert!(ran.code != 0 && ran.text.contains(says), "{sentence}: {}", ran.text);
    }
    let world = World::new("other");
    world.applies("users: {a: {create: true}}\n");
    world.stack("t");
    world.spec("users: {b: {create: true, renamed_from: a}}\n");
    let ran = world.run("plan");
    assert!(ran.code == 1 && ran.text.contains("belongs to the stack `other`"), "{}", ran.text);
}

#[test]
fn a_saved_plan_names_what_was_renamed_since() {
    let world = World::new("t");
    world.applies("users: {a: {create: true}, keep: {create: true}}\n");
    world.spec("users: {a: {create: true, tags: {x: y}}, keep: {create: true}}\n");
    assert_eq!(world.run("plan --out plan.json").code, 0);
    world.applies("users: {b: {create: true, renamed_from: a}, keep: {create: true}}\n");
    let ran = world.run("apply --yes plan.json");
    assert!(ran.code == 5 && ran.text.contains("renamed to `user/b`"), "{}", ran.text);
}
