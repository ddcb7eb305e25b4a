#!/bin/sh
# Installs iamctl: fetches the archive of a release for this machine, compares its SHA-256 with the release's list, and puts the program into a
# directory. Needs curl and sha256sum or shasum.
#
#   IAMCTL_VERSION    the release, `0.1.0`
#   IAMCTL_SHA256     the archive's hash, where you have pinned it; else the list of the release counts
#   IAMCTL_BIN_DIR    where the program goes; ~/.local/bin
#   IAMCTL_RELEASES   the address below which each release has a directory `vVERSION`
#   IAMCTL_CACHE      a directory that keeps archives; what is there is compared like what is fetched
#
# Exit codes: 0 installed, 1 refused, 3 a file could not be fetched.
set -eu

# A release's own copy of this script knows both.
releases=""
version=""
releases=${IAMCTL_RELEASES:-$releases}
version=${IAMCTL_VERSION:-$version}
bin=${IAMCTL_BIN_DIR:-$HOME/.local/bin}

refuse() {
    printf 'install: %s\n' "$1" >&2
    exit "${2:-1}"
}

[ -n "$releases" ] || refuse "where are the releases? set IAMCTL_RELEASES, as in https://github.com/OWNER/iamctl/releases/download"
[ -n "$version" ] || refuse "which release? set IAMCTL_VERSION, as in 0.1.0"
command -v curl >/dev/null || refuse "curl is not installed"
if command -v sha256sum >/dev/null; then
    sha256() { sha256sum "$1" | cut -d ' ' -f 1; }
elif command -v shasum >/dev/null; then
    sha256() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
else
    refuse "neither sha256sum nor shasum is installed"
fi

case $(uname -m) in
x86_64 | amd64) cpu=x86_64 ;;
aarch64 | arm64) cpu=aarch64 ;;
*) refuse "there is no release for the processor $(uname -m): build it with cargo" ;;
esac
case $(uname -s) in
Linux) target=$cpu-unknown-linux-musl ;;
Darwin) target=$cpu-apple-darwin ;;
*) refuse "there is no release for $(uname -s) here: take the archive for Windows, or build it with cargo" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
fetch() {
    curl --fail --silent --show-error --location --retry 2 --output "$2" "$releases/v$version/$1" ||
        refuse "$releases/v$version/$1 cannot be fetched" 3
}
name=iamctl-$version-$target.tar.gz
wanted=${IAMCTL_SHA256:-}
if [ -z "$wanted" ]; then
    fetch SHA256SUMS "$work/SHA256SUMS"
    wanted=$(awk -v name="$name" '$2 == name { print $1 }' "$work/SHA256SUMS")
    [ -n "$wanted" ] || refuse "the release $version has no $name"
fi
kept=${IAMCTL_CACHE:+$IAMCTL_CACHE/$name}
if [ -n "$kept" ] && [ -f "$kept" ]; then
    cp "$kept" "$work/$name"
else
    fetch "$name" "$work/$name"
fi
found=$(sha256 "$work/$name")
[ "$found" = "$wanted" ] || refuse "$name is not what the release lists: SHA-256 $found instead of $wanted; nothing was installed"
if [ -n "$kept" ] && [ ! -f "$kept" ]; then
    mkdir -p "$IAMCTL_CACHE"
    cp "$work/$name" "$kept"
fi
tar -xzf "$work/$name" -C "$work"
mkdir -p "$bin"
# Put in place whole: a program that runs meanwhile keeps its own file.
cp "$work/iamctl-$version-$target/iamctl" "$bin/.iamctl.$$"
chmod 0755 "$bin/.iamctl.$$"
mv "$bin/.iamctl.$$" "$bin/iamctl"
printf 'installed %s\n' "$("$bin/iamctl" --version | head -n 1) as $bin/iamctl"
case ":$PATH:" in
*":$bin:"*) ;;
*) printf '%s\n' "$bin is not on your PATH; add it: export PATH=\"$bin:\$PATH\"" ;;
esac
