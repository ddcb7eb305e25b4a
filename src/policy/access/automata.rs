//! The shortest text that is in some languages and in none of others: products of pattern automata, explored as far as needed.
//!
//! The alphabet is symbolic. From any state only the characters that stand next in some pattern can be told apart, with `:` where a
//! field's wildcard is in play; one other character stands for all the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::budget::{Budget, Spent};
use super::language::{KELVIN, Language, Token};

/// Where the reading of a text stands in a language: a set of places in its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Places(Box<[u64]>);

impl Places {
    /// Before the first character.
    pub(super) fn start(language: &Language) -> Self {
        let tokens = language.tokens();
        let mut places = Self::none(tokens);
        let mut first = true;
        for (at, token) in tokens.iter().enumerate() {
            if first {
                places.enter(tokens, at);
            }
            first = *token == Token::End;
        }
        places
    }

    fn none(tokens: &[Token]) -> Self {
        Self(vec![0; tokens.len().div_ceil(64)].into_boxed_slice())
    }

    /// Comes to a place, and past the runs that stand there.
    fn enter(&mut self, tokens: &[Token], mut at: usize) {
        loop {
            if let Some(word) = self.0.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
            if !tokens.get(at).is_some_and(|t| t.is_run()) {
                return;
            }
            at += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(i, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(i * 64 + bit)
            })
        })
    }

    /// After one more character.
    pub(super) fn read(&self, language: &Language, c: char) -> Self {
        let tokens = language.tokens();
        let mut next = Self::none(tokens);
        for at in self.iter() {
            match tokens.get(at) {
                Some(token) if token.reads(c) => next.enter(tokens, if token.is_run() { at } else { at + 1 }),
                _ => {}
            }
        }
        next
    }

    /// Whether no text that goes on from here is in the language.
    pub(super) fn is_dead(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }

    /// Whether the text read so far is in the language.
    pub(super) fn accepts(&self, language: &Language) -> bool {
        self.iter().any(|at| language.tokens().get(at) == Some(&Token::End))
    }

    /// The characters that lead elsewhere than the rest.
    fn told_apart(&self, language: &Language, chars: &mut BTreeSet<char>) {
        for at in self.iter() {
            match language.tokens().get(at) {
                Some(Token::Is(c)) => drop(chars.insert(*c)),
                Some(Token::IsFolded(c)) => {
                    chars.insert(*c);
                    chars.insert(c.to_ascii_uppercase());
                    if *c == 'k' {
                        chars.insert(KELVIN);
                    }
                }
                Some(Token::OneInField | Token::RunInField) => drop(chars.insert(':')),
                _ => {}
            }
        }
    }

    fn weight(&self) -> usize {
        self.0.len()
    }
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
pub(super) fn find(within: &[&Language], without: &[&Language], budget: &Budget) -> Result<Option<String>, Spent> {
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
    explore(&within, without, budget)
}

/// The places in all languages, `within` first.
type State = Vec<Places>;

fn explore(within: &[&Language], without: &[&Language], budget: &Budget) -> Result<Option<String>, Spent> {
    let all: Vec<&Language> = within.iter().chain(without).copied().collect();
    let start: State = all.iter().map(|l| Places::start(l)).collect();
    let mut seen: HashMap<State, usize> = HashMap::new();
    // Each state with the one it was reached from, and by which character.
    let mut trail: Vec<(usize, char)> = vec![(0, ' ')];
    let mut queue = VecDeque::from([(start.clone(), 0)]);
    seen.insert(start, 0);
    while let Some((state, at)) = queue.pop_front() {
        let wanted = within.iter().zip(&state).all(|(l, p)| p.accepts(l));
        if wanted && !without.iter().zip(state.iter().skip(within.len())).any(|(l, p)| p.accepts(l)) {
            return Ok(Some(spell(&trail, at)));
        }
        let mut chars = BTreeSet::new();
        for (language, places) in all.iter().zip(&state) {
            places.told_apart(language, &mut chars);
        }
        let rest = other(&chars);
        for c in rest.into_iter().chain(chars) {
            let next: State = all.iter().zip(&state).map(|(l, p)| p.read(l, c)).collect();
            budget.spend(1 + next.iter().map(Places::weight).sum::<usize>())?;
            if next.iter().take(within.len()).any(Places::is_dead) || seen.contains_key(&next) {
                continue;
            }
            trail.push((at, c));
            seen.insert(next.clone(), trail.len() - 1);
            queue.push_back((next, trail.len() - 1));
        }
    }
    Ok(None)
}

/// For each combination of languages that some text of `universe` is in (and in no other of them), a shortest such text.
///
/// # Errors
/// The budget ran out.
pub(super) fn combinations(
    universe: &Language,
    languages: &[Language],
    budget: &Budget,
) -> Result<BTreeMap<Vec<bool>, String>, Spent> {
    let mut found = BTreeMap::new();
    let start: State = std::iter::once(universe).chain(languages).map(Places::start).collect();
    let mut seen: HashSet<State> = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([(start, String::new())]);
    while let Some((state, text)) = queue.pop_front() {
        let Some((home, places)) = state.split_first() else { break };
        if home.accepts(universe) {
            let combination = languages.iter().zip(places).map(|(l, p)| p.accepts(l)).collect();
            found.entry(combination).or_insert_with(|| text.clone());
        }
        let mut chars = BTreeSet::new();
        for (language, places) in std::iter::once(universe).chain(languages).zip(&state) {
            places.told_apart(language, &mut chars);
        }
        let rest = other(&chars);
        for c in rest.into_iter().chain(chars) {
            let next: State = std::iter::once(universe).chain(languages).zip(&state).map(|(l, p)| p.read(l, c)).collect();
            budget.spend(1 + next.iter().map(Places::weight).sum::<usize>())?;
            if !next.first().is_some_and(Places::is_dead) && seen.insert(next.clone()) {
                queue.push_back((next, format!("{text}{c}")));
            }
        }
    }
    Ok(found)
}

fn spell(trail: &[(usize, char)], mut at: usize) -> String {
    let mut chars = Vec::new();
    while at != 0 {
        let Some((from, c)) = trail.get(at) else { break };
        chars.push(*c);
        at = *from;
    }
    chars.iter().rev().collect()
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
