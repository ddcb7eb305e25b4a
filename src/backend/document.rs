//! Documents as IAM answers them: percent-encoded, or (emulators) as plain JSON (iam-facts 1.4).

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::policy::Document;

/// Reads a document of an answer. Only text that is not JSON already is decoded, by RFC 3986: `+` stays `+`, and `%` inside a
/// plain document is not touched. A text that is not JSON either way is kept as a JSON string: it is there, and equals nothing.
pub(crate) fn read_document(text: &str) -> Document {
    let plain = text.trim_start().starts_with('{');
    let decoded = if plain { text.into() } else { percent_decode_str(text).decode_utf8_lossy() };
    Document::parse(&decoded).unwrap_or_else(|_| Document::new(Value::String(decoded.into_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn encoded_documents_are_decoded_once_and_plus_stays_plus() {
        let document = read_document("%7B%22Statement%22%3A%5B%7B%22Resource%22%3A%22a+b%2Bc%2520%22%7D%5D%7D");
        assert_eq!(document.value(), &json!({"Statement": [{"Resource": "a+b+c%20"}]}));
    }

    #[test]
    fn plain_json_is_not_decoded() {
        let text = "\n {\"Resource\": \"a%20b%2B\"}";
        assert_eq!(read_document(text).value(), &json!({"Resource": "a%20b%2B"}));
    }

    #[test]
    fn what_is_no_json_is_kept_as_text() {
        assert_eq!(read_document("%zz{").value(), &json!("%zz{"));
    }
}
