//! Small readings of raw YAML text between two known scalars. They only find places and spellings; values come from the reader.

/// From the end of one scalar to the beginning of the next: over blanks, line ends, comments, punctuation, anchors and tags.
pub(super) fn skip(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut i = from;
    while let Some(b) = bytes.get(i) {
        match b {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' | b':' => i += 1,
            b'-' | b'?' if !matches!(bytes.get(i + 1), Some(b'0'..=b'9' | b'.')) => i += 1,
            b'#' => i = line_end(bytes, i),
            b'&' | b'!' => {
                while bytes.get(i).is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b',' | b'[' | b']' | b'{' | b'}')) {
                    i += 1;
                }
            }
            _ => break,
        }
    }
    i
}

/// The next `[]` or `{}` with nothing but punctuation before it: where it begins and ends.
pub(super) fn empty_brackets(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut i = from;
    loop {
        match bytes.get(i)? {
            b'#' => i = line_end(bytes, i),
            open @ (b'[' | b'{') => {
                let inner = bytes.get(i + 1..)?.iter().take_while(|b| b.is_ascii_whitespace()).count();
                let close = if *open == b'[' { b']' } else { b'}' };
                if bytes.get(i + 1 + inner) == Some(&close) {
                    return Some((i, i + 2 + inner));
                }
                i += 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'-' | b'?' | b']' | b'}' => i += 1,
            _ => return None,
        }
    }
}

/// As [`skip`], but not past the line: for a value that may be nothing.
pub(super) fn skip_inline(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut i = from;
    while matches!(bytes.get(i), Some(b' ' | b'\t' | b':' | b',' | b'[' | b'{')) {
        i += 1;
    }
    i
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
}

/// The plain one-line scalar that begins here.
pub(super) fn plain(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find([',', ']', '}', '\n', '\r', ' ', '\t', ':']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// The end of the quoted scalar that begins here; `None` for any other.
pub(super) fn quoted_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(start)?;
    let mut i = start + 1;
    match quote {
        b'"' => loop {
            match bytes.get(i)? {
                b'"' => return Some(i + 1),
                b'\\' => i += 2,
                _ => i += 1,
            }
        },
        b'\'' => loop {
            match (bytes.get(i)?, bytes.get(i + 1)) {
                (b'\'', Some(b'\'')) => i += 2,
                (b'\'', _) => return Some(i + 1),
                _ => i += 1,
            }
        },
        _ => None,
    }
}

/// Whether a token can be another spelling of this number.
pub(super) fn same_number(token: &str, value: &str) -> bool {
    let unsigned = token.trim_start_matches(['+', '-']);
    let radix = |prefix: &str, radix| {
        let digits = unsigned.strip_prefix(prefix)?;
        u128::from_str_radix(digits, radix).ok().map(|n| n.to_string() == value.trim_start_matches('-'))
    };
    if let Some(same) = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)) {
        return same;
    }
    match (token.parse::<f64>(), value.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        // `.inf` and `.nan`.
        (Err(_), Ok(b)) => unsigned.starts_with('.') && !b.is_finite(),
        _ => false,
    }
}
