//! The lint findings that entities of this account accept.

use super::collect::{Collected, Declared};
use super::context::Waiver;
use super::env::Env;
use crate::names::{Address, EntityKind};
use crate::spec::shape::WaiveSpec;
use crate::spec::yaml::{At, Items};

pub(super) fn list(env: &Env<'_>, collected: &Collected) -> Vec<Waiver> {
    let mut out = Vec::new();
    of(env, EntityKind::Policy, &collected.policies, |s| (s.accounts.as_ref(), &s.waive), &mut out);
    of(env, EntityKind::Role, &collected.roles, |s| (s.accounts.as_ref(), &s.waive), &mut out);
    of(env, EntityKind::User, &collected.users, |s| (s.accounts.as_ref(), &s.waive), &mut out);
    of(env, EntityKind::Group, &collected.groups, |s| (s.accounts.as_ref(), &s.waive), &mut out);
    out
}

type Parts<'a> = (Option<&'a Items<At<String>>>, &'a Items<WaiveSpec>);

fn of<T>(env: &Env<'_>, kind: EntityKind, declared: &Declared<T>, parts: fn(&T) -> Parts<'_>, out: &mut Vec<Waiver>) {
    for (name, _, spec) in env.here(declared, |s| parts(s).0) {
        out.extend(parts(spec).1.0.iter().map(|waive| Waiver {
            address: Address::new(kind, name),
            code: waive.code.value.clone(),
            place: env.place(waive.code.at),
            reason: waive.reason.value.clone(),
            until: waive.until.as_ref().map(|u| (u.value.clone(), env.place(u.at))),
        }));
    }
}
