#!/usr/bin/env bash
# Builds iamctl for a target and packs it: dist/iamctl-VERSION-TARGET.tar.gz (.zip for Windows).
#
#   scripts/release/build.sh                                  this machine's target
#   scripts/release/build.sh x86_64-unknown-linux-gnu.2.17    a Linux whose glibc is that old, by cargo-zigbuild from PyPI
#   scripts/release/build.sh x86_64-unknown-linux-musl        a static program; its target has to be installed
#   scripts/release/build.sh TARGET PROGRAM                   packs a program that is there
set -euo pipefail
# shellcheck source=scripts/release/lib.sh
. "$(dirname "$0")/lib.sh"
# The tools of a build for an older glibc, pinned.
zig=(cargo-zigbuild==0.24.1 ziglang==0.15.2)

host=$(rustc -vV | sed -n 's/^host: //p')
target=${1:-$host}
plain=${target%.[0-9]*.[0-9]*}
version=$(field version)
dist=${IAMCTL_DIST:-$root/dist}
program=${2:-}
cd "$root"
if [ -z "$program" ]; then
    if [ "$plain" != "$target" ]; then
        venv=$root/target/release-venv
        [ -x "$venv/bin/cargo-zigbuild" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet "${zig[@]}"; }
        PATH=$venv/bin:$PATH cargo zigbuild --release --locked --bin iamctl --target "$target"
    else
        cargo build --release --locked --bin iamctl --target "$plain"
    fi
    program=target/$plain/release/iamctl
    [ -e "$program" ] || program=$program.exe
fi
[ -f "$program" ] || refuse "no program at $program"

name=iamctl-$version-$target
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/$name" "$dist"
case $program in *.exe) called=iamctl.exe ;; *) called=iamctl ;; esac
cp "$program" "$stage/$name/$called"
chmod 0755 "$stage/$name/$called"
cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$stage/$name/"
# What the data inside the program asks to be kept with it.
mkdir "$stage/$name/notices"
cp crates/iam-policy/data/NOTICE-* "$stage/$name/notices/"
# A program for this machine can write its own completions and manual.
if [ "$plain" = "$host" ]; then
    mkdir "$stage/$name/completions"
    for shell in bash fish zsh; do
        "$stage/$name/$called" completions "$shell" >"$stage/$name/completions/iamctl.$shell"
    done
    "$stage/$name/$called" man --out "$stage/$name/man" >/dev/null
fi
case $target in
*windows*)
    (cd "$stage" && python3 -m zipfile -c "$dist/$name.zip" "$name")
    printf '%s\n' "$dist/$name.zip"
    ;;
*)
    # The same files give the same bytes.
    epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    python3 - "$stage" "$name" "$dist/$name.tar.gz" "$epoch" <<'PYTHON'
import gzip, pathlib, sys, tarfile

stage, name, out, epoch = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])


def plain(info):
    info.mtime, info.uid, info.gid, info.uname, info.gname = epoch, 0, 0, "", ""
    info.mode = 0o755 if info.isdir() or info.name.endswith("/iamctl") else 0o644
    return info


with open(out, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=epoch) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
    for path in [stage / name, *sorted((stage / name).rglob("*"))]:
        archive.add(path, path.relative_to(stage).as_posix(), recursive=False, filter=plain)
PYTHON
    printf '%s\n' "$dist/$name.tar.gz"
    ;;
esac
