//! The shortest text that is in some languages and in none of others: products of pattern automata, explored as far as needed.
//!
//! The alphabet is symbolic. From any state only the characters that stand next in some pattern can be told apart, with `:` where a
//! field's wildcard is in play; one other character stands for all the rest.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::ops::Range;

use super::budget::{Budget, Spent};
use super::language::{KELVIN, Language, Token};

/// What a text is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// A character.
    Char(char),
    /// The value of something, see [`Token::Value`].
    Value(u16),
}

/// Some languages read side by side: their tokens one after the other, each language's from a whole word of bits on.
pub(crate) struct Product {
    tokens: Vec<Token>,
    /// Where each pattern begins.
    starts: Vec<usize>,
    /// The words of each language.
    spans: Vec<Range<usize>>,
}

impl Product {
    /// Of these languages, in their order.
    pub(super) fn of<'l>(languages: impl IntoIterator<Item = &'l Language>) -> Self {
        let mut product = Self { tokens: Vec::new(), starts: Vec::new(), spans: Vec::new() };
        for language in languages {
            let first = product.tokens.len() / BITS;
            let mut begins = true;
            for token in language.tokens() {
                if begins {
                    product.starts.push(product.tokens.len());
                }
                begins = *token == Token::End;
                product.tokens.push(*token);
            }
            // Places behind the last pattern are never come to.
            product.tokens.resize(product.tokens.len().next_multiple_of(BITS), Token::End);
            product.spans.push(first..product.tokens.len() / BITS);
        }
        product
    }

    /// Before the first character.
    pub(super) fn start(&self) -> Places {
        let mut places = self.nowhere();
        self.starts.iter().for_each(|at| self.enter(&mut places, *at));
        places
    }

    fn nowhere(&self) -> Places {
        Places(vec![0; self.tokens.len() / BITS].into_boxed_slice())
    }

    /// Comes to a place, and past the runs that stand there.
    fn enter(&self, places: &mut Places, mut at: usize) {
        loop {
            if let Some(word) = places.0.get_mut(at / BITS) {
                *word |= 1 << (at % BITS);
            }
            if !self.tokens.get(at).is_some_and(|t| t.is_run()) {
                return;
            }
            at += 1;
        }
    }

    /// After one more character.
    pub(super) fn read(&self, places: &Places, symbol: Symbol) -> Places {
        let mut next = self.nowhere();
        for at in places.iter() {
            match self.tokens.get(at) {
                Some(token) if token.reads_symbol(symbol) => self.enter(&mut next, if token.is_run() { at } else { at + 1 }),
                _ => {}
            }
        }
        next
    }

    /// Whether no text that goes on from here is in a language.
    pub(super) fn is_dead(&self, places: &Places, language: usize) -> bool {
        self.words(places, language).all(|(_, word)| word == 0)
    }

    /// Whether the text read so far is in a language.
    pub(super) fn accepts(&self, places: &Places, language: usize) -> bool {
        self.words(places, language).any(|(at, word)| bits(word).any(|bit| self.tokens.get(at * BITS + bit) == Some(&Token::End)))
    }

    fn words<'p>(&self, places: &'p Places, language: usize) -> impl Iterator<Item = (usize, u64)> + use<'p> {
        let span = self.spans.get(language).cloned().unwrap_or_default();
        span.filter_map(|at| places.0.get(at).map(|word| (at, *word)))
    }

    /// The symbols that lead elsewhere than the rest, and one that stands for the rest.
    fn alphabet(&self, places: &Places) -> impl Iterator<Item = Symbol> + use<> {
        let mut chars = BTreeSet::new();
        let mut values = BTreeSet::new();
        for at in places.iter() {
            match self.tokens.get(at) {
                Some(Token::Is(c)) => drop(chars.insert(*c)),
                Some(Token::IsFolded(c)) => {
                    chars.insert(*c);
                    chars.insert(c.to_ascii_uppercase());
                    if *c == 'k' {
                        chars.insert(KELVIN);
                    }
                }
                Some(Token::OneInField | Token::RunInField) => drop(chars.insert(':')),
                Some(Token::Value(n)) => drop(values.insert(*n)),
                _ => {}
            }
        }
        let chars = other(&chars).into_iter().chain(chars).map(Symbol::Char);
        chars.chain(values.into_iter().map(Symbol::Value))
    }

    /// What one reading costs: about as much time, whatever the languages.
    fn weight(&self, places: &Places) -> usize {
        let set: u32 = places.0.iter().map(|word| word.count_ones()).sum();
        8 + self.tokens.len() / BITS + set as usize
    }
}

