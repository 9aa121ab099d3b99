package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"github.com/spf13/pflag"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// selectionFlags say which sources are meant.
type selectionFlags struct {
	include, exclude []string
	filesFrom        givenPath
	null             bool
	noRecurse        bool
	followSymlinks   bool
}

func (f *selectionFlags) register(fs *pflag.FlagSet) {
	inGroup(fs, "Selection", func() {
		fs.StringArrayVar(&f.include, "include", nil, "select the files of a folder that match `GLOB`, instead of *.py; may be repeated. Without a slash it is matched against the name, with one against the path below the folder; ** spans folders")
		fs.StringArrayVar(&f.exclude, "exclude", nil, "pass over files and folders that match `GLOB`; may be repeated, and wins over --include")
		fs.Var(&f.filesFrom, "files-from", "take the files named in `FILE`, one a line, besides the paths; - is the standard input. No glob among them is expanded and no filter applies to them")
		fs.BoolVarP(&f.null, "null", "0", false, "the names of --files-from end in NUL bytes, as find -print0 writes them")
		fs.BoolVar(&f.noRecurse, "no-recurse", false, "keep to the files of the named folders themselves")
		fs.BoolVar(&f.followSymlinks, "follow-symlinks", false, "enter links to folders, too, as long as they stay inside the folder that was named")
	})
}

// selection reads the flags and the file of names.
func (f *selectionFlags) selection(a *app, paths []string) (precompile.Selection, error) {
	s := precompile.Selection{
		Paths: paths, Include: f.include, Exclude: f.exclude, NoRecurse: f.noRecurse, FollowSymlinks: f.followSymlinks,
	}
	switch {
	case f.null && f.filesFrom.path == "":
		return s, usagef("--null: there is no --files-from whose names it would part")
	case f.noRecurse && f.followSymlinks:
		return s, usagef("--follow-symlinks: with --no-recurse no folder is entered, linked or not")
	case len(paths) == 0 && f.filesFrom.path == "":
		return s, usagef("no PATH: name folders, files or globs, or use --files-from")
	case len(paths) == 0 && len(f.include) > 0:
		return s, usagef("--include: it selects among the files of folders, and there is no PATH")
	case len(paths) == 0 && len(f.exclude) > 0:
		return s, usagef("--exclude: it selects among the files of folders, and there is no PATH")
	case len(paths) == 0 && f.noRecurse:
		return s, usagef("--no-recurse: it is about folders, and there is no PATH")
	case len(paths) == 0 && f.followSymlinks:
		return s, usagef("--follow-symlinks: it is about folders, and there is no PATH")
	case f.filesFrom.path == "":
		return s, nil
	}
	var err error
	s.Files, err = f.readFiles(a)
	return s, err
}

// readFiles reads --files-from.
func (f *selectionFlags) readFiles(a *app) ([]string, error) {
	var (
		b    []byte
		err  error
		name = diag.Name(f.filesFrom.path)
	)
	if f.filesFrom.path == "-" {
		name = "standard input"
		b, err = io.ReadAll(a.stdin)
	} else {
		b, err = a.readFile(f.filesFrom.path)
	}
	if err != nil {
		return nil, usagef("--files-from: %s: %s", name, cause(err))
	}
	sep := byte('\n')
	if f.null {
		sep = 0
	} else if i := bytes.IndexByte(b, 0); i >= 0 {
		return nil, usagef("--files-from: %s has a NUL byte in line %d; names that end in NUL bytes need --null", name, 1+bytes.Count(b[:i], []byte("\n")))
	}
	var files []string
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{sep})
		b = rest
		if !f.null {
			line = bytes.TrimSuffix(line, []byte("\r"))
		}
		if len(line) > 0 {
			files = append(files, string(line))
		}
	}
	return files, nil
}

// hintFolder adds to the complaint about a missing PATH that there is a folder
// of the verb's name.
func hintFolder(a *app, verb string, args []string, err error) error {
	if len(args) > 0 {
		return err
	}
	if _, statErr := a.lstat(verb); statErr != nil {
		return err
	}
	return usagef("%s (%q was taken for the verb; the path is ./%s)", err, verb, verb)
}

// cause words an error of the file system without the path, which is named already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
