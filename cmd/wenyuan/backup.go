package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"wenyuan"
	"wenyuan/store"
)

type backupCmd struct {
	File string `arg:"" help:"backup_file"`
}

func (backupCmd) Help() string { return "  $ wenyuan backup wenyuan-2026-11-21.backup" }

// Run writes a backup. The file appears under its name only when it is whole.
func (v *backupCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		resp, err := c.do(s.ctx, http.MethodGet, "/api/backup", "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if v.File == "-" {
			if _, err := io.Copy(s.stdout, resp.Body); err != nil {
				return c.broken(s.ctx, err)
			}
			return nil
		}
		n, err := s.save(c, v.File, resp.Body)
		if err != nil {
			return err
		}
		return s.give(map[string]any{"file": v.File, "bytes": n}, func(w io.Writer) {
			fmt.Fprintln(w, s.say("%s: %d bytes", "%s：%d 字节", v.File, n))
		})
	})
}

// save writes a stream to a file beside its place, and moves it there when all has come.
func (s *session) save(c *client, name string, from io.Reader) (n int64, err error) {
	if _, err := os.Lstat(name); err == nil {
		return 0, &wenyuan.Error{Code: wenyuan.Conflict, Message: s.say("%s exists", "%s 已存在", name), Hint: s.say("choose another name, or remove it", "换个名字，或先删除它")}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".backup-*")
	if err != nil {
		return 0, s.unwritable(name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	bars := s.progress()
	n, err = io.Copy(f, bars.bytes("backup", from))
	bars.end()
	if err != nil {
		return n, errors.Join(c.broken(s.ctx, err), f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return n, err
	}
	return n, os.Rename(f.Name(), name)
}

type restoreCmd struct {
	File string `arg:"" help:"restore_file"`
}

func (restoreCmd) Help() string {
	return "  $ wenyuan restore wenyuan-2026-11-21.backup --data /srv/wenyuan"
}

// Run reads a backup into an empty data folder; it works without a server.
func (v *restoreCmd) Run(s *session) error {
	e, err := s.settings(nil)
	if err != nil {
		return err
	}
	dir, err := s.dataDir()
	if err != nil {
		return err
	}
	in := io.ReadCloser(os.Stdin)
	if v.File != "-" {
		if in, err = os.Open(v.File); err != nil {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: s.say("the backup %s cannot be read", "无法读取备份 %s", v.File), Hint: s.say("look whether it is there and may be read", "看看它是否存在、是否可读"), Err: err}
		}
	}
	defer in.Close()
	bars := s.progress()
	err = store.Restore(s.ctx, store.Config{Dir: dir, URL: e.Database}, in, func(done, total int64) { bars.step("restore", int(done), int(total)) })
	bars.end()
	if err != nil {
		return err
	}
	return s.give(map[string]any{"data": dir, "restored": true}, func(w io.Writer) {
		fmt.Fprintln(w, s.say("restored into %s", "已恢复到 %s", dir))
	})
}
