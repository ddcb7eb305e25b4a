//! The pages of this module's error codes, for `iamctl explain`.

/// Every code with its page: what it means, a bad example, a good one.
pub const CODES: &[(&str, &str)] = &[
    (
        "alias-bomb",
        "Anchors and aliases multiply a small file into an enormous one. Bad: a list of aliases of lists of aliases. Good: values written where they are needed, or an anchor used a few times.",
    ),
    (
        "bad-account-id",
        "An account id has twelve digits and must be quoted. Bad: `source_account: \"123\"`. Good: `source_account: \"012345678901\"`.",
    ),
    (
        "bad-accounts-file",
        "The file that `accounts_from` names contradicts itself or the project: an account or a unit that is listed twice, a unit that is not listed, an organisation other than the project's. Bad: two accounts with one id. Good: the file as `iamctl accounts sync` writes it.",
    ),
    ("bad-address", "An address is a kind and a name. Bad: `release: [old]`. Good: `release: [role/old]`."),
    (
        "bad-description",
        "IAM takes at most 1000 characters of Latin-1 in a description. Bad: a description with an emoji. Good: `description: Runs nightly jobs`.",
    ),
    ("bad-document", "A policy has its document written once. Bad: both `document` and `document_file`. Good: one of them."),
    (
        "bad-file",
        "A `*_file` key names one file inside the spec tree, relative to its own file. Bad: `document_file: ../../secrets.json`, or a link that leads out. Good: `document_file: documents/s3.json`.",
    ),
    (
        "bad-fragment",
        "A fragment is a list of policy statements, used as `Statement` or as one of its items. Bad: `fragments: {Deny: {Effect: Deny}}`, `Action: ${fragment.Deny}`. Good: `fragments: {Deny: [{Effect: Deny, Action: \"s3:*\", Resource: \"*\"}]}` and `Statement: [\"${fragment.Deny}\"]`.",
    ),
    (
        "bad-name",
        "IAM refuses this name: each kind of entity has its own letters and length. Bad: a role `my role`. Good: `my-role`.",
    ),
    (
        "bad-organization",
        "A service or resource control policy cannot be evaluated, or is attached to what the project does not know. Bad: `organization: {scps: {/Prdo: scps/deny.json}}`, an SCP with a `Principal`. Good: `organization: {scps: {/Prod: scps/deny.json}}`, with the document as AWS Organizations takes it.",
    ),
    (
        "bad-part",
        "A part has a `spec` and says when it is there: `accounts:`, and in templates `when:` with a parameter. Parts do not nest. Bad: `when: prod` in a spec file. Good: `accounts: [prod]`.",
    ),
    ("bad-path", "A path starts and ends with a slash and has at most 512 characters. Bad: `path: team`. Good: `path: /team/`."),
    (
        "bad-project",
        "The project file says two things that exclude each other. Bad: an account with `embedded` and `profile`. Good: one of the two.",
    ),
    (
        "bad-reference",
        "A policy reference is `Name`, `aws/Name`, `aws/path/Name`, or the ARN of a policy. Bad: `policies/Name`. Good: `Name`.",
    ),
    (
        "bad-selector",
        "A selection chooses accounts by name, pattern, `group:NAME`, `ou:/PATH` or `tag:KEY=VALUE`, each with `!` to take accounts out. Bad: `accounts: [\"groups:prod\"]`, `accounts: [\"ou:Prod\"]`. Good: `accounts: [\"group:prod\", \"!prod-7\"]`.",
    ),
    (
        "bad-tag",
        "IAM refuses this tag: keys have 1 to 128 and values up to 256 letters, digits, spaces and `_.:/=+-@`, and none begins with `aws:`. Bad: `\"cost#1\": x`. Good: `cost-1: x`.",
    ),
    (
        "bad-template",
        "A template's `spec` holds entities and tests alone. Bad: `use:`, `parts:` or `document_file:` in it. Good: the entities written out.",
    ),
    (
        "bad-test",
        "A spec test has a `name`, one of `principal` and `assume`, and cases that suit it. Bad: `service:` in a test with `principal`. Good: `assume: role/x` with `allowed: [{service: ec2.amazonaws.com}]`.",
    ),
    (
        "bad-trust",
        "A trust entry is one statement: exactly one kind of principal, and conditions. Bad: `{service: ec2.amazonaws.com, aws: role/ci}`. Good: two entries.",
    ),
    ("bad-value", "A value is outside of what IAM takes. Bad: six thumbprints. Good: at most five."),
    (
        "deny-in-part",
        "A Deny in a part is missing wherever the part is not added. Good: the Deny in `spec`, if it must always hold.",
    ),
    (
        "duplicate-account",
        "Two entries of the project are one account and contradict each other: another id for one name, or two sets of specs for one stack, of which each would delete what the other declares. Bad: two accounts with one `id`, no `stack` of their own and different `specs`. Good: a `stack` for each.",
    ),
    ("duplicate-entry", "A list names the same thing twice. Bad: `users: [alice, Alice]`. Good: `users: [alice]`."),
    (
        "duplicate-key",
        "A mapping has one key twice, and YAML would silently keep one value. Bad: two `tags:` in one role. Good: one.",
    ),
    (
        "duplicate-name",
        "A name is declared twice. IAM ignores case in names, so `Deploy` and `deploy` are one role. Good: one declaration in one file.",
    ),
    (
        "each-empty",
        "A list under `each` has no item, so nothing would be made, and what was made before would be deleted: a lost variable must not do that. Good: at least one item; to delete all instances, take the `use` entry out.",
    ),
    (
        "each-name",
        "The `name` of a `use` entry with `each` must use every list, or several instances would have one name. Bad: `each: {repo: [a, b], env: [dev, prod]}, name: \"${each.repo}\"`. Good: `name: \"${each.repo}-${each.env}\"`.",
    ),
    ("each-too-many", "One `use` entry creates at most 1,000 instances. Good: several entries."),
    (
        "foreign-file",
        "The file is of another tool: a CloudFormation template, a file of Terraform, a dump of an account, a bare policy document. `iamctl import` writes specs from most of them.",
    ),
    (
        "fragment-cycle",
        "Fragments hold each other in a circle, so they have no end. Good: fragments that hold others which do not lead back.",
    ),
    (
        "group-conflict",
        "Two groups set one key differently, neither is more specific than the other, and an account is in both. Groups of inner organisational units win over those of outer ones, groups without a unit over those with one, and an account over its groups. Bad: `groups: {a: {accounts: [x], vars: {env: dev}}, b: {accounts: [x], vars: {env: prod}}}`. Good: the value at the account.",
    ),
    (
        "hidden-text",
        "The file holds characters that a reviewer cannot see, or that make text look other than it is: line separators, bidirectional overrides, control characters. Good: plain text; escapes such as \"\\u2028\" where a value needs one.",
    ),
    ("merge-key", "YAML's merge keys (`<<`) are not supported. Good: keys written out, or `key: *anchor` for a whole value."),
    (
        "missing-key",
        "A key that must be there is not. Bad: a role without `trust`. Good: `trust: [{service: ec2.amazonaws.com}]`.",
    ),
    ("missing-parameter", "A template needs a parameter that has no default. Good: the parameter under `with:`."),
    (
        "no-specs",
        "A directory of `specs:`, or one given on the command line, holds no file named `*.yaml` or `*.yml`. Good: the directory in which the specs are.",
    ),
    (
        "part-conflict",
        "A part adds: mappings merge and lists append, but one key cannot have two values. Bad: `description: a` in `spec` and `description: b` in a part. Good: one of the two, or a parameter.",
    ),
    ("released-and-declared", "An entity is declared and released at once. Good: one of the two."),
    (
        "required",
        "The project file requires something of declared entities, under `require`, that this one lacks: a permissions boundary, a tag, a path or a name. Bad: a role without a boundary where `require: {permissions_boundary: TeamBoundary}` stands. Good: `permissions_boundary: TeamBoundary` in the role, or in `defaults`. It cannot be waived; whoever owns the project file can ask less of one kind or in one account.",
    ),
    (
        "reserved-tag",
        "Tags that begin with `iamctl:`, and the ownership tag, are written by iamctl alone. Bad: `tags: {\"iamctl:stack\": x}`. Good: `stack: x` in the project file.",
    ),
    (
        "skipped-file",
        "A file in a spec directory looks like a spec and is not read, because its name begins with a dot. Bad: `.team.yaml`. Good: `team.yaml`.",
    ),
    (
        "starred-name",
        "`${param.list[*]}` puts each item of a list into a text, and the text becomes a list: it is allowed only where a list is allowed. Bad: `description: \"for ${param.teams[*]}\"`. Good: `Resource: \"arn:aws:s3:::${param.buckets[*]}/*\"`.",
    ),
    (
        "too-deep",
        "Values nest deeper than any spec needs. Bad: a bracket that is never closed, a hundred times. Good: a few levels.",
    ),
    (
        "too-large",
        "A YAML document holds more entries than any spec needs, or a policy document more characters than IAM takes. Good: several files; several policies.",
    ),
    (
        "too-many-policies",
        "More managed policies than IAM attaches to one role, user or group. Good: ten at most, or fewer and larger ones.",
    ),
    ("too-many-problems", "More problems were found than are worth reading at once; fix the first ones and run again."),
    ("too-many-tags", "IAM allows 50 tags on an entity, and iamctl needs two of them. Good: at most 48."),
    (
        "unknown-account",
        "No account of the project file has this name; `local` and `aws` always exist. Under `accounts:` of an entity it would be declared nowhere.",
    ),
    (
        "unknown-group",
        "No group of the project file has this name. Bad: `accounts: [\"group:prdo\"]`. Good: `accounts: [\"group:prod\"]`.",
    ),
    ("unknown-key", "This key means nothing here. Bad: `tagz: {}`. Good: `tags: {}`."),
    (
        "unknown-ou",
        "No account of the project is in this organisational unit, and the accounts file does not list it. Bad: `ou: /Workload/Prod`. Good: `ou: /Workloads/Prod`.",
    ),
    ("unknown-parameter", "The template has no parameter of this name."),
    (
        "unknown-reference",
        "A bare name refers to a policy that the specs declare. Bad: `managed_policies: [ReadOnlyAccess]`. Good: `managed_policies: [aws/ReadOnlyAccess]`, or a policy of that name under `policies:`.",
    ),
    ("unknown-template", "No template has this name; templates lie in `templates` folders of the specs, and some are built in."),
    ("unknown-value", "The value is none of those that are known. Bad: `manage: exclusiv`. Good: `manage: exclusive`."),
    (
        "unknown-variable",
        "`${name}` without a colon is iamctl's and must exist. Bad: `${acount_id}`. Good: `${account_id}`, `${var.NAME}`; `${aws:username}` is IAM's and passes; `$${` is a literal `${`.",
    ),
    ("unknown-version", "This version of iamctl knows version 1 of the format."),
    (
        "unquoted-account-id",
        "An account id without quotes is a number to YAML, and numbers lose leading zeros. Bad: `AWS: 012345678901`. Good: `AWS: \"012345678901\"`.",
    ),
    ("unreadable-file", "A file cannot be read: it is missing, too large, not UTF-8, or forbidden."),
    (
        "unused-parameter",
        "A template declares a parameter, and nothing in it uses the parameter. Good: `${param.NAME}` or `when: NAME`, or no such parameter.",
    ),
    (
        "variable-in-variable",
        "Values of variables are substituted as they are and not evaluated again. Bad: `vars: {arn: \"x-${account_id}\"}`. Good: `x-${account_id}` where it is used.",
    ),
    (
        "variable-type",
        "A list can stand for a whole value only. Bad: `\"x-${var.list}\"`. Good: `Resource: ${var.list}`, or `\"x-${var.list[*]}\"` for one text per item.",
    ),
    ("wrong-type", "The value has the wrong shape. Bad: `tags: [a]`. Good: `tags: {a: b}`."),
    ("wrong-value", "The value does not fit. Bad: `max_session_duration: 5m`. Good: `max_session_duration: 1h`."),
    (
        "yaml-syntax",
        "This is not YAML. The usual causes: indentation, a tab, a quote or bracket that is not closed, a value with `: ` that needs quotes.",
    ),
    ("yaml-tag", "YAML tags are not supported. Bad: `!Sub \"…\"`. Good: the value itself, with `${account_id}` and the like."),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_sorted_kebab_case_words_and_each_stands_once() {
        assert!(CODES.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(
            CODES.iter().all(|(code, page)| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && page.ends_with('.'))
        );
    }

    #[test]
    fn every_code_that_is_reported_has_a_page() {
        // The codes stand in the sources as the first argument of a diagnostic.
        let mut files = vec![std::path::PathBuf::from("src/spec")];
        let mut missing = Vec::new();
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for marker in ["Finding::error(", "Finding::warning(", "Self::new(", "Fault::new("] {
                for (start, _) in text.match_indices(marker) {
                    let Some(rest) = text[start + marker.len()..].trim_start().strip_prefix('"') else { continue };
                    let code = rest.split('"').next().unwrap_or_default();
                    let shared = crate::diag::pages::PAGES.into_iter().flatten().any(|page| page.code == code);
                    if !shared && !CODES.iter().any(|(known, _)| *known == code) {
                        missing.push(format!("{code} in {}", path.display()));
                    }
                }
            }
        }
        missing.retain(|m| !m.contains(['{', '\n', ',', '(']) && !m.starts_with(' '));
        assert!(missing.is_empty(), "{missing:?}");
    }
}
