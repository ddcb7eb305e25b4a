//! A rendered spec says what the specs say, and rendering it again says it again.

use std::fmt::Write;

use iamctl::fleet::Member;
use iamctl::import::spec_text;
use iamctl::model::Desired;
use iamctl::spec::vars::Vars;
use iamctl::spec::{Defaults, Resolved, render};
use proptest::prelude::*;

use crate::support::specs::{line, resolved_with, vars};

fn text(resolved: &Resolved) -> String {
    spec_text(&render(resolved, &Member::named("prod")))
}

/// What is wanted, without the places where it is written.
fn wanted(desired: &Desired) -> String {
    let mut out = String::new();
    let all = format!("{desired:#?}");
    let mut rest = all.as_str();
    while let Some((before, after)) = rest.split_once("Place {") {
        out.push_str(before);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

fn same(files: &[(&str, &str)], vars: &Vars, defaults: &Defaults) -> Result<(), TestCaseError> {
    let resolved = |files: &[(&str, &str)], vars: &Vars, defaults: &Defaults| {
        resolved_with(files, vars, defaults, |_| {})
            .map_err(|found| TestCaseError::fail(format!("{:?}\n{files:#?}", found.iter().map(line).collect::<Vec<_>>())))
    };
    let original = resolved(files, vars, defaults)?;
    let once = text(&original);
    // Alone, and in the same project.
    for (vars, defaults) in [(&Vars::new(), &Defaults::default()), (vars, defaults)] {
        let again = resolved(&[("specs/rendered.yaml", &once)], vars, defaults)?;
        prop_assert_eq!(wanted(&again.desired), wanted(&original.desired), "{}", once);
        prop_assert_eq!(&text(&again), &once);
        prop_assert_eq!(again.tests.len(), original.tests.len());
    }
    for word in ["use:", "parts:", "fragments:", "each:", "_file:", "accounts:", "${param.", "${var.", "${each.", "${account"] {
        prop_assert!(!once.contains(word), "{}: {}", word, once);
    }
    Ok(())
}

const TEMPLATE: &str = "template: t
parameters:
  zones: {type: list}
  extra: {type: list, default: []}
  flag: {type: bool, default: false}
  more: {type: statements, default: []}
spec:
  roles:
    \"r-${param.name}\":
      description: \"$${literal} of ${account} in ${var.env}\"
      trust: [{service: ec2.amazonaws.com, source_account: \"${account_id}\"}]
      inline_policies:
        Own:
          Version: \"2012-10-17\"
          Statement:
            - {Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::${param.zones[*]}-${var.env}/$${aws:username}/*\"}
            - \"${param.more}\"
  tests: [{name: \"n ${param.name}\", principal: \"role/r-${param.name}\", expect: {denied: [{action: \"iam:CreateUser\"}]}}]
parts:
  - when: extra
    spec: {roles: {\"r-${param.name}\": {tags: {extra: \"yes\", number: 007, float: 1.50, word: True}, inline_policies: {Own: {Statement: [{Effect: Allow, Action: \"s3:PutObject\", Resource: [\"arn:aws:s3:::${param.zones[*]}/${param.extra[*]}\"]}]}}}}}
  - when: flag
    spec: {policies: {\"p-${param.name}\": {document: {Version: \"2012-10-17\", Statement: \"${fragment.Deny}\"}}}, roles: {\"r-${param.name}\": {managed_policies: [\"p-${param.name}\"]}}}
  - {accounts: [prod], spec: {roles: {\"r-${param.name}\": {tags: {in: \"${account}\"}}}}}
  - {accounts: [dev], spec: {roles: {\"r-${param.name}\": {tags: {in: other}}}}}
";

const FRAGMENTS: &str = "fragments:
  Tls: [{Effect: Deny, Action: \"s3:*\", Resource: \"*\", Condition: {Bool: {\"aws:SecureTransport\": false}}}]
  Deny: [\"${fragment.Tls}\", {Effect: Deny, Action: \"iam:*\", Resource: \"arn:aws:iam::${account_id}:*\"}]
";

fn list(items: &[u8]) -> String {
    let items: Vec<String> = items.iter().map(|i| format!("item-{i}")).collect();
    format!("[{}]", items.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rendered_is_what_was_meant(
        uses in prop::collection::vec((prop::collection::vec(0u8..6, 1..4), prop::collection::vec(0u8..6, 0..3), any::<bool>(), 0usize..3), 0..4),
        axes in prop::collection::vec(prop::collection::hash_set(0u8..9, 1..4), 0..3),
        (tags, path, boundary) in (any::<bool>(), any::<bool>(), any::<bool>()),
        accounts in prop::sample::select(vec!["[prod]", "[dev]", "[\"p*\", dev]"]),
    ) {
        let mut spec = FRAGMENTS.to_owned();
        writeln!(spec, "roles:\n  Plain: {{trust: [{{aws: role/r-u0}}], path: /own/, permissions_boundary: none, max_session_duration: 2h}}").unwrap();
        writeln!(spec, "  Split: {{accounts: [prod], trust_document_file: d/t.json, inline_policies: {{F: {{document_file: d/p.json}}}}}}").unwrap();
        writeln!(spec, "  split: {{accounts: [dev], trust: [{{service: ec2.amazonaws.com}}]}}").unwrap();
        writeln!(spec, "policies:\n  FromFile: {{document_file: d/p.json}}\nusers:\n  alice:\n  \"bob-${{var.env}}\": {{create: true}}").unwrap();
        writeln!(spec, "saml_providers: {{Corp: {{metadata_file: d/corp.xml}}}}\noidc_providers: {{\"https://gitlab.com\": {{client_ids: [a]}}}}").unwrap();
        writeln!(spec, "service_linked_roles: [spot.amazonaws.com]\nrelease: [role/old]").unwrap();
        writeln!(spec, "parts:\n  - {{accounts: {accounts}, spec: {{users: {{alice: {{tags: {{part: \"1\"}}}}}}, use: [{{template: t, name: part, with: {{zones: [z]}}}}]}}}}").unwrap();
        if !uses.is_empty() || !axes.is_empty() {
            spec.push_str("use:\n");
        }
        for (i, (zones, extra, flag, more)) in uses.iter().enumerate() {
            let more = ["[]", "\"${fragment.Deny}\"", "[{Effect: Allow, Action: \"sqs:*\", Resource: \"arn:aws:sqs:*:*:${var.env}\"}]"][*more];
            writeln!(spec, "  - {{template: t, name: u{i}, with: {{zones: {}, extra: {}, flag: {flag}, more: {more}}}}}", list(zones), list(extra)).unwrap();
        }
        if !axes.is_empty() {
            let mut name = "each".to_owned();
            let mut lists = Vec::new();
            for (i, axis) in axes.iter().enumerate() {
                write!(name, "-${{each.a{i}}}").unwrap();
                lists.push(format!("a{i}: {}", list(&axis.iter().copied().collect::<Vec<_>>())));
            }
            writeln!(spec, "  - {{template: t, name: \"{name}\", each: {{{}}}, with: {{zones: [\"${{each.a0}}\"]}}}}", lists.join(", ")).unwrap();
        }
        let metadata = format!("<EntityDescriptor>${{x}}{}</EntityDescriptor>\n", "y".repeat(1000));
        let files = [
            ("specs/a.yaml", spec.as_str()),
            ("specs/templates/t.yaml", TEMPLATE),
            ("specs/d/p.json", "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"arn:${partition}:s3:::${var.env}\"}]}"),
            ("specs/d/t.json", "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"${account_id}\"}, \"Action\": \"sts:AssumeRole\"}]}"),
            ("specs/d/corp.xml", metadata.as_str()),
        ];
        let defaults = Defaults {
            tags: if tags { [("team".to_owned(), "ml".to_owned()), ("stack-of".to_owned(), "${stack}".to_owned())].into() } else { Default::default() },
            path: path.then(|| "/team/".to_owned()),
            permissions_boundary: boundary.then(|| "FromFile".to_owned()),
            max_session_duration: boundary.then_some(7200),
            ..Defaults::default()
        };
        same(&files, &vars("  env: blue\n"), &defaults)?;
    }
}
