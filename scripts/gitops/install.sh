#!/usr/bin/env bash
# Puts iamctl on the PATH: the binary that IAMCTL_BINARY names; else the release IAMCTL_VERSION, whose archive must have the hash IAMCTL_SHA256;
# else, and where the release cannot be fetched, one built from the sources that this script belongs to.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/gitops/lib.sh
. "$here/lib.sh"

bin=${RUNNER_TEMP:-/tmp}/iamctl-install/bin
# Whether the release was installed. An archive with another hash ends everything: building would hide it.
released() {
    [ -n "${IAMCTL_SHA256:-}" ] || refuse "name the hash of the archive too: it stands in the release's SHA256SUMS"
    local releases=${IAMCTL_RELEASES:-https://github.com/${IAMCTL_REPOSITORY:?which repository has the releases?}/releases/download} code=0
    IAMCTL_RELEASES=$releases IAMCTL_BIN_DIR=$bin "$here/../install.sh" || code=$?
    case $code in
    0) return 0 ;;
    3) return 1 ;;
    *) exit 1 ;;
    esac
}
if [ -n "${IAMCTL_BINARY:-}" ]; then
    [ -x "$IAMCTL_BINARY" ] || refuse "no program at $(quoted "$IAMCTL_BINARY")"
    bin=$(cd "$(dirname "$IAMCTL_BINARY")" && pwd)
    [ -x "$bin/iamctl" ] || refuse "the program must be called iamctl"
elif [ -z "${IAMCTL_VERSION:-}" ] || ! released; then
    cargo install --locked --quiet --path "$here/../.." --root "${bin%/bin}"
fi
"$bin/iamctl" --version
if [ -n "${GITHUB_PATH:-}" ]; then
    printf '%s\n' "$bin" >>"$GITHUB_PATH"
fi
