//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}` (iam-facts 6.5).

use super::placeholders::{is_placeholder, is_unfilled};
use crate::catalogue;
use crate::diag::{Severity, nearest};
use crate::lint::arn::split;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::data::VERSION;
use crate::policy::{Compares, PathStep};

rule! {
    /// A policy variable is not closed
    ///
    /// **Why it matters.** The text is taken as it stands, and matches nothing.
    ///
    /// **What to do.** Close it with `}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-home/${aws:username/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-home/${aws:username}/*"}
    /// ```
    MISSING_BRACE = "missing-brace-in-variable", Error, Document(brace);

    /// A policy variable without a name
    ///
    /// **What to do.** Write `${aws:username}` or the like.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-home/${}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-home/${aws:username}/*"}
    /// ```
    EMPTY_VARIABLE = "empty-variable", Error, Document(empty);

    /// A blank inside the name of a policy variable
    ///
    /// **What to do.** Drop the blank. One stands after the comma before a default value, nowhere else.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-home/${aws: username}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-home/${aws:username}/*"}
    /// ```
    UNSUPPORTED_SPACE = "unsupported-space-in-variable", Error, Document(space);

    /// The default value of a policy variable is not in single quotes
    ///
    /// **What to do.** Write `${aws:PrincipalTag/team, 'none'}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-home/${aws:PrincipalTag/team, none}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-home/${aws:PrincipalTag/team, 'none'}/*"}
    /// ```
    MISSING_QUOTE = "missing-quote-in-variable", Error, Document(quote);

    /// A character that the name of a policy variable cannot have
    ///
    /// **What to do.** Write the name of a condition key.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-home/${aws:PrincipalTag(team)}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-home/${aws:PrincipalTag/team}/*"}
    /// ```
    UNSUPPORTED_SYMBOL = "unsupported-symbol-in-variable", Error, Document(symbol);

    /// A policy variable that is not a condition key
    ///
    /// The name between `${` and `}` is not a condition key that any request has. An **error** where it is a known key
    /// misspelt (`${aws:usrname}`, `${aws.username}`, `${username}`); a **warning** where it may be newer
    /// than the built-in catalogue.
    ///
    /// **Why it matters.** A variable without a value matches nothing.
    ///
    /// **What to do.** Write the key as AWS names it.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:usrname}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}
    /// ```
    UNKNOWN_VARIABLE = "unknown-policy-variable", Warning, Document(unknown);

    /// A policy variable in a spelling of another language
    ///
    /// `&{aws:username}` and `$${aws:username}` are how Terraform writes a variable, `{{aws:username}}` and `#{aws:username}`
    /// how templates do. IAM knows `${aws:username}` alone.
    ///
    /// **Why it matters.** The text is taken as it stands, or with a `$` before the value, and matches nothing.
    ///
    /// **What to do.** Write `${aws:username}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/$${aws:username}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}
    /// ```
    FOREIGN_VARIABLE = "foreign-variable-syntax", Error, Document(foreign);

    /// A policy variable of a key with several values
    ///
    /// `aws:TagKeys`, `aws:PrincipalOrgPaths`, `aws:CalledVia` and the like hold lists, and IAM puts no list in.
    ///
    /// **Why it matters.** The text matches nothing.
    ///
    /// **What to do.** Use a key with one value, such as `aws:PrincipalTag/team`, or list the values.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:TagKeys}/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:PrincipalTag/team}/*"}
    /// ```
    LIST_IN_VARIABLE = "list-in-variable", Error, Document(list);

    /// A policy variable where none is put in
    ///
    /// Variables are put in behind the fifth colon of a resource, and in the values of conditions. (A **warning** for the
    /// account of an ARN, where policies of AWS's own have one.)
    ///
    /// **Why it matters.** Elsewhere the text is taken as it stands, and matches nothing.
    ///
    /// **What to do.** Write the value out.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:${aws:RequestedRegion}:111122223333:example-orders"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
    /// "arn:aws:sqs:eu-west-1:111122223333:example-orders"}
    /// ```
    VARIABLE_IN_ELEMENT = "variable-unsupported-in-element", Error, Document(element);

    /// A policy variable in a document of the old version
    ///
    /// **Why it matters.** Without `Version: "2012-10-17"` the text is taken as it stands.
    ///
    /// **What to do.** Write `Version: "2012-10-17"`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-home/${aws:username}/*"}]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-home/${aws:username}/*"}]}
    /// ```
    VARIABLE_IN_VERSION = "variable-unsupported-in-version", Error, Document(version);

    /// A policy variable under an operator that takes none
    ///
    /// Only text and ARN operators put variables in.
    ///
    /// **Why it matters.** The test never holds, or always.
    ///
    /// **What to do.** Write the value out, or compare as text.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example-reports", "Condition":
    /// {"NumericLessThanEquals": {"s3:max-keys": "${aws:PrincipalTag/max-keys}"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example-reports", "Condition":
    /// {"NumericLessThanEquals": {"s3:max-keys": "100"}}}
    /// ```
    INVALID_VARIABLE_FOR_OPERATOR = "invalid-variable-for-operator", Error, Document(operator);
}

