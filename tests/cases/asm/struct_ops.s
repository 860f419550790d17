struct tcp_congestion_ops { u32 (*ssthresh)(struct sock *sk); u32 (*undo_cwnd)(struct sock *sk); char name[16]; };

SEC("struct_ops") u32 threshold(u64 *ctx)
{
    w0 = 2
    exit
}

struct tcp_congestion_ops mine SEC(".struct_ops.link") = { .ssthresh = (void *)threshold, .undo_cwnd = threshold, .name = "mine" };
