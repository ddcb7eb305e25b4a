//! From matching statements to the decision (iam-facts 6.1, 6.2, 6.3).

use std::collections::BTreeSet;

use super::super::arn_match::Resource;
use super::super::ast;
use super::super::context::{Reader, Truth};
use super::compiled::PolicyKind;
use super::decision::{Decision, Effect, Layer, StatementRef};
use super::principal::{Named as Naming, Principal};
use super::request::Request;
use super::set::{Named, PolicySet};

/// A request taken apart once for all statements.
pub(in super::super) struct Query<'r> {
    pub(super) principal: &'r Principal,
    /// In lower case.
    pub(super) service: &'r str,
    /// In lower case.
    pub(super) name: &'r str,
    pub(super) resource: Resource<'r>,
}

/// Decides a request. A condition key that is not given is absent, as in IAM's own simulator.
pub fn decide(policies: &PolicySet, request: &Request) -> Decision {
    judge(policies, request, false)
}

/// Decides a request of which not all condition keys are known: where the decision hangs on one that is not given the answer is
/// [`Effect::Unknown`]. Keys are taken one statement at a time, so it may say so where two statements together would decide.
pub fn decide_strictly(policies: &PolicySet, request: &Request) -> Decision {
    judge(policies, request, true)
}

fn judge(policies: &PolicySet, request: &Request, strict: bool) -> Decision {
    let action = request.action.to_ascii_lowercase();
    let (service, name) = action.split_once(':').unwrap_or((&action, ""));
    let all_buckets;
    let resource = if action == "s3:listallmybuckets" && request.resource == "*" {
        all_buckets = format!("arn:{}:s3:::*", request.principal.partition().unwrap_or("aws"));
        &all_buckets
    } else {
        &request.resource
    };
    let query = Query { principal: &request.principal, service, name, resource: Resource::read(resource) };
    let mut scan = Scan { query, reader: Reader::new(&request.context, strict), allows: Vec::new(), denies: Vec::new() };

    let identity = scan.layer(Layer::Identity, &policies.identity);
    let boundary = policies.boundary.as_ref().map_or(Truth::Yes, |list| scan.layer(Layer::Boundary, list).any());
    let session = policies.session.as_ref().map_or(Truth::Yes, |list| scan.layer(Layer::Session, list).any());
    let resource_policy = policies.resource.as_ref().map(|policy| scan.layer(Layer::Resource, std::slice::from_ref(policy)));
    let bound = request.principal.has_identity_policies() || matches!(request.principal, Principal::Account(_));
    let scp = match &policies.scp {
        Some(levels) if bound && !request.principal.is_service_linked() => {
            levels.iter().fold(Truth::Yes, |all, level| all.and(scan.layer(Layer::Scp, &level.policies).any()))
        }
        _ => Truth::Yes,
    };

    let sides = Sides {
        // The root user needs no policy (iam-facts 6.1); services and federated callers answer to the resource's policy alone.
        identity: if request.principal.has_identity_policies() { identity.any() } else { Truth::Yes },
        resource: resource_policy,
        boundary,
        session,
        scp,
    };
    let same_account = match (request.principal.account(), &request.resource_account) {
        (Some(asking), Some(owner)) => asking == owner,
        _ => true,
    };
    let must_allow =
        policies.resource.as_ref().is_some_and(|p| p.policy.kind() == PolicyKind::Trust) || is_key(&query_text(resource));
    let has_account = request.principal.has_identity_policies() || matches!(request.principal, Principal::Account(_));
    let allowed = if !has_account {
        sides.resource_any()
    } else if !same_account {
        sides.both()
    } else if sides.resource.is_some() && must_allow {
        sides.with_trust(policies.resource.as_ref().is_some_and(|p| p.policy.kind() == PolicyKind::Trust))
    } else {
        sides.either()
    };
    let needs_resource = !has_account || !same_account || (sides.resource.is_some() && must_allow);
    scan.conclude(allowed, || sides.withholding(needs_resource))
}

fn query_text(resource: &str) -> [&str; 2] {
    let mut fields = resource.splitn(6, ':');
    [fields.nth(2).unwrap_or_default(), fields.nth(2).unwrap_or_default()]
}

/// Whether a resource is a KMS key, whose policy must allow in every case (iam-facts 6.1).
fn is_key([service, rest]: &[&str; 2]) -> bool {
    *service == "kms" && rest.starts_with("key/")
}

