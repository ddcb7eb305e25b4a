//! `Ref` and ARNs of resources of other services that a template names itself: both follow from the name, as the reference of each
//! type says. Whatever has no name in the template is known to CloudFormation alone.

use super::eval::Env;

/// A type whose ARN follows from a name in the template.
pub(super) struct Named {
    /// The property that holds the name.
    pub property: &'static str,
    service: &'static str,
    /// The ARN's last part, `NAME` standing for the name.
    resource: &'static str,
    refers: Refers,
}

/// What `Ref` answers.
enum Refers {
    ByName,
    ByArn,
    /// With something that does not follow from the name.
    Otherwise,
}

const fn by_name(property: &'static str, service: &'static str, resource: &'static str) -> Named {
    Named { property, service, resource, refers: Refers::ByName }
}

/// The types that templates with roles use most.
pub(super) fn named(kind: &str) -> Option<Named> {
    Some(match kind {
        "AWS::CodeBuild::Project" => by_name("Name", "codebuild", "project/NAME"),
        "AWS::DynamoDB::Table" => by_name("TableName", "dynamodb", "table/NAME"),
        "AWS::ECR::Repository" => by_name("RepositoryName", "ecr", "repository/NAME"),
        "AWS::ECS::Cluster" => by_name("ClusterName", "ecs", "cluster/NAME"),
        "AWS::Kinesis::Stream" => by_name("Name", "kinesis", "stream/NAME"),
        "AWS::KinesisFirehose::DeliveryStream" => by_name("DeliveryStreamName", "firehose", "deliverystream/NAME"),
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => by_name("FunctionName", "lambda", "function:NAME"),
        "AWS::Logs::LogGroup" => by_name("LogGroupName", "logs", "log-group:NAME:*"),
        "AWS::S3::Bucket" => by_name("BucketName", "s3", "NAME"),
        "AWS::SNS::Topic" => Named { refers: Refers::ByArn, ..by_name("TopicName", "sns", "NAME") },
        "AWS::StepFunctions::StateMachine" => {
            Named { refers: Refers::ByArn, ..by_name("StateMachineName", "states", "stateMachine:NAME") }
        }
        // `Ref` of a queue is its address.
        "AWS::SQS::Queue" => Named { refers: Refers::Otherwise, ..by_name("QueueName", "sqs", "NAME") },
        _ => return None,
    })
}

impl Named {
    /// What `Ref` answers.
    pub fn reference(&self, env: &Env<'_>, name: &str) -> Option<String> {
        match self.refers {
            Refers::ByName => Some(name.to_owned()),
            Refers::ByArn => Some(self.arn(env, name)),
            Refers::Otherwise => None,
        }
    }

    /// What `Fn::GetAtt Arn` answers.
    pub fn arn(&self, env: &Env<'_>, name: &str) -> String {
        let region = env.given.get("AWS::Region").map_or(env.region, String::as_str);
        let resource = self.resource.replace("NAME", name);
        if self.service == "s3" {
            return format!("arn:{}:s3:::{resource}", env.account.partition);
        }
        format!("arn:{}:{}:{region}:{}:{resource}", env.account.partition, self.service, env.account.id)
    }
}
