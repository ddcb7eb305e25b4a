//! Parts of pages that are made from the program. `IAMCTL_UPDATE=1 cargo test --test cli documentation` writes them again.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use super::{read, root, update};

fn printed(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iamctl"));
    let output = command.args(args).env("COLUMNS", "100").env_remove("TERM").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "iamctl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The names of the commands in a help text.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|name| name != "help").collect()
}

/// The help of a command without the flags that all commands share, and of its subcommands.
fn usage(command: &[&str]) -> String {
    let help = printed(&[command, &["--help"]].concat());
    let own = help.split_once("\nGlobal options:").map_or(help.as_str(), |(own, _)| own);
    let mut text = format!("```text\n{}\n```\n", own.trim_end());
    for sub in commands(&help) {
        text += &format!("\n{}", usage(&[command, &[sub.as_str()]].concat()));
    }
    text
}

/// The page with new text between two comments.
fn filled(page: &str, name: &str, text: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let old = read(page);
    let (before, rest) = old.split_once(&open).unwrap_or_else(|| panic!("{page} has `{}`", open.trim()));
    let (_, after) = rest.split_once(&close).unwrap_or_else(|| panic!("{page} has `{close}`"));
    format!("{before}{open}{text}{close}{after}")
}

#[track_caller]
fn is_fresh(page: &str, name: &str, text: &str) {
    let wanted = filled(page, name, text);
    if update() {
        fs::write(root().join(page), &wanted).unwrap();
    }
    assert_eq!(read(page), wanted, "{page} is stale; `IAMCTL_UPDATE=1 cargo test --test cli documentation` writes it again");
}

#[test]
fn each_command_has_a_page_with_its_help() {
    let commands = commands(&printed(&["--help"]));
    assert!(commands.len() > 20, "{commands:?}");
    for name in &commands {
        is_fresh(&format!("docs/commands/{name}.md"), "usage", &usage(&[name]));
    }
    let pages = fs::read_dir(root().join("docs/commands")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let wanted: BTreeSet<String> = commands.iter().map(|name| format!("{name}.md")).collect();
    assert_eq!(pages.collect::<BTreeSet<_>>(), wanted, "one page for each command");
    let index = read("docs/commands.md");
    for name in &commands {
        assert!(index.contains(&format!("(commands/{name}.md)")), "docs/commands.md lists `{name}`");
    }
}

#[test]
fn the_page_of_exit_codes_is_that_of_explain() {
    let mut text = String::new();
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 64] {
        let page = printed(&["explain", &format!("exit-{code}")]);
        let (title, rest) = page.split_once('\n').unwrap();
        text += &format!("## {}\n\n{}\n\n", title.split_once(": ").unwrap().1, rest.trim());
    }
    is_fresh("docs/exit-codes.md", "codes", &text);
}

#[test]
fn the_picture_of_the_readme_is_drawn_from_the_specs() {
    let specs = root().join("specs/notebook-role.yaml");
    let picture = root().join("docs/images/graph.svg");
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_iamctl"));
    command.args(["graph", "--format", "svg"]).arg(specs).current_dir(nowhere.path());
    let drawn = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(drawn.contains("</svg>"), "{drawn}");
    if update() {
        fs::write(&picture, &drawn).unwrap();
    }
    assert_eq!(fs::read_to_string(&picture).unwrap(), drawn, "the picture is stale; IAMCTL_UPDATE=1 draws it again");
}
