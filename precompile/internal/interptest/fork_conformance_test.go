//go:build conformance && unix

package interptest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestForker compares what the Forker says with what fresh processes said: of 200
// files of the standard library at each level, and of 200 of the random programs
// below PRECOMPILE_PROGRAMS. PRECOMPILE_SAMPLE is another number.
func TestForker(t *testing.T) {
	count := 200
	if n, err := strconv.Atoi(os.Getenv("PRECOMPILE_SAMPLE")); err == nil && n > 0 {
		count = min(count, n)
	}
	for _, release := range []string{"3.13.0", "3.13.18", "3.14.10"} {
		for level, name := range []string{"O0", "O1", "O2"} {
			t.Run(release+"/"+name, func(t *testing.T) {
				i := Find(t, release)
				files, err := sources(i.Stdlib)
				if err != nil {
					t.Fatal(err)
				}
				corpora := []*Corpus{newCorpus(t, i, "stdlib", i.Stdlib, someOf(files, count), level)}
				if dir := os.Getenv("PRECOMPILE_PROGRAMS"); dir != "" && level == 0 {
					dir, err := filepath.EvalSymlinks(filepath.Join(dir, release)) // releases may share a folder
					if err != nil {
						t.Fatal(err)
					}
					programs, err := sources(dir)
					if err != nil {
						t.Fatal(err)
					}
					corpora = append(corpora, newCorpus(t, i, "programs", dir, someOf(programs, count), level))
				}
				f := NewForker(t, i, level)
				for _, c := range corpora {
					compiled := 0
					for _, file := range c.Files {
						want, wantOK := c.Pyc(t, file)
						got, ok, err := f.Compile(c.Path(file))
						if err != nil {
							t.Fatal(err)
						}
						if ok != wantOK || !bytes.Equal(got, want) {
							t.Errorf("%s: the forker's bytes are not those of a fresh process (compiled: %v and %v)", c.Path(file), ok, wantOK)
						}
						if ok {
							compiled++
						}
					}
					t.Logf("%s: %d files, %d of them compiled", c.Root, len(c.Files), compiled)
					if compiled == 0 {
						t.Error("nothing was compiled")
					}
				}
			})
		}
	}
}

// someOf returns about n of the files, evenly spread.
func someOf(files []string, n int) []string {
	if len(files) <= n {
		return files
	}
	var out []string
	for i := range n {
		out = append(out, files[i*len(files)/n])
	}
	return out
}
