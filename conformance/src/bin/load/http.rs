//! A connection that stays open, and just enough of HTTP/1.1 (RFC 9112) on it: answers whose length is announced. Blocking
//! sockets, one for each thread, so that the one who measures does not become what is measured.

use crate::Outcome;
use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

/// Nobody waits longer than this for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open connection.
pub struct Connection {
    stream: TcpStream,
    host: String,
    request: String,
    received: Vec<u8>,
}

/// An answer: status, header fields, body.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    head: &'a str,
    /// Its body.
    pub body: &'a str,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> std::io::Result<Self> {
        Self::over(TcpStream::connect(address)?, address)
    }

    /// Connects from another address of this machine.
    pub fn open_from(source: IpAddr, address: SocketAddr) -> std::io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(source, 0).into())?;
        socket.connect(&address.into())?;
        Self::over(socket.into(), address)
    }

    fn over(stream: TcpStream, address: SocketAddr) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, host: address.to_string(), request: String::new(), received: Vec::new() })
    }

    /// GET, with one further header field.
    pub fn get(&mut self, path: &str, field: (&str, &str)) -> Outcome<Answer<'_>> {
        self.exchange("GET", path, field, "")
    }

    /// POST of a form, with one further header field.
    pub fn post(&mut self, path: &str, field: (&str, &str), form: &str) -> Outcome<Answer<'_>> {
        self.exchange("POST", path, field, form)
    }

    fn exchange(&mut self, method: &str, path: &str, (name, value): (&str, &str), form: &str) -> Outcome<Answer<'_>> {
        self.request.clear();
        self.request.extend([method, " ", path, " HTTP/1.1\r\nhost: ", &self.host, "\r\n", name, ": ", value]);
        if method == "POST" {
            let length = form.len().to_string();
            self.request.extend(["\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ", &length]);
        }
        self.request.extend(["\r\n\r\n", form]);
        self.stream.write_all(self.request.as_bytes())?;
        self.receive()
    }

    fn receive(&mut self) -> Outcome<Answer<'_>> {
        self.received.clear();
        let body = loop {
            self.receive_more()?;
            if let Some(at) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = std::str::from_utf8(self.received.get(..body).unwrap_or_default())?;
        let length: usize = field(head, "content-length").ok_or("an answer without a length")?.parse()?;
        while self.received.len() < body + length {
            self.receive_more()?;
        }
        let (head, body) = std::str::from_utf8(&self.received)?.split_at(body);
        let status = head.get(9..12).ok_or("no status line")?.parse()?;
        Ok(Answer { status, head, body })
    }

    fn receive_more(&mut self) -> std::io::Result<()> {
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            count => {
                self.received.extend_from_slice(piece.get(..count).unwrap_or_default());
                Ok(())
            }
        }
    }
}

impl Answer<'_> {
    /// The value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        field(self.head, name)
    }

    /// The value that a cookie is set to.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let set = fields(self.head).filter(|(field, _)| field.eq_ignore_ascii_case("set-cookie"));
        let mut pairs = set.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
        pairs.find(|(cookie, _)| *cookie == name).map(|(_, value)| value)
    }

    /// Words for an answer that was not the expected one.
    pub fn unexpected(&self, expected: &str) -> String {
        format!("expected {expected}, got {}{}", self.head, self.body)
    }
}

fn fields(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.lines().skip(1).filter_map(|line| line.split_once(": "))
}

fn field<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    fields(head).find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
}
