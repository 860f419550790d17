// Jump tables that lead where no instruction of the function is.
int other(int x) { w0 = w1; exit }

    .section .jumptables,"",@progbits
    .type outside, @object
    .globl outside, odd
outside:
    .quad 800
    .size outside, 8
    .type odd, @object
odd:
    .quad 12
    .size odd, 8

SEC("syscall") int jumps(void *ctx)
{
    r1 = outside ll
    r0 = 0
    exit
}
SEC("syscall") int between(void *ctx)
{
    r1 = odd ll
    r0 = 0
    exit
}
