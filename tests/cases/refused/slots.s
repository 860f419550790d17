// Slots of maps that are given what they cannot hold.
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } inner SEC(".maps");
int number = 1;

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 2);
    __type(key, u32);
    __array(values, struct inner);
} maps SEC(".maps") = { .values = { [0] = &inner, [1] = &number } };

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __uint(key_size, 4);
    __array(values, int (struct __sk_buff *));
} programs SEC(".maps") = { .values = { [0] = &helper } };

int helper(struct __sk_buff *skb)
{
    r0 = 0
    exit
}
