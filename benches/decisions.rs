//! How long one decision takes on a principal with ten AWS managed policies, and how long `iamctl test` takes with 1,000 cases: inside one
//! process, and as the whole binary.
//!
//! `cargo bench --bench decisions` builds the release binary and prints a table with the targets. `cargo bench --bench decisions -- 5000`
//! takes another number of cases.

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use iamctl::aws_policies;
use iamctl::cases;
use iamctl::holdings::AccountState;
use iamctl::model::AccountIdentity;
use iamctl::names::AccountId;
use iamctl::policy::DocumentKind;
use iamctl::policy::eval::{Named, PolicySet, Principal, Request, decide};
use iamctl::spec::source::Sources;
use iamctl::spec::vars::Vars;
use iamctl::spec::{AwsPolicies, Defaults, ResolveContext, UnknownAws, load, resolve};

/// Cases where no other number is given.
const CASES: usize = 1_000;
/// Cases of one test, and of one role.
const PER_ROLE: usize = 20;
/// Runs of each measurement; the median counts.
const RUNS: usize = 9;
/// What one decision may take.
const DECISION: Duration = Duration::from_micros(20);
/// What a thousand cases may take.
const THOUSAND: Duration = Duration::from_secs(1);
/// What a principal of the first measurement holds.
const TEN: [&str; 10] = [
    "ReadOnlyAccess",
    "SecurityAudit",
    "PowerUserAccess",
    "AmazonSageMakerFullAccess",
    "AmazonEC2FullAccess",
    "AmazonS3FullAccess",
    "job-function/ViewOnlyAccess",
    "AmazonRDSFullAccess",
    "CloudWatchFullAccess",
    "AWSLambda_FullAccess",
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    // `cargo bench` says `--bench`; `cargo test --benches` does not, and then a small run shows that the measurement works.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let named = arguments.iter().find_map(|a| a.parse().ok());
    let bench = arguments.iter().any(|a| a == "--bench");
    let number = named.unwrap_or(if bench { CASES } else { 2 * PER_ROLE });
    let outcome = decisions(if bench { 5_000 } else { 10 }).and_then(|()| inside(number)).and_then(|()| binary(number));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A line of the table: the median, and whether it meets the target.
fn row(what: &str, mut runs: Vec<Duration>, target: Option<Duration>) {
    runs.sort();
    let median = runs.get(runs.len() / 2).copied().unwrap_or_default();
    let judged = target.map(|t| format!("target {t:?}: {}", if median <= t { "met" } else { "missed" })).unwrap_or_default();
    println!("{what:<58} {median:>12.2?}  ({} runs)  {judged}", runs.len());
}

/// Decisions of each kind of end: allowed by many, by one, denied, of a service that nobody names.
fn decisions(rounds: u32) -> Result<()> {
    let begin = Instant::now();
    let mut policies = PolicySet::default();
    for name in TEN {
        let document = aws_policies::document(name).ok_or_else(|| format!("no policy {name}"))?;
        policies.identity.push(Named::new(name, &document, DocumentKind::Identity));
    }
    row("read and compile 10 AWS managed policies, once", vec![begin.elapsed()], None);
    let principal = Principal::parse("arn:aws:iam::111111111111:role/r").ok_or("no principal")?;
    let asks = [
        ("s3:GetObject", "arn:aws:s3:::bucket/key"),
        ("ec2:DescribeInstances", "*"),
        ("iam:PassRole", "arn:aws:iam::111111111111:role/x"),
        ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:us-east-1:111111111111:training-job/x"),
        ("nobody:Knows", "*"),
    ];
    for (action, resource) in asks {
        let request = Request::new(principal.clone(), action, resource);
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let begin = Instant::now();
            for _ in 0..rounds {
                black_box(decide(black_box(&policies), black_box(&request)));
            }
            runs.push(begin.elapsed() / rounds);
        }
        row(&format!("one decision, 10 policies: {action}"), runs, Some(DECISION));
    }
    Ok(())
}

/// The names in the binary.
struct Known;

impl AwsPolicies for Known {
    fn arn_exists(&self, name: &str) -> bool {
        aws_policies::find(name).is_some()
    }
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(aws_policies::all().iter().map(|policy| policy.name))
    }
}

