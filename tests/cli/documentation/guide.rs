//! Guides are run: the files of a page are written, its commands are run in order in one shell, and what they print is compared.
//!
//! - A block whose first line is a comment with a path (`# specs/app.yaml`) is a file.
//! - A `console` block has commands after `$ ` and below each what it prints. `…` alone in a line stands for any lines, and inside a
//!   line for any text. A command must end with 0, unless the next one is `echo $?`.
//! - `<!-- run: COMMAND -->` is run and not shown. `<!-- account: ID -->` gives the page an account of the emulator.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{pages, read, root, update};

/// What stands before and after the exit code behind the output of a command.
const CODE: char = '\u{1f}';
const END: char = '\u{1e}';

enum Step {
    Write { path: String, text: String },
    Hidden(String),
    Shown { command: String, expected: Vec<String> },
}

fn is_path(line: &str) -> Option<&str> {
    let path = line.strip_prefix("# ")?;
    (path.contains('.') && !path.contains(' ')).then_some(path)
}

/// The steps of a page. A line of the page that begins a block is a fence.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(command) = line.strip_prefix("<!-- run: ") {
            steps.push(Step::Hidden(command.trim_end_matches(" -->").to_owned()));
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if language == "console" {
            shown(&block, &mut steps);
        } else if let Some(path) = block.first().and_then(|line| is_path(line)) {
            steps.push(Step::Write { path: path.to_owned(), text: block[1..].join("\n") + "\n" });
        }
    }
    steps
}

fn shown(block: &[&str], steps: &mut Vec<Step>) {
    let mut continues = false;
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) if !continues => {
                steps.push(Step::Shown { command: command.to_owned(), expected: Vec::new() });
            }
            (_, Some(Step::Shown { command, .. })) if continues => *command += &format!("\n{line}"),
            (_, Some(Step::Shown { expected, .. })) => expected.push((*line).to_owned()),
            _ => panic!("a console block begins with a command: {line}"),
        }
        continues = line.ends_with('\\');
    }
}

fn script(steps: &[Step]) -> String {
    let mut text = String::from("code=0\n");
    for step in steps {
        match step {
            Step::Write { path, text: content } => {
                text += &format!("mkdir -p \"$(dirname '{path}')\"\ncat > '{path}' <<'END-OF-FILE'\n{content}END-OF-FILE\n");
            }
            Step::Hidden(command) => text += &format!("( {command}\n) >/dev/null 2>&1 || printf 'hidden: %s ' \"$?\"\n"),
            Step::Shown { command, .. } => {
                text += &format!("(exit $code)\n{{ {command}\n}} 2>&1\ncode=$?\nprintf '{CODE}%s{END}' \"$code\"\n");
            }
        }
    }
    text
}

/// Whether lines fit: `…` alone is any number of lines, and within a line any text.
fn fit(expected: &[String], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first.trim() == "…" => (0..=actual.len()).any(|n| fit(rest, &actual[n..])),
        Some((first, rest)) => {
            actual.split_first().is_some_and(|(line, others)| fits_line(first.trim_end(), line) && fit(rest, others))
        }
    }
}

fn fits_line(expected: &str, actual: &str) -> bool {
    if expected == actual {
        return true;
    }
    let mut parts = expected.split('…');
    let Some(mut rest) = actual.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (i, part) in parts.iter().enumerate() {
        if i + 1 == parts.len() {
            return rest.ends_with(part);
        }
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    false
}

fn environment(account: Option<&str>, home: &Path) -> BTreeMap<String, String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_iamctl")).parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let own = [
        ("PATH", format!("{binary}:{path}")),
        ("HOME", home.display().to_string()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
        ("GIT_CONFIG_SYSTEM", "/dev/null".to_owned()),
        ("GIT_AUTHOR_NAME", "Ada".to_owned()),
        ("GIT_AUTHOR_EMAIL", "ada@example.com".to_owned()),
        ("GIT_COMMITTER_NAME", "Ada".to_owned()),
        ("GIT_COMMITTER_EMAIL", "ada@example.com".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value));
    own.into_iter().chain(credentials(account)).collect()
}

