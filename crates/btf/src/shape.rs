//! Which words of a type are names, and which are other types.

use crate::{Kind, header::HEAD};

/// Which words of a type refer to others.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Whether the third word of the head does.
    third: bool,
    /// The words that follow the head once.
    once: usize,
    /// How many of these, from the first, refer.
    refer: usize,
    /// The words of an element, which of them is a name, and which refers.
    elem: usize,
    name: Option<usize>,
    ty: Option<usize>,
}

impl Shape {
    pub(crate) fn of(kind: Kind) -> Option<Self> {
        let row = kind.row()?;
        let (name, ty) = match kind {
            Kind::STRUCT | Kind::UNION | Kind::FUNC_PROTO => (Some(0), Some(1)),
            Kind::ENUM | Kind::ENUM64 => (Some(0), None),
            Kind::DATASEC => (None, Some(0)),
            _ => (None, None),
        };
        Some(Self {
            third: row.refers,
            once: usize::from(row.info_size) / 4,
            refer: if kind == Kind::ARRAY { 2 } else { 0 },
            elem: usize::from(row.elem_size) / 4,
            name,
            ty,
        })
    }

    /// The bytes behind the head of a type with so many elements.
    #[inline]
    pub(crate) fn size(self, len: usize) -> usize {
        4 * (self.once + self.elem * len)
    }

    /// Calls `f` for each word with its role, in order.
    #[inline(always)]
    pub(crate) fn roles<W>(self, words: &[W], mut f: impl FnMut(Role, &W)) {
        let Some(([name, info, third], body)) = words.split_first_chunk() else { return };
        f(Role::Name, name);
        f(Role::Number, info);
        f(if self.third { Role::Ref } else { Role::Number }, third);
        let (once, elems) = body.split_at(self.once.min(body.len()));
        for (i, word) in once.iter().enumerate() {
            f(if i < self.refer { Role::Ref } else { Role::Number }, word);
        }
        match (self.elem, self.name, self.ty) {
            (2, Some(0), Some(1)) => elems.as_chunks().0.iter().for_each(|[name, ty]| {
                f(Role::Name, name);
                f(Role::Ref, ty);
            }),
            (3, Some(0), Some(1)) => elems.as_chunks().0.iter().for_each(|[name, ty, number]| {
                f(Role::Name, name);
                f(Role::Ref, ty);
                f(Role::Number, number);
            }),
            (elem, name, ty) => elems.iter().enumerate().for_each(|(i, word)| {
                let at = Some(i % elem.max(1));
                f(
                    if at == name {
                        Role::Name
                    } else if at == ty {
                        Role::Ref
                    } else {
                        Role::Number
                    },
                    word,
                );
            }),
        }
    }

    /// Calls `visit` for each word that is a name or refers, in order.
    pub(crate) fn visit<E>(
        self,
        words: &mut [u32],
        mut visit: impl FnMut(Part, &mut u32) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((head, body)) = words.split_first_chunk_mut::<{ HEAD / 4 }>() else { return Ok(()) };
        visit(Part::Name, &mut head[0])?;
        if self.third {
            visit(Part::Ref, &mut head[2])?;
        }
        let (once, elems) = body.split_at_mut(self.once.min(body.len()));
        for word in once.iter_mut().take(self.refer) {
            visit(Part::Ref, word)?;
        }
        for elem in elems.chunks_exact_mut(self.elem.max(1)) {
            if let Some(word) = self.name.and_then(|at| elem.get_mut(at)) {
                visit(Part::Name, word)?;
            }
            if let Some(word) = self.ty.and_then(|at| elem.get_mut(at)) {
                visit(Part::Ref, word)?;
            }
        }
        Ok(())
    }

    /// Calls `each` for each word in order, with what it is if it is not a number.
    pub(crate) fn each(self, words: &[u32], mut each: impl FnMut(Option<Part>, u32)) {
        self.roles(words, |role, &word| match role {
            Role::Name => each(Some(Part::Name), word),
            Role::Ref => each(Some(Part::Ref), word),
            Role::Number => each(None, word),
        });
    }
}

/// What a word of a type can be, beside a number.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Name,
    Ref,
}

/// What a word of a type is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Name,
    Ref,
    Number,
}

/// The kind of a type by its words.
pub(crate) fn kind_of(words: &[u32]) -> Kind {
    Kind((words.get(1).copied().unwrap_or_default() >> 24) as u8 & 0x7f)
}
