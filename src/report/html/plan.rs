//! What the plan holds beside its changes: refusals, gaps, what was not read, the calls in order, drift.

use super::changes;
use super::text::{address, filterable, line, prose, section};
use crate::names::Address;
use crate::plan::Plan;
use crate::report::count;
use crate::report::plan_text::call_line;
use crate::review::{AccountReport, Report, Subject};

/// Guards that refuse the plan, moments at which access is missing, and what could not be compared: to be read before the changes.
pub fn refusals(out: &mut String, account: &AccountReport, n: usize) {
    let Some(plan) = &account.plan else { return };
    if !plan.guards.is_empty() {
        section(out, n, "guards", "Refused by guards", Some(plan.guards.len()));
        *out += "<p class=\"soft\">Nothing of this plan is applied.</p>\n<ul class=\"cards\">\n";
        for guard in &plan.guards {
            *out += &format!(
                "<li class=\"card error\"><p class=\"head\"><code>{}</code></p>\n<p>{}</p>\n",
                line(&guard.guard),
                prose(&guard.message)
            );
            if let Some(flag) = &guard.r#override {
                *out += &format!(
                    "<p class=\"help\"><span class=\"on\">to allow it for one run</span> <code>{}</code></p>\n",
                    line(flag)
                );
            }
            *out += "</li>\n";
        }
        *out += "</ul>\n</section>\n";
    }
    if !plan.complete {
        section(out, n, "unread", "Cannot be compared", Some(plan.not_compared.len()));
        *out += "<p class=\"soft\">It could not be read: this plan decides nothing about it, and is never applied.</p>\n<ul class=\"plain\">\n";
        for entry in &plan.not_compared {
            *out += &item(&entry.address, &format!("{}: {}", entry.field, entry.reason));
        }
        *out += "</ul>\n</section>\n";
    }
    if !plan.gaps.is_empty() {
        section(out, n, "gaps", "Access is briefly missing or extra", Some(plan.gaps.len()));
        *out += "<ul class=\"plain\">\n";
        for gap in &plan.gaps {
            *out += &item(&gap.address, &format!("at {}: {}", gap.step, gap.message));
        }
        *out += "</ul>\n</section>\n";
    }
}

fn item(whose: &Address, text: &str) -> String {
    let name = whose.to_string();
    format!("<li{}>{} {}</li>\n", filterable(&[&name], &[whose.kind.word()]), address(whose), prose(text))
}

/// What the account differs in already, and not by this change.
pub fn drift(out: &mut String, account: &AccountReport, n: usize) {
    changes::list(out, account, &account.drift, n, "drift", "Drift of the account, not of this change");
}

/// The calls in order; what no stack owns; the digest.
pub fn write(out: &mut String, report: &Report, account: &AccountReport, n: usize) {
    let Some(plan) = &account.plan else { return };
    let title = if report.subject == Subject::Plan { "Plan" } else { "Plan on the snapshot" };
    section(out, n, "plan", title, None);
    if report.subject == Subject::PullRequest {
        let changes = count(plan.changes.len(), "change", "changes");
        *out += &format!(
            "<p>On the account as the snapshot has it: {changes}, {}.</p>\n",
            count(plan.steps.len(), "IAM call", "IAM calls")
        );
    }
    steps(out, plan);
    if plan.unmanaged_count > 0 {
        let what = format!("{} no stack owns", count(plan.unmanaged_count, "entity that", "entities that"));
        if plan.unmanaged.is_empty() {
            *out += &format!("<p class=\"soft\">The account has {what}.</p>\n");
        } else {
            *out += &format!("<details class=\"fold\"><summary>{what}</summary>\n<ul class=\"plain\">\n");
            for one in &plan.unmanaged {
                *out += &format!("<li>{}</li>\n", address(one));
            }
            *out += "</ul>\n</details>\n";
        }
    }
    *out += &format!("<p class=\"soft digest\">Digest <code>{}</code></p>\n</section>\n", line(&plan.digest));
}

fn steps(out: &mut String, plan: &Plan) {
    if plan.steps.is_empty() {
        return;
    }
    let title = format!("{} in order", count(plan.steps.len(), "IAM call", "IAM calls"));
    *out += &format!("<details class=\"fold\"><summary>{title}</summary>\n<ol class=\"steps\">\n");
    for step in &plan.steps {
        let text = call_line(&step.id, &step.call, &step.address, &plan.account);
        let needs: Vec<&str> = step.needs.iter().map(|id| id.0.as_str()).collect();
        let needs = if needs.is_empty() {
            String::new()
        } else {
            format!(" <span class=\"soft\">after {}</span>", line(&needs.join(", ")))
        };
        *out += &format!("<li><code>{}</code> {}{needs}</li>\n", line(&text), address(&step.address));
    }
    *out += "</ol>\n</details>\n";
}
