//! What types refer to: circles, chains that are too long, what has no size where it needs one.
//!
//! This walks as kernels do, since what they call a circle, and what is too deep for them, follows from the order in which
//! they look at types: a pointer ends a walk through members, and a struct ends one through pointers.

use alloc::{vec, vec::Vec};

use super::{Report, What};
use crate::{Btf, Kind, TypeId};

/// The most types that may be open at a time.
pub(super) const DEPTH: usize = 32;

/// What is known of an own type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    New,
    Open,
    /// Looked through. For modifiers, pointers and variables, the type that gives them their size.
    Done(TypeId),
    /// Something is wrong with it, which was said.
    Bad,
}

/// What the walk is after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Any,
    /// Through pointers.
    Pointer,
    /// Through members and elements.
    Inside,
}

/// A type that is open, and the next of its elements.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub(super) id: TypeId,
    pub(super) next: u32,
}

/// Why a walk ends early: what is wrong, and with which element.
pub(super) struct Fault(pub(super) Option<u32>, pub(super) What);

impl From<What> for Fault {
    fn from(what: What) -> Self {
        Self(None, what)
    }
}

pub(super) struct Walk<'a> {
    pub(super) btf: &'a Btf,
    pub(super) first: u32,
    pub(super) states: Vec<State>,
    /// The sizes of own arrays in bytes.
    pub(super) sizes: Vec<u32>,
    pub(super) stack: Vec<Open>,
    pub(super) mode: Mode,
    /// What only some kernels refuse, which ends no walk.
    pub(super) notes: Vec<(TypeId, What)>,
}

pub(super) fn check(btf: &Btf, report: &mut Report) {
    let len = btf.len() as usize;
    let mut walk = Walk {
        btf,
        first: btf.first_id().0,
        states: vec![State::New; len],
        sizes: vec![0; len],
        stack: Vec::with_capacity(DEPTH),
        mode: Mode::Any,
        notes: Vec::new(),
    };
    for id in btf.ids() {
        walk.root(id, report);
        if btf.kind(id) == Some(Kind::FUNC_PROTO) {
            walk.proto(id, report);
        }
    }
}

