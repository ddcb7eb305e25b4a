//! The organisation's policies: those of the accounts file, or those that the project file names, as the ceiling of each account.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::groups::is_path;
use crate::diag::{Finding, did_you_mean};
use crate::fleet::{Roster, levels_of};
use crate::model::{Ceiling, Control, Level};
use crate::names::AccountId;
use crate::policy::Document;
use crate::policy::PathStep;
use crate::policy::ast::{self, Effect, Policy};
use crate::policy::eval::PolicyKind;
use crate::spec::resolve::locate;
use crate::spec::shape::{AccountsFile, OrganizationSpec, PolicyKind as Kind, ProjectSpec};
use crate::spec::source::{MAX_FILE, read_text};
use crate::spec::text::{Pos, Text, Texts};
use crate::spec::yaml::{self, At, Node, OneOrMany};

const KINDS: [PolicyKind; 2] = [PolicyKind::Scp, PolicyKind::Rcp];

/// By this name a project attaches AWS's own policy, which allows everything.
const FULL_ACCESS: &str = "FullAWSAccess";
const FULL_ACCESS_RCP: &str = "RCPFullAWSAccess";

/// Policies by what they are attached to: what a decision calls them, and the documents.
type Attached = BTreeMap<String, Vec<(String, Document)>>;

/// What is known of one kind of policy.
#[derive(Default)]
enum Known {
    #[default]
    Nothing,
    /// Every policy that is attached anywhere.
    All(Attached),
    /// What a project names; AWS's own policy is attached wherever nothing replaces it.
    Beside(Attached),
}

/// The ceiling of each account whose place in the organisation is known.
pub(super) fn ceilings(
    spec: &ProjectSpec,
    file: Option<&AccountsFile>,
    directory: &Path,
    roster: &Roster,
    texts: &mut Texts,
    problems: &mut Vec<Finding>,
) -> BTreeMap<AccountId, Arc<Ceiling>> {
    let mut reader = Reader { directory, roster, texts, problems };
    let mut known = [Known::Nothing, Known::Nothing];
    if let Some(file) = file {
        known = reader.of_file(file);
    }
    let (mut management, mut organization) = (None, None);
    if let Some(listed) = file.and_then(|file| file.organization.as_ref()) {
        management = listed.management_account.0.as_str();
        organization = Some(listed.id.value.clone());
    }
    if let Some(own) = &spec.organization {
        reader.of_project(own, &mut known, management);
        management = management.or(own.management_account.as_ref().and_then(|id| id.0.as_str()));
    }
    if known.iter().all(|known| matches!(known, Known::Nothing)) {
        return BTreeMap::new();
    }
    let mut levels = Levels::default();
    let members = roster.all().iter().filter_map(|member| Some((member.id.clone()?, member.ou.as_deref()?)));
    members
        .map(|(id, unit)| {
            let exempt = management == Some(id.as_str());
            let [scps, rcps] = [0, 1].map(|kind| match &known[kind] {
                Known::Nothing => Control::Unknown,
                Known::All(attached) if exempt || attached.is_empty() => Control::Absent,
                Known::Beside(_) if exempt => Control::Absent,
                known => {
                    Control::Levels(levels_of(unit, id.as_str()).map(|level| levels.get(KINDS[kind], level, known)).collect())
                }
            });
            (id, Arc::new(Ceiling { organization: organization.clone(), scps, rcps }))
        })
        .collect()
}

/// Each level once, for all accounts below it.
#[derive(Default)]
struct Levels {
    known: BTreeMap<(PolicyKind, String), Arc<Level>>,
}

impl Levels {
    fn get(&mut self, kind: PolicyKind, name: &str, known: &Known) -> Arc<Level> {
        let make = || {
            let (attached, complete) = match known {
                Known::Nothing => return Arc::new(Level::new(name, Vec::new(), kind)),
                Known::All(attached) => (attached, true),
                Known::Beside(attached) => (attached, false),
            };
            let mut policies = attached.get(name).cloned().unwrap_or_default();
            // AWS attaches its own policy to every level. That of RCPs cannot be detached ("RCP evaluation"). That of SCPs can, in favour of
            // others that allow less ("SCP evaluation"): a project that names such a one means that.
            let full = if kind == PolicyKind::Rcp { FULL_ACCESS_RCP } else { FULL_ACCESS };
            if (kind == PolicyKind::Rcp || !complete) && !policies.iter().any(|(_, document)| allows(document)) {
                policies.insert(0, (id(kind, full), full_access(kind)));
            }
            Arc::new(Level::new(name, policies, kind))
        };
        Arc::clone(self.known.entry((kind, name.to_owned())).or_insert_with(make))
    }
}

fn allows(document: &Document) -> bool {
    Policy::read(document).statements.iter().any(|statement| statement.effect == Effect::Allow)
}

/// By which a decision names a policy: `scp/NAME`, `rcp/NAME`.
fn id(kind: PolicyKind, name: &str) -> String {
    format!("{}/{name}", word(kind).to_lowercase())
}

fn word(kind: PolicyKind) -> &'static str {
    if kind == PolicyKind::Rcp { "RCP" } else { "SCP" }
}

fn full_access(kind: PolicyKind) -> Document {
    static BOTH: LazyLock<[Document; 2]> = LazyLock::new(|| {
        let statement = serde_json::json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let mut named = statement.clone();
        named["Principal"] = "*".into();
        [statement, named].map(|one| Document::new(serde_json::json!({"Version": "2012-10-17", "Statement": [one]})))
    });
    let [scp, rcp] = &*BOTH;
    if kind == PolicyKind::Rcp { rcp.clone() } else { scp.clone() }
}

