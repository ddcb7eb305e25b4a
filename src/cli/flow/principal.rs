//! The IAM principal behind a caller, as `${caller_arn}` gives it to specs (contract 3).

use crate::model::Snapshot;
use crate::names::{Arn, EntityKind, Name};

/// A session means its role, with the role's path if the account was read; a user and a federated user mean
/// themselves. Any other caller is not a principal that a trust could name, and means its account.
pub fn principal_behind(caller: &str, snapshot: Option<&Snapshot>) -> String {
    let Some(arn) = Arn::parse(caller) else { return caller.to_owned() };
    let parts: Vec<&str> = arn.resource.split('/').collect();
    match (arn.service.as_str(), parts.as_slice()) {
        ("sts", ["assumed-role", role, ..]) => {
            let path = snapshot.and_then(|s| s.roles.get(&Name::new(*role))).map_or("/", |r| r.path.as_str());
            match arn.account_id() {
                Some(account) => crate::names::entity_arn(&arn.partition, &account, EntityKind::Role, path, role),
                None => caller.to_owned(),
            }
        }
        ("iam", _) | ("sts", ["federated-user", ..]) => caller.to_owned(),
        _ => format!("arn:{}:iam::{}:root", arn.partition, arn.account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_stands_for_its_role_and_what_is_no_principal_for_its_account() {
        let behind = |caller| principal_behind(caller, None);
        assert_eq!(behind("arn:aws:sts::111111111111:assumed-role/ci/run-1"), "arn:aws:iam::111111111111:role/ci");
        assert_eq!(behind("arn:aws:iam::111111111111:user/ops/alice"), "arn:aws:iam::111111111111:user/ops/alice");
        assert_eq!(behind("arn:aws:sts::111111111111:federated-user/bob"), "arn:aws:sts::111111111111:federated-user/bob");
        assert_eq!(behind("arn:aws:sts::111111111111:user/nobody"), "arn:aws:iam::111111111111:root");
    }
}
