//! Ways that change IAM itself.

use super::{EscalationMethod, Publisher, existing, iam, lifts_deny, of_holder, on_one};

/// A password for a user is as good as a key.
const PASSWORD: Publisher = Publisher::Aws("IAM/latest/APIReference/API_CreateLoginProfile.html");
/// What a group is allowed, its members are.
const MEMBERS: Publisher = Publisher::Aws("IAM/latest/UserGuide/id_groups.html");

/// The plainest first.
pub(super) const IAM: &[EscalationMethod] = &[
    iam("CreateNewPolicyVersion", "iam:CreatePolicyVersion", Publisher::Pathfinding("iam-001"), "2019"),
    iam("SetExistingDefaultPolicyVersion", "iam:SetDefaultPolicyVersion", Publisher::Rhino, "2019-07-25"),
    iam("CreateAccessKey", "iam:CreateAccessKey", Publisher::Pathfinding("iam-002"), "2019"),
    iam("CreateAndRotateAccessKey", "iam:CreateAccessKey iam:DeleteAccessKey", Publisher::Pathfinding("iam-003"), "2024"),
    iam("CreateLoginProfile", "iam:CreateLoginProfile", Publisher::Pathfinding("iam-004"), "2019"),
    iam("UpdateLoginProfile", "iam:UpdateLoginProfile", Publisher::Pathfinding("iam-006"), "2019"),
    iam("AttachUserPolicy", "iam:AttachUserPolicy", Publisher::Pathfinding("iam-008"), "2019"),
    iam("AttachGroupPolicy", "iam:AttachGroupPolicy", Publisher::Pathfinding("iam-010"), "2019"),
    iam("AttachRolePolicy", "iam:AttachRolePolicy", Publisher::Pathfinding("iam-009"), "2019"),
    iam("PutUserPolicy", "iam:PutUserPolicy", Publisher::Pathfinding("iam-007"), "2019"),
    iam("PutGroupPolicy", "iam:PutGroupPolicy", Publisher::Pathfinding("iam-011"), "2019"),
    iam("PutRolePolicy", "iam:PutRolePolicy", Publisher::Pathfinding("iam-005"), "2019"),
    iam("AddUserToGroup", "iam:AddUserToGroup", Publisher::Pathfinding("iam-013"), "2019"),
    iam("UpdateRolePolicyToAssumeIt", "iam:UpdateAssumeRolePolicy", Publisher::Pathfinding("iam-012"), "2019"),
    on_one(
        "AttachUserPolicyThenCreateAccessKey",
        "iam:AttachUserPolicy iam:CreateAccessKey",
        Publisher::Pathfinding("iam-015"),
        "2019",
    ),
    on_one(
        "PutUserPolicyThenCreateAccessKey",
        "iam:PutUserPolicy iam:CreateAccessKey",
        Publisher::Pathfinding("iam-018"),
        "2019",
    ),
    on_one("AttachUserPolicyThenCreateLoginProfile", "iam:AttachUserPolicy iam:CreateLoginProfile", PASSWORD, "2026-11-29"),
    on_one("PutUserPolicyThenCreateLoginProfile", "iam:PutUserPolicy iam:CreateLoginProfile", PASSWORD, "2026-11-29"),
    on_one("AttachUserPolicyThenUpdateLoginProfile", "iam:AttachUserPolicy iam:UpdateLoginProfile", PASSWORD, "2026-11-29"),
    on_one("PutUserPolicyThenUpdateLoginProfile", "iam:PutUserPolicy iam:UpdateLoginProfile", PASSWORD, "2026-11-29"),
    on_one("AttachGroupPolicyThenAddUserToGroup", "iam:AttachGroupPolicy iam:AddUserToGroup", MEMBERS, "2026-11-29"),
    on_one("PutGroupPolicyThenAddUserToGroup", "iam:PutGroupPolicy iam:AddUserToGroup", MEMBERS, "2026-11-29"),
    on_one("AttachRolePolicyThenAssumeRole", "iam:AttachRolePolicy sts:AssumeRole", Publisher::Pathfinding("iam-014"), "2019"),
    on_one("PutRolePolicyThenAssumeRole", "iam:PutRolePolicy sts:AssumeRole", Publisher::Pathfinding("iam-017"), "2019"),
    of_holder(
        "CreatePolicyVersionThenAssumeRole",
        "iam:CreatePolicyVersion sts:AssumeRole",
        Publisher::Pathfinding("iam-016"),
        "2019",
    ),
    on_one(
        "AttachRolePolicyThenUpdateAssumeRolePolicy",
        "iam:AttachRolePolicy iam:UpdateAssumeRolePolicy",
        Publisher::Pathfinding("iam-019"),
        "2019",
    ),
    on_one(
        "PutRolePolicyThenUpdateAssumeRolePolicy",
        "iam:PutRolePolicy iam:UpdateAssumeRolePolicy",
        Publisher::Pathfinding("iam-021"),
        "2019",
    ),
    of_holder(
        "CreatePolicyVersionThenUpdateAssumeRolePolicy",
        "iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy",
        Publisher::Pathfinding("iam-020"),
        "2019",
    ),
    // A boundary limits somebody who holds more: without one, or for a principal that is weak without it, nothing is gained.
    existing(
        "RemoveRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
        Publisher::Pathfinding("iam-023"),
        "2026-08-21",
    ),
    existing(
        "RemoveUserPermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        Publisher::Pathfinding("iam-022"),
        "2026-08-21",
    ),
    existing(
        "ReplaceRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        Publisher::HackTricks("aws-iam-privesc"),
        "2026-08-10",
    ),
    existing("ReplaceUserPermissionsBoundary", "iam:PutUserPermissionsBoundary", Publisher::Pathfinding("iam-024"), "2026"),
    lifts_deny("DeleteRolePolicyThatDenies", "iam:DeleteRolePolicy", Publisher::Pathfinding("iam-026"), "2026"),
    lifts_deny("DetachRolePolicyThatDenies", "iam:DetachRolePolicy", Publisher::Pathfinding("iam-025"), "2026"),
    lifts_deny("DeleteUserPolicyThatDenies", "iam:DeleteUserPolicy", Publisher::Pathfinding("iam-026"), "2026"),
    lifts_deny("DetachUserPolicyThatDenies", "iam:DetachUserPolicy", Publisher::Pathfinding("iam-025"), "2026"),
    lifts_deny("DeleteGroupPolicyThatDenies", "iam:DeleteGroupPolicy", Publisher::Pathfinding("iam-026"), "2026"),
    lifts_deny("DetachGroupPolicyThatDenies", "iam:DetachGroupPolicy", Publisher::Pathfinding("iam-025"), "2026"),
];
