//! BinaryEquals: bytes in base64 (iam-facts 6.6).

/// The bytes of a base64 text; `None` for what is none. Padding may be left out.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let trimmed = text.trim_end_matches('=');
    let padding = text.len() - trimmed.len();
    if padding > 2 || trimmed.len() % 4 == 1 || (padding > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    let mut bytes = Vec::with_capacity(trimmed.len() * 3 / 4);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for b in trimmed.bytes() {
        buffer = (buffer << 6 | sextet(b)?) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn sextet(b: u8) -> Option<u32> {
    Some(u32::from(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode("QmluYXJ5VmFsdWVJbkJhc2U2NA==").as_deref(), Some(&b"BinaryValueInBase64"[..]));
        assert_eq!(decode("QmluYXJ5VmFsdWVJbkJhc2U2NA"), decode("QmluYXJ5VmFsdWVJbkJhc2U2NA=="));
        assert_eq!(decode("").as_deref(), Some(&b""[..]));
        for bad in ["a", "ab=", "====", "a b=", "é"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
