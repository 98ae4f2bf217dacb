package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wenyuan"
	"wenyuan/guard/linear"
)

//go:embed data
var own embed.FS

const rowAtMost = 4 << 20

// A Source is a file of the data folder, or a part of one, that may be trained on.
type Source struct {
	Name    string // of the part; rows that name none of their own have it as their source
	Path    string // below the data folder, of JSON lines
	SHA256  string
	Licence string // that every row must carry in its field licence, where it has one
	// Row reads a line. Not ok: the row is of another part, or not for training.
	Row func(line []byte) (row Row, ok bool, err error)
}

// rows reads every source and all own rows. An empty folder means own rows alone.
func (r Recipe) rows(dir string) (rows []Row, sources []linear.Source, err error) {
	for _, s := range r.Sources {
		if dir == "" {
			break
		}
		found, err := s.read(dir)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, found...)
		sources = append(sources, linear.Source{Name: s.Name, SHA256: s.SHA256, Licence: s.Licence, Rows: len(found)})
	}
	for _, name := range r.Own {
		file, err := own.ReadFile("data/" + name)
		if err != nil {
			return nil, nil, fmt.Errorf("train: %w", err)
		}
		found, err := lines(file, name, ownRow)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, found...)
		sources = append(sources, linear.Source{Name: name, SHA256: digest(file), Licence: "Apache-2.0", Rows: len(found)})
	}
	return rows, sources, nil
}

func ownRow(line []byte) (row Row, ok bool, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	err = d.Decode(&row)
	if err == nil && (row.Text == "" && row.Context == "" || row.Lang == "") {
		err = errors.New("a row needs text or context, and lang")
	}
	return row, err == nil, err
}

func digest(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

func (s Source) read(dir string) ([]Row, error) {
	file, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(s.Path)))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("%s is not in the data folder", s.Path),
			Hint: "the model is made of exactly this file; --sets names the folder that holds it", Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if got := digest(file); got != s.SHA256 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s is another file than the one the model is made of", s.Path),
			Hint: "its SHA-256 should be " + s.SHA256, Err: fmt.Errorf("it is %s", got)}
	}
	return lines(file, s.Path, func(line []byte) (Row, bool, error) {
		row, ok, err := s.Row(line)
		if err != nil || !ok {
			return row, false, err
		}
		return row, true, s.licensed(line)
	})
}

// licensed refuses a row that carries another licence than the source says.
func (s Source) licensed(line []byte) error {
	var row struct {
		Licence string `json:"licence"`
	}
	if err := json.Unmarshal(line, &row); err != nil {
		return err
	}
	if row.Licence != "" && row.Licence != s.Licence {
		return fmt.Errorf("the licence is %q, the model is made under %q", row.Licence, s.Licence)
	}
	return nil
}

// lines reads rows of JSON and gives each that has none the name of the file as its source.
func lines(file []byte, name string, read func([]byte) (Row, bool, error)) (rows []Row, err error) {
	sc := bufio.NewScanner(bytes.NewReader(file))
	sc.Buffer(nil, rowAtMost)
	for n := 1; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		row, ok, err := read(sc.Bytes())
		if err != nil {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("line %d of %s cannot be trained on", n, name),
				Hint: "correct the row, or name the set it belongs to", Err: err}
		}
		if !ok {
			continue
		}
		if row.Source == "" {
			row.Source = name
		}
		rows = append(rows, row)
	}
	return rows, sc.Err()
}
