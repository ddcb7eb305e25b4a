//! Placeholders in the catalogue's ARNs and condition keys.

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
    fn placeholders_become_stars() {
        assert_eq!(star_between("a/${X}/b/${Y}", "${", '}'), "a/*/b/*");
        assert_eq!(star_between("a/${X", "${", '}'), "a/${X");
    }
}
