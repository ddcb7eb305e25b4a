//! The roles and users of an account, ready to be asked what they may do.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Step;
use super::methods::EscalationMethod;
use crate::holdings::{AccountState, Evaluated, PolicyOf};
use crate::model::Seen;
use crate::names::{Address, EntityKind, entity_arn};
use crate::policy::ast::{Effect, Policy, Statement};
use crate::policy::caller::Caller;
use crate::policy::eval::{Context, Named, Open, PolicySet, Possible, Principal, possible};

/// A role or user that makes requests.
#[derive(Debug)]
pub struct Actor {
    /// Which.
    pub address: Address,
    /// Its ARN.
    pub arn: String,
    /// Who it is, and what applies to it.
    pub evaluated: Evaluated,
    /// The account's own managed policies that are attached to it, and the groups that they come through.
    pub(super) policies: BTreeSet<String>,
    pub(super) groups: BTreeSet<Address>,
    /// The ARN of its boundary, where that is a policy of the account.
    pub(super) boundary: Option<String>,
    /// What a request about it carries: its tags, its boundary.
    pub(super) as_resource: Context,
    /// Its trust policy.
    pub(super) trust: Option<Named>,
    /// Sessions of roles that its trust policy names.
    pub(super) trusted_sessions: Vec<(Address, Principal)>,
}

/// Under what a request is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Keys that must have some value which the caller does not choose.
    pub conditions: BTreeSet<String>,
    /// Keys that must have some value which the caller chooses.
    pub chosen: BTreeSet<String>,
    /// What is not known, in words.
    pub open: BTreeSet<String>,
}

impl Terms {
    /// Both.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.conditions.extend(other.conditions);
        self.chosen.extend(other.chosen);
        self.open.extend(other.open);
        self
    }
}

