.macro zero reg:req, count=1, others:vararg
    .rept \count
    \reg = 0
    .endr
.endm

.macro key at, value
    .ifb \value
        *(u32 *)(r10 + \at) = 0
    .else
        *(u32 *)(r10 + \at) = \value
    .endif
.endm

.equ LOUD, 1

SEC("tc") int macros(struct __sk_buff *skb)
{
    zero r0
    zero r1, 3
    key -4
    key at=-8, value=5
    .irp n, 2, 3, 4
    r\n = \n
    .endr
    .if LOUD && !defined(QUIET)
    r0 = 0
    .elseif LOUD > 1
    r0 = 1
    .else
    r0 = 2
    .endif
    .ifdef LOUD
    r1 = 1
    .endif
    .ifndef LOUD
    r1 = 2
    .endif
    exit
}
