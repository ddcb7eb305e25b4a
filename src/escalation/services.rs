//! The names under which services take roles.

const DOMAINS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"];

/// The service whose roles are assumed with tokens of an identity pool, not by the service (Amazon Cognito Developer Guide, "IAM roles").
pub(super) const IDENTITY_POOLS: &str = "cognito-identity";

/// The principals under which a service of a way takes roles.
pub fn hosts(service: &str) -> Vec<String> {
    let own = [service];
    let names: &[&str] = match service {
        "ecs" => &["ecs-tasks", "ecs"],
        "apprunner" => &["tasks.apprunner", "build.apprunner"],
        "batch" => &["ecs-tasks", "batch"],
        "datapipeline" => &["datapipeline", "elasticmapreduce", "ec2"],
        "elasticbeanstalk" => &["ec2", "elasticbeanstalk"],
        "elasticmapreduce" => &["elasticmapreduce", "ec2"],
        "ec2" => &["ec2", "spotfleet"],
        // The profile of an infrastructure configuration belongs to the instance that builds.
        "imagebuilder" => &["ec2", "imagebuilder"],
        "iot" => &["credentials.iot"],
        "airflow" => &["airflow-env", "airflow"],
        "deadline" => &["credentials.deadline", "deadline"],
        _ => &own,
    };
    names.iter().flat_map(|name| DOMAINS.iter().map(move |domain| format!("{name}.{domain}"))).collect()
}
