package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// walkSources calls visit for each source below a folder, in the order of their
// names, but for installed packages and caches.
func walkSources(dir string, visit func(path string, source []byte) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "site-packages" || d.Name() == "dist-packages" || d.Name() == "__pycache__") && path != dir:
			return fs.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(path, ".py"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return visit(path, source)
	})
}

// copySources copies sources from one folder to another.
func copySources(to, from string) (count int, size int64, err error) {
	err = walkSources(from, func(path string, source []byte) error {
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		count++
		size += int64(len(source))
		dst := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
			return err
		}
		return os.WriteFile(dst, source, 0o644)
	})
	if err == nil && count == 0 {
		err = fmt.Errorf("no .py files below %s", from)
	}
	return count, size, err
}

func removeCaches(tree string) error {
	return filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "__pycache__" {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			return fs.SkipDir
		}
		return nil
	})
}
