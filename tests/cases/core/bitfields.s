// Where the bits of a member are, for loads of 1, 2, 4 or 8 bytes and two shifts.
struct bits { u32 head : 3; u32 middle : 7; s32 tail : 5; u64 wide : 40; u8 whole; };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(byte_off, struct bits, middle)
    r1 = %core(byte_sz, struct bits, middle)
    r1 = %core(lshift_u64, struct bits, middle)
    r1 = %core(rshift_u64, struct bits, middle)
    r1 = %core(signed, struct bits, middle)
    r1 = %core(byte_off, struct bits, tail)
    r1 = %core(byte_sz, struct bits, tail)
    r1 = %core(lshift_u64, struct bits, tail)
    r1 = %core(rshift_u64, struct bits, tail)
    r1 = %core(signed, struct bits, tail)
    r1 = %core(byte_off, struct bits, wide)
    r1 = %core(byte_sz, struct bits, wide)
    r1 = %core(lshift_u64, struct bits, wide)
    r1 = %core(rshift_u64, struct bits, wide)
    r1 = %core(signed, struct bits, wide)
    r1 = %core(byte_off, struct bits, whole)
    r0 = 0
    exit
}
