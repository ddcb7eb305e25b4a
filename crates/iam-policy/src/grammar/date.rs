//! Dates in conditions as IAM's older parser reads them: ISO 8601 with generous fields, or seconds since 1970 (iam-facts 5.3, 3).

use std::ops::RangeInclusive;

/// Whether a date condition's value can be read.
pub(super) fn is_readable(text: &str) -> bool {
    let text = text.to_lowercase();
    if text.contains('t') || text.contains('-') { is_iso(&text) } else { within(&text, 0..=i64::MAX.into()) }
}

fn is_iso(text: &str) -> bool {
    let (date, time) = text.split_once('t').unwrap_or((text, ""));
    is_date(date) && is_time(time)
}

/// `year[-month[-day]]`; the year may be negative.
fn is_date(date: &str) -> bool {
    let (sign, rest) = date.strip_prefix('-').map_or(("", date), |rest| ("-", rest));
    let parts: Vec<&str> = rest.split('-').collect();
    let year = format!("{sign}{}", parts.first().unwrap_or(&""));
    parts.len() < 4
        && within(&year, -292_275_054..=292_278_993)
        && parts.get(1).is_none_or(|month| within(month, 1..=12))
        && parts.get(2).is_none_or(|day| within(day, 1..=31))
}

/// `[hours[:minutes[:seconds[.fraction][z | +hh[:mm]]]]]`; more fields are let pass.
fn is_time(time: &str) -> bool {
    let parts: Vec<&str> = time.split(':').collect();
    parts.first().is_none_or(|hours| hours.is_empty() || within(hours, 0..=23))
        && parts.get(1).is_none_or(|minutes| within(minutes, 0..=59))
        && parts.get(2).is_none_or(|seconds| is_seconds(seconds))
}

fn is_seconds(text: &str) -> bool {
    let seconds = if let Some((seconds, rest)) = text.split_once('z') {
        if !rest.is_empty() {
            return false;
        }
        seconds
    } else if let Some((seconds, zone)) = text.split_once('+') {
        if zone.chars().count() != 2 || !within(zone, 0..=23) {
            return false;
        }
        seconds
    } else {
        text
    };
    match seconds.split_once('.') {
        Some((whole, fraction)) => within(whole, 0..=59) && within(fraction, 0..=999_999_999),
        None => within(seconds, 0..=59),
    }
}

/// Whether a text is a whole number in a range: optional sign, digits, single `_` between digits, white space around.
fn within(text: &str, range: RangeInclusive<i128>) -> bool {
    integer(text).is_some_and(|number| range.contains(&number))
}

fn integer(text: &str) -> Option<i128> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let whole = digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if !whole {
        return None;
    }
    let size = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0_i128, |sum, b| sum.saturating_mul(10).saturating_add(i128::from(b - b'0')));
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readable_dates() {
        for text in [
            "2017-07-01T00:00:00Z",
            "2016-12-13T21:20:37.593194+00:00",
            "2016-12-13t21:20:37.593194+23",
            "2016-12-13",
            "2016",
            "2016-12T",
            "-292275054-01T",
            "0",
            "9223372036854775807",
            " 1_000 ",
            "2016-12-13T01",
        ] {
            assert!(is_readable(text), "{text}");
        }
    }

    #[test]
    fn unreadable_dates() {
        for text in [
            "",
            "sdfdsf",
            "234-13",
            "2016-12-32",
            "2016-12-13-1",
            "2016-12-13T24",
            "2016-12-13T21:60",
            "2016-12-13T21:20:60Z",
            "2016-12-13T21:20:37Zx",
            "2016-12-13T21:20:37+1",
            "2016-12-13T21:20:37.9999999999",
            "2016-12-13T21:20:37-05:00",
            "9223372036854775808",
            "99999999999999999999999999999999999999999999",
            "1__0",
            "+",
            "-",
            "²",
        ] {
            assert!(!is_readable(text), "{text}");
        }
    }
}
