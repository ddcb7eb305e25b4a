#!/usr/bin/env bash
# Writes the bill of materials of the program, CycloneDX, into dist/: every crate with version, licence and hash, from Cargo.lock.
set -euo pipefail
# shellcheck source=scripts/release/lib.sh
. "$(dirname "$0")/lib.sh"
tools=$root/target/release-tools
[ -x "$tools/bin/cargo-cyclonedx" ] || cargo install --locked --quiet --root "$tools" --version 0.5.7 cargo-cyclonedx
cd "$root"
"$tools/bin/cargo-cyclonedx" cyclonedx --format json --spec-version 1.5 --top-level --override-filename iamctl-sbom
trap 'rm -f crates/*/iamctl-sbom.json' EXIT
mkdir -p "${IAMCTL_DIST:-dist}"
mv iamctl-sbom.json "${IAMCTL_DIST:-dist}/iamctl-$(field version).cdx.json"
