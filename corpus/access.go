package corpus

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// accessName is the name of files that say who may read what lies in their folder.
const accessName = ".access"

// IsAccess says whether a source is that of a .access file, which is no document.
func IsAccess(source string) bool {
	source, err := cleanSource(source)
	return err == nil && path.Base(source) == accessName
}

// maxAccess is how many bytes of such a file are taken in: one more than is read of it, so that
// what is too long is seen to be.
const maxAccess = 64<<10 + 1

// An AccessFile is a .access file that was taken over.
type AccessFile struct {
	Source   string   `json:"source"`
	Problems []string `json:"problems"` // the lines that cannot be read, each of which denies what it is about
}

// partUploads tells .access files from documents.
func partUploads(ups []Upload) (rules, files []Upload, err error) {
	for _, u := range ups {
		source, err := cleanSource(u.Source)
		if err != nil {
			return nil, nil, err
		}
		if path.Base(source) == accessName {
			rules = append(rules, Upload{source, u.Body})
		} else {
			files = append(files, u)
		}
	}
	return rules, files, nil
}

// setAccess takes .access files over, all of them or none.
func (l *Library) setAccess(ctx context.Context, sc scope.Scope, c Corpus, ups []Upload) ([]AccessFile, error) {
	texts := make([]string, len(ups))
	for i, u := range ups {
		b, err := io.ReadAll(io.LimitReader(u.Body, maxAccess))
		if err != nil {
			return nil, err
		}
		texts[i] = string(b)
	}
	var out []AccessFile
	if len(ups) == 0 {
		return out, nil
	}
	err := l.store.Write(ctx, func(tx *store.Tx) error {
		out = nil
		for i, u := range ups {
			problems, err := l.auth.SetFile(ctx, tx, sc, c.ID, strings.TrimPrefix(path.Dir("/"+u.Source), "/"), texts[i])
			if err != nil {
				return err
			}
			out = append(out, AccessFile{u.Source, append([]string{}, problems...)})
		}
		return nil
	})
	return out, err
}

// mayAdd refuses files whose place is hidden from the asker, or is taken by a part of a table.
func (l *Library) mayAdd(ctx context.Context, sc scope.Scope, c Corpus, ups []Upload) error {
	return l.store.Read(ctx, func(tx *store.Tx) error {
		for _, u := range ups {
			source, err := cleanSource(u.Source)
			if err != nil {
				return err
			}
			if err := l.mayPut(ctx, tx, sc, c.ID, source); err != nil {
				return err
			}
			if !strings.Contains(source, partMark) {
				continue
			}
			var parts int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM document WHERE corpus = $1 AND source = $2 AND file <> ''`, c.ID, source).Scan(&parts); err != nil {
				return err
			}
			if parts > 0 {
				return &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("%s is the name of a part of another file in %s", source, c.Name), Hint: "choose another name"}
			}
		}
		return nil
	})
}
