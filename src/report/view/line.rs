//! A change and a grant as lines of text: what they say, how they are painted, and which sign precedes them.

use super::access::GrantView;
use super::change::ChangeView;
use super::field::{Body, Entry, FieldView, Mark, Texts};
use crate::report::diff::{DiffLine, Shown, text_diff};
use crate::report::style::{Paint, Role};
use crate::report::{count, escape};

/// One line. Its text is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Columns before it.
    pub indent: usize,
    /// The sign that it begins with.
    pub sign: Option<char>,
    /// Its pieces, each with its role.
    pub pieces: Vec<(Option<Role>, String)>,
}

impl Line {
    /// Plain text.
    pub fn plain(indent: usize, text: impl Into<String>) -> Self {
        Self { indent, sign: None, pieces: vec![(None, text.into())] }
    }

    /// Text of one role.
    pub fn of(indent: usize, role: Role, text: impl Into<String>) -> Self {
        Self { indent, sign: None, pieces: vec![(Some(role), text.into())] }
    }

    /// Text of one role after a sign and a space.
    pub fn signed(indent: usize, role: Role, sign: char, text: &str) -> Self {
        Self { indent, sign: Some(sign), pieces: vec![(Some(role), text.to_owned())] }
    }

    /// More text.
    pub fn with(mut self, role: Option<Role>, text: impl Into<String>) -> Self {
        self.pieces.push((role, text.into()));
        self
    }

    /// Whether it begins with a piece of this role.
    pub fn is(&self, role: Role) -> bool {
        self.pieces.first().is_some_and(|(first, _)| *first == Some(role))
    }

    /// The line on a terminal.
    pub fn painted(&self, paint: Paint) -> String {
        let mut out = " ".repeat(self.indent);
        let mut sign = self.sign.map(|sign| format!("{sign} ")).unwrap_or_default();
        for (role, text) in &self.pieces {
            let text = std::mem::take(&mut sign) + text;
            out += &role.map_or_else(|| text.clone(), |role| paint.paint(role, &text));
        }
        out
    }

    /// The line in a block that colours what comes and goes: the sign first, where a diff has it. `base`: columns that are left out.
    pub fn as_diff(&self, base: usize) -> String {
        let text: String = self.pieces.iter().map(|(_, text)| text.as_str()).collect();
        let space = " ".repeat(self.indent.saturating_sub(base));
        match self.sign {
            Some(sign @ ('+' | '-')) => format!("{sign}{space} {text}"),
            Some(sign) => format!(" {space}{sign} {text}"),
            None => format!(" {space}{text}"),
        }
    }
}

/// Everything of a change below its heading: reason, next moves, warnings, fields, calls. `shown`: documents that stand above.
pub fn of_change(view: &ChangeView<'_>, shown: &mut Shown) -> Vec<Line> {
    let change = view.change;
    let mut out = Vec::new();
    if !change.reason.is_empty() {
        out.extend(escape::block(&change.reason).map(|text| Line::plain(6, text)));
    }
    for help in &view.help {
        out.extend(self::help(6, help));
    }
    for warning in &change.warnings {
        for (i, text) in escape::block(warning).enumerate() {
            out.push(Line::of(6, Role::Warning, format!("{} {text}", if i == 0 { "!" } else { " " })));
        }
    }
    for field in &view.fields {
        self::field(&mut out, field, &format!("{} {}", change.address, field.name), shown);
    }
    if !view.calls.is_empty() {
        out.push(Line::of(6, Role::Dim, count(view.calls.len(), "call:", "calls:")));
        out.extend(view.calls.iter().map(|call| Line::of(8, Role::Dim, escape::line(call))));
    }
    out
}

/// A next move.
pub fn help(indent: usize, help: &str) -> Vec<Line> {
    let label = |i| if i == 0 { "help:" } else { "     " };
    let lines = escape::block(help).enumerate();
    lines.map(|(i, text)| Line::of(indent, Role::Note, label(i)).with(None, format!(" {text}"))).collect()
}

