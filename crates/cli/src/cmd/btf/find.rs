//! `skep btf find`: types by name, where members are, and who uses them.

use std::{
    io::{self, Write},
    sync::Arc,
};

use serde_json::{Value, json};
use skep::{
    btf::{Btf, Place, Type, TypeId, User, Users, nearest},
    btf_source::{Opened, Source, open},
    object::pattern::{is_pattern, matches},
    sys::mmap::kernel_btf_names,
};

use crate::{
    args::btf::Find,
    output::{self, FAINT, HEAD, NAME, styled},
    report::{Failure, Report, status},
    source,
};

/// A type that was found.
struct Hit {
    btf: Arc<Btf>,
    /// The module it is in.
    module: Option<String>,
    id: TypeId,
    /// The member that a path led to.
    place: Option<(String, Place)>,
}

/// Prints what is found.
pub fn find(args: &Find) -> Result<(), Failure> {
    let opened = source::open(&args.source, &args.base)?;
    let mut modules = None;
    let hits = Failure::collect(args.names.iter().map(|name| {
        let hits = search(&opened.btf, None, name, args)?;
        if !hits.is_empty() {
            return Ok(hits);
        }
        let modules = modules.get_or_insert_with(|| running_modules(args, &opened));
        let mut hits = Vec::new();
        for (module, btf) in &*modules {
            hits.extend(search(btf, Some(module), name, args)?);
        }
        if hits.is_empty() { Err(nothing(&opened.btf, name)) } else { Ok(hits) }
    }))?;
    let hits: Vec<Hit> = hits.into_iter().flatten().collect();
    let mut users: Vec<(Arc<Btf>, Users)> = Vec::new();
    for hit in &hits {
        let known = users.iter().any(|(btf, _)| Arc::ptr_eq(btf, &hit.btf));
        if args.users && !known {
            users.push((hit.btf.clone(), Users::of(&hit.btf)));
        }
        let users = users.iter().find(|(btf, _)| Arc::ptr_eq(btf, &hit.btf));
        let named = users.map(|(btf, users)| users.named(btf, hit.id));
        if args.json { output::json_line(&hit.json(named.as_deref())) } else { hit.print(named.as_deref()) }
            .map_err(output::lost)?;
    }
    Ok(())
}

/// The modules of the running kernel, if that is what is searched. One that cannot be opened harms nothing.
fn running_modules(args: &Find, kernel: &Opened) -> Vec<(String, Arc<Btf>)> {
    if !matches!(Source::parse(&args.source), Ok(Source::Running)) {
        return Vec::new();
    }
    let names = kernel_btf_names().unwrap_or_default().into_iter().filter(|name| name != "vmlinux");
    let open = |name: String| {
        let opened = open(&Source::Module(name.clone()), Some(&kernel.btf)).ok()?;
        Some((name, opened.btf))
    };
    names.filter_map(open).collect()
}

/// The types that a name, a pattern, an id or a path leads to: all for a whole source, its own for a module.
fn search(btf: &Arc<Btf>, module: Option<&String>, text: &str, args: &Find) -> Result<Vec<Hit>, Failure> {
    let hit = |id, place| Hit { btf: btf.clone(), module: module.cloned(), id, place };
    let first = if module.is_some() { btf.first_id().0 } else { 1 };
    let wanted = |id: &TypeId| args.kind.is_empty() || btf.kind(*id).is_some_and(|kind| args.kind.contains(&kind));
    if let Some(digits) = text.strip_prefix('#') {
        let id = digits.parse().map(TypeId).ok().filter(|&id| btf.get(id).is_some());
        return Ok(id.into_iter().map(|id| hit(id, None)).collect());
    }
    let end = btf.first_id().0 + btf.len();
    if is_pattern(text) {
        let all = (first..end).map(TypeId).filter(wanted);
        return Ok(all.filter(|&id| matches(text, btf.name(id))).map(|id| hit(id, None)).collect());
    }
    let named = |name: &str| -> Vec<TypeId> { btf.find_all(name).filter(|id| id.0 >= first).filter(wanted).collect() };
    let whole = named(text);
    let Some((root, path)) = text.split_once(['.', '[']).filter(|_| whole.is_empty()) else {
        return Ok(whole.into_iter().map(|id| hit(id, None)).collect());
    };
    let path = if text.as_bytes().get(root.len()) == Some(&b'[') { &text[root.len()..] } else { path };
    let mut error = None;
    let mut found = Vec::new();
    for id in named(root) {
        match btf.path(id, path) {
            Ok(place) => found.push(hit(id, Some((path.to_owned(), place)))),
            Err(why) => error = Some(why),
        }
    }
    match error {
        Some(error) if found.is_empty() => {
            Err(Failure::new(status::USAGE, Report::new(error.code(), error.to_string()).file(&args.source)))
        }
        _ => Ok(found),
    }
}

