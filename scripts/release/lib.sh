# shellcheck shell=bash
# Shared by the scripts beside this file; sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

refuse() {
    printf 'release: %s\n' "$1" >&2
    exit 1
}

# A field of the program's package: `version`, `repository`, `description`.
field() {
    cargo metadata --no-deps --format-version 1 --locked --manifest-path "$root/Cargo.toml" |
        python3 -c 'import json, sys; print(next(p for p in json.load(sys.stdin)["packages"] if p["name"] == "iamctl")[sys.argv[1]] or "")' "$1"
}
