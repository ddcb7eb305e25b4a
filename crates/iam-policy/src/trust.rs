//! Who may obtain a session of a role (iam-facts 6.7).

use std::collections::BTreeSet;

use super::Document;
use super::ast::Policy;
use super::eval::{Context, Decision, Effect, Named, Principal, Request, decide_by_resource};

/// One attempt to assume a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The caller: a principal of AWS, a service, or somebody whom an identity provider knows.
    pub caller: Principal,
    /// The action, `sts:AssumeRole` for instance.
    pub action: String,
    /// The role's ARN.
    pub role: String,
    /// The condition keys. Session tags are `aws:RequestTag/KEY` and `aws:TagKeys`, a source identity is `sts:SourceIdentity`.
    pub context: Context,
}

/// Whether a document is a trust policy: every statement names principals and none a resource.
pub fn is_trust(document: &Document) -> bool {
    let statements = Policy::read(document).statements;
    !statements.is_empty() && statements.iter().all(|s| s.principals.is_some() && s.resources.is_none())
}

/// The action with which a kind of caller assumes roles (iam-facts 6.7).
pub fn usual_action(caller: &Principal) -> &'static str {
    match caller {
        Principal::Federated(provider) if provider.contains(":saml-provider/") => "sts:AssumeRoleWithSAML",
        Principal::Federated(_) => "sts:AssumeRoleWithWebIdentity",
        _ => "sts:AssumeRole",
    }
}

/// Every action that the trust must allow: where session tags or a source identity are passed the call fails without
/// `sts:TagSession` or `sts:SetSourceIdentity` (iam-facts 6.7). The action itself comes first.
pub fn needed_actions<'a>(action: &'a str, context: &Context) -> Vec<&'a str> {
    let mut actions = vec![action];
    let assumes = action.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("sts:assumerole"));
    if assumes && context.iter().any(|(key, _)| key == "aws:tagkeys" || key.starts_with("aws:requesttag/")) {
        actions.push("sts:TagSession");
    }
    if assumes && context.get("sts:sourceidentity").is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    actions
}

/// Decides a request by `decide`, and with it every other action that the call needs ([`needed_actions`]).
pub fn with_needed(request: &Request, decide: impl Fn(&Request) -> Decision) -> Decision {
    let mut lacking = BTreeSet::new();
    let mut decisions = Vec::new();
    for action in needed_actions(&request.action, &request.context) {
        let decision = decide(&Request { action: action.to_owned(), ..request.clone() });
        if action != request.action && !decision.is_allowed() {
            lacking.insert(action.to_owned());
        }
        decisions.push(decision);
    }
    Decision { lacking, ..all_of(decisions) }
}

/// What a role's trust policy says of an attempt; the caller's own policies are not asked. `trust` is compiled as
/// [`super::eval::PolicyKind::Trust`]. Allowed only where each of the [`needed_actions`] is (iam-facts 6.7).
pub fn assume(trust: &Named, attempt: &Assumption, strict: bool) -> Decision {
    let mut request = Request::new(attempt.caller.clone(), &attempt.action, attempt.role.clone());
    request.context = attempt.context.clone();
    with_needed(&request, |request| decide_by_resource(trust, request, strict))
}

/// The decision on a call that needs several permissions: the worst of them, with what led to it. Never better than any of them; of none
/// at all it is an Allow.
pub fn all_of(decisions: impl IntoIterator<Item = Decision>) -> Decision {
    let nothing = Decision {
        effect: Effect::Allow,
        because: Vec::new(),
        withheld_by: BTreeSet::new(),
        withheld_levels: BTreeSet::new(),
        matched: Vec::new(),
        missing_context: BTreeSet::new(),
        replaceable: BTreeSet::new(),
        open: BTreeSet::new(),
        lacking: BTreeSet::new(),
    };
    decisions.into_iter().fold(nothing, |mut all, one| {
        let rank = |effect: &Effect| match effect {
            Effect::Allow => 0,
            Effect::Unknown(_) => 1,
            Effect::ImplicitDeny => 2,
            Effect::ExplicitDeny => 3,
        };
        match rank(&one.effect).cmp(&rank(&all.effect)) {
            std::cmp::Ordering::Greater => (all.effect, all.because) = (one.effect, one.because),
            std::cmp::Ordering::Equal => {
                if let (Effect::Unknown(keys), Effect::Unknown(more)) = (&mut all.effect, one.effect) {
                    keys.extend(more);
                }
                all.because.extend(one.because);
            }
            std::cmp::Ordering::Less => {}
        }
        all.because.sort();
        all.because.dedup();
        all.withheld_by.extend(one.withheld_by);
        all.withheld_levels.extend(one.withheld_levels);
        all.matched.extend(one.matched);
        all.matched.sort();
        all.matched.dedup();
        all.missing_context.extend(one.missing_context);
        all.replaceable.extend(one.replaceable);
        all.open.extend(one.open);
        all
    })
}

#[cfg(test)]
mod tests {
    use super::super::eval::{PolicyKind, Value};
    use super::*;

    const ROLE: &str = "arn:aws:iam::111111111111:role/app";

