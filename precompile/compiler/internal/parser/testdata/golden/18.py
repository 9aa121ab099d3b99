[x for x in y if z if w for a in b]
{x: y for x in z}
{x for x in y}
(x async for x in y)