/// The cases alone, and with the reading of the specs.
fn inside(number: usize) -> Result<()> {
    let text = specs(number)?;
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let begin = Instant::now();
        let loaded = load(Sources::from_memory([("specs/bench.yaml", text.as_str())]));
        let account_id = AccountId::zero();
        let context = ResolveContext {
            account_name: "local",
            accounts: iamctl::fleet::Roster::none(),
            account_id: account_id.clone(),
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            caller_arn: None,
            stack: None,
            vars: &Vars::new(),
            defaults: &Defaults::default(),
            snapshot: None,
            aws: &Known,
            unknown_aws: UnknownAws::Error,
            ownership_tag: "iamctl:stack",
            today: "2026-11-29".to_owned(),
        };
        let resolved = resolve(&loaded, &context).map_err(|problems| format!("{:?}", problems.first()))?;
        let read = Instant::now();
        let state = AccountState::of_specs(&resolved.desired, AccountIdentity { id: account_id, partition: "aws".to_owned() });
        let outcomes = cases::run(&resolved, &loaded, &state, cases::Options::default());
        let end = Instant::now();
        let asked: usize = outcomes.iter().map(|test| test.cases.len()).sum();
        if asked != number || !outcomes.iter().all(cases::TestOutcome::passed) {
            return Err(format!("{asked} cases instead of {number}, or a test failed").into());
        }
        alone.push(end - read);
        whole.push(end - begin);
    }
    let target = THOUSAND.mul_f64(number as f64 / CASES as f64);
    row(&format!("{number} cases, specs read already"), alone, Some(target));
    row(&format!("{number} cases and the reading of the specs"), whole, Some(target));
    Ok(())
}

/// `iamctl test` as users run it.
fn binary(number: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("specs"))?;
    fs::write(folder.path().join("specs/bench.yaml"), specs(number)?)?;
    let runs = (0..RUNS).map(|_| run(folder.path())).collect::<Result<Vec<_>>>()?;
    row(&format!("iamctl test, {number} cases, the whole binary"), runs, Some(THOUSAND.mul_f64(number as f64 / CASES as f64)));
    Ok(())
}

fn run(directory: &Path) -> Result<Duration> {
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .args(["test", "--format", "json"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()?;
    let wall = begin.elapsed();
    if output.status.success() {
        return Ok(wall);
    }
    Err(format!("`iamctl test` ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// Roles with an own policy, an inline policy, two AWS managed policies and a boundary; for each a test of [`PER_ROLE`] cases.
fn specs(number: usize) -> Result<String> {
    let mut text = String::from("version: 1\npolicies:\n");
    let mut roles = String::from("roles:\n");
    let mut tests = String::from("tests:\n");
    for (role, first) in (0..number).step_by(PER_ROLE).enumerate() {
        let count = PER_ROLE.min(number - first);
        write!(
            text,
            r#"  own-{role}:
    document:
      Version: "2012-10-17"
      Statement:
        - {{Sid: Objects, Effect: Allow, Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::own-{role}/*"}}
        - {{Sid: Locked, Effect: Deny, Action: "s3:*", Resource: "arn:aws:s3:::own-{role}/locked/*"}}
"#
        )?;
        write!(
            roles,
            r#"  role-{role}:
    trust: [{{service: lambda.amazonaws.com}}]
    managed_policies: [own-{role}, aws/AmazonSQSReadOnlyAccess, aws/AmazonSageMakerFullAccess]
    permissions_boundary: aws/PowerUserAccess
    inline_policies:
      Logs: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "logs:PutLogEvents", Resource: "*"}}]}}
"#
        )?;
        writeln!(tests, "  - name: role {role}\n    principal: role/role-{role}\n    expect:\n      allowed:")?;
        for case in 0..count / 2 {
            writeln!(tests, "        - {{action: s3:GetObject, resource: \"arn:aws:s3:::own-{role}/key-{case}\"}}")?;
        }
        writeln!(tests, "      denied:")?;
        for case in count / 2..count {
            writeln!(tests, "        - {{action: s3:PutObject, resource: \"arn:aws:s3:::own-{role}/locked/key-{case}\"}}")?;
        }
    }
    Ok(text + &roles + &tests)
}
