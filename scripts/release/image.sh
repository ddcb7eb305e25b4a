#!/usr/bin/env bash
# Makes the container image from the static programs in dist/: on `scratch`, as nobody, for linux/amd64 and linux/arm64.
#
#   scripts/release/image.sh --context DIR    makes the build context alone
#   scripts/release/image.sh IMAGE            builds IMAGE:VERSION, without publishing
#   scripts/release/image.sh IMAGE --push     builds and publishes it; logs in where GH_TOKEN and GH_ACTOR are set
set -euo pipefail
# shellcheck source=scripts/release/lib.sh
. "$(dirname "$0")/lib.sh"
dist=${IAMCTL_DIST:-$root/dist}
version=$(field version)

# The Dockerfile's context: what it copies and nothing else.
context() {
    local machine archive
    for machine in amd64:x86_64 arm64:aarch64; do
        archive=$dist/iamctl-$version-${machine#*:}-unknown-linux-musl.tar.gz
        [ -f "$archive" ] || refuse "no $archive: build it first"
        mkdir -p "$1/linux/${machine%:*}"
        tar -xzf "$archive" -C "$1/linux/${machine%:*}" --strip-components 1 --wildcards '*/iamctl'
    done
    cp "$root/packaging/Dockerfile" "$root/LICENSE-APACHE" "$root/LICENSE-MIT" "$1/"
    cp "${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}" "$1/ca-certificates.crt"
}

case ${1:-} in
--context)
    mkdir -p "${2:?where to?}"
    context "$2"
    ;;
"" | -*) refuse "name the image" ;;
*)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    context "$work"
    if [ "${2:-}" = --push ]; then
        [ -z "${GH_TOKEN:-}" ] || docker login "${1%%/*}" --username "${GH_ACTOR:?}" --password-stdin <<<"$GH_TOKEN"
        docker buildx build --platform linux/amd64,linux/arm64 --provenance=true --sbom=true --tag "$1:$version" --push "$work"
    else
        docker buildx build --platform linux/amd64,linux/arm64 --tag "$1:$version" "$work"
    fi
    ;;
esac
