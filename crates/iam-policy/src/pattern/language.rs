//! Sets of texts: unions of wildcard patterns, the regular languages that policies can write.

use super::automata::{Product, Symbol};

/// One place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// This character.
    Is(char),
    /// This ASCII character (held in lower case) and whatever has it for its lower case.
    IsFolded(char),
    /// Any one character.
    One,
    /// Any one character but `:`.
    OneInField,
    /// Any run of characters, the empty one included.
    Run,
    /// Any run of characters but `:`.
    RunInField,
    /// The value of something of which only the name is known, by number: whatever that value is, it is the same wherever it stands.
    Value(u16),
    /// Past the last token of a pattern.
    End,
}

/// The one other character whose lower case is an ASCII letter by itself: that of `k`.
pub(super) const KELVIN: char = '\u{212a}';

impl Token {
    /// Whether the token may be passed without reading anything.
    pub(super) fn is_run(self) -> bool {
        matches!(self, Self::Run | Self::RunInField)
    }

    /// Whether the token can read `c`.
    pub(super) fn reads(self, c: char) -> bool {
        match self {
            Self::Is(own) => own == c,
            Self::IsFolded(own) => own == c.to_ascii_lowercase() || (own == 'k' && c == KELVIN),
            Self::One | Self::Run => true,
            Self::OneInField | Self::RunInField => c != ':',
            Self::Value(_) | Self::End => false,
        }
    }

    /// Whether the token can read a symbol. Of a value whose text is not known only a run that stops at nothing is sure to read it.
    pub(super) fn reads_symbol(self, symbol: Symbol) -> bool {
        match symbol {
            Symbol::Char(c) => self.reads(c),
            Symbol::Value(n) => self == Self::Run || self == Self::Value(n),
        }
    }
}

/// A pattern, without its `End`.
pub type Tokens = Vec<Token>;

/// A union of patterns; no pattern: the empty set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Language {
    /// All patterns one after the other, an `End` behind each.
    tokens: Vec<Token>,
}

impl Language {
    /// The union of these patterns; their order means nothing.
    pub(crate) fn of(patterns: impl IntoIterator<Item = Tokens>) -> Self {
        let mut patterns: Vec<Tokens> = patterns.into_iter().map(tidied).collect();
        patterns.sort();
        patterns.dedup();
        if patterns.iter().any(|p| p.as_slice() == [Token::Run]) {
            patterns = vec![vec![Token::Run]];
        }
        let mut tokens = Vec::new();
        for pattern in patterns {
            tokens.extend(pattern);
            tokens.push(Token::End);
        }
        Self { tokens }
    }

    /// The tokens with an `End` behind each pattern.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The patterns.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &[Token]> {
        self.tokens.split_inclusive(|t| *t == Token::End).map(|p| p.split_last().map_or(p, |(_, rest)| rest))
    }

    /// Whether it is written as the set of all texts.
    pub(crate) fn is_all(&self) -> bool {
        self.tokens == [Token::Run, Token::End]
    }

    /// Its texts, if every pattern is a plain text.
    pub(crate) fn texts(&self) -> Option<Vec<String>> {
        self.patterns().map(plain_text).collect()
    }

    /// Whether the text is in it.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let product = Product::of([self]);
        let mut places = product.start();
        text.chars().all(|c| {
            places = product.read(&places, Symbol::Char(c));
            !product.is_dead(&places, 0)
        }) && product.accepts(&places, 0)
    }

    /// Readable texts that are likely in it: each pattern with something plain in place of its wildcards.
    pub(crate) fn examples(&self, filler: &str) -> impl Iterator<Item = String> {
        self.patterns().map(move |p| example(p, filler))
    }
}

/// Wildcards in a row are single ones first, then one run, so that a pattern's spelling does not matter.
fn tidied(pattern: Tokens) -> Tokens {
    let mut out: Tokens = Vec::with_capacity(pattern.len());
    for token in pattern {
        let run = match token {
            Token::One => Some(Token::Run),
            Token::OneInField => Some(Token::RunInField),
            _ => None,
        };
        match run {
            Some(run) if out.last() == Some(&run) => {
                out.pop();
                out.extend([token, run]);
            }
            _ if token.is_run() && out.last() == Some(&token) => {}
            _ => out.push(token),
        }
    }
    out
}

fn plain_text(pattern: &[Token]) -> Option<String> {
    pattern.iter().map(|t| if let Token::Is(c) = t { Some(*c) } else { None }).collect()
}

fn example(pattern: &[Token], filler: &str) -> String {
    let mut out = String::new();
    for token in pattern {
        match token {
            Token::Is(c) | Token::IsFolded(c) => out.push(*c),
            Token::One | Token::OneInField => out.push('x'),
            Token::Run | Token::RunInField | Token::Value(_) => out.push_str(filler),
            Token::End => {}
        }
    }
    out
}
