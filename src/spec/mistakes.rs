//! What people write who come from another tool, and what they meant: one place for these hints.

use super::text::{Pos, to_u32};
use super::yaml::{Kind, Node};
use crate::diag::{Finding, nearest};
use crate::names::{AccountId, Arn};

fn foreign(what: &str, help: &str) -> Finding {
    Finding::error("foreign-file", format!("this is {what}, and a spec is wanted here")).help(help.to_owned())
}

fn cloudformation() -> Finding {
    foreign(
        "a CloudFormation template",
        "`iamctl import cloudformation FILE -o specs` writes specs from it; keep the template itself out of the specs' folders",
    )
}

fn cdk() -> Finding {
    foreign("source of the AWS CDK", "`cdk synth > template.yaml`, then `iamctl import cloudformation template.yaml -o specs`")
}

/// Documents of tools that have no importer of their own.
fn of_another_tool(document: &Node) -> Option<Finding> {
    let has = |key: &str| document.get(key).is_some();
    if has("service") && has("provider") {
        return Some(foreign(
            "a file of the Serverless Framework",
            "`sls package`, then `iamctl import cloudformation .serverless/cloudformation-template-update-stack.json -o specs`",
        ));
    }
    if has("app") && (has("context") || has("watch")) {
        return Some(cdk());
    }
    if has("runtime") && has("name") {
        return Some(foreign(
            "a project of Pulumi",
            "apply it, then `iamctl import account -o specs --select 'role/NAME'` writes specs of what is in the account",
        ));
    }
    let is_play = |item: &Node| item.get("hosts").is_some() || item.get("tasks").is_some();
    document.items().iter().any(is_play).then(|| {
        foreign(
            "a playbook of Ansible",
            "run it, then `iamctl import account -o specs --select 'role/NAME'` writes specs of what is in the account",
        )
    })
}

fn terraform() -> Finding {
    foreign(
        "a file of Terraform",
        "`terraform show -json > state.json`, then `iamctl import terraform state.json -o specs`; keep the file itself out of the specs' folders",
    )
}

/// A text of another tool, or one that no reader of YAML can make sense of; with its offset.
pub(super) fn pasted_text(text: &str) -> Option<(u32, Finding)> {
    let mut offset = 0;
    let mut of_cloudformation = None;
    for line in text.split_inclusive('\n') {
        let here = to_u32(offset);
        offset += line.len();
        let line = line.trim_end();
        if line.starts_with("<<<<<<< ") {
            let problem = Finding::error("yaml-syntax", "a merge conflict begins here")
                .help("keep what is right, and delete the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`");
            return Some((here, problem));
        }
        let word = line.trim_start();
        if line.contains("aws-cdk-lib") || line.contains("from aws_cdk") || line.contains("'@aws-cdk/") {
            return Some((here, cdk()));
        }
        let block = ["resource \"", "data \"", "module \"", "variable \"", "provider \"", "output \"", "locals {", "terraform {"];
        let opens = line.ends_with('{') && block.iter().any(|start| word.starts_with(start));
        if !word.starts_with('#') && (opens || word.contains("= jsonencode(")) {
            return Some((here, terraform()));
        }
        if matches!(line, "Resources:") || line.starts_with("AWSTemplateFormatVersion") {
            of_cloudformation.get_or_insert(here);
        }
    }
    let types = ["Type: AWS::", "Type: \"AWS::", "Type: 'AWS::"];
    let of_cloudformation = of_cloudformation.filter(|_| types.iter().any(|word| text.contains(word)));
    of_cloudformation.map(|offset| (offset, cloudformation()))
}

