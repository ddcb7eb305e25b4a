#!/usr/bin/env bash
# Finds the review of what a merge brought in, and downloads it.
#   GH_TOKEN, GH_REPO     a token that reads; OWNER/NAME
#   COMMIT                the commit on the branch
#   REVIEW_WORKFLOW       the file name of the workflow that reviews
#   IAMCTL_ARTIFACT       where the review goes
set -euo pipefail
# shellcheck source=scripts/gitops/lib.sh
. "$(dirname "$0")/lib.sh"

repo=${GH_REPO:?} commit=${COMMIT:?} workflow=${REVIEW_WORKFLOW:?} out=${IAMCTL_ARTIFACT:?}
[[ $commit =~ ^[0-9a-f]{40}$ ]] || refuse "no commit: $(quoted "$commit")"

pulls=$(gh api "repos/$repo/commits/$commit/pulls")
pull=$(jq -c --arg commit "$commit" '[.[] | select(.merged_at != null and .merge_commit_sha == $commit)] | if length == 1 then .[0] else empty end' <<<"$pulls")
[ -n "$pull" ] || refuse "commit $commit is not the merge of one pull request: nobody reviewed its plan"
number=$(jq -r .number <<<"$pull")
if changes_workflows "$number" "$(gh api "repos/$repo/pulls/$number" --jq .changed_files)"; then
    refuse "pull request $number changes workflows, and so made its review by its own words: review the plan and start this by hand with its digest"
fi
# The head as it was merged: an approval of an earlier push approved something else.
head=$(jq -r .head.sha <<<"$pull")
from=$(jq -r '.head.repo.full_name // ""' <<<"$pull")
runs=$(gh api "repos/$repo/actions/workflows/$workflow/runs?head_sha=$head&event=pull_request&status=success&per_page=100")
run=$(jq -r --arg head "$head" --arg from "$from" \
    '[.workflow_runs[] | select(.head_sha == $head and .conclusion == "success" and .head_repository.full_name == $from)] | sort_by(.run_number) | last | .id // empty' <<<"$runs")
[[ $run =~ ^[0-9]+$ ]] || refuse "no review of $head succeeded; review the plan and start this by hand with its digest"
gh run download "$run" --repo "$repo" --name iamctl-review --dir "$out"
require_plain_file "$out/review.json"
