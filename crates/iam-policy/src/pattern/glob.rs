//! One pattern against one text.

use std::str::Chars;

use super::language::{Language, Token, Tokens};

fn token(c: char) -> Token {
    match c {
        '*' => Token::Run,
        '?' => Token::One,
        c => Token::Is(c),
    }
}

/// The tokens of a pattern as it is written.
pub fn tokens(text: &str) -> Tokens {
    text.chars().map(token).collect()
}

/// Whether a text has a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a pattern covers the whole of a text, case for case.
pub fn matches(pattern: &str, text: &str) -> bool {
    walk(pattern.chars().map(token), text, Token::reads)
}

/// Whether a pattern covers the whole of a text, ASCII letter case aside, as actions and condition keys are compared.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    let reads = |token: Token, c: char| token.reads(c) || matches!(token, Token::Is(own) if own.eq_ignore_ascii_case(&c));
    walk(pattern.chars().map(token), text, reads)
}

/// Whether tokens cover the whole of a text, case for case. Of runs there is only [`Token::Run`] among them.
pub(crate) fn matches_tokens(tokens: &[Token], text: &str) -> bool {
    walk(tokens.iter().copied(), text, Token::reads)
}

/// Takes at most `tokens × characters` steps, whatever the pattern.
fn walk<P: Iterator<Item = Token> + Clone>(mut pattern: P, text: &str, reads: impl Fn(Token, char) -> bool) -> bool {
    let mut rest = text.chars();
    // Where to go on after a mismatch: behind the last `*`, which then swallows one character more. Earlier ones need no second try.
    let mut retry: Option<(P, Chars<'_>)> = None;
    loop {
        let token = pattern.next();
        if token == Some(Token::Run) {
            retry = Some((pattern.clone(), rest.clone()));
            continue;
        }
        match (token, rest.next()) {
            (None, None) => return true,
            (Some(token), Some(c)) if reads(token, c) => {}
            _ => {
                let Some((star, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                pattern = star.clone();
                rest = from.clone();
            }
        }
    }
}

/// A pattern made ready: the common shapes are compared without walking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    tokens: Tokens,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Anything,
    Exactly(String),
    Begins(String),
    General,
    /// With wildcards that stay in their field.
    InFields(Language),
}

impl Pattern {
    /// A pattern in which `*` and `?` are wildcards.
    pub fn glob(text: &str) -> Self {
        Self::new(tokens(text))
    }

    /// A pattern without wildcards, whatever the text holds.
    pub fn literal(text: &str) -> Self {
        Self::new(text.chars().map(Token::Is).collect())
    }

    /// A pattern of tokens.
    pub fn new(tokens: Tokens) -> Self {
        let literal: String = tokens.iter().map_while(|t| if let Token::Is(c) = t { Some(*c) } else { None }).collect();
        let shape = match tokens.iter().position(|t| !matches!(t, Token::Is(_))) {
            None => Shape::Exactly(literal),
            Some(first) if tokens.iter().skip(first).all(|t| *t == Token::Run) => {
                if first == 0 {
                    Shape::Anything
                } else {
                    Shape::Begins(literal)
                }
            }
            Some(_) if tokens.iter().any(|t| matches!(t, Token::OneInField | Token::RunInField)) => {
                Shape::InFields(Language::of([tokens.clone()]))
            }
            Some(_) => Shape::General,
        };
        Self { tokens, shape }
    }

    /// Whether the pattern covers the whole text, case for case.
    pub fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Anything => true,
            Shape::Exactly(exact) => exact == text,
            Shape::Begins(start) => text.starts_with(start.as_str()),
            Shape::General => matches_tokens(&self.tokens, text),
            Shape::InFields(language) => language.contains(text),
        }
    }

    /// Whether it covers every text: `*`, `**`, ….
    pub fn is_anything(&self) -> bool {
        self.shape == Shape::Anything
    }

    /// Whether it has a wildcard; without one it covers exactly one text.
    pub fn has_wildcard(&self) -> bool {
        !matches!(self.shape, Shape::Exactly(_))
    }

    /// Its tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word for word.
    fn naive(tokens: &[Token], text: &[char]) -> bool {
        match tokens.split_first() {
            None => text.is_empty(),
            Some((Token::Run, rest)) => (0..=text.len()).any(|n| naive(rest, &text[n..])),
            Some((Token::One, rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((Token::Is(c), rest)) => text.first() == Some(c) && naive(rest, &text[1..]),
            Some((other, _)) => panic!("{other:?} is not written"),
        }
    }

    #[test]
    fn all_short_patterns_agree_with_the_definition() {
        let words = |alphabet: &[char]| {
            let mut all = vec![String::new()];
            for start in 0..4 {
                let longer: Vec<_> = all[..].iter().filter(|w| w.chars().count() == start).cloned().collect();
                all.extend(longer.iter().flat_map(|w| alphabet.iter().map(move |c| format!("{w}{c}"))));
            }
            all
        };
        let texts = words(&['a', 'é']);
        for pattern in words(&['a', 'é', '*', '?']) {
            let ready = Pattern::glob(&pattern);
            for text in &texts {
                let chars: Vec<char> = text.chars().collect();
                assert_eq!(ready.matches(text), naive(ready.tokens(), &chars), "{pattern} {text}");
                assert_eq!(matches(&pattern, text), ready.matches(text), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let pattern = Pattern::glob(&format!("{}b", "*a".repeat(500)));
        assert!(!pattern.matches(&"a".repeat(5_000)));
    }

    #[test]
    fn a_literal_has_no_wildcards() {
        assert!(Pattern::literal("a*").matches("a*"));
        assert!(!Pattern::literal("a*").matches("ab"));
        assert!(!Pattern::literal("a*").has_wildcard());
    }
}