/// A document of another tool.
pub(super) fn pasted(document: &Node) -> Option<Finding> {
    let has = |key: &str| document.get(key).is_some();
    let text = |key: &str| document.get(key).and_then(Node::as_str).unwrap_or_default();
    let resources = document.get("Resources").map(Node::entries).unwrap_or_default();
    let of_aws = |node: &Node| node.get("Type").and_then(Node::as_str).is_some_and(|kind| kind.contains("::"));
    if has("AWSTemplateFormatVersion")
        || has("TemplateBody")
        || has("StackResources")
        || text("Transform").starts_with("AWS::")
        || resources.iter().any(|(_, resource)| of_aws(resource))
    {
        return Some(cloudformation());
    }
    let blocks = ["resource", "data"].iter().filter_map(|key| document.get(key)).flat_map(Node::entries);
    if has("terraform_version")
        || has("planned_values")
        || blocks.filter_map(|(kind, _)| kind.as_str()).any(|kind| kind.starts_with("aws_"))
    {
        return Some(terraform());
    }
    if has("RoleDetailList") || has("UserDetailList") || has("GroupDetailList") {
        return Some(foreign(
            "a dump of an account",
            "`iamctl import snapshot FILE -o specs` writes specs from it, and `iamctl plan --against FILE` plans against it",
        ));
    }
    if text("template_type").starts_with("NOQ::") {
        return Some(foreign(
            "a template of IAMbic",
            "`iamctl import iambic DIR -o specs` writes specs from a repository of them",
        ));
    }
    if let Some(found) = of_another_tool(document) {
        return Some(found);
    }
    if has("apiVersion") && has("kind") {
        return Some(foreign("a manifest of Kubernetes", "keep it out of the folders that `specs:` names"));
    }
    if has("Statement") {
        return Some(foreign(
            "a policy document",
            "put it under `document:` of an entry of `policies:`, or name its file with `document_file:`; `iamctl lint FILE.json` judges it by itself",
        ));
    }
    let names = ["RoleName", "PolicyName", "UserName", "GroupName"];
    let named = |node: &Node| names.iter().any(|key| node.get(key).is_some());
    let printed = ["Role", "Roles", "Policy", "Policies", "User", "Users", "Group", "Groups", "AttachedPolicies"];
    let listed = printed.iter().filter_map(|key| document.get(key)).any(|node| named(node) || node.items().iter().any(named));
    (listed || named(document)).then(|| {
        foreign(
            "what the AWS CLI prints",
            "`iamctl import account -o specs --select 'role/NAME'` writes specs of what is in the account",
        )
    })
}

/// A resource of CloudFormation where an entity is wanted.
pub(super) fn resource(entity: &Node) -> Option<Finding> {
    entity.get("Type")?.as_str().filter(|kind| kind.contains("::"))?;
    Some(
        Finding::error("foreign-file", "this is a resource of a CloudFormation template, and an entity of a spec is wanted here")
            .help("`iamctl import cloudformation FILE -o specs` writes specs from a template"),
    )
}

/// Whether a key is what another tool calls the trust of a role.
pub(super) fn is_trust_of_another_tool(word: &str) -> bool {
    let names = ["assumerolepolicydocument", "assumerolepolicy", "trustpolicy", "trustpolicydocument", "trustrelationship"];
    names.contains(&plain(word).as_str())
}

/// A word without the differences that do not make another word: case, and what parts its words.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['_', '-', ' '], "")
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => word.trim_end_matches('s').to_owned(),
    }
}

/// Renames the keys of a document that differ from a section by case or number alone, so that what stands below is read.
pub(super) fn respelt(document: &mut Node, sections: &[&str]) -> Vec<(Pos, Finding)> {
    let Kind::Map(entries) = &mut document.kind else { return Vec::new() };
    let mut there: Vec<String> = entries.iter().filter_map(|(key, _)| key.as_str()).map(str::to_owned).collect();
    let mut problems = Vec::new();
    for (key, _) in entries {
        let Some(word) = key.as_str() else { continue };
        let meant = sections.iter().find(|s| plain(s) == plain(word) || plain(&singular(s)) == plain(word));
        let Some(meant) = meant.filter(|meant| **meant != word && !there.iter().any(|key| key == **meant)) else { continue };
        let problem = Finding::error("unknown-key", format!("unknown key `{}`", word.escape_debug()))
            .help(format!("did you mean `{meant}`?"));
        problems.push((key.at, problem));
        there.push((*meant).to_owned());
        *key = Node::text(key.at, meant);
    }
    problems
}

/// The known key that an unknown one can only mean, so that its value can be read as that key's. Never a key that names a file.
pub(super) fn respelling<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // What has a hint of its own is no mere slip.
    if key(word, known).is_some() {
        return None;
    }
    let folded = plain(word);
    let alike = || known.iter().copied().find(|key| plain(key) == folded || singular(&plain(key)) == singular(&folded));
    let called =
        || ALIASES.iter().find(|(wrong, _)| *wrong == folded).and_then(|(_, right)| known.iter().copied().find(|k| k == right));
    let near = || nearest(word, known.iter().copied());
    alike().or_else(called).or_else(near).filter(|key| !key.ends_with("_file"))
}

