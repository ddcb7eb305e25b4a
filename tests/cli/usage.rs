//! The binary from outside: usage, exit codes, streams.

use assert_cmd::Command;

fn iamctl(args: &[&str]) -> (i32, String, String) {
    let directory = std::env::temp_dir();
    let output = Command::cargo_bin("iamctl").unwrap().args(args).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn wrong_usage_exits_with_64() {
    for args in [&[][..], &["plna"], &["plan", "--format", "xml"], &["plan", "--prune", "--no-prune"], &["explain", "nothing"]] {
        let (code, out, err) = iamctl(args);
        assert_eq!((code, out.as_str()), (64, ""), "{args:?}");
        assert!(!err.is_empty());
    }
}

#[test]
fn help_and_version_are_results() {
    for args in [&["--help"][..], &["plan", "--help"], &["--version"]] {
        let (code, out, err) = iamctl(args);
        assert_eq!((code, err.as_str()), (0, ""), "{args:?}");
        assert!(!out.is_empty());
    }
}

#[test]
fn a_misspelt_command_is_answered_with_the_nearest() {
    assert!(iamctl(&["plna"]).2.contains("'plan'"));
}

#[test]
fn a_page_goes_to_standard_output() {
    let (code, out, err) = iamctl(&["explain", "max-deletes"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("max_deletes: "), "{out}");
    let coloured = iamctl(&["explain", "max-deletes", "--color", "always"]).1;
    assert!(coloured.starts_with("\u{1b}[1mmax_deletes\u{1b}[0m: "), "{coloured}");
}

#[test]
fn completions_know_the_commands() {
    let (code, out, _) = iamctl(&["completions", "bash"]);
    assert_eq!(code, 0);
    assert!(out.contains("--max-changes-percent"));
}

#[test]
fn the_plan_schema_is_one_json_document() {
    let (code, out, _) = iamctl(&["schema", "plan"]);
    assert_eq!(code, 0);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap()["title"], "Plan");
}

#[test]
fn init_starts_a_project_and_never_overwrites() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let (code, out, err) = iamctl(&["init", path]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("created iamctl.yaml") && out.contains("created specs/main.yaml"), "{out}");
    std::fs::write(directory.path().join("iamctl.yaml"), "mine").unwrap();
    let (code, out, _) = iamctl(&["init", path]);
    assert_eq!(code, 0);
    assert!(out.contains("kept    iamctl.yaml"), "{out}");
    assert_eq!(std::fs::read_to_string(directory.path().join("iamctl.yaml")).unwrap(), "mine");
}

#[test]
fn manual_pages_are_there_for_every_command_and_the_same_each_time() {
    let (code, out, _) = iamctl(&["man"]);
    assert_eq!(code, 0);
    assert!(out.contains(".TH iamctl 1") && out.contains("iamctl\\-plan(1)"), "{out}");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("man1");
    let pages = || -> Vec<(String, String)> {
        assert_eq!(iamctl(&["man", "--out", path.to_str().unwrap()]).0, 0);
        let mut all: Vec<_> = std::fs::read_dir(&path)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
            .collect();
        all.sort();
        all
    };
    let first = pages();
    assert_eq!(first, pages());
    assert_eq!(first.iter().find(|(name, _)| name == "iamctl.1").map(|(_, text)| text), Some(&out));
    let help = iamctl(&["--help"]).1;
    let commands = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> =
        commands.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let page = first.iter().find(|(file, _)| *file == format!("iamctl-{name}.1")).unwrap_or_else(|| panic!("{name}"));
        // A hyphen that is none at which a line may break is written so.
        let written = name.replace('-', "\\-");
        assert!(page.1.contains("SYNOPSIS") && page.1.contains(&format!("iamctl {written}")), "{}", page.1);
    }
}
