// 32 bits became 64, and 64 became 32.
enum small { A = 0x7fffffff00ULL, B = 2 };
enum big { HUGE = 7, TINY = 8 };
