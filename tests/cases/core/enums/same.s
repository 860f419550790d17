// As in the program.
enum small { A = 1, B = -2 };
enum big { HUGE = 0x1234567890ULL, TINY = 1 };
