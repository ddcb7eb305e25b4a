//! The smallest things that a statement asks of a request, each named once for both sides.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::globals::{self, Domain};
use super::keys::{KeyTest, Quantifier};
use super::language::{Language, Pattern, Token};
use super::scalars::Family;
use crate::Operator;
use crate::arn_match::{Padding, ResourcePattern};
use crate::ast;
use crate::condition::Condition;
use crate::context::{Reader, Truth, Value};
use crate::variables::{Template, expand};
use crate::wildcard;

/// One question about a request, by number in its [`Atoms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Atom {
    /// Whether a key passes a test.
    Test(usize),
    /// Whether the resource is in a language.
    Resource(usize),
    /// Something that is only known to be the same wherever it is asked.
    Opaque(usize),
}

/// A question with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Literal {
    /// The question.
    pub atom: Atom,
    /// The answer.
    pub holds: bool,
}

/// A literal or a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The same for every request.
    Always(bool),
    /// It depends.
    Depends(Literal),
}

/// All atoms of both sides.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    /// Tests of keys.
    pub tests: Vec<KeyTest>,
    /// Languages of resources.
    pub resources: Vec<Language>,
    /// Keys whose values would make opaque atoms clear, for each of them.
    pub opaque: Vec<Vec<String>>,
    /// What holds of every request.
    pub always: Vec<Literal>,
    known: BTreeMap<String, Atom>,
}

impl Atoms {
    /// The number of an opaque atom; `keys` are those it hangs on.
    pub(super) fn opaque(&mut self, name: String, keys: Vec<String>) -> Atom {
        let next = Atom::Opaque(self.opaque.len());
        let opaque = &mut self.opaque;
        *self.known.entry(format!("? {name}")).or_insert_with(|| {
            opaque.push(keys);
            next
        })
    }

    /// The number of a language of resources.
    pub(super) fn resource(&mut self, language: Language) -> Atom {
        let at = self.resources.iter().position(|l| *l == language).unwrap_or_else(|| {
            self.resources.push(language);
            self.resources.len() - 1
        });
        Atom::Resource(at)
    }

    /// One test of a statement's conditions. A negated operator is the contrary of its opposite where that is so for every value.
    pub(super) fn test(&mut self, test: &ast::Test, variables: bool, facts: &Facts) -> Reading {
        let mut values = test.values.clone();
        values.sort();
        values.dedup();
        let operator = test.operator.merged();
        let condition = Condition::new(&ast::Test { operator, key: test.key.clone(), values: values.clone() }, variables);
        let templates = templates(operator.base, &values, variables);
        let open: Vec<String> =
            templates.iter().flat_map(Template::keys).filter(|key| !facts.fix(key)).map(str::to_owned).collect();
        if open.is_empty() && facts.fix(&test.key) {
            return Reading::Always(condition.holds(&mut Reader::new(&facts.known, false)) == Truth::Yes);
        }
        let named: Vec<String> = values.iter().map(|text| respelled(text, variables)).collect();
        let name = format!("{} {} {variables} {named:?}", operator.name(), test.key);
        if !open.is_empty() {
            return Reading::Depends(Literal { atom: self.opaque(name, open), holds: true });
        }
        let mut family = Family::of(operator.base);
        if values.is_empty() {
            family = Family::Presence;
        }
        let language = (family == Family::Text).then(|| language(operator.base, &templates, facts)).flatten();
        if family == Family::Text && language.is_none() {
            return Reading::Depends(Literal { atom: self.opaque(name, Vec::new()), holds: true });
        }
        let quantifier = match operator.prefix {
            _ if family == Family::Presence => None,
            None => None,
            Some(prefix) if prefix.starts_with("ForAll") => Some(Quantifier::All),
            Some(_) => Some(Quantifier::Any),
        };
        let candidates = match &language {
            Some(language) => language.examples("example").collect(),
            None => values,
        };
        let language = language.map(|l| (l, !operator.base.contains("Not")));
        let domain = Domain::of(&test.key);
        let fixed = facts.known.clone();
        let key = test.key.clone();
        let atom = self.test_of(name, KeyTest { key, condition, fixed, family, language, candidates, quantifier, domain });
        if globals::is_always_there(&test.key, !facts.unsigned) {
            let literal = self.present(&test.key, facts);
            if !self.always.contains(&literal) {
                self.always.push(literal);
            }
        }
        Reading::Depends(Literal { atom, holds: true })
    }

