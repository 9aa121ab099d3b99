global a, b
nonlocal c
del a, (b, [c]), d.e, f[g]
assert a, b
raise A from b
