//! Which accounts a project has, what groups say of them, how selections choose, and what is said of faults.

use serde_json::{Value, json};

use super::{files, run};

const PROJECT: &str = r#"version: 1
stack: s
default_account: hub
vars: {env: dev, tier: low}
accounts_from: {file: accounts.json, organization: o-abc, embedded: "state/${account}-${account_id}.json"}
groups:
  work: {ou: /Workloads, vars: {env: work, tier: high}, guards: {max_deletes: 5}}
  prod: {ou: /Workloads/Prod, vars: {env: prod}, wave: 3}
  canary: {accounts: ["sand*", "!sandbox-2"], wave: 1}
  off: {tags: {iamctl: "off"}, exclude: true}
accounts:
  org-1: {vars: {env: special}}
"#;

const ACCOUNTS: &str = r#"{"format_version": 1, "organization": {"id": "o-abc", "management_account": "000000000001"},
 "organizational_units": [{"id": "r-1", "path": "/"}, {"id": "ou-1", "path": "/Workloads"}, {"id": "ou-2", "path": "/Workloads/Prod"}],
 "accounts": [
  {"id": "000000000001", "name": "hub", "ou": "/", "state": "ACTIVE"},
  {"id": "000000000002", "name": "org-1", "ou": "/Workloads/Prod", "state": "ACTIVE"},
  {"id": "000000000003", "name": "org-2", "ou": "/Workloads/Prod", "state": "ACTIVE", "tags": {"team": "a"}},
  {"id": "000000000004", "name": "org-3", "ou": "/Workloads", "state": "ACTIVE", "tags": {"iamctl": "off"}},
  {"id": "000000000005", "name": "org-4", "ou": "/Workloads", "state": "SUSPENDED"},
  {"id": "000000000006", "name": "sandbox-1", "ou": "/Workloads", "state": "ACTIVE"},
  {"id": "000000000007", "name": "sandbox-2", "ou": "/Workloads", "state": "ACTIVE"}
 ]}"#;

const SPECS: &str = r#"version: 1
roles:
  spoke:
    accounts: ["ou:/Workloads", "!tag:team=a"]
    tags: {env: "${var.env}", tier: "${var.tier}"}
    trust: [{aws: [account/hub/role/ops/deploy, account/sandbox-1]}, {aws: "${accounts.hub.id}"}]
"#;

fn project(project: &str, accounts: &str, specs: &str) -> tempfile::TempDir {
    files(&[("iamctl.yaml", project), ("accounts.json", accounts), ("specs/a.yaml", specs)])
}

