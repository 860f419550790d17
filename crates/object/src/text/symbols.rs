//! Symbols: labels, functions, variables, and what is defined elsewhere.

use alloc::{string::String, vec::Vec};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::{place::Loc, types};

/// The scope of sections by their names.
pub(super) const SECTIONS: u32 = u32::MAX - 1;
/// The scope of labels that are numbers, each with how often it was there.
pub(super) const NUMBERS: u32 = u32::MAX;

/// A position in the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(super) struct SymId(pub u32);

/// Where a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Where {
    /// Not in this file.
    #[default]
    Undefined,
    /// In a section.
    Section { section: u32, offset: u64 },
}

/// ELF binding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Binding {
    /// None was said.
    #[default]
    Unsaid,
    Local,
    Global,
    Weak,
}

/// What a symbol is in a declaration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Map,
    Variable,
    Function,
    Ksym,
    Kfunc,
    Kconfig,
}

/// Where a name stands among all names.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    start: u32,
    len: u32,
}

/// A symbol.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Symbol {
    name: Name,
    /// The scope of its name.
    pub scope: u32,
    pub place: Where,
    pub binding: Binding,
    /// STV_…
    pub visibility: u8,
    /// STT_…
    pub kind: u8,
    pub size: Option<u64>,
    /// Whether it is a label that does not stand in the table of the object.
    pub private: bool,
    /// Whether something refers to it by a relocation.
    pub used: bool,
    /// Whether a declaration says that it is defined elsewhere.
    pub declared: bool,
    /// What a declaration says.
    pub what: Option<What>,
    /// Its FUNC or VAR.
    pub type_id: types::Id,
    /// Where it was defined; until then, where it was used first, or else declared.
    pub loc: Loc,
    /// Whether it was used before it was defined.
    awaited: bool,
}

impl Symbol {
    pub fn is_defined(&self) -> bool {
        self.place != Where::Undefined
    }

    /// Whether its name is that of a label in the body of a function.
    pub fn is_of_body(&self) -> bool {
        (1..SECTIONS).contains(&self.scope)
    }

    pub fn is_local(&self) -> bool {
        match self.binding {
            Binding::Local => true,
            Binding::Unsaid => self.is_defined(),
            Binding::Global | Binding::Weak => false,
        }
    }
}

/// The hash of a scope and a name, cut to half, so that more of them stand near each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hash(u32);

impl Hash {
    /// All bits that a table wants.
    fn full(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The table. Scope 0 is the file's, each body of a function in braces has one of its own.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub table: Vec<Symbol>,
    /// The names of all symbols, one behind the other.
    names: String,
    /// The symbols by scope and name, with the hashes of these.
    known: HashTable<(Hash, SymId)>,
    hasher: DefaultHashBuilder,
    /// The last scope that was begun.
    last_scope: u32,
    /// The symbol that was interned last.
    recent: SymId,
    /// The names in the object of those that have others there.
    renamed: HashMap<SymId, String>,
    /// How often each label that is a number was defined.
    counts: HashMap<String, u32>,
}

impl Symbols {
    /// With room for those of a text of so many bytes.
    pub fn of(len: usize) -> Self {
        let count = len / 128;
        let (table, known) = (Vec::with_capacity(count), HashTable::with_capacity(count));
        Self { table, known, ..Self::default() }
    }

    pub fn get(&self, id: SymId) -> Option<&Symbol> {
        self.table.get(id.0 as usize)
    }

    pub fn get_mut(&mut self, id: SymId) -> Option<&mut Symbol> {
        self.table.get_mut(id.0 as usize)
    }

    /// The name of a symbol.
    pub fn name(&self, id: SymId) -> &str {
        self.get(id).map_or("", |symbol| self.name_of(symbol))
    }

    /// The same, of one that is at hand.
    pub fn name_of(&self, symbol: &Symbol) -> &str {
        let Name { start, len } = symbol.name;
        self.names.get(start as usize..start as usize + len as usize).unwrap_or_default()
    }

    /// Gives a symbol another name in the object.
    pub fn rename(&mut self, id: SymId, name: String) {
        self.renamed.insert(id, name);
    }

    /// The name of a symbol in the object.
    pub fn written(&self, id: SymId) -> &str {
        match self.renamed.get(&id) {
            Some(name) => name,
            None => self.name(id),
        }
    }

    /// All symbols with their names.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Symbol)> {
        self.table.iter().map(|symbol| (self.name_of(symbol), symbol))
    }

