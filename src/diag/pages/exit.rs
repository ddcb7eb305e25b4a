//! Pages of the exit codes (contract 6). `docs/exit-codes.md` is made of them.

use super::Page;

/// Exit codes, by number.
pub const PAGES: &[Page] = &[
    Page {
        code: "exit-0",
        title: "Exit code 0: success",
        text: "\
The command did what you asked. For `plan`, this does not say whether changes are pending, unless you
passed `--detailed-exitcode`: then 0 means that there are none.

**What to do.** Nothing.
",
    },
    Page {
        code: "exit-1",
        title: "Exit code 1: failure",
        text: "\
Something failed outside the specs: the account could not be reached, the credentials belong to another
account, a call was denied, or a file could not be read or written. `plan` and `apply` also exit with 1
if the plan has error findings, and fleet commands if an account is unreachable or missing.

**What to do.** Follow the help line of the error and run the command again.
",
    },
    Page {
        code: "exit-2",
        title: "Exit code 2: changes are pending",
        text: "\
Only with `plan --detailed-exitcode`: the plan has changes. Without that flag, a plan with changes exits
with 0, so that `iamctl plan && ...` works in scripts.

**What to do.** Review the plan and apply it.
",
    },
    Page {
        code: "exit-3",
        title: "Exit code 3: errors in the specs, findings, or failed tests",
        text: "\
- The specs, the project file, a template or a policy document have errors.
- `lint` found something at or above `--fail-on`.
- A spec test failed (`test`), or fails on the account after the plan (`plan`).
- `plan`: the plan adds access that the project forbids.
- `review`: a gate of `--fail-on` refuses the change.
- `check`: the role is not ready.

**What to do.** Fix what the findings name; each has its place. `iamctl explain CODE` prints the page of
a finding.
",
    },
    Page {
        code: "exit-4",
        title: "Exit code 4: refused by a guard, or blocked",
        text: "\
Only from commands that write. A guard refused the plan, and nothing was written. Or an entity is
blocked, for example because it exists and belongs to no stack: the entity and everything that depends
on it were left alone, and the rest was applied.

**What to do.** The message names the flag that allows the change for one run, if there is one, or the
line to add to the spec.
",
    },
    Page {
        code: "exit-5",
        title: "Exit code 5: the plan is stale, or its digest differs",
        text: "\
Something that the saved plan depends on has changed, the plan file was edited, or the plan made now
does not have the digest passed with `--expect-digest`. Nothing was written.

**What to do.** Plan again, review again, and apply the new plan.
",
    },
    Page {
        code: "exit-6",
        title: "Exit code 6: partly applied",
        text: "\
Some calls were made and some were not. The report lists what was done, what failed and what was not
attempted. No step that depends on a failed one was sent.

**What to do.** Fix the cause and run `iamctl apply` again: it makes a new plan and continues.
",
    },
    Page {
        code: "exit-7",
        title: "Exit code 7: undecided",
        text: "\
The answer depends on something that is not known. `check`, `simulate`, `who-can`, `access` and
`aws-policies diff` exit with 7 if they cannot decide, `test --live` if IAM's simulator gave no answer,
and `import` if something about an entity is not known or cannot be written. Unknown is never shown as
yes.

**What to do.** Provide what is missing: the answer names the condition keys or documents.
",
    },
    Page {
        code: "exit-64",
        title: "Exit code 64: wrong usage",
        text: "\
The command line is wrong: an unknown flag, flags that contradict each other, an unknown account,
template, policy or version, a question without a terminal, or a missing stack or account ID. Nothing
was written.

**What to do.** See `iamctl COMMAND --help`.
",
    },
];
