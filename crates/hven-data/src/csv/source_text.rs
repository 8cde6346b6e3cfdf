//! Prepares a text source: finds its encoding and its dialect, rewrites lines where that is needed, and reads its rows.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use hven_core::dataset::report::Encoding;

use super::{
    encoding,
    import::{Place, first_pass, second_pass},
    layout::{Cut, LeftOut},
    sniff::{Sniffed, sniff},
};
use crate::{
    error::{AtPath, Error, Result},
    options::ImportOptions,
    remarks::Remark,
    table_read::{Progress, Stage, TableRead},
    table_writer::digest_of,
};

/// How many bytes decide the dialect.
const HEAD_BYTES: usize = 1 << 20;
/// How many bytes before the first row are looked at for the encoding.
const HEADER_BYTES_MAX: usize = 1 << 16;
/// With fewer bytes beyond ASCII, the guess of an encoding says that it is one.
const FEW_LETTERS: u64 = 32;

/// Reads a text source into a table in `folder`.
pub(crate) fn read(
    source: &Path,
    folder: &Path,
    encoding: Encoding,
    bom: bool,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    if encoding != Encoding::Utf8 {
        return read_transcoded(source, folder, (encoding, bom), Vec::new(), options, progress);
    }
    let text = Text { source, path: source, skip: if bom { 3 } else { 0 }, encoding, bom };
    let may_be_another = options.encoding.is_none() && !bom;
    match read_text(&text, folder, may_be_another, Vec::new(), options, progress)? {
        Some(read) => Ok(read),
        None => {
            let (encoding, letters) = encoding::guess(source)?;
            let few = if letters < FEW_LETTERS {
                format!(" (a guess from {letters} bytes of letters, which are few)")
            } else {
                String::new()
            };
            let note = Remark::new(format!(
                "the file is not UTF-8 and is read as {encoding}{few}; if letters are wrong, say encoding"
            ))
            .decided_by(&["encoding"]);
            read_transcoded(source, folder, (encoding, false), vec![note], options, progress)
        }
    }
}

/// Reads a source in another encoding: converts it to a temporary UTF-8 file in `folder` first.
fn read_transcoded(
    source: &Path,
    folder: &Path,
    (encoding, bom): (Encoding, bool),
    notes: Vec<Remark>,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<TableRead> {
    let path = Temporary(folder.join("source.utf8.partial"));
    let size = std::fs::metadata(source).at(source)?.len().max(1);
    let mut look = |bytes: u64| progress(Progress { stage: Stage::Look, share: bytes as f64 / size as f64, rows: 0 });
    let clean = encoding::transcode(source, encoding, &path.0, &mut look)?;
    let text = Text { source, path: &path.0, skip: 0, encoding, bom };
    // Text that was converted is UTF-8, so that there is a table.
    let mut read = read_text(&text, folder, false, notes, options, progress)?.ok_or(Error::Empty)?;
    if !clean {
        let what = format!("some bytes are not {encoding}: they stand as U+FFFD in the table");
        read.notes.push(Remark::new(what).decided_by(&["encoding"]));
    }
    Ok(read)
}

/// A source as UTF-8.
#[derive(Clone, Copy)]
struct Text<'a> {
    source: &'a Path,
    /// The source itself, or its text in UTF-8.
    path: &'a Path,
    /// The length of the byte order mark.
    skip: u64,
    encoding: Encoding,
    bom: bool,
}

/// Reads a text; `None` if it may be in another encoding and is not UTF-8.
fn read_text(
    text: &Text,
    folder: &Path,
    may_be_another: bool,
    notes: Vec<Remark>,
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<TableRead>> {
    let head = head(text.path, text.skip, options)?;
    let mut sniffed = sniff(&head, options)?;
    let mut rewritten = Rewritten::new(text, folder, &sniffed, options, progress)?;
    let mut first = first_pass(rewritten.path(), rewritten.skip(), &sniffed, options, progress)?;
    let (mut letters, mut strays) = (first.census.letters, first.census.strays);
    if may_be_another {
        // The first pass begins below the names.
        let table_at = head.len().min(HEADER_BYTES_MAX).min(sniffed.data_offset.max(1));
        let (more_letters, more_strays) = encoding::utf8_evidence(&head[..table_at]);
        (letters, strays) = (letters + more_letters, strays + more_strays);
        if strays > letters {
            return Ok(None);
        }
    }
    let digest = if rewritten.is_source() { first.digest } else { digest_of(text.source, &mut |_| ())? };
    if first.census.has_comments() && sniffed.rewriting.comments.is_empty() {
        // Comments between rows: the table is read a second time without them.
        let comment = sniffed.preamble.prefix.clone().unwrap_or_else(|| b"#".to_vec());
        let options = ImportOptions { comment: String::from_utf8(comment).ok(), ..options.clone() };
        sniffed = sniff(&head, &options)?;
        // Both have the same temporary file.
        drop(rewritten);
        rewritten = Rewritten::new(text, folder, &sniffed, &options, progress)?;
        first = first_pass(rewritten.path(), rewritten.skip(), &sniffed, &options, progress)?;
    }
    let mut notes = notes;
    notes.append(&mut sniffed.notes);
    notes.extend(rewritten.notes(&sniffed, options)?);
    sniffed.notes = notes;
    let place = Place { source: digest, path: rewritten.path(), skip: rewritten.skip(), left_out: &rewritten.left_out };
    let mut read = second_pass(&place, folder, &sniffed, &first, (text.encoding, text.bom), options, progress)?;
    if strays > 0 {
        read.notes
            .push(format!("{strays} bytes are not UTF-8, while the rest of the file is: see the problems").into());
    }
    Ok(Some(read))
}

/// The rows of a text, rewritten to a temporary file if that is needed.
struct Rewritten<'a> {
    text: Text<'a>,
    file: Option<Temporary>,
    left_out: LeftOut,
}

