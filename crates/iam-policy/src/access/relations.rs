//! Policy variables that nothing fixes: they relate one key, or the resource, to the value of another key.
//!
//! `StringEquals {K: "${V}"}` is one question, whatever operator asks it: whether `K` and `V` have the same value. A list is "one of these
//! questions", a `Not…` operator "none of them", a default "the question, or `V` is absent and `K` is the default". So an edit that changes
//! the operator, `IfExists`, the list or the default and not the questions is decided like any other. Between different patterns around
//! the same variable (`home/${V}/*` and `home/${V}*`) a proof takes the value as one symbol: what one pattern covers with the symbol in
//! it, it covers whatever the value is.

use super::atoms::{Atoms, Conjunct, Doubt, Either, Literal, both, constant, key_test, neither, only};
use super::facts::Facts;
use super::globals::Domain;
use super::keys::KeyTest;
use super::texts::{self, Covered, closed, covered, filled, is_documented_arn, loosely, spelled};
use crate::arn_match::{Padding, Resource, ResourcePattern};
use crate::ast::{self, Clause};
use crate::condition::Condition;
use crate::context::{Context, Reader, Truth, Value};
use crate::pattern::{Language, Token, Tokens};
use crate::variables::{Piece, Template};
use crate::{Base, Compares, Matching, Operator, SetPrefix};

/// Alternatives that one test may be taken apart into; beyond, it is one question as a whole.
const ALTERNATIVES: usize = 32;

/// What is related to the values of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A key, in lower case.
    Key(String),
    /// The resource.
    Resource,
}

/// One question whose answer depends on the values of variables.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// What is asked about.
    pub about: About,
    /// The keys of the variables, in lower case.
    pub variables: Vec<String>,
    /// Where the question is whether two keys have the same value: the other key.
    pub equal: Option<String>,
    /// The pattern with a symbol in place of each variable, where that is exact.
    pub symbolic: Option<Tokens>,
    /// What holds wherever the relation does.
    pub implied: Vec<Literal>,
    asked: Asked,
}

#[derive(Clone, Debug)]
enum Asked {
    Test(ast::Test, Condition),
    Resource(String, ResourcePattern),
}

impl Relation {
    /// Whether it holds of a request.
    pub(super) fn holds(&self, resource: &str, context: &Context) -> bool {
        let mut reader = Reader::new(context, false);
        let truth = match &self.asked {
            Asked::Test(_, condition) => condition.holds(&mut reader),
            Asked::Resource(_, pattern) => pattern.matches(&Resource::read(resource), &mut reader),
        };
        truth == Truth::Yes
    }

    /// The test of the key once the variables have these values.
    pub(super) fn test(&self, facts: &Facts) -> Option<KeyTest> {
        match &self.asked {
            Asked::Test(test, _) => Some(key_test(test, true, facts)),
            Asked::Resource(..) => None,
        }
    }

    /// The resources once the variables have these values.
    pub(super) fn language(&self, facts: &Facts) -> Option<Language> {
        let Asked::Resource(text, _) = &self.asked else { return None };
        Some(Language::of(match covered(text, true, facts) {
            Some(Covered::Exactly(tokens)) => vec![tokens],
            // A variable without a value leaves nothing that is covered.
            Some(Covered::All | Covered::Open(..) | Covered::Refused) | None => Vec::new(),
        }))
    }

    /// The value that its one variable has to have for a text to be as the pattern says: where the pattern begins like the text, up to
    /// what follows the variable.
    pub(super) fn value_in(&self, text: &str) -> Option<(&str, String)> {
        let (tokens, [variable]) = (self.symbolic.as_ref()?, self.variables.as_slice()) else { return None };
        let at = tokens.iter().position(|t| matches!(t, Token::Value(_)))?;
        let plain = |tokens: &[Token]| -> String {
            tokens.iter().map_while(|t| if let Token::Is(c) = t { Some(*c) } else { None }).collect()
        };
        let (before, behind) = (tokens.get(..at)?, tokens.get(at + 1..)?);
        let mut rest = text;
        if before.iter().all(|t| matches!(t, Token::Is(_))) {
            rest = text.strip_prefix(plain(before).as_str())?;
        } else {
            // Fields of an ARN may hold wildcards in front.
            let head = before.iter().rev().map_while(|t| if let Token::Is(c) = t { Some(*c) } else { None });
            let head: String = head.collect::<Vec<_>>().into_iter().rev().collect();
            rest = rest.split_once(head.as_str()).map_or(rest, |(_, rest)| rest);
        }
        let next = plain(behind);
        let end = if next.is_empty() { rest.find('/').unwrap_or(rest.len()) } else { rest.find(&next)? };
        Some((variable.as_str(), rest.get(..end)?.to_owned()))
    }
}

