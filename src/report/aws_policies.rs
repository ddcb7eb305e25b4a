//! The list of AWS managed policies.

use serde::Serialize;

use super::style::{Paint, Role};
use super::{escape, json};

/// One policy of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AwsPolicyLine {
    /// The part after `aws/` in a spec.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The version in force, or the last one that is known of a withdrawn policy.
    pub version: Option<String>,
    /// When that was made (RFC 3339).
    pub updated: Option<String>,
    /// `current`, `deprecated` or `withdrawn`.
    pub standing: &'static str,
    /// What takes its place, where that is known.
    pub successor: Option<String>,
    /// The page of AWS that says so.
    pub source: Option<String>,
}

/// `{"policies": [...]}`.
pub fn aws_policies_json(lines: &[AwsPolicyLine]) -> String {
    #[derive(Serialize)]
    struct All<'a> {
        policies: &'a [AwsPolicyLine],
    }
    json(&All { policies: lines })
}

/// One line for each.
pub fn aws_policies_text(lines: &[AwsPolicyLine], paint: Paint) -> String {
    let width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for line in lines {
        let (name, version) = (escape::line(&line.name), line.version.as_deref().unwrap_or("-"));
        let updated = line.updated.as_deref().and_then(|time| time.get(..10)).unwrap_or("-");
        let mut text = format!("{name:<width$}  {:<5} {:<10}", escape::line(version), escape::line(updated));
        if line.standing != "current" {
            text += &format!("  {}", paint.paint(Role::Warning, line.standing));
        }
        if let Some(next) = &line.successor {
            text += &format!(", use aws/{}", escape::line(next));
        }
        out += text.trim_end();
        out.push('\n');
    }
    out
}
