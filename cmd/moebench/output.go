package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// output is a file that bears another name until it is whole: an error leaves what was
// there before. What is no regular file, such as a device or a pipe, is written to at once.
type output struct {
	*os.File
	path string // its name in the end; "": it has it already
}

// create opens an output before anything long begins. Writing over one of the inputs would
// destroy what nothing can bring back.
func create(path string, inputs []string) (*output, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays one
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return &output{File: f}, err
		}
		f.Close()
		for _, in := range inputs {
			if read, err := os.Stat(in); err == nil && os.SameFile(info, read) {
				return nil, fmt.Errorf("-o %s would replace %s, which is read: want another file", path, in)
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err = os.OpenFile(fmt.Sprintf("%s.%d.tmp", path, os.Getpid()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	return &output{f, path}, err
}

// keep ends writing: only now is the old file replaced.
func (o *output) keep() error {
	if err := o.Close(); err != nil || o.path == "" {
		return err
	}
	return os.Rename(o.Name(), o.path)
}

// discard leaves nothing of a file that was not kept.
func (o *output) discard() {
	o.Close()
	if o.path != "" {
		os.Remove(o.Name())
	}
}
