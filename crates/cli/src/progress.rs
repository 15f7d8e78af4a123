//! One line on standard error while a person waits: only on a terminal, and only after half a second.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a person waits without wondering.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows what is going on; cleared when dropped.
pub(crate) struct Progress {
    running: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { running: None };
        }
        let (sender, receiver) = channel::<String>();
        let thread = std::thread::spawn(move || {
            let start = Instant::now();
            let (mut stage, mut shown) = (String::new(), false);
            loop {
                let left = PATIENCE.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
                let next = if shown {
                    receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
                } else {
                    receiver.recv_timeout(left)
                };
                match next {
                    Ok(text) => stage = text,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if start.elapsed() >= PATIENCE {
                    shown = true;
                    write(&format!("\r\x1b[K{stage} ..."));
                }
            }
            if shown {
                write("\r\x1b[K");
            }
        });
        Self { running: Some((sender, thread)) }
    }

    /// Says what is being done now.
    pub(crate) fn show(&self, stage: &str) {
        if let Some((sender, _)) = &self.running {
            // The receiver only ends with this value.
            let _ = sender.send(stage.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.running.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
