package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"wenyuan"
)

// A Lock is this process's hold on a data folder. The system releases it when the
// process ends, however that happens; the file stays.
type Lock struct {
	file *os.File
}

// A LockInfo says who holds a data folder.
type LockInfo struct {
	PID     int    `json:"pid"`
	Command string `json:"command"` // without its flags, which may hold secrets
	Since   int64  `json:"since"`   // UTC microseconds since 1970
}

// LockDir takes the lock on a data folder, which is made if it is missing. When another
// holds it the error is a Conflict that says who.
func LockDir(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", folderError(dir, err))
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", folderError(dir, err))
	}
	if err := lockSoon(f); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, held(dir, f)
		}
		return nil, fmt.Errorf("store: %w", folderError(dir, err))
	}
	l := &Lock{file: f}
	if err := l.sign(); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", folderError(dir, err)), l.Release())
	}
	return l, nil
}

// lockSoon takes the lock if it is free, and waits a moment for one who only asks who
// holds it.
func lockSoon(f *os.File) error {
	for try := 1; ; try++ {
		err := flock(f, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || try == 10 || !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// flock asks again when a signal interrupts it.
func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			return err
		}
	}
}

// sign writes into the file who holds it.
func (l *Lock) sign() error {
	command := []string{filepath.Base(os.Args[0])}
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		command = append(command, os.Args[1])
	}
	raw, err := json.Marshal(LockInfo{PID: os.Getpid(), Command: strings.Join(command, " "), Since: time.Now().UnixMicro()})
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(raw, 0)
	return err
}

// Release gives the folder free. Closing the file alone would not, while a program that
// is just being started still shares it.
func (l *Lock) Release() error {
	return errors.Join(flock(l.file, unix.LOCK_UN), l.file.Close())
}

// Holder says who holds a data folder; false when nobody does. A holder that has only
// just come may not have signed yet: then the info is empty.
func Holder(dir string) (LockInfo, bool, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return LockInfo{}, false, nil
	}
	if err != nil {
		return LockInfo{}, false, fmt.Errorf("store: %w", folderError(dir, err))
	}
	defer f.Close()
	err = flock(f, unix.LOCK_SH|unix.LOCK_NB) // shared: two who ask do not see each other
	if errors.Is(err, unix.EWOULDBLOCK) {
		return signature(f), true, nil
	}
	if err != nil {
		return LockInfo{}, false, fmt.Errorf("store: %w", folderError(dir, err))
	}
	return LockInfo{}, false, nil
}

// signature reads who holds the file; empty while that is being written.
func signature(f *os.File) LockInfo {
	var info LockInfo
	raw, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	if err != nil || json.Unmarshal(raw, &info) != nil {
		return LockInfo{}
	}
	return info
}

func held(dir string, f *os.File) error {
	who := "another program"
	if info := signature(f); info.PID != 0 {
		who = fmt.Sprintf("%q (process %d, since %s)", info.Command, info.PID, time.UnixMicro(info.Since).Format(time.DateTime))
	}
	return &wenyuan.Error{
		Code: wenyuan.Conflict, Message: fmt.Sprintf("the data folder %s is held by %s", dir, who),
		Hint: "stop that program, or choose another folder with --data",
	}
}
