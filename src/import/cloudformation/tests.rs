use super::*;
use crate::model::Seen;
use crate::names::{AccountId, Address, EntityKind, Name};
use serde_json::json;

fn read(text: &str, parameters: &[(&str, &str)]) -> Described {
    let account = AccountIdentity { id: AccountId::parse("111111111111").unwrap(), partition: "aws".into() };
    let parameters = parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    read_templates(&[Template { name: "t.yaml", text }], &parameters, &account, false).unwrap()
}

const HEAD: &str = "
Parameters:
  Env: {Type: String}
  Names: {Type: CommaDelimitedList, Default: 'a, b'}
Mappings:
  Sizes: {prod: {hours: 7200}, dev: {hours: 3600}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  Dev: !Not [!Condition Prod]
  Here: !Equals [!Ref AWS::Region, eu-west-1]
Resources:
";
const TRUST: &str =
    "{Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]}";

fn resources(body: &str, parameters: &[(&str, &str)]) -> Described {
    read(&format!("{HEAD}{}", body.replace("TRUST", TRUST)), parameters)
}

#[test]
fn intrinsic_functions_are_worked_out() {
    let body = "
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub '${Env}-app-${AWS::Region}'
      AssumeRolePolicyDocument: TRUST
      MaxSessionDuration: !FindInMap [Sizes, !Ref Env, hours]
      Description: !Join ['-', [!Select [1, !Ref Names], !Select [0, !Split ['/', 'x/y']], !Sub ['${V}${!aws:username}', {V: v}]]]
      PermissionsBoundary: !If [Dev, arn:aws:iam::aws:policy/ReadOnlyAccess, !Ref AWS::NoValue]
      ManagedPolicyArns: [!Ref Shared, !Sub 'arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess']
      Tags: [{Key: a, Value: !GetAtt App2.Arn}]
  App2:
    Type: AWS::IAM::Role
    Condition: Dev
    Properties: {RoleName: second, Path: /x/, AssumeRolePolicyDocument: TRUST}
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: shared
      PolicyDocument: {Version: 2012-10-17, Statement: []}
      Users: [!Ref Alice]
  Alice: {Type: AWS::IAM::User, Properties: {UserName: alice, Groups: [!Ref Ops]}}
  Ops: {Type: AWS::IAM::Group, Properties: {GroupName: ops}}
";
    let described = resources(body, &[("Env", "prod")]);
    assert_eq!(described.unknown, []);
    let snapshot = described.snapshot;
    let role = &snapshot.roles[&Name::new(format!("prod-app-{ANY_REGION}"))];
    assert_eq!(role.max_session_duration, Seen::Value(7200));
    assert_eq!(role.description, Seen::Value(Some("b-x-v${aws:username}".to_owned())));
    assert_eq!(role.permissions_boundary, Seen::Value(None));
    assert_eq!(role.tags.value().unwrap()["a"], "arn:aws:iam::111111111111:role/x/second");
    assert!(role.attached_policies.value().unwrap().contains("arn:aws:iam::111111111111:policy/shared"));
    assert_eq!(role.trust.value().unwrap().value()["Version"], json!("2012-10-17"));
    assert_eq!(snapshot.roles.len(), 1, "the condition of the other does not hold");
    let alice = &snapshot.users[&Name::new("alice")];
    assert!(alice.attached_policies.value().unwrap().len() == 1 && alice.groups.value().unwrap().contains(&Name::new("ops")));
}

#[test]
fn what_cannot_be_known_is_told_with_its_place_and_never_guessed() {
    let body = "
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: app, AssumeRolePolicyDocument: TRUST}
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      Roles: [!Ref Role]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:*', Resource: !GetAtt Table.Arn}]}
  Table: {Type: AWS::DynamoDB::Table}
  Regional: {Type: AWS::IAM::User, Condition: Here, Properties: {UserName: u}}
  Circle: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref Circle, AssumeRolePolicyDocument: TRUST}}
  Path: {Type: AWS::IAM::Role, Properties: {Path: !GetAtt Path.Arn, RoleName: x, AssumeRolePolicyDocument: TRUST}}
  Unnamed: {Type: AWS::IAM::Group}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: u}}
  Prodlike: {Type: AWS::IAM::Group, Condition: Prod, Properties: {GroupName: g}}
