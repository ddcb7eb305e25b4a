//! What to take: by address, path and tag; and what is left out unless it is asked for, each with its reason.

use crate::model::{Role, Seen, Tags};
use crate::names::{Address, Name};
use crate::scope::{Owner, glob_matches};

/// What to take.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Patterns of addresses, `role/app-*`; none: every address. Case does not count, as in IAM.
    pub addresses: Vec<String>,
    /// Beginnings of paths, `/team/`; none: every path.
    pub paths: Vec<String>,
    /// Tags, all of which an entity must have.
    pub tags: Vec<TagFilter>,
    /// Take what CloudFormation stacks own.
    pub cloudformation: bool,
    /// Take roles that AWS Organizations, Control Tower and StackSets made.
    pub aws_made: bool,
    /// Take service-linked roles.
    pub service_linked: bool,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFilter {
    /// Its key.
    pub key: String,
    /// Its value, a pattern; `None`: any.
    pub value: Option<String>,
}

/// Names of roles that other AWS services make and look after, beside service-linked ones; who takes them over breaks the service.
const AWS_MADE: &[(&str, &str)] = &[
    ("OrganizationAccountAccessRole", "AWS Organizations"),
    ("AWSControlTowerExecution", "AWS Control Tower"),
    ("aws-controltower-*", "AWS Control Tower"),
    ("stacksets-exec-*", "CloudFormation StackSets"),
    ("AWSReservedSSO_*", "IAM Identity Center"),
    ("AWS-QuickSetup-*", "AWS Systems Manager"),
    ("AWSVAIDPL*", "AWS"),
];

impl Selection {
    /// Whether the user asked for an entity.
    pub(super) fn wants(&self, address: &Address, path: Option<&str>, tags: &Seen<Tags>) -> bool {
        let text = address.to_string().to_lowercase();
        let by_address = self.addresses.is_empty() || self.addresses.iter().any(|p| glob_matches(&p.to_lowercase(), &text));
        let by_path = self.paths.is_empty() || path.is_some_and(|path| self.paths.iter().any(|p| path.starts_with(p.as_str())));
        let tagged = |filter: &TagFilter| {
            let found = tags.value().and_then(|tags| crate::scope::find(address.kind, tags, &filter.key));
            found.is_some_and(|value| filter.value.as_ref().is_none_or(|pattern| glob_matches(pattern, value)))
        };
        by_address && by_path && self.tags.iter().all(tagged)
    }

    /// Why a role is left out that the user did ask for.
    pub(super) fn refuses_role(&self, name: &Name, role: &Role) -> Option<String> {
        if role.path.starts_with("/aws-service-role/") {
            return (!self.service_linked)
                .then(|| "it is service-linked: the service creates and manages it (`--include-service-linked`)".to_owned());
        }
        if role.is_reserved() {
            return Some("it is reserved: IAM Identity Center creates and manages it".to_owned());
        }
        let lower = name.as_str().to_lowercase();
        let maker = AWS_MADE.iter().find(|(pattern, _)| glob_matches(&pattern.to_lowercase(), &lower));
        maker.filter(|_| !self.aws_made).map(|(_, maker)| format!("{maker} made it (`--include-aws-made`)"))
    }

    /// Why an entity of this owner is left out.
    pub(super) fn refuses_owner(&self, owner: &Owner) -> Option<String> {
        match owner {
            Owner::Stack(stack) => Some(format!("the stack `{stack}` owns it")),
            Owner::CloudFormation(stack) if !self.cloudformation => {
                Some(format!("the CloudFormation stack `{stack}` owns it (`--include-cloudformation`)"))
            }
            _ => None,
        }
    }

    /// Whether any filter is set.
    pub(super) fn is_whole(&self) -> bool {
        self.addresses.is_empty() && self.paths.is_empty() && self.tags.is_empty()
    }

    /// Patterns that no address of the account matches.
    pub(super) fn idle(&self, known: &[Address]) -> Vec<String> {
        let known: Vec<String> = known.iter().map(|a| a.to_string().to_lowercase()).collect();
        let matched = |pattern: &String| known.iter().any(|text| glob_matches(&pattern.to_lowercase(), text));
        self.addresses.iter().filter(|p| !matched(p)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::EntityKind;

    #[test]
    fn address_path_and_tag_must_all_agree() {
        let tags = Seen::Value(Tags::from([("Team".to_owned(), "ml".to_owned())]));
        let address = Address::new(EntityKind::Role, "App-1");
        let filter = |text: &str| TagFilter { key: text.into(), value: Some("m*".into()) };
        let selection = Selection {
            addresses: vec!["role/app-*".into()],
            paths: vec!["/a/".into()],
            tags: vec![filter("team")],
            ..Selection::default()
        };
        assert!(selection.wants(&address, Some("/a/b/"), &tags));
        assert!(!selection.wants(&address, Some("/b/"), &tags) && !selection.wants(&address, None, &tags));
        assert!(!selection.wants(&Address::new(EntityKind::Policy, "app-1"), Some("/a/"), &tags));
        assert!(!selection.wants(&address, Some("/a/"), &Seen::Unread));
        assert_eq!(selection.idle(&[address]), Vec::<String>::new());
        assert_eq!(selection.idle(&[]), ["role/app-*"]);
    }
}
