//! Kinds of links.

names! {
    /// The kind of a link (`enum bpf_link_type`).
    pub struct LinkType(u32) {
        UNSPEC = 0, "unspec", "BPF_LINK_TYPE_UNSPEC", (5, 7);
        RAW_TRACEPOINT = 1, "raw_tracepoint", "BPF_LINK_TYPE_RAW_TRACEPOINT", (5, 7);
        TRACING = 2, "tracing", "BPF_LINK_TYPE_TRACING", (5, 7);
        CGROUP = 3, "cgroup", "BPF_LINK_TYPE_CGROUP", (5, 7);
        ITER = 4, "iter", "BPF_LINK_TYPE_ITER", (5, 8);
        NETNS = 5, "netns", "BPF_LINK_TYPE_NETNS", (5, 8);
        XDP = 6, "xdp", "BPF_LINK_TYPE_XDP", (5, 9);
        PERF_EVENT = 7, "perf_event", "BPF_LINK_TYPE_PERF_EVENT", (5, 15);
        KPROBE_MULTI = 8, "kprobe_multi", "BPF_LINK_TYPE_KPROBE_MULTI", (5, 18);
        /// Made by user programs since 6.4.
        STRUCT_OPS = 9, "struct_ops", "BPF_LINK_TYPE_STRUCT_OPS", (5, 19);
        NETFILTER = 10, "netfilter", "BPF_LINK_TYPE_NETFILTER", (6, 4);
        TCX = 11, "tcx", "BPF_LINK_TYPE_TCX", (6, 6);
        UPROBE_MULTI = 12, "uprobe_multi", "BPF_LINK_TYPE_UPROBE_MULTI", (6, 6);
        NETKIT = 13, "netkit", "BPF_LINK_TYPE_NETKIT", (6, 7);
        SOCKMAP = 14, "sockmap", "BPF_LINK_TYPE_SOCKMAP", (6, 10);
        TRACING_MULTI = 15, "tracing_multi", "BPF_LINK_TYPE_TRACING_MULTI", (7, 2);
    }
}
