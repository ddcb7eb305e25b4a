#!/usr/bin/env bash
# Makes the GitHub release of a tag from what lies in dist/, with this version's part of the changelog. Needs `gh` and its token.
set -euo pipefail
# shellcheck source=scripts/release/lib.sh
. "$(dirname "$0")/lib.sh"
tag=${1:?which tag?}
[ "$tag" = "v$(field version)" ] || refuse "the tag $tag is not v$(field version), the version in Cargo.toml"
cd "$root"
notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
awk -v head="## ${tag#v}" 'index($0, "## ") == 1 { on = index($0, head) == 1; next } on' CHANGELOG.md >"$notes"
[ -s "$notes" ] || refuse "CHANGELOG.md says nothing of ${tag#v}"
(cd "${IAMCTL_DIST:-dist}" && sha256sum --check --quiet SHA256SUMS)
gh release create "$tag" --verify-tag --title "iamctl ${tag#v}" --notes-file "$notes" "${IAMCTL_DIST:-dist}"/*
