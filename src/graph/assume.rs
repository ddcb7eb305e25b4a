//! Who can become whom (iam-facts 6.7): what each trust names, asked of the evaluator with what the principal itself holds.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{EdgeKind, NodeKind};
use super::reach::{Reach, Reaches};
use super::side::{EdgeDetail, Side};
use crate::escalation::Actors;
use crate::holdings::{AccountState, Evaluated};
use crate::model::Snapshot;
use crate::names::{AccountId, Address, Arn, EntityKind, Name, principal_account};
use crate::policy::ast::{Policy, Statement};
use crate::policy::eval::{Context, Effect, Named, Principal, decide_strictly};
use crate::policy::trust::{Assumption, assume, usual_action};
use crate::policy::{BARE, Document, is_unique_id};

/// Questions asked about principals and roles that trust the whole account, before the rest is drawn as "perhaps". Far above what accounts hold.
const MOST_QUESTIONS: usize = 500_000;

const ASSUME_ROLE: &str = "sts:AssumeRole";
/// A drawing is of no day in particular: no date is over.
const ANY_DAY: &str = "1970-01-01";

/// A role whose trust names this account.
struct Trusting<'a> {
    id: String,
    name: &'a Name,
    arn: String,
    trust: Named,
    terms: String,
    /// What the trust says of the account's principals, if it says the same of all.
    conditional: bool,
    /// Whether it denies somebody, so that every principal must be asked about.
    denies: bool,
}

/// Adds the edges of every role.
pub fn add(side: &mut Side, snapshot: &Snapshot) {
    let state = AccountState::of_snapshot(snapshot);
    let actors = Actors::new(&state, ANY_DAY);
    let mut walk = Walk { side, snapshot, state: &state, actors: &actors, held: BTreeMap::new(), trusting: Vec::new() };
    for (name, role) in &snapshot.roles {
        match role.trust.value() {
            Some(trust) => walk.role(name, trust),
            None => walk.side.unread("trust policy", &format!("role/{name}")),
        }
    }
    walk.through_the_account();
}

struct Walk<'a, 's> {
    side: &'s mut Side,
    snapshot: &'a Snapshot,
    state: &'a AccountState<'a>,
    actors: &'a Actors<'a>,
    held: BTreeMap<Address, Option<Evaluated>>,
    trusting: Vec<Trusting<'a>>,
}

/// Whether something may happen: `None` for no, else whether it depends on conditions.
fn may(effect: &Effect) -> Option<bool> {
    match effect {
        Effect::Allow => Some(false),
        Effect::Unknown(_) => Some(true),
        Effect::ImplicitDeny | Effect::ExplicitDeny => None,
    }
}

