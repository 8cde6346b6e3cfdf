//! The part of HTTP/1.1 that a runner needs: requests on a connection that stays open, request bodies of known length,
//! answers of known length or in chunks. It has no TLS, redirects or compression, because the server is Hven's own.

use std::{
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    time::{Duration, Instant},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A server that accepts no bytes for this long counts as gone.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
const HEAD_BYTES_MAX: usize = 64 * 1024;
const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    /// Host and port, for the header `Host`.
    authority: String,
    /// The head of the current request.
    beginning: String,
}

pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: &'a str,
    /// Whole lines, each with its line end.
    pub(crate) headers: &'a str,
    pub(crate) length: u64,
    pub(crate) body: &'a mut dyn Read,
    /// How long the server may take to start its answer.
    pub(crate) timeout: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header `Upload-Offset`.
    pub(crate) upload_offset: Option<u64>,
    pub(crate) body: Vec<u8>,
    /// The server will close the connection after this answer.
    pub(crate) is_last: bool,
}

/// How the end of an answer's body is found.
enum Body {
    Bytes(u64),
    Chunks,
    ToTheEnd,
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

impl Connection {
    /// Connects to a server such as `http://127.0.0.1:7878`.
    pub(crate) fn open(url: &str) -> io::Result<Self> {
        let authority = url.strip_prefix("http://").ok_or_else(|| invalid("the server's address is not http://…"))?;
        let authority = authority.trim_end_matches('/').to_owned();
        let with_port = if authority.contains(':') { authority.clone() } else { format!("{authority}:80") };
        let mut last = invalid("the server's address has no number");
        for address in with_port.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Self { stream: BufReader::new(stream), authority, beginning: String::new() });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The socket of a connection, for use before the first request.
    pub(crate) fn stream(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    pub(crate) fn set_write_timeout(&self) -> io::Result<()> {
        self.stream.get_ref().set_write_timeout(Some(WRITE_TIMEOUT))
    }

    /// Sends a request and reads its answer. After an error the connection cannot be used any more.
    pub(crate) fn ask(&mut self, request: &mut Request<'_>) -> io::Result<Answer> {
        self.begin(request)?;
        let sent = self.send(request.length, request.body);
        match sent {
            Ok(()) => self.answer(request.method == "HEAD"),
            // A server that refuses early answers and stops reading. Its answer explains more than the broken pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                let mut answer = self.answer(false).map_err(|_| error)?;
                answer.is_last = true;
                Ok(answer)
            }
            Err(error) => Err(error),
        }
    }

    fn begin(&mut self, request: &Request<'_>) -> io::Result<()> {
        self.beginning.clear();
        let Request { method, path, token, headers, length, .. } = request;
        // Writing to a string does not fail.
        let _ = write!(
            self.beginning,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n{headers}Content-Length: {length}\r\n\r\n",
            self.authority
        );
        self.stream.get_ref().set_read_timeout(Some(request.timeout))
    }

    fn send(&mut self, length: u64, body: &mut dyn Read) -> io::Result<()> {
        const BUFFER_BYTES: usize = 128 * 1024;
        let stream = self.stream.get_mut();
        // The head is sent with the start of the body, so a small request is one packet.
        let mut buffer = std::mem::take(&mut self.beginning).into_bytes();
        let mut left = length;
        loop {
            let begin = buffer.len();
            let wanted = left.min(BUFFER_BYTES as u64) as usize;
            buffer.resize(begin + wanted, 0);
            body.read_exact(&mut buffer[begin..])?;
            stream.write_all(&buffer)?;
            left -= wanted as u64;
            if left == 0 {
                return Ok(());
            }
            buffer.clear();
        }
    }

    fn line(&mut self, line: &mut String) -> io::Result<()> {
        line.clear();
        let limit = HEAD_BYTES_MAX as u64;
        if (&mut self.stream).take(limit).read_line(line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end().len());
        Ok(())
    }

    /// Fetches a large object. `take` receives the bytes of a successful answer as they arrive, and an empty slice about
    /// once a second while none arrive; it returns whether to go on.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] when `take` stopped the transfer.
    pub(crate) fn fetch(
        &mut self,
        request: &mut Request<'_>,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> io::Result<Answer> {
        const LOOK_INTERVAL: Duration = Duration::from_secs(1);
        self.begin(request)?;
        self.send(request.length, request.body)?;
        let (mut answer, body) = self.head()?;
        if answer.status >= 300 {
            self.read_whole(&body, &mut answer)?;
            return Ok(answer);
        }
        let Body::Bytes(mut left) = body else { return Err(invalid("an answer without a length")) };
        let patience = request.timeout;
        let mut heard = Instant::now();
        self.stream.get_ref().set_read_timeout(Some(LOOK_INTERVAL.min(patience)))?;
        while left > 0 {
            let (used, is_wanted) = match self.stream.fill_buf() {
                Ok([]) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    let bytes = &bytes[..bytes.len().min(left.try_into().unwrap_or(usize::MAX))];
                    heard = Instant::now();
                    (bytes.len(), take(bytes))
                }
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
                        && heard.elapsed() < patience =>
                {
                    (0, take(&[]))
                }
                Err(error) => return Err(error),
            };
            if !is_wanted {
                return Err(io::Error::new(io::ErrorKind::Interrupted, "no more is wanted"));
            }
            self.stream.consume(used);
            left -= used as u64;
        }
        Ok(answer)
    }

