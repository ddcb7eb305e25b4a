//! The first lines: what it is about, the verdict, what must be read before all else, and the filter.

use std::collections::BTreeSet;

use super::text::{line, prose};
use crate::plan::Action;
use crate::report::count;
use crate::review::{AccountReport, Concern, Report, Subject, Verdict};

/// The page's head: the accounts, and links to them where there are several.
pub fn head(out: &mut String, report: &Report) {
    let what = if report.subject == Subject::Plan { "Plan" } else { "Review" };
    *out += &format!("<header class=\"top\">\n<p class=\"brand\">iamctl</p>\n<h1>{what}{}</h1>\n", of(report));
    if report.accounts.len() > 1 {
        *out += "<nav aria-label=\"Accounts\"><ul>";
        for (i, account) in report.accounts.iter().enumerate() {
            *out += &format!("<li><a href=\"#a{}\">{}</a></li>", i + 1, names(account));
        }
        *out += "</ul></nav>\n";
    }
    *out += "</header>\n";
}

fn of(report: &Report) -> String {
    match report.accounts.as_slice() {
        [one] => {
            let ids: Vec<String> =
                one.accounts.iter().map(|a| format!("{} <span class=\"soft\">{}</span>", line(&a.name), a.id)).collect();
            let stack = one.stack.as_deref().map(|stack| format!(" <span class=\"soft\">stack {}</span>", line(stack)));
            format!(" of {}{}", ids.join(", "), stack.unwrap_or_default())
        }
        [] => String::new(),
        several => format!(" of {}", count(several.iter().map(|a| a.accounts.len()).sum(), "account", "accounts")),
    }
}

/// The names of an entry's accounts.
pub fn names(account: &AccountReport) -> String {
    account.accounts.iter().map(|a| line(&a.name)).collect::<Vec<_>>().join(", ")
}

/// A verdict's class, sign and word.
fn words(report: &Report) -> (&'static str, &'static str, &'static str) {
    match report.verdict {
        Verdict::NoChange => ("good", "\u{2713}", "No change"),
        Verdict::NoNewAccess => ("good", "\u{2713}", "No new access"),
        Verdict::Undecided if report.is_ceiling() => ("warn", "!", "A ceiling is lifted"),
        Verdict::Undecided => ("doubt", "?", "Undecided"),
        Verdict::NewAccess => ("warn", "!", "New access"),
        Verdict::Escalation => ("bad", "!", "Escalation"),
        Verdict::Error => ("bad", "\u{00d7}", "Error"),
    }
}

/// The answer in one word and in one sentence, and what a gate may refuse.
pub fn verdict(out: &mut String, report: &Report) {
    let (class, sign, word) = words(report);
    *out += &format!(
        "<section class=\"verdict {class}\" aria-labelledby=\"verdict\">\n<span class=\"seal\" aria-hidden=\"true\">{sign}</span>\n<div>\n<h2 id=\"verdict\">{word}</h2>\n<p>{}</p>\n",
        prose(&headline(report, word))
    );
    if !report.concerns.is_empty() {
        *out += "<ul class=\"concerns\" aria-label=\"What a gate may refuse\">";
        for concern in &report.concerns {
            let (word, help) = match concern {
                Concern::NewAccess => {
                    ("new access", "a principal is allowed something that it was not, or somebody may assume who could not")
                }
                Concern::Ceiling => ("ceiling", "a denial or a boundary keeps less than it did"),
                Concern::Escalation => ("escalation", "a new way to more than was given"),
                Concern::Error => ("error", "errors in the specs or the plan, new findings of that severity, or failing tests"),
                Concern::Undecided => ("undecided", "a verdict on access that could not be proven"),
                Concern::Controls => ("controls", "guards, requirements, ownership, waivers or tests are weaker than before"),
            };
            *out += &format!("<li title=\"{help}\">{word}</li>");
        }
        *out += "</ul>\n";
    }
    *out += "</div>\n</section>\n";
}

/// The sentence without the word that stands above it.
fn headline(report: &Report, word: &str) -> String {
    let rest = report.headline.strip_prefix(word).and_then(|rest| rest.strip_prefix(": "));
    rest.unwrap_or(&report.headline).to_owned()
}

/// What must be read before all else.
pub fn notices(out: &mut String, report: &Report) {
    if report.notices.is_empty() {
        return;
    }
    let title = count(report.notices.len(), "thing to read first", "things to read first");
    *out += &format!("<section class=\"notices\" aria-labelledby=\"notices\">\n<h2 id=\"notices\">{title}</h2>\n<ul>\n");
    for notice in &report.notices {
        let word = notice.severity.word();
        *out += &format!(
            "<li><span class=\"badge {word}\">{word}</span> <code>{}</code> {}</li>\n",
            line(&notice.subject),
            prose(&notice.message)
        );
    }
    *out += "</ul>\n</section>\n";
}

/// The filter: a box, and a button for each action, kind and verdict that there is. Shown by the script, for without it it does nothing.
pub fn tools(out: &mut String, report: &Report) {
    let mut actions: BTreeSet<Action> = BTreeSet::new();
    let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
    let mut verdicts: BTreeSet<(&'static str, &'static str)> = BTreeSet::new();
    for account in &report.accounts {
        actions.extend(account.changes.iter().chain(&account.drift).map(|c| c.action));
        kinds.extend(account.changes.iter().map(|c| c.address.kind.word()));
        kinds.extend(account.access.iter().map(|c| c.principal.kind.word()));
        verdicts.extend(account.access.iter().map(|c| super::access::token(c.verdict)));
    }
    if actions.is_empty() && kinds.is_empty() && report.accounts.iter().all(|a| a.findings.new.is_empty()) {
        return;
    }
    *out += "<div class=\"tools\" id=\"tools\" role=\"search\" hidden>\n<label class=\"box\"><span class=\"sr\">Filter by name, kind, action, verdict or code</span>";
    *out += "<input id=\"filter\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"Filter (press /)\"></label>\n";
    let groups: [(&str, Vec<(&str, &str)>); 3] = [
        ("Action", actions.into_iter().map(|a| (super::changes::token(a), super::changes::token(a))).collect()),
        ("Kind", kinds.into_iter().map(|k| (k, k)).collect()),
        ("Access", verdicts.into_iter().collect()),
    ];
    for (name, tokens) in groups {
        if tokens.len() < 2 {
            continue;
        }
        *out += &format!("<div class=\"chips\" role=\"group\" aria-label=\"{name}\">");
        for (token, word) in tokens {
            *out += &format!("<button type=\"button\" class=\"chip\" data-w=\"{token}\" aria-pressed=\"false\">{word}</button>");
        }
        *out += "</div>\n";
    }
    *out += "<div class=\"end\"><span id=\"count\" role=\"status\"></span><button type=\"button\" class=\"link\" id=\"unfold\">Unfold all</button></div>\n</div>\n";
}
