// Several local types for one of the kernel: what follows three underscores is not compared.
struct car { int wheels; };
struct car___new { int seats; int wheels; };
struct car___older___than_old { int doors; };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(byte_off, struct car, wheels)
    r1 = %core(byte_off, struct car___new, seats)
    r1 = %core(byte_off, struct car___new, wheels)
    r1 = %core(field_exists, struct car___older___than_old, doors)
    r1 = %core(type_exists, struct car___new)
    r0 = 0
    exit
}
