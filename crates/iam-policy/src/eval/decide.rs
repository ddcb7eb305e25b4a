//! From matching statements to the decision (iam-facts 6.1, 6.2, 6.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::arn_match::Resource;
use super::super::ast;
use super::super::context::{Reader, Truth};
use super::compiled::PolicyKind;
use super::decision::{Decision, Effect, Layer, Open, StatementRef};
use super::principal::{Named as Naming, Principal};
use super::request::Request;
use super::set::{Named, PolicySet, ScpLevel};

/// A request taken apart once for all statements.
pub(in super::super) struct Query<'r> {
    pub(super) principal: &'r Principal,
    /// In lower case.
    pub(super) service: &'r str,
    /// In lower case.
    pub(super) name: &'r str,
    pub(super) resource: Resource<'r>,
    /// Whether the principal is known to have a permissions boundary.
    pub(super) bounded: bool,
}

/// Decides a request (iam-facts 6.1 to 6.6). A condition key that is not given is absent, as in IAM's own simulator.
///
/// [`Effect::Unknown`] only for the reasons of [`Open`]: what must allow and is not known, what AWS does not document. Order and spelling of policies are of no matter; an Allow more never takes away, a Deny more never gives; any
/// matching Deny is an explicit denial.
pub fn decide(policies: &PolicySet, request: &Request) -> Decision {
    judge(policies, request, false)
}

/// Decides a request of which not all condition keys are known: where the decision depends on one that is not given the answer is
/// [`Effect::Unknown`]. Keys are taken one statement at a time, so it may say so where two statements together would decide.
///
/// What it does say stands whatever values the absent keys have: allowed, explicitly denied, or not allowed.
///
/// ```
/// use iam_policy::{Document, DocumentKind, Effect, Named, PolicySet, Principal, Request, decide, decide_strictly};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
///     "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}]}"#;
/// let policy = Named::new("pass", &Document::parse(text)?, DocumentKind::Identity);
/// let policies = PolicySet { identity: vec![policy], ..PolicySet::default() };
/// let caller = Principal::parse("arn:aws:iam::111111111111:user/ana").unwrap();
/// let mut request = Request::new(caller, "iam:PassRole", "arn:aws:iam::111111111111:role/app");
///
/// assert_eq!(decide(&policies, &request).effect, Effect::ImplicitDeny);
/// assert!(matches!(decide_strictly(&policies, &request).effect, Effect::Unknown(keys) if keys.contains("iam:PassedToService")));
///
/// request.context.set("iam:PassedToService", "lambda.amazonaws.com");
/// assert!(decide_strictly(&policies, &request).is_allowed());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn decide_strictly(policies: &PolicySet, request: &Request) -> Decision {
    judge(policies, request, true)
}

/// Decides by a resource or trust policy alone: what its side of a request says, whatever the caller's says (iam-facts 6.3, 6.7).
pub fn decide_by_resource(policy: &Named, request: &Request, strict: bool) -> Decision {
    with_query(request, false, |query| {
        let mut scan = Scan::new(query, request, strict);
        let allowed = scan.layer(Layer::Resource, std::slice::from_ref(policy)).any();
        scan.conclude(allowed, BTreeSet::new(), || BTreeSet::from([Layer::Resource]))
    })
}

