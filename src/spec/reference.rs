//! Policy references (contract 3): `Name`, `aws/Name`, `aws/path/Name`, or an ARN.

use std::collections::BTreeMap;

use super::mistakes;
use crate::diag::{Finding, Severity, nearest};
use crate::model::PolicyRef;
use crate::names::{AccountId, Arn, EntityKind, Name, check_name};

/// What is known of AWS managed policies. Names are as in the ARN after `policy/`: `ReadOnlyAccess`, `service-role/AWSBatchServiceRole`.
pub trait AwsPolicies {
    /// Whether the policy exists, `path/Name`.
    fn arn_exists(&self, name: &str) -> bool;

    /// Every known name.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;

    /// The likeliest known name: the same name elsewhere, else the nearest spelling.
    fn nearest(&self, name: &str) -> Option<String> {
        let last = name.rsplit('/').next().unwrap_or(name);
        let tail = |n: &str| n.rsplit('/').next().unwrap_or_default().to_owned();
        let same = self.names().find(|n| tail(n).eq_ignore_ascii_case(last)).map(str::to_owned);
        same.or_else(|| nearest(name, self.names()).map(str::to_owned))
    }
}

/// No AWS managed policy at all is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAwsPolicies;

impl AwsPolicies for NoAwsPolicies {
    fn arn_exists(&self, _: &str) -> bool {
        false
    }
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(std::iter::empty())
    }
}

/// What to do about an AWS managed policy that [`AwsPolicies`] does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownAws {
    /// It cannot exist: embedded accounts.
    Error,
    /// IAM is asked: its ARN is added to [`super::Resolved::ask_aws`].
    Ask,
    /// Nobody can be asked: offline.
    Warn,
}

/// What a reference became.
#[derive(Clone, Debug, PartialEq)]
pub struct Referred {
    /// The policy.
    pub policy: PolicyRef,
    /// ARN to ask IAM about.
    pub ask: Option<String>,
    /// A doubt.
    pub warning: Option<Finding>,
}

/// What references are read against.
#[derive(Clone, Copy)]
pub struct References<'a> {
    /// Declared policies with their paths; `None` for one that the spec declares for other accounts only.
    pub declared: &'a BTreeMap<Name, Option<String>>,
    /// The account's partition.
    pub partition: &'a str,
    /// The account.
    pub account: &'a AccountId,
    /// AWS managed policies.
    pub aws: &'a dyn AwsPolicies,
    /// What to do about an unknown one.
    pub unknown_aws: UnknownAws,
    /// Whether to look for the likeliest when a reference is unknown.
    pub suggest: bool,
}

