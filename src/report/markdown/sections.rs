//! What stands beside the changes: notices, errors, access, chains, tests, findings, plan and drift.

use std::collections::BTreeMap;

use super::inert::{clip, code, html, prose};
use super::page::Page;
use crate::diag::Severity;
use crate::plan::{AccessChange, AccessGrant, AccessVerdict, Finding};
use crate::report::count;
use crate::report::plan_text::summary_line;
use crate::review::{AccountReport, FindingsReport, Report, Subject};

/// Longest text of one item, in characters.
const ITEM: usize = 600;
/// Items of one list shown before the rest is counted.
const SHOWN: usize = 8;
/// Notices and errors of one comment.
const FIRST: usize = 20;

fn sentence(text: &str) -> String {
    prose(&clip(text, ITEM))
}

/// The accounts of an entry: `dev (111111111111)`, `prod (222222222222)`.
pub fn accounts(account: &AccountReport) -> String {
    let names: Vec<String> = account.accounts.iter().take(SHOWN).map(|a| format!("{} ({})", code(&a.name), a.id)).collect();
    let more = account.accounts.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let noun = if account.accounts.len() == 1 { "Account" } else { "Accounts with the same result:" };
    format!("{noun} {}{more}", names.join(", "))
}

/// Whether anything of an account stands unfolded.
pub fn has_head(account: &AccountReport) -> bool {
    !account.errors.is_empty() || !account.chains.is_empty() || account.access.iter().any(is_told)
}

/// Whether a principal gains something, or may.
fn is_told(change: &AccessChange) -> bool {
    change.verdict != AccessVerdict::NoNewAccess || !change.ceiling_loosened.is_empty()
}

/// What must be read before all else.
pub fn notices(page: &mut Page, report: &Report) {
    for notice in report.notices.iter().take(FIRST) {
        let sign = if notice.severity > Severity::Note { "⚠️ " } else { "" };
        page.head_item(&format!("- {sign}{}: {}", code(&clip(&notice.subject, 200)), sentence(&notice.message)), "notice");
    }
    page.leave_out("notice", report.notices.len().saturating_sub(FIRST));
}

/// Errors that left nothing to say.
pub fn errors(page: &mut Page, account: &AccountReport) {
    for error in account.errors.iter().take(FIRST) {
        page.head_item(&format!("- {}", finding(error)), "error");
    }
    page.leave_out("error", account.errors.len().saturating_sub(FIRST));
}

/// Who gains what, one example each; who loses is only named.
pub fn access(page: &mut Page, account: &AccountReport) {
    let gaining: Vec<&AccessChange> = account.access.iter().filter(|change| is_told(change)).collect();
    if !gaining.is_empty() {
        let gained = gaining.iter().any(|a| a.verdict == AccessVerdict::NewAccess);
        page.head(if gained { "**Access gained**" } else { "**Access that may be gained**" });
        for (first, who) in alike(&gaining) {
            principals(page, first, &who);
        }
    }
    let losing: Vec<&AccessChange> = account.access.iter().filter(|a| !a.lost.is_empty()).collect();
    if losing.is_empty() {
        return;
    }
    let mut body = Vec::new();
    for change in &losing {
        body.push(format!("- {}", code(&change.principal.to_string())));
        body.extend(change.lost.iter().take(SHOWN).map(|grant| format!("  - {}", self::grant(grant))));
        page.leave_out("lost grant", change.lost.len().saturating_sub(SHOWN));
    }
    folded(page, "list of lost access", &format!("Access lost by {}", count(losing.len(), "principal", "principals")), &body);
}