    fn answer(&mut self, is_without_body: bool) -> io::Result<Answer> {
        let (mut answer, body) = self.head()?;
        if !is_without_body {
            self.read_whole(&body, &mut answer)?;
        }
        Ok(answer)
    }

    fn read_whole(&mut self, body: &Body, answer: &mut Answer) -> io::Result<()> {
        match *body {
            Body::Bytes(length) => self.read_body(length, &mut answer.body),
            Body::Chunks => self.read_chunks(&mut answer.body),
            Body::ToTheEnd => {
                answer.is_last = true;
                (&mut self.stream).take(BODY_BYTES_MAX).read_to_end(&mut answer.body).map(drop)
            }
        }
    }

    /// Reads an answer up to its body.
    fn head(&mut self) -> io::Result<(Answer, Body)> {
        let mut line = String::new();
        loop {
            self.line(&mut line)?;
            let mut words = line.split(' ');
            let version = words.next().unwrap_or_default();
            let status: u16 = words.next().and_then(|s| s.parse().ok()).ok_or_else(|| invalid("not an HTTP answer"))?;
            let mut answer = Answer { status, is_last: version == "HTTP/1.0", ..Answer::default() };
            let (mut length, mut is_chunked) = (None, false);
            loop {
                self.line(&mut line)?;
                let Some((name, value)) = line.split_once(':') else {
                    if line.is_empty() {
                        break;
                    }
                    return Err(invalid("not an HTTP header"));
                };
                let value = value.trim();
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = Some(value.parse().map_err(|_| invalid("a bad Content-Length"))?),
                    "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
                    "connection" => answer.is_last |= value.eq_ignore_ascii_case("close"),
                    "upload-offset" => answer.upload_offset = value.parse().ok(),
                    _ => {}
                }
            }
            if (100..200).contains(&status) {
                continue;
            }
            let body = match length {
                _ if matches!(status, 204 | 304) => Body::Bytes(0),
                _ if is_chunked => Body::Chunks,
                Some(length) => Body::Bytes(length),
                None => Body::ToTheEnd,
            };
            return Ok((answer, body));
        }
    }

    fn read_body(&mut self, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
        if body.len() as u64 + length > BODY_BYTES_MAX {
            return Err(invalid("an answer that is too long"));
        }
        let read = (&mut self.stream).take(length).read_to_end(body)?;
        if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        let mut line = String::new();
        loop {
            self.line(&mut line)?;
            let size = line.split(';').next().unwrap_or_default();
            let size = u64::from_str_radix(size.trim(), 16).map_err(|_| invalid("a bad chunk"))?;
            self.read_body(size, body)?;
            self.line(&mut line)?;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// Answers one request with `answer` and returns the request.
    fn once(answer: &'static str) -> (String, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).expect("a request");
            stream.write_all(answer.as_bytes()).expect("answered");
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (url, server)
    }

    fn ask(answer: &'static str) -> io::Result<Answer> {
        let (url, server) = once(answer);
        let mut body: &[u8] = b"{}";
        let answer = Connection::open(&url)?.ask(&mut Request {
            method: "POST",
            path: "/x",
            token: "t",
            headers: "A: b\r\n",
            length: 2,
            body: &mut body,
            timeout: Duration::from_secs(10),
        });
        let authority = &url["http://".len()..];
        assert_eq!(
            server.join().expect("the server ends"),
            format!(
                "POST /x HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer t\r\nA: b\r\nContent-Length: 2\r\n\r\n{{}}"
            )
        );
        answer
    }

    #[test]
    fn all_kinds_of_answers_are_read() {
        let check = |text, status, body: &str, is_last| {
            let answer = ask(text).expect("an answer");
            assert_eq!(
                (answer.status, answer.body, answer.is_last),
                (status, body.as_bytes().to_vec(), is_last),
                "{text}"
            );
        };
        check("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", 200, "abc", false);
        check("HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 409, "", true);
        check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204, "", false);
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n",
            200,
            "abc",
            false,
        );
        check("HTTP/1.0 200 OK\r\n\r\nto the end", 200, "to the end", true);
        assert_eq!(
            ask("HTTP/1.1 206 P\r\nUpload-Offset: 7\r\nContent-Length: 0\r\n\r\n").expect("206").upload_offset,
            Some(7)
        );
    }

    #[test]
    fn broken_answers_are_errors() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            "what?\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        ] {
            assert!(ask(text).is_err(), "{text}");
        }
    }
}
