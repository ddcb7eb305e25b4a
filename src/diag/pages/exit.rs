//! Pages of the exit codes (contract 6).

use super::Page;

/// Exit codes, by number.
pub const PAGES: &[Page] = &[
    Page {
        code: "exit-0",
        title: "Exit code 0: fine",
        text: "\
The command did what it was asked. For `plan` this says nothing about whether changes are pending,
unless `--detailed-exitcode` was given: then 0 means that none are.

**What to do.** Nothing.
",
    },
    Page {
        code: "exit-1",
        title: "Exit code 1: failed",
        text: "\
Something outside the specs went wrong: the account could not be reached, a call was denied, a file
could not be read or written. The error says which, its cause, and the next move.

**What to do.** Follow the help line; run the command again.
",
    },
    Page {
        code: "exit-2",
        title: "Exit code 2: changes are pending",
        text: "\
Only with `plan --detailed-exitcode`: the plan is not empty. Any other exit code above 0 is stronger.

**What to do.** Review the plan, and apply it.
",
    },
    Page {
        code: "exit-3",
        title: "Exit code 3: errors in the specs, findings, failed tests",
        text: "\
The specs have errors, there are findings at or above `--fail-on`, a spec test failed, or a checked
role is not ready.

**What to do.** Mend what the findings name; each has its place. `iamctl explain CODE` has the page of
a finding.
",
    },
    Page {
        code: "exit-4",
        title: "Exit code 4: refused by a guard, or blocked",
        text: "\
A guard refuses the plan, and nothing was written. Or the plan holds a blocked entity, such as one that
exists and is not this stack's: it and what depends on it were left alone, and all the rest was applied.

**What to do.** Each refusal names the flag that allows it for one run, where there is one.
",
    },
    Page {
        code: "exit-5",
        title: "Exit code 5: the plan is stale, or its digest differs",
        text: "\
What the saved plan rests on has changed since it was made, or the plan made now does not have the
digest given with `--expect-digest`. Nothing was written.

**What to do.** Make the plan again, review it again, and apply that one.
",
    },
    Page {
        code: "exit-6",
        title: "Exit code 6: applied in part",
        text: "\
Some calls were done and some were not. The report lists done, failed and not attempted. No step that
depends on a failed one was sent.

**What to do.** Mend the cause and run `iamctl apply` again: it plans anew and continues.
",
    },
    Page {
        code: "exit-7",
        title: "Exit code 7: undecided",
        text: "\
`check`, `simulate` or `access` could not decide, IAM's simulator gave no answer to a case of
`test --live`, or `import` met a value that it could not know. Unknown is never shown as yes.

**What to do.** Give what is missing: the answer names the condition keys or the documents it hangs on.
",
    },
    Page {
        code: "exit-64",
        title: "Exit code 64: wrong usage",
        text: "\
The command line is wrong, or flags contradict each other. Nothing was read or written.

**What to do.** See `iamctl COMMAND --help`.
",
    },
];
