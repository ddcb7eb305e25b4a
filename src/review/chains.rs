//! Ways from one principal to a stronger one, as the rules tell them, opened and closed.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::is_standing;
use super::report::Chain;
use crate::diag::Severity;
use crate::escalation::{Escalation, How, Power, Source, escalations, hosts};
use crate::holdings::AccountState;
use crate::lint::{ESCALATION_CODES, rules};
use crate::model::InstanceProfile;
use crate::names::{Address, EntityKind, Name};
use crate::plan::Finding;
use crate::policy::caller::Caller;
use crate::policy::eval::{Context, PolicySet, Possible, Principal, possible};
use crate::spec::Waiver;

/// The chains that a change opens and closes, by the findings of both sides. A finding names the ways that a principal has; what it named
/// before is not opened again, unless it depended on something then. `gains` as for [`told_apart`](super::compare::told_apart).
pub(super) fn of<'f>(
    base: impl Iterator<Item = &'f Finding>,
    head: impl Iterator<Item = &'f Finding>,
    gains: &dyn Fn(&Address) -> bool,
) -> Vec<Chain> {
    let (was, is) = (ways(base), ways(head));
    let mut found = BTreeSet::new();
    for (side, other, opened) in [(&is, &was, true), (&was, &is, false)] {
        for ((principal, code, words), here) in side {
            // Who may do everything has every way.
            let every = |(who, code, _): &(&Address, &str, &str)| who == principal && *code == rules::ADMINISTRATOR_ACCESS.code;
            if *code == rules::PRIVILEGE_ESCALATION.code && side.keys().any(every) {
                continue;
            }
            let known = other.get(&(*principal, *code, *words)).filter(|known| known.severity >= here.severity);
            let left: Vec<&str> =
                here.ways.iter().copied().filter(|way| !known.is_some_and(|known| known.ways.contains(way))).collect();
            let standing = here.findings.iter().all(|finding| is_standing(finding, gains));
            if known.is_some() && (left.is_empty() || standing) {
                continue;
            }
            // The words about outsiders name their claims; what counts is that somebody got in before, and nobody more does now.
            let outside = |way: &Way<'_>| way.findings.iter().any(|f| f.outsider && f.address.as_ref() == Some(*principal));
            if standing && outside(here) && other.values().any(outside) {
                continue;
            }
            let message = told(words, &left);
            found.insert(Chain { principal: (*principal).clone(), code: (*code).to_owned(), message, opened });
        }
    }
    found.into_iter().collect()
}

/// Principals that can newly escalate through something in particular: the policies of their own group, a
/// group of administrators that they may join. Rules about patterns of resources do not see these; the engine of escalations does.
/// `known`: what the rules found.
pub(super) fn of_accounts(
    before: &AccountState<'_>,
    after: &AccountState<'_>,
    today: &str,
    accepted: &[Waiver],
    known: &[Chain],
) -> Vec<Chain> {
    let code = rules::PRIVILEGE_ESCALATION.code;
    let (was, is) = (own_ways(before, today), own_ways(after, today));
    let mut found = Vec::new();
    for (side, other, opened) in [(&is, &was, true), (&was, &is, false)] {
        for (address, escalation) in side.iter().filter(|(address, _)| !other.contains_key(address)) {
            let waived = opened && accepted.iter().any(|waiver| waiver.address == *address && waiver.code == code);
            if waived || known.iter().any(|chain| chain.principal == *address && chain.opened == opened) {
                continue;
            }
            let Some(step) = escalation.steps.first().filter(|step| step.how != How::Is) else { continue };
            let (verb, open) = match step.open.first() {
                Some(open) => ("may", format!("; not certain: {open}")),
                None => ("can", String::new()),
            };
            let what = match escalation.power {
                Power::Administrator => "become an administrator",
                Power::AnyPermission => "grant itself any permission",
                Power::UpToBoundary => "grant itself everything that its permissions boundary allows",
            };
            let message = format!("`{address}` {verb} {what} {}{open}", step.how);
            found.push(Chain { principal: address.clone(), code: code.to_owned(), message, opened });
        }
    }
    found.extend(by_profiles(before, after, today, &is));
    found
}

