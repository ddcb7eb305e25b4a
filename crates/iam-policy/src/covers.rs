//! Whether one set of policies covers another.

use crate::access::{Grant, Options, PrincipalPolicies, Subject, Verdict, compare};

/// The answer of [`covers`].
#[derive(Clone, Debug, PartialEq)]
pub enum Coverage {
    /// Proven: the wide policies allow every request that the narrow ones allow.
    Covered,
    /// The narrow policies allow more. Each grant has an example request.
    Exceeds(Vec<Grant>),
    /// Neither is proven, for this reason.
    Undecided(String),
}

/// Whether the policies `wide` allow everything that `narrow` allow, for the same principal.
///
/// ```
/// use iam_policy::{Coverage, Document, Options, PrincipalPolicies, Subject, covers};
///
/// let allow = |action: &str| {
///     let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}"#);
///     let document = Document::parse(&text)?;
///     Ok::<_, serde_json::Error>(PrincipalPolicies { identity: vec![("policy".to_owned(), document)], ..PrincipalPolicies::default() })
/// };
/// let (wide, narrow) = (allow("s3:*")?, allow("s3:Get*")?);
/// assert_eq!(covers(&wide, &narrow, &Subject::Anyone, Options::default()), Coverage::Covered);
///
/// let Coverage::Exceeds(grants) = covers(&narrow, &wide, &Subject::Anyone, Options::default()) else { panic!() };
/// assert!(!grants[0].example.action.starts_with("s3:Get"));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn covers(wide: &PrincipalPolicies, narrow: &PrincipalPolicies, subject: &Subject, options: Options) -> Coverage {
    let diff = compare(wide, narrow, subject, options);
    match diff.verdict {
        Verdict::NoNewAccess => Coverage::Covered,
        Verdict::NewAccess => Coverage::Exceeds(diff.gained),
        Verdict::Undecided => Coverage::Undecided(diff.reason.unwrap_or_default()),
    }
}
