//! Mass changes and dangerous ones: each is refused until a flag says that it is meant. A row is a sentence.

use crate::ownership::{LAMBDA, World, roles};

const WORDS: &str = "--max-deletes-percent 100 --max-changes-percent 100";

const ALL: &str = "{document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"*\", Resource: \"*\"}]}}";

fn project(world: &World, more: &str) {
    let text = format!(
        "version: 1\nstack: t\nspecs: [specs]\ndefault_account: local\naccounts: {{local: {{embedded: account.json}}}}\n{more}\n"
    );
    std::fs::write(world.path().join("iamctl.yaml"), text).unwrap();
}

/// What is done, the exit code, what is said, and the flags with which it is done all the same.
struct Row {
    sentence: &'static str,
    spec: String,
    project: &'static str,
    code: i32,
    says: &'static str,
    flags: &'static str,
}

fn refused(sentence: &'static str, spec: impl Into<String>, says: &'static str, flags: &'static str) -> Row {
    Row { sentence, spec: spec.into(), project: "", code: 4, says, flags }
}

#[test]
fn each_mass_change_needs_its_second_word() {
    let rows = [
        refused("an unrelated role", format!("roles: {{x: {{{LAMBDA}}}}}\n"), "max_deletes_percent", WORDS),
        refused("a policy alone", format!("policies: {{x: {ALL}}}\n"), "max_deletes_percent", WORDS),
        refused("an empty group", "groups: {g: {}}\n", "max_deletes_percent", WORDS),
        Row { code: 1, ..refused("a release of a name that is not there", "release: [role/nobody]\n", "declare nothing", "") },
        refused(
            "an accounts filter that drops eight of nine",
            (1..9)
                .fold(format!("roles:\n  r0: {{{LAMBDA}}}\n"), |all, n| format!("{all}  r{n}: {{accounts: [aws], {LAMBDA}}}\n")),
            "max_deletes_percent",
            WORDS,
        ),
        refused(
            "a variable that renames all",
            (0..9).fold("roles:\n".to_owned(), |all, n| format!("{all}  ${{var.p}}{n}: {{{LAMBDA}}}\n")),
            "max_deletes_percent",
            "--var p=q --max-deletes-percent 100 --max-changes-percent 100",
        ),
        refused(
            "marks that are taken off",
            format!(
                "roles: {{r8: {{{LAMBDA}}}}}\nrelease: [role/r0, role/r1, role/r2, role/r3, role/r4, role/r5, role/r6, role/r7]\n"
            ),
            "max_changes_percent",
            "--max-changes-percent 100",
        ),
    ];
    for row in rows {
        let world = World::new("t");
        // Ten, so that shares of changes count.
        world.applies(&format!("{}  r9: {{{LAMBDA}}}\n", roles(9)));
        let keeps = row.spec.replace("r8: {trust", "r9: {trust: [{service: lambda.amazonaws.com}]}, r8: {trust");
        world.spec(&keeps);
        project(&world, row.project);
        let var = if row.spec.contains("var.p") { " --var p=q" } else { "" };
        let ran = world.run(&format!("apply --yes{var}"));
        assert_eq!(ran.code, row.code, "{}: {}", row.sentence, ran.text);
        assert!(ran.text.contains(row.says), "{}: {}", row.sentence, ran.text);
        assert_eq!(world.account()["roles"].as_object().unwrap().len(), 10, "{}: nothing was written", row.sentence);
        if !row.flags.is_empty() {
            let ran = world.run(&format!("apply --yes {}", row.flags));
            assert_eq!(ran.code, 0, "{}: {}", row.sentence, ran.text);
        }
    }
}

#[test]
fn what_carries_an_earlier_name_of_the_stack_stays_until_it_is_named() {
    let world = World::new("old");
    world.applies(&roles(3));
    project(&world, "formerly: [old]");
    // Declared ones get today's name; the one that is not declared stays, whether `old` is alive or not.
    world.spec(&roles(2));
    let ran = world.run("apply --yes");
    assert!(ran.code == 0 && ran.text.contains("formerly-undeclared") && ran.text.contains("`role/r2`"), "{}", ran.text);
    let tag = |name: &str| world.account()["roles"][name]["tags"]["iamctl:stack"].clone();
    assert_eq!((tag("r0"), tag("r2")), ("t".into(), "old".into()));
    let again = world.run("plan --detailed-exitcode");
    assert!(again.code == 0 && again.text.contains("still in use"), "{}", again.text);
    let ran = world.run("apply --yes --allow-delete role/r2");
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert!(world.account()["roles"]["r2"].is_null());
}

