//! Who gains what, one example each, equal changes together; losses are folded away.

use super::inert::{clip, code, prose};
use super::page::Page;
use super::sections::{SHOWN, folded, sentence};
use crate::plan::{AccessChange, AccessVerdict};
use crate::report::count;
use crate::report::view::{AccessGroup, AccountView, GrantView};

/// Items of one list within a sentence.
const ITEMS: usize = 4;

/// Whether a principal gains something, or may.
pub fn is_told(change: &AccessChange) -> bool {
    change.verdict != AccessVerdict::NoNewAccess || !change.ceiling_loosened.is_empty()
}

/// Both lists.
pub fn write(page: &mut Page, account: &AccountView<'_>) {
    let gaining: Vec<&AccessGroup<'_>> = account.access.iter().filter(|group| is_told(group.change)).collect();
    if !gaining.is_empty() {
        let gained = gaining.iter().any(|group| group.change.verdict == AccessVerdict::NewAccess);
        page.head(if gained { "**Access gained**" } else { "**Access that may be gained**" });
        gaining.into_iter().for_each(|group| gains(page, group));
    }
    let losing: Vec<&AccessGroup<'_>> = account.access.iter().filter(|group| !group.lost.is_empty()).collect();
    if losing.is_empty() {
        return;
    }
    let mut body = Vec::new();
    for group in &losing {
        body.push(format!("- {}", who(group)));
        body.extend(group.lost.iter().take(SHOWN).map(|grant| format!("  - {}", self::grant(grant))));
        page.leave_out("lost grant", group.lost.len().saturating_sub(SHOWN));
    }
    let principals = count(losing.iter().map(|group| group.principals.len()).sum(), "principal", "principals");
    folded(page, "list of lost access", &format!("Access lost by {principals}"), &body);
}

/// The principals, and the changes that reach them.
fn who(group: &AccessGroup<'_>) -> String {
    let names = list(&group.principals.iter().map(ToString::to_string).collect::<Vec<_>>(), SHOWN);
    match group.change.through.as_slice() {
        [] => names,
        through => {
            format!("{names} (through {})", list(&through.iter().map(ToString::to_string).collect::<Vec<_>>(), ITEMS))
        }
    }
}

fn list(items: &[String], most: usize) -> String {
    let shown: Vec<String> = items.iter().take(most).map(|item| code(&clip(item, 200))).collect();
    match items.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn gains(page: &mut Page, group: &AccessGroup<'_>) {
    let (who, change) = (who(group), group.change);
    let why = change.reason.as_ref().map(|why| format!(": {}", sentence(why))).unwrap_or_default();
    let head = match change.verdict {
        AccessVerdict::NewAccess => format!("- {who}{why}"),
        AccessVerdict::Undecided => format!("- {who} **undecided**, may be new access{why}"),
        AccessVerdict::NoNewAccess => format!("- {who} gains nothing by own policies{why}"),
    };
    page.head_item(&head, "principal");
    for grant in group.gained.iter().take(SHOWN) {
        page.head_item(&format!("  - {}", self::grant(grant)), "grant");
    }
    page.leave_out("grant", group.gained.len().saturating_sub(SHOWN));
    for grant in group.ceiling.iter().take(SHOWN) {
        let text = format!("  - no longer denied, so that a resource policy may allow it: {}", self::grant(grant));
        page.head_item(&text, "grant");
    }
    page.leave_out("grant", group.ceiling.len().saturating_sub(SHOWN));
}

fn grant(view: &GrantView<'_>) -> String {
    let grant = view.grant;
    let mut text = match &view.caller {
        Some(caller) => format!("{} may assume it ({})", prose(&clip(caller, 400)), list(&grant.actions, ITEMS)),
        None => format!("{} on {}", list(&grant.actions, ITEMS), list(&grant.resources, ITEMS)),
    };
    if grant.conditions.as_object().is_some_and(|c| !c.is_empty()) {
        text += &format!(" when {}", code(&clip(&grant.conditions.to_string(), 300)));
    }
    let Some(example) = view.example() else { return text };
    // For a single request, the request itself needs no example.
    let is_itself = grant.actions == [example.action] && grant.resources == [example.resource];
    match example.caller {
        Some(caller) => text += &format!(", for example {}", code(&clip(caller, 200))),
        None if is_itself => {}
        None => {
            text += &format!(", for example {} on {}", code(&clip(example.action, 100)), code(&clip(example.resource, 200)));
        }
    }
    if let Some(context) = example.context {
        let context = serde_json::Value::Object(context.clone()).to_string();
        text += &format!(" with {}", code(&clip(&context, 300)));
    }
    text
}
