//! Converts text in other encodings to UTF-8 first, so that all later steps read one encoding.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use hven_core::dataset::report::Encoding;

use crate::error::{AtPath, Error, Result};

/// How many bytes of the source are read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// The encoding that a label of the WHATWG's standard names, or `latin-1`.
///
/// # Errors
/// [`Error::BadOption`] for other words.
pub(crate) fn named(label: &str) -> Result<Encoding> {
    let known = match label.trim() {
        "latin-1" => Some(Encoding::Latin1),
        label => encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).and_then(recorded),
    };
    known.ok_or_else(|| Error::BadOption {
        option: "encoding",
        why: format!("{label:?} is not an encoding: write a name such as utf-8, windows-1252, gb18030 or shift_jis"),
    })
}

/// How the record names an encoding; `None` for one that is no text.
fn recorded(encoding: &'static encoding_rs::Encoding) -> Option<Encoding> {
    Encoding::named(encoding.name())
}

fn decoder_of(encoding: Encoding) -> &'static encoding_rs::Encoding {
    match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Latin1 => WINDOWS_1252,
        // Every name that is recorded is a label of the standard.
        Encoding::Other(name) => encoding_rs::Encoding::for_label(name.as_bytes()).unwrap_or(WINDOWS_1252),
    }
}

/// Writes `source` as UTF-8 without a byte order mark to `target`. Returns whether all bytes were valid in `encoding`;
/// invalid ones become U+FFFD.
pub(crate) fn transcode(
    source: &Path,
    encoding: Encoding,
    target: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<bool> {
    let mut decoder = decoder_of(encoding).new_decoder_with_bom_removal();
    let mut input = File::open(source).at(source)?;
    let mut output = File::create(target).at(target)?;
    let mut bytes = vec![0; CHUNK_BYTES];
    let mut text = vec![0; CHUNK_BYTES];
    let (mut clean, mut done) = (true, 0);
    loop {
        let count = input.read(&mut bytes).at(source)?;
        let mut rest = &bytes[..count];
        loop {
            let (result, read, written, replaced) = decoder.decode_to_utf8(rest, &mut text, count == 0);
            clean &= !replaced;
            rest = &rest[read..];
            output.write_all(&text[..written]).at(target)?;
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if count == 0 {
            return Ok(clean);
        }
        done += count as u64;
        progress(done);
    }
}

/// The encoding of a file that is not UTF-8, guessed from its letters; and how many bytes beyond ASCII decided it.
pub(crate) fn guess(source: &Path) -> Result<(Encoding, u64)> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut input = File::open(source).at(source)?;
    let mut bytes = vec![0; CHUNK_BYTES];
    let mut letters = 0;
    loop {
        let count = input.read(&mut bytes).at(source)?;
        letters += bytes[..count].iter().filter(|byte| !byte.is_ascii()).count() as u64;
        detector.feed(&bytes[..count], count == 0);
        if count == 0 {
            break;
        }
    }
    let found = recorded(detector.guess(None, Utf8Detection::Deny)).unwrap_or(Encoding::Latin1);
    Ok((found, letters))
}

/// Counts the multi-byte letters, and the bytes that belong to no letter, in bytes that are not UTF-8. Latin-1 text has almost
/// no such letters.
pub(crate) fn utf8_evidence(bytes: &[u8]) -> (u64, u64) {
    let (mut letters, mut strays) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count() as u64;
        strays += chunk.invalid().len() as u64;
    }
    (letters, strays)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_become_utf8() {
        let folder = tempfile::tempdir().expect("a folder");
        let (source, target) = (folder.path().join("s"), folder.path().join("t"));
        let check = |bytes: &[u8], encoding: Encoding, expect: &str, clean: bool| {
            std::fs::write(&source, bytes).expect("written");
            assert_eq!(transcode(&source, encoding, &target, &mut |_| ()).expect("transcoded"), clean);
            assert_eq!(std::fs::read_to_string(&target).expect("UTF-8"), expect);
        };
        check(b"\xff\xfe\x4c\x66\n\x00", Encoding::Utf16Le, "晌\n", true);
        check(b"\xfe\xff\x66\x4c\x00\n", Encoding::Utf16Be, "晌\n", true);
        check(b"\x00\xd8\n\x00", Encoding::Utf16Le, "\u{fffd}\n", false);
        check(b"caf\xe9 \x80", Encoding::Latin1, "café €", true);
        check(b"\xc3\xfb", Encoding::Other("gb18030"), "名", true);
        check(b"\x96\xbc", Encoding::Other("shift_jis"), "名", true);
    }

    #[test]
    fn every_encoding_of_the_standard_has_a_name_in_the_record() {
        for label in ["big5", "cp1251", "sjis", "korean", "gb2312", "koi8", "latin2", "macintosh", "dos-874", "utf-16"]
        {
            let encoding = named(label).expect("known");
            assert_eq!(Some(decoder_of(encoding)), encoding_rs::Encoding::for_label(label.as_bytes()));
        }
        for label in ["", "nonsense", "x-user-defined", "iso-2022-kr"] {
            assert!(named(label).is_err(), "{label}");
        }
    }

    #[test]
    fn latin_1_is_distinguished_from_broken_utf8() {
        assert_eq!(utf8_evidence("é".as_bytes()), (1, 0));
        assert_eq!(utf8_evidence(b"caf\xe9, na\xefve"), (0, 2));
        assert_eq!(utf8_evidence("é\u{4e00}".as_bytes().split_last().expect("bytes").1), (1, 2));
    }
}
