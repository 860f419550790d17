//! A few programs, encoded by hand.

use skep_sys::bpf::{Log, ProgLoad, prog_load};
use skep_uapi::{AttachType, ProgType};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Builds instructions of 8 bytes.
#[derive(Default)]
pub struct Insns(Vec<u8>);

impl Insns {
    pub fn op(mut self, code: u8, dst: u8, src: u8, off: i16, imm: i32) -> Self {
        let regs = if cfg!(target_endian = "little") { src << 4 | dst } else { dst << 4 | src };
        self.0.extend([code, regs]);
        self.0.extend(off.to_ne_bytes());
        self.0.extend(imm.to_ne_bytes());
        self
    }

    /// dst = imm
    pub fn mov(self, dst: u8, imm: i32) -> Self {
        self.op(0xb7, dst, 0, 0, imm)
    }

    /// dst = src
    pub fn mov_reg(self, dst: u8, src: u8) -> Self {
        self.op(0xbf, dst, src, 0, 0)
    }

    /// dst = the map
    pub fn map(self, dst: u8, map: impl AsFd) -> Self {
        self.op(0x18, dst, 1, 0, map.as_fd().as_raw_fd()).op(0, 0, 0, 0, 0)
    }

    /// *(u64 *)(fp + off) = imm
    pub fn store(self, off: i16, imm: i32) -> Self {
        self.op(0x7a, 10, 0, off, imm)
    }

    /// dst = fp + off
    pub fn stack(self, dst: u8, off: i32) -> Self {
        self.mov_reg(dst, 10).op(0x07, dst, 0, 0, off)
    }

    pub fn call(self, helper: i32) -> Self {
        self.op(0x85, 0, 0, 0, helper)
    }

    /// return imm
    pub fn exit(self, imm: i32) -> Self {
        self.mov(0, imm).op(0x95, 0, 0, 0, 0)
    }

    pub fn load(&self, prog_type: ProgType) -> OwnedFd {
        self.load_for(prog_type, AttachType::default())
    }

    pub fn load_for(&self, prog_type: ProgType, expected_attach_type: AttachType) -> OwnedFd {
        let mut log = Log::new(1, 1 << 16);
        let load = ProgLoad {
            prog_type,
            expected_attach_type,
            insns: &self.0,
            license: "GPL",
            name: "test",
            ..Default::default()
        };
        prog_load(&load, Some(&mut log)).unwrap_or_else(|error| panic!("{error}\n{}", log.text()))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Does nothing.
pub fn nothing(result: i32) -> Insns {
    Insns::default().exit(result)
}

/// `bpf_ringbuf_output(ring, {value, value}, len, 0)`
pub fn ring_output(ring: impl AsFd, value: i32, len: i32) -> Insns {
    Insns::default()
        .store(-16, value)
        .store(-8, value)
        .map(1, ring)
        .stack(2, -16)
        .mov(3, len)
        .mov(4, 0)
        .call(130)
        .op(0x95, 0, 0, 0, 0)
}
