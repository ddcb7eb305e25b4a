#!/usr/bin/env bash
# Makes the wheel of the program in dist/: `pip install iamctl` and `uvx iamctl` put it on the PATH. By maturin from PyPI, pinned.
#
#   scripts/release/wheel.sh [maturin's options, as in --target aarch64-unknown-linux-musl]
set -euo pipefail
# shellcheck source=scripts/release/lib.sh
. "$(dirname "$0")/lib.sh"

venv=$root/target/release-venv
[ -x "$venv/bin/maturin" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet maturin==1.16.0; }
# The Python package has the version of the program.
grep -q "^version = \"$(field version)\"$" "$root/packaging/python/pyproject.toml" || refuse "packaging/python/pyproject.toml has another version"
cd "$root/packaging/python"
"$venv/bin/maturin" build --release --locked --out "${IAMCTL_DIST:-$root/dist}" "$@"
