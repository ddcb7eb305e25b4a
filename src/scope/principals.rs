//! A principal as the project file names it: an address, an ARN, or a pattern of either.

use std::fmt;

use crate::names::{AccountId, Arn};
use crate::policy::pattern::matches;

/// Roles and users by address (`role/NAME`, whatever its path) or by ARN. `*` and `?` are wildcards; `${account_id}` and `${partition}` are the
/// account's own. Letter case does not count, as in IAM's names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PrincipalPattern(String);

impl PrincipalPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let shown = text.escape_debug();
        let forms = "write `role/NAME`, `user/NAME`, or an ARN such as `arn:aws:iam::*:role/NAME`; `*` and `?` are wildcards";
        let wrong = |why: &str, help: &str| Err((format!("`{shown}` {why}"), help.to_owned()));
        // Variables stand for what a name may hold.
        let plain = text.replace("${account_id}", "000000000000").replace("${partition}", "aws");
        if plain.contains(['$', '{', '}']) {
            return wrong(
                "holds a variable that has no value here",
                "use `${account_id}`, `${partition}`, `${account}`, `${stack}` or `${var.NAME}`",
            );
        }
        if plain.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return wrong("is not the name of a principal", forms);
        }
        if plain.starts_with("arn:") {
            let resource = Arn::parse(&plain).filter(|arn| arn.service == "iam").map(|arn| arn.resource);
            return match resource.as_deref().and_then(|resource| resource.split_once('/')) {
                Some(("role" | "user", name)) if !name.is_empty() => Ok(Self(text.to_owned())),
                _ => wrong(
                    "is not the ARN of a role or user",
                    "write it as in `arn:aws:iam::111111111111:role/Admin`; sessions count as their role",
                ),
            };
        }
        match plain.split_once('/') {
            Some(("role" | "user", name)) if !name.is_empty() && !name.contains('/') => Ok(Self(text.to_owned())),
            Some(("role" | "user", name)) if !name.is_empty() => {
                wrong("has a path, and addresses have none", "write the name alone, as in `role/NAME`: it holds for every path")
            }
            _ if plain == "*" => wrong("does not say which kind of principal", "write `role/*` or `user/*`"),
            _ => wrong(
                "does not say whether it is a role or a user",
                &format!("write `role/{shown}` or `user/{shown}`, or a full ARN"),
            ),
        }
    }

    /// Whether this names the role or user of an ARN, in the account that is looked at.
    pub fn matches(&self, arn: &str, account: &AccountId, partition: &str) -> bool {
        let pattern = self.0.replace("${account_id}", account.as_str()).replace("${partition}", partition).to_lowercase();
        let arn = arn.to_lowercase();
        let Some(parsed) = Arn::parse(&arn).filter(|arn| arn.service == "iam") else { return false };
        let Some((kind, _)) = parsed.resource.split_once('/') else { return false };
        let without_path = format!("{kind}/{}", parsed.last_segment());
        if !pattern.starts_with("arn:") {
            return matches(&pattern, &without_path);
        }
        // A name is taken once in an account: an ARN without the path means this principal too.
        let short = format!("arn:{}:iam::{}:{without_path}", parsed.partition, parsed.account);
        matches(&pattern, &arn) || matches(&pattern, &short)
    }
}

impl fmt::Display for PrincipalPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_names_the_principal_and_no_other() {
        let account = AccountId::parse("111111111111").unwrap();
        let names = |text: &str, arn: &str| PrincipalPattern::parse(text).unwrap().matches(arn, &account, "aws");
        let role = "arn:aws:iam::111111111111:role/ops/break-glass";
        for form in [
            "role/break-glass",
            "role/Break-Glass",
            "role/break-*",
            "role/*",
            "arn:aws:iam::111111111111:role/ops/break-glass",
            "arn:aws:iam::111111111111:role/break-glass",
            "arn:aws:iam::*:role/break-glass",
            "arn:*:iam::*:role/*",
            "arn:${partition}:iam::${account_id}:role/ops/*",
        ] {
            assert!(names(form, role), "{form}");
        }
        for form in
            ["user/break-glass", "role/break", "arn:aws:iam::222222222222:role/*", "arn:aws:iam::*:role/other/break-glass"]
        {
            assert!(!names(form, role), "{form}");
        }
        assert!(names("user/ann", "arn:aws:iam::111111111111:user/people/ann"));
    }

    #[test]
    fn what_names_nobody_for_certain_is_refused() {
        for text in [
            "*",
            "break-glass",
            "",
            "role/",
            "role/ops/x",
            "group/x",
            "policy/x",
            "arn:aws:iam::111111111111:root",
            "${region}",
            "arn:aws:sts::111111111111:assumed-role/x/y",
            "arn:aws:iam::1:policy/x",
            "role/a b",
            "arn:aws",
            "Role/x",
        ] {
            let (message, help) = PrincipalPattern::parse(text).expect_err(text);
            assert!(!message.is_empty() && help.contains('`'), "{text}");
        }
    }
}
