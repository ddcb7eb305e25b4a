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

**Why it matters.** A wrong path, a lost file or a renamed stack looks exactly like a wish to delete
everything. A deleted role comes back under a new unique id, and every policy that names it breaks.

**What to do.** Read the deletes in the plan. If all are meant, add `--max-deletes N` to this one run,
or raise `max_deletes` in the project file. If they are not, look at what `specs:` covers.
",
    },
    Page {
        code: "max_changes_percent",
        title: "A larger share of the stack would change than one apply may",
        text: "\
The plan updates, replaces or deletes more of the entities that the stack owns than
`guards: {max_changes_percent: N}` allows (30 unless the project file says otherwise). It counts from
ten owned entities upwards; creates, adoptions and changes of tags alone do not count.

**Why it matters.** A change to a shared variable, a default or a template can touch every role at once.

**What to do.** Split the change, or add `--max-changes-percent N` to this one run.
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

**What to do.** Read the deletes in the plan. If all are meant, add `--max-deletes-percent N` to this
one run, or use `iamctl destroy`. If they are not, look at what `specs:` covers.
",
    },
    Page {
        code: "max_revoked",
        title: "More principals would lose access than one apply may take from",
        text: "\
The plan takes managed policies, inline policies or group memberships off more principals than
`guards: {max_revoked: N}` allows (10 unless the project file says otherwise). Principals that are
deleted count for `max_deletes` instead.

**Why it matters.** Access that many people or services lose at once is an outage, even where nothing is
deleted.

**What to do.** Read what is withdrawn in the plan. If all of it is meant, add `--max-revoked N` to this
one run, or raise `max_revoked` in the project file.
",
    },
    Page {
        code: "delete_unused_days",
        title: "A role that would be deleted is in use",
        text: "\
The plan deletes a role that was used within `guards: {delete_unused_days: N}` days (30 unless the
project file says otherwise), that is in an instance profile that stays, or that is named in the trust
of a role that stays.

**Why it matters.** Whatever uses the role fails as soon as it is gone, and a role made again under the
same name is another principal to every policy that named the old one.

**What to do.** Find what uses the role and move it away first. If it may break, add
`--allow-delete ADDRESS` to this one run.
",
    },
    Page {
        code: "break_glass",
        title: "A break-glass principal, or the caller's own role, would change",
        text: "\
The plan changes a principal that `guards: {break_glass: [...]}` lists, or the role or user that runs
iamctl. A rollback is refused where one of them holds the policy, itself, by a group or as boundary.

**Why it matters.** These are the ways back in when everything else is broken. An apply that takes
away its own permissions stops in the middle and cannot be undone by the same caller.

**What to do.** Let another principal make this change. If it is meant, add `--allow ADDRESS` to this
one run.
",
    },
    Page {
        code: "lockout",
        title: "A break-glass principal or the caller could not undo the plan",
        text: "\
The principal may today make the calls that take this plan back, and after the plan it may not: a
policy that it holds gets narrower, is detached or deleted, a group loses it, a boundary or a Deny
stands in the way. The account after the plan is asked, call by call; the message names the
permissions that go and the call by which the first of them goes. The same holds where only an
identity provider lets callers assume the role, and the provider or its audience goes.

**Why it matters.** Whoever could repair the account can no longer do so, and nobody may be left who
can.

**What to do.** Keep those permissions, or let another principal under `break_glass` have them first. If
the loss is meant, add `--allow-lockout ADDRESS` to this one run: that principal may then lose what
undoing the plan takes.
",
    },
    Page {
        code: "tests",
        title: "Spec tests fail on the account after the plan",
        text: "\
Tests under `tests:` of the project fail when they are asked of the account as the plan leaves it. Tests
that `accounts:` limits to other accounts do not count. A plan of a part (paths, `--target`) runs the
tests of the principals that it touches.

**Why it matters.** A test says what must hold, or must never hold.

**What to do.** `iamctl test` shows the statements that decide. Correct the policies or the test, or add
`--allow-failing-tests` to this one run: the plan is then applied although tests fail.
",
    },
    Page {
        code: "protect",
        title: "A protected entity would be deleted or replaced",
        text: "\
The entity carries the tag `iamctl:protect`, which `protect: true` in its spec wrote. It is never
deleted or replaced, neither by pruning nor by `destroy`.

**Why it matters.** The mark is in the account itself, so it holds even when the spec that asked for it
is gone.

**What to do.** Set `protect: false` and apply that by itself; the mark comes off. Then delete the
entity in a second apply. No flag overrides this guard, but for `rollback`, which changes a protected
policy in place: there it is `--allow policy/NAME`.
",
    },
    Page {
        code: "forbid",
        title: "The plan adds access that the project forbids",
        text: "\
A rule under `forbid:` of the project file says what no role or user may do. After this plan a principal
could make a request that a rule forbids, and it could not before. The refusal names the request, the
statement that allows it and the rule.

**Why it matters.** The rule is what the owner of the account promises to others.

**What to do.** Narrow the statement or deny the action. No flag overrides this guard: whoever may break
the rule stands under `except` of the rule. What broke a rule before the plan is a warning and refuses
nothing.
",
    },
    Page {
        code: "hold",
        title: "The specs declare a document that was rolled back from",
        text: "\
`iamctl rollback` put an earlier version of the policy in force, and left the tag `iamctl:hold` with a
hash of the document that it went back from. The specs still declare that document, however spelled.

**Why it matters.** The next apply of a pipeline would ship again what somebody has just taken out of
force.

**What to do.** Change the policy's spec: revert the commit, write the spec that `rollback` printed, or
mend the document. The hold ends when that is applied. If the held document is right after all, add
`--release-hold=policy/NAME` to one run.
",
    },
    Page {
        code: "preflight",
        title: "The caller's own policies refuse calls of this plan",
        text: "\
Before the first write iamctl asks the policies and the permissions boundary of the role or user that
runs it, as they were read, about every call of the plan. A call counts as refused only where that is
certain: no condition key whose value is not known, no policy that could not be read, and nothing that
the plan itself grants on the way could allow it. Service control policies and session policies are not
known, and only take away. Of the account root, and of callers that are not in the account, nothing is
certain.
`apply` stops with exit code 4, names everything that is missing at once, and prints the policy that
grants it; `plan` shows it as a note, because whoever plans is often not whoever applies.

**Why it matters.** An apply that is refused half-way leaves the account between two states.

**What to do.** Have an administrator attach the policy that is printed, or apply as somebody else.
`--preflight simulate` asks IAM's simulator as well, which knows the organization's policies;
`--preflight off` goes ahead without asking.
",
    },
];
