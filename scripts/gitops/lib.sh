# Shared by the scripts beside this file; sourced, not run.

# Says why and ends. Whatever comes from outside is printed by `quoted`.
refuse() {
    printf 'iamctl: %s\n' "$1" >&2
    exit "${2:-1}"
}

# Text of unknown origin on one line, without control characters.
quoted() {
    printf '%q' "$(printf '%s' "$1" | head -c 200)"
}

# A file of an artifact: there, no link out of it, and of a size that somebody can read.
require_plain_file() {
    [ ! -L "$1" ] && [ -f "$1" ] || refuse "$1 is not a regular file"
    [ "$(wc -c <"$1")" -le $((32 * 1024 * 1024)) ] || refuse "$1 is larger than any review"
}

# Shows a file in the log of a runner; no line of it is taken for a command to the runner.
show() {
    [ -s "$1" ] || return 0
    if [ "${GITHUB_ACTIONS:-}" != true ]; then
        cat "$1"
        return
    fi
    local token
    token=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
    printf '::stop-commands::%s\n' "$token"
    cat "$1"
    printf '\n::%s::\n' "$token"
}

# Whether a pull request (number, count of changed files) changes what runs in pipelines: such a one makes its review by its own words.
# GitHub lists three thousand files of a pull request at most.
changes_workflows() {
    local files
    files=$(gh api --paginate "repos/${GH_REPO:?}/pulls/$1/files?per_page=100" --jq '.[] | .filename, (.previous_filename // empty)')
    [ "$2" -ge 3000 ] || grep -qE '^(\.github/|action\.ya?ml$)' <<<"$files"
}