/// Keys of other tools that are one of a spec's.
const ALIASES: &[(&str, &str)] = &[
    ("attachedmanagedpolicies", "managed_policies"),
    ("attachedpolicies", "managed_policies"),
    ("attachments", "managed_policies"),
    ("boundary", "permissions_boundary"),
    ("duration", "max_session_duration"),
    ("managedpolicyarn", "managed_policies"),
    ("managedpolicyarns", "managed_policies"),
    ("maxduration", "max_session_duration"),
    ("maxsession", "max_session_duration"),
    ("permissionboundary", "permissions_boundary"),
    ("permissionsboundaryarn", "permissions_boundary"),
    ("policyarn", "managed_policies"),
    ("member", "users"),
    ("members", "users"),
    ("policyarns", "managed_policies"),
    ("repo", "repository"),
    ("repos", "repository"),
    ("sessionduration", "max_session_duration"),
];

/// What an unknown key means in another tool, among the keys that are known here.
pub(super) fn key(word: &str, known: &[&str]) -> Option<String> {
    let is = |key: &str| known.contains(&key);
    let says = |text: &str| Some(text.to_owned());
    if word.contains('\u{a0}') {
        return says("it holds a non-breaking space (U+00A0): write ordinary spaces");
    }
    if let Some((head, _)) = word.split_once(':').filter(|(head, _)| known.contains(head)) {
        return Some(format!("put a space after the colon: `{head}: `"));
    }
    let folded = plain(word);
    let (entity, trust, github) = (is("managed_policies") || is("document"), is("source_account"), is("pull_request"));
    match folded.as_str() {
        "effect" | "principal" | "action" | "statement" | "version" | "condition" | "notprincipal"
            if trust && word.starts_with(char::is_uppercase) =>
        {
            says(
                "this is IAM's own form: put the whole document under `trust_document:`, or write an entry such as `service: ec2.amazonaws.com`",
            )
        }
        "account" | "accounts" | "accountid" | "awsaccount" | "arn" | "arns" | "role" | "user" | "iam" if trust => {
            says("an AWS principal is `aws:` with an account id in quotes, an ARN, or `role/NAME`")
        }
        "federated" | "provider" | "idp" if trust => says("an identity provider is `github:`, `oidc:` or `saml:`"),
        "branch" | "branches" if github => says("a branch is `ref: refs/heads/NAME`"),
        "tag" | "tags" if github => says("a tag is `ref: refs/tags/NAME`"),
        "org" | "owner" | "organization" if github => says("the owner is part of `repository: OWNER/NAME`"),
        _ if is("trust_document") && is_trust_of_another_tool(word) => {
            says("the whole document goes under `trust_document:`, and short entries under `trust:`")
        }
        "assumerole" | "assumedby" | "trusted" | "trustedservices" | "trustedentities" | "principal" | "principals"
        | "service"
            if is("trust_document") =>
        {
            says("who may assume it is set under `trust:`, as in `trust: [{service: ec2.amazonaws.com}]`")
        }
        "document" | "policies" | "policy" | "permissions" | "statements" | "statement" if is("inline_policies") => {
            says("policies by reference go under `managed_policies:`, documents under `inline_policies:` with a name each")
        }
        "policydocument" | "policy" | "statement" | "statements" | "version" | "json" | "content" if is("document_file") => {
            says("the whole policy document, `Version` and `Statement`, goes under `document:`")
        }
        "groups" | "group" if is("create") => says("membership is set on the group: `groups: {NAME: {users: [...]}}`"),
        "name" | "rolename" | "username" | "groupname" | "policyname" | "id" if entity => {
            says("the name is the key above this; leave it out")
        }
        "stack" | "accounts" | "account" | "defaultaccount" | "guards" | "vars" | "defaults" | "ignore" | "specs" | "require"
        | "forbid"
            if is("roles") && is("policies") =>
        {
            says("it belongs into the project file `iamctl.yaml`")
        }
        _ => None,
    }
}

/// What a trust entry that is one text should be.
pub(super) fn trust_entry(text: &str) -> String {
    let text = text.escape_debug().to_string();
    let is_id = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    match text.as_str() {
        id if is_id => format!("{{aws: \"{id}\"}}"),
        arn if arn.starts_with("arn:") || arn.starts_with("role/") || arn.starts_with("user/") => format!("{{aws: \"{arn}\"}}"),
        host if host.contains('.') => format!("{{service: {host}}}"),
        _ => "{service: ec2.amazonaws.com}".to_owned(),
    }
}

