// Tables of functions that are none on any kernel.
struct ops { int (*init)(int x); int number; };
int number = 1;
int plain SEC(".struct_ops") = 1;
struct ops data SEC(".struct_ops") = { .init = (void *)&number };
static int function(int x) { r0 = 0; exit }
struct ops not_a_program SEC(".struct_ops") = { .init = function };
SEC("struct_ops") int sound(u64 *ctx) { r0 = 0; exit }
