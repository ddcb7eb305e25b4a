//! What the binary knows of AWS managed policies, for references in specs.

use std::sync::OnceLock;

use crate::aws_policies;
use crate::spec::AwsPolicies;

/// The embedded set.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownPolicies;

fn names() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| aws_policies::all().iter().map(aws_policies::AwsPolicy::full_name).collect())
}

impl AwsPolicies for KnownPolicies {
    fn arn_exists(&self, name: &str) -> bool {
        aws_policies::find(name).is_some()
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(names().iter().map(String::as_str))
    }

    fn nearest(&self, name: &str) -> Option<String> {
        aws_policies::nearest(name)
    }
}
