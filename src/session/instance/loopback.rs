//! The door where there are no Unix sockets: a port of this machine alone, and a secret that only this user's files tell.
//! The port and the secret stand in a file under the user's own application data, which Windows closes to other users.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A port, and the secret that a caller must know.
pub struct Listener {
    port: TcpListener,
    token: String,
}

/// Characters of the secret: 256 bits in hex.
const TOKEN: usize = 64;

/// Makes the directory. It lies in the user's own profile, whose access list it takes.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

fn file(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.port"))
}

/// Opens the door, and writes down where it is and what to say.
pub fn bind(dir: &Path, name: &str) -> io::Result<Listener> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // The keys of the hasher are the system's random numbers; the hash keeps them.
    let token: String = (0..4_u8)
        .map(|i| {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u8(i);
            format!("{:016x}", hasher.finish())
        })
        .collect();
    fs::write(file(dir, name), format!("{} {token}", port.local_addr()?.port()))?;
    Ok(Listener { port, token })
}

/// The next caller that knows the secret.
pub fn accept(listener: &Listener, patience: Duration) -> io::Result<TcpStream> {
    let (stream, _) = listener.port.accept()?;
    let mut stream = timeouts(stream, patience)?;
    let mut said = [0; TOKEN];
    stream.read_exact(&mut said)?;
    // All is compared, so that the time taken tells nothing.
    let wrong = said.iter().zip(listener.token.bytes()).fold(0, |wrong, (a, b)| wrong | (a ^ b));
    if wrong == 0 { Ok(stream) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

pub fn connect(dir: &Path, name: &str, patience: Duration) -> io::Result<TcpStream> {
    let text = fs::read_to_string(file(dir, name))?;
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let (port, token) = text.split_once(' ').ok_or_else(bad)?;
    let port: u16 = port.parse().map_err(|_| bad())?;
    if token.len() != TOKEN {
        return Err(bad());
    }
    let mut stream = timeouts(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?, patience)?;
    stream.write_all(token.as_bytes())?;
    Ok(stream)
}

fn timeouts(stream: TcpStream, patience: Duration) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(stream)
}