fn listed(args: &[&str]) -> Vec<Value> {
    let directory = project(PROJECT, ACCOUNTS, SPECS);
    let (code, out, err) = run(directory.path(), &[&["accounts", "--format", "json"], args].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str::<Value>(&out).unwrap()["accounts"].as_array().unwrap().clone()
}

#[test]
fn accounts_come_from_a_file_with_their_groups_and_waves() {
    let all = listed(&[]);
    let shown: Vec<String> =
        all.iter().map(|a| format!("{} {} {} {}", a["name"].as_str().unwrap(), a["ou"], a["wave"], a["groups"])).collect();
    assert_eq!(
        shown,
        [
            r#"hub "/" 2 []"#,
            r#"org-1 "/Workloads/Prod" 3 ["prod","work"]"#,
            r#"org-2 "/Workloads/Prod" 3 ["prod","work"]"#,
            r#"org-3 "/Workloads" 2 ["off","work"]"#,
            r#"org-4 "/Workloads" 2 ["work"]"#,
            r#"sandbox-1 "/Workloads" 1 ["canary","work"]"#,
            r#"sandbox-2 "/Workloads" 2 ["work"]"#,
        ]
    );
    assert_eq!(all[3]["left_out"], "the group `off` excludes it");
    assert_eq!(all[4]["left_out"], "its state in the organisation is SUSPENDED");
    assert_eq!(all[0]["left_out"], Value::Null);
}

#[test]
fn selections_choose_and_shards_divide() {
    let names = |args: &[&str]| listed(args).iter().map(|a| a["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ");
    assert_eq!(names(&["--select", "group:work", "--select", "!group:prod"]), "sandbox-1 sandbox-2");
    assert_eq!(names(&["--select", "!ou:/Workloads/Prod", "--select", "org-2"]), "hub org-2 sandbox-1 sandbox-2");
    let directory = project(PROJECT, ACCOUNTS, SPECS);
    let (_, out, _) = run(directory.path(), &["accounts", "--format", "json", "--shards", "3"]);
    let matrix: Value = serde_json::from_str(&out).unwrap();
    let total: u64 = matrix["include"].as_array().unwrap().iter().map(|job| job["accounts"].as_u64().unwrap()).sum();
    assert_eq!(total, 5, "{out}");
}

#[test]
fn specs_see_groups_and_other_accounts() {
    let directory = project(PROJECT, ACCOUNTS, SPECS);
    let rendered = |account: &str| run(directory.path(), &["render", "--account", account]).1;
    for (account, env, tier) in [("org-1", "special", "high"), ("sandbox-2", "work", "high")] {
        let text = rendered(account);
        assert!(text.contains(&format!("env: {env}\n")) && text.contains(&format!("tier: {tier}\n")), "{account}: {text}");
    }
    for account in ["hub", "org-2"] {
        assert_eq!(rendered(account), "version: 1\n", "{account}");
    }
    let (code, out, err) = run(directory.path(), &["plan", "--account", "org-1", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    let trust = plan["changes"][0]["fields"].as_array().unwrap().iter().find(|f| f["field"] == "trust").unwrap();
    let statements = &trust["after"]["Statement"];
    assert_eq!(
        statements[0]["Principal"]["AWS"],
        json!(["arn:aws:iam::000000000001:role/ops/deploy", "arn:aws:iam::000000000006:root"])
    );
    assert!(err.contains("state/org-1-000000000002.json"), "{err}");
}

#[test]
fn all_accounts_are_validated_unless_some_are_chosen() {
    let broken = SPECS.replace("env: \"${var.env}\"", "env: \"${var.env}\", x: \"${accounts.nobody.id}\"");
    let directory = project(PROJECT, ACCOUNTS, &broken);
    let (code, _, err) = run(directory.path(), &["validate"]);
    assert_eq!(code, 3);
    assert!(err.contains("accounts `hub`, `org-1`, `org-2`, `sandbox-1`, `sandbox-2`: all of the project"), "{err}");
    let sound = project(PROJECT, ACCOUNTS, SPECS);
    let (code, out, err) = run(sound.path(), &["validate", "--select", "group:prod"]);
    assert_eq!((code, out.as_str()), (0, "The specs are valid: 1 entity for account `org-1`, 0 entities for account `org-2`.\n"));
    assert!(err.contains("accounts `org-1`, `org-2`, chosen by --select"), "{err}");
}

/// Sentence; what is changed in the project file, the accounts file and the specs; the arguments; and the first line of what is said.
type Fault = (&'static str, [(&'static str, &'static str); 3], &'static [&'static str], i32, &'static str);

const FAULTS: &[Fault] = &[
    (
        "an unknown group",
        [("", ""); 3],
        &["validate", "--select", "group:prd"],
        64,
        "error: `--select group:prd`: no group is called `prd`",
    ),
    (
        "an unknown account",
        [("", ""); 3],
        &["validate", "--select", "org-9"],
        64,
        "error: `--select org-9`: no account is called `org-9`",
    ),
    (
        "a unit that is not there",
        [("", ""); 3],
        &["lint", "--select", "ou:/Work"],
        64,
        "error: `--select ou:/Work`: no account is in the organisational unit `/Work`",
    ),
    (
        "both flags",
        [("", ""); 3],
        &["lint", "--select", "all", "--account", "hub"],
        64,
        "error: `--account` and `--select` choose accounts both",
    ),
    (
        "an account that is left out",
        [("", ""); 3],
        &["validate", "--account", "org-3"],
        64,
        "error: the account `org-3` is left out: the group `off` excludes it",
    ),
    ("only accounts that are left out", [("", ""); 3], &["validate", "--select", "org-4"], 64, "error: no account is selected"),
    (
        "a group in a spec",
        [("", ""), ("", ""), ("!tag:team=a", "group:prd")],
        &["validate"],
        3,
        "specs/a.yaml:4:33: error[unknown-group]: no group is called `prd`",
    ),
    (
        "a wrong word in a spec",
        [("", ""), ("", ""), ("!tag:team=a", "unit:x")],
        &["validate"],
        3,
        "specs/a.yaml:4:33: error[bad-selector]: `unit:x`: accounts are not selected by `unit`",
    ),
    (
        "a contradiction at one depth",
        [("  off:", "  b: {accounts: [sandbox-1], wave: 4}\n  off:"), ("", ""), ("", "")],
        &["validate"],
        3,
        "iamctl.yaml:9:53: error[group-conflict]: the groups `b` and `canary` set `wave` differently, and the account `sandbox-1` is in both",
    ),
    (
        "a unit of a group",
        [("ou: /Workloads/Prod", "ou: /Workloads/Prd"), ("", ""), ("", "")],
        &["validate"],
        3,
        "iamctl.yaml:8:14: error[unknown-ou]: no account is in the organisational unit `/Workloads/Prd`",
    ),
    (
        "another organisation",
        [("", ""), ("o-abc", "o-xyz"), ("", "")],
        &["validate"],
        3,
        "iamctl.yaml:5:52: error[bad-accounts-file]: the accounts file is of the organisation `o-xyz`, and the project is for `o-abc`",
    ),
    (
        "a unit that is not listed",
        [("", ""), (r#""ou": "/", "state""#, r#""ou": "/Else", "state""#), ("", "")],
        &["validate"],
        3,
        "accounts.json:4:47: error[bad-accounts-file]: the organisational unit `/Else` of `hub` is not listed",
    ),
    (
        "a unit without the one above",
        [("", ""), (r#"{"id": "ou-1", "path": "/Workloads"}, "#, ""), ("", "")],
        &["validate"],
        3,
        "accounts.json:2:78: error[bad-accounts-file]: the unit above `/Workloads/Prod` is missing",
    ),
    (
        "an id twice",
        [("", ""), ("000000000003", "000000000002"), ("", "")],
        &["validate"],
        3,
        "accounts.json:6:10: error[bad-accounts-file]: the account `000000000002` occurs here twice",
    ),
    (
        "a name twice",
        [("", ""), ("org-2", "org-1"), ("", "")],
        &["validate"],
        3,
        "accounts.json:6:34: error[bad-accounts-file]: two accounts are called `org-1`",
    ),
    (
        "an id that is none",
        [("", ""), ("000000000003", "3"), ("", "")],
        &["validate"],
        3,
        "accounts.json:6:10: error[bad-account-id]: `3` is not an account id",
    ),
    (
        "a file that is missing",
        [("accounts.json", "accounts.jsn"), ("", ""), ("", "")],
        &["validate"],
        3,
        "iamctl.yaml:5:23: error[unreadable-file]: the accounts file `accounts.jsn` ",
    ),
    (
        "another id by hand",
        [("org-1: {vars", "org-1: {id: \"000000000009\", vars"), ("", ""), ("", "")],
        &["validate"],
        3,
        "iamctl.yaml:12:15: error[duplicate-account]: the account `org-1` has the id 000000000009 here and 000000000002 in the accounts file",
    ),
    (
        "one account and stack, two sets of specs",
        [
            (
                "  org-1: {vars",
                "  a: {id: \"111111111111\", specs: [a]}\n  b: {id: \"111111111111\", specs: [b]}\n  org-1: {vars",
            ),
            ("", ""),
            ("", ""),
        ],
        &["validate"],
        3,
        "iamctl.yaml:13:3: error[duplicate-account]: `a` and `b` are one account and one stack with different specs: each would delete what the other declares",
    ),
];

#[test]
fn faults_are_told_with_their_place_and_nothing_is_done() {
    let mut wrong = Vec::new();
    for (name, [in_project, in_accounts, in_specs], args, expected, line) in FAULTS {
        let changed = |text: &str, (from, to): &(&str, &str)| {
            assert!(text.contains(from), "{name}: {from}");
            text.replacen(from, to, 1)
        };
        let directory = project(&changed(PROJECT, in_project), &changed(ACCOUNTS, in_accounts), &changed(SPECS, in_specs));
        let (code, out, err) = run(directory.path(), args);
        let said = flat(&format!("{out}{err}"));
        if code != *expected || !said.iter().any(|said| said.starts_with(line)) {
            wrong.push(format!("{name}: {code}\n  wanted {line}\n  {}", said.join("\n  ")));
        }
        assert!(!directory.path().join("state").exists(), "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is said, one line for each problem, the place before it.
fn flat(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let place = |i: usize| lines.get(i + 1).and_then(|next| next.trim_start().strip_prefix("--> "));
    let told = |(i, line): (usize, &&str)| match place(i) {
        Some(place) => format!("{place}: {line}"),
        None => (*line).to_owned(),
    };
    lines.iter().enumerate().map(told).collect()
}
