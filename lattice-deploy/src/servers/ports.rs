//! Keeps several stacks on one machine apart: each holds one block of ports, and what goes with it.
//!
//! Ports of the system's ephemeral range are of no use to a server: any outgoing connection may take one between the
//! choice and the bind. The blocks lie below it, and below the range that Nomad gives to tasks.

use std::{
    fs::{File, TryLockError},
    io,
    net::{Ipv4Addr, TcpListener, UdpSocket},
    ops::RangeInclusive,
    path::Path,
};

use super::{Error, Result, error::Context};

/// How many stacks fit side by side.
const BLOCKS: u16 = 60;
/// Where the servers' own ports begin, and how many a block has.
const FIRST: u16 = 10_000;
const SIZE: u16 = 160;
/// Where the ports of Nomad's tasks begin, and how many a block has.
const DYNAMIC_FIRST: u16 = 20_000;
const DYNAMIC_SIZE: u16 = 200;

/// One block of ports, held until this value is dropped or its process ends.
#[derive(Debug)]
pub struct PortBlock {
    index: u16,
    /// The next port to try.
    next: u16,
    lock: File,
}

impl PortBlock {
    /// Takes a block that no other stack holds. All stacks of a machine must name the same `folder`;
    /// it is created when missing.
    ///
    /// # Errors
    /// When the folder cannot be written, or when all blocks are held.
    pub fn reserve(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).context("create", folder)?;
        let start = random_index().context("draw a random block for", folder)?;
        for index in (0..BLOCKS).map(|step| (start + step) % BLOCKS) {
            if let Some(block) = Self::try_hold(folder, index)? {
                return Ok(block);
            }
        }
        Err(Error::NoBlock { blocks: BLOCKS, folder: folder.to_owned() })
    }

    fn try_hold(folder: &Path, index: u16) -> Result<Option<Self>> {
        let path = folder.join(format!("{index}.lock"));
        let lock = File::options().create(true).truncate(false).write(true).open(&path).context("open", &path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { index, next: FIRST + index * SIZE, lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context("lock", &path),
        }
    }

    /// Which block it is; no two stacks that run at the same time have the same.
    pub fn index(&self) -> u16 {
        self.index
    }

    /// A loopback port that is free for TCP and UDP now, and that is given once only.
    ///
    /// # Errors
    /// When the block is used up.
    pub fn take(&mut self) -> Result<u16> {
        let first = FIRST + self.index * SIZE;
        let last = first + SIZE - 1;
        while self.next <= last {
            let port = self.next;
            self.next += 1;
            if is_free(port) {
                return Ok(port);
            }
        }
        Err(Error::NoPort { first, last })
    }

    /// The ports that this stack's Nomad may give to tasks.
    pub fn dynamic(&self) -> RangeInclusive<u16> {
        let first = DYNAMIC_FIRST + self.index * DYNAMIC_SIZE;
        first..=first + DYNAMIC_SIZE - 1
    }

    /// The name of this stack's bridge network; an interface name has 15 characters at most.
    pub fn bridge_name(&self) -> String {
        format!("lattice{}", self.index)
    }

    /// The subnet of this stack's bridge network, apart from Nomad's default and from Docker's first ones.
    pub fn bridge_subnet(&self) -> String {
        format!("172.26.{}.0/24", 128 + self.index)
    }
}

impl Drop for PortBlock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread is just starting has a copy until its program begins.
        if let Err(error) = self.lock.unlock() {
            tracing::debug!(index = self.index, %error, "cannot unlock a block of ports");
        }
    }
}

fn random_index() -> io::Result<u16> {
    let number = getrandom::u32().map_err(io::Error::other)?;
    Ok(u16::try_from(number % u32::from(BLOCKS)).unwrap_or_default())
}

fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_blocks_share_anything() {
        let folder = tempfile::tempdir().unwrap();
        let blocks: Vec<_> = (0..BLOCKS).map(|_| PortBlock::reserve(folder.path()).unwrap()).collect();
        let distinct = |texts: Vec<String>| texts.into_iter().collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(blocks.iter().map(PortBlock::bridge_name).collect()), 60);
        assert_eq!(distinct(blocks.iter().map(PortBlock::bridge_subnet).collect()), 60);
        let mut ranges: Vec<_> = blocks.iter().map(PortBlock::dynamic).collect();
        ranges.sort_by_key(|range| *range.start());
        assert!(ranges.windows(2).all(|pair| pair[0].end() < pair[1].start()));
        assert!(*ranges[0].start() >= FIRST + BLOCKS * SIZE && *ranges[59].end() <= 32_000);
        assert!(blocks.iter().all(|block| block.bridge_name().len() <= 15));
        let error = PortBlock::reserve(folder.path()).unwrap_err();
        assert!(matches!(error, Error::NoBlock { blocks: 60, .. }), "{error}");
    }

    #[test]
    fn a_dropped_block_is_free_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut blocks: Vec<_> = (0..BLOCKS).map(|_| PortBlock::reserve(folder.path()).unwrap()).collect();
        let index = blocks.pop().unwrap().index();
        assert_eq!(PortBlock::reserve(folder.path()).unwrap().index(), index);
    }

    #[test]
    fn ports_in_use_are_passed_over_and_none_is_given_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut block = PortBlock::reserve(folder.path()).unwrap();
        let tcp = block.take().unwrap();
        let udp = block.take().unwrap();
        let used = (
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, tcp)).unwrap(),
            UdpSocket::bind((Ipv4Addr::LOCALHOST, udp)).unwrap(),
        );
        block.next = tcp;
        let mut taken = BTreeSet::new();
        let end = loop {
            match block.take() {
                Ok(port) => assert!(port > tcp && port != udp && taken.insert(port)),
                Err(error) => break error,
            }
        };
        assert!(matches!(end, Error::NoPort { first, last } if last - first == SIZE - 1), "{end}");
        drop(used);
    }
}
