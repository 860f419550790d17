// Loads and stores take the size that the member has in the kernel.
struct node { u32 number; u64 *pointer; u16 half; s32 sign; };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = *(u32 *)(r2 + %core(byte_off, struct node, number))
    r1 = *(u64 *)(r2 + %core(byte_off, struct node, pointer))
    *(u16 *)(r2 + %core(byte_off, struct node, half)) = r1
    *(u16 *)(r2 + %core(byte_off, struct node, half)) = 7
    r1 = *(s32 *)(r2 + %core(byte_off, struct node, sign))
    r2 += %core(byte_off, struct node, number)
    r2 = %core(byte_sz, struct node, half) ll
    r0 = 0
    exit
}
