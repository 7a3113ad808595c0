//! A server that answers every request the same way, or not at all: what a broken cluster looks
//! like from outside. Speaks just enough HTTP, on a free port of the loopback interface.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What every request gets.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An HTTP answer with this status and this JSON body.
    Status(u16, String),
    /// Bytes that are no HTTP.
    Nonsense,
    /// Nothing, for as long as the server lives.
    Silence,
}

/// The running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts a server.
    pub fn start(reply: Reply) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, requests) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted) = (stop.clone(), requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(mut stream), reply, counted, stopped) =
                    (stream, reply.clone(), counted.clone(), stopped.clone())
                else {
                    continue;
                };
                std::thread::spawn(move || {
                    let mut buffer = [0_u8; 65536];
                    let _ = stream.read(&mut buffer);
                    counted.fetch_add(1, Ordering::Relaxed);
                    let text = match reply {
                        Reply::Status(code, body) => format!(
                            "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                            body.len()
                        ),
                        Reply::Nonsense => "SSH-2.0-OpenSSH_9.2\r\n".to_string(),
                        Reply::Silence => {
                            while !stopped.load(Ordering::Relaxed) {
                                std::thread::sleep(Duration::from_millis(20));
                            }
                            return;
                        }
                    };
                    let _ = stream.write_all(text.as_bytes());
                });
            }
        });
        Server { address, stop, requests }
    }

    /// A kubeconfig with the context `broken` that leads here.
    pub fn kubeconfig(&self) -> String {
        kubeconfig(&format!("http://{}", self.address))
    }

    /// How many requests arrived.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The address, as `127.0.0.1:port`: differs from run to run.
    pub fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = std::net::TcpStream::connect(self.address);
    }
}

/// A kubeconfig with the context `broken` that leads to `server`.
pub fn kubeconfig(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: {server}\nusers:\n- name: u\n  user:\n    token: not-a-secret\ncontexts:\n- name: broken\n  context:\n    cluster: c\n    user: u\n"
    )
}