/// What stands between `${` and `}`; `None` for one that is not closed.
pub(super) fn variables(text: &str) -> Vec<Option<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        match after.split_once('}') {
            Some((inside, after)) if !inside.contains("${") => {
                found.push(Some(inside));
                rest = after;
            }
            _ => {
                found.push(None);
                rest = after;
            }
        }
    }
    found
}

/// Calls `f` on every text where variables are put in.
pub(super) fn places(subject: &DocumentSubject<'_>, f: &mut dyn FnMut(&str, Vec<PathStep>)) {
    for statement in subject.statements().iter() {
        for (i, resource) in statement.resource_patterns().iter().enumerate() {
            f(resource, statement.item(statement.resource_member(), i));
        }
        for test in &statement.conditions {
            for (i, value) in test.values.iter().enumerate() {
                f(value, test.value_path(i));
            }
        }
    }
}

fn each(subject: &DocumentSubject<'_>, f: &mut impl FnMut(Option<&str>, &str, Vec<PathStep>)) {
    places(subject, &mut |text, path| {
        for variable in variables(text) {
            f(variable, text, path.clone());
        }
    });
}

/// The name of a variable, and what stands after its comma.
pub(super) fn parts(variable: &str) -> (&str, Option<&str>) {
    variable.split_once(',').map_or((variable, None), |(name, default)| (name, Some(default)))
}

fn is_literal(variable: &str) -> bool {
    matches!(variable, "*" | "?" | "$")
}

fn brace(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |variable, text, path| {
        if variable.is_none() {
            out.report(subject, &path, format!("a variable in `{text}` is not closed"), "close it with `}`");
        }
    });
}

fn empty(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |variable, text, path| {
        if variable.is_some_and(|v| v.trim().is_empty()) {
            out.report(subject, &path, format!("a variable in `{text}` has no name"), "write `${aws:username}` or the like");
        }
    });
}

fn space(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |variable, _, path| {
        if let Some(variable) = variable.filter(|v| !v.trim().is_empty())
            && parts(variable).0.contains(char::is_whitespace)
        {
            // The name of a tag may hold blanks.
            if parts(variable).0.trim_end().split_once('/').is_none_or(|(key, _)| key.contains(char::is_whitespace)) {
                out.report(subject, &path, format!("a blank in the variable `${{{variable}}}`"), "drop the blank");
            }
        }
    });
}

fn quote(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |variable, _, path| {
        let Some(variable) = variable else { return };
        if let Some(default) = parts(variable).1 {
            let default = default.trim();
            if default.len() < 2 || !default.starts_with('\'') || !default.ends_with('\'') {
                out.report(
                    subject,
                    &path,
                    format!("the default value of `${{{variable}}}` is not in single quotes"),
                    "write it as in `${aws:PrincipalTag/team, 'none'}`",
                );
            }
        }
    });
}

fn symbol(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |variable, _, path| {
        let Some(variable) = variable.filter(|v| !is_literal(v)) else { return };
        let (name, _) = parts(variable);
        // A tag's name may have what tags have.
        let key = name.split_once('/').map_or(name, |(key, _)| key);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.' | ' ');
        if let Some(bad) = key.chars().find(|c| !plain(*c)) {
            out.report(subject, &path, format!("`{bad}` in the variable `${{{variable}}}`"), "write the name of a condition key");
        }
    });
}

