#!/usr/bin/env bash
# Records state.json and account.json anew: applies main.tf with the real AWS provider to an empty moto.
# Needs terraform with hashicorp/aws 5.100.0, moto's server on $AWS_ENDPOINT_URL (started with MOTO_IAM_LOAD_MANAGED_POLICIES=true), and
# iamctl on the PATH.
set -euo pipefail
: "${AWS_ENDPOINT_URL:?the address of an empty moto}"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp main.tf corp.xml "$work"
terraform -chdir="$work" init >/dev/null
terraform -chdir="$work" apply -auto-approve >/dev/null
terraform -chdir="$work" show -json | python3 -m json.tool --no-ensure-ascii --indent 1 >state.json
rm -f account.json
iamctl snapshot --account aws --stack ml -o "$work/account.json"
python3 -m json.tool --no-ensure-ascii --indent 1 <"$work/account.json" >account.json
