//! Ways that use something that already runs as a strong role.

use super::{EscalationMethod, Publisher, existing};

/// The plainest first.
pub(super) const EXISTING: &[EscalationMethod] = &[
    // Code.
    existing("EditExistingLambdaFunctionWithRole", "lambda:UpdateFunctionCode", Publisher::Pathfinding("lambda-003"), "2018"),
    existing(
        "UpdateAndInvokeLambdaFunction",
        "lambda:UpdateFunctionCode lambda:InvokeFunction",
        Publisher::Pathfinding("lambda-004"),
        "2025",
    ),
    existing(
        "UpdateLambdaFunctionAndAddPermission",
        "lambda:UpdateFunctionCode lambda:AddPermission",
        Publisher::Pathfinding("lambda-005"),
        "2025",
    ),
    existing("UpdateLambdaConfigurationWithLayer", "lambda:UpdateFunctionConfiguration", Publisher::Rhino, "2019-07-25"),
    existing("UpdateExistingGlueDevEndpoint", "glue:UpdateDevEndpoint", Publisher::Pathfinding("glue-002"), "2018"),
    // A schedule or a trigger runs the job later. Glue's UpdateJob overwrites the definition, role included; whether naming the role that it has
    // already takes `iam:PassRole` is not documented, so the way stands.
    existing("UpdateExistingGlueJob", "glue:UpdateJob", Publisher::HackTricks("aws-glue-privesc"), "2026-08-10"),
    // `--scriptLocation` among the arguments of a run overrides the script of the job (AWS Glue Developer Guide, "Using job parameters").
    existing("RunExistingGlueJobWithScript", "glue:StartJobRun", Publisher::HackTricks("aws-glue-privesc"), "2026-11-29"),
    existing("RunStatementInGlueSession", "glue:RunStatement", Publisher::HackTricks("aws-glue-privesc"), "2026-11-29"),
    existing(
        "UpdateExistingCloudFormationStack",
        "cloudformation:UpdateStack",
        Publisher::Pathfinding("cloudformation-002"),
        "2019",
    ),
    existing(
        "ExecuteCloudFormationChangeSet",
        "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
        Publisher::Pathfinding("cloudformation-005"),
        "2019",
    ),
    existing(
        "UpdateExistingCloudFormationStackSet",
        "cloudformation:UpdateStackSet",
        Publisher::HackTricks("aws-cloudformation-privesc"),
        "2026-08-10",
    ),
    existing("StartCodeBuildWithOverride", "codebuild:StartBuild", Publisher::Pathfinding("codebuild-002"), "2019"),
    existing("StartCodeBuildBatchWithOverride", "codebuild:StartBuildBatch", Publisher::Pathfinding("codebuild-003"), "2019"),
    existing(
        "UpdateExistingCodePipeline",
        "codebuild:UpdateProject codepipeline:UpdatePipeline codepipeline:StartPipelineExecution",
        Publisher::HackTricks("aws-codepipeline-privesc"),
        "2026-08-10",
    ),
    existing(
        "DeployRevisionWithCodeDeploy",
        "codedeploy:CreateDeployment codedeploy:RegisterApplicationRevision",
        Publisher::Pathfinding("codedeploy-001"),
        "2026-08-21",
    ),
    existing("UpdateExistingAppRunnerService", "apprunner:UpdateService", Publisher::Pathfinding("apprunner-002"), "2025"),
    existing(
        "UpdateExistingBeanstalkEnvironment",
        "elasticbeanstalk:CreateApplicationVersion elasticbeanstalk:UpdateEnvironment",
        Publisher::HackTricks("aws-elastic-beanstalk-privesc"),
        "2026-08-10",
    ),
    existing(
        "UpdateExistingStateMachine",
        "states:UpdateStateMachine",
        Publisher::HackTricks("aws-stepfunctions-privesc"),
        "2026-08-10",
    ),
    existing(
        "UpdateAndStartStateMachine",
        "states:UpdateStateMachine states:StartExecution",
        Publisher::Pathfinding("stepfunctions-002"),
        "2026-08-21",
    ),
    existing("SubmitExistingBatchJob", "batch:SubmitJob", Publisher::Pathfinding("batch-002"), "2026-08-21"),
    existing(
        "UpdateExistingSageMakerPipeline",
        "sagemaker:UpdatePipeline sagemaker:StartPipelineExecution",
        Publisher::Aws("sagemaker/latest/APIReference/API_UpdatePipeline.html"),
        "2026-11-29",
    ),
    // Machines and sessions.
    existing(
        "ModifyEC2InstanceUserDataThenRestart",
        "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances",
        Publisher::Pathfinding("ec2-002"),
        "2016",
    ),
    existing(
        "ModifyExistingEC2LaunchTemplate",
        "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate",
        Publisher::Pathfinding("ec2-004"),
        "2025-12-17",
    ),
    existing(
        "EC2InstanceConnectSendSSHPublicKey",
        "ec2-instance-connect:SendSSHPublicKey",
        Publisher::Pathfinding("ec2instanceconnect-003"),
        "2021",
    ),
    existing(
        "EC2InstanceConnectSendSerialConsoleSSHPublicKey",
        "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
        Publisher::HackTricks("aws-ec2-privesc"),
        "2026-08-10",
    ),
    existing("ECSExecuteCommandOnRunningTask", "ecs:ExecuteCommand", Publisher::Pathfinding("ecs-006"), "2026-08-21"),
    existing("SSMStartSession", "ssm:StartSession", Publisher::Pathfinding("ssm-001"), "2019"),
    existing("SSMSendCommand", "ssm:SendCommand", Publisher::Pathfinding("ssm-002"), "2019"),
    existing("SSMCreateAssociation", "ssm:CreateAssociation", Publisher::HackTricks("aws-ssm-privesc"), "2026-08-10"),
    existing(
        "SSMUpdateDocument",
        "ssm:UpdateDocument ssm:UpdateDocumentDefaultVersion",
        Publisher::HackTricks("aws-ssm-privesc"),
        "2026-08-10",
    ),
    existing(
        "SSMMaintenanceWindowTask",
        "ssm:RegisterTaskWithMaintenanceWindow ssm:RegisterTargetWithMaintenanceWindow",
        Publisher::HackTricks("aws-ssm-privesc"),
        "2026-08-10",
    ),
    existing(
        "CreatePresignedSageMakerNotebookUrl",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        Publisher::Pathfinding("sagemaker-004"),
        "2019",
    ),
    existing(
        "CreatePresignedStudioUrl",
        "sagemaker:CreatePresignedDomainUrl",
        Publisher::HackTricks("aws-sagemaker-privesc"),
        "2026-08-10",
    ),
    existing(
        "UpdateSageMakerNotebookLifecycleConfig",
        "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance",
        Publisher::Pathfinding("sagemaker-005"),
        "2025",
    ),
    existing(
        "OpenExistingEMREditor",
        "elasticmapreduce:OpenEditorInConsole",
        Publisher::HackTricks("aws-emr-privesc"),
        "2026-08-10",
    ),
    existing(
        "AccessExistingBedrockCodeInterpreterSession",
        "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
        Publisher::Pathfinding("bedrock-002"),
        "2025",
    ),
    existing(
        "RunCommandInAgentRuntime",
        "bedrock-agentcore:InvokeAgentRuntimeCommand",
        Publisher::Pathfinding("bedrock-004"),
        "2026",
    ),
    existing(
        "DriveExistingAgentBrowser",
        "bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream",
        Publisher::Pathfinding("bedrock-007"),
        "2026",
    ),
    // Identities and organizations.
    existing("UpdateSAMLProvider", "iam:UpdateSAMLProvider", Publisher::HackTricks("aws-iam-privesc"), "2026-08-10"),
    existing(
        "UpdateOpenIDConnectProviderThumbprint",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        Publisher::HackTricks("aws-iam-privesc"),
        "2026-08-10",
    ),
    existing(
        "UpdateIdentityPoolProviders",
        "cognito-identity:UpdateIdentityPool",
        Publisher::HackTricks("aws-cognito-privesc"),
        "2026-08-10",
    ),
    existing(
        "AttachPolicyToPermissionSet",
        "sso:AttachManagedPolicyToPermissionSet",
        Publisher::Pathfinding("sso-002"),
        "2026-08-21",
    ),
    existing("PutPolicyToPermissionSet", "sso:PutInlinePolicyToPermissionSet", Publisher::Pathfinding("sso-003"), "2026-08-21"),
    existing(
        "AttachCustomerPolicyToPermissionSet",
        "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
        Publisher::HackTricks("aws-sso-and-identitystore-privesc"),
        "2026-08-10",
    ),
    existing(
        "AssignNewPermissionSet",
        "sso:CreatePermissionSet sso:CreateAccountAssignment sso:AttachManagedPolicyToPermissionSet",
        Publisher::Pathfinding("sso-001"),
        "2026-08-21",
    ),
    existing(
        "AssignPermissionSet",
        "sso:CreateAccountAssignment",
        Publisher::HackTricks("aws-sso-and-identitystore-privesc"),
        "2026-08-10",
    ),
    existing(
        "JoinIdentityCenterGroup",
        "identitystore:CreateGroupMembership",
        Publisher::HackTricks("aws-sso-and-identitystore-privesc"),
        "2026-08-10",
    ),
    existing(
        "UpdateIdentityCenterPassword",
        "sso-directory:UpdatePassword",
        Publisher::HackTricks("aws-sso-and-identitystore-privesc"),
        "2026-08-10",
    ),
    existing(
        "AssumeRootOfMemberAccount",
        "sts:AssumeRoot",
        Publisher::Aws("IAM/latest/UserGuide/id_root-user-privileged-task.html"),
        "2026-11-29",
    ),
    existing(
        "ChangeServiceControlPolicy",
        "organizations:UpdatePolicy",
        Publisher::Aws("organizations/latest/userguide/orgs_manage_policies_scps.html"),
        "2026-11-29",
    ),
    existing(
        "DetachServiceControlPolicy",
        "organizations:DetachPolicy",
        Publisher::Aws("organizations/latest/userguide/orgs_manage_policies_scps.html"),
        "2026-11-29",
    ),
    existing(
        "AssociateEKSAccessPolicy",
        "eks:AssociateAccessPolicy",
        Publisher::Aws("eks/latest/userguide/access-policies.html"),
        "2026-11-29",
    ),
    existing("AssumeAnyRole", "sts:AssumeRole", Publisher::Pathfinding("sts-001"), "2018"),
    existing("CodeStarCreateProjectFromTemplate", "codestar:CreateProjectFromTemplate", Publisher::Rhino, "2019-07-25"),
    existing(
        "CodeStarCreateProjectThenAssociateTeamMember",
        "codestar:CreateProject codestar:AssociateTeamMember",
        Publisher::Rhino,
        "2019-07-25",
    ),
];
