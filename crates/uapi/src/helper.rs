//! Helpers: the functions that a program calls by number.

names! {
    /// A helper (`enum bpf_func_id`). No more are added; newer functions of the kernel are kfuncs, called by BTF id.
    pub struct Helper(u32) {
        UNSPEC = 0, "bpf_unspec", "BPF_FUNC_unspec", (3, 18);
        MAP_LOOKUP_ELEM = 1, "bpf_map_lookup_elem", "BPF_FUNC_map_lookup_elem", (3, 19);
        MAP_UPDATE_ELEM = 2, "bpf_map_update_elem", "BPF_FUNC_map_update_elem", (3, 19);
        MAP_DELETE_ELEM = 3, "bpf_map_delete_elem", "BPF_FUNC_map_delete_elem", (3, 19);
        PROBE_READ = 4, "bpf_probe_read", "BPF_FUNC_probe_read", (4, 1);
        KTIME_GET_NS = 5, "bpf_ktime_get_ns", "BPF_FUNC_ktime_get_ns", (4, 1);
        TRACE_PRINTK = 6, "bpf_trace_printk", "BPF_FUNC_trace_printk", (4, 1);
        GET_PRANDOM_U32 = 7, "bpf_get_prandom_u32", "BPF_FUNC_get_prandom_u32", (4, 1);
        GET_SMP_PROCESSOR_ID = 8, "bpf_get_smp_processor_id", "BPF_FUNC_get_smp_processor_id", (4, 1);
        SKB_STORE_BYTES = 9, "bpf_skb_store_bytes", "BPF_FUNC_skb_store_bytes", (4, 1);
        L3_CSUM_REPLACE = 10, "bpf_l3_csum_replace", "BPF_FUNC_l3_csum_replace", (4, 1);
        L4_CSUM_REPLACE = 11, "bpf_l4_csum_replace", "BPF_FUNC_l4_csum_replace", (4, 1);
        TAIL_CALL = 12, "bpf_tail_call", "BPF_FUNC_tail_call", (4, 2);
        CLONE_REDIRECT = 13, "bpf_clone_redirect", "BPF_FUNC_clone_redirect", (4, 2);
        GET_CURRENT_PID_TGID = 14, "bpf_get_current_pid_tgid", "BPF_FUNC_get_current_pid_tgid", (4, 2);
        GET_CURRENT_UID_GID = 15, "bpf_get_current_uid_gid", "BPF_FUNC_get_current_uid_gid", (4, 2);
        GET_CURRENT_COMM = 16, "bpf_get_current_comm", "BPF_FUNC_get_current_comm", (4, 2);
        GET_CGROUP_CLASSID = 17, "bpf_get_cgroup_classid", "BPF_FUNC_get_cgroup_classid", (4, 3);
        SKB_VLAN_PUSH = 18, "bpf_skb_vlan_push", "BPF_FUNC_skb_vlan_push", (4, 3);
        SKB_VLAN_POP = 19, "bpf_skb_vlan_pop", "BPF_FUNC_skb_vlan_pop", (4, 3);
        SKB_GET_TUNNEL_KEY = 20, "bpf_skb_get_tunnel_key", "BPF_FUNC_skb_get_tunnel_key", (4, 3);
        SKB_SET_TUNNEL_KEY = 21, "bpf_skb_set_tunnel_key", "BPF_FUNC_skb_set_tunnel_key", (4, 3);
        PERF_EVENT_READ = 22, "bpf_perf_event_read", "BPF_FUNC_perf_event_read", (4, 3);
        REDIRECT = 23, "bpf_redirect", "BPF_FUNC_redirect", (4, 4);
        GET_ROUTE_REALM = 24, "bpf_get_route_realm", "BPF_FUNC_get_route_realm", (4, 4);
        PERF_EVENT_OUTPUT = 25, "bpf_perf_event_output", "BPF_FUNC_perf_event_output", (4, 4);
        SKB_LOAD_BYTES = 26, "bpf_skb_load_bytes", "BPF_FUNC_skb_load_bytes", (4, 5);
        GET_STACKID = 27, "bpf_get_stackid", "BPF_FUNC_get_stackid", (4, 6);
        CSUM_DIFF = 28, "bpf_csum_diff", "BPF_FUNC_csum_diff", (4, 6);
        SKB_GET_TUNNEL_OPT = 29, "bpf_skb_get_tunnel_opt", "BPF_FUNC_skb_get_tunnel_opt", (4, 6);
        SKB_SET_TUNNEL_OPT = 30, "bpf_skb_set_tunnel_opt", "BPF_FUNC_skb_set_tunnel_opt", (4, 6);
        SKB_CHANGE_PROTO = 31, "bpf_skb_change_proto", "BPF_FUNC_skb_change_proto", (4, 8);
        SKB_CHANGE_TYPE = 32, "bpf_skb_change_type", "BPF_FUNC_skb_change_type", (4, 8);
        SKB_UNDER_CGROUP = 33, "bpf_skb_under_cgroup", "BPF_FUNC_skb_under_cgroup", (4, 8);
        GET_HASH_RECALC = 34, "bpf_get_hash_recalc", "BPF_FUNC_get_hash_recalc", (4, 8);
        GET_CURRENT_TASK = 35, "bpf_get_current_task", "BPF_FUNC_get_current_task", (4, 8);
        PROBE_WRITE_USER = 36, "bpf_probe_write_user", "BPF_FUNC_probe_write_user", (4, 8);
        CURRENT_TASK_UNDER_CGROUP = 37, "bpf_current_task_under_cgroup", "BPF_FUNC_current_task_under_cgroup", (4, 9);
        SKB_CHANGE_TAIL = 38, "bpf_skb_change_tail", "BPF_FUNC_skb_change_tail", (4, 9);
        SKB_PULL_DATA = 39, "bpf_skb_pull_data", "BPF_FUNC_skb_pull_data", (4, 9);
        CSUM_UPDATE = 40, "bpf_csum_update", "BPF_FUNC_csum_update", (4, 9);
        SET_HASH_INVALID = 41, "bpf_set_hash_invalid", "BPF_FUNC_set_hash_invalid", (4, 9);
        GET_NUMA_NODE_ID = 42, "bpf_get_numa_node_id", "BPF_FUNC_get_numa_node_id", (4, 10);
        SKB_CHANGE_HEAD = 43, "bpf_skb_change_head", "BPF_FUNC_skb_change_head", (4, 10);
        XDP_ADJUST_HEAD = 44, "bpf_xdp_adjust_head", "BPF_FUNC_xdp_adjust_head", (4, 10);
        PROBE_READ_STR = 45, "bpf_probe_read_str", "BPF_FUNC_probe_read_str", (4, 11);
        GET_SOCKET_COOKIE = 46, "bpf_get_socket_cookie", "BPF_FUNC_get_socket_cookie", (4, 12);
        GET_SOCKET_UID = 47, "bpf_get_socket_uid", "BPF_FUNC_get_socket_uid", (4, 12);
        SET_HASH = 48, "bpf_set_hash", "BPF_FUNC_set_hash", (4, 13);
        SETSOCKOPT = 49, "bpf_setsockopt", "BPF_FUNC_setsockopt", (4, 13);
        SKB_ADJUST_ROOM = 50, "bpf_skb_adjust_room", "BPF_FUNC_skb_adjust_room", (4, 13);
        REDIRECT_MAP = 51, "bpf_redirect_map", "BPF_FUNC_redirect_map", (4, 14);
        SK_REDIRECT_MAP = 52, "bpf_sk_redirect_map", "BPF_FUNC_sk_redirect_map", (4, 14);
        SOCK_MAP_UPDATE = 53, "bpf_sock_map_update", "BPF_FUNC_sock_map_update", (4, 14);
        XDP_ADJUST_META = 54, "bpf_xdp_adjust_meta", "BPF_FUNC_xdp_adjust_meta", (4, 15);
        PERF_EVENT_READ_VALUE = 55, "bpf_perf_event_read_value", "BPF_FUNC_perf_event_read_value", (4, 15);
        PERF_PROG_READ_VALUE = 56, "bpf_perf_prog_read_value", "BPF_FUNC_perf_prog_read_value", (4, 15);
        GETSOCKOPT = 57, "bpf_getsockopt", "BPF_FUNC_getsockopt", (4, 15);
        OVERRIDE_RETURN = 58, "bpf_override_return", "BPF_FUNC_override_return", (4, 16);
        SOCK_OPS_CB_FLAGS_SET = 59, "bpf_sock_ops_cb_flags_set", "BPF_FUNC_sock_ops_cb_flags_set", (4, 16);
        MSG_REDIRECT_MAP = 60, "bpf_msg_redirect_map", "BPF_FUNC_msg_redirect_map", (4, 17);
        MSG_APPLY_BYTES = 61, "bpf_msg_apply_bytes", "BPF_FUNC_msg_apply_bytes", (4, 17);
        MSG_CORK_BYTES = 62, "bpf_msg_cork_bytes", "BPF_FUNC_msg_cork_bytes", (4, 17);
        MSG_PULL_DATA = 63, "bpf_msg_pull_data", "BPF_FUNC_msg_pull_data", (4, 17);
        BIND = 64, "bpf_bind", "BPF_FUNC_bind", (4, 17);
        XDP_ADJUST_TAIL = 65, "bpf_xdp_adjust_tail", "BPF_FUNC_xdp_adjust_tail", (4, 18);
        SKB_GET_XFRM_STATE = 66, "bpf_skb_get_xfrm_state", "BPF_FUNC_skb_get_xfrm_state", (4, 18);
        GET_STACK = 67, "bpf_get_stack", "BPF_FUNC_get_stack", (4, 18);
        SKB_LOAD_BYTES_RELATIVE = 68, "bpf_skb_load_bytes_relative", "BPF_FUNC_skb_load_bytes_relative", (4, 18);
        FIB_LOOKUP = 69, "bpf_fib_lookup", "BPF_FUNC_fib_lookup", (4, 18);
        SOCK_HASH_UPDATE = 70, "bpf_sock_hash_update", "BPF_FUNC_sock_hash_update", (4, 18);
        MSG_REDIRECT_HASH = 71, "bpf_msg_redirect_hash", "BPF_FUNC_msg_redirect_hash", (4, 18);
        SK_REDIRECT_HASH = 72, "bpf_sk_redirect_hash", "BPF_FUNC_sk_redirect_hash", (4, 18);
        LWT_PUSH_ENCAP = 73, "bpf_lwt_push_encap", "BPF_FUNC_lwt_push_encap", (4, 18);
        LWT_SEG6_STORE_BYTES = 74, "bpf_lwt_seg6_store_bytes", "BPF_FUNC_lwt_seg6_store_bytes", (4, 18);
        LWT_SEG6_ADJUST_SRH = 75, "bpf_lwt_seg6_adjust_srh", "BPF_FUNC_lwt_seg6_adjust_srh", (4, 18);
        LWT_SEG6_ACTION = 76, "bpf_lwt_seg6_action", "BPF_FUNC_lwt_seg6_action", (4, 18);
        RC_REPEAT = 77, "bpf_rc_repeat", "BPF_FUNC_rc_repeat", (4, 18);
        RC_KEYDOWN = 78, "bpf_rc_keydown", "BPF_FUNC_rc_keydown", (4, 18);
        SKB_CGROUP_ID = 79, "bpf_skb_cgroup_id", "BPF_FUNC_skb_cgroup_id", (4, 18);
        GET_CURRENT_CGROUP_ID = 80, "bpf_get_current_cgroup_id", "BPF_FUNC_get_current_cgroup_id", (4, 18);
        GET_LOCAL_STORAGE = 81, "bpf_get_local_storage", "BPF_FUNC_get_local_storage", (4, 19);
        SK_SELECT_REUSEPORT = 82, "bpf_sk_select_reuseport", "BPF_FUNC_sk_select_reuseport", (4, 19);
        SKB_ANCESTOR_CGROUP_ID = 83, "bpf_skb_ancestor_cgroup_id", "BPF_FUNC_skb_ancestor_cgroup_id", (4, 19);
        SK_LOOKUP_TCP = 84, "bpf_sk_lookup_tcp", "BPF_FUNC_sk_lookup_tcp", (4, 20);
        SK_LOOKUP_UDP = 85, "bpf_sk_lookup_udp", "BPF_FUNC_sk_lookup_udp", (4, 20);
        SK_RELEASE = 86, "bpf_sk_release", "BPF_FUNC_sk_release", (4, 20);
        MAP_PUSH_ELEM = 87, "bpf_map_push_elem", "BPF_FUNC_map_push_elem", (4, 20);
        MAP_POP_ELEM = 88, "bpf_map_pop_elem", "BPF_FUNC_map_pop_elem", (4, 20);
        MAP_PEEK_ELEM = 89, "bpf_map_peek_elem", "BPF_FUNC_map_peek_elem", (4, 20);
        MSG_PUSH_DATA = 90, "bpf_msg_push_data", "BPF_FUNC_msg_push_data", (4, 20);
        MSG_POP_DATA = 91, "bpf_msg_pop_data", "BPF_FUNC_msg_pop_data", (5, 0);
        RC_POINTER_REL = 92, "bpf_rc_pointer_rel", "BPF_FUNC_rc_pointer_rel", (5, 0);
        SPIN_LOCK = 93, "bpf_spin_lock", "BPF_FUNC_spin_lock", (5, 1);
        SPIN_UNLOCK = 94, "bpf_spin_unlock", "BPF_FUNC_spin_unlock", (5, 1);
        SK_FULLSOCK = 95, "bpf_sk_fullsock", "BPF_FUNC_sk_fullsock", (5, 1);
        TCP_SOCK = 96, "bpf_tcp_sock", "BPF_FUNC_tcp_sock", (5, 1);
        SKB_ECN_SET_CE = 97, "bpf_skb_ecn_set_ce", "BPF_FUNC_skb_ecn_set_ce", (5, 1);
        GET_LISTENER_SOCK = 98, "bpf_get_listener_sock", "BPF_FUNC_get_listener_sock", (5, 1);
        SKC_LOOKUP_TCP = 99, "bpf_skc_lookup_tcp", "BPF_FUNC_skc_lookup_tcp", (5, 2);
        TCP_CHECK_SYNCOOKIE = 100, "bpf_tcp_check_syncookie", "BPF_FUNC_tcp_check_syncookie", (5, 2);
        SYSCTL_GET_NAME = 101, "bpf_sysctl_get_name", "BPF_FUNC_sysctl_get_name", (5, 2);
        SYSCTL_GET_CURRENT_VALUE = 102, "bpf_sysctl_get_current_value", "BPF_FUNC_sysctl_get_current_value", (5, 2);
        SYSCTL_GET_NEW_VALUE = 103, "bpf_sysctl_get_new_value", "BPF_FUNC_sysctl_get_new_value", (5, 2);
        SYSCTL_SET_NEW_VALUE = 104, "bpf_sysctl_set_new_value", "BPF_FUNC_sysctl_set_new_value", (5, 2);
        STRTOL = 105, "bpf_strtol", "BPF_FUNC_strtol", (5, 2);
        STRTOUL = 106, "bpf_strtoul", "BPF_FUNC_strtoul", (5, 2);
        SK_STORAGE_GET = 107, "bpf_sk_storage_get", "BPF_FUNC_sk_storage_get", (5, 2);
        SK_STORAGE_DELETE = 108, "bpf_sk_storage_delete", "BPF_FUNC_sk_storage_delete", (5, 2);
        SEND_SIGNAL = 109, "bpf_send_signal", "BPF_FUNC_send_signal", (5, 3);
        TCP_GEN_SYNCOOKIE = 110, "bpf_tcp_gen_syncookie", "BPF_FUNC_tcp_gen_syncookie", (5, 4);
        SKB_OUTPUT = 111, "bpf_skb_output", "BPF_FUNC_skb_output", (5, 5);
        PROBE_READ_USER = 112, "bpf_probe_read_user", "BPF_FUNC_probe_read_user", (5, 5);
        PROBE_READ_KERNEL = 113, "bpf_probe_read_kernel", "BPF_FUNC_probe_read_kernel", (5, 5);
        PROBE_READ_USER_STR = 114, "bpf_probe_read_user_str", "BPF_FUNC_probe_read_user_str", (5, 5);
        PROBE_READ_KERNEL_STR = 115, "bpf_probe_read_kernel_str", "BPF_FUNC_probe_read_kernel_str", (5, 5);
        TCP_SEND_ACK = 116, "bpf_tcp_send_ack", "BPF_FUNC_tcp_send_ack", (5, 6);
        SEND_SIGNAL_THREAD = 117, "bpf_send_signal_thread", "BPF_FUNC_send_signal_thread", (5, 6);
        JIFFIES64 = 118, "bpf_jiffies64", "BPF_FUNC_jiffies64", (5, 6);
        READ_BRANCH_RECORDS = 119, "bpf_read_branch_records", "BPF_FUNC_read_branch_records", (5, 7);
        GET_NS_CURRENT_PID_TGID = 120, "bpf_get_ns_current_pid_tgid", "BPF_FUNC_get_ns_current_pid_tgid", (5, 7);
        XDP_OUTPUT = 121, "bpf_xdp_output", "BPF_FUNC_xdp_output", (5, 7);
        GET_NETNS_COOKIE = 122, "bpf_get_netns_cookie", "BPF_FUNC_get_netns_cookie", (5, 7);
        GET_CURRENT_ANCESTOR_CGROUP_ID = 123, "bpf_get_current_ancestor_cgroup_id", "BPF_FUNC_get_current_ancestor_cgroup_id", (5, 7);
        SK_ASSIGN = 124, "bpf_sk_assign", "BPF_FUNC_sk_assign", (5, 7);
        KTIME_GET_BOOT_NS = 125, "bpf_ktime_get_boot_ns", "BPF_FUNC_ktime_get_boot_ns", (5, 8);
        SEQ_PRINTF = 126, "bpf_seq_printf", "BPF_FUNC_seq_printf", (5, 8);
        SEQ_WRITE = 127, "bpf_seq_write", "BPF_FUNC_seq_write", (5, 8);
        SK_CGROUP_ID = 128, "bpf_sk_cgroup_id", "BPF_FUNC_sk_cgroup_id", (5, 8);
        SK_ANCESTOR_CGROUP_ID = 129, "bpf_sk_ancestor_cgroup_id", "BPF_FUNC_sk_ancestor_cgroup_id", (5, 8);
        RINGBUF_OUTPUT = 130, "bpf_ringbuf_output", "BPF_FUNC_ringbuf_output", (5, 8);
        RINGBUF_RESERVE = 131, "bpf_ringbuf_reserve", "BPF_FUNC_ringbuf_reserve", (5, 8);
        RINGBUF_SUBMIT = 132, "bpf_ringbuf_submit", "BPF_FUNC_ringbuf_submit", (5, 8);
        RINGBUF_DISCARD = 133, "bpf_ringbuf_discard", "BPF_FUNC_ringbuf_discard", (5, 8);
        RINGBUF_QUERY = 134, "bpf_ringbuf_query", "BPF_FUNC_ringbuf_query", (5, 8);
        CSUM_LEVEL = 135, "bpf_csum_level", "BPF_FUNC_csum_level", (5, 8);
        SKC_TO_TCP6_SOCK = 136, "bpf_skc_to_tcp6_sock", "BPF_FUNC_skc_to_tcp6_sock", (5, 9);
        SKC_TO_TCP_SOCK = 137, "bpf_skc_to_tcp_sock", "BPF_FUNC_skc_to_tcp_sock", (5, 9);
        SKC_TO_TCP_TIMEWAIT_SOCK = 138, "bpf_skc_to_tcp_timewait_sock", "BPF_FUNC_skc_to_tcp_timewait_sock", (5, 9);
        SKC_TO_TCP_REQUEST_SOCK = 139, "bpf_skc_to_tcp_request_sock", "BPF_FUNC_skc_to_tcp_request_sock", (5, 9);
        SKC_TO_UDP6_SOCK = 140, "bpf_skc_to_udp6_sock", "BPF_FUNC_skc_to_udp6_sock", (5, 9);
        GET_TASK_STACK = 141, "bpf_get_task_stack", "BPF_FUNC_get_task_stack", (5, 9);
        LOAD_HDR_OPT = 142, "bpf_load_hdr_opt", "BPF_FUNC_load_hdr_opt", (5, 10);
        STORE_HDR_OPT = 143, "bpf_store_hdr_opt", "BPF_FUNC_store_hdr_opt", (5, 10);
        RESERVE_HDR_OPT = 144, "bpf_reserve_hdr_opt", "BPF_FUNC_reserve_hdr_opt", (5, 10);
        INODE_STORAGE_GET = 145, "bpf_inode_storage_get", "BPF_FUNC_inode_storage_get", (5, 10);
        INODE_STORAGE_DELETE = 146, "bpf_inode_storage_delete", "BPF_FUNC_inode_storage_delete", (5, 10);
        D_PATH = 147, "bpf_d_path", "BPF_FUNC_d_path", (5, 10);
        COPY_FROM_USER = 148, "bpf_copy_from_user", "BPF_FUNC_copy_from_user", (5, 10);
        SNPRINTF_BTF = 149, "bpf_snprintf_btf", "BPF_FUNC_snprintf_btf", (5, 10);
        SEQ_PRINTF_BTF = 150, "bpf_seq_printf_btf", "BPF_FUNC_seq_printf_btf", (5, 10);
        SKB_CGROUP_CLASSID = 151, "bpf_skb_cgroup_classid", "BPF_FUNC_skb_cgroup_classid", (5, 10);
        REDIRECT_NEIGH = 152, "bpf_redirect_neigh", "BPF_FUNC_redirect_neigh", (5, 10);
        PER_CPU_PTR = 153, "bpf_per_cpu_ptr", "BPF_FUNC_per_cpu_ptr", (5, 10);
        THIS_CPU_PTR = 154, "bpf_this_cpu_ptr", "BPF_FUNC_this_cpu_ptr", (5, 10);
        REDIRECT_PEER = 155, "bpf_redirect_peer", "BPF_FUNC_redirect_peer", (5, 10);
        TASK_STORAGE_GET = 156, "bpf_task_storage_get", "BPF_FUNC_task_storage_get", (5, 11);
        TASK_STORAGE_DELETE = 157, "bpf_task_storage_delete", "BPF_FUNC_task_storage_delete", (5, 11);
        GET_CURRENT_TASK_BTF = 158, "bpf_get_current_task_btf", "BPF_FUNC_get_current_task_btf", (5, 11);
        BPRM_OPTS_SET = 159, "bpf_bprm_opts_set", "BPF_FUNC_bprm_opts_set", (5, 11);
        KTIME_GET_COARSE_NS = 160, "bpf_ktime_get_coarse_ns", "BPF_FUNC_ktime_get_coarse_ns", (5, 11);
        IMA_INODE_HASH = 161, "bpf_ima_inode_hash", "BPF_FUNC_ima_inode_hash", (5, 11);
        SOCK_FROM_FILE = 162, "bpf_sock_from_file", "BPF_FUNC_sock_from_file", (5, 11);
        CHECK_MTU = 163, "bpf_check_mtu", "BPF_FUNC_check_mtu", (5, 12);
        FOR_EACH_MAP_ELEM = 164, "bpf_for_each_map_elem", "BPF_FUNC_for_each_map_elem", (5, 13);
        SNPRINTF = 165, "bpf_snprintf", "BPF_FUNC_snprintf", (5, 13);
        SYS_BPF = 166, "bpf_sys_bpf", "BPF_FUNC_sys_bpf", (5, 14);
        BTF_FIND_BY_NAME_KIND = 167, "bpf_btf_find_by_name_kind", "BPF_FUNC_btf_find_by_name_kind", (5, 14);
        SYS_CLOSE = 168, "bpf_sys_close", "BPF_FUNC_sys_close", (5, 14);
        TIMER_INIT = 169, "bpf_timer_init", "BPF_FUNC_timer_init", (5, 15);
        TIMER_SET_CALLBACK = 170, "bpf_timer_set_callback", "BPF_FUNC_timer_set_callback", (5, 15);
        TIMER_START = 171, "bpf_timer_start", "BPF_FUNC_timer_start", (5, 15);
        TIMER_CANCEL = 172, "bpf_timer_cancel", "BPF_FUNC_timer_cancel", (5, 15);
        GET_FUNC_IP = 173, "bpf_get_func_ip", "BPF_FUNC_get_func_ip", (5, 15);
        GET_ATTACH_COOKIE = 174, "bpf_get_attach_cookie", "BPF_FUNC_get_attach_cookie", (5, 15);
        TASK_PT_REGS = 175, "bpf_task_pt_regs", "BPF_FUNC_task_pt_regs", (5, 15);
        GET_BRANCH_SNAPSHOT = 176, "bpf_get_branch_snapshot", "BPF_FUNC_get_branch_snapshot", (5, 16);
        TRACE_VPRINTK = 177, "bpf_trace_vprintk", "BPF_FUNC_trace_vprintk", (5, 16);
        SKC_TO_UNIX_SOCK = 178, "bpf_skc_to_unix_sock", "BPF_FUNC_skc_to_unix_sock", (5, 16);
        KALLSYMS_LOOKUP_NAME = 179, "bpf_kallsyms_lookup_name", "BPF_FUNC_kallsyms_lookup_name", (5, 16);
        FIND_VMA = 180, "bpf_find_vma", "BPF_FUNC_find_vma", (5, 17);
        LOOP = 181, "bpf_loop", "BPF_FUNC_loop", (5, 17);
        STRNCMP = 182, "bpf_strncmp", "BPF_FUNC_strncmp", (5, 17);
        GET_FUNC_ARG = 183, "bpf_get_func_arg", "BPF_FUNC_get_func_arg", (5, 17);
        GET_FUNC_RET = 184, "bpf_get_func_ret", "BPF_FUNC_get_func_ret", (5, 17);
        GET_FUNC_ARG_CNT = 185, "bpf_get_func_arg_cnt", "BPF_FUNC_get_func_arg_cnt", (5, 17);
        GET_RETVAL = 186, "bpf_get_retval", "BPF_FUNC_get_retval", (5, 18);
        SET_RETVAL = 187, "bpf_set_retval", "BPF_FUNC_set_retval", (5, 18);
        XDP_GET_BUFF_LEN = 188, "bpf_xdp_get_buff_len", "BPF_FUNC_xdp_get_buff_len", (5, 18);
        XDP_LOAD_BYTES = 189, "bpf_xdp_load_bytes", "BPF_FUNC_xdp_load_bytes", (5, 18);
        XDP_STORE_BYTES = 190, "bpf_xdp_store_bytes", "BPF_FUNC_xdp_store_bytes", (5, 18);
        COPY_FROM_USER_TASK = 191, "bpf_copy_from_user_task", "BPF_FUNC_copy_from_user_task", (5, 18);
        SKB_SET_TSTAMP = 192, "bpf_skb_set_tstamp", "BPF_FUNC_skb_set_tstamp", (5, 18);
        IMA_FILE_HASH = 193, "bpf_ima_file_hash", "BPF_FUNC_ima_file_hash", (5, 18);
        KPTR_XCHG = 194, "bpf_kptr_xchg", "BPF_FUNC_kptr_xchg", (5, 19);
        MAP_LOOKUP_PERCPU_ELEM = 195, "bpf_map_lookup_percpu_elem", "BPF_FUNC_map_lookup_percpu_elem", (5, 19);
        SKC_TO_MPTCP_SOCK = 196, "bpf_skc_to_mptcp_sock", "BPF_FUNC_skc_to_mptcp_sock", (5, 19);
        DYNPTR_FROM_MEM = 197, "bpf_dynptr_from_mem", "BPF_FUNC_dynptr_from_mem", (5, 19);
        RINGBUF_RESERVE_DYNPTR = 198, "bpf_ringbuf_reserve_dynptr", "BPF_FUNC_ringbuf_reserve_dynptr", (5, 19);
        RINGBUF_SUBMIT_DYNPTR = 199, "bpf_ringbuf_submit_dynptr", "BPF_FUNC_ringbuf_submit_dynptr", (5, 19);
        RINGBUF_DISCARD_DYNPTR = 200, "bpf_ringbuf_discard_dynptr", "BPF_FUNC_ringbuf_discard_dynptr", (5, 19);
        DYNPTR_READ = 201, "bpf_dynptr_read", "BPF_FUNC_dynptr_read", (5, 19);
        DYNPTR_WRITE = 202, "bpf_dynptr_write", "BPF_FUNC_dynptr_write", (5, 19);
        DYNPTR_DATA = 203, "bpf_dynptr_data", "BPF_FUNC_dynptr_data", (5, 19);
        TCP_RAW_GEN_SYNCOOKIE_IPV4 = 204, "bpf_tcp_raw_gen_syncookie_ipv4", "BPF_FUNC_tcp_raw_gen_syncookie_ipv4", (6, 0);
        TCP_RAW_GEN_SYNCOOKIE_IPV6 = 205, "bpf_tcp_raw_gen_syncookie_ipv6", "BPF_FUNC_tcp_raw_gen_syncookie_ipv6", (6, 0);
        TCP_RAW_CHECK_SYNCOOKIE_IPV4 = 206, "bpf_tcp_raw_check_syncookie_ipv4", "BPF_FUNC_tcp_raw_check_syncookie_ipv4", (6, 0);
        TCP_RAW_CHECK_SYNCOOKIE_IPV6 = 207, "bpf_tcp_raw_check_syncookie_ipv6", "BPF_FUNC_tcp_raw_check_syncookie_ipv6", (6, 0);
        KTIME_GET_TAI_NS = 208, "bpf_ktime_get_tai_ns", "BPF_FUNC_ktime_get_tai_ns", (6, 1);
        USER_RINGBUF_DRAIN = 209, "bpf_user_ringbuf_drain", "BPF_FUNC_user_ringbuf_drain", (6, 1);
        CGRP_STORAGE_GET = 210, "bpf_cgrp_storage_get", "BPF_FUNC_cgrp_storage_get", (6, 2);
        CGRP_STORAGE_DELETE = 211, "bpf_cgrp_storage_delete", "BPF_FUNC_cgrp_storage_delete", (6, 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Release;

    #[test]
    fn numbers_have_no_gaps_and_releases_only_rise() {
        assert_eq!(Helper::ROWS.len(), 212);
        for (at, row) in Helper::ROWS.iter().enumerate() {
            assert_eq!(row.value.0 as usize, at, "{}", row.name);
            assert_eq!(row.name.strip_prefix("bpf_"), row.uapi.strip_prefix("BPF_FUNC_"));
            assert!(at == 0 || Helper::ROWS[at - 1].since <= row.since, "{}", row.name);
        }
    }

    #[test]
    fn names_lead_to_numbers_and_back() {
        for row in Helper::ROWS {
            assert_eq!(Helper::from_name(row.name), Some(row.value));
            assert_eq!(Helper::from_name(row.uapi), Some(row.value));
        }
        assert_eq!(Helper(1).name(), Some("bpf_map_lookup_elem"));
        assert_eq!((Helper(212).name(), Helper::from_name("bpf_nothing")), (None, None));
    }

    /// The last helper of a release, read from the kernel's own BTF of that release.
    #[test]
    fn releases_end_where_kernels_say() {
        for (major, minor, last) in [(5, 10, 155), (6, 1, 209), (6, 12, 211)] {
            let mut known = Helper::ROWS.iter().filter(|row| row.since <= Release::new(major, minor));
            assert_eq!(known.next_back().map(|row| row.value.0), Some(last));
        }
    }
}