impl Atoms {
    /// One test of a statement's conditions.
    pub(super) fn test(&mut self, test: &ast::Test, variables: bool) -> Either {
        let mut values = test.values.clone();
        values.sort();
        values.dedup();
        let operator = test.operator.merged();
        let test = ast::Test { operator, key: test.key.clone(), values };
        if is_plain_on_a_list(&test) {
            let why = format!(
                "`{}` has a list of values, and AWS does not document what `{}` without `ForAnyValue:` or `ForAllValues:` does with a list",
                test.key,
                operator.name()
            );
            return self.doubtful(&test, why);
        }
        match operator.compares() {
            Compares::String(matching) => self.text(&test, matching == Matching::Like, variables),
            Compares::Arn => self.text(&test, true, variables),
            // Whether variables count here the documentation says both ways (iam-facts 6.5).
            Compares::Bool if self.is_open(&test, variables) => self.whole(&test, variables),
            Compares::Bool | Compares::Numeric(_) | Compares::Date(_) | Compares::Binary | Compares::Ip | Compares::Null => {
                self.plain(&test, variables)
            }
        }
    }

    /// Whether a variable stands in the values that nothing fixes.
    fn is_open(&self, test: &ast::Test, variables: bool) -> bool {
        let keys = |text: &String| Template::parse(text, false, variables).keys().any(|key| !self.facts.fix(key));
        test.values.iter().any(keys)
    }

    /// A test as one question that is only known to be the same wherever it is asked of the same values.
    pub(super) fn whole(&mut self, test: &ast::Test, variables: bool) -> Either {
        if !variables || !self.is_open(test, variables) {
            return self.plain(test, variables);
        }
        let named: Vec<String> = test.values.iter().map(|text| texts::respelled(text, true)).collect();
        let name = format!("whole {} {} {named:?}", test.operator.name(), test.key);
        let atom = self.relation(name, |atoms| {
            let templates = test.values.iter().map(|text| Template::parse(text, false, true));
            let mut keys: Vec<String> = templates.flat_map(|t| t.keys().map(str::to_owned).collect::<Vec<_>>()).collect();
            keys.retain(|key| !atoms.facts.fix(key));
            keys.sort();
            keys.dedup();
            let implied =
                if test.operator.holds_when_absent(&test.values) { constant(true) } else { atoms.present(&test.key, true) };
            Relation {
                about: About::Key(test.key.clone()),
                variables: keys,
                equal: None,
                symbolic: None,
                implied: literals(&implied),
                asked: Asked::Test(test.clone(), Condition::new(test, true)),
            }
        });
        only(atom, true)
    }

    /// A test that the documentation leaves open for a key that has a value.
    fn doubtful(&mut self, test: &ast::Test, why: String) -> Either {
        let operator = Operator { if_exists: false, ..test.operator };
        let name = format!("doubt {} {} {:?}", operator.name(), test.key, test.values);
        let doubt = only(self.doubt(name, Doubt { why, lenient: false }), true);
        let mut out = both(&doubt, &self.present(&test.key, true));
        if test.operator.holds_when_absent(&test.values) {
            out.extend(self.present(&test.key, false));
        }
        out
    }

