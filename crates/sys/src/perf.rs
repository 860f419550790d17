//! perf_event_open(2) and the ioctls of its descriptors.

use crate::error::During;
use crate::pmu::Pmu;
use crate::{Error, Result, at_least_3};
use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use zerocopy::{FromZeros, Immutable, IntoBytes};

/// `struct perf_event_attr` up to `PERF_ATTR_SIZE_VER5`, which every supported kernel knows.
#[repr(C)]
#[derive(IntoBytes, FromZeros, Immutable)]
struct Attr {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    bp_type: u32,
    config1: u64,
    config2: u64,
    branch_sample_type: u64,
    sample_regs_user: u64,
    sample_stack_user: u32,
    clockid: i32,
    sample_regs_intr: u64,
    aux_watermark: u32,
    sample_max_stack: u16,
    pad: u16,
}
const _: () = {
    assert!(core::mem::offset_of!(Attr, config) == 8);
    assert!(core::mem::offset_of!(Attr, flags) == 40);
    assert!(core::mem::offset_of!(Attr, config1) == 56);
    assert!(core::mem::offset_of!(Attr, clockid) == 92);
    assert!(size_of::<Attr>() == 112);
};

/// A bit field of the attribute: bits are counted from the other end on big-endian hosts.
const fn bit(n: u32) -> u64 {
    if cfg!(target_endian = "little") { 1 << n } else { 1 << (63 - n) }
}
const DISABLED: u64 = bit(0);
const FREQ: u64 = bit(10);
const SAMPLE_RAW: u64 = 1 << 10;
const KIND_HARDWARE: u32 = 0;
const KIND_SOFTWARE: u32 = 1;
const KIND_TRACEPOINT: u32 = 2;
const SOFTWARE_BPF_OUTPUT: u64 = 10;
const FLAG_FD_CLOEXEC: libc::c_ulong = 8;

/// Which task and CPU an event counts. The id of a process stands for its first thread only, except for uprobes, which
/// all threads that share the memory run into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All tasks on one CPU.
    Cpu(u32),
    /// One task on any CPU, 0 for this one.
    Process(u32),
    /// One task on one CPU.
    ProcessOnCpu(u32, u32),
}

/// How often a counter samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rate {
    /// After every so many events; nanoseconds for clocks.
    Period(u64),
    /// So many times a second.
    Frequency(u64),
}

/// An event to be opened. All are opened disabled.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A tracepoint, by its id (see [`tracepoint_id`](crate::tracefs::tracepoint_id)) or that of a probe in tracefs.
    Tracepoint {
        /// The id.
        id: u32,
    },
    /// A kernel function (4.17).
    Kprobe {
        /// From [`pmu::kprobe`](crate::pmu::kprobe).
        pmu: Pmu,
        /// The function; `None` if `offset` is an address.
        symbol: Option<&'a CStr>,
        /// Offset from the function, or the address.
        offset: u64,
        /// At the return instead of the entry.
        is_return: bool,
    },
    /// A place in a file (4.17).
    Uprobe {
        /// From [`pmu::uprobe`](crate::pmu::uprobe).
        pmu: Pmu,
        /// The file.
        path: &'a CStr,
        /// Offset in the file.
        offset: u64,
        /// Offset in the file of a reference counter, 0 for none.
        ref_ctr_offset: u32,
        /// At the return instead of the entry.
        is_return: bool,
    },
    /// A counter of the kernel (`PERF_COUNT_SW_*`: 0 CPU clock, 1 task clock, 2 page faults, 3 context switches).
    Software {
        /// Which.
        config: u64,
        /// How often.
        rate: Rate,
    },
    /// A counter of the CPU (`PERF_COUNT_HW_*`: 0 cycles, 1 instructions).
    Hardware {
        /// Which.
        config: u64,
        /// How often.
        rate: Rate,
    },
    /// Any other kind of event, in its own numbers.
    Raw {
        /// The kind.
        kind: u32,
        /// Its number.
        config: u64,
        /// How often.
        rate: Rate,
    },
    /// What programs write with `bpf_perf_event_output`.
    Output {
        /// Wake the reader after so many records.
        wakeup_events: u32,
    },
}

impl Event<'_> {
    fn attr(&self) -> Attr {
        let mut attr = Attr::new_zeroed();
        attr.size = size_of::<Attr>() as u32;
        attr.flags = DISABLED;
        let mut sampled = |kind, config, rate| {
            (attr.kind, attr.config) = (kind, config);
            let (Rate::Period(number) | Rate::Frequency(number)) = rate;
            attr.sample_period = number;
            attr.flags |= if matches!(rate, Rate::Frequency(_)) { FREQ } else { 0 };
        };
        match *self {
            Self::Software { config, rate } => sampled(KIND_SOFTWARE, config, rate),
            Self::Hardware { config, rate } => sampled(KIND_HARDWARE, config, rate),
            Self::Raw { kind, config, rate } => sampled(kind, config, rate),
            Self::Tracepoint { id } => {
                sampled(KIND_TRACEPOINT, u64::from(id), Rate::Period(1));
                attr.sample_type = SAMPLE_RAW;
                attr.wakeup_events = 1;
            }
            Self::Kprobe { pmu, symbol, offset, is_return } => {
                attr.kind = pmu.kind;
                attr.config = u64::from(is_return) << pmu.return_bit;
                attr.config1 = symbol.map_or(0, |symbol| symbol.as_ptr() as usize as u64);
                attr.config2 = offset;
            }
            Self::Uprobe { pmu, path, offset, ref_ctr_offset, is_return } => {
                attr.kind = pmu.kind;
                attr.config = u64::from(is_return) << pmu.return_bit | u64::from(ref_ctr_offset) << pmu.ref_ctr_shift;
                attr.config1 = path.as_ptr() as usize as u64;
                attr.config2 = offset;
            }
            Self::Output { wakeup_events } => {
                sampled(KIND_SOFTWARE, SOFTWARE_BPF_OUTPUT, Rate::Period(1));
                attr.sample_type = SAMPLE_RAW;
                attr.wakeup_events = wakeup_events;
            }
        }
        attr
    }
}

