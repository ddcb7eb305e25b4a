//! The known methods (iam-facts 7.5). Names follow cloudsplaining's list where it has the method.
//!
//! Where two lists differ in what a method needs, the shorter one stands: an action that could be had otherwise (`PutPipelineDefinition`
//! for a pipeline, `DescribeInstances` to find one) is no defence.

/// How grave a method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Works only where something that already has a strong role is within reach.
    Existing,
    /// Drops a policy of its own that denies; works only where there is one.
    LiftsDeny,
    /// Makes something new that runs as a role of the holder's choice.
    PassRole,
    /// Changes IAM itself.
    Iam,
}

/// One method: all its actions are needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Method {
    pub name: &'static str,
    pub kind: Kind,
    /// Actions, space between them.
    pub actions: &'static str,
    /// The service that the role is passed to.
    pub service: &'static str,
}

const fn iam(name: &'static str, actions: &'static str) -> Method {
    Method { name, kind: Kind::Iam, actions, service: "" }
}

const fn pass(name: &'static str, service: &'static str, actions: &'static str) -> Method {
    Method { name, kind: Kind::PassRole, actions, service }
}

const fn existing(name: &'static str, actions: &'static str) -> Method {
    Method { name, kind: Kind::Existing, actions, service: "" }
}

const fn lifts_deny(name: &'static str, actions: &'static str) -> Method {
    Method { name, kind: Kind::LiftsDeny, actions, service: "" }
}

/// The actions that a method of this name needs, as AWS spells them; none for what is no method.
fn actions_of_method(name: &str) -> Vec<String> {
    let method = METHODS.iter().find(|method| method.name == name);
    let spelt = |action: &str| crate::catalogue::action(action).map_or_else(|| action.to_owned(), |known| known.full_name());
    method.into_iter().flat_map(|method| method.actions.split(' ')).map(spelt).collect()
}

/// Ways that one sentence names, and actions that it names at most where it names several ways.
const MOST_NAMED: usize = 3;
const MOST_ACTIONS: usize = 5;

/// The first of a list of ways, methods by what they need, and how many more there are. A method that needs more than one
/// that is named is only counted.
pub fn ways_in_words(ways: &[&str]) -> String {
    let mut named: Vec<Vec<String>> = Vec::new();
    for way in ways {
        let needs = actions_of_method(way);
        let needs = if needs.is_empty() { vec![(*way).to_owned()] } else { needs };
        let more = named.iter().map(Vec::len).sum::<usize>() + needs.len() > MOST_ACTIONS;
        if named.len() == MOST_NAMED || (more && !named.is_empty()) {
            break;
        }
        if !named.iter().any(|less| less.iter().all(|action| needs.contains(action))) {
            named.push(needs);
        }
    }
    let more = ways.len() - named.len();
    let quoted = |needs: Vec<String>| match needs.as_slice() {
        // A way that is no method is told in words already.
        [words] if words.contains('`') => words.clone(),
        _ => needs.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>().join(" + "),
    };
    let mut words: Vec<String> = named.into_iter().map(quoted).collect();
    match more {
        0 => {}
        1 => words.push("and 1 more way".to_owned()),
        _ => words.push(format!("and {more} more ways")),
    }
    words.join(", ")
}

