//! Something for programs to see.

use std::fs::{self, File};
use std::hint::black_box;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Does a little of everything: a process, packets on the loopback interface, files, sysctls, waiting.
pub fn stir() {
    process();
    let _ = packet();
    let path = std::env::temp_dir().join(format!("skep-test-file-{}", std::process::id()));
    let _ = File::create(&path).and_then(|_| fs::remove_file(&path));
    let _ = fs::read("/proc/sys/kernel/ostype");
    let _ = File::open("/dev/null");
    sleep(Duration::from_millis(5));
}

/// Starts this program once more, to do nothing.
pub fn process() {
    let mut command = Command::new("/proc/self/exe");
    let _ = command.arg("--list").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Sends a packet from the loopback interface to itself and waits for it.
pub fn packet() -> std::io::Result<()> {
    let to = UdpSocket::bind("127.0.0.1:0")?;
    let from = UdpSocket::bind("127.0.0.1:0")?;
    from.connect(to.local_addr()?)?;
    from.ttl()?;
    from.send(b"a packet of the tests")?;
    to.set_read_timeout(Some(Duration::from_millis(500)))?;
    to.recv(&mut [0; 64]).map(drop)
}

/// Keeps a CPU busy.
pub fn compute() {
    let start = Instant::now();
    let mut sum = 0_u64;
    while start.elapsed() < Duration::from_millis(200) {
        sum = black_box(sum.wrapping_mul(31).wrapping_add(7));
    }
}
