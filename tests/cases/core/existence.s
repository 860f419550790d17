// What a program may ask before it uses something.
enum state { OFF, ON, BROKEN };
struct part { int a; };
struct whole { struct part in; int number; char text[8]; };
typedef struct { int x; } handle_t;

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(field_exists, struct whole, number)
    r1 = %core(field_exists, struct whole, in.a)
    r1 = %core(field_exists, struct whole, text[5])
    r1 = %core(type_exists, struct part)
    r1 = %core(type_exists, handle_t)
    r1 = %core(type_size, struct whole)
    r1 = %core(type_matches, struct whole)
    r1 = %core(enumval_exists, enum state, BROKEN)
    r1 = %core(enumval_value, enum state, ON)
    r1 = %core(target_type_id, struct part) ll
    r1 = %core(local_type_id, struct part) ll
    r0 = 0
    exit
}
