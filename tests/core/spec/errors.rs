//! What a person reads when a spec is wrong: every message with its place, the line shown, and the next move.

use std::collections::BTreeSet;
use std::fmt::Write;

use iamctl::diag::Finding;
use iamctl::names::AccountId;
use iamctl::spec::source::Sources;
use iamctl::spec::vars::Vars;
use iamctl::spec::{AwsPolicies, Defaults, ResolveContext, UnknownAws, load, resolve};

struct Known;
impl AwsPolicies for Known {
    fn arn_exists(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(["AmazonS3FullAccess", "ReadOnlyAccess", "service-role/AWSBatchServiceRole"].into_iter())
    }
}

fn problems(files: &[(&str, &str)]) -> Vec<Finding> {
    let loaded = load(Sources::from_memory(files.iter().copied()));
    let (vars, defaults) = (Vars::new(), Defaults::default());
    let context = ResolveContext {
        account_name: "local",
        accounts: iamctl::fleet::Roster::none(),
        account_id: AccountId::zero(),
        partition: "aws".to_owned(),
        region: "us-east-1".to_owned(),
        caller_arn: None,
        stack: None,
        vars: &vars,
        defaults: &defaults,
        snapshot: None,
        aws: &Known,
        unknown_aws: UnknownAws::Error,
        ownership_tag: "iamctl:stack",
        today: "2026-11-29".to_owned(),
    };
    match resolve(&loaded, &context) {
        Ok(resolved) => resolved.warnings,
        Err(problems) => problems,
    }
}

fn shown(files: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for d in problems(files) {
        let place = d.at.as_ref().map_or_else(String::new, ToString::to_string);
        writeln!(out, "{}[{}] {place}: {}", d.severity.word(), d.code, d.message).unwrap();
        if let Some(line) = d.source_line {
            writeln!(out, "  | {line}").unwrap();
        }
        for (what, place) in d.related {
            writeln!(out, "  {what}: {place}").unwrap();
        }
        if let Some(help) = d.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

const WRONG: &str = r#"version: 2
policies:
  BasicS3Policy:
    tagz: {a: b}
    document: {Version: 2012-10-17, Statement: []}
  no-document: {description: "snow ☃"}
  "bad name": {document: {}}
roles:
  app:
    managed_policies: [BasicS3Polic, ReadOnlyAccess, aws/AWSBatchServiceRole, nothing/like/it, aws/ReadOnlyAccess, aws/ReadOnlyAccess]
    max_session_duration: 5m
    permissions_boundary: aws/ReadOnlyAcces
    tags: {Team: a, team: b, "iamctl:stack": x, "aws:x": y}
    path: ml
    manage: exclusiv
  twice: {trust: [{service: ec2.amazonaws.com}], trust_document: {}}
  vars: {trust: [{aws: "${acount_id}"}, {service: "${var.x}"}, {service: "${account_id:x}"}, {aws: role/ci, source_account: "${stack}"}]}
  flag: {protect: maybe, trust: [{service: ec2.amazonaws.com}]}
users: [alice]
groups:
  g: {users: [alice, Alice]}
service_linked_roles: [{servic: x}, spot]
oidc_providers: {gitlab.com: {thumbprints: [abc]}}
saml_providers: {Corp: {}}
use: [{template: sagemaker/trainin}]
release: [role/app, rol/x]
tests:
  - {name: a, principal: role/ap, expect: {allowed: [{action: "s3:*"}, {resource: x}]}}
  - {name: b, assume: user/x, expect: {}}
"#;

const SECOND: &str = "roles:\n  App: {trust: [{service: ec2.amazonaws.com}]}\n---\nroles: [\n";

#[test]
fn all_problems_of_all_files_are_reported_at_once() {
    insta::assert_snapshot!(shown(&[("specs/a.yaml", WRONG), ("specs/b.yaml", SECOND)]));
}

#[test]
fn every_reported_code_has_a_page() {
    let own = iamctl::spec::codes::CODES.iter().map(|(code, _)| *code);
    let shared = iamctl::diag::pages::PAGES.into_iter().flatten().map(|page| page.code);
    let grammar = iamctl::policy::grammar::CODES.iter().map(|(code, _)| *code);
    let pages: BTreeSet<&str> = own.chain(shared).chain(grammar).collect();
    for problem in problems(&[("specs/a.yaml", WRONG), ("specs/b.yaml", SECOND)]) {
        assert!(pages.contains(problem.code.as_str()), "{}", problem.code);
    }
}
