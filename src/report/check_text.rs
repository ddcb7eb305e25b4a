//! The result of `iamctl check` for people.

use super::escape;
use super::style::{Paint, Role};
use crate::catalogue;
use crate::check::{FeatureReport, Gap, Half, Method, Outcome, Report, Requirement, Requirements, Verdict};

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
        let guess = if report.arn_is_a_guess { " (a guess: the path could not be read)" } else { "" };
        out += &format!("  {}\n", paint.paint(Role::Dim, &format!("{}{guess}", safe(arn))));
    }
    for (name, values) in &report.with {
        out += &format!("  {}\n", paint.paint(Role::Dim, &format!("{}: {}", safe(name), safe(&values.join(", ")))));
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
    out += &optional(&report.permissions.optional, paint);
    let actions = report.required_actions.iter().map(String::as_str);
    let summary = catalogue::summarize(actions);
    out += "\nNeeded (all of it: `iamctl check --for ";
    out += &format!("{} --required`):\n", safe(&report.need));
    for line in summary.lines.iter().map(ToString::to_string).chain(summary.unknown) {
        out += &format!("  {}\n", safe(&line));
    }
    for note in &report.notes {
        out += &format!("{} {}\n", paint.paint(Role::Note, "note:"), safe(note));
    }
    if report.verdict == Verdict::Ready {
        return out;
    }
    let ways = [
        ("A spec that fixes it", &report.remediation),
        ("Or a new role", &report.new_role),
        ("Or a text for an administrator", &report.request),
    ];
    for (title, text) in ways.into_iter().filter_map(|(title, text)| Some((title, text.as_ref()?))) {
        out += &format!("\n{}\n\n", paint.paint(Role::Strong, &format!("{title}:")));
        for line in escape::block(text.trim_end()) {
            out += &format!("    {line}\n");
        }
    }
    out
}

/// What not every workload needs: what is there in one line, what is not with what it is for.
fn optional(features: &[FeatureReport], paint: Paint) -> String {
    let (there, lacking): (Vec<&FeatureReport>, Vec<&FeatureReport>) = features.iter().partition(|f| f.verdict == Half::Yes);
    let mut out = String::new();
    if !there.is_empty() {
        let names: Vec<&str> = there.iter().map(|feature| feature.feature.as_str()).collect();
        out += &format!("\nOptional, and allowed: {}\n", escape::line(&names.join(", ")));
    }
    if !lacking.is_empty() {
        out += "\nOptional, and not allowed (`--need NAME` insists on it):\n";
    }
    for feature in lacking {
        let missing: Vec<&Gap> =
            feature.gaps.iter().filter(|gap| !matches!(gap.outcome, Outcome::Allowed | Outcome::Narrower)).collect();
        let mut actions: Vec<&str> = missing.iter().map(|gap| gap.action.as_str()).collect();
        actions.dedup();
        let first = actions.first().copied().unwrap_or("nothing could be asked");
        let more = actions.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let unknown = if feature.verdict == Half::Unknown { "not known: " } else { "" };
        let line = format!("{} for {}: {unknown}{first}{more}", feature.feature, feature.about);
        out += &format!("  {}\n", paint.paint(Role::Dim, &escape::line(&line)));
    }
    out
}

/// What a workload needs, as text: every action with its resources.
pub fn required_text(required: &Requirements, paint: Paint) -> String {
    let safe = |text: &str| escape::line(text).into_owned();
    let mut out = format!("{} needs\n", paint.paint(Role::Strong, &safe(&required.need)));
    let list = |statements: &[Requirement], out: &mut String| {
        for statement in statements {
            for action in &statement.actions {
                *out += &format!("  {}\n", safe(action));
            }
            let mut on = statement.resources.join(", ");
            if let Some(parameter) = &statement.parameter {
                on += &format!("   (`--with {parameter}=NAME` narrows it)");
            }
            *out += &format!("    on {}\n", safe(&on));
            if let Some(condition) = &statement.condition {
                *out += &format!("    when {}\n", safe(&condition.to_string()));
            }
        }
    };
    list(&required.statements, &mut out);
    for feature in &required.optional {
        out += &format!("\noptional: {} for {}\n", paint.paint(Role::Strong, &safe(&feature.feature)), safe(&feature.about));
        list(&feature.statements, &mut out);
    }
    if !required.trust.is_empty() {
        out += &format!("\nIts trust policy must allow {} to assume it.\n", safe(&required.trust.join(" and ")));
    }
    if !required.idle.is_empty() {
        let what =
            format!("the template also grants {}, on resources that no request of that kind names", required.idle.join(", "));
        out += &format!("{} {}\n", paint.paint(Role::Note, "note:"), safe(&what));
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
