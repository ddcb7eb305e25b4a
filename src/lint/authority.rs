//! How far the grants of a principal reach: which statement, on how much. Whether a grant stands is the evaluator's answer (iam-facts 6.1, 7.5).

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use super::arn;
use super::pattern::{self, has_wildcard};
use super::subject::{DocumentSubject, PrincipalSubject};
use crate::escalation::{Asker, BOUNDARY, Outcome, POLICY, circumstances, outcome, reasons};
use crate::model::is_reserved_role;
use crate::policy::ast::{Statement, WrittenTest, is_everything};
use crate::policy::eval::{Context, Possible};
use crate::policy::{Compares, Matching, Order, SetPrefix};

/// What the conditions of a grant ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terms {
    /// Nothing that the principal could never meet.
    Free,
    /// That a role is passed to one of these services (patterns).
    PassedTo(Vec<String>),
    /// That these condition keys have some value which the principal does not choose: multi-factor authentication, a network.
    When(BTreeSet<String>),
    /// That something turns out so which is not known, in words.
    Open(BTreeSet<String>),
}

impl Terms {
    fn of_keys(keys: BTreeSet<String>) -> Self {
        if keys.is_empty() { Self::Free } else { Self::When(keys) }
    }

    /// For the end of a sentence: `, depending on …`; empty where they ask for nothing.
    pub fn in_words(&self) -> String {
        match self {
            Self::Free | Self::PassedTo(_) => String::new(),
            Self::When(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                format!(", depending on {}", keys.join(", "))
            }
            Self::Open(reasons) => reasons.first().map(|reason| format!("; not certain: {reason}")).unwrap_or_default(),
        }
    }

    /// The more they ask for, the greater.
    fn weight(&self) -> usize {
        match self {
            Self::Free => 0,
            Self::PassedTo(_) => 1,
            Self::When(keys) => 1 + keys.len(),
            Self::Open(_) => usize::MAX,
        }
    }

    /// What both ask for.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open(mut one), Self::Open(other)) => {
                one.extend(other);
                Self::Open(one)
            }
            (Self::When(mut one), Self::When(other)) => {
                one.extend(other);
                Self::When(one)
            }
            (one, other) if one.weight() < other.weight() => other,
            (one, _) => one,
        }
    }
}

/// How much of what an action works on is within reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// One thing by its name, which is not the principal itself.
    Named,
    /// What begins in some way.
    Prefix,
    /// Everything of its type, or the principal itself.
    Whole,
}

/// One statement that grants an action.
#[derive(Clone, Debug)]
pub struct Grant<'p, 'a> {
    /// The document.
    pub document: &'p DocumentSubject<'a>,
    /// The statement.
    pub statement: &'p Statement,
    /// Under what conditions.
    pub terms: Terms,
    /// On how much.
    pub breadth: Breadth,
}

/// What a request that is allowed leads to.
enum Reach {
    /// Any permission, on these terms.
    Any(Terms),
    /// What certain policies or boundaries allow; how many of them.
    Limited(Breadth),
}

/// What an action works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// ARNs of its type; `?` twelve times is any account, and not `aws`.
    pub pattern: &'static str,
    /// Whether it matters when the principal does it to itself alone (`user/${aws:username}`).
    pub own_counts: bool,
}

/// Whether a test holds for everybody who wants it to (iam-facts 6.6).
pub fn is_no_obstacle(test: &WrittenTest, today: &str) -> bool {
    let operator = test.operator;
    let any = |wanted: &str| test.values.iter().any(|v| v.eq_ignore_ascii_case(wanted));
    if operator.prefix == Some(SetPrefix::ForAllValues) && !test.values.is_empty() {
        // True when the request has no value of the key at all.
        return true;
    }
    let about_time = matches!(test.key.as_str(), "aws:currenttime" | "aws:tokenissuetime");
    let day = |wanted: Ordering| test.values.iter().any(|v| v.get(..10).is_some_and(|day| day.cmp(today) == wanted));
    match operator.compares() {
        Compares::String(_) | Compares::Arn | Compares::Ip if operator.base.is_negated() => !any("*"),
        Compares::String(Matching::Like) | Compares::Arn => any("*"),
        Compares::Ip => any("0.0.0.0/0") || any("::/0"),
        Compares::Bool => match test.key.as_str() {
            "aws:securetransport" => any("true"),
            "aws:multifactorauthpresent" | "aws:viaawsservice" => any("false"),
            _ => false,
        },
        // Days in ISO 8601 compare as texts.
        // A session is at most twelve hours old.
        Compares::Date(Order::Greater | Order::GreaterOrEqual) => about_time && day(Ordering::Less),
        Compares::Date(Order::Less | Order::LessOrEqual) => about_time && day(Ordering::Greater),
        Compares::Date(Order::Equal)
        | Compares::String(Matching::Exact | Matching::IgnoreCase)
        | Compares::Numeric(_)
        | Compares::Binary
        | Compares::Null => false,
    }
}