fn with_query(request: &Request, bounded: bool, then: impl FnOnce(Query<'_>) -> Decision) -> Decision {
    let action = request.action.to_ascii_lowercase();
    let (service, name) = action.split_once(':').unwrap_or((&action, ""));
    let all_buckets;
    let resource = if action == "s3:listallmybuckets" && request.resource == "*" {
        all_buckets = format!("arn:{}:s3:::*", request.principal.partition().unwrap_or("aws"));
        &all_buckets
    } else {
        &request.resource
    };
    then(Query { principal: &request.principal, service, name, resource: Resource::read(resource), bounded })
}

fn judge(policies: &PolicySet, request: &Request, strict: bool) -> Decision {
    with_query(request, policies.boundary.is_some(), |query| {
        let is_key = query.resource.is_kms_key();
        let mut scan = Scan::new(query, request, strict);
        let identity = scan.layer(Layer::Identity, &policies.identity).any();
        let boundary = policies.boundary.as_ref().map_or(Truth::Yes, |list| scan.layer(Layer::Boundary, list).any());
        let session = policies.session.as_ref().map_or(Truth::Yes, |list| scan.layer(Layer::Session, list).any());
        let resource = policies.resource.as_ref().map(|policy| scan.layer(Layer::Resource, std::slice::from_ref(policy)));
        let in_account = request.principal.account().is_some() || request.principal.has_identity_policies();
        // Service-linked roles are bound by neither (iam-facts 6.1); resource control policies bind strangers too.
        let linked = request.principal.is_service_linked();
        let scp = scan.levels(Layer::Scp, policies.scp.as_deref().filter(|_| in_account && !linked));
        let rcp = scan.levels(Layer::Rcp, policies.rcp.as_deref().filter(|_| !linked));
        let same_account = match (request.principal.account(), request.owner()) {
            (Some(asking), Some(owner)) => asking == owner,
            _ => true,
        };
        let unknown = request.must_allow_too().filter(|_| policies.resource_unknown && resource.is_none() && in_account);
        // As if it left the decision to the principal's account, or did not: never certain.
        let resource = resource.or_else(|| unknown.map(|_| Allows { account: Truth::Maybe, ..Allows::NONE }));
        let trust =
            policies.resource.as_ref().is_some_and(|p| p.policy.kind() == PolicyKind::Trust) || unknown == Some(Open::Trust);
        let rule = if !in_account {
            Rule::ResourceAlone
        } else if !same_account {
            Rule::BothSides
        } else if trust {
            Rule::Trust
        } else if is_key && resource.is_some() {
            Rule::Key
        } else {
            Rule::EitherSide
        };
        // The root user needs no policy (iam-facts 6.1).
        let identity = if request.principal.has_identity_policies() { identity } else { Truth::Yes };
        let sides = Sides { identity, resource: resource.unwrap_or(Allows::NONE), boundary, session, scp, rcp };
        let mut open: BTreeSet<Open> = unknown.into_iter().collect();
        open.extend(sides.is_undocumented(rule).then_some(Open::BoundaryOfNamedCaller));
        scan.conclude(sides.allow(rule), open, || sides.withholding(rule))
    })
}

/// How identity policies and the resource's policy go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Services, federated and anonymous callers have no identity policies.
    ResourceAlone,
    /// Another account's resource: both must allow (iam-facts 6.3).
    BothSides,
    /// The same account: one of them is enough, as the table of iam-facts 6.2 says.
    EitherSide,
    /// The role's trust must allow. Naming the caller is then enough, naming the account or everybody is not; the boundary limits the
    /// caller in any case (iam-facts 6.7).
    Trust,
    /// The key's policy must allow (iam-facts 6.1); naming the account leaves it to the identity policies.
    Key,
}

/// What the kinds of policy say, denials aside.
struct Sides {
    identity: Truth,
    resource: Allows,
    boundary: Truth,
    session: Truth,
    scp: Truth,
    rcp: Truth,
}

impl Sides {
    fn allow(&self, rule: Rule) -> Truth {
        let Allows { star, role, itself, .. } = self.resource;
        let limits = self.boundary.and(self.session);
        let either = star.or(itself).or(self.identity.or(role).and(limits));
        let own = match rule {
            Rule::ResourceAlone => self.resource.any(),
            Rule::BothSides => self.identity.and(limits).and(self.resource.any()),
            Rule::EitherSide => either,
            // Whether the limits bind a user or session that is named itself is not documented: see `Open::BoundaryOfNamedCaller`.
            Rule::Trust => self.resource.any().and(self.identity.or(role)).and(limits).or(itself.and(limits.or(Truth::Maybe))),
            Rule::Key => self.resource.any().and(either),
        };
        self.scp.and(self.rcp).and(own)
    }

    /// Whether the answer rests on what AWS's documentation leaves open, see [`Open::BoundaryOfNamedCaller`].
    fn is_undocumented(&self, rule: Rule) -> bool {
        let limits = self.boundary.and(self.session);
        rule == Rule::Trust && self.resource.itself != Truth::No && limits != Truth::Yes
    }

    /// Which kinds of policy a denied request still lacks.
    fn withholding(&self, rule: Rule) -> BTreeSet<Layer> {
        let Allows { role, itself, .. } = self.resource;
        let both = rule != Rule::EitherSide;
        let identity_counts = rule != Rule::ResourceAlone;
        let named = rule != Rule::BothSides && role.or(itself) == Truth::Yes;
        let lacks = [
            (Layer::Identity, identity_counts && self.identity != Truth::Yes && !named),
            (Layer::Resource, both && self.resource.any() != Truth::Yes),
            (Layer::Boundary, self.boundary != Truth::Yes),
            (Layer::Session, self.session != Truth::Yes),
            (Layer::Scp, self.scp != Truth::Yes),
            (Layer::Rcp, self.rcp != Truth::Yes),
        ];
        lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(layer, _)| layer).collect()
    }
}

/// The Allows of one kind of policy, by how they name the principal.
#[derive(Clone, Copy)]
struct Allows {
    account: Truth,
    star: Truth,
    role: Truth,
    itself: Truth,
}

impl Allows {
    const NONE: Self = Self { account: Truth::No, star: Truth::No, role: Truth::No, itself: Truth::No };

    fn add(&mut self, named: Naming, truth: Truth) {
        let slot = match named {
            Naming::ByAccount => &mut self.account,
            Naming::ByStar => &mut self.star,
            Naming::ByRole => &mut self.role,
            Naming::Itself => &mut self.itself,
        };
        *slot = slot.or(truth);
    }

    fn any(self) -> Truth {
        self.account.or(self.star).or(self.role).or(self.itself)
    }
}

