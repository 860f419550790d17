const volatile int debug = 1;
u64 total;
static u32 table[4] = { 1, 2, [3] = 4 };
struct pair { u16 a; u16 b; u8 *p; } pair = { .b = 2, 1 };
char name[16] = "skep";
int hits SEC(".data.hits") = -1;
u64 counters[8] __attribute__((aligned(64)));
int next = 7, *none;
struct pair *address = &pair;
u32 raw[3] = asm { .long 1, 2; .zero 4 };
int (*hook)(int) = &doubled;

int doubled(int x)
{
    r1 = %value(total) ll
    r2 = %value(table + 8) ll
    r0 = *(u32 *)(r2 + 0)
    exit
}
