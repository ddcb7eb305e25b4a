//! Random accounts and random wishes over a small pool of names, so that they meet often.

use std::collections::{BTreeMap, BTreeSet};

use iamctl::diag::Place;
use iamctl::model::{
    AccountIdentity, Desired, Manage, PolicyRef, Snapshot, Want, WantGroup, WantInstanceProfile, WantPolicy, WantRole, WantUser,
};
use iamctl::names::{AccountId, Name};
use iamctl::plan::PlanOptions;
use iamctl::policy::Document;
use iamctl::scope::{Guards, Ignore, Settings};

/// A small, seeded source of choices (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

pub fn place() -> Place {
    Place { file: "specs/main.yaml".to_owned(), line: 1, column: 1 }
}

pub fn identity() -> AccountIdentity {
    AccountIdentity { id: AccountId::parse("111111111111").unwrap(), partition: "aws".to_owned() }
}

pub fn empty() -> Snapshot {
    Snapshot::empty(identity())
}

pub fn settings(stack: &str) -> Settings {
    Settings {
        account_name: "local".to_owned(),
        stack: stack.to_owned(),
        formerly: Vec::new(),
        tag_key: "iamctl:stack".to_owned(),
        ignore: Ignore::default(),
        guards: Guards::default(),
        forbid: Vec::new(),
        options: PlanOptions { prune: true, ..PlanOptions::default() },
        caller_arn: "arn:aws:iam::111111111111:root".to_owned(),
        now: 1_800_000_000,
        list_unmanaged: true,
    }
}

pub fn identity_document(dice: &mut Dice) -> Document {
    let effect = if dice.chance(25) { "Deny" } else { "Allow" };
    let action = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"][dice.below(3)];
    let second = if dice.chance(30) {
        format!(r#",{{"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::111111111111:role/x{}"}}"#, dice.below(3))
    } else {
        String::new()
    };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"arn:aws:s3:::b{}"}}{second}]}}"#,
        dice.below(4)
    );
    Document::parse(&text).unwrap()
}

fn trust_document(dice: &mut Dice, roles: &[Name]) -> Document {
    let mut statements =
        vec![r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#.to_owned()];
    if dice.chance(35) && !roles.is_empty() {
        let role = &roles[dice.below(roles.len())];
        statements.push(format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111111111111:role/{role}"}},"Action":"sts:AssumeRole"}}"#
        ));
    }
    if dice.chance(20) {
        statements.push(r#"{"Effect":"Allow","Principal":{"AWS":["999999999999"]},"Action":"sts:AssumeRole"}"#.to_owned());
    }
    Document::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))).unwrap()
}

fn tags(dice: &mut Dice) -> BTreeMap<String, String> {
    (0..dice.below(3)).map(|i| (format!("k{i}"), format!("v{}", dice.below(3)))).collect()
}

fn attached(dice: &mut Dice, policies: &[Name]) -> Vec<(PolicyRef, Place)> {
    let mut refs = BTreeSet::new();
    for policy in policies {
        if dice.chance(40) {
            refs.insert(PolicyRef::Declared(policy.clone()));
        }
    }
    for name in ["AmazonSQSReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonSNSReadOnlyAccess"] {
        if dice.chance(25) {
            refs.insert(PolicyRef::Arn(format!("arn:aws:iam::aws:policy/{name}")));
        }
    }
    refs.into_iter().map(|r| (r, place())).collect()
}

fn inline(dice: &mut Dice) -> BTreeMap<String, Document> {
    (0..dice.below(3)).map(|i| (format!("inline{i}"), identity_document(dice))).collect()
}

fn places(inline: &BTreeMap<String, Document>) -> BTreeMap<String, Place> {
    inline.keys().map(|k| (k.clone(), place())).collect()
}

/// A random set of wishes that IAM could hold.
pub fn desired(dice: &mut Dice) -> Desired {
    let mut desired = Desired::default();
    let policies: Vec<Name> = (0..4).filter(|_| dice.chance(60)).map(|i| Name::new(format!("policy{i}"))).collect();
    for name in &policies {
        let want = WantPolicy {
            place: place(),
            path: "/".to_owned(),
            description: Want::Leave,
            tags: tags(dice),
            document: identity_document(dice),
            document_place: place(),
            manage: Manage::Exclusive,
            protect: false,
            adopt: dice.chance(50),
        };
        desired.policies.insert(name.clone(), want);
    }
    let roles: Vec<Name> = (0..4).filter(|_| dice.chance(60)).map(|i| Name::new(format!("role{i}"))).collect();
    for name in &roles {
        let inline_policies = inline(dice);
        let boundary = match dice.below(6) {
            0 => Want::Exactly(None),
            1 => Want::Exactly(Some(PolicyRef::Arn("arn:aws:iam::aws:policy/PowerUserAccess".to_owned()))),
            2 if !policies.is_empty() => Want::Exactly(Some(PolicyRef::Declared(policies[dice.below(policies.len())].clone()))),
            _ => Want::Leave,
        };
        let want = WantRole {
            place: place(),
            path: "/".to_owned(),
            description: if dice.chance(50) { Want::Exactly(format!("role {}", dice.below(2))) } else { Want::Leave },
            max_session_duration: if dice.chance(50) { Want::Exactly(3600 * (1 + dice.below(3) as u32)) } else { Want::Leave },
            permissions_boundary: boundary,
            tags: tags(dice),
            trust: trust_document(dice, &roles),
            trust_place: place(),
            managed_policies: attached(dice, &policies),
            inline_places: places(&inline_policies),
            inline_policies,
            manage: [Manage::Exclusive, Manage::Exclusive, Manage::Additive][dice.below(3)],
            protect: false,
            adopt: dice.chance(50),
        };
        if dice.chance(30) {
            let profile = WantInstanceProfile {
                place: place(),
                path: "/".to_owned(),
                role: name.clone(),
                tags: want.tags.clone(),
                manage: Manage::Exclusive,
                protect: false,
                adopt: want.adopt,
            };
            desired.instance_profiles.insert(name.clone(), profile);
        }
        desired.roles.insert(name.clone(), want);
    }
    let users: Vec<Name> = (0..2).filter(|_| dice.chance(60)).map(|i| Name::new(format!("user{i}"))).collect();
    for name in &users {
        let inline_policies = inline(dice);
        let want = WantUser {
            place: place(),
            path: Want::Leave,
            permissions_boundary: Want::Leave,
            tags: tags(dice),
            managed_policies: attached(dice, &policies),
            inline_places: places(&inline_policies),
            inline_policies,
            manage: Manage::Additive,
            protect: false,
            adopt: false,
            create: true,
            renamed_from: None,
        };
        desired.users.insert(name.clone(), want);
    }
    if dice.chance(50) {
        let want = WantGroup {
            place: place(),
            path: Want::Leave,
            managed_policies: attached(dice, &policies),
            inline_policies: BTreeMap::new(),
            inline_places: BTreeMap::new(),
            users: users.iter().filter(|_| dice.chance(50)).map(|u| (u.clone(), place())).collect(),
            manage: if dice.chance(50) { Manage::Exclusive } else { Manage::Additive },
            protect: false,
            renamed_from: None,
        };
        desired.groups.insert(Name::new("group0"), want);
    }
    desired
}
