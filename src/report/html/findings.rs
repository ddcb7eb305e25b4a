//! Errors, findings, and escalation paths.

use maud::{Markup, html};

use super::text::{Filter, address, code, id, line, prose, section};
use crate::diag::Severity;
use crate::plan::Finding;
use crate::report::count;
use crate::review::AccountReport;

/// Findings unfolded; the notes of the rules are many and are folded away.
pub fn write(account: &AccountReport, n: usize) -> Markup {
    let findings = &account.findings;
    let mut sorted: Vec<&Finding> = findings.new.iter().collect();
    sorted.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    if sorted.is_empty() && findings.fixed.is_empty() {
        return html! {};
    }
    let all = sorted.len();
    let (notes, grave): (Vec<&Finding>, Vec<&Finding>) = sorted.into_iter().partition(|f| f.severity == Severity::Note);
    let body = html! {
        @if findings.standing > 0 {
            p.soft { (count(findings.standing, "finding is", "findings are")) " on both sides and not shown." }
        }
        (list(&grave))
        @if !notes.is_empty() { details.fold { summary { (count(notes.len(), "note", "notes")) } (list(&notes)) } }
        @if !findings.fixed.is_empty() {
            details.fold {
                summary { (count(findings.fixed.len(), "finding is fixed", "findings are fixed")) }
                (list(&findings.fixed.iter().collect::<Vec<_>>()))
            }
        }
    };
    section(n, "findings", "Findings", Some(all), body)
}

/// Errors that forbid the plan, or left the specs without a meaning.
pub fn errors(account: &AccountReport, n: usize) -> Markup {
    if account.errors.is_empty() {
        return html! {};
    }
    section(n, "errors", "Errors", Some(account.errors.len()), list(&account.errors.iter().collect::<Vec<_>>()))
}

fn list(findings: &[&Finding]) -> Markup {
    html! { ul.cards { @for finding in findings { (card(finding)) } } }
}

fn card(finding: &Finding) -> Markup {
    let whose = finding.address.as_ref().map(ToString::to_string).unwrap_or_default();
    let kind = finding.address.as_ref().map(|a| a.kind.word()).unwrap_or_default();
    let word = finding.severity.word();
    let tokens: Vec<&str> = [word, kind].into_iter().filter(|w| !w.is_empty()).collect();
    let filter = Filter::of(&[&finding.code, &whose, &finding.message], &tokens);
    html! {
        li class={"card " (word)} data-f=(filter.words) data-t=(filter.tokens) {
            p.head {
                span class={"badge " (word)} { (word) } " " (code(&finding.code))
                @if let Some(whose) = &finding.address { " " (address(whose)) }
                @if let Some(at) = &finding.at { " " span.at { (line(&at.to_string())) } }
            }
            p { (prose(&finding.message)) }
            @if let Some(help) = &finding.help { p.help { span.on { "help" } " " (prose(help)) } }
        }
    }
}

/// Escalation paths that the change opens or closes.
pub fn chains(account: &AccountReport, n: usize) -> Markup {
    if account.chains.is_empty() {
        return html! {};
    }
    let cards = html! {
        ul.cards {
            @for chain in &account.chains {
                @let whose = chain.principal.to_string();
                @let (class, word) = if chain.opened { ("error", "opened") } else { ("good", "closed") };
                @let filter = Filter::of(&[&whose, &chain.code, &chain.message], &[chain.principal.kind.word(), word]);
                li class={"card " (class)} data-f=(filter.words) data-t=(filter.tokens) {
                    p.head { span class={"badge " (class)} { (word) } " " (code(&chain.code)) " " (address(&chain.principal)) }
                    p { (prose(&chain.message)) }
                    @if account.access.iter().any(|a| a.principal == chain.principal) {
                        p.more { a href={"#" (id(n, "access", &whose))} { "Its access" } }
                    }
                }
            }
        }
    };
    section(n, "chains", "Escalation paths", Some(account.chains.len()), cards)
}
