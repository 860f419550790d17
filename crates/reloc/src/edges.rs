//! Pass: functions that a program needs although nothing in its code refers to them, because a declaration tag names them.

use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};

use hashbrown::{HashMap, HashSet};

use crate::{
    Kind, Linked, Target,
    object::{
        Linkage, Visibility,
        btf::{Kind as BtfKind, Type, TypeId, nearest},
        isa::FuncIdx,
        uapi::Feature,
    },
};

/// A tag that makes an edge: from the FUNC that has it to the function of the name behind it. The kernel reads the same
/// tags; all that is to be done is to bring the function along.
struct Edge {
    /// How the tag begins; the name follows.
    tag: &'static str,
    /// What the function is to the program.
    what: &'static str,
    /// Without what the kernel does not see the tag.
    feature: Feature,
}

/// All of them. What is named must be one global function that is seen outside.
const EDGES: &[Edge] = &[Edge { tag: "exception_callback:", what: "exception callback", feature: Feature::BtfDeclTag }];

/// With more tags than this the nearest name is not looked for.
const MAX_SEARCHES: usize = 32;

/// What is wrong with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagFault {
    /// Several functions are named, or several have the name.
    Ambiguous,
    /// No function of that name can be called by the kernel.
    Absent,
    /// The function is static or hidden.
    Hidden,
    /// It names nothing.
    Empty,
    /// It is not on a program.
    Misplaced,
}

/// A tag of an object.
struct Tag<'a> {
    edge: &'static Edge,
    target: TypeId,
    /// What is named.
    name: &'a str,
    /// Whether it is on a function that can be a program.
    on_function: bool,
}

/// The tags of an object that make edges.
pub(crate) struct Edges<'a> {
    tags: Vec<Tag<'a>>,
    /// The tags of each function, by their positions.
    by_target: HashMap<TypeId, Vec<usize>>,
    /// The functions that are no programs, by name.
    by_name: HashMap<&'a str, Vec<FuncIdx>>,
}

impl<'a> Edges<'a> {
    /// Reads the declaration tags of an object.
    pub(crate) fn of(linked: &'a Linked, target: &Target) -> Self {
        let mut tags = Vec::new();
        for (btf, id) in linked.btf().into_iter().flat_map(|btf| btf.ids().map(move |id| (btf, id))) {
            if btf.kind(id) != Some(BtfKind::DECL_TAG) {
                continue;
            }
            let Some(Type::DeclTag { name, target: tagged, component: -1, .. }) = btf.get(id) else { continue };
            let Some(edge) = EDGES.iter().find(|edge| name.starts_with(edge.tag) && target.has(edge.feature)) else {
                continue;
            };
            let on_function = matches!(btf.get(tagged), Some(Type::Func(func)) if func.linkage != 0);
            tags.push(Tag { edge, target: tagged, name: &name[edge.tag.len()..], on_function });
        }
        let (mut by_target, mut by_name) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        if !tags.is_empty() {
            let entries: HashSet<FuncIdx> = linked.programs().iter().map(|p| p.func).collect();
            for (func, f) in (0..).map(FuncIdx).zip(linked.funcs()).filter(|(func, _)| !entries.contains(func)) {
                by_name.entry(&*f.name).or_default().push(func);
            }
        }
        for (i, tag) in tags.iter().enumerate() {
            by_target.entry(tag.target).or_default().push(i);
        }
        Self { tags, by_target, by_name }
    }

    /// The functions that a program needs, to follow its others.
    ///
    /// # Errors
    /// When what is named is not one function that the kernel can call.
    pub(crate) fn find(&self, linked: &Linked, entry: FuncIdx) -> Result<Vec<FuncIdx>, Kind> {
        let mut found = Vec::new();
        let Some(func) = linked.funcs().get(entry.at()).filter(|_| !self.tags.is_empty()) else { return Ok(found) };
        if let Some(tag) = self.tags.iter().find(|tag| !tag.on_function) {
            return Err(tag.fault(TagFault::Misplaced, None));
        }
        for edge in EDGES {
            let of_this = self.by_target.get(&func.type_id).into_iter().flatten().filter_map(|i| self.tags.get(*i));
            let mut tags = of_this.filter(|tag| tag.edge.tag == edge.tag);
            let Some(tag) = tags.next() else { continue };
            if tag.name.is_empty() {
                return Err(tag.fault(TagFault::Empty, None));
            }
            if tags.next().is_some() {
                return Err(tag.fault(TagFault::Ambiguous, None));
            }
            found.push(self.function(linked, tag)?);
        }
        Ok(found)
    }

    /// The function that a tag names.
    fn function(&self, linked: &Linked, tag: &Tag<'_>) -> Result<FuncIdx, Kind> {
        let named = self.by_name.get(tag.name).map_or(&[][..], Vec::as_slice);
        let (func, f) = match *named {
            [func] => (func, linked.funcs().get(func.at())),
            [] => (FuncIdx(0), None),
            [..] => return Err(tag.fault(TagFault::Ambiguous, None)),
        };
        let Some(f) = f else {
            // To look for the nearest is a pass over all names.
            let names = self.by_name.keys().copied().filter(|_| self.tags.len() <= MAX_SEARCHES);
            return Err(tag.fault(TagFault::Absent, nearest(tag.name, names).map(ToOwned::to_owned)));
        };
        match f.linkage != Linkage::Local && f.visibility == Visibility::Default {
            true => Ok(func),
            false => Err(tag.fault(TagFault::Hidden, None)),
        }
    }

    /// What is wrong with the tags of the functions that a program calls: only programs can have them.
    pub(crate) fn misplaced(&self, linked: &Linked, called: &[FuncIdx]) -> Option<Kind> {
        if self.tags.is_empty() {
            return None;
        }
        let types = called.iter().filter_map(|func| linked.funcs().get(func.at())).map(|f| f.type_id);
        let mut tagged = types.filter(|id| id.0 != 0).filter_map(|id| self.by_target.get(&id)?.first());
        tagged.next().and_then(|i| self.tags.get(*i)).map(|tag| tag.fault(TagFault::Misplaced, None))
    }
}

impl Tag<'_> {
    fn fault(&self, fault: TagFault, nearest: Option<String>) -> Kind {
        let tag: Arc<str> = self.edge.tag.trim_end_matches(':').into();
        Kind::Tag { tag, what: self.edge.what, name: self.name.into(), fault, nearest }
    }
}
