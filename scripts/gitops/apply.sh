#!/usr/bin/env bash
# Plans again, with credentials that may write, and applies if the plan is the one that was reviewed. If not, shows what differs and changes nothing.
#   IAMCTL_DIRECTORY     the project
#   IAMCTL_ACCOUNT       the account
#   IAMCTL_DIGEST        the digest that was reviewed; left out: that of IAMCTL_REVIEW
#   IAMCTL_REVIEW        review.json; for the digest, and to show what differs
# Ends with the exit code of `iamctl apply`: 0 applied, 5 something else would be done than was reviewed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/gitops/lib.sh
. "$here/lib.sh"

account=${IAMCTL_ACCOUNT:?} review=${IAMCTL_REVIEW:-} digest=${IAMCTL_DIGEST:-}
[ -n "$digest" ] || digest=$("$here/digest.sh" "${review:?a digest or a review}" "$account")
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || refuse "no digest: $(quoted "$digest")"
[ -z "$review" ] || review=$(realpath "$review")
cd "${IAMCTL_DIRECTORY:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

code=0
iamctl apply --yes --account "$account" --expect-digest "$digest" --wait >"$scratch/apply.txt" 2>&1 || code=$?
show "$scratch/apply.txt"
if [ "$code" -eq 5 ] && [ -n "$review" ]; then
    calls='.steps[] | "\(.operation) \(.address) \(.request | tojson)"'
    require_plain_file "$review"
    jq -r --arg account "$account" ".accounts[] | select(any(.accounts[]; .name == \$account)) | .plan | $calls" "$review" >"$scratch/reviewed.txt"
    iamctl plan --account "$account" --format json 2>/dev/null | jq -r "$calls" >"$scratch/now.txt"
    {
        echo 'IAM calls that were reviewed (-) and that would be made now (+):'
        diff -u --label reviewed --label now "$scratch/reviewed.txt" "$scratch/now.txt" || true
    } >"$scratch/difference.txt"
    show "$scratch/difference.txt"
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
        { echo 'The plan is not the one that was reviewed. Nothing was changed.'; jq -Rrs '"<pre>\(. | @html)</pre>"' "$scratch/difference.txt"; } >>"$GITHUB_STEP_SUMMARY"
    fi
fi
exit "$code"
