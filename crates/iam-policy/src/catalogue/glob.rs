//! Patterns of actions, ARNs and condition keys: `*` is any run of characters, `?` exactly one, ASCII case aside.

/// Whether `text` matches `pattern` as a whole.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go back to when a character does not fit: just after the last star, one character further on.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(c) if *c == b'?' || c.eq_ignore_ascii_case(byte) => {
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
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == b'*')
}

/// The pattern with everything that stands in `open`…`close` made a star.
pub(super) fn star_between(text: &str, open: &str, close: char) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((_, after)) = after.split_once(close) else { break };
        out += before;
        out.push('*');
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_whole_texts_whatever_the_case() {
        assert!(matches("get*", "GetObject") && matches("*", "") && matches("a*b*c", "aXbYbc") && matches("ge?", "GET"));
        assert!(!matches("get*", "XGet") && !matches("a?", "a") && !matches("", "a") && !matches("*a", "b"));
    }

    #[test]
    fn placeholders_become_stars() {
        assert_eq!(star_between("a/${X}/b/${Y}", "${", '}'), "a/*/b/*");
        assert_eq!(star_between("a/${X", "${", '}'), "a/${X");
    }
}
