//! Service-linked roles: a service chooses the name of its role, and no rule yields it (iam-facts 2.6).
//!
//! The table was checked on 2026-11-29 against the guides of AWS's services in the state of June 2023, the last that AWS published at
//! <https://github.com/awsdocs>: a row counts as checked where one page of a guide names the role and its service principal. Rows of which no such
//! page was found are in [`UNCHECKED`]: they give the roles of an account in a file their names, and refuse nothing.

use crate::names::Name;

/// Service principal (of partition `aws`), role name, whether it takes a custom suffix. Sorted by principal.
const SERVICES: &[(&str, &str, bool)] = &[
    ("access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer", false),
    ("accountdiscovery.ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM_AccountDiscovery", false),
    ("airflow.amazonaws.com", "AWSServiceRoleForAmazonMWAA", false),
    ("appstream.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_AppStreamFleet", false),
    ("autoscaling-plans.amazonaws.com", "AWSServiceRoleForAutoScalingPlans_EC2AutoScaling", false),
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", true),
    ("backup.amazonaws.com", "AWSServiceRoleForBackup", false),
    ("batch.amazonaws.com", "AWSServiceRoleForBatch", false),
    ("cassandra.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_CassandraTable", false),
    ("channels.lexv2.amazonaws.com", "AWSServiceRoleForLexV2Channels", true),
    ("cks.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceCustomKeyStores", false),
    ("cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail", false),
    ("cloudwatch-crossaccount.amazonaws.com", "AWSServiceRoleForCloudWatchCrossAccount", false),
    ("comprehend.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ComprehendEndpoint", false),
    ("compute-optimizer.amazonaws.com", "AWSServiceRoleForComputeOptimizer", false),
    ("config.amazonaws.com", "AWSServiceRoleForConfig", false),
    ("connect.amazonaws.com", "AWSServiceRoleForAmazonConnect", true),
    ("controltower.amazonaws.com", "AWSServiceRoleForAWSControlTower", false),
    ("custom-resource.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_CustomResource", false),
    ("dax.amazonaws.com", "AWSServiceRoleForDAX", false),
    ("dynamodb.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable", false),
    ("ec2.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_EC2SpotFleetRequest", false),
    ("ec2fleet.amazonaws.com", "AWSServiceRoleForEC2Fleet", false),
    ("ec2scheduled.amazonaws.com", "AWSServiceRoleForEC2ScheduledInstances", false),
    ("ecs.amazonaws.com", "AWSServiceRoleForECS", false),
    ("ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService", false),
    ("eks-fargate.amazonaws.com", "AWSServiceRoleForAmazonEKSForFargate", false),
    ("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup", false),
    ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS", false),
    ("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache", false),
    ("elasticache.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG", false),
    ("elasticbeanstalk.amazonaws.com", "AWSServiceRoleForElasticBeanstalk", false),
    ("elasticfilesystem.amazonaws.com", "AWSServiceRoleForAmazonElasticFileSystem", false),
    ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing", false),
    ("elasticmapreduce.amazonaws.com", "AWSServiceRoleForEMRCleanup", false),
    ("email.cognito-idp.amazonaws.com", "AWSServiceRoleForAmazonCognitoIdpEmailService", false),
    ("es.amazonaws.com", "AWSServiceRoleForAmazonElasticsearchService", false),
    ("event-processor.health.amazonaws.com", "AWSServiceRoleForHealth_EventProcessor", false),
    ("events.amazonaws.com", "AWSServiceRoleForCloudWatchEvents", false),
    ("fms.amazonaws.com", "AWSServiceRoleForFMS", false),
    ("fsx.amazonaws.com", "AWSServiceRoleForAmazonFSx", false),
    ("globalaccelerator.amazonaws.com", "AWSServiceRoleForGlobalAccelerator", false),
    ("guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDuty", false),
    ("health.amazonaws.com", "AWSServiceRoleForHealth_Organizations", false),
    ("imagebuilder.amazonaws.com", "AWSServiceRoleForImageBuilder", false),
    ("inspector.amazonaws.com", "AWSServiceRoleForAmazonInspector", false),
    ("inspector2.amazonaws.com", "AWSServiceRoleForAmazonInspector2", false),
    ("ipam.amazonaws.com", "AWSServiceRoleForIPAM", false),
    ("kafka.amazonaws.com", "AWSServiceRoleForKafka", false),
    ("kafka.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_KafkaCluster", false),
    ("lambda.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency", false),
    ("lex.amazonaws.com", "AWSServiceRoleForLexBots", false),
    ("lexv2.amazonaws.com", "AWSServiceRoleForLexV2Bots", true),
    ("macie.amazonaws.com", "AWSServiceRoleForAmazonMacie", false),
    ("malware-protection.guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDutyMalwareProtection", false),
    ("member.org.stacksets.cloudformation.amazonaws.com", "AWSServiceRoleForCloudFormationStackSetsOrgMember", false),
    ("memorydb.amazonaws.com", "AWSServiceRoleForMemoryDB", false),
    ("mq.amazonaws.com", "AWSServiceRoleForAmazonMQ", false),
    ("mrk.kms.amazonaws.com", "AWSServiceRoleForKeyManagementServiceMultiRegionKeys", false),
    ("neptune.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_NeptuneCluster", false),
    ("network-firewall.amazonaws.com", "AWSServiceRoleForNetworkFirewall", false),
    ("networkmanager.amazonaws.com", "AWSServiceRoleForNetworkManager", false),
    ("observability.aoss.amazonaws.com", "AWSServiceRoleForAmazonOpenSearchServerless", false),
    ("opensearchservice.amazonaws.com", "AWSServiceRoleForAmazonOpenSearchService", false),
    ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway", false),
    ("opsinsights.ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM_OpsInsights", false),
    ("organizations.amazonaws.com", "AWSServiceRoleForOrganizations", false),
    ("ram.amazonaws.com", "AWSServiceRoleForResourceAccessManager", false),
    ("rds.amazonaws.com", "AWSServiceRoleForRDS", false),
    ("rds.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_RDSCluster", false),
    ("redshift.amazonaws.com", "AWSServiceRoleForRedshift", false),
    ("replicator.lambda.amazonaws.com", "AWSServiceRoleForLambdaReplicator", false),
    ("resource-explorer-2.amazonaws.com", "AWSServiceRoleForResourceExplorer", false),
    ("sagemaker.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint", false),
    ("securityhub.amazonaws.com", "AWSServiceRoleForSecurityHub", false),
    ("servicequotas.amazonaws.com", "AWSServiceRoleForServiceQuotas", false),
    ("shield.amazonaws.com", "AWSServiceRoleForAWSShield", false),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", false),
    ("spotfleet.amazonaws.com", "AWSServiceRoleForEC2SpotFleet", false),
    ("ssm-incidents.alarms.cloudwatch.amazonaws.com", "AWSServiceRoleForCloudWatchAlarms_ActionSSMIncidents", false),
    ("ssm.alarms.cloudwatch.amazonaws.com", "AWSServiceRoleForCloudWatchAlarms_ActionSSM", false),
    ("ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM", false),
    ("sso.amazonaws.com", "AWSServiceRoleForSSO", false),
    ("stacksets.cloudformation.amazonaws.com", "AWSServiceRoleForCloudFormationStackSetsOrgAdmin", false),
    ("support.amazonaws.com", "AWSServiceRoleForSupport", false),
    ("transitgateway.amazonaws.com", "AWSServiceRoleForVPCTransitGateway", false),
    ("trustedadvisor.amazonaws.com", "AWSServiceRoleForTrustedAdvisor", false),
    ("wafv2.amazonaws.com", "AWSServiceRoleForWAFV2Logging", false),
    ("workspaces.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_WorkSpacesPool", false),
];

