//! The shape of spec tests (contract 8), as far as it takes more than one value.

use super::collect::Collected;
use super::context::SkippedTest;
use super::env::Env;
use super::short_forms;
use crate::diag::Finding;
use crate::names::{AccountId, Address, EntityKind};
use crate::spec::expand::unknown_accounts;
use crate::spec::mistakes::requested_resource;
use crate::spec::shape::{CaseSpec, TestSpec};
use crate::spec::text::Pos;
use crate::spec::yaml::{At, Kind};

/// Checks every test; gives those of this account, and those that are skipped here.
pub(super) fn check(env: &mut Env<'_>, collected: &Collected) -> (Vec<At<TestSpec>>, Vec<SkippedTest>) {
    let (mut here, mut skipped) = (Vec::new(), Vec::new());
    for test in &collected.tests {
        for (at, problem) in unknown_accounts(test.accounts.as_ref(), env.context) {
            env.report(at, problem);
        }
        let assume = test.assume.is_some();
        match (&test.principal, &test.assume) {
            (Some(address), None) => principal(env, address, &[EntityKind::Role, EntityKind::User], collected),
            (None, Some(address)) => principal(env, address, &[EntityKind::Role], collected),
            _ => {
                let message = format!("the test `{}` needs exactly one of `principal` and `assume`", test.name.escape_debug());
                env.report(
                    test.at,
                    Finding::error("bad-test", message).help("`principal` tests permissions, `assume` tests a role's trust"),
                );
            }
        }
        let expect = &test.expect.value;
        let all = [&expect.allowed, &expect.denied, &expect.implicitly_denied, &expect.explicitly_denied];
        if all.iter().all(|list| list.0.is_empty()) {
            let message = format!("the test `{}` expects nothing", test.name.escape_debug());
            env.report(test.expect.at, Finding::error("bad-test", message).help("add cases under `allowed` or `denied`"));
        }
        let mut test = test.clone();
        let expect = &mut test.value.expect.value;
        for list in [&mut expect.allowed, &mut expect.denied, &mut expect.implicitly_denied, &mut expect.explicitly_denied] {
            for case in &list.0 {
                context(env, case);
                if assume {
                    assumption(env, case);
                } else {
                    request(env, case);
                }
            }
            if assume {
                list.0 = list.0.iter().flat_map(|case| short_forms::plain(env, case)).collect();
            }
        }
        match elsewhere(env, &test, collected) {
            None => here.push(test),
            Some(why) => skipped.push(SkippedTest {
                name: test.name.value.clone(),
                place: env.place(test.name.at),
                subject: subject(&test).map(|text| text.value.clone()).unwrap_or_default(),
                assumes: test.assume.is_some(),
                why,
            }),
        }
    }
    (here, skipped)
}

fn subject(test: &TestSpec) -> Option<&At<String>> {
    test.principal.as_ref().or(test.assume.as_ref())
}

/// Why a test does not run in this account: it is limited to others, or its principal is.
fn elsewhere(env: &Env<'_>, test: &TestSpec, collected: &Collected) -> Option<String> {
    let account = env.context.account_name;
    if !env.is_here(test.accounts.as_ref()) {
        return Some(format!("the test is not for account {account}"));
    }
    let address: Address = subject(test)?.parse().ok()?;
    if let Some(day) = collected.expired.get(&(address.kind, address.name.clone())) {
        return Some(format!("{address} expired on {day}"));
    }
    let declared = match address.kind {
        EntityKind::Role => collected.roles.get(&address.name).map(|(_, spec)| spec.as_ref().and_then(|s| s.accounts.as_ref())),
        EntityKind::User => collected.users.get(&address.name).map(|(_, spec)| spec.as_ref().and_then(|s| s.accounts.as_ref())),
        _ => None,
    };
    let here = match declared {
        Some(accounts) => env.is_here(accounts),
        None => !collected.elsewhere.contains(&(address.kind, address.name.clone())),
    };
    (!here).then(|| format!("{address} is not declared for account {account}"))
}

