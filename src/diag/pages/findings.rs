//! Pages of the findings that plans carry.

use super::Page;

/// Findings of plans.
pub const PAGES: &[Page] = &[
    Page {
        code: "immutable-field",
        title: "A declared value differs from one that IAM cannot change",
        text: "\
The path of a role, policy or instance profile, a policy's description, a name or a provider's URL
is set at creation and never changes. The spec says another value than the account has. The plan
leaves it as it is.

**Why it matters.** The only way is to delete and recreate the entity. The new one has another
unique id, and a new path is another ARN: resource policies and trust policies that name the old one
break.

**What to do.** Write the value that is there into the spec. If it must change, `--replace ADDRESS`
deletes and recreates the entity in this run.
",
    },
    Page {
        code: "unmanaged-attachment",
        title: "Something is attached that no spec of this stack lists",
        text: "\
A policy, tag or member is on an additively managed entity, and this stack did not put it there. It
stays.

**Why it matters.** What a principal may do is more than the spec says.

**What to do.** If it belongs to the entity, add it to the spec. If nothing but the spec should be
there, set `manage: exclusive`; the plan then shows what goes.
",
    },
    Page {
        code: "undeclared-boundary",
        title: "An entity has a permissions boundary that its spec does not mention",
        text: "\
A permissions boundary is set, and the spec leaves `permissions_boundary` out. Left out means left
as it is.

**Why it matters.** The boundary limits what the policies of the spec can allow. Whoever set it may
rely on it.

**What to do.** Write the boundary into the spec to keep it under review, or `permissions_boundary:
none` to remove it, which widens access and is shown as such.
",
    },
    Page {
        code: "newer-version-not-default",
        title: "A policy has a newer version than the one in force",
        text: "\
A version of the managed policy with a higher number than the default is stored. Someone created it
without setting it as default, or went back to an earlier one.

**Why it matters.** The next change of the document creates a new version and makes it the default; it
does not build on the newer, unused one.

**What to do.** Find out who created it. `iamctl rollback policy/NAME --to vN` puts a stored version in
force.
",
    },
    Page {
        code: "dangling-principal",
        title: "A trust policy names a principal that no longer exists",
        text: "\
The trust policy holds a unique id (`AROA…`, `AIDA…`) in place of an ARN. IAM stores principals by
id, and shows the id once the entity behind it is gone.

**Why it matters.** A role recreated under the old name is not trusted by that entry, whatever the
spec says.

**What to do.** Name the principal again in the trust of the spec, or remove the entry. The plan
shows the trust as changed either way.
",
    },
    Page {
        code: "group-cannot-be-marked",
        title: "Groups have no tags, so what was attached earlier is not remembered",
        text: "\
IAM cannot tag groups. For other entities one tag per attachment remembers what this stack put
there; for a group there is nowhere to keep it.

**Why it matters.** What the spec no longer lists stays on the group, and a group that is no longer
declared is left behind.

**What to do.** Detach it by hand once, or set `manage: exclusive` on the group so that whatever is
not listed goes.
",
    },
    Page {
        code: "foreign-stack",
        title: "The entity belongs to another stack",
        text: "\
The entity carries the ownership tag of another stack. It is blocked: the plan holds no step for it,
nor for what depends on it.

**Why it matters.** Two stacks that own one entity undo each other's changes at every apply.

**What to do.** Let the other stack release it (`release: [ADDRESS]` in its specs). If this one must
have it now, add `--take-over ADDRESS`. If the other name is an earlier name of this stack, list it
under `formerly:`.
",
    },
    Page {
        code: "formerly-undeclared",
        title: "An entity carries an earlier name of the stack, and no spec declares it",
        text: "\
`formerly:` lists the name, so the entity counts as this stack's; but no spec declares it. It stays as
it is: it is not deleted, and its tag is not rewritten.

**Why it matters.** Another stack may go by that name, and everything it owns would be deleted.

**What to do.** If the other name is a stack that is still in use, take it out of `formerly:`. Otherwise
declare the entity, or delete it with `--allow-delete ADDRESS`.
",
    },
    Page {
        code: "cloudformation-owned",
        title: "A CloudFormation stack created the entity",
        text: "\
The entity carries the tag `aws:cloudformation:stack-name`: CloudFormation created it and will change
it again.

**Why it matters.** An update of that stack reverts what iamctl writes, and deleting the stack
deletes the entity.

**What to do.** Leave it to CloudFormation, or keep it when taking it out of the template
(`DeletionPolicy: Retain`) and then add `--take-over ADDRESS`.
",
    },
    Page {
        code: "not-adopted",
        title: "An entity of the declared name exists and nobody owns it",
        text: "\
The entity exists and has no ownership tag. It is blocked until someone says that it may be
taken.

**Why it matters.** It may serve something that no spec knows of, and the spec would change or empty
it.

**What to do.** Compare it with the spec: `adopt: true` in the spec or `--adopt=ADDRESS` shows every
difference in the plan before anything is written.
",
    },
    Page {
        code: "name-case",
        title: "A name differs from the one in the account by case only",
        text: "\
IAM takes two names that differ by case alone as one name, and keeps the spelling given at creation.

**Why it matters.** ARNs are compared with case: a policy that names the ARN in the other spelling
does not match.

**What to do.** Write the name as the account has it.
",
    },
    Page {
        code: "protected",
        title: "The entity is protected, and no longer declared",
        text: "\
The entity carries the tag `iamctl:protect`, written by `protect: true`. It is no longer declared,
and it stays.

**Why it matters.** It is still there, with all its access, and no spec describes it any more.

**What to do.** Declare it again with `protect: false`, apply, and then remove it from the specs; or
list it under `release:`.
",
    },
    Page {
        code: "unknown-aws-policy",
        title: "The AWS managed policy is not known",
        text: "\
The reference `aws/NAME` names no AWS managed policy of the set that is built in. Offline this is a
warning, because AWS adds policies; on an embedded account it is an error.

**Why it matters.** Attaching a policy that does not exist fails in the middle of an apply.

**What to do.** Check the name with `iamctl aws-policies TEXT`; some have a path, as in
`aws/service-role/NAME`. AWS retires policies too: a retired one stays where it is attached, and
cannot be attached again.
",
    },
    Page {
        code: "withdrawn-aws-policy",
        title: "AWS withdrew the managed policy",
        text: "\
The reference names a policy that AWS has withdrawn. It stays, and works, where it is attached; IAM
refuses to attach it again.

**Why it matters.** The spec works in the account where the policy is attached already, and in no
other. A new role does not get it.

**What to do.** Use the successor that the finding names. `iamctl access aws/OLD aws/NEW` shows what
differs; `iamctl aws-policies TEXT` searches the policies that there are.
",
    },
    Page {
        code: "caller-arn-changes",
        title: "A trust policy changes because someone else applies",
        text: "\
A trust names `${caller_arn}`, the principal that runs iamctl. In the account it names another
principal, and nothing else differs.

**Why it matters.** The principal that applies becomes the trusted one, and the previous one is no
longer trusted. A pipeline and a person who take turns take the role away from each other.

**What to do.** Name the principal: `aws: role/NAME`, or its ARN.
",
    },
    Page {
        code: "quota",
        title: "The account's quota leaves no room",
        text: "\
After this plan an account-wide or per-entity quota would be exceeded, as the account states it.

**Why it matters.** IAM refuses the call that crosses the quota, and what depends on it is not
attempted.

**What to do.** The finding says which quota it is. Some can be raised (Service Quotas, region us-east-1
in the partition `aws`): entities per account, policies attached to a role or user, the length of a
trust policy. The size of policies, tags and policy versions cannot.
",
    },
    Page {
        code: "unknown-principal",
        title: "A trust policy names a principal of this account that does not exist",
        text: "\
The trust names a role or user of this account that neither exists nor is created by this plan.

**Why it matters.** IAM refuses a trust policy with a principal that it cannot find
(MalformedPolicyDocument).

**What to do.** Check the name and its path, or declare the principal, so that it is created first.
",
    },
    Page {
        code: "expires-soon",
        title: "Something declared with `expires` ends within thirty days",
        text: "\
The spec sets a date for the entity, attachment, inline policy or trust entry under `expires:`, and
that date is near. From that day on it counts as not declared.

**Why it matters.** The first apply from that day on takes the access away, or deletes what the stack
created.

**What to do.** Nothing, if it may expire. Set a later date to keep it.
",
    },
    Page {
        code: "expired",
        title: "Something declared with `expires` counts as not declared",
        text: "\
The date under `expires:` has passed. The entity, attachment, inline policy or trust entry counts as not
declared; what refers to an expired policy, and memberships of an expired user, go with it.

**Why it matters.** Plans remove it, and guards count it like any other removal.

**What to do.** Remove it from the spec, or set a later date to keep it.
",
    },
    Page {
        code: "test-failed",
        title: "A spec test fails on the account after the plan",
        text: "\
A test under `tests:` expects an answer other than that of the policies after the plan. What others
attached to additive, attach-only and create-only principals is included.

**Why it matters.** The test says what must hold, or must never hold. `plan` ends with exit code 3, and
`apply` refuses with 4.

**What to do.** Run `iamctl test`: it shows the statements that decide, with their places. Correct the
policies or the test. `--allow-failing-tests` applies the plan anyway, for one run.
",
    },
    Page {
        code: "delete-conflict",
        title: "Something outside this plan still uses the entity",
        text: "\
The policy is attached to, or bounds, entities that this plan does not manage; or the entity has
something that IAM requires to be removed first.

**Why it matters.** IAM refuses the delete. iamctl never detaches from what it does not manage.

**What to do.** The finding lists the holders. Detach it there, or keep the entity declared until
they are done with it. `--detach-holders=policy/NAME` detaches the policy from them in this one run, as
calls that the plan shows, and removes it as permissions boundary; a policy that is replaced is
attached to them again. A user is deleted only if every kind of credentials is known to be absent.
",
    },
    Page {
        code: "role-missing",
        title: "A role that is only attached to does not exist",
        text: "\
The spec declares a role with `manage: attach_only`, and the account has no role of that name.

**Why it matters.** `attach_only` states neither trust nor path, so there is nothing to create a role
from.

**What to do.** Correct the name, or declare the role whole, with its `trust:` and another `manage:`.
",
    },
    Page {
        code: "drift",
        title: "What `create_only` created has changed since",
        text: "\
An entity with `manage: create_only` differs from its spec. It is left as it is.

**Why it matters.** Readers of the spec believe that it describes the account.

**What to do.** Add the difference to the spec, or enforce the spec with `manage: exclusive` or
`manage: additive`.
",
    },
    Page {
        code: "provider-case",
        title: "An OIDC provider whose path differs only in letter case",
        text: "\
The spec names an OIDC provider, and the account has one whose path has other letter case.

**Why it matters.** The host of an issuer ignores letter case, its path does not: tokens name the issuer
exactly. EKS writes the ids of its issuers in capital letters.

**What to do.** Write the provider as the account has it, in `oidc_providers` and in every trust.
",
    },
    Page {
        code: "not-renamed",
        title: "A user or group cannot be renamed",
        text: "\
`renamed_from:` names a user or group that the specs declare too, that belongs to another stack, or
whose new name the account has already.

**Why it matters.** A rename keeps the unique id, the members and the credentials. Creating a new entity
besides the old one does not.

**What to do.** The finding says what prevents it. Once an entity is renamed, `renamed_from:` can
be removed from its spec.
",
    },
    Page {
        code: "user-missing",
        title: "A declared user does not exist",
        text: "\
The spec declares a user without `create: true`, and the account has no such user.

**Why it matters.** Users are people or machines with their own credentials; a misspelled name should
not create one.

**What to do.** Check the name. To let iamctl create and own the user, set `create: true`.
",
    },
    Page {
        code: "oidc-shared",
        title: "An identity provider that others use would be deleted",
        text: "\
OIDC and SAML providers are one per URL or name in an account, and shared by all roles that trust
them. One that this stack no longer declares is left in place.

**Why it matters.** Every role that trusts the provider stops working at once when it is deleted.

**What to do.** If nothing uses it any more, add `--allow-delete ADDRESS` to one run.
",
    },
    Page {
        code: "size-near-limit",
        title: "A document is close to its size limit",
        text: "\
The document, or the inline policies of one entity together, come close to what IAM takes. White
space is not counted.

**Why it matters.** How IAM counts in detail is not published; the next statement may not fit.

**What to do.** Merge statements, use wildcards where they are equivalent, or move statements to
a separate managed policy.
",
    },
    Page {
        code: "unread",
        title: "Something could not be read, so it was not compared",
        text: "\
A call was denied, or the file that was planned against does not hold this. Unknown does not mean
absent.

**Why it matters.** The plan is not complete: it decides nothing about this, and it is not
applied.

**What to do.** Grant the caller the permission that the entry names (`iamctl permissions` prints all
that are needed), or plan against a snapshot that has it.
",
    },
];
