// A number that the place of its record has no room for in this kernel.
struct large { char head[400]; int far; };

SEC("raw_tp/sched_switch") int too_far(u64 *ctx) { r0 = *(u32 *)(r1 + %core(byte_off, struct large, far)); exit }
SEC("raw_tp/sched_switch") int by_register(u64 *ctx) { r0 = %core(byte_off, struct large, far); exit }