/// What a value of the wrong shape under this key should be.
pub(super) fn value(key: &str, value: &Node) -> Option<String> {
    match (key, &value.kind) {
        ("trust", Kind::Scalar(text, _)) => Some(format!("write a list of entries: `[{}]`", trust_entry(text))),
        ("trust", Kind::Map(_)) if value.get("Statement").is_some() => {
            Some("this is a whole policy document: call the key `trust_document:`".to_owned())
        }
        ("trust", Kind::Map(_)) => Some("put `- ` before the entry: `trust` is a list of entries".to_owned()),
        ("tags", Kind::Seq(items)) => {
            let pair = items.iter().find_map(|item| Some((item.get("Key")?.as_str()?, item.get("Value")?.as_str()?)));
            let (key, value) = pair.unwrap_or(("team", "ml"));
            Some(format!("write a mapping: `tags: {{{}: {}}}`", key.escape_debug(), value.escape_debug()))
        }
        ("tags", Kind::Scalar(text, _)) if text.contains('=') => {
            let (key, value) = text.split_once('=').unwrap_or_default();
            Some(format!("write a mapping: `tags: {{{}: {}}}`", key.trim().escape_debug(), value.trim().escape_debug()))
        }
        (
            "roles" | "users" | "groups" | "policies" | "inline_policies" | "oidc_providers" | "saml_providers",
            Kind::Seq(items),
        ) => {
            let names = ["name", "Name", "RoleName", "UserName", "GroupName", "PolicyName", "role_name", "policy_name", "url"];
            let named = |item: &Node| {
                let inside = names.iter().find_map(|key| item.get(key)?.as_str());
                item.as_str().or(inside).map(str::to_owned)
            };
            let name = items.iter().find_map(named).unwrap_or_else(|| "NAME".to_owned());
            Some(format!(
                "the name is the key: write `{}:` without `- `, and what belongs to it indented below",
                name.escape_debug()
            ))
        }
        ("github", Kind::Scalar(text, _)) => {
            Some(format!("write `{{repository: {}, ref: refs/heads/main}}`", text.escape_debug()))
        }
        _ => None,
    }
}

/// What a value that every tool knows is called here; such a word is never the neighbour of another name.
pub(super) fn built_in(name: &str) -> Option<String> {
    let own = match name.strip_prefix("AWS::").unwrap_or(name) {
        "Partition" | "aws_partition" | "AWS_PARTITION" | "data.aws_partition.current.partition" => Some("partition"),
        "AccountId"
        | "Account"
        | "accountId"
        | "accountid"
        | "ACCOUNT_ID"
        | "AWS_ACCOUNT_ID"
        | "aws_account_id"
        | "data.aws_caller_identity.current.account_id" => Some("account_id"),
        "Region"
        | "AWS_REGION"
        | "AWS_DEFAULT_REGION"
        | "aws_region"
        | "data.aws_region.current.name"
        | "data.aws_region.current.region" => Some("region"),
        _ => None,
    };
    own.map(|own| format!("write `${{{own}}}`"))
}