/// Services whose row was found in no guide (see above): the name of the role may be another one, or the service may take suffixes. Sorted.
const UNCHECKED: &[&str] = &[
    "airflow.amazonaws.com",
    "autoscaling-plans.amazonaws.com",
    "ec2fleet.amazonaws.com",
    "ec2scheduled.amazonaws.com",
    "event-processor.health.amazonaws.com",
    "fsx.amazonaws.com",
    "globalaccelerator.amazonaws.com",
    "imagebuilder.amazonaws.com",
    "macie.amazonaws.com",
    "malware-protection.guardduty.amazonaws.com",
    "memorydb.amazonaws.com",
    "network-firewall.amazonaws.com",
    "networkmanager.amazonaws.com",
    "observability.aoss.amazonaws.com",
    "opensearchservice.amazonaws.com",
    "resource-explorer-2.amazonaws.com",
    "ssm-incidents.alarms.cloudwatch.amazonaws.com",
    "ssm.alarms.cloudwatch.amazonaws.com",
    "transitgateway.amazonaws.com",
    "workspaces.application-autoscaling.amazonaws.com",
];

/// The role name of a well-known service, and whether it takes a custom suffix; `None` where that was not checked.
pub fn known_service(service: &str) -> Option<(&'static str, Option<bool>)> {
    let found = SERVICES.binary_search_by(|(known, ..)| (*known).cmp(service)).ok()?;
    let checked = UNCHECKED.binary_search(&service).is_err();
    SERVICES.get(found).map(|(_, name, suffix)| (*name, checked.then_some(*suffix)))
}

