//! Placeholders of examples and templates that nobody filled in.

use super::arns;
use super::variables::{is_key, meant, parts, places, variables};
use crate::diag::Severity;
use crate::lint::arn::split;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::rules::conditions::holds_account;
use crate::lint::subject::DocumentSubject;
use crate::policy::PathStep;

rule! {
    /// A placeholder of an example or a template is not filled in
    ///
    /// `${Account}`, `${AWS::Region}`, `ACCOUNT_ID` and `<region>` stand for values that somebody, or a template, was to fill
    /// in. One finding names all placeholders of a document, and the places. An **error** where IAM refuses the document: in
    /// the partition of a resource.
    ///
    /// **Why it matters.** The statement matches nothing. If a template fills them in, look at what it makes.
    ///
    /// **What to do.** Write the values. In specs iamctl fills in `${account_id}`, `${region}` and `${partition}`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ["arn:aws:sqs:${Region}:${Account}:jobs",
    /// "arn:aws:sqs:eu-west-1:ACCOUNT_ID:orders"]}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ["arn:aws:sqs:eu-west-1:111122223333:jobs",
    /// "arn:aws:sqs:eu-west-1:111122223333:${aws:username}"]}
    /// ```
    UNFILLED_PLACEHOLDER = "unfilled-placeholder", Warning, Document(check);
}

/// Most placeholders that a finding names.
const MOST_NAMED: usize = 6;
/// Words of AWS's examples for the region and the account of an ARN.
const WORDS: &[&str] = &[
    "account",
    "account-id",
    "account_id",
    "accountid",
    "aws-account-id",
    "aws_account_id",
    "aws-region",
    "region",
    "your-account-id",
    "your-region",
];

/// Whether the name of a variable is a placeholder: it has no service, and is no key misspelt.
pub(super) fn is_placeholder(name: &str) -> bool {
    let without_service = !name.contains(':') || name.contains("::");
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b));
    without_service && is_name && !is_key(name) && meant(name).is_none()
}

/// Whether a text stands for the account or the region that somebody was to write: `ACCOUNT_ID`, `<region>`.
pub(crate) fn is_stand_in(text: &str) -> bool {
    let in_brackets = text.len() > 2 && text.starts_with('<') && text.ends_with('>');
    let capitals = text.len() > 2 && text.bytes().all(|b| b.is_ascii_uppercase() || b"_-".contains(&b));
    in_brackets || capitals || WORDS.contains(&text)
}

/// Whether the partition of a resource is a placeholder.
pub fn has_unfilled_partition(resource: &str) -> bool {
    let partition = resource.strip_prefix("arn:").and_then(|rest| rest.strip_prefix("${"));
    let name = partition.and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
    name.is_some_and(is_placeholder)
}

/// Whether the first five fields of a resource have variables, and all of them are placeholders.
pub(super) fn is_unfilled(resource: &str) -> bool {
    let fields = split(resource);
    let mut names = fields.iter().take(5).flat_map(|field| variables(field)).peekable();
    names.peek().is_some() && names.all(|name| name.is_some_and(|name| is_placeholder(parts(name).0.trim())))
}

fn check(subject: &DocumentSubject<'_>, out: &mut Findings) {
    let mut found: Vec<(String, Vec<PathStep>)> = Vec::new();
    let mut refused = false;
    places(subject, &mut |text, path| {
        refused |= has_unfilled_partition(text);
        let names = variables(text).into_iter().flatten().filter(|name| is_placeholder(parts(name).0.trim()));
        found.extend(names.map(|name| (format!("${{{name}}}"), path.clone())));
    });
    arns::each(subject, &mut |_, fields, path| {
        let stand_ins = fields.iter().skip(3).take(2).filter(|field| is_stand_in(field));
        found.extend(stand_ins.map(|field| ((*field).to_owned(), path.clone())));
    });
    for test in subject.statements().iter().flat_map(|statement| &statement.conditions) {
        for (i, value) in test.values.iter().enumerate().filter(|(_, value)| holds_account(&test.key) && is_stand_in(value)) {
            found.push((value.clone(), test.value_path(i)));
        }
    }
    let Some((_, first)) = found.first() else { return };
    let mut names: Vec<String> = Vec::new();
    for (name, _) in &found {
        let name = format!("`{name}`");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = match (names.as_slice(), more) {
        ([one], 0) => format!("{one} is a placeholder that nothing fills in"),
        (all, _) => format!("{}{rest} are placeholders that nothing fills in", all.join(", ")),
    };
    let severity = if refused { Severity::Error } else { Severity::Warning };
    out.report_as(severity, subject, first, message, "write the values, or look at the document that the template makes");
    let mut shown = vec![subject.place(first)];
    for (name, path) in &found {
        let place = subject.place(path);
        if shown.len() <= MOST_NAMED && !shown.contains(&place) {
            out.related(&format!("`{name}`"), place.clone());
            shown.push(place);
        }
    }
}
