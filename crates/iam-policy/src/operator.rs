//! Condition operators: set prefix, base operator, `IfExists` (iam-facts 5.1, 6.6).

use super::data::{CONDITION_OPERATORS, IF_EXISTS, SET_PREFIXES};

/// A condition operator in its parts, each in IAM's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAnyValue:` or `ForAllValues:`, with the colon.
    pub prefix: Option<&'static str>,
    /// The operator proper, `StringEquals`.
    pub base: &'static str,
    /// Whether `IfExists` follows.
    pub if_exists: bool,
}

impl Operator {
    /// Reads an operator ignoring case: live behaviour for other spellings is uncertain (iam-facts 5.2), so reading accepts any.
    pub fn read(name: &str) -> Option<Self> {
        let prefix = SET_PREFIXES.iter().copied().find(|p| starts_with_ignoring_case(name, p));
        let rest = name.get(prefix.map_or(0, str::len)..)?;
        let known = |text: &str| CONDITION_OPERATORS.iter().copied().find(|o| o.eq_ignore_ascii_case(text));
        if let Some(base) = known(rest) {
            return Some(Self { prefix, base, if_exists: false });
        }
        let cut = rest.len().checked_sub(IF_EXISTS.len())?;
        let (base, suffix) = (rest.get(..cut)?, rest.get(cut..)?);
        if !suffix.eq_ignore_ascii_case(IF_EXISTS) {
            return None;
        }
        known(base).map(|base| Self { prefix, base, if_exists: true })
    }

    /// IAM's own spelling; [`Self::read`] gives the same operator back.
    pub fn name(&self) -> String {
        format!("{}{}{}", self.prefix.unwrap_or_default(), self.base, if self.if_exists { IF_EXISTS } else { "" })
    }

    /// The same operator with the one of two identical operators that stands for both: `ArnEquals` is `ArnLike` (iam-facts 5.7, 12).
    pub fn merged(self) -> Self {
        let base = match self.base {
            "ArnEquals" => "ArnLike",
            "ArnNotEquals" => "ArnNotLike",
            other => other,
        };
        Self { base, ..self }
    }

    /// Whether the case of values means nothing to this operator (iam-facts 5.7, "not equal" list; 6.6).
    pub fn ignores_case(&self) -> bool {
        matches!(self.base, "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" | "Bool")
    }
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_read_in_any_case_and_printed_in_iam_s() {
        let read = |text: &str| Operator::read(text).map(|o| o.name());
        assert_eq!(read("foranyvalue:stringlikeifexists").as_deref(), Some("ForAnyValue:StringLikeIfExists"));
        assert_eq!(read("Null").as_deref(), Some("Null"));
        assert_eq!(read("StringEqual"), None);
        assert_eq!(read("ForAnyValue::StringEquals"), None);
        assert_eq!(read("é"), None);
    }

    #[test]
    fn arn_equals_stands_for_arn_like() {
        assert_eq!(Operator::read("ArnNotEqualsIfExists").map(|o| o.merged().name()).as_deref(), Some("ArnNotLikeIfExists"));
    }
}
