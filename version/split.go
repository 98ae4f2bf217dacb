package version

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/store"
)

// A Share is what one version gets of those who ask a label that is split.
type Share struct {
	Hash  string `json:"hash" doc:"of the version"`
	Share int    `json:"share" doc:"of 10000"`
}

// Whole is what the shares of a split add up to.
const Whole = 10000

// maxShares is how many versions one label may point at.
const maxShares = 8

// A Split is a label that points at several versions, the one with the largest share first.
type Split struct {
	Name   string
	Label  string
	Shares []Share
	salt   string
}

// SetSplit points a label at several versions, which must be there, with a share each. The label
// itself then points at the version with the largest one, which is what those get who cannot be told
// apart. [Label] and [Unlabel] end a split.
func SetSplit(ctx context.Context, tx *store.Tx, space, kind, name, label string, shares []Share) error {
	shares, err := checkShares(shares)
	if err != nil {
		return err
	}
	for _, s := range shares {
		v, err := Get(ctx, tx, space, kind, s.Hash, nil)
		if err != nil {
			return err
		}
		if v.Name != name {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the version %q is one of %q and not of %q", s.Hash, v.Name, name), Hint: "split a name between its own versions"}
		}
	}
	if err := Label(ctx, tx, space, kind, name, label, shares[0].Hash); err != nil || len(shares) == 1 {
		return err
	}
	for _, s := range shares {
		if _, err := tx.Exec(ctx, `INSERT INTO label_split (space, kind, name, label, hash, share, moved) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			space, kind, name, label, s.Hash, s.Share, tx.Now); err != nil {
			return fmt.Errorf("version: split %s %q %q: %w", kind, name, label, err)
		}
	}
	return nil
}

// checkShares looks at shares and gives them without empty ones, the largest first.
func checkShares(shares []Share) ([]Share, error) {
	sum, seen := 0, map[string]bool{}
	for _, s := range shares {
		if s.Share < 0 || s.Share > Whole || s.Hash == "" || seen[s.Hash] {
			return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "a split names each version once, with a share from 0 to 100 %", Hint: "write HASH=SHARE for each version"}
		}
		seen[s.Hash] = true
		sum += s.Share
	}
	if sum != Whole {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the shares make %g %%", float64(sum)*100/Whole), Hint: "let them make 100 %"}
	}
	shares = slices.DeleteFunc(slices.Clone(shares), func(s Share) bool { return s.Share == 0 })
	if len(shares) > maxShares {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the split has %d versions, more than %d", len(shares), maxShares), Hint: "compare fewer at once"}
	}
	slices.SortFunc(shares, func(a, b Share) int { return cmp.Or(b.Share-a.Share, strings.Compare(a.Hash, b.Hash)) })
	return shares, nil
}

// unsplit takes a split away, and calls off a move. The label stays.
func unsplit(ctx context.Context, tx *store.Tx, space, kind, name, label string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM label_split WHERE space = $1 AND kind = $2 AND name = $3 AND label = $4`, space, kind, name, label); err != nil {
		return fmt.Errorf("version: unsplit %s %q %q: %w", kind, name, label, err)
	}
	return callOff(ctx, tx, space, kind, name, label)
}

// Splits lists the labels of a kind that are split, by name and label. name may be empty: then
// those of all names.
func Splits(ctx context.Context, tx *store.Tx, space, kind, name string) (all []Split, err error) {
	err = tx.Each(ctx, func(r store.Row) error {
		var name, label string
		var s Share
		if err := r.Scan(&name, &label, &s.Hash, &s.Share); err != nil {
			return err
		}
		if n := len(all); n == 0 || all[n-1].Name != name || all[n-1].Label != label {
			all = append(all, Split{Name: name, Label: label, salt: strings.Join([]string{space, kind, name, label}, "\x00")})
		}
		all[len(all)-1].Shares = append(all[len(all)-1].Shares, s)
		return nil
	}, `SELECT name, label, hash, share FROM label_split WHERE space = $1 AND kind = $2 AND ($3 = '' OR name = $3)
		ORDER BY name, label, share DESC, hash`, space, kind, name)
	if err != nil {
		return nil, fmt.Errorf("version: splits of %s: %w", kind, err)
	}
	return all, nil
}

// ResolveFor says which version a label points at for somebody: where it is split, the one that
// their sticky id falls to. Equal ids have equal versions as long as the shares stay, and who
// cannot be told apart ("") has the one of the largest share.
func ResolveFor(ctx context.Context, tx *store.Tx, space, kind, name, label, sticky string) (wenyuan.Version, error) {
	v, err := Resolve(ctx, tx, space, kind, name, label)
	if err != nil || sticky == "" {
		return v, err
	}
	splits, err := Splits(ctx, tx, space, kind, name)
	for _, s := range splits {
		if s.Label == label {
			v.Hash = s.Pick(sticky)
		}
	}
	return v, err
}

// Pick is the version that a sticky id falls to; that of the largest share for "".
//
// Each version draws a number for the id, and the one that draws best for its share has it:
// weighted rendezvous hashing (D. G. Thaler and C. V. Ravishankar, "Using name-based mappings to
// increase hit rates", 1998; C. Schindelhauer and G. Schomaker, "Weighted distributed hash
// tables", 2005). When a share grows from 10 to 20 %, ten of a hundred move to it, and nobody else
// moves.
func (s Split) Pick(sticky string) (hash string) {
	best := math.Inf(1)
	for i, x := range s.Shares {
		if i == 0 && sticky == "" {
			return x.Hash
		}
		if d := -math.Log(drawn(s.salt, x.Hash, sticky)) / float64(x.Share); d < best {
			best, hash = d, x.Hash
		}
	}
	return hash
}

// drawn is a number in (0, 1) that depends on everything it is given.
func drawn(salt, hash, sticky string) float64 {
	sum := sha256.Sum256([]byte(salt + "\x00" + hash + "\x00" + sticky))
	return (float64(binary.BigEndian.Uint64(sum[:8])>>11) + 0.5) / (1 << 53)
}

// SharesOf are the versions that a label points at, the largest share first; none where there is no
// such label.
func SharesOf(ctx context.Context, tx *store.Tx, space, kind, name, label string) ([]Share, error) {
	v, err := Resolve(ctx, tx, space, kind, name, label)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	splits, err := Splits(ctx, tx, space, kind, name)
	for _, s := range splits {
		if s.Label == label {
			return s.Shares, err
		}
	}
	return []Share{{v.Hash, Whole}}, err
}

// Shown is how shares are written in a record: each version by its short hash, with its share in %.
func Shown(shares []Share) map[string]float64 {
	out := map[string]float64{}
	for _, s := range shares {
		out[s.Hash[:min(12, len(s.Hash))]] = float64(s.Share) * 100 / Whole
	}
	return out
}

// leastPrefix is how many characters of a hash name a version at least.
const leastPrefix = 6

// Find finds the whole hash of a version of a name by its beginning.
func Find(ctx context.Context, tx *store.Tx, space, kind, name, hash string) (string, error) {
	kept, err := History(ctx, tx, space, kind, name)
	if err != nil {
		return "", err
	}
	found := ""
	for _, k := range kept {
		if len(hash) < leastPrefix || !strings.HasPrefix(k.Hash, hash) {
			continue
		}
		if found != "" {
			return "", &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is the beginning of several versions of %q", hash, name), Hint: "give more of it"}
		}
		found = k.Hash
	}
	if found == "" {
		return "", &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the %s %q has no version %q", kind, name, hash), Hint: "give at least 6 characters of one of the versions that there are"}
	}
	return found, nil
}