";
    let described = resources(body, &[]);
    let said: Vec<String> = described.unknown.iter().map(|u| format!("{}: {}", u.place, u.reason)).collect();
    for expected in [
        "t.yaml: Resources.Inline.Properties.PolicyDocument.Statement[0].Resource: `Table.Arn` (AWS::DynamoDB::Table) is known to CloudFormation alone",
        "t.yaml: Resources.Inline: `role/app`: a policy attached to it is not known, so its spec says `manage: additive`",
        "t.yaml: Resources.Regional: it depends on the region",
        "t.yaml: Resources.Circle.Properties.RoleName: `RoleName` of `Circle` depends on itself",
        "t.yaml: Resources.Unnamed.Properties: it has no `GroupName`, and CloudFormation generates a name; the spec calls it `Unnamed`",
        "t.yaml: Resources.Prodlike: the parameter `Env` has no value; set it with `--parameter Env=VALUE`",
    ] {
        assert!(said.iter().any(|s| s.starts_with(expected)), "{expected}\n{said:#?}");
    }
    assert!(
        described.notes[0].place == "t.yaml: Resources.Key.Properties"
            && described.notes[0].reason.contains("AWS::IAM::AccessKey")
    );
    assert_eq!(described.additive, [Address::new(EntityKind::Role, "app")].into());
    assert!(described.snapshot.roles.len() == 1 && described.snapshot.users.is_empty());
    assert_eq!(described.snapshot.groups.len(), 1);
}

#[test]
fn what_is_no_template_is_refused() {
    let account = AccountIdentity { id: AccountId::zero(), partition: "aws".into() };
    for text in ["", "[]", "a: b", "Resources: [", "Resources: x"] {
        assert!(read_templates(&[Template { name: "t", text }], &BTreeMap::new(), &account, false).is_err(), "{text}");
    }
}

#[test]
fn what_only_seems_literal_is_told_and_never_guessed() {
    let body = "
  Included:
    Type: AWS::IAM::Role
    Properties:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}
      RoleName: included
      AssumeRolePolicyDocument: TRUST
  Resolved: {Type: AWS::IAM::Role, Properties: {RoleName: resolved, AssumeRolePolicyDocument: TRUST, Description: '{{resolve:ssm:/d}}'}}
  Joined: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub 'x-{{resolve:ssm:/${AWS::Partition}}}', AssumeRolePolicyDocument: TRUST}}
  Cut: {Type: AWS::IAM::Role, Properties: {RoleName: !Select [0, !Split ['-', !Ref AWS::Region]], AssumeRolePolicyDocument: TRUST}}
  Object:
    Type: AWS::IAM::Role
    Properties: {RoleName: object, AssumeRolePolicyDocument: TRUST, Policies: {PolicyName: p, PolicyDocument: {Statement: []}}}
  Stack: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://x'}}
  Made: {Type: AWS::Serverless::Function, Properties: {Policies: [ReadOnlyAccess]}}
  Given: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt Resolved.Arn}}
  Boxed: {Type: 'Acme::Iam::Roles::MODULE'}
  Whole: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}}
  Saml: {Type: AWS::IAM::SAMLProvider, Properties: {Name: corp, SamlMetadataDocument: x, AddPrivateKey: k}}
