//! Places a program can be attached to.

names! {
    /// The place a program is attached to (`enum bpf_attach_type`).
    pub struct AttachType(u32) {
        CGROUP_INET_INGRESS = 0, "cgroup_inet_ingress", "BPF_CGROUP_INET_INGRESS", (4, 10);
        CGROUP_INET_EGRESS = 1, "cgroup_inet_egress", "BPF_CGROUP_INET_EGRESS", (4, 10);
        CGROUP_INET_SOCK_CREATE = 2, "cgroup_inet_sock_create", "BPF_CGROUP_INET_SOCK_CREATE", (4, 10);
        CGROUP_SOCK_OPS = 3, "cgroup_sock_ops", "BPF_CGROUP_SOCK_OPS", (4, 13);
        SK_SKB_STREAM_PARSER = 4, "sk_skb_stream_parser", "BPF_SK_SKB_STREAM_PARSER", (4, 14);
        SK_SKB_STREAM_VERDICT = 5, "sk_skb_stream_verdict", "BPF_SK_SKB_STREAM_VERDICT", (4, 14);
        CGROUP_DEVICE = 6, "cgroup_device", "BPF_CGROUP_DEVICE", (4, 15);
        SK_MSG_VERDICT = 7, "sk_msg_verdict", "BPF_SK_MSG_VERDICT", (4, 17);
        CGROUP_INET4_BIND = 8, "cgroup_inet4_bind", "BPF_CGROUP_INET4_BIND", (4, 17);
        CGROUP_INET6_BIND = 9, "cgroup_inet6_bind", "BPF_CGROUP_INET6_BIND", (4, 17);
        CGROUP_INET4_CONNECT = 10, "cgroup_inet4_connect", "BPF_CGROUP_INET4_CONNECT", (4, 17);
        CGROUP_INET6_CONNECT = 11, "cgroup_inet6_connect", "BPF_CGROUP_INET6_CONNECT", (4, 17);
        CGROUP_INET4_POST_BIND = 12, "cgroup_inet4_post_bind", "BPF_CGROUP_INET4_POST_BIND", (4, 17);
        CGROUP_INET6_POST_BIND = 13, "cgroup_inet6_post_bind", "BPF_CGROUP_INET6_POST_BIND", (4, 17);
        CGROUP_UDP4_SENDMSG = 14, "cgroup_udp4_sendmsg", "BPF_CGROUP_UDP4_SENDMSG", (4, 18);
        CGROUP_UDP6_SENDMSG = 15, "cgroup_udp6_sendmsg", "BPF_CGROUP_UDP6_SENDMSG", (4, 18);
        LIRC_MODE2 = 16, "lirc_mode2", "BPF_LIRC_MODE2", (4, 18);
        FLOW_DISSECTOR = 17, "flow_dissector", "BPF_FLOW_DISSECTOR", (4, 20);
        CGROUP_SYSCTL = 18, "cgroup_sysctl", "BPF_CGROUP_SYSCTL", (5, 2);
        CGROUP_UDP4_RECVMSG = 19, "cgroup_udp4_recvmsg", "BPF_CGROUP_UDP4_RECVMSG", (5, 2);
        CGROUP_UDP6_RECVMSG = 20, "cgroup_udp6_recvmsg", "BPF_CGROUP_UDP6_RECVMSG", (5, 2);
        CGROUP_GETSOCKOPT = 21, "cgroup_getsockopt", "BPF_CGROUP_GETSOCKOPT", (5, 3);
        CGROUP_SETSOCKOPT = 22, "cgroup_setsockopt", "BPF_CGROUP_SETSOCKOPT", (5, 3);
        TRACE_RAW_TP = 23, "trace_raw_tp", "BPF_TRACE_RAW_TP", (5, 5);
        TRACE_FENTRY = 24, "trace_fentry", "BPF_TRACE_FENTRY", (5, 5);
        TRACE_FEXIT = 25, "trace_fexit", "BPF_TRACE_FEXIT", (5, 5);
        MODIFY_RETURN = 26, "modify_return", "BPF_MODIFY_RETURN", (5, 7);
        LSM_MAC = 27, "lsm_mac", "BPF_LSM_MAC", (5, 7);
        TRACE_ITER = 28, "trace_iter", "BPF_TRACE_ITER", (5, 8);
        CGROUP_INET4_GETPEERNAME = 29, "cgroup_inet4_getpeername", "BPF_CGROUP_INET4_GETPEERNAME", (5, 8);
        CGROUP_INET6_GETPEERNAME = 30, "cgroup_inet6_getpeername", "BPF_CGROUP_INET6_GETPEERNAME", (5, 8);
        CGROUP_INET4_GETSOCKNAME = 31, "cgroup_inet4_getsockname", "BPF_CGROUP_INET4_GETSOCKNAME", (5, 8);
        CGROUP_INET6_GETSOCKNAME = 32, "cgroup_inet6_getsockname", "BPF_CGROUP_INET6_GETSOCKNAME", (5, 8);
        XDP_DEVMAP = 33, "xdp_devmap", "BPF_XDP_DEVMAP", (5, 8);
        CGROUP_INET_SOCK_RELEASE = 34, "cgroup_inet_sock_release", "BPF_CGROUP_INET_SOCK_RELEASE", (5, 9);
        XDP_CPUMAP = 35, "xdp_cpumap", "BPF_XDP_CPUMAP", (5, 9);
        SK_LOOKUP = 36, "sk_lookup", "BPF_SK_LOOKUP", (5, 9);
        XDP = 37, "xdp", "BPF_XDP", (5, 9);
        SK_SKB_VERDICT = 38, "sk_skb_verdict", "BPF_SK_SKB_VERDICT", (5, 13);
        SK_REUSEPORT_SELECT = 39, "sk_reuseport_select", "BPF_SK_REUSEPORT_SELECT", (5, 14);
        SK_REUSEPORT_SELECT_OR_MIGRATE = 40, "sk_reuseport_select_or_migrate", "BPF_SK_REUSEPORT_SELECT_OR_MIGRATE", (5, 14);
        PERF_EVENT = 41, "perf_event", "BPF_PERF_EVENT", (5, 15);
        TRACE_KPROBE_MULTI = 42, "trace_kprobe_multi", "BPF_TRACE_KPROBE_MULTI", (5, 18);
        LSM_CGROUP = 43, "lsm_cgroup", "BPF_LSM_CGROUP", (6, 0);
        STRUCT_OPS = 44, "struct_ops", "BPF_STRUCT_OPS", (6, 4);
        NETFILTER = 45, "netfilter", "BPF_NETFILTER", (6, 4);
        TCX_INGRESS = 46, "tcx_ingress", "BPF_TCX_INGRESS", (6, 6);
        TCX_EGRESS = 47, "tcx_egress", "BPF_TCX_EGRESS", (6, 6);
        TRACE_UPROBE_MULTI = 48, "trace_uprobe_multi", "BPF_TRACE_UPROBE_MULTI", (6, 6);
        CGROUP_UNIX_CONNECT = 49, "cgroup_unix_connect", "BPF_CGROUP_UNIX_CONNECT", (6, 7);
        CGROUP_UNIX_SENDMSG = 50, "cgroup_unix_sendmsg", "BPF_CGROUP_UNIX_SENDMSG", (6, 7);
        CGROUP_UNIX_RECVMSG = 51, "cgroup_unix_recvmsg", "BPF_CGROUP_UNIX_RECVMSG", (6, 7);
        CGROUP_UNIX_GETPEERNAME = 52, "cgroup_unix_getpeername", "BPF_CGROUP_UNIX_GETPEERNAME", (6, 7);
        CGROUP_UNIX_GETSOCKNAME = 53, "cgroup_unix_getsockname", "BPF_CGROUP_UNIX_GETSOCKNAME", (6, 7);
        NETKIT_PRIMARY = 54, "netkit_primary", "BPF_NETKIT_PRIMARY", (6, 7);
        NETKIT_PEER = 55, "netkit_peer", "BPF_NETKIT_PEER", (6, 7);
        TRACE_KPROBE_SESSION = 56, "trace_kprobe_session", "BPF_TRACE_KPROBE_SESSION", (6, 10);
        TRACE_UPROBE_SESSION = 57, "trace_uprobe_session", "BPF_TRACE_UPROBE_SESSION", (6, 13);
        TRACE_FSESSION = 58, "trace_fsession", "BPF_TRACE_FSESSION", (7, 0);
        TRACE_FENTRY_MULTI = 59, "trace_fentry_multi", "BPF_TRACE_FENTRY_MULTI", (7, 2);
        TRACE_FEXIT_MULTI = 60, "trace_fexit_multi", "BPF_TRACE_FEXIT_MULTI", (7, 2);
        TRACE_FSESSION_MULTI = 61, "trace_fsession_multi", "BPF_TRACE_FSESSION_MULTI", (7, 2);
    }
}