    /// A test of text or ARNs, taken apart into its values.
    fn text(&mut self, test: &ast::Test, wildcards: bool, variables: bool) -> Either {
        let Operator { prefix, base, if_exists } = test.operator;
        let arn = base.compares() == Compares::Arn;
        let mut plain: Vec<String> = Vec::new();
        let mut open: Vec<Vec<Piece>> = Vec::new();
        let mut unclear: Vec<String> = Vec::new();
        for text in &test.values {
            let Some(pieces) = filled(&Template::parse(text, wildcards, variables), &self.facts) else { continue };
            if arn && !is_documented_arn(&pieces) {
                unclear.push(text.clone());
            } else if closed(&pieces).is_some() {
                plain.push(text.clone());
            } else {
                open.push(pieces);
            }
        }
        if open.is_empty() && unclear.is_empty() {
            return self.plain(test, variables);
        }
        let of = |values: Vec<String>| ast::Test { values, ..test.clone() };
        // A value of every one must be what the documentation explains, for the whole to be so.
        let by_value = match (prefix, base.is_negated()) {
            (None, _) | (Some(SetPrefix::ForAnyValue), false) | (Some(SetPrefix::ForAllValues), true) => true,
            (Some(SetPrefix::ForAnyValue), true) | (Some(SetPrefix::ForAllValues), false) => false,
        };
        if !by_value {
            return if unclear.is_empty() {
                self.of_a_set(test, wildcards, variables)
            } else {
                self.doubtful(test, short_arn(&unclear))
            };
        }
        let mut one_of: Either = Vec::new();
        for pieces in open {
            let found = match prefix {
                None => self.related(base, &test.key, pieces),
                Some(_) => {
                    let operator = Operator { prefix: Some(SetPrefix::ForAnyValue), base: like(base), if_exists: false };
                    let values = vec![spelled(&pieces)];
                    self.whole(&ast::Test { operator, key: test.key.clone(), values }, true)
                }
            };
            one_of.extend(found);
        }
        for text in unclear {
            let why = short_arn(std::slice::from_ref(&text));
            let name = format!("doubt {} {} {text}", positive(base).name(), test.key);
            let doubt = only(self.doubt(name, Doubt { why, lenient: false }), true);
            one_of.extend(both(&doubt, &self.present(&test.key, true)));
        }
        if one_of.len() > ALTERNATIVES {
            return self.whole(test, variables);
        }
        if !base.is_negated() {
            if !plain.is_empty() {
                one_of.extend(self.plain(&of(plain), variables));
            } else if if_exists {
                one_of.extend(self.present(&test.key, false));
            }
            return one_of;
        }
        let mut none = neither(&one_of);
        // Of a key that may have several values this says that it has not.
        if !plain.is_empty() || (prefix.is_none() && !Domain::of(&test.key).single) {
            none = both(&none, &self.plain(&of(plain), variables));
        }
        if none.len() > ALTERNATIVES { self.whole(test, variables) } else { none }
    }

    /// `ForAllValues:` with a positive operator, or its contrary `ForAnyValue:` with the negated one.
    fn of_a_set(&mut self, test: &ast::Test, wildcards: bool, variables: bool) -> Either {
        let Operator { prefix, base, if_exists } = test.operator;
        let operator = Operator { prefix: Some(SetPrefix::ForAllValues), base: like(base), if_exists: false };
        let each = |text: &String| {
            filled(&Template::parse(text, wildcards, variables), &self.facts)
                .map_or_else(|| text.clone(), |pieces| spelled(&pieces))
        };
        let values = test.values.iter().map(each).collect();
        let all = self.whole(&ast::Test { operator, key: test.key.clone(), values }, variables);
        if prefix == Some(SetPrefix::ForAllValues) {
            return all;
        }
        let mut some = neither(&all);
        if if_exists {
            some.extend(self.present(&test.key, false));
        }
        some
    }

