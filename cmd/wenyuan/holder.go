package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A holder is how verbs reach the server that holds a data folder. It lies there, readable
// by its owner only, while the server runs.
type holder struct {
	Address string `json:"address"` // http://HOST:PORT
	Token   string `json:"token"`
	PID     int    `json:"pid"`
}

func holderFile(dir string) string { return filepath.Join(dir, "server.json") }

// write leaves the holder in the data folder, in one step.
func (h holder) write(dir string) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".server-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), holderFile(dir))
}

// readHolder finds the server of a data folder; ok is false where none has left its address.
func readHolder(dir string) (h holder, ok bool, err error) {
	b, err := os.ReadFile(holderFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	err = json.Unmarshal(b, &h)
	return h, err == nil, err
}

func removeHolder(dir string) error {
	err := os.Remove(holderFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
