//! How long a plan takes that finds nothing to do, and an import, and how much memory, on embedded accounts of 1,000 and 5,000 roles.
//!
//! `cargo bench --bench accounts` builds the release binary and prints a table. Each role has a trust by service, a customer
//! managed policy of its own, an AWS managed policy, an inline policy and three tags. `cargo bench --bench accounts -- 200`
//! takes other sizes.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// The sizes that are measured when none are named, in roles.
const SIZES: [usize; 2] = [1_000, 5_000];
/// Runs of each measurement; the median counts.
const RUNS: usize = 5;
/// Roles in one spec file.
const PER_FILE: usize = 50;
/// How often a running process is asked for its peak memory.
const POLL: Duration = Duration::from_millis(2);
const SERVICES: [&str; 4] = ["lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "states.amazonaws.com"];
const AWS_POLICIES: [&str; 4] = ["ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "CloudWatchReadOnlyAccess", "SecurityAudit"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One run of the binary.
struct Measured {
    wall: Duration,
    /// Peak resident memory in KiB; none where `/proc` does not tell.
    peak_kib: Option<u64>,
}

fn main() -> ExitCode {
    // `cargo bench` says `--bench`; `cargo test --benches` does not, and then a small account shows that the measurement works.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let named: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let sizes = match (arguments.iter().any(|a| a == "--bench"), named.is_empty()) {
        (_, false) => named,
        (true, true) => SIZES.to_vec(),
        (false, true) => vec![20],
    };
    match sizes.iter().try_for_each(|size| measure(*size)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes an account of `size` roles, plans against it [`RUNS`] times, and prints a line for each step.
fn measure(size: usize) -> Result<()> {
    let project = Project::new(size)?;
    let applied = run(&project.directory, &["apply", "--yes"])?;
    println!("{}", row(size, "first apply", &[applied]));
    let plans = (0..RUNS).map(|_| run(&project.directory, &["plan", "--detailed-exitcode"])).collect::<Result<Vec<_>>>()?;
    println!("{}", row(size, "plan without changes", &plans));
    let imports = (0..RUNS).map(|n| import(&project.directory, n)).collect::<Result<Vec<_>>>()?;
    println!("{}", row(size, "import", &imports));
    Ok(())
}

/// Imports the account into a project of its own that holds no specs yet, the plan that confirms it included.
fn import(directory: &Path, n: usize) -> Result<Measured> {
    let fresh = directory.join(format!("import-{n}"));
    fs::create_dir_all(&fresh)?;
    fs::copy(directory.join("iamctl.yaml"), fresh.join("iamctl.yaml"))?;
    run(&fresh, &["import", "snapshot", "../.iamctl/account.json", "-o", "specs"])
}

/// A line of the table: the median time and the largest peak.
fn row(size: usize, what: &str, runs: &[Measured]) -> String {
    let mut walls: Vec<Duration> = runs.iter().map(|m| m.wall).collect();
    walls.sort();
    let median = walls.get(walls.len() / 2).copied().unwrap_or_default();
    let peak = match runs.iter().filter_map(|m| m.peak_kib).max() {
        Some(kib) => format!("{:>7.1} MiB", kib as f64 / 1024.0),
        None => "unknown".to_owned(),
    };
    format!("{size:>6} roles  {what:<22} {:>8.3} s  {peak:>12}  ({} run(s))", median.as_secs_f64(), runs.len())
}

/// Runs the binary and requires exit code 0, which for `plan --detailed-exitcode` means that nothing is to be done.
fn run(directory: &Path, arguments: &[&str]) -> Result<Measured> {
    let log = directory.join("stderr.txt");
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?)
        .spawn()?;
    let peak_kib = watch(&mut child)?;
    let wall = begin.elapsed();
    let status = child.wait()?;
    if status.success() {
        return Ok(Measured { wall, peak_kib });
    }
    Err(format!("`iamctl {}` ended with {status}:\n{}", arguments.join(" "), fs::read_to_string(&log)?).into())
}

/// Waits for the end of a process and returns the last peak that it showed while it ran.
fn watch(child: &mut Child) -> Result<Option<u64>> {
    let mut peak = None;
    while child.try_wait()?.is_none() {
        peak = peak_kib(child.id()).max(peak);
        thread::sleep(POLL);
    }
    Ok(peak)
}

/// `VmHWM` of a process: the most memory that it has had resident so far, in KiB.
fn peak_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// A project in a directory of its own, removed at the end.
struct Project {
    directory: PathBuf,
}

impl Project {
    fn new(size: usize) -> Result<Self> {
        let project = Self { directory: env::temp_dir().join(format!("iamctl-bench-{}-{size}", process::id())) };
        fs::create_dir_all(project.directory.join("specs"))?;
        fs::create_dir_all(project.directory.join(".iamctl"))?;
        fs::write(project.directory.join("iamctl.yaml"), "version: 1\nstack: bench\nspecs: [specs]\n")?;
        fs::write(project.directory.join(".iamctl/account.json"), account(size))?;
        for first in (0..size).step_by(PER_FILE) {
            let text = specs(first, size.min(first.saturating_add(PER_FILE)))?;
            fs::write(project.directory.join(format!("specs/{first:05}.yaml")), text)?;
        }
        Ok(project)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A directory that cannot be removed is left to the system's own cleaning.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// An empty account with quotas for `size` roles.
fn account(size: usize) -> String {
    let room = size.saturating_add(100);
    format!(
        r#"{{"format_version": 1, "account": {{"id": "000000000000", "partition": "aws"}},
"limits": {{"RolesQuota": {room}, "PoliciesQuota": {room}}}}}
"#
    )
}

/// The spec file of the roles from `first` up to, not including, `end`.
fn specs(first: usize, end: usize) -> Result<String> {
    let mut text = String::from("version: 1\npolicies:\n");
    for i in first..end {
        write!(
            text,
            r#"  bench-{i:05}:
    tags: {{team: team-{team}, env: bench, index: "{i}"}}
    document:
      Version: "2012-10-17"
      Statement:
        - {{Sid: Objects, Effect: Allow, Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::bench-{i:05}/*"}}
        - {{Sid: List, Effect: Allow, Action: "s3:ListBucket", Resource: "arn:aws:s3:::bench-{i:05}"}}
"#,
            team = i % 7,
        )?;
    }
    text.push_str("roles:\n");
    for i in first..end {
        let service = SERVICES.get(i % SERVICES.len()).copied().unwrap_or_default();
        let aws_policy = AWS_POLICIES.get(i % AWS_POLICIES.len()).copied().unwrap_or_default();
        write!(
            text,
            r#"  bench-{i:05}:
    description: Bench role {i}
    tags: {{team: team-{team}, env: bench, index: "{i}"}}
    trust: [{{service: {service}}}]
    managed_policies: [bench-{i:05}, aws/{aws_policy}]
    inline_policies:
      Logs:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"]
            Resource: "arn:aws:logs:us-east-1:*:log-group:/bench/{i:05}:*"
"#,
            team = i % 7,
        )?;
    }
    Ok(text)
}
