//! What changes, entity by entity, folded away: the words of the plan's text, in a block that colours what comes and goes.

use super::inert::{clip, fence, html};
use super::page::Page;
use crate::plan::Action;
use crate::report::review_text::shell;
use crate::report::{Paint, count, plan_text};
use crate::review::AccountReport;

/// Most bytes of one entity's block.
const MOST: usize = 12_000;
/// Most characters of one line.
const LINE: usize = 500;

/// One block for each entity.
pub fn write(page: &mut Page, account: &AccountReport, name: Option<&str>) {
    let mut plan = shell(account);
    let changes = std::mem::take(&mut plan.changes);
    plan.access.clear();
    let of = name.map(|name| format!(" in {}", html(name))).unwrap_or_default();
    let total = changes.len();
    for (i, change) in changes.into_iter().enumerate() {
        if page.is_full() {
            return page.leave_out("change", total - i);
        }
        let verb = match change.action {
            Action::Create => "create",
            Action::Update => "change",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::Replace => "replace",
            Action::DetachOnly => "detach",
            Action::Release => "release",
            Action::Blocked => "blocked",
        };
        let summary = format!("{verb} {}{of}", html(&clip(&change.address.to_string(), 200)));
        plan.changes = vec![change];
        let text = plan_text::changes_and_access(&plan, Paint::PLAIN);
        // The first line repeats the summary.
        let all: Vec<String> = text.lines().skip_while(|line| line.is_empty()).skip(1).map(as_diff).collect();
        let mut size = 0;
        let mut lines: Vec<String> = Vec::new();
        for line in &all {
            size += line.len() + 1;
            if size > MOST {
                break;
            }
            lines.push(line.clone());
        }
        if lines.len() < all.len() {
            lines.push(format!("  ... {} left out", count(all.len() - lines.len(), "line", "lines")));
        }
        let fence = fence(&lines);
        page.fold("change", &summary, &format!("{fence}diff\n{}\n{fence}", lines.join("\n")));
    }
}

/// A line whose sign stands first, where a diff has it.
fn as_diff(line: &str) -> String {
    let line = line.strip_prefix("      ").unwrap_or(line);
    let indent = line.len() - line.trim_start().len();
    let (space, rest) = line.split_at(indent);
    let line = match rest.chars().next() {
        Some(sign @ ('+' | '-')) if rest.get(1..2) == Some(" ") => format!("{sign}{space}{}", rest.get(1..).unwrap_or_default()),
        _ => format!(" {line}"),
    };
    clip(&line, LINE)
}