    fn test_of(&mut self, name: String, test: KeyTest) -> Atom {
        let next = Atom::Test(self.tests.len());
        let tests = &mut self.tests;
        *self.known.entry(name).or_insert_with(|| {
            tests.push(test);
            next
        })
    }

    /// Whether a key that nothing fixes has a value.
    pub(super) fn present(&mut self, key: &str, facts: &Facts) -> Literal {
        let values = vec!["false".to_owned()];
        let operator = Operator { prefix: None, base: "Null", if_exists: false };
        let condition = Condition::new(&ast::Test { operator, key: key.to_owned(), values: values.clone() }, false);
        let test = KeyTest {
            key: key.to_owned(),
            condition,
            fixed: facts.known.clone(),
            family: Family::Presence,
            language: None,
            candidates: Vec::new(),
            quantifier: None,
            domain: Domain::of(key),
        };
        Literal { atom: self.test_of(format!("present {key}"), test), holds: true }
    }

    /// Whether a key passes a test with this value.
    pub(super) fn passes(&self, test: usize, value: Option<&Value>) -> bool {
        self.tests.get(test).is_some_and(|t| t.passes(value))
    }
}

/// A text with the keys of its variables in lower case, as IAM reads them (iam-facts 6.5).
pub(super) fn respelled(text: &str, variables: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${").filter(|_| variables) {
        let end = behind.find(['}', ',']).unwrap_or(0);
        let (key, after) = behind.split_at(end);
        out += before;
        out += "${";
        out += &key.to_ascii_lowercase();
        rest = after;
    }
    out + rest
}

/// The values as templates, where the operator has variables.
fn templates(base: &str, values: &[String], variables: bool) -> Vec<Template> {
    let wildcards = base.ends_with("Like");
    let has_variables = Family::of(base) == Family::Text || base == "Bool";
    if has_variables { values.iter().map(|text| Template::parse(text, wildcards, variables)).collect() } else { Vec::new() }
}

/// What a template stands for when its variables are put in; `None` when it matches nothing.
fn tokens(template: &Template, facts: &Facts) -> Option<Vec<wildcard::Token>> {
    match template {
        Template::Fixed(pattern) => Some(pattern.tokens().to_vec()),
        Template::Open(pieces) => expand(pieces, &mut Reader::new(&facts.known, false)).ok(),
    }
}

/// The values that a text operator names; `None` when they cannot be written as a language here.
fn language(base: &str, templates: &[Template], facts: &Facts) -> Option<Language> {
    let mut patterns = Vec::new();
    for template in templates {
        let Some(tokens) = tokens(template, facts) else { continue };
        if base.ends_with("IgnoreCase") {
            patterns.push(folded(&tokens)?);
        } else if base.starts_with("Arn") {
            patterns.extend(arn(&tokens));
        } else {
            patterns.push(tokens.iter().map(|t| anywhere(*t)).collect());
        }
    }
    Some(Language::of(patterns))
}

fn anywhere(token: wildcard::Token) -> Token {
    match token {
        wildcard::Token::Char(c) => Token::Is(c),
        wildcard::Token::One => Token::One,
        wildcard::Token::Many => Token::Run,
    }
}

fn in_field(token: wildcard::Token) -> Token {
    match token {
        wildcard::Token::Char(c) => Token::Is(c),
        wildcard::Token::One => Token::OneInField,
        wildcard::Token::Many => Token::RunInField,
    }
}

