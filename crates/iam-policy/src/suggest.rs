//! "Did you mean": the nearest of the known words.

/// The candidate nearest to `word`, if it is near enough to be meant: at most a third of its letters differ, case aside, or it is
/// `word` cut short (`repo`, `allow`).
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_ascii_lowercase();
    let length = word.chars().count();
    let allowed = (length / 3).max(1);
    candidates
        .into_iter()
        .map(|c| {
            let candidate = c.to_ascii_lowercase();
            let cut_short = length >= CUT_SHORT && candidate.starts_with(&folded);
            (strsim::damerau_levenshtein(&folded, &candidate), cut_short, c)
        })
        .filter(|(distance, cut_short, _)| *distance <= allowed || *cut_short)
        .min()
        .map(|(_, _, c)| c)
}

/// Letters from which the beginning of a word says which is meant.
const CUT_SHORT: usize = 4;

/// ``did you mean `x`?`` for the nearest candidate.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|c| format!("did you mean `{c}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_are_not() {
        assert_eq!(nearest("tagz", ["tags", "trust"]), Some("tags"));
        assert_eq!(nearest("BasicS3policy", ["BasicS3Policy"]), Some("BasicS3Policy"));
        assert_eq!(nearest("repo", ["repository", "ref"]), Some("repository"));
        assert_eq!(nearest("re", ["repository"]), None);
        assert_eq!(nearest("zzz", ["tags", "trust"]), None);
    }
}
