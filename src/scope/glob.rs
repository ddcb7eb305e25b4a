//! Patterns of the project file: `*` is any run of characters, `?` exactly one. Case counts.

/// Whether `text` matches `pattern` as a whole.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go back to when a character does not fit: just after the last star, one character further on.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    p = after_star;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_and_question_marks_match_whole_texts() {
        assert!(matches("auto:*", "auto:x") && matches("*", "") && matches("a*b*c", "aXbYbc") && matches("dev-?", "dev-1"));
        assert!(!matches("auto:*", "xauto:") && !matches("a?", "a") && !matches("", "a") && !matches("Dev", "dev"));
    }
}
