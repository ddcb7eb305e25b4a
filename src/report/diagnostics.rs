//! Findings as text with the source line and a caret, and as JSON.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use schemars::JsonSchema;
use serde::Serialize;

use super::style::{Paint, Role};
use super::{count, escape, json};
use crate::diag::{Finding, Place, Severity};

/// A tab of a source line as it is shown.
const TAB: &str = "    ";

/// All diagnostics, each with its place and next move, then a line that counts them. Empty when there are none.
pub fn diagnostics_text(problems: &[Finding], paint: Paint) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let renderer = if paint.is_coloured() { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for problem in problems {
        out += &one(problem, &renderer, paint);
        for (i, help) in problem.help.iter().flat_map(|help| escape::block(help)).enumerate() {
            let label = paint.paint(Role::Note, if i == 0 { "help:" } else { "     " });
            out += &format!("{label} {help}\n");
        }
        out.push('\n');
    }
    out += &counted(problems, paint);
    out
}

/// `2 errors, 1 warning`.
fn counted(problems: &[Finding], paint: Paint) -> String {
    let of = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let kinds = [
        (Severity::Error, Role::Error, "error", "errors"),
        (Severity::Warning, Role::Warning, "warning", "warnings"),
        (Severity::Note, Role::Note, "note", "notes"),
    ];
    let parts: Vec<_> = kinds
        .into_iter()
        .filter(|(severity, ..)| of(*severity) > 0)
        .map(|(severity, role, one, many)| paint.paint(role, &count(of(severity), one, many)))
        .collect();
    parts.join(", ") + "\n"
}

/// Headline, place with the source line, second places.
fn one(problem: &Finding, renderer: &Renderer, paint: Paint) -> String {
    let (role, level) = match problem.severity {
        Severity::Error => (Role::Error, Level::ERROR),
        Severity::Warning => (Role::Warning, Level::WARNING),
        Severity::Note => (Role::Note, Level::NOTE),
    };
    let headline = problem.headline();
    let mut headline = escape::block(&headline);
    let head = paint.paint(role, &format!("{}[{}]", problem.severity.word(), escape::line(&problem.code)));
    let mut out = format!("{head}: {}\n", paint.paint(Role::Strong, &headline.next().unwrap_or_default()));
    for more in headline {
        out += &format!("  {more}\n");
    }
    let margin = problem.at.as_ref().map_or(0, |place| place.line.to_string().len());
    if let Some(place) = &problem.at {
        // Said here and not by the snippet, which would count columns in the escaped line.
        let arrow = paint.paint(Role::Note, "-->");
        out += &format!("{:margin$}{arrow} {}\n", "", escape::line(&place.to_string()));
        if let Some(source) = &problem.source_line {
            out += &renderer.render(&[Group::with_level(level).element(snippet(place, source))]);
            out.push('\n');
        }
    }
    for (what, place) in problem.others() {
        let label = paint.paint(Role::Note, "= note:");
        out += &format!("{:margin$} {label} {}: {}\n", "", escape::line(what), escape::line(&place.to_string()));
    }
    out
}

/// The source line made harmless, with carets under the shown form of the word at the place.
fn snippet(place: &Place, source: &str) -> Snippet<'static, annotate_snippets::Annotation<'static>> {
    let target = to_index(place.column).saturating_sub(1);
    let mut shown = String::new();
    let mut span: Option<(std::ops::Range<usize>, bool)> = None;
    for (i, c) in source.trim_end_matches(['\n', '\r']).chars().enumerate() {
        let start = shown.len();
        if c == '\t' {
            shown.push_str(TAB)
        } else {
            shown.push_str(&escape::visible(c))
        }
        let in_word = c.is_alphanumeric() || c == '_' || c == '-';
        span = match span {
            None if i == target => Some((start..shown.len(), in_word)),
            Some((word, true)) if in_word => Some((word.start..shown.len(), true)),
            Some((word, _)) => Some((word, false)),
            None => None,
        };
    }
    // A place just past the end of its line points there.
    let span = span.map_or(shown.len()..shown.len(), |(span, _)| span);
    Snippet::source(shown).line_start(to_index(place.line)).annotation(AnnotationKind::Primary.span(span))
}

fn to_index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Findings: what `iamctl lint --format json` and `iamctl validate --format json` print.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Findings", deny_unknown_fields)]
pub(super) struct AllFindings {
    /// By place.
    findings: Vec<Finding>,
}

/// `{"findings": [...]}`, one document.
pub fn findings_json(findings: &[Finding]) -> String {
    json(&AllFindings { findings: findings.to_vec() })
}
