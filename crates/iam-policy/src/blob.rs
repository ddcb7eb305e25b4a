//! The data inside the library, compressed by zstd. The decoder is in Rust, so that the library builds for every target.

use std::io::{self, Read};

use ruzstd::decoding::StreamingDecoder;

/// A blob as a stream of its unpacked bytes.
///
/// # Errors
/// Where the blob is not zstd.
pub fn open(blob: &[u8]) -> io::Result<impl Read> {
    StreamingDecoder::new(blob).map_err(io::Error::other)
}

/// A blob as text. The tests compare each blob with its manifest, so the empty text of a damaged blob never occurs.
pub fn text(blob: &[u8]) -> String {
    let mut text = String::new();
    match open(blob).and_then(|mut stream| stream.read_to_string(&mut text)) {
        Ok(_) => text,
        Err(_) => String::new(),
    }
}
