match = case = type = lazy = _ = 1
match(x)
match[x]
match -x
