terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region = "us-east-1"
  access_key = "test"
  secret_key = "test"
  skip_requesting_account_id = false
  default_tags {
    tags = { managed = "terraform" }
  }
}
data "aws_caller_identity" "me" {}
data "aws_partition" "p" {}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type = "Service"
      identifiers = ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]
    }
    condition {
      test = "StringEquals"
      variable = "aws:SourceAccount"
      values = [data.aws_caller_identity.me.account_id]
    }
  }
}
data "aws_iam_policy_document" "s3" {
  statement {
    sid = "Objects"
    actions = ["s3:GetObject", "s3:PutObject"]
    resources = ["arn:${data.aws_partition.p.partition}:s3:::bucket/$${aws:username}/*"]
  }
  statement {
    effect = "Deny"
    not_actions = ["s3:*"]
    resources = ["*"]
    condition {
      test = "Bool"
      variable = "aws:SecureTransport"
      values = ["false"]
    }
  }
}
resource "aws_iam_policy" "s3" {
  name = "app-s3"
  path = "/team/"
  description = "objects"
  policy = data.aws_iam_policy_document.s3.json
  tags = { a = "b: c", "x y" = "0123" }
}
resource "aws_iam_policy" "prefixed" {
  name_prefix = "app-gen-"
  policy = jsonencode({ Version = "2012-10-17", Statement = { Effect = "Allow", Action = "sqs:*", Resource = "*" } })
}
resource "aws_iam_policy" "bound" {
  name = "bound"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
resource "aws_iam_role" "app" {
  for_each = toset(["a", "b"])
  name = "app-${each.key}"
  path = "/team/"
  description = "app ${each.key}"
  max_session_duration = 7200
  assume_role_policy = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.bound.arn
  tags = { team = "ml" }
}
resource "aws_iam_role_policy" "inline" {
  role = aws_iam_role.app["a"].name
  name = "inline-one"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["logs:*"], Resource = "arn:aws:logs:us-east-1:${data.aws_caller_identity.me.account_id}:log-group:/x:*" }] })
}
resource "aws_iam_role_policy_attachment" "s3" {
  for_each = aws_iam_role.app
  role = each.value.name
  policy_arn = aws_iam_policy.s3.arn
}
resource "aws_iam_role_policy_attachment" "ro" {
  role = aws_iam_role.app["b"].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
resource "aws_iam_role" "old_style" {
  name_prefix = "old-"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, Action = "sts:AssumeRole" }] })
  managed_policy_arns = [aws_iam_policy.prefixed.arn, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  inline_policy {
    name = "in"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }] })
  }
}
resource "aws_iam_role_policy_attachments_exclusive" "b" {
  role_name = aws_iam_role.app["b"].name
  policy_arns = [aws_iam_policy.s3.arn, "arn:aws:iam::aws:policy/ReadOnlyAccess"]
  depends_on = [aws_iam_role_policy_attachment.ro]
}
resource "aws_iam_role_policies_exclusive" "b" {
  role_name = aws_iam_role.app["b"].name
  policy_names = []
}
resource "aws_iam_instance_profile" "a" {
  name = "app-a-profile"
  path = "/team/"
  role = aws_iam_role.app["a"].name
  tags = { team = "ml" }
}
resource "aws_iam_user" "u" {
  name = "deploy.bot@x"
  path = "/bots/"
  tags = { k = "" }
}
resource "aws_iam_user_policy" "u" {
  user = aws_iam_user.u.name
  name = "up"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:PassRole", Resource = aws_iam_role.app["a"].arn }] })
}
resource "aws_iam_user_policy_attachment" "u" {
  user = aws_iam_user.u.name
  policy_arn = aws_iam_policy.s3.arn
}
resource "aws_iam_group" "g" {
  name = "devs"
  path = "/g/"
}
resource "aws_iam_group_policy" "g" {
  group = aws_iam_group.g.name
  name = "gp"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ec2:Describe*", Resource = "*" }] })
}
resource "aws_iam_group_policy_attachment" "g" {
  group = aws_iam_group.g.name
  policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
}
resource "aws_iam_group_membership" "g" {
  name = "m"
  group = aws_iam_group.g.name
  users = [aws_iam_user.u.name]
}
resource "aws_iam_openid_connect_provider" "gh" {
  url = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}
resource "aws_iam_role" "gh" {
  name = "gh"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "GH", Effect = "Allow", Principal = { Federated = aws_iam_openid_connect_provider.gh.arn }, Action = "sts:AssumeRoleWithWebIdentity", Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }, StringLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/app:*" } } }] })
}
resource "aws_iam_policy_attachment" "pa" {
  name = "pa"
  policy_arn = aws_iam_policy.bound.arn
  roles = [aws_iam_role.gh.name]
}
resource "aws_iam_service_linked_role" "slr" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix = "blue"
  description = "d"
}
resource "aws_iam_saml_provider" "s" {
  name = "CorpIdP"
  saml_metadata_document = file("corp.xml")
}
