//! The sandbox behind a port of the loopback interface, held by the test's own process: what befalls
//! the program's files does not befall the cluster's. Speaks just enough HTTP: no watches.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kube::Client;
use kube::client::Body;
use tokio::runtime::Handle;

/// The running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Served {
    /// Serves the sandbox in `folder`. Needs a runtime with more than one thread.
    pub fn start(folder: &Path) -> Served {
        let sandbox = plimsoll_sandbox::Sandbox::open(folder).expect("the sandbox opens");
        let client = Client::new(sandbox.service(), "default");
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, runtime) = (stop.clone(), Handle::current());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), client, runtime) = (stream, client.clone(), runtime.clone()) else {
                    continue;
                };
                std::thread::spawn(move || answer(stream, client, &runtime));
            }
        });
        Served { address, stop }
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

/// One request of a connection; the other side makes another one for the next.
fn answer(mut stream: TcpStream, client: Client, runtime: &Handle) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split_whitespace();
    let (method, uri) = (words.next().unwrap(), words.next().unwrap());
    let mut request = http::Request::builder().method(method).uri(uri);
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request = request.body(Body::from(body)).unwrap();
    let (code, bytes) = runtime.block_on(async move {
        let response = client.send(request).await.unwrap();
        (response.status().as_u16(), response.into_body().collect_bytes().await.unwrap())
    });
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        bytes.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
}