/// What a variable of another tool is called here.
pub(super) fn variable(name: &str) -> Option<String> {
    if let Some(meant) = built_in(name) {
        return Some(meant);
    }
    if name.starts_with("AWS::") {
        return Some("it is a pseudo parameter of CloudFormation: write the value out, or set it under `vars:`".to_owned());
    }
    if let Some(key) = name.strip_prefix("aws.") {
        return Some(format!("IAM's variables have a colon: `${{aws:{}}}`", key.escape_debug()));
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_word = !last.is_empty() && last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let own = ["var", "param"].iter().any(|word| name.split('.').next() == Some(word));
    (is_word && !own).then(|| {
        format!("a variable of your own is `${{var.{last}}}`, with `{last}:` under `vars:` of the project file; `$${{` is a literal `${{`")
    })
}

/// Why a text is not a service principal, where that can be seen.
pub(super) fn service(text: &str) -> Option<String> {
    if text.starts_with("arn:") || AccountId::parse(text).is_some() {
        return Some(format!("an AWS principal is not a service: write `aws: \"{}\"`", text.escape_debug()));
    }
    if let Some(letter) = text.chars().find(|c| c.is_alphabetic() && !c.is_ascii()) {
        return Some(format!(
            "`{letter}` (U+{:04X}) only looks like a letter of the name: type the name again",
            u32::from(letter)
        ));
    }
    let plain: String = text.chars().filter(|c| c.is_ascii_graphic()).collect();
    let plain = plain.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let host = if plain.contains('.') { plain.to_owned() } else { format!("{plain}.amazonaws.com") };
    (host != text && !plain.is_empty()).then(|| format!("write the service's host: `{host}`"))
}

/// What a text that is not a policy reference means.
pub(super) fn policy_reference(text: &str) -> Option<String> {
    let name = text.rsplit('/').next().filter(|name| !name.is_empty() && *name != text)?;
    let own = text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws/"));
    (own || text.contains(":aws:policy/")).then(|| format!("did you mean `aws/{}`?", name.escape_debug()))
}

/// Whether a request can be for a resource: its ARN, or `*` for actions without resource types. Else what to write.
pub fn requested_resource(text: &str) -> Result<(), String> {
    if text == "*" || Arn::parse(text).is_some() {
        return Ok(());
    }
    match text.strip_prefix("s3://").map(|object| object.trim_end_matches('/')) {
        Some(object) if !object.is_empty() && !object.starts_with('/') => {
            Err(format!("write `arn:aws:s3:::{}`", object.escape_debug()))
        }
        _ => Err("write its ARN, as in `arn:aws:s3:::bucket/key`".to_owned()),
    }
}

/// What a text that is no path of IAM should be.
pub(super) fn path(text: &str) -> String {
    let inner = text.trim_matches('/');
    let plain = !inner.is_empty() && !inner.contains("//") && inner.bytes().all(|b| b.is_ascii_graphic());
    if plain { format!("write `/{}/`", inner.escape_debug()) } else { "write `/` or `/team/`".to_owned() }
}

/// A repository from its address.
pub(super) fn repository(text: &str) -> Option<String> {
    let (_, path) = text.split_once("github.com").filter(|_| text.contains("://") || text.starts_with("git@"))?;
    let path = path.trim_start_matches([':', '/']).trim_end_matches('/').trim_end_matches(".git");
    (path.split('/').count() == 2).then(|| format!("write `{}`", path.escape_debug()))
}

/// A character that looks like another one that is meant, in a line with an error.
pub(super) fn lookalike(line: &str) -> Option<&'static str> {
    line.chars().find_map(|c| match c {
        '\u{a0}' => Some("the line holds a non-breaking space (U+00A0); write an ordinary one"),
        '\u{202f}' | '\u{2007}' | '\u{3000}' => Some("the line holds a space that is not an ordinary one; write U+0020"),
        '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => Some("the line holds typographic quotes; write `\"` or `'`"),
        _ => None,
    })
}

/// Why a file beside the specs is not read although its name looks like that of one: the fault, the next move, and whether it
/// certainly is one.
pub(super) fn file_name(name: &str) -> Option<(&'static str, String, bool)> {
    let lower = name.to_lowercase();
    let (stem, ending) = lower.rsplit_once('.')?;
    let kept = name.get(..stem.len())?;
    match ending {
        "yaml" | "yml" => Some((
            "is not read: the names of specs end in `.yaml` or `.yml`, in lower case",
            format!("rename it to `{kept}.yaml`"),
            true,
        )),
        "txt" | "j2" | "jinja" | "tmpl" | "tpl" if stem.ends_with(".yaml") || stem.ends_with(".yml") => Some((
            "is not read: the names of specs end in `.yaml` or `.yml`",
            "rename it, or move it out of the specs' folders; specs have variables and templates of their own".to_owned(),
            false,
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_look_like_specs_are_told_apart() {
        assert!(file_name("a.YAML").is_some_and(|(_, help, certain)| certain && help == "rename it to `a.yaml`"));
        assert!(file_name("a.yaml.j2").is_some_and(|(_, _, certain)| !certain));
        for fine in ["a.json", "a.yaml.bak", "README.md", "yaml", "notes.txt"] {
            assert!(file_name(fine).is_none(), "{fine}");
        }
    }

    #[test]
    fn a_service_is_its_host() {
        assert_eq!(service("lambda").as_deref(), Some("write the service's host: `lambda.amazonaws.com`"));
        assert_eq!(service("https://ec2.amazonaws.com/").as_deref(), Some("write the service's host: `ec2.amazonaws.com`"));
        assert_eq!(service("“ec2.amazonaws.com”").as_deref(), Some("write the service's host: `ec2.amazonaws.com`"));
        assert!(service("arn:aws:iam::111111111111:role/x").is_some_and(|help| help.contains("write `aws:")));
        assert!(service("e\u{441}2.amazonaws.com").is_some_and(|help| help.contains("U+0441")));
        assert_eq!(service(""), None);
    }
}