impl<'a> Walk<'a, '_> {
    fn role(&mut self, name: &'a Name, document: &Document) {
        let address = Address::new(EntityKind::Role, name);
        let id = address.to_string();
        let (Some(arn), Some(trust)) = (self.snapshot.arn_of(&address), self.state.named_trust(name)) else { return };
        let account = &self.snapshot.account.id;
        let mut named: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        let policy = Policy::read(document);
        for p in policy.statements.iter().filter(|s| s.allows()).flat_map(Statement::each_principal) {
            // Whoever is not left out is everybody.
            let key = if p.negated { (BARE, "*") } else { (p.kind, p.value) };
            named.entry(key).or_default().push(p.statement);
        }
        for ((kind, value), statements) in named {
            let terms = terms(&policy, &statements);
            let attempt = |caller: Principal| {
                let action = usual_action(&caller).to_owned();
                let attempt = Assumption { caller, action, role: arn.clone(), context: Context::new() };
                may(&assume(&trust, &attempt, true).effect)
            };
            let mut outer = |id_of: &str, kind: NodeKind, conditional: Option<bool>| {
                if let Some(conditional) = conditional {
                    let detail = EdgeDetail { conditional, terms: terms.clone() };
                    self.side.join((id_of, kind), (&id, NodeKind::Role), EdgeKind::Assumes, detail);
                }
            };
            match (kind, value) {
                (BARE | "AWS", "*") => outer("*", NodeKind::Public, attempt(Principal::Anonymous)),
                ("Service", _) => outer(value, NodeKind::Service, attempt(Principal::Service(value.to_owned()))),
                ("Federated", _) => {
                    let shown = provider(self.snapshot, value);
                    outer(&shown, NodeKind::FederatedProvider, attempt(Principal::Federated(value.to_owned())));
                }
                ("AWS", _) if is_unique_id(value) => {}
                ("AWS", _) => match Principal::parse(value) {
                    Some(Principal::Account(other)) => {
                        let conditional = attempt(Principal::Account(other.clone()));
                        outer(&other, NodeKind::Account, conditional);
                        if let (true, Some(conditional)) = (other == account.as_str(), conditional) {
                            let denies = policy.statements.iter().any(|s| !s.allows());
                            let (id, arn, trust) = (id.clone(), arn.clone(), trust.clone());
                            self.trusting.push(Trusting { id, name, arn, trust, terms, conditional, denies });
                        }
                    }
                    Some(caller) => match self.state.find(value) {
                        Some(from) => self.own(&from, &address, terms),
                        None => outer(&stranger(account, value), NodeKind::ExternalPrincipal, attempt(caller)),
                    },
                    None => {}
                },
                _ => {}
            }
        }
    }

    fn held(&mut self, address: &Address) -> Option<Evaluated> {
        if !self.held.contains_key(address) {
            let found = self.state.evaluated(address);
            self.held.insert(address.clone(), found);
        }
        self.held.get(address).cloned().flatten()
    }

    /// A principal of this account that the trust names, itself or one session of it. Being named is enough, unless a policy of its own
    /// denies or its boundary keeps it.
    fn own(&mut self, from: &Address, to: &Address, terms: String) {
        let id = to.to_string();
        let Some(held) = self.held(from) else { return };
        self.note_unread(from, &held.unknown());
        if let Some(conditional) = self.assumes(from, to) {
            let detail = EdgeDetail { conditional, terms };
            let kind = kind_of(from);
            self.side.join((&self.spelt(from), kind), (&id, NodeKind::Role), EdgeKind::Assumes, detail);
        }
    }

    /// The principals of this account and the roles that trust it as a whole: there the principal's own policies must allow.
    fn through_the_account(&mut self) {
        let trusting = std::mem::take(&mut self.trusting);
        if trusting.is_empty() {
            return;
        }
        let by_arn: BTreeMap<&str, usize> = trusting.iter().enumerate().map(|(i, t)| (t.arn.as_str(), i)).collect();
        let snapshot = self.snapshot;
        let mut reaches = Reaches::default();
        let linked = |address: &Address| snapshot.roles.get(&address.name).is_some_and(|role| role.linked_service().is_some());
        let all = self.state.principals().into_iter().filter(|address| address.kind != EntityKind::Role || !linked(address));
        let all: Vec<(Address, Reach)> = all
            .filter_map(|address| {
                let holdings = self.state.holdings(&address)?;
                Some((address, reaches.of(&holdings)))
            })
            .collect();
        let mut asked = 0;
        for (from, reach) in all.into_iter().filter(|(_, reach)| !reach.is_nothing()) {
            let open = reach == Reach::Any;
            let candidates: Vec<usize> = match &reach {
                Reach::Any => (0..trusting.len()).collect(),
                Reach::Only(arns) => arns.iter().filter_map(|arn| by_arn.get(arn.as_str()).copied()).collect(),
            };
            if asked > MOST_QUESTIONS && open {
                self.side.unknown.insert(
                    "who may assume the roles that trust the whole account was worked out in part only: there are too many"
                        .to_owned(),
                );
                self.reaches_the_account(&from, true);
                continue;
            }
            let Some(holdings) = self.held(&from) else { continue };
            self.note_unread(&from, &holdings.unknown());
            let mut found: Vec<(usize, bool, bool)> = Vec::new();
            for at in candidates.iter().copied() {
                let Some(to) = trusting.get(at).filter(|to| from.kind != EntityKind::Role || *to.name != from.name) else {
                    continue;
                };
                asked += 1;
                let request = holdings.caller.request(ASSUME_ROLE, to.arn.clone(), &Context::new());
                let own = may(&decide_strictly(&holdings.policies, &request).effect);
                let theirs = if to.denies { self.asked_of(to, &holdings.caller.principal) } else { Some(to.conditional) };
                let together = self.assumes(&from, &Address::new(EntityKind::Role, to.name));
                if let (Some(own), Some(theirs), Some(_)) = (own, theirs, together) {
                    found.push((at, own || !holdings.unknown.is_empty(), theirs));
                }
            }
            let others = trusting.iter().filter(|to| from.kind != EntityKind::Role || *to.name != from.name).count();
            let alike = found.windows(2).all(|pair| matches!(pair, [a, b] if a.1 == b.1));
            if open && !found.is_empty() && found.len() == others && alike {
                self.reaches_the_account(&from, found.iter().any(|(_, own, _)| *own));
                continue;
            }
            for (at, own, theirs) in found {
                let Some(to) = trusting.get(at) else { continue };
                let detail = EdgeDetail { conditional: own || theirs, terms: to.terms.clone() };
                self.side.join((&self.spelt(&from), kind_of(&from)), (&to.id, NodeKind::Role), EdgeKind::Assumes, detail);
            }
        }
    }

    /// The first may assume whatever trusts the account.
    fn reaches_the_account(&mut self, from: &Address, conditional: bool) {
        let account = self.snapshot.account.id.to_string();
        let detail = EdgeDetail { conditional, terms: String::new() };
        self.side.join((&self.spelt(from), kind_of(from)), (&account, NodeKind::Account), EdgeKind::Assumes, detail);
    }

    /// Whether one principal of the account may assume a role: its policies and the trust together. `None` for no, else whether it depends on
    /// conditions or on what is not known.
    fn assumes(&self, from: &Address, to: &Address) -> Option<bool> {
        let (actor, role) = (self.actors.get(self.actors.find(from)?)?, self.actors.get(self.actors.find(to)?)?);
        let terms = self.actors.assumes(actor, role)?;
        Some(!(terms.conditions.is_empty() && terms.chosen.is_empty() && terms.open.is_empty()))
    }

    fn asked_of(&self, to: &Trusting<'_>, caller: &Principal) -> Option<bool> {
        let attempt =
            Assumption { caller: caller.clone(), action: ASSUME_ROLE.to_owned(), role: to.arn.clone(), context: Context::new() };
        may(&assume(&to.trust, &attempt, true).effect)
    }

    /// The id of its node: the address with the name as the entity spells it.
    fn spelt(&self, address: &Address) -> String {
        let name = match address.kind {
            EntityKind::Role => self.snapshot.roles.get_key_value(&address.name).map(|(name, _)| name),
            _ => self.snapshot.users.get_key_value(&address.name).map(|(name, _)| name),
        };
        name.map_or_else(|| address.to_string(), |name| Address::new(address.kind, name).to_string())
    }

    fn note_unread(&mut self, whose: &Address, unread: &[String]) {
        for what in unread {
            self.side.unknown.insert(format!("what `{whose}` may assume depends on {what}, which is not known"));
        }
    }
}

