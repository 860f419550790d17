	.file	"t.c"
	.section	xdp,"ax",@progbits
	.globl	f                               # -- Begin function f
	.p2align	3
	.type	f,@function
f:                                      # @f
# %bb.0:
	w1 = 0
	*(u32 *)(r10 - 4) = w1
	r2 = r10
	r2 += -4
	r1 = m ll
	call 1
	if r0 == 0 goto LBB0_3
# %bb.1:
	r1 = *(u64 *)(r0 + 0)
	r2 = 4886718346 ll
	if r1 < r2 goto LBB0_3
# %bb.2:
                                        # kill: def $w1 killed $w1 killed $r1
	call sub
	w1 = w0
	r2 = ro ll
	w0 = *(u32 *)(r2 + 0)
	w0 += w1
	goto LBB0_4
LBB0_3:
	w1 = 3
	call kf
	w0 = 2
LBB0_4:
	exit
.Lfunc_end0:
	.size	f, .Lfunc_end0-f
                                        # -- End function
	.text
	.p2align	3                               # -- Begin function sub
	.type	sub,@function
sub:                                    # @sub
# %bb.0:
	r2 = w1
	r2 <<= 32
	r2 s>>= 32
	r3 = z ll
	r4 = *(u64 *)(r3 + 0)
	r4 += r2
	*(u64 *)(r3 + 0) = r4
	r2 = d ll
	w0 = *(u32 *)(r2 + 0)
	w0 *= w1
	exit
.Lfunc_end1:
	.size	sub, .Lfunc_end1-sub
                                        # -- End function
	.type	ro,@object                      # @ro
	.section	.rodata,"a",@progbits
	.globl	ro
	.p2align	2, 0x0
ro:
	.long	4                               # 0x4
	.size	ro, 4

	.type	d,@object                       # @d
	.data
	.globl	d
	.p2align	2, 0x0
d:
	.long	5                               # 0x5
	.size	d, 4

	.type	m,@object                       # @m
	.section	.maps,"aw",@progbits
	.globl	m
	.p2align	3, 0x0
m:
	.zero	32
	.size	m, 32

	.type	_license,@object                # @_license
	.section	license,"aw",@progbits
	.globl	_license
_license:
	.asciz	"GPL"
	.size	_license, 4

	.type	z,@object                       # @z
	.local	z
	.comm	z,8,8
	.addrsig
	.addrsig_sym f
	.addrsig_sym ro
	.addrsig_sym m
	.addrsig_sym _license