/// Principals to whom the same happens, in the order of the first of each.
fn alike<'a>(changes: &[&'a AccessChange]) -> Vec<(&'a AccessChange, Vec<String>)> {
    let mut groups: Vec<(&AccessChange, Vec<String>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for change in changes {
        let key = format!("{:?}", (change.verdict, &change.gained, &change.ceiling_loosened, &change.reason));
        let at = *known.entry(key).or_insert_with(|| {
            groups.push((change, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, who)) = groups.get_mut(at) {
            who.push(change.principal.to_string());
        }
    }
    groups
}

fn principals(page: &mut Page, change: &AccessChange, all: &[String]) {
    let shown: Vec<String> = all.iter().take(SHOWN).map(|who| code(who)).collect();
    let more = all.len().saturating_sub(SHOWN);
    let who = if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") };
    let why = change.reason.as_ref().map(|why| format!(": {}", sentence(why))).unwrap_or_default();
    let head = match change.verdict {
        AccessVerdict::NewAccess => format!("- {who}{why}"),
        AccessVerdict::Undecided => format!("- {who} **undecided**, may be new access{why}"),
        AccessVerdict::NoNewAccess => format!("- {who} by own policies gains nothing{why}"),
    };
    page.head_item(&head, "principal");
    for grant in change.gained.iter().take(SHOWN) {
        page.head_item(&format!("  - {}", self::grant(grant)), "grant");
    }
    page.leave_out("grant", change.gained.len().saturating_sub(SHOWN));
    for grant in change.ceiling_loosened.iter().take(SHOWN) {
        let text = format!("  - no longer kept from what resource policies may give: {}", self::grant(grant));
        page.head_item(&text, "grant");
    }
    page.leave_out("grant", change.ceiling_loosened.len().saturating_sub(SHOWN));
}

fn grant(grant: &AccessGrant) -> String {
    let list = |items: &[String]| {
        let shown: Vec<String> = items.iter().take(4).map(|i| code(&clip(i, 200))).collect();
        let more = items.len().saturating_sub(4);
        if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
    };
    // Of a trust the resource is the role itself.
    let part = |key: &str| grant.example.get(key).and_then(serde_json::Value::as_str);
    let mut text = match part("principal") {
        Some(who) => format!("assumed by {} ({})", code(&clip(who, 200)), list(&grant.actions)),
        None => format!("{} on {}", list(&grant.actions), list(&grant.resources)),
    };
    if grant.conditions.as_object().is_some_and(|c| !c.is_empty()) {
        text += &format!(" when {}", code(&clip(&grant.conditions.to_string(), 300)));
    }
    if let Some(action) = part("action") {
        let resource = part("resource").unwrap_or("*");
        // Of one request, the request itself is no example.
        let is_itself = grant.actions == [action] && grant.resources == [resource];
        if part("principal").is_none() && !is_itself {
            text += &format!(", for example {} on {}", code(&clip(action, 100)), code(&clip(resource, 200)));
        }
        if let Some(context) = grant.example.get("context").filter(|c| c.as_object().is_some_and(|c| !c.is_empty())) {
            text += &format!(" with {}", code(&clip(&context.to_string(), 300)));
        }
    }
    text
}

/// Ways to more than was given.
pub fn chains(page: &mut Page, account: &AccountReport) {
    for (opened, heading) in [(true, "**Escalations opened**"), (false, "**Escalations closed**")] {
        let mut chains = account.chains.iter().filter(|chain| chain.opened == opened).peekable();
        if chains.peek().is_some() {
            page.head(heading);
        }
        for chain in chains {
            page.head_item(&format!("- {} ({})", sentence(&chain.message), code(&chain.code)), "escalation");
        }
    }
}

fn of(account: Option<&str>) -> String {
    account.map(|name| format!(" in {}", html(name))).unwrap_or_default()
}

fn account_of(account: Option<&str>) -> String {
    account.map(|name| format!(" in {}", code(name))).unwrap_or_default()
}

/// A folded list; what does not fit into a third of the comment is counted.
fn folded(page: &mut Page, noun: &str, summary: &str, lines: &[String]) {
    const MOST: usize = 16_000;
    let mut body = String::new();
    let mut shown = 0;
    for line in lines {
        if body.len() + line.len() > MOST {
            break;
        }
        if shown > 0 {
            body.push('\n');
        }
        body += line;
        shown += 1;
    }
    page.leave_out(&format!("line of a {noun}").replace("line of a list of", "line of"), lines.len() - shown);
    page.fold(noun, summary, &body);
}

/// Failed tests are seen; a passed one is a count.
pub fn tests(page: &mut Page, account: &AccountReport, name: Option<&str>) {
    let Some(tests) = account.tests.as_ref().filter(|t| t.passed > 0 || !t.failed.is_empty()) else { return };
    if tests.failed.is_empty() {
        return page.last(&format!("Tests: {} passed{}.", tests.passed, account_of(name)));
    }
    let mut lines = Vec::new();
    for test in &tests.failed {
        let new = if test.new { "**fails now**" } else { "failed before too" };
        lines.push(format!("- {} {new}", code(&clip(&test.name, 200))));
        lines.extend(test.messages.iter().take(SHOWN).map(|message| format!("  - {}", sentence(message))));
        page.leave_out("failed case", test.messages.len().saturating_sub(SHOWN));
    }
    let summary = format!("Tests: {} passed, {} failed{}", tests.passed, tests.failed.len(), of(name));
    folded(page, "list of tests", &summary, &lines);
}

/// `error[code] message (file:line)`.
fn finding(finding: &Finding) -> String {
    let place = finding.at.as_ref().map(|at| format!(" ({})", code(&format!("{}:{}", at.file, at.line)))).unwrap_or_default();
    format!("{} {}: {}{place}", finding.severity.word(), code(&finding.code), sentence(&finding.message))
}

/// Findings, new ones and those that are gone.
pub fn findings(page: &mut Page, account: &AccountReport, name: Option<&str>) {
    let FindingsReport { new, fixed, standing } = &account.findings;
    if new.is_empty() && fixed.is_empty() {
        return;
    }
    let mut sorted: Vec<&Finding> = new.iter().collect();
    sorted.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let mut lines: Vec<String> = sorted.into_iter().map(|f| format!("- {}", finding(f))).collect();
    lines.extend(fixed.iter().map(|f| format!("- gone: {}", finding(f))));
    let errors = new.iter().filter(|f| f.severity == Severity::Error).count();
    let grave = if errors > 0 { format!(", {}", count(errors, "error", "errors")) } else { String::new() };
    let summary = format!("Findings: {} new{grave}, {} gone, {standing} as before{}", new.len(), fixed.len(), of(name));
    folded(page, "list of findings", &summary, &lines);
}

/// What an apply would do, and what of that is not this change's.
pub fn plan(page: &mut Page, subject: Subject, account: &AccountReport, name: Option<&str>) {
    let Some(plan) = &account.plan else { return };
    let mut lines = vec![prose(&summary_line(plan)), String::new(), format!("Digest: {}", code(&plan.digest))];
    if !plan.complete {
        let unread: Vec<String> = plan
            .not_compared
            .iter()
            .map(|n| format!("- {} {}: {}", code(&n.address.to_string()), prose(&n.field), sentence(&n.reason)))
            .collect();
        lines.extend([
            String::new(),
            "Not complete: this could not be compared, and such a plan is never applied.".to_owned(),
            String::new(),
        ]);
        lines.extend(unread);
    }
    if !plan.gaps.is_empty() {
        lines.push(String::new());
        lines.extend(plan.gaps.iter().map(|gap| format!("- {}: {}", code(&gap.address.to_string()), sentence(&gap.message))));
    }
    if !account.drift.is_empty() {
        lines.extend([String::new(), "Drift of the account, which the base would change as well:".to_owned(), String::new()]);
        for change in &account.drift {
            let fields: Vec<String> = change.fields.iter().map(|f| prose(&f.field)).collect();
            lines.push(format!("- {} {}", code(&change.address.to_string()), fields.join(", ")));
        }
    }
    let drift = if account.drift.is_empty() { String::new() } else { format!(", {} of them drift", account.drift.len()) };
    let what = if subject == Subject::Plan { "Plan" } else { "Plan on the account" };
    let changes = count(plan.changes.len(), "change", "changes");
    folded(page, "line of the plan", &format!("{what}: {changes}{drift}{}", of(name)), &lines);
}
