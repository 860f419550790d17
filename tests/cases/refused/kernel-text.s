struct broken { int a
