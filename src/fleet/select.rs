//! How a selection chooses accounts: `--select`, `accounts:` of entities, `accounts:` of groups.

use std::fmt;
use std::str::FromStr;

use super::roster::{Member, Roster, ancestors};
use crate::diag::{Finding, did_you_mean};
use crate::scope::glob_matches;

/// The words before a colon.
const KINDS: [&str; 3] = ["group", "ou", "tag"];

/// One word of a selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Whether it takes accounts out (`!`).
    pub excludes: bool,
    what: What,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Every account.
    All,
    /// Names, by a pattern; an id.
    Name(String),
    /// The accounts of a group.
    Group(String),
    /// The accounts of an organisational unit and of those below it.
    Unit(String),
    /// The accounts that have a tag, of a value where one is given.
    Tag(String, Option<String>),
}

impl FromStr for Selector {
    type Err = Finding;

    fn from_str(text: &str) -> Result<Self, Finding> {
        let bad = |message: String, help: &str| Err(Finding::error("bad-selector", message).help(help));
        let shown = text.escape_debug();
        let (excludes, word) = text.strip_prefix('!').map_or((false, text), |word| (true, word));
        if word.is_empty() || word.starts_with('!') || word.trim() != word {
            return bad(format!("`{shown}` selects nothing"), "write a name, `group:NAME`, `ou:/PATH`, `tag:KEY=VALUE` or `all`");
        }
        let what = match word.split_once(':') {
            None if word == "all" => What::All,
            None => What::Name(word.to_owned()),
            Some((_, "")) => return bad(format!("nothing follows the colon of `{shown}`"), "write a name or a path there"),
            Some(("group", name)) => What::Group(name.to_owned()),
            Some(("ou", path)) if path.starts_with('/') && !path.contains("//") => {
                let path = path.trim_end_matches('/');
                What::Unit(if path.is_empty() { "/".to_owned() } else { path.to_owned() })
            }
            Some(("ou", path)) => {
                let help = format!("write `ou:/{}`", path.trim_matches('/').escape_debug());
                return bad(format!("`{shown}`: a path of organisational units begins with `/`"), &help);
            }
            Some(("tag", tag)) => match tag.split_once('=') {
                Some(("", _)) => return bad(format!("`{shown}` names no tag"), "write `tag:KEY` or `tag:KEY=VALUE`"),
                Some((key, value)) => What::Tag(key.to_owned(), Some(value.to_owned())),
                None => What::Tag(tag.to_owned(), None),
            },
            Some((kind, _)) => {
                let known = || "write a name, `group:NAME`, `ou:/PATH` or `tag:KEY=VALUE`".to_owned();
                let help = did_you_mean(kind, KINDS).unwrap_or_else(known);
                return bad(format!("`{shown}`: accounts are not selected by `{}`", kind.escape_debug()), &help);
            }
        };
        Ok(Self { excludes, what, text: text.to_owned() })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selector {
    /// Whether it speaks of an account, to take it in or out.
    pub fn matches(&self, member: &Member) -> bool {
        match &self.what {
            What::All => true,
            What::Name(pattern) => {
                glob_matches(pattern, &member.name) || member.id.as_ref().is_some_and(|id| id.as_str() == pattern)
            }
            What::Group(name) => member.groups.iter().any(|group| glob_matches(name, group)),
            What::Unit(path) => {
                member.ou.as_deref().is_some_and(|ou| ancestors(ou).any(|unit| unit == path || glob_matches(path, unit)))
            }
            What::Tag(key, value) => member
                .tags
                .get(key)
                .is_some_and(|tag| value.as_ref().is_none_or(|value| value == tag || glob_matches(value, tag))),
        }
    }

    /// Whether it names a group.
    pub fn is_group(&self) -> bool {
        matches!(self.what, What::Group(_))
    }

    /// What is wrong with it where these are the accounts. A group that no project file declares is an error; what may be right and fits
    /// nothing today is a warning.
    pub fn fault(&self, roster: &Roster) -> Option<Finding> {
        let is_pattern = |text: &str| text.contains(['*', '?']);
        let listed = |names: Vec<&str>, what: &str| {
            let shown: Vec<String> = names.iter().take(10).map(|name| format!("`{name}`")).collect();
            let more = names.len().saturating_sub(shown.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            match shown.is_empty() {
                true => format!("the project has no {what}"),
                false => format!("the {what} are {}{more}", shown.join(", ")),
            }
        };
        let near = |word: &str, names: Vec<&str>, what: &str| {
            did_you_mean(word, names.iter().copied()).unwrap_or_else(|| listed(names, what))
        };
        if let What::Group(name) = &self.what
            && !roster.groups().iter().any(|group| glob_matches(name, group))
        {
            let help = near(name, roster.groups().iter().map(String::as_str).collect(), "groups");
            return Some(Finding::error("unknown-group", format!("no group is called `{}`", name.escape_debug())).help(help));
        }
        if self.excludes || roster.all().iter().any(|member| self.matches(member)) {
            return None;
        }
        let nowhere = |message: String, help: String| Some(Finding::warning("unknown-account", message).help(help));
        match &self.what {
            What::All | What::Group(_) => None,
            What::Name(name) => {
                let fits = if is_pattern(name) { "fits" } else { "is called" };
                let message = format!("no account {fits} `{}`", name.escape_debug());
                nowhere(message, near(name, roster.names().collect(), "accounts"))
            }
            What::Unit(path) if roster.units().contains(path) => None,
            What::Unit(path) => {
                let message = format!("no account is in the organisational unit `{}`", path.escape_debug());
                nowhere(message, near(path, roster.units().iter().map(String::as_str).collect(), "organisational units"))
            }
            What::Tag(..) => {
                let message = format!("no account has the tag of `{}`", self.text.escape_debug());
                nowhere(message, "tags of accounts are those in the accounts file, or under `tags:` of an account".to_owned())
            }
        }
    }
}

/// A list of selectors. The last one that speaks of an account decides; a list that begins with `!` begins with all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSelection(pub Vec<Selector>);

impl AccountSelection {
    /// Reads a list of words.
    ///
    /// # Errors
    /// The first word that is not a selector.
    pub fn parse<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Self, Finding> {
        words.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether it chooses an account.
    pub fn holds(&self, member: &Member) -> bool {
        let last = self.0.iter().rev().find(|selector| selector.matches(member));
        match last {
            Some(selector) => !selector.excludes,
            None => self.0.first().is_some_and(|first| first.excludes),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn member(name: &str, ou: &str, groups: &[&str], tags: &[(&str, &str)]) -> Member {
        Member {
            ou: Some(ou.to_owned()),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
            tags: tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
            ..Member::named(name)
        }
    }

    fn roster() -> Roster {
        let members = vec![
            member("hub", "/", &[], &[("team", "core")]),
            member("prod-1", "/Workloads/Prod", &["prod"], &[("team", "a")]),
            member("prod-2", "/Workloads/Prod/EU", &["prod", "canary"], &[]),
            member("dev-1", "/Workloads/Dev", &[], &[("team", "")]),
        ];
        let groups = ["prod", "canary", "empty"].map(str::to_owned).into();
        Roster::new(members, groups, BTreeSet::from(["/Sandbox".to_owned()]))
    }

    fn chosen(words: &[&str]) -> String {
        let selection = AccountSelection::parse(words.iter().copied()).unwrap();
        let roster = roster();
        roster.all().iter().filter(|m| selection.holds(m)).map(|m| m.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_last_selector_that_speaks_of_an_account_decides() {
        for (words, expected) in [
            (&["all"][..], "dev-1 hub prod-1 prod-2"),
            (&["prod-*"], "prod-1 prod-2"),
            (&["prod-*", "!prod-2"], "prod-1"),
            (&["!prod-2", "prod-*"], "dev-1 hub prod-1 prod-2"),
            (&["!group:prod"], "dev-1 hub"),
            (&["group:prod", "!group:canary", "hub"], "hub prod-1"),
            (&["ou:/Workloads"], "dev-1 prod-1 prod-2"),
            (&["ou:/Workloads/Prod/"], "prod-1 prod-2"),
            (&["ou:/Work"], ""),
            (&["ou:/"], "dev-1 hub prod-1 prod-2"),
            (&["ou:/*/Dev"], "dev-1"),
            (&["tag:team"], "dev-1 hub prod-1"),
            (&["tag:team=a"], "prod-1"),
            (&["tag:team="], "dev-1"),
            (&["empty"], ""),
            (&[], ""),
        ] {
            assert_eq!(chosen(words), expected, "{words:?}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused_with_the_next_move() {
        for (word, message, help) in [
            ("", "`` selects nothing", "write a name, `group:NAME`, `ou:/PATH`, `tag:KEY=VALUE` or `all`"),
            ("!!x", "`!!x` selects nothing", "write a name, `group:NAME`, `ou:/PATH`, `tag:KEY=VALUE` or `all`"),
            ("ou:Prod", "`ou:Prod`: a path of organisational units begins with `/`", "write `ou:/Prod`"),
            ("groups:x", "`groups:x`: accounts are not selected by `groups`", "did you mean `group`?"),
            ("tag:=x", "`tag:=x` names no tag", "write `tag:KEY` or `tag:KEY=VALUE`"),
            ("group:", "nothing follows the colon of `group:`", "write a name or a path there"),
        ] {
            let problem = word.parse::<Selector>().unwrap_err();
            assert_eq!((problem.message.as_str(), problem.help.as_deref()), (message, Some(help)), "{word}");
        }
    }

    #[test]
    fn what_fits_no_account_is_told() {
        let fault = |word: &str| word.parse::<Selector>().unwrap().fault(&roster()).map(|f| (f.code, f.help.unwrap()));
        let of = |code: &str, help: &str| Some((code.to_owned(), help.to_owned()));
        assert_eq!(fault("group:prdo"), of("unknown-group", "did you mean `prod`?"));
        assert_eq!(fault("!group:prdo"), of("unknown-group", "did you mean `prod`?"));
        assert_eq!(fault("prod-3"), of("unknown-account", "did you mean `prod-1`?"));
        assert_eq!(fault("ou:/Workloads/Prd"), of("unknown-account", "did you mean `/Workloads/Prod`?"));
        for word in ["group:empty", "ou:/Sandbox", "!nobody", "all", "prod-?"] {
            assert_eq!(fault(word), None, "{word}");
        }
    }
}
