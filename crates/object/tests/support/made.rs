//! Objects made by hand, little endian, for what no compiler writes.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test")]

use skep_object::{
    Errors, Kind, Object,
    btf::{Array, Edit, Endian, Int, Member, SecVar, TypeId},
    elf,
};

pub const PROGBITS: u32 = 1;
pub const NOBITS: u32 = 8;
pub const RELA: u32 = 4;
pub const REL: u32 = 9;
pub const ALLOC: u64 = 2;
pub const CODE: u64 = 6;

pub const LOCAL: u8 = 0;
pub const GLOBAL: u8 = 1;
pub const WEAK: u8 = 2;
pub const NOTYPE: u8 = 0;
pub const OBJECT: u8 = 1;
pub const FUNC: u8 = 2;
pub const SECTION: u8 = 3;
pub const UNDEFINED: u16 = 0;
pub const COMMON: u16 = 0xfff2;

/// `r0 = 0`
pub const MOV: [u8; 8] = [0xb7, 0, 0, 0, 0, 0, 0, 0];
pub const EXIT: [u8; 8] = [0x95, 0, 0, 0, 0, 0, 0, 0];

/// A call of a function with the number that stands in the file.
pub fn call(imm: i32) -> [u8; 8] {
    let [a, b, c, d] = imm.to_le_bytes();
    [0x85, 0x10, 0, 0, a, b, c, d]
}

/// A wide load into r1.
pub fn load(imm: i32) -> [u8; 16] {
    let [a, b, c, d] = imm.to_le_bytes();
    [0x18, 1, 0, 0, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0]
}

struct Part {
    name: String,
    kind: u32,
    flags: u64,
    data: Vec<u8>,
    size: u64,
    info: u32,
}

#[derive(Default)]
pub struct Made {
    parts: Vec<Part>,
    symbols: Vec<u8>,
    names: Vec<u8>,
}

impl Made {
    pub fn new() -> Self {
        // Section and symbol 0 stand for none.
        let mut made = Self { names: vec![0], symbols: vec![0; 24], ..Self::default() };
        made.section("", 0, 0, &[]);
        made
    }

    /// Adds a section and says its position.
    pub fn section(&mut self, name: &str, kind: u32, flags: u64, data: &[u8]) -> u16 {
        let size = data.len() as u64;
        let data = if kind == NOBITS { Vec::new() } else { data.to_vec() };
        self.parts.push(Part { name: name.into(), kind, flags, data, size, info: 0 });
        self.parts.len() as u16 - 1
    }

    pub fn code(&mut self, name: &str, insns: &[&[u8]]) -> u16 {
        self.section(name, PROGBITS, CODE, &insns.concat())
    }

    pub fn data(&mut self, name: &str, data: &[u8]) -> u16 {
        self.section(name, PROGBITS, ALLOC, data)
    }

    /// Adds a symbol and says its position.
    pub fn symbol(&mut self, name: &str, bind: u8, kind: u8, section: u16, value: u64, size: u64) -> u32 {
        let at = if name.is_empty() { 0 } else { self.names.len() as u32 };
        self.names.extend(name.bytes().chain([0]));
        self.symbols.extend(at.to_le_bytes());
        self.symbols.extend([bind << 4 | kind, 0]);
        self.symbols.extend(section.to_le_bytes());
        self.symbols.extend(value.to_le_bytes());
        self.symbols.extend(size.to_le_bytes());
        self.symbols.len() as u32 / 24 - 1
    }

    pub fn func(&mut self, name: &str, bind: u8, section: u16, slot: u64, slots: u64) -> u32 {
        self.symbol(name, bind, FUNC, section, slot * 8, slots * 8)
    }

    /// Adds relocations (offset in bytes, symbol, addend) of a section.
    pub fn relocs(&mut self, kind: u32, section: u16, entries: &[(u64, u32, i64)]) {
        let mut data = Vec::new();
        for &(offset, symbol, addend) in entries {
            data.extend(offset.to_le_bytes());
            data.extend((u64::from(symbol) << 32 | 1).to_le_bytes());
            if kind == RELA {
                data.extend(addend.to_le_bytes());
            }
        }
        let name = format!(".rel{}", self.parts[usize::from(section)].name);
        let idx = self.section(&name, kind, 0, &data);
        self.parts[usize::from(idx)].info = section.into();
    }