/// A name for a service that is not in the table: its first label in camel case. Without an underscore, which would be a suffix.
pub fn derived_name(service: &str) -> String {
    let label = service.split('.').next().unwrap_or(service);
    let words = label.split(['-', '_']).map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    let name: String = std::iter::once("AWSServiceRoleFor".to_owned()).chain(words).collect();
    name.chars().take(64).collect()
}

/// Whether IAM refuses changes to roles under this path: service-linked and reserved (IAM Identity Center) roles (iam-facts 2.1.4).
pub fn is_reserved_path(path: &str) -> bool {
    path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/")
}

/// Whether the ARN of a role, or a pattern of such ARNs, means only roles that IAM lets nobody change.
pub fn is_reserved_role(arn: &str) -> bool {
    let mut fields = arn.splitn(6, ':');
    fields.nth(2) == Some("iam") && fields.nth(2).and_then(|resource| resource.strip_prefix("role")).is_some_and(is_reserved_path)
}

/// The service-linked role of a service (`SERVICE` or `SERVICE/SUFFIX`) among the roles under the service's path.
///
/// A suffix is all that follows the service's own name. Of a service that is not in the table, or that takes no suffix, a role that is alone
/// under the path is the service's, whatever it is called.
pub fn linked_role<'a>(key: &str, names: impl Iterator<Item = &'a Name>) -> Option<&'a Name> {
    let (service, suffix) = key.split_once('/').map_or((key, None), |(service, suffix)| (service, Some(suffix)));
    let names: Vec<&Name> = names.collect();
    let known = known_service(service);
    let called = |wanted: String| names.iter().find(|name| name.as_str().eq_ignore_ascii_case(&wanted)).copied();
    match (known, suffix) {
        (Some((base, takes_suffix)), Some(suffix)) => called(format!("{base}_{suffix}"))
            .or_else(|| names.iter().find(|name| takes_suffix.is_none() && after_the_name(name) == Some(suffix)).copied()),
        (Some((base, takes_suffix)), None) => {
            called(base.to_owned()).or_else(|| names.first().copied().filter(|_| takes_suffix != Some(true) && names.len() == 1))
        }
        (None, Some(suffix)) => names.iter().find(|name| after_the_name(name) == Some(suffix)).copied(),
        (None, None) => match names.as_slice() {
            [only] => Some(only),
            _ => names.iter().find(|name| after_the_name(name).is_none()).copied(),
        },
    }
}

/// The suffix of a role of a service that is not in the table: all that follows the first underscore.
fn after_the_name(name: &Name) -> Option<&str> {
    name.as_str().split_once('_').map(|(_, suffix)| suffix)
}

/// How a spec writes a role of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkedRoleRequest {
    /// Without a suffix: it is the service's only role, or the one without a suffix.
    Plain,
    /// With this suffix.
    Suffix(String),
}

