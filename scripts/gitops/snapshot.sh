#!/usr/bin/env bash
# Fetches the last snapshot that a trusted run stored; there may be none.
#   GH_TOKEN, GH_REPO      a token that reads; OWNER/NAME
#   BRANCH                 the default branch
#   SNAPSHOT_WORKFLOW      the file name of the workflow that stores snapshots
#   IAMCTL_SNAPSHOT_DIR    where snapshot.json goes
set -euo pipefail
# shellcheck source=scripts/gitops/lib.sh
. "$(dirname "$0")/lib.sh"

repo=${GH_REPO:?} branch=${BRANCH:?} workflow=${SNAPSHOT_WORKFLOW:?} out=${IAMCTL_SNAPSHOT_DIR:?}
# A pull request may bring a workflow of this name, and a fork may have a branch of this name: only what started by itself or by hand counts.
runs=$(gh api "repos/$repo/actions/workflows/$workflow/runs?status=success&per_page=100") || {
    echo "no workflow $workflow: the review compares the specs alone"
    exit 0
}
run=$(jq -r --arg repo "$repo" --arg branch "$branch" '
    [.workflow_runs[] | select(.head_repository.full_name == $repo and .head_branch == $branch
        and (.event == "schedule" or .event == "workflow_run" or .event == "workflow_dispatch"))]
    | sort_by(.run_number) | last | .id // empty' <<<"$runs")
if ! [[ $run =~ ^[0-9]+$ ]] || ! gh run download "$run" --repo "$repo" --name iamctl-snapshot --dir "$out"; then
    echo "no snapshot: the review compares the specs alone"
fi
