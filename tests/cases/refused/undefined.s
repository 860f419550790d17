// Functions, maps and variables that nothing defines.
extern int library(int x);
extern int twicee(int x);
extern int limit;
extern struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } counts SEC(".maps");

int twice(int x)
{
    w0 = w1
    exit
}

SEC("socket") int sound(struct __sk_buff *skb)
{
    r0 = 0
    exit
}

SEC("socket") int function(struct __sk_buff *skb)
{
    call %func(library)
    exit
}

SEC("socket") int misspelt(struct __sk_buff *skb)
{
    call twicee
    exit
}

SEC("socket") int variable(struct __sk_buff *skb)
{
    r1 = %value(limit) ll
    r0 = *(u32 *)(r1 + 0)
    exit
}

SEC("socket") int map(struct __sk_buff *skb)
{
    r1 = %map(counts) ll
    r0 = 0
    exit
}