impl References<'_> {
    /// Reads one reference.
    pub fn read(&self, text: &str) -> Result<Referred, Finding> {
        let plain = |policy| Referred { policy, ask: None, warning: None };
        if text.starts_with("arn:") {
            return self.arn(text);
        }
        if let Some(name) = text.strip_prefix("aws/") {
            return self.aws_managed(name);
        }
        if check_name(EntityKind::Policy, text).is_err() {
            let aws = || text.strip_prefix("aws:policy/").and_then(|name| self.likeliest(name));
            let meant = mistakes::policy_reference(text).or_else(aws);
            return Err(bad(text, meant.as_deref().unwrap_or("write the name of a declared policy, `aws/Name`, or a full ARN")));
        }
        match self.declared.get_key_value(&Name::new(text)) {
            Some((name, Some(_))) => Ok(plain(PolicyRef::Declared(name.clone()))),
            Some((_, None)) => {
                Err(Finding::error("unknown-reference", format!("policy `{text}` is not declared for this account"))
                    .help("widen its `accounts:`, or narrow those of what refers to it"))
            }
            None => Err(self.unknown(text)),
        }
    }

    fn arn(&self, text: &str) -> Result<Referred, Finding> {
        let text = in_partition(text, self.partition);
        let meant = mistakes::policy_reference(&text);
        let help = meant.as_deref().unwrap_or("an ARN of a policy is `arn:PARTITION:iam::ACCOUNT:policy/NAME`");
        let arn = Arn::parse(&text).ok_or_else(|| bad(&text, help))?;
        let (word, path, name) = arn.iam_resource().ok_or_else(|| bad(&text, help))?;
        if arn.service != "iam" || word != "policy" || name.is_empty() {
            return Err(bad(&text, help));
        }
        if !arn.region.is_empty() {
            let right = match arn.account.as_str() {
                "aws" => format!("aws/{}", arn.resource.strip_prefix("policy/").unwrap_or_default()),
                account => format!("arn:{}:iam::{account}:{}", arn.partition, arn.resource),
            };
            return Err(bad(&text, &format!("an ARN of IAM has no region: write `{}`", right.escape_debug())));
        }
        if arn.partition != self.partition {
            return Err(bad(&text, &format!("the account is in partition `{}`; write `${{partition}}`", self.partition)));
        }
        if arn.account == "aws" {
            return self.aws_managed(arn.resource.strip_prefix("policy/").unwrap_or_default());
        }
        if arn.account_id().is_none() {
            return Err(bad(&text, "an account id has twelve digits"));
        }
        let policy = match self.declared.get_key_value(&Name::new(name)) {
            // The ARN of a declared policy is the same as its name.
            Some((declared, Some(at))) if arn.account == self.account.as_str() && at == path => {
                PolicyRef::Declared(declared.clone())
            }
            _ => PolicyRef::Arn(text),
        };
        Ok(Referred { policy, ask: None, warning: None })
    }

    fn aws_managed(&self, name: &str) -> Result<Referred, Finding> {
        if name.split('/').any(str::is_empty) {
            let help =
                self.likeliest(name).unwrap_or_else(|| "write `aws/Name`, or `aws/path/Name` as in the policy's ARN".to_owned());
            return Err(bad(&format!("arn:{}:iam::aws:policy/{name}", self.partition), &help));
        }
        let arn = format!("arn:{}:iam::aws:policy/{name}", self.partition);
        let referred = Referred { policy: PolicyRef::Arn(arn.clone()), ask: None, warning: None };
        if self.aws.arn_exists(name) {
            return Ok(referred);
        }
        if let Some(gone) = crate::aws_policies::withdrawal(name) {
            return self.withdrawn(&gone, referred, arn);
        }
        let message = format!("unknown AWS managed policy `{}`", name.escape_debug());
        let help = match self.suggest.then(|| self.aws.nearest(name)).flatten() {
            Some(near) => format!("did you mean `aws/{near}`?"),
            None => "check its name and path in the AWS console, or with `aws iam list-policies --scope AWS`".to_owned(),
        };
        match self.unknown_aws {
            UnknownAws::Error => Err(Finding::error("unknown-aws-policy", message).help(help)),
            UnknownAws::Ask => Ok(Referred { ask: Some(arn), ..referred }),
            UnknownAws::Warn => {
                let warning = Finding::warning("unknown-aws-policy", message).help(help);
                Ok(Referred { warning: Some(warning), ..referred })
            }
        }
    }

    /// The AWS managed policy that is meant by a name with a slash too many, in words.
    fn likeliest(&self, name: &str) -> Option<String> {
        let segments: Vec<&str> = name.split('/').filter(|segment| !segment.is_empty()).collect();
        let plain = segments.join("/");
        let known = self.aws.arn_exists(&plain).then(|| plain.clone()).or_else(|| self.aws.nearest(&plain));
        known.filter(|_| self.suggest).map(|near| format!("did you mean `aws/{near}`?"))
    }

    /// AWS still has it where it is attached, so an account of AWS is asked, and the finding is a warning until it answers.
    fn withdrawn(&self, gone: &crate::aws_policies::Withdrawal, referred: Referred, arn: String) -> Result<Referred, Finding> {
        let finding = |severity| Finding { severity, ..Finding::error("withdrawn-aws-policy", gone.message()) }.help(gone.help());
        match self.unknown_aws {
            UnknownAws::Error => Err(finding(Severity::Error)),
            UnknownAws::Ask => Ok(Referred { ask: Some(arn), warning: Some(finding(Severity::Warning)), ..referred }),
            UnknownAws::Warn => Ok(Referred { warning: Some(finding(Severity::Warning)), ..referred }),
        }
    }

    fn unknown(&self, text: &str) -> Finding {
        let problem = Finding::error("unknown-reference", format!("no spec declares a policy `{text}`"));
        if !self.suggest {
            return problem.help("declare it under `policies:`, or write `aws/Name` for an AWS managed policy, or a full ARN");
        }
        let exact = self.aws.names().find(|n| n.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(text)));
        let near = exact.map(|n| format!("aws/{n}")).or_else(|| {
            let declared = self.declared.iter().filter(|(_, path)| path.is_some()).map(|(name, _)| name.as_str());
            nearest(text, declared).map(str::to_owned).or_else(|| self.aws.nearest(text).map(|n| format!("aws/{n}")))
        });
        problem.help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare it under `policies:`, or write `aws/Name` for an AWS managed policy, or a full ARN".to_owned(),
        })
    }
}