/// A statement that matches or may match, and the absent keys it asked for.
struct Hit<'p> {
    statement: StatementRef,
    truth: Truth,
    keys: Vec<&'p str>,
}

/// Goes through the policies and gathers what matches.
struct Scan<'r, 'p> {
    query: Query<'r>,
    reader: Reader<'r, 'p>,
    allows: Vec<Hit<'p>>,
    denies: Vec<Hit<'p>>,
    /// The policies that were looked through: they spell the keys.
    seen: Vec<&'p Named>,
    /// The level of the organisation that is looked at.
    level: Option<Arc<str>>,
    /// The levels that do not allow for certain.
    withholding: BTreeSet<Arc<str>>,
}

impl<'r, 'p> Scan<'r, 'p> {
    fn new(query: Query<'r>, request: &'r Request, strict: bool) -> Self {
        Self {
            query,
            reader: Reader::new(&request.context, strict),
            allows: Vec::new(),
            denies: Vec::new(),
            seen: Vec::new(),
            level: None,
            withholding: BTreeSet::new(),
        }
    }

    fn layer(&mut self, layer: Layer, policies: &'p [Named]) -> Allows {
        let mut allows = Allows::NONE;
        for policy in policies {
            self.seen.push(policy);
            for statement in policy.policy.about(self.query.service) {
                let before = self.reader.missing.len();
                let (truth, named) = statement.matches(&self.query, &mut self.reader);
                if truth == Truth::No {
                    continue;
                }
                let keys = self.reader.missing.get(before..).map(<[&str]>::to_vec).unwrap_or_default();
                let place = StatementRef {
                    layer,
                    policy: policy.id.clone(),
                    statement: statement.index,
                    sid: statement.sid.clone(),
                    level: self.level.clone(),
                };
                let hit = Hit { statement: place, truth, keys };
                match statement.effect {
                    ast::Effect::Allow => {
                        allows.add(named, truth);
                        self.allows.push(hit);
                    }
                    ast::Effect::Deny => self.denies.push(hit),
                }
            }
        }
        allows
    }

    /// Every level must allow; without any there is no limit.
    fn levels(&mut self, layer: Layer, levels: Option<&'p [ScpLevel]>) -> Truth {
        let mut all = Truth::Yes;
        for level in levels.into_iter().flatten() {
            self.level = Some(Arc::clone(&level.level));
            let allowed = self.layer(layer, &level.policies).any();
            if allowed != Truth::Yes {
                self.withholding.insert(Arc::clone(&level.level));
            }
            all = all.and(allowed);
        }
        self.level = None;
        all
    }

    /// A key as the first policy that asks for it spells it.
    fn spelt(&self, key: &str) -> String {
        self.seen.iter().find_map(|policy| policy.policy.spelling(key)).unwrap_or(key).to_owned()
    }

    fn conclude(self, allowed: Truth, rests_on: BTreeSet<Open>, withheld_by: impl FnOnce() -> BTreeSet<Layer>) -> Decision {
        let denied = self.denies.iter().map(|hit| hit.truth).max().unwrap_or(Truth::No);
        let hits = || self.allows.iter().chain(&self.denies);
        let (effect, because) = match (denied, allowed) {
            (Truth::Yes, _) => (Effect::ExplicitDeny, pick(&self.denies, Truth::Yes)),
            (_, Truth::No) => (Effect::ImplicitDeny, Vec::new()),
            (Truth::No, Truth::Yes) => (Effect::Allow, pick(&self.allows, Truth::Yes)),
            (denied, allowed) => {
                let mut open: Vec<&Hit<'_>> = Vec::new();
                if denied == Truth::Maybe {
                    open.extend(self.denies.iter().filter(|hit| hit.truth == Truth::Maybe));
                }
                if allowed == Truth::Maybe {
                    open.extend(self.allows.iter().filter(|hit| hit.truth == Truth::Maybe));
                }
                let keys = open.iter().flat_map(|hit| hit.keys.iter().map(|key| self.spelt(key))).collect();
                (Effect::Unknown(keys), open.into_iter().map(|hit| hit.statement.clone()).collect())
            }
        };
        let implicit = effect == Effect::ImplicitDeny;
        Decision {
            withheld_by: if implicit { withheld_by() } else { BTreeSet::new() },
            withheld_levels: if implicit { self.withholding.clone() } else { BTreeSet::new() },
            because,
            matched: hits().filter(|hit| hit.truth == Truth::Yes).map(|hit| hit.statement.clone()).collect(),
            missing_context: self.reader.missing.iter().map(|key| self.spelt(key)).collect(),
            replaceable: self.reader.replaceable.iter().map(|key| self.spelt(key)).collect(),
            open: if matches!(effect, Effect::Unknown(_)) { rests_on } else { BTreeSet::new() },
            lacking: BTreeSet::new(),
            effect,
        }
    }
}

fn pick(hits: &[Hit<'_>], truth: Truth) -> Vec<StatementRef> {
    hits.iter().filter(|hit| hit.truth == truth).map(|hit| hit.statement.clone()).collect()
}
