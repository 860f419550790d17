// Tables of functions that this kernel takes otherwise.
struct tcp_ops { int (*init)(struct sock *sk); int (*more)(struct sock *sk); u64 flags; int done; char name[16]; };
struct tcp_ops___new { int (*init)(struct sock *sk); void (*done)(struct sock *sk); u32 flags; int extra; char name[16]; };
struct tcp_opps { int (*init)(struct sock *sk); };
struct guest_ops { int (*enter)(int number); };

SEC("struct_ops") int init(u64 *ctx) { r0 = 0; exit }
SEC("struct_ops") int init_again(u64 *ctx) { r0 = 0; exit }
SEC("struct_ops") int enter(u64 *ctx) { r0 = 0; exit }
SEC("struct_ops") int in_none(u64 *ctx) { r0 = 0; exit }
SEC("struct_ops") int more(u64 *ctx) { r0 = 0; exit }
SEC("struct_ops") int twice(u64 *ctx) { r0 = 0; exit }

struct tcp_ops___new sound SEC(".struct_ops.link") = { .init = init, .flags = 1, .name = "sound" };
struct guest_ops of_module SEC(".struct_ops.link") = { .enter = enter };
struct tcp_opps no_struct SEC(".struct_ops.link") = { .init = init_again };
struct tcp_ops no_member SEC(".struct_ops") = { .more = more };
struct tcp_ops other_size SEC(".struct_ops") = { .flags = 1 };
struct tcp_ops___new extra SEC(".struct_ops") = { .extra = 1 };
struct tcp_ops___new another SEC(".struct_ops") = { .init = twice, .done = twice };
