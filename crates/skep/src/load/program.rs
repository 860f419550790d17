//! Programs through the verifier.

use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

use super::{Session, privilege};
use crate::{
    Error, Kind, Program, Rejection, Thing,
    errors::at,
    object::{
        SectionFlags, Site,
        btf::{Endian, TypeId},
        isa::{Opcode, opcode::pseudo},
        uapi::AttachType,
    },
    reloc::{self, Code, ModuleIdx, Slot},
    sys::{
        self, Errno,
        bpf::{AttachBtf, Kind as IdKind, Log, ProgLoad, Records, fd_by_id, prog_load},
    },
};

/// The first buffer for a log; most fit.
const LOG: u32 = 1 << 20;

/// The bytes of a record about a function.
#[doc(alias = "bpf_func_info")]
const FUNC_INFO: usize = 8;
/// The bytes of a record about a line of source.
#[doc(alias = "bpf_line_info")]
const LINE_INFO: usize = 16;

/// A program with its descriptors in place, ready to be sent.
pub(crate) struct Attempt<'a> {
    pub(crate) program: &'a reloc::Program,
    pub(crate) code: &'a Code,
    bytes: Bytes,
    /// The module BTF that calls find their functions in; the first is never looked at.
    fd_array: Vec<Arc<OwnedFd>>,
    attach_btf: Option<Arc<OwnedFd>>,
    /// The maps of its jump tables, kept until it is loaded.
    _jumps: Vec<OwnedFd>,
    attach_type: Option<AttachType>,
}

/// A program as the kernel reads it.
#[derive(Default)]
pub(super) struct Bytes {
    insns: Vec<u8>,
    func_info: Vec<u8>,
    line_info: Vec<u8>,
}

