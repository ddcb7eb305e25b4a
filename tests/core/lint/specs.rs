//! Rules on whole specs, on a fixed day: chains from one principal to the next, what several policies make superfluous, waivers.

use iamctl::diag::Finding;
use iamctl::lint::{ESCALATION_CODES, Surroundings, lint_specs};
use iamctl::names::AccountId;
use iamctl::spec::source::Sources;
use iamctl::spec::vars::Vars;
use iamctl::spec::{Defaults, UnknownAws, load};

use crate::support::specs::{ACCOUNT, resolved_with};

const TODAY: &str = "2026-11-22";

fn lint(roles: &str) -> Vec<Finding> {
    lint_on(roles, TODAY)
}

/// The findings of specs on a day.
pub(super) fn lint_on(roles: &str, today: &str) -> Vec<Finding> {
    let text = format!("version: 1\n{roles}");
    let files = [("main.yaml", text.as_str())];
    let (vars, defaults) = (Vars::new(), Defaults::default());
    // Which policies AWS has is not what these tests are about.
    let resolved = resolved_with(&files, &vars, &defaults, |context| context.unknown_aws = UnknownAws::Warn);
    let resolved = resolved.unwrap_or_else(|problems| panic!("{problems:#?}"));
    let around = Surroundings {
        account: AccountId::parse(ACCOUNT),
        partition: "aws".to_owned(),
        today: today.to_owned(),
        specs: true,
        ..Surroundings::default()
    };
    lint_specs(&load(Sources::from_memory(files.iter().copied())), &resolved, &around)
}

fn messages(found: &[Finding], code: &str) -> Vec<String> {
    found.iter().filter(|f| f.code == code).map(|f| f.message.clone()).collect()
}

/// A statement as a role's inline policy of this name.
fn inline(name: &str, statements: &str) -> String {
    format!("      {name}: {{Version: \"2012-10-17\", Statement: [{statements}]}}\n")
}

/// A strong role that Lambda and EC2 may become; `trust` adds entries.
fn strong(trust: &str) -> String {
    let all = inline("all", "{Effect: Allow, Action: \"*\", Resource: \"*\"}");
    format!(
        "  strong:\n    trust:\n      - {{service: [lambda.amazonaws.com, ec2.amazonaws.com]}}\n{trust}    inline_policies:\n{all}"
    )
}

/// A role with statements of its own, which Glue may become.
fn weak(statements: &str, more: &str) -> String {
    format!("  weak:\n    trust: [{{service: glue.amazonaws.com}}]\n{more}    inline_policies:\n{}", inline("own", statements))
}

fn chains(weak_statements: &str, more: &str, trust: &str) -> Vec<String> {
    messages(&lint(&format!("roles:\n{}{}", strong(trust), weak(weak_statements, more))), "escalation-chain")
}

const PASS: &str = "{Effect: Allow, Action: \"iam:PassRole\", Resource: \"arn:aws:iam::012345678901:role/strong\"}";
const RUN: &str = "{Effect: Allow, Action: [\"lambda:CreateFunction\", \"lambda:InvokeFunction\"], Resource: \"arn:aws:lambda:*:*:function:app-*\"}";

#[test]
fn a_named_strong_role_that_may_be_passed_to_a_service_it_trusts_is_a_chain() {
    let found = chains(&format!("{PASS}, {RUN}"), "", "");
    assert_eq!(found, ["`role/weak` can become a principal that escalates: `role/weak` → `role/strong` (passed to `lambda`)"]);
}

