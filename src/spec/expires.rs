//! `expires:` on entities, attachments, inline policies and trust entries: from that day on they count as not declared. The day of today is
//! an argument; nothing here asks a clock.

use std::collections::BTreeMap;

use super::render::holds;
use super::text::Pos;
use super::yaml::{Kind, Node};
use crate::diag::{Finding, Severity, Source};
use crate::fleet::Member;
use crate::names::{EntityKind, Name};

/// The sections whose entries may expire.
const SECTIONS: [(&str, EntityKind); 6] = [
    ("policies", EntityKind::Policy),
    ("roles", EntityKind::Role),
    ("users", EntityKind::User),
    ("groups", EntityKind::Group),
    ("oidc_providers", EntityKind::OidcProvider),
    ("saml_providers", EntityKind::SamlProvider),
];

/// So many days before the end a note says that it comes.
const NOTICE: i32 = 30;

/// What is left of the documents of one account.
#[derive(Default)]
pub(super) struct Current {
    /// Without what has expired.
    pub documents: Vec<Node>,
    /// What is to be said, and where.
    pub problems: Vec<(Pos, Finding)>,
    /// The entities that expired, and when.
    pub gone: BTreeMap<(EntityKind, Name), String>,
    /// What will expire, and when.
    pub ends: BTreeMap<String, String>,
}

/// Takes out what has expired by `today` (`2027-01-31`) in an account.
pub(super) fn current(documents: Vec<Node>, today: &str, account: &Member) -> Current {
    if !documents.iter().any(mentions) {
        return Current { documents, ..Current::default() };
    }
    let mut pass = Pass { today, account, out: Current::default() };
    // Entities first: what refers to an expired one goes with it.
    let documents: Vec<Node> = documents.into_iter().map(|document| pass.entities(document)).collect();
    let documents = documents.into_iter().map(|document| pass.members(document)).collect();
    Current { documents, ..pass.out }
}

/// Whether a document may speak of days at all; most do not, and are not gone through.
fn mentions(document: &Node) -> bool {
    let mut found = false;
    document.walk(&mut |node| found |= matches!(node.as_str(), Some("expires" | "policy")));
    found
}

/// A document as it is read: `{policy: X, expires: …}` is `X`, and a policy document has no `expires`. `None` where it is that already.
pub(super) fn plain(document: &Node) -> Option<Node> {
    mentions(document).then(|| without_days(document.clone()))
}

fn without_days(document: Node) -> Node {
    in_entities(document, &mut |_, mut entity| {
        if let Some(Kind::Seq(items)) = at(&mut entity, "managed_policies") {
            for item in items {
                if let Some(policy) = item.get("policy").cloned() {
                    *item = policy;
                }
            }
        }
        if let Some(Kind::Map(policies)) = at(&mut entity, "inline_policies") {
            for (_, document) in policies {
                if let Kind::Map(entries) = &mut document.kind {
                    entries.retain(|(key, _)| key.as_str() != Some("expires"));
                }
            }
        }
        Some(entity)
    })
}

struct Pass<'a> {
    today: &'a str,
    account: &'a Member,
    out: Current,
}

impl Pass<'_> {
    fn entities(&mut self, document: Node) -> Node {
        in_entities(document, &mut |(kind, name), entity| {
            let here = holds(&entity, self.account);
            match here.then(|| self.day(&entity, &format!("{} `{name}`", kind.noun()))).flatten() {
                Some(day) => {
                    self.out.gone.insert((kind, Name::new(name)), day);
                    None
                }
                None => Some(entity),
            }
        })
    }

    fn members(&mut self, document: Node) -> Node {
        in_entities(document, &mut |(kind, name), mut entity| {
            if !holds(&entity, self.account) {
                return Some(entity);
            }
            let of = format!("{} `{name}`", kind.noun());
            keep_items(&mut entity, "managed_policies", |item| {
                let policy = item.get("policy").unwrap_or(item).as_str().unwrap_or_default();
                let ends = self.day(item, &format!("the attachment of `{policy}` to {of}"));
                ends.is_none() && !self.out.gone.contains_key(&(EntityKind::Policy, Name::new(policy)))
            });
            if let Some(Kind::Map(policies)) = at(&mut entity, "inline_policies") {
                policies.retain(|(policy, document)| {
                    let what = format!("inline policy `{}` of {of}", policy.as_str().unwrap_or_default());
                    self.day(document, &what).is_none()
                });
            }
            keep_items(&mut entity, "trust", |entry| self.day(entry, &format!("a trust entry of {of}")).is_none());
            let gone = |user: &Node| Some((EntityKind::User, Name::new(user.as_str()?)));
            keep_items(&mut entity, "users", |user| !gone(user).is_some_and(|user| self.out.gone.contains_key(&user)));
            Some(entity)
        })
    }

    /// The day on which something ended, if it has.
    fn day(&mut self, node: &Node, what: &str) -> Option<String> {
        let written = node.get("expires")?;
        let text = written.as_str().unwrap_or_default();
        let (Ok(day), Ok(today)) = (text.parse::<jiff::civil::Date>(), self.today.parse::<jiff::civil::Date>()) else {
            let problem = Finding::error("bad-value", format!("`{}` is not a date", text.escape_debug()));
            self.out.problems.push((written.at, problem.help("write it as `2027-01-31`, in quotes")));
            return None;
        };
        let left = today.until(day).map(|span| span.get_days()).unwrap_or(i32::MAX);
        let note =
            |code: &str, message: String, help: &str| Finding::new(Source::Specs, Severity::Note, code, message).help(help);
        if left <= 0 {
            let message = format!("{what} expired on {day} and counts as not declared");
            self.out.problems.push((written.at, note("expired", message, "remove it from the spec, or set a later date")));
            return Some(day.to_string());
        }
        self.out.ends.insert(what.to_owned(), day.to_string());
        if left <= NOTICE {
            let message = format!("{what} expires on {day}, in {left} {}", if left == 1 { "day" } else { "days" });
            let help = "from that day on it counts as not declared; write a later day to keep it";
            self.out.problems.push((written.at, note("expires-soon", message, help)));
        }
        None
    }
}

/// What becomes of an entity of this kind and name; `None`: it goes.
type Change<'a> = dyn FnMut((EntityKind, &str), Node) -> Option<Node> + 'a;

/// Every entity of a document that may expire, given away and taken back; without an answer it goes.
fn in_entities(mut document: Node, change: &mut Change<'_>) -> Node {
    for (section, kind) in SECTIONS {
        let Some(Kind::Map(entities)) = at(&mut document, section) else { continue };
        *entities = std::mem::take(entities)
            .into_iter()
            .filter_map(|(key, entity)| {
                let changed = change((kind, key.as_str().unwrap_or_default()), entity)?;
                Some((key, changed))
            })
            .collect();
    }
    document
}

/// The value of a key.
fn at<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Kind> {
    let Kind::Map(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|(k, _)| k.as_str() == Some(key)).map(|(_, value)| &mut value.kind)
}

/// Keeps the items of the list under a key that are to be kept.
fn keep_items(node: &mut Node, key: &str, keep: impl FnMut(&Node) -> bool) {
    if let Some(Kind::Seq(items)) = at(node, key) {
        items.retain(keep);
    }
}
