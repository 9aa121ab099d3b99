package marshal

// Canonical reads data and returns it in the defined form: for CPython 3.11 and
// later the bytes that a fresh process of python -m py_compile writes after the
// header, for others the package's own form (see the package documentation).
// What the form does not depend on is what the process that made data had done
// before, hash seeds, and the order of files.
func Canonical(data []byte, p Profile) ([]byte, error) {
	return new(Codec).Canonical(data, p)
}

// AppendCanonical appends v in the defined form. The graph's contents are not
// changed. The errors are ErrTooDeep, ErrKind and ErrWork; dst is then returned
// as it was.
func AppendCanonical(dst []byte, v *Value, p Profile) ([]byte, error) {
	return new(Codec).AppendCanonical(dst, v, p)
}
