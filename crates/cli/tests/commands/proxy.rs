//! A proxy that cuts some answers after so many bytes, and lets everything else through.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) url: String,
    cuts: Arc<AtomicUsize>,
}

impl Proxy {
    /// Stands before the server at `target`. The answer to the first request for a path with this ending is cut after the
    /// first number of bytes, and so on.
    pub(crate) fn new(target: &str, ending: &'static str, budgets: &[usize]) -> Self {
        let target = target.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut budgets = budgets.to_vec();
        budgets.reverse();
        let budgets = Arc::new(Mutex::new(budgets));
        let cuts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&cuts);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&target).expect("the server");
                let budget = Arc::new(AtomicUsize::new(usize::MAX));
                let (from, to) = (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
                let (upward, budgets) = (Arc::clone(&budget), Arc::clone(&budgets));
                std::thread::spawn(move || ask(from, to, ending, &upward, &budgets));
                let cuts = Arc::clone(&counted);
                std::thread::spawn(move || answer(server, client, &budget, &cuts));
            }
        });
        Self { url, cuts }
    }

    /// How many answers were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Hands requests on; one with the ending gets the next budget. Its head is small and comes in one piece.
fn ask(mut from: TcpStream, mut to: TcpStream, ending: &str, budget: &AtomicUsize, budgets: &Mutex<Vec<usize>>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let head = String::from_utf8_lossy(&buffer[..read]);
        let path = head.split(' ').nth(1).and_then(|target| target.split('?').next());
        if path.is_some_and(|path| path.ends_with(ending)) {
            let next = budgets.lock().expect("no thread panicked").pop().unwrap_or(usize::MAX);
            budget.store(next, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..read]).is_err() {
            return;
        }
    }
    // Fails when the other side is gone already.
    let _ = to.shutdown(Shutdown::Write);
}

/// Hands answers back, until the budget is used up.
fn answer(mut from: TcpStream, mut to: TcpStream, budget: &AtomicUsize, cuts: &AtomicUsize) {
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let left = budget.load(Ordering::SeqCst);
        if to.write_all(&buffer[..read.min(left)]).is_err() {
            break;
        }
        if read >= left {
            cuts.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if left != usize::MAX {
            budget.store(left - read, Ordering::SeqCst);
        }
    }
    // Each fails when that side is gone already.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
