//! First lines that were false, and harmless changes that were refused.

use super::Change::{Project, Spec};
use super::{Row, row};

const WEB: &str = "managed_policies: [{policy: Orders, expires: \"2098-01-31\"}]";

/// Every change, with the gate that refuses it, none where none does, and what the first line says.
pub const ROWS: &[Row] = &[
    row(
        "a denial ends on a later day",
        Spec("      Reach: {Version", "      Reach: {expires: \"2099-01-31\", Version"),
        "controls",
        "from 2099-01-31 on: New access: a denial or a boundary keeps less from `role/dev` than it did",
    ),
    row(
        "an attachment lasts longer",
        Spec(WEB, "managed_policies: [{policy: Orders, expires: \"2099-01-31\"}]"),
        "controls",
        "from 2098-01-31 on: New access: `role/web` may now call `s3:GetObject`",
    ),
    row(
        "an attachment ends earlier",
        Spec(WEB, "managed_policies: [{policy: Orders, expires: \"2097-01-31\"}]"),
        "",
        "No change in meaning",
    ),
    row(
        "a provider keeps what others put there",
        Spec("githubusercontent.com: {client_ids", "githubusercontent.com: {manage: additive, client_ids"),
        "controls",
        "a control is weaker than before",
    ),
    row(
        "a policy that no spec attaches grows",
        Spec(
            "  Twin:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: [\"s3:*\"",
            "  Twin:\n    document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: [\"iam:*\", \"s3:*\"",
        ),
        "undecided",
        "whoever holds `policy/Twin` may now call `iam:*`",
    ),
    row(
        "a user that exists is taken over whole",
        Spec("  bob: {}\n", "  bob: {}\n  eve: {manage: exclusive, managed_policies: [Orders]}\n"),
        "undecided",
        "user/eve",
    ),
    row(
        "a waiver of the base covers nothing that is new",
        Spec(WEB, "managed_policies: [aws/AdministratorAccess]"),
        "escalation",
        "`role/web` may do everything",
    ),
    row(
        "a new role lets another account in",
        Spec(
            "  sso-admin:\n",
            "  guest:\n    tags: {team: x}\n    trust: [{aws: \"444455556666\"}]\n    managed_policies: [aws/AmazonS3FullAccess]\n  sso-admin:\n",
        ),
        "new_access",
        "and any principal of account `444455556666` may now assume `role/guest`",
    ),
    // The look-alikes are harmless.
    row(
        "fewer runs of a repository get in",
        Spec(
            "{github: {repository: acme/iam, ref: refs/heads/main}}",
            "{github: {repository: acme/iam, ref: refs/heads/main}, condition: {StringEquals: {\"token.actions.githubusercontent.com:environment\": prod}}}",
        ),
        "",
        "No new access (proven)",
    ),
    row(
        "whoever may do anything in IAM is denied something",
        Spec(
            "      Deploy: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:*\", Resource: \"*\"}]}\n  sso-admin:",
            "      Deploy: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:*\", Resource: \"*\"}, {Effect: Deny, Action: \"iam:DeleteUser\", Resource: \"*\"}]}\n  sso-admin:",
        ),
        "",
        "No new access (proven)",
    ),
    row(
        "whoever may do anything in IAM may do less",
        Spec(
            "      Deploy: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:*\", Resource: \"*\"}]}\n  sso-admin:",
            "      Deploy: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"iam:*Role*\", Resource: \"*\"}]}\n  sso-admin:",
        ),
        "",
        "No new access (proven)",
    ),
    row(
        "a waiver goes",
        Spec("    waive: [{code: administrator-access, reason: nobody remembers}]\n", ""),
        "",
        "No change in meaning",
    ),
    row("a rule forbids more", Project("\"cloudtrail:StopLogging\"", "\"cloudtrail:*\""), "", "No change in meaning"),
    row("a rule forbids less", Project("\"cloudtrail:StopLogging\"", "\"cloudtrail:DeleteTrail\""), "controls", "`forbid`"),
    row(
        "a guard over all accounts is tighter",
        Project("fleet_guards: {max_deletes: 3}", "fleet_guards: {max_deletes: 1}"),
        "",
        "No change in meaning",
    ),
    row(
        "a guard over all accounts is looser",
        Project("fleet_guards: {max_deletes: 3}", "fleet_guards: {max_deletes: 9}"),
        "controls",
        "`fleet_guards.max_deletes`",
    ),
    row(
        "a group is renamed in place",
        Spec("  ops: {managed_policies", "  operators: {renamed_from: ops, managed_policies"),
        "",
        "No new access (proven)",
    ),
];
