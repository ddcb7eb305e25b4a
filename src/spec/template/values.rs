//! The values of parameters, and the instances that they make.
//!
//! Types: `string`; `bool`; `list` (of texts; one text is a list of one); `statements` (of a policy; one is a list of one); `s3_buckets` (names,
//! which become the ARN of the bucket and of its objects, in order; an ARN stays as it is; any `*` makes it the text `*`); `kms_keys` (ids, which
//! become key ARNs of any region of the own account; an ARN stays as it is; `*` likewise); `glue_databases` (names, which become the ARNs of the
//! own account's catalog, of the database and of its tables, in any region; an ARN stays as it is; `*` likewise).

use std::collections::{BTreeMap, BTreeSet};

use super::{Parameter, ParameterType, Template};
use crate::diag::{Finding, did_you_mean, nearest};
use crate::names::Arn;
use crate::spec::text::Pos;
use crate::spec::vars::{Scope, Vars};
use crate::spec::yaml::{At, Kind, Node, Plain};

/// A value given under `with`, variables put in.
pub type GivenValue = (At<String>, Node);

/// What a template is asked to make.
#[derive(Clone, Debug)]
pub struct Instance<'u> {
    /// Where it is asked for.
    pub at: Pos,
    /// Its name.
    pub name: At<String>,
    /// The values under `with`.
    pub values: &'u [GivenValue],
}

type Problems = Vec<(Pos, Finding)>;

/// Unknown parameters for which the likeliest is looked up.
const MOST_SUGGESTIONS: usize = 50;

