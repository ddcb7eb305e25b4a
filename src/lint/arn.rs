//! Resources against resources: ARNs are compared field by field (iam-facts 6.4).

use super::pattern::{covers as text_covers, intersects as text_intersects, without_variables};

/// Indices of the fields of an ARN.
const SERVICE: usize = 2;
const ACCOUNT: usize = 4;

/// Services that have resources of AWS itself, whose ARNs have no account: public parameters and documents, images, views. AWS's own
/// managed policies name such resources for each of them.
const AWS_OWNED: &[&str] =
    &["artifact", "aws-marketplace", "controltower", "ec2", "partnercentral", "resource-explorer-2", "ssm"];

/// The fields of an ARN as they are written, six at most. The colon of a policy variable parts none.
pub fn split(text: &str) -> Vec<&str> {
    let (mut fields, mut start, mut in_variable) = (Vec::new(), 0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if text.get(..at).is_some_and(|before| before.ends_with('$')) => in_variable = true,
            b'}' => in_variable = false,
            b':' if !in_variable && fields.len() < 5 => {
                fields.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.extend(text.get(start..));
    fields
}

/// Six fields; a short ARN of an identity policy has `*` in those it lacks. `None` for what is not an ARN.
fn fields(text: &str) -> Option<Vec<&str>> {
    let mut fields = split(text);
    if fields.first() != Some(&"arn") || fields.len() < 2 {
        return None;
    }
    fields.resize(6, "*");
    Some(fields)
}

fn compare(a: &str, b: &str, test: fn(&str, &str) -> bool) -> bool {
    let (Some(a), Some(b)) = (fields(a), fields(b)) else { return a == b };
    a.iter().zip(&b).enumerate().all(
        |(i, (a, b))| {
            if i < 5 { test(&a.to_ascii_lowercase(), &b.to_ascii_lowercase()) } else { test(a, b) }
        },
    )
}

/// Whether some resource matches both. `*` is everything; policy variables may be anything.
pub fn intersects(a: &str, b: &str) -> bool {
    if a == "*" || b == "*" {
        return true;
    }
    compare(&without_variables(a), &without_variables(b), text_intersects)
}

/// Whether everything that `inner` matches is matched by `outer`. A policy variable in `outer` covers only itself.
pub fn covers(outer: &str, inner: &str) -> bool {
    if outer == "*" || outer == inner {
        return true;
    }
    if inner == "*" || outer.contains("${") {
        return false;
    }
    compare(outer, &without_variables(inner), text_covers)
}

/// Whether a policy's resource may name a resource of a type, given the type's ARN with `*` for what varies: `*` in the type's
/// region or account must be filled, empty fields must be empty. The account is empty for resources that AWS itself owns
/// (`AWS_OWNED`).
pub fn may_be_of_type(type_arn: &str, resource: &str) -> bool {
    if resource == "*" || type_arn == "*" {
        return true;
    }
    let resource = without_variables(resource);
    let (Some(kind), Some(given)) = (fields(type_arn), fields(&resource)) else { return false };
    if is_bucket(&kind) && given.last().is_some_and(|name| name.contains('/')) {
        return false;
    }
    let owned = given.get(SERVICE).is_some_and(|service| AWS_OWNED.contains(service));
    let fields = kind.iter().zip(&given).enumerate();
    fields.into_iter().all(|(i, (kind, given))| {
        if i == ACCOUNT && given.is_empty() && owned {
            return true;
        }
        // A field that varies is never empty, but for the resource itself, which the last pattern decides.
        if i < 5 && kind.contains('*') && given.is_empty() {
            return false;
        }
        text_intersects(kind, given)
    })
}

/// Whether these fields are those of any bucket: its name is the whole last field, and has no `/` (Amazon S3 User Guide, "Bucket naming rules").
fn is_bucket(fields: &[&str]) -> bool {
    matches!(fields, [_, _, "s3", "", "", "*"])
}

/// The ARN of the bucket in which objects are, `arn:aws:s3:::bucket/*`.
pub fn bucket_of(resource: &str) -> Option<&str> {
    let fields = split(resource);
    let [_, _, "s3", "", "", last] = fields.as_slice() else { return None };
    let (bucket, key) = last.split_once('/')?;
    resource.get(..resource.len() - key.len() - 1).filter(|_| !bucket.is_empty())
}

/// Whether a resource is written as ARNs of its type must be: no wildcard stands for the words that make the type
/// (`arn:aws:iam::1:u*` is not allowed, iam-facts 6.4).
pub fn is_strictly_of_type(type_arn: &str, resource: &str) -> bool {
    if !may_be_of_type(type_arn, resource) {
        return false;
    }
    let (Some(kind), Some(given)) = (fields(type_arn), fields(resource)) else { return true };
    let (Some(kind), Some(given)) = (kind.get(5), given.get(5)) else { return true };
    let word: String = kind.chars().take_while(|c| *c != '*').collect();
    word.is_empty() || given.starts_with(&word) || *given == "*"
}

/// Whether a text is the name of a region; wildcards are none, nor are zones (`us-east-1a`).
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let area = parts.first().is_some_and(|p| p.len() >= 2 && p.bytes().all(|b| b.is_ascii_lowercase()));
    let number = parts.last().is_some_and(|p| !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit()));
    let middle = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    area && number && !middle.is_empty() && middle.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Whether the account field of an ARN names AWS itself or its vendors: `arn:aws:ssm:*:aws:document/x`. AWS's table of resource types has the
/// ARNs of customers' accounts alone. IAM's managed policies are known.
pub fn is_of_aws(resource: &str) -> bool {
    let mut fields = resource.split(':');
    let (service, account) = (fields.nth(2), fields.nth(1));
    service != Some("iam") && matches!(account, Some("aws" | "aws-managed" | "amazon" | "aws-marketplace" | "third-party"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_never_crosses_the_first_five_fields() {
        assert!(!intersects("arn:aws:sqs:*:2:q", "arn:aws:sqs:us-east-1:1:q"));
        assert!(intersects("arn:aws:s3:::a*", "arn:*:s3:::*b"));
        assert!(!intersects("arn:aws:iam::aws:policy/fp4-*", "arn:*:iam::????????????:policy/*"));
        assert!(covers("arn:aws:s3:::a*", "arn:aws:s3:::ab/*") && !covers("arn:aws:s3:::ab*", "arn:aws:s3:::a*"));
        assert!(!covers("arn:aws:s3:::a*", "*") && covers("*", "*"));
    }

    #[test]
    fn the_colon_of_a_variable_parts_no_fields() {
        let account = ["arn", "aws", "iam", "", "${aws:PrincipalAccount}", "role/a:b"];
        assert_eq!(split("arn:aws:iam::${aws:PrincipalAccount}:role/a:b"), account);
        assert_eq!(split("arn:aws:s3:::${aws:username}/*").last(), Some(&"${aws:username}/*"));
        assert_eq!((split("a{b:c"), split("${a:b"), split("")), (vec!["a{b", "c"], vec!["${a:b"], vec![""]));
    }

    #[test]
    fn regions_are_names_and_not_patterns() {
        assert!(is_region("us-east-1") && is_region("us-gov-west-1") && is_region("ap-southeast-2"));
        assert!(!is_region("us-east-1f") && !is_region("us-east-*") && !is_region("east") && !is_region(""));
    }
}
