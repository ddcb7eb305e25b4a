//! Any text as a spec file, a project file and a request file: an error with its place, and never a panic.

use iamctl::cases::read_file;
use iamctl::spec::source::Sources;
use iamctl::spec::{Project, load};

pub fn specs(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let loaded = load(Sources::from_memory([("specs/a.yaml", text)]));
    let lines = text.lines().count() + 1;
    for problem in &loaded.problems {
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{problem:?}");
        assert!(problem.at.as_ref().is_none_or(|place| usize::try_from(place.line).unwrap() <= lines), "{problem:?}");
    }
    if let Err(problems) = Project::parse("iamctl.yaml", text, std::path::Path::new(".")) {
        assert!(!problems.is_empty());
    }
    if let Err(faults) = read_file(text) {
        assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.is_empty()));
    }
}
