//! Parts, lists in texts, `each`, fragments, accounts: every construct, what it becomes, and what is said when it is wrong.

use std::fmt::Write;

use iamctl::diag::{Severity, USED_BY};
use iamctl::fleet::Roster;
use iamctl::names::Name;
use iamctl::spec::vars::Vars;
use iamctl::spec::{Defaults, ResolveContext, Resolved};
use serde_json::{Value, json};

use crate::support::specs::{line, resolved, resolved_with, vars};

const ACCOUNTS: [&str; 4] = ["aws", "dev", "local", "prod"];

fn known() -> Roster {
    Roster::of_names(ACCOUNTS)
}

fn of_account(files: &[(&str, &str)], account: &str, vars: &Vars) -> Result<Resolved, Vec<String>> {
    let known = known();
    let change = |context: &mut ResolveContext<'_>| {
        // The names live as long as the test.
        context.account_name = match ACCOUNTS.iter().find(|known| **known == account) {
            Some(name) => name,
            None => panic!("{account}"),
        };
        context.accounts = Box::leak(Box::new(known));
    };
    resolved_with(files, vars, &Defaults::default(), change).map_err(|found| found.iter().map(line).collect())
}

/// Problems of one template and one spec, as `FILE:LINE:COLUMN code: message / help`.
fn problems(template: &str, spec: &str) -> Vec<String> {
    let files = [("specs/templates/t.yaml", template), ("specs/a.yaml", spec)];
    let found = match resolved(&files) {
        Ok(resolved) => resolved.warnings,
        Err(found) => found,
    };
    let shown = found.iter().map(|problem| {
        let mut text = String::new();
        let place = problem.at.as_ref().map(ToString::to_string).unwrap_or_default();
        write!(text, "{place} {}: {}", problem.code, problem.message).unwrap();
        for (what, place) in problem.related.iter().filter(|(what, _)| what != USED_BY) {
            write!(text, " [{what} {place}]").unwrap();
        }
        assert!(problem.help.is_some() && problem.source_line.is_some(), "{problem:?}");
        text
    });
    shown.collect()
}

fn role(resolved: &Resolved, name: &str) -> Value {
    let role = &resolved.desired.roles[&Name::new(name)];
    json!({
        "trust": role.trust.value(),
        "inline": role.inline_policies.iter().map(|(n, d)| (n.clone(), d.value().clone())).collect::<serde_json::Map<_, _>>(),
    })
}

const HEAD: &str =
    "template: t\nparameters: {zones: {type: list}, extra: {type: list, default: []}, flag: {type: bool, default: false}}\n";

fn template(spec_and_parts: &str) -> String {
    format!("{HEAD}{spec_and_parts}")
}

const ROLE: &str = "spec:\n  roles:\n    \"r-${param.name}\":\n      trust: [{service: ec2.amazonaws.com}]\n      inline_policies:\n        Own:\n          Version: \"2012-10-17\"\n          Statement:\n            - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::lake-${param.zones[*]}/${param.name}/*\"}\n";

fn made(template: &str, with: &str) -> Result<Resolved, Vec<String>> {
    let spec = format!("use:\n  - {{template: t, name: x, with: {with}}}\n");
    resolved(&[("specs/templates/t.yaml", template), ("specs/a.yaml", &spec)]).map_err(|found| found.iter().map(line).collect())
}

#[test]
fn a_starred_list_makes_one_text_per_item() {
    let resource = |text: &str, with: &str| {
        let spec = format!(
            "spec: {{roles: {{\"${{param.name}}\": {{trust: [{{service: ec2.amazonaws.com}}], tags: {{t: \"${{param.flag}}${{param.name}}\"}}, inline_policies: {{P: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"s3:*\", Resource: {text}}}]}}}}}}}}}}\nparts: [{{when: extra, spec: {{}}}}]\n"
        );
        let resolved = made(&template(&spec), with).unwrap_or_else(|found| panic!("{text}: {found:?}"));
        role(&resolved, "x")["inline"]["P"]["Statement"][0]["Resource"].clone()
    };
    let zones = "{zones: [a, b]}";
    assert_eq!(resource("\"arn:aws:s3:::${param.zones[*]}\"", zones), json!(["arn:aws:s3:::a", "arn:aws:s3:::b"]));
    assert_eq!(
        resource("[\"arn:aws:s3:::z\", \"arn:aws:s3:::${param.zones[*]}/*\"]", zones),
        json!(["arn:aws:s3:::z", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]),
        "items join the list that the text stands in"
    );
    assert_eq!(
        resource("\"arn:aws:s3:::${param.zones[*]}-${param.extra[*]}\"", "{zones: [a, b], extra: [x, y]}"),
        json!(["arn:aws:s3:::a-x", "arn:aws:s3:::a-y", "arn:aws:s3:::b-x", "arn:aws:s3:::b-y"]),
        "the leftmost name changes slowest"
    );
    assert_eq!(
        resource("\"arn:aws:s3:::${param.zones[*]}/${param.zones[*]}/*\"", zones),
        json!(["arn:aws:s3:::a/a/*", "arn:aws:s3:::b/b/*"]),
        "one name is one item throughout"
    );
    assert_eq!(resource("\"arn:aws:s3:::${param.zones[*]}\"", "{zones: one}"), json!(["arn:aws:s3:::one"]));
    let with_vars = vars("  z: [a, b]\n");
    let spec = "roles: {r: {trust: [{aws: \"arn:aws:iam::111111111111:role/${var.z[*]}\"}], managed_policies: [\"arn:aws:iam::aws:policy/${var.z[*]}\"]}}";
    let found = resolved_with(&[("specs/a.yaml", spec)], &with_vars, &Defaults::default(), |_| {}).unwrap_err();
    assert_eq!(found.len(), 2, "the names are made, and AWS has none of them: {found:?}");
}