    /// Whether a key with one value is as these pieces say. At least one variable is open.
    fn related(&mut self, base: Base, key: &str, pieces: Vec<Piece>) -> Either {
        let default = pieces.iter().position(|piece| matches!(piece, Piece::Variable { default: Some(_), .. }));
        if let Some(Piece::Variable { key: variable, default: Some(text) }) = default.and_then(|at| pieces.get(at)).cloned() {
            // The variable has a value, or it has none and the default stands in its place; all its places alike.
            let instead = |with: Option<&str>| -> Vec<Piece> {
                let each = |piece: &Piece| match (piece, with) {
                    (Piece::Variable { key, default: Some(own) }, _) if *key == variable => match with {
                        Some(_) => own.chars().map(|c| Piece::Token(Token::Is(c))).collect(),
                        None => vec![Piece::Variable { key: key.clone(), default: None }],
                    },
                    (other, _) => vec![other.clone()],
                };
                pieces.iter().flat_map(each).collect()
            };
            let named = self.closed_or_related(base, key, instead(None));
            let absent = self.present(&variable, false);
            let unnamed = self.closed_or_related(base, key, instead(Some(&text)));
            return named.into_iter().chain(both(&absent, &unnamed)).collect();
        }
        if let ([Piece::Variable { key: other, .. }], false) = (pieces.as_slice(), folds(base)) {
            let other = other.clone();
            return self.equal(base, key, &other);
        }
        let text = spelled(&pieces);
        let operator: Operator = like(base).into();
        let name = format!("{} {key} {text}", operator.name());
        let loose: Vec<Piece> = loosely(&pieces).into_iter().map(Piece::Token).collect();
        let mut implied = self.like(key, if folds(base) { "*".to_owned() } else { spelled(&loose) }.as_str());
        let variables = self.variables(&pieces, &mut implied);
        if implied.is_empty() {
            return constant(false);
        }
        let atom = self.relation(name, |atoms| {
            let test = ast::Test { operator, key: key.to_owned(), values: vec![text] };
            // Fields of an ARN move where a value has a colon.
            let exact = matches!(base.compares(), Compares::String(Matching::Exact | Matching::Like));
            let symbolic = if exact { atoms.symbolic(&pieces) } else { None };
            let condition = Condition::new(&test, true);
            let about = About::Key(key.to_owned());
            Relation { about, variables, equal: None, symbolic, implied: literals(&implied), asked: Asked::Test(test, condition) }
        });
        only(atom, true)
    }

    fn closed_or_related(&mut self, base: Base, key: &str, pieces: Vec<Piece>) -> Either {
        if closed(&pieces).is_none() {
            return self.related(base, key, pieces);
        }
        let values = vec![spelled(&pieces)];
        self.plain(&ast::Test { operator: like(base).into(), key: key.to_owned(), values }, true)
    }

    /// Whether two keys have the same value; under an operator for ARNs: the same ARN.
    fn equal(&mut self, base: Base, key: &str, other: &str) -> Either {
        let arn = match base.compares() {
            Compares::Arn => {
                let any = ast::Test { operator: Base::ArnLike.into(), key: key.to_owned(), values: vec!["*".to_owned()] };
                self.plain(&any, false)
            }
            _ => constant(true),
        };
        let same = match self.facts.known.get(key) {
            // The same the other way round.
            Some(Value::Single(text)) => {
                let values = vec![text.clone()];
                self.plain(&ast::Test { operator: Base::StringEquals.into(), key: other.to_owned(), values }, false)
            }
            _ if self.facts.fix(key) => constant(false),
            _ if key == other => self.like(key, "*"),
            _ => {
                let (first, second) = if key < other { (key, other) } else { (other, key) };
                let atom = self.relation(format!("equal {first} {second}"), |atoms| {
                    let operator = Base::StringEquals.into();
                    let test = ast::Test { operator, key: first.to_owned(), values: vec![format!("${{{second}}}")] };
                    let implied = both(&atoms.like(first, "*"), &atoms.like(second, "*"));
                    let condition = Condition::new(&test, true);
                    Relation {
                        about: About::Key(first.to_owned()),
                        variables: vec![second.to_owned()],
                        equal: Some(second.to_owned()),
                        symbolic: atoms.symbolic(&[Piece::Variable { key: second.to_owned(), default: None }]),
                        implied: literals(&implied),
                        asked: Asked::Test(test, condition),
                    }
                });
                only(atom, true)
            }
        };
        both(&same, &arn)
    }

    /// The variables of pieces; each must have one value, which goes to `implied`.
    fn variables(&mut self, pieces: &[Piece], implied: &mut Either) -> Vec<String> {
        let keys = pieces.iter().filter_map(|p| if let Piece::Variable { key, .. } = p { Some(key.clone()) } else { None });
        let mut keys: Vec<String> = keys.collect();
        keys.sort();
        keys.dedup();
        for key in &keys {
            *implied = both(implied, &self.like(key, "*"));
        }
        keys
    }

    fn symbolic(&mut self, pieces: &[Piece]) -> Option<Tokens> {
        let each = |piece: &Piece| match piece {
            Piece::Token(token) => Some(*token),
            Piece::Variable { key, .. } => self.number(key).map(Token::Value),
        };
        pieces.iter().map(each).collect()
    }