Transform: [AWS::Serverless-2016-10-31, OurMacro]
";
    let described = resources(body, &[]);
    let said: Vec<String> = described.unknown.iter().map(|u| format!("{}: {}", u.place, u.reason)).collect();
    let expected = [
        "Resources.Boxed: what a module makes",
        "Resources.Cut: it is left out",
        "Resources.Cut.Properties.RoleName: it depends on the region",
        "Resources.Included: it is left out",
        "Resources.Included.Properties: what `Fn::Transform` makes of it",
        "Resources.Joined: it is left out",
        "Resources.Joined.Properties.RoleName: a dynamic reference",
        "Resources.Made: SAM creates the role `MadeRole` for it",
        "Resources.Resolved.Properties.Description: a dynamic reference",
        "Resources.Stack: what it creates is in a separate template",
        "Resources.Whole: a policy that comes of it may be attached to any role",
        "Resources.Whole: its type is not known",
        "Transform: a policy that the macro adds may be attached to any role",
        "Transform: what the macro `OurMacro` changes",
    ];
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(&format!("t.yaml: {expected}")), "{said}\n{expected}");
    }
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    assert_eq!(described.notes[0].place, "t.yaml: Resources.Saml.Properties.AddPrivateKey");
    let roles: Vec<&str> = described.snapshot.roles.keys().map(Name::as_str).collect();
    assert_eq!(roles, ["object", "resolved"]);
    assert_eq!(described.additive.len(), 2, "a macro may attach policies to each");
}

#[test]
fn a_condition_that_one_part_decides_needs_no_other() {
    let text = "
Conditions:
  Yes: !Equals [a, a]
  Some: !Or [!Equals [!Ref AWS::Region, us-east-1], !Condition Yes]
  None: !And [!Equals [!Ref AWS::Region, us-east-1], !Not [!Condition Yes]]
  Open: !And [!Equals [!Ref AWS::Region, us-east-1], !Condition Yes]
Resources:
  A: {Type: AWS::IAM::Group, Condition: Some, Properties: {GroupName: a}}
  B: {Type: AWS::IAM::Group, Condition: None, Properties: {GroupName: b}}
  C: {Type: AWS::IAM::Group, Condition: Open, Properties: {GroupName: c}}
";
    let described = read(text, &[]);
    assert_eq!(described.snapshot.groups.keys().map(Name::as_str).collect::<Vec<_>>(), ["a"]);
    assert_eq!(described.unknown.len(), 2, "{:?}", described.unknown);
    assert!(described.unknown.iter().all(|unknown| unknown.place.ends_with("Resources.C")));
}

#[test]
fn parameters_of_every_type_and_the_language_extensions() {
    let text = "
Transform: AWS::LanguageExtensions
Parameters:
  Name: {Type: 'AWS::SSM::Parameter::Name', Default: /x/y}
  Read: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x/z}
  Many: {Type: 'List<Number>', Default: '1, 2,3'}
Resources:
  A: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: !Sub ['a-${n}', {n: !Length [!Ref Many]}], Description: !Ref Name,
    PolicyDocument: !ToJsonString {Version: 2012-10-17, Statement: []}}}
  B: {Type: AWS::IAM::Group, Properties: {GroupName: !Ref Read}}
";
    let described = read(&text.replace("!Length [!Ref Many]", "!Length {Ref: Many}"), &[]);
    let policy = &described.snapshot.policies[&Name::new("a-3")];
    assert_eq!(policy.description, Seen::Value(Some("/x/y".to_owned())));
    assert_eq!(policy.default_document().unwrap().value(), &json!({"Version": "2012-10-17", "Statement": []}));
    assert_eq!(described.unknown.len(), 2);
    assert!(described.unknown[1].reason.contains("Systems Manager parameter `/x/z`"));
}

#[test]
fn what_follows_from_a_name_in_the_template_is_known() {
    let body = "
  Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub 't-${AWS::Region}'}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: n}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /x}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: TRUST
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              Effect: Allow
              Action: '*'
              Resource: [!GetAtt Table.Arn, !Sub '${Queue.Arn}', !Ref Topic, !GetAtt Logs.Arn, !Sub 'arn:aws:s3:::${Bucket}/*', !GetAtt Bucket.Arn]
  Address: {Type: AWS::IAM::Group, Properties: {GroupName: !Ref Queue}}
