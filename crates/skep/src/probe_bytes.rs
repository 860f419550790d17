//! The programs and types that probes try.

use std::os::fd::{AsRawFd, OwnedFd};

use crate::object::{
    btf::Endian,
    isa::{Opcode, Raw, Reg, opcode::pseudo},
};

/// Encoded instructions.
pub(crate) type Code = Vec<u8>;

const MOV_K: Opcode = Opcode(0xb7);
const ADD_K: Opcode = Opcode(0x07);
const MOV_X: Opcode = Opcode(0xbf);
const R0: Reg = Reg(0);
const R1: Reg = Reg(1);
const R2: Reg = Reg(2);
const R3: Reg = Reg(3);
const R10: Reg = Reg(10);

const fn mov(dst: Reg, imm: i32) -> Raw {
    Raw::new(MOV_K, dst, R0, 0, imm)
}

const fn helper(id: i32) -> Raw {
    Raw::new(Opcode::CALL, R0, pseudo::HELPER, 0, id)
}

const EXIT: Raw = Raw::new(Opcode::EXIT, R0, R0, 0, 0);

const fn encode<const N: usize, const B: usize>(code: [Raw; N]) -> [u8; B] {
    let (mut out, mut i) = ([0; B], 0);
    while i < B {
        out[i] = code[i / 8].to_bytes(Endian::NATIVE)[i % 8];
        i += 1;
    }
    out
}

pub(crate) const RETURN_0: [u8; 16] = encode([mov(R0, 0), EXIT]);
pub(crate) const RETURN_1: [u8; 16] = encode([mov(R0, 1), EXIT]);
/// Reads kernel memory onto the stack.
pub(crate) const PROBE_READ_KERNEL: [u8; 56] = encode([
    Raw::new(MOV_X, R1, R10, 0, 0),
    Raw::new(ADD_K, R1, R0, 0, -8),
    mov(R2, 8),
    mov(R3, 0),
    helper(113),
    mov(R0, 0),
    EXIT,
]);
pub(crate) const COOKIE: [u8; 16] = encode([helper(174), EXIT]);
pub(crate) const KTIME_COARSE: [u8; 16] = encode([helper(160), EXIT]);
/// Calls a global function that asks for the address of the traced one, which takes a context.
pub(crate) const GLOBAL_CALL: [u8; 32] =
    encode([Raw::new(Opcode::CALL, R0, pseudo::CALL, 0, 1), EXIT, helper(173), EXIT]);

/// Loads the address of a byte in the value of a map.
pub(crate) fn value_at(map: &OwnedFd, offset: i32) -> Code {
    let load = Raw::new(Opcode::LD_IMM64, R1, pseudo::MAP_VALUE, 0, map.as_raw_fd());
    let second = Raw::new(Opcode(0), R0, R0, 0, offset);
    encode::<4, 32>([load, second, mov(R0, 0), EXIT]).to_vec()
}

/// What the functions of system calls begin with on this machine.
pub(crate) const SYSCALL_PREFIX: Option<&str> = if cfg!(target_arch = "x86_64") {
    Some("__x64_")
} else if cfg!(target_arch = "aarch64") {
    Some("__arm64_")
} else if cfg!(target_arch = "s390x") {
    Some("__s390x_")
} else if cfg!(target_arch = "riscv64") {
    Some("__riscv_")
} else {
    None
};

/// The info word of a type.
const fn info(kind: u32, len: u32) -> u32 {
    kind << 24 | len
}

/// `int`, type 1 of all that follow.
pub(crate) const INT: &[u32] = &[0, info(1, 0), 4, 1 << 24 | 32];

/// `void f(void)` with this linkage.
pub(crate) fn func(linkage: u32) -> Vec<u32> {
    vec![0, info(13, 0), 0, 1, info(12, linkage), 1]
}

pub(crate) const DATASEC: &[u32] = &[0, info(1, 0), 4, 1 << 24 | 32, 1, info(14, 0), 1, 0, 3, info(15, 1), 4, 2, 0, 4];
pub(crate) const FLOAT: &[u32] = &[1, info(16, 0), 4];
pub(crate) const DECL_TAG: &[u32] =
    &[0, info(1, 0), 4, 1 << 24 | 32, 1, info(14, 0), 1, 0, 3, info(17, 0), 2, u32::MAX];
pub(crate) const TYPE_TAG: &[u32] = &[0, info(1, 0), 4, 1 << 24 | 32, 1, info(18, 0), 1, 0, info(2, 0), 2];
pub(crate) const ENUM64: &[u32] = &[0, info(19, 1), 8, 1, 0, 0];
/// A type of each kind up to ENUM64, with a global function.
pub(crate) const ALL_KINDS: &[u32] = &[
    0,
    info(1, 0),
    4,
    1 << 24 | 32, // [1] int
    1,
    info(14, 0),
    1,
    0, // [2] static int a
    3,
    info(15, 1),
    4,
    2,
    0,
    4, // [3] .data
    0,
    info(13, 0),
    0, // [4] void (void)
    1,
    info(12, 1),
    4, // [5] global function a
    1,
    info(16, 0),
    4, // [6] float
    1,
    info(17, 0),
    2,
    u32::MAX, // [7] a tag on 2
    1,
    info(18, 0),
    1, // [8] a tag on int
    0,
    info(2, 0),
    8, // [9] a pointer to it
    0,
    info(19, 1),
    8,
    1,
    0,
    0, // [10] enum of 64 bits
];
/// `int a(void *a)`, `int b(void *b)` global, and the tag on `b`'s argument.
pub(crate) const ARG_CTX: &[u32] = &[
    1,
    info(1, 0),
    4,
    1 << 24 | 32, // [1] int
    0,
    info(2, 0),
    0, // [2] void *
    0,
    info(13, 1),
    1,
    1,
    2, // [3] int (void *a)
    1,
    info(12, 1),
    3, // [4] a
    0,
    info(13, 1),
    1,
    3,
    2, // [5] int (void *b)
    3,
    info(12, 1),
    5, // [6] b
    5,
    info(17, 0),
    6,
    0, // [7] arg:ctx
];

/// Numbers in the host's byte order.
pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// BTF with these types, and these strings after the empty one.
pub(crate) fn btf(types: &[u32], strings: &[u8]) -> Vec<u8> {
    whole(types, &[], strings)
}

/// BTF that describes the layout of its kinds.
pub(crate) fn btf_with_layout() -> Vec<u8> {
    // `unknown` and INT; each row is the size after the head and of each element.
    whole(INT, &[0, if cfg!(target_endian = "little") { 4 } else { 4 << 24 }], b"")
}

fn whole(types: &[u32], layout: &[u32], strings: &[u8]) -> Vec<u8> {
    let size = |words: &[u32]| size_of_val(words) as u32;
    let (t, l, s) = (size(types), size(layout), strings.len() as u32 + 1);
    let header = [if l == 0 { 24 } else { 32 }, 0, t, t + l, s, t, l];
    let header = &header[..if l == 0 { 5 } else { 7 }];
    let mut out = Vec::with_capacity(32 + t as usize + l as usize + strings.len() + 1);
    out.extend(0xeb9fu16.to_ne_bytes());
    out.extend([1, 0]);
    for word in header.iter().chain(types).chain(layout) {
        out.extend(word.to_ne_bytes());
    }
    out.push(0);
    out.extend(strings);
    out
}
