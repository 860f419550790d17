struct key { u32 pid; char comm[16]; };

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1 << 10);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(numa_node, 0);
    __uint(pinning, LIBBPF_PIN_BY_NAME);
    __ulong(map_extra, 0);
    __type(key, struct key);
    __type(value, u64);
} counts SEC(".maps") __tag("a map");

struct {
    __uint(type, BPF_MAP_TYPE_STACK_TRACE);
    __uint(max_entries, 64);
    __uint(key_size, 4);
    __uint(value_size, 127 * sizeof(u64));
} stacks SEC(".maps");

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 256 * 1024); } events SEC(".maps");

struct inner {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u32);
} first SEC(".maps"), second SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 4);
    __type(key, u32);
    __array(values, struct inner);
} outer SEC(".maps") = { .values = { &first, [2] = &second } };

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 2);
    __uint(key_size, 4);
    __array(values, int (struct __sk_buff *));
} tails SEC(".maps") = { .values = { [1] = &tail } };

SEC("tc") int tail(struct __sk_buff *skb)
{
    r0 = 0
    exit
}