/// The outsiders that a trust admits, each with what it needs.
pub(super) type Admitted = Rc<Vec<(&'static EscalationMethod, String)>>;

/// All roles and users of an account.
#[derive(Debug)]
pub struct Actors<'s> {
    pub(super) state: &'s AccountState<'s>,
    actors: Vec<Actor>,
    numbers: BTreeMap<Address, usize>,
    pub(super) today: String,
    able: RefCell<BTreeMap<(usize, &'static str), Option<Terms>>>,
    mentions: RefCell<BTreeMap<(usize, &'static str), bool>>,
    pub(super) steps: RefCell<BTreeMap<(usize, usize), Option<Step>>>,
    pub(super) admitted: RefCell<BTreeMap<usize, Admitted>>,
}

impl<'s> Actors<'s> {
    /// Those of an account. `today`: `2027-01-31`.
    pub fn new(state: &'s AccountState<'s>, today: &str) -> Self {
        let mut actors = Self {
            state,
            actors: Vec::new(),
            numbers: BTreeMap::new(),
            today: today.to_owned(),
            able: RefCell::default(),
            mentions: RefCell::default(),
            steps: RefCell::default(),
            admitted: RefCell::default(),
        };
        actors.actors = state.principals().iter().filter_map(|address| actors.actor(address)).collect();
        actors.numbers = actors.actors.iter().enumerate().map(|(at, actor)| (actor.address.clone(), at)).collect();
        actors
    }

    /// An actor by its number.
    pub fn get(&self, at: usize) -> Option<&Actor> {
        self.actors.get(at)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Actor> {
        self.actors.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.actors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }

    /// An actor's number.
    pub fn find(&self, address: &Address) -> Option<usize> {
        self.numbers.get(address).copied()
    }

    /// The caller of an actor as it can be at best: with the tags that it can give itself or its session.
    pub fn caller(&self, address: &Address) -> Option<&Caller> {
        self.get(self.find(address)?).map(|actor| &actor.evaluated.caller)
    }

    fn actor(&self, address: &Address) -> Option<Actor> {
        let holdings = self.state.holdings(address)?;
        let evaluated = self.state.evaluated(address)?;
        let own = |policy: &PolicyOf<'_>| match policy {
            PolicyOf::Own { arn, .. } => Some((*arn).to_owned()),
            PolicyOf::Inline(_) | PolicyOf::Foreign(_) => None,
        };
        let mut as_resource = Context::new();
        if let Seen::Value(tags) = &holdings.tags {
            for family in ["iam:ResourceTag/", "aws:ResourceTag/"] {
                as_resource.set_absent(family);
                tags.iter().for_each(|(tag, value)| as_resource.set(&format!("{family}{tag}"), value.clone()));
            }
        }
        match holdings.boundary {
            crate::holdings::Boundary::None => as_resource.set_absent("iam:PermissionsBoundary"),
            crate::holdings::Boundary::Policy(held) => {
                held.arn().into_iter().for_each(|arn| as_resource.set("iam:PermissionsBoundary", arn));
            }
            crate::holdings::Boundary::Left | crate::holdings::Boundary::Unknown => {}
        }
        let document = holdings.trust.as_ref().and_then(|trust| trust.value().copied());
        let session = |text: &str| match Principal::parse(text)? {
            session @ Principal::Session { .. } => Some((self.state.find(text)?, session)),
            _ => None,
        };
        let named =
            document.into_iter().flat_map(|document| document.principals().map(|p| p.value.to_owned()).collect::<Vec<_>>());
        let mut actor = Actor {
            policies: holdings.identity.iter().filter_map(|held| own(&held.policy)).collect(),
            groups: holdings
                .identity
                .iter()
                .map(|held| held.holder())
                .filter(|holder| holder.kind == EntityKind::Group)
                .collect(),
            boundary: holdings.boundary.policy().and_then(|held| own(&held.policy)),
            trust: self.state.named_trust(&address.name).filter(|_| address.kind == EntityKind::Role),
            trusted_sessions: named.filter_map(|text| session(&text)).collect(),
            arn: holdings.arn.clone(),
            as_resource,
            address: holdings.address.clone(),
            evaluated,
        };
        self.settle_tags(&mut actor, document.is_some_and(|document| allows_tags(&Policy::read(document))));
        Some(actor)
    }

    /// The tags of a session are those of its role, unless the trust lets callers set others; whoever may tag itself has the tags it likes.
    fn settle_tags(&self, actor: &mut Actor, sessions_are_tagged: bool) {
        let Some(holdings) = self.state.holdings(&actor.address) else { return };
        let Seen::Value(tags) = &holdings.tags else { return };
        let name = |tag: &str| format!("aws:PrincipalTag/{tag}");
        let is_role = actor.address.kind == EntityKind::Role;
        let action = if is_role { "iam:TagRole" } else { "iam:TagUser" };
        let mut caller = actor.evaluated.caller.clone();
        if is_role && !sessions_are_tagged {
            caller = caller.with_absent(&name(""));
            caller = tags.iter().fold(caller, |caller, (tag, value)| caller.with_key(&name(tag), value.clone()));
        }
        actor.evaluated.caller = caller.clone();
        let tags_itself = self.may(actor, action, &actor.arn, &actor.as_resource).is_some();
        if tags_itself || (is_role && sessions_are_tagged) {
            caller = tags.keys().fold(caller, |caller, tag| caller.without_key(&name(tag)));
            actor.evaluated.caller = caller.without_key(&name(""));
        }
    }

    /// Whether an actor may do this, and under what; `None` where no request is allowed.
    pub(super) fn may(&self, actor: &Actor, action: &str, resource: &str, keys: &Context) -> Option<Terms> {
        self.ask(&actor.evaluated, &actor.evaluated.caller, &actor.evaluated.policies, action, resource, keys)
    }

    /// The same with policies of one's choice.
    pub(super) fn ask(
        &self,
        evaluated: &Evaluated,
        caller: &Caller,
        policies: &PolicySet,
        action: &str,
        resource: &str,
        keys: &Context,
    ) -> Option<Terms> {
        let mut terms = Terms::default();
        match possible(policies, &caller.request(action, resource, keys), &self.today) {
            Possible::Always => {}
            Possible::When(witness) => {
                terms.chosen.extend(witness.keys.iter().filter(|key| is_chosen(key)).cloned());
                terms.conditions.extend(circumstances(witness.keys));
            }
            Possible::Never => return None,
            Possible::Undecided(open) => terms.open.extend(reasons(&open)),
        }
        terms.open.extend(evaluated.unknown.iter().map(ToString::to_string));
        Some(terms)
    }

    /// Whether an actor may do this on something: the resource is a new thing that it names as its policies allow, or any one of those that
    /// they name.
    pub(super) fn able(&self, at: usize, action: &'static str) -> Option<Terms> {
        if let Some(known) = self.able.borrow().get(&(at, action)) {
            return known.clone();
        }
        let found = self.actors.get(at).and_then(|actor| {
            let mut resources: BTreeSet<String> = BTreeSet::new();
            for statement in self.allows(actor, action)? {
                let username = actor.evaluated.caller.key("aws:username").unwrap_or("x");
                let clause = statement.resources.into_iter().filter(|clause| !clause.negated);
                resources.extend(clause.flat_map(|clause| clause.values).map(|pattern| instance(&pattern, username)));
                resources.insert("*".to_owned());
            }
            let mut all: Vec<Terms> =
                resources.iter().take(MOST_RESOURCES).filter_map(|r| self.may(actor, action, r, &Context::new())).collect();
            all.sort_by_key(|terms| (terms.open.len(), terms.conditions.len()));
            all.into_iter().next()
        });
        self.able.borrow_mut().insert((at, action), found.clone());
        found
    }

    /// Whether some statement of an actor allows an action on anything at all: what is cheap to know before each target is asked about.
    pub(super) fn mentions(&self, at: usize, action: &'static str) -> bool {
        if let Some(known) = self.mentions.borrow().get(&(at, action)) {
            return *known;
        }
        let found = self.actors.get(at).is_some_and(|actor| {
            self.allows(actor, action).is_some_and(|all| !all.is_empty()) || !actor.evaluated.unknown.is_empty()
        });
        self.mentions.borrow_mut().insert((at, action), found);
        found
    }

    /// The statements of an actor that allow an action.
    fn allows(&self, actor: &Actor, action: &str) -> Option<Vec<Statement>> {
        let holdings = self.state.holdings(&actor.address)?;
        let all = holdings.identity.iter().flat_map(|held| Policy::read(held.document).statements);
        Some(all.filter(|statement| statement.effect == Effect::Allow && is_about(statement, action)).collect())
    }

    /// The ARN that an entity of the account has, or would have.
    pub(super) fn arn(&self, kind: EntityKind, name: &str) -> String {
        let account = self.state.identity();
        entity_arn(&account.partition, &account.id, kind, "/", name)
    }
}

/// Resources of one action that are tried.
const MOST_RESOURCES: usize = 64;

/// A resource that a pattern means.
fn instance(pattern: &str, username: &str) -> String {
    if pattern.chars().all(|c| c == '*') {
        return "*".to_owned();
    }
    let mut text = String::new();
    let named = pattern.replace("${aws:username}", username);
    let mut rest = named.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        text += before;
        text.push('x');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    (text + rest).replace(['*', '?'], "x")
}

/// Whether a trust lets somebody tag the session.
fn allows_tags(trust: &Policy) -> bool {
    trust.statements.iter().any(|statement| statement.effect == Effect::Allow && is_about(statement, "sts:TagSession"))
}

fn is_about(statement: &Statement, action: &str) -> bool {
    let matches = |pattern: &String| crate::policy::pattern::matches_ignoring_case(pattern, action);
    statement.actions.as_ref().is_some_and(|clause| clause.values.iter().any(matches) != clause.negated)
}

fn reasons(open: &BTreeSet<Open>) -> BTreeSet<String> {
    if open.is_empty() {
        return BTreeSet::from(["whether its conditions can be met together was not worked out".to_owned()]);
    }
    open.iter().map(ToString::to_string).collect()
}

/// The keys of a witness that the caller does not choose, as AWS spells them.
pub fn circumstances(keys: BTreeSet<String>) -> BTreeSet<String> {
    let spelt = |key: String| match crate::catalogue::condition_key(&key) {
        Some(known) if !key.contains('/') => known.name.to_owned(),
        _ => key,
    };
    keys.into_iter().filter(|key| !is_chosen(key)).map(spelt).collect()
}

/// Whether the caller of a request chooses what a key (in lower case) is, or always has it. Multi-factor authentication, addresses,
/// networks, organisations and what an identity provider says are not the caller's choice.
fn is_chosen(key: &str) -> bool {
    const CHOSEN: [&str; 22] = [
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:tagkeys",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
        "iam:associatedresourcearn",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
        "sts:externalid",
        "sts:rolesessionname",
        "sts:sourceidentity",
        "sts:transitivetagkeys",
    ];
    CHOSEN.contains(&key) || key.starts_with("aws:requesttag/") || key.starts_with("aws:principaltag/")
}
