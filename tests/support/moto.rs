//! An AWS emulator for tests: moto, in a virtual environment of its own under `target/`, one process for a test binary.
//!
//! There are no silent skips: without python3, or a way to install the pinned packages, the tests that need it fail and say why.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Runs moto until standard input ends, so that it never outlives the tests, however they end.
const RUN: &str = "
import os, sys, threading
def watch():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
import copy
from moto.iam.models import IAMBackend
read, known = IAMBackend._init_aws_policies, []
def init(backend):
    # Every account gets AWS's 1485 managed policies; they are read once and copied, which is twenty times as quick.
    if not known:
        known.extend(read(backend))
    copies = [copy.copy(policy) for policy in known]
    for policy in copies:
        policy.account_id = backend.account_id
    return copies
IAMBackend._init_aws_policies = init
from moto.iam.exceptions import NotFoundException
remove = IAMBackend.remove_role_from_instance_profile
def remove_once(backend, profile_name, role_name):
    # The emulator falls over where IAM says that the role is not in the profile.
    try:
        return remove(backend, profile_name, role_name)
    except ValueError:
        raise NotFoundException(f'Role {role_name} not found in instance profile {profile_name}.')
IAMBackend.remove_role_from_instance_profile = remove_once
from moto.server import main
main(sys.argv[1:])
";

/// A running emulator.
pub struct Moto {
    port: u16,
    child: Child,
    // Its end ends the emulator.
    _alive: Option<ChildStdin>,
}

/// Temporary credentials for one account of the emulator; each account has an IAM of its own.
#[derive(Clone, Debug)]
pub struct Session {
    pub key: String,
    pub secret: String,
    pub token: String,
}

impl Moto {
    /// The one emulator of this test binary. Give each test its own account: [`Moto::session`].
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts an emulator of one's own.
    pub fn start() -> Self {
        let python = environment();
        for _ in 0..3 {
            if let Some(moto) = Self::try_start(&python) {
                return moto;
            }
        }
        panic!("the moto server did not start; try it by hand: {} -m moto.server", python.display());
    }

    fn try_start(python: &Path) -> Option<Self> {
        // Another process may take the port in between: then moto ends, and it is tried again.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(python)
            .args(["-c", RUN, "-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{} cannot be run: {e}", python.display()));
        let alive = child.stdin.take();
        let mut moto = Self { port, child, _alive: alive };
        let deadline = Instant::now() + Duration::from_secs(90);
        while Instant::now() < deadline {
            if moto.child.try_wait().unwrap().is_some() {
                return None;
            }
            if moto.request("GET", "/moto-api/", "", "").is_some_and(|answer| answer.contains("200 OK")) {
                return Some(moto);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }

    /// Where it listens: `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Credentials for an account, by its twelve digits.
    pub fn session(&self, account: &str) -> Session {
        let body = format!(
            "Action=AssumeRole&Version=2011-06-15&RoleSessionName=test&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2Ftest"
        );
        let answer = self.request("POST", "/", "sts", &body).expect("moto answers AssumeRole");
        let part = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {answer}"));
            rest.split_once('<').unwrap().0.to_owned()
        };
        Session { key: part("AccessKeyId"), secret: part("SecretAccessKey"), token: part("SessionToken") }
    }

    fn request(&self, method: &str, path: &str, service: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address()).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            self.address(),
            body.len(),
        )
        .ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Session {
    /// The environment of a program that is to reach the emulator at `url` and nothing else of AWS.
    pub fn env(&self, url: &str) -> BTreeMap<&'static str, String> {
        [
            ("AWS_ENDPOINT_URL", url),
            ("AWS_ACCESS_KEY_ID", &self.key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret),
            ("AWS_SESSION_TOKEN", &self.token),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
            ("NO_PROXY", "127.0.0.1"),
        ]
        .map(|(key, value)| (key, value.to_owned()))
        .into()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The python of the virtual environment, made at first use; test binaries that run at the same time wait for each other.
fn environment() -> PathBuf {
    let version = REQUIREMENTS.lines().find_map(|l| l.strip_prefix("moto==")).expect("requirements.txt pins moto");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the temporary directory is in target/");
    let home = target.join(format!("moto-venv-{version}"));
    let lock = File::create(target.join(format!("moto-venv-{version}.lock"))).expect("target/ can be written");
    lock.lock().expect("a file can be locked");
    let python = home.join("bin").join("python");
    let done = home.join("installed.txt");
    if fs::read_to_string(&done).is_ok_and(|text| text == REQUIREMENTS) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&home), "python3 with its venv module is needed");
    let requirements = home.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).expect("the environment can be written");
    run(
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"]).arg(&requirements),
        "the packages of tests/support/requirements.txt must be installable with pip",
    );
    fs::write(&done, REQUIREMENTS).expect("the environment can be written");
    python
}

fn run(command: &mut Command, need: &str) {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("tests against AWS run on the moto emulator: {need}; {:?}: {e}", command.get_program()));
    assert!(
        output.status.success(),
        "tests against AWS run on the moto emulator: {need}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