fn element(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let help = "variables are allowed after the fifth colon of a resource and in condition values; write the value out";
    for statement in subject.statements().iter() {
        for (i, action) in statement.action_patterns().iter().enumerate().filter(|(_, a)| a.contains("${")) {
            let path = statement.item(statement.action_member(), i);
            out.report(subject, &path, format!("no variable is put into `{action}`"), help);
        }
        for principal in statement.each_principal().filter(|p| p.value.contains("${")) {
            out.report(
                subject,
                &statement.path(&[principal.element()]),
                format!("no variable is put into `{}`", principal.value),
                help,
            );
        }
        for (i, resource) in statement.resource_patterns().iter().enumerate() {
            let fields = split(resource);
            if resource.starts_with("arn:") && fields.iter().take(5).any(|f| f.contains("${")) && !is_unfilled(resource) {
                let path = statement.item(statement.resource_member(), i);
                // AWS's own policies write `${aws:PrincipalAccount}` for the account, which no page promises to work.
                let elsewhere = fields.iter().take(4).any(|f| f.contains("${"));
                let severity = if elsewhere { Severity::Error } else { Severity::Warning };
                let message = format!("no variable is put into the first fields of `{resource}`");
                out.report_as(severity, subject, &path, message, help);
            }
        }
    }
}

fn version(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if subject.version() == Some(VERSION) {
        return;
    }
    each(subject, &mut |variable, _, path| {
        if let Some(variable) = variable {
            let message = format!("`${{{variable}}}` is plain text in this version of the language");
            out.report(subject, &path, message, format!("write `\"Version\": \"{VERSION}\"`"));
        }
    });
}

fn operator(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter() {
        for test in &statement.conditions {
            match test.operator.compares() {
                Compares::String(_) | Compares::Arn => continue,
                Compares::Numeric(_) | Compares::Date(_) | Compares::Bool | Compares::Binary | Compares::Ip | Compares::Null => {}
            }
            for (i, value) in test.values.iter().enumerate().filter(|(_, v)| v.contains("${")) {
                let message = format!("`{}` puts no variable in: `{value}`", test.written_operator);
                out.report(subject, &test.value_path(i), message, "write the value out, or compare as text");
            }
        }
    }
}

/// Variables of policies outside of IAM, which the catalogue does not have (AWS IoT Core Developer Guide, "Thing policy variables"; AWS Transfer
/// Family User Guide, "Session policies").
const ELSEWHERE: &[&str] =
    &["iot:", "transfer:", "cognito-identity.", "identitystore:", "dynamodb:", "graph.", "www.", "accounts."];

/// Whether a name (in any case) is a condition key that some request may have.
pub(super) fn is_key(name: &str) -> bool {
    let folded = name.to_ascii_lowercase();
    // Claims of identity providers begin with a host.
    let is_claim = folded.split(':').next().is_some_and(|host| host.contains('.')) && folded.contains(':');
    is_claim || catalogue::condition_key(&folded).is_some() || ELSEWHERE.iter().any(|head| folded.starts_with(head))
}

/// The key that a misspelt name means.
pub(super) fn meant(name: &str) -> Option<String> {
    let folded = name.to_ascii_lowercase();
    let colon = folded.replacen(['.', '/', '-', '_'], ":", 1);
    if !folded.contains(':') {
        let candidates = [colon, format!("aws:{folded}")];
        return candidates.into_iter().find(|key| catalogue::condition_key(key).is_some()).map(|key| spelt(&key));
    }
    let (service, rest) = folded.split_once(':')?;
    // The name of a tag is its author's own.
    let (key, tag) = rest.split_once('/').map_or((rest, None), |(key, tag)| (key, Some(tag)));
    let keys = catalogue::service(service).into_iter().flat_map(|known| known.condition_keys());
    let names: Vec<&str> =
        keys.chain(GLOBAL.iter().copied()).filter_map(|known| known.split_once(':').map(|(_, name)| name)).collect();
    let plain: Vec<&str> = names.iter().map(|name| name.split('/').next().unwrap_or(name)).collect();
    let near = nearest(key, plain.iter().copied())?;
    let found = format!("{service}:{}{}", near, tag.map(|tag| format!("/{tag}")).unwrap_or_default());
    catalogue::condition_key(&found.to_ascii_lowercase()).map(|_| found)
}

