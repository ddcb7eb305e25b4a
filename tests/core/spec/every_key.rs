//! Every key that a spec and a project file may hold reaches what is wanted, with its meaning.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::specs::{ACCOUNT, resolved, resolved_with, vars};
use iamctl::model::{Manage, PolicyRef, Want};
use iamctl::names::{Address, EntityKind, Name};
use iamctl::spec::{AccountBackend, Defaults, Project};
use serde_json::{Value, json};

const SPEC: &str = r#"
version: 1
policies:
  Reader:
    path: /ml/
    description: Reads reports
    tags: {team: ml}
    document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}
    manage: create_only
    protect: true
    adopt: true
    accounts: [prod]
    waive: [{code: wildcard-resource, reason: reads nothing secret, until: 2027-01-31}]
  FromFile: {document_file: docs/p.json, manage: additive}
  Elsewhere: {accounts: [dev], document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}}
roles:
  worker:
    path: /ml/
    description: Works
    max_session_duration: 90m
    permissions_boundary: aws/PowerUserAccess
    tags: {team: ml}
    trust: [{service: ec2.amazonaws.com}]
    managed_policies: [{policy: Reader, expires: 2999-12-31}, aws/service-role/AWSBatchServiceRole, "arn:aws:iam::999999999999:policy/x/Other"]
    inline_policies:
      Tags: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "tag:GetResources", Resource: "*"}]}
      File: {document_file: docs/p.json}
    instance_profile: true
    manage: additive
    protect: true
    adopt: true
    accounts: ["pr*"]
    waive: [{code: x, reason: y}]
  by-document:
    trust_document: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: a.amazonaws.com}, Action: "sts:AssumeRole"}]}
    permissions_boundary: none
    instance_profile: other-name
  by-file: {trust_document_file: docs/t.json, instance_profile: false, max_session_duration: 7200}
users:
  alice:
    path: /people/
    permissions_boundary: Reader
    tags: {team: ml}
    managed_policies: [Reader]
    inline_policies: {File: {document_file: docs/p.json}}
    manage: exclusive
    protect: true
    adopt: true
    create: true
    renamed_from: alicia
    accounts: [prod]
    waive: []
  bob:
groups:
  analysts:
    path: /people/
    managed_policies: [aws/ReadOnlyAccess]
    inline_policies: {File: {document_file: docs/p.json}}
    users: [alice, carol]
    manage: create_only
    protect: true
    accounts: [prod]
    waive: []
  plain: {}
service_linked_roles:
  - spot.amazonaws.com
  - {service: autoscaling.amazonaws.com, custom_suffix: blue, description: For blue}
oidc_providers:
  https://gitlab.com:
    client_ids: [a, b]
    thumbprints: [0123456789012345678901234567890123456789]
    tags: {team: ml}
    protect: true
    accounts: [prod]
  token.actions.githubusercontent.com: {}
saml_providers:
  Corp: {metadata_file: corp.xml, tags: {team: ml}, protect: true, accounts: [prod]}
use:
  - {template: own, name: made, with: {word: w}}
  - {template: own, name: "each-${each.a}-${each.b}", each: {a: [x, y], b: [z]}, accounts: [prod], with: {word: v}}
parts:
  - {accounts: [prod], spec: {groups: {of-part: {users: [dora]}}}}
fragments:
  Own: [{Effect: Deny, Action: "s3:*", Resource: "*"}]
release: [role/old]
tests:
  - name: permissions
    principal: role/worker
    expect:
      allowed: [{action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resource_account: "111111111111", key_policy: default, context: {"aws:SourceVpc": v}}]
      denied: [{action: ["s3:PutObject"]}]
      implicitly_denied: [{action: "s3:PutObject"}]
      explicitly_denied: [{action: "s3:PutObject"}]
  - name: trust
    assume: role/worker
    expect:
      allowed: [{service: ec2.amazonaws.com, action: "sts:AssumeRole"}]
      denied: [{aws: "arn:aws:iam::999999999999:root"}, {oidc: gitlab.com}, {saml: Corp}]
"#;

const TEMPLATE: &str = r#"
version: 1
template: own
description: One role
optional: {keys: {actions: ["kms:*"], about: data under own keys, required_with: name}}
parameters:
  name: {type: string, default: x, description: Its name}
  word: {type: string, default: v, description: A word, enum: [v, w]}
spec:
  roles:
    "${param.name}": {trust: [{service: ec2.amazonaws.com}], tags: {word: "${param.word}"}}