struct Reader<'r> {
    directory: &'r Path,
    roster: &'r Roster,
    texts: &'r mut Texts,
    problems: &'r mut Vec<Finding>,
}

impl Reader<'_> {
    fn report(&mut self, at: Pos, message: String, help: &str) {
        self.problems.push(self.texts.at(Finding::error("bad-organization", message).help(help), at));
    }

    /// The policies of the accounts file, where it lists them.
    fn of_file(&mut self, file: &AccountsFile) -> [Known; 2] {
        let Some(policies) = &file.policies else { return [Known::Nothing, Known::Nothing] };
        let mut found = [Attached::new(), Attached::new()];
        for policy in &policies.0 {
            let kind = match policy.kind.value {
                Kind::ServiceControlPolicy => PolicyKind::Scp,
                Kind::ResourceControlPolicy => PolicyKind::Rcp,
            };
            let document = self.document(&policy.document.0, kind, &policy.name);
            for target in &policy.targets.0 {
                let of_kind = &mut found[usize::from(kind == PolicyKind::Rcp)];
                of_kind.entry(target.value.clone()).or_default().push((id(kind, &policy.name), document.clone()));
            }
        }
        found.map(Known::All)
    }

    /// The policies that the project names.
    fn of_project(&mut self, own: &At<OrganizationSpec>, known: &mut [Known; 2], management: Option<&str>) {
        let own_management = own.management_account.as_ref().map(|id| &id.0);
        if let Some(id) = own_management {
            let text = id.as_str().unwrap_or_default();
            if AccountId::parse(text).is_none() {
                self.report(id.at, format!("`{}` is not an account id", text.escape_debug()), "write twelve digits, in quotes");
            } else if management.is_some_and(|listed| listed != text) {
                let listed = management.unwrap_or_default();
                let message = format!("the management account is {text} here and {listed} in the accounts file");
                self.report(id.at, message, "take it out here: the accounts file says it");
            }
        }
        for (number, entries) in [&own.scps, &own.rcps].into_iter().enumerate() {
            let Some(entries) = entries else { continue };
            let kind = KINDS[number];
            if !matches!(known[number], Known::Nothing) {
                let key = if kind == PolicyKind::Rcp { "rcps" } else { "scps" };
                let message = format!("`organization: {key}` and the accounts file both say which {}s are in force", word(kind));
                self.report(own.at, message, "take them out here, or out of the accounts file");
                continue;
            }
            let mut attached = Attached::new();
            for (target, files) in &entries.list {
                self.target(target);
                let policies = self.files(files, kind);
                attached.insert(target.value.clone(), policies);
            }
            known[number] = Known::Beside(attached);
        }
    }

    /// A path of organisational units or an account's id.
    fn target(&mut self, target: &At<String>) {
        let roster = self.roster;
        let name = target.value.as_str();
        let is_account = AccountId::parse(name).is_some_and(|id| roster.ids().contains(&id));
        if is_account || name == "/" || (is_path(name) && (roster.units().is_empty() || roster.units().contains(name))) {
            return;
        }
        let message = format!("`{}` is not an organisational unit or an account of the project", name.escape_debug());
        let near = did_you_mean(name, roster.units().iter().map(String::as_str));
        let help = near.unwrap_or_else(|| "write `/Workloads/Prod`, or the id of an account".to_owned());
        self.report(target.at, message, &help);
    }

    fn files(&mut self, files: &OneOrMany, kind: PolicyKind) -> Vec<(String, Document)> {
        let mut found = Vec::new();
        for file in &files.0 {
            let full = if kind == PolicyKind::Rcp { FULL_ACCESS_RCP } else { FULL_ACCESS };
            if file.value == full {
                found.push((id(kind, full), full_access(kind)));
                continue;
            }
            let text = match read_text(&self.directory.join(&file.value), MAX_FILE) {
                Ok(text) => text,
                Err(unreadable) => {
                    let message = format!("the {} file `{}` {}", word(kind), file.escape_debug(), unreadable.why);
                    let problem = Finding::error("unreadable-file", message).help("name a file, relative to the project file");
                    self.problems.push(self.texts.at(problem, file.at));
                    continue;
                }
            };
            let number = self.texts.add(Text::new(file.value.clone(), text));
            let mut budget = yaml::MAX_NODES;
            let documents = yaml::parse(self.texts, number, &mut budget, self.problems);
            let Some(node) = documents.first() else {
                self.report(file.at, format!("the {} file `{}` is empty", word(kind), file.escape_debug()), "write the policy");
                continue;
            };
            found.push((file.value.clone(), self.document(node, kind, &file.value)));
        }
        found
    }

    /// A policy document, with what is wrong with it reported where it stands.
    fn document(&mut self, node: &Node, kind: PolicyKind, name: &str) -> Document {
        let document = Document::new(node.to_json());
        let mut faults = ast::faults(&document);
        for statement in Policy::read(&document).statements {
            let number = statement.index + 1;
            let wrong = match (kind, &statement.principals) {
                (PolicyKind::Rcp, None) => "has no `Principal`, which an RCP must have",
                (PolicyKind::Scp, Some(_)) => "has a `Principal`, which an SCP cannot have",
                _ if statement.resources.is_none() => "has no `Resource`",
                _ if statement.actions.is_none() => "has no `Action`",
                _ => continue,
            };
            faults.push((Some(statement.index), format!("statement {number} {wrong}")));
        }
        for (index, fault) in faults {
            let path = index.map(|index| [PathStep::Key("Statement".to_owned()), PathStep::Index(index)]);
            let place = path.map_or(node.at, |path| locate(node, &path));
            let message = format!("the {} `{}`: {fault}", word(kind), name.escape_debug());
            self.report(place, message, "correct the document; AWS refuses it as it is");
        }
        document
    }
}