/// How a spec writes a role of a service; `None` where the name leads back to no request that IAM would accept: the service takes no
/// suffix, and the role is not the one that it creates.
pub fn suffix_of<'a>(service: &str, role: &Name, names: impl Iterator<Item = &'a Name> + Clone) -> Option<LinkedRoleRequest> {
    if linked_role(service, names.clone()) == Some(role) {
        return Some(LinkedRoleRequest::Plain);
    }
    let suffix = match known_service(service) {
        Some((_, Some(false))) => None,
        Some((base, Some(true))) => role.as_str().get(base.len() + 1..),
        Some((base, None)) => role.as_str().strip_prefix(base).and_then(|rest| rest.strip_prefix('_')).or(after_the_name(role)),
        None => after_the_name(role),
    };
    let suffix = suffix.filter(|suffix| linked_role(&format!("{service}/{suffix}"), names.clone()) == Some(role));
    suffix.map(|suffix| LinkedRoleRequest::Suffix(suffix.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(SERVICES.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(UNCHECKED.windows(2).all(|w| w[0] < w[1]));
        assert!(UNCHECKED.iter().all(|service| SERVICES.iter().any(|(known, ..)| known == service)));
    }

    #[test]
    fn a_row_that_was_not_checked_says_nothing_about_suffixes() {
        assert_eq!(known_service("macie.amazonaws.com"), Some(("AWSServiceRoleForAmazonMacie", None)));
        let names = [Name::new("AWSServiceRoleForAmazonMacie"), Name::new("AWSServiceRoleForAmazonMacie_x")];
        let found = linked_role("macie.amazonaws.com/x", names.iter());
        assert_eq!(found, Some(&names[1]));
        assert_eq!(suffix_of("macie.amazonaws.com", &names[1], names.iter()), Some(LinkedRoleRequest::Suffix("x".to_owned())));
    }

    #[test]
    fn other_services_get_a_name_in_camel_case() {
        assert_eq!(derived_name("new-thing.amazonaws.com"), "AWSServiceRoleForNewThing");
        assert_eq!(known_service("spot.amazonaws.com"), Some(("AWSServiceRoleForEC2Spot", Some(false))));
        assert_eq!(known_service("new-thing.amazonaws.com"), None);
    }

    #[test]
    fn a_suffix_is_the_whole_remainder() {
        let found = |key: &str, names: &[&str]| {
            let names: Vec<Name> = names.iter().map(|n| Name::new(*n)).collect();
            linked_role(key, names.iter()).map(|n| n.as_str().to_owned())
        };
        let dark = "AWSServiceRoleForAutoScaling_dark_blue";
        assert_eq!(found("autoscaling.amazonaws.com/blue", &[dark]), None);
        assert_eq!(found("autoscaling.amazonaws.com/dark_blue", &[dark]).as_deref(), Some(dark));
        assert_eq!(found("autoscaling.amazonaws.com", &[dark]), None, "it takes suffixes, and this is another role");
        let health = "AWSServiceRoleForHealth_EventProcessor";
        assert_eq!(found("event-processor.health.amazonaws.com", &[health]).as_deref(), Some(health));
        assert_eq!(
            found("new-thing.amazonaws.com", &["AWSServiceRoleForNew_Thing"]).as_deref(),
            Some("AWSServiceRoleForNew_Thing")
        );
        assert_eq!(
            found("spot.amazonaws.com", &["AWSServiceRoleForSpotAsItIsCalledNow"]).as_deref(),
            Some("AWSServiceRoleForSpotAsItIsCalledNow")
        );
        let two = ["AWSServiceRoleForNew", "AWSServiceRoleForNew_a_b"];
        assert_eq!(found("new.amazonaws.com", &two).as_deref(), Some(two[0]));
        assert_eq!(found("new.amazonaws.com/b", &two), None);
    }

    #[test]
    fn only_a_suffix_that_iam_takes_is_written() {
        let names = [Name::new("AWSServiceRoleForAutoScaling"), Name::new("AWSServiceRoleForAutoScaling_a_b")];
        assert_eq!(suffix_of("autoscaling.amazonaws.com", &names[0], names.iter()), Some(LinkedRoleRequest::Plain));
        assert_eq!(
            suffix_of("autoscaling.amazonaws.com", &names[1], names.iter()),
            Some(LinkedRoleRequest::Suffix("a_b".to_owned()))
        );
        let spot = [Name::new("AWSServiceRoleForEC2Spot"), Name::new("AWSServiceRoleForEC2Spot_x")];
        assert_eq!(suffix_of("spot.amazonaws.com", &spot[1], spot.iter()), None);
    }
}