fn nothing(btf: &Btf, name: &str) -> Failure {
    let failure = Failure::new(status::USAGE, Report::new("no-such-type", format!("no type is named `{name}`")));
    let near = if is_pattern(name) { None } else { nearest(name, btf.ids().map(|id| btf.name(id))) };
    match near {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure,
    }
}

impl Hit {
    fn print(&self, users: Option<&[User]>) -> io::Result<()> {
        let mut out = output::out();
        let id = styled(FAINT, format!("#{}", self.id.0));
        let size = self.btf.size(self.id).map_or(String::new(), |size| format!("  {size} bytes"));
        let count = count(&self.btf, self.id).map_or(String::new(), |(n, what)| format!(", {n} {what}"));
        let module = self.module.as_ref().map_or(String::new(), |module| format!("  in module {module}"));
        let about = styled(FAINT, format!("{size}{count}{module}"));
        writeln!(out, "{id} {}{about}", styled(HEAD, text(&self.btf, self.id)))?;
        if let Some((path, place)) = &self.place {
            let (bytes, bits) = (place.bit_offset / 8, place.bit_offset % 8);
            let offset = if bits == 0 { format!("{bytes}") } else { format!("{bytes} and {bits} bits") };
            let size = match (place.bit_size, self.btf.size(place.ty)) {
                (0, Ok(size)) => format!("{size} bytes"),
                (0, Err(_)) => "no size".into(),
                (bits, _) => format!("{bits} bits"),
            };
            writeln!(out, "  {}: {} at {offset}, {size}", styled(NAME, path), self.btf.spelled(place.ty))?;
        }
        for user in users.unwrap_or_default() {
            let how = element(&self.btf, user).map_or(String::new(), |(name, how)| match name.is_empty() {
                true => format!(": {how}"),
                false => format!(".{name}: {how}"),
            });
            writeln!(out, "  {} {}{how}", styled(FAINT, format!("#{}", user.id.0)), text(&self.btf, user.id))?;
        }
        Ok(())
    }

    fn json(&self, users: Option<&[User]>) -> Value {
        let btf = &*self.btf;
        let place = self.place.as_ref().map(|(path, place)| {
            json!({
                "path": path,
                "type": btf.spelled(place.ty),
                "bit_offset": place.bit_offset,
                "bit_size": place.bit_size,
                "size": btf.size(place.ty).ok(),
            })
        });
        let user = |user: &User| {
            let element = element(btf, user);
            json!({
                "id": user.id.0,
                "kind": btf.kind(user.id).map(|kind| kind.name()),
                "name": btf.name(user.id),
                "element": element.as_ref().map(|(name, _)| name),
                "as": element.as_ref().map(|(_, how)| how),
            })
        };
        json!({
            "id": self.id.0,
            "kind": btf.kind(self.id).map(|kind| kind.name()),
            "name": btf.name(self.id),
            "text": text(btf, self.id),
            "size": btf.size(self.id).ok(),
            "elements": count(btf, self.id).map(|(n, _)| n),
            "module": self.module,
            "member": place,
            "users": users.map(|users| users.iter().map(user).collect::<Vec<_>>()),
        })
    }
}

/// A type in one line, said so that its kind is seen.
fn text(btf: &Btf, id: TypeId) -> String {
    match btf.get(id) {
        Some(Type::Typedef { name, target }) => format!("typedef {}", btf.declared(target, name)),
        _ => btf.spelled(id),
    }
}

/// How many parts a type has, and what these are called.
fn count(btf: &Btf, id: TypeId) -> Option<(u32, &'static str)> {
    match btf.get(id)? {
        Type::Struct(ty) | Type::Union(ty) => Some((ty.len, "members")),
        Type::Enum(ty) => Some((ty.len, "values")),
        Type::Datasec(ty) => Some((ty.len, "variables")),
        _ => None,
    }
}

/// The name of the element by which a type uses another one, and the element's type.
fn element(btf: &Btf, user: &User) -> Option<(String, String)> {
    let i = user.element?;
    let (name, ty) = match btf.get(user.id)? {
        Type::Struct(ty) | Type::Union(ty) => ty.member(i).map(|member| (member.name, member.ty))?,
        Type::FuncProto(ty) => ty.params().nth(i as usize).map(|param| (param.name, param.ty))?,
        Type::Datasec(ty) => ty.vars().nth(i as usize).map(|var| (btf.name(var.ty), var.ty))?,
        _ => return None,
    };
    Some((name.to_owned(), btf.spelled(ty)))
}
