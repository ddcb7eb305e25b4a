//! How long the comparison of access takes.
//!
//! `cargo bench --bench access` prints a line for each of: 100 changed principals with policies like those of real accounts; 500 new
//! roles that hold AWS managed policies; an AWS managed policy against itself in another spelling.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use iamctl::aws_policies;
use iamctl::policy::Document;
use iamctl::policy::access::{AccessDiff, Library, Options, PrincipalPolicies, Subject, Verdict, compare};
use serde_json::{Value, json};

/// Runs of each measurement; the median counts.
const RUNS: usize = 5;
/// What the new roles hold, in turns.
const HELD: [&str; 5] =
    ["ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "AmazonS3ReadOnlyAccess", "CloudWatchReadOnlyAccess"];

fn main() -> ExitCode {
    // `cargo test --benches` does not say `--bench`, and then a few show that the measurement works.
    let whole = std::env::args().any(|a| a == "--bench");
    let (changed, new, runs) = if whole { (100, 500, RUNS) } else { (4, 5, 1) };
    match measure(changed, new, runs) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(changed: usize, new: usize, runs: usize) -> Result<(), String> {
    let pairs = (0..changed).map(changed_principal).collect::<Result<Vec<_>, _>>()?;
    time(&format!("{changed} changed principals"), runs, || {
        let library = Library::default();
        let verdicts = pairs.iter().map(|(before, after)| run(&library, before, after, 0).verdict);
        let open = verdicts.filter(|verdict| *verdict == Verdict::Undecided).count();
        if open == 0 { Ok(()) } else { Err(format!("{open} are undecided")) }
    })?;
    for (what, more) in [("", None), (", each with a Deny of its own", Some("Deny"))] {
        let roles = (0..new).map(|n| new_role(n, more)).collect::<Result<Vec<_>, _>>()?;
        time(&format!("{new} new roles{what}"), runs, || {
            let library = Library::default();
            let nothing = PrincipalPolicies::default();
            let found =
                roles.iter().enumerate().filter(|(n, role)| run(&library, &nothing, role, *n).verdict == Verdict::NewAccess);
            let found = found.count();
            if found == roles.len() { Ok(()) } else { Err(format!("{found} of {} gain access", roles.len())) }
        })?;
    }
    for name in ["ReadOnlyAccess", "SecurityAudit", "AmazonSageMakerFullAccess"] {
        let (one, other) = (holding(name, aws(name)?), holding(name, respelt(&aws(name)?)));
        time(&format!("{name} respelt"), runs, || match compare(&one, &other, &Subject::Anyone, Options::default()) {
            AccessDiff { verdict: Verdict::NoNewAccess, lost, reason: None, .. } if lost.is_empty() => Ok(()),
            diff => Err(format!("{name} respelt is not {name}: {diff:?}")),
        })?;
    }
    Ok(())
}

/// Prints the median time of some runs.
fn time(what: &str, runs: usize, run: impl Fn() -> Result<(), String>) -> Result<(), String> {
    let mut walls = Vec::new();
    for _ in 0..runs {
        let begin = Instant::now();
        run()?;
        walls.push(begin.elapsed());
    }
    walls.sort();
    let median = walls.get(walls.len() / 2).copied().unwrap_or(Duration::ZERO);
    println!("{what:<48} {:>9.1} ms  ({runs} run(s))", median.as_secs_f64() * 1000.0);
    Ok(())
}

fn run(library: &Library, before: &PrincipalPolicies, after: &PrincipalPolicies, n: usize) -> AccessDiff {
    let subject = Subject::Role { arn: format!("arn:aws:iam::111111111111:role/bench-{n}") };
    library.compare(before, after, &subject, Options::default())
}

fn aws(name: &str) -> Result<Document, String> {
    aws_policies::document(name).ok_or_else(|| format!("`{name}` is not known"))
}

fn holding(id: &str, document: Document) -> PrincipalPolicies {
    PrincipalPolicies { identity: vec![(id.to_owned(), document)], ..PrincipalPolicies::default() }
}

/// A principal like those of real accounts before and after a change of one statement.
fn changed_principal(n: usize) -> Result<(PrincipalPolicies, PrincipalPolicies), String> {
    let bucket = format!("arn:aws:s3:::team-{n}-data");
    let statements = |change: bool| {
        let changed = |at: usize| change && n % 4 == at;
        json!([
            {"Effect": "Allow", "Resource": [bucket, format!("{bucket}/*")],
                "Action": if changed(0) { json!(["s3:GetObject", "s3:PutObject"]) } else { json!(["s3:Get*", "s3:List*", "s3:PutObject"]) }},
            {"Effect": "Allow", "Action": ["sagemaker:*", "logs:CreateLog*", "ecr:BatchGetImage"], "Resource": "*",
                "Condition": if changed(1) { json!({}) } else { json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}) }},
            {"Effect": "Allow", "Action": "iam:PassRole", "Condition": {"StringLike": {"iam:PassedToService": "sagemaker.*"}},
                "Resource": if changed(3) { "arn:aws:iam::111111111111:role/*" } else { "arn:aws:iam::111111111111:role/ml-*" }},
            {"Effect": "Deny", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                "Action": if changed(2) { json!(["s3:Put*", "s3:Get*"]) } else { json!("s3:*") }},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:PrincipalTag/team}/*"},
        ])
    };
    let side = |change| {
        let own = Document::new(json!({"Version": "2012-10-17", "Statement": statements(change)}));
        let mut side = holding("own", own);
        for name in ["AmazonSageMakerFullAccess", "ReadOnlyAccess"].iter().take(1 + n % 2) {
            side.identity.push(((*name).to_owned(), aws(name)?));
        }
        Ok::<_, String>(side)
    };
    Ok((side(false)?, side(true)?))
}

/// An AWS managed policy and an inline policy; `more`: the effect of one more statement.
fn new_role(n: usize, more: Option<&str>) -> Result<PrincipalPolicies, String> {
    let name = HELD.get(n % HELD.len()).copied().unwrap_or_default();
    let bucket = format!("arn:aws:s3:::bench-{n}/*");
    let mut statements = vec![json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": bucket})];
    statements.extend(more.map(|effect| json!({"Effect": effect, "Action": "s3:DeleteObject", "Resource": bucket})));
    let mut side = holding(name, aws(name)?);
    side.identity.push(("inline".to_owned(), Document::new(json!({"Version": "2012-10-17", "Statement": statements}))));
    Ok(side)
}

/// The same in capitals, each list the other way round, each statement twice.
fn respelt(document: &Document) -> Document {
    let mut value = document.value().clone();
    let Some(statements) = value.get_mut("Statement").and_then(Value::as_array_mut) else { return document.clone() };
    for statement in statements.iter_mut() {
        for element in ["Action", "NotAction", "Resource"] {
            if let Some(list) = statement.get_mut(element).and_then(Value::as_array_mut) {
                list.reverse();
                if element != "Resource" {
                    list.iter_mut().for_each(|item| *item = item.as_str().unwrap_or_default().to_uppercase().into());
                }
            }
        }
    }
    let twice = statements.clone();
    statements.extend(twice);
    Document::new(value)
}