/// Only ASCII: other letters fold in ways of their own.
fn folded(tokens: &[wildcard::Token]) -> Option<Pattern> {
    let each = |token: &wildcard::Token| match token {
        wildcard::Token::Char(c) if c.is_ascii() => Some(Token::IsFolded(c.to_ascii_lowercase())),
        _ => None,
    };
    tokens.iter().map(each).collect()
}

/// A pattern of ARNs, its fields matched apart; a lone `*` is any ARN, and what has too few fields matches none (iam-facts 6.6).
fn arn(tokens: &[wildcard::Token]) -> Option<Pattern> {
    use wildcard::Token::{Char, Many};
    let any;
    let tokens = if tokens == [Many] {
        any = [
            Char('a'),
            Char('r'),
            Char('n'),
            Char(':'),
            Many,
            Char(':'),
            Many,
            Char(':'),
            Many,
            Char(':'),
            Many,
            Char(':'),
            Many,
        ];
        &any
    } else {
        tokens
    };
    let fields: Vec<&[wildcard::Token]> = tokens.splitn(6, |t| *t == Char(':')).collect();
    let (last, outer) = fields.split_last()?;
    if outer.len() != 5 || fields.first() != Some(&['a', 'r', 'n'].map(Char).as_slice()) {
        return None;
    }
    let mut pattern = Pattern::new();
    for field in outer {
        pattern.extend(field.iter().map(|t| in_field(*t)));
        pattern.push(Token::Is(':'));
    }
    pattern.extend(last.iter().map(|t| anywhere(*t)));
    Some(pattern)
}

/// What an element of `Resource` or `NotResource` covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Covered {
    /// Everything.
    All,
    /// ARNs of this pattern.
    Exactly(Pattern),
    /// ARNs of this pattern and more to it that is not known: the keys it hangs on.
    AtMost(Pattern, Vec<String>),
}

/// Reads an element of an identity policy.
pub(super) fn covered(text: &str, variables: bool, facts: &Facts) -> Option<Covered> {
    match ResourcePattern::read(text, Padding::Always, variables) {
        ResourcePattern::Everything => Some(Covered::All),
        // Nothing to the evaluator; yet what IAM makes of it is not certain (iam-facts 6.4), so no proof may rest on it.
        ResourcePattern::Nothing => Some(Covered::AtMost(vec![Token::Run], Vec::new())),
        ResourcePattern::Arn(fields) => {
            let mut pattern: Pattern = "arn:".chars().map(Token::Is).collect();
            for field in [&fields.partition, &fields.service, &fields.region, &fields.account] {
                pattern.extend(field.tokens().iter().map(|t| in_field(*t)));
                pattern.push(Token::Is(':'));
            }
            let open: Vec<String> = fields.resource.keys().filter(|key| !facts.fix(key)).map(str::to_owned).collect();
            if !open.is_empty() {
                pattern.extend(loosely(&fields.resource));
                return Some(Covered::AtMost(pattern, open));
            }
            pattern.extend(tokens(&fields.resource, facts)?.into_iter().map(anywhere));
            Some(Covered::Exactly(pattern))
        }
    }
}

/// A template with anything in place of its variables.
fn loosely(template: &Template) -> Vec<Token> {
    use crate::variables::Piece;
    match template {
        Template::Fixed(pattern) => pattern.tokens().iter().map(|t| anywhere(*t)).collect(),
        Template::Open(pieces) => {
            pieces.iter().map(|piece| if let Piece::Token(token) = piece { anywhere(*token) } else { Token::Run }).collect()
        }
    }
}

fn any_arn() -> Pattern {
    let mut pattern: Pattern = "arn:".chars().map(Token::Is).collect();
    for _ in 0..4 {
        pattern.extend([Token::RunInField, Token::Is(':')]);
    }
    pattern.push(Token::Run);
    pattern
}

/// Every ARN.
pub(super) fn arns() -> Language {
    Language::of([any_arn()])
}

/// Every resource that a request can have: an ARN, or `*` for actions without resource types (iam-facts 6.4).
pub(super) fn resources() -> Language {
    Language::of([vec![Token::Is('*')], any_arn()])
}