    /// Begins a scope.
    pub fn scope(&mut self) -> u32 {
        self.last_scope += 1;
        self.last_scope
    }

    /// Whether a body has begun, which may have labels of its own.
    pub fn has_bodies(&self) -> bool {
        self.last_scope > 0
    }

    /// The symbol of a name that is there already: the scope's own, or the file's.
    pub fn find(&self, scope: u32, name: &str) -> Option<SymId> {
        let own = if scope == 0 { None } else { self.find_own(scope, name) };
        own.or_else(|| self.find_own(0, name))
    }

    /// The symbol of a name in one scope alone.
    pub fn find_own(&self, scope: u32, name: &str) -> Option<SymId> {
        if self.is_recent(scope, name) {
            return Some(self.recent);
        }
        self.lookup(self.hash(scope, name), scope, name)
    }

    fn hash(&self, scope: u32, name: &str) -> Hash {
        Hash(self.hasher.hash_one((scope, name)) as u32)
    }

    fn lookup(&self, hash: Hash, scope: u32, name: &str) -> Option<SymId> {
        let is = |symbol: &Symbol| self.is(symbol, scope, name);
        self.known.find(hash.full(), |known| known.0 == hash && self.get(known.1).is_some_and(is)).map(|known| known.1)
    }

    /// Whether this is the symbol that was made or said something of last: what is said of one mostly stands together.
    fn is_recent(&self, scope: u32, name: &str) -> bool {
        self.get(self.recent).is_some_and(|symbol| self.is(symbol, scope, name))
    }

    fn is(&self, symbol: &Symbol, scope: u32, name: &str) -> bool {
        symbol.scope == scope && self.name_of(symbol) == name
    }

    /// The symbol of a name in one scope; made if it is not there.
    pub fn intern(&mut self, scope: u32, name: &str, loc: Loc) -> SymId {
        if self.is_recent(scope, name) {
            return self.recent;
        }
        let hash = self.hash(scope, name);
        if let Some(id) = self.lookup(hash, scope, name) {
            self.recent = id;
            return id;
        }
        let place = Name { start: self.names.len() as u32, len: name.len() as u32 };
        self.names.push_str(name);
        let id = self.push(Symbol {
            name: place,
            scope,
            private: scope >= SECTIONS || is_private(name),
            loc,
            ..Symbol::default()
        });
        self.known.insert_unique(hash.full(), (hash, id), |known| known.0.full());
        self.recent = id;
        id
    }

    /// Remembers where a symbol was used that is not defined yet.
    pub fn used_at(&mut self, id: SymId, loc: Loc) {
        if let Some(symbol) = self.get_mut(id)
            && !symbol.is_defined()
            && !symbol.awaited
        {
            (symbol.loc, symbol.awaited) = (loc, true);
        }
    }

    /// A symbol without a name, which is not written.
    pub fn nameless(&mut self, place: Where) -> SymId {
        self.push(Symbol { place, private: true, ..Symbol::default() })
    }

    fn push(&mut self, symbol: Symbol) -> SymId {
        let id = SymId(self.table.len() as u32);
        self.table.push(symbol);
        id
    }

    /// The name under which the next label of a number stands.
    pub fn next_number(&mut self, number: &str) -> String {
        let count = match self.counts.get_mut(number) {
            Some(count) => count,
            None => self.counts.entry(number.into()).or_insert(0),
        };
        *count += 1;
        numbered(number, *count)
    }

    /// The name of the nearest label of a number, before or behind: `1b`, `1f`.
    pub fn nearest_number(&self, reference: &str) -> Option<String> {
        let (number, back) = match (reference.strip_suffix('b'), reference.strip_suffix('f')) {
            (Some(number), _) => (number, true),
            (_, Some(number)) => (number, false),
            _ => return None,
        };
        let count = self.counts.get(number).copied().unwrap_or(0);
        match back {
            true if count == 0 => None,
            true => Some(numbered(number, count)),
            false => Some(numbered(number, count + 1)),
        }
    }
}

fn numbered(number: &str, count: u32) -> String {
    alloc::format!("{} {count}", number.trim_start_matches('0'))
}

/// Whether a name is one of a compiler's labels.
fn is_private(name: &str) -> bool {
    let block = |rest: &str| rest.split_once('_').is_some_and(|(a, b)| is_digits(a) && is_digits(b));
    name.starts_with(".L") || name.strip_prefix("LBB").is_some_and(block)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
