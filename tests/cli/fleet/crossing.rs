//! Who of one account becomes strong in another: in `lint` and in the first line of a review.

use serde_json::Value;
use tempfile::TempDir;

use super::{files, run};

const PROJECT: &str = r#"version: 1
stack: s
default_account: hub
accounts:
  hub: {id: "111111111111", embedded: hub.json}
  org-1: {id: "222222222222", embedded: org-1.json}
  org-2: {id: "333333333333", embedded: org-2.json}
  org-3: {id: "444444444444", embedded: org-3.json}
  org-4: {id: "555555555555", embedded: org-4.json}
"#;

/// A hub role that may enter spokes as `enter` says, and a role that the spokes have: who may enter it, and what it may do.
fn specs(enter: &str, trust: &str, may: &str) -> String {
    format!(
        r#"version: 1
roles:
  deploy:
    accounts: [hub]
    trust: [{{service: ec2.amazonaws.com}}]
    inline_policies: {{Own: {{Version: "2012-10-17", Statement: [{enter}]}}}}
  entry:
    accounts: [hub]
    trust: [{{service: lambda.amazonaws.com}}]
    inline_policies:
      Own: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "iam:PassRole", Resource: "arn:aws:iam::${{account_id}}:role/deploy"}},
        {{Effect: Allow, Action: ["ec2:RunInstances"], Resource: "*"}}]}}
  spoke:
    accounts: ["org-*"]
    trust: [{trust}]
    inline_policies: {{Own: {{Version: "2012-10-17", Statement: [{may}]}}}}
"#
    )
}

const ENTER: &str = r#"{Effect: Allow, Action: "sts:AssumeRole", Resource: "arn:aws:iam::*:role/spoke"}"#;
const BY_HUB: &str = "{aws: account/hub/role/deploy}";
const READS: &str = r#"{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*"}"#;
const ALL: &str = r#"{Effect: Allow, Action: "*", Resource: "*"}"#;

fn tree(specs: &str) -> TempDir {
    files(&[("iamctl.yaml", PROJECT), ("specs/a.yaml", specs)])
}

