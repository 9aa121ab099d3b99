type X[T: int = str, *Ts = *a, **P] = Y
