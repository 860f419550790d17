// What the section of a program promises.
SEC("kporbe/vfs_read") int misspelt(u64 *ctx) { r0 = 0; exit }
SEC("fentry") int nowhere(u64 *ctx) { r0 = 0; exit }
SEC("fentry/vfs_raed") int function(u64 *ctx) { r0 = 0; exit }
SEC("tp_btf/sched_swich") int tracepoint(u64 *ctx) { r0 = 0; exit }
SEC("lsm/file_opne") int hook(u64 *ctx) { r0 = 0; exit }
SEC("iter/tsk") int iterator(u64 *ctx) { r0 = 0; exit }
SEC("fentry/gusts:guest_count") int module(u64 *ctx) { r0 = 0; exit }
SEC("fentry/guests:guest_cuont") int in_module(u64 *ctx) { r0 = 0; exit }
SEC("fentry/guests:guest_count") int sound(u64 *ctx) { r0 = 0; exit }
