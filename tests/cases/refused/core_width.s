// Members of another size in this kernel: integers are read with it, what has a sign or is no integer cannot be.
struct task_struct { u16 pid; s64 tgid; u32 state; };

SEC("raw_tp/sched_switch") int widened(u64 *ctx) { r0 = *(u32 *)(r1 + %core(byte_off, struct task_struct, state)); exit }
SEC("raw_tp/sched_switch") int with_sign(u64 *ctx) { r0 = *(u64 *)(r1 + %core(byte_off, struct task_struct, tgid)); exit }
