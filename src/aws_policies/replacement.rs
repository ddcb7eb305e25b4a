//! What an author means who names an AWS managed policy that is not there.

use super::{AwsPolicy, data, find, strip};

/// Policies that AWS withdrew or renamed, with the one that AWS's own pages name in their place. Full names, as after `policy/`.
const SUCCESSORS: &[(&str, &str)] = &[
    ("AWSCodePipelineFullAccess", "AWSCodePipeline_FullAccess"),
    ("AWSCodePipelineReadOnlyAccess", "AWSCodePipeline_ReadOnlyAccess"),
    ("AWSConfigRole", "service-role/AWS_ConfigRole"),
    ("AWSConfigServiceRole", "service-role/AWS_ConfigRole"),
    ("AWSElasticBeanstalkFullAccess", "AdministratorAccess-AWSElasticBeanstalk"),
    ("AWSElasticBeanstalkReadOnlyAccess", "AWSElasticBeanstalkReadOnly"),
    ("AWSElasticBeanstalkService", "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"),
    ("AWSLambdaFullAccess", "AWSLambda_FullAccess"),
    ("AWSLambdaReadOnlyAccess", "AWSLambda_ReadOnlyAccess"),
    ("AmazonEC2ContainerServiceFullAccess", "AmazonECS_FullAccess"),
    ("AmazonElasticMapReduceFullAccess", "AmazonEMRFullAccessPolicy_v2"),
    ("AmazonElasticMapReduceReadOnlyAccess", "AmazonEMRReadOnlyAccessPolicy_v2"),
    ("AmazonGuardDutyFullAccess", "AmazonGuardDutyFullAccess_v2"),
    ("AmazonLaunchWizard_Fullaccess", "AmazonLaunchWizardFullAccessV2"),
    ("service-role/AWSConfigRole", "service-role/AWS_ConfigRole"),
    ("service-role/AWSLambdaReadOnlyAccess", "AWSLambda_ReadOnlyAccess"),
    ("service-role/AmazonEC2RoleforSSM", "AmazonSSMManagedInstanceCore"),
    ("service-role/AmazonElasticMapReduceRole", "service-role/AmazonEMRServicePolicy_v2"),
    (
        "service-role/AmazonMachineLearningRoleforRedshiftDataSource",
        "service-role/AmazonMachineLearningRoleforRedshiftDataSourceV3",
    ),
    (
        "service-role/AmazonMachineLearningRoleforRedshiftDataSourceV2",
        "service-role/AmazonMachineLearningRoleforRedshiftDataSourceV3",
    ),
];

/// Whether AWS is known to have had this policy and withdrawn it.
pub fn is_withdrawn(name_or_arn: &str) -> bool {
    let Some(full) = strip(name_or_arn) else { return false };
    find(full).is_none() && (data::withdrawn().iter().any(|n| n == full) || successor(full).is_some())
}

/// The policy that the author most likely means, as it stands after `aws/` in a spec: a known successor, then the same name under
/// another path or in another case, then the nearest name. `None` where nothing is near, and for a policy that exists.
pub fn nearest(name_or_arn: &str) -> Option<String> {
    let full = strip(name_or_arn)?;
    if find(full).is_some() {
        return None;
    }
    let name = full.rsplit('/').next().unwrap_or(full);
    let found = successor(full)
        .or_else(|| data::by_name(name))
        .or_else(|| same_letters(name))
        .or_else(|| next_version(name))
        .or_else(|| closest(name))?;
    Some(found.full_name())
}

fn successor(full: &str) -> Option<AwsPolicy> {
    let name = full.rsplit('/').next().unwrap_or(full);
    let of = |wanted: &str| SUCCESSORS.iter().find(|(old, _)| *old == wanted).and_then(|(_, new)| find(new));
    of(full).or_else(|| of(name)).or_else(|| of(&format!("service-role/{name}")))
}

/// Letters and digits alone, in lower case: `AWSLambda_FullAccess` and `awslambdafullaccess` are spelled alike.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn same_letters(name: &str) -> Option<AwsPolicy> {
    let wanted = letters(name);
    data::index().iter().find(|p| letters(p.name) == wanted).copied()
}

/// AWS withdraws `X` when `X_v2` is there.
fn next_version(name: &str) -> Option<AwsPolicy> {
    ["_v2", "V2", "Policy_v2", "_V2"].into_iter().find_map(|end| data::by_name(&format!("{name}{end}")))
}

/// The nearest name; those that can be attached go before those that cannot.
fn closest(name: &str) -> Option<AwsPolicy> {
    let wanted = letters(name);
    let allowed = (wanted.len() / 4).max(2);
    data::index()
        .iter()
        .map(|p| (strsim::damerau_levenshtein(&wanted, &letters(p.name)), p.is_for_service_linked_roles(), p))
        .filter(|(distance, ..)| *distance <= allowed)
        .min_by(|a, b| (a.0, a.1, a.2.name).cmp(&(b.0, b.1, b.2.name)))
        .map(|(.., p)| *p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_successor_exists_and_stands_for_something_gone() {
        let missing: Vec<_> =
            SUCCESSORS.iter().filter(|(old, new)| find(new).is_none() || old == new).map(|(old, _)| *old).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
