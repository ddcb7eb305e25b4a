//! Roles passed to services: what starts something that runs as a role, and under which names services take roles.

use crate::policy::pattern::Pattern;

/// A way to run something as a role that one passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The service.
    pub service: &'static str,
    /// Actions that are needed beside `iam:PassRole`, space between them.
    pub actions: &'static str,
}

const fn start(service: &'static str, actions: &'static str) -> Start {
    Start { service, actions }
}

/// The shortest known ways (iam-facts 7.5). What the new thing is called does not matter: the caller chooses the name.
pub const STARTS: &[Start] = &[
    start("ec2", "ec2:RunInstances"),
    start("ec2", "ec2:RequestSpotInstances"),
    start("ec2", "ec2:AssociateIamInstanceProfile"),
    start("ec2", "ec2:ReplaceIamInstanceProfileAssociation"),
    start("ec2", "autoscaling:CreateAutoScalingGroup autoscaling:CreateLaunchConfiguration"),
    start("ec2", "autoscaling:CreateAutoScalingGroup ec2:CreateLaunchTemplate"),
    start("lambda", "lambda:CreateFunction lambda:InvokeFunction"),
    start("lambda", "lambda:CreateFunction lambda:AddPermission"),
    start("lambda", "lambda:CreateFunction lambda:CreateFunctionUrlConfig"),
    start("lambda", "lambda:CreateFunction lambda:CreateEventSourceMapping"),
    start("lambda", "lambda:UpdateFunctionConfiguration lambda:UpdateFunctionCode"),
    start("cloudformation", "cloudformation:CreateStack"),
    start("cloudformation", "cloudformation:CreateStackSet cloudformation:CreateStackInstances"),
    start("cloudformation", "cloudformation:UpdateStackSet"),
    start("glue", "glue:CreateDevEndpoint"),
    start("glue", "glue:CreateJob glue:StartJobRun"),
    start("glue", "glue:CreateJob glue:CreateTrigger"),
    start("glue", "glue:UpdateJob glue:StartJobRun"),
    start("glue", "glue:UpdateJob glue:CreateTrigger"),
    start("glue", "glue:CreateSession glue:RunStatement"),
    start("datapipeline", "datapipeline:CreatePipeline"),
    start("sagemaker", "sagemaker:CreateNotebookInstance"),
    start("sagemaker", "sagemaker:CreateTrainingJob"),
    start("sagemaker", "sagemaker:CreateProcessingJob"),
    // `overrides.taskRoleArn` lets an existing task definition run with a role that is passed.
    start("ecs", "ecs:RunTask"),
    start("ecs", "ecs:StartTask"),
    start("ecs", "ecs:RegisterTaskDefinition ecs:CreateService"),
    start("ecs", "ecs:RegisterTaskDefinition ecs:UpdateService"),
    start("codebuild", "codebuild:CreateProject codebuild:StartBuild"),
    start("codebuild", "codebuild:CreateProject codebuild:StartBuildBatch"),
    start("codebuild", "codebuild:UpdateProject codebuild:StartBuild"),
    start("codepipeline", "codepipeline:CreatePipeline"),
    start("apprunner", "apprunner:CreateService"),
    start("batch", "batch:RegisterJobDefinition batch:SubmitJob"),
    start("states", "states:CreateStateMachine states:StartExecution"),
    start("states", "states:UpdateStateMachine states:StartExecution"),
    start("scheduler", "scheduler:CreateSchedule"),
    start("ssm", "ssm:StartAutomationExecution"),
    start("elasticmapreduce", "elasticmapreduce:RunJobFlow"),
    start("emr-serverless", "emr-serverless:StartJobRun"),
    start(
        "bedrock-agentcore",
        "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
    ),
    start("bedrock-agentcore", "bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:InvokeAgentRuntime"),
];

const DOMAINS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"];

/// The principals under which a service of a way takes roles.
pub fn hosts(service: &str) -> Vec<String> {
    let own = [service];
    let names: &[&str] = match service {
        "ecs" => &["ecs-tasks", "ecs"],
        "apprunner" => &["tasks.apprunner", "build.apprunner"],
        "batch" => &["ecs-tasks", "batch"],
        "datapipeline" => &["datapipeline", "elasticmapreduce", "ec2"],
        "elasticmapreduce" => &["elasticmapreduce", "ec2"],
        "ec2" => &["ec2", "spotfleet"],
        _ => &own,
    };
    names.iter().flat_map(|name| DOMAINS.iter().map(move |domain| format!("{name}.{domain}"))).collect()
}

/// Whether a value of `iam:PassedToService`, or a trusted service, may be the principal of a service; with wildcards or without.
pub fn reaches(value: &str, service: &str) -> bool {
    let value = Pattern::glob(&value.to_ascii_lowercase());
    hosts(service).iter().any(|host| value.matches(host))
}
