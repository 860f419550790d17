// As in the program.
struct point { int x; int y; };
struct table { int one[5]; char grid[2][3][4]; struct point points[3]; struct point rest[]; };