    pub fn bytes(mut self) -> Vec<u8> {
        let (symbols, names) = (core::mem::take(&mut self.symbols), core::mem::take(&mut self.names));
        let symtab = self.section(".symtab", 2, 0, &symbols);
        self.section(".strtab", 3, 0, &names);
        self.section(".shstrtab", 3, 0, &[]);
        let mut strings = vec![0];
        let name_of: Vec<u32> = self.parts.iter().map(|p| push(&mut strings, &p.name)).collect();
        let last = self.parts.len() - 1;
        (self.parts[last].size, self.parts[last].data) = (strings.len() as u64, strings);
        let mut out = vec![0; 64];
        let mut headers = Vec::new();
        for (i, part) in self.parts.iter().enumerate() {
            let link = if i == usize::from(symtab) { u32::from(symtab) + 1 } else { u32::from(symtab) };
            let entry = match part.kind {
                2 | RELA => 24u64,
                REL => 16,
                _ => 0,
            };
            headers.extend(name_of[i].to_le_bytes());
            headers.extend(part.kind.to_le_bytes());
            [part.flags, 0, out.len() as u64, part.size].iter().for_each(|v| headers.extend(v.to_le_bytes()));
            headers.extend(link.to_le_bytes());
            headers.extend(part.info.to_le_bytes());
            [1, entry].iter().for_each(|v| headers.extend(v.to_le_bytes()));
            out.extend(&part.data);
        }
        let table = out.len() as u64;
        out.extend(headers);
        out[..20].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 247, 0]);
        out[20] = 1;
        out[40..48].copy_from_slice(&table.to_le_bytes());
        out[52] = 64;
        out[58] = 64;
        out[60..62].copy_from_slice(&(self.parts.len() as u16).to_le_bytes());
        out[62..64].copy_from_slice(&(last as u16).to_le_bytes());
        out
    }

    pub fn read(self) -> Result<Object, Errors<Kind>> {
        elf::read("dir/made.bpf.o", &self.bytes())
    }

    pub fn object(self) -> Object {
        self.read().unwrap()
    }

    /// The codes of all errors.
    pub fn codes(self) -> Vec<&'static str> {
        self.read().unwrap_err().iter().map(|e| e.code()).collect()
    }
}

fn push(strings: &mut Vec<u8>, text: &str) -> u32 {
    let at = strings.len() as u32;
    strings.extend(text.bytes().chain([0]));
    at
}

/// Types as a compiler would write them.
pub struct Types {
    pub edit: Edit,
    pub int: TypeId,
}

impl Types {
    pub fn new() -> Self {
        let mut edit = Edit::new(Endian::Little);
        let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
        Self { edit, int }
    }

    /// `__uint(name, number)`
    pub fn uint<'n>(&mut self, name: &'n str, number: u32) -> Member<'n> {
        let array = self.edit.add().array(Array { elem: self.int, index: self.int, len: number });
        self.pointer(name, array)
    }

    /// `__type(name, ty)`
    pub fn pointer<'n>(&mut self, name: &'n str, to: TypeId) -> Member<'n> {
        Member { name, ty: self.edit.add().ptr(to), bit_offset: 0, bit_size: 0 }
    }

    /// `__array(values, …)`
    pub fn values(&mut self, of: TypeId) -> Member<'static> {
        let elem = self.edit.add().ptr(of);
        let ty = self.edit.add().array(Array { elem, index: self.int, len: 0 });
        Member { name: "values", ty, bit_offset: 0, bit_size: 0 }
    }

    /// A struct with the members one after the other, 8 bytes each.
    pub fn structure(&mut self, name: &str, members: &[Member<'_>]) -> TypeId {
        let placed = |(i, m)| Member { bit_offset: 64 * i as u32, ..m };
        let members: Vec<_> = members.iter().copied().enumerate().map(placed).collect();
        self.edit.add().structure(name, 8 * members.len() as u32, &members)
    }

    /// A section with one variable at its beginning.
    pub fn variable(&mut self, section: &str, name: &str, ty: TypeId, size: u32, linkage: u32) {
        let ty = self.edit.add().var(name, ty, linkage);
        self.edit.add().datasec(section, 0, &[SecVar { ty, offset: 0, size }]);
    }

    pub fn add_to(self, made: &mut Made) {
        made.section(".BTF", PROGBITS, 0, &self.edit.finish());
    }
}

/// An object with one map, declared by the members that `declare` gives.
pub fn map(declare: impl FnOnce(&mut Types) -> Vec<Member<'static>>) -> Made {
    let (mut made, mut types) = (Made::new(), Types::new());
    let members = declare(&mut types);
    let size = 8 * members.len() as u32;
    let ty = types.structure("", &members);
    types.variable(".maps", "m", ty, size, 1);
    let section = made.data(".maps", &vec![0; size as usize]);
    made.symbol("m", GLOBAL, OBJECT, section, 0, size.into());
    types.add_to(&mut made);
    made
}