/// The terms of a statement that allows.
fn terms(statement: &Statement) -> Terms {
    let mut passed = statement.conditions.iter().filter(|test| {
        let equals = matches!(test.operator.compares(), Compares::String(_)) && !test.operator.base.is_negated();
        equals && test.is_about("iam:PassedToService") && !test.values.iter().any(|value| value == "*")
    });
    passed.next_back().map_or(Terms::Free, |test| Terms::PassedTo(test.values.clone()))
}

/// How much of a target a resource of a policy reaches; `None` for nothing.
fn breadth(resource: &str, target: Target, own: &[&str]) -> Option<Breadth> {
    if is_everything(resource) {
        return Some(Breadth::Whole);
    }
    // Nobody writes, passes or assumes a role of AWS's own.
    if !arn::intersects(resource, target.pattern) || is_reserved_role(resource) {
        return None;
    }
    let fields = arn::split(resource);
    let last = fields.get(5).copied().unwrap_or("*");
    if last.contains("${aws:username}") {
        return Some(if target.own_counts { Breadth::Whole } else { Breadth::Named });
    }
    if target.own_counts && own.iter().any(|o| !o.is_empty() && arn::covers(resource, o)) {
        return Some(Breadth::Whole);
    }
    // Whoever is the root of an account is all of it.
    if last == "root" {
        return Some(Breadth::Whole);
    }
    if !has_wildcard(last) {
        return Some(Breadth::Named);
    }
    // `role/*`, `function:*`: everything; `role/app-*`, `role/team/*`: what begins so.
    let name = last.split_once(['/', ':']).map_or(last, |(_, name)| name);
    Some(if name.chars().all(|c| matches!(c, '*' | '/' | ':')) { Breadth::Whole } else { Breadth::Prefix })
}

impl<'a> PrincipalSubject<'a> {
    fn own_arns(&self) -> Vec<&str> {
        let attached = self.attachments.iter().map(|a| a.arn.as_str()).filter(|a| !a.contains(":iam::aws:"));
        self.arn.as_deref().into_iter().chain(attached).collect()
    }

    /// What the resources of a statement reach of a target, with something that is asked for.
    fn reached(&self, statement: &Statement, target: Target, own: &[&str]) -> Vec<(Breadth, String)> {
        if statement.is_not_resource() {
            return vec![(Breadth::Whole, self.instance(target.pattern))];
        }
        let one = |resource: &String| {
            let breadth = breadth(resource, target, own)?;
            let itself = own.iter().find(|own| target.own_counts && !own.is_empty() && arn::covers(resource, own));
            let general = Some(self.instance(target.pattern)).filter(|general| arn::covers(resource, general));
            let asked = itself.map(|own| (*own).to_owned()).or(general);
            Some((breadth, asked.unwrap_or_else(|| self.instance(resource))))
        };
        statement.resource_patterns().iter().filter_map(one).collect()
    }

