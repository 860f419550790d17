//! Functions, variables and externs of declarations.

use alloc::borrow::ToOwned;

use super::{
    assembler::{Assembler, Body},
    c::{Attributes, Declared, Storage},
    directive::{STT_FUNC, STT_OBJECT},
    error::{Fault, Kind},
    image::{NOBITS, PROGBITS, SHF_ALLOC, SHF_EXEC, SHF_WRITE},
    lex::Cursor,
    place::{Loc, Part},
    symbols::{Binding, SymId, Symbol, What, Where},
    types::{self, Id, Ty},
};

/// A variable with its type.
#[derive(Clone, Copy, Debug)]
pub(super) struct VarAt {
    pub symbol: SymId,
    pub var: Id,
    pub section: u32,
    pub offset: u32,
    pub size: u32,
}

/// Linkage in BTF.
const STATIC: u32 = 0;
const GLOBAL: u32 = 1;
pub(super) const EXTERN: u32 = 2;

impl Assembler<'_> {
    /// A prototype, or a function that is defined elsewhere.
    pub fn declare_function(
        &mut self,
        part: &Part<'_>,
        name: &str,
        declared: &Declared,
        storage: Storage,
        at: usize,
    ) -> Result<(), Kind> {
        let loc = part.loc(at);
        let id = self.typed_function(name, declared, loc)?;
        let kfunc = declared.attributes.section.as_deref() == Some(".ksyms");
        let static_ = storage == Storage::Static;
        let Some(symbol) = self.symbols.get_mut(id) else { return Ok(()) };
        apply(symbol, &declared.attributes, static_);
        symbol.declared = true;
        if symbol.what.is_none() || kfunc {
            symbol.what = Some(if kfunc { What::Kfunc } else { What::Function });
        }
        Ok(())
    }

    /// The symbol of a function, with its FUNC.
    fn typed_function(&mut self, name: &str, declared: &Declared, loc: Loc) -> Result<SymId, Kind> {
        let id = self.symbols.intern(0, name, loc);
        let known = self.symbols.get(id).map_or(0, |symbol| symbol.type_id);
        let func = match self.types.get(known) {
            Some(Ty::Func { proto, linkage, .. }) => {
                let (proto, linkage) = (*proto, *linkage);
                if !self.same_proto(proto, declared.ty) {
                    return Err(Kind::TypeConflict(name.to_owned()));
                }
                self.types.set(known, Ty::Func { name: name.to_owned(), proto: declared.ty, linkage });
                known
            }
            Some(_) => return Err(Kind::TypeConflict(name.to_owned())),
            None => {
                let made = Ty::Func { name: name.to_owned(), proto: declared.ty, linkage: EXTERN };
                let func = self.types.add(made)?;
                if let Some(symbol) = self.symbols.get_mut(id) {
                    symbol.type_id = func;
                }
                func
            }
        };
        let own = declared.attributes.tags.iter().map(|text| (-1, text));
        let params = declared.param_tags.iter().map(|(at, text)| (*at, text));
        for (component, text) in own.chain(params) {
            self.decl_tag(func, component, text)?;
        }
        Ok(id)
    }

    /// Whether two prototypes differ in nothing but names.
    fn same_proto(&self, a: Id, b: Id) -> bool {
        match (self.types.get(a), self.types.get(b)) {
            (Some(Ty::Proto { ret, params }), Some(Ty::Proto { ret: other, params: others })) => {
                ret == other && params.iter().map(|p| p.1).eq(others.iter().map(|p| p.1))
            }
            _ => a == b,
        }
    }

    /// Begins the body of a function.
    pub fn begin_function(
        &mut self,
        part: &Part<'_>,
        name: &str,
        declared: &Declared,
        storage: Storage,
        at: usize,
        brace: usize,
    ) -> Result<(), Fault> {
        let fault = |kind| Fault::new(at, kind);
        let loc = part.loc(at);
        let mut declared = declared.clone();
        declared.ty = self.named_params(declared.ty).map_err(fault)?;
        let id = self.typed_function(name, &declared, loc).map_err(fault)?;
        let section = declared.attributes.section.as_deref().unwrap_or(".text");
        if matches!(section, ".ksyms" | ".kconfig" | ".maps") {
            return Err(fault(Kind::Declaration("a function in this section is declared, not defined")));
        }
        let section = self.image.section(section);
        if let Some(known) = self.image.at_mut(section)
            && !known.said
        {
            (known.flags, known.kind, known.said) = (SHF_ALLOC | SHF_EXEC, PROGBITS, true);
            known.align = known.align.max(8);
        }
        self.image.align(section, 8, 0, None).map_err(fault)?;
        let start = self.image.here(section);
        self.define(0, name, Where::Section { section, offset: start }, loc);
        let outside = self.here();
        self.section = Some(section);
        self.scope = self.symbols.scope();
        self.body = Some(Body { symbol: id, start, outside, loc: part.loc(brace) });
        if let Some(symbol) = self.symbols.get_mut(id) {
            let static_ = storage == Storage::Static || symbol.binding == Binding::Local;
            apply(symbol, &declared.attributes, static_);
            if symbol.binding == Binding::Unsaid {
                symbol.binding = Binding::Global;
            }
            symbol.kind = STT_FUNC;
            symbol.what = Some(What::Function);
        }
        Ok(())
    }

    /// The kernel wants names of all parameters of a function that is there.
    fn named_params(&mut self, proto: Id) -> Result<Id, Kind> {
        let Some(Ty::Proto { ret, params }) = self.types.get(proto).cloned() else { return Ok(proto) };
        if params.iter().all(|(name, ty)| !name.is_empty() || *ty == 0) {
            return Ok(proto);
        }
        let named = params.into_iter().enumerate().map(|(i, (name, ty))| {
            let name = if name.is_empty() && ty != 0 { alloc::format!("arg{i}") } else { name };
            (name, ty)
        });
        let named = named.collect();
        self.types.proto(ret, named)
    }

    /// A variable: of this file, or of another or the kernel.
    #[allow(clippy::too_many_arguments, reason = "what a declaration says")]
    pub fn variable(
        &mut self,
        part: &Part<'_>,
        cursor: &mut Cursor<'_>,
        name: &str,
        declared: Declared,
        storage: Storage,
        at: usize,
        given: bool,
    ) -> Result<(), Fault> {
        let fault = |kind| Fault::new(at, kind);
        let loc = part.loc(at);
        let section = declared.attributes.section.clone();
        let kernel = matches!(section.as_deref(), Some(".ksyms" | ".kconfig"));
        let id = self.symbols.intern(0, name, loc);
        let var = self.typed_variable(id, name, &declared).map_err(fault)?;
        let what = match section.as_deref() {
            Some(".ksyms") => What::Ksym,
            Some(".kconfig") => What::Kconfig,
            Some(".maps") => What::Map,
            _ => What::Variable,
        };
        if let Some(symbol) = self.symbols.get_mut(id) {
            apply(symbol, &declared.attributes, storage == Storage::Static);
            symbol.declared = true;
            symbol.what = Some(symbol.what.filter(|_| what == What::Variable).unwrap_or(what));
        }
        if storage == Storage::Extern || (kernel && !given) {
            return if given { Err(fault(Kind::Declaration("an extern is given no value"))) } else { Ok(()) };
        }
        if kernel {
            return Err(fault(Kind::Declaration("what the kernel provides is given no value")));
        }
        self.define_variable(part, cursor, id, var, name, declared, loc, at, given)
    }

    #[allow(clippy::too_many_arguments, reason = "what a declaration says")]
    fn define_variable(
        &mut self,
        part: &Part<'_>,
        cursor: &mut Cursor<'_>,
        id: SymId,
        var: Id,
        name: &str,
        declared: Declared,
        loc: Loc,
        at: usize,
        given: bool,
    ) -> Result<(), Fault> {
        let fault = |kind| Fault::new(at, kind);
        let by_directives = given && cursor.is("asm");
        let contents = if given && !by_directives { Some(self.initializer(cursor, declared.ty)?) } else { None };
        let constant = self.types.is_const(declared.ty);
        let zero = contents.as_ref().is_none_or(|c| c.pointers.is_empty() && c.bytes.iter().all(|b| *b == 0));
        let home = match declared.attributes.section.as_deref() {
            Some(section) => section,
            None if constant => ".rodata",
            None if zero && !by_directives => ".bss",
            None => ".data",
        };
        let section = self.image.section(home);
        self.data_section(section, constant);
        let shape = match declared.open && declared.ty != 0 {
            true => {
                let elem = self.element(declared.ty).map_err(fault)?;
                types::Shape { size: 0, align: self.types.shape(elem).map_err(fault)?.align }
            }
            false => self.types.shape(declared.ty).map_err(fault)?,
        };
        let place = declared.attributes.at_bit.map(|bits| bits / 8);
        match place {
            Some(to) => self.move_to(section, to.into(), 0).map_err(fault)?,
            None => {
                let align = shape.align.max(declared.attributes.align.unwrap_or(1));
                self.image.align(section, align.into(), 0, None).map_err(fault)?;
            }
        }
        let align = declared.attributes.align.unwrap_or(1).max(if place.is_none() { shape.align } else { 1 });
        if let Some(known) = self.image.at_mut(section) {
            known.align = known.align.max(align.into());
        }
        let offset = self.image.here(section);
        self.define(0, name, Where::Section { section, offset }, loc);
        let size = if by_directives {
            self.directives(part, cursor, section)?
        } else {
            let contents = contents.unwrap_or_default();
            let size = (contents.bytes.len() as u64).max(shape.size.into());
            self.image.append(section, &contents.bytes).map_err(fault)?;
            self.image.zeroes(section, size - contents.bytes.len() as u64).map_err(fault)?;
            for pointer in &contents.pointers {
                let place = offset + u64::from(pointer.offset);
                self.address(section, place, pointer.size, pointer.symbol, pointer.addend).map_err(fault)?;
            }
            size
        };
        if by_directives && !declared.open && size != u64::from(shape.size) {
            return Err(fault(Kind::Initializer("the contents are not as long as the type")));
        }
        if declared.open {
            let elem = self.element(declared.ty).map_err(fault)?;
            let each = self.types.size(elem).map_err(fault)?.max(1);
            let array = self.types.array(elem, (size / u64::from(each)) as u32).map_err(fault)?;
            let ty = self.like(declared.ty, array).map_err(fault)?;
            if let Some(Ty::Var { name, linkage, .. }) = self.types.get(var).cloned() {
                self.types.set(var, Ty::Var { name, ty, linkage });
            }
        }
        if let Some(symbol) = self.symbols.get_mut(id) {
            symbol.size = Some(size);
            symbol.kind = STT_OBJECT;
            if symbol.binding == Binding::Unsaid {
                symbol.binding = Binding::Global;
            }
        }
        self.vars.push(VarAt { symbol: id, var, section, offset: offset as u32, size: size as u32 });
        Ok(())
    }

    /// The elements of an array.
    fn element(&self, ty: Id) -> Result<Id, Kind> {
        match self.types.resolve(ty) {
            Some((_, Ty::Array { elem, .. })) => Ok(*elem),
            _ => Err(Kind::Declaration("only an array can be without a length")),
        }
    }

    /// An array with the qualifiers of another one.
    fn like(&mut self, of: Id, array: Id) -> Result<Id, Kind> {
        match self.types.get(of).cloned() {
            Some(Ty::Const(to)) => {
                let inner = self.like(to, array)?;
                self.types.constant(inner)
            }
            Some(Ty::Volatile(to)) => {
                let inner = self.like(to, array)?;
                self.types.volatile(inner)
            }
            _ => Ok(array),
        }
    }

    /// The symbol's VAR.
    fn typed_variable(&mut self, id: SymId, name: &str, declared: &Declared) -> Result<Id, Kind> {
        let known = self.symbols.get(id).map_or(0, |symbol| symbol.type_id);
        let var = match self.types.get(known) {
            Some(Ty::Var { ty, .. }) => {
                let open = |id| matches!(self.types.resolve(id), Some((_, Ty::Array { len: 0, .. })));
                if *ty != declared.ty && !self.same_type(*ty, declared.ty) && !open(*ty) && !declared.open {
                    return Err(Kind::TypeConflict(name.to_owned()));
                }
                if !declared.open {
                    self.types.set(known, Ty::Var { name: name.to_owned(), ty: declared.ty, linkage: EXTERN });
                }
                known
            }
            Some(_) => return Err(Kind::TypeConflict(name.to_owned())),
            None => {
                let var = self.types.add(Ty::Var { name: name.to_owned(), ty: declared.ty, linkage: EXTERN })?;
                if let Some(symbol) = self.symbols.get_mut(id) {
                    symbol.type_id = var;
                }
                var
            }
        };
        for text in &declared.attributes.tags {
            self.decl_tag(var, -1, text)?;
        }
        Ok(var)
    }

    /// What a section with variables is, if nothing was said about it.
    fn data_section(&mut self, section: u32, constant: bool) {
        let Some(known) = self.image.at_mut(section) else { return };
        if known.said || known.kind == NOBITS || known.flags & SHF_EXEC == 0 {
            return;
        }
        let empty = known.data.is_empty();
        if empty {
            known.flags = if constant { SHF_ALLOC } else { SHF_ALLOC | SHF_WRITE };
            known.align = 1;
        }
    }

    /// `asm { … }`: the size of what the directives gave.
    fn directives(&mut self, part: &Part<'_>, cursor: &mut Cursor<'_>, section: u32) -> Result<u64, Fault> {
        cursor.expect("asm")?;
        cursor.expect("{")?;
        let (start, end) = (cursor.at, closing(cursor)?);
        let text = part.text.get(start..end).unwrap_or_default();
        let piece = part.piece(text, start);
        let outside = self.section.replace(section);
        let before = self.image.here(section);
        self.depth += 1;
        if self.depth < 64 {
            self.run(&piece);
        }
        self.depth -= 1;
        self.section = outside;
        Ok(self.image.here(section) - before)
    }

    /// The linkage in BTF of what is defined.
    pub fn settle_linkage(&mut self, symbol: &Symbol) {
        let linkage = if symbol.is_local() { STATIC } else { GLOBAL };
        match self.types.get(symbol.type_id).cloned() {
            Some(Ty::Func { name, proto, .. }) => self.types.set(symbol.type_id, Ty::Func { name, proto, linkage }),
            Some(Ty::Var { name, ty, .. }) => self.types.set(symbol.type_id, Ty::Var { name, ty, linkage }),
            _ => {}
        }
    }
}

/// What attributes say of a symbol.
fn apply(symbol: &mut Symbol, attributes: &Attributes, is_static: bool) {
    if attributes.weak {
        symbol.binding = Binding::Weak;
    }
    if is_static {
        symbol.binding = Binding::Local;
    }
    if attributes.visibility != 0 {
        symbol.visibility = attributes.visibility;
    }
}

/// Goes behind the brace that closes; where it is.
fn closing(cursor: &mut Cursor<'_>) -> Result<usize, Fault> {
    let (start, mut depth) = (cursor.at, 1u32);
    loop {
        cursor.skip();
        let at = cursor.at;
        match cursor.next()? {
            super::lex::Tok::Sign("{") => depth += 1,
            super::lex::Tok::Sign("}") => {
                depth -= 1;
                if depth == 0 {
                    return Ok(at);
                }
            }
            super::lex::Tok::End => return Err(Fault::new(start, Kind::Unterminated("`asm { … }`"))),
            _ => {}
        }
    }
}
