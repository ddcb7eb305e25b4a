//! The versions of a managed policy, and the comparison of two of them.

use serde::Serialize;

use super::access::{AccessAnswer, access_text};
use super::diff::DiffLine;
use super::style::{Paint, Role};
use super::view::access::verdict;
use super::view::{GrantView, line};
use super::{count, escape, json};
use crate::names::VersionId;
use crate::plan::AccessGrant;
use crate::policy::Document;

/// Grants shown of each sign unless all are asked for.
const SHOWN: usize = 3;

/// A policy's versions, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// `policy/NAME` or `aws/NAME`.
    pub policy: String,
    /// Its ARN.
    pub arn: String,
    /// The version in force.
    pub default: VersionId,
    /// The versions.
    pub versions: Vec<HistoryEntry>,
    /// How many older versions there are that are not shown.
    pub not_shown: usize,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryEntry {
    /// `v3`.
    pub version: VersionId,
    /// When it was made (RFC 3339), where that is known.
    pub created: Option<String>,
    /// Whether it is in force.
    pub default: bool,
    /// Whether a rollback holds its document back.
    pub held: bool,
    /// What it changed; `None` for the first one, with nothing before it.
    pub change: Option<HistoryChange>,
}

/// What a version changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryChange {
    /// The version before, which it is compared with.
    pub since: VersionId,
    /// Whether both documents say the same in normal form.
    pub same_document: bool,
    /// What is allowed now and was not, and the other way round.
    #[serde(flatten)]
    pub access: AccessAnswer,
}

/// One JSON document.
pub fn history_json(history: &History) -> String {
    json(history)
}

/// One line for each version, and what access it gained and lost. `full`: all of it, with examples.
pub fn history_text(history: &History, full: bool, paint: Paint) -> String {
    let mut out = format!("{}  {}\n", paint.paint(Role::Strong, &escape::line(&history.policy)), escape::line(&history.arn));
    if history.not_shown > 0 {
        let text = format!("  ... {} (`--last N` shows them)", count(history.not_shown, "older version", "older versions"));
        out += &format!("{}\n", paint.paint(Role::Dim, &text));
    }
    let width = history.versions.iter().map(|v| v.version.to_string().len()).max().unwrap_or_default();
    for entry in &history.versions {
        let created = entry.created.as_deref().unwrap_or("date not known      ");
        out += &format!("  {:<width$}  {}", entry.version.to_string(), escape::line(created));
        if entry.default {
            out += &format!("  {}", paint.paint(Role::Strong, "default"));
        }
        if entry.held {
            out += &format!("  {}", paint.paint(Role::Warning, "held: rolled back from"));
        }
        if let Some(change) = &entry.change {
            let (role, word) = verdict(change.access.verdict, change.access.lost.is_empty());
            let word = match change.same_document {
                true => format!("says the same as {}", change.since),
                // Versions in between are gone.
                false if change.since.number() + 1 < entry.version.number() => format!("{word} since {}", change.since),
                false => word.to_owned(),
            };
            out += &format!("  {}", paint.paint(role, &word));
        }
        out.push('\n');
        if let Some(change) = entry.change.as_ref().filter(|c| !c.same_document) {
            out += &lines(&change.access, full, width + 6, paint);
        }
    }
    out
}

/// What is gained and lost, and why something is not decided.
fn lines(access: &AccessAnswer, full: bool, indent: usize, paint: Paint) -> String {
    let blank = " ".repeat(indent);
    let mut out = String::new();
    for text in access.reason.iter().flat_map(|reason| escape::block(reason)) {
        out += &format!("{blank}{}\n", paint.paint(Role::Dim, &text));
    }
    let mut list = |grants: &[AccessGrant], role: Role, sign: char| {
        let shown = if full { grants.len() } else { SHOWN };
        for grant in grants.iter().take(shown) {
            for (step, line) in line::of_grant(&GrantView::alone(grant), 0, role, sign).into_iter().enumerate() {
                // In short: what it is, and what of it is grave.
                if full || step == 0 || line.is(Role::Warning) {
                    out += &format!("{blank}{}\n", line.painted(paint));
                }
            }
        }
        if grants.len() > shown {
            let text = format!("{sign} and {} more (`--full` shows them)", grants.len() - shown);
            out += &format!("{blank}{}\n", paint.paint(Role::Dim, &text));
        }
    };
    list(&access.gained, Role::Create, '+');
    list(&access.lost, Role::Delete, '-');
    list(&access.ceiling_loosened, Role::Warning, '!');
    out
}

/// Two versions of one policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VersionDiff {
    /// `aws/NAME`.
    pub policy: String,
    /// The version before.
    pub from: VersionId,
    /// The version after.
    pub to: VersionId,
    /// The document before.
    pub before: Document,
    /// The document after.
    pub after: Document,
    /// What access is gained and lost.
    pub access: AccessAnswer,
}

/// One JSON document.
pub fn version_diff_json(diff: &VersionDiff) -> String {
    json(diff)
}

/// The text's changes, then what they mean.
pub fn version_diff_text(diff: &VersionDiff, lines: &[DiffLine], paint: Paint) -> String {
    let head = format!("{}  {} -> {}", escape::line(&diff.policy), diff.from, diff.to);
    let mut out = format!("{}\n", paint.paint(Role::Strong, &head));
    if lines.is_empty() {
        out += "  both say the same\n";
    }
    for line in lines {
        let text = match line {
            DiffLine::Same(text) => format!("  {}", escape::line(text)),
            DiffLine::Added(text) => paint.paint(Role::Create, &format!("+ {}", escape::line(text))),
            DiffLine::Removed(text) => paint.paint(Role::Delete, &format!("- {}", escape::line(text))),
            DiffLine::Skipped(n) => paint.paint(Role::Dim, &format!("  ... {}", count(*n, "unchanged line", "unchanged lines"))),
        };
        out += &format!("  {text}\n");
    }
    out + "\n" + &access_text(&diff.access, paint)
}
