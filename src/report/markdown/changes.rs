//! What changes, entity by entity, folded away: the lines of the terminal's text, in a block that colours what comes and goes.

use super::inert::{clip, fence, html};
use super::page::Page;
use crate::plan::Action;
use crate::report::count;
use crate::report::diff::Shown;
use crate::report::view::{AccountView, change, line};

/// Most bytes of one entity's block.
const MOST: usize = 12_000;
/// Most characters of one line.
const LINE: usize = 500;
/// Columns of the terminal's text that a block leaves out.
const INDENT: usize = 6;

/// One block for each entity.
pub fn write(page: &mut Page, account: &AccountView<'_>, name: Option<&str>) {
    let of = name.map(|name| format!(" in {}", html(name))).unwrap_or_default();
    let (shown, folded) = change::folded(&account.changes);
    let total = shown.len();
    for (i, view) in shown.into_iter().enumerate() {
        if page.is_full() {
            page.leave_out("change", total - i);
            break;
        }
        let verb = match view.change.action {
            Action::Create => "create",
            Action::Update => "change",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::Replace => "replace",
            Action::DetachOnly => "detach",
            Action::Release => "release",
            Action::Blocked => "blocked",
        };
        let summary = format!("{verb} {}{of}", html(&clip(&view.change.address.to_string(), 200)));
        // Each block is read by itself: nothing in it points at another.
        let lines = line::of_change(view, &mut Shown::default());
        let lines: Vec<String> = lines.iter().map(|line| clip(&line.as_diff(INDENT), LINE)).collect();
        block(page, "change", &summary, &lines);
    }
    for folded in folded {
        let kind = folded.changes.first().map(|first| first.change.address.kind.word()).unwrap_or_default();
        let lines: Vec<String> = folded.changes.iter().map(|view| clip(&format!("+ {}", view.change.address), LINE)).collect();
        let lines: Vec<String> = lines.iter().map(|line| crate::report::escape::line(line).into_owned()).collect();
        block(page, "change", &format!("create {} more {kind}s of the same shape{of}", lines.len()), &lines);
    }
}

/// A folded block of lines; those beyond its size are counted.
fn block(page: &mut Page, noun: &str, summary: &str, all: &[String]) {
    let mut size = 0;
    let mut lines: Vec<String> = all
        .iter()
        .take_while(|line| {
            size += line.len() + 1;
            size <= MOST
        })
        .cloned()
        .collect();
    if lines.len() < all.len() {
        lines.push(format!("  ... {} left out", count(all.len() - lines.len(), "line", "lines")));
    }
    let fence = fence(&lines);
    page.fold(noun, summary, &format!("{fence}diff\n{}\n{fence}", lines.join("\n")));
}