impl Walk<'_> {
    /// Looks through a type and what it refers to, unless that was done.
    fn root(&mut self, id: TypeId, report: &mut Report) {
        if !self.walks(id) || self.state(id) != State::New {
            return;
        }
        self.mode = Mode::Any;
        self.stack.clear();
        let mut result = self.push(id);
        while let (Ok(()), Some(&top)) = (&result, self.stack.last()) {
            result = self.step(top);
        }
        self.notes.drain(..).for_each(|(id, what)| report.add(id, None, what));
        let Err(Fault(element, what)) = result else { return };
        if let Some(top) = self.stack.last() {
            report.add(top.id, element, what);
        }
        while let Some(open) = self.stack.pop() {
            self.set(open.id, State::Bad);
        }
    }

    /// Parameters and what is returned have sizes.
    fn proto(&mut self, id: TypeId, report: &mut Report) {
        let mut words = Vec::new();
        if self.btf.words_of(id, &mut words).is_err() {
            return;
        }
        let Some((&[_, _, ret], params)) = words.split_first_chunk() else { return };
        if ret != 0 {
            self.operand(id, None, TypeId(ret), report);
        }
        let params = params.as_chunks::<2>().0;
        for (i, &[name, ty]) in (0..).zip(params) {
            let last = i as usize + 1 == params.len();
            if name != 0
                && let Some(what) = super::names::identifier(self.btf, name, false)
            {
                report.add(id, i, what);
            }
            match ty {
                0 if last && name == 0 => {}
                0 => report.add(id, i, What::NoSize(TypeId(0))),
                _ => self.operand(id, Some(i), TypeId(ty), report),
            }
        }
    }

    fn operand(&mut self, id: TypeId, element: Option<u32>, ty: TypeId, report: &mut Report) {
        if !self.exists(ty) || self.is_source_only(ty) {
            return report.add(id, element, What::Reference(ty));
        }
        self.root(ty, report);
        if self.sized(ty).is_none() && !self.is_bad(ty) {
            report.add(id, element, What::NoSize(ty));
        }
    }

    pub(super) fn kind(&self, id: TypeId) -> Kind {
        self.btf.kind(id).unwrap_or(Kind(0))
    }

    pub(super) fn exists(&self, id: TypeId) -> bool {
        id.0 < self.btf.end_id()
    }

    pub(super) fn state(&self, id: TypeId) -> State {
        match id.0.checked_sub(self.first) {
            Some(own) => self.states.get(own as usize).copied().unwrap_or(State::Bad),
            None => State::Done(id),
        }
    }

    pub(super) fn set(&mut self, id: TypeId, state: State) {
        if let Some(place) = id.0.checked_sub(self.first).and_then(|own| self.states.get_mut(own as usize)) {
            *place = state;
        }
    }

    pub(super) fn is_bad(&self, id: TypeId) -> bool {
        self.state(id) == State::Bad
    }

    pub(super) fn is_resolved(&self, id: TypeId) -> bool {
        matches!(self.state(id), State::Done(_) | State::Bad)
    }

    /// Whether types of this kind refer to others that are looked through.
    pub(super) fn walks(&self, id: TypeId) -> bool {
        let kind = self.kind(id);
        is_modifier(kind)
            || matches!(
                kind,
                Kind::PTR
                    | Kind::STRUCT
                    | Kind::UNION
                    | Kind::ARRAY
                    | Kind::VAR
                    | Kind::FUNC
                    | Kind::DECL_TAG
                    | Kind::DATASEC
            )
    }

    pub(super) fn is_source_only(&self, id: TypeId) -> bool {
        matches!(self.kind(id), Kind::VAR | Kind::DECL_TAG | Kind::DATASEC)
    }

    /// Whether the walk ends at a type.
    pub(super) fn is_sink(&self, id: TypeId) -> bool {
        let kind = self.kind(id);
        match self.mode {
            Mode::Any => !self.walks(id),
            Mode::Pointer => !is_modifier(kind) && kind != Kind::PTR,
            Mode::Inside => !is_modifier(kind) && !matches!(kind, Kind::ARRAY | Kind::STRUCT | Kind::UNION),
        }
    }

    /// Whether a type has still to be looked through before what refers to it.
    pub(super) fn waits_for(&self, id: TypeId) -> bool {
        !self.is_sink(id) && !self.is_resolved(id)
    }

    pub(super) fn push(&mut self, id: TypeId) -> Result<(), Fault> {
        if self.stack.len() == DEPTH {
            return Err(What::Deep.into());
        }
        if self.state(id) != State::New {
            return Err(What::Circle.into());
        }
        self.set(id, State::Open);
        self.stack.push(Open { id, next: 0 });
        if self.mode == Mode::Any {
            match self.kind(id) {
                Kind::PTR => self.mode = Mode::Pointer,
                Kind::STRUCT | Kind::UNION | Kind::ARRAY => self.mode = Mode::Inside,
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn pop(&mut self, to: TypeId) {
        if let Some(open) = self.stack.pop() {
            self.set(open.id, State::Done(to));
        }
    }

    /// The type that a modifier or a variable stands for, as far as it was looked through.
    pub(super) fn target(&self, id: TypeId) -> TypeId {
        match self.state(id) {
            State::Done(to) if id.0 >= self.first => to,
            // The base's are all there.
            State::Done(_) => self.btf.resolve(id).map_or(TypeId(0), |(id, _)| id),
            _ => TypeId(0),
        }
    }

    /// The type that gives a type its size, and this in bytes.
    pub(super) fn sized(&self, id: TypeId) -> Option<(TypeId, u32)> {
        match self.kind(id) {
            kind if is_modifier(kind) || kind == Kind::VAR => {
                let to = self.target(id);
                let is_end = !is_modifier(self.kind(to)) && self.kind(to) != Kind::VAR;
                Some((to, self.own_size(to)?)).filter(|_| is_end)
            }
            _ => Some((id, self.own_size(id)?)),
        }
    }

    fn own_size(&self, id: TypeId) -> Option<u32> {
        match self.kind(id) {
            Kind::INT | Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 | Kind::FLOAT | Kind::DATASEC => {
                self.third(id)
            }
            Kind::PTR => Some(u32::from(self.btf.pointer_size())),
            Kind::ARRAY => match id.0.checked_sub(self.first) {
                Some(own) => self.sizes.get(own as usize).copied(),
                None => u32::try_from(self.btf.size(id).ok()?).ok(),
            },
            _ => None,
        }
    }

    /// The third word of a type.
    fn third(&self, id: TypeId) -> Option<u32> {
        Some(self.btf.size(id).ok()? as u32)
    }
}

pub(super) fn is_modifier(kind: Kind) -> bool {
    matches!(kind, Kind::TYPEDEF | Kind::VOLATILE | Kind::CONST | Kind::RESTRICT | Kind::TYPE_TAG)
}