    fn word(trust: &str, caller: &str, context: &[(&str, &str)]) -> &'static str {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{trust}}}"#);
        let trust = Named::new("trust", &Document::parse(&document).unwrap(), PolicyKind::Trust);
        let caller = Principal::parse(caller).unwrap();
        let action = usual_action(&caller).to_owned();
        let context = context.iter().map(|(k, v)| (*k, Value::Single((*v).to_owned()))).collect();
        assume(&trust, &Assumption { caller, action, role: ROLE.to_owned(), context }, false).effect.word()
    }

    #[test]
    fn a_service_is_trusted_for_one_account() {
        let trust = r#"{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com","sagemaker.amazonaws.com"]},"Action":"sts:AssumeRole",
            "Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}"#;
        assert_eq!(word(trust, "sagemaker.amazonaws.com", &[("aws:SourceAccount", "111111111111")]), "allowed");
        assert_eq!(word(trust, "sagemaker.amazonaws.com", &[("aws:SourceAccount", "999999999999")]), "implicitDeny");
        assert_eq!(word(trust, "sagemaker.amazonaws.com", &[]), "implicitDeny");
        assert_eq!(word(trust, "ec2.amazonaws.com", &[("aws:SourceAccount", "111111111111")]), "implicitDeny");
    }

    #[test]
    fn an_account_stands_for_all_in_it_and_a_role_for_its_sessions() {
        let account = r#"{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}"#;
        for caller in
            ["arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:user/a", "arn:aws:sts::111111111111:assumed-role/r/s"]
        {
            assert_eq!(word(account, caller, &[]), "allowed", "{caller}");
        }
        assert_eq!(word(account, "arn:aws:iam::222222222222:user/a", &[]), "implicitDeny");
        let role = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/path/r"},"Action":"sts:AssumeRole"}"#;
        assert_eq!(word(role, "arn:aws:sts::111111111111:assumed-role/r/s", &[]), "allowed");
        assert_eq!(word(role, "arn:aws:iam::111111111111:role/path/r", &[]), "allowed");
        assert_eq!(word(role, "arn:aws:iam::111111111111:role/r", &[]), "implicitDeny");
    }

    #[test]
    fn session_tags_and_source_identity_need_their_own_permission() {
        let plain = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}"#;
        let tagging = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","sts:TagSession"]}"#;
        let user = "arn:aws:iam::111111111111:user/a";
        assert_eq!(word(plain, user, &[]), "allowed");
        assert_eq!(word(plain, user, &[("aws:RequestTag/team", "a")]), "implicitDeny");
        assert_eq!(word(tagging, user, &[("aws:RequestTag/team", "a")]), "allowed");
        assert_eq!(word(tagging, user, &[("sts:SourceIdentity", "a")]), "implicitDeny");
        let document = format!(r#"{{"Version":"2012-10-17","Statement":{plain}}}"#);
        let trust = Named::new("trust", &Document::parse(&document).unwrap(), PolicyKind::Trust);
        let mut request = Request::new(Principal::parse(user).unwrap(), "sts:AssumeRole", ROLE);
        request.context = [("aws:TagKeys", Value::Many(vec!["team".to_owned()]))].into_iter().collect();
        let decision = with_needed(&request, |request| decide_by_resource(&trust, request, false));
        assert_eq!(decision.lacking.into_iter().collect::<Vec<_>>(), ["sts:TagSession"]);
    }

    #[test]
    fn federated_callers_come_with_their_own_actions() {
        let github = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
        let trust = |action: &str| {
            format!(
                r#"{{"Effect":"Allow","Principal":{{"Federated":"{github}"}},"Action":"{action}","Condition":
                    {{"StringLike":{{"token.actions.githubusercontent.com:sub":"repo:acme/app:*"}}}}}}"#
            )
        };
        let sub = |sub| [("token.actions.githubusercontent.com:sub", sub)];
        assert_eq!(word(&trust("sts:AssumeRoleWithWebIdentity"), github, &sub("repo:acme/app:ref:refs/heads/main")), "allowed");
        assert_eq!(word(&trust("sts:AssumeRoleWithWebIdentity"), github, &sub("repo:acme/apps:x")), "implicitDeny");
        assert_eq!(word(&trust("sts:AssumeRoleWithSAML"), github, &sub("repo:acme/app:x")), "implicitDeny");
        assert_eq!(word(r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}"#, github, &[]), "implicitDeny");
        let saml = "arn:aws:iam::111111111111:saml-provider/Corp";
        let trust = format!(r#"{{"Effect":"Allow","Principal":{{"Federated":"{saml}"}},"Action":"sts:AssumeRoleWithSAML"}}"#);
        assert_eq!(word(&trust, saml, &[]), "allowed");
    }

    #[test]
    fn a_deny_in_the_trust_wins() {
        let trust = r#"[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:*"},
            {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111111111111:user/a"},"Action":"sts:AssumeRole"}]"#;
        assert_eq!(word(trust, "arn:aws:iam::111111111111:user/a", &[]), "allowed");
        assert_eq!(word(trust, "arn:aws:iam::111111111111:user/b", &[]), "explicitDeny");
    }
}
