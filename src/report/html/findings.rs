//! Errors, findings, and ways to more than was given.

use super::text::{address, filterable, id, line, prose, section};
use crate::diag::Severity;
use crate::plan::Finding;
use crate::report::count;
use crate::review::AccountReport;

/// Findings unfolded; the notes of the rules are many and are folded away.
pub fn write(out: &mut String, account: &AccountReport, n: usize) {
    let findings = &account.findings;
    let mut sorted: Vec<&Finding> = findings.new.iter().collect();
    sorted.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    if sorted.is_empty() && findings.fixed.is_empty() {
        return;
    }
    section(out, n, "findings", "Findings", Some(sorted.len()));
    if findings.standing > 0 {
        *out += &format!(
            "<p class=\"soft\">{} on both sides and not shown.</p>\n",
            count(findings.standing, "finding is", "findings are")
        );
    }
    let (notes, grave): (Vec<&Finding>, Vec<&Finding>) = sorted.into_iter().partition(|f| f.severity == Severity::Note);
    list(out, &grave);
    if !notes.is_empty() {
        *out += &format!("<details class=\"fold\"><summary>{}</summary>\n", count(notes.len(), "note", "notes"));
        list(out, &notes);
        *out += "</details>\n";
    }
    if !findings.fixed.is_empty() {
        let title = count(findings.fixed.len(), "finding is mended", "findings are mended");
        *out += &format!("<details class=\"fold\"><summary>{title}</summary>\n");
        list(out, &findings.fixed.iter().collect::<Vec<_>>());
        *out += "</details>\n";
    }
    *out += "</section>\n";
}

/// Errors that forbid the plan, or left the specs without a meaning.
pub fn errors(out: &mut String, account: &AccountReport, n: usize) {
    if account.errors.is_empty() {
        return;
    }
    section(out, n, "errors", "Errors", Some(account.errors.len()));
    list(out, &account.errors.iter().collect::<Vec<_>>());
    *out += "</section>\n";
}

fn list(out: &mut String, findings: &[&Finding]) {
    *out += "<ul class=\"cards\">\n";
    for finding in findings {
        let whose = finding.address.as_ref().map(ToString::to_string).unwrap_or_default();
        let kind = finding.address.as_ref().map(|a| a.kind.word()).unwrap_or_default();
        let word = finding.severity.word();
        let tokens: Vec<&str> = [word, kind].into_iter().filter(|w| !w.is_empty()).collect();
        let filter = filterable(&[&finding.code, &whose, &finding.message], &tokens);
        *out += &format!(
            "<li class=\"card {word}\"{filter}>\n<p class=\"head\"><span class=\"badge {word}\">{word}</span> <code>{}</code>",
            line(&finding.code)
        );
        if let Some(whose) = &finding.address {
            *out += &format!(" {}", address(whose));
        }
        if let Some(place) = place(finding) {
            *out += &format!(" <span class=\"at\">{}</span>", line(&place));
        }
        *out += &format!("</p>\n<p>{}</p>\n", prose(&finding.message));
        if let Some(help) = &finding.help {
            *out += &format!("<p class=\"help\"><span class=\"on\">help</span> {}</p>\n", prose(help));
        }
        *out += "</li>\n";
    }
    *out += "</ul>\n";
}

fn place(finding: &Finding) -> Option<String> {
    finding.at.as_ref().map(ToString::to_string)
}

/// Ways to a stronger principal that the change opens or closes.
pub fn chains(out: &mut String, account: &AccountReport, n: usize) {
    if account.chains.is_empty() {
        return;
    }
    section(out, n, "chains", "Ways to more access", Some(account.chains.len()));
    *out += "<ul class=\"cards\">\n";
    for chain in &account.chains {
        let whose = chain.principal.to_string();
        let (class, word) = if chain.opened { ("error", "opened") } else { ("good", "closed") };
        let filter = filterable(&[&whose, &chain.code, &chain.message], &[chain.principal.kind.word(), word]);
        *out += &format!(
            "<li class=\"card {class}\"{filter}>\n<p class=\"head\"><span class=\"badge {class}\">{word}</span> <code>{}</code> {}</p>\n<p>{}</p>\n",
            line(&chain.code),
            address(&chain.principal),
            prose(&chain.message)
        );
        if account.access.iter().any(|a| a.principal == chain.principal) {
            *out += &format!("<p class=\"more\"><a href=\"#{}\">Its access</a></p>\n", id(n, "access", &whose));
        }
        *out += "</li>\n";
    }
    *out += "</ul>\n</section>\n";
}
