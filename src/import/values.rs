//! Texts of an account as a spec writes them: account id, partition and region become variables where they read back as exactly
//! the same text, and what looks like a variable of ours and is none is escaped.

use std::collections::BTreeMap;

use crate::model::AccountIdentity;
use crate::names::Arn;
use crate::policy::Document;
use crate::spec::vars::{Scope, Vars, literal};

use super::Yaml;
use super::cloudformation::ANY_REGION;

/// What stands for what.
pub(super) struct Values {
    built_in: BTreeMap<&'static str, String>,
    vars: Vars,
    account: String,
    partition: String,
    region: Option<String>,
    /// Whether account id and region become variables in names too.
    everywhere: bool,
    /// Whether the region stands for any, so that each place where it stands means the region of the account.
    any_region: bool,
}

impl Values {
    /// `region` only where the project says it: a region that merely stands in an ARN is no reason for a variable.
    pub(super) fn new(account: &AccountIdentity, region: Option<&str>) -> Self {
        let mut built_in = BTreeMap::from([("account_id", account.id.to_string()), ("partition", account.partition.clone())]);
        if let Some(region) = region {
            built_in.insert("region", region.to_owned());
        }
        Self {
            built_in,
            vars: Vars::new(),
            account: account.id.to_string(),
            partition: account.partition.clone(),
            region: region.map(str::to_owned),
            everywhere: false,
            any_region: region == Some(ANY_REGION),
        }
    }

    /// The same for what came of another tool's files: in every text, whatever stands for the account is a variable.
    pub(super) fn everywhere(mut self) -> Self {
        self.everywhere = true;
        self
    }

    /// A text that is not part of a policy: escaped, and nothing more unless it came of a template.
    pub(super) fn plain(&self, text: &str) -> Yaml {
        Yaml::Text(self.name(text))
    }

    /// The same for keys.
    pub(super) fn name(&self, text: &str) -> String {
        if self.everywhere { self.text(text) } else { literal(text) }
    }

    /// A text of a policy.
    pub(super) fn text(&self, text: &str) -> String {
        let candidate = self.with_variables(text);
        match candidate {
            // Beside IAM's own variables a new one may read as part of them; then the text stays as it is.
            Some(candidate) if self.reads_as(&candidate, text) => candidate,
            _ => literal(text),
        }
    }

    /// A policy document in its author's order and spelling.
    pub(super) fn document(&self, document: &Document) -> Yaml {
        Yaml::from_json(document.value(), &|text| self.text(text))
    }

    fn reads_as(&self, candidate: &str, text: &str) -> bool {
        self.read(candidate).is_some_and(|read| read == text)
    }

    /// What a text of a spec means in this account, if these variables are all that it needs.
    pub(super) fn read(&self, text: &str) -> Option<String> {
        Scope::new(&self.built_in, &self.vars).text(text).ok()
    }

    fn with_variables(&self, text: &str) -> Option<String> {
        if !text.starts_with("arn:") {
            let replaced = self.own(&literal(text));
            return (replaced != text).then_some(replaced);
        }
        let arn = Arn::parse(text)?;
        let partition = if arn.partition == self.partition { "${partition}".to_owned() } else { literal(&arn.partition) };
        let region = match &self.region {
            // In another account's ARN the region may be that account's own.
            Some(region)
                if *region == arn.region && (self.any_region || arn.account.is_empty() || arn.account == self.account) =>
            {
                "${region}".to_owned()
            }
            _ => literal(&arn.region),
        };
        let account = if arn.account == self.account { "${account_id}".to_owned() } else { literal(&arn.account) };
        let resource = self.own(&literal(&arn.resource));
        Some(format!("arn:{partition}:{}:{region}:{account}:{resource}", literal(&arn.service)))
    }

    fn own(&self, text: &str) -> String {
        let text = self.account_ids(text);
        match &self.region {
            Some(region) if self.any_region => text.replace(region.as_str(), "${region}"),
            _ => text,
        }
    }

    /// The account's id wherever it stands by itself, as in the names of buckets.
    fn account_ids(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&self.account) {
            let (before, from) = rest.split_at(at);
            let after = from.get(self.account.len()..).unwrap_or_default();
            let word = |c: char| c.is_ascii_alphanumeric();
            let stands_alone = !before.ends_with(word) && !after.starts_with(word) && !before.ends_with('$');
            out.push_str(before);
            out.push_str(if stands_alone { "${account_id}" } else { &self.account });
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::AccountId;

    #[test]
    fn variables_stand_where_they_read_back_as_the_same() {
        let account = AccountIdentity { id: AccountId::parse("111111111111").unwrap(), partition: "aws".into() };
        let values = Values::new(&account, Some("eu-west-1"));
        for (text, expected) in [
            ("arn:aws:s3:::b/*", "arn:${partition}:s3:::b/*"),
            ("arn:aws:sns:eu-west-1:111111111111:t", "arn:${partition}:sns:${region}:${account_id}:t"),
            ("arn:aws:sns:eu-west-1:222222222222:t", "arn:${partition}:sns:eu-west-1:222222222222:t"),
            (
                "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A",
                "arn:${partition}:iam::${account_id}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A",
            ),
            ("eu-west-1", "eu-west-1"),
            ("arn:aws:sns:us-east-1:222222222222:t", "arn:${partition}:sns:us-east-1:222222222222:t"),
            ("arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b"),
            ("arn:aws:s3:::logs-111111111111-x", "arn:${partition}:s3:::logs-${account_id}-x"),
            ("arn:aws:s3:::b/${aws:PrincipalTag/111111111111}", "arn:aws:s3:::b/${aws:PrincipalTag/111111111111}"),
            ("111111111111", "${account_id}"),
            ("1111111111112", "1111111111112"),
            ("${account_id}", "$${account_id}"),
            ("${aws:username}", "${aws:username}"),
            ("s3:*", "s3:*"),
        ] {
            assert_eq!(values.text(text), expected);
            assert!(values.reads_as(&values.text(text), text), "{text}");
        }
        assert_eq!(
            Values::new(&account, None).text("arn:aws:sns:eu-west-1:111111111111:t"),
            "arn:${partition}:sns:eu-west-1:${account_id}:t"
        );
    }
}
