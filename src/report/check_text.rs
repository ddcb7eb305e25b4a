//! The result of `iamctl check` for people.

use super::escape;
use super::style::{Paint, Role};
use crate::catalogue;
use crate::check::{Gap, HYPERPOD_CLI, Half, Method, Outcome, Report, Verdict};

/// The report as text.
pub fn check_text(report: &Report, paint: Paint) -> String {
    let safe = |text: &str| escape::line(text).into_owned();
    let half = |half: Half| {
        let role = match half {
            Half::Yes => Role::Create,
            Half::No => Role::Error,
            Half::Unknown => Role::Warning,
        };
        paint.paint(role, half.word())
    };
    let (role, word) = match report.verdict {
        Verdict::Ready => (Role::Create, "ready"),
        Verdict::NotReady => (Role::Error, "not_ready"),
        Verdict::Unknown => (Role::Warning, "unknown"),
    };
    let who = report.principal.as_deref().unwrap_or("the caller");
    let mut out = format!("{}: {} for {}\n", paint.paint(role, word), paint.paint(Role::Strong, &safe(who)), safe(&report.need));
    if let Some(arn) = &report.arn {
        out += &format!("  {}\n", paint.paint(Role::Dim, &safe(arn)));
    }
    let how = match report.permissions.method {
        Method::Simulator => ", by IAM's simulator",
        Method::Offline => ", by the policies that were read",
        Method::None => "",
    };
    out += &format!("\nPermissions: {}{how}\n", half(report.permissions.verdict));
    out += &gaps(&report.permissions.gaps, paint);
    if let Some(trust) = &report.trust {
        let principals: Vec<String> = trust.principals.iter().map(|p| safe(p)).collect();
        out += &format!("\nTrust policy for {}: {}\n", principals.join(", "), half(trust.verdict));
        out += &gaps(&trust.gaps, paint);
    }
    let actions = report.required_actions.iter().map(String::as_str);
    let summary = catalogue::summarize(actions);
    out += "\nNeeded:\n";
    for line in summary.lines.iter().map(ToString::to_string).chain(summary.unknown) {
        out += &format!("  {}\n", safe(&line));
    }
    for note in &report.notes {
        out += &format!("{} {}\n", paint.paint(Role::Note, "note:"), safe(note));
    }
    if report.verdict == Verdict::Ready {
        return out;
    }
    if let Some(spec) = &report.remediation {
        out += &format!("\n{}\n\n", paint.paint(Role::Strong, "A spec that mends it:"));
        for line in escape::block(spec) {
            out += &format!("    {line}\n");
        }
        if report.need != HYPERPOD_CLI {
            out += &format!("\nOr make a role for it alone: `use: [{{template: {}, name: NAME}}]`.\n", safe(&report.need));
        }
    }
    out
}

/// Gaps that differ in the action alone share a line.
fn gaps(list: &[Gap], paint: Paint) -> String {
    let same = |a: &Gap, b: &Gap| {
        (&a.principal, &a.resource, a.outcome, &a.because) == (&b.principal, &b.resource, b.outcome, &b.because)
    };
    let mut groups: Vec<Vec<&Gap>> = Vec::new();
    for gap in list {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first, gap))) {
            Some(group) => group.push(gap),
            None => groups.push(vec![gap]),
        }
    }
    let mut out = String::new();
    for group in groups {
        let Some(first) = group.first() else { continue };
        let (role, word) = match first.outcome {
            Outcome::Allowed | Outcome::Narrower => (Role::Dim, "allowed"),
            Outcome::Unknown => (Role::Warning, "unknown"),
            Outcome::Denied => (Role::Delete, "missing"),
            Outcome::ExplicitlyDenied => (Role::Error, "denied"),
        };
        let actions: Vec<&str> = group.iter().map(|gap| gap.action.as_str()).collect();
        let mut line = escape::line(&actions.join(", ")).into_owned();
        if let Some(principal) = &first.principal {
            line += &format!(" by {}", escape::line(principal));
        }
        if let Some(resource) = &first.resource {
            line += &format!(" on {}", escape::line(resource));
        }
        if !first.because.is_empty() {
            line += &format!(": {}", escape::line(&first.because.join("; ")));
        }
        out += &format!("  {} {line}\n", paint.paint(role, &format!("{word:<8}")));
    }
    out
}
