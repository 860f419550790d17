//! The object's BTF, complete, and what is looked up in it often.

use alloc::{string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::{Btf, Datasec, Func, Kind as BtfKind, Type, TypeId, Var};
use smallvec::SmallVec;

use super::{Names, complete, declared, file::File, role::Role};
use crate::{Error, ExternKind, Kind};

/// The linkage of what is only declared.
const EXTERN: u32 = 2;

/// The most tags of one variable: it may occur again and again.
const MAX_TAGS: usize = 64;

pub(super) struct Types {
    pub btf: Arc<Btf>,
    pub index: Index,
}

/// Types of the kinds that are looked for.
#[derive(Default)]
pub(super) struct Index {
    pub datasecs: SmallVec<[TypeId; 8]>,
    /// The same by name, the first of each name first.
    named: SmallVec<[TypeId; 8]>,
    /// What is declared `extern`, but for what the kernel provides.
    externs: HashMap<String, (TypeId, ExternKind)>,
    /// What is tagged, and the text of the tag; sorted by the former.
    tags: Vec<(TypeId, Arc<str>)>,
}

impl Types {
    pub fn read(file: &File<'_>, roles: &[Role], globals: &Names<'_>) -> Result<Option<Self>, Error> {
        let Some((idx, _)) = file.find(".BTF") else { return Ok(None) };
        let fail = |error| Error::new(file.site(idx), Kind::Btf(error));
        let data = file.data(idx)?.into_owned();
        let mut btf = Btf::parse(data).map_err(fail)?;
        if let Some(declared) = declared::declare(file, &btf)? {
            btf = Btf::parse(declared).map_err(fail)?;
        }
        let index = Index::of(&btf);
        let btf = complete::complete(btf, &index, file, roles, globals).map_err(fail)?;
        Ok(Some(Self { btf: Arc::new(btf), index }))
    }

    /// The section of variables with a name.
    pub fn datasec(&self, name: &str) -> Option<(TypeId, Datasec<'_>)> {
        let id = self.index.datasec(&self.btf, name)?;
        match self.btf.get(id)? {
            Type::Datasec(datasec) => Some((id, datasec)),
            _ => None,
        }
    }

    /// The function, map or variable that is declared `extern` by a name, and which of them it is.
    pub fn declaration(&self, name: &str) -> Option<(TypeId, ExternKind)> {
        self.index.externs.get(name).copied()
    }

    /// The texts of the declaration tags on a variable.
    pub fn tags(&self, id: TypeId) -> Vec<Arc<str>> {
        let tags = &self.index.tags;
        let first = tags.partition_point(|(target, _)| *target < id);
        let of_this = tags[first..].iter().take_while(|(target, _)| *target == id);
        of_this.take(MAX_TAGS).map(|(_, text)| text.clone()).collect()
    }
}

impl Index {
    fn datasec(&self, btf: &Btf, name: &str) -> Option<TypeId> {
        let first = self.named.partition_point(|id| btf.name(*id) < name);
        self.named.get(first).copied().filter(|id| btf.name(*id) == name)
    }

    fn of(btf: &Btf) -> Self {
        let mut index = Self::default();
        for (id, kind) in btf.kinds() {
            match Some(kind) {
                Some(BtfKind::FUNC) => {
                    if let Some(Type::Func(Func { linkage: EXTERN, name, .. })) = btf.get(id) {
                        index.externs.entry_ref(name).or_insert((id, ExternKind::Func));
                    }
                }
                Some(BtfKind::VAR) => {
                    if let Some(Type::Var(Var { linkage: EXTERN, name, .. })) = btf.get(id) {
                        index.externs.entry_ref(name).or_insert((id, ExternKind::Var));
                    }
                }
                Some(BtfKind::DATASEC) => {
                    index.datasecs.push(id);
                }
                Some(BtfKind::DECL_TAG) => {
                    if let Some(Type::DeclTag { target, component: -1, attribute: false, .. }) = btf.get(id) {
                        index.tags.push((target, btf.name(id).into()));
                    }
                }
                _ => {}
            }
        }
        index.tags.sort_by_key(|(target, _)| *target);
        index.named = index.datasecs.clone();
        index.named.sort_by_key(|id| btf.name(*id));
        let maps = index.datasec(btf, ".maps").and_then(|id| btf.get(id));
        if let Some(Type::Datasec(maps)) = maps {
            for entry in maps.vars() {
                if let Some(found) = index.externs.get_mut(btf.name(entry.ty)).filter(|(id, _)| *id == entry.ty) {
                    found.1 = ExternKind::Map;
                }
            }
        }
        index
    }
}
