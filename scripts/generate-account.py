#!/usr/bin/env python3
"""Write a project with N roles for trying iamctl at size: generate-account.py N DIR [ACCOUNTS]

DIR gets `iamctl.yaml` and `specs/`, fifty roles a file. Each role has a trust by service, a customer managed policy of its own,
one AWS managed policy, one inline policy, tags and a description. The account is made by iamctl itself:

    scripts/generate-account.py 1000 DIR
    (cd DIR && iamctl apply --yes && iamctl plan)

The account is a file in DIR with room for N roles; nothing else is touched. DIR must not exist yet.

With ACCOUNTS the project is an organisation of so many accounts, each with N roles, a file for each: `accounts.json` with organisational units and
tags, groups, spokes that trust a hub. The last account is suspended, the last but one differs in one role, and each has a variable of its own.
"""

import json
import pathlib
import sys

SERVICES = ["lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "states.amazonaws.com"]
AWS_POLICIES = ["ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "CloudWatchReadOnlyAccess", "SecurityAudit"]
PER_FILE = 50


def project(count):
    """The project file; guards that count changes are no concern of a throw-away account."""
    return f"version: 1\nstack: generated-{count}\nspecs: [specs]\ndefault_account: local\n"


def account(count):
    """An empty account with quotas for `count` roles, in the format of `.iamctl/account.json`."""
    room = count + 100
    limits = {"RolesQuota": room, "PoliciesQuota": room}
    return json.dumps({"format_version": 1, "account": {"id": "000000000000", "partition": "aws"}, "limits": limits}, indent=2) + "\n"


def policy(i):
    """The policy that is role `i`'s own."""
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Objects", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
             "Resource": f"arn:aws:s3:::generated-{i:05}/*"},
            {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::generated-{i:05}"},
        ],
    }
    return [f"  generated-{i:05}:", f"    tags: {tags(i)}", f"    document: {json.dumps(document)}"]


def role(i):
    """Role `i`."""
    inline = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                       "Resource": f"arn:aws:logs:us-east-1:*:log-group:/generated/{i:05}:*"}],
    }
    return [
        f"  generated-{i:05}:",
        f"    description: Generated role {i}",
        f"    tags: {tags(i)}",
        f"    trust: [{{service: {SERVICES[i % len(SERVICES)]}}}]",
        f"    managed_policies: [generated-{i:05}, aws/{AWS_POLICIES[i % len(AWS_POLICIES)]}]",
        f"    inline_policies: {{Logs: {json.dumps(inline)}}}",
    ]


def tags(i):
    """Three tags, of which one repeats every seven roles."""
    return json.dumps({"team": f"team-{i % 7}", "env": "generated", "index": str(i)})


def organisation(count):
    """The project file of an organisation."""
    return f"""version: 1
stack: generated-{count}
specs: [specs]
default_account: hub
vars: {{bucket: none}}
accounts_from: {{file: accounts.json, embedded: "state/${{account}}.json"}}
groups:
  canary: {{accounts: [org-00001], wave: 1}}
  prod: {{ou: /Workloads/Prod, wave: 3}}
accounts:
"""


def accounts(count):
    """The file of an organisation's accounts: a hub, spokes in two units, the last one suspended."""
    units = [{"id": "r-gen1", "path": "/"}, {"id": "ou-gen1-workloads", "path": "/Workloads"},
             {"id": "ou-gen1-dev", "path": "/Workloads/Dev"}, {"id": "ou-gen1-prod", "path": "/Workloads/Prod"}]
    listed = [{"id": f"{100000000000}", "name": "hub", "state": "ACTIVE", "ou": "/", "tags": {}}]
    for i in range(1, count):
        listed.append({"id": f"{100000000000 + i}", "name": f"org-{i:05}", "state": "SUSPENDED" if i == count - 1 and i > 2 else "ACTIVE",
                       "ou": "/Workloads/Prod" if i % 2 else "/Workloads/Dev", "tags": {"team": f"team-{i % 7}"}})
    return json.dumps({"format_version": 1, "organization": {"id": "o-generated1", "management_account": "100000000000"},
                       "organizational_units": units, "accounts": listed}, indent=1) + "\n"


def write_organisation(directory, count):
    """Put what makes an organisation of the project over what was written for one account."""
    text = organisation(count)
    text += "".join(f"  org-{i:05}: {{vars: {{bucket: data-{i:05}}}}}\n" for i in range(1, count))
    (directory / "iamctl.yaml").write_text(text)
    (directory / "accounts.json").write_text(accounts(count))
    odd = f"org-{count - 2:05}"
    (directory / "specs" / "organisation.yaml").write_text(f"""version: 1
roles:
  hub:
    accounts: [hub]
    trust: [{{service: ec2.amazonaws.com}}]
    inline_policies:
      Enter: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "sts:AssumeRole", Resource: "arn:aws:iam::*:role/spoke"}}]}}
  spoke:
    accounts: ["ou:/Workloads"]
    trust: [{{aws: account/hub/role/hub}}]
    inline_policies:
      Read: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::${{var.bucket}}/*"}}]}}
  differs:
    accounts: [{odd}]
    trust: [{{service: ec2.amazonaws.com}}]
""")


def main(arguments):
    """Write the project; returns the exit code."""
    numbers = [text for i, text in enumerate(arguments) if i != 1]
    if len(arguments) not in (2, 3) or not all(text.isdecimal() and int(text) > 0 for text in numbers):
        print("usage: generate-account.py N DIR [ACCOUNTS]", file=sys.stderr)
        return 64
    count, directory = int(arguments[0]), pathlib.Path(arguments[1])
    if directory.exists():
        print(f"`{directory}` exists already; name a directory that does not", file=sys.stderr)
        return 1
    (directory / "specs").mkdir(parents=True)
    (directory / ".iamctl").mkdir()
    (directory / "iamctl.yaml").write_text(project(count))
    (directory / ".iamctl" / "account.json").write_text(account(count))
    for first in range(0, count, PER_FILE):
        part = range(first, min(first + PER_FILE, count))
        lines = ["version: 1", "policies:"]
        for i in part:
            lines += policy(i)
        lines.append("roles:")
        for i in part:
            lines += role(i)
        (directory / "specs" / f"{first:05}.yaml").write_text("\n".join(lines) + "\n")
    if len(arguments) == 3:
        write_organisation(directory, int(arguments[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