#[test]
fn an_earlier_name_that_is_a_live_stack_loses_nothing_to_destroy() {
    let world = World::new("live");
    world.applies(&roles(3));
    world.stack("t");
    world.applies("groups: {g: {}}\n");
    project(&world, "formerly: [live]");
    let ran = world.run("destroy --yes");
    assert!(ran.code == 0 && ran.text.contains("formerly-undeclared"), "{}", ran.text);
    assert_eq!(world.account()["roles"].as_object().unwrap().len(), 3);
}

const ADMIN: &str = "Admin: {trust: [{aws: \"${account_id}\"}], managed_policies: [Adm]}";

#[test]
fn whoever_could_undo_the_plan_can_undo_it_afterwards() {
    let policy = |action: &str| ALL.replace("Action: \"*\"", &format!("Action: {action}"));
    let spec =
        |action: &str, more: &str| format!("policies: {{Adm: {}}}\nroles: {{x: {{{LAMBDA}{more}}}, {ADMIN}}}\n", policy(action));
    let attach = ", managed_policies: [aws/AmazonSQSReadOnlyAccess]";
    let rows = [
        ("it keeps what undoing takes", spec("\"iam:*\"", attach), None),
        ("it loses all of IAM", spec("\"s3:*\"", attach), Some("`iam:DetachRolePolicy` on `role/x`")),
        (
            "it loses the call that takes this one back",
            spec("[\"iam:Get*\", \"iam:Set*\", \"iam:Attach*\"]", attach),
            Some("iam:DetachRolePolicy"),
        ),
        ("it loses reading", spec("[\"iam:Set*\", \"iam:Detach*\"]", attach), Some("`iam:GetAccountAuthorizationDetails`")),
        ("it loses what this plan does not need", spec("[\"iam:Get*\", \"iam:Set*\", \"iam:Detach*\"]", attach), None),
    ];
    for (sentence, changed, lost) in rows {
        let world = World::new("t");
        world.applies(&spec("\"*\"", ""));
        project(&world, "guards: {break_glass: [role/Admin]}");
        world.spec(&changed);
        let saved = world.run("plan --out plan.json");
        assert_eq!(saved.code, 0, "{}", saved.text);
        for line in ["apply --yes", "apply --yes plan.json"] {
            let ran = world.run(line);
            match lost {
                None => assert!(ran.code == 0 || line.ends_with("json"), "{sentence}: {}", ran.text),
                Some(lost) => {
                    assert!(ran.code == 4 && ran.text.contains("lockout"), "{sentence}: {}", ran.text);
                    let names = ran.text.contains(lost) && ran.text.contains("CreatePolicyVersion of `policy/Adm`");
                    assert!(names && ran.text.contains("--allow-lockout role/Admin"), "{sentence}: {}", ran.text);
                }
            }
        }
        if lost.is_some() {
            assert_eq!(world.run("apply --yes --allow-lockout role/Admin").code, 0, "{sentence}");
        }
    }
}