fn principal(env: &mut Env<'_>, text: &At<String>, kinds: &[EntityKind], collected: &Collected) {
    let words = kinds.iter().map(|k| format!("`{}/NAME`", k.word())).collect::<Vec<_>>().join(" or ");
    let address: Option<Address> = text.parse().ok().filter(|a: &Address| kinds.contains(&a.kind));
    let Some(address) = address else {
        let problem = Finding::error("bad-address", format!("`{}` is not a principal of a test", text.escape_debug()));
        return env.report(text.at, problem.help(format!("write {words}")));
    };
    let known: Vec<&str> = match address.kind {
        EntityKind::Role => collected.roles.keys().map(|n| n.as_str()).collect(),
        _ => collected.users.keys().map(|n| n.as_str()).collect(),
    };
    let key = (address.kind, address.name.clone());
    let elsewhere = collected.elsewhere.contains(&key) || collected.expired.contains_key(&key);
    if !elsewhere && !known.iter().any(|n| n.eq_ignore_ascii_case(address.name.as_str())) {
        let near = crate::diag::nearest(address.name.as_str(), known.iter().copied());
        if near.is_none() && env.is_incomplete() {
            return;
        }
        let help = near.map_or_else(
            || format!("declare it, or test one that the specs declare; tests run on declared {}s", address.kind.noun()),
            |near| format!("did you mean `{}/{near}`?", address.kind.word()),
        );
        env.report(text.at, Finding::error("unknown-reference", format!("no spec declares `{address}`")).help(help));
    }
}

/// A case of a permission test.
fn request(env: &mut Env<'_>, case: &At<CaseSpec>) {
    let has_action = case.action.as_ref().is_some_and(|list| !list.0.is_empty());
    if !has_action {
        let problem = Finding::error("bad-test", "this case has no `action`").help("add `action: service:Name`");
        env.report(case.at, problem);
    }
    for action in case.action.iter().flat_map(|list| &list.0) {
        let whole = action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        if !whole || action.contains(['*', '?', ' ']) {
            let problem = Finding::error("bad-test", format!("`{}` is not an action of a request", action.escape_debug()))
                .help("write one action without wildcards, as in `s3:GetObject`");
            env.report(action.at, problem);
        }
    }
    for resource in case.resource.iter().flat_map(|list| &list.0) {
        if let Err(help) = requested_resource(resource) {
            let problem = Finding::error("bad-test", format!("`{}` is not a resource of a request", resource.escape_debug()));
            env.report(resource.at, problem.help(format!("{help}, or leave `resource` out")));
        }
    }
    for (key, at) in short_forms::given(case) {
        let problem = Finding::error("bad-test", format!("`{key}` goes with `assume`, and this test has `principal`"))
            .help("test who may assume the role in a test of its own");
        env.report(at, problem);
    }
    if let Some(account) = case.resource_account.as_ref().filter(|a| AccountId::parse(a).is_none()) {
        let problem = Finding::error("bad-account-id", format!("`{}` is not an account id", account.escape_debug()));
        env.report(account.at, problem.help("write twelve digits, in quotes"));
    }
    if let Some(policy) = case.key_policy.as_ref().filter(|policy| policy.as_str() != "default") {
        let problem = Finding::error("bad-test", format!("`{}` is not a key policy", policy.escape_debug()));
        env.report(policy.at, problem.help("write `default` for AWS's default key policy, or leave `key_policy` out"));
    }
}

/// A case of a trust test.
fn assumption(env: &mut Env<'_>, case: &At<CaseSpec>) {
    if let Some(at) = case.resource.as_ref().and_then(|list| list.0.first()).map(|t| t.at) {
        let problem = Finding::error("bad-test", "`resource` goes with `principal`, and this test has `assume`");
        env.report(at, problem.help("the resource is the role itself; leave `resource` out"));
    }
    if let Some(policy) = &case.key_policy {
        let problem = Finding::error("bad-test", "`key_policy` goes with `principal`, and this test has `assume`");
        env.report(policy.at, problem.help("leave `key_policy` out"));
    }
}

/// Context values are texts, numbers, booleans or lists of them.
fn context(env: &mut Env<'_>, case: &At<CaseSpec>) {
    let bad: Vec<Pos> = case
        .context
        .list
        .iter()
        .filter(|(_, raw)| {
            let scalar = |kind: &Kind| matches!(kind, Kind::Scalar(..));
            !(scalar(&raw.0.kind) || matches!(&raw.0.kind, Kind::Seq(items) if items.iter().all(|i| scalar(&i.kind))))
        })
        .map(|(key, _)| key.at)
        .collect();
    for at in bad {
        let problem = Finding::error("bad-test", "a context value is one value or a list of values");
        env.report(at, problem.help("leave a key out that the request does not carry"));
    }
}
