#!/usr/bin/env bash
# Reviews a change offline, without credentials.
#   IAMCTL_BASE, IAMCTL_HEAD   directories of the project before and after
#   IAMCTL_SNAPSHOT            a snapshot to plan against; left out, or a file that is not there: none
#   IAMCTL_ACCOUNT             its account; left out: every account of the project
#   IAMCTL_FAIL_ON             what fails the check, separated by commas; default: that of `iamctl review`
#   IAMCTL_OUT                 where review.json, review.md, review.html and review.sarif go
# Ends with the exit code of `iamctl review`.
set -euo pipefail
# shellcheck source=scripts/gitops/lib.sh
. "$(dirname "$0")/lib.sh"

base=${IAMCTL_BASE:?} head=${IAMCTL_HEAD:?} out=${IAMCTL_OUT:?}
common=()
[ -z "${IAMCTL_ACCOUNT:-}" ] || common+=(--account "$IAMCTL_ACCOUNT")
args=(--base "$base" --head "$head")
[ -z "${IAMCTL_FAIL_ON:-}" ] || args+=(--fail-on "$IAMCTL_FAIL_ON")
if [ -n "${IAMCTL_SNAPSHOT:-}" ] && [ -f "$IAMCTL_SNAPSHOT" ]; then
    args+=(--against "$IAMCTL_SNAPSHOT")
fi
mkdir -p "$out"

code=0
# The exit code of a review does not depend on its format.
review() {
    code=0
    iamctl review "${common[@]}" "${args[@]}" --format "$1" "${@:3}" >"$2" 2>"$out/errors.txt" || code=$?
    # 3 is a review that was made and fails the check; anything else was no review.
    if [ "$code" -ne 0 ] && [ "$code" -ne 3 ]; then
        show "$out/errors.txt" >&2
        refuse "the review could not be made (exit code $code)" "$code"
    fi
}
review markdown "$out/review.md" --skip-unchanged
review html "$out/review.html"
review sarif "$out/review.sarif"
review github "$out/annotations.txt"
# Workflow commands, escaped by iamctl; the only lines that the runner is to obey.
cat "$out/annotations.txt"
rm "$out/annotations.txt"
review json "$out/review.json"
show "$out/errors.txt" >&2
rm "$out/errors.txt"
# A project file that cannot be read leaves nothing to say, and saying nothing would look like a change of nothing.
if [ ! -s "$out/review.json" ]; then
    printf '### 🛑 Error: a project file has errors, so there is no review; the log of the check has them\n' >"$out/review.md"
fi
exit "$code"