/// Instance profiles that move to a strong role: what runs with them gets the role's credentials (Amazon EC2 User Guide, "IAM roles for Amazon
/// EC2"), where the role's trust lets EC2 in. A role that is strong newly is told as such.
fn by_profiles(
    before: &AccountState<'_>,
    after: &AccountState<'_>,
    today: &str,
    strong: &BTreeMap<Address, Escalation>,
) -> Vec<Chain> {
    let (Some(was), Some(is)) = (before.snapshot(), after.snapshot()) else { return Vec::new() };
    let admits = |role: &Name| {
        let Some(trust) = after.named_trust(role) else { return false };
        let policies = PolicySet { resource: Some(trust), ..PolicySet::default() };
        let Some(arn) = after.arn(&Address::new(EntityKind::Role, role)) else { return false };
        hosts("ec2").into_iter().any(|host| {
            let caller = Caller::new(Principal::Service(host));
            let answer = possible(&policies, &caller.request("sts:AssumeRole", arn.as_str(), &Context::new()), today);
            answer != Possible::Never
        })
    };
    let holds = |profile: &InstanceProfile| profile.role.value().cloned().flatten();
    let moved = is.instance_profiles.iter().filter_map(|(name, profile)| {
        let role = holds(profile)?;
        let first = was.instance_profiles.get(name).map(holds)?;
        let escalation = strong.get(&Address::new(EntityKind::Role, &role)).filter(|_| first.as_ref() != Some(&role))?;
        let principal = Address::new(EntityKind::InstanceProfile, name);
        let message = format!(
            "whoever holds an instance with `{principal}` can become {}: `{}`",
            escalation.power.noun(),
            escalation.target
        );
        let code = rules::ESCALATION_CHAIN.code.to_owned();
        admits(&role).then_some(Chain { principal, code, message, opened: true })
    });
    moved.collect()
}

/// Whoever is strong by itself, with the first way.
fn own_ways(account: &AccountState<'_>, today: &str) -> BTreeMap<Address, Escalation> {
    let mut found = BTreeMap::new();
    for escalation in escalations(account, today) {
        if escalation.source == Source::Principal(escalation.target.clone()) {
            found.entry(escalation.target.clone()).or_insert(escalation);
        }
    }
    found
}

/// The words with the first few ways.
fn told(words: &str, ways: &[&str]) -> String {
    if ways.is_empty() { words.to_owned() } else { format!("{words}: {}", rules::ways_in_words(ways)) }
}

/// The ways of what findings say in the same words.
struct Way<'a> {
    findings: Vec<&'a Finding>,
    severity: Severity,
    ways: Vec<&'a str>,
}

type Ways<'a> = BTreeMap<(&'a Address, &'a str, &'a str), Way<'a>>;

