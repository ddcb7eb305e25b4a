use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;
use crate::backend::Silent;
use crate::backend::embedded::faults::{Fault, Faulty};
use crate::names::{AccountId, Name};

/// Nothing here ever waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an account in a file does not wait"),
    }
}

fn open(path: &Path) -> Result<EmbeddedAccount, BackendError> {
    let if_new = AccountIdentity { id: AccountId::parse("123456789012").unwrap(), partition: "aws".into() };
    EmbeddedAccount::open(path, if_new, || "2026-01-02T03:04:05Z".to_owned())
}

fn group(name: &str) -> Operation {
    Operation::CreateGroup { group_name: Name::new(name), path: "/".into() }
}

fn read(account: &EmbeddedAccount) -> Snapshot {
    run(account.snapshot(&ReadScope::default(), &Silent)).unwrap()
}

fn names(account: &EmbeddedAccount) -> Vec<String> {
    read(account).groups.keys().map(ToString::to_string).collect()
}

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("account.json");
    Place { _folder: folder, path }
}

#[test]
fn a_missing_file_is_an_empty_account_and_reading_makes_no_file() {
    let place = place();
    let account = open(&place.path).unwrap();
    assert!(names(&account).is_empty());
    run(account.finish()).unwrap();
    assert!(!place.path.exists() && !place.path.parent().unwrap().exists());
    assert_eq!(run(account.caller()).unwrap().arn, "arn:aws:iam::123456789012:root");
}

#[test]
#[cfg(unix)]
fn a_pipe_is_no_account_and_nobody_waits_for_it() {
    let place = place();
    std::fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&place.path).status().unwrap().success());
    let error = open(&place.path).err().unwrap();
    assert!(error.message.contains("not a regular file"), "{error}");
}

#[test]
fn what_is_written_is_there_after_the_end_and_the_file_diffs_well() {
    let place = place();
    let account = open(&place.path).unwrap();
    run(account.perform(&group("g"))).unwrap();
    run(account.finish()).unwrap();
    let text = fs::read_to_string(&place.path).unwrap();
    assert!(text.starts_with("{\n  \"format_version\": 1,\n") && text.ends_with("}\n"), "{text}");
    assert!(!beside(&place.path, ".journal").exists());
    assert_eq!(names(&open(&place.path).unwrap()), ["g"]);
}

#[test]
fn a_killed_writer_loses_no_call_that_was_answered() {
    let place = place();
    let account = Faulty::new(open(&place.path).unwrap()).stop_after(2);
    for name in ["a", "b"] {
        run(account.perform(&group(name))).unwrap();
    }
    assert!(run(account.perform(&group("c"))).is_err());
    assert!(run(account.finish()).is_err());
    drop(account);
    let account = open(&place.path).unwrap();
    assert_eq!(names(&account), ["a", "b"]);
    run(account.perform(&group("c"))).unwrap();
    drop(account);
    let account = open(&place.path).unwrap();
    assert_eq!(names(&account), ["a", "b", "c"]);
    account.lock().unwrap();
    run(account.perform(&group("d"))).unwrap();
    run(account.finish()).unwrap();
    assert_eq!(names(&open(&place.path).unwrap()), ["a", "b", "c", "d"]);
}

#[test]
fn a_torn_last_line_is_dropped_and_a_damaged_one_is_told() {
    let place = place();
    let account = open(&place.path).unwrap();
    for name in ["a", "b"] {
        run(account.perform(&group(name))).unwrap();
    }
    drop(account);
    let journal = beside(&place.path, ".journal");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, &whole[..whole.len() - 3]).unwrap();
    let account = open(&place.path).unwrap();
    assert_eq!(names(&account), ["a"]);
    run(account.perform(&group("c"))).unwrap();
    drop(account);
    assert_eq!(names(&open(&place.path).unwrap()), ["a", "c"]);

    let damaged = String::from_utf8(whole).unwrap().replacen("CreateGroup", "CreateGroop", 1);
    fs::write(&journal, damaged).unwrap();
    let error = open(&place.path).err().unwrap().to_string();
    assert!(error.contains("account.json.journal:2") && error.contains("damaged"), "{error}");
}

#[test]
fn a_journal_that_was_already_taken_in_is_ignored() {
    let place = place();
    let account = open(&place.path).unwrap();
    run(account.perform(&group("a"))).unwrap();
    let journal = beside(&place.path, ".journal");
    let lines = fs::read(&journal).unwrap();
    run(account.finish()).unwrap();
    fs::write(&journal, lines).unwrap();
    let account = open(&place.path).unwrap();
    assert_eq!(names(&account), ["a"]);
    run(account.perform(&group("b"))).unwrap();
    drop(account);
    assert_eq!(names(&open(&place.path).unwrap()), ["a", "b"]);
}