#[test]
fn whoever_comes_in_by_an_identity_provider_alone_is_not_shut_out_with_it() {
    const METADATA: &str = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.example\"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/></EntityDescriptor>";
    const OIDC: &str = "oidc-provider/token.actions.githubusercontent.com";
    const SAML: &str = "saml-provider/Corp";
    let oidc =
        |audiences: &str| format!("oidc_providers: {{token.actions.githubusercontent.com: {{client_ids: [{audiences}]}}}}\n");
    let saml = "saml_providers: {Corp: {metadata_file: corp.xml}}\n";
    let role = |trust: &str| format!("roles: {{ci: {{trust: [{trust}], managed_policies: [aws/AmazonS3ReadOnlyAccess]}}}}\n");
    let (github, corp) = ("{github: {repository: acme/app, ref: refs/heads/main}}", "{saml: Corp}");
    let account = "{aws: \"${account_id}\"}";
    let both = oidc("sts.amazonaws.com, other");
    let (drop_oidc, drop_saml) = (format!(" --allow-delete {OIDC}"), format!(" --allow-delete {SAML}"));
    let (two, open) = (format!("{github}, {corp}"), format!("{github}, {account}"));
    let rows = [
        (
            "the provider goes",
            both.clone() + &role(github),
            role(github),
            &*drop_oidc,
            Some((OIDC, "DeleteOpenIDConnectProvider")),
        ),
        (
            "its audience goes",
            both.clone() + &role(github),
            oidc("other") + &role(github),
            "",
            Some((OIDC, "RemoveClientIDFromOpenIDConnectProvider")),
        ),
        ("another audience goes", both.clone() + &role(github), oidc("sts.amazonaws.com") + &role(github), "", None),
        ("the SAML provider goes", saml.to_owned() + &role(corp), role(corp), &*drop_saml, Some((SAML, "DeleteSAMLProvider"))),
        ("there is another way", both.clone() + &role(&open), role(&open), &*drop_oidc, None),
        ("another provider stays", both.clone() + saml + &role(&two), both + &role(&two), &*drop_saml, None),
    ];
    for (sentence, before, after, flags, shut) in rows {
        let world = World::new("t");
        // IAM takes no metadata of less than 1,000 characters.
        let metadata = METADATA.replace("/></Entity", &format!("><!--{}--></IDPSSODescriptor></Entity", "x".repeat(1000)));
        std::fs::write(world.path().join("specs/corp.xml"), metadata).unwrap();
        world.applies(&before);
        project(&world, "guards: {break_glass: [role/ci]}");
        world.spec(&after);
        let line = format!("apply --yes{flags}");
        let ran = world.run(&line);
        let Some((provider, call)) = shut else {
            assert_eq!(ran.code, 0, "{sentence}: {}", ran.text);
            continue;
        };
        assert!(ran.code == 4 && ran.text.contains("lockout"), "{sentence}: {}", ran.text);
        let says = format!("({call}), because only `{provider}` lets callers in");
        assert!(ran.text.contains(&says) && ran.text.contains("--allow-lockout role/ci"), "{sentence}: {}", ran.text);
        let again = world.run(&format!("{line} --allow-lockout role/ci"));
        assert_eq!(again.code, 0, "{sentence}: {}", again.text);
    }
}

fn test_of(role: &str, more: &str) -> String {
    format!(
        "tests: [{{name: never writes, principal: {role}{more}, expect: {{denied: [{{action: s3:PutObject, resource: \"arn:aws:s3:::b/k\"}}]}}}}]\n"
    )
}

#[test]
fn a_failing_test_stops_plan_and_apply() {
    let admin = format!("roles: {{r: {{{LAMBDA}, managed_policies: [aws/AdministratorAccess]}}}}\n");
    let rows: [(&str, String, &str, bool); 6] = [
        ("in the same file", format!("{admin}{}", test_of("role/r", "")), "", true),
        ("of a part of the specs, in another file", test_of("role/r", ""), " specs/a.yaml", true),
        ("of another account", format!("{admin}{}", test_of("role/r", ", accounts: [aws]")), "", false),
        (
            "of a role that is not for this account",
            format!("{admin}{}", test_of("role/other", ""))
                .replace("roles: {r", &format!("roles: {{other: {{accounts: [aws], {LAMBDA}}}, r")),
            "",
            false,
        ),
        ("of what the part does not touch", format!("{admin}{}", test_of("role/r", "")), " specs/b.yaml", false),
        ("that passes", format!("roles: {{r: {{{LAMBDA}}}}}\n{}", test_of("role/r", "")), "", false),
    ];
    for (sentence, spec, paths, stops) in rows {
        let world = World::new("t");
        let elsewhere = paths == " specs/a.yaml";
        world.spec(if elsewhere { &admin } else { &spec });
        let other = if elsewhere { format!("version: 1\n{spec}") } else { format!("version: 1\nroles: {{b: {{{LAMBDA}}}}}\n") };
        std::fs::write(world.path().join("specs/b.yaml"), other).unwrap();
        let plan = world.run(&format!("plan{paths}"));
        let apply = world.run(&format!("apply --yes{paths}"));
        let (wanted, says) = if stops { ((3, 4), "never writes") } else { ((0, 0), "") };
        assert_eq!((plan.code, apply.code), wanted, "{sentence}: {}{}", plan.text, apply.text);
        assert!(plan.text.contains(says) && apply.text.contains(says), "{sentence}: {}", plan.text);
        if stops {
            assert!(apply.text.contains("--allow-failing-tests"), "{sentence}: {}", apply.text);
            assert_eq!(world.run(&format!("plan --out plan.json{paths}")).code, 3, "{sentence}");
            assert_eq!(world.run("apply --yes plan.json").code, 4, "{sentence}");
            assert_eq!(world.run(&format!("apply --yes --allow-failing-tests{paths}")).code, 0, "{sentence}");
        }
    }
}

