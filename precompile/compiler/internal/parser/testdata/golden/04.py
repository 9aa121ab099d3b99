for x, *y in z:
    break
else:
    continue
