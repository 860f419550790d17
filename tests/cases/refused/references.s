// What instructions cannot refer to.
int number = 1;

static int step(int x)
{
    w0 = w1
    w0 += 1
    exit
}

SEC("socket") int sound(struct __sk_buff *skb)
{
    r1 = %value(number) ll
    call step
    exit
}

// A call into the middle of a wide load.
SEC("socket") int inside(struct __sk_buff *skb)
{
    call %sym(.text + 1024)
    exit
}

// A call of a variable.
SEC("socket") int calls_data(struct __sk_buff *skb)
{
    .reloc ., R_BPF_64_32, number
    call -1
    exit
}

// An instruction with a relocation that has nothing to relocate.
SEC("socket") int nothing_to_fill(struct __sk_buff *skb)
{
    .reloc ., R_BPF_64_64, number
    r0 = 0
    exit
}