impl Session<'_> {
    /// Loads a program.
    pub(super) fn program(&mut self, program: &reloc::Program) -> Result<Program, Vec<Error>> {
        let mut attempt = self.attempt(program)?;
        let result = self.run(&attempt, None).or_else(|error| self.again(&mut attempt, error));
        self.spare = attempt.bytes;
        match result {
            Ok(fd) => {
                self.bind(fd.as_fd());
                let type_btf = self.type_btf(attempt.code);
                Ok(Program::new(program, fd, self.program_site(program)).holding(type_btf))
            }
            Err(error) => Err(vec![error]),
        }
    }

    /// Prepares a program.
    pub(crate) fn attempt<'p>(&mut self, program: &'p reloc::Program) -> Result<Attempt<'p>, Vec<Error>> {
        let Ok(code) = &program.code else { return Err(self.faults(program)) };
        let one = |error| vec![error];
        for &(_, slot) in &code.fds {
            if let Slot::ModuleBtf(module) | Slot::TypeBtf(module) = slot {
                self.module(&self.program_site(program), module).map_err(one)?;
            }
        }
        let jumps = self.jumps(program, &code.jumps).map_err(one)?;
        let mut attempt = Attempt {
            program,
            code,
            bytes: self.insns(program, code, &jumps).map_err(one)?,
            fd_array: self.fd_array(program, code).map_err(one)?,
            attach_btf: None,
            _jumps: jumps,
            attach_type: program.attach_type,
        };
        if let Some(module) = program.attach_to.as_ref().and_then(|to| to.module) {
            attempt.attach_btf = Some(self.module(&self.program_site(program), module).map_err(one)?);
        }
        if !code.func_info.is_empty() && self.object_btf().is_some() {
            let Bytes { func_info, line_info, .. } = &mut attempt.bytes;
            func_info.reserve_exact(code.func_info.len() * FUNC_INFO);
            for info in &code.func_info {
                words(func_info, [info.insn.0, info.type_id.0]);
            }
            line_info.reserve_exact(code.line_info.len() * LINE_INFO);
            for info in &code.line_info {
                let line = info.line;
                words(line_info, [info.insn.0, line.file.0, line.text.0, line.line_col]);
            }
        }
        Ok(attempt)
    }

    /// What relocation found wrong with a program.
    pub(super) fn faults(&self, program: &reloc::Program) -> Vec<Error> {
        let faults = program.code.as_ref().err().into_iter().flatten();
        faults.map(|error| self.relocation_error(program, error)).collect()
    }

    /// An error of relocation as one of loading, with the program's place where it has none.
    fn relocation_error(&self, program: &reloc::Program, error: &reloc::Error) -> Error {
        let mut site = error.site().clone();
        if site == Site::default() {
            site = self.program_site(program);
        }
        Error::new(site, Kind::Relocate(error.kind().clone()))
    }

    /// Sends a program to the kernel.
    pub(crate) fn run(&self, attempt: &Attempt<'_>, log: Option<&mut Log>) -> Result<OwnedFd, sys::Error> {
        let program = attempt.program;
        let fd_array = attempt.fd_array.iter().map(|fd| fd.as_fd()).collect::<Vec<_>>();
        let has_info = !attempt.bytes.func_info.is_empty();
        prog_load(
            &ProgLoad {
                prog_type: program.prog_type,
                insns: &attempt.bytes.insns,
                license: &self.relocated.license,
                kern_version: self.relocated.version,
                flags: program.flags,
                name: &program.name,
                expected_attach_type: attempt.attach_type.unwrap_or_default(),
                btf: if has_info { self.loaded_btf() } else { None },
                func_info: Records { bytes: &attempt.bytes.func_info, size: FUNC_INFO as u32 },
                line_info: Records { bytes: &attempt.bytes.line_info, size: LINE_INFO as u32 },
                attach_btf_id: program.attach_to.as_ref().map_or(TypeId::VOID, |to| to.type_id),
                attach_btf: attempt.attach_btf.as_ref().map_or(AttachBtf::Kernel, |fd| AttachBtf::Module(fd.as_fd())),
                fd_array: &fd_array,
                ..ProgLoad::default()
            },
            log,
        )
    }

    /// Finds out why a program was refused, and tries what an older kernel may want.
    fn again(&self, attempt: &mut Attempt<'_>, error: sys::Error) -> Result<OwnedFd, Error> {
        let program = attempt.program;
        let site = self.program_site(program);
        let action = format!("load a program of type {}", program.prog_type);
        if let Some(kind) = privilege::missing(error, privilege::of_program(program.prog_type), action) {
            return Err(at(&site, kind));
        }
        let (result, log) = self.run_logged(attempt, 1);
        let error = match result {
            Ok(fd) => return Ok(fd),
            Err(error) => error,
        };
        let optional = program.section.def.is_some_and(|def| def.flags.contains(SectionFlags::ATTACH_TYPE_OPTIONAL));
        if optional && log.bytes().is_empty() && error.errno == Errno::EINVAL && attempt.attach_type.take().is_some() {
            return self.run(attempt, None).or_else(|error| self.again(attempt, error));
        }
        Err(self.refused(attempt, error, &log))
    }

    /// Sends a program and has the whole log, however long it is.
    pub(crate) fn run_logged(&self, attempt: &Attempt<'_>, level: u32) -> (Result<OwnedFd, sys::Error>, Log) {
        let mut size = LOG;
        loop {
            let mut log = Log::new(level, size);
            let result = self.run(attempt, Some(&mut log));
            let is_cut = log.is_truncated() || matches!(&result, Err(error) if error.errno == Errno::ENOSPC);
            if !is_cut || size == Log::MAX_SIZE {
                return (result, log);
            }
            size = log.true_size.max(size.saturating_mul(8)).min(Log::MAX_SIZE);
        }
    }

    /// The error for a program that the kernel refused with this log.
    pub(crate) fn refused(&self, attempt: &Attempt<'_>, error: sys::Error, log: &Log) -> Error {
        let site = self.program_site(attempt.program);
        if log.bytes().is_empty() {
            let reason = self.btf_refusal().map(|kind| kind.to_string());
            let reason = reason.or_else(|| privilege::why_no_program(attempt.program, error.errno));
            return at(&site, Kind::ProgramLoad { error, reason });
        }
        let rejection = Rejection::of(attempt, self.relocated, error, &log.text());
        let site = rejection.place(site, attempt.code, self.relocated);
        Error::new(site, Kind::Verifier(Box::new(rejection)))
    }

    /// The instructions with descriptors in place, in the room that the program before had.
    fn insns(&mut self, program: &reloc::Program, code: &Code, jumps: &[OwnedFd]) -> Result<Bytes, Error> {
        let mut room = std::mem::take(&mut self.spare);
        let Bytes { insns: bytes, func_info, line_info } = &mut room;
        [&mut *bytes, func_info, line_info].into_iter().for_each(Vec::clear);
        bytes.reserve_exact(code.slots.len() * 8);
        for slot in &code.slots {
            bytes.extend_from_slice(&slot.to_bytes(Endian::NATIVE));
        }
        for &(insn, slot) in &code.fds {
            let fd = match slot {
                Slot::Map(map) => self.map_fd(program, map.at())?.as_raw_fd(),
                Slot::Held(map) => match code.held.get(map as usize) {
                    Some(map) => map.fd(),
                    None => continue,
                },
                Slot::Jumps(i) => match jumps.get(i as usize) {
                    Some(fd) => fd.as_raw_fd(),
                    None => continue,
                },
                Slot::ModuleBtf(module) | Slot::TypeBtf(module) => {
                    match self.modules.get(module.0 as usize).and_then(Option::as_ref) {
                        Some(fd) => fd.as_raw_fd(),
                        None => continue,
                    }
                }
            };
            // The immediate is the second half of a slot.
            if let Some(imm) = bytes.as_chunks_mut().0.get_mut(2 * insn.at() + 1) {
                *imm = fd.to_ne_bytes();
            }
        }
        Ok(room)
    }

    fn map_fd(&self, program: &reloc::Program, map: usize) -> Result<BorrowedFd<'_>, Error> {
        match self.maps.get(map).and_then(Option::as_ref) {
            Some(map) => Ok(map.as_fd()),
            None => {
                let name = self.relocated.maps.get(map).map_or("?", |spec| &spec.name);
                let lacks = |error: &&Error| matches!(error.kind(), Kind::MissingCapability { .. });
                let broken = self.broken.iter().find(|error| error.site().symbol.as_deref() == Some(name));
                let broken = broken.or_else(|| self.broken.iter().find(lacks));
                let kind = match broken.map(|error| (error, error.kind())) {
                    // It is the process that lacks something, whatever it was to create.
                    Some((_, Kind::MissingCapability { capability, action, error })) => {
                        Kind::MissingCapability { capability, action: action.clone(), error: *error }
                    }
                    Some((error, _)) => Kind::MapFailed { map: name.to_owned(), error: error.to_string() },
                    None => Kind::NotLoaded(Thing::Map, name.to_owned()),
                };
                Err(at(&self.program_site(program), kind))
            }
        }
    }

    /// The BTF of modules whose descriptors a program holds in its instructions as numbers.
    fn type_btf(&self, code: &Code) -> Vec<Arc<OwnedFd>> {
        let of_type = |&(_, slot): &(_, Slot)| match slot {
            Slot::TypeBtf(module) => self.modules.get(module.0 as usize)?.clone(),
            _ => None,
        };
        code.fds.iter().filter_map(of_type).collect()
    }

    /// The modules that calls of a program find their functions in.
    fn fd_array(&mut self, program: &reloc::Program, code: &Code) -> Result<Vec<Arc<OwnedFd>>, Error> {
        let calls_module =
            code.slots.iter().any(|i| i.code == Opcode::CALL && i.src() == pseudo::KFUNC_CALL && i.off != 0);
        let mut fds = Vec::new();
        if calls_module {
            for &module in &self.relocated.fd_array {
                fds.push(self.module(&self.program_site(program), module)?);
            }
            if let Some(first) = fds.first().cloned() {
                fds.insert(0, first);
            }
        }
        Ok(fds)
    }

    /// The BTF of a module.
    pub(super) fn module(&mut self, site: &Site, idx: ModuleIdx) -> Result<Arc<OwnedFd>, Error> {
        let at_idx = idx.0 as usize;
        if let Some(Some(fd)) = self.modules.get(at_idx) {
            return Ok(fd.clone());
        }
        let (id, name) = self.relocated.modules.get(at_idx).map_or((0, "?"), |module| (module.btf_id, &*module.name));
        let fd = fd_by_id(IdKind::Btf, id)
            .map_err(|error| at(site, Kind::Kernel { action: format!("open the BTF of module {name}"), error }))?;
        let fd = Arc::new(fd);
        if let Some(place) = self.modules.get_mut(at_idx) {
            *place = Some(fd.clone());
        }
        Ok(fd)
    }
}

/// Appends numbers in the host's byte order.
fn words<const N: usize>(bytes: &mut Vec<u8>, words: [u32; N]) {
    for word in words {
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
}