/// What the kinds of policy say, denials aside.
struct Sides {
    identity: Truth,
    resource: Option<Allows>,
    boundary: Truth,
    session: Truth,
    scp: Truth,
}

impl Sides {
    fn resource(&self, at_least: Naming) -> Truth {
        self.resource.as_ref().map_or(Truth::No, |allows| allows.at_least(at_least))
    }

    fn resource_any(&self) -> Truth {
        self.resource(Naming::ByAccount)
    }

    /// Another account's resource: both sides must allow (iam-facts 6.3).
    fn both(&self) -> Truth {
        self.scp.and(self.identity).and(self.boundary).and(self.session).and(self.resource_any())
    }

    /// The same account: the table of iam-facts 6.2.
    fn either(&self) -> Truth {
        let direct = self.resource.as_ref().map_or(Truth::No, |allows| allows.star.or(allows.itself));
        let by_role = self.resource.as_ref().map_or(Truth::No, |allows| allows.role);
        self.scp.and(direct.or(self.identity.or(by_role).and(self.boundary).and(self.session)))
    }

    /// A role's trust or a key's policy: it must allow; naming the caller is then enough, naming the account or everybody is not. The boundary
    /// limits the caller of a role in any case (iam-facts 6.7).
    fn with_trust(&self, trust: bool) -> Truth {
        let (role, itself) = self.resource.as_ref().map_or((Truth::No, Truth::No), |allows| (allows.role, allows.itself));
        let within = self.boundary.and(self.session);
        let enough = if trust {
            self.identity.or(role).or(itself).and(within)
        } else {
            let star = self.resource.as_ref().map_or(Truth::No, |allows| allows.star);
            itself.or(star).or(self.identity.or(role).and(within))
        };
        self.scp.and(self.resource_any()).and(enough)
    }

    fn withholding(&self, needs_resource: bool) -> BTreeSet<Layer> {
        let mut layers = BTreeSet::new();
        let named = self.resource.as_ref().map_or(Truth::No, |allows| allows.role.or(allows.itself));
        if self.identity != Truth::Yes && (needs_resource || named != Truth::Yes) {
            layers.insert(Layer::Identity);
        }
        if needs_resource && self.resource_any() != Truth::Yes {
            layers.insert(Layer::Resource);
        }
        for (truth, layer) in [(self.boundary, Layer::Boundary), (self.session, Layer::Session), (self.scp, Layer::Scp)] {
            if truth != Truth::Yes {
                layers.insert(layer);
            }
        }
        layers
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

    fn at_least(self, named: Naming) -> Truth {
        [
            (Naming::ByAccount, self.account),
            (Naming::ByStar, self.star),
            (Naming::ByRole, self.role),
            (Naming::Itself, self.itself),
        ]
        .into_iter()
        .filter(|(by, _)| *by >= named)
        .fold(Truth::No, |any, (_, truth)| any.or(truth))
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
}

impl<'p> Scan<'_, 'p> {
    fn layer(&mut self, layer: Layer, policies: &'p [Named]) -> Allows {
        let mut allows = Allows::NONE;
        for policy in policies {
            for statement in policy.policy.about(self.query.service) {
                let before = self.reader.missing.len();
                let (truth, named) = statement.matches(&self.query, &mut self.reader);
                if truth == Truth::No {
                    continue;
                }
                let keys = self.reader.missing.get(before..).map(<[&str]>::to_vec).unwrap_or_default();
                let place =
                    StatementRef { layer, policy: policy.id.clone(), statement: statement.index, sid: statement.sid.clone() };
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

    fn conclude(self, allowed: Truth, withheld_by: impl FnOnce() -> BTreeSet<Layer>) -> Decision {
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
                let keys = open.iter().flat_map(|hit| hit.keys.iter().map(|key| (*key).to_owned())).collect();
                (Effect::Unknown(keys), open.into_iter().map(|hit| hit.statement.clone()).collect())
            }
        };
        Decision {
            withheld_by: if effect == Effect::ImplicitDeny { withheld_by() } else { BTreeSet::new() },
            because,
            matched: hits().filter(|hit| hit.truth == Truth::Yes).map(|hit| hit.statement.clone()).collect(),
            missing_context: self.reader.missing.iter().map(|key| (*key).to_owned()).collect(),
            effect,
        }
    }
}

fn pick(hits: &[Hit<'_>], truth: Truth) -> Vec<StatementRef> {
    hits.iter().filter(|hit| hit.truth == truth).map(|hit| hit.statement.clone()).collect()
}