    /// The statements that allow an action (lower case), with their documents.
    fn allowing<'p>(&'p self, action: &str) -> impl Iterator<Item = (&'p DocumentSubject<'a>, &'p Statement)> {
        let all = self.documents.iter().flat_map(|document| document.allows().map(move |statement| (document, statement)));
        all.filter(move |(_, statement)| statement.has_action(action))
    }

    /// Every statement that grants an action (lower case, no wildcards) on a target, as the evaluator confirms with all that the principal
    /// holds; `service`: to which a role is passed.
    pub fn grants(&self, action: &str, target: Target, service: Option<&str>) -> Vec<Grant<'_, 'a>> {
        let own = self.own_arns();
        let mut out = Vec::new();
        for (document, statement) in self.allowing(action) {
            let asked = |(breadth, resource): (Breadth, String)| match self.reach(action, &resource, service)? {
                Reach::Any(terms) => Some((breadth, terms)),
                Reach::Limited(most) => Some((breadth.min(most), Terms::Free)),
            };
            // The widest; of those the one that depends on least.
            let reached = self.reached(statement, target, &own).into_iter().filter_map(asked);
            if let Some((breadth, found)) = reached.max_by_key(|(breadth, terms)| (*breadth, Reverse(terms.weight()))) {
                let terms = if found == Terms::Free { terms(statement) } else { found };
                out.push(Grant { document, statement, terms, breadth });
            }
        }
        out
    }

    /// The grant of the first of two actions on a thing on which the second is granted too; of several the one that depends on least.
    pub fn on_one(&self, actions: [&str; 2], target: Target) -> Option<Grant<'_, 'a>> {
        let own = self.own_arns();
        let [first, second] = actions;
        let things = |action: &str| {
            let all = self.allowing(action).flat_map(|(_, statement)| self.reached(statement, target, &own));
            all.map(|(_, thing)| thing).collect::<BTreeSet<String>>()
        };
        let both = things(first).union(&things(second)).cloned().collect::<Vec<_>>();
        let together = both.into_iter().filter_map(|thing| {
            let (Reach::Any(terms), Reach::Any(more)) = (self.reach(first, &thing, None)?, self.reach(second, &thing, None)?)
            else {
                return None;
            };
            Some((terms.and(more), thing))
        });
        let (terms, thing) = together.min_by_key(|(terms, _)| terms.weight())?;
        let covers = |statement: &Statement| statement.resource_patterns().iter().any(|pattern| arn::covers(pattern, &thing));
        let mut of_first = self.allowing(first);
        let (document, statement) = of_first.find(|(_, statement)| statement.is_not_resource() || covers(statement))?;
        Some(Grant { document, statement, terms, breadth: Breadth::Whole })
    }

    /// Policies and boundaries that the conditions name under which an action is allowed, as patterns.
    fn limits(&self, action: &str) -> Vec<&str> {
        let tests = self.allowing(action).flat_map(|(_, statement)| &statement.conditions);
        let named = tests.filter(|test| (test.is_about(POLICY) || test.is_about(BOUNDARY)) && test.is_positive());
        named.flat_map(|test| &test.values).map(String::as_str).collect()
    }

    /// Whether some request of the principal for this is allowed for certain: conditions count only where it can never meet them.
    pub fn may(&self, action: &str, resource: &str, service: Option<&str>) -> bool {
        self.when(action, resource, service).is_some_and(|terms| !matches!(terms, Terms::Open(_)))
    }

    /// What a request for this asks for that the principal does not choose; `None` where none is allowed.
    pub fn when(&self, action: &str, resource: &str, service: Option<&str>) -> Option<Terms> {
        match self.reach(action, resource, service)? {
            Reach::Any(terms) => Some(terms),
            Reach::Limited(_) => Some(Terms::Free),
        }
    }

    /// What a request for this leads to; `None` where none is allowed.
    fn reach(&self, action: &str, resource: &str, service: Option<&str>) -> Option<Reach> {
        let mut keys = Context::new();
        if let Some(service) = service {
            keys.set("iam:PassedToService", service);
        }
        // Whoever makes a grant for itself is no service that makes one for its resource (AWS KMS Developer Guide, condition keys).
        if action.eq_ignore_ascii_case("kms:CreateGrant") {
            keys.set("kms:GrantIsForAWSResource", "false");
            keys.set_absent("kms:ViaService");
        }
        let asker = Asker { policies: &self.policies, caller: &self.caller, today: &self.around.today };
        let attachable = || {
            let named = self.limits(action).into_iter().map(|pattern| self.instance(pattern));
            named.chain([self.instance("arn:*:iam::????????????:policy/*")]).collect()
        };
        match outcome(asker, (action, resource, &keys), attachable) {
            Outcome::Any(Possible::Always) => Some(Reach::Any(Terms::Free)),
            Outcome::Any(Possible::When(witness)) => Some(Reach::Any(Terms::of_keys(circumstances(witness.keys)))),
            Outcome::Any(Possible::Undecided(open)) => Some(Reach::Any(Terms::Open(reasons(&open)))),
            Outcome::Any(Possible::Never) => None,
            Outcome::Limited => {
                let limits = self.limits(action);
                let are_named = !limits.is_empty() && !limits.iter().any(|limit| has_wildcard(limit));
                Some(Reach::Limited(if are_named { Breadth::Named } else { Breadth::Prefix }))
            }
        }
    }

    /// A resource that a pattern means, in the principal's account where the pattern leaves that open.
    pub fn instance(&self, pattern: &str) -> String {
        if is_everything(pattern) {
            return "*".to_owned();
        }
        let account = self.around.account.as_ref().map_or_else(|| "000000000000".to_owned(), ToString::to_string);
        let username = self.caller.key("aws:username").unwrap_or(ANY_NAME);
        let fill = |(at, field): (usize, &str)| match (at, field) {
            (1, field) if has_wildcard(field) => "aws".to_owned(),
            (3, field) if has_wildcard(field) => "us-east-1".to_owned(),
            (4, field) if has_wildcard(field) => account.clone(),
            (_, field) => {
                let field = field.replace("${aws:username}", username);
                pattern::without_variables(&field).replace('*', ANY_NAME).replace('?', "x")
            }
        };
        let fields: Vec<String> = arn::split(pattern).into_iter().enumerate().map(fill).collect();
        fields.join(":")
    }
}

/// The name of what is not there.
const ANY_NAME: &str = "iamctl-any-other-name";
