//! Instructions made by chance from the rows of the table.

use skep_isa::{
    Endian, Insn, Opcode, Raw, Reg, decode, encode,
    table::{Form, ROWS, Row, When},
};

/// How many instructions are compared.
pub fn count() -> usize {
    std::env::var("ORACLE_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000)
}

/// So many at a time.
pub const BATCH: usize = 50_000;

/// Numbers by chance, the same in every run.
pub struct Chance(u64);

impl Chance {
    pub fn new(salt: u64) -> Self {
        let seed = std::env::var("ORACLE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1u64);
        Self((seed ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }

    fn register(&mut self) -> Reg {
        Reg(self.below(11) as u8)
    }

    fn number(&mut self) -> i64 {
        let wide = self.next() as i64;
        match self.below(5) {
            0 => wide & 0xff,
            1 => -(wide & 0xff),
            2 => wide,
            3 => 1 << (wide & 63),
            _ => [0, 1, -1, i32::MAX.into(), i32::MIN.into(), i16::MAX.into(), i16::MIN.into()]
                [(wide & 0xff) as usize % 7],
        }
    }
}

/// An instruction of a row with operands by chance, such as registers that there are.
pub fn of(row: &Row, chance: &mut Chance) -> Insn {
    let (dst, src) = (chance.register(), chance.register());
    let (off, number) = (chance.number() as i16, chance.number());
    let imm = match (row.code, row.form) {
        (Opcode::LD_IMM64, _) => number,
        (_, Form::Cast) => number & 0x1_0001,
        _ => i64::from(number as i32),
    };
    row.insn(dst, src, off, imm)
}

/// So many instructions of rows that suit.
pub fn stream(count: usize, chance: &mut Chance, suits: impl Fn(&Row) -> bool) -> Vec<Insn> {
    let rows: Vec<&Row> = ROWS.iter().filter(|row| suits(row)).collect();
    let pick = |chance: &mut Chance| rows[chance.below(rows.len() as u64) as usize];
    (0..count).map(|_| of(pick(chance), chance)).collect()
}

/// Whether instructions of a row read the same as those of another one, and are told by a register alone.
pub fn is_stack_argument(row: &Row) -> bool {
    matches!(row.when, When::Src(11) | When::Dst(11)) && row.code != Opcode::LD_IMM64
}

pub fn bytes(insns: &[Insn]) -> Vec<u8> {
    let mut slots = Vec::new();
    insns.iter().for_each(|insn| encode(insn, &mut slots).unwrap());
    slots.into_iter().flat_map(|slot| slot.to_bytes(Endian::Little)).collect()
}

pub fn insns(bytes: &[u8]) -> Vec<Insn> {
    decode(bytes.chunks(8).map(|slot| Raw::from_bytes(slot.try_into().unwrap(), Endian::Little)))
}

/// Says where two streams part.
pub fn same(what: &str, texts: &[String], ours: &[Insn], theirs: &[Insn]) -> Result<(), String> {
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        if ours != theirs {
            let text = texts.get(at).map_or("", |text| text);
            return Err(format!("{what}: `{text}`: {ours:?} here, {theirs:?} there"));
        }
    }
    if ours.len() == theirs.len() {
        Ok(())
    } else {
        Err(format!("{what}: {} here, {} there", ours.len(), theirs.len()))
    }
}
