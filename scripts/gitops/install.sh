#!/usr/bin/env bash
# Puts iamctl on the PATH: the binary that IAMCTL_BINARY names, else one built from the sources that this script belongs to.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/gitops/lib.sh
. "$here/lib.sh"

if [ -n "${IAMCTL_BINARY:-}" ]; then
    [ -x "$IAMCTL_BINARY" ] || refuse "no program at $(quoted "$IAMCTL_BINARY")"
    bin=$(cd "$(dirname "$IAMCTL_BINARY")" && pwd)
    [ -x "$bin/iamctl" ] || refuse "the program must be called iamctl"
else
    root=${RUNNER_TEMP:-/tmp}/iamctl-install
    cargo install --locked --quiet --path "$here/../.." --root "$root"
    bin=$root/bin
fi
"$bin/iamctl" --version
if [ -n "${GITHUB_PATH:-}" ]; then
    printf '%s\n' "$bin" >>"$GITHUB_PATH"
fi
