//! The options that a kernel has to be built with, beyond those of BPF itself, for what it knows by number.

use crate::{AttachType, MapType, ProgType};

/// One row: what needs options, and their names. Each has to be `y` or `m`.
pub type OptionRow<T> = (T, &'static [&'static str]);

const NET: &[&str] = &["CONFIG_NET"];
const EVENTS: &[&str] = &["CONFIG_BPF_EVENTS"];
const CGROUP: &[&str] = &["CONFIG_CGROUP_BPF"];
const INET: &[&str] = &["CONFIG_INET"];
const JIT: &[&str] = &["CONFIG_BPF_JIT"];
const LSM: &[&str] = &["CONFIG_BPF_LSM"];

/// What types of programs need.
pub const PROG_TYPE_OPTIONS: &[OptionRow<ProgType>] = &[
    (ProgType::SOCKET_FILTER, NET),
    (ProgType::KPROBE, EVENTS),
    (ProgType::SCHED_CLS, NET),
    (ProgType::SCHED_ACT, NET),
    (ProgType::TRACEPOINT, EVENTS),
    (ProgType::XDP, NET),
    (ProgType::PERF_EVENT, EVENTS),
    (ProgType::CGROUP_SKB, CGROUP),
    (ProgType::CGROUP_SOCK, CGROUP),
    (ProgType::LWT_IN, NET),
    (ProgType::LWT_OUT, NET),
    (ProgType::LWT_XMIT, NET),
    (ProgType::SOCK_OPS, NET),
    (ProgType::SK_SKB, NET),
    (ProgType::CGROUP_DEVICE, CGROUP),
    (ProgType::SK_MSG, NET),
    (ProgType::RAW_TRACEPOINT, EVENTS),
    (ProgType::CGROUP_SOCK_ADDR, CGROUP),
    (ProgType::LWT_SEG6LOCAL, &["CONFIG_NET", "CONFIG_IPV6_SEG6_BPF"]),
    (ProgType::LIRC_MODE2, &["CONFIG_BPF_LIRC_MODE2"]),
    (ProgType::SK_REUSEPORT, INET),
    (ProgType::FLOW_DISSECTOR, NET),
    (ProgType::CGROUP_SYSCTL, CGROUP),
    (ProgType::RAW_TRACEPOINT_WRITABLE, EVENTS),
    (ProgType::CGROUP_SOCKOPT, CGROUP),
    (ProgType::TRACING, EVENTS),
    (ProgType::STRUCT_OPS, JIT),
    (ProgType::EXT, JIT),
    (ProgType::LSM, LSM),
    (ProgType::SK_LOOKUP, INET),
    (ProgType::NETFILTER, &["CONFIG_NETFILTER_BPF_LINK"]),
];

/// What kinds of maps need.
pub const MAP_TYPE_OPTIONS: &[OptionRow<MapType>] = &[
    (MapType::STACK_TRACE, &["CONFIG_PERF_EVENTS"]),
    (MapType::CGROUP_ARRAY, &["CONFIG_CGROUPS"]),
    (MapType::DEVMAP, NET),
    (MapType::SOCKMAP, INET),
    (MapType::CPUMAP, NET),
    (MapType::XSKMAP, &["CONFIG_XDP_SOCKETS"]),
    (MapType::SOCKHASH, INET),
    (MapType::CGROUP_STORAGE, CGROUP),
    (MapType::REUSEPORT_SOCKARRAY, INET),
    (MapType::PERCPU_CGROUP_STORAGE, CGROUP),
    (MapType::SK_STORAGE, NET),
    (MapType::DEVMAP_HASH, NET),
    (MapType::STRUCT_OPS, JIT),
    (MapType::INODE_STORAGE, LSM),
    (MapType::CGRP_STORAGE, &["CONFIG_CGROUPS"]),
];

/// What places to attach to need, beyond what their programs do.
pub const ATTACH_TYPE_OPTIONS: &[OptionRow<AttachType>] = &[
    (AttachType::TRACE_KPROBE_MULTI, &["CONFIG_FPROBE"]),
    (AttachType::LSM_CGROUP, CGROUP),
    (AttachType::TCX_INGRESS, &["CONFIG_NET_XGRESS"]),
    (AttachType::TCX_EGRESS, &["CONFIG_NET_XGRESS"]),
    (AttachType::TRACE_UPROBE_MULTI, &["CONFIG_UPROBES"]),
    (AttachType::NETKIT_PRIMARY, &["CONFIG_NETKIT"]),
    (AttachType::NETKIT_PEER, &["CONFIG_NETKIT"]),
    (AttachType::TRACE_KPROBE_SESSION, &["CONFIG_FPROBE"]),
    (AttachType::TRACE_UPROBE_SESSION, &["CONFIG_UPROBES"]),
];

fn of<T: PartialEq>(rows: &[OptionRow<T>], value: &T) -> &'static [&'static str] {
    rows.iter().find(|(row, _)| row == value).map_or(&[], |(_, options)| options)
}

impl ProgType {
    /// The options that a kernel needs for programs of this type.
    pub fn options(self) -> &'static [&'static str] {
        of(PROG_TYPE_OPTIONS, &self)
    }
}

impl MapType {
    /// The options that a kernel needs for maps of this kind.
    pub fn options(self) -> &'static [&'static str] {
        of(MAP_TYPE_OPTIONS, &self)
    }
}

impl AttachType {
    /// The options that a kernel needs for this place, beyond those of the programs that are attached to it.
    pub fn options(self) -> &'static [&'static str] {
        of(ATTACH_TYPE_OPTIONS, &self)
    }
}
