//! A client and a server over tokio-tfo. `peer` reads lines "MODE ADDRESS TIMEOUT_MILLIS", and prints
//! for each "PHASE MICROS MESSAGE"; `peer listen ADDRESS` answers the first bytes of each connection.
use std::io::{self, BufRead, Error};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tfo::{TfoListener, TfoStream};

async fn connect(address: SocketAddr, millis: u64) -> io::Result<TfoStream> {
    if millis == 0 {
        return TfoStream::connect(address).await;
    }
    tokio::time::timeout(Duration::from_millis(millis), TfoStream::connect(address))
        .await
        .unwrap_or_else(|_| Err(Error::new(io::ErrorKind::TimedOut, "timed out")))
}

async fn exchange(mode: &str, address: SocketAddr, millis: u64) -> Result<(), (&'static str, Error)> {
    let mut stream = connect(address, millis).await.map_err(|e| ("connect", e))?;
    if mode != "read" {
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.map_err(|e| ("write", e))?;
    }
    if mode == "half-close" {
        stream.shutdown().await.map_err(|e| ("shutdown", e))?;
    }
    let mut buffer = [0u8; 256];
    let count = stream.read(&mut buffer).await.map_err(|e| ("read", e))?;
    if count == 0 {
        return Err(("read", Error::new(io::ErrorKind::UnexpectedEof, "end of stream")));
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> io::Result<()> {
    let listener = TfoListener::bind(address).await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut buffer = [0u8; 256];
            if stream.read(&mut buffer).await.unwrap_or(0) > 0 {
                let _ = stream.write_all(b"reply").await;
                while stream.read(&mut buffer).await.unwrap_or(0) > 0 {}
            }
        });
    }
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() == 3 && arguments[1] == "listen" {
        return runtime.block_on(listen(arguments[2].parse().unwrap()));
    }
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let (address, millis) = (words[1].parse().unwrap(), words[2].parse().unwrap());
        let start = Instant::now();
        let result = runtime.block_on(exchange(words[0], address, millis));
        let micros = start.elapsed().as_micros();
        match result {
            Ok(()) => println!("ok {micros} -"),
            Err((phase, error)) => println!("{phase} {micros} {error}"),
        }
    }
    Ok(())
}