/// Every method, of each kind the plainest first. `iam:passrole` stands first among the actions of those that need it.
pub(super) const METHODS: &[Method] = &[
    iam("CreateNewPolicyVersion", "iam:createpolicyversion"),
    iam("SetExistingDefaultPolicyVersion", "iam:setdefaultpolicyversion"),
    iam("CreateAccessKey", "iam:createaccesskey"),
    iam("CreateAndRotateAccessKey", "iam:createaccesskey iam:deleteaccesskey"),
    iam("CreateLoginProfile", "iam:createloginprofile"),
    iam("UpdateLoginProfile", "iam:updateloginprofile"),
    iam("AttachUserPolicy", "iam:attachuserpolicy"),
    iam("AttachGroupPolicy", "iam:attachgrouppolicy"),
    iam("AttachRolePolicy", "iam:attachrolepolicy"),
    iam("PutUserPolicy", "iam:putuserpolicy"),
    iam("PutGroupPolicy", "iam:putgrouppolicy"),
    iam("PutRolePolicy", "iam:putrolepolicy"),
    iam("AddUserToGroup", "iam:addusertogroup"),
    iam("UpdateRolePolicyToAssumeIt", "iam:updateassumerolepolicy"),
    iam("AttachUserPolicyThenCreateAccessKey", "iam:attachuserpolicy iam:createaccesskey"),
    iam("PutUserPolicyThenCreateAccessKey", "iam:putuserpolicy iam:createaccesskey"),
    iam("AttachRolePolicyThenAssumeRole", "iam:attachrolepolicy sts:assumerole"),
    iam("PutRolePolicyThenAssumeRole", "iam:putrolepolicy sts:assumerole"),
    iam("CreatePolicyVersionThenAssumeRole", "iam:createpolicyversion sts:assumerole"),
    iam("AttachRolePolicyThenUpdateAssumeRolePolicy", "iam:attachrolepolicy iam:updateassumerolepolicy"),
    iam("PutRolePolicyThenUpdateAssumeRolePolicy", "iam:putrolepolicy iam:updateassumerolepolicy"),
    iam("CreatePolicyVersionThenUpdateAssumeRolePolicy", "iam:createpolicyversion iam:updateassumerolepolicy"),
    iam("RemoveRolePermissionsBoundary", "iam:deleterolepermissionsboundary"),
    iam("RemoveUserPermissionsBoundary", "iam:deleteuserpermissionsboundary"),
    iam("ReplaceRolePermissionsBoundary", "iam:putrolepermissionsboundary"),
    iam("ReplaceUserPermissionsBoundary", "iam:putuserpermissionsboundary"),
    pass("CreateEC2WithExistingIP", "ec2", "iam:passrole ec2:runinstances"),
    pass("PassExistingRoleToNewEC2SpotInstance", "ec2", "iam:passrole ec2:requestspotinstances"),
    pass("PassExistingRoleToEC2Instance", "ec2", "iam:passrole ec2:associateiaminstanceprofile"),
    pass("PassExistingRoleToEC2InstanceInstead", "ec2", "iam:passrole ec2:replaceiaminstanceprofileassociation"),
    pass(
        "PassExistingRoleToNewAutoScalingGroup",
        "ec2",
        "iam:passrole autoscaling:createautoscalinggroup autoscaling:createlaunchconfiguration",
    ),
    pass(
        "PassExistingRoleToNewLaunchTemplateThenScale",
        "ec2",
        "iam:passrole autoscaling:createautoscalinggroup ec2:createlaunchtemplate",
    ),
    pass("PassExistingRoleToNewLambdaThenInvoke", "lambda", "iam:passrole lambda:createfunction lambda:invokefunction"),
    pass("PassExistingRoleToNewLambdaThenAddPermission", "lambda", "iam:passrole lambda:createfunction lambda:addpermission"),
    pass(
        "PassExistingRoleToNewLambdaThenCallItsUrl",
        "lambda",
        "iam:passrole lambda:createfunction lambda:createfunctionurlconfig",
    ),
    pass(
        "PassExistingRoleToNewLambdaThenTriggerWithExistingDynamo",
        "lambda",
        "iam:passrole lambda:createfunction lambda:createeventsourcemapping",
    ),
    pass(
        "PassExistingRoleToNewLambdaThenTriggerWithNewDynamo",
        "lambda",
        "iam:passrole lambda:createfunction lambda:createeventsourcemapping dynamodb:createtable dynamodb:putitem",
    ),
    pass(
        "PassExistingRoleToExistingLambdaThenUpdateCode",
        "lambda",
        "iam:passrole lambda:updatefunctionconfiguration lambda:updatefunctioncode",
    ),
    pass("PassExistingRoleToCloudFormation", "cloudformation", "iam:passrole cloudformation:createstack"),
    pass(
        "PassExistingRoleToNewCloudFormationStackSet",
        "cloudformation",
        "iam:passrole cloudformation:createstackset cloudformation:createstackinstances",
    ),
    pass("PassRoleToUpdateCloudFormationStackSet", "cloudformation", "iam:passrole cloudformation:updatestackset"),
    pass("PassExistingRoleToNewGlueDevEndpoint", "glue", "iam:passrole glue:createdevendpoint"),
    pass("PassExistingRoleToNewGlueJobThenRun", "glue", "iam:passrole glue:createjob glue:startjobrun"),
    pass("PassExistingRoleToNewGlueJobViaTrigger", "glue", "iam:passrole glue:createjob glue:createtrigger"),
    pass("PassExistingRoleToUpdatedGlueJobThenRun", "glue", "iam:passrole glue:updatejob glue:startjobrun"),
    pass("PassExistingRoleToUpdatedGlueJobViaTrigger", "glue", "iam:passrole glue:updatejob glue:createtrigger"),
    pass("PassExistingRoleToNewGlueSession", "glue", "iam:passrole glue:createsession glue:runstatement"),
    pass("PassExistingRoleToNewDataPipeline", "datapipeline", "iam:passrole datapipeline:createpipeline"),
    pass("PassExistingRoleToNewSageMakerNotebookInstance", "sagemaker", "iam:passrole sagemaker:createnotebookinstance"),
    pass("PassExistingRoleToNewSageMakerTrainingJob", "sagemaker", "iam:passrole sagemaker:createtrainingjob"),
    pass("PassExistingRoleToNewSageMakerProcessingJob", "sagemaker", "iam:passrole sagemaker:createprocessingjob"),
    pass("PassExistingRoleToNewECSTaskViaRunTask", "ecs", "iam:passrole ecs:registertaskdefinition ecs:runtask"),
    pass("PassExistingRoleToNewECSTaskViaStartTask", "ecs", "iam:passrole ecs:registertaskdefinition ecs:starttask"),
    // An existing task definition runs with the role that `overrides.taskRoleArn` passes (ECS API Reference, TaskOverride).
    pass("PassExistingRoleToECSTaskByOverride", "ecs", "iam:passrole ecs:runtask"),
    pass("PassExistingRoleToStartedECSTaskByOverride", "ecs", "iam:passrole ecs:starttask"),
    pass("PassExistingRoleToNewECSService", "ecs", "iam:passrole ecs:registertaskdefinition ecs:createservice"),
    pass("PassExistingRoleToUpdatedECSService", "ecs", "iam:passrole ecs:registertaskdefinition ecs:updateservice"),
    pass(
        "PassExistingRoleToNewECSClusterRunTask",
        "ecs",
        "iam:passrole ecs:createcluster ecs:registertaskdefinition ecs:runtask",
    ),
    pass(
        "PassExistingRoleToNewECSClusterStartTask",
        "ecs",
        "iam:passrole ecs:createcluster ecs:registertaskdefinition ecs:starttask",
    ),
    pass(
        "PassExistingRoleToNewECSClusterServiceTask",
        "ecs",
        "iam:passrole ecs:createcluster ecs:registertaskdefinition ecs:createservice",
    ),
    pass(
        "PassExistingRoleToNewCodeBuildProjectThenBuild",
        "codebuild",
        "iam:passrole codebuild:createproject codebuild:startbuild",
    ),
    pass(
        "PassExistingRoleToNewCodeBuildProjectThenBuildBatch",
        "codebuild",
        "iam:passrole codebuild:createproject codebuild:startbuildbatch",
    ),
    pass("PassExistingRoleToUpdatedCodeBuildProject", "codebuild", "iam:passrole codebuild:updateproject codebuild:startbuild"),
    pass("PassExistingRoleToNewCodePipeline", "codepipeline", "iam:passrole codepipeline:createpipeline"),
    pass("PassExistingRoleToNewAppRunnerService", "apprunner", "iam:passrole apprunner:createservice"),
    pass("PassExistingRoleToNewBatchJob", "batch", "iam:passrole batch:registerjobdefinition batch:submitjob"),
    pass("PassExistingRoleToNewStateMachine", "states", "iam:passrole states:createstatemachine states:startexecution"),
    pass("PassExistingRoleToUpdatedStateMachine", "states", "iam:passrole states:updatestatemachine states:startexecution"),
    pass("PassExistingRoleToNewSchedule", "scheduler", "iam:passrole scheduler:createschedule"),
    pass("PassExistingRoleToSSMAutomation", "ssm", "iam:passrole ssm:startautomationexecution"),
    pass("PassExistingRoleToNewEMRCluster", "elasticmapreduce", "iam:passrole elasticmapreduce:runjobflow"),
    pass("PassExistingRoleToEMRServerlessJob", "emr-serverless", "iam:passrole emr-serverless:startjobrun"),
    pass(
        "PassExistingRoleToNewBedrockCodeInterpreter",
        "bedrock-agentcore",
        "iam:passrole bedrock-agentcore:createcodeinterpreter bedrock-agentcore:startcodeinterpretersession bedrock-agentcore:invokecodeinterpreter",
    ),
    pass(
        "PassExistingRoleToNewBedrockAgentRuntime",
        "bedrock-agentcore",
        "iam:passrole bedrock-agentcore:createagentruntime bedrock-agentcore:invokeagentruntime",
    ),
    pass("PassExistingRoleToNewCodeStarProject", "codestar", "iam:passrole codestar:createproject"),
    existing("EditExistingLambdaFunctionWithRole", "lambda:updatefunctioncode"),
    existing("UpdateAndInvokeLambdaFunction", "lambda:updatefunctioncode lambda:invokefunction"),
    existing("UpdateLambdaFunctionAndAddPermission", "lambda:updatefunctioncode lambda:addpermission"),
    existing("UpdateLambdaConfigurationWithLayer", "lambda:updatefunctionconfiguration"),
    existing("UpdateExistingGlueDevEndpoint", "glue:updatedevendpoint"),
    existing("UpdateExistingCloudFormationStack", "cloudformation:updatestack"),
    existing("ExecuteCloudFormationChangeSet", "cloudformation:createchangeset cloudformation:executechangeset"),
    existing("StartCodeBuildWithOverride", "codebuild:startbuild"),
    existing("StartCodeBuildBatchWithOverride", "codebuild:startbuildbatch"),
    existing("UpdateExistingAppRunnerService", "apprunner:updateservice"),
    existing("ModifyEC2InstanceUserDataThenRestart", "ec2:modifyinstanceattribute ec2:stopinstances ec2:startinstances"),
    existing("ModifyExistingEC2LaunchTemplate", "ec2:createlaunchtemplateversion ec2:modifylaunchtemplate"),
    existing("EC2InstanceConnectSendSSHPublicKey", "ec2-instance-connect:sendsshpublickey"),
    existing("ECSExecuteCommandOnRunningTask", "ecs:executecommand"),
    existing("SSMStartSession", "ssm:startsession"),
    existing("SSMSendCommand", "ssm:sendcommand"),
    existing("CreatePresignedSageMakerNotebookUrl", "sagemaker:createpresignednotebookinstanceurl"),
    existing(
        "UpdateSageMakerNotebookLifecycleConfig",
        "sagemaker:createnotebookinstancelifecycleconfig sagemaker:stopnotebookinstance sagemaker:updatenotebookinstance sagemaker:startnotebookinstance",
    ),
    existing(
        "AccessExistingBedrockCodeInterpreterSession",
        "bedrock-agentcore:startcodeinterpretersession bedrock-agentcore:invokecodeinterpreter",
    ),
    existing("UpdateSAMLProvider", "iam:updatesamlprovider"),
    existing("UpdateOpenIDConnectProviderThumbprint", "iam:updateopenidconnectproviderthumbprint"),
    existing("AttachPolicyToPermissionSet", "sso:attachmanagedpolicytopermissionset sso:provisionpermissionset"),
    existing("PutPolicyToPermissionSet", "sso:putinlinepolicytopermissionset sso:provisionpermissionset"),
    existing("AssignPermissionSet", "sso:createaccountassignment"),
    existing("AssumeRootOfMemberAccount", "sts:assumeroot"),
    existing("JoinIdentityCenterGroup", "identitystore:creategroupmembership"),
    existing("ChangeServiceControlPolicy", "organizations:updatepolicy"),
    existing("DetachServiceControlPolicy", "organizations:detachpolicy"),
    existing("AssociateEKSAccessPolicy", "eks:associateaccesspolicy"),
    existing("AssumeAnyRole", "sts:assumerole"),
    // AWS has closed CodeStar; where both are there, the others are the ways.
    existing("CodeStarCreateProjectFromTemplate", "codestar:createprojectfromtemplate"),
    existing("CodeStarCreateProjectThenAssociateTeamMember", "codestar:createproject codestar:associateteammember"),
    lifts_deny("DeleteRolePolicyThatDenies", "iam:deleterolepolicy"),
    lifts_deny("DetachRolePolicyThatDenies", "iam:detachrolepolicy"),
    lifts_deny("DeleteUserPolicyThatDenies", "iam:deleteuserpolicy"),
    lifts_deny("DetachUserPolicyThatDenies", "iam:detachuserpolicy"),
    lifts_deny("DeleteGroupPolicyThatDenies", "iam:deletegrouppolicy"),
    lifts_deny("DetachGroupPolicyThatDenies", "iam:detachgrouppolicy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_few_ways_and_counts_the_rest() {
        let words = |ways: &[&str]| ways_in_words(ways);
        assert_eq!(words(&["CreateAccessKey"]), "`iam:CreateAccessKey`");
        assert_eq!(
            words(&["PutRolePolicy", "CreateAccessKey", "CreateAndRotateAccessKey", "AddUserToGroup", "AttachUserPolicy"]),
            "`iam:PutRolePolicy`, `iam:CreateAccessKey`, `iam:AddUserToGroup`, and 2 more ways"
        );
        assert_eq!(
            words(&["PassExistingRoleToNewLambdaThenInvoke", "PassExistingRoleToNewECSService"]),
            "`iam:PassRole` + `lambda:CreateFunction` + `lambda:InvokeFunction`, and 1 more way"
        );
        assert_eq!(words(&["`role/a` → `role/b`"]), "`role/a` → `role/b`");
    }
}
