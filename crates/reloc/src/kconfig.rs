//! Values of the kernel's configuration for the variables that take them.

use alloc::{string::ToString, sync::Arc, vec::Vec};

use hashbrown::HashMap;

use crate::{
    Config, Kind, Linked, Target,
    externs::SEARCHES,
    object::{
        Extern, ExternKind,
        btf::{Btf, Endian, Type, TypeId, nearest},
        isa::ExternIdx,
        uapi::Feature,
    },
};

/// The values of all variables in `.kconfig`, and what is wrong with some of them.
#[derive(Debug, Default)]
pub(crate) struct Kconfig {
    /// The contents of the map.
    pub data: Arc<[u8]>,
    /// Those that could not be settled; their bytes are zero.
    pub failed: HashMap<ExternIdx, Kind>,
}

/// What is known of the kernel besides its options.
const VIRTUAL: [&str; 3] = ["LINUX_KERNEL_VERSION", "LINUX_HAS_BPF_COOKIE", "LINUX_HAS_SYSCALL_WRAPPER"];

/// What a variable can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sort {
    Bool,
    Tristate,
    Char { signed: bool },
    Int { signed: bool },
    Text,
}

/// A variable, and the place of its value.
struct Slot<'a> {
    sort: Option<Sort>,
    bytes: &'a mut [u8],
    endian: Endian,
}

/// Settles every variable in `.kconfig`, in one pass over the text.
pub(crate) fn kconfig(linked: &Linked, target: &Target, config: &Config, size: u32) -> Kconfig {
    let mut data = alloc::vec![0; size as usize];
    let mut failed = HashMap::new();
    let mut open: HashMap<&str, ExternIdx> = HashMap::new();
    for (i, ext) in linked.externs().iter().enumerate() {
        let index = ExternIdx(i as u32);
        if !matches!(ext.kind, ExternKind::Kconfig { .. }) {
            continue;
        }
        if ext.name.starts_with("CONFIG_") {
            open.insert(&ext.name, index);
        } else if let Err(kind) = virtual_value(linked, target, ext, &mut data) {
            failed.insert(index, kind);
        }
    }
    let mut scan = |text: &str, open: &mut HashMap<&str, ExternIdx>| {
        for line in text.lines().filter(|line| line.starts_with("CONFIG_")) {
            let Some((name, value)) = line.split_once('=') else { continue };
            let Some(index) = open.remove(name) else { continue };
            let Some(ext) = linked.externs().get(index.at()) else { continue };
            if let Err(why) = set(linked, ext, &mut data, |slot| slot.text(value)) {
                failed.insert(index, Kind::KconfigValue { name: ext.name.clone(), value: value.to_string(), why });
            }
        }
    };
    scan(&config.kconfig, &mut open);
    let read = if open.is_empty() { Ok("") } else { target.config() };
    if let Ok(text) = read {
        scan(text, &mut open);
    }
    let assume = config.assume && read.is_err();
    let mut searches = 0..SEARCHES;
    let mut rest: Vec<_> = open.into_values().filter(|_| !assume).collect();
    rest.sort_unstable();
    for index in rest {
        let Some(ext) = linked.externs().get(index.at()).filter(|ext| !ext.weak) else { continue };
        failed.insert(
            index,
            match &read {
                Ok(text) => absent(&ext.name, searches.next().map_or([""; 2], |_| [text, &config.kconfig])),
                Err(why) => Kind::Unavailable(why.clone()),
            },
        );
    }
    Kconfig { data: data.into(), failed }
}

/// An option that is in none of the texts, with the nearest that is.
fn absent(name: &Arc<str>, texts: [&str; 2]) -> Kind {
    let options = texts.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("CONFIG_"));
    let nearest = nearest(name, options.filter_map(|line| Some(line.split_once('=')?.0))).map(str::to_string);
    Kind::ExternAbsent { what: "configuration option", name: name.clone(), nearest }
}

/// Values that come from elsewhere than the configuration's text.
fn virtual_value(linked: &Linked, target: &Target, ext: &Extern, data: &mut [u8]) -> Result<(), Kind> {
    let value = match &*ext.name {
        "LINUX_KERNEL_VERSION" => u64::from(target.version()),
        "LINUX_HAS_BPF_COOKIE" => target.has(Feature::BpfCookie).into(),
        "LINUX_HAS_SYSCALL_WRAPPER" => target.has(Feature::SyscallWrapper).into(),
        name if name.starts_with("LINUX_") && ext.weak => 0,
        _ => {
            let nearest = nearest(&ext.name, VIRTUAL).map(str::to_string);
            return Err(Kind::ExternAbsent { what: "configuration option", name: ext.name.clone(), nearest });
        }
    };
    set(linked, ext, data, |slot| slot.number(value)).map_err(|why| Kind::KconfigValue {
        name: ext.name.clone(),
        value: value.to_string(),
        why,
    })
}

