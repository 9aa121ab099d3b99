package compiler

import (
	"bytes"
	"context"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
)

// The code goes to the request's memory where that is large enough, and nowhere beyond.
func TestBuffer(t *testing.T) {
	b, err := NewBackend(Covered()[0])
	if err != nil {
		t.Fatal(err)
	}
	compile := func(room []byte) []byte {
		res, err := b.Compile(context.Background(), backend.Request{Source: []byte("def f(a): return a + 1\n"), Filename: "f.py", Buffer: room})
		if err != nil {
			t.Fatal(err)
		}
		return res.Code
	}
	want := bytes.Clone(compile(nil))
	memory := bytes.Repeat([]byte{'#'}, len(want)+1)
	got := compile(memory[:0:len(want)])
	if !bytes.Equal(got, want) || &got[0] != &memory[0] {
		t.Error("the code is not where there is room for it")
	}
	if memory[len(want)] != '#' {
		t.Error("memory beyond the code was written to")
	}
	if got := compile(memory[: 0 : len(want)-1]); !bytes.Equal(got, want) || &got[0] == &memory[0] {
		t.Error("the code is where there is no room for it")
	}
}
