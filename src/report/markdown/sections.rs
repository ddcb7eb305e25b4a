//! The sections besides the changes: notices, errors, access, chains, tests, findings, plan and drift.

use super::inert::{clip, code, html, prose};
use super::page::Page;
use crate::diag::Severity;
use crate::plan::Finding;
use crate::report::count;
use crate::report::summary_line;
use crate::review::{AccountReport, FindingsReport, Fleet, FleetOutcome, Report, Subject};

/// Longest text of one item, in characters.
const ITEM: usize = 600;
/// Items of one list shown before the rest is counted.
pub const SHOWN: usize = 8;
/// Notices and errors of one comment.
const FIRST: usize = 20;

pub fn sentence(text: &str) -> String {
    prose(&clip(text, ITEM))
}

/// The accounts of an entry: `dev (111111111111)`, `prod (222222222222)`.
pub fn accounts(account: &AccountReport) -> String {
    let names: Vec<String> = account.accounts.iter().take(SHOWN).map(|a| format!("{} ({})", code(&a.name), a.id)).collect();
    let more = account.accounts.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let noun = match account.accounts.len() {
        1 => "Account".to_owned(),
        n => format!("{n} accounts with the same result:"),
    };
    format!("{noun} {}{more}", names.join(", "))
}

/// The outcomes of many accounts: unfolded what a person must look at, and all of them in a table.
pub fn fleet(page: &mut Page, fleet: &Fleet) {
    for account in fleet.accounts.iter().filter(|account| account.outcome.is_trouble()) {
        let why = account.message.as_ref().map(|why| format!(": {}", sentence(why))).unwrap_or_default();
        page.head_item(&format!("- ❌ {} {}{why}", code(&account.name), account.outcome.words()), "account");
    }
    for guard in &fleet.guards {
        page.head_item(&format!("- ❌ {}: {}", code(&guard.guard), sentence(&guard.message)), "guard");
    }
    let totals: Vec<String> = fleet.totals.iter().map(|(outcome, n)| format!("{n} {}", outcome.words())).collect();
    let mut lines = vec!["| account | id | unit | outcome |".to_owned(), "|---|---|---|---|".to_owned()];
    // What is unchanged is counted above, and would be most of the table.
    let told = fleet.accounts.iter().filter(|account| account.outcome != FleetOutcome::Unchanged);
    lines.extend(told.map(|account| {
        let id = account.id.as_ref().map_or("", |id| id.as_str());
        let ou = account.ou.as_deref().map(code).unwrap_or_default();
        format!("| {} | {id} | {ou} | {} |", code(&account.name), account.outcome.words())
    }));
    if lines.len() > 2 {
        folded(page, "line of accounts", &format!("Accounts: {}", totals.join(", ")), &lines);
    } else {
        page.last(&format!("Accounts: {}.", totals.join(", ")));
    }
    if !fleet.elsewhere.is_empty() {
        page.last(&format!("{} in other shards.", count(fleet.elsewhere.len(), "account", "accounts")));
    }
    page.last(&format!("Fleet digest: {}", code(&fleet.digest)));
}

/// Whether anything about an account is unfolded.
pub fn has_head(account: &AccountReport) -> bool {
    !account.errors.is_empty() || !account.chains.is_empty() || account.access.iter().any(super::access::is_told)
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

/// Escalation paths.
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
    account.map(|name| format!(" in {}", prose(name))).unwrap_or_default()
}

/// A folded list; what does not fit into a third of the comment is counted.
pub fn folded(page: &mut Page, noun: &str, summary: &str, lines: &[String]) {
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