#[test]
fn a_second_writer_is_kept_out_and_readers_are_not() {
    let place = place();
    let (first, second) = (open(&place.path).unwrap(), open(&place.path).unwrap());
    run(first.perform(&group("a"))).unwrap();
    let error = run(second.perform(&group("b"))).unwrap_err().to_string();
    assert!(error.contains("account.json.lock") && error.contains("another iamctl"), "{error}");
    assert_eq!(names(&second), ["a"], "readers see what is written");
    run(first.finish()).unwrap();
    run(second.perform(&group("b"))).unwrap();
    assert_eq!(names(&second), ["a", "b"], "the second goes on from where the first ended");
}

#[test]
fn files_that_are_no_accounts_are_told_by_place_and_never_overwritten() {
    let place = place();
    fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    let head = r#"{"format_version": 1, "account": {"id": "123456789012", "partition": "aws"}"#;
    for (text, words) in [
        ("", "account.json:1:0"),
        ("not json", "account.json:1:2"),
        ("{\n  \"format_version\": 1,\n  \"acount\": {}\n}", "account.json:3:10: not a readable account: unknown field `acount`"),
        ("{\"format_version\": 7, \"other\": true}", "a newer iamctl wrote this file"),
        (&format!("{head}, \"roles\": []}}"), "account.json:1:"),
        (
            &format!(
                "{head}, \"policies\": {{\"p\": {{\"path\": \"/\", \"id\": \"ANPA\", \"default_version\": \"v2\", \"versions\": {{}}}}}}}}"
            ),
            "policy `p`",
        ),
        (&"[".repeat(100_000), "account.json:1:"),
        ("\u{0}\u{1}", "account.json:1:"),
    ] {
        fs::write(&place.path, text).unwrap();
        let error = open(&place.path).err().unwrap_or_else(|| panic!("{text} was read")).to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(fs::read_to_string(&place.path).unwrap(), text);
    }
    fs::remove_file(&place.path).unwrap();
    fs::create_dir(&place.path).unwrap();
    assert!(open(&place.path).err().unwrap().to_string().contains("directory"));
}

#[test]
fn a_file_that_is_damaged_while_it_is_open_is_not_overwritten() {
    let place = place();
    let account = open(&place.path).unwrap();
    fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    fs::write(&place.path, "broken").unwrap();
    assert!(run(account.perform(&group("a"))).is_err());
    run(account.finish()).unwrap();
    assert_eq!(fs::read_to_string(&place.path).unwrap(), "broken");
}

#[test]
fn aws_policies_that_are_asked_for_are_shown_if_they_exist() {
    let place = place();
    let known = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let scope = ReadScope { aws_policies: [known.into(), "arn:aws:iam::aws:policy/None".into()].into(), ..ReadScope::default() };
    let account = run(open(&place.path).unwrap().snapshot(&scope, &Silent)).unwrap();
    assert_eq!(account.aws_policies.keys().collect::<Vec<_>>(), [known]);
}

#[test]
fn a_lost_answer_is_a_done_call() {
    let place = place();
    let gone = BackendError::new(crate::backend::ErrorKind::Unavailable, "CreateGroup", "no answer");
    let account =
        Faulty::new(open(&place.path).unwrap()).fail(1, Fault::AnswerLost(gone.clone())).fail(2, Fault::Refused(gone.clone()));
    assert_eq!(run(account.perform(&group("a"))), Err(gone.clone()));
    assert_eq!(run(account.perform(&group("b"))), Err(gone));
    run(account.perform(&group("c"))).unwrap();
    assert_eq!((account.calls(), names(&account.into_inner())), (3, vec!["a".to_owned(), "c".to_owned()]));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_account_stays_a_link() {
    let place = place();
    fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    let real = place.path.with_file_name("real.json");
    let account = open(&real).unwrap();
    run(account.perform(&group("a"))).unwrap();
    run(account.finish()).unwrap();
    std::os::unix::fs::symlink(&real, &place.path).unwrap();
    let account = open(&place.path).unwrap();
    run(account.perform(&group("b"))).unwrap();
    run(account.finish()).unwrap();
    assert!(fs::symlink_metadata(&place.path).unwrap().is_symlink());
    assert_eq!(names(&open(&real).unwrap()), ["a", "b"]);
}
