//! Pages of what reviewers of plans and pull requests are told beside findings.

use super::Page;

/// What a review says of access, tests and the controls themselves.
pub const PAGES: &[Page] = &[
    Page {
        code: "new-access",
        title: "A principal is allowed something that it was not",
        text: "\
The change allows a request that was refused before. Each line is a set of requests, with one of them
as an example that the comparison has tried on both sides.

**Why it matters.** This is the part of a change that cannot be taken back for what happened in
between.

**What to do.** Approve it only if this access is meant. Otherwise narrow the action, the resource or
the condition that the line names; `iamctl access BEFORE AFTER` compares again.
",
    },
    Page {
        code: "undecided-access",
        title: "Whether a principal gains access could not be decided",
        text: "\
The comparison neither found a request that is newly allowed nor proved that there is none. The reason
is given: a document that was not read, a construct that cannot be compared, a limit of effort.

**Why it matters.** Unknown is not no. There may be new access here that nobody has seen.

**What to do.** Read the documents as if the change gave access, or make what could not be read
readable and run it again.
",
    },
    Page {
        code: "loosened-ceiling",
        title: "A denial or a boundary keeps less than it did",
        text: "\
A `Deny` went or became narrower, or a permissions boundary came off or became wider. The identity
policies do not allow what was kept; a resource policy may.

**Why it matters.** What bucket, key and queue policies give to the principal now counts, and these
are written elsewhere.

**What to do.** Approve it only if the ceiling is meant to keep less.
",
    },
    Page {
        code: "failed-test",
        title: "A spec test fails",
        text: "\
A test in the specs expects another decision than the policies give.

**Why it matters.** Somebody wrote down what must be allowed or denied, and it is so no more.

**What to do.** Mend the policy, or the test where the expectation has changed. `iamctl test` names the
statement that decided.
",
    },
    Page {
        code: "removed-test",
        title: "A spec test is there no more",
        text: "\
The change takes a spec test away.

**Why it matters.** A test that would have failed can be silenced by taking it out.

**What to do.** See whether what it tested is gone too.
",
    },
    Page {
        code: "changed-controls",
        title: "The change touches the controls themselves",
        text: "\
Guards, `protect`, `ignore`, `waive`, `require` or other keys of the project file change in the same
pull request that they would judge.

**Why it matters.** A change that would be refused passes once the refusal is loosened beside it.

**What to do.** Read these lines first. Best is a pull request of their own, approved by those who own
the controls.
",
    },
];
