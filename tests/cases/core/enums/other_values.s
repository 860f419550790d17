// Other numbers, more of them.
enum small { X, A = 100, C = -3, B = -70000 };
enum big { TINY = 0xffffffffffULL, HUGE = 5 };