#[test]
fn a_part_adds_where_its_parameter_says_something() {
    let parts = "parts:\n  - when: extra\n    spec:\n      roles:\n        \"r-${param.name}\":\n          tags: {part: \"yes\"}\n          trust: [{service: lambda.amazonaws.com}]\n          inline_policies:\n            Own: {Statement: [{Effect: Allow, Action: \"s3:PutObject\", Resource: \"arn:aws:s3:::${param.extra[*]}/*\"}]}\n  - when: flag\n    spec:\n      policies:\n        \"p-${param.name}\": {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:ListAllMyBuckets\", Resource: \"*\"}]}}\n";
    let text = template(&format!("{ROLE}{parts}"));
    let without = made(&text, "{zones: [a]}").unwrap();
    assert_eq!(role(&without, "r-x")["inline"]["Own"]["Statement"].as_array().unwrap().len(), 1);
    assert!(without.desired.policies.is_empty());
    let with = made(&text, "{zones: [a], extra: [b], flag: true}").unwrap();
    let own = &role(&with, "r-x")["inline"]["Own"];
    assert_eq!(own["Statement"][1]["Resource"], json!(["arn:aws:s3:::b/*"]));
    assert_eq!(own["Version"], "2012-10-17");
    assert_eq!(role(&with, "r-x")["trust"]["Statement"].as_array().unwrap().len(), 2, "lists append");
    assert_eq!(with.desired.policies.len(), 1);
    assert!(made(&text, "{zones: [a], flag: false, extra: []}").unwrap().desired.policies.is_empty());
}

#[test]
fn a_lone_statement_is_a_list_of_one_and_never_merged_into_another() {
    let spec = "roles: {r: {trust: [{service: ec2.amazonaws.com}], inline_policies: {P: {Version: \"2012-10-17\", Statement: {Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}}}}}\nparts:\n  - accounts: [prod]\n    spec: {roles: {r: {inline_policies: {P: {Statement: {Effect: Deny, Action: \"s3:GetObject\", Resource: \"*\"}}}}}}\n";
    let resolved = resolved(&[("specs/a.yaml", spec)]).unwrap();
    let statements = role(&resolved, "r")["inline"]["P"]["Statement"].clone();
    assert_eq!(statements.as_array().unwrap().iter().map(|s| s["Effect"].clone()).collect::<Vec<_>>(), ["Allow", "Deny"]);
    let note = resolved.warnings.iter().find(|p| p.code == "deny-in-part").unwrap();
    assert_eq!((note.severity, note.at.as_ref().unwrap().line), (Severity::Note, 4));
}