";
    let described = resources(body, &[]);
    let role = &described.snapshot.roles[&Name::new("app")];
    let document = role.inline_policies.value().unwrap()["p"].value();
    let r = ANY_REGION;
    let expected = json!([
        format!("arn:aws:dynamodb:{r}:111111111111:table/t-{r}"),
        format!("arn:aws:sqs:{r}:111111111111:q"),
        format!("arn:aws:sns:{r}:111111111111:n"),
        format!("arn:aws:logs:{r}:111111111111:log-group:/x:*"),
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b"
    ]);
    assert_eq!(document["Statement"]["Resource"], expected);
    let said: Vec<&str> = described.unknown.iter().map(|u| u.reason.as_str()).collect();
    assert!(said.len() == 2 && said[1].contains("`Queue` (AWS::SQS::Queue) is known to CloudFormation alone"), "{said:?}");
}

#[test]
fn a_document_of_the_old_language_with_a_dollar_stays_as_it_is() {
    let text = "
Resources:
  P: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: p,
    PolicyDocument: {Version: 2008-10-17, Statement: [{Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::b/${aws:username}'}]}}}
";
    let described = read(text, &[]);
    assert_eq!(described.snapshot.policies[&Name::new("p")].default_document().unwrap().value()["Version"], "2008-10-17");
}

#[test]
fn loops_over_what_is_known_are_written_out() {
    let text = "
Parameters:
  Teams: {Type: CommaDelimitedList, Default: 'a-1,b'}
  Later: {Type: CommaDelimitedList}
Resources:
  Fn::ForEach::Roles:
    - Team
    - !Ref Teams
    - Role&{Team}:
        Type: AWS::IAM::Role
        Properties:
          RoleName: !Sub 'team-${Team}'
          AssumeRolePolicyDocument: TRUST
          Fn::ForEach::Keys: [Key, [Description], {'${Key}': !Ref Team}]
  Fn::ForEach::Buckets: [Name, !Ref Later, {'B${Name}': {Type: AWS::S3::Bucket}}]
  P: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: p, Roles: [!Ref Rolea1], PolicyDocument: {Version: 2012-10-17, Statement: []}}}
";
    let described = read(&text.replace("TRUST", TRUST), &[]);
    assert_eq!(described.unknown, []);
    let roles: Vec<&str> = described.snapshot.roles.keys().map(Name::as_str).collect();
    assert_eq!(roles, ["team-a-1", "team-b"]);
    let role = &described.snapshot.roles[&Name::new("team-a-1")];
    assert_eq!(role.description, Seen::Value(Some("a-1".to_owned())));
    assert!(role.attached_policies.value().unwrap().contains("arn:aws:iam::111111111111:policy/p"));
    // Over a collection that is not known, the loop may attach a policy to each role.
    let described = read(&text.replace("TRUST", TRUST).replace("AWS::S3::Bucket", "AWS::IAM::ManagedPolicy"), &[]);
    assert_eq!(described.additive.len(), 2);
}

#[test]
fn what_a_stack_made_is_called_as_it_is() {
    let template = r#"{"TemplateBody": {"Resources": {
        "App": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "Description": {"Ref": "AWS::StackName"}, "ManagedPolicyArns": [{"Ref": "Shared"}],
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}]}}]}},
        "Shared": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}}},
        "Queue": {"Type": "AWS::SQS::Queue"}}}}"#;
    let id = "arn:aws:cloudformation:eu-west-1:222222222222:stack/web/1";
    let made = |logical: &str, kind: &str, physical: &str| json!({"StackName": "web", "StackId": id, "LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": physical});
    let resources = json!({"StackResources": [
        made("App", "AWS::IAM::Role", "web-App-1ABC"),
        made("Shared", "AWS::IAM::ManagedPolicy", "arn:aws:iam::222222222222:policy/web-Shared-2DEF"),
        made("Queue", "AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/222222222222/web-Queue-3GHI")]})
    .to_string();
    let account = AccountIdentity { id: AccountId::zero(), partition: "aws".into() };
    let files = [Template { name: "t.json", text: template }, Template { name: "r.json", text: &resources }];
    let described = read_templates(&files, &BTreeMap::new(), &account, false).unwrap();
    assert_eq!(described.unknown, []);
    assert_eq!(described.snapshot.account.id.as_str(), "222222222222");
    let role = &described.snapshot.roles[&Name::new("web-App-1ABC")];
    assert_eq!(role.description, Seen::Value(Some("web".to_owned())));
    assert!(role.attached_policies.value().unwrap().contains("arn:aws:iam::222222222222:policy/web-Shared-2DEF"));
    let resource = &role.inline_policies.value().unwrap()["p"].value()["Statement"][0]["Resource"];
    assert_eq!(resource, &json!(format!("arn:aws:sqs:{ANY_REGION}:222222222222:web-Queue-3GHI")));
    // Resources of another account's stack, of no template, and of two stacks.
    let other = AccountIdentity { id: AccountId::parse("333333333333").unwrap(), partition: "aws".into() };
    assert!(read_templates(&files, &BTreeMap::new(), &other, true).is_err());
    assert!(read_templates(&files[1..], &BTreeMap::new(), &account, false).is_err());
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts_except_in_entities() {
    let text = "
Outputs: {A: {Value: 1}, A: {Value: 2}}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: a, BucketName: b}}
  Group: {Type: AWS::IAM::Group, Properties: {GroupName: g}}
  Policy: {Type: AWS::IAM::Policy, Properties: {PolicyName: p, Groups: [g], PolicyDocument: {Statement: [], Statement: []}}}
