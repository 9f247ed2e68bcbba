//! Writes down what happens, in order.

use super::Outcome;
use super::secrets::Reply;
use crate::history::event::{Action, Event, What};
use std::fs::File;
use std::future::Future;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The history while it is written.
pub struct Recorder {
    begun: Instant,
    written: Mutex<Written>,
}

struct Written {
    events: Vec<Event>,
    operations: u64,
    file: Option<BufWriter<File>>,
    trouble: Option<std::io::Error>,
}

impl Recorder {
    /// A new history, also written to a file of JSON lines if one is named.
    ///
    /// # Errors
    /// When the file cannot be made.
    #[expect(clippy::disallowed_methods, reason = "who watches the provider has a clock of his own")]
    pub fn new(file: Option<&Path>) -> Outcome<Self> {
        let file = file.map(File::create).transpose()?.map(BufWriter::new);
        let written = Written { events: Vec::new(), operations: 0, file, trouble: None };
        Ok(Self { begun: Instant::now(), written: Mutex::new(written) })
    }

    /// Writes down a question, waits, writes down the answer.
    pub async fn record(&self, node: usize, action: Action, asked: impl Future<Output = Reply>) -> Reply {
        let op = self.write(None, What::Ask { node, action });
        let (answer, given) = asked.await;
        self.write(Some(op), What::Answer(answer.clone()));
        (answer, given)
    }

    /// Writes down what befell the provider.
    pub fn fault(&self, words: impl Into<String>) {
        self.write(None, What::Fault(words.into()));
    }

    /// Time and place are taken under one lock, so that the order of the lines is the order of what happened.
    fn write(&self, op: Option<u64>, what: What) -> u64 {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let op = op.unwrap_or_else(|| {
            written.operations += 1;
            written.operations
        });
        let us = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let at = u64::try_from(written.events.len()).unwrap_or(u64::MAX);
        let event = Event { at, us, op, what };
        if let Some(file) = &mut written.file {
            let line = serde_json::to_writer(&mut *file, &event).map_err(Into::into);
            if let Err(trouble) = line.and_then(|()| file.write_all(b"\n")) {
                written.trouble.get_or_insert(trouble);
            }
        }
        written.events.push(event);
        op
    }

    /// The history.
    ///
    /// # Errors
    /// When it could not all be written to its file.
    pub fn finish(&self) -> Outcome<Vec<Event>> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut written.file {
            file.flush()?;
        }
        match written.trouble.take() {
            Some(trouble) => Err(trouble.into()),
            None => Ok(std::mem::take(&mut written.events)),
        }
    }
}
