#!/usr/bin/env bash
# Writes SHA256SUMS, install.sh, the Homebrew formula and the Nix flake of what lies in dist/.
#
#   scripts/release/index.sh REPOSITORY      as in https://github.com/OWNER/iamctl
set -euo pipefail
# shellcheck source=scripts/release/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# = 1 ] || refuse "name the repository's address"
python3 "$root/scripts/release/index.py" "${IAMCTL_DIST:-$root/dist}" "$(field version)" "$1"
