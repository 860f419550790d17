// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Packets and bytes that an interface receives, by protocol.
//
//	skep run examples/xdp_count.bpf.o --iface eth0
//
// Linux 5.9 or newer.
#include "skep.bpf.h"

enum protocol { OTHER, ARP, ICMP, TCP, UDP, ICMPV6, SCTP };

struct traffic {
	u64 packets;
	u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16);
	__type(key, enum protocol);
	__type(value, struct traffic);
} received SEC(".maps");

// The kernel rewrites what reads these; they are part of its interface and need no CO-RE.
struct xdp_md {
	u32 data;
	u32 data_end;
};
enum { XDP_PASS = 2 };

struct ethernet {
	u8 to[6];
	u8 from[6];
	be16 type;
};

struct ipv4 {
	u8 before[9];
	u8 protocol;
	u8 after[10];
};

struct ipv6 {
	u8 before[6];
	u8 next;
	u8 after[33];
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NET16(number) (be16) __builtin_bswap16(number)
#else
#define NET16(number) (be16)(number)
#endif

INLINE enum protocol named(u8 number)
{
	switch (number) {
	case 1:
		return ICMP;
	case 6:
		return TCP;
	case 17:
		return UDP;
	case 58:
		return ICMPV6;
	case 132:
		return SCTP;
	default:
		return OTHER;
	}
}

INLINE enum protocol protocol_of(void *data, void *end)
{
	struct ethernet *frame = data;
	void *rest = frame + 1;
	struct ipv4 *v4 = rest;
	struct ipv6 *v6 = rest;

	if (rest > end)
		return OTHER;
	if (frame->type == NET16(0x0806))
		return ARP;
	if (frame->type == NET16(0x0800) && (void *)(v4 + 1) <= end)
		return named(v4->protocol);
	if (frame->type == NET16(0x86dd) && (void *)(v6 + 1) <= end)
		return named(v6->next);
	return OTHER;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	void *data = (void *)(u64)ctx->data, *end = (void *)(u64)ctx->data_end;
	enum protocol protocol = protocol_of(data, end);
	struct traffic first = { 1, end - data };
	struct traffic *sum = bpf_map_lookup_elem(&received, &protocol);

	if (sum) {
		sum->packets += first.packets;
		sum->bytes += first.bytes;
	} else {
		bpf_map_update_elem(&received, &protocol, &first, BPF_ANY);
	}
	return XDP_PASS;
}

LICENSE("Dual MIT/GPL");
