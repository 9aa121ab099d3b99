package memo

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
)

func someResult() backend.Result {
	return backend.Result{
		Code: []byte("\xe3code"),
		Warnings: []diag.Diagnostic{
			{Severity: diag.Warning, Type: "SyntaxWarning", Message: "invalid escape sequence '\\d'", Line: 3, Col: 5, EndLine: 3, EndCol: 9, Text: "x = '\\d'"},
			{Severity: diag.Warning, Type: "SyntaxWarning", Message: "\xff\x00", Line: -1},
		},
	}
}

func entryOf(t testing.TB, k key, res backend.Result) []byte {
	t.Helper()
	data, ok := appendEntry(nil, k, res)
	if !ok {
		t.Fatal("not to be kept")
	}
	return data
}

func TestEntry(t *testing.T) {
	k := key{1, 2, 3}
	for _, res := range []backend.Result{someResult(), {Code: []byte{0xe3}}} {
		data, _ := appendEntry([]byte("before"), k, res)
		got, err := parseEntry(data[len("before"):], k)
		res.FromMemo = true
		if err != nil || !reflect.DeepEqual(got, res) {
			t.Errorf("%+v, %v, want %+v", got, err, res)
		}
	}
	if _, ok := appendEntry(nil, k, backend.Result{}); ok {
		t.Error("a result without code is kept")
	}
	if data, ok := appendEntry([]byte("x"), k, backend.Result{Code: make([]byte, maxEntry)}); ok || string(data) != "x" {
		t.Error("a result that is too big is kept")
	}
}

// Whatever byte is another, and wherever it is cut, an entry is refused.
func TestEntryDamaged(t *testing.T) {
	k := key{7}
	data := entryOf(t, k, someResult())
	for i := range data {
		for _, bit := range []byte{1, 0x80} {
			bad := bytes.Clone(data)
			bad[i] ^= bit
			if _, err := parseEntry(bad, k); err == nil {
				t.Errorf("byte %d may be %#x", i, bad[i])
			}
		}
		if _, err := parseEntry(data[:i], k); err == nil {
			t.Errorf("%d of %d bytes will do", i, len(data))
		}
	}
	if _, err := parseEntry(append(bytes.Clone(data), 0), k); err == nil {
		t.Error("a byte more will do")
	}
	if _, err := parseEntry(data, key{8}); err == nil || !strings.Contains(err.Error(), "entry of another key, 07000000") {
		t.Errorf("under another key: %v", err)
	}
}

// sealed gives a body the digest that it should have, as somebody who plants an
// entry would.
func sealed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(append([]byte(entryMark), sum[:]...), body...)
}

// FuzzEntry reads anything under a right digest: it is refused, or is an entry
// that is written the same.
func FuzzEntry(f *testing.F) {
	k := key{9}
	f.Add(entryOf(f, k, someResult())[bodyStart:])
	f.Add(entryOf(f, k, backend.Result{Code: []byte("\xe3")})[bodyStart:])
	f.Add([]byte{})
	f.Add(append(k[:], "\xff\xff\xff\xff\x00"...))
	f.Add(append(k[:], "\x01\x00\x00\x00\x01                \xff\xff\xff\xff        \xe3"...))
	f.Fuzz(func(t *testing.T, body []byte) {
		data := sealed(body)
		res, err := parseEntry(data, k)
		if err != nil {
			return
		}
		if again := entryOf(t, k, res); !bytes.Equal(again, data) {
			t.Errorf("read %x, written %x", data, again)
		}
	})
}
