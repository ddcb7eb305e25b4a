//! Decisions for people and for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::style::{Paint, Role};
use super::{escape, json};
use crate::cases::{Answer, Because};

/// Each decision with the statements that decided.
pub fn simulation_text(answers: &[Answer], paint: Paint) -> String {
    let mut out = String::new();
    for answer in answers {
        out += &format!("{}  {}\n", decision_word(answer.decision, paint), escape::line(&answer.name));
        for line in reasons(answer) {
            out += &format!("    {line}\n");
        }
    }
    out
}

/// Decisions: what `iamctl simulate --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Simulation", deny_unknown_fields)]
pub(super) struct Results<'a> {
    /// One for each action and resource, or for each case of a file, in the order asked.
    results: &'a [Answer],
}

/// `{"results": [...]}`, in the order asked.
pub fn simulation_json(answers: &[Answer]) -> String {
    json(&Results { results: answers })
}

fn decision_word(decision: &str, paint: Paint) -> String {
    let role = match decision {
        "allowed" => Role::Create,
        "unknown" => Role::Warning,
        _ => Role::Delete,
    };
    paint.paint(role, decision)
}

/// What led to a decision, a line each, harmless.
pub(super) fn reasons(answer: &Answer) -> Vec<String> {
    let verb = match answer.decision {
        "allowed" => "allowed by",
        "explicitDeny" => "denied by",
        _ => "depends on",
    };
    let mut lines: Vec<String> = answer.because.iter().map(|because| format!("{verb} {}", statement(because))).collect();
    for action in &answer.lacking {
        let why = if action.ends_with("TagSession") { "session tags need" } else { "a source identity needs" };
        lines.push(format!("{why} `{}` too, which is not allowed", escape::line(action)));
    }
    // It may be the action itself, or the others.
    let it = if answer.lacking.is_empty() { "it" } else { "all of it" };
    for layer in &answer.withheld_by {
        lines.push(match *layer {
            "identity" => format!("no identity policy allows {it}"),
            "resource" => format!("no policy of the resource allows {it}"),
            "boundary" => format!("the permissions boundary does not allow {it}"),
            "session" => format!("no session policy allows {it}"),
            layer => {
                let levels: Vec<String> =
                    answer.withheld_levels.iter().map(|level| format!("`{}`", escape::line(level))).collect();
                format!(
                    "no {} policy of {} allows {it}",
                    if layer == "rcp" { "resource control" } else { "service control" },
                    levels.join(", ")
                )
            }
        });
    }
    lines.extend(answer.open.iter().map(|what| escape::line(what).to_string()));
    if !answer.session_may_override.is_empty() {
        let keys: Vec<_> = answer.session_may_override.iter().map(|key| escape::line(key)).collect();
        lines.push(format!("by the tags of the role, which a session may override: {}", keys.join(", ")));
    }
    lines.extend(answer.unread.iter().map(|policy| format!("not known: {}", escape::line(policy))));
    if !answer.missing_context.is_empty() {
        let keys: Vec<_> = answer.missing_context.iter().map(|key| escape::line(key)).collect();
        lines.push(format!("condition keys not given: {}", keys.join(", ")));
    }
    lines
}

/// `` statement 2 (`DenyWrite`) of policy/x (boundary), specs/x.yaml:3:5 ``; statements count from 1 for people.
fn statement(because: &Because) -> String {
    let sid = because.sid.as_ref().map(|sid| format!(" (`{}`)", escape::line(sid))).unwrap_or_default();
    let place = because.place.as_ref().map(|place| format!(", {}", escape::line(&place.to_string()))).unwrap_or_default();
    let layer = match (&because.level, because.layer) {
        (_, "identity") => String::new(),
        (Some(level), layer) => format!(" ({layer} of `{}`)", escape::line(level)),
        (None, layer) => format!(" ({layer})"),
    };
    format!("statement {}{sid} of {}{layer}{place}", because.statement + 1, escape::line(&because.policy))
}
