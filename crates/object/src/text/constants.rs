//! Names that stand for numbers.

use alloc::{borrow::ToOwned, string::String};

use skep_uapi::{Helper, MapFlags, MapType};

use super::{
    assembler::Assembler,
    error::{Fault, Kind},
    expr,
    lex::Cursor,
    lookup::Lookup,
    place::Part,
    statement::is_register,
    symbols::{NUMBERS, SECTIONS, SymId, Where},
    words::Words,
};

/// What headers define that every program uses, by name.
const KNOWN: &[(&str, i64)] = &[
    ("AF_INET", 2),
    ("AF_INET6", 10),
    ("BPF_ANY", 0),
    ("BPF_EXIST", 2),
    ("BPF_F_CTXLEN_MASK", 0xfffff << 32),
    ("BPF_F_CURRENT_CPU", 0xffff_ffff),
    ("BPF_F_FAST_STACK_CMP", 1 << 9),
    ("BPF_F_INDEX_MASK", 0xffff_ffff),
    ("BPF_F_LOCK", 4),
    ("BPF_F_REUSE_STACKID", 1 << 10),
    ("BPF_F_USER_BUILD_ID", 1 << 11),
    ("BPF_F_USER_STACK", 1 << 8),
    ("BPF_NOEXIST", 1),
    ("BPF_RB_FORCE_WAKEUP", 2),
    ("BPF_RB_NO_WAKEUP", 1),
    ("ETH_P_IP", 0x0800),
    ("ETH_P_IPV6", 0x86dd),
    ("IPPROTO_ICMP", 1),
    ("IPPROTO_TCP", 6),
    ("IPPROTO_UDP", 17),
    ("LIBBPF_PIN_BY_NAME", 1),
    ("LIBBPF_PIN_NONE", 0),
    ("NF_ACCEPT", 1),
    ("NF_DROP", 0),
    ("NULL", 0),
    ("SK_DROP", 0),
    ("SK_PASS", 1),
    ("TCX_DROP", 2),
    ("TCX_NEXT", -1),
    ("TCX_PASS", 0),
    ("TCX_REDIRECT", 7),
    ("TC_ACT_OK", 0),
    ("TC_ACT_PIPE", 3),
    ("TC_ACT_RECLASSIFY", 1),
    ("TC_ACT_REDIRECT", 7),
    ("TC_ACT_SHOT", 2),
    ("TC_ACT_STOLEN", 4),
    ("TC_ACT_UNSPEC", -1),
    ("XDP_ABORTED", 0),
    ("XDP_DROP", 1),
    ("XDP_PASS", 2),
    ("XDP_REDIRECT", 4),
    ("XDP_TX", 3),
    ("false", 0),
    ("true", 1),
];

/// Where each of them stands.
static WORDS: Words<128> = Words::new(&{
    let (mut names, mut at) = ([""; KNOWN.len()], 0);
    while at < names.len() {
        names[at] = KNOWN[at].0;
        at += 1;
    }
    names
});

impl Assembler<'_> {
    /// The number of a name.
    pub fn constant(&self, name: &str) -> Option<i64> {
        if let Some(&value) = self.constants.get(name) {
            return Some(value);
        }
        if !name.starts_with(|c: char| c.is_ascii_uppercase() || matches!(c, 't' | 'f')) {
            return None;
        }
        if let Some((_, value)) = WORDS.find(KNOWN, name, |row| row.0) {
            return Some(*value);
        }
        if name.starts_with("BPF_MAP_TYPE_") {
            return MapType::ROWS.iter().find(|row| row.uapi == name).map(|row| row.value.0.into());
        }
        if name.starts_with("BPF_F_") {
            return MapFlags::ROWS.iter().find(|row| row.uapi == name).map(|row| row.value.0.into());
        }
        if name.starts_with("BPF_FUNC_") {
            return Helper::ROWS.iter().find(|row| row.uapi == name).map(|row| row.value.0.into());
        }
        None
    }

    /// Gives a name the value that follows. `once` refuses a name that has one.
    pub fn set(&mut self, part: &Part<'_>, name: &str, cursor: &mut Cursor<'_>, once: bool) -> Result<(), Fault> {
        cursor.skip();
        let at = cursor.at;
        if is_register(name) {
            return Err(Fault::new(
                at,
                Kind::Declaration("a register cannot be given a value: this is no instruction"),
            ));
        }
        if once && self.is_defined_name(name) {
            return Err(Fault::new(at, Kind::Redefined { name: name.to_owned(), line: 0 }));
        }
        let value = expr::expression(cursor, &mut Lookup::of_reference(self))?;
        cursor.done()?;
        let taken = self.symbols.find_own(0, name).and_then(|id| self.symbols.get(id)).is_some_and(|s| s.is_defined());
        if taken {
            return Err(Fault::new(at, Kind::Redefined { name: name.to_owned(), line: 0 }));
        }
        if value.is_number() {
            self.constants.insert(name.to_owned(), value.number);
            return Ok(());
        }
        let (Some(symbol), None) = (value.symbol, value.minus) else {
            return Err(Fault::new(at, Kind::Expression("the value is not known here")));
        };
        let Some(of) = self.symbols.get(symbol).copied() else { return Ok(()) };
        let Where::Section { section, offset } = of.place else {
            return Err(Fault::new(at, self.unknown_symbol(symbol)));
        };
        let loc = part.loc(at);
        let offset = offset.wrapping_add(value.number as u64);
        self.define(0, name, Where::Section { section, offset }, loc);
        if let Some(id) = self.symbols.find_own(0, name)
            && let Some(alias) = self.symbols.get_mut(id)
        {
            (alias.kind, alias.size) = (of.kind, of.size);
        }
        Ok(())
    }

    /// The error for a symbol that is not defined, with what comes close.
    pub fn unknown_symbol(&self, id: SymId) -> Kind {
        let name = self.symbols.name(id);
        // The number of a label, as it was written.
        let is_number = self.symbols.get(id).is_some_and(|symbol| symbol.scope == NUMBERS);
        let shown: String = if is_number { name.split(' ').next().unwrap_or_default() } else { name }.to_owned();
        let known = |other: &&str| *other != name;
        let defined = self.symbols.named().filter(|(_, s)| (s.is_defined() && s.scope < SECTIONS) || s.declared);
        let defined = defined.map(|(name, _)| name);
        let helpers = Helper::ROWS.iter().map(|row| row.name);
        let names = defined.chain(self.constants.keys().map(|name| &**name)).take(20_000).filter(known).chain(helpers);
        let near = skep_btf::nearest(&shown, names).map(Into::into);
        Kind::Symbol { name: shown, near }
    }
}