const BITS: usize = 64;

/// Where the reading of a text stands: a set of places in the tokens of a product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Places(Box<[u64]>);

impl Places {
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(i, word)| bits(*word).map(move |bit| i * BITS + bit))
    }
}

/// The bits that are set.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros() as usize;
        word &= word - 1;
        Some(bit)
    })
}

/// A character that is none of these, readable if possible.
fn other(told_apart: &BTreeSet<char>) -> Option<char> {
    "xabcdefghijklmnopqrstuvwyz0123456789-_XABCDEFGHIJKLMNOPQRSTUVWYZ./"
        .chars()
        .chain('\u{e0}'..='\u{ffff}')
        .find(|c| *c != ':' && !told_apart.contains(c))
}

/// A shortest text that is in every language of `within` and in none of `without`; `None` when there is none.
///
/// # Errors
/// The budget ran out.
pub(crate) fn find(within: &[&Language], without: &[&Language], budget: &Budget) -> Result<Option<String>, Spent> {
    // A language of a few plain texts is decided by looking at each.
    if let Some(texts) = within.iter().filter_map(|l| l.texts()).min_by_key(Vec::len) {
        for text in texts {
            budget.spend(text.len() * (within.len() + without.len()))?;
            if within.iter().all(|l| l.contains(&text)) && !without.iter().any(|l| l.contains(&text)) {
                return Ok(Some(text));
            }
        }
        return Ok(None);
    }
    let within: Vec<&Language> = within.iter().copied().filter(|l| !l.is_all()).collect();
    let (wanted, all) = (within.len(), within.len() + without.len());
    let product = Product::of(within.into_iter().chain(without.iter().copied()));
    let start = product.start();
    let mut seen: HashSet<Places> = HashSet::from([start.clone()]);
    // Each state with the one it was reached from, and by which character.
    let mut trail: Vec<(usize, Symbol)> = vec![(0, Symbol::Char(' '))];
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((places, at)) = queue.pop_front() {
        if (0..wanted).all(|l| product.accepts(&places, l)) && !(wanted..all).any(|l| product.accepts(&places, l)) {
            return Ok(Some(spell(&trail, at)));
        }
        let weight = product.weight(&places);
        for symbol in product.alphabet(&places) {
            budget.spend(weight)?;
            let next = product.read(&places, symbol);
            if !(0..wanted).any(|l| product.is_dead(&next, l)) && seen.insert(next.clone()) {
                trail.push((at, symbol));
                queue.push_back((next, trail.len() - 1));
            }
        }
    }
    Ok(None)
}

/// A value whose text is not known is left out.
fn spell(trail: &[(usize, Symbol)], mut at: usize) -> String {
    let mut chars = Vec::new();
    while at != 0 {
        let Some((from, symbol)) = trail.get(at) else { break };
        if let Symbol::Char(c) = symbol {
            chars.push(*c);
        }
        at = *from;
    }
    chars.iter().rev().collect()
}

