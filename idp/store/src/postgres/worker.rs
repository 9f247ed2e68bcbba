//! A worker: a thread with one connection and a runtime of its own, on which units run.
//!
//! Units are synchronous, the client is not. On its own runtime the thread that waits for an answer also reads the socket:
//! no answer has to be handed from thread to thread. While it has nothing to do it watches the connection, so that one
//! that died is known before somebody needs it.

use super::connect::Target;
use super::line::Line;
use crate::Fault;
use diesel_async::async_connection_wrapper::BlockOn;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What a worker is asked to do.
pub(super) type Job = Box<dyn FnOnce(&mut Line) + Send>;

/// A worker's letterbox. The thread ends when every copy is gone.
#[derive(Clone)]
pub(super) struct Worker(UnboundedSender<Job>);

impl Worker {
    pub(super) fn start(target: &Arc<Target>) -> Result<Self, Fault> {
        let cannot = |why: std::io::Error| Fault::Database(format!("cannot start a database thread: {why}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
        let (send, jobs) = unbounded_channel();
        let target = Arc::clone(target);
        let thread = std::thread::Builder::new().name("postgres".into());
        thread.spawn(move || run(runtime, target, jobs)).map_err(cannot)?;
        Ok(Self(send))
    }

    /// `false`: the thread is gone.
    pub(super) fn ask(&self, job: Job) -> bool {
        self.0.send(job).is_ok()
    }
}

fn run(runtime: Runtime, target: Arc<Target>, mut jobs: UnboundedReceiver<Job>) {
    let runtime = Rc::new(runtime);
    RUNTIME.set(Some(Rc::clone(&runtime)));
    let mut line = Line::new(target);
    while let Some(job) = runtime.block_on(jobs.recv()) {
        job(&mut line);
    }
    line.hang_up();
    RUNTIME.set(None);
}

thread_local! {
    static RUNTIME: RefCell<Option<Rc<Runtime>>> = const { RefCell::new(None) };
}

/// Waits on the runtime of the worker whose thread this is.
pub(crate) struct OnWorker;

impl OnWorker {
    /// Lets a task run while this thread waits.
    pub(super) fn spawn<F: Future<Output = ()> + Send + 'static>(task: F) -> tokio::task::AbortHandle {
        of_this_thread().spawn(task).abort_handle()
    }
}

impl BlockOn for OnWorker {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        of_this_thread().block_on(future)
    }

    fn get_runtime() -> Self {
        Self
    }
}

fn of_this_thread() -> Rc<Runtime> {
    let runtime = RUNTIME.with_borrow(Option::clone);
    runtime.unwrap_or_else(|| unreachable!("connections live on the threads of their workers"))
}