#[test]
fn what_others_attached_takes_part_in_the_tests_of_a_plan() {
    let world = World::new("hr");
    world.applies("users: {u: {create: true, managed_policies: [aws/AmazonS3FullAccess]}}\n");
    world.stack("t");
    world.spec(&format!("users: {{u: {{tags: {{a: b}}}}}}\n{}", test_of("user/u", "")));
    let plan = world.run("plan");
    assert!(plan.code == 3 && plan.text.contains("`aws/AmazonS3FullAccess` on `user/u`"), "{}", plan.text);
    // By the specs alone it passes; on the account, chosen in any way, it does not, and says why.
    assert_eq!(world.run("test").code, 0);
    assert_eq!(world.run("snapshot -o shot.json").code, 0);
    for line in ["test --against shot.json", "test --from-account", "test --account local"] {
        let ran = world.run(line);
        assert!(ran.code == 3 && ran.text.contains("`aws/AmazonS3FullAccess` on `user/u`"), "{line}: {}", ran.text);
    }
    // Made once and left alone since: what it holds is what the account says.
    world.stack("hr");
    world.applies("roles: {r: {trust: [{service: lambda.amazonaws.com}], managed_policies: [aws/AmazonS3FullAccess]}}\nusers: {u: {create: true, managed_policies: [aws/AmazonS3FullAccess]}}\n");
    world.stack("t");
    world.spec(&format!("roles: {{r: {{manage: create_only, {LAMBDA}}}}}\n{}", test_of("role/r", "")));
    assert_eq!((world.run("test").code, world.run("test --from-account").code), (0, 3));
}

#[test]
fn a_policy_that_others_hold_goes_only_with_its_holders() {
    let world = World::new("t");
    world.applies(&format!("policies: {{P: {ALL}}}\nroles: {{keep: {{{LAMBDA}}}}}\n"));
    world.stack("other");
    world.applies(&format!(
        "roles: {{held: {{{LAMBDA}, managed_policies: [\"arn:aws:iam::${{account_id}}:policy/P\"]}}, free: {{{LAMBDA}}}}}\n"
    ));
    world.stack("t");
    world.spec(&format!("roles: {{keep: {{{LAMBDA}}}}}\n"));
    let ran = world.run("apply --yes");
    assert!(ran.code == 1 && ran.text.contains("`role/held`"), "{}", ran.text);
    assert!(ran.text.contains("--detach-holders=policy/P"), "{}", ran.text);
    let plan = world.run("plan --detach-holders=policy/P");
    assert!(plan.code == 0 && plan.text.contains("DetachRolePolicy"), "{}", plan.text);
    project(&world, "guards: {break_glass: [role/held]}");
    assert_eq!(world.run("apply --yes --detach-holders=policy/P").code, 4, "a break-glass principal loses nothing unasked");
    let ran = world.run("apply --yes --detach-holders=policy/P --allow role/held --allow-lockout role/held");
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert_eq!(world.account()["roles"]["held"]["attached_policies"], serde_json::json!([]));
}

#[test]
fn a_policy_that_bounds_others_goes_or_is_replaced_only_with_a_second_word() {
    for replaces in [false, true] {
        let world = World::new("t");
        world.applies(&format!("policies: {{P: {ALL}}}\nroles: {{keep: {{{LAMBDA}}}}}\n"));
        world.stack("other");
        let arn = "\"arn:aws:iam::${account_id}:policy/P\"";
        world.applies(&format!(
            "roles: {{bound: {{{LAMBDA}, permissions_boundary: {arn}}}, held: {{{LAMBDA}, managed_policies: [{arn}]}}}}\n"
        ));
        world.stack("t");
        let (policies, flags) = if replaces {
            (format!("policies: {{P: {}}}\n", ALL.replacen('{', "{description: new, ", 1)), " --replace=policy/P")
        } else {
            (String::new(), "")
        };
        world.spec(&format!("{policies}roles: {{keep: {{{LAMBDA}}}}}\n"));
        let ran = world.run(&format!("apply --yes{flags}"));
        assert!(ran.code == 1 && ran.text.contains("--detach-holders=policy/P"), "{}", ran.text);
        let plan = world.run(&format!("plan{flags} --detach-holders=policy/P --allow role/bound"));
        assert!(plan.text.contains("permissions boundary") && plan.text.contains("`role/bound`"), "{}", plan.text);
        // With nothing in its place the boundary goes only from a principal that is named.
        let named = if replaces { "" } else { " --allow role/bound" };
        let ran = world.run(&format!("apply --yes{flags} --detach-holders=policy/P"));
        assert_eq!(ran.code, i32::from(!replaces), "{}", ran.text);
        if !replaces {
            assert!(ran.text.contains("--detach-holders=policy/P --allow=role/bound"), "{}", ran.text);
            assert_eq!(world.run(&format!("apply --yes --detach-holders=policy/P{named}")).code, 0);
        }
        let account = world.account();
        let expected = if replaces { serde_json::json!("arn:aws:iam::000000000000:policy/P") } else { serde_json::Value::Null };
        assert_eq!(account["roles"]["bound"]["permissions_boundary"], expected, "{replaces}");
        let attached = account["roles"]["held"]["attached_policies"].as_array().unwrap().len();
        assert_eq!(attached, usize::from(replaces));
        assert_eq!(world.run("plan --detailed-exitcode").code, 0, "{replaces}");
    }
}

