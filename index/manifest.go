package index

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// A manifest names the files that are the index. Replacing it is the one step by which
// anything becomes visible and durable; files it does not name are left-overs.
type manifest struct {
	Format    int       `json:"format"`
	Space     string    `json:"space"`
	Embedding string    `json:"embedding"`
	Dim       int       `json:"dim"`
	Change    int64     `json:"change"`
	Next      int       `json:"next"` // number of the next file
	Segments  []listed  `json:"segments"`
	Learned   *learning `json:"learned,omitempty"`
}

// listed is a segment with what has changed about it since it was written.
type listed struct {
	File     string `json:"file"`
	Dead     []byte `json:"dead,omitempty"`     // roaring bitmap of document ordinals
	Features string `json:"features,omitempty"` // file of learned vectors of its sections
}

// learning is what was learned, from how much, and how much has changed since.
type learning struct {
	File     string `json:"file"`
	Version  string `json:"version"`
	Sections int    `json:"sections"`
	Changed  int    `json:"changed"`
}

const (
	manifestFile   = "manifest"
	manifestFormat = 1
	manifestLimit  = 256 << 20
)

// read finds the manifest; nil where there is none.
func readManifest(dir string) (*manifest, error) {
	data, err := readWhole(filepath.Join(dir, manifestFile), manifestLimit)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum, body, ok := bytes.Cut(data, []byte("\n"))
	if !ok || string(sum) != checksum(body) {
		return nil, fmt.Errorf("%s: %w", manifestFile, errDamaged)
	}
	m := new(manifest)
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	if m.Format != manifestFormat {
		return nil, fmt.Errorf("%s: of format %d, this program writes %d", manifestFile, m.Format, manifestFormat)
	}
	return m, nil
}

func (m *manifest) write(dir string) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, manifestFile), append([]byte(checksum(body)+"\n"), body...))
}

func checksum(body []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli))
}

// files are the names the manifest holds, itself among them.
func (m *manifest) files() map[string]bool {
	names := map[string]bool{manifestFile: true}
	for _, s := range m.Segments {
		names[s.File], names[s.Features] = true, true
	}
	if m.Learned != nil {
		names[m.Learned.File] = true
	}
	return names
}

// sweep removes what a stop in the middle left behind.
func (m *manifest) sweep(dir string) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	named := m.files()
	for _, f := range found {
		if !named[f.Name()] && !f.IsDir() {
			err = errors.Join(err, os.Remove(filepath.Join(dir, f.Name())))
		}
	}
	return err
}
