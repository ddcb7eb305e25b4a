#!/usr/bin/env python3
"""Writes what names a release by its hashes, from the archives in a directory.

    scripts/release/index.py DIST VERSION REPOSITORY

    SHA256SUMS     of every archive, wheel and bill of materials
    install.sh     scripts/install.sh with the address of the releases and the version
    iamctl.rb      the Homebrew formula
    flake.nix      the Nix flake

REPOSITORY is `https://github.com/OWNER/NAME`. The same files give the same bytes.
"""

import hashlib
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Archive by Homebrew's and by Nix's names of the machine.
MACHINES = [
    ("aarch64-apple-darwin", "macos", "arm", "aarch64-darwin"),
    ("x86_64-apple-darwin", "macos", "intel", "x86_64-darwin"),
    ("aarch64-unknown-linux-musl", "linux", "arm", "aarch64-linux"),
    ("x86_64-unknown-linux-musl", "linux", "intel", "x86_64-linux"),
]
DESCRIPTION = "Declarative reconciler for AWS IAM"


def formula(version, releases, repository, sums):
    out = [
        "class Iamctl < Formula",
        f'  desc "{DESCRIPTION}"',
        f'  homepage "{repository}"',
        f'  version "{version}"',
        '  license any_of: ["MIT", "Apache-2.0"]',
        "",
    ]
    for system in ("macos", "linux"):
        there = [(cpu, target) for target, on, cpu, _ in MACHINES if on == system and archive(version, target) in sums]
        if not there:
            continue
        out.append(f"  on_{system} do")
        for cpu, target in there:
            name = archive(version, target)
            out += [f"    on_{cpu} do", f'      url "{releases}/{name}"', f'      sha256 "{sums[name]}"', "    end"]
        out += ["  end", ""]
    out += [
        "  def install",
        '    bin.install "iamctl"',
        '    generate_completions_from_executable(bin/"iamctl", "completions")',
        "  end",
        "",
        "  test do",
        '    assert_match version.to_s, shell_output("#{bin}/iamctl --version")',
        "  end",
        "end",
        "",
    ]
    return "\n".join(out)


def flake(version, releases, sums):
    systems = [
        f'        {nix} = {{ url = "{releases}/{archive(version, target)}"; sha256 = "{sums[archive(version, target)]}"; }};'
        for target, _, _, nix in MACHINES
        if archive(version, target) in sums
    ]
    return "\n".join(
        [
            "{",
            f'  description = "{DESCRIPTION}";',
            "",
            '  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";',
            "",
            "  outputs = { self, nixpkgs }:",
            "    let",
            "      archives = {",
            *systems,
            "      };",
            "      package = system: nixpkgs.legacyPackages.${system}.stdenvNoCC.mkDerivation {",
            '        pname = "iamctl";',
            f'        version = "{version}";',
            "        src = nixpkgs.legacyPackages.${system}.fetchurl archives.${system};",
            '        installPhase = "install -D -m 0755 iamctl $out/bin/iamctl";',
            '        meta.mainProgram = "iamctl";',
            "      };",
            "    in {",
            "      packages = builtins.mapAttrs (system: _: { default = package system; }) archives;",
            "    };",
            "}",
            "",
        ]
    )


def archive(version, target):
    return f"iamctl-{version}-{target}.tar.gz"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    dist, version, repository = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3].rstrip("/")
    packed = sorted(p for p in dist.iterdir() if p.name.startswith("iamctl-") and p.name.endswith((".tar.gz", ".zip", ".whl", ".cdx.json")))
    if not any(p.name.startswith(f"iamctl-{version}-") for p in packed):
        sys.exit(f"index: {dist} holds no archive of version {version}")
    releases = f"{repository}/releases/download/v{version}"
    sums = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in packed}
    install = (ROOT / "scripts/install.sh").read_text()
    for line, value in (("releases=", f"{repository}/releases/download"), ("version=", version)):
        before = f'{line}""\n'
        if install.count(before) != 1:
            sys.exit(f"index: scripts/install.sh has no line `{line}`")
        install = install.replace(before, f'{line}"{value}"\n')
    (dist / "install.sh").write_text(install)
    (dist / "iamctl.rb").write_text(formula(version, releases, repository, sums))
    (dist / "flake.nix").write_text(flake(version, releases, sums))
    listed = {**sums, "install.sh": hashlib.sha256(install.encode()).hexdigest()}
    (dist / "SHA256SUMS").write_text("".join(f"{listed[name]}  {name}\n" for name in sorted(listed)))


if __name__ == "__main__":
    main()
