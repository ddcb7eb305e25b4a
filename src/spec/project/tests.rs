use super::*;

fn parse(text: &str) -> Result<Project, Vec<String>> {
    Project::parse("iamctl.yaml", text, Path::new("/p")).map_err(|problems| {
        problems.into_iter().map(|d| format!("{} {}", d.at.map_or_else(String::new, |p| p.to_string()), d.message)).collect()
    })
}

const WHOLE: &str = r#"
version: 1
stack: ml-platform
formerly: [ml]
specs: [specs, more.yaml]
vars: {env: dev, buckets: [a, b]}
defaults: {tags: {team: ml}, path: /ml/, permissions_boundary: aws/PowerUserAccess, max_session_duration: 1h}
ignore: {tags: ["auto:*"], attached_policies: ["arn:aws:iam::*:policy/org-*"], inline_policies: []}
guards: {max_deletes: 10, max_changes_percent: 30, delete_unused_days: 30, break_glass: ["arn:aws:iam::222222222222:role/Admin"]}
ownership: {tag_key: owner}
default_account: local
accounts:
  local: {embedded: .iamctl/account.json}
  dev:   {id: "111111111111", region: us-east-1, profile: dev}
  prod:
    id: "222222222222"
    region: cn-north-1
    assume_role: {arn: "arn:aws:iam::222222222222:role/iamctl", external_id: x, session_name: ci}
    vars: {env: prod}
    stack: prod-ml
    guards: {max_deletes: 0}
    defaults: {tags: {env: prod}, permissions_boundary: none}
"#;

#[test]
fn the_innermost_word_wins_key_by_key() {
    let project = parse(WHOLE).unwrap();
    let prod = project.account("prod").unwrap();
    assert_eq!(prod.stack.as_deref(), Some("prod-ml"));
    assert_eq!(prod.vars["env"].as_str(), Some("prod"));
    assert_eq!(prod.vars["buckets"].items().len(), 2);
    assert_eq!((prod.guards.max_deletes, prod.guards.max_changes_percent), (0, 30));
    assert_eq!(prod.defaults.tags.len(), 2);
    assert_eq!(prod.defaults.permissions_boundary, None);
    assert_eq!(prod.defaults.max_session_duration, Some(3600));
    assert_eq!(prod.partition.as_deref(), Some("aws-cn"));
    assert!(matches!(prod.backend, AccountBackend::Aws { ref assume_role, .. } if assume_role.len() == 1));
    let dev = project.account("dev").unwrap();
    assert_eq!(dev.stack.as_deref(), Some("ml-platform"));
    assert_eq!(dev.id.unwrap().as_str(), "111111111111");
    assert_eq!(project.ownership_tag, "owner");
    assert_eq!(project.account_names(), ["aws", "dev", "local", "prod"]);
}

#[test]
fn two_accounts_always_exist() {
    let project = Project::empty(Path::new("/p"));
    let local = project.account("local").unwrap();
    assert_eq!(local.backend, AccountBackend::Embedded("/p/.iamctl/account.json".into()));
    assert_eq!(local.specs, [PathBuf::from("specs")]);
    assert!(matches!(project.account("aws").unwrap().backend, AccountBackend::Aws { .. }));
    assert_eq!(project.account("locl").unwrap_err().help.unwrap(), "did you mean `local`?");
}

#[test]
fn every_fault_of_the_file_is_reported_at_once() {
    let text = "stak: x\nstack: a b\nvars: {a: 012345678901, b: \"x:${env}\"}\ndefault_account: prd\naccounts:\n  prod: {id: 222222222222}\n  dev: {id: \"123\", guards: {max_delete: 1}}\n";
    assert_eq!(
        parse(text).unwrap_err(),
        [
            "iamctl.yaml:1:1 unknown key `stak`",
            "iamctl.yaml:2:8 `a b` is not a name of a stack",
            "iamctl.yaml:3:11 the account id 012345678901 is written as a number",
            "iamctl.yaml:3:28 a variable's value is substituted as it is, and this one contains a variable",
            "iamctl.yaml:4:18 no account is called `prd`",
            "iamctl.yaml:6:14 the account id 222222222222 is written as a number",
            "iamctl.yaml:7:13 `123` is not an account id",
            "iamctl.yaml:7:29 unknown key `max_delete`",
        ]
    );
}

#[test]
fn the_file_is_found_in_parents_and_paths_are_relative_to_it() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(root.path().join(FILE_NAME), "stack: s\n").unwrap();
    let project = Project::load(&deep, None).unwrap();
    assert_eq!(project.directory, root.path());
    assert!(project.file.is_some());
    assert!(Project::load(&deep, Some(Path::new("missing.yaml"))).is_err());
    assert!(Project::load(&deep, Some(Path::new("../../iamctl.yaml"))).is_ok());
}

#[test]
fn a_break_glass_entry_names_a_principal_or_is_an_error() {
    let read = |guards: &str, account: &str| {
        let text = format!(
            "stack: s\nvars: {{admin: Admin}}\nguards: {{break_glass: [{guards}]}}\naccounts: {{a: {{embedded: x.json{account}}}}}\n"
        );
        Project::parse("iamctl.yaml", &text, Path::new(".")).map_err(|found| {
            found.iter().map(|p| format!("{}: {}", p.at.as_ref().map_or(0, |at| at.line), p.message)).collect::<Vec<_>>()
        })
    };
    let names = |guards: &str, account: &str| {
        let config = read(guards, account).unwrap().account("a").unwrap();
        config.guards.break_glass.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("\"role/${var.admin}-${account}\"", ""), "role/Admin-a");
    assert_eq!(names("\"role/${var.admin}\"", ", vars: {admin: Own}"), "role/Own");
    assert_eq!(names("\"arn:aws:iam::${account_id}:role/${stack}\"", ""), "arn:aws:iam::${account_id}:role/s");
    for wrong in ["Admin", "\"*\"", "\"role/${var.none}\"", "group/x", "\"arn:aws:iam::1:policy/x\"", "\"${region}\""] {
        let found = read(wrong, "").unwrap_err();
        assert!(found.len() == 1 && found[0].starts_with("3: "), "{wrong}: {found:?}");
    }
}