impl Template {
    /// The values of all parameters of an instance.
    ///
    /// # Errors
    /// Faults of the values given, placed there; faults of the template's own words, placed in the template.
    pub fn parameters_of(&self, instance: &Instance<'_>, scope: Scope<'_>) -> Result<Vars, Problems> {
        let mut problems = Vec::new();
        let mut params = Vars::new();
        params.insert("name".to_owned(), Node::text(instance.name.at, &instance.name.value));
        let known: BTreeSet<&str> = self.parameter_names().into_iter().filter(|name| *name != "name").collect();
        let unknown: Vec<&At<String>> =
            instance.values.iter().map(|(key, _)| key).filter(|key| !known.contains(key.value.as_str())).collect();
        for (count, key) in unknown.iter().enumerate() {
            let problem = Finding::error(
                "unknown-parameter",
                format!("template `{}` has no parameter `{}`", self.template.value, key.escape_debug()),
            );
            let near = || if count < MOST_SUGGESTIONS { did_you_mean(key, known.iter().copied()) } else { None };
            let help = match key.value.as_str() {
                "name" => "`name` is set beside `template`, not under `with`".to_owned(),
                _ if known.is_empty() => "it has none besides `name`".to_owned(),
                _ => near().unwrap_or_else(|| {
                    format!("it has {}", known.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
                }),
            };
            problems.push((key.at, problem.help(help)));
        }
        let given: BTreeMap<&str, &GivenValue> = instance.values.iter().map(|given| (given.0.value.as_str(), given)).collect();
        let misspelt = |name: &str| {
            unknown.iter().take(MOST_SUGGESTIONS).any(|key| nearest(&key.value, known.iter().copied()) == Some(name))
        };
        for (name, parameter) in self.parameters.list.iter().filter(|(n, _)| n.value != "name") {
            let value = match (given.get(name.value.as_str()), &parameter.default) {
                (Some((key, node)), _) => Ok((key.at, node.clone())),
                // The template's own words may use variables; what a user gave has had them put in already.
                (None, Some(default)) => {
                    let mut found = Vec::new();
                    let value = scope.put_in(&default.0, &mut found);
                    if found.is_empty() { Ok((value.at, value)) } else { Err(found) }
                }
                (None, None) if misspelt(name) => continue,
                (None, None) => {
                    let message = format!("template `{}` needs the parameter `{}`", self.template.value, name.value);
                    let problem = Finding::error("missing-parameter", message);
                    Err(vec![(instance.at, problem.help(format!("add `with: {{{}: …}}`", name.value)))])
                }
            };
            match value.and_then(|(at, value)| typed(name, parameter, at, value, scope)) {
                Ok(value) => drop(params.insert(name.value.clone(), value)),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(params) } else { Err(problems) }
    }
}

/// A value as its parameter's type has it.
fn typed(name: &str, parameter: &Parameter, at: Pos, value: Node, scope: Scope<'_>) -> Result<Node, Problems> {
    let told = |expected: &str, found: &str| {
        let message = format!("the parameter `{name}` is {expected}, not {found}");
        let help = match parameter.kind {
            ParameterType::String => "write one text",
            ParameterType::Bool => "write `true` or `false`",
            ParameterType::Statements => {
                "write a list of statements, as in `[{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\"}]`"
            }
            ParameterType::List => "write a list of texts, as in `[a, b]`",
            ParameterType::S3Buckets => "write names of buckets, as in `[my-bucket]`, or `*` for all",
            ParameterType::KmsKeys => "write ids of keys, as in `[\"1234abcd-12ab-34cd-56ef-1234567890ab\"]`, or `*` for all",
            ParameterType::GlueDatabases => "write names of databases, as in `[sagemaker_featurestore]`, or `*` for all",
        };
        Finding::error("wrong-type", message).help(help)
    };
    let wrong = |expected: &str, found: &str| vec![(at, told(expected, found))];
    match parameter.kind {
        ParameterType::Bool => {
            return match value.as_str() {
                Some(word @ ("true" | "false")) => Ok(Node { at: value.at, kind: Kind::Scalar(word.into(), Plain::Bool) }),
                _ => Err(wrong("`true` or `false`", value.noun())),
            };
        }
        ParameterType::Statements => {
            let items = match value.kind {
                Kind::Map(_) => vec![value],
                Kind::Seq(items) => items,
                _ => return Err(wrong("a list of statements", value.noun())),
            };
            if let Some(other) = items.iter().find(|item| !matches!(item.kind, Kind::Map(_))) {
                return Err(vec![(other.at, told("a list of statements", &format!("a list with {}", other.noun())))]);
            }
            return Ok(Node { at, kind: Kind::Seq(items) });
        }
        ParameterType::String
        | ParameterType::List
        | ParameterType::S3Buckets
        | ParameterType::KmsKeys
        | ParameterType::GlueDatabases => {}
    }
    let texts: Vec<(Pos, &str)> = match &value.kind {
        Kind::Scalar(text, _) => vec![(value.at, text)],
        Kind::Seq(items) => {
            let texts: Option<Vec<_>> = items.iter().map(|item| Some((item.at, item.as_str()?))).collect();
            texts.ok_or_else(|| wrong("a list of texts", "a list of other values"))?
        }
        Kind::Null | Kind::Map(_) => return Err(wrong("text or a list", value.noun())),
    };
    if let Some(choices) = &parameter.choices {
        let known = || choices.0.iter().map(|c| c.value.as_str());
        if let Some((_, bad)) = texts.iter().find(|(_, t)| !known().any(|c| c == *t)) {
            let listed = || format!("write one of {}", known().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "));
            let help = did_you_mean(bad, known()).unwrap_or_else(listed);
            let message = format!("`{name}` cannot be `{}`", bad.escape_debug());
            return Err(vec![(at, Finding::error("unknown-value", message).help(help))]);
        }
    }
    let list = |texts: Vec<(Pos, String)>| Node {
        at: value.at,
        kind: Kind::Seq(texts.iter().map(|(at, text)| Node::text(*at, text)).collect()),
    };
    let built_in = |name: &str| scope.built_in.get(name).map_or("", String::as_str);
    let partition = built_in("partition");
    let check = match parameter.kind {
        ParameterType::String if matches!(value.kind, Kind::Scalar(..)) => return Ok(value),
        ParameterType::String => return Err(wrong("text", "a list")),
        ParameterType::List | ParameterType::Bool | ParameterType::Statements => {
            return Ok(list(texts.into_iter().map(|(at, text)| (at, text.to_owned())).collect()));
        }
        ParameterType::S3Buckets => bucket,
        ParameterType::KmsKeys => key,
        ParameterType::GlueDatabases => database,
    };
    // A template that says `default: []` does without.
    let may_be_empty = parameter.default.as_ref().is_some_and(|d| matches!(&d.0.kind, Kind::Seq(items) if items.is_empty()));
    if texts.is_empty() && !may_be_empty {
        return Err(wrong("a list of at least one name, or `*`", "an empty list"));
    }
    let faults = texts.iter().filter(|(_, text)| *text != "*").filter_map(|(at, text)| {
        let (why, help) = check(text).err()?;
        Some((*at, Finding::error("bad-value", format!("`{}` {why}", text.escape_debug())).help(help)))
    });
    let faults: Problems = faults.take(MOST_SUGGESTIONS).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    if texts.iter().any(|(_, text)| *text == "*") {
        return Ok(Node::text(value.at, "*"));
    }
    let account = built_in("account_id");
    let arns = texts.into_iter().flat_map(|(at, text)| match (parameter.kind, text.starts_with("arn:")) {
        (_, true) => vec![(at, text.to_owned())],
        (ParameterType::KmsKeys, _) => vec![(at, format!("arn:{partition}:kms:*:{account}:key/{text}"))],
        // IAM looks at the catalog and the database of a table too (AWS Glue Developer Guide, "Specifying AWS Glue resource ARNs").
        (ParameterType::GlueDatabases, _) => ["catalog".to_owned(), format!("database/{text}"), format!("table/{text}/*")]
            .map(|resource| (at, format!("arn:{partition}:glue:*:{account}:{resource}")))
            .into(),
        _ => vec![(at, format!("arn:{partition}:s3:::{text}")), (at, format!("arn:{partition}:s3:::{text}/*"))],
    });
    // Several databases are of one catalog.
    let mut seen = BTreeSet::new();
    Ok(list(arns.filter(|(_, arn)| seen.insert(arn.clone())).collect()))
}

type Checked = Result<(), (String, String)>;

/// Names of buckets: letters, digits, `.` and `-`; buckets of 2018 and before may have `_`, upper case and 255 characters (the S3 User Guide,
/// "General purpose bucket naming rules"). `*` and `?` make it a pattern.
fn bucket(text: &str) -> Checked {
    let names = "write the bucket's name, as in `my-bucket`, or a full ARN";
    if text.starts_with("arn:") {
        return match Arn::parse(text) {
            Some(arn) if arn.service == "s3" || arn.service.starts_with("s3-") || arn.service == "s3express" => {
                match arn.resource.contains(":::") || arn.resource.starts_with("arn:") {
                    true => Err(("is an ARN inside an ARN".to_owned(), names.to_owned())),
                    false => Ok(()),
                }
            }
            _ => Err(("is not an ARN of Amazon S3".to_owned(), names.to_owned())),
        };
    }
    let good = |b: u8| b.is_ascii_alphanumeric() || b"._-*?".contains(&b);
    let ends = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b"*?".contains(b));
    let bytes = text.as_bytes();
    match bytes.len() <= 255 && bytes.iter().copied().all(good) && ends(bytes.first()) && ends(bytes.last()) {
        true => Ok(()),
        false if text.contains('/') => Err((
            "is not the name of a bucket".to_owned(),
            "write the bucket alone; a full ARN may name objects: `arn:aws:s3:::my-bucket/prefix/*`".to_owned(),
        )),
        false => Err(("is not the name of a bucket".to_owned(), format!("{names}: letters, digits, `.` and `-`"))),
    }
}

/// Ids of keys: a UUID, or `mrk-` and 32 hexadecimal digits (the AWS KMS Developer Guide, "Key identifiers"). IAM knows keys by their ARN alone: an
/// alias in a `Resource` matches the alias, not its key.
fn key(text: &str) -> Checked {
    let ids = "write the key's id, as in `1234abcd-12ab-34cd-56ef-1234567890ab`, or its full ARN";
    let alias = || {
        Err((
            "is an alias, and an alias as a resource does not mean its key".to_owned(),
            format!("{ids}; `kms:ResourceAliases` tests aliases in a condition"),
        ))
    };
    if text.starts_with("arn:") {
        return match Arn::parse(text).filter(|arn| arn.service == "kms") {
            Some(arn) if arn.resource.starts_with("key/") => Ok(()),
            Some(arn) if arn.resource.starts_with("alias/") => alias(),
            _ => Err(("is not the ARN of a KMS key".to_owned(), ids.to_owned())),
        };
    }
    if text.starts_with("alias/") {
        return alias();
    }
    if let Some(id) = text.strip_prefix("key/") {
        return Err(("begins with `key/`".to_owned(), format!("write the id alone: `{}`", id.escape_debug())));
    }
    let is_pattern = text.contains(['*', '?']);
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit() || b"*?".contains(&b));
    let good = match text.strip_prefix("mrk-") {
        Some(rest) => hex(rest) && (rest.len() == 32 || is_pattern),
        None if is_pattern => text.split('-').all(hex),
        None => text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(hex),
    };
    if good { Ok(()) } else { Err(("is not the id of a KMS key".to_owned(), ids.to_owned())) }
}

/// Names of databases of AWS Glue, patterns included.
fn database(text: &str) -> Checked {
    let names = "write the database's name, as in `sagemaker_featurestore`, or a full ARN";
    if text.starts_with("arn:") {
        return match Arn::parse(text).filter(|arn| arn.service == "glue") {
            Some(_) => Ok(()),
            None => Err(("is not an ARN of AWS Glue".to_owned(), names.to_owned())),
        };
    }
    let good = |c: char| !c.is_control() && !"/: ".contains(c);
    if text.len() <= 255 && !text.is_empty() && text.chars().all(good) {
        return Ok(());
    }
    Err(("is not the name of a database".to_owned(), names.to_owned()))
}

/// Values that stand in for what nobody gave, where a template that is not used is checked: their names are `sample` or one that the type
/// accepts. What a sample value leads to is not a fault of the template; `unknown` collects where they stand.
pub fn sample(template: &Template, at: Pos, scope: Scope<'_>) -> (Vars, BTreeSet<String>) {
    let mut params = Vars::from([("name".to_owned(), Node::text(at, "sample"))]);
    let mut unknown = BTreeSet::from(["name".to_owned()]);
    for (name, parameter) in template.parameters.list.iter().filter(|(n, _)| n.value != "name") {
        let default = parameter.default.as_ref().and_then(|default| {
            let mut problems = Vec::new();
            let value = scope.put_in(&default.0, &mut problems);
            let value = typed(name, parameter, default.0.at, value, scope).ok().filter(|_| problems.is_empty())?;
            is_something(&value).then_some(value)
        });
        let value = default.unwrap_or_else(|| {
            let text = |text: &str| Node::text(at, text);
            let first = parameter.choices.as_ref().and_then(|c| c.0.first());
            if first.is_none() && parameter.kind != ParameterType::Bool {
                unknown.insert(name.value.clone());
            }
            let first = first.map_or("sample", |choice| choice.value.as_str());
            match parameter.kind {
                ParameterType::String => text(first),
                ParameterType::List | ParameterType::S3Buckets | ParameterType::KmsKeys | ParameterType::GlueDatabases => {
                    Node { at, kind: Kind::Seq(vec![text(first)]) }
                }
                ParameterType::Bool => Node { at, kind: Kind::Scalar("true".into(), Plain::Bool) },
                ParameterType::Statements => Node { at, kind: Kind::Seq(Vec::new()) },
            }
        });
        params.insert(name.value.clone(), value);
    }
    (params, unknown)
}

/// Whether a parameter's value says something: a non-empty list or text, or `true`.
pub(in crate::spec) fn is_something(value: &Node) -> bool {
    match &value.kind {
        Kind::Scalar(text, Plain::Bool) => text.eq_ignore_ascii_case("true"),
        Kind::Scalar(text, _) => !text.is_empty(),
        Kind::Seq(items) => !items.is_empty(),
        Kind::Null | Kind::Map(_) => false,
    }
}
