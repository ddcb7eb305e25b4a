//! Checks of the project file that take more than its shape.

use std::collections::BTreeMap;

use super::{break_glass, check_stack, forbid};
use crate::diag::{Finding, did_you_mean};
use crate::names::{AccountId, Arn, check_path, check_tag_key, check_tag_value};
use crate::spec::mistakes;
use crate::spec::shape::{AccountSpec, AssumeRoleSpec, DefaultsSpec, GuardsSpec, ProjectSpec, RequireOfKindSpec, RequireSpec};
use crate::spec::text::{Pos, Texts};
use crate::spec::vars::has_variable;
use crate::spec::yaml::{At, Entries, Kind, OneOrMany, Plain, Raw};

pub(super) struct Check<'a> {
    pub texts: &'a Texts,
    pub problems: Vec<Finding>,
}

impl Check<'_> {
    fn report(&mut self, at: Pos, problem: Finding) {
        self.problems.push(self.texts.at(problem, at));
    }

    pub fn project(&mut self, spec: &ProjectSpec) {
        if let Some(version) = spec.version.as_ref().filter(|v| v.value != 1) {
            let problem = Finding::error("unknown-version", format!("project format version {} is not known", version.value));
            self.report(version.at, problem.help("write `version: 1`, or use a newer iamctl"));
        }
        for stack in
            spec.stack.iter().chain(&spec.formerly.0).chain(spec.accounts.list.iter().filter_map(|(_, a)| a.stack.as_ref()))
        {
            if let Err(problem) = check_stack(stack) {
                self.report(stack.at, problem);
            }
        }
        if let Some(same) = spec.formerly.0.iter().find(|f| spec.stack.as_ref().is_some_and(|s| s.value == f.value)) {
            let problem = Finding::error("bad-project", format!("`{}` is the stack's name now, not an earlier one", same.value));
            self.report(same.at, problem.help("take it out of `formerly`"));
        }
        if let Some(key) = spec.ownership.as_ref().and_then(|o| o.tag_key.as_ref())
            && let Err(why) = check_tag_key(key)
        {
            self.report(key.at, Finding::error("bad-tag", why).help("choose another key"));
        }
        let percent = spec.fleet_guards.as_ref().and_then(|guards| guards.max_accounts_percent.as_ref());
        if let Some(percent) = percent.filter(|percent| percent.value > 100) {
            let problem = Finding::error("bad-value", format!("{} percent is more than all", percent.value));
            self.report(percent.at, problem.help("write a number from 0 to 100"));
        }
        self.shared(&spec.vars, spec.defaults.as_ref(), spec.guards.as_ref());
        self.require(spec.require.as_ref());
        let mut seen: BTreeMap<&str, Pos> = BTreeMap::new();
        for (name, account) in &spec.accounts.list {
            seen.insert(&name.value, name.at);
            self.account(name, account);
        }
        self.break_glass(spec);
        self.forbid(spec);
        if let Some(default) = &spec.default_account {
            let known =
                || seen.keys().copied().chain(["local", "aws"]).chain(spec.accounts.faulty.iter().map(|f| f.value.as_str()));
            if !known().any(|n| n == default.value) {
                let problem = Finding::error("unknown-account", format!("no account is called `{}`", default.escape_debug()));
                let help = did_you_mean(default, known()).unwrap_or_else(|| "declare it under `accounts:`".to_owned());
                self.report(default.at, problem.help(help));
            }
        }
    }

    /// Every principal under `break_glass`, for every account that it holds for: what guards nothing must not look like a guard.
    fn break_glass(&mut self, spec: &ProjectSpec) {
        let none = AccountSpec::default();
        let configured = spec.accounts.list.iter().map(|(name, account)| (name.value.as_str(), &account.value));
        let own = configured.clone().any(|(_, account)| account.guards.as_ref().is_none_or(|g| g.break_glass.is_none()));
        // Without an account of the file that uses them, the project's own words are read for `local`.
        let fallback = (!own).then_some(("local", &none));
        for (name, account) in configured.chain(fallback) {
            let guards = [&account.guards, &spec.guards].into_iter().flatten().find_map(|g| g.break_glass.as_ref());
            for text in guards.iter().flat_map(|list| &list.0) {
                if let Err(problem) = break_glass(text, spec, name, account) {
                    self.report(text.at, problem);
                }
            }
        }
    }

    /// Every rule under `forbid`, for every account that it holds for: what forbids nothing must not look like a rule.
    fn forbid(&mut self, spec: &ProjectSpec) {
        let none = AccountSpec::default();
        let configured = spec.accounts.list.iter().map(|(name, account)| (name.value.as_str(), &account.value));
        // Without an account of the file, the project's own words are read for `local`.
        let fallback = spec.accounts.list.is_empty().then_some(("local", &none));
        let mut seen = std::collections::BTreeSet::new();
        for (name, account) in configured.chain(fallback) {
            for rule in spec.forbid.0.iter().chain(&account.forbid.0) {
                let read = forbid::read(rule, spec, name, account, self.texts.place(rule.at));
                let problems = match read {
                    Err(problem) => vec![problem],
                    Ok(rule_read) => forbid::faults(&rule_read).into_iter().map(|problem| (rule.at, problem)).collect(),
                };
                for (at, problem) in problems {
                    if seen.insert((at, problem.message.clone())) {
                        self.report(at, problem);
                    }
                }
            }
        }
    }

    fn account(&mut self, name: &At<String>, account: &At<AccountSpec>) {
        let good = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if name.is_empty() || name.chars().count() > 64 || !name.chars().all(good) {
            let problem = Finding::error("bad-name", format!("`{}` is not a name of an account", name.escape_debug()));
            self.report(name.at, problem.help("use up to 64 letters, digits and `_.-`"));
        }
        if name.value == "all" {
            let problem = Finding::error("bad-name", "`all` stands for every account in a selection");
            self.report(name.at, problem.help("choose another name"));
        }
        if let Some(id) = &account.id {
            self.account_id(id);
        }
        if let Some(ou) = account.ou.as_ref().filter(|ou| !super::groups::is_path(ou)) {
            let problem = Finding::error("bad-project", format!("`{}` is not a path of organisational units", ou.escape_debug()));
            self.report(ou.at, problem.help("write `/` for the root, or `/Workloads/Prod`, without `/` at the end"));
        }
        if account.embedded.is_some() && (account.profile.is_some() || account.assume_role.is_some()) {
            let at = account
                .profile
                .as_ref()
                .map(|p| p.at)
                .or_else(|| account.assume_role.as_ref().and_then(|chain| chain.0.first()).map(|role| role.arn.at))
                .unwrap_or(account.at);
            let problem = Finding::error("bad-project", "an embedded account is a file and needs no credentials");
            self.report(at, problem.help("take out `embedded`, or `profile` and `assume_role`"));
        }
        let wrong = |role: &&AssumeRoleSpec| {
            Arn::parse(&role.arn).is_none_or(|arn| arn.service != "iam" || !arn.resource.starts_with("role/"))
        };
        for role in account.assume_role.iter().flat_map(|chain| &chain.0).filter(wrong) {
            let problem = Finding::error("bad-reference", format!("`{}` is not an ARN of a role", role.arn.escape_debug()));
            self.report(role.arn.at, problem.help("write `arn:aws:iam::ACCOUNT:role/NAME`"));
        }
        self.shared(&account.vars, account.defaults.as_ref(), account.guards.as_ref());
        self.require(account.require.as_ref());
    }

    fn account_id(&mut self, id: &Raw) {
        let Kind::Scalar(text, style) = &id.0.kind else {
            let problem = Finding::error("wrong-type", format!("expected an account id, found {}", id.0.noun()));
            return self.report(id.0.at, problem.help("write twelve digits, in quotes"));
        };
        if AccountId::parse(text).is_none() {
            let problem = Finding::error("bad-account-id", format!("`{}` is not an account id", text.escape_debug()));
            self.report(id.0.at, problem.help("write twelve digits, in quotes, leading zeros included"));
        } else if *style != Plain::Quoted {
            let problem = Finding::error("unquoted-account-id", format!("the account id {text} is written as a number"));
            self.report(id.0.at, problem.help(format!("put it in quotes: \"{text}\"")));
        }
    }

    /// A requirement that nothing can meet, or that asks nothing, is a slip that would be found late.
    fn require(&mut self, spec: Option<&RequireSpec>) {
        let Some(spec) = spec else { return };
        let RequireSpec { permissions_boundary, tags, path, name, roles, policies, users, groups } = spec;
        let kinds = [roles, policies, users, groups].map(|kind| kind.as_ref());
        let every = |general: &Option<OneOrMany>, of: fn(&RequireOfKindSpec) -> Option<&OneOrMany>| {
            let of_kinds = kinds.iter().flatten().filter_map(|kind| of(kind));
            general.iter().chain(of_kinds).flat_map(|list| list.0.clone()).collect::<Vec<_>>()
        };
        let boundaries = every(permissions_boundary, |k| k.permissions_boundary.as_ref());
        let (keys, paths) = (every(tags, |k| k.tags.as_ref()), every(path, |k| k.path.as_ref()));
        let names = every(name, |k| k.name.as_ref());
        for text in boundaries.iter().chain(&names).chain(&paths).chain(&keys) {
            if text.is_empty() {
                let problem = Finding::error("bad-value", "an empty text requires nothing");
                self.report(text.at, problem.help("write what is required, or an empty list for nothing"));
            } else if has_variable(text) {
                let problem = Finding::error("bad-value", "variables mean nothing under `require`");
                self.report(text.at, problem.help("write the text out; `*` stands for what differs between accounts"));
            }
        }
        for key in keys.iter().filter(|key| !key.is_empty()) {
            if let Err(why) = check_tag_key(key) {
                self.report(key.at, Finding::error("bad-tag", why).help("choose another key"));
            }
        }
        for path in paths.iter().filter(|path| !path.is_empty() && !has_variable(path)) {
            if let Err(why) = check_path(crate::names::EntityKind::Policy, path) {
                self.report(path.at, Finding::error("bad-path", why).help(mistakes::path(path)));
            }
        }
        for (kind, word) in [(policies, "policies"), (groups, "groups")] {
            for text in kind.iter().flat_map(|k| &k.permissions_boundary).flat_map(|list| &list.0) {
                let problem = Finding::error("bad-project", format!("{word} have no permissions boundary"));
                self.report(text.at, problem.help("require it of `roles` or `users`"));
            }
        }
        for text in groups.iter().flat_map(|k| &k.tags).flat_map(|list| &list.0) {
            let problem = Finding::error("bad-project", "groups cannot have tags");
            self.report(text.at, problem.help("require tags of roles, policies or users"));
        }
    }

    fn shared(&mut self, vars: &Entries<Raw>, defaults: Option<&DefaultsSpec>, guards: Option<&GuardsSpec>) {
        for (name, value) in &vars.list {
            let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            if name.is_empty() || !name.chars().all(good) {
                let problem = Finding::error("bad-name", format!("`{}` is not a name of a variable", name.escape_debug()));
                self.report(name.at, problem.help("use letters, digits and `_.-`"));
            }
            let mut faults = Vec::new();
            value.0.walk(&mut |node| match &node.kind {
                Kind::Scalar(text, Plain::Number | Plain::Text) if AccountId::parse(text).is_some() => {
                    let problem = Finding::error("unquoted-account-id", format!("the account id {text} is written as a number"));
                    faults.push((node.at, problem.help(format!("put it in quotes: \"{text}\""))));
                }
                Kind::Scalar(text, _) if has_variable(text) => {
                    let problem = Finding::error(
                        "variable-in-variable",
                        "a variable's value is substituted as it is, and this one contains a variable",
                    );
                    faults.push((node.at, problem.help("write the value out, or build the text where it is used")));
                }
                _ => {}
            });
            for (at, problem) in faults {
                self.report(at, problem);
            }
        }
        if let Some(path) = defaults.and_then(|d| d.path.as_ref()).filter(|p| !p.contains("${"))
            && let Err(why) = check_path(crate::names::EntityKind::Policy, path)
        {
            self.report(path.at, Finding::error("bad-path", why).help(mistakes::path(path)));
        }
        for (key, value) in defaults.and_then(|d| d.tags.as_ref()).iter().flat_map(|t| &t.list) {
            if let Err(why) = check_tag_key(key).and_then(|()| if value.contains("${") { Ok(()) } else { check_tag_value(value) })
            {
                self.report(key.at, Finding::error("bad-tag", why).help("choose another tag"));
            }
        }
        let percentages = guards.into_iter().flat_map(|g| [g.max_changes_percent.as_ref(), g.max_deletes_percent.as_ref()]);
        for percent in percentages.flatten().filter(|p| p.value > 100) {
            let problem = Finding::error("bad-value", format!("{} percent is more than all", percent.value));
            self.report(percent.at, problem.help("write a number from 0 to 100"));
        }
    }
}
