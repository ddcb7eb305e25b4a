//! Specs from memory, resolved as the command line does it.

use iamctl::diag::Finding;
use iamctl::names::AccountId;
use iamctl::spec::source::Sources;
use iamctl::spec::vars::Vars;
use iamctl::spec::{AwsPolicies, Defaults, Project, ResolveContext, Resolved, UnknownAws, load, resolve};

/// A few AWS managed policies.
pub struct Known;

impl AwsPolicies for Known {
    fn arn_exists(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(["PowerUserAccess", "ReadOnlyAccess", "service-role/AWSBatchServiceRole"].into_iter())
    }
}

pub const ACCOUNT: &str = "012345678901";

/// Resolves files for the account `prod` of a project; `change` may set what the account gives.
pub fn resolved_with<'a>(
    files: &[(&str, &str)],
    vars: &'a Vars,
    defaults: &'a Defaults,
    change: impl FnOnce(&mut ResolveContext<'a>),
) -> Result<Resolved, Vec<Finding>> {
    let loaded = load(Sources::from_memory(files.iter().copied()));
    let mut context = ResolveContext {
        account_name: "prod",
        accounts: iamctl::fleet::Roster::none(),
        account_id: AccountId::parse(ACCOUNT).unwrap(),
        partition: "aws".to_owned(),
        region: "eu-west-1".to_owned(),
        caller_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/ops/caller")),
        stack: Some("ml".to_owned()),
        vars,
        defaults,
        snapshot: None,
        aws: &Known,
        unknown_aws: UnknownAws::Error,
        ownership_tag: "iamctl:stack",
        today: "2026-11-29".to_owned(),
    };
    change(&mut context);
    resolve(&loaded, &context)
}

/// The same without variables and defaults.
pub fn resolved(files: &[(&str, &str)]) -> Result<Resolved, Vec<Finding>> {
    resolved_with(files, &Vars::new(), &Defaults::default(), |_| {})
}

/// Variables as a project file gives them.
#[allow(dead_code, reason = "not every test has variables")]
pub fn vars(yaml: &str) -> Vars {
    let project = Project::parse("iamctl.yaml", &format!("vars:\n{yaml}"), std::path::Path::new(".")).unwrap();
    project.account("local").unwrap().vars
}

/// A problem as `LINE:COLUMN code: message`.
#[allow(dead_code, reason = "not every test reads messages")]
pub fn line(problem: &Finding) -> String {
    let place = problem.at.as_ref().map_or_else(String::new, |p| format!("{}:{} ", p.line, p.column));
    format!("{place}{}: {}", problem.code, problem.message)
}
