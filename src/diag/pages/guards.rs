//! Pages of the guards (contract 5).

use super::Page;

/// Guards, in the order in which they are documented.
pub const PAGES: &[Page] = &[
    Page {
        code: "max_deletes",
        title: "More entities would be deleted or replaced than one apply may",
        text: "\
The plan deletes or replaces more entities than `guards: {max_deletes: N}` allows (10 unless the
project file says otherwise).

**Why it matters.** A wrong path, a lost file or a renamed stack looks exactly like an intention to
delete everything. A recreated role has a new unique id, and every policy that names it breaks.

**What to do.** Read the deletes in the plan. If all are intended, add `--max-deletes N` to this run,
or raise `max_deletes` in the project file. If they are not, look at what `specs:` covers.
",
    },
    Page {
        code: "max_changes_percent",
        title: "A larger share of the stack would change than one apply may",
        text: "\
The plan updates, replaces or deletes more of the entities that the stack owns than
`guards: {max_changes_percent: N}` allows (30 unless the project file says otherwise). It counts from
ten owned entities upwards. Creates, adoptions and changes of tags only do not count.

**Why it matters.** A change to a shared variable, a default or a template can touch every role at once.

**What to do.** Split the change, or add `--max-changes-percent N` to this run.
",
    },
    Page {
        code: "max_deletes_percent",
        title: "A larger share of the stack would be deleted than one apply may",
        text: "\
The plan deletes or replaces more of the entities that the stack owns than
`guards: {max_deletes_percent: N}` allows (50 unless the project file says otherwise). It counts from
three owned entities upwards, whatever their number.

**Why it matters.** A lost directory, an `accounts:` filter or a changed variable can empty a small
stack without ever reaching `max_deletes`.

**What to do.** Read the deletes in the plan. If all are intended, add `--max-deletes-percent N` to this
run, or use `iamctl destroy`. If they are not, look at what `specs:` covers.
",
    },
    Page {
        code: "max_revoked",
        title: "More principals would lose access than one apply may take from",
        text: "\
The plan removes managed policies, inline policies or group memberships from more principals than
`guards: {max_revoked: N}` allows (10 unless the project file says otherwise). Principals that are
deleted count for `max_deletes` instead.

**Why it matters.** If many people or services lose access at once, it is an outage, even if nothing is
deleted.

**What to do.** Read what the plan removes. If all of it is intended, add `--max-revoked N` to this
run, or raise `max_revoked` in the project file.
",
    },
    Page {
        code: "delete_unused_days",
        title: "A role that would be deleted is in use",
        text: "\
The plan deletes a role that was used within `guards: {delete_unused_days: N}` days (30 unless the
project file says otherwise), that is in an instance profile that stays, or that is named in the trust
of a role that stays.

**Why it matters.** Everything that uses the role fails as soon as it is gone, and a role recreated with
the same name is another principal to every policy that named the old one.

**What to do.** Find what uses the role and move it away first. If it may break, add
`--allow-delete ADDRESS` to this run.
",
    },
    Page {
        code: "break_glass",
        title: "A break-glass principal, or the caller's own role, would change",
        text: "\
The plan changes a principal that `guards: {break_glass: [...]}` lists, or the role or user that runs
iamctl. A rollback is refused if one of them holds the policy, directly, through a group or as boundary.

**Why it matters.** These are the ways back in when everything else is broken. An apply that takes
away its own permissions stops in the middle and cannot be undone by the same caller.

**What to do.** Use another principal for this change. If it is intended, add `--allow ADDRESS` to this
run.
",
    },
    Page {
        code: "lockout",
        title: "A break-glass principal or the caller could not undo the plan",
        text: "\
The principal can make the calls that undo this plan now, and after the plan it cannot: one of its
policies is narrowed, detached or deleted, a group loses it, or a boundary or a Deny blocks it. iamctl
evaluates the account after the plan, call by call. The message names the permissions that are lost
and the call that removes the first of them. The guard also refuses if the role can only be assumed
through an identity provider, and the plan removes the provider or its audience.

**Why it matters.** Someone who could repair the account can no longer do so, and nobody else may be
able to.

**What to do.** Keep those permissions, or first grant them to another principal under `break_glass`. If
the loss is intended, add `--allow-lockout ADDRESS` to this run: that principal may then lose the
permissions needed to undo the plan.
",
    },
    Page {
        code: "tests",
        title: "Spec tests fail on the account after the plan",
        text: "\
Tests under `tests:` fail on the account as it would be after the plan. Tests that `accounts:` limits to
other accounts do not count. A partial plan (paths, `--target`) runs the tests of the principals that it
touches.

**Why it matters.** A test says what must hold, or must never hold.

**What to do.** `iamctl test` shows the statements that decide. Correct the policies or the test, or add
`--allow-failing-tests` to this run: the plan is then applied even if tests fail.
",
    },
    Page {
        code: "protect",
        title: "A protected entity would be deleted or replaced",
        text: "\
The entity has the tag `iamctl:protect`, which `protect: true` in its spec created. It is never
deleted or replaced, neither by pruning nor by `destroy`.

**Why it matters.** The tag is in the account itself, so it works even when the spec that requested it
is gone.

**What to do.** Set `protect: false` and apply only that, which removes the tag. Then delete the
entity in a second apply. No flag overrides this guard. Only `rollback`, which changes a protected
policy in place, has `--allow policy/NAME`.
",
    },
    Page {
        code: "forbid",
        title: "The plan adds access that the project forbids",
        text: "\
A rule under `forbid:` of the project file says what no role or user may do. After this plan a principal
could make a request that a rule forbids and that it could not make before. The refusal names the
request, the statement that allows it and the rule.

**Why it matters.** The rule is a promise of the account's owner.

**What to do.** Narrow the statement or deny the action. No flag overrides this guard: list principals
that may break the rule under its `except`. What already broke a rule before the plan is a warning and
refuses nothing.
",
    },
    Page {
        code: "hold",
        title: "The specs declare a document that was rolled back from",
        text: "\
`iamctl rollback` put an earlier version of the policy back in force, and left the tag `iamctl:hold`
with a hash of the document that it rolled back from. The specs still declare that document, perhaps in
another spelling.

**Why it matters.** The next apply of a pipeline would ship again what someone has just rolled back.

**What to do.** Change the policy's spec: revert the commit, use the spec that `rollback` printed, or
fix the document. The hold ends when that is applied. If the held document is right after all, add
`--release-hold=policy/NAME` to one run.
",
    },
    Page {
        code: "preflight",
        title: "The caller's own policies refuse calls of this plan",
        text: "\
Before the first write, iamctl evaluates every call of the plan against the policies and the permissions
boundary of the role or user that runs it. A call counts as denied only if that is certain: no condition
key whose value is not known, no policy that could not be read, and nothing that the plan itself grants
could allow it. Service control policies and session policies are not known, and only restrict. The
account root, and callers that are not in the account, are not checked.
`apply` stops with exit code 4, lists everything that is missing, and prints the policy that
grants it. `plan` shows it as a note, because planning and applying often use different roles.

**Why it matters.** An apply that is denied halfway leaves the account between two states.

**What to do.** Ask an administrator to attach the printed policy, or apply as another principal.
`--preflight simulate` also asks IAM's simulator, which knows the organization's policies.
`--preflight off` skips the check.
",
    },
];
