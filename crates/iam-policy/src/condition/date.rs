//! Date operators: instants in the W3C profile of ISO 8601, or as seconds since 1970 (iam-facts 6.6).

use jiff::civil::Date;

/// A point in time: nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(i128);

const SECOND: i128 = 1_000_000_000;

impl Instant {
    /// Nanoseconds since 1970.
    pub fn nanos(self) -> i128 {
        self.0
    }

    /// Reads `2030-01-31`, `2030-01-31T12:00Z`, `2030-01-31T12:00:00.5+02:00`, `1900000000`; `None` for what is not a date. A time without
    /// an offset is UTC; a bare number is seconds, never a year (iam-facts 6.6). The same instant is equal however it is
    /// written.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self(i128::from(text.parse::<i64>().ok()?) * SECOND));
        }
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = i16::try_from(digits(parts.next()?, 4)?).ok()?;
        let month = parts.next().map_or(Some(1), |part| i8::try_from(digits(part, 2)?).ok())?;
        let day = parts.next().map_or(Some(1), |part| i8::try_from(digits(part, 2)?).ok())?;
        if parts.next().is_some() {
            return None;
        }
        let days = Date::new(year, month, day).ok()?.since(Date::new(1970, 1, 1).ok()?).ok()?.get_days();
        let within = time.map_or(Some(0), time_of_day)?;
        Some(Self(i128::from(days) * 86_400 * SECOND + within))
    }
}

/// Nanoseconds since midnight UTC; the offset may take it into another day.
fn time_of_day(text: &str) -> Option<i128> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (text.get(..at)?, offset(text.get(at..)?)?),
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = parts.next().map_or(Some(0), seconds)?;
    if parts.next().is_some() || hours > 23 || minutes > 59 {
        return None;
    }
    Some((i128::from(hours) * 3600 + i128::from(minutes) * 60 - offset) * SECOND + seconds)
}

fn seconds(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = digits(whole, 2)?;
    if whole > 59 || fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |sum, b| sum * 10 + i128::from(b - b'0'));
    Some(i128::from(whole) * SECOND + nanos)
}

/// Seconds east of UTC: `Z`, `+02:00`, `-0530`, `+02`.
fn offset(text: &str) -> Option<i128> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let rest = rest.replace(':', "");
    let (hours, minutes) =
        (digits(rest.get(..2)?, 2)?, rest.get(2..).filter(|m| !m.is_empty()).map_or(Some(0), |m| digits(m, 2))?);
    (hours <= 23 && minutes <= 59).then_some(sign * (i128::from(hours) * 3600 + i128::from(minutes) * 60))
}

/// Exactly so many ASCII digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i128 {
        Instant::read(text).unwrap().0
    }

    #[test]
    fn the_same_instant_however_written() {
        let expected = 1_498_867_200 * SECOND;
        for text in [
            "2017-07-01T00:00:00Z",
            "2017-07-01",
            "2017-07",
            "2017-07-01T00:00",
            "2017-07-01T02:00:00.000+02:00",
            "2017-06-30T18:30:00-0530",
            "1498867200",
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
        assert_eq!(at("1970-01-01T00:00:00.25Z"), SECOND / 4);
        assert!(at("1969-12-31") < 0);
        assert_eq!(at("2016"), 2016 * SECOND);
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "T",
            "2017-13",
            "2017-02-30",
            "2017-07-01T24:00Z",
            "2017-07-01T1:00",
            "17-07-01",
            "-5",
            "2017-07-01T00:00+é0",
            "now",
        ] {
            assert_eq!(Instant::read(text), None, "{text}");
        }
        assert_eq!(Instant::read(&"9".repeat(40)), None);
    }
}
