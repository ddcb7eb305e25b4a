#!/usr/bin/env python3
"""Write a project with N roles for trying iamctl at size: generate-account.py N DIR

DIR gets `iamctl.yaml` and `specs/`, fifty roles a file. Each role has a trust by service, a customer managed policy of its own,
one AWS managed policy, one inline policy, tags and a description. The account is made by iamctl itself:

    scripts/generate-account.py 1000 DIR
    (cd DIR && iamctl apply --yes && iamctl plan)

The account is a file in DIR with room for N roles; nothing else is touched. DIR must not exist yet.
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


def main(arguments):
    """Write the project; returns the exit code."""
    if len(arguments) != 2 or not arguments[0].isdecimal() or int(arguments[0]) == 0:
        print("usage: generate-account.py N DIR", file=sys.stderr)
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
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
