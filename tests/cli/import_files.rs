//! `iamctl import cloudformation` and `import terraform` from outside.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};

fn iamctl(directory: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn tree(directory: &Path) -> Vec<(String, String)> {
    fn walk(directory: &Path, base: &Path, out: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).into_iter().flatten().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, base, out);
            } else {
                let name = entry.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
                out.push((name, fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    let mut out = Vec::new();
    walk(directory, directory, &mut out);
    out.sort();
    out
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cloudformation")
}

fn facts(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(vectors().join(name)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value["cases"].as_array().unwrap().clone()
}

/// Imports a template into a directory of its own.
fn import(template: &str, more: &[&str]) -> (i32, String, Vec<(String, String)>) {
    let directory = tempfile::tempdir().unwrap();
    let mut args = vec!["import", "cloudformation", template, "-o", "specs"];
    args.extend(more);
    let (code, out, err) = iamctl(directory.path(), &args);
    assert!(code == 0 || code == 7, "{template}: {out}{err}");
    let files = tree(&directory.path().join("specs"));
    if !files.is_empty() {
        let (code, out, err) = iamctl(directory.path(), &["validate"]);
        assert_eq!(code, 0, "{template}: {out}{err}");
    }
    (code, out, files)
}

#[test]
fn a_template_in_yaml_and_in_json_gives_the_same_specs() {
    let mut pairs = 0;
    for case in facts("cfn_facts.json").iter().filter(|c| c["format"] == "yaml") {
        let file = |name: &Value| vectors().join(name.as_str().unwrap().replace('/', "__")).to_str().unwrap().to_owned();
        // A parameter that a template lacks is refused.
        let has_env = fs::read_to_string(file(&case["name"])).unwrap().contains("EnvName:");
        let mut parameters = vec!["--parameter", "AWS::StackName=web"];
        parameters.extend(has_env.then_some(["--parameter", "EnvName=dev"]).into_iter().flatten());
        let yaml = import(&file(&case["name"]), &parameters);
        let json = import(&file(&case["pair"]), &parameters);
        assert_eq!(yaml.2, json.2);
        pairs += 1;
    }
    assert_eq!(pairs, 3);
}

#[test]
fn a_literal_role_comes_out_equal() {
    let (code, _, files) = import(vectors().join("Lambda__LambdaSample.yaml").to_str().unwrap(), &[]);
    let expected = "version: 1

roles:
  lambda-role:
    trust:
      - service: lambda.amazonaws.com
    managed_policies:
      - aws/AWSLambdaExecute
      - aws/AmazonDynamoDBFullAccess
      - aws/AmazonKinesisFullAccess
      - aws/AmazonS3FullAccess
";
    assert_eq!((code, files), (0, vec![("roles/lambda-role.yaml".to_owned(), expected.to_owned())]));
}

#[test]
fn small_templates_import_or_say_why_not() {
    for case in facts("cfn_moto.json") {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.yaml");
        fs::write(&path, case["template"].as_str().unwrap()).unwrap();
        let (code, out, files) = import(path.to_str().unwrap(), &[]);
        let entities = case["resources"].as_array().unwrap().iter().filter(|r| r["type"] != "AWS::IAM::AccessKey");
        // Each resource is in the specs, or the report names its place.
        for resource in entities {
            let id = resource["logical_id"].as_str().unwrap();
            assert!(
                files.iter().any(|(_, text)| text.contains(&format!("  {id}:"))) || out.contains(&format!("Resources.{id}")),
                "{out}"
            );
        }
        assert_eq!(code, 7, "every one of them leaves a name to CloudFormation, or has a placeholder");
    }
}

/// The lesson's template: a role for a notebook, its policy inline.
const LESSON: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  SageMakerExecutionRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: SageMakerExecutionRole
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: sagemaker.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: SageMakerS3Access
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: arn:aws:s3:::my-bucket/*
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties: {InstanceType: ml.t2.medium, RoleArn: !GetAtt SageMakerExecutionRole.Arn}
";

const LESSON_SPEC: &str = "version: 1

roles:
  SageMakerExecutionRole:
    trust:
      - service: sagemaker.amazonaws.com
    inline_policies:
      SageMakerS3Access:
        Version: \"2012-10-17\"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: arn:${partition}:s3:::my-bucket/*
";

#[test]
fn the_lesson_s_template_becomes_one_role_that_can_be_applied() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::write(here.join("lesson.yaml"), LESSON).unwrap();
    let (code, out, err) = iamctl(here, &["import", "cloudformation", "lesson.yaml", "-o", "specs"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(tree(&here.join("specs")), [("roles/sagemakerexecutionrole.yaml".to_owned(), LESSON_SPEC.to_owned())]);
    assert_eq!(iamctl(here, &["apply", "--yes"]).0, 0);
    assert_eq!(iamctl(here, &["plan", "--account", "local", "--detailed-exitcode"]).0, 0);
    // Without a name the logical id stands for it, and that is said.
    fs::write(here.join("unnamed.yaml"), LESSON.replace("      RoleName: SageMakerExecutionRole\n", "")).unwrap();
    let (code, out, _) = iamctl(here, &["import", "cloudformation", "unnamed.yaml", "-o", "other/specs"]);
    assert_eq!(code, 7);
    assert!(out.contains("the spec calls it `SageMakerExecutionRole`"), "{out}");
}

#[test]
fn region_and_account_stay_variables_in_names_and_policies() {
    let template = "
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub app-${AWS::Region}
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}, Action: 'sts:AssumeRole'}]}
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              Effect: Allow
              Action: logs:*
              Resource: !Sub 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/x/${!aws:username}'
";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.yaml");
    fs::write(&path, template).unwrap();
    let (code, out, files) = import(path.to_str().unwrap(), &[]);
    assert_eq!(code, 0, "{out}");
    let [(name, text)] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(name, "roles/app-region.yaml");
    for line in [
        "  app-${region}:\n",
        "      - aws: ${account_id}\n",
        "          Resource: arn:${partition}:logs:${region}:${account_id}:log-group:/x/${aws:username}\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn a_terraform_state_becomes_specs() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let read = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-111111111111/*"}]});
    let resource = |kind: &str, values: Value| json!({"address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x", "values": values});
    let state = json!({"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
        resource("aws_iam_role", json!({"name": "app", "arn": "arn:aws:iam::111111111111:role/app", "path": "/", "description": "", "assume_role_policy": trust.to_string(),
            "max_session_duration": 3600, "permissions_boundary": "", "tags": {}, "tags_all": {"team": "ml"}, "inline_policy": [], "managed_policy_arns": []})),
        resource("aws_iam_policy", json!({"name": "read", "path": "/", "arn": "arn:aws:iam::111111111111:policy/read", "description": "", "policy": read.to_string(), "tags_all": {}})),
        resource("aws_iam_role_policy_attachment", json!({"role": "app", "policy_arn": "arn:aws:iam::111111111111:policy/read"})),
        resource("aws_iam_instance_profile", json!({"name": "app", "path": "/", "role": "app", "tags_all": {"team": "ml"}})),
        resource("aws_iam_user", json!({"name": "alice", "path": "/", "tags_all": {}})),
        resource("aws_iam_group", json!({"name": "ops", "path": "/"})),
        resource("aws_iam_group_membership", json!({"group": "ops", "users": ["alice"], "name": "m"}))
    ]}}});
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::write(here.join("state.json"), state.to_string()).unwrap();
    let (code, out, err) = iamctl(here, &["import", "terraform", "state.json", "-o", "specs"]);
    assert_eq!(code, 0, "{out}{err}");
    let files = tree(&here.join("specs"));
    let expected = "version: 1

policies:
  read:
    document:
      Version: \"2012-10-17\"
      Statement:
        - Effect: Allow
          Action: s3:GetObject
          Resource: arn:${partition}:s3:::b-${account_id}/*

roles:
  app:
    tags:
      team: ml
    trust:
      - service: ec2.amazonaws.com
    managed_policies: [read]
    instance_profile: true
";
    assert_eq!(files.iter().find(|(name, _)| name == "roles/app.yaml").map(|(_, text)| text.as_str()), Some(expected));
    assert_eq!(
        files.iter().find(|(name, _)| name == "users.yaml").unwrap().1,
        "version: 1\n\nusers:\n  alice:\n    create: true\n"
    );
    assert_eq!(
        files.iter().find(|(name, _)| name == "groups.yaml").unwrap().1,
        "version: 1\n\ngroups:\n  ops:\n    users: [alice]\n"
    );
    assert_eq!(iamctl(here, &["apply", "--yes"]).0, 0);
    assert_eq!(iamctl(here, &["plan", "--account", "local", "--detailed-exitcode"]).0, 0);
}

#[test]
fn a_literal_role_stands_in_the_specs_though_a_policy_attached_to_it_is_not_known() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: &trust
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: !Sub 'ec2.${AWS::URLSuffix}'}, Action: 'sts:AssumeRole'}]
  Same:
    Type: AWS::IAM::Role
    Properties: {RoleName: same, AssumeRolePolicyDocument: {<<: *trust, Id: x}}
  Cut: {Type: AWS::IAM::Role, Properties: {RoleName: !Select [0, !Split ['-', !Ref AWS::Region]], AssumeRolePolicyDocument: *trust}}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: keys
      Roles: [!Ref Role]
      PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 'kms:*', Resource: '{{resolve:ssm:/key}}'}]}
  Linked: {Type: AWS::IAM::ServiceLinkedRole, Properties: {AWSServiceName: autoscaling.amazonaws.com, CustomSuffix: x, Description: For us}}
";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.yaml");
    fs::write(&path, template).unwrap();
    let (code, out, files) = import(path.to_str().unwrap(), &[]);
    assert_eq!(code, 7);
    for line in [
        "Resources.Policy.Properties.PolicyDocument.Statement[0].Resource: a dynamic reference",
        "`role/app`: a policy attached to it is not known, so its spec says `manage: additive` and takes nothing off",
        "Resources.Cut.Properties.RoleName: it depends on the region",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let text = |name: &str| files.iter().find(|(n, _)| n == name).map(|(_, t)| t.as_str()).unwrap();
    let app = "version: 1\n\nroles:\n  app:\n    trust:\n      - service: ec2.amazonaws.com\n    manage: additive\n";
    assert_eq!(text("roles/app.yaml"), app);
    assert!(text("roles/same.yaml").contains("Id: x"), "{files:?}");
    let linked = "service_linked_roles:\n  - service: autoscaling.amazonaws.com\n    custom_suffix: x\n    description: For us\n";
    assert_eq!(text("service-linked-roles.yaml"), format!("version: 1\n\n{linked}"));
    assert_eq!(files.len(), 3);
}

#[test]
fn pages_of_a_dump_are_one_account() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let page = |name: &str, more: bool| {
        json!({"RoleDetailList": [{"Arn": format!("arn:aws:iam::111111111111:role/{name}"), "RoleName": name, "Tags": null,
            "AssumeRolePolicyDocument": trust}], "UserDetailList": [], "GroupDetailList": [], "Policies": [], "IsTruncated": more})
    };
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::write(here.join("pages.json"), format!("\u{feff}{}\n{}\n", page("a", true), page("b", false))).unwrap();
    let (code, out, err) = iamctl(here, &["import", "snapshot", "pages.json", "-o", "specs"]);
    assert_eq!(code, 0, "a dump says nothing of descriptions: {out}{err}");
    let names: Vec<String> = tree(&here.join("specs")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["roles/a.yaml", "roles/b.yaml"]);
    fs::write(here.join("half.json"), json!([page("a", false), page("b", true)]).to_string()).unwrap();
    let (code, _, err) = iamctl(here, &["import", "snapshot", "half.json", "-o", "other"]);
    assert!(code == 1 && err.contains("this dump is truncated") && !here.join("other").exists(), "{err}");
}

#[test]
fn files_of_another_kind_are_refused_with_the_next_move() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::write(here.join("x.json"), "{}").unwrap();
    for (kind, help) in
        [("cloudformation", "name CloudFormation templates"), ("terraform", "terraform show -json"), ("snapshot", "x.json")]
    {
        let (code, _, err) = iamctl(here, &["import", kind, "x.json", "-o", "specs"]);
        assert_eq!(code, 1, "{err}");
        assert!(err.contains(help), "{err}");
    }
    assert_eq!(iamctl(here, &["import", "snapshot", "x.json"]).0, 64, "-o is asked for");
    assert!(!here.join("specs").exists());
}

#[test]
fn files_in_utf_16_are_read_and_a_failed_import_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(LESSON.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    fs::write(directory.path().join("t.yaml"), utf16).unwrap();
    let (code, out, err) = iamctl(directory.path(), &["import", "cloudformation", "t.yaml", "-o", "specs"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(tree(&directory.path().join("specs")), [("roles/sagemakerexecutionrole.yaml".to_owned(), LESSON_SPEC.to_owned())]);
    // A file stands where a folder has to be.
    fs::remove_dir_all(directory.path().join("specs")).unwrap();
    fs::create_dir(directory.path().join("other")).unwrap();
    fs::write(directory.path().join("other/roles"), "in the way").unwrap();
    let (code, _, err) = iamctl(directory.path(), &["import", "cloudformation", "t.yaml", "-o", "other"]);
    assert!(code == 1 && err.contains("nothing was written"), "{code} {err}");
    assert_eq!(tree(&directory.path().join("other")), [("roles".to_owned(), "in the way".to_owned())]);
}

#[test]
fn documents_of_the_old_language_are_rewritten_where_that_means_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let policy = |name: &str, document: Value| {
        json!({"PolicyName": name, "PolicyId": format!("ANPA{name}"), "Arn": format!("arn:aws:iam::111111111111:policy/{name}"), "Path": "/",
            "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]})
    };
    let statement = |resource: &str| json!([{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]);
    let dump = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [
        policy("none", json!({"Statement": statement("*")})),
        policy("old", json!({"Version": "2008-10-17", "Statement": statement("*")})),
        policy("dollar", json!({"Version": "2008-10-17", "Statement": statement("arn:aws:s3:::b/${aws:username}")})),
    ]});
    fs::write(directory.path().join("dump.json"), dump.to_string()).unwrap();
    let (code, out, err) = iamctl(directory.path(), &["import", "snapshot", "dump.json", "-o", "specs"]);
    assert_eq!(code, 7, "{out}{err}");
    assert!(out.contains("policy/dollar: IAM no longer accepts its document"), "{out}");
    assert!(
        out.contains("policy/old: its document says `Version: \"2008-10-17\"`")
            && out.contains("policy/none: its document has no `Version`"),
        "{out}"
    );
    let files = tree(&directory.path().join("specs"));
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["policies/none.yaml", "policies/old.yaml"]);
    // A dump has no tags of policies: they are left alone.
    assert!(
        files.iter().all(|(_, text)| text.contains("Version: \"2012-10-17\"") && text.contains("manage: additive")),
        "{files:?}"
    );
}

#[test]
fn reasons_that_differ_in_names_alone_stand_together() {
    let directory = tempfile::tempdir().unwrap();
    let mut template = "Parameters: {A: {Type: String}, B: {Type: String}}\nResources:\n".to_owned();
    for n in 0..5 {
        template.push_str(&format!("  K{n}: {{Type: AWS::IAM::AccessKey, Properties: {{UserName: u}}}}\n"));
    }
    template.push_str("  X: {Type: AWS::IAM::Group, Properties: {GroupName: !Ref A}}\n  Y: {Type: AWS::IAM::Group, Properties: {GroupName: !Ref B}}\n");
    fs::write(directory.path().join("t.yaml"), template).unwrap();
    let (code, out, _) = iamctl(directory.path(), &["import", "cloudformation", "t.yaml", "-o", "specs"]);
    assert_eq!(code, 7);
    assert!(out.contains("5 places: a spec has no place for `AWS::IAM::AccessKey`; it stays as it is:"), "{out}");
    assert!(out.contains("give every parameter that has no value: `--parameter A=VALUE --parameter B=VALUE`"), "{out}");
    assert!(out.contains("2 places: the parameter `…` has no value"), "{out}");
}

#[test]
fn a_repository_of_iambic_becomes_a_folder_for_each_account() {
    let directory = tempfile::tempdir().unwrap();
    let repository = directory.path().join("iambic/resources");
    fs::create_dir_all(&repository).unwrap();
    let config = "template_type: NOQ::Core::Config\naws:\n  accounts:\n    - {account_id: '111111111111', account_name: Dev One}\n    - {account_id: '222222222222', account_name: prod}\n";
    fs::write(directory.path().join("iambic/config.yaml"), config).unwrap();
    let role = "template_type: NOQ::AWS::IAM::Role\nidentifier: app\nincluded_accounts: [prod]\nproperties:\n  role_name: app\n  assume_role_policy_document: {version: '2012-10-17', statement: [{effect: Allow, action: 'sts:AssumeRole', principal: {service: ec2.amazonaws.com}}]}\n";
    fs::write(repository.join("role.yaml"), role).unwrap();
    let user = "template_type: NOQ::AWS::IAM::User\nidentifier: 'bot-{{var.account_name}}'\nexcluded_accounts: [Dev One]\nproperties: {user_name: bot}\n";
    fs::write(repository.join("user.yaml"), user).unwrap();
    let group = "template_type: NOQ::AWS::IAM::Group\nidentifier: ops\nproperties: {group_name: ops, managed_policies: [{policy_arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess'}]}\n";
    fs::write(repository.join("group.yaml"), group).unwrap();
    let (code, out, err) = iamctl(directory.path(), &["import", "iambic", "iambic", "-o", "specs"]);
    assert_eq!(code, 0, "{out}{err}");
    let files: Vec<String> = tree(&directory.path().join("specs")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, ["dev-one/groups.yaml", "prod/groups.yaml", "prod/roles/app.yaml", "prod/users.yaml"]);
    let entry = "  dev-one: {id: \"111111111111\", specs: [\"specs/dev-one\"]}\n";
    assert!(out.contains(entry), "{out}");
    // The block that it prints makes the project.
    let (_, block) = out.split_once("In `iamctl.yaml`:\n\n").unwrap();
    fs::write(directory.path().join("iamctl.yaml"), format!("version: 1\nstack: x\n{block}")).unwrap();
    let (code, out, err) = iamctl(directory.path(), &["validate", "--account", "prod"]);
    assert!(code == 0 && out.contains("3 entities"), "{out}{err}");
    let (code, _, err) = iamctl(directory.path(), &["import", "iambic", "iambic", "--only", "test", "-o", "specs"]);
    assert!(code == 64 && err.contains("`Dev One`, `prod`"), "{err}");
    let (code, _, err) = iamctl(directory.path(), &["import", "iambic", "specs", "-o", "other"]);
    assert!(code == 1 && err.contains("not a repository of IAMbic"), "{err}");
}

/// A role that a parameter's default makes smaller than it may be.
const SWITCHED: &str = "
Parameters:
  Admin: {Type: String, Default: 'false', AllowedValues: ['true', 'false']}
Conditions:
  IsAdmin: !Equals [!Ref Admin, 'true']
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      ManagedPolicyArns: !If [IsAdmin, ['arn:aws:iam::aws:policy/AdministratorAccess'], !Ref AWS::NoValue]
  P:
    Type: AWS::IAM::RolePolicy
    Condition: IsAdmin
    Properties: {RoleName: !Ref R, PolicyName: p, PolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}}
";

#[test]
fn what_a_default_decides_is_noted_and_a_parameter_that_is_not_there_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.yaml");
    fs::write(&path, SWITCHED).unwrap();
    let import = |more: &[&str]| import(path.to_str().unwrap(), more);
    let (code, out, _) = import(&[]);
    let note = "Conditions.IsAdmin";
    assert!(code == 0 && out.contains(note) && out.contains("`Resources.P`, `Resources.R`"), "{out}");
    assert!(out.contains("`--parameter Admin=VALUE`"), "{out}");
    let (code, out, files) = import(&["--parameter", "Admin=true"]);
    assert!(code == 0 && !out.contains(note), "{out}");
    assert!(files.iter().any(|(_, text)| text.contains("aws/AdministratorAccess") && text.contains("s3:*")), "{files:?}");
    for (given, fault, help) in [
        (&["Admn=true"][..], "the template has no parameter `Admn`", "did you mean `Admin`?"),
        (&["AWS::Regon=eu-west-1"], "no parameter `AWS::Regon`", "did you mean `AWS::Region`?"),
        (&["Other=1"], "no parameter `Other`", "its parameters are `Admin`"),
        (&["Admin=yes"], "the parameter `Admin` does not allow `yes`", "write `true` or `false`"),
        (&["Admin=true", "Admin=false"], "the parameter `Admin` has two values", "give one of them"),
    ] {
        let flags: Vec<&str> = given.iter().flat_map(|given| ["--parameter", given]).collect();
        let args = [&["import", "cloudformation", "t.yaml", "-o", "specs"][..], &flags].concat();
        let (code, out, err) = iamctl(directory.path(), &args);
        assert!(code == 64 && err.contains(fault) && err.contains(help), "{given:?}: {code} {out}{err}");
        assert!(!directory.path().join("specs").exists(), "{given:?}");
    }
    // A selection of nothing says how entities are addressed.
    for (flags, hint) in [(["--select", "r"], "`--select 'role/r'`"), (["--select", "aws_iam_role.r"], "`--select 'role/r'`")] {
        let (_, out, _) = import(&flags);
        assert!(out.contains(hint), "{out}");
    }
    let (code, _, err) = iamctl(directory.path(), &["import", "cloudformation", "t.yaml", "-o", "specs", "--path", "team"]);
    assert!(code == 64 && err.contains("write `/team/`"), "{err}");
}

#[test]
fn bad_files_are_refused_with_their_place_and_nothing_is_written() {
    let project = tempfile::tempdir().unwrap();
    let here = project.path();
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let files: [(&str, &[u8]); 7] = [
        ("empty", b" \n"),
        ("binary", b"\x7fELF\x00\xff\xfe\x80"),
        ("cut.json", b"{\"Resources\": {\n  \"R\": {\"Type\": \"AWS::IAM::Role\""),
        ("list.json", b"[1, 2]"),
        ("spec.yaml", b"version: 1\nroles: {}\n"),
        ("deep.json", deep.as_bytes()),
        ("again.yaml", b"Resources: &a [*a]\n"),
    ];
    for (name, bytes) in files {
        fs::write(here.join(name), bytes).unwrap();
    }
    fs::create_dir(here.join("folder")).unwrap();
    let rows = [
        ("empty", ["`empty` is empty"; 3]),
        ("binary", ["`binary` is not UTF-8 text"; 3]),
        ("folder", ["`folder` is not a regular file"; 3]),
        ("missing", ["`missing` cannot be read: it does not exist"; 3]),
        ("cut.json", ["`cut.json:2:", "`cut.json:3:1` cannot be read", "`cut.json:2:"]),
        (
            "list.json",
            ["list.json:1:", "`list.json` cannot be read: it is not a CloudFormation template", "`list.json` cannot be read"],
        ),
        ("spec.yaml", ["`spec.yaml:1:1`", "`spec.yaml` cannot be read: it is not a CloudFormation template", "`spec.yaml:1:1`"]),
        ("deep.json", ["`deep.json:1:128`", "`deep.json` cannot be read", "`deep.json:1:128`"]),
        ("again.yaml", ["`again.yaml:1:1`", "`again.yaml", "`again.yaml:1:1`"]),
    ];
    for (file, expected) in rows {
        for (source, expected) in ["snapshot", "cloudformation", "terraform"].into_iter().zip(expected) {
            let (code, out, err) = iamctl(here, &["import", source, file, "-o", "specs"]);
            assert_eq!((code, out.as_str()), (1, ""), "{source} {file}: {err}");
            assert!(err.contains(expected) && !err.contains("panicked"), "{source} {file}: {err}");
            assert!(!here.join("specs").exists(), "{source} {file}");
        }
    }
}