impl<'a> Rewritten<'a> {
    fn new(
        text: &Text<'a>,
        folder: &Path,
        sniffed: &Sniffed,
        options: &ImportOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self> {
        if !sniffed.rewriting.is_needed() {
            return Ok(Self { text: *text, file: None, left_out: LeftOut::default() });
        }
        let file = Temporary(folder.join("source.rows.partial"));
        let size = std::fs::metadata(text.path).at(text.path)?.len().max(1);
        let mut look =
            |bytes: u64| progress(Progress { stage: Stage::Look, share: bytes as f64 / size as f64, rows: 0 });
        let left_out = sniffed.rewriting.file(text.path, text.skip, &file.0, &mut look)?;
        let last = sniffed.rewriting.skipped.last_begin();
        if last > left_out.lines {
            return Err(Error::BadOption {
                option: "skip_lines",
                why: format!("the file has {} lines: there is no line {last} to leave out", left_out.lines),
            });
        }
        debug_assert!(options.skip_lines.is_none() || !sniffed.rewriting.skipped.is_empty());
        Ok(Self { text: *text, file: Some(file), left_out })
    }

    fn path(&self) -> &Path {
        self.file.as_ref().map_or(self.text.path, |file| &file.0)
    }

    fn skip(&self) -> u64 {
        if self.file.is_some() { 0 } else { self.text.skip }
    }

    fn is_source(&self) -> bool {
        self.path() == self.text.source
    }

    /// Notes on lines that were left out, and on how the others were cut.
    fn notes(&self, sniffed: &Sniffed, options: &ImportOptions) -> Result<Vec<Remark>> {
        let mut notes = Vec::new();
        match &sniffed.rewriting.cut {
            Cut::Blanks if options.format.is_none() => notes.push(
                Remark::new("the columns are divided by blanks; say format = csv if a line is one cell")
                    .decided_by(&["format"]),
            ),
            Cut::Fixed(starts) if options.widths.is_none() => {
                let widths: Vec<String> = starts.windows(2).map(|pair| (pair[1] - pair[0]).to_string()).collect();
                notes.push(
                    Remark::new(format!(
                        "the columns have fixed widths, found from blanks that all rows have in common: {} and the rest; say widths if they are others",
                        widths.join(", ")
                    ))
                    .decided_by(&["format", "widths"]),
                );
            }
            _ => {}
        }
        let LeftOut { comments, first, .. } = &self.left_out;
        if let Some((line, text)) = first {
            let lines = if *comments == 1 { "1 comment is" } else { &format!("{comments} comments are") };
            notes.push(
                Remark::new(format!("{lines} left out between the rows; the first one is on line {line}: {text:?}"))
                    .decided_by(&["comment"]),
            );
        } else if let Some(comment) = &options.comment
            && sniffed.preamble.comments.is_empty()
        {
            return Err(Error::BadOption {
                option: "comment",
                why: format!("no line begins with {comment:?}: leave it out"),
            });
        }
        Ok(notes)
    }
}

/// A temporary file that is removed on drop.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // If the removal fails, the file is removed with the folder.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The first rows of a file after its byte order mark.
fn head(path: &Path, skip: u64, options: &ImportOptions) -> Result<Vec<u8>> {
    let mut file = File::open(path).at(path)?;
    file.seek(SeekFrom::Start(skip)).at(path)?;
    let mut head = Vec::new();
    let row_bytes_max = options.limits.row_bytes_max;
    for wanted in [HEAD_BYTES.min(row_bytes_max), row_bytes_max] {
        let missing = (wanted + 1).saturating_sub(head.len());
        let read = (&mut file).take(missing as u64).read_to_end(&mut head).at(path)?;
        if read < missing {
            return Ok(head);
        }
        if let Some(end) = memchr::memrchr2(b'\n', b'\r', &head) {
            head.truncate(end + 1);
            return Ok(head);
        }
    }
    Err(Error::RowTooLong { line: 1, bytes_max: row_bytes_max as u64 })
}