#[test]
fn parts_uses_and_tests_hold_in_their_accounts() {
    let spec = "roles: {r: {trust: [{service: ec2.amazonaws.com}]}}\nparts:\n  - accounts: [prod]\n    spec:\n      roles: {r: {tags: {of: prod}}, only-prod: {trust: [{service: ec2.amazonaws.com}]}}\n      use: [{template: t, name: by-part}]\nuse:\n  - {template: t, name: by-use, accounts: [prod]}\n  - {template: t, name: \"each-${each.a}\", each: {a: [one, two]}, accounts: [\"de*\"]}\ntests:\n  - {name: a, principal: role/only-prod, expect: {denied: [{action: \"s3:GetObject\"}]}}\n  - {name: b, principal: role/r-by-use, expect: {denied: [{action: \"s3:GetObject\"}]}}\n  - {name: c, principal: role/r-each-one, expect: {denied: [{action: \"s3:GetObject\"}]}}\n  - {name: d, assume: role/r-by-part, expect: {denied: [{saml: X}]}}\n  - {name: e, principal: role/r, accounts: [dev], expect: {denied: [{action: \"s3:GetObject\"}]}}\n";
    let template = "template: t\nspec: {roles: {\"r-${param.name}\": {description: \"of ${account}\", trust: [{service: ec2.amazonaws.com}]}}}\n";
    let files = [("specs/templates/t.yaml", template), ("specs/a.yaml", spec)];
    let shown = |account: &str| {
        let resolved = of_account(&files, account, &Vars::new()).unwrap();
        let roles: Vec<&str> = resolved.desired.roles.keys().map(|name| name.as_str()).collect();
        let skipped: Vec<&str> = resolved.skipped_tests.iter().map(|test| test.name.as_str()).collect();
        (roles.join(" "), skipped.join(" "), resolved.tests.len())
    };
    assert_eq!(shown("prod"), ("only-prod r r-by-part r-by-use".to_owned(), "c e".to_owned(), 3));
    assert_eq!(shown("dev"), ("r r-each-one r-each-two".to_owned(), "a b d".to_owned(), 2));
    let skipped = of_account(&files, "dev", &Vars::new()).unwrap().skipped_tests;
    assert_eq!(skipped[0].why, "role/only-prod is not declared for account dev");
}

#[test]
fn what_other_accounts_have_needs_no_variables_here() {
    let spec = "roles:\n  r: {trust: [{aws: \"${var.who}\"}], max_session_duration: \"${var.time}\", accounts: [prod]}\n  s: {trust: [{aws: role/r}]}\n";
    let vars = Vars::from([
        ("who".to_owned(), iamctl::spec::vars::text_value("111111111111")),
        ("time".to_owned(), iamctl::spec::vars::text_value("2h")),
    ]);
    let declared = |account: &str, vars: &Vars| {
        of_account(&[("specs/a.yaml", spec)], account, vars).map(|resolved| resolved.desired.roles.len())
    };
    assert_eq!((declared("prod", &vars), declared("dev", &Vars::new())), (Ok(2), Ok(1)));
    let lacks = declared("prod", &Vars::new()).unwrap_err();
    assert!(lacks.iter().all(|problem| problem.contains("unknown variable")) && lacks.len() == 2, "{lacks:?}");
    let everywhere = of_account(&[("specs/a.yaml", &spec.replace(", accounts: [prod]", ""))], "dev", &Vars::new());
    assert_eq!(everywhere.unwrap_err().len(), 2);
}

#[test]
fn one_name_may_stand_in_two_files_for_disjoint_accounts() {
    let file = |accounts: &str, word: &str| {
        format!("roles: {{Deploy: {{accounts: [{accounts}], description: {word}, trust: [{{service: ec2.amazonaws.com}}]}}}}")
    };
    let both = |a: &str, b: &str, account: &str| {
        let (a, b) = (file(a, "first"), file(b, "second"));
        of_account(&[("specs/a.yaml", &a), ("specs/b.yaml", &b)], account, &Vars::new()).map(|resolved| {
            resolved.desired.roles.get(&Name::new("deploy")).map(|role| format!("{:?}", role.description)).unwrap_or_default()
        })
    };
    for account in ["prod", "dev", "local"] {
        let found = both("prod", "dev", account).unwrap();
        let word = match account {
            "prod" => "first",
            "dev" => "second",
            _ => "",
        };
        assert!(found.contains(word) && (account != "local" || found.is_empty()), "{account}: {found}");
        // The overlap is an error everywhere, not only where it bites.
        assert!(both("prod, \"d*\"", "dev", account).unwrap_err()[0].contains("declared twice"), "{account}");
    }
}

