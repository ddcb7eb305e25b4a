//! Patterns with `*` and `?` (iam-facts 6.4): `*` is any run of characters, the empty one included, `?` exactly one character.
//! There is no other metacharacter and no escape.

use std::str::Chars;

/// One place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// Exactly this character.
    Char(char),
    /// Exactly one character, whichever.
    One,
    /// Any run of characters, also none.
    Many,
}

/// The tokens of a pattern as it is written.
pub fn tokens(text: &str) -> Vec<Token> {
    let token = |c| match c {
        '*' => Token::Many,
        '?' => Token::One,
        c => Token::Char(c),
    };
    text.chars().map(token).collect()
}

/// Whether a pattern covers the whole of a text, case for case (iam-facts 6.4). Takes at most `tokens × characters` steps, whatever the pattern.
pub fn matches(tokens: &[Token], text: &str) -> bool {
    let mut rest = text.chars();
    let mut at = 0;
    // Where to go on after a mismatch: behind the last `*`, which then swallows one character more. Earlier ones need no second try.
    let mut retry: Option<(usize, Chars<'_>)> = None;
    loop {
        let token = tokens.get(at);
        if token == Some(&Token::Many) {
            at += 1;
            retry = Some((at, rest.clone()));
            continue;
        }
        match (token, rest.next()) {
            (None, None) => return true,
            (Some(Token::One), Some(_)) => at += 1,
            (Some(Token::Char(wanted)), Some(found)) if *wanted == found => at += 1,
            _ => {
                let Some((star, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                at = *star;
                rest = from.clone();
            }
        }
    }
}

/// A pattern made ready: the common shapes are compared without walking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    tokens: Vec<Token>,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Anything,
    Exactly(String),
    Begins(String),
    General,
}

impl Pattern {
    /// A pattern in which `*` and `?` are wildcards.
    pub fn glob(text: &str) -> Self {
        Self::new(tokens(text))
    }

    /// A pattern without wildcards, whatever the text holds.
    pub fn literal(text: &str) -> Self {
        Self::new(text.chars().map(Token::Char).collect())
    }

    /// A pattern of tokens.
    pub fn new(tokens: Vec<Token>) -> Self {
        let literal: String = tokens.iter().map_while(|t| if let Token::Char(c) = t { Some(*c) } else { None }).collect();
        let shape = match tokens.iter().position(|t| !matches!(t, Token::Char(_))) {
            None => Shape::Exactly(literal),
            Some(first) if tokens.iter().skip(first).all(|t| *t == Token::Many) => {
                if first == 0 {
                    Shape::Anything
                } else {
                    Shape::Begins(literal)
                }
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
            Shape::General => matches(&self.tokens, text),
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
            Some((Token::Many, rest)) => (0..=text.len()).any(|n| naive(rest, &text[n..])),
            Some((Token::One, rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((Token::Char(c), rest)) => text.first() == Some(c) && naive(rest, &text[1..]),
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
                assert_eq!(matches(ready.tokens(), text), ready.matches(text), "{pattern} {text}");
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
