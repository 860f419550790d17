// Elements of arrays.
struct point { int x; int y; };
struct table { int one[5]; char grid[2][3][4]; struct point points[3]; struct point rest[]; };

SEC("raw_tp/sched_switch") int asks(u64 *ctx)
{
    r1 = %core(byte_off, struct table, one[2])
    r1 = %core(byte_off, struct table, grid[1][2][3])
    r1 = %core(byte_off, struct table, points[2].y)
    r1 = %core(byte_off, struct table, rest[7].y)
    r1 = %core(byte_sz, struct table, one)
    r1 = %core(byte_sz, struct table, points[1])
    r0 = 0
    exit
}