fn kind_of(address: &Address) -> NodeKind {
    if address.kind == EntityKind::User { NodeKind::User } else { NodeKind::Role }
}

/// What the admitting statements ask beside the principal.
fn terms(policy: &Policy, statements: &[usize]) -> String {
    let admitting = policy.statements.iter().filter(|statement| statements.contains(&statement.index));
    let of = |statement: &Statement| Statement { principals: None, ..statement.clone() }.to_value().to_string();
    admitting.map(of).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; ")
}

/// A provider of this account by its address.
fn provider(snapshot: &Snapshot, value: &str) -> String {
    let own = Arn::parse(value).filter(|arn| arn.account == snapshot.account.id.as_str() && arn.service == "iam");
    let split = own.as_ref().and_then(|arn| arn.resource.split_once('/'));
    match split {
        Some((word @ ("oidc-provider" | "saml-provider"), name)) => format!("{word}/{name}"),
        _ => value.to_owned(),
    }
}

/// Somebody of another account by the ARN; a role or user of this one that is not there by its address.
fn stranger(account: &AccountId, value: &str) -> String {
    let own = principal_account(value).as_ref() == Some(account);
    match Arn::parse(value).as_ref().and_then(Arn::iam_resource) {
        Some((word @ ("role" | "user"), _, name)) if own => format!("{word}/{name}"),
        _ => value.to_owned(),
    }
}
