//! Pages of what plans and pull requests report to reviewers, besides findings.

use super::Page;

/// What a review says of access, tests and the controls themselves.
pub const PAGES: &[Page] = &[
    Page {
        code: "new-access",
        title: "A principal is allowed something that it was not",
        text: "\
The change allows a request that was denied before. Each line is a set of requests, with one example
that was evaluated on both sides.

**Why it matters.** If you revert the change, you cannot revert what happened in between.

**What to do.** Approve it only if this access is intended. Otherwise narrow the action, the resource or
the condition that the line names; `iamctl access BEFORE AFTER` compares again.
",
    },
    Page {
        code: "undecided-access",
        title: "Whether a principal gains access could not be decided",
        text: "\
The comparison neither found a newly allowed request nor proved that there is none. The reason is
given: a document that was not read, a construct that cannot be compared, or a limit of work.

**Why it matters.** Unknown does not mean no. There may be new access here that nobody has seen.

**What to do.** Read the documents as if the change granted access, or allow iamctl to read what is
missing and run it again.
",
    },
    Page {
        code: "loosened-ceiling",
        title: "A Deny or a boundary blocks less than before",
        text: "\
A `Deny` was removed or narrowed, or a permissions boundary was removed or widened. The identity
policies do not allow what was blocked, but a resource policy may.

**Why it matters.** What bucket, key and queue policies grant to the principal now takes effect, and
these are managed elsewhere.

**What to do.** Approve it only if the Deny or boundary is meant to block less.
",
    },
    Page {
        code: "failed-test",
        title: "A spec test fails",
        text: "\
A test in the specs expects a decision other than that of the policies.

**Why it matters.** Someone wrote down what must be allowed or denied, and it no longer holds.

**What to do.** Fix the policy, or the test if the expectation has changed. `iamctl test` names the
statement that decided.
",
    },
    Page {
        code: "removed-test",
        title: "A spec test was removed",
        text: "\
The change removes a spec test.

**Why it matters.** A test that would fail can be silenced by removing it.

**What to do.** Check whether what it tested was removed too.
",
    },
    Page {
        code: "changed-controls",
        title: "The change touches the controls themselves",
        text: "\
Guards, `protect`, `ignore`, `waive`, `require` or other keys of the project file change in the same
pull request that they apply to.

**Why it matters.** A change that would be refused passes if the same change weakens the control.

**What to do.** Read these lines first. It is best to change controls in a separate pull request,
approved by their owners.
",
    },
];
