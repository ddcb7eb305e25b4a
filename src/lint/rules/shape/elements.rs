//! Elements that are missing, empty or there twice.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::{DocumentSubject, PolicyType};
use crate::policy::PathStep;
use crate::policy::data::VERSION;

rule! {
    /// The document does not say which version of the language it is in
    ///
    /// Without `Version`, and with `2008-10-17`, policy variables are plain text. (IAM refuses identity
    /// policies like that: `policy-version`, `policy-no-version`.)
    ///
    /// **What to do.** Write `Version: "2012-10-17"`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject",
    /// "Resource": "arn:aws:s3:::example-reports/*"}]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"},
    /// "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}]}
    /// ```
    MISSING_VERSION = "missing-version", Warning, Document(version);

    /// Two statements share a Sid
    ///
    /// This kind of policy takes it; IAM's own do not (`policy-duplicate-sid`).
    ///
    /// **Why it matters.** Logs and tools name statements by their Sid.
    ///
    /// **What to do.** Rename one of them.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action":
    /// "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"},
    /// {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/writer"}, "Action":
    /// "s3:PutObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action":
    /// "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"},
    /// {"Sid": "Write", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/writer"}, "Action":
    /// "s3:PutObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    UNIQUE_SIDS_RECOMMENDED = "unique-sids-recommended", Warning, Document(sids);

    /// A condition without any test
    ///
    /// `Condition: {}`, or an operator without keys, is as good as none.
    ///
    /// **Why it matters.** Its author may have meant to narrow the statement.
    ///
    /// **What to do.** Write the test, or drop it.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*", "Condition":
    /// {"StringEquals": {}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*", "Condition":
    /// {"StringEquals": {"aws:PrincipalTag/team": "finance"}}}
    /// ```
    EMPTY_OBJECT_CONDITION = "empty-object-condition", Note, Document(empty_condition);

    /// A Sid without text
    ///
    /// **What to do.** Give the statement a name, or drop the `Sid`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Sid": "", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*"}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Sid": "ReadReports", "Effect": "Allow", "Action": "s3:GetObject", "Resource":
    /// "arn:aws:s3:::example-reports/*"}
    /// ```
    EMPTY_SID_VALUE = "empty-sid-value", Note, Document(empty_sid);

    /// One block names a condition key twice, in different case
    ///
    /// The case of condition keys does not count, so these are one key.
    ///
    /// **Why it matters.** Both tests must hold, which is rarely meant; IAM may refuse the document.
    ///
    /// **What to do.** Put the values into one list.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*", "Condition":
    /// {"StringEquals": {"aws:PrincipalTag/team": "finance", "aws:principaltag/team": "audit"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*", "Condition":
    /// {"StringEquals": {"aws:PrincipalTag/team": ["finance", "audit"]}}}
    /// ```
    DUPLICATE_KEYS = "duplicate-keys-with-different-case", Error, Document(duplicate_keys);
}

fn version(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if subject.is(PolicyType::Identity) || subject.version() == Some(VERSION) || !subject.document.value().is_object() {
        return;
    }
    // The policy that AWS attaches to an endpoint has none; what needs one has rules of its own.
    if subject.is(PolicyType::Endpoint) && subject.version().is_none() {
        return;
    }
    let message = match subject.version() {
        None => "the document has no `Version`".to_owned(),
        Some(version) => format!("`Version` is `{version}`, in which policy variables are plain text"),
    };
    let path: Vec<PathStep> = subject.version().map(|_| PathStep::Key("Version".to_owned())).into_iter().collect();
    out.report(subject, &path, message, format!("write `\"Version\": \"{VERSION}\"`"));
}

fn sids(subject: &DocumentSubject<'_>, out: &mut Findings) {
    if matches!(subject.policy_type, PolicyType::Identity | PolicyType::Trust) {
        return;
    }
    let mut seen: BTreeMap<&String, usize> = BTreeMap::new();
    for statement in subject.statements().iter() {
        let Some(sid) = &statement.sid else { continue };
        if let Some(first) = seen.get(sid) {
            let message = format!("`{sid}` is the Sid of statement {} too", first + 1);
            out.report(subject, &statement.path(&["Sid"]), message, "rename one of them");
        } else {
            seen.insert(sid, statement.index);
        }
    }
}

fn empty_condition(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter() {
        let Some(Value::Object(operators)) = subject.member(statement, "Condition") else { continue };
        if operators.is_empty() {
            out.report(subject, &statement.path(&["Condition"]), "the condition is empty", "write the test, or drop `Condition`");
        }
        for (operator, _) in operators.iter().filter(|(_, keys)| keys.as_object().is_some_and(serde_json::Map::is_empty)) {
            let path = statement.path(&["Condition", operator]);
            out.report(
                subject,
                &path,
                format!("`{operator}` tests nothing"),
                "write the key and its values, or drop the operator",
            );
        }
    }
}

fn empty_sid(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter().filter(|s| subject.member(s, "Sid").and_then(Value::as_str) == Some("")) {
        out.report(subject, &statement.path(&["Sid"]), "the Sid is empty", "name the statement, or remove the `Sid`");
    }
}

fn duplicate_keys(subject: &DocumentSubject<'_>, out: &mut Findings) {
    for statement in subject.statements().iter() {
        for (i, test) in statement.conditions.iter().enumerate() {
            let earlier = statement.conditions.iter().take(i);
            if earlier
                .into_iter()
                .any(|t| t.written_operator == test.written_operator && t.written_key != test.written_key && t.key == test.key)
            {
                let message = format!("`{}` occurs twice under `{}`, in different case", test.written_key, test.written_operator);
                out.report(subject, &test.path(), message, "put the values into one list");
            }
        }
    }
}
