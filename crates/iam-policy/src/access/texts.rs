//! Texts of policies as sets of texts: what a value of a condition or an element of `Resource` covers.

use super::facts::Facts;
use crate::Matching;
use crate::arn_match::{Padding, ResourcePattern};
use crate::context::{Context, Reader};
use crate::pattern::{Language, Token, Tokens};
use crate::variables::{Piece, Template, expand};

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

/// A text that is read as these pieces.
pub(super) fn spelled(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Token(Token::Is(c @ ('*' | '?' | '$'))) => out += &format!("${{{c}}}"),
            Piece::Token(Token::Is(c) | Token::IsFolded(c)) => out.push(*c),
            Piece::Token(Token::One | Token::OneInField) => out.push('?'),
            Piece::Token(Token::Run | Token::RunInField) => out.push('*'),
            Piece::Token(Token::Value(_) | Token::End) => {}
            Piece::Variable { key, default: None } => out += &format!("${{{key}}}"),
            Piece::Variable { key, default: Some(text) } => out += &format!("${{{key}, '{text}'}}"),
        }
    }
    out
}

/// The pieces of a template with what is fixed put in; `None` when it matches nothing.
pub(super) fn filled(template: &Template, facts: &Facts) -> Option<Vec<Piece>> {
    filled_where(template, &facts.known, &|key| facts.fix(key))
}

/// The same with keys that are known or known to be absent.
pub(super) fn filled_by(template: &Template, known: &Context) -> Option<Vec<Piece>> {
    filled_where(template, known, &|key| known.get(key).is_some() || known.is_absent(key))
}

fn filled_where(template: &Template, known: &Context, is_fixed: &dyn Fn(&str) -> bool) -> Option<Vec<Piece>> {
    let pieces = match template {
        Template::Fixed(pattern) => return Some(pattern.tokens().iter().copied().map(Piece::Token).collect()),
        Template::Open(pieces) => pieces,
    };
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Variable { key, .. } if is_fixed(key) => {
                let tokens = expand(std::slice::from_ref(piece), &mut Reader::new(known, false)).ok()?;
                out.extend(tokens.into_iter().map(Piece::Token));
            }
            other => out.push(other.clone()),
        }
    }
    Some(out)
}

/// What a template stands for when its variables are put in; `None` when it matches nothing.
fn tokens(template: &Template, facts: &Facts) -> Option<Tokens> {
    match template {
        Template::Fixed(pattern) => Some(pattern.tokens().to_vec()),
        Template::Open(pieces) => expand(pieces, &mut Reader::new(&facts.known, false)).ok(),
    }
}

/// The values that an operator for text names; `None` when they cannot be written as a language here.
pub(super) fn language(matching: Matching, templates: &[Template], facts: &Facts) -> Option<Language> {
    let all = templates.iter().filter_map(|template| tokens(template, facts));
    match matching {
        Matching::Exact | Matching::Like => Some(Language::of(all)),
        Matching::IgnoreCase => Some(Language::of(all.map(folded).collect::<Option<Vec<_>>>()?)),
    }
}

/// The values that an operator for ARNs names.
pub(super) fn arn_language(templates: &[Template], facts: &Facts) -> Language {
    Language::of(templates.iter().filter_map(|template| tokens(template, facts)).filter_map(|tokens| arn(&tokens)))
}

/// Only ASCII: other letters fold in ways of their own.
fn folded(tokens: Tokens) -> Option<Tokens> {
    let each = |token: Token| match token {
        Token::Is(c) if c.is_ascii() => Some(Token::IsFolded(c.to_ascii_lowercase())),
        _ => None,
    };
    tokens.into_iter().map(each).collect()
}

fn in_field(token: Token) -> Token {
    match token {
        Token::One => Token::OneInField,
        Token::Run => Token::RunInField,
        Token::Is(_) | Token::IsFolded(_) | Token::OneInField | Token::RunInField | Token::Value(_) | Token::End => token,
    }
}

/// Whether a value of an operator for ARNs is one that the documentation explains: six fields, or a lone `*` (iam-facts 6.6).
pub(super) fn is_documented_arn(pieces: &[Piece]) -> bool {
    match pieces {
        [Piece::Token(Token::Run) | Piece::Variable { .. }] => true,
        _ => {
            let colons = pieces.iter().filter(|piece| **piece == Piece::Token(Token::Is(':'))).count();
            let starts = ['a', 'r', 'n', ':'].map(|c| Piece::Token(Token::Is(c)));
            colons >= 5 && pieces.starts_with(&starts)
        }
    }
}

/// A pattern of ARNs, its fields matched apart; a lone `*` is any ARN, and what has too few fields matches none (iam-facts 6.6).
fn arn(tokens: &[Token]) -> Option<Tokens> {
    if tokens == [Token::Run] {
        return Some(any_arn());
    }
    let fields: Vec<&[Token]> = tokens.splitn(6, |t| *t == Token::Is(':')).collect();
    let (last, outer) = fields.split_last()?;
    if outer.len() != 5 || fields.first() != Some(&['a', 'r', 'n'].map(Token::Is).as_slice()) {
        return None;
    }
    let mut pattern = Tokens::new();
    for field in outer {
        pattern.extend(field.iter().map(|t| in_field(*t)));
        pattern.push(Token::Is(':'));
    }
    pattern.extend(*last);
    Some(pattern)
}

/// What an element of `Resource` or `NotResource` covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Covered {
    /// Everything.
    All,
    /// ARNs of this pattern.
    Exactly(Tokens),
    /// ARNs whose last field is as these pieces say, and whose other fields are of this pattern, the last colon included.
    Open(Tokens, Vec<Piece>),
    /// IAM refuses it; to the evaluator it is nothing (iam-facts 6.4).
    Refused,
}

/// Reads an element of an identity policy; `None` when it matches nothing.
pub(super) fn covered(text: &str, variables: bool, facts: &Facts) -> Option<Covered> {
    match ResourcePattern::read(text, Padding::Always, variables) {
        ResourcePattern::Everything => Some(Covered::All),
        ResourcePattern::Nothing => Some(Covered::Refused),
        ResourcePattern::Arn(fields) => {
            let mut pattern: Tokens = "arn:".chars().map(Token::Is).collect();
            for field in [&fields.partition, &fields.service, &fields.region, &fields.account] {
                pattern.extend(field.tokens().iter().map(|t| in_field(*t)));
                pattern.push(Token::Is(':'));
            }
            let pieces = filled(&fields.resource, facts)?;
            match closed(&pieces) {
                Some(tokens) => {
                    pattern.extend(tokens);
                    Some(Covered::Exactly(pattern))
                }
                None => Some(Covered::Open(pattern, pieces)),
            }
        }
    }
}

/// The tokens, if no variable is left.
pub(super) fn closed(pieces: &[Piece]) -> Option<Tokens> {
    pieces.iter().map(|piece| if let Piece::Token(token) = piece { Some(*token) } else { None }).collect()
}

/// Pieces with anything in place of the variables.
pub(super) fn loosely(pieces: &[Piece]) -> Tokens {
    pieces.iter().map(|piece| if let Piece::Token(token) = piece { *token } else { Token::Run }).collect()
}

fn any_arn() -> Tokens {
    let mut pattern: Tokens = "arn:".chars().map(Token::Is).collect();
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
