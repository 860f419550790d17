// What a member may become without being another one.
enum state { OFF, ON };
typedef int number;
struct values { char c; int i; enum state e; void *p; int (*f)(int); number t; const volatile int cv; };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(byte_off, struct values, c)
    r1 = %core(byte_off, struct values, i)
    r1 = %core(byte_off, struct values, e)
    r1 = %core(byte_off, struct values, p)
    r1 = %core(byte_off, struct values, f)
    r1 = %core(byte_off, struct values, t)
    r1 = %core(byte_off, struct values, cv)
    r1 = %core(signed, struct values, i)
    r1 = %core(signed, struct values, c)
    r0 = 0
    exit
}
