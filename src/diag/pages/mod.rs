//! The pages of `iamctl explain CODE`: static text, one for each finding, guard and exit code.

mod exit;
mod findings;
mod guards;
mod review;

/// One page. `text` is Markdown: what the code means, why it matters, what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code that findings carry, `immutable-field`; a guard's name, `max_deletes`; `exit-4`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// The page below its title.
    pub text: &'static str,
}

/// The pages of findings that plans carry, of what reviewers are told, of guards, and of exit codes, in this order. Rules and spec errors have tables of their own.
pub const PAGES: [&[Page]; 4] = [findings::PAGES, review::PAGES, guards::PAGES, exit::PAGES];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_page_with_all_three_parts() {
        let all: Vec<&Page> = PAGES.into_iter().flatten().collect();
        for page in &all {
            assert_eq!(all.iter().filter(|p| p.code == page.code).count(), 1, "{}", page.code);
            assert!(page.title.len() < 80 && !page.title.ends_with('.'), "{}", page.title);
            assert!(page.text.contains("**What to do.**"), "{}", page.code);
            assert!(page.text.lines().all(|l| l.chars().count() <= 104), "{}", page.code);
        }
    }
}
