// Values of enums, of 32 and of 64 bits.
enum small { A = 1, B = -2 };
enum big { HUGE = 0x1234567890ULL, TINY = 1 };
enum small___v2 { C = 3 };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(enumval_exists, enum small, A)
    r1 = %core(enumval_value, enum small, A)
    r1 = %core(enumval_value, enum small, B)
    r1 = %core(enumval_value, enum big, HUGE) ll
    r1 = %core(enumval_value, enum big, TINY) ll
    r1 = %core(enumval_exists, enum small___v2, C)
    r0 = 0
    exit
}
