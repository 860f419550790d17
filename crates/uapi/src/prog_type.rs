//! Kinds of programs and the flags they are loaded with.

names! {
    /// The kind of a program (`enum bpf_prog_type`).
    pub struct ProgType(u32) {
        UNSPEC = 0, "unspec", "BPF_PROG_TYPE_UNSPEC", (3, 18);
        SOCKET_FILTER = 1, "socket_filter", "BPF_PROG_TYPE_SOCKET_FILTER", (3, 19);
        KPROBE = 2, "kprobe", "BPF_PROG_TYPE_KPROBE", (4, 1);
        SCHED_CLS = 3, "sched_cls", "BPF_PROG_TYPE_SCHED_CLS", (4, 1);
        SCHED_ACT = 4, "sched_act", "BPF_PROG_TYPE_SCHED_ACT", (4, 1);
        TRACEPOINT = 5, "tracepoint", "BPF_PROG_TYPE_TRACEPOINT", (4, 7);
        XDP = 6, "xdp", "BPF_PROG_TYPE_XDP", (4, 8);
        PERF_EVENT = 7, "perf_event", "BPF_PROG_TYPE_PERF_EVENT", (4, 9);
        CGROUP_SKB = 8, "cgroup_skb", "BPF_PROG_TYPE_CGROUP_SKB", (4, 10);
        CGROUP_SOCK = 9, "cgroup_sock", "BPF_PROG_TYPE_CGROUP_SOCK", (4, 10);
        LWT_IN = 10, "lwt_in", "BPF_PROG_TYPE_LWT_IN", (4, 10);
        LWT_OUT = 11, "lwt_out", "BPF_PROG_TYPE_LWT_OUT", (4, 10);
        LWT_XMIT = 12, "lwt_xmit", "BPF_PROG_TYPE_LWT_XMIT", (4, 10);
        SOCK_OPS = 13, "sock_ops", "BPF_PROG_TYPE_SOCK_OPS", (4, 13);
        SK_SKB = 14, "sk_skb", "BPF_PROG_TYPE_SK_SKB", (4, 14);
        CGROUP_DEVICE = 15, "cgroup_device", "BPF_PROG_TYPE_CGROUP_DEVICE", (4, 15);
        SK_MSG = 16, "sk_msg", "BPF_PROG_TYPE_SK_MSG", (4, 17);
        RAW_TRACEPOINT = 17, "raw_tracepoint", "BPF_PROG_TYPE_RAW_TRACEPOINT", (4, 17);
        CGROUP_SOCK_ADDR = 18, "cgroup_sock_addr", "BPF_PROG_TYPE_CGROUP_SOCK_ADDR", (4, 17);
        LWT_SEG6LOCAL = 19, "lwt_seg6local", "BPF_PROG_TYPE_LWT_SEG6LOCAL", (4, 18);
        LIRC_MODE2 = 20, "lirc_mode2", "BPF_PROG_TYPE_LIRC_MODE2", (4, 18);
        SK_REUSEPORT = 21, "sk_reuseport", "BPF_PROG_TYPE_SK_REUSEPORT", (4, 19);
        FLOW_DISSECTOR = 22, "flow_dissector", "BPF_PROG_TYPE_FLOW_DISSECTOR", (4, 20);
        CGROUP_SYSCTL = 23, "cgroup_sysctl", "BPF_PROG_TYPE_CGROUP_SYSCTL", (5, 2);
        RAW_TRACEPOINT_WRITABLE = 24, "raw_tracepoint_writable", "BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE", (5, 2);
        CGROUP_SOCKOPT = 25, "cgroup_sockopt", "BPF_PROG_TYPE_CGROUP_SOCKOPT", (5, 3);
        TRACING = 26, "tracing", "BPF_PROG_TYPE_TRACING", (5, 5);
        STRUCT_OPS = 27, "struct_ops", "BPF_PROG_TYPE_STRUCT_OPS", (5, 6);
        EXT = 28, "ext", "BPF_PROG_TYPE_EXT", (5, 6);
        LSM = 29, "lsm", "BPF_PROG_TYPE_LSM", (5, 7);
        SK_LOOKUP = 30, "sk_lookup", "BPF_PROG_TYPE_SK_LOOKUP", (5, 9);
        SYSCALL = 31, "syscall", "BPF_PROG_TYPE_SYSCALL", (5, 14);
        NETFILTER = 32, "netfilter", "BPF_PROG_TYPE_NETFILTER", (6, 4);
    }
}

names! {
    /// Flags of `BPF_PROG_LOAD` (`prog_flags`), a set of bits.
    pub struct ProgFlags(u32) {
        STRICT_ALIGNMENT = 0x1, "strict_alignment", "BPF_F_STRICT_ALIGNMENT", (4, 12);
        ANY_ALIGNMENT = 0x2, "any_alignment", "BPF_F_ANY_ALIGNMENT", (5, 0);
        TEST_RND_HI32 = 0x4, "test_rnd_hi32", "BPF_F_TEST_RND_HI32", (5, 3);
        TEST_STATE_FREQ = 0x8, "test_state_freq", "BPF_F_TEST_STATE_FREQ", (5, 5);
        SLEEPABLE = 0x10, "sleepable", "BPF_F_SLEEPABLE", (5, 10);
        XDP_HAS_FRAGS = 0x20, "xdp_has_frags", "BPF_F_XDP_HAS_FRAGS", (5, 18);
        XDP_DEV_BOUND_ONLY = 0x40, "xdp_dev_bound_only", "BPF_F_XDP_DEV_BOUND_ONLY", (6, 3);
        TEST_REG_INVARIANTS = 0x80, "test_reg_invariants", "BPF_F_TEST_REG_INVARIANTS", (6, 8);
    }
}

bits!(ProgFlags);
