#!/usr/bin/env bash
# Puts a review on its pull request, as one comment that is edited in place. Runs with a token that may comment, on an artifact that anybody may have
# written: everything in it is data, and what it says is checked against GitHub.
#   GH_TOKEN, GH_REPO                the token; OWNER/NAME
#   HEAD_SHA, HEAD_REPOSITORY        of the run that made the artifact, as GitHub says
#   RUN_URL                          that run, for people
#   IAMCTL_ARTIFACT                  the directory with `number` and `review.md`
set -euo pipefail
# shellcheck source=scripts/gitops/lib.sh
. "$(dirname "$0")/lib.sh"

artifact=${IAMCTL_ARTIFACT:?} repo=${GH_REPO:?} sha=${HEAD_SHA:?} from=${HEAD_REPOSITORY:?}
marker='<!-- iamctl-review -->'

require_plain_file "$artifact/number"
require_plain_file "$artifact/review.md"
number=$(head -c 32 "$artifact/number" | tr -d '\n')
[[ $number =~ ^[1-9][0-9]{0,8}$ ]] || refuse "the artifact's pull request is no number: $(quoted "$number")"

pull=$(gh api "repos/$repo/pulls/$number")
field() { jq -r "$1" <<<"$pull"; }
if [ "$(field '.head.repo.full_name // ""')" != "$from" ]; then
    refuse "pull request $number does not come from the repository whose run made the artifact"
fi
if [ "$(field .state)" != open ] || [ "$(field .head.sha)" != "$sha" ]; then
    # Not only a lie looks like this: a newer push has a review of its own.
    refuse "pull request $number is not open at the commit that was reviewed; nothing is said" 0
fi

own=''
if changes_workflows "$number" "$(field .changed_files)"; then
    own='**This pull request changes workflows or actions. What stands below was made by its own version of them and proves nothing: read the files.**'
fi

found=$(gh api --paginate "repos/$repo/issues/$number/comments?per_page=100" \
    --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- iamctl-review -->"))) | .id')
id=$(head -n 1 <<<"$found")
if [ ! -s "$artifact/review.md" ] && [ -z "$own" ] && [ -z "$id" ]; then
    echo "no change to report, and no comment to mend"
    exit 0
fi

# A comment holds 65,536 characters. The marker of this script alone, and nobody is called.
body=$(mktemp)
jq -n --rawfile review "$artifact/review.md" --arg marker "$marker" --arg own "$own" --arg sha "$sha" --arg run "${RUN_URL:?}" '
    60000 as $most
    | ($review[0:$most] | sub("^<!-- iamctl:[^\n]* -->\n"; "") | split("<!--") | join("&lt;!--") | split("@") | join("@\u200b")) as $text
    | (($review | length) > $most or ($text | length) > $most) as $cut
    | {body: ([$marker, $own, (if $text == "" then "No change to IAM." else $text[0:$most] end),
               (if $cut then "\n\n*Cut here; the run has all of it.*" else "" end),
               "\n\n<sub>Review of \($sha) by [this run](\($run)).</sub>"] | map(select(. != "")) | join("\n"))}' >"$body"
if [ -n "$id" ]; then
    gh api -X PATCH "repos/$repo/issues/comments/$id" --input "$body" >/dev/null
else
    gh api -X POST "repos/$repo/issues/$number/comments" --input "$body" >/dev/null
fi
rm "$body"