#[test]
fn a_chain_through_pass_role_needs_all_its_parts() {
    // Nothing to start; a service that the trust does not name; another role; a condition; a deny.
    let glue = "{Effect: Allow, Action: [\"glue:CreateJob\", \"glue:StartJobRun\"], Resource: \"*\"}";
    let deny = "{Effect: Deny, Action: \"iam:PassRole\", Resource: \"arn:aws:iam::012345678901:role/st*\"}";
    let conditioned = PASS.replace("Resource", "Condition: {Bool: {\"aws:MultiFactorAuthPresent\": \"true\"}}, Resource");
    for statements in [
        PASS.to_owned(),
        format!("{PASS}, {glue}"),
        format!("{}, {RUN}", PASS.replace("role/strong", "role/other")),
        format!("{PASS}, {RUN}, {deny}"),
    ] {
        assert_eq!(chains(&statements, "", ""), Vec::<String>::new(), "{statements}");
    }
    // A condition that the principal can meet ends nothing, and is named.
    let found = chains(&format!("{conditioned}, {RUN}"), "", "");
    assert!(found.len() == 1 && found[0].ends_with("; it depends on `aws:MultiFactorAuthPresent`"), "{found:?}");
    let boundary = "    permissions_boundary: aws/ReadOnlyAccess\n";
    assert_eq!(chains(&format!("{PASS}, {RUN}"), boundary, ""), Vec::<String>::new());
}

#[test]
fn a_condition_on_the_service_decides_which_service_a_chain_goes_through() {
    let to = |service: &str| {
        PASS.replace("Resource", &format!("Condition: {{StringEquals: {{\"iam:PassedToService\": \"{service}\"}}}}, Resource"))
    };
    assert_eq!(chains(&format!("{}, {RUN}", to("lambda.amazonaws.com")), "", "").len(), 1);
    assert_eq!(chains(&format!("{}, {RUN}", to("ec2.amazonaws.com")), "", "").len(), 0);
}

#[test]
fn a_trust_that_the_principal_may_write_is_a_chain() {
    let write = "{Effect: Allow, Action: \"iam:UpdateAssumeRolePolicy\", Resource: \"arn:aws:iam::012345678901:role/strong\"}";
    let found = chains(write, "", "");
    assert_eq!(
        found,
        ["`role/weak` can become a principal that escalates: `role/weak` → `role/strong` (by `iam:UpdateAssumeRolePolicy`)"]
    );
}

#[test]
fn a_role_that_one_may_enter_and_write_is_as_good_as_a_strong_one() {
    let write = "{Effect: Allow, Action: \"iam:PutRolePolicy\", Resource: \"arn:aws:iam::012345678901:role/plain\"}";
    let plain = "  plain:\n    trust: [{aws: role/weak}]\n";
    let found = messages(&lint(&format!("roles:\n{plain}{}", weak(write, ""))), "escalation-chain");
    assert_eq!(
        found,
        [
            "`role/weak` can become a principal that escalates: `role/weak` → `role/plain` (by entering it and `iam:PutRolePolicy`)"
        ]
    );
}

#[test]
fn a_trust_that_denies_the_principal_ends_a_chain_and_one_that_denies_another_does_not() {
    let allow = "      - {aws: role/weak}\n";
    let deny = |who: &str| format!("{allow}      - {{aws: {who}, effect: Deny, sid: no}}\n");
    let nothing = "{Effect: Allow, Action: \"s3:ListAllMyBuckets\", Resource: \"*\"}";
    assert_eq!(chains(nothing, "", allow).len(), 1);
    assert_eq!(chains(nothing, "", &deny("role/weak")).len(), 0);
    assert_eq!(chains(nothing, "", &deny("role/other-one")).len(), 1);
}

#[test]
fn keys_of_a_strong_user_are_a_chain() {
    let user = format!(
        "users:\n  root-like:\n    create: true\n    inline_policies:\n{}",
        inline("all", "{Effect: Allow, Action: \"*\", Resource: \"*\"}")
    );
    let make = "{Effect: Allow, Action: \"iam:CreateAccessKey\", Resource: \"arn:aws:iam::012345678901:user/root-like\"}";
    let found = messages(&lint(&format!("{user}roles:\n{}", weak(make, ""))), "escalation-chain");
    assert_eq!(
        found,
        ["`role/weak` can become a principal that escalates: `role/weak` → `user/root-like` (by `iam:CreateAccessKey`)"]
    );
}

#[test]
fn what_tells_an_escalation_is_in_the_list_that_reviews_use() {
    let found = lint(&format!("roles:\n{}{}", strong(""), weak(&format!("{PASS}, {RUN}"), "")));
    for code in ["administrator-access", "privilege-escalation", "escalation-chain"] {
        assert!(ESCALATION_CODES.contains(&code) && !messages(&found, code).is_empty(), "{code}");
    }
}

