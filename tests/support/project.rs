//! A project in a directory of its own, worked on through the binary, on an account that is a file or one of the emulator.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use iamctl::backend::AccountWrite;
use iamctl::backend::embedded::EmbeddedAccount;
use iamctl::model::{AccountIdentity, Operation, Snapshot};
use iamctl::names::AccountId;
use jsonschema::Validator;
use serde_json::{Value, json};
use tempfile::TempDir;

#[cfg(feature = "aws")]
use crate::support::moto::{Moto, Session};
#[cfg(feature = "aws")]
use crate::support::proxy::Proxy;

/// The id of accounts that are files, unless a project says otherwise.
pub const EMBEDDED: &str = "000000000000";

/// Accounts of a few entities, most of which come and go in one step: shares of them say nothing.
const SMALL: &str = "guards: {max_deletes_percent: 100, max_revoked: 100}";

/// A project with its account.
pub struct Project {
    dir: TempDir,
    id: String,
    stack: String,
    extra: String,
    #[cfg(feature = "aws")]
    aws: Option<Aws>,
}

#[cfg(feature = "aws")]
struct Aws {
    proxy: Proxy,
    session: Session,
}

/// What a run of the binary left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Project {
    /// A project on a new account in a file.
    pub fn embedded() -> Self {
        let project = Self {
            dir: tempfile::tempdir().unwrap(),
            id: EMBEDDED.to_owned(),
            stack: "lab".to_owned(),
            extra: String::new(),
            #[cfg(feature = "aws")]
            aws: None,
        };
        project.write_project();
        project
    }

    /// A project on an account of the emulator, behind a proxy of its own. Every test takes another id.
    #[cfg(feature = "aws")]
    pub fn moto(id: &str) -> Self {
        let moto = Moto::shared();
        let aws = Aws { proxy: Proxy::start(Some(moto.address())), session: moto.session(id) };
        // The emulator lacks this call, which is made for users that may be deleted.
        let none = "<ListServiceSpecificCredentialsResult><ServiceSpecificCredentials/></ListServiceSpecificCredentialsResult>";
        aws.proxy.fault("ListServiceSpecificCredentials", usize::MAX, crate::support::proxy::Fault::Answer(none.to_owned()));
        let mut project = Self { id: id.to_owned(), aws: Some(aws), ..Self::embedded() };
        project.set_extra("");
        project
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The directory of the project file.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The account's file.
    pub fn account_file(&self) -> PathBuf {
        self.path().join(".iamctl/account.json")
    }

    /// The proxy before the emulator.
    #[cfg(feature = "aws")]
    pub fn proxy(&self) -> &Proxy {
        &self.aws.as_ref().expect("a project on the emulator").proxy
    }

    /// An ARN of this account.
    pub fn arn(&self, resource: &str) -> String {
        format!("arn:aws:iam::{}:{resource}", self.id)
    }

    /// Whether the account is one of the emulator.
    pub fn is_on_moto(&self) -> bool {
        !self.is_embedded()
    }

    fn is_embedded(&self) -> bool {
        #[cfg(feature = "aws")]
        return self.aws.is_none();
        #[cfg(not(feature = "aws"))]
        true
    }

    /// Further lines of the project file.
    pub fn set_extra(&mut self, lines: &str) {
        lines.clone_into(&mut self.extra);
        self.write_project();
    }

    /// Another name of the stack.
    pub fn set_stack(&mut self, stack: &str) {
        stack.clone_into(&mut self.stack);
        self.write_project();
    }

    fn write_project(&self) {
        let account = if self.is_embedded() {
            format!("{{embedded: .iamctl/account.json, {SMALL}}}")
        } else {
            format!("{{id: \"{}\", region: us-east-1, {SMALL}}}", self.id)
        };
        let text = format!(
            "version: 1\nstack: {}\nspecs: [specs]\ndefault_account: main\naccounts:\n  main: {account}\n{}\n",
            self.stack, self.extra
        );
        self.write("iamctl.yaml", &text);
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Reads a file of the project.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The only spec file.
    pub fn spec(&self, text: &str) {
        self.write("specs/main.yaml", text);
    }

    /// The binary in the project's directory, in an environment that knows nothing of this machine's.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iamctl"));
        command.args(args).current_dir(self.path()).stdin(Stdio::null());
        for key in std::env::vars().map(|(key, _)| key) {
            if key.starts_with("AWS_") || key.starts_with("CLICOLOR") || key == "NO_COLOR" || key == "TERM" {
                command.env_remove(key);
            }
        }
        #[cfg(feature = "aws")]
        if let Some(aws) = &self.aws {
            command.envs(aws.session.env(&aws.proxy.url()));
        }
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).output().unwrap())
    }

    /// Runs a command that must end with a code.
    #[track_caller]
    pub fn runs(&self, args: &[&str], code: i32) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "iamctl {args:?}\n{}\n{}", ran.out, ran.err);
        ran
    }

    /// A plan made with these flags, which must be valid by its schema; the exit code is 0.
    #[track_caller]
    pub fn plan(&self, flags: &[&str]) -> Value {
        let ran = self.runs(&[&["plan", "--format", "json"], flags].concat(), 0);
        plan_of(&ran.out)
    }

    /// Applies the specs without a question; everything must be done.
    #[track_caller]
    pub fn apply(&self) -> Value {
        let ran = self.runs(&["apply", "--yes", "--format", "json"], 0);
        outcome_of(&ran.out)
    }

    /// Applies, and expects the second plan to be empty.
    #[track_caller]
    pub fn settle(&self) {
        self.apply();
        self.is_settled(&[]);
    }

    /// Nothing is left to do.
    #[track_caller]
    pub fn is_settled(&self, flags: &[&str]) -> Value {
        let ran = self.runs(&[&["plan", "--format", "json", "--detailed-exitcode"], flags].concat(), 0);
        let plan = plan_of(&ran.out);
        assert_eq!(plan["changes"], json!([]), "a second plan is empty");
        assert_eq!(plan["steps"], json!([]), "a second plan has no calls");
        plan
    }

    /// The account as `iamctl snapshot` writes it, valid by its schema.
    #[track_caller]
    pub fn snapshot(&self) -> Value {
        let out = self.path().join("snapshot.json");
        self.runs(&["snapshot", "-o", out.to_str().unwrap()], 0);
        let snapshot = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap();
        valid("snapshot", &snapshot);
        snapshot
    }

    /// Somebody else changes the account, by IAM's own calls.
    #[track_caller]
    pub fn others(&self, operations: &[Operation]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            #[cfg(feature = "aws")]
            if let Some(aws) = &self.aws {
                return perform(&connected(&aws.session).await, operations).await;
            }
            let identity = AccountIdentity { id: AccountId::parse(&self.id).unwrap(), partition: "aws".to_owned() };
            let now = || "2026-01-01T00:00:00Z".to_owned();
            perform(&EmbeddedAccount::open(&self.account_file(), identity, now).unwrap(), operations).await;
        });
    }

    /// Somebody else changes the account file.
    pub fn edit_account(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut snapshot: Snapshot = serde_json::from_str(&fs::read_to_string(self.account_file()).unwrap()).unwrap();
        change(&mut snapshot);
        snapshot.serial += 1;
        fs::write(self.account_file(), serde_json::to_string_pretty(&snapshot).unwrap()).unwrap();
    }
}