parts:
  - {when: word, spec: {roles: {"${param.name}": {description: of the part}}}}
"#;

fn files() -> Vec<(&'static str, String)> {
    let document =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}});
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::${account_id}:root"}, "Action": "sts:AssumeRole"}]});
    vec![
        ("specs/a.yaml", SPEC.to_owned()),
        ("specs/templates/own.yaml", TEMPLATE.to_owned()),
        ("specs/docs/p.json", document.to_string()),
        ("specs/docs/t.json", trust.to_string()),
        ("specs/corp.xml", format!("<EntityDescriptor>{}</EntityDescriptor>", "x".repeat(1000))),
    ]
}

fn tags(list: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn set(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

#[test]
fn every_key_of_a_spec_reaches_what_is_wanted() {
    let files = files();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, t.as_str())).collect();
    let resolved = resolved(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let wanted = &resolved.desired;
    let name = |n: &str| Name::new(n);
    let ml = tags(&[("team", "ml")]);
    let action = |document: &iamctl::policy::Document| {
        document.value().pointer("/Statement/Action").or(document.value().pointer("/Statement/0/Action")).unwrap().clone()
    };

    let reader = &wanted.policies[&name("Reader")];
    assert_eq!((reader.path.as_str(), &reader.description), ("/ml/", &Want::Exactly("Reads reports".to_owned())));
    assert_eq!((reader.manage, reader.protect, reader.adopt, &reader.tags), (Manage::CreateOnly, true, true, &ml));
    assert_eq!(reader.document.value()["Version"], "2012-10-17", "unquoted, it is the text all the same");
    assert_eq!((reader.place.line, reader.document_place.line), (4, 8));
    let from_file = &wanted.policies[&name("FromFile")];
    assert_eq!(action(&from_file.document), "s3:ListAllMyBuckets");
    assert_eq!(from_file.document_place.file, "specs/docs/p.json");
    assert_eq!((from_file.manage, from_file.path.as_str(), &from_file.description), (Manage::Additive, "/", &Want::Leave));
    assert!(!wanted.policies.contains_key(&name("Elsewhere")), "`accounts:` selects");

    let worker = &wanted.roles[&name("worker")];
    assert_eq!((worker.path.as_str(), &worker.description), ("/ml/", &Want::Exactly("Works".to_owned())));
    assert_eq!(worker.max_session_duration, Want::Exactly(5400));
    let power = PolicyRef::Arn("arn:aws:iam::aws:policy/PowerUserAccess".to_owned());
    assert_eq!(worker.permissions_boundary, Want::Exactly(Some(power)));
    let managed: Vec<&PolicyRef> = worker.managed_policies.iter().map(|(policy, _)| policy).collect();
    assert_eq!(
        managed,
        [
            &PolicyRef::Declared(name("Reader")),
            &PolicyRef::Arn("arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole".to_owned()),
            &PolicyRef::Arn("arn:aws:iam::999999999999:policy/x/Other".to_owned()),
        ]
    );
    assert_eq!(worker.inline_policies.keys().collect::<Vec<_>>(), ["File", "Tags"]);
    assert_eq!(action(&worker.inline_policies["Tags"]), "tag:GetResources");
    assert_eq!(action(&worker.inline_policies["File"]), "s3:ListAllMyBuckets");
    assert_eq!((worker.manage, worker.protect, worker.adopt, &worker.tags), (Manage::Additive, true, true, &ml));
    let profile = &wanted.instance_profiles[&name("worker")];
    assert_eq!((profile.role.as_str(), profile.path.as_str(), profile.manage), ("worker", "/ml/", Manage::Additive));
    assert!(profile.protect && profile.adopt && profile.tags == ml);

    let by_document = &wanted.roles[&name("by-document")];
    assert_eq!(by_document.trust.value()["Statement"][0]["Principal"]["Service"], "a.amazonaws.com");
    assert_eq!(by_document.permissions_boundary, Want::Exactly(None));
    assert_eq!((by_document.manage, by_document.protect, by_document.adopt), (Manage::Exclusive, false, false));
    assert_eq!((&by_document.max_session_duration, &by_document.description), (&Want::Leave, &Want::Leave));
    assert_eq!(wanted.instance_profiles[&name("other-name")].role.as_str(), "by-document");
    let by_file = &wanted.roles[&name("by-file")];
    assert_eq!(by_file.trust.value()["Statement"][0]["Principal"]["AWS"], format!("arn:aws:iam::{ACCOUNT}:root"));
    assert_eq!((&by_file.max_session_duration, &by_file.permissions_boundary), (&Want::Exactly(7200), &Want::Leave));
    assert_eq!(wanted.instance_profiles.len(), 2);

    let alice = &wanted.users[&name("alice")];
    assert_eq!((&alice.path, alice.manage), (&Want::Exactly("/people/".to_owned()), Manage::Exclusive));
    assert_eq!(alice.permissions_boundary, Want::Exactly(Some(PolicyRef::Declared(name("Reader")))));
    assert!(alice.protect && alice.adopt && alice.create && alice.tags == ml);
    assert_eq!((alice.managed_policies.len(), alice.inline_policies.len()), (1, 1));
    let bob = &wanted.users[&name("bob")];
    assert_eq!(
        (&bob.path, bob.manage, bob.create, &bob.permissions_boundary),
        (&Want::Leave, Manage::Additive, false, &Want::Leave)
    );

    let analysts = &wanted.groups[&name("analysts")];
    assert_eq!(
        (&analysts.path, analysts.manage, analysts.protect),
        (&Want::Exactly("/people/".to_owned()), Manage::CreateOnly, true)
    );
    assert_eq!((analysts.managed_policies.len(), analysts.inline_policies.len()), (1, 1));
    assert_eq!(analysts.users.iter().map(|(user, _)| user.as_str()).collect::<Vec<_>>(), ["alice", "carol"]);
    assert_eq!(wanted.groups[&name("plain")].manage, Manage::Additive);

    let spot = &wanted.service_linked_roles[&name("spot.amazonaws.com")];
    assert_eq!((spot.custom_suffix.as_deref(), &spot.description), (None, &Want::Leave));
    let blue = &wanted.service_linked_roles[&name("autoscaling.amazonaws.com/blue")];
    assert_eq!((blue.service.as_str(), blue.custom_suffix.as_deref()), ("autoscaling.amazonaws.com", Some("blue")));
    assert_eq!(blue.description, Want::Exactly("For blue".to_owned()));

    let gitlab = &wanted.oidc_providers[&name("gitlab.com")];
    assert_eq!(gitlab.client_ids, Want::Exactly(set(&["a", "b"])));
    assert_eq!(gitlab.thumbprints, Want::Exactly(set(&["0123456789012345678901234567890123456789"])));
    assert!(gitlab.protect && gitlab.tags == ml);
    let github = &wanted.oidc_providers[&name("token.actions.githubusercontent.com")];
    assert_eq!((&github.client_ids, &github.thumbprints), (&Want::Leave, &Want::Leave));
    let corp = &wanted.saml_providers[&name("Corp")];
    assert!(corp.metadata.starts_with("<EntityDescriptor>x") && corp.protect && corp.tags == ml);

    assert_eq!(wanted.roles[&name("made")].tags, tags(&[("word", "w")]));
    assert_eq!(wanted.roles[&name("made")].description, Want::Exactly("of the part".to_owned()));
    for each in ["each-x-z", "each-y-z"] {
        assert_eq!(wanted.roles[&name(each)].tags, tags(&[("word", "v")]));
    }
    assert_eq!(wanted.groups[&name("of-part")].users.len(), 1);
    assert_eq!(wanted.release.keys().collect::<Vec<_>>(), [&Address::new(EntityKind::Role, name("old"))]);
    let tests: Vec<&str> = resolved.tests.iter().map(|test| test.name.value.as_str()).collect();
    assert_eq!(tests, ["permissions", "trust"]);
    let case = &resolved.tests[0].expect.allowed.0[0];
    assert_eq!((case.resource_account.as_ref().unwrap().as_str(), case.context.list.len()), ("111111111111", 1));
    assert_eq!(case.key_policy.as_ref().unwrap().as_str(), "default");
    let expect = &resolved.tests[1].expect;
    assert_eq!((expect.allowed.0.len(), expect.denied.0.len()), (1, 3));
}

/// The keys that a schema knows, by the type that has them.
fn keys_of(schema: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut left = vec![schema];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(map) => {
                keys.extend(map.get("properties").and_then(Value::as_object).into_iter().flat_map(|p| p.keys().cloned()));
                left.extend(map.values());
            }
            Value::Array(list) => left.extend(list),
            _ => {}
        }
    }
    keys
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect()
}