/// For each combination of languages that some text of `universe` is in (and in no other of them), a shortest such text.
///
/// # Errors
/// The budget ran out.
pub(crate) fn combinations(
    universe: &Language,
    languages: &[Language],
    budget: &Budget,
) -> Result<BTreeMap<Vec<bool>, String>, Spent> {
    let mut found = BTreeMap::new();
    let product = Product::of(std::iter::once(universe).chain(languages));
    let start = product.start();
    let mut seen: HashSet<Places> = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([(start, String::new())]);
    while let Some((places, text)) = queue.pop_front() {
        if product.accepts(&places, 0) {
            let combination = (1..=languages.len()).map(|l| product.accepts(&places, l)).collect();
            found.entry(combination).or_insert_with(|| text.clone());
        }
        let weight = product.weight(&places);
        for symbol in product.alphabet(&places) {
            budget.spend(weight)?;
            let next = product.read(&places, symbol);
            if let Symbol::Char(c) = symbol
                && !product.is_dead(&next, 0)
                && seen.insert(next.clone())
            {
                queue.push_back((next, format!("{text}{c}")));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn language(patterns: &[String]) -> Language {
        Language::of(patterns.iter().map(|p| {
            p.chars()
                .map(|c| match c {
                    '*' => Token::Run,
                    '?' => Token::One,
                    '+' => Token::RunInField,
                    '!' => Token::OneInField,
                    'A' => Token::IsFolded('a'),
                    c => Token::Is(c),
                })
                .collect()
        }))
    }

    /// The slow and obvious matcher.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', p)), t) => naive(p, text) || t.is_some_and(|(_, t)| naive(pattern, t)),
            (Some(('+', p)), t) => naive(p, text) || t.is_some_and(|(c, t)| *c != ':' && naive(pattern, t)),
            (Some(('?', p)), Some((_, t))) => naive(p, t),
            (Some(('!', p)), Some((c, t))) => *c != ':' && naive(p, t),
            (Some(('A', p)), Some((c, t))) => c.eq_ignore_ascii_case(&'a') && naive(p, t),
            (Some((c, p)), Some((d, t))) => c == d && naive(p, t),
            (Some(_), None) => false,
        }
    }

    fn is_in(patterns: &[String], text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        patterns.iter().any(|p| naive(&p.chars().collect::<Vec<_>>(), &text))
    }

    fn texts(longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|t| ['a', 'b', ':', 'z'].map(|c| format!("{t}{c}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    fn patterns() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[abA:*?+!]{0,4}", 0..3)
    }

    proptest! {
        #[test]
        fn a_text_is_found_exactly_where_brute_force_finds_one(
            within in prop::collection::vec(patterns(), 1..3),
            without in prop::collection::vec(patterns(), 0..3),
        ) {
            let brute = texts(6).into_iter().find(|t| {
                within.iter().all(|l| is_in(l, t)) && !without.iter().any(|l| is_in(l, t))
            });
            let (yes, no): (Vec<_>, Vec<_>) =
                (within.iter().map(|l| language(l)).collect(), without.iter().map(|l| language(l)).collect());
            let found = find(&yes.iter().collect::<Vec<_>>(), &no.iter().collect::<Vec<_>>(), &Budget::of(10_000_000)).unwrap();
            if let Some(text) = &found {
                prop_assert!(within.iter().all(|l| is_in(l, text)), "{text}");
                prop_assert!(!without.iter().any(|l| is_in(l, text)), "{text}");
            } else {
                prop_assert_eq!(brute, None);
            }
        }

        #[test]
        fn membership_is_what_the_naive_matcher_says(patterns in patterns(), text in "[aAb:z]{0,6}") {
            prop_assert_eq!(language(&patterns).contains(&text), is_in(&patterns, &text));
        }
    }

    #[test]
    fn many_wildcards_end_at_the_budget() {
        let hard: Vec<String> = ('a'..='n').map(|c| format!("*{c}*{c}*{c}*")).collect();
        let each: Vec<Language> = hard.iter().map(|p| language(std::slice::from_ref(p))).collect();
        let refused = language(&["*".repeat(3) + "?"]);
        assert_eq!(find(&each.iter().collect::<Vec<_>>(), &[&refused], &Budget::of(100_000)), Err(Spent));
    }
}