";
    let described = read(text, &[]);
    let said: Vec<String> = described.unknown.iter().map(|u| format!("{}: {}", u.place, u.reason)).collect();
    assert!(
        said.iter().any(|s| s == "t.yaml: Resources.Policy.Properties.PolicyDocument.Statement: this key occurs twice"),
        "{said:#?}"
    );
    assert_eq!(described.notes[0].place, "t.yaml: Outputs.A");
    assert_eq!(described.snapshot.groups.len(), 1);
}

#[test]
fn policies_that_sam_and_connectors_add_make_the_roles_that_they_reach_additive() {
    let text = "
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {DeploymentPreference: {Type: Canary10Percent5Minutes}}}
Resources:
  One: {Type: AWS::IAM::Role, Properties: {RoleName: one, AssumeRolePolicyDocument: TRUST}}
  Two: {Type: AWS::IAM::Role, Properties: {RoleName: two, AssumeRolePolicyDocument: TRUST}}
  Table: {Type: AWS::DynamoDB::Table}
  Fn: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt One.Arn, Events: {Tick: {Type: ScheduleV2}}}, Connectors: {Db: {Properties: {Destination: {Id: Table}}}}}
  Flow: {Type: AWS::Serverless::StateMachine, Properties: {Events: {Call: {Type: Api}}}}
  Data: {Type: AWS::Serverless::GraphQLApi, Properties: {DataSources: {DynamoDb: {Source: {}}}}}
  Maybe: {Type: AWS::Serverless::Function, Properties: {Role: !If [Some, x, !Ref AWS::NoValue], DeploymentPreference: {Enabled: false}}}
  Pool: {Type: AWS::Serverless::CapacityProvider}
";
    let described = read(&text.replace("TRUST", TRUST), &[]);
    assert_eq!(described.additive, [Address::new(EntityKind::Role, "one")].into());
    let said: Vec<String> = described.unknown.iter().map(|u| u.reason.clone()).collect();
    for made in [
        "FnTickRole",
        "FnDbPolicy",
        "CodeDeployServiceRole",
        "FlowRole",
        "FlowCallRole",
        "DataCloudWatchRole",
        "DataSourceDynamoDBDataSourceRole",
        "MaybeRole",
        "PoolOperatorRole",
    ] {
        assert!(said.iter().any(|s| s.contains(&format!("`{made}`"))), "{made}: {said:#?}");
    }
}
