DEEP = "empty folders above"
