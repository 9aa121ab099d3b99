package marshal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestLab(t *testing.T) {
	for _, label := range strings.Fields(os.Getenv("LAB")) {
		var minor int
		fmt.Sscanf(label, "3.%d", &minor)
		p, _ := ProfileOf(false, 3, minor)
		for _, mode := range []string{"lean", "heavy", "keep"} {
			d, err := os.ReadFile("/tmp/marshal/dumps." + label + "." + mode)
			if err != nil {
				continue
			}
			var c Codec
			bad, n, rt := 0, 0, 0
			var dur time.Duration
			size := 0
			for len(d) > 0 {
				i, a, b := binary.LittleEndian.Uint32(d), binary.LittleEndian.Uint32(d[4:]), binary.LittleEndian.Uint32(d[8:])
				name, body := string(d[12:12+a]), d[12+a:12+a+b]
				d = d[12+a+b:]
				fresh, err := os.ReadFile(fmt.Sprintf("/tmp/marshal/fresh/%s/%04d.pyc", label, i))
				if err != nil {
					t.Fatal(err)
				}
				fresh = fresh[16:]
				if mode == "lean" {
					v, err := Unmarshal(fresh, p)
					if err != nil {
						t.Fatal(name, err)
					}
					out, _ := Append(nil, v, p)
					if !bytes.Equal(out, fresh) {
						rt++
					}
				}
				n++
				size += len(body)
				t0 := time.Now()
				got, err := c.Canonical(body, p)
				dur += time.Since(t0)
				if err != nil {
					t.Fatal(name, err)
				}
				if !bytes.Equal(got, fresh) {
					bad++
					if bad <= 8 {
						fmt.Println("   ", name, len(got), len(fresh), labDiff(got, fresh, p))
					}
				}
				got2, err := c.Canonical(fresh, p)
				if !bytes.Equal(got2, fresh) {
					fmt.Println("    FRESH", name, len(got2), len(fresh), labDiff(got2, fresh, p))
				}
			}
			fmt.Printf("%s %s files %d bad %d roundtrip-bad %d  %.0f MB/s\n", label, mode, n, bad, rt, float64(size)/1e6/dur.Seconds())
		}
	}
}

type flat struct {
	s, key string
}

func labFlat(b []byte, p Profile) []flat {
	v, err := Unmarshal(b, p)
	if err != nil {
		return []flat{{err.Error(), ""}}
	}
	var out []flat
	ids := map[*Value]int{}
	cnt := map[*Value]int{}
	var rec func(v *Value, path string)
	rec = func(v *Value, path string) {
		if v.Kind.singleton() {
			out = append(out, flat{string(v.wire), path})
			return
		}
		cnt[v]++
		if id, ok := ids[v]; ok {
			out = append(out, flat{fmt.Sprintf("ref %d", id), path + fmt.Sprintf(" (%c %.60q)", v.wire, v.Data)})
			return
		}
		ids[v] = len(ids)
		out = append(out, flat{fmt.Sprintf("%c %v %.60q %d n=%d", v.wire, v.Ref, v.Data, v.num, len(v.Items)), path})
		for i, it := range v.Items {
			rec(it, fmt.Sprintf("%s[%d]", path, i))
		}
		if c := v.code; c != nil {
			f, n, _ := c.objects(p.layout)
			for _, f := range f[:n] {
				rec(*f, path+"."+c.QualName.Data+":"+c.fieldName(f)[3:])
			}
		}
	}
	rec(v, "")
	return out
}

func labDiff(got, want []byte, p Profile) string {
	a, b := labFlat(got, p), labFlat(want, p)
	for i := range a {
		if i >= len(b) {
			break
		}
		if a[i].s != b[i].s {
			pa := a[i].key
			if len(pa) > 150 {
				pa = pa[len(pa)-150:]
			}
			return fmt.Sprintf("%s GOT %s %s WANT %s %s", pa, a[i].s, "", b[i].s, "")
		}
	}
	return "?"
}
