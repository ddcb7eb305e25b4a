//! Findings that a spec accepts, and waivers that accept nothing.

use super::findings::Findings;
use super::rules::{CROSS_ACCOUNT_ESCALATION, EXPIRED_WAIVER, FORBIDDEN_ACCESS, UNUSED_WAIVER};
use super::subject::Surroundings;
use crate::diag::{Finding, Severity, did_you_mean};
use crate::spec::Waiver;

/// Takes away what is waived, and returns it; adds what is wrong with the waivers.
pub(super) fn apply(findings: &mut Vec<Finding>, waivers: &[Waiver], around: &Surroundings) -> Vec<Finding> {
    let (mut unused, mut expired) = (Findings::new(&UNUSED_WAIVER), Findings::new(&EXPIRED_WAIVER));
    let mut waived = vec![false; findings.len()];
    for waiver in waivers {
        let address = Some(waiver.address.clone());
        let matching: Vec<usize> =
            findings.iter().enumerate().filter(|(_, f)| f.address == address && f.code == waiver.code).map(|(i, _)| i).collect();
        if !super::rules::ALL.iter().any(|rule| rule.code == waiver.code) {
            let known = super::rules::ALL.iter().map(|r| r.code);
            let help = did_you_mean(&waiver.code, known).unwrap_or_else(|| "`iamctl explain` lists all codes".to_owned());
            let message = format!("the waiver is for `{}`, which is not a lint rule", waiver.code.escape_debug());
            unused.push(Severity::Warning, address, Some(waiver.place.clone()), message, help);
            continue;
        }
        if waiver.code == FORBIDDEN_ACCESS.code {
            let message = format!("`{}` cannot be waived", waiver.code);
            let help = "put the principal under `except` of the rule in the project file".to_owned();
            unused.push(Severity::Warning, address, Some(waiver.place.clone()), message, help);
            continue;
        }
        if waiver.reason.trim().is_empty() {
            let message = format!("the waiver of `{}` has no reason", waiver.code);
            unused.push(
                Severity::Warning,
                address.clone(),
                Some(waiver.place.clone()),
                message,
                "say why it is accepted".to_owned(),
            );
        }
        if let Some((until, place)) = &waiver.until {
            match until.parse::<jiff::civil::Date>() {
                Err(_) => {
                    let message = format!("`{}` is not a date", until.escape_debug());
                    let help = "write it as `2027-01-31`, in quotes; until then the waiver does not count".to_owned();
                    expired.push(Severity::Warning, address, Some(place.clone()), message, help);
                    continue;
                }
                // Days in this form compare as texts.
                Ok(day) if day.to_string().as_str() < around.today.as_str() => {
                    let message = format!("the waiver of `{}` expired on {day}", waiver.code);
                    let help = if matching.is_empty() {
                        "take it out: nothing of this kind is found any more".to_owned()
                    } else {
                        "fix what it waived, or set a later date with a reason that still applies".to_owned()
                    };
                    expired.push(Severity::Warning, address, Some(place.clone()), message, help);
                    continue;
                }
                Ok(_) => {}
            }
        }
        // What several accounts say together is not looked at when one of them is.
        if matching.is_empty() && waiver.code != CROSS_ACCOUNT_ESCALATION.code {
            let message = format!("nothing here is `{}`, so the waiver waives nothing", waiver.code);
            unused.push(Severity::Warning, address, Some(waiver.place.clone()), message, "take it out".to_owned());
        }
        for i in matching {
            if let Some(flag) = waived.get_mut(i) {
                *flag = true;
            }
        }
    }
    let (taken, kept): (Vec<_>, Vec<_>) = std::mem::take(findings).into_iter().zip(waived).partition(|(_, waived)| *waived);
    findings.extend(kept.into_iter().map(|(finding, _)| finding));
    findings.extend(unused.into_list(None));
    findings.extend(expired.into_list(None));
    taken.into_iter().map(|(finding, _)| finding).collect()
}