async fn perform(account: &impl AccountWrite, operations: &[Operation]) {
    for operation in operations {
        account.perform(operation).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
    account.finish().await.unwrap();
}

/// The emulator without the proxy, so that calls of others are not counted.
#[cfg(feature = "aws")]
async fn connected(session: &Session) -> iamctl::backend::aws::AwsAccount {
    use aws_config::{BehaviorVersion, Region};
    let credentials =
        aws_sdk_iam::config::Credentials::new(&session.key, &session.secret, Some(session.token.clone()), None, "test");
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{}", Moto::shared().address()))
        .credentials_provider(credentials)
        .load()
        .await;
    iamctl::backend::aws::AwsAccount::from_sdk_config(&config, iamctl::backend::aws::Timing::default())
}

/// What an ended process left.
pub fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A plan from its text, valid by its schema.
#[track_caller]
pub fn plan_of(text: &str) -> Value {
    let plan: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    valid("plan", &plan);
    plan
}

/// The report of an apply from its text, valid by its schema.
#[track_caller]
pub fn outcome_of(text: &str) -> Value {
    let outcome: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    valid("outcome", &outcome);
    outcome
}

/// Checks a document against the schema that the binary prints.
#[track_caller]
pub fn valid(schema: &str, value: &Value) {
    static SCHEMAS: OnceLock<BTreeMap<&str, Validator>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| {
        let printed = |name: &str| -> Value {
            let output = Command::new(env!("CARGO_BIN_EXE_iamctl")).args(["schema", name]).output().unwrap();
            serde_json::from_slice(&output.stdout).unwrap()
        };
        let plan = printed("plan");
        let findings = json!({
            "type": "object", "required": ["findings"], "additionalProperties": false, "$defs": plan["$defs"],
            "properties": {"findings": {"type": "array", "items": {"$ref": "#/$defs/Finding"}}}
        });
        let outcome = serde_json::to_value(iamctl::report::outcome_schema()).unwrap();
        let all = [("plan", plan), ("snapshot", printed("snapshot")), ("findings", findings), ("outcome", outcome)];
        all.into_iter().map(|(name, schema)| (name, jsonschema::validator_for(&schema).unwrap())).collect()
    });
    let wrong: Vec<String> = schemas[schema].iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "not valid by the schema of {schema}: {wrong:#?}\n{value:#}");
}

/// The names of a plan's calls, in its order.
pub fn calls(plan: &Value) -> Vec<String> {
    plan["steps"].as_array().unwrap().iter().map(|step| step["operation"].as_str().unwrap().to_owned()).collect()
}

/// `ADDRESS ACTION` of each change.
pub fn changes(plan: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    plan["changes"].as_array().unwrap().iter().map(|c| format!("{} {}", word(&c["address"]), word(&c["action"]))).collect()
}

/// Calls that do not write.
pub fn is_read(action: &str) -> bool {
    ["Get", "List", "Simulate", "Generate"].iter().any(|verb| action.starts_with(verb))
}
