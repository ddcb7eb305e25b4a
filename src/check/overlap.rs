//! Where two ARN patterns meet.

use std::collections::BTreeMap;

/// The most steps that are taken; hostile patterns give nothing rather than keep anybody waiting.
const STEPS: usize = 200_000;

/// A place in each of the two patterns.
type Place = (usize, usize);

/// How each place was reached: from where, and with which character.
type Reached = BTreeMap<Place, (Place, Option<char>)>;

/// A text that both patterns match, as short as can be; `None` where there is none, or none was found within bounds.
/// `*` is any run of characters, `?` exactly one.
pub(super) fn meeting(a: &str, b: &str) -> Option<String> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().saturating_mul(b.len()) > STEPS {
        return None;
    }
    // Breadth first over pairs of places, each reached with one character or none; the first way to the end is a shortest one.
    let mut reached = Reached::new();
    let mut now = vec![(0, 0)];
    while !now.is_empty() {
        let mut next = Vec::new();
        // Steps without a character first, so that a way is no longer than it must be.
        let mut at = 0;
        while let Some(&place) = now.get(at) {
            at += 1;
            let (p, q) = place;
            if p == a.len() && q == b.len() {
                return Some(way(&reached, place));
            }
            let (x, y) = (a.get(p).copied(), b.get(q).copied());
            let mut free = |to| {
                if to != (0, 0) && !reached.contains_key(&to) {
                    reached.insert(to, (place, None));
                    now.push(to);
                }
            };
            if x == Some('*') {
                free((p + 1, q));
            }
            if y == Some('*') {
                free((p, q + 1));
            }
            let (Some(x), Some(y)) = (x, y) else { continue };
            let letter = match (x, y) {
                ('*' | '?', '*' | '?') => 'x',
                ('*' | '?', c) | (c, '*' | '?') => c,
                (c, d) if c == d => c,
                _ => continue,
            };
            let step = |c: char, at: usize| if c == '*' { at } else { at + 1 };
            next.push(((step(x, p), step(y, q)), place, letter));
        }
        now = Vec::new();
        for (to, from, letter) in next {
            if to != (0, 0) && !reached.contains_key(&to) {
                reached.insert(to, (from, Some(letter)));
                now.push(to);
            }
        }
    }
    None
}

fn way(reached: &Reached, end: Place) -> String {
    let mut letters: Vec<char> = Vec::new();
    let mut place = end;
    while let Some((from, letter)) = reached.get(&place) {
        letters.extend(letter);
        place = *from;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_in_a_text_that_both_match() {
        let meets = |a: &str, b: &str| (meeting(a, b), meeting(b, a));
        let one = |text: &str| (Some(text.to_owned()), Some(text.to_owned()));
        assert_eq!(
            meets("arn:aws:ecr:*:*:repository/*", "arn:aws:ecr:us-east-1:1:repository/x"),
            one("arn:aws:ecr:us-east-1:1:repository/x")
        );
        assert_eq!(meets("arn:aws:ecr:*:*:repository/*", "arn:aws:ecr:eu-*"), one("arn:aws:ecr:eu-::repository/"));
        assert_eq!(meets("*", "*"), one(""));
        assert_eq!(meets("a?c", "ab*"), one("abc"));
        assert_eq!(meets("?", "*"), one("x"));
        assert_eq!(meets("arn:aws:s3:::a*", "arn:aws:s3:::b*"), (None, None));
        assert_eq!(meets("", "x"), (None, None));
        assert_eq!(meets("*a", "*b"), (None, None));
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let long = "*a".repeat(5_000);
        assert_eq!(meeting(&long, &long), None);
        let fits = "*a".repeat(200);
        assert_eq!(meeting(&fits, &format!("{fits}b")), None);
    }
}
