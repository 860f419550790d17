//! Symbols: labels, functions, variables, and what is defined elsewhere.

use alloc::{string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;

use super::{place::Loc, types};

/// A position in the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
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

/// A symbol.
#[derive(Clone, Debug, Default)]
pub(super) struct Symbol {
    pub name: Arc<str>,
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
    /// Where it was defined, or met first.
    pub loc: Loc,
}

impl Symbol {
    pub fn is_defined(&self) -> bool {
        self.place != Where::Undefined
    }

    pub fn is_local(&self) -> bool {
        match self.binding {
            Binding::Local => true,
            Binding::Unsaid => self.is_defined(),
            Binding::Global | Binding::Weak => false,
        }
    }
}

/// The table. Scope 0 is the file's, each body of a function in braces has one of its own.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub table: Vec<Symbol>,
    scopes: Vec<HashMap<Arc<str>, SymId>>,
    /// How often each label that is a number was defined.
    counts: HashMap<Arc<str>, u32>,
}

impl Symbols {
    pub fn get(&self, id: SymId) -> Option<&Symbol> {
        self.table.get(id.0 as usize)
    }

    pub fn get_mut(&mut self, id: SymId) -> Option<&mut Symbol> {
        self.table.get_mut(id.0 as usize)
    }

    /// Begins a scope.
    pub fn scope(&mut self) -> u32 {
        if self.scopes.is_empty() {
            self.scopes.push(HashMap::new());
        }
        self.scopes.push(HashMap::new());
        self.scopes.len() as u32 - 1
    }

    /// The symbol of a name that is there already: the scope's own, or the file's.
    pub fn find(&self, scope: u32, name: &str) -> Option<SymId> {
        let own = if scope == 0 { None } else { self.scopes.get(scope as usize).and_then(|scope| scope.get(name)) };
        own.or_else(|| self.scopes.first()?.get(name)).copied()
    }

    /// The symbol of a name in one scope alone.
    pub fn find_own(&self, scope: u32, name: &str) -> Option<SymId> {
        self.scopes.get(scope as usize)?.get(name).copied()
    }

    /// The symbol of a name in one scope; made if it is not there.
    pub fn intern(&mut self, scope: u32, name: &str, loc: Loc) -> SymId {
        if let Some(id) = self.find_own(scope, name) {
            return id;
        }
        while self.scopes.len() <= scope as usize {
            self.scopes.push(HashMap::new());
        }
        let id = SymId(self.table.len() as u32);
        let name: Arc<str> = name.into();
        self.table.push(Symbol { name: name.clone(), scope, private: is_private(&name), loc, ..Symbol::default() });
        if let Some(scope) = self.scopes.get_mut(scope as usize) {
            scope.insert(name, id);
        }
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

/// No name in a text has this sign.
fn numbered(number: &str, count: u32) -> String {
    alloc::format!("{}\u{1}{count}", number.trim_start_matches('0'))
}

/// Whether a name is one of a compiler's labels.
fn is_private(name: &str) -> bool {
    let block = |rest: &str| rest.split_once('_').is_some_and(|(a, b)| is_digits(a) && is_digits(b));
    name.starts_with(".L") || name.contains('\u{1}') || name.strip_prefix("LBB").is_some_and(block)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
