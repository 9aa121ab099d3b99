package pyc

import (
	"encoding/hex"
	"fmt"
	"testing"
)

// What _imp.source_hash(magic, source) of CPython 3.10.13, 3.13.0 and 3.15.2
// returns; source n is the bytes 0, 1, … n-1.
func TestSourceHash(t *testing.T) {
	for _, tt := range sourceHashes {
		src := make([]byte, tt.size)
		for i := range src {
			src[i] = byte(i)
		}
		h := SourceHash(MagicFromNumber(tt.magic), src)
		if got := hex.EncodeToString(h[:]); got != tt.want {
			t.Errorf("magic %d, %d bytes: %s, want %s", tt.magic, tt.size, got, tt.want)
		}
	}
}

func BenchmarkSourceHash(b *testing.B) {
	src := make([]byte, 20_000)
	for _, magic := range []uint16{3439, 3571} {
		b.Run(fmt.Sprint(magic), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				SourceHash(MagicFromNumber(magic), src)
			}
		})
	}
}

// magic number, size of the source, hash in hex
var sourceHashes = []struct {
	magic uint16
	size  int
	want  string
}{
	{3439, 0, "8cc0cd2525e7fd27"},
	{3439, 1, "b3e34cbf4ae58d2a"},
	{3439, 7, "050de4b7ad8d862a"},
	{3439, 8, "adc53a88bd437192"},
	{3439, 9, "327c1613fccc2946"},
	{3439, 15, "676681d1b4cf2caf"},
	{3439, 16, "8c24da80bfb026e2"},
	{3439, 255, "4b64674e42ab0e31"},
	{3439, 1000, "af292d4a573a5e3a"},
	{3571, 0, "27ec6d312f93b814"},
	{3571, 1, "05318eeb7e1c37f8"},
	{3571, 7, "5d89337113686404"},
	{3571, 8, "3e6407a241b269d5"},
	{3571, 9, "36dc62a1aea8b897"},
	{3571, 15, "72677b6bc72e9b04"},
	{3571, 16, "19da5531fbd16861"},
	{3571, 255, "d59f6f866b6a5208"},
	{3571, 1000, "a80a6ebeb1730192"},
	{3666, 0, "4a3c34e72b7ffc07"},
	{3666, 1, "dcae3d54cd446318"},
	{3666, 7, "4d92f822c19bfa3a"},
	{3666, 8, "5cea19f1424f84ab"},
	{3666, 9, "32efb86bc5a7d5ae"},
	{3666, 15, "b358355ebb0a2bb8"},
	{3666, 16, "374bc50565cdd69b"},
	{3666, 255, "45a0c7d1ef2e4b4e"},
	{3666, 1000, "e654399c53f08e71"},
}