#[test]
fn an_inline_statement_that_another_policy_covers_is_named_with_that_policy() {
    let own = "{Sid: Get, Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::reports/*\"}, {Sid: Put, Effect: Allow, Action: \"s3:PutObject\", Resource: \"arn:aws:s3:::reports/*\"}";
    let found = lint(&format!("roles:\n{}", weak(own, "    managed_policies: [aws/ReadOnlyAccess]\n")));
    assert_eq!(
        messages(&found, "redundant-in-principal"),
        [
            "statement `Get` of inline policy `own` of `role/weak` allows nothing that AWS managed policy `ReadOnlyAccess` does not allow"
        ]
    );
}

#[test]
fn an_inline_statement_that_a_deny_elsewhere_or_the_boundary_takes_back_is_found() {
    let get = "{Sid: Get, Effect: Allow, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::reports/*\"}";
    let put = "{Sid: Put, Effect: Allow, Action: \"s3:PutObject\", Resource: \"arn:aws:s3:::reports/*\"}";
    let found = lint(&format!("roles:\n{}", weak(&format!("{get}, {put}"), "    permissions_boundary: aws/ReadOnlyAccess\n")));
    assert_eq!(
        messages(&found, "shadowed-in-principal"),
        [
            "statement `Put` of inline policy `own` of `role/weak` allows nothing: all of it is outside of the permissions boundary"
        ]
    );
    let no = inline("no", "{Effect: Deny, Action: \"s3:Put*\", Resource: \"arn:aws:s3:::rep*\"}");
    let found = lint(&format!("roles:\n{}{no}", weak(&format!("{get}, {put}"), "")));
    assert_eq!(
        messages(&found, "shadowed-in-principal"),
        [
            "statement `Put` of inline policy `own` of `role/weak` allows nothing: the denies of its other policies take all of it back"
        ]
    );
}

#[test]
fn an_arn_without_the_path_of_a_declared_role_names_nobody() {
    let pathed = "  app:\n    path: /ml/\n    trust: [{service: ec2.amazonaws.com}]\n";
    let assume = |arn: &str| {
        let statement = format!("{{Effect: Allow, Action: \"sts:AssumeRole\", Resource: \"arn:aws:iam::012345678901:{arn}\"}}");
        messages(&lint(&format!("roles:\n{pathed}{}", weak(&statement, ""))), "no-such-principal")
    };
    let nobody =
        "`arn:aws:iam::012345678901:role/app` names nobody: `arn:aws:iam::012345678901:role/ml/app` is what these specs declare";
    assert_eq!(assume("role/app"), [nobody]);
    assert_eq!(assume("role/ml/app"), Vec::<String>::new());
    assert_eq!(assume("role/*"), Vec::<String>::new());
    assert_eq!(assume("role/other"), Vec::<String>::new());
}

fn waived(until: &str) -> Vec<(String, String)> {
    let role = format!(
        "roles:\n  app:\n    trust: [{{service: ec2.amazonaws.com}}]\n    waive: [{{code: role-without-tests, reason: made for a trial, until: \"{until}\"}}]\n"
    );
    let told = ["role-without-tests", "unused-waiver", "expired-waiver"];
    let found = lint(&role).into_iter().map(|f| (f.code, f.message));
    found.filter(|(code, _)| told.contains(&code.as_str())).collect()
}

#[test]
fn a_waiver_holds_on_its_last_day_and_no_longer() {
    assert_eq!(waived("2026-11-23"), []);
    assert_eq!(waived(TODAY), []);
    let found = waived("2026-11-21");
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["role-without-tests", "expired-waiver"]);
    assert_eq!(found[1].1, "the waiver of `role-without-tests` expired on 2026-11-21");
}

#[test]
fn a_day_that_is_none_waives_nothing_and_is_told() {
    for day in ["2026-02-30", "tomorrow", "22.11.2026"] {
        let found = waived(day);
        let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["role-without-tests", "expired-waiver"], "{day}");
    }
}
