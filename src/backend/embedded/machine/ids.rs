//! Unique ids: IAM's prefix and seventeen characters (iam-facts 1.2), made from the account and its serial.

use sha2::{Digest, Sha256};

use super::Machine;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Machine {
    /// An id that this account never gave before: the serial counts every write.
    pub(super) fn fresh_id(&self, prefix: &str) -> String {
        let seed = format!("{prefix}:{}:{}", self.account.account.id, self.account.serial);
        let letters = Sha256::digest(seed.as_bytes());
        let tail = letters.iter().take(17).filter_map(|b| BASE32.get(usize::from(b % 32))).map(|b| char::from(*b));
        prefix.chars().chain(tail).collect()
    }
}

/// Whether a principal is the unique id of a role or a user that is no more.
pub(super) fn is_principal_id(text: &str) -> bool {
    (text.starts_with("AROA") || text.starts_with("AIDA"))
        && text.len() >= 16
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A thumbprint for a provider that was made without: IAM fetches the certificate chain itself, which an account in a file
/// cannot. Forty hex digits that depend on the URL alone.
pub(super) fn thumbprint(url: &str) -> String {
    Sha256::digest(url.as_bytes()).iter().take(20).map(|b| format!("{b:02x}")).collect()
}
