//! Files that mean harm end in a clear error, soon.

use std::time::{Duration, Instant};

use iamctl::spec::source::{SourceRequest, Sources};
use iamctl::spec::{Loaded, load};

/// Far above what a release build needs, for slow machines and builds without optimisation.
const SOON: Duration = Duration::from_secs(5);

fn problems(text: &str) -> Vec<String> {
    let start = Instant::now();
    let loaded = load(Sources::from_memory([("specs/a.yaml", text)]));
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    listed(&loaded)
}

fn listed(loaded: &Loaded) -> Vec<String> {
    loaded
        .problems
        .iter()
        .map(|d| format!("{} {}: {}", d.at.as_ref().map_or_else(String::new, |p| p.to_string()), d.code, d.message))
        .collect()
}

fn only(text: &str, code: &str) {
    let found = problems(text);
    assert!(found.len() == 1 && found[0].contains(&format!(" {code}: ")), "{code}: {found:?}");
}

#[test]
fn alias_bombs_end_early() {
    let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (this, before) in ('b'..='i').zip('a'..) {
        laughs.push_str(&format!("{this}: &{this} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    only(&laughs, "alias-bomb");
    let wide = format!("a: &a [{}]\nb: [{}]\n", vec!["x"; 10_000].join(","), vec!["*a"; 10_000].join(","));
    only(&wide, "alias-bomb");
}

#[test]
fn an_alias_to_itself_ends() {
    assert!(!problems("a: &a [*a]\n").is_empty());
}

#[test]
fn deep_nesting_ends_early() {
    only(&"[".repeat(300_000), "too-deep");
    only(&format!("a: {}", "{b: ".repeat(100_000)), "too-deep");
    let stairs: String = (0..1000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    only(&stairs, "too-deep");
    only(&format!("{}x", "- ".repeat(50_000)), "too-deep");
    only(&"? ".repeat(50_000), "yaml-syntax");
}

#[test]
fn enormous_documents_end_early() {
    only(&format!("a: [{}]", "x,".repeat(2_000_000)), "too-large");
    only(&"a:\n".repeat(1_000_000), "too-large");
}

#[test]
fn a_long_line_is_only_a_long_line() {
    assert!(problems(&format!("# {}\nversion: 1\n", "x".repeat(3_000_000))).is_empty());
}

#[test]
fn hidden_text_is_refused_with_its_place() {
    for (text, place) in [
        ("version: 1 # note\u{2028}roles: {}\n", "specs/a.yaml:1:18"),
        ("version: 1 # \u{202e}x\n", "specs/a.yaml:1:14"),
        ("# é\u{85}version: 1\n", "specs/a.yaml:1:4"),
        ("version: 1\n\0", "specs/a.yaml:2:1"),
        ("version: 1\u{2029}\n", "specs/a.yaml:1:11"),
        ("a: \u{2066}b\n", "specs/a.yaml:1:4"),
        ("a: \u{1b}[31m\n", "specs/a.yaml:1:4"),
        ("# x\rroles: {}\n", "specs/a.yaml:1:4"),
        ("a: x\u{feff}y\n", "specs/a.yaml:1:5"),
    ] {
        let found = problems(text);
        assert!(found.len() == 1 && found[0].starts_with(&format!("{place} hidden-text: ")), "{text:?}: {found:?}");
    }
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_fine() {
    assert!(problems("\u{feff}version: 1\r\nroles:\r\n  a:\r\n    trust: [{service: ec2.amazonaws.com}]\r\n").is_empty());
}

#[test]
fn yaml_traps_are_caught() {
    only("roles: {a: {}, a: {}}\n", "duplicate-key");
    only("users: {a: {tags: {x: 012345678901}}}\n", "unquoted-account-id");
    only("users: {a: {tags: {x: 123456789012}}}\n", "unquoted-account-id");
    assert!(problems("users: {a: {tags: {x: \"012345678901\"}}}\n").is_empty());
    only("roles:\n\ta: {}\n", "yaml-syntax");
    only("roles: *nobody\n", "yaml-syntax");
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("huge.yaml")).unwrap();
    file.set_len(100 << 20).unwrap();
    let start = Instant::now();
    let loaded = load(Sources::read(&SourceRequest { base: folder.path().into(), paths: vec![".".into()], trees: vec![] }));
    assert!(start.elapsed() < Duration::from_millis(500));
    let found = listed(&loaded);
    assert_eq!(found, [" unreadable-file: `huge.yaml` is larger than 4 MiB"]);
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("latin.yaml"), b"a: caf\xe9\n").unwrap();
    let loaded =
        load(Sources::read(&SourceRequest { base: folder.path().into(), paths: vec!["latin.yaml".into()], trees: vec![] }));
    assert_eq!(listed(&loaded), ["latin.yaml:1:7 unreadable-file: `latin.yaml` is not UTF-8 text"]);
}

#[cfg(unix)]
#[test]
fn no_file_reference_leads_out_of_the_spec_tree() {
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    std::fs::create_dir_all(specs.join("docs")).unwrap();
    std::fs::write(folder.path().join("secret.json"), "{}").unwrap();
    std::fs::write(specs.join("docs/fine.json"), "{\"Version\": \"2012-10-17\", \"Statement\": []}").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.json"), specs.join("link.json")).unwrap();
    std::os::unix::fs::symlink(&specs, specs.join("loop")).unwrap();
    let paths =
        ["../secret.json", "link.json", "/etc/passwd", "docs/../../secret.json", "missing.json", "docs", "~/x", "docs/fine.json"];
    let mut text = "policies:\n".to_owned();
    for (i, path) in paths.iter().enumerate() {
        text.push_str(&format!("  p{i}: {{document_file: {path:?}}}\n"));
    }
    std::fs::write(specs.join("a.yaml"), text).unwrap();
    let loaded = load(Sources::read(&SourceRequest { base: folder.path().into(), paths: vec!["specs".into()], trees: vec![] }));
    assert_eq!(
        listed(&loaded),
        [
            "specs/a.yaml:2:23 bad-file: `../secret.json` leads out of the spec tree",
            "specs/a.yaml:3:23 bad-file: `link.json` leads out of the spec tree",
            "specs/a.yaml:4:23 bad-file: `/etc/passwd` is not a relative path",
            "specs/a.yaml:5:23 bad-file: `docs/../../secret.json` leads out of the spec tree",
            "specs/a.yaml:6:23 bad-file: `missing.json` cannot be read: it does not exist",
            "specs/a.yaml:7:23 bad-file: `docs` is not a regular file",
            "specs/a.yaml:8:23 bad-file: `~/x` is not a relative path",
        ]
    );
}

#[cfg(unix)]
#[test]
fn no_link_brings_a_file_from_outside_of_the_project_into_the_specs() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("credentials"), "aws_secret_access_key = x").unwrap();
    std::fs::create_dir(outside.path().join("more")).unwrap();
    std::fs::write(outside.path().join("more/b.yaml"), "roles: {}").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    std::fs::create_dir_all(folder.path().join("shared")).unwrap();
    std::fs::create_dir(&specs).unwrap();
    std::fs::write(folder.path().join("shared/c.yaml"), "roles: {c: {trust: []}}").unwrap();
    symlink(outside.path().join("credentials"), specs.join("a.yaml")).unwrap();
    symlink(outside.path().join("more"), specs.join("more")).unwrap();
    symlink("/proc/self/environ", specs.join("z.yml")).unwrap();
    symlink("../shared", specs.join("shared")).unwrap();
    let load =
        |path: &str| load(Sources::read(&SourceRequest { base: folder.path().into(), paths: vec![path.into()], trees: vec![] }));
    let mut found = listed(&load("specs"));
    found.sort();
    let expected = ["a.yaml", "more", "z.yml"];
    assert_eq!(found.len(), if cfg!(target_os = "linux") { 3 } else { 2 }, "{found:?}");
    for (message, name) in found.iter().zip(expected) {
        assert!(message.contains(&format!("`specs/{name}` is a link that leads out of the spec tree")), "{message}");
    }
    assert!(listed(&load(outside.path().to_str().unwrap())).is_empty(), "what the user names is read");
}

#[test]
fn a_hundred_thousand_faults_on_one_line_end_early() {
    let ids = format!("tests: [é, {}]\n", "123456789012, ".repeat(100_000));
    assert!(problems(&ids).len() > 1000);
    let keys = format!("roles: {{{}}}\n", "a: 1, ".repeat(60_000));
    assert!(problems(&keys).len() > 1000);
}