/// Global keys that are used as variables, as AWS spells them.
const GLOBAL: &[&str] = &[
    "aws:username",
    "aws:userid",
    "aws:PrincipalTag/",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalType",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceIdentity",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:RequestedRegion",
    "aws:FederatedProvider",
];

fn spelt(key: &str) -> String {
    GLOBAL.iter().find(|known| known.eq_ignore_ascii_case(key)).map_or_else(|| key.to_owned(), |known| (*known).to_owned())
}

fn unknown(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if subject.version() != Some(VERSION) {
        return;
    }
    each(subject, &mut |variable, _, path| {
        let Some(variable) = variable.filter(|v| !is_literal(v)) else { return };
        let name = parts(variable).0.trim();
        // What is no name at all has rules of its own.
        if name.is_empty() || is_key(name) || name.chars().any(|c| !c.is_ascii_graphic() && c != ' ') {
            return;
        }
        // Those have a rule of their own.
        if is_placeholder(name) {
            return;
        }
        let meant = meant(name);
        let without_service = !name.contains(':') || name.contains("::");
        let severity = if meant.is_some() || without_service { Severity::Error } else { Severity::Warning };
        let message = format!("`${{{variable}}}` is not the name of a condition key, and has no value");
        let help = match meant {
            Some(meant) => format!("did you mean `${{{meant}}}`?"),
            None if without_service => "write `${SERVICE:NAME}`, such as `${aws:username}`".to_owned(),
            None => "correct the key, or leave it if it is newer than this iamctl".to_owned(),
        };
        out.report_as(severity, subject, &path, message, help);
    });
}

fn foreign(subject: &DocumentSubject<'_>, out: &mut Findings) {
    places(subject, &mut |text, path| {
        if let Some(written) = foreign_variable(text) {
            let message = format!("IAM puts no variable in for `{written}`");
            out.report(subject, &path, message, "write `${aws:username}`, with one `$` and one pair of braces");
        }
    });
}

/// The first name of a condition key in braces that are not those of a variable, with what stands around it.
fn foreign_variable(text: &str) -> Option<&str> {
    if let Some(at) = text.find("$${") {
        // `${$}` is a dollar sign.
        let end = text.get(at..).and_then(|rest| rest.find('}')).map_or(text.len(), |end| at + end + 1);
        return text.get(at..end);
    }
    for (at, opening) in text.char_indices().filter(|(_, c)| matches!(c, '{' | '(' | '<' | '[')) {
        let before = text.get(..at).unwrap_or_default();
        if opening == '{' && before.ends_with('$') {
            continue;
        }
        let closing = match opening {
            '{' => '}',
            '(' => ')',
            '<' => '>',
            _ => ']',
        };
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some(end) = rest.find(closing) else { continue };
        let inner = rest.get(..end).unwrap_or_default().trim();
        let is_variable =
            inner.contains(':') && !inner.contains(['{', '$']) && catalogue::condition_key(&inner.to_ascii_lowercase()).is_some();
        if is_variable {
            let start = before
                .char_indices()
                .next_back()
                .filter(|(_, c)| matches!(c, '&' | '#' | '%' | '@' | '$' | '{'))
                .map_or(at, |(at, _)| at);
            return text.get(start..at + 1 + end + 1);
        }
    }
    None
}

fn list(subject: &DocumentSubject<'_>, out: &mut Findings) {
    each(subject, &mut |variable, _, path| {
        let Some(variable) = variable.filter(|v| !is_literal(v)) else { return };
        let key = parts(variable).0.trim().to_ascii_lowercase();
        if catalogue::condition_key(&key).is_some_and(|known| known.is_multivalued()) {
            let message = format!("`${{{variable}}}` has a list of values, which IAM does not put in");
            out.report(subject, &path, message, "use a key with one value, such as `aws:PrincipalTag/team`");
        }
    });
}
