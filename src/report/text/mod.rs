//! A plan or a review as it is read on a terminal: the verdict, what must be read first, then account by account what changes.

mod access;
mod findings;
mod fleet;
mod plan;
mod summary;

pub use access::CEILING;
pub use fleet::fleet_text;
pub use summary::summary_line;

use super::diff::Shown;
use super::style::{Paint, Role};
use fleet::some;

use super::view::{AccountView, ChangeView, Folded, Line, View, change, line};
use super::{count, escape};
use crate::diag::Severity;
use crate::plan::Action;
use crate::review::{AccountReport, Report, ReviewVerdict, Subject};

/// How much of each entity is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Every field, every call.
    #[default]
    Full,
    /// One line an entity.
    Summary,
}

/// The text of a report.
pub fn report_text(report: &Report, detail: Detail, paint: Paint) -> String {
    let view = View::of(report);
    let mut page = Page { paint, detail, shown: Shown::default(), out: String::new() };
    let role = match report.verdict {
        ReviewVerdict::NoChange | ReviewVerdict::NoNewAccess => Role::Strong,
        ReviewVerdict::Undecided | ReviewVerdict::NewAccess => Role::Warning,
        ReviewVerdict::Escalation | ReviewVerdict::Error => Role::Error,
    };
    // A plan without changes says so in its last line.
    if !view.is_plan() || report.fleet.is_some() || report.verdict != ReviewVerdict::NoChange {
        page.line(&Line::of(0, role, escape::line(&report.headline)));
    }
    // Those of a plan stand in its changes and guards.
    for notice in report.notices.iter().filter(|_| !view.is_plan()) {
        let sign = if notice.severity > Severity::Note { (Some(Role::Warning), "!") } else { (None, "-") };
        let line = Line { indent: 0, sign: None, pieces: vec![(sign.0, sign.1.to_owned())] };
        let line = line.with(None, " ").with(Some(Role::Strong), escape::line(&notice.subject));
        page.line(&line.with(None, format!(": {}", escape::line(&notice.message))));
    }
    for account in &view.accounts {
        match report.subject {
            Subject::Plan => {
                if !page.out.is_empty() {
                    page.gap();
                }
                plan::write(&mut page, account);
            }
            Subject::PullRequest => pull_request(&mut page, account),
        }
    }
    if let Some(fleet) = &report.fleet {
        fleet::write(&mut page, fleet);
    }
    page.out
}

/// The text being written.
struct Page {
    paint: Paint,
    detail: Detail,
    /// Documents shown so far.
    shown: Shown,
    out: String,
}

impl Page {
    fn line(&mut self, line: &Line) {
        self.out += line.painted(self.paint).trim_end_matches(' ');
        self.out.push('\n');
    }

    fn lines(&mut self, lines: &[Line]) {
        lines.iter().for_each(|line| self.line(line));
    }

    /// An empty line.
    fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A heading after an empty line.
    fn heading(&mut self, role: Role, text: &str) {
        self.gap();
        self.line(&Line::of(0, role, text));
    }
}

/// The accounts of an entry: `dev (111111111111), prod (222222222222)`; harmless.
fn accounts(account: &AccountReport) -> String {
    let names: Vec<String> = account.accounts.iter().map(|a| format!("{} ({})", a.name, a.id)).collect();
    some(&names)
}

fn pull_request(page: &mut Page, view: &AccountView<'_>) {
    let account = view.report;
    let noun = match account.accounts.len() {
        1 => "Account".to_owned(),
        n => format!("{n} accounts, all with the same result:"),
    };
    page.gap();
    page.line(&Line::plain(0, format!("{noun} ")).with(Some(Role::Strong), accounts(account)));
    findings::short(page, "Errors", &account.errors);
    changes(page, view);
    access::write(page, view);
    for (opened, heading) in [(true, "Escalation paths opened:"), (false, "Escalation paths closed:")] {
        let mut chains = account.chains.iter().filter(|chain| chain.opened == opened).peekable();
        if chains.peek().is_some() {
            page.heading(if opened { Role::Error } else { Role::Strong }, heading);
        }
        for chain in chains {
            page.line(&Line::plain(2, escape::line(&chain.message)));
        }
    }
    findings::short(page, "New findings", view.findings.iter().copied());
    if view.notes > 0 {
        page.gap();
        page.line(&Line::plain(0, format!("{} (`iamctl lint` lists them)", count(view.notes, "new note", "new notes"))));
    }
    findings::short(page, "Findings that are gone", &account.findings.fixed);
    if account.findings.standing > 0 {
        let text = format!("{} as before", count(account.findings.standing, "finding", "findings"));
        page.heading(Role::Dim, &text);
    }
    findings::tests(page, account);
    if let Some(plan) = &account.plan {
        page.gap();
        page.line(&Line::plain(0, format!("On the account: {}", summary_line(plan))));
        if !account.drift.is_empty() {
            let drift: Vec<String> = account.drift.iter().map(|c| escape::line(&c.address.to_string()).into_owned()).collect();
            page.line(&Line::plain(0, format!("Drift, and not of this change: {}", drift.join(", "))));
        }
    }
}

/// The changes; of many new entities of one shape the first twenty, and how many more there are.
fn changes(page: &mut Page, view: &AccountView<'_>) {
    if page.detail == Detail::Summary && !view.changes.is_empty() {
        page.gap();
        return view.changes.iter().for_each(|change| page.line(&heading(change)));
    }
    let (shown, folded) = change::folded(&view.changes);
    for change in shown {
        page.gap();
        page.line(&heading(change));
        let lines = line::of_change(change, &mut page.shown);
        page.lines(&lines);
    }
    for Folded { changes } in folded {
        let kind = changes.first().map(|first| first.change.address.kind.word()).unwrap_or_default();
        let names: Vec<String> = changes.iter().map(|view| view.change.address.to_string()).collect();
        page.gap();
        page.line(&Line::of(0, Role::Create, format!("+   {} more {kind}s of this shape", names.len())).with(None, "  create"));
        page.line(&Line::of(6, Role::Dim, some(&names)));
    }
}

/// Sign, address, verb and place of a change.
fn heading(view: &ChangeView<'_>) -> Line {
    let change = view.change;
    let colour = match change.action {
        Action::Create => Role::Create,
        Action::Update | Action::DetachOnly => Role::Update,
        Action::Delete | Action::Replace => Role::Delete,
        Action::Adopt | Action::Release => Role::Adopt,
        Action::Blocked => Role::Error,
    };
    let line = Line::of(0, colour, format!("{:<3}", change::sign(change.action)))
        .with(None, " ")
        .with(Some(Role::Strong), escape::line(&change.address.to_string()))
        .with(None, "  ")
        .with(Some(colour), change::verb(change.action));
    match &change.at {
        Some(at) => line.with(None, "  ").with(Some(Role::Dim), escape::line(&format!("[{at}]"))),
        None => line,
    }
}