/// An open perf event. Dropping it closes it, which detaches a program set on it.
#[derive(Debug)]
pub struct PerfEvent {
    fd: OwnedFd,
}

/// Opens a perf event, disabled.
///
/// # Errors
/// `EACCES` or `EPERM` without `CAP_PERFMON` or as `perf_event_paranoid` says; `ENOENT` for a kind or symbol that is
/// not there; `EINVAL` for a function that cannot be probed; `ENODEV` for a CPU that is down.
#[doc(alias = "perf_event_open")]
pub fn open(event: &Event<'_>, scope: Scope) -> Result<PerfEvent> {
    const CALL: &str = "perf_event_open";
    let attr = event.attr();
    let (pid, cpu) = match scope {
        Scope::Cpu(cpu) => (-1, cpu.cast_signed()),
        Scope::Process(pid) => (pid.cast_signed(), -1),
        Scope::ProcessOnCpu(pid, cpu) => (pid.cast_signed(), cpu.cast_signed()),
    };
    let flags: libc::c_ulong = FLAG_FD_CLOEXEC;
    // SAFETY: the attribute says its own size; the only address in it is that of a C string that `event` borrows.
    let fd = unsafe { libc::syscall(libc::SYS_perf_event_open, &raw const attr, pid, cpu, -1, flags) };
    if fd < 0 {
        return Err(Error::last(CALL));
    }
    // SAFETY: the kernel just made this descriptor for us.
    let fd = at_least_3(unsafe { OwnedFd::from_raw_fd(fd as i32) })?;
    Ok(PerfEvent { fd })
}

// The numbers as on most architectures; MIPS, PowerPC, SPARC and others encode the direction of an ioctl otherwise.
const NONE: libc::c_ulong = if cfg!(any(
    target_arch = "mips",
    target_arch = "mips64",
    target_arch = "powerpc",
    target_arch = "powerpc64",
    target_arch = "sparc",
    target_arch = "sparc64",
)) {
    1 << 29
} else {
    0
};
const WRITE: libc::c_ulong = if NONE == 0 { 1 << 30 } else { 1 << 31 };
const ENABLE: libc::c_ulong = NONE | 0x2400;
const DISABLE: libc::c_ulong = NONE | 0x2401;
const PERIOD: libc::c_ulong = WRITE | 8 << 16 | 0x2404;
const SET_BPF: libc::c_ulong = WRITE | 4 << 16 | 0x2408;

impl PerfEvent {
    /// Starts the event.
    ///
    /// # Errors
    /// None in practice.
    #[doc(alias = "PERF_EVENT_IOC_ENABLE")]
    pub fn enable(&self) -> Result<()> {
        // SAFETY: this ioctl takes a number, no address.
        self.ioctl("ioctl(PERF_EVENT_IOC_ENABLE)", unsafe { libc::ioctl(self.fd.as_raw_fd(), ENABLE as _, 0) })
    }

    /// Stops the event.
    ///
    /// # Errors
    /// None in practice.
    #[doc(alias = "PERF_EVENT_IOC_DISABLE")]
    pub fn disable(&self) -> Result<()> {
        // SAFETY: this ioctl takes a number, no address.
        self.ioctl("ioctl(PERF_EVENT_IOC_DISABLE)", unsafe { libc::ioctl(self.fd.as_raw_fd(), DISABLE as _, 0) })
    }

    /// Changes the period, or the frequency of an event opened with one.
    ///
    /// # Errors
    /// `EINVAL` for 0 or an event that does not sample.
    #[doc(alias = "PERF_EVENT_IOC_PERIOD")]
    pub fn set_period(&self, period: u64) -> Result<()> {
        // SAFETY: this ioctl reads 8 bytes, which outlive the call.
        let ret = unsafe { libc::ioctl(self.fd.as_raw_fd(), PERIOD as _, &raw const period) };
        self.ioctl("ioctl(PERF_EVENT_IOC_PERIOD)", ret)
    }

    /// Runs `program` at each event until the event is closed. A link does the same since 5.15.
    ///
    /// # Errors
    /// `EINVAL` for a kind of program that does not fit; `EEXIST` if there is one already.
    #[doc(alias = "PERF_EVENT_IOC_SET_BPF")]
    pub fn set_bpf(&self, program: BorrowedFd<'_>) -> Result<()> {
        // SAFETY: this ioctl takes a descriptor, no address.
        let ret = unsafe { libc::ioctl(self.fd.as_raw_fd(), SET_BPF as _, program.as_raw_fd()) };
        self.ioctl("ioctl(PERF_EVENT_IOC_SET_BPF)", ret)
    }

    /// The count so far.
    ///
    /// # Errors
    /// Those of read(2).
    pub fn count(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        rustix::io::read(&self.fd, &mut bytes).during("read(perf event)")?;
        Ok(u64::from_ne_bytes(bytes))
    }

    /// The descriptor alone.
    pub fn into_fd(self) -> OwnedFd {
        self.fd
    }

    fn ioctl(&self, call: &'static str, ret: libc::c_int) -> Result<()> {
        if ret < 0 { Err(Error::last(call)) } else { Ok(()) }
    }
}

impl AsFd for PerfEvent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
