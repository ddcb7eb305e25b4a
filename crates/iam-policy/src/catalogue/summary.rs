//! Many actions in few words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{AccessLevel, Action, expand, services};

/// How many names a line shows.
const SHOWN: usize = 3;

/// The actions of one service and one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryLine {
    /// The service's prefix.
    pub service: &'static str,
    /// The level; `None` where the line stands for every action of the service.
    pub level: Option<AccessLevel>,
    /// The actions, by name.
    pub actions: Vec<Action>,
    /// How many actions of the service have the level.
    pub of: usize,
}

impl SummaryLine {
    /// Whether it stands for all there are.
    pub fn is_all(&self) -> bool {
        self.actions.len() == self.of
    }

    /// Those that hand out credentials.
    pub fn giving_credentials(&self) -> impl Iterator<Item = Action> {
        self.actions.iter().copied().filter(|a| a.gives_credentials())
    }
}

/// `3 write actions of s3 (PutObject, …)`.
impl fmt::Display for SummaryLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.actions.len();
        let all = if self.is_all() && count > 1 { "all " } else { "" };
        let noun = if count == 1 { "action" } else { "actions" };
        match self.level {
            Some(level) => write!(f, "{all}{count} {level} {noun} of {}", self.service)?,
            None => return write!(f, "{all}{count} {noun} of {}", self.service),
        }
        // What hands out credentials is what a reader should see first.
        let mut names: Vec<&str> = self.actions.iter().map(|a| a.name()).collect();
        names.sort_by_key(|name| !super::gives_credentials(&format!("{}:{name}", self.service)));
        let more = if names.len() > SHOWN { ", …" } else { "" };
        names.truncate(SHOWN);
        write!(f, " ({}{more})", names.join(", "))
    }
}

/// What a list of `Action` patterns amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether it is every known action of every service.
    pub everything: bool,
    /// By service, then the gravest level first. Where every action of a service is there, it has one line.
    pub lines: Vec<SummaryLine>,
    /// Patterns that stand for no known action, as written.
    pub unknown: Vec<String>,
}

/// `1 permissions management action of s3 (PutBucketPolicy), 2 write actions of s3 (…)`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines.iter().map(SummaryLine::to_string);
        let everything = self.everything.then(|| "every action of every service".to_owned());
        let parts: Vec<String> = match everything {
            Some(everything) => std::iter::once(everything).chain(self.unknown.iter().cloned()).collect(),
            None => lines.chain(self.unknown.iter().cloned()).collect(),
        };
        f.write_str(&parts.join(", "))
    }
}

/// Counts what `Action` patterns stand for. A pattern that no known action matches is told as it is written.
pub fn summarize<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Summary {
    let mut found = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    for pattern in patterns {
        let actions = expand(pattern);
        if actions.is_empty() {
            unknown.insert(pattern.to_owned());
        }
        found.extend(actions);
    }
    Summary { unknown: unknown.into_iter().collect(), ..summarize_actions(found) }
}

/// Counts actions.
pub fn summarize_actions(actions: impl IntoIterator<Item = Action>) -> Summary {
    let found: BTreeSet<Action> = actions.into_iter().collect();
    let mut by_service: BTreeMap<_, Vec<Action>> = BTreeMap::new();
    for action in found {
        by_service.entry(action.service()).or_default().push(action);
    }
    let mut summary = Summary::default();
    for (service, actions) in &by_service {
        let of = service.actions().len();
        if actions.len() == of && of > 1 {
            summary.lines.push(SummaryLine { service: service.prefix(), level: None, actions: actions.clone(), of });
            continue;
        }
        for level in
            [AccessLevel::PermissionsManagement, AccessLevel::Write, AccessLevel::Tagging, AccessLevel::Read, AccessLevel::List]
        {
            let of = service.actions().filter(|a| a.level() == level).count();
            let actions: Vec<Action> = actions.iter().copied().filter(|a| a.level() == level).collect();
            if !actions.is_empty() {
                summary.lines.push(SummaryLine { service: service.prefix(), level: Some(level), actions, of });
            }
        }
    }
    let complete = summary.lines.iter().filter(|line| line.is_all()).map(|line| line.actions.len()).sum::<usize>();
    summary.everything = services().len() == by_service.len() && complete == super::action_count();
    summary
}
