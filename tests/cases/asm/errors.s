struct counter { u64 hits; u32 last; };

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, u32);
    __type(value, struct counter);
} counters SEC(".maps");

u64 total;

SEC("xdp") int wrong(struct xdp_md *ctx)
{
    mov %r0, 2
    r1 = %map(total) ll
    w1 = %map(counters)
    r1 = %map(countrs) ll
    r2 = %core(byte_off, struct counter, hit)
    r2 = r12
    call bpf_map_lookup_elm
    goto done
    exit
}

    .sectoin .data
