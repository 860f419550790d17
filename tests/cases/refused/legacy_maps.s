// Maps of the old form whose definitions are too short, or say what is not known.
    .section maps,"aw",@progbits
    .globl short
    .type short, @object
short:
    .long 1, 4
    .size short, 8
