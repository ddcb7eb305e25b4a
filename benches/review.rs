//! How long a review takes of two trees of 1,000 roles that differ in 50 of them.
//!
//! `cargo bench --bench review` builds the release binary and prints a table; `-- 200` takes another size. Each role has a trust by service,
//! a customer managed policy of its own, an AWS managed policy and an inline policy. Of the 50 changes half give new access.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process};

/// Roles, when no size is named.
const SIZE: usize = 1_000;
/// Roles that differ.
const CHANGES: usize = 50;
/// Runs; the median counts.
const RUNS: usize = 5;
/// Roles in one spec file.
const PER_FILE: usize = 50;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    // `cargo bench` says `--bench`; `cargo test --benches` does not, and then a small size shows that the measurement works.
    let arguments: Vec<String> = env::args().skip(1).collect();
    let otherwise = if arguments.iter().any(|a| a == "--bench") { SIZE } else { 60 };
    let size = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(otherwise);
    match measure(size) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(size: usize) -> Result<()> {
    let trees = Trees(env::temp_dir().join(format!("iamctl-bench-review-{}", process::id())));
    trees.write("base", size, 0)?;
    trees.write("head", size, CHANGES.min(size))?;
    for (what, base) in [("nothing changes", "../head"), ("50 changes", "../base")] {
        let mut walls = (0..RUNS).map(|_| review(&trees.0.join("head"), base)).collect::<Result<Vec<_>>>()?;
        walls.sort();
        let median = walls.get(walls.len() / 2).copied().unwrap_or_default();
        println!("{size:>6} roles  review, {what:<16} {:>8.3} s  ({RUNS} runs)", median.as_secs_f64());
    }
    Ok(())
}

fn review(head: &Path, base: &str) -> Result<Duration> {
    let begin = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_iamctl"))
        .args(["review", "--base", base, "--format", "markdown"])
        .current_dir(head)
        .stdin(Stdio::null())
        .output()?;
    let wall = begin.elapsed();
    if output.status.success() { Ok(wall) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// Two checkouts, removed at the end.
struct Trees(PathBuf);

impl Trees {
    fn write(&self, side: &str, size: usize, changed: usize) -> Result<()> {
        let directory = self.0.join(side);
        fs::create_dir_all(directory.join("specs"))?;
        fs::write(directory.join("iamctl.yaml"), "version: 1\nstack: bench\nspecs: [specs]\ndefault_account: local\n")?;
        // The changed ones are spread over the files.
        let stride = size.checked_div(changed).unwrap_or(usize::MAX);
        for first in (0..size).step_by(PER_FILE) {
            let mut text = String::from("version: 1\npolicies:\n");
            for i in first..size.min(first.saturating_add(PER_FILE)) {
                let more = if i % stride == 0 && changed > 0 && i % 2 == 0 { ", \"s3:DeleteObject\"" } else { "" };
                writeln!(
                    text,
                    "  bench-{i:05}: {{document: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, Action: [\"s3:GetObject\", \
                     \"s3:PutObject\"{more}], Resource: \"arn:aws:s3:::bench-{i:05}/*\"}}]}}}}"
                )?;
            }
            text.push_str("roles:\n");
            for i in first..size.min(first.saturating_add(PER_FILE)) {
                let log = if i % stride == 0 && changed > 0 { "changed" } else { "bench" };
                writeln!(
                    text,
                    "  bench-{i:05}:\n    trust: [{{service: lambda.amazonaws.com}}]\n    managed_policies: [bench-{i:05}, \
                     aws/AmazonS3ReadOnlyAccess]\n    inline_policies: {{Logs: {{Version: \"2012-10-17\", Statement: [{{Effect: Allow, \
                     Action: [\"logs:CreateLogStream\", \"logs:PutLogEvents\"], Resource: \
                     \"arn:aws:logs:us-east-1:*:log-group:/{log}/{i:05}:*\"}}]}}}}"
                )?;
            }
            fs::write(directory.join(format!("specs/{first:05}.yaml")), text)?;
        }
        Ok(())
    }
}

impl Drop for Trees {
    fn drop(&mut self) {
        // A directory that cannot be removed is left to the system's own cleaning.
        let _ = fs::remove_dir_all(&self.0);
    }
}
