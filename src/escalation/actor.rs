//! The roles and users of an account, ready to be asked what they may do.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::methods::EscalationMethod;
use super::power::ANY;
use super::steps::TAGS;
use super::{Asker, Outcome, POLICY, Step, outcome};
use crate::holdings::{AccountState, Evaluated, PolicyOf};
use crate::model::Seen;
use crate::names::{Address, EntityKind, entity_arn};
use crate::policy::Document;
use crate::policy::ast::{Effect, Policy, Statement};
use crate::policy::caller::Caller;
use crate::policy::eval::{Context, Named, Open, PolicySet, Possible, Principal};

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
    /// Whom of the account its trust may let in.
    pub(super) admits: Admits,
    /// The numbers of its identity-based policies among those of the account.
    documents: Vec<usize>,
    /// Sessions of roles that its trust policy names, as it names them.
    pub(super) trusted_sessions: Vec<(String, Principal)>,
}

/// Which principals of the account a trust may let in, by its principals alone: what is cheap to know before the evaluator is asked.
#[derive(Debug)]
pub(super) enum Admits {
    /// The account itself, everybody, or somebody who cannot be told.
    Anyone,
    /// Nobody but these.
    These(BTreeSet<Address>),
}

impl Admits {
    /// Whether the evaluator can let this one in at all.
    pub(super) fn may_admit(&self, address: &Address) -> bool {
        match self {
            Self::Anyone => true,
            Self::These(these) => these.contains(address),
        }
    }
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
    /// The allowing statements of each identity-based policy, by the policy's id; many principals share one.
    documents: Vec<Vec<Statement>>,
    document_numbers: BTreeMap<String, usize>,
    able: RefCell<BTreeMap<(usize, &'static str), Option<Terms>>>,
    /// Whether a policy allows an action on anything, by the policy's number.
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
            documents: Vec::new(),
            document_numbers: BTreeMap::new(),
            able: RefCell::default(),
            mentions: RefCell::default(),
            steps: RefCell::default(),
            admitted: RefCell::default(),
        };
        for address in state.principals() {
            if let Some(actor) = actors.actor(&address) {
                actors.actors.push(actor);
            }
        }
        let members: BTreeSet<Address> = actors.actors.iter().flat_map(|actor| actor.groups.clone()).collect();
        let groups = state.specs().into_iter().flat_map(|desired| desired.groups.keys());
        let empty = groups.map(|name| Address::new(EntityKind::Group, name)).filter(|group| !members.contains(group));
        for group in empty.collect::<Vec<_>>() {
            if let Some(actor) = actors.member(&group) {
                actors.actors.push(actor);
            }
        }
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
        let actor = self.get(self.find(address)?).filter(|actor| actor.address.kind != EntityKind::Group)?;
        Some(&actor.evaluated.caller)
    }

    /// The number of a policy; its allowing statements are read once.
    fn document(&mut self, id: String, document: &Document) -> usize {
        *self.document_numbers.entry(id).or_insert_with(|| {
            let allowing = Policy::read(document).statements.into_iter().filter(|statement| statement.effect == Effect::Allow);
            self.documents.push(allowing.collect());
            self.documents.len() - 1
        })
    }

    /// Whom of the account a trust may let in.
    fn admitted_here(&self, trust: &Policy) -> Admits {
        let mut these = BTreeSet::new();
        for statement in trust.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
            let Some(principals) = statement.principals.as_ref().filter(|principals| !principals.negated) else {
                return Admits::Anyone;
            };
            for (_, value) in principals.values.iter().filter(|(kind, _)| matches!(kind.as_str(), "AWS" | "*")) {
                let is_elsewhere = |principal: Principal| {
                    principal.account().is_some_and(|account| account != self.state.identity().id.as_str())
                };
                match self.state.find(value) {
                    Some(address) => _ = these.insert(address),
                    None if Principal::parse(value).is_some_and(is_elsewhere) => {}
                    None => return Admits::Anyone,
                }
            }
        }
        Admits::These(these)
    }

    fn actor(&mut self, address: &Address) -> Option<Actor> {
        let state = self.state;
        let holdings = state.holdings(address)?;
        let evaluated = self.state.evaluated(address)?;
        let mut as_resource = Context::new();
        if let Seen::Value(tags) = &holdings.tags {
            for family in TAGS {
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
            session @ Principal::Session { .. } => Some((text.to_owned(), session)),
            _ => None,
        };
        let named =
            document.into_iter().flat_map(|document| document.principals().map(|p| p.value.to_owned()).collect::<Vec<_>>());
        let documents = holdings.identity.iter().map(|held| self.document(held.id(), held.document)).collect();
        let trust = document.map(Policy::read);
        let mut actor = Actor {
            documents,
            admits: trust.as_ref().map_or(Admits::These(BTreeSet::new()), |trust| self.admitted_here(trust)),
            policies: holdings.identity.iter().filter_map(|held| own_policy(&held.policy)).collect(),
            groups: holdings
                .identity
                .iter()
                .map(|held| held.holder())
                .filter(|holder| holder.kind == EntityKind::Group)
                .collect(),
            boundary: holdings.boundary.policy().and_then(|held| own_policy(&held.policy)),
            trust: self.state.named_trust(&address.name).filter(|_| address.kind == EntityKind::Role),
            trusted_sessions: named.filter_map(|text| session(&text)).collect(),
            arn: holdings.arn.clone(),
            as_resource,
            address: holdings.address.clone(),
            evaluated,
        };
        self.settle_tags(&mut actor, trust.as_ref().is_some_and(allows_tags));
        Some(actor)
    }

    /// Somebody in a group of which no member is known: others put members in, and the group's policies count for each of them.
    fn member(&mut self, group: &Address) -> Option<Actor> {
        let state = self.state;
        let holdings = state.holdings(group)?;
        let arn = self.arn(EntityKind::User, ANY);
        let caller = Caller::new(Principal::parse(&arn)?);
        let caller = ["aws:username", "aws:PrincipalArn"].into_iter().fold(caller, Caller::without_key);
        let evaluated = Evaluated { caller, policies: state.policy_set(&holdings), unknown: holdings.unknown.clone() };
        Some(Actor {
            documents: holdings.identity.iter().map(|held| self.document(held.id(), held.document)).collect(),
            admits: Admits::These(BTreeSet::new()),
            policies: holdings.identity.iter().filter_map(|held| own_policy(&held.policy)).collect(),
            groups: BTreeSet::from([group.clone()]),
            boundary: None,
            trust: None,
            trusted_sessions: Vec::new(),
            as_resource: Context::new(),
            address: group.clone(),
            arn,
            evaluated,
        })
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

    /// Whether an actor may do this, and under what; `None` where no request is allowed, or none that leads to more.
    pub(super) fn may(&self, actor: &Actor, action: &'static str, resource: &str, keys: &Context) -> Option<Terms> {
        if !self.has_to_do_with(actor, action) {
            return None;
        }
        let Evaluated { caller, policies, .. } = &actor.evaluated;
        let asker = Asker { caller, policies, today: &self.today };
        terms(&actor.evaluated, outcome(asker, (action, resource, keys), || self.attachable(actor, action)))
    }

    /// The same with a caller and policies of one's choice.
    pub(super) fn ask(
        &self,
        evaluated: &Evaluated,
        caller: &Caller,
        policies: &PolicySet,
        action: &str,
        resource: &str,
        keys: &Context,
    ) -> Option<Terms> {
        let asker = Asker { caller, policies, today: &self.today };
        terms(evaluated, outcome(asker, (action, resource, keys), Vec::new))
    }

    /// Policies of the account that the conditions of an actor let it attach.
    fn attachable(&self, actor: &Actor, action: &str) -> Vec<String> {
        let tests = self.allows(actor, action).flat_map(|statement| &statement.conditions);
        let named = tests.filter(|test| test.is_about(POLICY)).flat_map(|test| &test.values);
        let any = self.arn(EntityKind::Policy, "iamctl-any-other-name");
        named.map(|pattern| instance(pattern, "x", "x")).chain([any]).collect()
    }

    /// Whether an actor may do this on something: the resource is a new thing that it names as its policies allow, or any one of those that
    /// they name.
    pub(super) fn able(&self, at: usize, action: &'static str) -> Option<Terms> {
        if let Some(known) = self.able.borrow().get(&(at, action)) {
            return known.clone();
        }
        let found = self.actors.get(at).and_then(|actor| {
            let nothing = Context::new();
            let mut best: Option<Terms> = None;
            for resource in self.named(actor, action) {
                let found = self.may(actor, action, &resource, &nothing);
                best = best.into_iter().chain(found).min_by_key(|terms| (terms.open.len(), terms.conditions.len()));
                if best.as_ref().is_some_and(|terms| terms.open.is_empty() && terms.conditions.is_empty()) {
                    break;
                }
            }
            best
        });
        self.able.borrow_mut().insert((at, action), found.clone());
        found
    }

    /// Resources that an actor's policies name for an action; of each pattern some, since a denial may take one of them.
    pub(super) fn named(&self, actor: &Actor, action: &str) -> BTreeSet<String> {
        let mut resources: BTreeSet<String> = BTreeSet::new();
        let username = actor.evaluated.caller.key("aws:username").unwrap_or("x");
        let account = self.state.identity().id.as_str();
        let here = |pattern: &String| {
            let mut fields: Vec<&str> = pattern.splitn(6, ':').collect();
            fields.iter_mut().skip(4).take(1).filter(|field| field.contains('*')).for_each(|field| *field = account);
            let here = fields.join(":");
            FILLERS.map(|filler| instance(&here, username, filler))
        };
        for statement in self.allows(actor, action) {
            let clause = statement.resources.iter().filter(|clause| !clause.negated);
            resources.extend(clause.flat_map(|clause| &clause.values).flat_map(here));
            resources.insert("*".to_owned());
        }
        resources
    }

    /// Whether some statement of an actor allows an action on anything at all: what is cheap to know before each target is asked about.
    pub(super) fn mentions(&self, at: usize, action: &'static str) -> bool {
        self.actors.get(at).is_some_and(|actor| self.has_to_do_with(actor, action))
    }

    /// The same of an actor, numbered or not.
    fn has_to_do_with(&self, actor: &Actor, action: &'static str) -> bool {
        let allows = |number: &usize| {
            *self.mentions.borrow_mut().entry((*number, action)).or_insert_with(|| {
                self.documents
                    .get(*number)
                    .is_some_and(|all| all.iter().any(|statement| is_about(statement, action) && may_name(statement, action)))
            })
        };
        !actor.evaluated.unknown.is_empty() || actor.documents.iter().any(allows)
    }

    /// The statements of an actor that allow an action.
    fn allows(&self, actor: &Actor, action: &str) -> impl Iterator<Item = &Statement> {
        let all = actor.documents.iter().filter_map(|number| self.documents.get(*number)).flatten();
        all.filter(move |statement| is_about(statement, action))
    }

    /// The ARN that an entity of the account has, or would have.
    pub(super) fn arn(&self, kind: EntityKind, name: &str) -> String {
        let account = self.state.identity();
        entity_arn(&account.partition, &account.id, kind, "/", name)
    }
}

/// Under what a request is allowed that leads to more.
fn terms(evaluated: &Evaluated, outcome: Outcome) -> Option<Terms> {
    let mut terms = Terms::default();
    match outcome {
        Outcome::Any(Possible::Always) => {}
        Outcome::Any(Possible::When(witness)) => {
            terms.chosen.extend(witness.keys.iter().filter(|key| is_chosen(key)).cloned());
            terms.conditions.extend(circumstances(witness.keys));
        }
        Outcome::Any(Possible::Never) | Outcome::Limited => return None,
        Outcome::Any(Possible::Undecided(open)) => terms.open.extend(reasons(&open)),
    }
    terms.open.extend(evaluated.unknown.iter().map(ToString::to_string));
    Some(terms)
}

/// What stands for `*` in the name of something new.
const FILLERS: [&str; 3] = ["x", "0", ANY];

/// An account's own managed policy, by ARN.
fn own_policy(policy: &PolicyOf<'_>) -> Option<String> {
    match policy {
        PolicyOf::Own { arn, .. } => Some((*arn).to_owned()),
        PolicyOf::Inline(_) | PolicyOf::Foreign(_) => None,
    }
}

/// A resource that a pattern means.
fn instance(pattern: &str, username: &str, filler: &str) -> String {
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
    (text + rest).replace('?', "x").replace('*', filler)
}

/// Whether a trust lets somebody tag the session.
fn allows_tags(trust: &Policy) -> bool {
    trust.statements.iter().any(|statement| statement.effect == Effect::Allow && is_about(statement, "sts:TagSession"))
}

fn is_about(statement: &Statement, action: &str) -> bool {
    let matches = |pattern: &String| crate::policy::pattern::matches_ignoring_case(pattern, action);
    statement.actions.as_ref().is_some_and(|clause| clause.values.iter().any(matches) != clause.negated)
}

/// Whether a statement may be about a resource of the action's service, by the third fields of its ARNs. Other services than IAM have resources
/// of several ARNs, so nothing is said of them.
fn may_name(statement: &Statement, action: &str) -> bool {
    let of_iam = action.starts_with("iam:") || matches!(action, "sts:AssumeRole" | "sts:AssumeRoot");
    let other_service = |pattern: &String| {
        let mut fields = pattern.split(':');
        let service = fields.next().filter(|field| *field == "arn").and_then(|_| fields.nth(1));
        service.is_some_and(|service| !service.contains(['*', '?', '$']) && !service.eq_ignore_ascii_case("iam"))
    };
    !of_iam || statement.resources.as_ref().is_none_or(|clause| clause.negated || !clause.values.iter().all(other_service))
}

/// Why a search for a request ended without an answer, in words.
pub fn reasons(open: &BTreeSet<Open>) -> BTreeSet<String> {
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
    const CHOSEN: [&str; 23] = [
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
        "sts:taskpolicyarn",
        "sts:transitivetagkeys",
    ];
    CHOSEN.contains(&key) || key.starts_with("aws:requesttag/") || key.starts_with("aws:principaltag/")
}
