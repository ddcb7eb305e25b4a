//! Addresses of callers.

use super::each;
use crate::lint::findings::Findings;
use crate::lint::rule::rule;
use crate::lint::subject::DocumentSubject;
use crate::policy::ast::WrittenTest;
use crate::policy::condition::address_block;
use crate::policy::{Base, Compares};

rule! {
    /// The caller's public address is compared with private ranges
    ///
    /// `aws:SourceIp` is the address that AWS sees, which is never a private one. (For calls through a VPC
    /// endpoint the key is absent; the private address is `aws:VpcSourceIp`.)
    ///
    /// **Why it matters.** The test never holds.
    ///
    /// **What to do.** Write the public ranges, or test `aws:VpcSourceIp` together with `aws:SourceVpc`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    PRIVATE_IP_ADDRESS = "private-ip-address", Warning, Document(private);

    /// The caller's public address is kept out of private ranges
    ///
    /// `aws:SourceIp` is never a private address.
    ///
    /// **Why it matters.** The test always holds.
    ///
    /// **What to do.** Write the public ranges, or test `aws:VpcSourceIp` together with `aws:SourceVpc`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    PRIVATE_NOT_IP_ADDRESS = "private-not-ip-address", Warning, Document(private_not);

    /// Some of the ranges are private
    ///
    /// `aws:SourceIp` is never a private address.
    ///
    /// **Why it matters.** Those ranges have no effect.
    ///
    /// **What to do.** Drop them.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.168.0.0/16"]}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    PRIVATE_IP_SUBSET = "private-ip-address-subset", Note, Document(subset);

    /// Some of the ranges that are kept out are private
    ///
    /// `aws:SourceIp` is never a private address.
    ///
    /// **Why it matters.** Those ranges have no effect.
    ///
    /// **What to do.** Drop them.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.168.0.0/16"]}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    PRIVATE_NOT_IP_SUBSET = "private-not-ip-address-subset", Note, Document(subset_not);

    /// An address operator whose value is no range
    ///
    /// **Why it matters.** The test never holds.
    ///
    /// **What to do.** Write an address, or a range as in `203.0.113.0/24`.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.*"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    TYPE_MISMATCH_IP_RANGE = "type-mismatch-ip-range", Warning, Document(range);

    /// A range with bits behind its mask
    ///
    /// **Why it matters.** It is read as the range that the mask leaves, which may be wider than meant.
    ///
    /// **What to do.** Write the first address of the range.
    ///
    /// **Reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.7/24"}}}
    /// ```
    ///
    /// **Not reported.**
    ///
    /// ```json
    /// {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-reports/*",
    /// "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    /// ```
    IMPROVE_IP_RANGE = "improve-ip-range", Note, Document(improve);
}

/// Blocks that no caller has on the public network: private use (RFC 1918, RFC 4193), loopback, link-local and shared addresses.
const PRIVATE: [&str; 8] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10"];

/// Whether a block lies in private ones as a whole.
fn is_private(text: &str) -> bool {
    let Some(block) = address_block(text) else { return false };
    PRIVATE.iter().filter_map(|private| address_block(private)).any(|private| private.contains(&block))
}

fn tests(subject: &DocumentSubject<'_>, base: Base, f: &mut dyn FnMut(&WrittenTest)) {
    each(subject, &mut |_, test| {
        if test.operator.base == base && test.is_about("aws:SourceIp") && !test.values.is_empty() {
            f(test);
        }
    });
}

fn private(subject: &DocumentSubject<'_>, out: &mut Findings) {
    tests(subject, Base::IpAddress, &mut |test| {
        if test.values.iter().all(|v| is_private(v)) {
            let help = "write public ranges, or test `aws:VpcSourceIp` together with `aws:SourceVpc`";
            out.report(subject, &test.path(), "no caller's address is in these private ranges, so this never holds", help);
        }
    });
}

fn private_not(subject: &DocumentSubject<'_>, out: &mut Findings) {
    tests(subject, Base::NotIpAddress, &mut |test| {
        if test.values.iter().all(|v| is_private(v)) {
            let help = "write public ranges, or test `aws:VpcSourceIp` together with `aws:SourceVpc`";
            out.report(subject, &test.path(), "no caller's address is in these private ranges, so this always holds", help);
        }
    });
}

fn mixed(subject: &DocumentSubject<'_>, out: &mut Findings, base: Base) {
    tests(subject, base, &mut |test| {
        if test.values.iter().all(|v| is_private(v)) {
            return;
        }
        for (i, value) in test.values.iter().enumerate().filter(|(_, v)| is_private(v)) {
            out.report(
                subject,
                &test.value_path(i),
                format!("`{value}` is private, and no caller's address is in it"),
                "drop it",
            );
        }
    });
}

fn subset(subject: &DocumentSubject<'_>, out: &mut Findings) {
    mixed(subject, out, Base::IpAddress);
}

fn subset_not(subject: &DocumentSubject<'_>, out: &mut Findings) {
    mixed(subject, out, Base::NotIpAddress);
}

fn ranges(subject: &DocumentSubject<'_>, f: &mut dyn FnMut(&WrittenTest, usize, &str)) {
    each(subject, &mut |_, test| {
        if test.operator.compares() == Compares::Ip {
            test.values.iter().enumerate().filter(|(_, v)| !v.contains("${")).for_each(|(i, v)| f(test, i, v));
        }
    });
}

fn range(subject: &DocumentSubject<'_>, out: &mut Findings) {
    ranges(subject, &mut |test, i, value| {
        if address_block(value).is_none() {
            out.report(
                subject,
                &test.value_path(i),
                format!("`{value}` is neither an address nor a range"),
                "write `203.0.113.0/24`",
            );
        }
    });
}

fn improve(subject: &DocumentSubject<'_>, out: &mut Findings) {
    ranges(subject, &mut |test, i, value| {
        let Some(block) = address_block(value) else { return };
        if block.trunc() != block {
            let (message, help) = (format!("`{value}` has bits behind its mask"), format!("write `{}`", block.trunc()));
            out.report(subject, &test.value_path(i), message, help);
        }
    });
}