/// Finds a variable's place and has it filled.
fn set<'a>(
    linked: &Linked,
    ext: &Extern,
    data: &'a mut [u8],
    fill: impl FnOnce(Slot<'a>) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    let ExternKind::Kconfig { offset, .. } = ext.kind else { return Ok(()) };
    let (sort, size) = linked.btf().and_then(|btf| sort_and_size(btf, ext.type_id)).unwrap_or((None, 0));
    let start = offset as usize;
    let bytes = start.checked_add(size).and_then(|end| data.get_mut(start..end));
    fill(Slot { sort, bytes: bytes.ok_or("the variable lies outside of its map")?, endian: linked.endian() })
}

fn sort_and_size(btf: &Btf, var: TypeId) -> Option<(Option<Sort>, usize)> {
    let Type::Var(var) = btf.get(var)? else { return None };
    Some((sort(btf, var.ty, true), usize::try_from(btf.size(var.ty).ok()?).ok()?))
}

fn sort(btf: &Btf, id: TypeId, array: bool) -> Option<Sort> {
    match btf.resolve(id).ok()?.1 {
        Type::Int(int) if int.is_bool() => (int.size == 1).then_some(Sort::Bool),
        Type::Int(int) if int.size == 1 => Some(Sort::Char { signed: int.is_signed() }),
        Type::Int(int) => matches!(int.size, 2 | 4 | 8).then_some(Sort::Int { signed: int.is_signed() }),
        Type::Enum(ty) => (ty.name == "libbpf_tristate" && (ty.is_64 || ty.size == 4)).then_some(Sort::Tristate),
        Type::Array(ty) if array && ty.len > 0 => {
            matches!(sort(btf, ty.elem, false)?, Sort::Char { .. }).then_some(Sort::Text)
        }
        _ => None,
    }
}

impl Slot<'_> {
    /// Fills it from the text after the `=`.
    fn text(self, value: &str) -> Result<(), &'static str> {
        match value.as_bytes() {
            [first @ (b'y' | b'n' | b'm'), ..] => self.answer(*first),
            [b'"', text @ .., b'"'] => self.string(text),
            [b'"', ..] => Err("the closing quote is missing"),
            _ => {
                let number = parse(value).ok_or("not a number")?;
                match self.sort {
                    Some(Sort::Char { .. } | Sort::Int { .. }) => self.number(number),
                    _ => Err("a number needs an integer variable"),
                }
            }
        }
    }

    fn answer(self, value: u8) -> Result<(), &'static str> {
        let number = match (self.sort, value) {
            (Some(Sort::Bool), b'm') => return Err("a bool cannot say `m`; use enum libbpf_tristate"),
            (Some(Sort::Bool), _) => (value == b'y').into(),
            (Some(Sort::Tristate), b'n') => 0,
            (Some(Sort::Tristate), b'y') => 1,
            (Some(Sort::Tristate), _) => 2,
            (Some(Sort::Char { .. }), _) => value.into(),
            _ => return Err("`y`, `m` or `n` needs a variable of type bool, char or enum libbpf_tristate"),
        };
        self.store(number);
        Ok(())
    }

    /// Text longer than the array is cut: its last byte is always 0.
    fn string(self, text: &[u8]) -> Result<(), &'static str> {
        if self.sort != Some(Sort::Text) {
            return Err("text needs a variable that is an array of char");
        }
        let room = self.bytes.len().saturating_sub(1);
        self.bytes.iter_mut().zip(text.iter().take(room)).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    fn number(self, value: u64) -> Result<(), &'static str> {
        let bits = self.bytes.len() as u32 * 8;
        let signed = match self.sort {
            Some(Sort::Bool) if value > 1 => return Err("a bool is 0 or 1"),
            Some(Sort::Bool) => false,
            Some(Sort::Char { signed } | Sort::Int { signed }) => signed,
            _ => return Err("a number needs an integer variable"),
        };
        let fits = match bits {
            64 => true,
            _ if signed => value.wrapping_add(1 << (bits - 1)) < 1 << bits,
            _ => value >> bits == 0,
        };
        if !fits {
            return Err("the number does not fit the variable");
        }
        self.store(value);
        Ok(())
    }

    fn store(self, value: u64) {
        let len = self.bytes.len().min(8);
        let little = value.to_le_bytes();
        let number: Vec<u8> = match self.endian {
            Endian::Little => little[..len].to_vec(),
            Endian::Big => little[..len].iter().rev().copied().collect(),
        };
        self.bytes.iter_mut().zip(number).for_each(|(to, from)| *to = from);
    }
}

/// A number as C writes it: decimal, octal after `0`, hexadecimal after `0x`, with a sign.
fn parse(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    // The parser of the standard library takes a sign of its own.
    let number = u64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))?;
    Some(if negative { number.wrapping_neg() } else { number })
}