/// By principal, rule and what is said: each way. Notes reach only what has a certain name and are no chains.
fn ways<'a>(findings: impl Iterator<Item = &'a Finding>) -> Ways<'a> {
    let mut found = Ways::new();
    for finding in findings.filter(|f| f.severity > Severity::Note && ESCALATION_CODES.contains(&f.code.as_str())) {
        let Some(principal) = &finding.address else { continue };
        let words = finding.claim.as_ref().unwrap_or(&finding.message).as_str();
        let key = (principal, finding.code.as_str(), words);
        let way = found.entry(key).or_insert_with(|| Way { findings: Vec::new(), severity: finding.severity, ways: Vec::new() });
        way.severity = way.severity.max(finding.severity);
        way.ways.extend(finding.ways.iter().map(String::as_str));
        way.findings.push(finding);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn finding(code: &str, message: &str, ways: &[&str]) -> Finding {
        let found = Finding::new(Source::Lint, Severity::Error, code, message).about(Address::new(EntityKind::Role, "dev"));
        let claim = message.split_once(": ").map(|(claim, _)| claim.to_owned());
        Finding { ways: ways.iter().map(|way| (*way).to_owned()).collect(), claim, ..found }
    }

    fn chains(was: &[Finding], is: &[Finding]) -> Vec<(String, bool)> {
        let gains = |_: &Address| true;
        of(was.iter(), is.iter(), &gains).into_iter().map(|chain| (chain.message, chain.opened)).collect()
    }

    #[test]
    fn only_what_was_not_named_before_is_opened() {
        let words = "`role/dev` can escalate its privileges: and so on";
        let was = finding("privilege-escalation", words, &["CreateAccessKey", "AddUserToGroup"]);
        let is = finding("privilege-escalation", words, &["CreateAccessKey", "PutRolePolicy"]);
        let opened = ("`role/dev` can escalate its privileges: `iam:PutRolePolicy`".to_owned(), true);
        let closed = ("`role/dev` can escalate its privileges: `iam:AddUserToGroup`".to_owned(), false);
        assert_eq!(chains(&[was], &[is]), [closed, opened]);
    }

    #[test]
    fn an_administrator_is_not_told_method_by_method() {
        let is = [
            finding("administrator-access", "`role/dev` may do everything", &[]),
            finding("privilege-escalation", "`role/dev` can escalate its privileges: and so on", &["CreateAccessKey"]),
        ];
        assert_eq!(chains(&[], &is), [("`role/dev` may do everything".to_owned(), true)]);
    }

    #[test]
    fn another_reason_for_the_same_way_opens_nothing() {
        let bucket = |name: &str, lacks: &str| {
            let message =
                format!("`role/dev` may write the policy of bucket `{name}`, and so give itself what it lacks: `{lacks}`");
            finding("resource-policy-escalation", &message, &[])
        };
        assert_eq!(chains(&[bucket("a", "s3:GetObject")], &[bucket("a", "s3:PutObject")]), []);
        let opened = "`role/dev` may write the policy of bucket `b`, and so give itself what it lacks".to_owned();
        assert_eq!(chains(&[bucket("a", "x")], &[bucket("a", "y"), bucket("b", "x")]), [(opened, true)]);
    }

    #[test]
    fn other_findings_are_no_chains() {
        assert_eq!(chains(&[], &[finding("wildcard-resource", "`role/dev`: all", &[])]), []);
    }

    #[test]
    fn a_profile_that_moves_to_a_strong_role_gives_it_to_what_runs() {
        let document = |statement: serde_json::Value| serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
        let account = |holder: &str, service: &str| {
            let trust = serde_json::json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
            let role = |action: &str| {
                let own = document(serde_json::json!({"Effect": "Allow", "Action": action, "Resource": "*"}));
                serde_json::json!({"path": "/", "id": "AROAAAAAAAAAAAAAAAAAA", "trust": document(trust.clone()), "description": null,
                    "max_session_duration": 3600, "permissions_boundary": null, "tags": {}, "inline_policies": {"own": own},
                    "attached_policies": []})
            };
            let profile = serde_json::json!({"path": "/", "id": "AIPAAAAAAAAAAAAAAAAAA", "role": holder, "tags": {}});
            let all = serde_json::json!({"format_version": 1, "account": {"id": "111111111111", "partition": "aws"},
                "roles": {"weak": role("s3:ListAllMyBuckets"), "strong": role("*")}, "instance_profiles": {"web": profile}});
            serde_json::from_value::<crate::model::Snapshot>(all).unwrap()
        };
        let opened = |was: &str, is: &str, service: &str| {
            let (was, is) = (account(was, service), account(is, service));
            let states = (AccountState::of_snapshot(&was), AccountState::of_snapshot(&is));
            of_accounts(&states.0, &states.1, "2027-01-31", &[], &[]).into_iter().map(|chain| chain.message).collect::<Vec<_>>()
        };
        let message = "whoever holds an instance with `instance-profile/web` can become an administrator: `role/strong`";
        assert_eq!(opened("weak", "strong", "ec2.amazonaws.com"), [message]);
        assert_eq!(opened("strong", "strong", "ec2.amazonaws.com"), [""; 0]);
        assert_eq!(opened("strong", "weak", "ec2.amazonaws.com"), [""; 0]);
        // EC2 gets no credentials of a role that does not trust it.
        assert_eq!(opened("weak", "strong", "lambda.amazonaws.com"), [""; 0]);
    }
}