/// How the account of a page is reached.
#[cfg(feature = "aws")]
fn credentials(account: Option<&str>) -> Vec<(String, String)> {
    let Some(account) = account else { return Vec::new() };
    let moto = crate::support::moto::Moto::shared();
    let session = moto.session(account);
    session.env(&format!("http://{}", moto.address())).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(not(feature = "aws"))]
fn credentials(account: Option<&str>) -> Vec<(String, String)> {
    assert!(account.is_none(), "pages with an account need the feature `aws`");
    Vec::new()
}

/// Runs a page, and returns what is wrong with it and the page as it would be right.
fn run(page: &str, text: &str) -> (Vec<String>, String) {
    let steps = steps(text);
    let account = text.lines().find_map(|line| line.strip_prefix("<!-- account: ")?.strip_suffix(" -->"));
    let work = tempfile::tempdir().unwrap();
    let (home, project) = (work.path().join("home"), work.path().join("project"));
    fs::create_dir_all(&home).unwrap();
    fs::create_dir_all(&project).unwrap();
    let output = Command::new("sh")
        .args(["-c", &script(&steps)])
        .env_clear()
        .envs(environment(account, &home))
        .current_dir(&project)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut outputs = printed.split(END);
    let mut wrong = Vec::new();
    let (mut rewritten, mut from) = (text.to_owned(), 0);
    let commands: Vec<(&String, &Vec<String>)> = steps
        .iter()
        .filter_map(|step| if let Step::Shown { command, expected } = step { Some((command, expected)) } else { None })
        .collect();
    for (number, (command, expected)) in commands.iter().enumerate() {
        let (out, code) = outputs.next().and_then(|all| all.split_once(CODE)).unwrap_or_default();
        let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
        let asks = commands.get(number + 1).is_some_and(|(next, _)| next.as_str() == "echo $?");
        if code != "0" && !asks {
            wrong.push(format!("{page}: `{command}` ends with {code}:\n{out}{}", String::from_utf8_lossy(&output.stderr)));
        }
        let fits = fit(expected, &lines);
        if !fits {
            wrong.push(format!("{page}: `{command}` prints:\n{out}"));
        }
        let right: Vec<&str> = if fits { expected.iter().map(String::as_str).collect() } else { lines };
        rewritten = replaced(&rewritten, &mut from, command, expected, &right);
    }
    (wrong, rewritten)
}

/// The page with what a command printed; commands before `from` are done with.
fn replaced(text: &str, from: &mut usize, command: &str, expected: &[String], lines: &[&str]) -> String {
    let block = |lines: Vec<&str>| format!("$ {command}\n{}", lines.iter().map(|l| format!("{l}\n")).collect::<String>());
    let (before, rest) = text.split_at(*from);
    let (old, new) = (block(expected.iter().map(String::as_str).collect()), block(lines.to_vec()));
    let Some(at) = rest.find(&old) else { return text.to_owned() };
    *from += at + new.len();
    format!("{before}{}{new}{}", &rest[..at], &rest[at + old.len()..])
}

#[test]
fn the_guides_do_what_they_show() {
    let guides: Vec<String> = pages().into_iter().filter(|page| read(page).contains("```console\n")).collect();
    assert!(guides.len() >= 5, "{guides:?}");
    let mut all = Vec::new();
    for page in guides {
        let text = read(&page);
        let (wrong, rewritten) = run(&page, &text);
        if update() && rewritten != text {
            fs::write(root().join(&page), rewritten).unwrap();
        }
        all.extend(wrong);
    }
    assert!(all.is_empty(), "{}", all.join("\n\n"));
}

#[test]
fn a_page_that_shows_something_else_is_found() {
    let page = "```\n# a.txt\none\ntwo 2\n```\n```console\n$ cat a.txt\none\n…\n$ false\n$ echo $?\n1\n```\n";
    assert_eq!(run("page", page).0, Vec::<String>::new());
    for (right, other) in [("\n$ false", "\nthree\n$ false"), ("\none\n…", "\n1…"), ("$ echo $?\n1\n", ""), ("$?\n1", "$?\n0")]
    {
        let changed = page.replacen(right, other, 1);
        assert_ne!(changed, page);
        assert_eq!(run("page", &changed).0.len(), 1, "{changed}");
    }
}