#[test]
fn this_test_leaves_out_no_key_of_a_spec_or_a_template() {
    // Those of trust entries are all in the table of trust entries.
    let trust = [
        "github",
        "gitlab",
        "terraform_cloud",
        "buildkite",
        "circleci",
        "eks",
        "eks_pod_identity",
        "project",
        "branch",
        "tag",
        "organization",
        "workspace",
        "run_phase",
        "pipeline",
        "cluster",
        "namespace",
        "service_account",
        "principal",
        "audience",
        "subject",
        "source_account",
        "source_arn",
        "external_id",
        "org_id",
        "mfa",
        "condition",
        "actions",
        "sid",
        "effect",
        "repository",
        "ref",
        "environment",
        "pull_request",
        "any",
        "host",
    ];
    // Metadata of a SAML provider without a file is in the test of rendered specs.
    let elsewhere_tested = ["metadata"];
    // The elements of policy documents are IAM's, and tested with the grammar.
    let elements = ["Condition", "Id", "NotAction", "NotPrincipal", "NotResource", "Sid"];
    let used: BTreeSet<&str> = words(SPEC).into_iter().chain(words(TEMPLATE)).collect();
    let known =
        keys_of(&iamctl::spec::schema::spec_schema()).into_iter().chain(keys_of(&iamctl::spec::schema::template_schema()));
    let elsewhere = |k: &str| trust.contains(&k) || elements.contains(&k) || elsewhere_tested.contains(&k);
    let missing: Vec<String> = known.filter(|k| !used.contains(k.as_str()) && !elsewhere(k)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

const PROJECT: &str = r#"
version: 1
stack: ml-platform
formerly: [ml]
specs: [specs, more.yaml]
vars: {env: dev, buckets: [a, b]}
defaults: {tags: {team: ml, env: dev}, path: /ml/, permissions_boundary: aws/PowerUserAccess, max_session_duration: 1h}
ignore: {tags: ["auto:*"], attached_policies: ["arn:aws:iam::*:policy/org-*"], inline_policies: [org]}
guards: {max_deletes: 3, max_changes_percent: 4, max_deletes_percent: 6, max_revoked: 7, delete_unused_days: 5, break_glass: ["arn:aws:iam::222222222222:role/Admin"]}
require:
  permissions_boundary: [aws/PowerUserAccess, Boundary]
  tags: [team]
  path: /ml/
  name: "ml-*"
  roles: {tags: [team, env]}
  policies: {name: []}
  users: {path: /people/}
  groups: {name: "g-*"}
forbid:
  - {name: logs, actions: "s3:Delete*", resources: "arn:aws:s3:::logs-${account_id}/*", conditions: {Bool: {"aws:SecureTransport": "false"}}, principals: [role/*], except: ["role/${var.env}-admin"]}
ownership: {tag_key: "own:stack"}
data: "2026-09-26"
default_account: prod
fleet_guards: {max_accounts_percent: 20, max_deletes: 9}
groups:
  asia: {ou: /Asia, accounts: ["c*"], tags: {team: a}, vars: {env: asia}, guards: {max_revoked: 1}, wave: 4}
  off: {tags: {off: "yes"}, exclude: true}
accounts:
  local: {embedded: state/account.json}
  dev: {id: "111111111111", region: eu-west-1, profile: dev}
  china: {id: "333333333333", region: cn-north-1, ou: /Asia/China, tags: {team: a}}
  odd: {id: "444444444444", partition: aws-iso}
  prod:
    id: "222222222222"
    assume_role: {arn: "arn:aws:iam::222222222222:role/iamctl", external_id: x, session_name: ci}
    stack: prod-platform
    specs: [prod]
    vars: {env: prod}
    defaults: {tags: {env: prod}, path: /prod/, permissions_boundary: none, max_session_duration: 2h}
    ignore: {tags: []}
    guards: {max_deletes: 1}
    require: {path: /prod/, permissions_boundary: []}
    forbid: [{actions: [iam:CreateUser]}]
"#;

#[test]
fn every_key_of_the_project_file_has_its_meaning_and_the_innermost_wins() {
    let project = Project::parse("iamctl.yaml", PROJECT, Path::new("/p")).unwrap();
    assert_eq!(project.formerly, ["ml"]);
    assert_eq!(project.ownership_tag, "own:stack");
    assert_eq!((project.default_account.as_deref(), project.data.as_deref()), (Some("prod"), Some("2026-09-26")));
    assert_eq!(project.account_names(), ["aws", "china", "dev", "local", "odd", "prod"]);

    let dev = project.account("dev").unwrap();
    assert_eq!((dev.stack.as_deref(), dev.id.as_ref().unwrap().as_str()), (Some("ml-platform"), "111111111111"));
    assert_eq!((dev.region.as_deref(), dev.partition.as_deref()), (Some("eu-west-1"), Some("aws")));
    assert_eq!(dev.specs, [Path::new("specs"), Path::new("more.yaml")]);
    assert!(
        matches!(&dev.backend, AccountBackend::Aws { profile: Some(p), assume_role } if p == "dev" && assume_role.is_empty())
    );
    assert_eq!(dev.vars["env"].as_str(), Some("dev"));
    assert_eq!(dev.vars["buckets"].to_json(), json!(["a", "b"]));
    assert_eq!(dev.defaults.tags, tags(&[("team", "ml"), ("env", "dev")]));
    assert_eq!((dev.defaults.path.as_deref(), dev.defaults.max_session_duration), (Some("/ml/"), Some(3600)));
    assert_eq!(dev.defaults.permissions_boundary.as_deref(), Some("aws/PowerUserAccess"));
    assert_eq!(dev.ignore.tags, ["auto:*"]);
    assert_eq!((dev.ignore.attached_policies.len(), dev.ignore.inline_policies.len()), (1, 1));
    assert_eq!((dev.guards.max_deletes, dev.guards.max_changes_percent, dev.guards.delete_unused_days), (3, 4, 5));
    assert_eq!((dev.guards.max_deletes_percent, dev.guards.max_revoked), (6, 7));
    assert_eq!(
        dev.guards.break_glass.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["arn:aws:iam::222222222222:role/Admin"]
    );

    let (roles, users) = (&dev.require.roles, &dev.require.users);
    assert_eq!(roles.permissions_boundary, ["aws/PowerUserAccess", "Boundary"]);
    assert_eq!(
        (roles.tags.as_slice(), roles.path.as_slice()),
        (["team", "env"].map(String::from).as_slice(), ["/ml/".into()].as_slice())
    );
    assert_eq!((users.tags.as_slice(), users.path.as_slice()), (["team".to_owned()].as_slice(), ["/people/".into()].as_slice()));
    assert!(dev.require.policies.name.is_empty() && dev.require.policies.permissions_boundary.is_empty());
    assert_eq!((dev.require.groups.name.as_slice(), dev.require.groups.path.len()), (["g-*".to_owned()].as_slice(), 0));
    assert_eq!(dev.require.provider_tags, ["team"]);

    let prod = project.account("prod").unwrap();
    assert_eq!(
        (prod.require.roles.path.as_slice(), prod.require.roles.permissions_boundary.len()),
        (["/prod/".to_owned()].as_slice(), 0)
    );
    assert_eq!(prod.require.roles.tags, ["team", "env"], "each key on its own");
    assert_eq!(prod.require.users.path, ["/prod/"], "the account's word wins over the project's for the kind");
    assert_eq!(
        (prod.stack.as_deref(), prod.specs.as_slice()),
        (Some("prod-platform"), [Path::new("prod").to_owned()].as_slice())
    );
    let AccountBackend::Aws { profile: None, assume_role } = &prod.backend else { panic!("{:?}", prod.backend) };
    let [role] = assume_role.as_slice() else { panic!("{assume_role:?}") };
    assert_eq!(role.arn, "arn:aws:iam::222222222222:role/iamctl");
    assert_eq!((role.external_id.as_deref(), role.session_name.as_deref()), (Some("x"), Some("ci")));
    assert_eq!((prod.vars["env"].as_str(), prod.vars["buckets"].items().len()), (Some("prod"), 2));
    assert_eq!(prod.defaults.tags, tags(&[("team", "ml"), ("env", "prod")]));
    assert_eq!((prod.defaults.path.as_deref(), prod.defaults.max_session_duration), (Some("/prod/"), Some(7200)));
    assert_eq!(prod.defaults.permissions_boundary, None, "`none` takes back the project's");
    assert!(prod.ignore.tags.is_empty() && prod.ignore.inline_policies == ["org"]);
    assert_eq!((prod.guards.max_deletes, prod.guards.max_changes_percent), (1, 4));

    let [logs, users] = prod.forbid.as_slice() else { panic!("{:?}", prod.forbid) };
    assert_eq!((logs.name.as_str(), users.name.as_str(), dev.forbid.len()), ("logs", "iam:CreateUser", 1));
    let denial = json!({"Effect": "Deny", "Action": ["s3:Delete*"], "Resource": ["arn:aws:s3:::logs-222222222222/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    assert_eq!(logs.denial(prod.id.as_ref().unwrap(), "aws"), denial);
    let of_prod = |name: &str| format!("arn:aws:iam::222222222222:{name}");
    for (name, holds) in [("role/x", true), ("role/prod-admin", false), ("role/dev-admin", true), ("user/x", false)] {
        assert_eq!(logs.holds_for(&of_prod(name), prod.id.as_ref().unwrap(), "aws"), holds, "{name}");
    }

    assert_eq!(project.account("china").unwrap().partition.as_deref(), Some("aws-cn"));
    assert_eq!(project.account("odd").unwrap().partition.as_deref(), Some("aws-iso"));
    assert!(
        matches!(project.account("local").unwrap().backend, AccountBackend::Embedded(f) if f == Path::new("/p/state/account.json"))
    );
    assert_eq!(project.fleet_guards(), (Some(20), Some(9)));
    let china = project.account("china").unwrap();
    assert_eq!((china.vars["env"].as_str(), china.guards.max_revoked, china.guards.max_deletes), (Some("asia"), 1, 3));
    assert_eq!(project.roster.get("china").map(|member| (member.wave, member.groups.len())), Some((4, 1)));

    let used = words(PROJECT);
    // `accounts_from` and `organization` read files, and are tested with the binary.
    let elsewhere = ["accounts_from", "file", "organization", "management_account", "scps", "rcps"];
    let known = keys_of(&iamctl::spec::schema::project_schema()).into_iter();
    let missing: Vec<String> = known.filter(|k| !used.contains(k.as_str()) && !elsewhere.contains(&k.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn defaults_reach_the_entities_that_say_nothing_of_their_own() {
    let defaults = Defaults {
        tags: tags(&[("team", "ml"), ("env", "${var.env}")]),
        path: Some("/ml/".to_owned()),
        permissions_boundary: Some("aws/PowerUserAccess".to_owned()),
        max_session_duration: Some(7200),
        ..Defaults::default()
    };
    let text = "
policies: {p: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: '*', Resource: '*'}}}}
roles:
  a: {trust: [{service: ec2.amazonaws.com}], instance_profile: true}
  b: {trust: [{service: ec2.amazonaws.com}], path: /, tags: {Env: own}, permissions_boundary: none, max_session_duration: 1h}
users: {made: {create: true}, found: {}}
groups: {g: {}}
oidc_providers: {gitlab.com: {}}
";
    let wanted = resolved_with(&[("a.yaml", text)], &vars("  env: dev"), &defaults, |_| {}).unwrap().desired;
    let name = |n: &str| Name::new(n);
    let all = tags(&[("team", "ml"), ("env", "dev")]);
    let boundary = Want::Exactly(Some(PolicyRef::Arn("arn:aws:iam::aws:policy/PowerUserAccess".to_owned())));
    let a = &wanted.roles[&name("a")];
    assert_eq!(
        (a.path.as_str(), &a.tags, &a.permissions_boundary, &a.max_session_duration),
        ("/ml/", &all, &boundary, &Want::Exactly(7200))
    );
    assert_eq!((wanted.instance_profiles[&name("a")].path.as_str(), &wanted.instance_profiles[&name("a")].tags), ("/ml/", &all));
    let b = &wanted.roles[&name("b")];
    assert_eq!(
        (b.path.as_str(), &b.permissions_boundary, &b.max_session_duration),
        ("/", &Want::Exactly(None), &Want::Exactly(3600))
    );
    assert_eq!(b.tags, tags(&[("Env", "own"), ("team", "ml")]), "keys of a role's tags ignore case");
    assert_eq!((wanted.policies[&name("p")].path.as_str(), &wanted.policies[&name("p")].tags), ("/ml/", &all));
    let (made, found) = (&wanted.users[&name("made")], &wanted.users[&name("found")]);
    assert_eq!((&made.tags, &made.permissions_boundary, &made.path), (&all, &boundary, &Want::Leave));
    assert!(found.tags.is_empty() && found.permissions_boundary == Want::Leave);
    assert_eq!(wanted.groups[&name("g")].path, Want::Leave);
    assert_eq!(wanted.oidc_providers[&name("gitlab.com")].tags, all);
}
