use super::*;

const CONFIG: &str = "template_type: NOQ::Core::Config
aws:
  accounts:
    - {account_id: '111111111111', account_name: Dev, variables: [{key: env, value: dev}]}
    - {account_id: '222222222222', account_name: Prod, org_id: o-1}
";
const ROLE: &str = "template_type: NOQ::AWS::IAM::Role
identifier: app
excluded_accounts: []
properties:
  role_name: 'app-{{var.account_name}}'
  description: [{description: In dev, included_accounts: [dev]}, {description: Elsewhere}]
  assume_role_policy_document: {statement: [{action: sts:AssumeRole, effect: Allow, principal: {aws: 'arn:aws:iam::{{account_id}}:root'}}]}
  managed_policies: [{policy_arn: arn:aws:iam::aws:policy/ReadOnlyAccess, excluded_accounts: [prod]}]
  inline_policies:
    - {policy_name: a, version: '2012-10-17', statement: [
        {effect: Deny, not_action: 's3:*', resource: '*', condition: {string_equals: {'aws:PrincipalTag/x': '{{var.env}}'}}}]}
    - {policy_name: b, expires_at: '2020-01-01', version: '2012-10-17', statement: []}
  tags: [{key: team, value: ml, expires_at: '2030-01-01'}]
";

fn read(more: &[(&str, &str)]) -> Repository {
    let files: Vec<(String, String)> = [("config.yaml", CONFIG), ("role.yaml", ROLE)]
        .iter()
        .chain(more)
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    read_iambic("repo", &files).unwrap()
}

#[test]
fn a_template_is_read_for_each_account() {
    let repository = read(&[]);
    let dev = repository.describe(&repository.accounts[0], "2026-01-01");
    assert_eq!(dev.unknown, []);
    let role = &dev.snapshot.roles[&Name::new("app-Dev")];
    assert_eq!(role.description, Seen::Value(Some("In dev".to_owned())));
    assert_eq!(role.attached_policies.value().unwrap().len(), 1);
    let inline = role.inline_policies.value().unwrap();
    assert_eq!(inline.keys().collect::<Vec<_>>(), ["a"], "the other has expired");
    let statement = &inline["a"].value()["Statement"][0];
    assert_eq!(statement["NotAction"], "s3:*");
    assert_eq!(statement["Condition"]["StringEquals"]["aws:PrincipalTag/x"], "dev");
    assert_eq!(role.trust.value().unwrap().value()["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::111111111111:root");
    assert!(dev.notes.iter().any(|note| note.reason.contains("2030-01-01")), "tags of a spec do not expire");
    // In the other account the inline policy needs a variable that the account lacks.
    let prod = repository.describe(&repository.accounts[1], "2026-01-01");
    let role = &prod.snapshot.roles[&Name::new("app-Prod")];
    assert!(role.attached_policies.value().unwrap().is_empty() && role.inline_policies.value().unwrap().is_empty());
    assert_eq!(prod.additive, [Address::new(EntityKind::Role, "app-Prod")].into());
    assert!(prod.unknown.iter().any(|unknown| unknown.reason.contains("no variable `var.env`")));
}

#[test]
fn where_a_template_applies_and_what_it_is_are_not_guessed() {
    let group =
        |rules: &str| format!("template_type: NOQ::AWS::IAM::Group\n{rules}\nidentifier: g\nproperties: {{group_name: g}}\n");
    let count = |rules: &str| -> Vec<(usize, usize)> {
        let text = group(rules);
        let repository = read(&[("g.yaml", &text)]);
        let of = |account| {
            let described = repository.describe(account, "2026-01-01");
            let lost = described.unknown.iter().filter(|unknown| unknown.place == "g.yaml").count();
            (described.snapshot.groups.len(), lost)
        };
        repository.accounts.iter().map(of).collect()
    };
    assert_eq!(count("included_accounts: [dev]"), [(1, 0), (0, 0)]);
    assert_eq!(count("included_accounts: ['*']\nexcluded_accounts: ['222222222222']"), [(1, 0), (0, 0)]);
    assert_eq!(count("included_accounts: [prod]\nexcluded_accounts: ['*']"), [(0, 0), (1, 0)]);
    assert_eq!(count("included_accounts: ['pr.*']"), [(0, 0), (1, 0)]);
    assert_eq!(count("included_accounts: ['(dev|x)']"), [(0, 1), (0, 1)]);
    assert_eq!(count("expires_at: '2025-12-31'"), [(0, 0), (0, 0)]);
    assert_eq!(count("expires_at: in 3 days"), [(0, 1), (0, 1)]);
    assert_eq!(count("deleted: true"), [(0, 0), (0, 0)]);
    let scp = read(&[("scp.yaml", "template_type: NOQ::AWS::Organizations::SCP\n")]);
    assert_eq!(scp.notes[0].place, "scp.yaml");
    assert!(read_iambic("repo", &[("a.yaml".to_owned(), "template_type: NOQ::AWS::IAM::Role\n".to_owned())]).is_err());
}

#[test]
fn what_ends_is_said_and_what_iambic_leaves_alone_is_noted() {
    let user = "template_type: NOQ::AWS::IAM::User
identifier: u
expires_at: '2031-02-03T04:05'
properties:
  user_name: u
  managed_policies: [{policy_arn: arn:aws:iam::aws:policy/ReadOnlyAccess, expires_at: '2030-01-01'}]
  inline_policies: [{policy_name: p, expires_at: '2030-01-02', version: '2012-10-17', statement: [
    {effect: Allow, action: 's3:*', resource: '*', expires_at: '2029-01-01'}]}]
";
    let left = "template_type: NOQ::AWS::IAM::Group\nidentifier: g\niambic_managed: import_only\nproperties: {group_name: g}\n";
    let repository = read(&[("u.yaml", user), ("g.yaml", left)]);
    let described = repository.describe(&repository.accounts[0], "2026-01-01");
    let holder = Address::new(EntityKind::User, "u");
    let expected = [
        ((holder.clone(), Ends::Entity), "2031-02-03".to_owned()),
        ((holder.clone(), Ends::Attached("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned())), "2030-01-01".to_owned()),
        ((holder, Ends::Inline("p".to_owned())), "2030-01-02".to_owned()),
    ];
    assert_eq!(described.expires, expected.into());
    let noted = |place: &str, word: &str| described.notes.iter().any(|n| n.place.contains(place) && n.reason.contains(word));
    assert!(noted("u.yaml: inline_policies", "2029-01-01") && noted("g.yaml", "`iambic_managed: import_only`"));
    assert!(described.snapshot.groups.is_empty());
    let config = CONFIG.replace("account_name: Dev", "account_name: Dev, iambic_managed: disabled");
    let repository = read_iambic("repo", &[("config.yaml".to_owned(), config)]).unwrap();
    assert_eq!(repository.accounts.len(), 1);
    assert!(repository.notes[0].reason.contains("`Dev` is left out"));
}