fn bad(text: &str, help: &str) -> Finding {
    Finding::error("bad-reference", format!("`{}` is not a policy reference", text.escape_debug())).help(help)
}

/// A literal `arn:aws:` in the account's partition.
pub fn in_partition(text: &str, partition: &str) -> String {
    match text.strip_prefix("arn:aws:") {
        Some(rest) if partition != "aws" => format!("arn:{partition}:{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known(Vec<&'static str>);
    impl AwsPolicies for Known {
        fn arn_exists(&self, name: &str) -> bool {
            self.0.contains(&name)
        }
        fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
            Box::new(self.0.iter().copied())
        }
    }

    fn read(text: &str, unknown_aws: UnknownAws) -> Result<Referred, String> {
        let known = Known(vec!["ReadOnlyAccess", "service-role/AWSBatchServiceRole"]);
        let declared = [
            (Name::new("BasicS3Policy"), Some("/".to_owned())),
            (Name::new("ml"), Some("/ml/".to_owned())),
            (Name::new("prod"), None),
        ]
        .into();
        let account = AccountId::zero();
        let refs =
            References { declared: &declared, partition: "aws", account: &account, aws: &known, unknown_aws, suggest: true };
        refs.read(text).map_err(|d| format!("{} / {}", d.message, d.help.unwrap_or_default()))
    }

    #[test]
    fn names_aws_names_and_arns_are_read() {
        let policy = |text| read(text, UnknownAws::Error).unwrap().policy;
        assert_eq!(policy("basics3policy"), PolicyRef::Declared("BasicS3Policy".into()));
        assert_eq!(policy("aws/ReadOnlyAccess"), PolicyRef::Arn("arn:aws:iam::aws:policy/ReadOnlyAccess".into()));
        assert_eq!(policy("arn:aws:iam::000000000000:policy/ml/ml"), PolicyRef::Declared("ml".into()));
        let other = "arn:aws:iam::000000000000:policy/other/ml";
        assert_eq!(policy(other), PolicyRef::Arn(other.into()));
    }

    #[test]
    fn an_unknown_reference_names_the_likeliest() {
        let error = |text| read(text, UnknownAws::Error).unwrap_err();
        assert_eq!(error("BasicS3Polic"), "no spec declares a policy `BasicS3Polic` / did you mean `BasicS3Policy`?");
        assert!(error("AWSBatchServiceRole").ends_with("did you mean `aws/service-role/AWSBatchServiceRole`?"));
        assert!(error("aws/AWSBatchServiceRole").ends_with("did you mean `aws/service-role/AWSBatchServiceRole`?"));
        assert!(error("prod").contains("not declared for this account"));
        assert!(error("arn:aws:iam::1:role/x").contains("is not a policy reference"));
        assert!(error("a/b").contains("is not a policy reference"));
        for text in [
            "arn:aws:iam::aws:policy//ReadOnlyAccess",
            "aws//ReadOnlyAccess",
            "aws/ReadOnlyAccess/",
            "aws:policy//ReadOnlyAccess",
        ] {
            assert!(error(text).ends_with("did you mean `aws/ReadOnlyAccess`?"), "{text}: {}", error(text));
        }
    }

    #[test]
    fn an_unknown_aws_policy_is_asked_about_or_doubted() {
        assert_eq!(read("aws/New", UnknownAws::Ask).unwrap().ask.as_deref(), Some("arn:aws:iam::aws:policy/New"));
        assert!(read("aws/New", UnknownAws::Warn).unwrap().warning.is_some());
    }

    #[test]
    fn an_arn_with_a_region_is_none_of_a_policy() {
        let error = |text| read(text, UnknownAws::Ask).unwrap_err();
        assert!(error("arn:aws:iam:us-east-1:aws:policy/ReadOnlyAccess").ends_with("has no region: write `aws/ReadOnlyAccess`"));
        assert!(error("arn:aws:iam:us-east-1:111111111111:policy/a/b").ends_with("write `arn:aws:iam::111111111111:policy/a/b`"));
    }

    #[test]
    fn a_literal_arn_follows_the_partition() {
        assert_eq!(in_partition("arn:aws:s3:::x", "aws-cn"), "arn:aws-cn:s3:::x");
        assert_eq!(in_partition("arn:aws-us-gov:s3:::x", "aws-cn"), "arn:aws-us-gov:s3:::x");
    }
}
