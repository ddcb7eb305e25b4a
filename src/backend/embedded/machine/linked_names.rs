//! The names that services give their roles: a service's own choice that no rule yields (iam-facts 2.6).

/// Service principal (of partition `aws`), role name, whether it takes a custom suffix. Sorted by principal.
const SERVICES: &[(&str, &str, bool)] = &[
    ("access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer", false),
    ("appstream.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_AppStreamFleet", false),
    ("autoscaling-plans.amazonaws.com", "AWSServiceRoleForAutoScalingPlans_EC2AutoScaling", false),
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", true),
    ("backup.amazonaws.com", "AWSServiceRoleForBackup", false),
    ("batch.amazonaws.com", "AWSServiceRoleForBatch", false),
    ("cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail", false),
    ("cloudwatch-crossaccount.amazonaws.com", "AWSServiceRoleForCloudWatchCrossAccount", false),
    ("compute-optimizer.amazonaws.com", "AWSServiceRoleForComputeOptimizer", false),
    ("config.amazonaws.com", "AWSServiceRoleForConfig", false),
    ("connect.amazonaws.com", "AWSServiceRoleForAmazonConnect", true),
    ("dax.amazonaws.com", "AWSServiceRoleForDAX", false),
    ("dynamodb.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable", false),
    ("ec2.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_EC2SpotFleetRequest", false),
    ("ec2fleet.amazonaws.com", "AWSServiceRoleForEC2Fleet", false),
    ("ecs.amazonaws.com", "AWSServiceRoleForECS", false),
    ("ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService", false),
    ("eks-fargate.amazonaws.com", "AWSServiceRoleForAmazonEKSForFargate", false),
    ("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup", false),
    ("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS", false),
    ("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache", false),
    ("elasticbeanstalk.amazonaws.com", "AWSServiceRoleForElasticBeanstalk", false),
    ("elasticfilesystem.amazonaws.com", "AWSServiceRoleForAmazonElasticFileSystem", false),
    ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing", false),
    ("elasticmapreduce.amazonaws.com", "AWSServiceRoleForEMRCleanup", false),
    ("es.amazonaws.com", "AWSServiceRoleForAmazonElasticsearchService", false),
    ("fms.amazonaws.com", "AWSServiceRoleForFMS", false),
    ("globalaccelerator.amazonaws.com", "AWSServiceRoleForGlobalAccelerator", false),
    ("guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDuty", false),
    ("inspector.amazonaws.com", "AWSServiceRoleForAmazonInspector", false),
    ("inspector2.amazonaws.com", "AWSServiceRoleForAmazonInspector2", false),
    ("kafka.amazonaws.com", "AWSServiceRoleForKafka", false),
    ("lambda.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency", false),
    ("lex.amazonaws.com", "AWSServiceRoleForLexBots", false),
    ("lexv2.amazonaws.com", "AWSServiceRoleForLexV2Bots", true),
    ("macie.amazonaws.com", "AWSServiceRoleForAmazonMacie", false),
    ("mq.amazonaws.com", "AWSServiceRoleForAmazonMQ", false),
    ("opensearchservice.amazonaws.com", "AWSServiceRoleForAmazonOpenSearchService", false),
    ("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway", false),
    ("organizations.amazonaws.com", "AWSServiceRoleForOrganizations", false),
    ("rds.amazonaws.com", "AWSServiceRoleForRDS", false),
    ("rds.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_RDSCluster", false),
    ("redshift.amazonaws.com", "AWSServiceRoleForRedshift", false),
    ("replicator.lambda.amazonaws.com", "AWSServiceRoleForLambdaReplicator", false),
    ("sagemaker.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint", false),
    ("securityhub.amazonaws.com", "AWSServiceRoleForSecurityHub", false),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", false),
    ("spotfleet.amazonaws.com", "AWSServiceRoleForEC2SpotFleet", false),
    ("ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM", false),
    ("sso.amazonaws.com", "AWSServiceRoleForSSO", false),
    ("support.amazonaws.com", "AWSServiceRoleForSupport", false),
    ("transitgateway.amazonaws.com", "AWSServiceRoleForVPCTransitGateway", false),
    ("trustedadvisor.amazonaws.com", "AWSServiceRoleForTrustedAdvisor", false),
];

/// The role name of a well-known service, and whether it takes a custom suffix.
pub(super) fn known_service(service: &str) -> Option<(&'static str, bool)> {
    let found = SERVICES.binary_search_by(|(known, ..)| (*known).cmp(service)).ok()?;
    SERVICES.get(found).map(|(_, name, suffix)| (*name, *suffix))
}

/// A name for a service that is not in the table: its first label in camel case. Without an underscore, which would be a suffix.
pub(super) fn derived_name(service: &str) -> String {
    let label = service.split('.').next().unwrap_or(service);
    let words = label.split(['-', '_']).map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    let name: String = std::iter::once("AWSServiceRoleFor".to_owned()).chain(words).collect();
    name.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(SERVICES.windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn other_services_get_a_name_in_camel_case() {
        assert_eq!(derived_name("new-thing.amazonaws.com"), "AWSServiceRoleForNewThing");
        assert_eq!(known_service("spot.amazonaws.com"), Some(("AWSServiceRoleForEC2Spot", false)));
        assert_eq!(known_service("new-thing.amazonaws.com"), None);
    }
}
