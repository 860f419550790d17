// Members of members; what has no name is looked through.
struct inner { int a; };
struct outer { struct { struct inner in; union { int u; long v; }; }; int last; };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(byte_off, struct outer, in.a)
    r1 = %core(byte_off, struct outer, u)
    r1 = %core(byte_off, struct outer, v)
    r1 = %core(byte_off, struct outer, last)
    r0 = 0
    exit
}