#[test]
fn destroy_detaches_from_declared_groups_and_obeys_the_guards() {
    let world = World::new("t");
    let spec =
        format!("policies: {{P: {ALL}}}\ngroups: {{g: {{managed_policies: [P, aws/AmazonSQSReadOnlyAccess]}}}}\n{}", roles(11));
    world.applies(&spec);
    let ran = world.run("destroy --yes");
    assert!(ran.code == 4 && ran.text.contains("--max-deletes 12"), "{}", ran.text);
    let ran = world.run("destroy --yes --target policy/P");
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert_eq!(world.account()["groups"]["g"]["attached_policies"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.run("apply --yes").code, 0);
    let ran = world.run("destroy --yes --max-deletes 12");
    assert_eq!(ran.code, 0, "{}", ran.text);
    let account = world.account();
    assert_eq!(account["groups"]["g"]["attached_policies"], serde_json::json!([]));
    assert!(account["roles"].as_object().is_none_or(|roles| roles.is_empty()) && account["policies"]["P"].is_null());
}

#[test]
fn a_user_goes_only_where_all_kinds_of_credentials_are_known_to_be_absent() {
    for (credentials, blocked) in [
        (serde_json::json!(["access-key"]), "it still has access-key"),
        (serde_json::json!(["access-key", "service-specific-credential (not read)"]), "it still has access-key"),
        (serde_json::json!(["ssh-public-key (not read)"]), "whether it has ssh-public-key could not be read"),
        (serde_json::Value::Null, "was not read"),
        (serde_json::json!([]), ""),
    ] {
        let world = World::new("t");
        world.applies(&format!("users: {{u: {{create: true}}}}\nroles: {{r: {{{LAMBDA}}}}}\n"));
        let mut account = world.account();
        match &credentials {
            serde_json::Value::Null => drop(account["users"]["u"].as_object_mut().unwrap().remove("credentials")),
            known => account["users"]["u"]["credentials"] = known.clone(),
        }
        std::fs::write(world.path().join("account.json"), account.to_string()).unwrap();
        world.spec(&format!("roles: {{r: {{{LAMBDA}}}}}\n"));
        let ran = world.run("apply --yes");
        assert_eq!(ran.code == 0, blocked.is_empty(), "{credentials}: {}", ran.text);
        assert!(ran.text.contains(blocked), "{credentials}: {}", ran.text);
    }
}

#[cfg(unix)]
#[test]
fn snapshots_and_saved_plans_are_private_and_replace_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new("t");
    world.applies(&roles(1));
    world.spec(&roles(2));
    let mode = |file: &str| std::fs::metadata(world.path().join(file)).unwrap().permissions().mode() & 0o777;
    for (line, file) in [("plan --out made.json", "made.json"), ("snapshot -o shot.json", "shot.json")] {
        std::fs::write(world.path().join(file), "").unwrap();
        std::fs::set_permissions(world.path().join(file), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(world.run(line).code, 0);
        assert_eq!(mode(file), 0o600, "{file}");
        let again = world.run(line);
        assert!(again.code == 0 && again.text.contains(&format!("replacing {file}")), "{}", again.text);
        let onto_specs = line.replace(file, "specs/a.yaml");
        let ran = world.run(&onto_specs);
        assert!(ran.code == 64 && ran.text.contains("it is not overwritten"), "{}", ran.text);
        assert_eq!(world.run(&line.replace(file, "account.json")).code, 64, "the account itself");
    }
}
