class A(B, metaclass=C, *d, **e): pass
