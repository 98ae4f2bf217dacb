package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// folder walks a folder. It is opened as a root, below which the operating system
// keeps every path and link, so that nothing outside is read even if somebody changes
// links while the walk goes on.
func (w *walker) folder(name string) error {
	root, err := os.OpenRoot(name)
	if err != nil {
		return err
	}
	defer root.Close()
	return w.below(root, name, "", 0)
}

// below walks one folder of the root; dir is "" for the root itself.
func (w *walker) below(root *os.Root, name, dir string, depth int) error {
	if depth > w.limits.Depth {
		return w.refuse(dir, "is nested too deep", "Add that folder by itself.")
	}
	entries, err := readDir(root, dir)
	if err != nil {
		if dir == "" {
			return err
		}
		return w.refuse(dir, "cannot be read: "+reason(err), "Check the permissions of the folder.")
	}
	for _, e := range entries {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if hidden(e.Name()) && (e.Name() != Access || e.IsDir()) {
			continue
		}
		source := path.Join(dir, e.Name())
		if e.IsDir() {
			if err := w.below(root, name, source, depth+1); err != nil {
				return err
			}
			continue
		}
		if err := w.found(root, name, source, e); err != nil {
			return err
		}
	}
	return nil
}

// found gives a file of the folder. A link is followed when it leads to a file below the
// root; one to a folder is not, because its files have a path of their own.
func (w *walker) found(root *os.Root, name, source string, e fs.DirEntry) error {
	local := filepath.FromSlash(source)
	info, err := root.Stat(local)
	if err != nil {
		if e.Type()&fs.ModeSymlink != 0 {
			return w.refuse(source, "is a link that leads out of the folder or to nothing", "Put the file itself into the folder.")
		}
		return w.refuse(source, "cannot be read: "+reason(err), "Check its permissions.")
	}
	if info.IsDir() {
		return w.refuse(source, "is a link to a folder, which is not followed", "Add that folder by itself.")
	}
	if kind(source) != "" && info.Mode().IsRegular() {
		if e.Type()&fs.ModeSymlink != 0 {
			return w.refuse(source, "is a link to an archive, which is not followed", "Put the archive itself into the folder.")
		}
		return w.file(filepath.Join(name, local), source, info)
	}
	if !info.Mode().IsRegular() {
		return w.refuse(source, "is no regular file", "Leave it out.")
	}
	return w.give(Entry{Source: source, Size: info.Size(), open: func() (io.ReadCloser, error) { return root.Open(local) }})
}

// readDir lists a folder in the order of the names.
func readDir(root *os.Root, dir string) ([]fs.DirEntry, error) {
	if dir == "" {
		dir = "."
	}
	return fs.ReadDir(root.FS(), dir)
}

// reason is an error without the path in it, which stands before it already.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return strings.TrimSpace(err.Error())
}