    /// What `Resource` or `NotResource` asks for.
    pub(super) fn resources_of(&mut self, clause: &Clause, variables: bool) -> Either {
        let mut plain: Vec<Tokens> = Vec::new();
        let mut one_of: Either = Vec::new();
        let mut all = false;
        for text in &clause.values {
            match covered(text, variables, &self.facts) {
                Some(Covered::All) => all = true,
                Some(Covered::Exactly(pattern)) => plain.push(pattern),
                Some(Covered::Open(head, pieces)) => one_of.extend(self.related_resource(text, &head, pieces)),
                Some(Covered::Refused) => {
                    let why = format!("AWS does not document what the resource `{text}` covers");
                    one_of.extend(only(self.doubt(format!("resource {text}"), Doubt { why, lenient: true }), true));
                }
                None => {}
            }
        }
        if all {
            return constant(!clause.negated);
        }
        if !plain.is_empty() {
            one_of.extend(only(self.resource(Language::of(plain)), true));
        }
        if clause.negated { neither(&one_of) } else { one_of }
    }

    /// Resources whose last field is as these pieces say.
    fn related_resource(&mut self, written: &str, head: &Tokens, pieces: Vec<Piece>) -> Either {
        let default = pieces.iter().find_map(|piece| match piece {
            Piece::Variable { key, default: Some(_) } => Some(key.clone()),
            _ => None,
        });
        if let Some(variable) = default {
            let instead = |present: bool| -> Vec<Piece> {
                let each = |piece: &Piece| match piece {
                    Piece::Variable { key, default: Some(own) } if *key == variable => match present {
                        false => own.chars().map(|c| Piece::Token(Token::Is(c))).collect(),
                        true => vec![Piece::Variable { key: key.clone(), default: None }],
                    },
                    other => vec![other.clone()],
                };
                pieces.iter().flat_map(each).collect()
            };
            let named = self.related_resource(written, head, instead(true));
            let absent = self.present(&variable, false);
            let unnamed = match closed(&instead(false)) {
                Some(rest) => only(self.resource(Language::of([head.iter().copied().chain(rest).collect()])), true),
                None => self.related_resource(written, head, instead(false)),
            };
            return named.into_iter().chain(both(&absent, &unnamed)).collect();
        }
        // The five fields in front have no variables.
        let front: String = written.splitn(6, ':').take(5).flat_map(|field| [field, ":"]).collect();
        let text = front + &spelled(&pieces);
        let atom = self.relation(format!("resource {text}"), |atoms| {
            let loose: Tokens = head.iter().copied().chain(loosely(&pieces)).collect();
            let mut implied = only(atoms.resource(Language::of([loose])), true);
            let variables = atoms.variables(&pieces, &mut implied);
            let symbolic = atoms.symbolic(&pieces).map(|rest| head.iter().copied().chain(rest).collect());
            let pattern = ResourcePattern::read(&text, Padding::Always, true);
            let asked = Asked::Resource(text, pattern);
            Relation { about: About::Resource, variables, equal: None, symbolic, implied: literals(&implied), asked }
        });
        only(atom, true)
    }
}

/// The literals of what is one conjunction.
fn literals(either: &Either) -> Vec<Literal> {
    either.first().into_iter().flat_map(Conjunct::iter).copied().collect()
}

/// The operator that holds where this one does not, if this one is negated; else itself.
fn positive(base: Base) -> Base {
    match base.compares() {
        Compares::String(Matching::Exact) => Base::StringEquals,
        Compares::String(Matching::IgnoreCase) => Base::StringEqualsIgnoreCase,
        Compares::String(Matching::Like) => Base::StringLike,
        Compares::Arn => Base::ArnLike,
        Compares::Numeric(_) | Compares::Date(_) | Compares::Bool | Compares::Binary | Compares::Ip | Compares::Null => base,
    }
}

/// The operator under which a text spelled with escapes means what it meant under this one.
fn like(base: Base) -> Base {
    match positive(base) {
        Base::StringEquals => Base::StringLike,
        other => other,
    }
}

fn folds(base: Base) -> bool {
    base.compares() == Compares::String(Matching::IgnoreCase)
}

fn short_arn(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    format!("AWS does not document which ARNs {} matches, with fewer than six fields", texts.join(", "))
}

/// Whether a test without set prefix reads a key that has a list of values.
fn is_plain_on_a_list(test: &ast::Test) -> bool {
    test.operator.prefix.is_none() && test.operator.compares() != Compares::Null && Domain::of(&test.key).list
}