/// The first line of a review, and its chains over accounts, marked as opened or closed.
fn review(base: &str, head: &str) -> (String, Vec<String>) {
    let (base, head) = (tree(base), tree(head));
    let (_, out, err) = run(head.path(), &["review", "--base", base.path().to_str().unwrap(), "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let chains = report["accounts"].as_array().unwrap().iter().flat_map(|account| account["chains"].as_array().unwrap());
    let across = chains.filter(|chain| chain["code"] == "cross-account-escalation");
    let sign = |chain: &Value| if chain["opened"] == true { "+" } else { "-" };
    let across = across.map(|chain| format!("{} {}", sign(chain), chain["message"].as_str().unwrap())).collect();
    (report["headline"].as_str().unwrap().to_owned(), across)
}

const WAY: &str = "`role/deploy` can become an administrator in 4 accounts (`org-1`, `org-2`, `org-3` and 1 more): \
                   `role/deploy` → `role/spoke` there";
const ENTRY: &str = "`role/entry` can become an administrator in 4 accounts (`org-1`, `org-2`, `org-3` and 1 more): \
                     `role/entry` → `role/deploy` (passed to `ec2`) → `role/spoke` there";

#[test]
fn a_hub_role_that_becomes_administrator_through_a_spoke_is_named_in_the_first_line() {
    let (reads, all) = (specs(ENTER, BY_HUB, READS), specs(ENTER, BY_HUB, ALL));
    let (headline, chains) = review(&reads, &all);
    assert!(headline.starts_with(&format!("Escalation: {}", WAY.split_once(':').unwrap().0)), "{headline}");
    assert_eq!(chains, [format!("+ {WAY}"), format!("+ {ENTRY}")]);
    let (_, chains) = review(&all, &reads);
    assert_eq!(chains, [format!("- {WAY}"), format!("- {ENTRY}")]);
    assert_eq!(review(&all, &all).1, [] as [String; 0]);
}

#[test]
fn both_sides_must_allow_the_step() {
    let all = specs(ENTER, BY_HUB, ALL);
    let statement = |resource: &str| format!(r#"{{Effect: Allow, Action: "sts:AssumeRole", Resource: "{resource}"}}"#);
    let of_account = |name: &str| statement(&format!("arn:aws:iam::${{accounts.{name}.id}}:role/*"));
    let deny = |what: &str| format!(r#"{ENTER}, {{Effect: Deny, Action: "sts:AssumeRole", Resource: "{what}"}}"#);
    for (sentence, base, accounts) in [
        ("who could not enter", specs(READS, BY_HUB, ALL), "4 accounts (`org-1`, `org-2`, `org-3` and 1 more)"),
        (
            "who could enter another role",
            specs(&statement("arn:aws:iam::*:role/other"), BY_HUB, ALL),
            "4 accounts (`org-1`, `org-2`, `org-3` and 1 more)",
        ),
        (
            "who was not let in",
            specs(ENTER, "{aws: account/hub/role/other}", ALL),
            "4 accounts (`org-1`, `org-2`, `org-3` and 1 more)",
        ),
        ("who could enter one account", specs(&of_account("org-1"), BY_HUB, ALL), "accounts `org-2`, `org-3`, `org-4`"),
        ("who was denied one account", specs(&deny("arn:aws:iam::${accounts.org-3.id}:role/*"), BY_HUB, ALL), "account `org-3`"),
    ] {
        let (_, chains) = review(&base, &all);
        let expected = format!("+ `role/deploy` can become an administrator in {accounts}: `role/deploy` → `role/spoke` there");
        assert_eq!(chains.first(), Some(&expected), "{sentence}");
    }
    // The whole account is let in: its principals need a permission of their own.
    let whole = "{aws: account/hub}";
    assert_eq!(
        review(&specs(READS, whole, ALL), &specs(READS, "{aws: [account/hub, '999999999999']}", ALL)).1,
        [] as [String; 0]
    );
    assert_eq!(review(&specs(ENTER, "{service: ec2.amazonaws.com}", ALL), &specs(ENTER, whole, ALL)).1.len(), 2);
    // An external id is known to whoever asks, and stops nobody; an organisation does.
    let external = r#"{aws: account/hub/role/deploy, external_id: "x"}"#;
    assert_eq!(review(&specs(ENTER, "{service: ec2.amazonaws.com}", ALL), &specs(ENTER, external, ALL)).1.len(), 2);
}

#[test]
fn lint_looks_at_the_accounts_together_and_a_waiver_counts() {
    let all = specs(ENTER, BY_HUB, ALL);
    let found = |specs: &str, args: &[&str]| {
        let directory = tree(specs);
        let (_, out, err) = run(directory.path(), &[&["lint", "--format", "json"], args].concat());
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let list = report["findings"].as_array().unwrap().clone();
        let of = |code: &str| {
            list.iter().filter(|f| f["code"] == code).map(|f| f["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (of("cross-account-escalation"), of("unused-waiver"))
    };
    assert_eq!(found(&all, &[]).0, [WAY, ENTRY]);
    assert_eq!(found(&all, &["--select", "hub", "--select", "org-2"]).0.len(), 2);
    assert_eq!(found(&all, &["--account", "hub"]).0, [] as [String; 0]);
    let waived = all.replace(
        "    trust: [{service: ec2.amazonaws.com}]\n",
        "    trust: [{service: ec2.amazonaws.com}]\n    waive: [{code: cross-account-escalation, reason: it deploys everywhere}]\n",
    );
    assert_eq!(found(&waived, &[]), (vec![ENTRY.to_owned()], vec![]));
    assert_eq!(found(&waived, &["--account", "hub"]), (vec![], vec![]));
}
