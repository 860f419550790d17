//! Kinds of maps and the flags they are created with.

names! {
    /// The kind of a map (`enum bpf_map_type`).
    pub struct MapType(u32) {
        UNSPEC = 0, "unspec", "BPF_MAP_TYPE_UNSPEC", (3, 18);
        HASH = 1, "hash", "BPF_MAP_TYPE_HASH", (3, 19);
        ARRAY = 2, "array", "BPF_MAP_TYPE_ARRAY", (3, 19);
        PROG_ARRAY = 3, "prog_array", "BPF_MAP_TYPE_PROG_ARRAY", (4, 2);
        PERF_EVENT_ARRAY = 4, "perf_event_array", "BPF_MAP_TYPE_PERF_EVENT_ARRAY", (4, 3);
        PERCPU_HASH = 5, "percpu_hash", "BPF_MAP_TYPE_PERCPU_HASH", (4, 6);
        PERCPU_ARRAY = 6, "percpu_array", "BPF_MAP_TYPE_PERCPU_ARRAY", (4, 6);
        STACK_TRACE = 7, "stack_trace", "BPF_MAP_TYPE_STACK_TRACE", (4, 6);
        CGROUP_ARRAY = 8, "cgroup_array", "BPF_MAP_TYPE_CGROUP_ARRAY", (4, 8);
        LRU_HASH = 9, "lru_hash", "BPF_MAP_TYPE_LRU_HASH", (4, 10);
        LRU_PERCPU_HASH = 10, "lru_percpu_hash", "BPF_MAP_TYPE_LRU_PERCPU_HASH", (4, 10);
        LPM_TRIE = 11, "lpm_trie", "BPF_MAP_TYPE_LPM_TRIE", (4, 11);
        ARRAY_OF_MAPS = 12, "array_of_maps", "BPF_MAP_TYPE_ARRAY_OF_MAPS", (4, 12);
        HASH_OF_MAPS = 13, "hash_of_maps", "BPF_MAP_TYPE_HASH_OF_MAPS", (4, 12);
        DEVMAP = 14, "devmap", "BPF_MAP_TYPE_DEVMAP", (4, 14);
        SOCKMAP = 15, "sockmap", "BPF_MAP_TYPE_SOCKMAP", (4, 14);
        CPUMAP = 16, "cpumap", "BPF_MAP_TYPE_CPUMAP", (4, 15);
        XSKMAP = 17, "xskmap", "BPF_MAP_TYPE_XSKMAP", (4, 18);
        SOCKHASH = 18, "sockhash", "BPF_MAP_TYPE_SOCKHASH", (4, 18);
        CGROUP_STORAGE = 19, "cgroup_storage", "BPF_MAP_TYPE_CGROUP_STORAGE", (4, 19);
        REUSEPORT_SOCKARRAY = 20, "reuseport_sockarray", "BPF_MAP_TYPE_REUSEPORT_SOCKARRAY", (4, 19);
        PERCPU_CGROUP_STORAGE = 21, "percpu_cgroup_storage", "BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE", (4, 20);
        QUEUE = 22, "queue", "BPF_MAP_TYPE_QUEUE", (4, 20);
        STACK = 23, "stack", "BPF_MAP_TYPE_STACK", (4, 20);
        SK_STORAGE = 24, "sk_storage", "BPF_MAP_TYPE_SK_STORAGE", (5, 2);
        DEVMAP_HASH = 25, "devmap_hash", "BPF_MAP_TYPE_DEVMAP_HASH", (5, 4);
        STRUCT_OPS = 26, "struct_ops", "BPF_MAP_TYPE_STRUCT_OPS", (5, 6);
        RINGBUF = 27, "ringbuf", "BPF_MAP_TYPE_RINGBUF", (5, 8);
        INODE_STORAGE = 28, "inode_storage", "BPF_MAP_TYPE_INODE_STORAGE", (5, 10);
        TASK_STORAGE = 29, "task_storage", "BPF_MAP_TYPE_TASK_STORAGE", (5, 11);
        BLOOM_FILTER = 30, "bloom_filter", "BPF_MAP_TYPE_BLOOM_FILTER", (5, 16);
        USER_RINGBUF = 31, "user_ringbuf", "BPF_MAP_TYPE_USER_RINGBUF", (6, 1);
        CGRP_STORAGE = 32, "cgrp_storage", "BPF_MAP_TYPE_CGRP_STORAGE", (6, 2);
        ARENA = 33, "arena", "BPF_MAP_TYPE_ARENA", (6, 9);
        INSN_ARRAY = 34, "insn_array", "BPF_MAP_TYPE_INSN_ARRAY", (6, 19);
        RHASH = 35, "rhash", "BPF_MAP_TYPE_RHASH", (7, 2);
    }
}

names! {
    /// Flags of `BPF_MAP_CREATE` (`map_flags`), a set of bits.
    pub struct MapFlags(u32) {
        NO_PREALLOC = 0x1, "no_prealloc", "BPF_F_NO_PREALLOC", (4, 6);
        NO_COMMON_LRU = 0x2, "no_common_lru", "BPF_F_NO_COMMON_LRU", (4, 10);
        NUMA_NODE = 0x4, "numa_node", "BPF_F_NUMA_NODE", (4, 14);
        RDONLY = 0x8, "rdonly", "BPF_F_RDONLY", (4, 15);
        WRONLY = 0x10, "wronly", "BPF_F_WRONLY", (4, 15);
        STACK_BUILD_ID = 0x20, "stack_build_id", "BPF_F_STACK_BUILD_ID", (4, 17);
        ZERO_SEED = 0x40, "zero_seed", "BPF_F_ZERO_SEED", (5, 0);
        RDONLY_PROG = 0x80, "rdonly_prog", "BPF_F_RDONLY_PROG", (5, 2);
        WRONLY_PROG = 0x100, "wronly_prog", "BPF_F_WRONLY_PROG", (5, 2);
        CLONE = 0x200, "clone", "BPF_F_CLONE", (5, 4);
        MMAPABLE = 0x400, "mmapable", "BPF_F_MMAPABLE", (5, 5);
        PRESERVE_ELEMS = 0x800, "preserve_elems", "BPF_F_PRESERVE_ELEMS", (5, 10);
        INNER_MAP = 0x1000, "inner_map", "BPF_F_INNER_MAP", (5, 10);
        LINK = 0x2000, "link", "BPF_F_LINK", (6, 4);
        PATH_FD = 0x4000, "path_fd", "BPF_F_PATH_FD", (6, 5);
        VTYPE_BTF_OBJ_FD = 0x8000, "vtype_btf_obj_fd", "BPF_F_VTYPE_BTF_OBJ_FD", (6, 9);
        TOKEN_FD = 0x10000, "token_fd", "BPF_F_TOKEN_FD", (6, 9);
        SEGV_ON_FAULT = 0x20000, "segv_on_fault", "BPF_F_SEGV_ON_FAULT", (6, 9);
        NO_USER_CONV = 0x40000, "no_user_conv", "BPF_F_NO_USER_CONV", (6, 9);
        RB_OVERWRITE = 0x80000, "rb_overwrite", "BPF_F_RB_OVERWRITE", (6, 19);
    }
}

bits!(MapFlags);