fn field(out: &mut Vec<Line>, field: &FieldView<'_>, place: &str, shown: &mut Shown) {
    let name = escape::line(field.name);
    let heading = || Line::plain(6, format!("{name}:"));
    match &field.body {
        Body::Value { before, after } => {
            let line = Line::plain(6, format!("{name}: "));
            let line = match (before, after) {
                (Some(before), Some(after)) => {
                    line.with(Some(Role::Delete), before).with(None, " -> ").with(Some(Role::Create), after)
                }
                (Some(one), None) => line.with(Some(Role::Delete), one),
                (None, one) => line.with(Some(Role::Create), one.clone().unwrap_or_default()),
            };
            out.push(line);
        }
        Body::Entries(entries) => {
            out.push(heading());
            out.extend(entries.iter().map(entry));
        }
        Body::Items { gone, come, kept } => {
            out.push(heading());
            out.extend(gone.iter().map(|item| Line::signed(8, Role::Delete, '-', item)));
            out.extend(come.iter().map(|item| Line::signed(8, Role::Create, '+', item)));
            if *kept > 0 {
                out.push(Line::of(8, Role::Dim, format!("  ({kept} unchanged)")));
            }
        }
        Body::Document(texts) => {
            out.push(heading());
            document(out, 8, texts, place, shown);
        }
        Body::Documents(documents) => {
            out.push(heading());
            for (mark, name, texts) in documents {
                let (role, sign) = match mark {
                    Mark::Added => (Role::Create, '+'),
                    Mark::Removed => (Role::Delete, '-'),
                    Mark::Changed => (Role::Update, '~'),
                };
                out.push(Line::signed(8, role, sign, name));
                document(out, 10, texts, &format!("{place} {name}"), shown);
            }
        }
        Body::Measured(size) => out.push(Line::plain(6, format!("{name}: {size}"))),
    }
}

fn entry(entry: &Entry) -> Line {
    let Entry { key, before, after } = entry;
    match (before, after) {
        (Some(before), Some(after)) => Line::signed(8, Role::Update, '~', &format!("{key}: {before} -> {after}")),
        (Some(before), None) => Line::signed(8, Role::Delete, '-', &format!("{key}: {before}")),
        (None, after) => Line::signed(8, Role::Create, '+', &format!("{key}: {}", after.as_deref().unwrap_or_default())),
    }
}

/// A diff; one that was shown before is only referred to. `place` names where it is: `role/x trust`.
fn document(out: &mut Vec<Line>, indent: usize, texts: &Texts, place: &str, shown: &mut Shown) {
    let diff = text_diff(&texts.before, &texts.after);
    if let Some(before) = shown.before_or_remember(&diff, place) {
        return out.push(Line::of(indent, Role::Dim, format!("(the same as {}, above)", escape::line(before))));
    }
    out.extend(diff.iter().map(|line| match line {
        DiffLine::Same(text) => Line::plain(indent, format!("  {}", escape::line(text))),
        DiffLine::Added(text) => Line::signed(indent, Role::Create, '+', &escape::line(text)),
        DiffLine::Removed(text) => Line::signed(indent, Role::Delete, '-', &escape::line(text)),
        DiffLine::Skipped(n) => Line::of(indent, Role::Dim, format!("  ... {}", count(*n, "unchanged line", "unchanged lines"))),
    }));
}

/// A grant on one line, and under it what its actions amount to, which of them are grave, and its example.
pub fn of_grant(grant: &GrantView<'_>, indent: usize, role: Role, sign: char) -> Vec<Line> {
    let mut out = vec![Line::signed(indent, role, sign, &grant.sentence())];
    let mut more = |role, text: String| out.push(Line::of(indent + 4, role, text));
    if grant.caller.is_none() {
        let summary = grant.grant.summary.as_deref().unwrap_or("no action that iamctl knows falls under it");
        more(Role::Dim, escape::line(summary).into());
    }
    for (what, names) in grant.grave() {
        more(Role::Warning, format!("{what}: {}", super::access::list(names)));
    }
    if grant.grant.grants_nothing_today {
        more(Role::Dim, super::access::NOTHING_TODAY.to_owned());
    }
    if let Some(example) = grant.example() {
        let example = if grant.caller.is_some() { example.asker() } else { example.sentence() };
        more(Role::Dim, escape::line(&format!("for example {example}")).into());
    }
    out
}
