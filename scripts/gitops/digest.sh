#!/usr/bin/env bash
# digest.sh REVIEW.json ACCOUNT: the digest of the plan that a review has for an account.
set -euo pipefail
# shellcheck source=scripts/gitops/lib.sh
. "$(dirname "$0")/lib.sh"

review=${1:?} account=${2:?}
require_plain_file "$review"
digest=$(jq -r --arg account "$account" \
    '[.accounts[]? | select(any(.accounts[]?; .name == $account)) | .plan.digest? // empty] | unique | if length == 1 then .[0] else empty end' \
    "$review") || refuse "the review cannot be read"
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || refuse "the review has no plan for account $(quoted "$account"): it was made without a snapshot of it"
printf '%s\n' "$digest"