#[test]
fn fragments_hold_statements_and_each_other() {
    let spec = "fragments:\n  Tls: [{Effect: Deny, Action: \"s3:*\", Resource: \"arn:aws:s3:::${account_id}/*\", Condition: {Bool: {\"aws:SecureTransport\": false}}}]\n  Both: [\"${fragment.Tls}\", {Effect: Deny, Action: \"iam:*\", Resource: \"*\"}]\npolicies:\n  whole: {document: {Version: \"2012-10-17\", Statement: \"${fragment.Both}\"}}\n  item: {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}, \"${fragment.Tls}\"]}}\n  file: {document_file: d/p.json}\nuse: [{template: t, name: by-template, with: {more: \"${fragment.Tls}\"}}]\n";
    let file = "{\"Version\": \"2012-10-17\", \"Statement\": [\"${fragment.Both}\"]}";
    let template = "template: t\nparameters: {more: {type: statements}}\nspec: {policies: {\"${param.name}\": {document: {Version: \"2012-10-17\", Statement: [\"${param.more}\", \"${fragment.Both}\"]}}}}\n";
    let resolved = resolved(&[("specs/a.yaml", spec), ("specs/d/p.json", file), ("specs/templates/t.yaml", template)]);
    let resolved = resolved.unwrap_or_else(|found| panic!("{found:#?}"));
    let effects = |name: &str| {
        let document = resolved.desired.policies[&Name::new(name)].document.value().clone();
        document["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["Effect"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(effects("whole"), "Deny Deny");
    assert_eq!(effects("item"), "Allow Deny");
    assert_eq!(effects("file"), "Deny Deny");
    assert_eq!(effects("by-template"), "Deny Deny Deny");
    let first = &resolved.desired.policies[&Name::new("whole")].document.value()["Statement"][0];
    assert_eq!(first["Resource"], "arn:aws:s3:::012345678901/*");
}

#[test]
fn a_broken_fragment_is_one_error_wherever_it_is_used() {
    let spec = "fragments:\n  A: {Effect: Deny}\n  B: [\"${fragment.C}\"]\n  C: [\"${fragment.B}\"]\nuse: [{template: t, with: {more: \"${fragment.A}\"}}]\npolicies:\n  a: {document: {Version: \"2012-10-17\", Statement: \"${fragment.A}\"}}\n  b: {document: {Version: \"2012-10-17\", Statement: [\"${fragment.B}\"]}}\n";
    let template = "template: t\nparameters: {more: {type: statements}}\nspec: {policies: {\"${param.name}\": {document: {Version: \"2012-10-17\", Statement: [\"${param.more}\"]}}}}\n";
    let found = problems(template, spec);
    assert_eq!(
        found,
        [
            "specs/a.yaml:2:3 bad-fragment: fragment `A` is a mapping, not a list",
            "specs/a.yaml:4:7 fragment-cycle: fragments hold each other: `B` → `C` → `B` [the circle begins here specs/a.yaml:3:3]",
        ]
    );
}

#[test]
fn a_scope_whose_default_is_an_empty_list_is_optional() {
    let template = |default: &str| {
        format!(
            "template: t\nparameters: {{k: {{type: kms_keys{default}}}}}\nspec: {{roles: {{\"${{param.name}}\": {{trust: [{{service: ec2.amazonaws.com}}]}}}}}}\nparts: [{{when: k, spec: {{roles: {{\"${{param.name}}\": {{inline_policies: {{K: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: \"kms:Decrypt\", Resource: \"${{param.k}}\"}}]}}}}}}}}}}}}]\n"
        )
    };
    let optional = template(", default: []");
    let policies = |with: &str| role(&made(&optional, with).unwrap(), "x")["inline"].as_object().unwrap().len();
    assert_eq!((policies("{}"), policies("{k: []}"), policies("{k: \"*\"}")), (0, 0, 1));
    assert!(made(&template(""), "{k: []}").unwrap_err()[0].contains("at least one name"));
    assert!(made(&template(""), "{}").unwrap_err()[0].contains("needs the parameter"));
}

#[test]
fn every_construct_says_what_is_wrong_with_both_places() {
    let used = "use:\n  - {template: t, name: x, with: {zones: [a], extra: [b]}}\n";
    let table: Vec<(&str, String, &str, &[&str])> = vec![
        (
            "an unknown parameter in `when`",
            template(&format!("{ROLE}parts: [{{when: extr, spec: {{}}}}, {{when: flag, spec: {{}}}}]\n")),
            "{}",
            &[
                "specs/templates/t.yaml:2:35 unused-parameter: nothing in template `t` uses the parameter `extra`",
                "specs/templates/t.yaml:12:16 unknown-parameter: template `t` has no parameter `extr`",
            ],
        ),
        (
            "two parts that disagree",
            template(&format!("{ROLE}parts:\n  - {{when: extra, spec: {{roles: {{\"r-${{param.name}}\": {{description: one}}}}}}}}\n  - {{when: extra, spec: {{roles: {{\"r-${{param.name}}\": {{description: two}}}}}}}}\n  - {{when: flag, spec: {{}}}}\n")),
            used,
            &["specs/templates/t.yaml:14:54 part-conflict: this part says `description: two`, and specs/templates/t.yaml:13 says `one` (template `t`, used by `use` at specs/a.yaml:2) [the other value specs/templates/t.yaml:13:54]"],
        ),
        (
            "a part that is always there, one that nests, one with `when` in a spec",
            template(&format!("{ROLE}parts: [{{spec: {{}}}}, {{when: extra, spec: {{parts: []}}}}, {{when: flag, spec: {{}}}}]\n")),
            "parts:\n  - {when: prod, spec: {}}\n  - {spec: {}}\n  - {accounts: [prod], spec: {parts: [], version: 1}}\n",
            &[
                "specs/a.yaml:2:12 bad-part: `when` names a parameter, and only templates have parameters",
                "specs/a.yaml:3:5 bad-part: this part is always there",
                "specs/a.yaml:4:31 bad-part: a part may not hold `parts`",
                "specs/a.yaml:4:42 bad-part: a part may not hold `version`",
                "specs/templates/t.yaml:12:9 bad-part: this part is always there",
                "specs/templates/t.yaml:12:42 bad-template: a template's `spec` may not hold `parts`",
            ],
        ),
        (
            "a starred name where one text must stand",
            "template: t\nparameters: {z: {type: list}}\nspec:\n  roles:\n    \"${param.name}\":\n      description: \"for ${param.z[*]}\"\n      tags: {a: \"${param.z[*]}\"}\n      trust: [{service: ec2.amazonaws.com}]\n      inline_policies:\n        \"p-${param.z[*]}\": {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}]}\n        P: {Version: \"2012-10-17\", Statement: [{Effect: \"${param.z[*]}\", Action: \"s3:*\", Resource: \"*\"}]}\n".to_owned(),
            "use: [{template: t, name: x, with: {z: [a, b]}}]\n",
            &[
                "specs/templates/t.yaml:6:20 starred-name: `[*]` stands for a list, and this is one text (template `t`, used by `use` at specs/a.yaml:1)",
                "specs/templates/t.yaml:7:17 starred-name: `[*]` stands for a list, and this is one text (template `t`, used by `use` at specs/a.yaml:1)",
                "specs/templates/t.yaml:10:9 starred-name: `${param.z[*]}` stands for a list, and this is one text (template `t`, used by `use` at specs/a.yaml:1)",
                "specs/templates/t.yaml:11:57 starred-name: `${param.z[*]}` stands for a list, and this is one text (template `t`, used by `use` at specs/a.yaml:1)",
            ],
        ),
        (
            "a list inside a text",
            template(&ROLE.replace("[*]", "")).replace(", extra: {type: list, default: []}, flag: {type: bool, default: false}", ""),
            "use: [{template: t, name: x, with: {zones: [a]}}]\n",
            &["specs/templates/t.yaml:11:65 variable-type: `${param.zones}` is a list, which is not allowed inside a text (template `t`, used by `use` at specs/a.yaml:1)"],
        ),
        (
            "`each` without names, with an empty list, with a list twice, with too much, with other values",
            template(&format!("{ROLE}parts: [{{when: extra, spec: {{}}}}, {{when: flag, spec: {{}}}}]\n")),
            "use:\n  - {template: t, name: \"n-${each.a}\", each: {a: [x], b: [y]}, with: {zones: [z]}}\n  - {template: t, each: {a: [x]}, with: {zones: [z]}}\n  - {template: t, name: \"${each.a}\", each: {a: []}, with: {zones: [z]}}\n  - {template: t, name: \"${each.a}\", each: {a: [x, x]}, with: {zones: [z]}}\n  - {template: t, name: \"${each.a}\", each: {a: [{}]}, with: {zones: [z]}}\n  - {template: t, name: \"${each.a}\", each: {a: word}, with: {zones: [z]}}\n  - {template: t, name: n, each: {}, with: {zones: [z]}}\n  - {template: t, name: \"${each.b}\", with: {zones: [z]}}\n  - {template: t, name: \"m-${each.a}\", each: {a: [x]}, with: {zones: [\"${each.aa}\"]}}\n",
            &[
                "specs/a.yaml:2:25 each-name: `name` does not use `${each.b}`, so several instances would have one name [the list specs/a.yaml:2:55]",
                "specs/a.yaml:3:26 each-name: `name` does not use `${each.a}`, so several instances would have one name",
                "specs/a.yaml:4:45 each-empty: the list `a` is empty, so nothing would be made, and what was made is deleted",
                "specs/a.yaml:5:52 duplicate-entry: `x` is twice in the list `a` [first here specs/a.yaml:5:49]",
                "specs/a.yaml:6:49 wrong-type: expected text, found a mapping",
                "specs/a.yaml:7:45 wrong-type: `a` is text, not a list of texts",
                "specs/a.yaml:8:16 each-empty: `each` names no list",
                "specs/a.yaml:9:25 unknown-variable: unknown variable `${each.b}`",
                "specs/a.yaml:10:71 unknown-variable: unknown variable `${each.aa}` (for a=x)",
            ],
        ),
        (
            "fragments that are none",
            String::new(),
            "fragments:\n  A: [\"${fragment.B}\"]\n  B: [\"${fragment.A}\"]\n  C: {Effect: Deny}\n  D: [\"${fragment.X}\", text]\n  \"bad name\": []\nroles: {r: {trust: [{service: ec2.amazonaws.com}], description: \"${fragment.C}\", inline_policies: {P: {Version: \"2012-10-17\", Statement: [\"${fragment.Cc}\"]}}}}\n",
            &[
                "specs/a.yaml:3:7 fragment-cycle: fragments hold each other: `A` → `B` → `A` [the circle begins here specs/a.yaml:2:3]",
                "specs/a.yaml:4:3 bad-fragment: fragment `C` is a mapping, not a list",
                "specs/a.yaml:5:7 unknown-variable: unknown variable `${fragment.X}`",
                "specs/a.yaml:5:24 bad-fragment: expected a statement, found text",
                "specs/a.yaml:6:3 bad-name: `bad name` is not a name of a fragment",
                "specs/a.yaml:7:65 bad-fragment: `${fragment.C}` stands for policy statements",
                "specs/a.yaml:7:139 unknown-variable: unknown variable `${fragment.Cc}`",
            ],
        ),
        (
            "values of parameters",
            "template: t\nparameters: {b: {type: s3_buckets}, k: {type: kms_keys}, s: {type: statements}, f: {type: bool}}\nspec: {policies: {\"${param.name}\": {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: [\"${param.b}\", \"${param.k}\"]}, \"${param.s}\"]}}}}\nparts: [{when: f, spec: {}}]\n".to_owned(),
            "use:\n  - {template: t, name: a}\n  - {template: t, name: b, with: {b: [Bad Bucket, \"arn:aws:s3:::arn:aws:s3:::x\", \"arn:aws:sqs:us-east-1:1:q\"], k: \"*\", s: [], f: true}}\n  - {template: t, name: c, with: {b: [x/y], k: [alias/data, key/x, nonsense], s: text, f: maybe}}\n  - {template: t, name: d, with: {b: \"*\", k: \"*\", s: [{Effect: allow, Action: \"s3:*\", Resource: \"*\"}, text], f: false}}\n  - {template: t, name: e, with: {b: \"*\", k: \"*\", s: [{Effect: allow, Action: \"s3:*\", Resource: \"*\"}], f: false}}\n",
            &[
                "specs/a.yaml:2:5 missing-parameter: template `t` needs the parameter `b`",
                "specs/a.yaml:2:5 missing-parameter: template `t` needs the parameter `f`",
                "specs/a.yaml:2:5 missing-parameter: template `t` needs the parameter `k`",
                "specs/a.yaml:2:5 missing-parameter: template `t` needs the parameter `s`",
                "specs/a.yaml:3:39 bad-value: `Bad Bucket` is not the name of a bucket",
                "specs/a.yaml:3:51 bad-value: `arn:aws:s3:::arn:aws:s3:::x` is an ARN inside an ARN",
                "specs/a.yaml:3:82 bad-value: `arn:aws:sqs:us-east-1:1:q` is not an ARN of Amazon S3",
                "specs/a.yaml:4:39 bad-value: `x/y` is not the name of a bucket",
                "specs/a.yaml:4:49 bad-value: `alias/data` is an alias, and an alias as a resource does not mean its key",
                "specs/a.yaml:4:61 bad-value: `key/x` begins with `key/`",
                "specs/a.yaml:4:68 bad-value: `nonsense` is not the id of a KMS key",
                "specs/a.yaml:4:79 wrong-type: the parameter `s` is a list of statements, not text",
                "specs/a.yaml:4:88 wrong-type: the parameter `f` is `true` or `false`, not text",
                "specs/a.yaml:5:103 wrong-type: the parameter `s` is a list of statements, not a list with text",
                "specs/a.yaml:6:56 policy-legacy: `allow` is not an `Effect`",
            ],
        ),
    ];
    let mut wrong = String::new();
    for (what, template, spec, expected) in table {
        let found = problems(&template, spec);
        if found != expected {
            writeln!(wrong, "== {what}\n{}", found.join("\n")).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_fault_of_a_template_is_one_problem_however_often_it_is_used() {
    let template = "template: t\nspec:\n  roles:\n    \"${param.name}\":\n      trust: [{service: ec2.amazonaws.com}]\n      tagz: {}\n      managed_policies: [Missing]\n";
    let spec = "use:\n  - {template: t, name: a}\n  - {template: t, name: \"b-${each.x}-${each.y}\", each: {x: [\"1\", \"2\", \"3\"], y: [p, q]}}\n";
    assert_eq!(
        problems(template, spec),
        [
            "specs/templates/t.yaml:6:7 unknown-key: unknown key `tagz` (template `t`, used by `use` at specs/a.yaml:2 ×7)",
            "specs/templates/t.yaml:7:26 unknown-reference: no spec declares a policy `Missing` (template `t`, used by `use` at specs/a.yaml:2 ×7)",
        ]
    );
    // In JSON every use has its place, and a fault of a document names the document.
    let wrong = "template: t\nspec:\n  policies:\n    \"p-${param.name}\": {document: {Version: \"2012-10-17\", Statement: [{Effect: allow, Action: \"s3:*\", Resource: \"*\"}]}}\n";
    let twice = "use:\n  - {template: t, name: a}\n  - {template: t, name: b}\n";
    let found = resolved(&[("specs/templates/t.yaml", wrong), ("specs/a.yaml", twice)]).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.ends_with("in policy `p-a` (template `t`, used by `use` at specs/a.yaml:2 ×2)"), "{found:#?}");
    let place = |line: u32| json!({"what": USED_BY, "file": "specs/a.yaml", "line": line, "column": 5});
    assert_eq!(serde_json::to_value(&found[0]).unwrap()["related"], json!([place(2), place(3)]));
    // A fault of one combination names it; a fault of a value stands at the value.
    let template = "template: t\nparameters: {p: {type: list}, d: {type: string}}\nspec:\n  roles:\n    \"${param.name}\":\n      trust: [{service: ec2.amazonaws.com}]\n      max_session_duration: \"${param.d}h\"\n      managed_policies: [\"${param.p}\"]\n";
    let spec = "use:\n  - {template: t, name: \"b-${each.x}\", each: {x: [\"1\", \"20\", \"3\"]}, with: {d: \"${each.x}\", p: [aws/PowerUserAccess, Nope]}}\n";
    assert_eq!(
        problems(template, spec),
        [
            "specs/a.yaml:2:117 unknown-reference: no spec declares a policy `Nope`",
            "specs/templates/t.yaml:7:29 wrong-value: a session of 72000 seconds (template `t`, used by `use` at specs/a.yaml:2 for x=20)",
        ]
    );
}

#[test]
fn a_fault_of_a_value_names_the_combination_that_it_is_for() {
    let template = "template: t\nparameters: {d: {type: string}}\nspec: {roles: {\"${param.name}\": {trust: [{service: ec2.amazonaws.com}], max_session_duration: \"${param.d}\"}}}\n";
    let spec = "use:\n  - {template: t, name: \"r ${each.x}\", each: {x: [\"1\"]}, with: {d: 1h}}\n  - {template: t, name: \"r${each.x}-${each.y}\", each: {x: [\"1\", \"20\"], y: [\"\", \" \"]}, with: {d: \"${each.x}h\"}}\n";
    assert_eq!(
        problems(template, spec),
        [
            "specs/a.yaml:2:5 bad-name: a role's name may hold letters, digits and `_+=,.@-`, not ' ' (for x=1)",
            "specs/a.yaml:3:5 bad-name: a role's name may hold letters, digits and `_+=,.@-`, not ' ' (for x=1, y=  and 1 more)",
            "specs/a.yaml:3:97 wrong-value: a session of 72000 seconds (for x=20, y= and 1 more)",
        ]
    );
}

#[test]
fn a_template_that_nobody_uses_is_checked_and_its_open_values_are_not() {
    let good = "template: t\nparameters: {d: {type: string}, who: {type: string}, p: {type: list}, b: {type: s3_buckets}, s: {type: statements}, k: {type: string, enum: [Allow, Deny]}}\nspec:\n  roles:\n    \"${param.name}\":\n      path: \"${param.d}\"\n      max_session_duration: \"${param.d}\"\n      managed_policies: [\"${param.p}\", FromTheProject, \"${var.elsewhere}\"]\n      trust: [{aws: \"${param.who}\", source_account: \"${param.who}\"}, {principal: {AWS: \"${param.who}\"}}]\n      inline_policies: {P: {Version: \"2012-10-17\", Statement: [{Effect: \"${param.k}\", Action: \"${param.d}\", Resource: [\"${param.b}\", \"${param.d}\"]}, \"${param.s}\", \"${fragment.Theirs}\"]}}\n  tests:\n    - {name: n, principal: \"role/${param.name}\", expect: {denied: [{action: \"${param.d}\", resource: \"${param.d}\"}]}}\n    - {name: a, assume: \"role/${param.name}\", expect: {denied: [{aws: \"${param.who}\"}]}}\n";
    assert_eq!(problems(good, "{}"), Vec::<String>::new());
    let bad = "template: t\nparameters: {d: {type: string}}\nspec:\n  roles:\n    \"${param.name}\": {tagz: {}, description: \"${param.dd}\"}\n    other: {description: \"${param.d}\"}\nparts:\n  - when: d\n    spec: {policies: {p: {document: {Version: \"2012-10-17\", Statement: [{Effect: allow, Action: \"s3:*\", Resource: \"${param.d}\"}]}}}}\n";
    let found = problems(bad, "{}");
    let codes: Vec<&str> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "specs/templates/t.yaml:5:5 missing-key",
            "specs/templates/t.yaml:5:23 unknown-key",
            "specs/templates/t.yaml:5:46 unknown-variable",
            "specs/templates/t.yaml:6:5 missing-key",
            "specs/templates/t.yaml:9:74 policy-legacy",
        ],
        "{found:#?}"
    );
}

#[test]
fn hostile_sizes_come_to_an_end() {
    let list = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let role = "template: t\nparameters: {z: {type: list, default: []}}\nspec: {roles: {\"${param.name}\": {trust: [{service: ec2.amazonaws.com}], inline_policies: {P: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:*\", Resource: \"${param.z[*]}${param.z[*]}\"}]}}}}}\n";
    let each = |a: usize, b: usize| {
        format!("use: [{{template: t, name: \"${{each.a}}-${{each.b}}\", each: {{a: [{}], b: [{}]}}}}]\n", list(a), list(b))
    };
    assert!(problems(role, &each(40, 30))[0].contains("each-too-many: this creates 1200 instances; the maximum is 1000"));
    assert!(problems(role, &each(100_000, 100_000))[0].contains("each-too-many"));
    // A product of lists, and fragments that double each other.
    let product = format!(
        "template: t\nparameters: {{z: {{type: list}}, y: {{type: list}}}}\nspec: {{roles: {{\"${{param.name}}\": {{trust: [{{service: ec2.amazonaws.com}}], managed_policies: [\"{}\"]}}}}}}\n",
        "${param.z[*]}${param.y[*]}".repeat(50)
    );
    let used = format!("use: [{{template: t, with: {{z: [{0}], y: [{0}]}}}}]\n", list(2000));
    let found = problems(&product, &used);
    assert!(found[0].contains("too-large: this text stands for more than 1000 texts"), "{found:?}");
    let mut fragments = "fragments:\n  F0: [{Effect: Deny, Action: \"s3:*\", Resource: \"*\"}]\n".to_owned();
    for i in 1..31 {
        writeln!(fragments, "  F{i}: [\"${{fragment.F{0}}}\", \"${{fragment.F{0}}}\"]", i - 1).unwrap();
    }
    let found = resolved(&[("specs/a.yaml", &fragments)]).unwrap_err();
    assert!(found.iter().any(|p| p.code == "too-large"), "{found:?}");
    // Parts that all add to one mapping: the work is in proportion to what they add.
    let part = |i: usize| format!("  - {{when: f, spec: {{roles: {{\"${{param.name}}\": {{tags: {{k{i}: v}}}}}}}}}}\n");
    let parts: String = (0..1000).map(part).collect();
    let template = format!(
        "template: t\nparameters: {{f: {{type: bool, default: true}}}}\nspec: {{roles: {{\"${{param.name}}\": {{trust: [{{service: ec2.amazonaws.com}}]}}}}}}\nparts:\n{parts}"
    );
    assert!(problems(&template, "use: [{template: t, name: r}]\n")[0].contains("has 1000 tags"));
    let found = resolved(&[("specs/templates/t.yaml", &template), ("specs/a.yaml", &each(30, 30))]).unwrap_err();
    assert!(found.iter().any(|p| p.code == "too-large"), "{found:?}");
    // A large value put in again and again.
    let large = vars(&format!("  large: \"{}\"\n  list: [{}]\n", "x".repeat(1 << 20), list(20_000)));
    let many: String = (0..200).map(|i| format!("  r{i}: {{description: \"a${{var.large}}\", tags: {{a: \"${{var.large}}b\"}}, trust: [{{aws: \"${{var.list}}\"}}]}}\n")).collect();
    let found = resolved_with(&[("specs/a.yaml", &format!("roles:\n{many}"))], &large, &Defaults::default(), |_| {}).unwrap_err();
    assert!(found.iter().any(|p| p.code == "too-large"));
}
