//! Guards, row by row: an account, a spec, and the refusals.

use std::fmt::Write;

use crate::diff::Context;
use crate::model::{Seen, Snapshot};
use crate::names::Name;
use crate::rows::{Row, account, check, refusals_of, settings, wanted};
use crate::scope::{PrincipalPattern, Settings};

/// `GUARD: the flag that lets it through`, each refusal.
fn refusals(snapshot: &Snapshot, spec: &str, change: impl FnOnce(&mut Settings)) -> Vec<String> {
    let mut settings = settings();
    change(&mut settings);
    let cx = Context { desired: &wanted(spec), snapshot, settings: &settings };
    let refused = refusals_of(&cx);
    refused.into_iter().map(|r| format!("{}: {}", r.guard, r.r#override.unwrap_or_default())).collect()
}

/// A spec of roles `r0`, `r1`, …
fn roles(numbers: std::ops::Range<usize>, more: &str) -> String {
    let mut out = "roles:\n".to_owned();
    for n in numbers {
        writeln!(out, "  r{n}: {{trust: TRUST{more}}}").unwrap();
    }
    out
}

const PLAIN: &[Row<'_>] = &[
    ("nothing to do is not refused", "roles: {app: {trust: TRUST}}", "roles: {app: {trust: TRUST}}", &[]),
    ("a new role is not refused", "", "roles: {app: {trust: TRUST}}", &[]),
    (
        "one role that goes is not refused",
        "roles: {app: {trust: TRUST}, other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &[],
    ),
    (
        "a protected role does not go",
        "roles: {app: {trust: TRUST, protect: true}, other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["protect: "],
    ),
    (
        "a protected policy does not go",
        "policies: {p: {document: <s3:*>, protect: true}}\nroles: {other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["protect: "],
    ),
    (
        "a protected role changes like any other",
        "roles: {app: {trust: TRUST, protect: true}}",
        "roles: {app: {trust: TRUST, protect: true, description: new}}",
        &[],
    ),
    (
        "a role goes with its own profile",
        "roles: {app: {trust: TRUST, instance_profile: true}, other: {trust: TRUST}}",
        "roles: {other: {trust: TRUST}}",
        &["max_deletes_percent: --max-deletes-percent 67"],
    ),
    (
        "a role that a staying trust names does not go",
        "roles: {app: {trust: TRUST}, other: {trust: [{aws: \"arn:aws:iam::111111111111:role/app\"}]}}",
        "roles: {other: {trust: [{aws: \"arn:aws:iam::111111111111:role/app\"}]}}",
        &["delete_unused_days: --allow-delete role/app"],
    ),
    (
        "a role whose last trust goes with it may go",
        "roles: {app: {trust: TRUST}, other: {trust: [{aws: \"arn:aws:iam::111111111111:role/app\"}]}}",
        "roles: {other: {trust: TRUST}}",
        &[],
    ),
];

#[test]
fn what_is_refused_without_a_flag() {
    check(PLAIN, |before, spec| refusals(&account(before), spec, |_| {}));
}

#[test]
fn deletions_up_to_the_limit() {
    let before = account(&roles(0..9, ""));
    let cases: &[(&str, usize, usize, &[&str])] = &[
        ("as many as the limit", 6, 3, &[]),
        ("one more than the limit", 5, 3, &["max_deletes: --max-deletes 4"]),
        ("one with a limit of none", 8, 0, &["max_deletes: --max-deletes 1"]),
        ("none with a limit of none", 9, 0, &[]),
    ];
    for (sentence, stay, limit, expected) in cases {
        let found = refusals(&before, &roles(0..*stay, ""), |s| s.guards.max_deletes = *limit);
        let found: Vec<String> = found.into_iter().filter(|r| r.starts_with("max_deletes:")).collect();
        assert_eq!(found, *expected, "{sentence}");
    }
}

#[test]
fn changes_as_a_share_of_what_is_owned() {
    let cases: &[(&str, usize, usize, &[&str])] = &[
        ("three of ten", 10, 3, &[]),
        ("four of ten", 10, 4, &["max_changes_percent: --max-changes-percent 40"]),
        ("four of thirteen are thirty and a bit", 13, 4, &["max_changes_percent: --max-changes-percent 31"]),
        ("all of nine: too few for a share", 9, 9, &[]),
    ];
    for (sentence, all, changed, expected) in cases {
        let before = account(&roles(0..*all, ""));
        let spec = roles(0..*changed, ", description: new") + roles(*changed..*all, "").trim_start_matches("roles:\n");
        let found = refusals(&before, &spec, |_| {});
        let found: Vec<String> = found.into_iter().filter(|r| r.starts_with("max_changes_percent:")).collect();
        assert_eq!(found, *expected, "{sentence}");
    }
}

#[test]
fn what_a_flag_lets_through() {
    let gone = "roles: {other: {trust: [{aws: \"arn:aws:iam::111111111111:role/app\"}]}}";
    let before = account(&format!("roles: {{app: {{trust: TRUST}}, {}", gone.trim_start_matches("roles: {")));
    let address = "role/app".parse().unwrap();
    assert_eq!(refusals(&before, gone, |_| {}), ["delete_unused_days: --allow-delete role/app"]);
    assert_eq!(refusals(&before, gone, |s| s.options.allow_delete.extend([address])), [""; 0]);
    let found = refusals(&before, gone, |s| s.options.destroy = true);
    assert_eq!(found, ["delete_unused_days: --allow-delete role/app"], "`destroy` obeys it too");
}

#[test]
fn a_role_in_use_does_not_go() {
    let cases = [
        ("never used", Some(None), false),
        ("used long ago", Some(Some("2020-01-01T00:00:00Z")), false),
        ("used a week ago", Some(Some("2027-01-08T08:00:00Z")), true),
        ("used at a date that cannot be read", Some(Some("yesterday")), true),
        ("not read", None, false),
    ];
    for (sentence, used, refused) in cases {
        let mut before = account("roles: {app: {trust: TRUST}, other: {trust: TRUST}}");
        let role = before.roles.get_mut(&Name::new("app")).unwrap();
        role.last_used = used.map_or(Seen::Unread, |when| Seen::Value(when.map(str::to_owned)));
        let found = refusals(&before, "roles: {other: {trust: TRUST}}", |_| {});
        assert_eq!(found.len(), usize::from(refused), "{sentence}: {found:?}");
    }
}

#[test]
fn who_is_never_changed() {
    let before = account("roles: {app: {trust: TRUST}}");
    let spec = "roles: {app: {trust: TRUST, description: new}}";
    let role = "arn:aws:iam::111111111111:role/app".to_owned();
    let cases: [(&str, &str, bool, bool); 5] = [
        ("nobody in particular", "arn:aws:iam::111111111111:root", false, false),
        ("a break-glass role", "arn:aws:iam::111111111111:root", true, true),
        ("the role that runs iamctl", "arn:aws:iam::111111111111:role/app", false, true),
        ("the role of the session that runs iamctl", "arn:aws:sts::111111111111:assumed-role/app/me", false, true),
        ("a role of another account", "arn:aws:sts::222222222222:assumed-role/app/me", false, false),
    ];
    for (sentence, caller, listed, refused) in cases {
        let found = refusals(&before, spec, |settings| {
            settings.caller_arn = caller.to_owned();
            settings.guards.break_glass.extend(listed.then(|| PrincipalPattern::parse(&role).unwrap()));
        });
        let expected: &[&str] = if refused { &["break_glass: --allow role/app"] } else { &[] };
        assert_eq!(found, expected, "{sentence}");
    }
}
