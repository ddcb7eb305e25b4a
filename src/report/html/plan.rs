//! What the plan holds beside its changes: refusals, gaps, what was not read, the calls in order.

use maud::{Markup, html};

use super::text::{Filter, address, code, line, prose, section};
use crate::names::Address;
use crate::plan::Plan;
use crate::report::count;
use crate::report::view::calls::call_line;
use crate::review::{AccountReport, Report, Subject};

/// Guards that refuse the plan, moments at which access is missing, and what could not be compared: to be read before the changes.
pub fn refusals(account: &AccountReport, n: usize) -> Markup {
    let Some(plan) = &account.plan else { return html! {} };
    html! {
        @if !plan.guards.is_empty() {
            (section(n, "guards", "Refused by guards", Some(plan.guards.len()), html! {
                p.soft { "Nothing of this plan is applied." }
                ul.cards {
                    @for guard in &plan.guards {
                        li.card.error {
                            p.head { (code(&guard.guard)) }
                            p { (prose(&guard.message)) }
                            @if let Some(flag) = &guard.r#override {
                                p.help { span.on { "to allow it for one run" } " " (code(flag)) }
                            }
                        }
                    }
                }
            }))
        }
        @if !plan.complete {
            (section(n, "unread", "Cannot be compared", Some(plan.not_compared.len()), html! {
                p.soft { "It could not be read: this plan decides nothing about it, and is never applied." }
                ul.plain { @for e in &plan.not_compared { (item(&e.address, &format!("{}: {}", e.field, e.reason))) } }
            }))
        }
        @if !plan.gaps.is_empty() {
            (section(n, "gaps", "Access is briefly missing or extra", Some(plan.gaps.len()), html! {
                ul.plain { @for gap in &plan.gaps { (item(&gap.address, &format!("at {}: {}", gap.step, gap.message))) } }
            }))
        }
    }
}

fn item(whose: &Address, text: &str) -> Markup {
    let filter = Filter::of(&[&whose.to_string()], &[whose.kind.word()]);
    html! { li data-f=(filter.words) data-t=(filter.tokens) { (address(whose)) " " (prose(text)) } }
}

/// The calls in order; what no stack owns; the digest.
pub fn write(report: &Report, account: &AccountReport, n: usize) -> Markup {
    let Some(plan) = &account.plan else { return html! {} };
    let title = if report.subject == Subject::Plan { "Plan" } else { "Plan on the snapshot" };
    let unmanaged = format!("{} no stack owns", count(plan.unmanaged_count, "entity that", "entities that"));
    let body = html! {
        @if report.subject == Subject::PullRequest {
            p {
                "On the account as the snapshot has it: " (count(plan.changes.len(), "change", "changes")) ", "
                (count(plan.steps.len(), "IAM call", "IAM calls")) "."
            }
        }
        (steps(plan))
        @if !plan.unmanaged.is_empty() {
            details.fold {
                summary { (unmanaged) }
                ul.plain { @for one in &plan.unmanaged { li { (address(one)) } } }
            }
        } @else if plan.unmanaged_count > 0 {
            p.soft { "The account has " (unmanaged) "." }
        }
        p.soft.digest { "Digest " (code(&plan.digest)) }
    };
    section(n, "plan", title, None, body)
}

fn steps(plan: &Plan) -> Markup {
    if plan.steps.is_empty() {
        return html! {};
    }
    html! {
        details.fold {
            summary { (count(plan.steps.len(), "IAM call", "IAM calls")) " in order" }
            ol.steps {
                @for step in &plan.steps {
                    @let needs = step.needs.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join(", ");
                    li {
                        (code(&call_line(&step.id, &step.call, &step.address, &plan.account))) " " (address(&step.address))
                        @if !needs.is_empty() { " " span.soft { "after " (line(&needs)) } }
                    }
                }
            }
        }
    }
}
