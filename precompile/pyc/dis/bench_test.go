package dis

import "testing"

func largest(b *testing.B) (out []byte) {
	for _, c := range caches(b) {
		if len(c) > len(out) {
			out = c
		}
	}
	return out
}

func BenchmarkRead(b *testing.B) {
	data := largest(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		Read(data)
	}
}

func BenchmarkText(b *testing.B) {
	data := largest(b)
	f, _ := Read(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var c counter
		WriteText(&c, f, Options{Dis: true})
	}
}

func BenchmarkJSON(b *testing.B) {
	data := largest(b)
	f, _ := Read(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var c counter
		WriteJSON(&c, "x", f, nil, Options{Dis: true})
	}
}
